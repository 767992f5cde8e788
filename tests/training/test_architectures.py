"""Architectures of transformers, tiny and random: what is trained is what is drawn, by adapter and by merged model."""

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from built import built_folder
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutputWithPast

from tiledraw.data.shards import ShardSource
from tiledraw.engine.decoders import make_decoder
from tiledraw.engine.general_decoder import check_decoding
from tiledraw.models.adapters import AdapterConfig, add_adapter, save_adapter
from tiledraw.models.fingerprint import fingerprint
from tiledraw.models.knowledge import Knowledge, ModelError
from tiledraw.models.loading import load_base, load_model
from tiledraw.training.attention import use_attention
from tiledraw.training.backends import Adapted, Score
from tiledraw.training.batches import GIVEN, collate, make_example
from tiledraw.training.config import MixConfig, TrainConfig
from tiledraw.training.processes import make_accelerator

SIZES = {
    "vocab_size": 640, "hidden_size": 32, "num_hidden_layers": 2, "intermediate_size": 48, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 4096, "initializer_range": 0.2, "bos_token_id": None,
    "eos_token_id": 257, "pad_token_id": 256,
}  # fmt: skip
GPT = {
    "vocab_size": 640, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 4096, "initializer_range": 0.2,
    "bos_token_id": None, "eos_token_id": 257,
}  # fmt: skip
LLAMA = ("q_proj", "v_proj", "down_proj")
HEADS = {"head_dim": 8}
CAPS = {"query_pre_attn_scalar": 8, "attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0}
# A base by its model type, what differs from the usual shape, and the matrices that are adapted.
BASES = {
    "qwen2": (SIZES, LLAMA),
    "qwen2, tied, too few rows": (SIZES | {"tie_word_embeddings": True, "vocab_size": 300}, LLAMA),
    "qwen3": (SIZES | HEADS, LLAMA),
    "qwen3_moe": (SIZES | HEADS | {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}, LLAMA[:2]),
    "llama": (SIZES, LLAMA),
    "mistral": (SIZES | {"sliding_window": 40}, LLAMA),
    "gemma": (SIZES | HEADS, LLAMA),
    "gemma2": (SIZES | HEADS | CAPS | {"sliding_window": 40}, LLAMA),
    "gemma3_text": (SIZES | HEADS | {"query_pre_attn_scalar": 8, "sliding_window": 40}, LLAMA),
    "phi": (SIZES | {"partial_rotary_factor": 0.5}, ("q_proj", "v_proj", "fc1")),
    "phi3": (SIZES, ("qkv_proj", "down_proj")),
    "gpt2": (GPT, ("c_attn", "c_fc")),
    "gptj": (GPT | {"rotary_dim": 8}, ("q_proj", "v_proj")),
    "gpt_neox": (SIZES | {"rotary_pct": 0.5}, ("query_key_value",)),
    "codegen": (GPT | {"rotary_dim": 8}, ("qkv_proj",)),
    "opt": (SIZES | {"ffn_dim": 48, "word_embed_proj_dim": 16, "init_std": 0.2}, ("q_proj", "v_proj")),
    "smollm3": (SIZES, LLAMA),
    "falcon": (SIZES, ("query_key_value",)),
    "olmo": (SIZES, LLAMA),
    "olmo2": (SIZES, LLAMA),
    "starcoder2": (SIZES, ("q_proj", "v_proj")),
    "granite": (SIZES | {"logits_scaling": 3.0, "embedding_multiplier": 5.0, "residual_multiplier": 0.5}, LLAMA),
    "cohere": (SIZES | {"logit_scale": 0.25}, LLAMA),
    "stablelm": (SIZES, LLAMA),
    "bloom": (SIZES | {"n_layer": 2, "n_head": 4}, ("query_key_value",)),
}
CONFIG = TrainConfig(
    output="",
    data=built_folder(plans=True),
    mix=MixConfig(long=1, flat_every=1, layouts=1),
    steps=1,
    precision="float32",
)
READ = 6  # tokens that the decoder draws one by one, before it reads the rest at once


def make_base(name: str) -> PreTrainedModel:
    """A random model, without a bias or a norm that does nothing."""
    torch.manual_seed(0)
    shape, _ = BASES[name]
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(name.partition(",")[0], **shape)).eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if key.endswith("bias") or parameter.ndim == 1:
                parameter.add_(0.5 * torch.randn(parameter.shape))
    return model


