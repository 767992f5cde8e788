"""Chinese phrasing: a prompt says all of its request, names each thing, and no pattern belongs to two splits."""

import random
import re
from collections import defaultdict
from itertools import combinations

import numpy as np
import pytest

from tiledraw.language.attributes import BACKGROUNDS, COLOURS, MATERIALS, PATTERNS, STYLES
from tiledraw.language.nouns import names
from tiledraw.language.phrasing.chinese import Phrased, noisy, phrase
from tiledraw.language.phrasing.chinese_tables import SPLITS, compiled, tables
from tiledraw.language.phrasing.chinese_things import numeral
from tiledraw.language.phrasing.chinese_writing import marked, traditional
from tiledraw.language.places import LOCATIONS
from tiledraw.language.request import ARRANGEMENTS, PARTS, RELATIONS, SIZES, Relation, Request, Thing
from tiledraw.language.subjects import subjects

EVERY = list(subjects())


def _request(dice: random.Random) -> Request:
    """Any request, sensible or not."""

    def maybe(options, share=0.2):
        return dice.choice([*options]) if dice.random() < share else ""

    things: list[Thing] = []
    number = dice.choice((1, 1, 2, 2, 3, 4, 6))
    for n in range(number):
        others = [other for other in range(number) if other != n]
        relations = []
        if others and dice.random() < 0.5:
            word = dice.choice(RELATIONS)
            several = 2 if word == "between" and len(others) > 1 else 1
            times = dice.choice((0, 2, 3)) if word in ("larger than", "smaller than") else 0
            relations.append(Relation(word, tuple(dice.sample(others, several)), times))
        pattern = maybe(PATTERNS, 0.1)
        things.append(
            Thing(
                dice.choice(EVERY) if not things or dice.random() < 0.85 else things[0].subject,
                dice.choice((1, 1, 2, 3, 4)),
                colour=maybe(COLOURS, 0.3),
                pattern=pattern,
                second=maybe(COLOURS, 0.5) if pattern else "",
                material=maybe(MATERIALS, 0.1),
                style=maybe(STYLES, 0.1),
                size=maybe(SIZES),
                place=maybe(LOCATIONS),
                across=dice.choice((None, None, None, 25, 40, 100)),
                down=dice.choice((None, None, None, 33, 50)),
                arrangement=maybe([*ARRANGEMENTS, "2x3 grid"], 0.1),
                relations=tuple(relations),
            )
        )
    return Request(
        tuple(things), maybe(BACKGROUNDS), tuple(filter(None, [maybe(EVERY, 0.1)])), tuple(filter(None, [maybe(PARTS)]))
    )


def _prompts(request: Request, split: str = "train", times: int = 60) -> list[str]:
    rng = np.random.default_rng(5)
    return [phrase(request, rng, split).prompt for _ in range(times)]


def _simple(prompts: list[str]) -> list[str]:
    """Those in simplified characters."""
    return [prompt for prompt in prompts if traditional(prompt) != prompt or not re.search("[畫張個隻圖]", prompt)]


def test_every_thing_is_named_by_words_of_the_prompt():
    dice, rng = random.Random(1), np.random.default_rng(1)
    for n in range(1200):
        request = _request(dice)
        phrased = phrase(request, rng, SPLITS[n % 3])
        assert isinstance(phrased, Phrased)
        assert len(phrased.names) == len(request.things)
        for found in phrased.names:
            assert found
            assert all(name in phrased.prompt for name in found), phrased
        assert not re.search("[\ue000-\uf8ff{}]|None", phrased.prompt), phrased.prompt


def test_things_are_named_in_the_order_of_the_request():
    dice, rng = random.Random(2), np.random.default_rng(2)
    for n in range(600):
        request = _request(dice)
        if len({thing.subject for thing in request.things}) < len(request.things):
            continue
        strangers = {number: f"甲{numeral(number + 1)}乙" for number in range(len(request.things))}
        phrased = phrase(request, rng, SPLITS[n % 3], strangers)
        first = [phrased.prompt.index(found[0]) for found in phrased.names]
        assert first == sorted(first), phrased


def test_equal_generators_give_equal_prompts():
    request = _request(random.Random(3))
    one, other = (phrase(request, np.random.default_rng(7), "train") for _ in range(2))
    assert one == other
    assert len(set(_prompts(request))) > 50


def test_patterns_of_the_splits_are_disjoint_and_every_table_has_some_of_each():
    owners = defaultdict(set)
    for name, table in tables().patterns.items():
        for split in SPLITS:
            assert table[split], name
            for pattern in table[split]:
                owners[pattern.line.replace("{r}", "").replace("{x}", "")].add((split, name))
        for one, other in combinations(SPLITS, 2):
            assert not {pattern.line for pattern in table[one]} & {pattern.line for pattern in table[other]}
        assert len(table["train"]) >= len(table["test"])
    forms = {pattern.line for table in tables().forms.values() for pattern in table}
    assert forms
    assert sum(len(table["train"]) for table in tables().patterns.values()) > 1000


