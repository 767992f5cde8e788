"""Grammar: documents come back from their ids, the model draws just what is its own, and nothing else is a document."""

from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tiledraw.canvas.pyramid import ABSENT, Borders
from tiledraw.common.checks import as_read
from tiledraw.format.grammar import (
    FlatDocument,
    LayoutDocument,
    RequestDocument,
    TileDocument,
    is_refusal,
    segments,
    tokenise,
)
from tiledraw.format.parsing import GrammarError, parse, parse_tile
from tiledraw.format.vocabulary import BOTTOM, FRAME_WORDS, NONE, ROW0, TOP, Vocabulary
from tiledraw.format.weaving import DRAW, OF_WORD, WORD, weave, woven_row
from tiledraw.language.boxes import Box

SIDES = ("top", "left", "right", "bottom")
ROW = woven_row(32).length
LITERALS = st.sampled_from(
    [*FRAME_WORDS, "[PX7]", "user\n", "assistant\n", "layout\n", "flat\n", "describe ", "draw a cat", "画一只猫"]
)
TEXTS = st.lists(st.text(max_size=10) | LITERALS, max_size=4).map("".join).filter(lambda text: "unknown:" not in text)
PROMPTS = TEXTS.map(as_read)
CAPTIONED = TEXTS.map(lambda text: f"picture: {text}")
SEEDS = st.integers(0, 2**32)


