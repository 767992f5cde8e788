"""Editing: what a change touches is drawn anew around all that stays, at every level, whatever the batch.

Where strokes don't matter, noise is drawn in place of what a model would draw; `engine/test_known_pixels.py` shows that
decoding keeps what is known.
"""

import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.canvas.pixels import quantise, resize
from tiledraw.canvas.pyramid import ABSENT, Canvas, Level, Tile
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.editing import Original, extend, kept_cells, known_levels, touched_by_plan, touched_by_region
from tiledraw.drawing.events import ImageDone, LevelDone, LevelStarted, PlanReady, TileDone
from tiledraw.drawing.job import Job
from tiledraw.engine import executors
from tiledraw.format.grammar import TileDocument, segments, tokenise
from tiledraw.format.guiding import plain_gray
from tiledraw.language.boxes import Box
from tiledraw.language.changes import added, moved, removed
from tiledraw.language.plan import GRID, Placement, Plan

CAT, SUN = Placement("cat", Box(0, 16, 16, 32)), Placement("sun", Box(24, 0, 32, 8))
PLAN = Plan((CAT, SUN))


def grays(width, height, seed=0):
    return np.random.default_rng(seed).choice(np.arange(0, 256, 17), (height, width)).astype(np.uint8)


# What is touched -----------------------------------------------------------------------------------------------------


