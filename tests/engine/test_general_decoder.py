"""The general decoder: its logits are those of the plain forward pass, and it draws what the NumPy decoder draws."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from transformers import (
    AutoTokenizer,
    Gemma2Config,
    Gemma2ForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GraniteConfig,
    GraniteForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PhiConfig,
    PhiForCausalLM,
    PreTrainedModel,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from tiledraw.canvas.pyramid import Borders
from tiledraw.engine.decoders import make_decoder
from tiledraw.engine.decoding import draw_pixels
from tiledraw.engine.general_decoder import GeneralDecoder
from tiledraw.engine.noise import uniforms
from tiledraw.engine.numpy_decoder import NumpyDecoder
from tiledraw.engine.static_decoder import StaticDecoder
from tiledraw.format.grammar import LayoutDocument, TileDocument
from tiledraw.format.vocabulary import Vocabulary
from tiledraw.models.knowledge import Knowledge
from tiledraw.models.loading import load_model, packaged_folder, save_model

VOCABULARY = Vocabulary(AutoTokenizer.from_pretrained(packaged_folder("painter")))
WORDS = {"vocab_size": VOCABULARY.size, "bos_token_id": None, "eos_token_id": 0}
SHAPE = {
    **WORDS, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2,
    "intermediate_size": 48, "max_position_embeddings": 4096, "initializer_range": 0.3,
}  # fmt: skip
MIXED = {
    "layer_types": ["sliding_attention", "full_attention", "sliding_attention"], "sliding_window": 6,
    "use_sliding_window": True,
}  # fmt: skip

MODELS: dict[str, Callable[[], PreTrainedModel]] = {
    "qwen3, sliding and full, tied": lambda: Qwen3ForCausalLM(
        Qwen3Config(**SHAPE, **MIXED, head_dim=16, tie_word_embeddings=True)
    ),
    "qwen3, untied": lambda: Qwen3ForCausalLM(Qwen3Config(**SHAPE, head_dim=16)),
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SHAPE)),
    "gpt2": lambda: GPT2LMHeadModel(
        GPT2Config(**WORDS, n_embd=32, n_layer=2, n_head=4, n_positions=512, initializer_range=0.3)
    ),
    "gemma2, capped logits": lambda: Gemma2ForCausalLM(
        Gemma2Config(**SHAPE, head_dim=8, sliding_window=6, final_logit_softcapping=2.0)
    ),
    "granite, scaled logits": lambda: GraniteForCausalLM(GraniteConfig(**SHAPE, logits_scaling=3.0)),
    "phi, biased logits": lambda: PhiForCausalLM(PhiConfig(**SHAPE)),
}


def new_model(name: str) -> PreTrainedModel:
    torch.manual_seed(0)
    model = MODELS[name]()
    if (bias := getattr(model.get_output_embeddings(), "bias", None)) is not None:
        torch.nn.init.normal_(bias)
    return model.eval()


def lean(model: PreTrainedModel) -> NumpyDecoder:
    return NumpyDecoder(model.config.to_dict(), model.state_dict())


@pytest.fixture(scope="module", params=MODELS)
def model(request) -> PreTrainedModel:
    return new_model(request.param)


def random_ids(*shape: int) -> np.ndarray:
    return torch.randint(0, VOCABULARY.size, shape).numpy()


@torch.inference_mode()
def plain_logits(model: PreTrainedModel, rows: list[list[int]]) -> np.ndarray:
    """Logits after each row, read alone and at once."""
    return torch.stack([model(torch.tensor([row])).logits[0, -1].float() for row in rows]).numpy()


@pytest.mark.parametrize("lengths", [(7,), (5, 5), (3, 17, 9)])
def test_logits_are_those_of_the_plain_forward_pass(model, lengths):
    torch.manual_seed(1)
    rows = [random_ids(length).tolist() for length in lengths]
    kinds = [GeneralDecoder, lean] if model.config.model_type == "qwen3" else [GeneralDecoder]
    decoders = [kind(model) for kind in kinds]
    states = [decoder.start(rows, room=20) for decoder in decoders]
    for count in (1, 1, 8, 1, 3):
        new = random_ids(len(rows), count)
        rows = [row + more.tolist() for row, more in zip(rows, new, strict=True)]
        states = [decoder.feed(new) for decoder in decoders]
        expected = plain_logits(model, rows)
        assert expected.std() > 0.1
        for decoder, hidden in zip(decoders, states, strict=True):
            logits = decoder.logits(hidden)
            assert logits.dtype == np.float32
            np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4)
            np.testing.assert_allclose(decoder.logits(hidden, 20, 90), expected[:, 20:90], rtol=1e-4, atol=1e-4)


def test_a_second_start_forgets_the_first(model):
    decoder = GeneralDecoder(model)
    decoder.start([[1, 2, 3], [4]], room=4)
    decoder.feed(np.array([[5], [6]]))
    hidden = decoder.start([[7, 8, 9]], room=4)
    np.testing.assert_allclose(decoder.logits(hidden), plain_logits(model, [[7, 8, 9]]), rtol=1e-4, atol=1e-4)


def test_bfloat16_models_give_float32_logits():
    model = new_model("qwen3, untied").to(torch.bfloat16)
    decoder = GeneralDecoder(model)
    logits = decoder.logits(decoder.start([[1, 2], [3]], room=1))
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, plain_logits(model, [[1, 2], [3]]), rtol=0.1, atol=0.3)


def test_more_than_the_model_reads_is_refused_in_one_sentence():
    with pytest.raises(ValueError, match=r"^the model reads at most 512 tokens; 1,300 are needed$"):
        GeneralDecoder(new_model("gpt2")).start([[1] * 100], room=1200)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("qwen3, untied", NumpyDecoder), ("qwen3, sliding and full, tied", NumpyDecoder), ("llama", StaticDecoder)],
)
def test_each_model_gets_its_decoder(name, kind, tmp_path):
    save_model(tmp_path, new_model(name), VOCABULARY, Knowledge())
    assert isinstance(make_decoder(load_model(str(tmp_path))), kind)


def noise(level: int, batch: int, pixels: int) -> np.ndarray:
    return np.stack([uniforms(3, level, number, 0, pixels) for number in range(batch)])


@pytest.mark.parametrize("name", [name for name in MODELS if name.startswith("qwen3")])
@pytest.mark.parametrize("batch", [1, 3])
def test_both_decoders_draw_the_same_coarse_passes(name, batch):
    model = new_model(name)
    prompts = ["a cat", "在左下角画一朵花", "a sun at the top right, please"][:batch]
    documents = [LayoutDocument(prompt, think="background: light") for prompt in prompts]
    drawn = [
        draw_pixels(decoder, VOCABULARY, documents, noise(0, batch, 64), 1.0)
        for decoder in (lean(model), GeneralDecoder(model))
    ]
    assert np.array_equal(*drawn)
    assert len(np.unique(drawn[0])) > 10


@pytest.fixture(scope="module")
def small() -> PreTrainedModel:
    """One layer: a tile has hundreds of steps."""
    torch.manual_seed(0)
    shape = SHAPE | MIXED | {"num_hidden_layers": 1, "layer_types": ["sliding_attention"], "sliding_window": 136}
    return Qwen3ForCausalLM(Qwen3Config(**shape, head_dim=16)).eval()


def test_both_decoders_draw_the_same_tiles_in_any_batch(small):
    """That a batch changes nothing for the general decoder, which takes most of the time, its coarse passes show."""
    thinks = ["level 1, row 0, column 0: nothing", "level 1, row 0, column 0: cat -0 -2 4 2", "a tile"]
    generator = np.random.default_rng(0)
    documents = [
        TileDocument(think, guide, Borders(left=np.full(16, 7, np.uint8)))
        for think, guide in zip(thinks, generator.integers(0, 256, (len(thinks), 9, 8)).astype(np.int16), strict=True)
    ]
    expected = draw_pixels(lean(small), VOCABULARY, documents, noise(1, 3, 256), 1.0)
    assert np.array_equal(expected, draw_pixels(GeneralDecoder(small), VOCABULARY, documents, noise(1, 3, 256), 1.0))
    alone = draw_pixels(lean(small), VOCABULARY, documents[1:2], noise(1, 3, 256)[1:2], 1.0)
    assert np.array_equal(alone[0], expected[1])
