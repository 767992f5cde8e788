"""Build: documents are what drawing will ask for, files are the same in any case, and nothing that is done is lost."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tiledraw.canvas.pictures import PictureError
from tiledraw.canvas.pixels import quantise
from tiledraw.canvas.pyramid import ABSENT, TILE, Level, Tile, guide_of
from tiledraw.common.locks import locked
from tiledraw.data import build as module
from tiledraw.data.build import SKIPPED, build
from tiledraw.data.cutting import BuildConfig, documents_of, levels_of, picture_think
from tiledraw.data.shards import MANIFEST, ShardSource, kind_of
from tiledraw.data.sources import Item
from tiledraw.format.grammar import segments, tokenise
from tiledraw.format.parsing import parse
from tiledraw.format.think import read_contents, tile_think
from tiledraw.language.boxes import Box, PlanError
from tiledraw.language.phrasing.phrased import SPLITS
from tiledraw.language.plan import Placement, Plan, format_plan, parse_plan

PLAN = Plan((Placement("cat", Box(0, 16, 16, 32)),), "grass")
CONFIG = BuildConfig("folder", sizes=[128])


def picture(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


def item(height=128, width=128, **words):
    return Item("a picture", picture(height, width), **(words or {"label": "cat"}))


def made(thing, config=CONFIG, index=0, split="train"):
    documents = list(documents_of(thing, index, split, config))
    return {kind: [one for one in documents if kind_of(one) == kind] for kind in ("layout", "flat", "tile")}


# Documents -----------------------------------------------------------------------------------------------------------


def test_a_picture_gives_one_flat_one_layout_and_all_tiles_of_each_level():
    documents = made(item())
    assert [len(found) for found in documents.values()] == [1, 1, 1 + 1 + 4 + 16]
    levels = levels_of([128])
    assert levels == [(1, 8, 16), (2, 16, 32), (3, 32, 64), (4, 64, 128)]
    assert levels_of([32, 64, 96]) == [(1, 8, 16), (2, 16, 32), (3, 32, 64), (4, 64, 96)]


def test_levels_are_area_means_and_tiles_know_the_level_above():
    pixels = picture(128, 128)
    documents = made(Item("a", pixels, label="cat"))
    assert np.abs(documents["layout"][0].pixels - pixels.reshape(8, 16, 8, 16).mean((1, 3))).max() <= 1
    assert np.abs(documents["flat"][0].pixels - pixels.reshape(32, 4, 32, 4).mean((1, 3))).max() <= 1
    level = Level.finished(pixels)
    above = Level.finished(pixels.reshape(64, 2, 64, 2).mean((1, 3)).round().astype(np.uint8))
    for found in documents["tile"][6:]:
        row, column = (int(found.think.split(f"{word} ")[1].split()[0]) for word in ("row", "column"))
        tile = Tile(4, 4, row, column)
        assert np.array_equal(found.pixels, pixels[tile.slices])
        assert np.abs(found.guide - guide_of(above.guides(128, 256), tile)).max() <= 1
        borders = level.borders(tile)
        for side, border in vars(borders).items():
            assert (border is None) == (getattr(found.borders, side) is None)
            assert border is None or np.array_equal(border, getattr(found.borders, side))


def test_documents_survive_the_grammar(vocabulary, same):
    for words in ({"label": "cat"}, {"captions": ("[PX7] <think> 猫",), "plan": PLAN}, {"prompt": "draw it"}):
        for found in documents_of(item(64, 64, **words), 0, "train", BuildConfig("folder")):
            ids = tokenise(segments(found), vocabulary)[0].tolist()
            back = parse(ids, vocabulary)
            assert kind_of(back) == kind_of(found) and back.think == found.think
            assert np.array_equal(back.pixels, found.pixels)


@pytest.mark.parametrize("words", [{"label": "digit 7"}, {"captions": ("a cat, left of a sun",)}])
def test_without_a_plan_think_steps_say_what_the_whole_picture_shows(words):
    documents, (shown,) = made(item(**words)), words.values()
    shown = shown if isinstance(shown, str) else shown[0]
    assert documents["layout"][0].think == documents["flat"][0].think == f"picture: {shown}"
    for found in documents["tile"]:
        assert found.think.endswith(f", picture: {shown}") and found.think.startswith("level ")
        assert read_contents(found.think) is None


@given(st.text(max_size=20), st.text(max_size=400), st.text(max_size=400))
def test_what_is_known_is_never_read_as_a_plan_or_a_refusal(label, caption, description):
    think = picture_think(Item("a", picture(2, 2), label=label, description=description), None, caption)
    assert "unknown:" not in think and len(think) < 320 and "\n" not in think
    with pytest.raises(PlanError):
        parse_plan(think)


def test_with_a_plan_layouts_hold_it_and_tiles_say_what_is_in_them():
    documents = made(item(captions=("a cat",), plan=replace(PLAN, canvas=Box(0, 8, 32, 24)), description="A cat sits."))
    assert documents["layout"][0].think == f"shows: A cat sits.\n{format_plan(PLAN)}"
    assert parse_plan(documents["layout"][0].think) == PLAN and documents["layout"][0].given == ""
    assert documents["tile"][0].think == tile_think(PLAN, Tile(1, 1, 0, 0))
    assert [read_contents(found.think) for found in documents["tile"][2:6]] == [
        [],
        [],
        [("cat", Box(0, 0, 32, 32))],
        [],
    ]


def test_of_several_captions_request_and_thought_tell_the_same(same):
    captions = ("a cat", "the cat sleeps", "eine Katze")
    told = set()
    for index in range(12):
        for document in (made(item(captions=captions), index=index)[kind][0] for kind in ("flat", "layout")):
            (caption,) = [caption for caption in captions if document.think == f"picture: {caption}"]
            assert caption in document.prompt
            told.add(caption)
    assert told == set(captions)


def test_requests_differ_by_kind_split_language_and_index_and_nothing_else():
    def asked(index, split="train", **changes):
        return [made(item(), replace(CONFIG, **changes), index, split)[kind][0].prompt for kind in ("flat", "layout")]

    assert asked(3) == asked(3)
    assert len({prompt for index in range(12) for prompt in asked(index)}) > 12
    for index in range(6):
        flat, layout = (any("一" <= letter <= "鿿" for letter in prompt) for prompt in asked(index))
        assert flat != layout
    asked_in = [{prompt for index in range(12) for prompt in asked(index, split)} for split in SPLITS]
    assert not asked_in[0] & asked_in[1] and not asked_in[0] & asked_in[2] and not asked_in[1] & asked_in[2]
    assert any(asked(index) != asked(index, seed=1) for index in range(5))
    assert all(prompt.isascii() for index in range(6) for prompt in asked(index, languages=["en"]))


def test_a_whole_prompt_is_kept_word_for_word_and_one_that_is_no_text_refused():
    assert made(item(prompt="Draw it!", label="cat"))["flat"][0].prompt == "Draw it!"
    for prompt in ("x" * 3000, "a\0cat", "\ud800"):
        with pytest.raises(PictureError):
            made(item(prompt=prompt))


def test_grays_bars_and_cuts_are_as_asked_for():
    documents = made(item(64, 128), replace(CONFIG, grays=4, pad=0))
    for found in (one for documents in documents.values() for one in documents):
        assert np.array_equal(quantise(found.pixels, 4), found.pixels)
    flat = documents["flat"][0].pixels
    assert not flat[:8].any() and not flat[24:].any() and flat[8:24].any()
    cut = made(
        Item("a", np.pad(picture(64, 64), ((0, 0), (32, 32))), label="cat"), replace(CONFIG, fit="crop", sizes=[64])
    )
    assert np.array_equal(np.concatenate([one.pixels for one in cut["tile"][2:4]], axis=1), picture(64, 64)[:32])


def test_small_pictures_keep_their_pixels_on_their_own_level():
    documents = made(item(32, 32))
    assert np.array_equal(documents["flat"][0].pixels, picture(32, 32))
    assert np.array_equal(documents["tile"][1].pixels, picture(32, 32))


def test_some_tiles_of_each_level_can_be_chosen():
    config = replace(CONFIG, tiles=3)
    found = [[one.think.split(":")[0] for one in made(item(), config, index)["tile"]] for index in (0, 0, 1)]
    assert found[0] == found[1] != found[2]
    assert [sum(think.startswith(f"level {level},") for think in found[0]) for level in (1, 2, 3, 4)] == [1, 1, 3, 3]


def test_formats_can_be_left_out():
    assert [len(found) for found in made(item(), replace(CONFIG, formats=["flat"])).values()] == [0, 1, 0]
    assert [len(found) for found in made(item(), replace(CONFIG, formats=["tiled"])).values()] == [1, 0, 22]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"sizes": [100]}, "multiple of 32"),
        ({"sizes": []}, "--sizes lists"),
        ({"sizes": [64, 64]}, "--sizes lists"),
        ({"splits": ["dev"]}, "--splits has 'dev'; known are train, validation, test"),
        ({"formats": []}, "--formats lists"),
        ({"languages": ["fr"]}, "--languages has 'fr'"),
        ({"grays": 1}, "--grays 1 is out of range; it is from 2 to 256"),
        ({"pad": 256}, "--pad 256 is out of range"),
        ({"tiles": 0}, "--tiles 0 is out of range"),
        ({"limit": 0}, "--limit 0 is out of range; it is 1 or more"),
        ({"shard_pictures": 0}, "--shard-pictures 0 is out of range"),
        ({"seed": -1}, "seed -1 is out of range"),
    ],
)
def test_settings_out_of_their_range_are_one_sentence(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        replace(CONFIG, **changes)


# The build -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def pictures(tmp_path):
    """A folder of twelve pictures; the third is none."""
    folder = tmp_path / "pictures"
    for number in range(12):
        path = folder / ("cat", "golden_retriever")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(20, 30, number)).save(path)
    (folder / "cat" / "2.png").write_text("no picture")
    return folder


def config_of(pictures, **changes):
    output = str(pictures.parent / changes.pop("output", "out"))
    return BuildConfig("folder", str(pictures), output, sizes=[32], shard_pictures=4, **changes)


def files(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def test_what_is_built_can_be_read_and_bad_pictures_are_named(pictures):
    told = []
    manifest = build(config_of(pictures), progress=told.append)
    assert sum(told) == 12
    total = {"items": 0, "skipped": 0}
    for split in SPLITS:
        counts = manifest["splits"][split]["counts"]
        source = ShardSource(pictures.parent / "out", split)
        assert source.counts == counts and counts["flat"] == counts["layout"] == counts["tile"] // 2 > 0
        assert source.document("flat", 0).pixels.shape == (TILE, TILE)
        total = {key: total[key] + manifest["splits"][split][key] for key in total}
        assert manifest["splits"][split]["planless"] == counts["flat"] and source.planless
        assert source.labels == ("cat", "golden retriever")
    assert total == {"items": 12, "skipped": 1}
    assert manifest["labels"] == ["cat", "golden retriever"]
    (line,) = (pictures.parent / "out" / SKIPPED).read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["name"] == "cat/2.png" and "no picture in a known format" in json.loads(line)["reason"]


def test_files_are_the_same_after_any_stop(pictures, monkeypatch):
    build(config_of(pictures))
    expected = files(pictures.parent / "out")
    made_shards, make_shard = [], module.make_shard

    def failing(work, source):
        if len(made_shards) == 2:
            raise OSError(28, "No space left on device")
        make_shard(work, source)
        made_shards.append(work.path.name)

    monkeypatch.setattr(module, "make_shard", failing)
    config = config_of(pictures, output="stopped")
    with pytest.raises(OSError, match="No space left"):
        build(config)
    kept = {name: os.stat(f"{config.output}/{name}").st_mtime_ns for name in made_shards}
    assert not os.path.exists(f"{config.output}/{MANIFEST}")
    open(f"{config.output}/.tiledraw-1234.tmp", "w").close()  # as a kill leaves it
    monkeypatch.setattr(module, "make_shard", make_shard)
    told = []
    build(config, progress=told.append)
    assert files(config.output) == expected
    assert told[0] == 8  # what was done before
    assert all(os.stat(f"{config.output}/{name}").st_mtime_ns == time for name, time in kept.items())


def test_a_full_disk_is_one_sentence_and_loses_nothing(pictures, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    config = config_of(pictures)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            build(config)
    assert not list(pictures.parent.glob("out/*.tmp")) and not list(pictures.parent.glob("out/.*"))
    build(config)


def test_another_build_in_the_folder_is_refused(pictures):
    config = config_of(pictures)
    build(config)
    before = files(config.output)
    for changes, sentence in (
        ({"seed": 1}, "seed is not"),
        ({"grays": 16}, "grays is not"),
        ({"splits": ["train"]}, "splits"),
    ):
        with pytest.raises(ValueError, match=f"holds another build .*{sentence}"):
            build(replace(config, **changes))
    Image.fromarray(picture(20, 30, 99)).save(pictures / "cat" / "99.png")
    with pytest.raises(ValueError, match=r"the pictures of the .* split are not what they were"):
        build(config)
    assert files(config.output) == before
    (pictures / "cat" / "99.png").unlink()
    moved = shutil.copytree(pictures, pictures.parent / "moved")
    assert build(replace(config, path=str(moved)))["splits"] == json.loads(before[MANIFEST])["splits"]


def test_a_folder_with_other_files_is_left_alone(pictures):
    with pytest.raises(ValueError, match="holds other files; give --output a new folder"):
        build(config_of(pictures, output="pictures"))
    with pytest.raises(FileNotFoundError, match="does not exist"):
        build(config_of(pictures, output="none/out"))
    (pictures.parent / "out").mkdir()
    (pictures.parent / "out" / "build.json").write_text("{")
    with pytest.raises(ValueError, match=r"is damaged: .*; give --output a new folder"):
        build(config_of(pictures))


def test_a_second_build_into_the_same_folder_is_refused_and_harms_nothing(pictures):
    config = config_of(pictures)
    Path(config.output).mkdir()
    (Path(config.output) / ".tiledraw-1234.tmp").touch()
    with locked(config.output), pytest.raises(ValueError, match="another process of tiledraw writes into") as error:
        build(config)
    assert "\n" not in str(error.value) and list(files(config.output)) == [".tiledraw-1234.tmp"]
    build(config)
    assert ".tiledraw-1234.tmp" not in files(config.output)


def test_a_damaged_index_is_made_again(pictures):
    config = config_of(pictures)
    build(config)
    expected = files(config.output)
    path = next(Path(config.output).glob("train-*.index.json"))
    for change in ({"skipped": 7}, {"labels": None}, {"items": "x"}, {"offsets": {}}, {"bytes": -1}):
        path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
        build(config)
        assert files(config.output) == expected


def test_a_split_without_one_good_picture_is_refused_with_the_first_reason(pictures):
    for path in pictures.rglob("*.png"):
        path.write_text("no picture")
    with pytest.raises(
        ValueError, match=r"none of the 10 pictures of the train split can be used; .*no picture in a known"
    ):
        build(config_of(pictures))
    assert len((pictures.parent / "out" / SKIPPED).read_text().splitlines()) == 12


def test_names_that_are_no_text_do_no_harm(pictures):
    try:
        os.rename(pictures / "cat" / "2.png", os.fsencode(pictures / "cat") + b"/\xff.png")
    except OSError:
        pytest.skip("the file system takes no such name")
    manifest = build(config_of(pictures))
    assert sum(split["skipped"] for split in manifest["splits"].values()) == 1
    assert "cat/?.png" in (pictures.parent / "out" / SKIPPED).read_text(encoding="utf-8")


def test_strange_names_and_words_are_problems_of_their_lines_and_no_end(tmp_path):
    Image.fromarray(picture(20, 30)).save(tmp_path / "a.png")
    half = {"file_name": "a.png", "text": "half \ud83d"}
    rows = [
        {"file_name": "x" * 300 + ".png", "text": "a cat"},
        {"file_name": "\ud800.png", "text": "a cat"},
        {"file_name": "a\0.png", "text": "a cat"},
        {"file_name": "y" * 254, "text": "a cat"},
    ]
    for bad in (half, {"file_name": "a.png", "description": "\udfff", "label": "cat"}):
        (tmp_path / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [bad, *rows]))
        with pytest.raises(ValueError, match=r"none of the .* can be used"):
            build(BuildConfig("folder", str(tmp_path), str(tmp_path.parent / "bad"), splits=["train"]))
        shutil.rmtree(tmp_path.parent / "bad")
    good = {"file_name": "a.png", "text": "a cat"}
    (tmp_path / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [good, *rows]))
    splits = build(BuildConfig("folder", str(tmp_path), str(tmp_path.parent / "good"), splits=["train"]))["splits"]
    assert splits["train"]["skipped"] == splits["train"]["items"] - 1 > 0


def test_pictures_with_plans_are_built_with_them(planned):
    source = ShardSource(planned, "train")
    assert source.counts == {"layout": 12, "flat": 12, "tile": 12 * 6}
    assert parse_plan(source.document("layout", 0).think).subjects
    assert read_contents(source.stored("tile", 1).think) is not None
    manifest = source.manifest
    assert set(manifest["subjects"]) == {"cat", "sun"} and manifest["labels"] == [] and not source.planless
    assert (source.stored("tile", 1).guide[:-1] != ABSENT).all()
