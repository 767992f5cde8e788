"""Describing: a picture in our style is seen though it says nothing of itself, and any other one is refused."""

import numpy as np
import pytest
from PIL import Image

from tiledraw.canvas.pictures import PictureError
from tiledraw.canvas.pyramid import Canvas
from tiledraw.drawing.describing import DescriptionError
from tiledraw.evaluation import judging
from tiledraw.evaluation.describing import describe
from tiledraw.evaluation.references import true_picture
from tiledraw.language.boxes import Box
from tiledraw.language.plan import Placement, Plan

PLAN = Plan((Placement("cat", Box(2, 14, 18, 30)),), "light blue")


@pytest.fixture(autouse=True)
def few_subjects(monkeypatch):
    """Looking for all subjects takes seconds."""
    real = judging.seen_in
    monkeypatch.setattr(judging, "seen_in", lambda picture, subjects: real(picture, ("cat", "sun", "house")))


def test_what_is_drawn_in_our_style_is_seen_in_files_arrays_and_images(tmp_path):
    pixels = true_picture(PLAN, Canvas(128, 128))[..., :3]
    described = describe(pixels)
    assert described.plan.subjects == ("cat",) and described.plan.background == "light blue"
    assert described.sentence.startswith("A") and "cat in the bottom-left corner" in described.sentence
    Image.fromarray(pixels).save(tmp_path / "cat.png")
    for same in (tmp_path / "cat.png", Image.fromarray(pixels)):
        assert describe(same) == described


def test_a_picture_of_any_size_is_looked_at():
    pixels = true_picture(PLAN, Canvas(512, 512))[..., :3]
    assert describe(pixels[:500, :490]).plan.subjects == ("cat",)


def test_what_shows_nothing_of_ours_is_refused_in_one_sentence(tmp_path):
    rng = np.random.default_rng(0)
    for pixels in (np.full((64, 64, 3), 255, np.uint8), rng.integers(0, 256, (96, 64, 3)).astype(np.uint8)):
        with pytest.raises(DescriptionError, match=r"^nothing that the painter draws is seen in the picture; [^\n]*$"):
            describe(pixels)
    with pytest.raises(PictureError, match=r"^[^\n]*none\.png can't be described: [^\n]*$"):
        describe(tmp_path / "none.png")
