"""Previews: the layers as far as they have come; at the end they are the picture, whatever the size."""

from dataclasses import replace

import numpy as np
import pytest

from tiledraw.drawing.events import ImageDone, LayerLevelDone, LayerTileDone, LevelDone
from tiledraw.drawing.ground import Ground
from tiledraw.drawing.job import Job
from tiledraw.drawing.previews import BACKGROUND, Preview
from tiledraw.language.boxes import Box
from tiledraw.language.plan import Placement, Plan

PLAN = Plan(
    (
        Placement("cat", Box(0, 8, 12, 20), "red", mirrored=True),
        Placement("cat", Box(12, 8, 24, 20), pattern="striped", turned=10),
        Placement("sun", Box(20, 8, 28, 16)),
    ),
    "grass",
)


@pytest.mark.parametrize("size", [(64, 64), (96, 64)])
def test_at_the_end_a_preview_is_the_picture(painter, size):
    preview, shares = Preview(size), [0.0]
    for event in painter.stream(plan=PLAN, size=size, seed=11):
        preview.add(event)
        shares.append(preview.share)
        assert preview.image().size == size
    assert isinstance(event, ImageDone)
    assert np.array_equal(np.asarray(preview.image().convert("RGBA")), np.asarray(event.image.convert("RGBA")))
    assert shares == sorted(shares) and shares[-1] == 1


def test_what_is_drawn_over_a_picture_shows_before_it(painter):
    ground = Ground(np.random.default_rng(0).integers(0, 256, (70, 100, 4)).astype(np.uint8) | np.uint8([0, 0, 0, 255]))
    plan = replace(PLAN, background="none")
    preview = Preview(ground.canvas_size, ground)
    assert np.array_equal(np.asarray(preview.image()), ground.colours)
    for event in painter.stream_job(Job("cats", plan=plan, over=ground)):
        preview.add(event)
    assert np.array_equal(np.asarray(preview.image())[..., :3], np.asarray(event.image.convert("RGB")))


def test_a_tile_shows_before_its_level_is_finished(painter):
    preview, seen = Preview((64, 64)), 0
    for event in painter.stream(plan=PLAN, size=64, seed=12):
        preview.add(event)
        if isinstance(event, LayerTileDone) and event.document.tile.grid > 1 and event.document.subject == "cat":
            assert preview.news()[0].size == (event.document.tile.grid * 32,) * 2
            seen += 1
    assert seen


def test_news_are_what_has_changed_since(painter):
    preview = Preview((64, 64))
    for event in painter.stream(plan=PLAN, size=64, seed=11):
        preview.add(event)
        if isinstance(event, LayerLevelDone):
            numbers = {"cat": {0, 1}, "sun": {2}, "grass": {BACKGROUND}}[event.subject]
            assert set(preview.news()) == numbers and not preview.news()


def test_a_picture_without_layers_shows_its_levels():
    preview = Preview((64, 32))
    preview.add(LevelDone(0, np.full((8, 8), 7, np.uint8)))
    assert preview.image().size == (64, 32) and preview.image().getpixel((5, 5)) == 7
