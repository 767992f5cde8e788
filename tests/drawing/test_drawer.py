"""The drawer: what it draws and changes in one call; threads that share it get what each would get alone."""

import copy
import io
import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice

import numpy as np
import pytest
from PIL import Image

import tiledraw
from tiledraw.drawing import api
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.events import ImageDone, LevelDone, PlanReady
from tiledraw.drawing.job import Job
from tiledraw.drawing.metadata import read_metadata
from tiledraw.engine.general_decoder import GeneralDecoder
from tiledraw.engine.numpy_decoder import NumpyDecoder
from tiledraw.engine.pool import PooledDecoder
from tiledraw.language.boxes import Box
from tiledraw.language.plan import Placement, Plan

PLAN = Plan((Placement("cat", Box(0, 0, 16, 16)),))


@pytest.fixture(scope="module")
def drawer(painter):
    return painter


@pytest.fixture(scope="module")
def cat(drawer):
    return drawer.draw("a cat at the top left", 64, seed=3)


def pixels(image):
    return np.asarray(image)


# Pictures ------------------------------------------------------------------------------------------------------------


def test_a_picture_is_an_image_that_knows_what_it_was_drawn_from(cat):
    assert isinstance(cat, Image.Image) and cat.size == (64, 64) and cat.mode == "RGB"
    assert cat.plan.subjects == ("cat",) and "cat" in cat.thought
    assert (cat.prompt, cat.seed) == ("a cat at the top left", 3)
    assert type(cat.resize((32, 32))) is Image.Image  # whose plan and settings would no longer be true


def test_the_picture_is_the_last_event_of_the_stream(drawer, cat):
    first, *_, last = drawer.stream("a cat at the top left", (64, 64), seed=3)
    assert isinstance(first, PlanReady) and isinstance(last, ImageDone)
    assert np.array_equal(pixels(last.image), pixels(cat)) and first.plan == cat.plan


@pytest.mark.parametrize("size", [64, "64", "64x64", (64, 64), [64, 64], np.int64(64)])
def test_a_size_is_given_in_any_form(size):
    assert Job("a cat", size).size == (64, 64)


@pytest.mark.parametrize("size", ["6 4", 64.0, (64,) * 3, {}, True, "64x", (64, "64"), 65])
def test_a_size_that_is_none_is_refused_in_one_sentence(drawer, size):
    with pytest.raises(ValueError, match=r"^size .*(is not a size|lacks|is not made of whole tiles|is no)"):
        drawer.draw("a cat", size)


def test_a_saved_png_says_how_it_was_drawn_and_is_opened_with_its_plan(cat, tmp_path):
    cat.save(tmp_path / "cat.png")
    with Image.open(tmp_path / "cat.png") as image:
        record = read_metadata(image.text)
        assert np.array_equal(pixels(image), pixels(cat))
    assert (record.prompt, record.seed, record.size) == (cat.prompt, 3, (64, 64))
    buffer = io.BytesIO()
    cat.save(buffer, "PNG")
    assert buffer.getvalue() == (tmp_path / "cat.png").read_bytes()


def test_a_copy_and_a_pickle_know_the_plan_too(cat):
    for other in (copy.deepcopy(cat), pickle.loads(pickle.dumps(cat))):
        assert np.array_equal(pixels(other), pixels(cat))
        assert (other.plan, other.thought, other.chunks) == (cat.plan, cat.thought, cat.chunks)


