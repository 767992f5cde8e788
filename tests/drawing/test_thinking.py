"""Thinking: the thought that agrees best with the prompt counts, and what is in doubt, or unknown, is said."""

import pytest

from tiledraw.drawing.thinking import LONG, NATS_OF_RULES, Thought, length, other_plan_of, plan_of, think
from tiledraw.language.boxes import Box, PlanError, UnknownSubjectError
from tiledraw.language.laying.judging import unmet
from tiledraw.language.request import format_request, parse_request

CANVAS = Box(0, 0, 32, 32)


class Writes:
    """Writes one text after another, and remembers for how many it was asked; may know how unlikely each is."""

    def __init__(self, *texts, nats=None):
        self.texts, self.surprise, self.judges, self.asked = texts, nats or {}, nats is not None, []

    def write(self, number):
        self.asked.append(number)
        return self.texts[min(number, len(self.texts) - 1)]

    def nats(self, texts):
        assert self.judges
        return [self.surprise[text] for text in texts]


def test_what_both_read_alike_is_taken_at_once():
    for nats in (None, {}):
        writes = Writes("- 1 cat, red", nats=nats)
        assert think("a red cat", writes) == Thought(parse_request("- 1 cat, red")) and writes.asked == [0]


def test_a_thinker_that_overlooks_something_thinks_again():
    prompt = "a red cat to the left of the dog that is near the sun"
    right = "- 1 cat, red, left of dog\n- 1 dog, near sun\n- 1 sun"
    writes = Writes("- 1 cat", "- 1 laptop", right)
    thought = think(prompt, writes)
    assert format_request(thought.request) == right and not thought.by_rules


RULED, OTHER = "- 1 cat\n- 1 dog, red", "- 1 cat, red\n- 1 dog"  # of PROMPT, as rules read it, and as they don't
PROMPT = "a cat and a dog, red"


def test_of_readings_that_heed_the_prompt_the_likeliest_is_taken_and_rules_are_trusted_beyond_that():
    assert format_request(think(PROMPT, None).request) == RULED
    taken = {
        nats: format_request(
            think(PROMPT, Writes("- 1 cat", OTHER, nats={"- 1 cat": 0.0, OTHER: 0.0, RULED: nats})).request
        )
        for nats in (NATS_OF_RULES - 1, NATS_OF_RULES + 1)
    }
    assert list(taken.values()) == [RULED, OTHER]  # the likeliest of all heeds less


def test_a_reading_that_asks_for_nothing_never_wins_over_one_that_asks_for_what_is_named():
    nothing = "absent: dog"
    for prompt, read in (("no dog, a cat", "- 1 cat\nabsent: dog"), ("no dog", nothing)):
        for other in (nothing, "- 1 dog", "- 1 sun"):
            heard = think(prompt, Writes(other, nats={nothing: 0.0, "- 1 dog": 5.0, "- 1 sun": 5.0, read: 10.0}))
            assert format_request(heard.request) == read


def test_a_thinker_that_does_not_know_a_background_is_heard_all_the_same():
    for written in ("- 1 fox\n- 1 deer\nunknown: woods", "- 1 fox\n- 1 deer"):
        thought = think("in the woods, a fox and a deer", Writes(written))
        assert format_request(thought.request) == "- 1 fox\n- 1 deer\nbackground: forest" and not thought.doubts


def test_readings_that_differ_in_order_alone_are_one():
    prompt, ruled = (
        "a girl next to a bus holds an umbrella",
        "- 1 girl, next to bus, holding umbrella\n- 1 bus\n- 1 umbrella",
    )
    assert format_request(think(prompt, None).request) == ruled
    turned = ruled.replace("next to bus, holding umbrella", "holding umbrella, next to bus")
    writes = Writes(turned, nats={})
    assert think(prompt, writes).doubts == () and writes.asked == [0]
    other = turned + "\nbackground: grass"
    near = think(prompt, Writes(other, turned, nats={turned: 0.0, ruled: 5.0, other: 0.0}))
    assert near.doubts == ("it may also ask for grass behind",)


@pytest.mark.parametrize(("ground", "remarks"), [("grass", 0), ("room", 1)])
def test_a_reading_that_names_the_background_that_is_chosen_anyway_is_no_other_one(ground, remarks):
    grounded = f"{OTHER}\nbackground: {ground}"
    doubts = think(PROMPT, Writes(OTHER, grounded, nats={OTHER: 0.0, grounded: 0.0, RULED: 99.0})).doubts
    assert len([said for said in doubts if "may also" in said]) == remarks


