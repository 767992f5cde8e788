"""Backgrounds that nobody asked for suit the things; one that a painter has not learned is refused by its name."""

import numpy as np
import pytest

from tiledraw.drawing.job import Job
from tiledraw.drawing.opening import read_ground
from tiledraw.language.boxes import PlanError


def test_a_background_that_the_painter_has_not_learned_is_refused_by_its_name(painter):
    assert "forest" not in painter.loaded.knowledge.backgrounds
    with pytest.raises(PlanError, match="does not know the background 'forest'; it knows"):
        painter._plan(Job("a cat in a forest"))


def test_a_prompt_that_names_no_background_has_a_usual_one_unless_told_or_over_a_picture(painter):
    assert painter._plan(Job("a cat")).plan.background == "grass"
    assert painter._plan(Job("a cat", background="white")).plan.background == "white"
    ground = read_ground(np.zeros((64, 64, 3), np.uint8))
    assert painter._plan(Job("a cat", over=ground)).plan.background == "none"
