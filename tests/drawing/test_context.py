"""Contexts: where a model has learned so, every tile is drawn, measured and counted behind its picture's layout."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tiledraw.canvas.pyramid import COARSE_TILE
from tiledraw.data.shards import ShardSource
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.job import Job
from tiledraw.engine import executors
from tiledraw.engine.decoding import draw_pixels
from tiledraw.engine.numpy_decoder import NumpyDecoder
from tiledraw.engine.pool import PooledDecoder
from tiledraw.engine.static_decoder import StaticDecoder
from tiledraw.format.grammar import TileDocument, segments, tokenise
from tiledraw.language.boxes import Box
from tiledraw.language.plan import Placement, Plan, parse_plan
from tiledraw.models.knowledge import ModelError, read_about, write_about
from tiledraw.models.loading import load_model

PROMPT = "a cat in the bottom-left corner and a sun at the top right"
PLAN = Plan((Placement("cat", Box(0, 20, 12, 32)), Placement("sun", Box(20, 0, 32, 12))))
JOB = Job(PROMPT, (64, 64), plan=PLAN)


@pytest.fixture(scope="module")
def wide(model_folder):
    """The tiny model, as if it had learned tiles behind layouts."""
    loaded = load_model(str(model_folder))
    return replace(loaded, knowledge=replace(loaded.knowledge, context=True))


@pytest.fixture
def drawn(monkeypatch):
    """The documents that are drawn."""
    documents, draw = [], executors.draw_pixels

    def record(decoder, vocabulary, some, *rest):
        documents.extend(some)
        return draw(decoder, vocabulary, some, *rest)

    monkeypatch.setattr(executors, "draw_pixels", record)
    return documents


def test_tiles_stand_behind_the_layout_and_its_coarse_pass_if_the_model_knows_that(loaded, wide, make_reckoner, drawn):
    (whole,) = Drawer(wide, make_reckoner()).pictures([JOB])
    layout, *tiles = drawn
    assert tiles and all(isinstance(tile, TileDocument) for tile in tiles)
    contexts = {id(tile.context): tile.context for tile in tiles}
    (context,) = contexts.values()
    assert (context.prompt, context.given, context.think) == (layout.prompt, layout.given, layout.think)
    assert context.pixels.shape == (8, 8) and context.pixels.dtype == np.uint8
    drawn.clear()
    (plain,) = Drawer(loaded, make_reckoner()).pictures([JOB])
    assert [tile.context for tile in drawn[1:]] == [None] * len(tiles) and not np.array_equal(plain, whole)


def test_a_tile_is_drawn_behind_what_it_stands_behind_in_training(wide, make_reckoner, drawn, planned):
    context = ShardSource(planned).pack(0, 1)[0].context
    plan = parse_plan(context.think)
    events = Drawer(wide, make_reckoner()).stream_job(
        Job(context.prompt, (256, 256), plan=plan, finished={COARSE_TILE: context.pixels})
    )
    while not drawn:
        next(events)
    events.close()
    one, other = (tokenise(segments(each), wide.vocabulary)[0].tolist() for each in (drawn[0].context, context))
    assert one == other


def test_pictures_behind_layouts_are_the_same_in_any_batch_and_by_rows(wide):
    jobs = [replace(JOB, size=(32, 32), seed=seed) for seed in range(2)]
    _, together = Drawer(wide, PooledDecoder(wide.config, wide.tensors())).pictures(jobs)
    (alone,) = Drawer(wide, NumpyDecoder(wide.config, wide.tensors())).pictures(jobs[1:])
    assert np.array_equal(alone, together)


def test_the_static_decoder_reads_a_common_layout_once_and_draws_the_same(wide, planned):
    tiles = [ShardSource(planned).tiles(0)[0]] * 3
    tiles = [replace(tile, context=ShardSource(planned).stored("layout", 0)) for tile in tiles]
    tiles = [replace(tile, pixels=None, slipped=None) for tile in tiles]
    before, passes = len(tokenise(segments(tiles[0].context), wide.vocabulary)[0]), []
    decoder, noise = StaticDecoder(wide.model), np.random.default_rng(0).random((3, 256))
    body = decoder.body
    decoder.body = lambda input_ids, **told: passes.append(input_ids.shape) or body(input_ids=input_ids, **told)
    together = draw_pixels(decoder, wide.vocabulary, tiles, noise, 0.6)
    (first, shared), (streams, own), *_ = passes
    assert first == 1 and streams == 3 and shared >= before and own < 200
    (alone,) = draw_pixels(decoder, wide.vocabulary, tiles[1:2], noise[1:2], 0.6)
    assert np.array_equal(alone, together[1])


def test_a_layout_that_leaves_no_room_for_tiles_is_refused(loaded, wide, make_reckoner):
    def draw(model):
        short = replace(model, config=model.config | {"max_position_embeddings": 2500})
        return Drawer(short, make_reckoner()).pictures([replace(JOB, size=(32, 32))])

    assert draw(loaded)
    with pytest.raises(ValueError, match=r"^the model reads at most 2,500 tokens; [23],\d{3} are needed$"):
        draw(wide)


def test_folders_say_whether_tiles_stand_behind_layouts_and_older_ones_that_they_do_not(wide, tmp_path):
    write_about(tmp_path, wide.vocabulary, wide.knowledge)
    assert read_about(tmp_path)["knowledge"] == wide.knowledge and wide.knowledge.context
    path = tmp_path / "tiledraw.json"
    text = path.read_text()
    path.write_text(text.replace('"context": true', '"context": "yes"'))
    with pytest.raises(ModelError, match="context can't be 'yes'"):
        read_about(tmp_path)
    older = json.loads(text)
    del older["knowledge"]["context"]
    path.write_text(json.dumps(older))
    assert not read_about(tmp_path)["knowledge"].context
