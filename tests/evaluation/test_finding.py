"""Finding: true pictures show what was drawn and nothing else, damaged ones less surely; other pictures nothing."""

import numpy as np
import pytest
from scipy import ndimage

from tiledraw.canvas.pyramid import Canvas
from tiledraw.data.scenes import render
from tiledraw.evaluation.finding import (
    Detection,
    FinderRow,
    find_background,
    find_subjects,
    matches,
    measure_finder,
    overlap,
)
from tiledraw.language.boxes import Box
from tiledraw.language.first.plan import BACKGROUNDS, Placement, Plan

NAMES = ("cat", "sun", "tree", "fish", "house", "balloon")  # few, since each large glyph takes a while to draw
PLAN = Plan(
    (Placement("cat", Box(0, 4, 4, 8)), Placement("sun", Box(5, 0, 8, 3)), Placement("fish", Box(5, 5, 7, 7))), "light"
)


def seen(picture, names=NAMES, **options):
    """Subjects and boxes of a picture, without scores."""
    return {(detection.subject, detection.box) for detection in find_subjects(picture, names, **options)}


def drawn(plan):
    return {(placement.subject, placement.box) for placement in plan.placements}


def with_wrong_pixels(picture, part, seed=0):
    rng = np.random.default_rng(seed)
    return np.where(rng.random(picture.shape) < part, rng.integers(0, 256, picture.shape), picture).astype(np.uint8)


def bent(picture, seed=0):
    """Strokes off by up to 1/32 of the picture's side, smoothly."""
    side = len(picture)
    rng = np.random.default_rng(seed)
    off = np.stack([ndimage.gaussian_filter(rng.standard_normal((side, side)), side / 10, mode="wrap") for _ in "yx"])
    off *= side / 32 / np.abs(off).max()
    places = np.mgrid[:side, :side] + off
    return ndimage.map_coordinates(picture.astype(np.float32), places, order=1, mode="nearest").astype(np.uint8)


@pytest.mark.parametrize("side", [32, 64, 96, 128, 160, 256, 512, 1024])
def test_subjects_of_a_true_picture_are_found_in_their_boxes_at_each_size(side):
    found = find_subjects(render(PLAN, side, 16), NAMES)
    assert matches(PLAN.placements, found) == len(found) == 3
    assert all(type(detection.box.x0) is float and 0.9 <= detection.score <= 1 for detection in found)
    if side & (side - 1) == 0:  # the boxes are whole pixels after the reduction
        assert {(detection.subject, detection.box) for detection in found} == drawn(PLAN)


@pytest.mark.parametrize("name", BACKGROUNDS)
@pytest.mark.parametrize("side", [32, 128])
def test_subjects_and_the_background_are_found_on_each_background(name, side):
    plan = Plan(PLAN.placements, name)
    picture = render(plan, side, 16)
    assert seen(picture) == drawn(plan)
    assert find_background(picture, BACKGROUNDS) == name


@pytest.mark.parametrize("side", [32, 128])
def test_every_size_and_two_of_a_kind_are_found(side):
    huge = Plan((Placement("house", Box(0, 0, 6, 6)), Placement("sun", Box(6, 6, 8, 8))))
    pair = Plan((Placement("tree", Box(0, 1, 3, 4)), Placement("tree", Box(3, 1, 6, 4))), "gray")
    assert seen(render(huge, side, 16)) == drawn(huge)
    assert seen(render(pair, side, 16)) == drawn(pair)


def test_subjects_between_cells_are_found():
    found = find_subjects(np.roll(render(PLAN, 128, 16), (-5, 3), (0, 1)), ["sun", "fish"])  # the sun is cut at the top
    assert {detection.subject: detection.box for detection in found} == {
        "sun": Box(5 + 3 / 16, -5 / 16, 8 + 3 / 16, 3 - 5 / 16),
        "fish": Box(5 + 3 / 16, 5 - 5 / 16, 7 + 3 / 16, 7 - 5 / 16),
    }


@pytest.mark.parametrize("side", [32, 128, 256])
def test_pictures_without_subjects_show_none(side):
    for name in BACKGROUNDS:
        assert find_subjects(render(Plan((), name), side, 16), NAMES) == []
    for gray in (0, 100, 255):
        assert find_subjects(np.full((side, side), gray, np.uint8), NAMES) == []
    for seed in range(3):
        noise = np.random.default_rng(seed).integers(0, 256, (side, side), dtype=np.uint8)
        assert find_subjects(noise, NAMES) == []
        assert find_subjects(with_wrong_pixels(np.full((side, side), 221, np.uint8), 0.03, seed), NAMES) == []


