"""The pipeline: events in order, pictures that depend on their seed alone, and every refusal before the first event.

Most pictures are drawn by a decoder without a model whose logits depend on every token that was read.
"""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tiledraw.canvas.pyramid import ABSENT, COARSE_TILE, Canvas, Level, Tile, guide_of
from tiledraw.common.checks import DEFAULT_TEMPERATURE, FLAT_TEMPERATURE
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.events import ImageDone, LevelDone, LevelStarted, PlanReady, Refused, TileDone
from tiledraw.drawing.job import Job
from tiledraw.drawing.tiling import known_pixels
from tiledraw.engine import executors
from tiledraw.engine.decoding import draw_pixels
from tiledraw.engine.noise import uniforms
from tiledraw.engine.numpy_decoder import NumpyDecoder
from tiledraw.engine.pool import PooledDecoder
from tiledraw.format.grammar import TileDocument
from tiledraw.format.guiding import plain_pixels
from tiledraw.format.think import tile_think
from tiledraw.language.boxes import Box, PlanError, UnknownSubjectError
from tiledraw.language.plan import Placement, Plan, format_plan
from tiledraw.models.knowledge import ModelError

PROMPT = "a cat in the bottom-left corner and a sun at the top right"
PLAN = Plan((Placement("cat", Box(0, 20, 12, 32)), Placement("sun", Box(20, 0, 32, 12))))


@pytest.fixture
def drawer(loaded, make_reckoner):
    return Drawer(loaded, make_reckoner())


def draw(drawer, size=(64, 64), **options):
    return list(drawer.stream_job(Job(PROMPT, size, **{"plan": PLAN, **options})))


def picture(events):
    return np.asarray(events[-1].image)


def shape(events):
    """What a list of events says, without pixels."""
    names = []
    for event in events:
        match event:
            case LevelStarted(level, side, tiles):
                names.append(("started", level, side, tiles))
            case TileDone(tile=tile):
                names.append(("tile", tile.level, tile.row, tile.column))
            case LevelDone(level=level, pixels=pixels):
                names.append(("done", level, len(pixels)))
            case _:
                names.append(type(event).__name__)
    return names


# Events --------------------------------------------------------------------------------------------------------------


def test_events_come_in_order_tile_by_tile(drawer):
    assert shape(draw(drawer)) == [
        "PlanReady",
        ("started", 0, 8, 1),
        ("done", 0, 8),
        ("started", 1, 16, 1),
        ("tile", 1, 0, 0),
        ("done", 1, 16),
        ("started", 2, 32, 1),
        ("tile", 2, 0, 0),
        ("done", 2, 32),
        ("started", 3, 64, 4),
        ("tile", 3, 0, 0),
        ("tile", 3, 0, 1),
        ("tile", 3, 1, 0),
        ("tile", 3, 1, 1),
        ("done", 3, 64),
        "ImageDone",
    ]


def test_an_event_comes_as_soon_as_its_part_is_finished(drawer):
    events = drawer.stream_job(Job(PROMPT, (32, 32), plan=PLAN))
    assert drawer.decoder.batches == []
    for kind, drawn in [(PlanReady, 0), (LevelStarted, 0), (LevelDone, 1), (LevelStarted, 1), (TileDone, 2)]:
        assert isinstance(next(events), kind)
        assert len(drawer.decoder.batches) == drawn


@pytest.mark.parametrize("size", [(32, 32), (64, 64), (64, 32), (32, 96)])
def test_the_picture_is_the_crop_of_the_last_level_and_made_of_its_tiles(drawer, size):
    events = draw(drawer, size)
    image, canvas = events[-1].image, Canvas(*size)
    assert isinstance(image, Image.Image) and (image.mode, image.size) == ("L", size)
    level = events[-2]
    assert level.pixels.shape == (canvas.side, canvas.side) and level.pixels.dtype == np.uint8
    assert np.array_equal(np.asarray(image), canvas.crop(level.pixels))
    tiles = [event for event in events if isinstance(event, TileDone) and event.tile.level == len(canvas.sides) - 1]
    assert sorted((event.tile.row, event.tile.column) for event in tiles) == [
        (tile.row, tile.column) for tile in canvas.tiles(len(canvas.sides) - 1)
    ]
    for event in tiles:
        assert np.array_equal(event.pixels, level.pixels[event.tile.slices])
    assert events[0].plan.visible == canvas.cells


