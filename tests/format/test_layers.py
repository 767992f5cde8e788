"""Layers: documents come back from their ids, blocks are what they say, and nothing is known that is not so."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.canvas.pyramid import COARSE, COARSE_TILE
from tiledraw.format.grammar import segments, tokenise
from tiledraw.format.guiding import read_tokens
from tiledraw.format.layers import (
    LayerDocument,
    LayerError,
    from_blocks,
    guide_of,
    known_level,
    known_pixels,
    layer_tiles,
    read_think,
    to_blocks,
    weave_layer,
)
from tiledraw.format.parsing import GrammarError, parse
from tiledraw.format.vocabulary import NONE, VISION_START, Vocabulary
from tiledraw.format.weaving import DRAW
from tiledraw.models.building import load_vocabulary

INKS = "none, black, orange, dark red, #123456"
SEEDS = st.integers(0, 2**32)
LEVELS, ALL_LEVELS = st.integers(1, 7), st.integers(0, 7)


def inks(rng, *shape):
    return rng.integers(0, 5, shape).astype(np.uint8)


def patches(rng, side):
    """A picture of few and large patches."""
    small = inks(rng, side // 4 + 1, side // 4 + 1)
    return small.repeat(4, 0).repeat(4, 1)[:side, :side]


@st.composite
def documents(draw, levels=ALL_LEVELS):
    rng, level = np.random.default_rng(draw(SEEDS)), draw(levels)
    subject = draw(st.sampled_from(["cat", "hot dog", "computer mouse"]))
    if level == 0:
        return LayerDocument(subject, INKS, COARSE_TILE, pixels=inks(rng, COARSE, COARSE))
    tile = draw(st.sampled_from(layer_tiles(level)))
    side = tile.side
    guide = patches(rng, side // 2 + 2) if draw(st.booleans()) else inks(rng, side // 2 + 2, side // 2 + 2)
    top, left = (inks(rng, side) if draw(st.booleans()) else None for _ in range(2))
    return LayerDocument(subject, INKS, tile, guide, top, left, inks(rng, side, side))


@pytest.fixture(scope="module")
def placed():
    return load_vocabulary("bundled", ("cat", "computer mouse"))


@given(documents())
def test_a_document_comes_back_from_its_ids_as_far_as_they_tell(placed, document):
    ids, _ = tokenise(segments(document), placed)
    found = parse(ids, placed)
    assert isinstance(found, LayerDocument)
    assert (found.subject, found.inks, found.tile) == (document.subject, document.inks, document.tile)
    for name in ("top", "left", "pixels"):
        assert np.array_equal(getattr(found, name), getattr(document, name)) or getattr(document, name) is None
    assert np.array_equal(tokenise(segments(found), placed)[0], ids)
    assert np.array_equal(found.known, document.known)


@given(documents(), st.data())
def test_a_document_with_another_token_is_none_or_another_one(placed, document, data):
    ids, _ = tokenise(segments(document), placed)
    begin = ids.tolist().index(placed.words[VISION_START])  # text may be written in other tokens, too
    place = data.draw(st.integers(begin, len(ids) - 1))
    other = ids.copy()
    other[place] = data.draw(st.integers(0, placed.rows - 1))
    try:
        found = parse(other, placed)
    except GrammarError:
        return
    assert np.array_equal(tokenise(segments(found), placed)[0], other)


@given(st.sampled_from([8, 16, 32]), SEEDS)
def test_blocks_hold_two_by_two_pixels_and_come_back(side, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side)).astype(np.uint8)
    blocks = to_blocks(pixels)
    assert np.array_equal(from_blocks(blocks), pixels)
    if side > COARSE:
        assert blocks[4:8].tolist() == pixels[:2, 2:4].ravel().tolist()


@given(documents(LEVELS))
def test_what_is_known_is_neither_read_nor_drawn_and_blocks_of_others_are(placed, document):
    ids, drawn = tokenise(segments(document), placed)
    read = read_tokens(document, drawn)
    pixels = np.flatnonzero(drawn)
    assert np.array_equal(read[pixels], to_blocks(document.known) == DRAW)
    codes, block = weave_layer(document)
    assert len(codes) == len(block) and block.sum() == read.sum() - (len(ids) - len(block))


@given(documents(LEVELS))
def test_documents_of_one_size_are_of_one_length(document):
    bare = replace(document, top=None, left=None)
    assert len(weave_layer(document)[0]) == len(weave_layer(bare)[0])
    assert not weave_layer(bare)[1][: len(weave_layer(bare)[0]) // (document.tile.side // 2 + 1)].any()


@given(SEEDS, st.integers(3, 6))
def test_what_a_level_leaves_no_doubt_about_is_its_ink_and_tiles_know_the_same(seed, level):
    above = patches(np.random.default_rng(seed), (COARSE << level) // 2)
    known = known_level(above, level)
    assert np.array_equal(known, np.where(known == DRAW, known, above.repeat(2, 0).repeat(2, 1)))
    for tile in layer_tiles(level)[:: max(1, level - 2)]:
        assert np.array_equal(known_pixels(guide_of(above, tile), level), known[tile.slices])


def test_an_even_guide_is_known_from_level_three_on_and_never_before():
    for level in range(1, 8):
        side = min(32, COARSE << level)
        known = known_pixels(np.full((side // 2 + 2, side // 2 + 2), 3, np.uint8), level)
        assert (known == (3 if level >= 3 else DRAW)).all()


def test_beside_an_edge_a_fine_level_draws_one_pixel_on_each_side():
    above = np.zeros((64, 64), np.uint8)
    above[:, 30:] = 1
    known = known_level(above, 4)
    assert np.flatnonzero((known == DRAW).any(0)).tolist() == [59, 60]
    assert np.flatnonzero((known_level(above[:32, 14:46], 3) == DRAW).any(0)).tolist() == [30, 31, 32, 33]


def test_a_neighbour_that_is_not_there_is_none_of_its_pixels():
    document = LayerDocument("cat", INKS, layer_tiles(3)[3], np.zeros((18, 18), np.uint8))
    codes, _ = weave_layer(document)
    assert NONE in codes and not (codes == 0).all()


@pytest.mark.parametrize(
    "think",
    [
        "cat",
        "cat, inks: none; level 3 of 32, row 0 of 2, column 0 of 2",
        "cat, inks: none; level 3 of 64, row 2 of 2, column 0 of 2",
        "cat, inks: none; level 3 of 64, row 0 of 2, column 0 of 3",
        "cat, inks: none; level 0 of 8, row 0 of 1, column 0 of 1",
        "cat, inks: none; level 99999999999999999999 of 64, row 0 of 2, column 0 of 2",
    ],
)
def test_a_think_step_that_names_no_tile_is_refused(think):
    with pytest.raises(LayerError):
        read_think(think)


@given(documents())
def test_a_think_step_says_what_is_drawn_and_which_tile(document):
    assert read_think(f"{document.subject}, inks: {document.inks}{document.place}") == (
        document.subject,
        document.inks,
        document.tile,
    )


def test_a_vocabulary_without_place_words_tells_the_name_alone(vocabulary):
    assert isinstance(vocabulary, Vocabulary)
    document = LayerDocument("cat", INKS, COARSE_TILE, pixels=np.zeros((8, 8), np.uint8))
    ids, _ = tokenise(segments(document), vocabulary)
    assert (ids == vocabulary.things("cat")[0]).sum() == 64
