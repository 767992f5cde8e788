from collections.abc import Iterator

import pytest
import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from tiledraw.training.attention import register_attention

WINDOW = 160  # neither a block nor a multiple of one


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Matrices this small gain nothing from a second thread, and lose much where another process wants the core."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def model() -> Qwen3ForCausalLM:
    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=50, hidden_size=32, num_hidden_layers=2, intermediate_size=48, num_attention_heads=4,
        num_key_value_heads=2, head_dim=24, use_sliding_window=True, sliding_window=WINDOW,
        layer_types=["sliding_attention", "full_attention"], tie_word_embeddings=True, initializer_range=0.3,
    )  # fmt: skip
    return Qwen3ForCausalLM(config).eval()


def run(model: Qwen3ForCausalLM, attention: str, ids: torch.Tensor, **inputs: torch.Tensor) -> list[torch.Tensor]:
    """Hidden states, then the gradient of every parameter."""
    model.set_attn_implementation(attention)
    model.zero_grad()
    hidden = model.model(input_ids=ids, use_cache=False, **inputs).last_hidden_state
    weights = torch.linspace(-1, 1, hidden.numel()).view_as(hidden) * inputs.get("attention_mask", ids > -1)[..., None]
    (hidden * weights).mean().backward()
    return [hidden.detach()[weights != 0], *(p.grad.clone() for p in model.model.parameters())]


@pytest.mark.parametrize("length", [1, 2, 100, 128, 129, 256, 345])
def test_equals_stock_eager(model: Qwen3ForCausalLM, length: int) -> None:
    ids = torch.randint(0, 50, (2, length))
    for ours, stock in zip(run(model, register_attention(), ids), run(model, "eager", ids), strict=True):
        torch.testing.assert_close(ours, stock, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("window", [1, 64, 128, 200, 256])
def test_equals_stock_eager_at_any_window(
    model: Qwen3ForCausalLM, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model.config, "sliding_window", window)
    monkeypatch.setattr(model.model.layers[0].self_attn, "sliding_window", window)
    ids = torch.randint(0, 50, (2, 280))
    for ours, stock in zip(run(model, register_attention(), ids), run(model, "eager", ids), strict=True):
        torch.testing.assert_close(ours, stock, rtol=1e-4, atol=1e-5)


def test_padding_and_packing_take_the_stock_path(model: Qwen3ForCausalLM) -> None:
    ids = torch.randint(0, 50, (2, 280))
    padding = torch.ones_like(ids)
    padding[0, :70] = 0
    packed = torch.cat([torch.arange(120), torch.arange(160)])[None]
    for inputs in ({"attention_mask": padding}, {"position_ids": packed}):
        pairs = zip(run(model, register_attention(), ids, **inputs), run(model, "eager", ids, **inputs), strict=True)
        for ours, stock in pairs:
            torch.testing.assert_close(ours, stock, rtol=1e-4, atol=1e-5)


def test_generates_what_stock_eager_generates(model: Qwen3ForCausalLM) -> None:
    ids = torch.randint(0, 50, (2, WINDOW - 4))
    drawn = []
    for attention in (register_attention(), "eager"):
        model.set_attn_implementation(attention)
        drawn.append(model.generate(ids, max_new_tokens=12, do_sample=False, pad_token_id=0))
    assert torch.equal(*drawn)