def test_each_tile_thinks_of_what_is_in_it(drawer):
    events = draw(drawer, plan=PLAN)
    tiles = [event for event in events if isinstance(event, TileDone)]
    thoughts = {(event.tile.level, event.tile.row, event.tile.column): event.think for event in tiles}
    assert "cat" in thoughts[1, 0, 0] and "sun" in thoughts[1, 0, 0]
    assert "cat" in thoughts[3, 1, 0] and "sun" not in thoughts[3, 1, 0]
    assert thoughts[3, 0, 0].endswith("nothing") and thoughts[3, 1, 1].endswith("nothing")


# Plans ---------------------------------------------------------------------------------------------------------------


def test_a_plan_that_is_given_is_drawn_and_nobody_plans(drawer):
    events = draw(drawer, (32, 32), planner="nobody", plan=PLAN)
    assert events[0].plan == PLAN and events[0].text == format_plan(PLAN)
    again = draw(drawer, (32, 32), plan=PLAN)
    assert np.array_equal(picture(events), picture(again))
    moved = replace(PLAN, placements=PLAN.placements[::-1])
    assert not np.array_equal(picture(draw(drawer, (32, 32), plan=moved)), picture(events))
    ready = next(drawer.stream_job(Job(PROMPT, (64, 32), plan=PLAN)))
    assert ready.plan == replace(PLAN, canvas=Canvas(64, 32).cells)


def test_the_same_plan_gives_the_same_picture_whoever_made_it(loaded, make_reckoner):
    drawer = Drawer(loaded, make_reckoner("A cat and a sun.\n" + format_plan(PLAN)))
    thought = draw(drawer, (32, 32), plan=None)
    assert thought[0].plan == PLAN
    assert thought[0].text == "A cat and a sun.\n" + format_plan(PLAN)  # free thought is shown
    assert np.array_equal(picture(draw(drawer, (32, 32))), picture(thought))


def test_the_model_thinks_of_the_canvas(loaded, make_reckoner):
    drawer = Drawer(loaded, make_reckoner("background: light gray\n- cat: 8 12 20 24"))
    ready = drawer.plan(PROMPT, Canvas(64, 32))
    assert ready.plan == Plan((Placement("cat", Box(8, 12, 20, 24)),), "light gray", canvas=Canvas(64, 32).cells)


@pytest.mark.parametrize(
    ("thought", "error", "sentence"),
    [
        ("unknown: dragon", UnknownSubjectError, "'dragon'"),
        ("background: light gray", PlanError, "found no subject"),
        ("a cat, I think", PlanError, "thought of no plan"),
        ("background: light gray\n- cat: 8 8 20 33", PlanError, "thought of no plan"),
        ("background: light\n- cat: bottom-left, large, 0 4 4 8", PlanError, "thought of no plan"),
        ("grid: 64\nbackground: white\n- cat: 8 8 20 30", PlanError, "thought of no plan"),
    ],
)
def test_a_thought_that_is_no_plan_is_refused(loaded, make_reckoner, thought, error, sentence):
    loaded = replace(loaded, knowledge=replace(loaded.knowledge, planless=False))
    with pytest.raises(error, match=sentence):
        draw(Drawer(loaded, make_reckoner(thought)), plan=None)


def test_a_model_of_pictures_without_plans_draws_by_a_thought_that_is_none(loaded, make_reckoner):
    events = draw(Drawer(loaded, make_reckoner("picture: digit 7")), plan=None)
    assert events[0].plan is None and events[0].text == "picture: digit 7"
    assert all(event.think.endswith(", picture: digit 7") for event in events if isinstance(event, TileDone))


# Seeds and batches ---------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_picture_whatever_the_batches(loaded, make_reckoner, monkeypatch):
    pictures = []
    for most in (2, 64):
        monkeypatch.setattr(executors, "MAX_BATCH", most)
        drawer = Drawer(loaded, make_reckoner())
        pictures.append(picture(draw(drawer, (96, 96), seed=3)))
        assert max(drawer.decoder.batches) == min(most, 3)
    assert np.array_equal(*pictures)


def test_seed_temperature_and_plan_change_the_picture(drawer):
    pictures = [
        picture(draw(drawer, (32, 32), **options))
        for options in (
            {},
            {"seed": 1},
            {"temperature": 0},
            {"plan": replace(PLAN, background="light gray")},
        )
    ]
    assert len({image.tobytes() for image in pictures}) == len(pictures)


