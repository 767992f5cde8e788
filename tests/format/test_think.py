"""Think: a tile's think step says which tile it is and names what is in it, where it is, and nothing else."""

import re

from hypothesis import given
from hypothesis import strategies as st

from tiledraw.canvas.pyramid import Canvas, Tile
from tiledraw.format.think import (
    captioned_think,
    place_think,
    read_caption,
    read_contents,
    read_place,
    read_tile,
    tile_think,
)
from tiledraw.format.weaving import Caption
from tiledraw.language.attributes import BACKGROUNDS
from tiledraw.language.boxes import Box
from tiledraw.language.plan import Placement, Plan


@st.composite
def boxes(draw):
    x0, y0 = draw(st.integers(0, 31)), draw(st.integers(0, 31))
    return Box(x0, y0, draw(st.integers(x0 + 1, 32)), draw(st.integers(y0 + 1, 32)))


NAMES = st.sampled_from(["cat", "sun", "hot dog"])
PLACEMENTS = st.lists(st.builds(Placement, NAMES, boxes()), max_size=5).map(tuple)
PLANS = st.builds(Plan, PLACEMENTS, st.sampled_from(BACKGROUNDS))


@st.composite
def tiles(draw):
    grid = draw(st.integers(1, 64))
    return Tile(draw(st.integers(1, 5)), grid, draw(st.integers(0, grid - 1)), draw(st.integers(0, grid - 1)))


def read(think):
    """Head, background and contents of a think step."""
    head, background, contents = re.fullmatch(r"(.*), ([a-z ]+): (.*)", think).groups()
    if contents == "nothing":
        return head, background, []
    parts = [re.fullmatch(r"([a-z ]+)((?: -?\d+){4})", part).groups() for part in contents.split(", ")]
    return head, background, [(name, Box(*map(int, numbers.split()))) for name, numbers in parts]


def test_a_think_step_reads_as_the_module_says():
    plan = Plan((Placement("cat", Box(0, 16, 16, 32)), Placement("sun", Box(20, 0, 32, 12))), "grass")
    assert tile_think(plan, Tile(2, 4, 3, 0)) == "level 2, row 3 of 4, column 0 of 4, grass: cat 0 -32 64 32"
    assert tile_think(plan, Tile(2, 4, 0, 0)) == "level 2, row 0 of 4, column 0 of 4, grass: nothing"
    whole = "level 1, row 0 of 1, column 0 of 1, grass: cat 0 16 16 32, sun 20 0 32 12"
    assert tile_think(plan, Tile(1, 1, 0, 0)) == whole


@given(PLANS, tiles())
def test_it_names_just_what_is_in_the_tile_in_whole_coordinates(plan, tile):
    head, background, contents = read(tile_think(plan, tile))
    assert head == f"level {tile.level}, row {tile.row} of {tile.grid}, column {tile.column} of {tile.grid}"
    assert background == plan.background
    cell = tile.grid  # pixels of this level
    y, x = 32 * tile.row, 32 * tile.column
    expected = []
    for placement in plan.placements:
        x0, y0, x1, y1 = (cell * n for n in (placement.box.x0, placement.box.y0, placement.box.x1, placement.box.y1))
        if x0 < x + 32 and x < x1 and y0 < y + 32 and y < y1:
            expected.append((placement.subject, Box(x0 - x, y0 - y, x1 - x, y1 - y)))
    assert contents == expected


@given(PLANS, st.integers(1, 24).map(lambda tiles: 32 * tiles))
def test_every_placement_is_named_by_some_tile_of_each_level(plan, side):
    canvas = Canvas(side, side)
    for level in range(1, len(canvas.sides)):
        named = {name for tile in canvas.tiles(level) for name, _ in read(tile_think(plan, tile))[2]}
        assert named == set(plan.subjects)


@given(PLANS, tiles())
def test_the_contents_of_a_think_step_can_be_read_back(plan, tile):
    think = tile_think(plan, tile)
    assert read_contents(think) == read(think)[2]


@given(st.text() | st.text("level row of column light: nothing cat 0123456789-,", max_size=60))
def test_any_text_has_contents_or_none(text):
    contents = read_contents(text)
    assert contents is None or all(box.width > 0 and box.height > 0 for _, box in contents)


def test_a_tile_of_which_nothing_is_known_says_its_place():
    think = place_think(Tile(2, 4, 3, 0))
    assert think == "level 2, row 3 of 4, column 0 of 4" and read_contents(think) is None


CAPTIONS = st.text(min_size=1).map(lambda text: " ".join(text.split())).filter(bool) | st.sampled_from(
    ["digit 7", "cat 0 0 8 8", "nothing", "white: nothing", "a cat, asleep: black"]
)


@given(CAPTIONS, tiles())
def test_a_tile_of_a_picture_without_a_plan_says_what_all_of_it_shows_and_where_it_lies(caption, tile):
    think = captioned_think(tile, caption)
    assert read_contents(think) is None and read_place(think) == tile
    box = Box(*(32 * n for n in (-tile.column, -tile.row, tile.grid - tile.column, tile.grid - tile.row)))
    assert read_tile(think) == Caption(caption, box)


@given(PLANS, tiles())
def test_other_think_steps_hold_no_caption(plan, tile):
    for think in (tile_think(plan, tile), place_think(tile)):
        assert read_tile(think) == read_contents(think) and read_place(think) == tile


def test_a_picture_shows_what_its_thought_says_last():
    assert read_caption("picture: digit 7") == read_caption("canvas: 0 8 32 24\npicture: digit 7 ") == "digit 7"
    others = ("shows: digit 7", "picture: a cat\nbackground: white", "picture: ", "a picture: x", "")
    assert not any(map(read_caption, others))
