"""Agreement: what a request leaves out of its prompt, or invents, is found; what it says right is not doubted."""

import pytest

from tiledraw.language.hearing.agreement import doubts, invented, mentions, with_ground, without_pet_sizes
from tiledraw.language.request import format_request, parse_request


@pytest.mark.parametrize(
    ("prompt", "written", "meant"),
    [
        ("a fox in a forest", "- 1 fox\nunknown: a forest", "- 1 fox\nbackground: forest"),
        (
            "a fox and a moose in a forest",
            "- 1 fox\nunknown: moose, forest",
            "- 1 fox\nbackground: forest\nunknown: moose",
        ),
        ("狐狸在森林里", "- 1 fox\nunknown: 森林", "- 1 fox\nbackground: forest"),
        ("a rocket in outer space", "- 1 rocket", "- 1 rocket\nbackground: night"),
        ("a whale at the bottom of the sea", "- 1 whale\nbackground: sea", "- 1 whale\nbackground: underwater"),
        ("a boat on the sea", "- 1 boat\nbackground: beach", "- 1 boat\nbackground: beach"),  # the check says that
        ("a cat at night on the beach", "- 1 cat", "- 1 cat"),  # which of them?
        ("a cat, no snow", "- 1 cat", "- 1 cat"),
    ],
)
def test_the_one_background_that_a_prompt_names_is_that_of_what_it_asks_for(prompt, written, meant):
    assert format_request(with_ground(prompt, parse_request(written))) == meant


@pytest.mark.parametrize(
    ("prompt", "written", "meant"),
    [
        ("一个小女孩牵着狗", "- 1 girl, small\n- 1 dog", "- 1 girl\n- 1 dog"),
        ("一个小女孩牵着小狗", "- 1 girl, small\n- 1 dog, small", "- 1 girl\n- 1 dog, small"),
        ("a little girl and a dog", "- 1 girl, small\n- 1 dog", "- 1 girl\n- 1 dog"),
        ("一个很小的小女孩", "- 1 girl, small", "- 1 girl, small"),
        ("a tiny boy", "- 1 boy, small", "- 1 boy, small"),
        ("a baby elephant", "- 1 elephant, small", "- 1 elephant, small"),
    ],
)
def test_a_little_girl_is_not_small_unless_a_word_says_so(prompt, written, meant):
    assert format_request(without_pet_sizes(prompt, parse_request(written))) == meant


@pytest.mark.parametrize(
    ("prompt", "request_text"),
    [
        ("a cat", "- 1 cat"),
        ("a red cat and seven mice, no dogs, at night", "- 1 cat, red\n- 7 mouse\nbackground: night\nabsent: dog"),
        ("三个红色的苹果在碗里", "- 3 apple, red, in bowl\n- 1 bowl"),
        ("hearts in a 3 by 4 grid", "- 12 heart, 3x4 grid"),
        ("a mouse twice as big as an elephant", "- 1 mouse, 2 times larger than elephant\n- 1 elephant"),
        ("a pair of cats", "- 2 cat"),
        ("a narwhal and a cat", "- 1 cat\nunknown: narwhal"),
        ("a tree on either side of a house", "- 2 tree, on either side of house\n- 1 house"),
        ("a cat on a plain yellow background", "- 1 cat\nbackground: yellow"),
        ("a cat in the middle of the left side", "- 1 cat, left"),
        ("a cat on a narwhal", "- 1 cat\nunknown: narwhal"),
        ("a cat on the left and a dog on the right", "- 1 cat, left of dog\n- 1 dog"),
        ("three ducks, two of them white (photo of 1968)", "- 1 duck\n- 2 duck, white"),
        ("扶手椅一把，椅子后头站个老奶奶", "- 1 armchair\n- 1 old woman, behind armchair"),
        ("左边一只猫，右边一只狗", "- 1 cat, left\n- 1 dog, right"),
        ("a cat in the rain, under a rain cloud", "- 1 cat, under rain cloud\n- 1 rain cloud"),
        ("a boat at sunset, orange background", "- 1 boat\nbackground: orange"),
    ],
)
def test_what_a_request_says_rightly_is_not_doubted(prompt, request_text):
    assert doubts(prompt, parse_request(request_text)) == []


