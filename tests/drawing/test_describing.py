"""Describing: a picture that was drawn here says itself what it shows, in both languages."""

import numpy as np
import pytest
from drawn_pictures import save
from PIL import Image

from tiledraw.drawing.describing import Description, described, told
from tiledraw.language.boxes import Box
from tiledraw.language.plan import Placement, Plan

PLAN = Plan((Placement("cat", Box(0, 0, 12, 12), "brown"),))


def test_a_plan_is_put_into_words_in_both_languages():
    assert described(PLAN) == Description(PLAN, "A brown cat in the top-left corner.")
    assert described(PLAN, "zh").sentence == "左上角有一只棕色的猫。"
    assert described(PLAN, over=True).sentence == "A brown cat in the top-left corner, over a picture."


def test_a_picture_says_its_plan_and_one_of_the_first_edition_too(painter, tmp_path):
    picture = painter.draw(size=64, plan=PLAN)
    picture.save(tmp_path / "cat.png")
    for source in (picture, tmp_path / "cat.png", str(tmp_path / "cat.png")):
        assert told(source) == described(PLAN)
    old = "placements: [{subject: cat, location: top-left}]"
    assert told(save(tmp_path / "old.png", plan=old)).plan == Plan((Placement("cat", Box(0, 0, 12, 12)),))


def test_what_says_nothing_of_use_tells_nothing(tmp_path):
    save(tmp_path / "none.png", plan=None)
    save(tmp_path / "damaged.png", plan="placements: 7")
    (tmp_path / "text.png").write_text("a cat")
    for name in ("none.png", "damaged.png", "text.png", "missing.png"):
        assert told(tmp_path / name) is None
    assert told(np.zeros((32, 32), np.uint8)) is None and told(Image.new("RGB", (9, 9))) is None


def test_another_language_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'fr' is unknown; known are en, zh"):
        told(save(tmp_path / "cat.png"), "fr")