@pytest.mark.parametrize("split", SPLITS)
def test_every_relation_has_a_pattern_that_goes_on_from_its_owner(split):
    table = tables().patterns
    for name in ("side forward", *(f"{word} forward" for word in RELATIONS if f"{word} forward" in table)):
        word = name.removesuffix(" forward")
        sided = f"{word} items" not in table or word in ("between", "around", "on either side of")
        assert sided or any(pattern.line.startswith("{a}") for pattern in table[name][split]), name
    assert any(pattern.line.startswith("{a}") for pattern in table["side forward"][split])


def test_a_pattern_with_an_open_bracket_is_refused():
    with pytest.raises(ValueError, match="not closed"):
        compiled("画[一|二", {})
    assert compiled("[画|]{x}", {}).fill({"x": "猫"}, random.Random(0)) in ("画猫", "猫")


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("word", RELATIONS)
def test_every_relation_is_said_in_every_split_and_in_both_orders(word, split):
    for owner, of in ((0, 1), (1, 0)):
        things = [Thing("cat"), Thing("dog")]
        things[owner] = Thing(things[owner].subject, 2, relations=(Relation(word, (of,)),))
        prompts = _prompts(Request(tuple(things)), split, 8)
        assert len(set(prompts)) == 8
    between = Request((Thing("cat"), Thing("dog"), Thing("bird", relations=(Relation("between", (0, 1)),))))
    assert all(_prompts(between, split, 4))


@pytest.mark.parametrize("split", SPLITS)
def test_every_word_is_said_in_every_split(split):
    for field, words in (
        ("arrangement", [*ARRANGEMENTS, "2x3 grid"]), ("style", STYLES), ("size", SIZES), ("colour", COLOURS),
        ("material", MATERIALS), ("pattern", PATTERNS), ("place", LOCATIONS),
    ):  # fmt: skip
        for word in words:
            plain = set(_prompts(Request((Thing("cat", 6),)), split, 4))
            said = set(_prompts(Request((Thing("cat", 6, **{field: word}),)), split, 4))
            assert plain != said
    for background in BACKGROUNDS:
        assert _prompts(Request((Thing("cat"),), background), split, 3)
    for part in PARTS:
        assert _prompts(Request((Thing("cat"),), empty=(part,)), split, 3)
    assert all("狗" in prompt for prompt in _simple(_prompts(Request((Thing("cat"),), absent=("dog",)), split, 20)))


def test_counts_colours_and_places_are_said():
    for prompt in _prompts(Request((Thing("spider", 5),))):
        assert re.search("五|5|５|🕷{4}", prompt), prompt
    for prompt in _prompts(Request((Thing("spider", colour="navy"),))):
        assert re.search("藏青|藏蓝|藏藍|海军蓝|海軍藍", prompt), prompt
    for prompt in _prompts(Request((Thing("spider", place="bottom-left"),))):
        assert re.search("左下|西南|下面左边|下面左邊|七点半|七點半", prompt), prompt
    for prompt in _prompts(Request((Thing("spider", 6, arrangement="2x3 grid"),))):
        assert re.search("[两2２二兩]", prompt), prompt
        assert re.search("[三3３]", prompt), prompt
    for prompt in _prompts(Request((Thing("spider", across=40),))):
        assert re.search("[4４6６][0０]|五分之二|五分之三", prompt), prompt
    for prompt in _prompts(Request((Thing("spider"),), background="desert")):
        assert "沙漠" in prompt, prompt


def test_words_that_nobody_knows_are_used_and_named():
    request = Request((Thing("cat"), Thing("narwhal", 2, relations=(Relation("next to", (0,)),))), unknown=("石臼",))
    rng = np.random.default_rng(1)
    for _ in range(40):
        phrased = phrase(request, rng, "train", {1: "土豚"})
        assert phrased.names[1] == ("土豚",)
        assert "土豚" in phrased.prompt
        assert "石臼" in phrased.prompt


def test_idle_talk_names_nothing_that_can_be_drawn():
    known = {name for subject in EVERY for name in names(subject, "zh") if len(name) > 1} - {
        "黑板",
        "画家",
    }  # 黑板报, who is asked
    for table in ("before", "after", "between", "frames things", "frames do", "frames state"):
        for split in SPLITS:
            for pattern in tables().patterns[table][split]:
                assert not [name for name in known if name in pattern.line], pattern.line


def test_a_picture_without_things_can_be_asked_for():
    assert all(_prompts(Request(background="sea"), times=20))


def test_noise_changes_a_prompt_but_not_the_words_to_keep():
    dice, rng = random.Random(4), np.random.default_rng(4)
    changed = 0
    for _ in range(400):
        phrased = phrase(_request(dice), rng, "train")
        keep = [name for found in phrased.names for name in found]
        noise = noisy(phrased.prompt, rng, keep)
        changed += noise != phrased.prompt
        assert all(noise.count(name) >= phrased.prompt.count(name) for name in keep if len(name) > 1), noise
        assert all(name in noise for name in keep)
    assert changed > 300
    assert noisy("画猫", np.random.default_rng(1), ["画猫"]) == "画猫"


def test_numbers_and_traditional_characters():
    assert [numeral(n) for n in (0, 2, 10, 12, 40)] == ["零", "二", "十", "十二", "四十"]
    assert traditional("画一只猫，只要猫") == "畫一隻貓，只要貓"
    assert traditional(marked((3,), "猫"))[:3] == marked((3,), "猫")[:3]