def test_another_reading_that_is_nearly_as_likely_is_said():
    near, far = (think(PROMPT, Writes(OTHER, nats={OTHER: 0.0, RULED: nats})) for nats in (NATS_OF_RULES + 1, 99.0))
    assert format_request(near.request) == format_request(far.request) == OTHER
    assert format_request(near.other) == RULED and far.other is None
    painted = other_plan_of(near, PROMPT, (), CANVAS, 0)
    assert {one.subject: one.colour for one in painted.placements}["dog"] == "red"
    assert other_plan_of(near, PROMPT, ("cat",), CANVAS, 0) is None is other_plan_of(far, PROMPT, (), CANVAS, 0)
    assert near.doubts == (
        *far.doubts,
        "it may also ask for a cat and a red dog, not for a red cat and a dog",
    )


def test_rules_read_what_a_thinker_does_not_understand_or_writes_wrongly():
    for text in ("- 1 laptop", "nonsense"):
        thought = think("a red cat", Writes(text))
        assert format_request(thought.request) == "- 1 cat, red" and thought.by_rules


def test_the_best_of_bad_thoughts_is_taken_with_its_doubts():
    prompt = "glorp a red cat seven whatsits"
    thought = think(prompt, Writes("- 1 cat"))
    assert thought.request.things[0].subject == "cat" and thought.doubts


def plan(prompt, painted=(), seed=0, **options):
    return plan_of(think(prompt, None), prompt, painted, CANVAS, seed, **options)


def test_another_seed_gives_another_layout_of_the_same_request():
    plans = {seed: plan("a cat and a dog under a tree", seed=seed)[0] for seed in range(4)}
    assert len(set(plans.values())) == 4
    assert plans[2] == plan("a cat and a dog under a tree", seed=2)[0]
    request = think("a cat and a dog under a tree", None).request
    assert all(unmet(request, one) == [] for one in plans.values())


def test_what_is_unknown_is_refused_by_the_words_of_the_prompt_or_left_out_and_said():
    with pytest.raises(
        UnknownSubjectError, match=r"^I don't know how to draw 'narwhal' \(the nearest known .* whale"
    ) as caught:
        plan("a narwhal and a cat")
    assert caught.value.drawable == ("cat",) and "without" not in str(caught.value)
    assert caught.value.advice("this").endswith("); this draws the rest")
    with pytest.raises(UnknownSubjectError, match=r"^I don't know how to draw 'blorp'; `tiledraw subjects` lists"):
        plan("a blorp and a cat")  # a word that nobody has
    assert UnknownSubjectError("no").advice("this") == "no"
    known, remark = plan("a narwhal and a cat", without_unknown=True)
    assert known.subjects == ("cat",) and remark == "left out: 'narwhal'"


@pytest.mark.parametrize(("prompt", "word"), [("a shark and a cat", "shark"), ("一条鲨鱼和一只猫", "鲨鱼")])
def test_what_the_painter_does_not_know_is_named_as_the_prompt_names_it(prompt, word):
    with pytest.raises(UnknownSubjectError, match=f"'{word}'"):
        plan(prompt, painted=("cat", "fish"))


def test_a_painter_that_knows_less_draws_what_stands_for_a_thing():
    assert plan("a woman and a cat", painted=("person", "cat"))[0].subjects.count("person") == 1


def test_a_prompt_that_names_nothing_is_refused():
    with pytest.raises(UnknownSubjectError, match="names nothing to draw"):
        plan("please draw")


def test_a_background_alone_is_a_picture():
    assert plan("a beach")[0].background == "beach"


def test_what_no_picture_holds_is_refused_in_a_sentence():
    with pytest.raises(PlanError, match="a picture holds"):
        plan("900 cats")


def test_it_is_said_where_rules_read_a_prompt_of_a_length_that_they_often_misread():
    short, long = (
        "a cat and a dog",
        "a cat and a dog, " + ", ".join(["on a lovely sunny day in the middle of the week"] * 3),
    )
    assert not think(short, None).doubts and length(long) >= LONG > length(short)
    assert any("as long as this" in doubt for doubt in think(long, None).doubts)
    assert length("画一只猫和一只狗") < LONG <= length("画一只猫和一只狗" * 7)