@pytest.mark.parametrize(
    ("prompt", "request_text", "doubt"),
    [
        ("a cat and a mouse", "- 1 cat", "the plan has no mouse, which the prompt seems to ask for"),
        ("a cat", "- 1 cat\n- 1 laptop", "the plan has a laptop, which the prompt does not name"),
        ("a snowman, no hat", "- 1 snowman\n- 1 hat", "the plan has hat, which the prompt seems not to want"),
        ("seven bees", "- 3 bee", "nothing in the plan is 7 times there"),
        ("a red ball", "- 1 ball", "nothing in the plan is red"),
        ("a cat at night", "- 1 cat", "the background of the plan is open, the prompt says 'at night'"),
        ("a cat", "- 1 cat\nbackground: beach", "the plan's background is beach, of which the prompt does not speak"),
        ("a narwhal and a cat", "- 1 cat", "the plan leaves out 'narwhal'"),
        ("一只红色的气球", "- 1 balloon", "nothing in the plan is red"),
        ("晚上，一只猫", "- 1 cat", "the background of the plan is open, the prompt says '晚上'"),
        ("a cat in the top left corner", "- 1 cat", "the plan does not seem to heed 'top left corner'"),
        ("a cat behind a tree", "- 1 cat\n- 1 tree", "the plan does not seem to heed 'behind'"),
        ("a huge cat", "- 1 cat", "the plan does not seem to heed 'huge'"),
        ("four bells in a circle", "- 4 bell", "the plan does not seem to heed 'in a circle'"),
        ("猫在树后面", "- 1 cat\n- 1 tree", "the plan does not seem to heed '后面'"),
        ("a cat on a rainy day", "- 1 cat", "'on a rainy day' is not drawn"),
        ("雨天，一只猫", "- 1 cat", "'雨天' is not drawn"),
        ("I had a dog. Draw a cat.", "- 1 cat\n- 1 dog", "the plan has a dog, which the prompt only tells of"),
        ("两顶帽子", "- 1 hat\n- 1 hat", "the plan has the hat twice, and nothing tells the one from the other"),
        (
            "帽子，猫",
            "- 1 hat, holding cat\n- 1 cat",
            "the hat of the plan seems to be holding something, which somebody else may do",
        ),
        (
            "左边，右边，上面：猫一只，狗一只",
            "- 1 cat, left\n- 1 dog",
            "the prompt names more places than the plan heeds",
        ),
        (
            "a cat behind a tree, a cup",
            "- 1 cat, behind tree\n- 1 tree\n- 1 cup",
            "nothing is said of where the cup is, unlike of what is around it",
        ),
    ],
)
def test_what_a_request_leaves_out_or_invents_is_said(prompt, request_text, doubt):
    assert doubts(prompt, parse_request(request_text)) == [doubt]


@pytest.mark.parametrize("prompt", ["ein Hund unter einem Baum", "un chat noir sur une table"])
def test_a_third_language_is_noticed(prompt):
    subject = "dog" if "Hund" in prompt else "table"
    found = doubts(prompt, parse_request(f"- 1 {subject}"))
    assert found == ["most words of the prompt mean nothing here, which understands English and Chinese"]


def test_what_tells_of_the_writers_life_is_no_mention():
    said = mentions("My dog turns five next week. Please draw a cake with a candle.")
    assert set(said.things) == {"cake", "candle"} and not said.counts


def test_much_in_one_chinese_prompt_is_doubted_as_a_whole():
    things = {"猫": "cat", "狗": "dog", "猪": "pig", "马": "horse", "太阳": "sun", "月亮": "moon", "房子": "house"}
    request = parse_request("\n".join(f"- 1 {subject}" for subject in things.values()))
    assert doubts("、".join(things), request) == [
        "the plan has 7 kinds of things; so much in one prompt is often misread"
    ]
    few = parse_request("\n".join(f"- 1 {subject}" for subject in list(things.values())[:4]))
    assert doubts("、".join(list(things)[:4]), few) == []


@pytest.mark.parametrize(
    ("prompt", "unknown", "heard"),
    [
        ("a cat in the park", "park", True),
        ("a clean desk with a lamp", "clean", True),
        ("一群大雁", "雁", True),
        ("一个量角器", "角器", True),
        ("a cheeky meerkat", "meerkat", False),
        ("a cat and a zorp", "zorp", False),
        ("一个量角器", "量角器", False),
    ],
)
def test_what_means_something_or_is_a_piece_of_a_name_is_not_unknown(prompt, unknown, heard):
    assert invented(prompt, parse_request(f"unknown: {unknown}")) == [unknown] * heard
