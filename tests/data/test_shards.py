"""Shards: documents come back as they were, in any order, and damage is seen."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiledraw.canvas.pyramid import ABSENT, Borders, Tile
from tiledraw.data.corruption import Corruption
from tiledraw.data.documents import KINDS
from tiledraw.data.shards import (
    FORMAT,
    MANIFEST,
    SETTINGS,
    ShardError,
    ShardSource,
    decode_document,
    encode_document,
    index_path,
    read_index,
    shard_name,
    write_shard,
)
from tiledraw.format.grammar import FlatDocument, LayoutDocument, TileDocument
from tiledraw.format.think import known_think

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
SEEDS = st.integers(0, 2**32)


def grays(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def tile(seed, think="level 1, row 0 of 1, column 0 of 1: cat, mean gray 9"):
    guide = np.where(grays(seed, 17, 16) < 20, ABSENT, grays(seed, 17, 16)).astype(np.int16)
    return TileDocument(think, guide, Borders(grays(seed, 32), None, grays(seed + 1, 32), None), grays(seed, 32, 32))


DOCUMENTS = st.one_of(
    st.builds(lambda prompt, think, seed: FlatDocument(prompt, think, grays(seed, 32, 32)), TEXTS, TEXTS, SEEDS),
    st.builds(lambda prompt, think, seed: LayoutDocument(prompt, "", think, grays(seed, 8, 8)), TEXTS, TEXTS, SEEDS),
    st.builds(lambda think, seed: tile(seed, think), TEXTS, SEEDS),
    st.builds(
        lambda seed: TileDocument("t", grays(seed, 9, 8).astype(np.int16), Borders(), grays(seed, 16, 16)), SEEDS
    ),
    st.just(LayoutDocument("draw a gryphon", "canvas: 0 2 8 6\n", "unknown: gryphon")),
)


@given(DOCUMENTS, TEXTS)
@settings(max_examples=40)
def test_a_document_comes_back_from_its_line(same, document, name):
    line = encode_document(document, name)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert json.loads(line)["name"] == name
    assert same(decode_document(line), document)


def test_lines_are_damaged_or_documents():
    line = encode_document(tile(0), "x")
    for damaged in (
        b"",
        b"{}",
        b"[]",
        b"null",
        line[:-40],
        line.replace(b'"pixels": "', b'"pixels": "AAAA'),
        b"\xff\n",
    ):
        with pytest.raises(ShardError, match="holds no document"):
            decode_document(damaged)


def built(folder, shards, grays=256, **manifest):
    """A folder with shards of these documents, by split."""
    folder.mkdir(exist_ok=True)
    splits = {}
    for split, parts in shards.items():
        for number, documents in enumerate(parts):
            write_shard(folder / shard_name(split, number), [("a picture", document) for document in documents], {})
        splits[split] = {"shards": [shard_name(split, number) for number in range(len(parts))], "planless": 1}
    data = {"format": FORMAT, "splits": splits, "settings": {"grays": grays}, "labels": [], **manifest}
    (folder / MANIFEST).write_text(json.dumps(data))
    return folder


def flat(number):
    return FlatDocument(f"draw {number}", "shows: it", np.full((32, 32), number, np.uint8))


def layout(number):
    return LayoutDocument(f"draw {number}", "", "shows: it", np.full((8, 8), number, np.uint8))


def test_every_document_is_found_by_its_number_over_all_shards_and_around(tmp_path):
    shards = [[layout(0), flat(0), layout(1)], [], [flat(1), flat(2), tile(3)]]
    source = ShardSource(built(tmp_path, {"train": shards}))
    assert source.counts == {"layout": 2, "flat": 3, "tile": 1}
    for kind in ("layout", "flat"):
        count = source.counts[kind]
        found = [int(source.document(kind, index).pixels[0, 0]) for index in range(2 * count)]
        assert found == [*range(count)] * 2
    assert np.array_equal(source.document("tile", 5).pixels, tile(3).pixels)


def test_tiles_are_true_as_stored_and_another_way_corrupted_each_time_around(tmp_path, same):
    source = ShardSource(built(tmp_path, {"train": [[tile(0), tile(1)]]}))
    assert same(source.stored("tile", 3), tile(1))
    one, other = (
        [source.document("tile", index) for index in range(40)],
        [source.document("tile", n) for n in range(40)],
    )
    assert all(map(same, one, other))
    assert not all(same(found, tile(index % 2)) for index, found in enumerate(one))
    assert len({(found.borders.top is None, found.borders.right is None) for found in one}) > 1
    assert all(found.pixels.tolist() == tile(index % 2).pixels.tolist() for index, found in enumerate(one))


def test_outside_of_training_only_borders_are_left_out(tmp_path, same):
    folder = built(tmp_path, {"train": [[tile(0)]], "validation": [[tile(0)]]})
    source = ShardSource(folder, "validation")
    for index in range(30):
        found = source.document("tile", index)
        assert same(found.guide, tile(0).guide) and found.think == tile(0).think
        assert found.borders.top is None or same(found.borders.top, tile(0).borders.top)
    silent = ShardSource(folder, "train", Corruption(think_dropout=1.0))
    assert silent.document("tile", 0).think == "level 1, row 0 of 1, column 0 of 1"
    assert all(source.document("tile", index).slipped is None for index in range(30))
    slipping = ShardSource(folder, "train", Corruption(slips=1.0)).document("tile", 0)
    assert same(slipping.pixels, tile(0).pixels) and (slipping.slipped != slipping.pixels).any()


def test_a_pack_holds_tiles_of_one_picture_behind_its_layout_and_others_each_time_around(tmp_path, same):
    pictures = [[flat(0), layout(0), tile(0), tile(1), tile(2)], [layout(1), tile(3)], [flat(2), layout(2), tile(4)]]
    shards = [pictures[0] + pictures[1], [], pictures[2]]
    folder = built(tmp_path, {"train": shards, "validation": shards})
    source = ShardSource(folder, "train", Corruption().clean())
    seen = set()
    for index in range(30):
        tiles = source.pack(index, 2)
        expected = pictures[index % 3]
        own = [document for document in expected if isinstance(document, TileDocument)]
        for one in tiles:
            assert same(one.context, next(other for other in expected if isinstance(other, LayoutDocument)))
            assert any(same(one.pixels, other.pixels) for other in own)
        if len(own) > 1:
            assert not same(tiles[0].pixels, tiles[1].pixels)
            seen.add(tuple(one.pixels.tobytes() for one in tiles))
        assert all(map(same, tiles, source.pack(index, 2)))
    assert len(seen) > 3
    assert len({one.borders.top is None for index in range(0, 60, 3) for one in source.pack(index, 2)}) == 2
    bare = ShardSource(built(tmp_path / "bare", {"train": [[layout(0), layout(1), tile(0)]]}))
    assert bare.pack(1, 1)
    with pytest.raises(ShardError, match=r"train-00000\.jsonl has a layout without tiles"):
        bare.pack(0, 1)


@pytest.mark.parametrize(
    "think", ["level 2, row 3 of 4, column 0 of 4, light: cat 0 -8 16 8", known_think(Tile(2, 4, 3, 0), "a: b, c", 7)]
)
def test_a_silent_thought_knows_its_place(tmp_path, think):
    source = ShardSource(built(tmp_path, {"train": [[tile(0, think)]]}), "train", Corruption(think_dropout=1.0))
    assert source.document("tile", 0).think == "level 2, row 3 of 4, column 0 of 4"


def test_noise_keeps_to_the_grays_of_the_build(tmp_path):
    document = TileDocument("t", np.zeros((17, 16), np.int16), Borders(*[np.zeros(32, np.uint8)] * 4), grays(0, 32, 32))
    source = ShardSource(built(tmp_path, {"train": [[document]]}, grays=2))
    found = [source.document("tile", index) for index in range(60)]
    assert {gray for one in found for gray in one.guide.ravel().tolist()} == {ABSENT, 0, 255}


def test_what_is_missing_is_one_sentence(tmp_path):
    with pytest.raises(ShardError, match="holds no documents; `tiledraw data build folder"):
        ShardSource(tmp_path)
    (tmp_path / SETTINGS).write_text("{}")
    with pytest.raises(ShardError, match="are not finished"):
        ShardSource(tmp_path)
    folder = built(tmp_path, {"train": [[flat(0)]]})
    with pytest.raises(ShardError, match="has no split 'test'; it has train"):
        ShardSource(folder, "test")
    for kind in ("tile", "tiles"):
        with pytest.raises(ShardError, match=f"no documents of the kind '{kind}'"):
            ShardSource(folder).document(kind, 0)
    for text, sentence in (("{", "is damaged"), ("{}", "is damaged"), ('{"format": 0}', "has the format 0, not 2")):
        (folder / MANIFEST).write_text(text)
        with pytest.raises(ShardError, match=sentence):
            ShardSource(folder)


def test_a_damaged_shard_is_named(tmp_path):
    folder = built(tmp_path, {"train": [[flat(0), flat(1)]]})
    path = folder / shard_name("train", 0)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(ShardError, match=r"train-00000\.jsonl is missing or damaged"):
        ShardSource(folder)
    path.write_bytes(b"x" * len(whole))
    with pytest.raises(ShardError, match=r"train-00000\.jsonl, at byte [1-9].*: a line holds no document"):
        ShardSource(folder).document("flat", 1)
    index_path(path).unlink()
    with pytest.raises(ShardError, match="is missing or damaged"):
        ShardSource(folder)


def test_a_shard_is_finished_once_its_index_is_there(tmp_path):
    path = tmp_path / shard_name("train", 0)
    report = {"skipped": []}

    def documents():
        yield "one", flat(0)
        report["skipped"].append("two")

    assert read_index(path) is None
    write_shard(path, documents(), report)
    index = read_index(path)
    assert index["skipped"] == ["two"] and index["bytes"] == path.stat().st_size
    assert {kind: index["offsets"][kind].tolist() for kind in KINDS} == {"layout": [], "flat": [0], "tile": []}
    index_path(path).write_text("{")
    assert read_index(path) is None


def test_a_failure_leaves_no_shard(tmp_path):
    def documents():
        yield "one", flat(0)
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_shard(tmp_path / "train-00000.jsonl", documents(), {})
    assert list(tmp_path.iterdir()) == []
