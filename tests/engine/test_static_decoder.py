"""The static decoder: the logits of the plain forward pass however streams go on, the pixels of all decoders."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoConfig, AutoModelForCausalLM

from tiledraw.engine.decoders import make_decoder
from tiledraw.engine.decoding import draw_pixels
from tiledraw.engine.general_decoder import GeneralDecoder
from tiledraw.engine.masks import MODEL_TYPES, takes_masks
from tiledraw.engine.noise import uniforms
from tiledraw.engine.numpy_decoder import NumpyDecoder
from tiledraw.engine.static_decoder import SHARED, StaticDecoder
from tiledraw.format.grammar import LayoutDocument
from tiledraw.format.vocabulary import fit_model
from tiledraw.models.knowledge import Knowledge
from tiledraw.models.loading import load_model, save_model

ROWS = 96
CLOSE = {"rtol": 1e-4, "atol": 1e-4}
SHAPE = {
    "vocab_size": ROWS, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
    "intermediate_size": 48, "max_position_embeddings": 4096, "initializer_range": 0.3, "bos_token_id": None,
    "eos_token_id": None, "pad_token_id": None,
}  # fmt: skip
MIXED = {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 6, "use_sliding_window": True}
OWN: dict[str, dict[str, object]] = {
    "gemma2": MIXED | {"head_dim": 8, "final_logit_softcapping": 2.0},
    "gemma3_text": MIXED | {"head_dim": 8},
    "gpt_neox": {"rotary_pct": 0.5, "num_key_value_heads": 4},
    "granite": {"logits_scaling": 3.0},
    "mistral": {"sliding_window": 6},
    "qwen2": MIXED,
    "qwen3": MIXED | {"head_dim": 16, "tie_word_embeddings": True},
    "qwen3 untied": {"head_dim": 16, "tie_word_embeddings": False},
    "smollm3": {"no_rope_layers": [1, 0]},
}


def make(kind: str, **changes: object):
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind.split()[0], **SHAPE | OWN.get(kind, {}) | changes)
    return AutoModelForCausalLM.from_config(config).eval()


@pytest.fixture(scope="module", params=sorted(MODEL_TYPES | OWN.keys()))
def model(request):
    return make(request.param)


def stream(length: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, ROWS, length)


@torch.no_grad()
def check(decoder, model, hidden, ids, at) -> None:
    """Whether a state of the decoder gives the logits of the plain forward pass at a place of a stream."""
    expected = model(torch.from_numpy(ids[None, : at + 1]), use_cache=False).logits[0, -1]
    assert expected.std() > 0.1
    np.testing.assert_allclose(decoder.logits(hidden[None])[0], expected, **CLOSE)


def test_each_stream_goes_on_at_its_own_speed(model):
    assert takes_masks(model.config)
    decoder, at = StaticDecoder(model), [3, 17, 9]
    streams = [stream(length + 40, number) for number, length in enumerate(at)]
    hidden = decoder.start([ids[:length].tolist() for ids, length in zip(streams, at, strict=True)], 40)
    for row, ids in enumerate(streams):
        check(decoder, model, hidden[row], ids, at[row] - 1)
    for counts in ([1, 8, 4], [8, 1, 0], [2, 7, 8]):
        ahead = np.stack([ids[place : place + 8] for ids, place in zip(streams, at, strict=True)])
        for row, right in enumerate(counts):
            ahead[row, right:] = (ahead[row, right:] + 1) % ROWS  # draft tokens that are not accepted leave no trace
        drafts = [
            ids[: max(1, right)].tolist() if row == 1 else ids.tolist()
            for row, (ids, right) in enumerate(zip(ahead, counts, strict=True))
        ]
        states = decoder.peek(drafts)
        assert torch.equal(states, decoder.peek(drafts)) and len(states) == sum(map(len, drafts))
        states = states.split([len(draft) for draft in drafts])
        for row, right in enumerate(counts):
            if right:
                check(decoder, model, states[row][right - 1], streams[row], at[row] + right - 1)
            at[row] += right
        decoder.accept(np.array(counts))
    decoder.keep(np.array([0, 2]))
    hidden = decoder.feed(np.stack([streams[row][at[row] : at[row] + 1] for row in (0, 2)]))
    assert len(hidden) == 2
    for number, row in enumerate((0, 2)):
        check(decoder, model, hidden[number], streams[row], at[row])


@pytest.mark.parametrize("kind", [StaticDecoder, GeneralDecoder])
def test_tokens_keep_the_positions_that_they_are_given(model, kind):
    decoder, ids = kind(model), stream(30)
    positions = np.arange(30) + 5 * (np.arange(30) >= 9) + 7 * (np.arange(30) >= 15)
    with torch.no_grad():
        told = {"position_ids": torch.from_numpy(positions[None]), "attention_mask": torch.ones(1, 30)}
        expected = model(torch.from_numpy(ids[None]), use_cache=False, **told).logits[0].numpy()
    decoder.start([ids[:9].tolist()] * 2, 60)
    hidden = decoder.feed(np.stack([ids[9:20]] * 2), np.stack([positions[9:20]] * 2))
    np.testing.assert_allclose(decoder.logits(hidden), expected[[19, 19]], **CLOSE)
    if kind is StaticDecoder:
        states = decoder.peek([ids[20:].tolist(), ids[20:25].tolist()], [positions[20:].tolist(), positions[20:25]])
        np.testing.assert_allclose(decoder.logits(states), expected[[*range(20, 30), *range(20, 25)]], **CLOSE)
    precise = decoder.precise_logits(ids.tolist(), 0, ROWS, positions.tolist())
    np.testing.assert_allclose(precise, expected[-1:], **CLOSE)


@pytest.fixture(scope="module")
def llama():
    return make("llama")


@given(lengths=st.lists(st.integers(1, 24), min_size=1, max_size=4), common=st.integers(0, 40), data=st.data())
@settings(max_examples=12)
def test_a_common_beginning_is_read_once_and_changes_no_logits(llama, lengths, common, data):
    decoder, beginning = StaticDecoder(llama), stream(common, 7)
    streams = [np.concatenate([beginning, stream(length + 2, number)]) for number, length in enumerate(lengths)]
    rows = [ids[:-2].tolist() for ids in streams]
    hidden = decoder.start(rows, 2)
    for row, ids in enumerate(streams):
        check(decoder, llama, hidden[row], ids, len(ids) - 3)
    hidden = decoder.feed(np.stack([ids[-2:] for ids in streams]))
    for row, ids in enumerate(streams):
        check(decoder, llama, hidden[row], ids, len(ids) - 1)


def test_streams_that_are_all_the_same_are_read_once(llama):
    decoder, ids, read = StaticDecoder(llama), stream(60), []
    hook = llama.model.register_forward_pre_hook(
        lambda module, arguments, named: read.append(tuple(named["input_ids"].shape)), with_kwargs=True
    )
    decoder.start([ids.tolist()] * 5, 1)
    decoder.start([ids[:SHARED].tolist()] * 5, 1)
    hook.remove()
    assert read == [(1, 59), (5, 1), (5, SHARED)]
    hidden = decoder.start([ids.tolist()] * 5, 1)
    for row in range(5):
        check(decoder, llama, hidden[row], ids, 59)


def test_more_than_the_model_reads_is_refused_in_one_sentence(llama):
    with pytest.raises(ValueError, match=r"^the model reads at most 4,096 tokens; 4,097 are needed$"):
        StaticDecoder(llama).start([[1] * 49, [1]], 4048)


def test_a_batch_has_as_many_streams_as_caches_fit_into_memory(llama):
    decoder = StaticDecoder(llama)
    decoder.start([[1]], 99)
    taken = sum(cache.nbytes for layer in decoder.cache.layers for cache in (layer.keys, layer.values))
    decoder.bytes = 7 * taken
    assert decoder.most_streams(100) == 7
    assert decoder.most_streams(101) == 6
    assert decoder.most_streams(10**9) == 1


def test_precise_logits_are_the_same_in_any_company_and_disturb_no_stream(llama):
    for kind in (GeneralDecoder, StaticDecoder):
        decoder, ids = kind(llama), stream(30)
        alone = decoder.precise_logits(ids.tolist(), 5, 50)
        decoder.start([stream(20, 3).tolist(), ids[:29].tolist()], 4)
        assert np.array_equal(decoder.precise_logits(ids.tolist(), 5, 50), alone)
        check(decoder, llama, decoder.feed(np.stack([ids[:1], ids[29:]]))[1], ids, 29)


def test_compiled_passes_are_whole_graphs_that_serve_batches_of_any_shape(llama, monkeypatch):
    from torch._dynamo.testing import CompileCounter

    torch._dynamo.reset()
    counter, compiler = CompileCounter(), torch.compile
    monkeypatch.setattr(
        torch, "compile", lambda body, **options: compiler(body, backend=counter, fullgraph=True, **options)
    )
    decoder = StaticDecoder(llama, compiled=True)
    streams = [stream(90, number) for number in range(4)]
    decoder.start([ids[:9].tolist() for ids in streams], 81)
    at, rows = 9, list(range(4))
    for kept, count in ((4, 10), (4, 10), (3, 14), (3, 14), (2, 20)):
        rows = rows[:kept]
        decoder.keep(np.arange(kept))
        hidden = decoder.feed(np.stack([streams[row][at : at + count] for row in rows]))
        at += count
        for number, row in enumerate(rows):
            check(decoder, llama, hidden[number], streams[row], at - 1)
    assert counter.frame_count <= 2


def test_a_model_of_another_architecture_is_drawn_by_the_general_decoder(vocabulary, tmp_path):
    save_model(tmp_path, fit_model(make("bloom"), vocabulary), vocabulary, Knowledge())
    assert type(make_decoder(load_model(str(tmp_path)))) is GeneralDecoder


@pytest.mark.parametrize("kind", ["qwen3", "gemma2"])
def test_the_same_pixels_in_any_batch_with_and_without_speculation(kind, vocabulary):
    model = fit_model(make(kind), vocabulary)
    documents = [LayoutDocument("a cat " * (n % 5 + 1), think="background: light") for n in range(9)]
    noise = np.stack([uniforms(3, 0, number, 0, 64) for number in range(9)])
    ways = [(StaticDecoder(model), batch, True) for batch in (9, 4, 1)]
    ways += [(StaticDecoder(model), 4, False), (GeneralDecoder(model), 4, True)]
    if kind.startswith("qwen3"):
        ways.append((NumpyDecoder(model.config.to_dict(), model.state_dict()), 9, True))
    drawn = [
        draw_pixels(decoder, vocabulary, documents[:batch], noise[:batch], 1.0, ahead=ahead)
        for decoder, batch, ahead in ways
    ]
    for pixels in drawn[1:]:
        assert np.array_equal(pixels, drawn[0][: len(pixels)])
    assert len(np.unique(drawn[0])) > 10