@pytest.mark.parametrize("side", [32, 128])
def test_outlined_shapes_that_are_no_subject_seldom_show_one(side):
    y, x = np.abs(np.mgrid[:side, :side] / (side // 8) - 4)
    shown = []
    for reach in (1, 1.5, 2, 3):
        for shape in (np.maximum(x, y) < reach, np.maximum(x, 2 * y) < reach, x + y < reach):
            for gray in (136, 204):
                picture = np.where(shape, gray, 255).astype(np.uint8)
                picture[shape & ~ndimage.binary_erosion(shape, iterations=max(1, side // 64))] = 17
                shown.append(bool(find_subjects(picture, NAMES)))
    assert np.mean(shown) <= 0.1  # a compact one may pass for a balloon


def test_a_picture_of_one_subject_shows_no_other():
    for side in (32, 128):
        for name in NAMES:
            picture = render(Plan((Placement(name, Box(2, 2, 6, 6)),)), side, 16)
            assert find_subjects(picture, [other for other in NAMES if other != name]) == []


@pytest.mark.parametrize("side, least", [(32, 0.85), (128, 0.95), (256, 0.95)])  # at 32 the fish has but 8 pixels
def test_damaged_drawings_are_found_but_less_surely(side, least):
    picture = render(PLAN, side, 16)
    best = {detection.subject: detection.score for detection in find_subjects(picture, NAMES)}
    right = []
    for seed in range(4):
        for damaged in (with_wrong_pixels(picture, 0.03, seed), bent(picture, seed)):
            found = find_subjects(damaged, NAMES)
            right.append(matches(PLAN.placements, found))
            assert right[-1] == len(found)
            assert all(detection.score < best[detection.subject] for detection in found)
    assert sum(right) >= least * 3 * len(right)


@pytest.mark.parametrize("side", [32, 128, 256])
def test_what_is_mostly_missing_is_not_found(side):
    half = render(PLAN, side, 16)
    half[side * 5 // 8 :] = 221  # the fish, and all but the ears of the cat
    assert {subject for subject, _ in seen(half)} == {"sun"}


@pytest.mark.parametrize("height, width", [(64, 128), (256, 128), (96, 32), (512, 1024)])
def test_pictures_that_are_not_square_lie_in_the_middle_of_their_square(height, width):
    canvas = Canvas(width, height)
    cells = canvas.cells
    side = min(2, cells.width, cells.height)
    plan = Plan((Placement("cat", Box(cells.x0, cells.y0, cells.x0 + side, cells.y0 + side)),), "sky", cells)
    picture = canvas.crop(render(plan, canvas.side, 16))
    assert picture.shape == (height, width)
    assert seen(picture) == drawn(plan)
    assert find_background(picture, BACKGROUNDS) == "sky"


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((128, 128)),
        np.zeros((128, 128, 3), np.uint8),
        np.zeros((100, 100), np.uint8),
        np.zeros((8, 8), np.uint8),
        np.zeros((0, 32), np.uint8),
        [[0] * 32] * 32,
    ],
)
def test_what_is_no_picture_is_refused_in_one_sentence(picture):
    for find in (find_subjects, find_background):
        with pytest.raises(ValueError, match=r"^(a picture|the width|the height) must be [^.\n]+$"):
            find(picture, ["white"])


def test_unknown_subjects_and_no_backgrounds_are_refused_and_no_subjects_are_never_found():
    picture = render(PLAN, 32)
    with pytest.raises(KeyError):
        find_subjects(picture, ["nobody"])
    with pytest.raises(ValueError, match="no background"):
        find_background(picture, [])
    assert find_subjects(picture, []) == []


def test_the_same_picture_gives_the_same_and_stays_as_it_was():
    picture = bent(render(PLAN, 128, 16))
    before = picture.copy()
    first = find_subjects(picture, NAMES)
    assert first == find_subjects(picture.copy(), NAMES) and find_subjects(picture, NAMES[::-1]) == first
    assert np.array_equal(picture, before)
    assert [detection.score for detection in first] == sorted((detection.score for detection in first), reverse=True)


def test_a_lower_bar_shows_more_and_never_the_same_place_twice():
    found = find_subjects(render(PLAN, 128, 16), NAMES, sure=0.2)
    assert len(found) > 3 and matches(PLAN.placements, found) == 3
    assert all(overlap(one.box, other.box) < 0.5 for n, one in enumerate(found) for other in found[:n])


def test_each_expected_detection_is_matched_once():
    cat, near, far = (Detection("cat", Box(x, 0, x + 4, 4)) for x in (0, 1, 3))
    assert overlap(cat.box, near.box) == pytest.approx(12 / 20) and overlap(cat.box, Box(4, 0, 8, 4)) == 0
    assert matches([cat], [near, cat]) == 1 and matches([cat, cat], [cat]) == 1
    assert matches([cat], [far]) == 0 and matches([cat], [Detection("sun", cat.box)]) == 0


def test_measured_on_true_pictures_the_finder_is_right():
    rows = measure_finder(NAMES, ("small", "medium", "large"), ("white", "gray"), 16, (32, 128), count=6, seed=0)
    assert rows == [FinderRow(side, 6, recall=1.0, precision=1.0, elsewhere=0.0) for side in (32, 128)]
    [row] = measure_finder(["cat"], ["small"], ["white"], 16, [32], count=1, seed=0)
    assert row.recall == 1.0 and row.elsewhere == 0.0  # no other picture to look into