def test_a_file_is_written_whole_or_not_at_all(cat, tmp_path, monkeypatch):
    (tmp_path / "cat.png").write_bytes(b"old")
    with pytest.raises(ValueError, match="does not end like a picture file"):
        cat.save(tmp_path / "cat.what")
    monkeypatch.setattr(os, "fsync", lambda file: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        cat.save(tmp_path / "cat.png")
    assert [path.name for path in tmp_path.iterdir()] == ["cat.png"] and (tmp_path / "cat.png").read_bytes() == b"old"


def test_metadata_is_left_out_where_it_is_not_wanted_or_not_possible(cat, tmp_path):
    cat.save(tmp_path / "plain.png", metadata=False)
    cat.save(tmp_path / "cat.jpg")
    with Image.open(tmp_path / "plain.png") as image:
        assert not image.text


def test_a_notebook_shows_the_picture_beside_its_plan_and_nothing_of_a_prompt_is_html(drawer, cat):
    shown = cat._repr_html_()
    assert 'src="data:image/png;base64,' in shown and "\n- cat: " in shown
    other = cat.but(prompt="<script>alert(1)</script>")
    assert "<script>" not in other._repr_html_()


# Changes -------------------------------------------------------------------------------------------------------------


def test_an_edit_changes_what_it_says_and_remembers_what_was(drawer, cat):
    house = drawer.edit(cat, replace={"cat": "house"}, add=["a sun at the bottom right"])
    assert house.plan.subjects == ("house", "sun") and house.seed == cat.seed
    assert not np.array_equal(pixels(house)[:32, :32], pixels(cat)[:32, :32])
    assert np.array_equal(pixels(house)[:32, 48:], pixels(cat)[:32, 48:])
    record = read_metadata(house.chunks)
    assert record.states[0]["prompt"] == cat.prompt and len(record.states) == 2
    assert record.states[-1]["change"]["replace"] == [["cat", "house"]]


def test_an_edit_is_the_same_from_the_picture_and_from_its_file(drawer, cat, tmp_path):
    cat.save(tmp_path / "cat.png")
    from_file = drawer.edit(str(tmp_path / "cat.png"), move={"cat": "bottom-right"})
    assert np.array_equal(pixels(from_file), pixels(drawer.edit(cat, move={"cat": "bottom-right"})))


def test_masks_and_regions_bound_an_edit_of_a_picture_without_layers(loaded, cat):
    drawer, gray = Drawer(loaded, NumpyDecoder(loaded.config, loaded.tensors())), cat.convert("L")
    mask = np.zeros((64, 64), np.uint8)
    mask[:8, :8] = 255
    masked = drawer.edit(gray, mask=mask, plan=PLAN, seed=9)
    assert np.array_equal(pixels(masked)[8:], pixels(gray)[8:])
    assert np.array_equal(pixels(masked)[:, 8:], pixels(gray)[:, 8:])
    again = drawer.edit(gray, region=(0, 0, 32, 32), plan=PLAN, seed=9)
    assert np.array_equal(pixels(again)[32:], pixels(gray)[32:])
    assert not np.array_equal(pixels(again), pixels(gray))


def test_a_picture_without_a_plan_is_given_one(loaded, cat):
    drawer, foreign = Drawer(loaded, NumpyDecoder(loaded.config, loaded.tensors())), cat.convert("L")
    with pytest.raises(ValueError, match="does not say what it shows; --prompt says"):
        drawer.edit(foreign, remove=["cat"])
    with pytest.raises(ValueError, match="has no plan to change; --mask or --region"):
        drawer.edit(foreign, remove=["cat"], prompt="a cat")
    assert drawer.edit(foreign, remove=["cat"], plan=PLAN).plan.subjects == ()


def test_a_painter_draws_nothing_over_a_picture_without_layers(drawer, cat):
    with pytest.raises(ValueError, match=r"^the picture is not made of layers, [^\n]* digits, or one of your own$"):
        drawer.edit(cat.convert("L"), remove=["cat"], plan=PLAN)


def test_extending_keeps_every_old_pixel(drawer, cat):
    wide = drawer.extend(cat, right=32)
    assert wide.size == (96, 64) and np.array_equal(pixels(wide)[:, :64], pixels(cat))


def test_enlarging_draws_the_next_level_of_the_same_picture_or_resamples(drawer, cat):
    large = drawer.enlarge(cat, 128)
    assert large.size == (128, 128) and large.plan == cat.plan
    assert np.array_equal(pixels(large), pixels(drawer.draw(cat.prompt, 128, seed=cat.seed)))
    gray = drawer.enlarge(cat.convert("L"), 128)
    assert gray.size == (128, 128) and gray.mode == "L"
    with pytest.raises(ValueError, match="its longer side becomes 128, 256, 512"):
        drawer.enlarge(cat, 100)


def test_one_thing_needs_no_list_and_a_plan_needs_no_prompt(drawer, cat):
    assert drawer.edit(cat, add="a sun at the bottom right").plan.subjects == ("cat", "sun")
    assert drawer.edit(cat, remove="cat").plan.subjects == ()
    from_plan = drawer.draw(size=64, seed=3, plan=cat.plan)
    assert from_plan.plan == cat.plan and from_plan.prompt == "a brown cat in the top-left corner"


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda d, p: d.draw(3), "the prompt is '3', not text"),
        (lambda d, p: d.draw(), "the prompt is empty"),
        (lambda d, p: d.draw("a cat", seed="x"), "seed x is out of range; a seed is a whole number"),
        (lambda d, p: d.draw("a cat", temperature="hot"), "temperature hot is out of range"),
        (lambda d, p: d.draw("a cat", plan={"placements": []}), "the plan is .*; give a Plan"),
        (lambda d, p: d.edit(p), "say what changes, either by a new plan or by remove, replace, move, add"),
        (lambda d, p: d.edit(p.convert("L")), "say what changes: remove, replace, move, add, new_plan, region or"),
        (lambda d, p: d.edit(p, replace="cat=dog"), "replace is .*; give subjects and others by name"),
        (lambda d, p: d.edit(p.convert("L"), new_plan=PLAN, remove="cat"), "new_plan is the whole new plan"),
        (
            lambda d, p: d.draw("a cat", flat=True),
            "this model paints layers; a model that draws in one piece is digits",
        ),
        (lambda d, p: d.edit(p, new_plan="x"), "the new plan is .*; give a Plan"),
        (lambda d, p: d.edit("nofile.png", remove="cat"), "nofile.png"),
        (
            lambda d, p: d.enlarge(p.convert("L"), 128, enlarger="foo"),
            "'foo' does not enlarge; known are lanczos, levels, vae",
        ),
    ],
)
def test_a_mistake_is_one_sentence(drawer, cat, call, sentence):
    with pytest.raises(ValueError, match=sentence) as error:
        call(drawer, cat)
    assert "\n" not in str(error.value)