def test_flat_pictures_are_wilder_than_tiles_unless_told_otherwise_and_layers_are_greedy(drawer, painter):
    assert Job(PROMPT, flat=True).temperature == FLAT_TEMPERATURE
    assert drawer.settled(Job(PROMPT)).temperature == DEFAULT_TEMPERATURE < FLAT_TEMPERATURE
    assert drawer.settled(Job(PROMPT, temperature=0.3)).temperature == 0.3
    assert painter.settled(Job(PROMPT)).temperature == 0
    assert Job(PROMPT, temperature=0.3).temperature == Job(PROMPT, flat=True, temperature=0.3).temperature == 0.3


def test_greedy_pictures_need_no_seed(drawer):
    one, other = (picture(draw(drawer, (32, 32), temperature=0, seed=seed)) for seed in (0, 1))
    assert np.array_equal(one, other)


def draw_alone(drawer, events, tile, borders, seed=0, temperature=DEFAULT_TEMPERATURE):
    """What a tile of the last level looks like when it is drawn by itself."""
    above = [event.pixels for event in events if isinstance(event, LevelDone)][-2]
    guide = guide_of(Level.finished(above).guides(32 * tile.grid, drawer.loaded.knowledge.grays), tile)
    think = tile_think(events[0].plan, tile)
    document = TileDocument(think, guide, borders, known_pixels(think, guide, np.full((32, 32), ABSENT, np.int16)))
    noise = uniforms(seed, tile.level, tile.row, tile.column, 1024)
    return draw_pixels(drawer.decoder, drawer.loaded.vocabulary, [document], noise[None], temperature).reshape(32, 32)


def test_tiles_see_those_of_earlier_waves_and_none_of_their_own(drawer):
    events, level = draw(drawer), Level(64)
    waves = [[(0, 0)], [(0, 1), (1, 0)], [(1, 1)]]
    for wave in waves:
        tiles = [Tile(3, 2, *place) for place in wave]
        alone = [draw_alone(drawer, events, tile, level.borders(tile)) for tile in tiles]
        for tile, own in zip(tiles, alone, strict=True):
            level.put(tile, own)
    assert np.array_equal(level.pixels, events[-2].pixels)
    told = [(event.tile.row, event.tile.column) for event in events if isinstance(event, TileDone)]
    assert told[-4:] == [place for wave in waves for place in wave]


ABOVE = {  # all levels above the last one of 64x64 pixels
    tile: np.random.default_rng(0).integers(0, 256, (side, side), dtype=np.uint8)
    for tile, side in ((COARSE_TILE, 8), (Tile(1, 1, 0, 0), 16), (Tile(2, 1, 0, 0), 32))
}


@pytest.mark.parametrize(
    ("size", "options"),
    [
        ((32, 32), {}),
        ((64, 64), {"finished": ABOVE | {Tile(3, 2, 1, 1): np.full((32, 32), 119, np.uint8)}}),  # which two tiles see
    ],
)
def test_a_pool_that_draws_by_rows_draws_what_one_decoder_draws_tile_by_tile(loaded, size, options):
    def drawn(kind):
        decoder = kind(loaded.config, loaded.tensors())
        return list(Drawer(loaded, decoder).stream_job(Job(PROMPT, size, **{"plan": PLAN, **options})))

    by_rows, by_tiles = drawn(PooledDecoder), drawn(NumpyDecoder)
    assert shape(by_rows) == shape(by_tiles)
    assert np.array_equal(picture(by_rows), picture(by_tiles))


def test_pictures_drawn_together_are_as_drawn_alone_in_full_batches(loaded, make_reckoner):
    jobs = [
        Job(PROMPT, (64, 32), seed=0, plan=PLAN),
        Job(PROMPT, (64, 64), seed=1, plan=PLAN),
        Job("a fish", (32, 32), seed=2, plan=replace(PLAN, background="gray")),
        Job(PROMPT, (32, 32), seed=3, plan=PLAN, temperature=0.2),
        Job("a fish", flat=True, seed=4, plan=PLAN),
    ]
    drawer = Drawer(loaded, make_reckoner())
    together = {number: [] for number in range(len(jobs))}
    for number, event in drawer.stream_all(jobs):
        together[number].append(event)
    for job, events in zip(jobs, together.values(), strict=True):
        alone = Drawer(loaded, make_reckoner())
        drawn = list(alone.stream_job(job))
        assert shape(drawn) == shape(events)
        assert np.array_equal(picture(drawn), picture(events))
        assert max(drawer.decoder.batches) > max(alone.decoder.batches)


