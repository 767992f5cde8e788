"""Restacking: a changed plan changes what it names and nothing else; larger is as drawn so large; lies are refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tiledraw.canvas.pictures import png_info
from tiledraw.drawing.events import ImageDone, Remarked
from tiledraw.drawing.restacking import open_layered, restack, with_room
from tiledraw.drawing.stacking import square_of
from tiledraw.language.boxes import Box
from tiledraw.language.changes import Changes
from tiledraw.language.plan import Placement, Plan, plan_from_yaml

PLAN = Plan(
    (Placement("house", Box(14, 2, 30, 18)), Placement("cat", Box(0, 16, 16, 32)), Placement("sun", Box(2, 2, 10, 10))),
    "light blue",
)
CHANGES = (
    Changes(remove=("sun",)),
    Changes(replace=(("cat", "tree"),)),
    Changes(move=(("sun", "bottom-right"),)),
    Changes(move=(("cat", "small"),)),
    Changes(recolour=(("house", "blue, striped white"),)),
    Changes(mirror=("cat",)),
    Changes(forward=("house",)),
    Changes(backward=("sun",)),
    Changes(add=("a small tree at the top right",)),
)


def pixels(image):
    return np.asarray(image.convert("RGBA"))


@pytest.fixture(scope="module")
def picture(painter):
    return painter.draw(plan=PLAN, size=32, seed=5, temperature=0.6)


@pytest.fixture(scope="module")
def path(picture, tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "picture.png"
    picture.save(path)
    return path


def last(events):
    events = list(events)
    assert isinstance(events[-1], ImageDone)
    return events[-1].image, [event.text for event in events if isinstance(event, Remarked)]


def changed_boxes(old, new, canvas):
    """Where two plans differ, bool: the squares of all placements that are not in both at the same depth."""
    mask = np.zeros((canvas.height, canvas.width), dtype=bool)
    same = [one for one, other in zip(old.placements, new.placements, strict=False) if one == other]
    for plan in (old, new):
        for one in plan.placements:
            if one not in same:
                square = square_of(plan, one, canvas)
                mask[square.y0 : square.y1, square.x0 : square.x1] = True
    return mask


@given(change=st.lists(st.sampled_from(CHANGES), min_size=1, max_size=2, unique=True))
def test_every_pixel_outside_the_boxes_that_change_stays(painter, picture, change):
    layered = open_layered(picture)
    plan = layered.plan
    for one in change:
        try:
            plan = one.of(plan)
        except ValueError:  # what is to change has gone
            return
    if plan == layered.plan:
        return
    changed, remarks = last(restack(painter, layered, plan))
    touched = changed_boxes(layered.plan, plan, layered.canvas)
    assert np.array_equal(pixels(changed)[~touched], pixels(picture)[~touched]) and not remarks


@pytest.mark.parametrize("ending", ["png", "ora"])
def test_a_picture_comes_back_from_its_file_with_plan_and_seed(painter, picture, tmp_path, ending):
    picture.save(tmp_path / f"picture.{ending}")
    layered = open_layered(tmp_path / f"picture.{ending}")
    assert layered.plan == picture.plan and layered.record.seed == 5 and layered.is_untouched
    again = painter.draw(plan=layered.plan, size=layered.record.size, seed=5, temperature=layered.record.temperature)
    assert np.array_equal(pixels(again), pixels(picture))


def test_a_change_is_kept_in_the_history_and_can_be_changed_again(painter, path, tmp_path):
    first = painter.edit(path, recolour={"house": "red"})
    first.save(tmp_path / "red.png")
    second = painter.edit(tmp_path / "red.png", remove=["sun"])
    states = open_layered(second).record.states
    assert [state.get("change", {}).get("verb") for state in states] == [None, "edit", "edit"]
    assert second.seed == 5


def test_nothing_that_changes_is_refused(painter, path):
    with pytest.raises(ValueError, match="stays as it is"):
        painter.edit(path, move={"sun": "2 2 10 10"})
    with pytest.raises(ValueError, match="say what changes"):
        painter.edit(path)
    with pytest.raises(ValueError, match="made of layers"):
        painter.edit(path, region=(0, 0, 8, 8))


def test_a_larger_picture_is_as_if_drawn_so_large(painter, path):
    large = painter.enlarge(path, 64, enlarger="levels")
    drawn = painter.draw(plan=PLAN, size=64, seed=5, temperature=0.6)
    assert large.size == (64, 64) and np.array_equal(pixels(large), pixels(drawn))


@pytest.mark.parametrize("room", [{"right": 32}, {"left": 64, "top": 32}, {"bottom": 96}])
def test_a_picture_with_more_room_has_all_old_pixels_where_they_were(painter, picture, path, room):
    larger = painter.extend(path, **room)
    x, y = room.get("left", 0), room.get("top", 0)
    assert larger.size == (32 + x + room.get("right", 0), 32 + y + room.get("bottom", 0))
    assert np.array_equal(pixels(larger)[y : y + 32, x : x + 32], pixels(picture))
    more = painter.extend(larger, left=32, add="a small sun on the left")
    assert np.array_equal(pixels(more)[y : y + 32, x + 32 : x + 64], pixels(picture))


@pytest.mark.parametrize("room", [{}, {"left": 31}, {"top": -32}, {"right": 8192}])
def test_room_that_can_not_be_given_is_refused(path, room):
    with pytest.raises(ValueError):
        with_room(open_layered(path), **room)


def test_a_picture_that_somebody_painted_over_is_said_to_lose_that(painter, path, tmp_path):
    image = Image.open(path)
    touched = image.copy()
    touched.putpixel((0, 0), (1, 2, 3))
    touched.save(tmp_path / "touched.png", pnginfo=png_info(image.text))
    layered = open_layered(tmp_path / "touched.png")
    _, remarks = last(restack(painter, layered, replace(layered.plan, background="navy")))
    assert len(remarks) == 1 and "painted is lost" in remarks[0]


def change_record(path, target, **values):
    """A copy of a picture that says other things of itself."""
    image = Image.open(path)
    record = json.loads(image.text["tiledraw"]) | values
    image.save(target, pnginfo=png_info({"tiledraw": json.dumps(record)}))
    return target


def test_a_picture_of_another_model_is_said_to_be_drawn_anew(painter, path, tmp_path):
    layered = open_layered(change_record(path, tmp_path / "other.png", fingerprint="0123"))
    _, remarks = last(restack(painter, layered, replace(layered.plan, background="navy")))
    assert remarks == ["the picture was drawn by another model; all of it is drawn anew"]


@pytest.mark.parametrize(
    "values",
    [
        {"size": [64, 64]},
        {"size": ["a", "b"]},
        {"plan": "grid: 32\nbackground: hell"},
        {"plan": "grid: 32\nplacements: [{subject: cat, box: 0 0 99 99}]"},
        {"plan": "grid: [1"},
        {"plan": "grid: 32\nplacements: " + json.dumps([{"subject": "cat", "box": "0 0 1 1"}] * 10_000)},
        {"seed": -1},
        {"seed": "x"},
        {"temperature": "hot"},
    ],
)
def test_a_picture_that_lies_about_itself_is_refused_in_one_sentence(path, tmp_path, values):
    with pytest.raises(ValueError) as error:
        open_layered(change_record(path, tmp_path / "lies.png", **values))
    assert "\n" not in str(error.value) and len(str(error.value)) < 800


def test_other_pictures_are_not_of_layers(path, tmp_path):
    Image.new("RGB", (32, 32)).save(tmp_path / "plain.png")
    assert open_layered(tmp_path / "plain.png") is None
    assert open_layered(np.zeros((32, 32), np.uint8)) is None


def test_what_a_picture_holds_is_enough_to_draw_it_again(painter, path, picture):
    text = json.loads(Image.open(path).text["tiledraw"])
    again = painter.draw(
        plan=plan_from_yaml(text["plan"]), size=tuple(text["size"]), seed=text["seed"], temperature=text["temperature"]
    )
    assert np.array_equal(pixels(again), pixels(picture))