@pytest.mark.parametrize("name", BASES)
def test_what_is_trained_is_what_is_drawn(name, make_tokenizer, tmp_path):
    base, folder = tmp_path / "base", tmp_path / "model"
    make_base(name).save_pretrained(base)
    make_tokenizer(("<|im_start|>", "<|im_end|>")).save_pretrained(base)
    model, vocabulary = load_base(str(base), torch.float32)
    facts = fingerprint(model, vocabulary)
    use_attention(model)
    adapted = add_adapter(model, vocabulary, AdapterConfig(2, 4, modules=BASES[name][1]), str(base))
    trained = [parameter for parameter in adapted.parameters() if parameter.requires_grad]
    with torch.no_grad():
        for parameter in trained:
            parameter.add_(0.3 * torch.randn(parameter.shape))
    source, score = ShardSource(CONFIG.data), Score(adapted, vocabulary, torch.float32, adapted=True).eval()
    documents = [source.document("layout", number) for number in (0, 1)]
    batch = collate([make_example(one, vocabulary, n) for n, one in enumerate(documents)], vocabulary)
    sums = score(batch.ids, batch.targets, batch.positions, batch.groups)
    (sums[0].sum() + sums[2].sum()).backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in trained)

    save_adapter(folder, adapted, vocabulary, Knowledge(), facts)
    decoder = make_decoder(load_model(str(folder)))
    for row in range(2):
        ids, targets = batch.ids[row].tolist(), batch.targets[row].tolist()
        first = next(number for number, target in enumerate(targets) if target != GIVEN)
        rest = batch.ids[row : row + 1, first:].numpy()
        states = [decoder.start([ids[:first]], len(ids) - first)]
        states += [decoder.feed(rest[:, n : n + 1]) for n in range(READ)]
        states.append(decoder.peek(rest[:, READ:]) if hasattr(decoder, "peek") else decoder.read(rest[:, READ:])[0])
        logits = torch.from_numpy(np.concatenate([decoder.logits(state) for state in states]))[:-1]
        wanted = batch.targets[row, first:]
        is_pixel = (wanted >= vocabulary.base) & (wanted < vocabulary.base + 256)
        among = logits[is_pixel, vocabulary.base : vocabulary.base + 256]
        nats = torch.nn.functional.cross_entropy(among, wanted[is_pixel] - vocabulary.base)
        assert nats.item() == pytest.approx((sums[0][row] / sums[1][row]).item(), abs=1e-4)
        is_text = (wanted != GIVEN) & ~is_pixel
        nats = torch.nn.functional.cross_entropy(logits[is_text], wanted[is_text])
        assert nats.item() == pytest.approx((sums[2][row] / sums[3][row]).item(), abs=1e-4)


def write_base(folder, tokenizer, name, **shape):
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(AutoConfig.for_model(name, **shape)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def test_a_base_of_too_few_positions_is_told_in_a_sentence(make_tokenizer, quiet_trainer, tmp_path):
    base = write_base(tmp_path / "base", make_tokenizer(), "gpt2", **GPT | {"n_positions": 1024})
    run = quiet_trainer(
        replace(CONFIG, output=str(tmp_path / "run"), base=base, adapter=AdapterConfig(2, modules=("c_attn",))),
        log=io.StringIO(),
    )
    with pytest.raises(ValueError, match=r"^a flat document has 1,\d\d\d tokens, and the model reads at most 1,024; "):
        run.run()


def test_architectures_that_cannot_be_drawn_with_are_refused_before_the_training(make_tokenizer, tmp_path):
    base = write_base(tmp_path / "base", make_tokenizer(), "mamba", **SIZES | {"state_size": 8})
    with pytest.raises(ModelError, match=r"^the model [^\n]* can't be used: mamba models don't read on [^\n]*$"):
        Adapted(replace(CONFIG, output=str(tmp_path / "run"), base=base), make_accelerator(tmp_path, []), torch.float32)
    model = make_base("llama")
    plain = model.forward
    model.forward = lambda *args, **inputs: CausalLMOutputWithPast(logits=plain(*args, **inputs).logits / 2)
    with pytest.raises(ModelError, match=r"^the model it can't be used: llama models compute logits in a way [^\n]*$"):
        check_decoding(model, "it")


def test_matrices_that_a_base_lacks_are_named_with_those_that_it_has(make_tokenizer, tmp_path):
    model, vocabulary = load_base(write_base(tmp_path, make_tokenizer(), "phi3", **SIZES), torch.float32)
    with pytest.raises(ModelError, match=r"it has no q_proj, k_proj, [^\n]* are down_proj, gate_up_proj, o_proj, qkv"):
        add_adapter(model, vocabulary, AdapterConfig(), "base")