def test_events_are_shown_in_a_line_each(drawer):
    for event in drawer.stream("a cat", 64):
        assert len(repr(event)) < 700 and "array(" not in repr(event)


# The front door ------------------------------------------------------------------------------------------------------


def test_what_the_package_offers_is_there_and_nothing_else_is():
    for name in tiledraw.__all__:
        assert getattr(tiledraw, name) is not None
    assert set(tiledraw.__all__) <= set(dir(tiledraw))
    with pytest.raises(AttributeError, match="no attribute 'paint'"):
        _ = tiledraw.paint


def test_the_function_of_the_package_draws_with_its_models():
    picture = tiledraw.draw("a cat at the top left", size=32, seed=3)
    assert read_metadata(picture.chunks).states[-1]["model"] == "painter"
    assert picture.plan.subjects == ("cat",) and len(tiledraw.subjects()) > 300


def test_the_functions_of_the_package_do_what_the_drawer_does(drawer, cat, monkeypatch):
    monkeypatch.setattr(api, "_drawer", lambda: drawer)
    picture = tiledraw.draw("a cat at the top left", size=64, seed=3)
    assert np.array_equal(pixels(picture), pixels(cat))
    moved = tiledraw.edit(picture, move={"cat": "bottom-right"})
    assert np.array_equal(pixels(moved), pixels(drawer.edit(cat, move={"cat": "bottom-right"})))
    assert tiledraw.extend(picture, top=32).size == (64, 96)
    assert tiledraw.enlarge(picture, to=128).size == (128, 128)
    assert tiledraw.describe(picture).plan == cat.plan
    names = [subject.name for subject in tiledraw.subjects()]
    assert names == list(drawer.loaded.knowledge.subjects) and "猫" in [
        subject.chinese for subject in tiledraw.subjects()
    ]


# Threads -------------------------------------------------------------------------------------------------------------


def draw_at_once(drawer, asked):
    """What several threads get that begin at the same time."""
    with ThreadPoolExecutor(len(asked)) as threads:
        return list(threads.map(lambda one: drawer.draw(**one), asked))


def test_threads_that_share_a_drawer_get_the_pictures_that_each_asked_for(drawer, painter_folder):
    prompts = ["a cat at the top left", "a sun at the top right", "a house on the right", "一棵树", "a tree"]
    asked = [{"prompt": prompt, "size": 32, "seed": seed} for seed, prompt in enumerate(prompts)]
    alone = [drawer.draw(**one) for one in asked]
    shared = Drawer.load(str(painter_folder))
    for _ in range(2):  # before its workers are ready, and after that
        together = draw_at_once(shared, asked)
        assert [picture.plan for picture in together] == [picture.plan for picture in alone]
        assert all(np.array_equal(pixels(one), pixels(other)) for one, other in zip(together, alone, strict=True))


def begin(drawer, seed, count=3):
    """The first level of a picture, with more events the first two."""
    with closing(drawer.stream("a cat", 32, seed=seed, plan=PLAN)) as events:
        return levels(islice(events, count))


def levels(events):
    return [event.pixels.tobytes() for event in events if isinstance(event, LevelDone)]


@pytest.mark.parametrize("kind", ["numpy", "pool", "general"])
def test_threads_share_every_kind_of_decoder(loaded, kind):
    def make():
        if kind == "general":
            return Drawer(loaded, GeneralDecoder(loaded.model))
        decoder = {"numpy": NumpyDecoder, "pool": PooledDecoder}[kind]
        return Drawer(loaded, decoder(loaded.config, loaded.tensors()))

    alone, shared = [begin(make(), seed) for seed in range(2)], make()
    with ThreadPoolExecutor(2) as threads:
        together = list(threads.map(lambda seed: begin(shared, seed), range(2)))
    assert together == alone and len(alone[0]) == 1 and alone[0] != alone[1]


def test_one_thread_draws_two_pictures_turn_by_turn(loaded):
    drawer = Drawer(loaded, NumpyDecoder(loaded.config, loaded.tensors()))
    streams = [drawer.stream("a cat", 32, seed=seed, plan=PLAN) for seed in range(2)]
    one, other = zip(*islice(zip(*streams, strict=True), 6), strict=True)
    assert [levels(one), levels(other)] == [begin(drawer, seed, 6) for seed in range(2)]
