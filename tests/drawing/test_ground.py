"""Drawing over a picture: it stays as it is wherever the layers leave it open, in its own size and colours."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

import tiledraw.cli.main
from tiledraw.drawing.describing import told
from tiledraw.drawing.ground import free_rectangle, mask_from_text, mask_to_text
from tiledraw.drawing.job import Job
from tiledraw.drawing.opening import read_ground
from tiledraw.drawing.openraster import read_openraster, write_openraster
from tiledraw.drawing.restacking import open_layered
from tiledraw.language.boxes import Box
from tiledraw.language.plan import Placement, Plan

PLAN = Plan((Placement("sun", Box(0, 0, 10, 10)), Placement("cat", Box(12, 16, 28, 32))), "none")


@pytest.fixture(scope="module")
def photo():
    """No side of it is of whole tiles."""
    return np.random.default_rng(0).integers(0, 256, (77, 101, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def drawn(painter, photo):
    return painter.draw(plan=PLAN, over=Image.fromarray(photo), seed=3)


@pytest.fixture(scope="module")
def path(drawn, tmp_path_factory):
    path = tmp_path_factory.mktemp("over") / "drawn.ora"
    drawn.save(path)
    return path


def opened(picture):
    """Where the layers above the picture leave it open, `(height, width)` bool."""
    mask = np.ones((picture.height, picture.width), dtype=bool)
    for layer in picture.layers[1:]:
        mask[max(0, layer.box.y0) : max(0, layer.box.y1), max(0, layer.box.x0) : max(0, layer.box.x1)] = False
    return mask


def test_every_pixel_that_no_layer_covers_stays(drawn, photo):
    assert drawn.size == (101, 77) and drawn.mode == "RGB" and len(drawn.layers) == 3
    changed = (np.asarray(drawn) != photo).any(-1)
    assert changed.any() and not (changed & opened(drawn)).any()


def test_transparent_pixels_stay_transparent(painter):
    photo = np.random.default_rng(1).integers(0, 256, (64, 64, 4), dtype=np.uint8)
    photo[photo[..., 3] == 0] = 0  # what nothing is has no colour
    drawn = painter.draw(plan=PLAN, over=Image.fromarray(photo))
    assert drawn.mode == "RGBA"
    assert (np.asarray(drawn) == photo)[opened(drawn)].all()


def test_things_lie_where_the_plan_says_of_the_middle_of_the_picture(drawn):
    (x, y), (width, height) = (2, 6), (96, 64)  # the largest canvas of whole tiles, and where it begins
    sun = drawn.layers[1].box
    assert (sun.x0, sun.y0, sun.width) == (x, y - (width - height) // 2 // 32 * 32, 30)


def test_the_layered_file_can_be_changed_and_the_picture_stays(painter, path, drawn, photo):
    changed = painter.edit(path, remove="sun")
    assert [layer.name for layer in changed.layers] == ["picture", "cat"]
    assert (np.asarray(changed) == photo)[opened(changed)].all()
    again = painter.edit(changed, add="a sun at the top right")
    assert (np.asarray(again) == photo)[opened(again)].all()
    assert read_openraster(path).layers[0].colours.shape == (77, 101, 4)


def test_a_file_without_the_picture_says_so(painter, drawn, tmp_path):
    drawn.save(tmp_path / "drawn.png")
    description = told(tmp_path / "drawn.png")
    assert description.plan.placements == PLAN.placements and description.sentence.endswith(", over a picture.")
    with pytest.raises(ValueError, match=r"the picture below the layers is not in this file; change the \.ora"):
        painter.edit(tmp_path / "drawn.png", remove="sun")


def test_another_picture_below_the_layers_is_not_taken_for_it(drawn, photo, tmp_path):
    below, *above = drawn.layers
    write_openraster(
        tmp_path / "other.ora", drawn.size, [replace(below, colours=below.colours[::-1]), *above], drawn.chunks
    )
    layered = open_layered(tmp_path / "other.ora")
    assert layered.record.over is not None and layered.ground is None


def test_a_background_that_would_not_be_seen_is_refused(painter, path):
    with pytest.raises(ValueError, match="the picture below the layers is their background; beach would not be seen"):
        painter.edit(path, background="beach")


@pytest.mark.parametrize("asked", [{"prompt": "a cat on the grass"}, {"prompt": "a cat", "background": "navy"}])
def test_a_background_fills_all_that_is_free(painter, photo, asked):
    free = np.zeros((77, 101), dtype=bool)
    free[8:60, 30:90] = free[0:20, 5:35] = True  # no rectangle
    mask = np.where(free[..., None], np.uint8([0, 0, 0, 0]), np.uint8([9, 9, 9, 255]))
    drawn = painter.draw(**asked, over=photo, mask=mask, planner="rules")
    assert (np.asarray(drawn) == photo)[~free].all() and (np.asarray(drawn) != photo).any(-1)[free].mean() > 0.99
    assert [layer.name for layer in drawn.layers[:2]] == ["picture", drawn.plan.background]


def test_a_background_comes_and_goes_within_a_mask(painter, photo, tmp_path):
    drawn = painter.draw("a cat", over=photo, mask=masked((101, 77), MASKS["a box"]), planner="rules")
    assert drawn.plan.background == "none" and len(drawn.layers) == 2
    drawn.save(tmp_path / "drawn.ora")
    navy = painter.edit(tmp_path / "drawn.ora", background="navy")
    assert (np.asarray(navy)[8, 30] == (20, 40, 75)).all() and (np.asarray(navy)[:8] == photo[:8]).all()
    again = painter.edit(navy, background="none")
    assert (np.asarray(again) == np.asarray(drawn)).all()


def test_it_keeps_its_size(painter, path):
    for larger in (lambda: painter.enlarge(path, 202), lambda: painter.extend(path, left=32)):
        with pytest.raises(ValueError, match="stays as large as that"):
            larger()


def test_a_background_that_the_prompt_asks_for_is_left_out_aloud(painter):
    ground = read_ground(np.zeros((64, 64, 3), np.uint8))
    ready = painter._plan(Job("a cat at night", over=ground))
    assert ready.plan.background == "none" and "the picture stays the background, in place of night" in ready.remark


def test_it_is_seen_upright(tmp_path):
    tag = Image.Exif()
    tag[0x0112] = 6  # turned to the left by the camera
    Image.new("RGB", (96, 64), "red").save(tmp_path / "turned.jpg", exif=tag)
    assert read_ground(tmp_path / "turned.jpg").size == (64, 96)


MASKS = {
    "a box": (slice(8, 60), slice(30, 90)),
    "a corner": (slice(0, 20), slice(81, 101)),
    "a line": (slice(40, 41), slice(0, 101)),
    "a pixel": (slice(76, 77), slice(0, 1)),
}


def masked(size, *places):
    """A mask that is transparent in places."""
    mask = np.full((size[1], size[0], 4), 255, np.uint8)
    for place in places:
        mask[place] = 0
    return mask


@pytest.mark.parametrize("places", MASKS.values(), ids=MASKS)
def test_outside_of_the_mask_every_pixel_stays(painter, photo, places):
    drawn = painter.draw(plan=PLAN, over=photo, mask=masked((101, 77), places))
    outside = np.ones((77, 101), dtype=bool)
    outside[places] = False
    assert (np.asarray(drawn) == photo)[outside].all()


def test_what_is_drawn_lies_within_the_part_that_may_change(painter, photo):
    rows, columns = MASKS["a box"]
    drawn = painter.draw(plan=PLAN, over=photo, mask=masked((101, 77), (rows, columns)))
    assert (np.asarray(drawn) != photo).any()
    for layer in drawn.layers[1:]:
        assert columns.start <= layer.box.x0 < layer.box.x1 <= columns.stop
        assert rows.start <= layer.box.y0 < layer.box.y1 <= rows.stop


def test_a_masked_picture_is_its_layers_and_can_be_changed_within_the_mask(painter, photo, tmp_path):
    blob = np.hypot(*np.mgrid[-38:39, -60:41]) < 30  # of no straight edge
    mask = np.where(blob[..., None], np.uint8([0, 0, 0, 0]), np.uint8([9, 9, 9, 255]))
    drawn = painter.draw(plan=PLAN, over=photo, mask=mask, seed=3)
    drawn.save(path := tmp_path / "masked.ora")
    file = read_openraster(path)
    stack = Image.fromarray(file.layers[0].colours)
    for layer in file.layers[1:]:
        stack.alpha_composite(Image.fromarray(layer.colours), (layer.x, layer.y))
    assert np.abs(np.asarray(stack).astype(int) - file.merged).max() <= 1  # Pillow rounds otherwise
    assert (open_layered(path).ground.free == blob).all()
    changed = painter.edit(path, replace={"cat": "house"})
    assert (np.asarray(changed) == photo)[~blob].all() and changed.layers[1].box == drawn.layers[1].box


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (masked((64, 64), MASKS["a box"]), "the mask has 64x64 pixels, the picture 101x77"),
        (masked((101, 77)), "the mask is nowhere transparent; what is transparent may change"),
    ],
)
def test_a_mask_that_fits_no_picture_is_refused(painter, photo, mask, reason):
    with pytest.raises(ValueError, match=reason):
        painter.draw("a cat", over=photo, mask=mask)
    with pytest.raises(ValueError, match="give that picture, too, as over"):
        painter.draw("a cat", mask=mask)


@pytest.mark.parametrize("places", MASKS.values(), ids=MASKS)
def test_the_free_rectangle_of_a_rectangle_is_all_of_it(places):
    free = np.zeros((77, 101), dtype=bool)
    free[places] = True
    (rows, columns), box = places, free_rectangle(free)
    assert (box.x0, box.y0, box.x1, box.y1) == (columns.start, rows.start, columns.stop, rows.stop)


def test_the_free_rectangle_leaves_out_what_sticks_out_and_passes_over_small_holes():
    free = np.zeros((300, 400), dtype=bool)
    free[100:250, 150:350] = True
    free[20:110, 100:112] = free[60:70, 100:300] = True  # a stroke of the brush
    free[180:183, 200:203] = False
    box = free_rectangle(free)
    assert abs(np.subtract((150, 100, 350, 250), (box.x0, box.y0, box.x1, box.y1))).max() <= 6
    disc = np.hypot(*np.mgrid[-100:101, -100:101]) < 100
    box = free_rectangle(disc)
    assert 110 <= box.width <= 190 and 110 <= box.height <= 190
    assert disc[box.y0 : box.y1, box.x0 : box.x1].mean() > 0.9


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32))
def test_masks_become_texts_and_come_back(width, height, seed):
    free = np.random.default_rng(seed).random((height, width)) < 0.5
    free[0, 0] = True
    text = mask_to_text(free)
    assert (mask_from_text(text, (width, height)) == free).all()
    for damaged, size in ((text, (width + 8, height)), (text[4:], (width, height)), ("", (width, height))):
        with pytest.raises(ValueError, match="is damaged"):
            mask_from_text(damaged, size)


@pytest.mark.parametrize(
    "image, reason",
    [
        (Image.new("RGB", (31, 64)), "31x64 pixels can't be drawn over; give a picture of 32 to 4096 a side"),
        (Image.new("I;16", (64, 64)), "more colours than 8 bits hold"),
    ],
)
def test_what_can_not_lie_below_is_refused(image, reason):
    with pytest.raises(ValueError, match=reason):
        read_ground(image)


def test_the_command_line_draws_over_a_file(painter_folder, photo, tmp_path, capsys):
    Image.fromarray(photo).save(tmp_path / "photo.png")
    arguments = ["a cat", "--over", str(tmp_path / "photo.png"), "--model", str(painter_folder)]
    assert tiledraw.cli.main.main([*arguments, "-o", str(tmp_path / "out.png")]) == 0
    assert Image.open(tmp_path / "out.png").size == (101, 77)
    for option in (("--size", "64"), ("--background", "navy"), ("--flat",)):
        assert tiledraw.cli.main.main([*arguments, *option, "-o", str(tmp_path / "b.png")]) == 2
        assert f"leave {option[0]} out" in capsys.readouterr().err
    missing = ["a cat", "--over", str(tmp_path / "no.png"), "-o", str(tmp_path / "b.png")]
    assert tiledraw.cli.main.main(missing) == 2 and "can't be opened" in capsys.readouterr().err
    assert not (tmp_path / "b.png").exists()


def test_the_command_line_draws_within_a_mask(painter_folder, photo, tmp_path, capsys):
    Image.fromarray(photo).save(tmp_path / "photo.png")
    Image.fromarray(masked((101, 77), MASKS["a box"])).save(tmp_path / "mask.png")
    model = ("--model", str(painter_folder), "-o", str(tmp_path / "out.png"))
    within = ("--mask", str(tmp_path / "mask.png"))
    assert tiledraw.cli.main.main(["a cat", "--over", str(tmp_path / "photo.png"), *within, *model]) == 0
    rows, columns = np.nonzero((np.asarray(Image.open(tmp_path / "out.png")) != photo).any(-1))
    assert rows.size and rows.min() >= 8 and rows.max() < 60 and columns.min() >= 30 and columns.max() < 90
    assert tiledraw.cli.main.main(["a cat", *within, *model]) == 2
    assert "give that, too: --over PICTURE" in capsys.readouterr().err


def test_a_picture_is_not_overwritten(painter_folder, photo, tmp_path, capsys):
    Image.fromarray(photo).save(path := tmp_path / "photo.png")
    before = path.read_bytes()
    arguments = ["a cat", "--over", str(path), "--model", str(painter_folder), "-o", str(path)]
    assert tiledraw.cli.main.main(arguments) == 2 and "itself, which is read" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert tiledraw.cli.main.main([*arguments, "--plan-only"]) == 2 and path.read_bytes() == before
    path.rename(numbered := tmp_path / "photo-0.png")
    arguments[2] = str(numbered)
    assert tiledraw.cli.main.main([*arguments, "-n", "2"]) == 2 and numbered.read_bytes() == before


def test_plan_only_is_the_plan_that_is_drawn(painter_folder, photo, tmp_path, capsys):
    Image.fromarray(photo).save(tmp_path / "photo.png")
    arguments = ["a cat at night", "--over", str(tmp_path / "photo.png"), "--model", str(painter_folder)]
    assert tiledraw.cli.main.main([*arguments, "--plan-only"]) == 0
    out, err = capsys.readouterr()
    assert "background: none" in out and "in place of night" in err
    assert tiledraw.cli.main.main([*arguments, "--strict", "-o", str(tmp_path / "b.png")]) == 2
    arguments[0] = "on the grass"
    assert tiledraw.cli.main.main([*arguments, "-o", str(tmp_path / "b.png")]) == 2
    assert "nothing to draw over" in capsys.readouterr().err and not (tmp_path / "b.png").exists()
    Image.fromarray(masked((101, 77), MASKS["a box"])).save(tmp_path / "mask.png")
    assert tiledraw.cli.main.main([*arguments, "--mask", str(tmp_path / "mask.png"), "--plan-only"]) == 0
    assert "background: grass" in capsys.readouterr().out


@pytest.mark.parametrize("source", [b"picture", 3, np.zeros((64, 64, 3)), np.zeros((64, 64, 5), np.uint8)])
def test_what_is_no_picture_is_refused_in_a_sentence(source):
    with pytest.raises(ValueError, match="to draw over is"):
        read_ground(source)


def test_colours_of_another_profile_become_those_of_layers(tmp_path):
    image = Image.new("RGB", (64, 64), (10, 200, 30))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image.save(tmp_path / "same.png", icc_profile=srgb)
    image.save(tmp_path / "broken.png", icc_profile=b"no profile")
    for name in ("same", "broken"):
        assert (read_ground(tmp_path / f"{name}.png").colours[0, 0] == (10, 200, 30, 255)).all()