def test_a_picture_that_is_refused_does_not_stop_the_others(drawer):
    plans = (PLAN, replace(PLAN, grid=64), PLAN)
    last = dict(drawer.stream_all(Job("a cat", (32, 32), plan=plan) for plan in plans))
    assert [type(last[number]) for number in range(3)] == [ImageDone, Refused, ImageDone]
    assert isinstance(last[1].error, PlanError) and "grid of 64" in str(last[1].error)


def test_pictures_of_jobs_come_in_their_order_and_a_refusal_is_raised(loaded, make_reckoner):
    jobs = [Job(PROMPT, size, seed=seed, plan=PLAN) for seed, size in enumerate([(64, 64), (32, 32), (64, 32)])]
    drawer = Drawer(loaded, make_reckoner())
    for job, pixels in zip(jobs, drawer.pictures(jobs), strict=True):
        assert np.array_equal(pixels, picture(list(drawer.stream_job(Job(PROMPT, job.size, seed=job.seed, plan=PLAN)))))
    with pytest.raises(PlanError, match="grid of 64"):
        drawer.pictures([jobs[1], Job("a dragon", (32, 32), plan=replace(PLAN, grid=64))])


def test_pictures_are_started_only_when_a_batch_has_room(loaded, make_reckoner, monkeypatch):
    monkeypatch.setattr(executors, "MAX_BATCH", 4)
    asked = []

    def jobs():
        for seed in range(20):
            asked.append(seed)
            yield Job(PROMPT, (32, 32), seed=seed, plan=PLAN)

    finished = 0
    for _, event in Drawer(loaded, make_reckoner()).stream_all(jobs()):
        finished += isinstance(event, ImageDone)
        assert len(asked) - finished <= 8
    assert finished == 20


def test_a_tile_that_is_plain_above_and_holds_nothing_is_filled_and_every_other_one_drawn(loaded, make_reckoner):
    above = np.full((32, 32), 221, dtype=np.uint8)
    above[16, 20] = 0  # beneath the second of 2x2 tiles: its guide sees what comes next
    coarse, whole = np.full((8, 8), 221, dtype=np.uint8), np.full((16, 16), 221, dtype=np.uint8)
    first = np.full((32, 32), 221, dtype=np.uint8)  # whose border says nothing
    finished = {COARSE_TILE: coarse, Tile(1, 1, 0, 0): whole, Tile(2, 1, 0, 0): above, Tile(3, 2, 0, 0): first}
    plan = Plan((Placement("cat", Box(16, 16, 32, 32)),), "light gray")
    drawer = Drawer(loaded, make_reckoner())
    events = drawer.stream_job(Job(PROMPT, (64, 64), plan=plan, finished=finished))
    tiles = {event.tile: event.pixels for event in events if isinstance(event, TileDone) and event.tile.level == 3}
    assert {(tile.row, tile.column): bool((pixels == 221).all()) for tile, pixels in tiles.items()} == {
        (0, 0): True, (0, 1): False, (1, 0): True, (1, 1): False,
    }  # fmt: skip


def test_a_picture_goes_on_after_any_tile_as_if_never_interrupted(loaded, make_reckoner):
    def drawn(finished):
        drawer = Drawer(loaded, make_reckoner())
        return draw(drawer, (64, 64), finished=finished), sum(drawer.decoder.batches)

    whole, _ = drawn({})
    done = {COARSE_TILE: next(event.pixels for event in whole if isinstance(event, LevelDone))}
    tasks = []
    for event in [event for event in whole if isinstance(event, TileDone)]:
        done[event.tile] = event.pixels
        again, task = drawn(done)
        assert np.array_equal(picture(again), picture(whole))
        tasks.append(task)
    assert tasks == sorted(tasks, reverse=True) and tasks[-1] == 0  # what is finished is not drawn again


# The flat baseline ---------------------------------------------------------------------------------------------------


def test_the_flat_baseline_thinks_and_draws_one_image(loaded, make_reckoner):
    thought = "background: light gray\n- cat: 8 8 24 24"
    drawer = Drawer(loaded, make_reckoner(thought))
    events = list(drawer.stream_job(Job(PROMPT, flat=True, seed=1)))
    assert events[0] == PlanReady(Plan((Placement("cat", Box(8, 8, 24, 24)),), "light gray"), thought, total=1)
    assert shape(events) == ["PlanReady", ("started", 1, 32, 1), ("done", 1, 32), "ImageDone"]
    assert events[-1].image.size == (32, 32) and np.array_equal(picture(events), events[-2].pixels)
    assert np.array_equal(picture(events), picture(list(drawer.stream_job(Job(PROMPT, flat=True, seed=1)))))
    assert not np.array_equal(picture(events), picture(list(drawer.stream_job(Job(PROMPT, flat=True, seed=2)))))


