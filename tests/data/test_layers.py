"""Layers to learn from: the same ones in every run, true where they are clean, and wrong only in what is read."""

import numpy as np
import pytest

from tiledraw.data.layers import LayerConfig, LayerSource, render_layer
from tiledraw.format.layers import guide_of, known_level, layer_tiles
from tiledraw.format.palettes import parse_palette
from tiledraw.format.weaving import DRAW
from tiledraw.language.attributes import SCENERY

CONFIG = LayerConfig(("cat", "sun", "hot dog"), background_share=0.3)
KINDS = ("coarse", "layer")


def parts(document):
    return [getattr(document, name) for name in ("guide", "top", "left", "pixels", "slipped")]


def same(one, other):
    named = (one.subject, one.inks, one.tile) == (other.subject, other.inks, other.tile)
    return named and all(np.array_equal(a, b) for a, b in zip(parts(one), parts(other), strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_documents_are_the_same_in_every_run_and_others_by_number_and_split(kind):
    source = LayerSource(CONFIG)
    for index in range(20):
        assert same(source.document(kind, index), LayerSource(CONFIG).document(kind, index))
    other = LayerSource(CONFIG, "validation")
    assert not all(same(source.document(kind, index), other.document(kind, index)) for index in range(20))


def test_clean_documents_show_a_layer_as_it_is():
    source = LayerSource(LayerConfig(CONFIG.subjects, background_share=0.0).clean(), "validation")
    for index in range(60):
        document = source.document("layer", index)
        side, tile = 8 << document.tile.level, document.tile
        inks, pixels = render_layer(document.subject, side)
        rows, columns = tile.slices
        assert document.inks == inks and np.array_equal(document.pixels, pixels[rows, columns])
        assert np.array_equal(document.guide, guide_of(render_layer(document.subject, side // 2)[1], tile))
        assert (document.top is None) == (tile.row == 0) and (document.left is None) == (tile.column == 0)
        if tile.row:
            assert np.array_equal(document.top, pixels[rows.start - 1, columns])
        assert document.slipped is None


def test_tiles_leave_something_to_draw_wherever_a_level_does():
    source = LayerSource(CONFIG)
    for index in range(100):
        document = source.document("layer", index, side=128)
        if document.subject in CONFIG.subjects:
            assert (document.known == DRAW).any() or document.guide.std() >= 0


def test_corruption_touches_what_is_read_and_never_what_is_to_be_drawn():
    source = LayerSource(LayerConfig(CONFIG.subjects, background_share=0.0, guide_noise=1.0, slips=1.0))
    wrong = 0
    for index in range(40):
        document = source.document("layer", index)
        side = 8 << document.tile.level
        pixels = render_layer(document.subject, side)[1][document.tile.slices]
        assert np.array_equal(document.pixels, pixels)
        wrong += not np.array_equal(document.slipped, pixels)
        assert document.guide.shape == (document.tile.side // 2 + 2,) * 2
    assert wrong > 20


def test_levels_come_as_often_as_their_weights_say():
    source = LayerSource(LayerConfig(("cat",), level_weights={16: 1, 64: 3}))
    levels = [source.document("layer", index).tile.level for index in range(400)]
    assert set(levels) == {1, 3} and 0.68 < np.mean(np.array(levels) == 3) < 0.82


def test_every_ink_of_a_layer_is_in_its_list():
    for name in (*CONFIG.subjects, *SCENERY):
        for side in (8, 16, 64):
            inks, pixels = render_layer(name, side, 7)
            assert pixels.shape == (side, side) and pixels.max() < len(parse_palette(inks).inks)


def test_a_background_differs_by_seed_and_is_the_same_at_every_level():
    one, other = render_layer("hills", 64, 1)[1], render_layer("hills", 64, 2)[1]
    assert not np.array_equal(one, other)
    finer = render_layer("hills", 128, 1)[1]
    assert (finer[::2, ::2] == one).mean() > 0.95


@pytest.mark.parametrize("name", ["umbrella", "basketball", "wine glass", "book", "diamond"])
def test_no_line_is_lost_that_a_later_level_could_not_draw(name):
    """The shaft of the umbrella falls between the middles of 32 pixels."""
    coarse, fine = render_layer(name, 32)[1], render_layer(name, 64)[1]
    known = known_level(coarse, 3)
    assert ((known == DRAW) | (known == fine)).all()
    assert set(np.unique(coarse)) <= set(np.unique(fine))


def test_known_pixels_of_true_layers_are_almost_never_wrong():
    wrong = count = 0
    for name in CONFIG.subjects:
        for level in (4, 5):
            known = known_level(render_layer(name, 8 << level - 1)[1], level)
            pixels = render_layer(name, 8 << level)[1]
            wrong += ((known != DRAW) & (known != pixels)).sum()
            count += pixels.size
    assert wrong / count < 0.0005 and len(layer_tiles(5)) == 64


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"subjects": ("wyvern",)}, "layers.subjects is 'wyvern'; that subject is unknown"),
        ({"subjects": ("cat",), "backgrounds": ("hell",)}, "layers.backgrounds is 'hell'; that background is unknown"),
        ({"subjects": ("cat",), "level_weights": {24: 1.0}}, "a key of layers.level_weights is 24; levels have 16, 32"),
        ({"subjects": ("cat",), "level_weights": {8: 1.0}}, "a key of layers.level_weights is 8; levels have 16, 32"),
    ],
)
def test_what_can_not_be_drawn_is_refused(values, message):
    with pytest.raises(ValueError, match=message):
        LayerConfig(**values)
