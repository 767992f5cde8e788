"""Shards: documents come back as they were, in any order, and damage is seen."""

import base64
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.canvas.pyramid import ABSENT, Borders, Tile
from tiledraw.data.corruption import Corruption
from tiledraw.data.shards import (
    FORMAT,
    KINDS,
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
from tiledraw.format.think import captioned_think

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
SEEDS = st.integers(0, 2**32)


def grays(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def tile(seed, think="level 1, row 0 of 1, column 0 of 1, picture: cat"):
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
    "think",
    ["level 2, row 3 of 4, column 0 of 4, grass: cat 0 -32 64 32", captioned_think(Tile(2, 4, 3, 0), "a: b")],
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
    (folder / MANIFEST).write_text('{"format": 0}')
    with pytest.raises(ShardError, match="has the format 0, not 3; build the documents again"):
        ShardSource(folder)


def edited(**changes):
    """Changes keys of a JSON file; of inner objects by names with `__`."""

    def edit(path):
        data = json.loads(path.read_bytes())
        for key, value in changes.items():
            *outer, last = key.split("__")
            inner = data
            for name in outer:
                inner = inner[name]
            inner[last] = value
            if value is ...:
                del inner[last]
        path.write_text(json.dumps(data))

    return edit


def bytes_of(data):
    return lambda path: path.write_bytes(data)


def line(number, **changes):
    """Changes a document, whose line stays as long."""

    def edit(path):
        lines = path.read_bytes().splitlines()
        data = {**json.loads(lines[number]), **changes}
        new = json.dumps({key: value for key, value in data.items() if value is not ...}, ensure_ascii=False).encode()
        assert len(new) <= len(lines[number])
        lines[number] = new.ljust(len(lines[number]))
        path.write_bytes(b"\n".join(lines) + b"\n")

    return edit


def packed(*values, dtype="<u8"):
    return base64.b64encode(np.array(values, dtype=dtype).tobytes()).decode()


def cut(path):
    path.write_bytes(path.read_bytes()[:-40])


MANIFESTS = {  # what happens to manifest.json, and what is said of it
    "cut": (cut, "is no JSON, as line 1 shows"),
    "empty": (bytes_of(b""), "is no JSON"),
    "other bytes": (bytes_of(b"\xff\x00\x80"), "is no JSON"),
    "deep": (bytes_of(b"[" * 100_000), "is nested too deeply"),
    "many digits": (bytes_of(b'{"format": ' + b"9" * 5000 + b"}"), "is no JSON"),
    "a list": (bytes_of(b"[]"), "is '[]', not an object"),
    "null": (bytes_of(b"null"), "is 'null', not an object"),
    "no format": (edited(format=...), "lacks the key 'format'"),
    "format of text": (edited(format="2"), "manifest.json.format is '2', not a whole number"),
    "format of truth": (edited(format=True), "manifest.json.format is 'true', not a whole number"),
    "no settings": (edited(settings=...), "lacks the key 'settings'"),
    "no grays": (edited(settings={}), "manifest.json.settings lacks the key 'grays'"),
    "grays of text": (edited(settings__grays="16"), "settings.grays is '16', not a whole number from 2 to 256"),
    "absurd grays": (edited(settings__grays=10**30), "settings.grays is "),
    "broken grays": (edited(settings__grays=1e999), "settings.grays is 'Infinity', not a whole number"),
    "splits of a list": (edited(splits=[]), "manifest.json.splits is '[]', not an object"),
    "a split of text": (edited(splits__train="all"), "splits.train is 'all', not an object"),
    "negative planless": (edited(splits__train__planless=-1), "splits.train.planless is '-1', not a whole number"),
    "no shards": (edited(splits__train__shards=...), "splits.train lacks the key 'shards'"),
    "shards of text": (edited(splits__train__shards="train-00000.jsonl"), "shards is 'train-00000.jsonl', not a list"),
    "a shard outside": (
        edited(splits__train__shards=["../x.jsonl"]),
        "shards[0] is '../x.jsonl', not the name of a shard",
    ),
    "a shard at the root": (edited(splits__train__shards=["/etc/passwd"]), "not the name of a shard"),
    "a missing shard": (edited(splits__train__shards=["train-00007.jsonl"]), "train-00007.index.json is missing"),
    "labels of numbers": (edited(labels=[1]), "manifest.json.labels[0] is '1', not text"),
    "half a character": (edited(labels=["\ud800"]), "manifest.json.labels[0] is '\\ud800', not text"),
}
INDICES = {  # what happens to an index
    "cut": (cut, "is no JSON"),
    "a list": (bytes_of(b"[1]"), "is '[1]', not an object"),
    "no offsets": (edited(offsets=...), "lacks the key 'offsets'"),
    "no kind": (edited(offsets__flat=...), "offsets lacks the key 'flat'"),
    "offsets of numbers": (edited(offsets__flat=[0, 9]), "offsets.flat is '[0, 9]', not text"),
    "offsets of no base64": (edited(offsets__flat="!"), "the offsets of flat are none"),
    "half an offset": (edited(offsets__flat=packed(0, dtype="<u4")), "the offsets of flat are none"),
    "an offset behind the end": (edited(offsets__flat=packed(0, 10**9)), "the offsets of flat do not rise from 0"),
    "offsets that fall": (edited(offsets__flat=packed(9, 0)), "the offsets of flat do not rise from 0"),
    "negative size": (edited(bytes=-1), "bytes is '-1', not a whole number"),
    "size of a fraction": (edited(bytes=1.5), "bytes is '1.5', not a whole number"),
    "another size": (edited(bytes=7), "train-00000.jsonl has"),
    "missing": (lambda path: path.unlink(), "train-00000.index.json is missing"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "train-00000.index.json is missing, or no file"),
}
LINES = {  # what happens to a shard, whose lines are flat, layout, tile
    "cut": (cut, "train-00000.jsonl has"),
    "missing": (lambda path: path.unlink(), "train-00000.jsonl is missing"),
    "zeroed": (lambda path: path.write_bytes(bytes(path.stat().st_size)), "line 1: it holds no document"),
    "letters": (lambda path: path.write_bytes(b"x" * path.stat().st_size), "line 1: it holds no document"),
    "no kind": (line(0, kind=...), "line 1: it holds no document: the line lacks the key 'kind'"),
    "unknown kind": (line(0, kind="mat"), "line 1: it holds no document: the line.kind is 'mat', not one of"),
    "kind of a number": (line(0, kind=1), "line 1: it holds no document: the line.kind is '1', not one of"),
    "no prompt": (line(0, prompt=...), "line 1: it holds no document: the flat document lacks the key 'prompt'"),
    "prompt of a number": (line(1, prompt=3), "line 2: it holds no document: the layout document.prompt is '3'"),
    "think of a list": (line(1, think=[]), "line 2: it holds no document: the line.think is '[]', not text"),
    "few pixels": (line(1, pixels="AAAA"), "line 2: it holds no document: 3 bytes are not 8 x 8 values"),
    "pixels of no base64": (line(0, pixels="???"), "line 1: it holds no document"),
    "no pixels of a tile": (line(2, pixels=None), "line 3: it holds no document: the tile document.pixels is 'null'"),
    "negative side": (line(2, side=-4), "line 3: it holds no document: the tile document.side is '-4'"),
    "absurd side": (line(2, side=10**12, pixels=""), "the tile document.side is '1000000000000', not a whole number"),
    "side of truth": (line(2, side=True, name=""), "line 3: it holds no document: the tile document.side is 'true'"),
    "short guide": (line(2, guide="AAAA"), "line 3: it holds no document: 3 bytes are not 17 x 16 values"),
    "guide out of range": (
        line(2, guide=packed(*[300] * 272, dtype="<i2")),
        "a gray of the guide is not from -1 to 255",
    ),
    "borders of a list": (line(2, borders=[]), "line 3: it holds no document: the tile document.borders is '[]'"),
    "a border too many": (
        line(2, borders={"middle": None}),
        "line 3: it holds no document: a tile has no border 'middle'",
    ),
    "short border": (line(2, borders={"top": "AAAA"}), "line 3: it holds no document: 3 bytes are not 32 values"),
    "another kind": (
        lambda path: path.write_bytes(b"\n".join(path.read_bytes().splitlines()[::-1]) + b"\n"),
        "line 1: it holds no flat document, but a tile one",
    ),
}
DAMAGES = [
    pytest.param(name, change, sentence, id=f"{name}: {what}")
    for name, table in ((MANIFEST, MANIFESTS), ("train-00000.index.json", INDICES), ("train-00000.jsonl", LINES))
    for what, (change, sentence) in table.items()
]


@pytest.mark.parametrize(("name", "change", "sentence"), DAMAGES)
def test_damage_is_one_sentence_that_names_the_file(tmp_path, name, change, sentence):
    folder = built(tmp_path / "built", {"train": [[flat(0), layout(1), tile(2)]]})
    change(folder / name)
    with pytest.raises(ShardError) as error:
        source = ShardSource(folder)
        for kind in ("flat", "layout", "tile"):
            source.document(kind, 0)
    message = str(error.value)
    assert sentence in message and str(folder) in message and "build the documents again" in message
    assert "\n" not in message and len(message) < 400


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
