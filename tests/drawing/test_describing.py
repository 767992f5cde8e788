"""Describing: any picture becomes a plan and a sentence or one clear refusal; the readings are those of training."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tiledraw.canvas.pyramid import Canvas
from tiledraw.data.scenes import render
from tiledraw.drawing.describing import Description, DescriptionError, describe, read, spread
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.events import PlanReady, SentenceReady
from tiledraw.format.parsing import parse
from tiledraw.format.reading import look, overview
from tiledraw.format.vocabulary import IM_END
from tiledraw.language.boxes import Box
from tiledraw.language.first.plan import Placement, Plan

PLAN = Plan((Placement("sun", Box(5, 0, 8, 3)), Placement("cat", Box(0, 4, 4, 8))), "light")
PICTURE = render(PLAN, 64, 16)
SEEN = "background: light\n5 0 8 3\n0 4 4 8"


class Reader:
    """A decoder that answers the overview, then the looks, then the plan, and keeps what it was shown."""

    def __init__(self, vocabulary, *answers):
        self.vocabulary, self.answers, self.shown = vocabulary, [*answers], []

    def start(self, rows, room):
        end = self.vocabulary.words[IM_END]
        answers = self.answers.pop(0)
        answers = [answers] if isinstance(answers, str) else answers
        self.left = [[*self.vocabulary.encode(answer), end] for answer in answers]
        for row, left in zip(rows, self.left, strict=True):
            self.shown.append(parse([*row, *left], self.vocabulary))
        return np.zeros((len(rows), 1))

    def feed(self, ids, positions=None):
        for left, chosen in zip(self.left, ids[:, 0].tolist(), strict=True):
            if left:
                assert left.pop(0) == chosen
        return np.zeros((len(ids), 1))

    def logits(self, hidden, start=0, stop=None):
        logits = np.zeros((len(self.left), self.vocabulary.size), np.float32)
        for row, left in enumerate(self.left):
            logits[row, left[0] if left else 0] = 100.0
            logits[row, self.vocabulary.base :] += 50 * (not left)  # what is no text is never drawn
        return logits


@pytest.fixture
def drawer(loaded, vocabulary):
    """Makes drawers that answer as told."""
    knows = replace(loaded, knowledge=replace(loaded.knowledge, describes=True))
    return lambda *answers: Drawer(knows, Reader(vocabulary, *answers))


def test_a_picture_is_seen_looked_at_and_put_into_words(drawer):
    answering = drawer(SEEN, [" sun", " cat"], "a sun at the top right and a cat at the bottom left")
    assert describe(answering, PICTURE) == Description(PLAN, "A sun at the top right and a cat at the bottom left.")
    first, *looks, last = answering.decoder.shown
    assert np.array_equal(first.pixels, overview(PICTURE, 16)) and first.text == SEEN
    for shown, placement in zip(looks, PLAN.placements, strict=True):
        assert np.array_equal(shown.pixels, look(PICTURE, placement.box, 16))
    assert last.pixels is None and last.asked.startswith("en\nbackground: light\n- sun: top-right, medium, 5 0 8 3")


def test_events_come_as_soon_as_they_are_known(drawer):
    events = read(drawer(SEEN, [" sun", " cat"], "右上角有一个太阳"), PICTURE, "zh")
    assert next(events).plan == PLAN
    assert next(events) == SentenceReady("右上角有一个太阳。")
    assert next(events, None) is None


def test_what_is_nothing_or_unknown_is_left_out(drawer):
    answers = ("background: white\n0 0 2 2\n3 0 5 2\n5 5 8 8\n0 5 3 8", [" nothing", " unknown", " fish", " dog"])
    assert next(read(drawer(*answers), PICTURE)).plan == Plan((Placement("fish", Box(5, 5, 8, 8)),))


def test_an_empty_picture_is_said_to_be_empty(drawer):
    for answers in (("background: light",), ("background: light\n0 0 2 2", [" nothing"])):
        ready, sentence = read(drawer(*answers), PICTURE)
        assert ready == PlanReady(Plan((), "light"), "background: light") and sentence.text == "An empty picture."


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        (("background: light\n0 0 2 2", [" unknown"]), "nothing that this model knows"),
        (("a cat",), "sense of the picture: the overview begins with 'a cat'"),
        (("background: pink",), "background 'pink' is unknown"),
        (("background: light\n4 4 4 8",), "'4 4 4 8' in place of a box"),
        (("background: light\n" * 40,), "in place of a box"),
        ((SEEN, [" sun", " sun"], " "), "no words"),
    ],
)
def test_answers_that_make_no_sense_are_one_sentence(drawer, answers, why):
    with pytest.raises(DescriptionError, match=f"^[^\\n]*{why}[^\\n]*$"):
        describe(drawer(*answers), PICTURE)


def test_a_model_that_never_learned_to_read_says_so(loaded):
    with pytest.raises(DescriptionError, match=r"has not learned to describe"):
        describe(Drawer(loaded, None), PICTURE)


def test_another_language_is_refused(drawer):
    with pytest.raises(ValueError, match="'fr' is unknown; known are en, zh"):
        describe(drawer(), PICTURE, "fr")


def test_an_untrained_model_describes_or_refuses(loaded):
    from tiledraw.engine.decoders import make_decoder

    knows = replace(loaded, knowledge=replace(loaded.knowledge, describes=True))
    with pytest.raises(DescriptionError):
        describe(Drawer(knows, make_decoder(loaded)), PICTURE)


def test_any_picture_file_is_read(drawer):
    file = io.BytesIO()
    Image.fromarray(PICTURE).convert("RGBA").resize((50, 30)).save(file, "WEBP")
    answering = drawer("background: light\n0 4 4 6", [" cat"], "a cat")
    assert describe(answering, file.getvalue()).plan.canvas == Canvas(64, 32).cells


@pytest.mark.parametrize("size", [(32, 32), (256, 128), (96, 256), (512, 512)])
def test_pictures_of_whole_tiles_are_spread_as_they_were_drawn(size):
    canvas = Canvas(*size)
    picture = np.random.default_rng(0).integers(0, 256, (canvas.height, canvas.width)).astype(np.uint8)
    square, spread_canvas = spread(picture)
    assert spread_canvas == canvas and square.shape == (canvas.side, canvas.side)
    assert np.array_equal(canvas.crop(square), picture)


@pytest.mark.parametrize("size", [(1, 1), (7, 3000), (4096, 2048), (33, 31)])
def test_pictures_of_other_sizes_are_resampled_and_keep_their_ground(size):
    square, canvas = spread(np.full(size[::-1], 170, dtype=np.uint8))
    assert (square == 170).all() and square.shape == (canvas.side, canvas.side) and canvas.side <= 512