def grays(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


@st.composite
def flats(draw):
    return FlatDocument(draw(PROMPTS), draw(TEXTS | CAPTIONED), grays(draw(SEEDS), 32, 32))


@st.composite
def layouts(draw):
    given_ = draw(st.sampled_from(["", "canvas: 0 2 8 6\n"]))
    if draw(st.booleans()):
        return LayoutDocument(draw(PROMPTS), given_, draw(TEXTS) + "unknown: " + draw(TEXTS))
    plans = st.sampled_from(["background: light\n- cat: top-left, medium, 0 0 3 3\n- sun: right, small, 6 2 8 4"])
    return LayoutDocument(draw(PROMPTS), given_, draw(TEXTS | plans | CAPTIONED), grays(draw(SEEDS), 8, 8))


@st.composite
def tiles(draw):
    rng = np.random.default_rng(draw(SEEDS))
    half = draw(st.sampled_from([8, 16]))
    guide = rng.integers(0, 256, (half + 1, half)).astype(np.int16)
    absent = draw(st.sampled_from(["none", "some", "last", "all"]))
    guide[{"none": slice(0), "last": half, "all": slice(None)}.get(absent, rng.random(guide.shape) < 0.3)] = ABSENT
    borders = Borders(**{side: grays(draw(SEEDS), 2 * half) for side in SIDES if draw(st.booleans())})
    thought = st.lists(
        st.sampled_from(["cat 0 -32 64 32", "sun 12 4 20 12", "hot dog -16 8 36 24", "star 32 0 40 32"]), max_size=3
    )
    thoughts = thought.map(
        lambda parts: f"level 2, row 3 of 4, column 0 of 4, light gray: {', '.join(parts) or 'nothing'}"
    )
    context = draw(st.none() | layouts().filter(lambda layout: not is_refusal(layout)))
    return TileDocument(draw(TEXTS | thoughts), guide, borders, grays(draw(SEEDS), 2 * half, 2 * half), context)


DOCUMENTS = st.one_of(flats(), layouts(), tiles())


def read_back(document):
    """The document as parsing gives it: a layout's given and thought text in one."""
    if isinstance(document, LayoutDocument):
        return replace(document, given="", think=document.given + document.think)
    if isinstance(document, TileDocument) and document.context:
        return replace(document, context=read_back(document.context))
    return document


def ids_of(document, vocabulary):
    return tokenise(segments(document), vocabulary)[0]


def a_tile(borders=SIDES, **changes):
    borders = Borders(**{side: grays(number, 32) for number, side in enumerate(SIDES) if side in borders})
    guide = grays(7, 17, 16).astype(np.int16)
    return replace(TileDocument("level 1", guide, borders, grays(8, 32, 32)), **changes)


# There and back ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", [LayoutDocument, FlatDocument])
def test_a_prompt_in_capitals_reads_like_one_in_small_letters(vocabulary, document):
    loud, low, other = (ids_of(document(prompt), vocabulary) for prompt in ("DRAW A CAT", "draw a cat", "Draw a cat"))
    assert loud.tolist() == low.tolist() != other.tolist()


@given(DOCUMENTS)
def test_documents_come_back_from_their_ids(vocabulary, same, document):
    assert same(parse(ids_of(document, vocabulary), vocabulary), read_back(document))


@pytest.mark.parametrize("kept", list(product([False, True], repeat=4)))
@pytest.mark.parametrize("absent", [slice(0), 16, slice(17)])
def test_tiles_come_back_with_every_subset_of_borders_and_absent_guides(vocabulary, same, kept, absent):
    tile = a_tile([side for side, keep in zip(SIDES, kept, strict=True) if keep])
    tile.guide[absent] = ABSENT
    ids = ids_of(tile, vocabulary)
    assert same(parse(ids, vocabulary), tile)
    assert same(parse(ids.tolist(), vocabulary), tile)


# What the model draws ------------------------------------------------------------------------------------------------


@given(tiles())
def test_of_a_tile_just_its_pixels_are_drawn_in_raster_order(vocabulary, tile):
    ids, drawn = tokenise(segments(tile), vocabulary)
    assert drawn.dtype == bool and len(ids) == len(drawn)
    assert drawn.sum() == tile.pixels.size
    assert np.array_equal(ids[drawn] - vocabulary.base, tile.pixels.ravel())


@given(flats() | layouts())
def test_of_an_image_its_pixels_and_thoughts_are_drawn_and_nothing_given(vocabulary, document):
    ids, drawn = tokenise(segments(document), vocabulary)
    is_pixel = np.array([vocabulary.code(i) is not None for i in ids]) & drawn
    pixels = 0 if is_refusal(document) else 1024 if isinstance(document, FlatDocument) else 64
    assert is_pixel.sum() == pixels
    if pixels:
        assert np.array_equal(ids[is_pixel] - vocabulary.base, document.pixels.ravel())
    text = ids[drawn & ~is_pixel].tolist()
    assert text.pop() == vocabulary.words["</think>"]
    assert vocabulary.decode(text) == document.think
    # what is drawn of the think step is one run that ends with it
    end = ids.tolist().index(vocabulary.words["</think>"])
    assert drawn[end - len(text) : end + 1].all() and drawn[: end + 1].sum() == len(text) + 1


def test_a_refusal_ends_after_its_think_step(vocabulary):
    refusal = LayoutDocument("draw a dragon", think="unknown: dragon")
    ids, drawn = tokenise(segments(refusal), vocabulary)
    words = [vocabulary.words[word] for word in ("</think>", "<|im_end|>")]
    assert ids[-2:].tolist() == words
    assert drawn[-2:].tolist() == [True, False]
    assert vocabulary.words["<|vision_start|>"] not in ids


@given(DOCUMENTS)
def test_free_pixels_stand_just_where_known_ones_are_drawn(vocabulary, document):
    assume(not is_refusal(document))
    ids, drawn = tokenise(segments(document), vocabulary)
    free, still = tokenise(segments(replace(document, pixels=None)), vocabulary)
    is_pixel = np.array([vocabulary.code(i) is not None for i in ids])
    assert np.array_equal(still, drawn)
    assert np.array_equal(free == DRAW, drawn & is_pixel)
    assert np.array_equal(free[free != DRAW], ids[free != DRAW])


@pytest.mark.parametrize("kind", [FlatDocument, LayoutDocument])
def test_a_thought_that_is_not_known_yet_ends_the_ids(vocabulary, kind):
    given_ = {"given": "canvas: 0 2 8 6\n"} if kind is LayoutDocument else {}
    whole, _ = tokenise(segments(kind("a cat", **given_, think="a thought")), vocabulary)
    start, drawn = tokenise(segments(kind("a cat", **given_)), vocabulary)
    assert np.array_equal(start, whole[: len(start)])
    assert not drawn.any()
    assert vocabulary.decode(start).endswith("canvas: 0 2 8 6\n" if given_ else "<think>flat\n")
    rest = vocabulary.decode(whole[len(start) : np.argmax(whole == DRAW)])
    assert rest.startswith("a thought</think><|vision_start|>")


# The woven block -----------------------------------------------------------------------------------------------------


def test_every_two_pixels_stand_after_their_guide_pixel():
    tile = a_tile(["left"])
    tile.guide[16] = ABSENT
    rows = weave(None, 32, tile.guide, tile.borders)[0].reshape(32, ROW)
    for y, row in enumerate(rows):
        assert row[:3].tolist() == [ROW0 + y % 8, tile.borders.left[y], NONE]
        shown = y // 2 + y % 2  # the lower of two rows looks ahead
        runs = row[3:].reshape(8, 8)[:, 2:].reshape(16, 3)
        assert runs[:, 0].tolist() == ([NONE] * 16 if shown == 16 else tile.guide[shown].tolist())
        assert (runs[:, 1:] == DRAW).all()


def test_every_run_is_told_what_is_there_and_where_in_it():
    contents = [("cat", Box(-16, 8, 16, 40)), ("sun", Box(24, 0, 32, 8))]
    codes, words = weave(contents, 32, a_tile().guide)
    assert words == ("nothing", "cat", "sun")
    runs = codes.reshape(32, ROW)[:, 3:].reshape(32, 8, 8)
    for y, row in enumerate(runs):
        for x, (there, where) in enumerate(row[:, :2]):
            if y >= 8 and x < 4:  # the right half of the cat, from its top on
                across, down = (x + 0.5 + 4) / 8, ((y + 0.5) / 4 - 2) / 8
                assert (there, where) == (WORD + OF_WORD, int(256 * (down if y % 2 else across)))
            elif y < 8 and x >= 6:
                across, down = (x + 0.5 - 6) / 2, (y + 0.5) / 8
                assert (there, where) == (WORD + 2 * OF_WORD, int(256 * (down if y % 2 else across)))
            else:
                assert (there, where) == (WORD, NONE)


def test_a_later_subject_lies_over_an_earlier_one():
    contents = [("cat", Box(0, 0, 16, 16)), ("sun", Box(8, 8, 24, 24))]
    runs = weave(contents, 32, a_tile().guide)[0].reshape(32, ROW)[:, 3:].reshape(32, 8, 8)
    assert (runs[8:16, 2:4, 0] == WORD + 2 * OF_WORD).all() and (runs[:8, :4, 0] == WORD + OF_WORD).all()


@pytest.mark.parametrize("side", [16, 32])
def test_where_a_subject_fills_the_tile_every_run_is_told_its_place(vocabulary, same, side):
    codes, _ = weave([("cat", Box(0, 0, 32, 32))], side, np.zeros((side // 2 + 1, side // 2), np.int16))
    there = codes.reshape(side, -1)[:, woven_row(side).there]
    assert np.array_equal(there, WORD + OF_WORD + 1 + 8 * (np.arange(side) // (side // 8))[:, None] + np.arange(8))
    think = "level 1, row 0 of 1, column 0 of 1, white: cat 0 0 32 32"
    guide = np.zeros((side // 2 + 1, side // 2), np.int16)
    document = TileDocument(think, guide, pixels=np.zeros((side, side), np.uint8))
    plain = tokenise(segments(document), vocabulary)[0]
    assert np.count_nonzero(plain == vocabulary.encode(" cat")[0]) == 8 * side + 1  # the name, without place words
    placed = Vocabulary(vocabulary.tokenizer, ["sun", "cat"])
    ids = tokenise(segments(document), placed)[0]
    assert Counter(ids[ids >= placed.size].tolist()) == {placed.places + 64 + place: side // 8 for place in range(64)}
    assert same(parse(ids.tolist(), placed), document)


def test_a_thought_that_does_not_say_what_is_there_tells_nothing():
    codes, words = weave(None, 32, a_tile().guide)
    assert words == () and (codes.reshape(32, ROW)[:, 3:].reshape(32, 8, 8)[:, :, :2] == NONE).all()


def test_every_pixel_of_the_coarse_pass_is_told_what_the_plan_has_there(vocabulary):
    think = "background: light gray\n- sun: 12 16 20 24"
    ids, _ = tokenise(segments(LayoutDocument("a sun", think=think, pixels=grays(3, 8, 8))), vocabulary)
    rows = ids[-2 - 8 * 27 : -2].reshape(8, 27)
    sun, nothing = (vocabulary.encode(f" {word}")[0] for word in ("sun", "nothing"))
    for y, row in enumerate(rows):
        runs = row[3:].reshape(8, 3)
        assert runs[:, 0].tolist() == [sun if 3 <= x < 5 and 4 <= y < 6 else nothing for x in range(8)]
        if 4 <= y < 6:
            where = [64, 192] if y % 2 == 0 else [192, 192]
            assert (runs[3:5, 1] - vocabulary.base).tolist() == where
        assert np.array_equal(runs[:, 2] - vocabulary.base, grays(3, 8, 8)[y])
    untold = ids_of(LayoutDocument("a sun", think="a sun, I think", pixels=grays(3, 8, 8)), vocabulary)
    assert (untold[-2 - 8 * 27 : -2].reshape(8, 27)[:, 3:].reshape(8, 8, 3)[:, :, 0] == vocabulary.base + NONE).all()


def test_words_are_the_first_token_of_a_name(vocabulary):
    think = "level 1, row 0 of 1, column 0 of 1, white: hot dog 0 0 32 32"
    ids, _ = tokenise(segments(TileDocument(think, a_tile().guide)), vocabulary)
    runs = ids[-2 - 32 * ROW : -2].reshape(32, ROW)[:, 3:].reshape(32, 8, 8)
    assert (runs[:, :, 0] == vocabulary.encode(" hot dog")[0]).all()


def test_bottom_and_top_borders_stand_before_the_first_row():
    tile = a_tile()
    block = weave(None, 32, tile.guide, tile.borders)[0]
    plain = weave(None, 32, tile.guide, replace(tile.borders, top=None, bottom=None))[0]
    assert np.array_equal(block[2 * ROW :], plain)
    for head, word, guide, border in (
        (block[:ROW], BOTTOM, tile.guide[16], tile.borders.bottom),
        (block[ROW : 2 * ROW], TOP, tile.guide[0], tile.borders.top),
    ):
        thoughts, runs = np.split(head[3:].reshape(8, 8), [2], axis=1)
        assert head[:3].tolist() == [word, NONE, NONE] and (thoughts == NONE).all()
        assert np.array_equal(runs.reshape(16, 3)[:, 0], guide)
        assert np.array_equal(runs.reshape(16, 3)[:, 1:].ravel(), border)


@given(tiles(), st.lists(st.tuples(st.integers(0, 40 * ROW), st.integers(0, 266)), min_size=1, max_size=3))
def test_a_changed_block_is_another_block_or_a_grammar_error(vocabulary, tile, changes):
    ids = tokenise(segments(tile)[-3:-2], vocabulary)[0]
    for place, code in changes:
        ids[place % len(ids)] = vocabulary.base + code
    try:
        guide, borders, pixels = parse_tile(tile.think, ids, vocabulary)
    except GrammarError:
        return
    again = segments(TileDocument(tile.think, guide, borders, pixels))[-3:-2]
    assert np.array_equal(tokenise(again, vocabulary)[0], ids)


# What is no document -------------------------------------------------------------------------------------------------


def check_any(ids, vocabulary, same):
    """A list of ids is a document or a GrammarError; and a document comes back from its own ids."""
    try:
        document = parse(ids, vocabulary)
    except GrammarError as error:
        assert str(error) and "\n" not in str(error)
    else:
        assert same(parse(ids_of(document, vocabulary), vocabulary), document)


@given(data=st.data())
def test_any_list_of_ids_is_a_document_or_a_grammar_error(vocabulary, same, data):
    frame = st.sampled_from([*vocabulary.words.values(), *vocabulary.encode("user\nassistant\nflat\nlayout\nunknown:")])
    anything = st.integers(-2, vocabulary.size + 2) | st.sampled_from([-(2**63), 2**31, 2**63, 2**70])
    check_any(data.draw(st.lists(frame | anything, max_size=60)), vocabulary, same)


CHANGES = {
    "cut": lambda ids, at, count, new: ids[:at],
    "drop": lambda ids, at, count, new: ids[:at] + ids[at + count :],
    "repeat": lambda ids, at, count, new: ids[: at + count] + ids[at:],
    "replace": lambda ids, at, count, new: [*ids[:at], new, *ids[at + 1 :]],
    "insert": lambda ids, at, count, new: [*ids[:at], new, *ids[at:]],
    "move": lambda ids, at, count, new: ids[at : at + count] + ids[:at] + ids[at + count :],
}


@given(document=DOCUMENTS, data=st.data())
def test_a_damaged_document_is_a_document_or_a_grammar_error(vocabulary, same, document, data):
    ids = ids_of(document, vocabulary).tolist()
    ids_of_words = st.integers(-1, vocabulary.size) | st.sampled_from([*vocabulary.words.values()])
    for _ in range(data.draw(st.integers(1, 3))):
        change = CHANGES[data.draw(st.sampled_from(list(CHANGES)))]
        count = data.draw(st.sampled_from([0, 1, 1, 1, 2, ROW, 64, 1024]))
        ids = change(ids, data.draw(st.integers(0, len(ids))), count, data.draw(ids_of_words))
    check_any(ids, vocabulary, same)


def test_documents_that_lack_or_repeat_something_are_refused(vocabulary):
    flat = ids_of(FlatDocument("a cat", "a thought", grays(0, 32, 32)), vocabulary).tolist()
    layout = ids_of(LayoutDocument("a cat", "", "a thought", grays(0, 8, 8)), vocabulary).tolist()
    tile = ids_of(a_tile(), vocabulary).tolist()
    refusal = ids_of(LayoutDocument("a cat", "", "unknown: cat"), vocabulary).tolist()
    first = flat.index(vocabulary.words["<|vision_start|>"]) + 1
    wrong = {
        "empty": [],
        "a pixel less": flat[:first] + flat[first + 1 :],
        "a pixel more": flat[:first] + flat[first : first + 1] + flat[first:],
        "a structure word among the pixels": [*flat[:first], vocabulary.base + NONE, *flat[first + 1 :]],
        "a pixel still to be drawn": [*flat[:first], DRAW, *flat[first + 1 :]],
        "two flats": flat + flat,
        "a flat as context": flat + tile,
        "a refusal as context": refusal + tile,
        "two tiles": tile + tile,
        "two layouts": layout + layout,
        "a tile before its context": tile + layout,
    }
    wrong |= {f"the first {count} ids": layout[:count] for count in range(len(layout))}
    for what, ids in wrong.items():
        with pytest.raises(GrammarError):
            parse(ids, vocabulary)
            pytest.fail(what)
    assert isinstance(parse(layout + tile, vocabulary), TileDocument)


def test_a_refusal_with_a_picture_is_refused(vocabulary):
    text = "unknown: cat"
    ids = ids_of(LayoutDocument("a cat", "", "X" * len(text), grays(0, 8, 8)), vocabulary).tolist()
    start = ids.index(vocabulary.words["</think>"]) - len(vocabulary.encode("X" * len(text)))
    ids[start : ids.index(vocabulary.words["</think>"])] = vocabulary.encode(text)
    with pytest.raises(GrammarError, match="no picture"):
        parse(ids, vocabulary)


@given(prompt=st.text(max_size=40), think=st.sampled_from(["- 1 cat", "- 3 apple, red\nunknown: 桌子", ""]))
def test_a_request_comes_back_from_its_ids(vocabulary, prompt, think):
    document = RequestDocument(prompt, think)
    ids, drawn = tokenise(segments(document), vocabulary)
    found = parse(ids, vocabulary)
    assert isinstance(found, RequestDocument)
    assert (found.prompt, found.think) == (as_read(prompt), think)
    assert vocabulary.decode(ids[drawn]) == f"{think}</think>"
