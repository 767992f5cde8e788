"""Stacking: each layer is drawn large enough, goes where its box is, and looks as its placement says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.canvas.composing import compose
from tiledraw.canvas.pyramid import Canvas
from tiledraw.data.layers import render_layer
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.stacking import DrawnLayer, dressed, in_pixels, layers_of, levels_needed, square_of
from tiledraw.format.palettes import PaletteError, parse_palette
from tiledraw.language.attributes import MATERIALS, PATTERNS, STYLES
from tiledraw.language.boxes import Box, PlanError, UnknownSubjectError
from tiledraw.language.plan import Placement, Plan


def drawn(name, side=64):
    levels = [render_layer(name, 8 << level) for level in range(side.bit_length() - 3)]
    return DrawnLayer(parse_palette(levels[-1][0]), [pixels for _, pixels in levels])


CAT = Placement("cat", Box(0, 0, 16, 16))


@pytest.mark.parametrize(("cells", "side"), [(2, 64), (4, 64), (8, 128), (16, 256), (32, 512), (5, 128)])
def test_a_layer_is_drawn_at_least_twice_as_large_as_its_box_and_small_ones_four_times(cells, side):
    plan = Plan((Placement("cat", Box(0, 0, cells, cells)),))
    level = levels_needed(plan, Canvas(256, 256))["cat"]
    assert 8 << level == side
    box = 8 * cells
    assert (8 << level) >= (4 if box < 32 else 2) * box > (8 << level) / 2


def test_a_subject_that_stands_there_twice_is_drawn_once_as_large_as_the_largest():
    plan = Plan((Placement("cat", Box(0, 0, 4, 4)), Placement("sun", Box(0, 0, 8, 8)), CAT), "hills")
    assert levels_needed(plan, Canvas(256, 256)) == {"hills": 5, "cat": 5, "sun": 4}
    assert levels_needed(Plan((CAT,), "navy"), Canvas(256, 256)) == {"cat": 5}


@given(st.integers(32, 4096), st.integers(1, 128).map(lambda n: 32 * n), st.data())
def test_boxes_in_pixels_lie_in_the_picture_and_touch_where_cells_touch(grid, side, data):
    x0, y0 = (data.draw(st.integers(0, grid - 1)) for _ in range(2))
    x1, y1 = (data.draw(st.integers(start + 1, grid)) for start in (x0, y0))
    box = in_pixels(Box(x0, y0, x1, y1), grid, side)
    assert 0 <= box.x0 < box.x1 and 0 <= box.y0 < box.y1
    if side >= grid:
        assert box.x1 <= side and box.y1 <= side
        if x1 < grid:
            assert in_pixels(Box(x1, y0, grid, y1), grid, side).x0 == box.x1


def test_a_box_shows_its_subject_in_the_largest_square_in_its_middle():
    plan = Plan((Placement("cat", Box(4, 8, 28, 16)),))
    assert square_of(plan, plan.placements[0], Canvas(256, 256)) == Box(96, 64, 160, 128)
    assert square_of(plan, plan.placements[0], Canvas(256, 128)) == Box(96, 0, 160, 64)


def test_a_plan_becomes_a_picture_of_its_layers_in_their_order():
    plan = Plan((CAT, Placement("sun", Box(0, 0, 16, 16))), "navy")
    names = {"cat": drawn("cat", 128), "sun": drawn("sun", 128)}
    layers = layers_of(plan, Canvas(64, 64), names)
    assert [layer.name for layer in layers] == ["navy", "cat", "sun"]
    picture = compose((64, 64), layers)
    assert (picture[..., 3] == 255).all() and picture[63, 63, :3].tolist() == [0x14, 0x28, 0x4B]
    middle = picture[16, 16, :3].tolist()
    assert middle == [0xFC, 0xEA, 0x2B]  # the sun is in front


def test_without_a_background_what_is_not_there_is_transparent():
    picture = compose((64, 64), layers_of(Plan((CAT,), "none"), Canvas(64, 64), {"cat": drawn("cat", 128)}))
    assert picture[63, 63].tolist() == [0, 0, 0, 0] and picture[20, 20, 3] == 255


def test_a_scenery_fills_a_canvas_of_any_shape():
    layers = layers_of(Plan((), "grass"), Canvas(128, 64), {"grass": drawn("grass", 128)})
    assert (compose((128, 64), layers)[..., 3] == 255).all()


def looks(**attributes):
    cat = drawn("cat")
    return dressed(Placement("cat", Box(0, 0, 8, 8), **attributes), cat.palette, cat.levels[-1])


def test_a_placement_that_says_nothing_looks_as_drawn():
    (palette, inks), cat = looks(), drawn("cat")
    assert palette == cat.palette and np.array_equal(inks, cat.levels[-1])


def test_looks_change_inks_and_never_the_outline_of_what_is_there():
    cat = drawn("cat")
    for attributes in (
        {"colour": "blue"},
        {"parts": (("orange", "teal"),)},
        *({"pattern": pattern, "second": "red"} for pattern in PATTERNS),
        *({"material": material} for material in MATERIALS),
        *({"style": style} for style in STYLES),
        {"colour": "green", "pattern": "spotted", "style": "gray style"},
    ):
        palette, inks = looks(**attributes)
        assert palette != cat.palette
        assert np.array_equal(palette.paint(inks)[..., 3], cat.palette.paint(cat.levels[-1])[..., 3])


def test_a_part_gets_its_own_colour_and_a_part_that_is_not_there_is_refused():
    assert "teal" in looks(parts=(("dark orange", "teal"),))[0].inks
    with pytest.raises(PaletteError, match="'cat': it has no pink; its inks are none, black, orange, dark orange"):
        looks(parts=(("pink", "teal"),))


# Who plans ------------------------------------------------------------------------------------------------------------


def test_what_has_a_name_but_can_not_be_painted_is_refused_and_nothing_else_drawn_in_its_place(painter):
    with pytest.raises(UnknownSubjectError, match=r"^I don't know how to draw 'shark'"):
        painter.plan("a shark and a tree", Canvas(64, 64))


def test_a_refusal_names_a_word_of_the_prompt(painter):
    with pytest.raises(UnknownSubjectError, match=r"^I don't know how to draw 'throne'"):
        painter.plan("a cat on a throne", Canvas(64, 64))


def test_without_a_thinker_fixed_rules_understand_the_prompt(painter):
    drawer = Drawer(painter.loaded, painter.decoder)
    ready = drawer.plan("two red cats under a big one on the grass", Canvas(64, 64))
    assert ready.plan.subjects.count("cat") == 3 and ready.plan.background == "grass" and not ready.remark
    assert ready.thought == "- 2 cat, red, under cat 2\n- 1 cat, large\nbackground: grass"


def test_what_is_in_doubt_is_said_and_refused_if_that_is_wanted(painter):
    prompt = "a cat on 2 blue and green"
    assert "nothing in the plan is" in painter.plan(prompt, Canvas(64, 64), planner="rules").remark
    with pytest.raises(PlanError, match=r"nothing in the plan is .*; leave strict out"):
        painter.plan(prompt, Canvas(64, 64), planner="rules", strict=True)


def test_what_is_unknown_is_left_out_if_that_is_wanted(painter):
    ready = painter.plan("a cat on a zeppelin", Canvas(64, 64), without_unknown=True)
    assert ready.plan.subjects == ("cat",) and ready.remark == "left out: 'zeppelin'"


def test_seeds_give_layouts_of_their_own(painter):
    plans = [painter.plan("a cat and a big cat", Canvas(64, 64), seed=seed).plan for seed in (0, 1, 2, 3, 0)]
    assert len(set(plans)) == 4 and plans[0] == plans[4]