def tiles_of(free):
    """Rows and columns of the tiles with free pixels."""
    blocks = free.reshape(free.shape[0] // 32, 32, free.shape[1] // 32, 32).swapaxes(1, 2)
    return {(int(row), int(column)) for row, column in np.argwhere(blocks.any((2, 3)))}


def are_whole_tiles(free):
    return np.array_equal(free[::32, ::32].repeat(32, 0).repeat(32, 1), free)


@pytest.mark.parametrize(
    ("size", "new", "tiles"),
    [
        ((64, 64), removed(PLAN, "cat"), {(1, 0)}),
        ((64, 64), removed(PLAN, "sun"), {(0, 1)}),
        ((32, 32), removed(PLAN, "sun"), {(0, 0)}),
        ((96, 96), removed(PLAN, "sun"), {(0, 2)}),
        ((128, 128), moved(PLAN, "sun", "top"), {(0, 1), (0, 2), (0, 3)}),
        ((256, 256), removed(PLAN, "sun"), {(0, 6), (0, 7), (1, 6), (1, 7)}),
        ((128, 64), removed(PLAN, "sun"), set()),  # above what is visible
        ((128, 64), removed(PLAN, "cat"), {(1, 0), (1, 1)}),
        ((64, 64), replace(PLAN, background="light gray"), {(0, 0), (0, 1), (1, 0), (1, 1)}),
        ((64, 64), replace(PLAN, placements=(SUN, CAT)), set()),  # they don't overlap: the order says nothing
        ((64, 64), PLAN, set()),
    ],
)
def test_a_change_touches_the_tiles_in_whose_cells_it_is(size, new, tiles):
    free = touched_by_plan(PLAN, new, Canvas(*size))
    assert free.shape == size[::-1]
    assert tiles_of(free) == tiles


def test_which_of_two_subjects_lies_over_the_other_matters():
    over = Plan((CAT, Placement("sun", Box(12, 12, 20, 20))))
    under = replace(over, placements=over.placements[::-1])
    assert tiles_of(touched_by_plan(over, under, Canvas(256, 256))) == {(4, 3)}


@pytest.mark.parametrize(("size", "cell"), [((32, 32), 1), ((96, 96), 3), ((128, 128), 4), ((256, 256), 8)])
def test_a_change_touches_the_cells_that_differ_and_nothing_beside_them(size, cell):
    free = touched_by_plan(PLAN, removed(PLAN, "sun"), Canvas(*size))
    expected = np.zeros(size, bool)
    box = SUN.box
    expected[box.y0 * cell : box.y1 * cell, box.x0 * cell : box.x1 * cell] = True
    assert np.array_equal(free, expected) and free.dtype == bool


def test_a_region_touches_whole_tiles():
    for region, tiles in (("31,0,33,1", {(0, 0), (0, 1)}), (" 64, 32, 96, 64 ", {(1, 2)})):
        free = touched_by_region(region, Canvas(96, 64))
        assert tiles_of(free) == tiles and are_whole_tiles(free)


@pytest.mark.parametrize("region", ["0,0,97,64", "0,0,96,65", "5,5,5,9", "9,0,8,1", "200,200,300,300"])
def test_a_region_outside_the_picture_is_refused(region):
    with pytest.raises(ValueError, match=f"{region} is not inside the picture; .* x1 <= 96 and y0 < y1 <= 64"):
        touched_by_region(region, Canvas(96, 64))


@pytest.mark.parametrize("region", ["", "1,2,3", "a,b,c,d", "-1,0,8,8", "1;2;3;4", "0,0,1e3,4", "0,0,9999999,4"])
def test_what_is_no_region_is_refused(region):
    with pytest.raises(ValueError, match="is not x0,y0,x1,y1 in pixels"):
        touched_by_region(region, Canvas(96, 64))


# Levels of what stays ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(32, 32), (96, 96), (256, 64), (64, 160)])
def test_levels_of_a_picture_that_stays_are_its_area_means_and_the_last_is_the_picture(size):
    pixels, canvas = grays(*size), Canvas(*size)
    free = np.zeros(pixels.shape, bool)
    free[:32, :32] = True
    for side, level in zip(canvas.sides, known_levels(Original(pixels, free), canvas, 16), strict=True):
        assert level.shape == (side, side) and level.dtype == np.int16
        known = level[level != ABSENT]
        assert np.array_equal(quantise(known, 16), known)
    last = canvas.crop(level)
    assert np.array_equal(last == ABSENT, free)
    assert np.array_equal(last[~free], pixels[~free])


def test_levels_above_are_means_of_what_stays_alone():
    pixels = np.full((128, 128), 255, np.uint8)
    free = np.zeros((128, 128), bool)
    pixels[:40, :40], free[:40, :40] = 0, True  # a dark patch goes: nothing of it may show in any level
    for level in known_levels(Original(pixels, free), Canvas(128, 128), 16):
        expected = np.full_like(level, 255)
        edge = 40 * len(level) // 128  # 2 of 2.5 coarse pixels: half of the next one stays
        expected[:edge, :edge] = ABSENT
        assert np.array_equal(level, expected)


def test_a_thin_mask_frees_nothing_above():
    pixels, free = grays(128, 128), np.zeros((128, 128), bool)
    free[64, :] = True
    *above, last = known_levels(Original(pixels, free), Canvas(128, 128), 16)
    assert all((level != ABSENT).all() for level in above)
    assert (last == ABSENT).sum() == 128


def test_without_free_pixels_the_means_are_those_of_resize():
    pixels, free = grays(64, 64), np.zeros((64, 64), bool)
    free[0, 0] = True
    level = known_levels(Original(pixels, free), Canvas(64, 64), 256)[-2]
    assert np.abs(level[1:, 1:] - resize(pixels, 32, 32)[1:, 1:].astype(int)).max() <= 1


@pytest.mark.parametrize(
    ("pixels", "free", "sentence"),
    [
        (np.zeros((32, 32)), np.ones((32, 32), bool), "of uint8"),
        (np.zeros((32, 32), np.uint8), np.ones((32, 31), bool), "a bool for each pixel"),
        (np.zeros((32, 32), np.uint8), np.ones((32, 32)), "a bool for each pixel"),
        (np.zeros((32, 32), np.uint8), np.zeros((32, 32), bool), "no pixel"),
    ],
)
def test_originals_that_fit_nothing_are_refused(pixels, free, sentence):
    with pytest.raises(ValueError, match=sentence):
        Original(pixels, free)


# Extending -----------------------------------------------------------------------------------------------------------


def test_the_old_picture_stands_in_its_corner_of_the_new_one_and_is_not_free():
    pixels = grays(96, 64)
    original, _ = extend(pixels, PLAN, left=32, top=64, right=0, bottom=32)
    assert original.size == (128, 160)
    assert np.array_equal(original.pixels[64:128, 32:128], pixels)
    assert not original.free[64:128, 32:128].any()
    assert original.free.sum() == original.free.size - pixels.size


@pytest.mark.parametrize(
    ("size", "room", "boxes"),
    [
        ((128, 128), {"right": 128}, [Box(0, 16, 8, 24), Box(12, 8, 16, 12)]),  # cells twice as large
        ((128, 128), {"right": 128, "bottom": 128}, [Box(0, 8, 8, 16), Box(12, 0, 16, 4)]),
        ((128, 128), {"left": 128, "top": 128}, [Box(16, 24, 24, 32), Box(28, 16, 32, 20)]),
        (
            (128, 128),
            {"right": 32, "bottom": 32},
            [Box(0, 12, 13, 25), Box(19, 0, 25, 7)],
        ),
        ((32, 32), {"right": 512}, []),  # smaller than a cell
    ],
)
def test_boxes_stay_where_they_are_in_the_larger_grid(size, room, boxes):
    _, plan = extend(grays(*size), PLAN, **room)
    assert [placement.box for placement in plan.placements] == boxes


@given(
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    st.tuples(*[st.integers(0, 4)] * 4).filter(any),
    st.lists(st.tuples(*[st.integers(0, 7)] * 2, *[st.integers(1, 8)] * 2), max_size=3),
)
def test_no_tile_that_is_new_is_told_of_an_old_subject(size, room, boxes):
    canvas = Canvas(32 * size[0], 32 * size[1])
    placements = [Placement("cat", Box(x, y, min(x + w, GRID), min(y + h, GRID))) for x, y, w, h in boxes]
    old = Plan(tuple(placements), canvas=canvas.cells)
    left, top, right, bottom = (32 * side for side in room)
    original, plan = extend(grays(canvas.width, canvas.height), old, left, top, right, bottom)
    grown = Canvas(*original.size)
    assert plan.visible == grown.cells
    new = [tile for tile in grown.tiles(len(grown.sides) - 1) if free_of(original, grown, tile).all()]
    cell = grown.side // GRID
    for tile in new:
        inside = [p for p in plan.placements if tile.to_units(p.box).overlaps(Box(0, 0, 32, 32))]
        assert not inside
    assert kept_cells(original, grown).width <= canvas.width // cell + 2


def free_of(original, canvas, tile):
    square = np.zeros((canvas.side, canvas.side), bool)
    x, y = canvas.offset
    square[y : y + canvas.height, x : x + canvas.width] = original.free
    return square[tile.slices]


@pytest.mark.parametrize(
    ("room", "sentence"),
    [
        ({}, "say how far"),
        ({"right": 33}, "room at the right must be a multiple of 32 pixels from 0 on, not 33"),
        ({"top": -32}, "room at the top .* not -32"),
        ({"right": 4064}, "width must be a multiple of 32 from 32 to 4096, not 4128"),
    ],
)
def test_room_that_can_not_be_drawn_is_refused(room, sentence):
    with pytest.raises(ValueError, match=sentence):
        extend(grays(64, 32), PLAN, **room)


def test_what_is_added_to_a_larger_picture_stands_in_the_new_part():
    original, plan = extend(grays(128, 128), PLAN, right=128)
    taken = kept_cells(original, Canvas(*original.size))
    assert taken == Box(0, 8, 16, 24)
    new = added(plan, "a flower on the right", room=[taken])
    assert not new.placements[-1].box.overlaps(taken)


# Drawing over --------------------------------------------------------------------------------------------------------


@pytest.fixture
def drawer(loaded, monkeypatch):
    """Draws noise that changes with anything that a document says, around what is known."""

    def draw(decoder, vocabulary, documents, noise, temperature):
        pixels = []
        for document, numbers in zip(documents, noise, strict=True):
            said = zlib.crc32(tokenise(segments(document), vocabulary)[0].tobytes())
            known = np.full(len(numbers), ABSENT) if document.pixels is None else document.pixels.ravel()
            drawn = (said + 256 * numbers).astype(np.int64) % 256
            pixels.append(np.where(known == ABSENT, drawn, known).astype(np.uint8))
        return np.stack(pixels)

    monkeypatch.setattr(executors, "draw_pixels", draw)
    return Drawer(loaded, None)


def draw_over(drawer, pixels, free, plan=PLAN, **options):
    return list(drawer.stream_job(Job("a cat", original=Original(pixels, free), plan=plan, **options)))


def picture(events):
    return np.asarray(events[-1].image)


@pytest.mark.parametrize("size", [(64, 64), (96, 64), (128, 128)])
def test_only_what_is_touched_is_drawn_and_every_other_pixel_stays(drawer, size):
    pixels, canvas = grays(*size), Canvas(*size)
    new = removed(PLAN, "cat")
    free = touched_by_plan(PLAN, new, canvas)
    events = draw_over(drawer, pixels, free, new)
    assert [type(event) for event in events[:3]] == [PlanReady, LevelStarted, LevelDone]
    assert isinstance(events[-1], ImageDone) and events[-1].image.size == size
    assert np.array_equal(picture(events)[~free], pixels[~free])
    assert (picture(events)[free] != pixels[free]).mean() > 0.5
    last = len(canvas.sides) - 1
    drawn = [event.tile for event in events if isinstance(event, TileDone) and event.tile.level == last]
    x, y = canvas.offset
    assert {(tile.row - y // 32, tile.column - x // 32) for tile in drawn} == tiles_of(free)
    started = {event.level: event.tiles for event in events if isinstance(event, LevelStarted)}
    assert started[last] == len(drawn) < len(canvas.tiles(last))


def test_levels_above_keep_the_means_of_what_stays_and_redraw_the_rest(drawer):
    pixels, canvas = grays(128, 128), Canvas(128, 128)
    new = removed(PLAN, "sun")
    free = touched_by_plan(PLAN, new, canvas)
    events = draw_over(drawer, pixels, free, new)
    levels = [event.pixels for event in events if isinstance(event, LevelDone)]
    for known, drawn in zip(known_levels(Original(pixels, free), canvas, 16), levels, strict=True):
        assert (known == ABSENT).mean() == pytest.approx(1 / 16)
        assert np.array_equal(known[known != ABSENT], drawn[known != ABSENT])


def test_new_tiles_see_finished_neighbours_on_all_sides(drawer, monkeypatch):
    pixels, seen, draw = grays(96, 96), {}, executors.draw_pixels

    def spy(decoder, vocabulary, documents, *how):
        seen.update({document.think: document for document in documents})
        return draw(decoder, vocabulary, documents, *how)

    monkeypatch.setattr(executors, "draw_pixels", spy)
    draw_over(drawer, pixels, touched_by_region("32,32,64,64", Canvas(96, 96)))
    borders = next(document.borders for think, document in seen.items() if "row 1 of 3, column 1 of 3" in think)
    level = Level.finished(pixels)
    expected = level.borders(Tile(4, 3, 1, 1))
    for side in ("top", "left", "right", "bottom"):
        assert np.array_equal(getattr(borders, side), getattr(expected, side))


def test_a_mask_is_exact_inside_tiles(drawer):
    pixels = grays(64, 64)
    free = np.random.default_rng(1).random((64, 64)) < 0.3
    free[:32, 32:] = False
    events = draw_over(drawer, pixels, free)
    assert np.array_equal(picture(events)[~free], pixels[~free])
    assert (picture(events)[free] != pixels[free]).mean() > 0.5
    assert not [
        event
        for event in events
        if isinstance(event, TileDone) and (event.tile.grid, event.tile.row, event.tile.column) == (2, 0, 1)
    ]


def test_what_is_drawn_over_does_not_depend_on_the_batch_or_the_company(loaded, make_reckoner, monkeypatch):
    free = np.zeros((64, 64), bool)
    free[2:8, 10:16] = free[40:44, 20:40] = True
    jobs = [
        Job("a cat", plan=PLAN, original=Original(grays(64, 64), free)),
        Job("a cat", plan=PLAN, original=Original(grays(64, 64, 1), free[::-1]), seed=3),
    ]
    drawer = Drawer(loaded, make_reckoner())  # whose logits depend on every token before
    together = dict(drawer.stream_all(jobs))
    assert max(drawer.decoder.batches) > 1
    monkeypatch.setattr(executors, "MAX_BATCH", 1)
    for number, job in enumerate(jobs):
        alone = np.asarray([event for _, event in Drawer(loaded, make_reckoner()).stream_all([job])][-1].image)
        assert np.array_equal(alone, np.asarray(together[number].image))
        assert np.array_equal(alone[~job.original.free], job.original.pixels[~job.original.free])
        assert (alone != job.original.pixels)[job.original.free].mean() > 0.5


def test_another_seed_draws_something_else_in_the_same_place(drawer):
    pixels, free = grays(64, 64), touched_by_region("0,0,1,1", Canvas(64, 64))
    one, other, again = (picture(draw_over(drawer, pixels, free, seed=seed)) for seed in (1, 2, 1))
    assert np.array_equal(one, again)
    assert (one != other)[free].any() and not (one != other)[~free].any()


def test_a_tile_is_plain_only_if_what_stays_in_it_is():
    guide = np.full((17, 16), 221, np.int16)
    stays = np.full((32, 32), 221, np.int16)
    stays[4:8, 4:8] = ABSENT
    document = TileDocument("level 3, row 0 of 2, column 0 of 2, grass: nothing", guide, pixels=stays)
    assert plain_gray(document) == 221
    stays[9, 9] = 0  # a stroke that stays
    assert plain_gray(document) is None


def test_drawing_over_needs_tiles():
    original = Original(grays(32, 32), np.ones((32, 32), bool))
    with pytest.raises(ValueError, match="drawn over by tiles"):
        Job("a cat", original=original, flat=True)
    assert Job("a cat", (512, 64), plan=PLAN, original=original).size == (32, 32)


def test_a_picture_without_a_plan_is_drawn_over_by_what_its_prompt_says(loaded, make_reckoner):
    pixels, free = grays(64, 64), touched_by_region("0,0,1,1", Canvas(64, 64))
    events = draw_over(Drawer(loaded, make_reckoner("picture: digit 7")), pixels, free, plan=None)
    assert np.array_equal(picture(events)[~free], pixels[~free]) and (picture(events) != pixels).any()
    thoughts = [event.think for event in events if isinstance(event, TileDone)]
    assert thoughts and all(think.endswith("picture: digit 7") for think in thoughts)


def test_a_picture_that_has_grown_can_be_drawn_over(drawer):
    original, plan = extend(grays(64, 64), PLAN, right=32)
    events = list(drawer.stream_job(Job("a cat", original=original, plan=plan)))
    assert np.array_equal(picture(events)[:, :64], original.pixels[:, :64])
    assert picture(events).shape == (64, 96)
