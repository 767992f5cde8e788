"""Whoever is asked about a picture answers, or says in one sentence why not: a tiny Qwen-VL."""

import threading

import numpy as np
import pytest
from PIL import Image

from tiledraw.data.annotation.vision import LocalModel
from tiledraw.models.asking import Budget, DownError, UnansweredError, Writing

PICTURE = Image.fromarray(np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1)))


@pytest.mark.parametrize("limits", [{"requests": 0}, {"tokens": -1}])
def test_a_budget_of_nothing_is_refused(limits):
    with pytest.raises(ValueError, match="asks nothing"):
        Budget(**limits)


# A local model -------------------------------------------------------------------------------------------------------

WORDS = ("<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.fixture(scope="module")
def qwen(make_tokenizer):
    """A tiny random Qwen2-VL and its processor, without the part for videos, which alone needs torchvision."""
    import torch
    from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration, Qwen2VLProcessor
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    tokenizer = make_tokenizer(WORDS)
    tokenizer.eos_token = tokenizer.pad_token = "<|im_end|>"
    ids = dict(zip(WORDS, tokenizer.convert_tokens_to_ids(list(WORDS)), strict=True))
    config = Qwen2VLConfig(
        text_config=dict(
            vocab_size=len(tokenizer), hidden_size=32, intermediate_size=48, num_hidden_layers=1,
            num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=4096, initializer_range=0.5,
            bos_token_id=None, eos_token_id=ids["<|im_end|>"],
            rope_parameters={"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 10000.0},
        ),
        vision_config=dict(depth=1, embed_dim=16, hidden_size=32, num_heads=2, mlp_ratio=2, initializer_range=0.5),
        image_token_id=ids["<|image_pad|>"], video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"], vision_end_token_id=ids["<|vision_end|>"],
    )  # fmt: skip
    torch.manual_seed(0)
    model = Qwen2VLForConditionalGeneration(config)
    images = Qwen2VLImageProcessorPil(min_pixels=56 * 56, max_pixels=112 * 112)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Qwen2VLProcessor, "check_argument_for_proper_class", lambda *_: None)
        processor = Qwen2VLProcessor(images, tokenizer, None, chat_template=TEMPLATE)
    return model, processor


def test_a_local_model_looks_at_the_picture_and_answers(qwen):
    budget = Budget()
    local = LocalModel(*qwen, "tiny", Writing(max_tokens=12, temperature=0.0), budget)
    answer = local.ask(PICTURE, "what is it?")
    assert isinstance(answer, str) and "what is it?" not in answer and "<|" not in answer
    assert budget.spent["requests"] == 1 and budget.spent["tokens"] > 16  # the picture alone is eight tokens and more
    assert local.ask(PICTURE, "what is it?") == answer
    assert local.ask(PICTURE.transpose(Image.Transpose.ROTATE_90), "what is it?") != answer


def test_a_local_model_that_is_stopped_gives_no_half_answer(qwen):
    local = LocalModel(*qwen, "tiny", Writing(max_tokens=100_000, temperature=0.0))
    threading.Timer(0.5, local.stop).start()
    with pytest.raises(UnansweredError, match="stopped"):
        local.ask(PICTURE, "what?")


def test_a_local_model_keeps_to_its_budget(qwen):
    local = LocalModel(*qwen, "tiny", Writing(max_tokens=1), Budget(requests=1))
    local.ask(PICTURE, "what?")
    with pytest.raises(DownError, match="the budget of 1 requests is spent"):
        local.ask(PICTURE, "what?")


def test_a_saved_model_is_loaded(qwen, tmp_path):
    pytest.importorskip("torchvision")
    from transformers import Qwen2VLVideoProcessor

    model, processor = qwen
    model.save_pretrained(tmp_path)
    processor.video_processor = Qwen2VLVideoProcessor()
    processor.save_pretrained(tmp_path)
    loaded = LocalModel.load(str(tmp_path), Writing(4, 0.0))
    assert loaded.ask(PICTURE, "what?") == LocalModel(*qwen, "tiny", Writing(4, 0.0)).ask(PICTURE, "what?")


def test_a_folder_without_a_model_is_told(tmp_path):
    with pytest.raises(DownError, match="can't be loaded") as caught:
        LocalModel.load(str(tmp_path))
    assert "\n" not in str(caught.value)