def test_a_model_that_draws_flat_draws_no_tiled_pictures(loaded, make_reckoner):
    drawer = Drawer(replace(loaded, knowledge=replace(loaded.knowledge, formats=("flat",))), make_reckoner())
    assert picture(list(drawer.stream_job(Job(PROMPT, flat=True, plan=PLAN)))).shape == (32, 32)
    with pytest.raises(ModelError, match=r"^this model draws flat pictures only, no tiled ones$"):
        draw(drawer)


# Refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"size": (0, 32)}, ValueError, "size '0x32' leaves nothing to draw"),
        ({"size": (32, -32)}, ValueError, "size '32x-32' is negative"),
        ({"size": (33, 33)}, ValueError, "size '33x33' is not made of whole tiles"),
        ({"size": (4128, 32)}, ValueError, "the largest is 4096x4096"),
        ({"size": (1_000_000, 1_000_000)}, ValueError, "the largest is 4096x4096"),
        ({"seed": -1}, ValueError, "seed -1 is out of range"),
        ({"seed": 2**64}, ValueError, "is out of range"),
        ({"temperature": float("nan")}, ValueError, "temperature nan is out of range"),
        ({"temperature": float("inf")}, ValueError, "temperature inf"),
        ({"temperature": -0.1}, ValueError, "temperature -0.1"),
        ({"planner": "nobody", "plan": None}, ValueError, "'nobody' is unknown; known are model, rules"),
        ({"planner": "rules", "plan": None}, PlanError, "plans its pictures itself; leave the planner out"),
        ({"plan": replace(PLAN, grid=64)}, PlanError, "the plan has a grid of 64"),
        ({"prompt": ""}, ValueError, "the prompt is empty"),
        ({"prompt": " \n "}, ValueError, "the prompt is empty"),
        ({"prompt": "", "plan": PLAN}, ValueError, "the prompt is empty"),
        ({"prompt": "a cat " * 20_000}, ValueError, "characters; at most 2,000"),
        ({"prompt": "a\0cat"}, ValueError, r"U\+0000"),
    ],
)
def test_what_can_not_be_drawn_is_refused_before_any_event(drawer, options, error, sentence):
    arguments = {"prompt": PROMPT, "size": (32, 32), "plan": PLAN} | options
    with pytest.raises(error, match=sentence) as caught:
        next(drawer.stream_job(Job(**arguments)))
    assert "\n" not in str(caught.value)
    assert drawer.decoder.batches == []


@pytest.mark.parametrize(
    "options", [{"prompt": ""}, {"seed": 2**64}, {"seed": -1}, {"temperature": float("nan")}, {"temperature": -1}]
)
def test_the_flat_baseline_refuses_the_same(drawer, options):
    with pytest.raises(ValueError, match=r"is empty|out of range"):
        next(drawer.stream_job(Job(**({"prompt": PROMPT, "flat": True} | options))))


def test_plain_pixels_are_filled_and_no_others(loaded, make_reckoner):
    above = np.full((32, 32), 221, dtype=np.uint8)
    above[12:20, 12:20] = 255 * (np.indices((8, 8)).sum(0) % 2)
    coarse, whole = np.full((8, 8), 221, dtype=np.uint8), np.full((16, 16), 221, dtype=np.uint8)
    finished = {COARSE_TILE: coarse, Tile(1, 1, 0, 0): whole, Tile(2, 1, 0, 0): above}
    plan = Plan((Placement("cat", Box(8, 8, 24, 24)),), "light gray")

    job = Job(PROMPT, (64, 64), plan=plan, finished=finished)
    pixels = picture(list(Drawer(loaded, make_reckoner()).stream_job(job)))
    free = np.ones((64, 64), dtype=bool)
    for row in range(2):
        for column in range(2):
            tile = Tile(3, 2, row, column)
            free[tile.slices] = plain_pixels(Level.finished(above).guide(tile, 64, 256)) == ABSENT
    assert free[22:42, 22:42].all() and not free[:22].any() and not free[42:].any()
    assert (pixels[~free] == 221).all() and (pixels[free] != 221).mean() > 0.8
