"""Packs: tiles of one picture behind its layout in one sequence are learned as if each stood there alone."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from built import built_folder
from transformers import AutoConfig, AutoModelForCausalLM

from tiledraw.data.shards import ShardSource
from tiledraw.format.grammar import FlatDocument, TileDocument, segments, tokenise
from tiledraw.format.vocabulary import fit_model
from tiledraw.models.building import ModelConfig
from tiledraw.models.loading import load_model
from tiledraw.training import backends as backends
from tiledraw.training.batches import GIVEN, collate, losses, make_example, pack, read
from tiledraw.training.config import MixConfig, TrainConfig
from tiledraw.training.loader import GROUPS, Loader

MIX = MixConfig(long=8, flat_every=4, behind=2, layouts=2)
CONFIG = TrainConfig("", data=built_folder(plans=True), mix=MIX, evaluate_documents=3, precision="float32")
MODEL = ModelConfig(32, 2, 2, 1, 16, 48, full_layers=(1,), window=48)
SHAPE = {
    "vocab_size": 96, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
    "intermediate_size": 48, "max_position_embeddings": 4096, "initializer_range": 0.3, "bos_token_id": None,
    "eos_token_id": None, "pad_token_id": None,
}  # fmt: skip


@pytest.fixture(params=["qwen3", "qwen3 with windows", "mistral", "gpt2"])
def model(request, make_model, vocabulary):
    torch.manual_seed(0)
    kind, _, windows = request.param.partition(" ")
    if windows:
        return fit_model(make_model(window=100), vocabulary)
    own = {"sliding_window": 100} if kind == "mistral" else {}
    return fit_model(AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **SHAPE | own)).eval(), vocabulary)


def tiles(index=0, count=4):
    return ShardSource(CONFIG.data).pack(index, count)


def short_tiles(index, count):
    """Tiles of the first level, which are a third as long, of one picture: each with errors of its own."""
    return [tile for tile in ShardSource(CONFIG.data).pack(index, 12 * count) if len(tile.guide) == 9][:count]


def examples_of(documents, vocabulary, filled=True):
    return [make_example(document, vocabulary, number, filled=filled) for number, document in enumerate(documents)]


@torch.no_grad()
def sums(model, examples, vocabulary):
    batch = collate(examples, vocabulary)
    hidden = read(model.get_decoder(), batch.ids, batch.positions, batch.parts)
    return losses(hidden, model.get_output_embeddings().weight, batch, vocabulary, 3)


def test_the_losses_of_a_pack_are_those_of_its_tiles_alone_behind_the_layout(model, vocabulary):
    alone = [make_example(tile, vocabulary, n, filled=n < 2) for n, tile in enumerate(short_tiles(0, 3))]
    assert len({tuple(example.ids.tolist()) for example in alone}) == 3
    other = pack(examples_of(short_tiles(1, 2), vocabulary))  # a shorter one: padding sees, and is not seen
    whole, expected = sums(model, [pack(alone), other], vocabulary), sums(model, [other], vocabulary)
    for example in alone:
        one = sums(model, [example], vocabulary)
        expected = replace(expected, **{name: value + vars(one)[name] for name, value in vars(expected).items()})
    assert (expected.pixels > 200).all() and not expected.texts.any()
    for name, value in vars(whole).items():
        torch.testing.assert_close(value, vars(expected)[name], rtol=1e-4, atol=1e-4)


def test_a_pack_holds_its_layout_once_and_every_token_where_it_is_alone(vocabulary):
    documents = tiles()
    alone = examples_of(documents, vocabulary)
    packed, before = pack(alone), tokenise(segments(documents[0].context), vocabulary)[0]
    assert packed.ids[packed.parts == 0].tolist() == before.tolist()
    assert (packed.targets[packed.parts == 0] == GIVEN).all()
    for number, example in enumerate(alone, 1):
        own = example.parts == 1
        assert example.positions[own][0] == len(before) and example.ids[~own].tolist() == before.tolist()
        for name in ("ids", "targets", "positions", "groups"):
            assert getattr(packed, name)[packed.parts == number].tolist() == getattr(example, name)[own].tolist()
    assert len(packed.ids) == sum(len(example.ids) for example in alone) - 3 * len(before)


def test_a_tile_that_teaches_nothing_takes_no_room_in_a_pack(vocabulary):
    plain = TileDocument("level 1", np.full((17, 16), 255, np.int16), pixels=np.full((32, 32), 255, np.uint8))
    documents = [replace(plain, context=tiles()[0].context), *tiles()]
    packed = pack(examples_of(documents, vocabulary))
    assert packed.ids.tolist() == pack(examples_of(documents[1:], vocabulary)).ids.tolist()
    assert not (packed.parts == 1).any() and (packed.parts == 2).any()


def test_flat_documents_are_packed_behind_nothing(make_model, vocabulary):
    documents = [ShardSource(CONFIG.data).document("flat", number) for number in range(2)]
    alone, model = examples_of(documents, vocabulary), fit_model(make_model(), vocabulary)
    whole, one, other = (sums(model, examples, vocabulary) for examples in ([pack(alone)], alone[:1], alone[1:]))
    for name, value in vars(whole).items():
        torch.testing.assert_close(value, vars(one)[name] + vars(other)[name], rtol=1e-4, atol=1e-4)


# The loader ----------------------------------------------------------------------------------------------------------


def test_long_documents_of_a_step_come_in_packs_and_each_step_has_new_ones(vocabulary):
    loader = Loader(CONFIG, vocabulary)
    rows = set()
    for step in range(2):
        (long,), short, (layouts,) = loader.batches(step)
        assert not short and layouts.parts is None
        assert sorted(long.names) == sorted(f"{'tile' if n % 4 else 'flat'} {n}" for n in range(4 * step, 4 * step + 4))
        for name, ids, parts, groups in zip(long.names, long.ids, long.parts, long.groups, strict=True):
            kinds = {GROUPS[group].rstrip("0123456789") for group in groups[parts > 0]}
            assert kinds == {name.split()[0]} and parts.max() == 2 and (parts == 0)[0] == ("tile" in name)
            rows.add(tuple(ids.tolist()))
    assert len(rows) == 8


def test_a_batch_holds_as_many_documents_as_without_packs_and_at_least_one_pack(vocabulary):
    for micro_batch, count in ((1, 1), (4, 2), (5, 2), (0, 4)):
        long, *_ = Loader(replace(CONFIG, micro_batch=micro_batch), vocabulary).batches(0)
        sizes = [len(batch.ids) for batch in long]
        assert max(sizes) <= count and sum(sizes) == 4 and (micro_batch or len(sizes) == 1)


def test_processes_share_whole_packs(vocabulary):
    halves = [Loader(replace(CONFIG, evaluate_documents=2), vocabulary, process, 2).batches(0)[0] for process in (0, 1)]
    assert [sorted(name for batch in half for name in batch.names) for half in halves] == [
        ["flat 0", "tile 2"],
        ["tile 1", "tile 3"],
    ]


@pytest.mark.parametrize(
    ("mix", "processes", "sentence"),
    [
        ({"behind": 3}, 1, r"mix\.long 8 can't be shared evenly by sequences of 3 \(mix\.behind\); .* multiple of 3"),
        ({"behind": 8}, 2, r"mix\.long 8 .* 2 processes with sequences of 8 \(mix\.behind\); .* multiple of 16"),
        ({"behind": -1}, 1, r"mix\.behind is -1"),
    ],
)
def test_packs_that_a_step_can_not_hold_evenly_are_told(vocabulary, mix, processes, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}[^\n]*$"):
        Loader(replace(CONFIG, mix=replace(MIX, **mix), evaluate_documents=2), vocabulary, 0, processes)


def test_held_out_tiles_stand_behind_layouts_where_those_of_training_do(vocabulary):
    loader = Loader(CONFIG, vocabulary)
    batches = list(loader.validation())
    assert sorted(name for batch in batches if batch.parts is not None for name in batch.names) == sorted(
        f"tile {number}"
        for number in range(2)  # three tiles, rounded up
    )
    assert all("tile" not in name for batch in batches if batch.parts is None for name in batch.names)
    first = next(batch for batch in batches if "tile 0" in batch.names)
    row = first.names.index("tile 0")
    expected = pack(examples_of(ShardSource(CONFIG.data, "validation").pack(0, 2), vocabulary, False))
    assert first.ids[row, : len(expected.ids)].tolist() == expected.ids.tolist()


def test_packs_of_built_pictures_come_in_another_order_each_time_around(vocabulary):
    mix = MixConfig(long=24, flat_every=0, layouts=0, behind=2)  # twelve packs a step: all pictures
    loader = Loader(replace(CONFIG, mix=mix, evaluate_documents=4), vocabulary)
    layouts, rows, orders = set(), set(), set()
    for step in range(4):
        (batch,), *_ = loader.batches(step)
        shown = {
            name: tuple(ids[: int((parts > 0).int().argmax())].tolist())
            for name, ids, parts in zip(batch.names, batch.ids, batch.parts, strict=True)
        }
        assert sorted(shown) == sorted(f"tile {12 * step + number}" for number in range(12))
        layouts.update(shown.values())
        orders.add(tuple(shown[name] for name in sorted(shown)))
        rows.update(tuple(ids) for ids in batch.ids.tolist())
        assert len(set(shown.values())) == 12
    assert len(layouts) == 12 and len(orders) > 1 and len(rows) == 48
    held_out = [batch for batch in loader.validation() if batch.parts is not None]
    assert sorted(name for batch in held_out for name in batch.names) == ["tile 0", "tile 1"]


# Training ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def base(make_model, make_tokenizer, tmp_path_factory):
    """A pretrained model without our words."""
    folder = tmp_path_factory.mktemp("base")
    make_tokenizer(("<|im_start|>", "<|im_end|>")).save_pretrained(folder)
    make_model(640, window=100, tied=False).save_pretrained(folder)
    return str(folder)


@pytest.mark.parametrize(("adapted", "precision"), [(True, "bfloat16"), (False, "float32")])
def test_a_model_learns_from_packs_and_knows_the_context(quiet_trainer, base, tmp_path, adapted, precision):
    changes = {"base": base, "gradient_checkpointing": True} if adapted else {"model": MODEL}
    mix = MixConfig(long=4, flat_every=2, behind=2, layouts=1)
    config = replace(CONFIG, data=built_folder(32, plans=True), output=str(tmp_path), mix=mix, steps=1, log_steps=1)
    run = quiet_trainer(replace(config, precision=precision, micro_batch=2, **changes), log=io.StringIO())
    weights = "adapter" if adapted else "model"
    first = [value.clone() for value in run.backend.tensors()[weights].values()]
    run.run()
    assert any(not torch.equal(*pair) for pair in zip(first, run.backend.tensors()[weights].values(), strict=True))
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert {"bits_per_pixel/tile32", "bits_per_pixel/flat", "bits_per_pixel/layout"} <= {
        key for x in lines for key in x
    }
    run.export(tmp_path / "model")
    assert load_model(str(tmp_path / "model")).knowledge.context


def test_a_model_that_may_see_more_than_masks_say_is_refused(quiet_trainer, base, tmp_path, monkeypatch):
    monkeypatch.setattr(backends, "takes_masks", lambda config: False)
    with pytest.raises(
        ValueError, match=r"^several tiles can't stand [^\n]* in qwen3 models[^\n]*mix\.behind to 1 or 0$"
    ):
        quiet_trainer(replace(CONFIG, output=str(tmp_path), base=base), log=io.StringIO())


def test_a_document_in_a_sequence_of_its_own_needs_no_mask(vocabulary):
    alone = [
        make_example(document, vocabulary)
        for document in (tiles()[0], FlatDocument("a cat", "it", np.zeros((32, 32), np.uint8)))
    ]
    assert collate(alone, vocabulary).parts is None
