"""Layering: a layer is the same pixels in any company, at any batch, by any decoder, and goes on from what is drawn."""

from dataclasses import replace

import numpy as np
import pytest

from tiledraw.canvas.pyramid import COARSE
from tiledraw.drawing.events import LayerLevelDone, LayerTileDone
from tiledraw.drawing.layering import LayerJob, draw_layer, layer_temperature, level_for, think_inks
from tiledraw.engine.decoders import decoder_of
from tiledraw.engine.executors import BatchExecutor, make_executor
from tiledraw.engine.numpy_decoder import NumpyDecoder
from tiledraw.engine.scheduling import run_together
from tiledraw.format.layers import guide_of, known_level
from tiledraw.format.palettes import Palette, PaletteError, count_inks
from tiledraw.format.weaving import DRAW

INKS = "none, black, orange, white"
CAT = LayerJob("cat", INKS, 3, seed=3, temperature=0.6)


def draw(executor, *jobs):
    """The levels of each job, drawn side by side, and all events."""
    levels, events = {}, []

    def picture(number, job):
        levels[number] = yield from draw_layer(job)

    for _, event in run_together((picture(number, job) for number, job in enumerate(jobs)), executor):
        events.append(event)
    return [levels[number] for number in range(len(jobs))], events


@pytest.fixture(scope="module")
def executor(painter):
    return make_executor(painter.decoder, painter.loaded.vocabulary)


@pytest.fixture(scope="module")
def cat(executor):
    (levels,), events = draw(executor, CAT)
    return levels, events


def same(one, other):
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_layer_has_all_levels_and_no_ink_that_is_not_in_its_list(cat):
    levels, _ = cat
    assert [len(level) for level in levels] == [COARSE << number for number in range(4)]
    assert all(level.dtype == np.uint8 and level.max() < count_inks(INKS) for level in levels)


def test_events_tell_each_level_once_and_every_tile_that_is_drawn_with_its_document(cat):
    levels, events = cat
    done = [event for event in events if isinstance(event, LayerLevelDone)]
    assert [event.level for event in done] == list(range(4)) and events[-1] is done[-1]
    assert same([event.pixels for event in done], levels)
    for event in events:
        if isinstance(event, LayerTileDone):
            document, tile = event.document, event.document.tile
            assert (document.subject, document.inks) == ("cat", INKS)
            assert np.array_equal(document.guide, guide_of(levels[tile.level - 1], tile))
            assert np.array_equal(levels[tile.level][tile.slices], event.pixels)


def test_what_the_level_above_leaves_no_doubt_about_is_that(cat):
    levels, _ = cat
    for number in range(1, 4):
        known = known_level(levels[number - 1], number)
        assert np.array_equal(levels[number][known != DRAW], known[known != DRAW])


def test_a_layer_is_the_same_beside_others(executor, cat):
    others = [
        replace(CAT, subject="sun", level=2),
        replace(CAT, seed=4, level=2),
        replace(CAT, subject="tree", level=1),
    ]
    drawn, _ = draw(executor, others[0], CAT, *others[1:])
    assert same(drawn[1], cat[0])


@pytest.mark.parametrize(("most", "plain", "level"), [(1, True, 2), (3, True, CAT.level), (64, False, 1)])
def test_a_layer_is_the_same_at_any_batch_and_by_any_decoder(painter, cat, most, plain, level):
    loaded = painter.loaded
    decoder = NumpyDecoder(loaded.config, loaded.tensors()) if plain else decoder_of(loaded.model)
    batches = BatchExecutor(decoder, loaded.vocabulary)
    batches.most = most
    drawn, _ = draw(batches, replace(CAT, level=level), replace(CAT, subject="sun", level=2))
    assert same(drawn[0], cat[0][: level + 1])


def test_another_seed_gives_another_layer_and_temperature_zero_always_the_same(executor, cat):
    (other,), _ = draw(executor, replace(CAT, seed=4, level=1))
    assert not same(other, cat[0][:2])
    (one, two), _ = draw(executor, *(replace(CAT, seed=seed, temperature=0.0, level=2) for seed in (1, 2)))
    assert same(one, two)


@pytest.mark.parametrize("kept", range(5))
def test_a_layer_goes_on_from_the_levels_that_are_drawn(executor, cat, kept):
    (drawn,), events = draw(executor, replace(CAT, levels=tuple(cat[0][:kept])))
    assert same(drawn, cat[0])
    assert sum(isinstance(event, LayerLevelDone) for event in events) == 4
    assert all(event.document.tile.level >= kept for event in events if isinstance(event, LayerTileDone))


def test_a_finer_layer_begins_with_the_levels_of_a_coarser_one(executor, cat):
    (finer,), _ = draw(executor, replace(CAT, level=4))
    assert same(finer[:4], cat[0]) and len(finer[4]) == 128


def test_tiles_without_borders_wait_for_nobody(executor):
    (drawn,), _ = draw(executor, replace(CAT, borders=False))
    assert len(drawn) == 4


@pytest.mark.parametrize(("side", "level"), [(1, 0), (8, 0), (9, 1), (16, 1), (17, 2), (64, 3), (65, 4), (4096, 9)])
def test_the_level_for_a_size_is_the_first_that_is_as_large(side, level):
    assert level_for(side) == level


def test_the_model_thinks_the_inks_of_what_it_has_learned(painter):
    palettes = think_inks(painter.decoder, painter.loaded.vocabulary, ["tree", "cat"])
    assert palettes["cat"] == Palette(("none", "black", "orange", "dark orange"))
    assert palettes["tree"].inks[:2] == ("none", "black")


def test_a_thought_that_is_no_ink_list_is_refused(painter, monkeypatch):
    monkeypatch.setattr("tiledraw.drawing.layering.draw_texts", lambda *_: ["none, blurple"])
    with pytest.raises(PaletteError, match="thought of no inks for 'cat'"):
        think_inks(painter.decoder, painter.loaded.vocabulary, ["cat"])


def test_backgrounds_without_a_shape_of_their_own_are_never_greedy_and_what_is_said_holds():
    assert layer_temperature("night", 0.0) > 0.5 and layer_temperature("night", 0.3) == 0.3
    assert layer_temperature("cat", 0.0) == layer_temperature("room", 0.0) == 0.0
    assert layer_temperature("cat", 0.6) == 0.6
