"""Things in Chinese: how a thing is named at first and again, and how its look, size, place and arrangement are said.

Knows single things and their words. Knows nothing about sentences and relations.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import cache

from tiledraw.language.nouns import measure as measure_of
from tiledraw.language.nouns import names
from tiledraw.language.phrasing.chinese_tables import Pattern, tables
from tiledraw.language.phrasing.chinese_writing import marked
from tiledraw.language.places import LOCATIONS
from tiledraw.language.request import Request
from tiledraw.language.subjects import subjects

DIGITS = "零一二三四五六七八九十"
LOOKS = ("size", "colour", "pattern", "second", "material", "style")
FRACTIONS = {
    10: "十分之一", 20: "五分之一", 25: "四分之一", 30: "十分之三", 33: "三分之一", 40: "五分之二", 50: "二分之一",
    60: "五分之三", 67: "三分之二", 70: "十分之七", 75: "四分之三", 80: "五分之四", 90: "十分之九",
}  # fmt: skip
_MIDDLES = {"across": ("左右居中处", "水平居中处", "横向正中"), "down": ("上下居中处", "垂直居中处", "纵向正中")}
_FILLERS = ("可爱的", "漂亮的", "好看的", "普通的", "呆萌的", "酷酷的", "cute的", "简单的", "萌萌的", "精致的")
_FRESH = ("before", "after", "between", "absent", "empty", "unknown")  # what nobody says twice in the same words
# Before what is small or large by name, or small as a pet name, the bare words would say something else.
_SMALL_PETS = ("mammals", "birds", "reptiles", "insects", "sea animals", "people", "fantasy")
_HE, _SHE = ("man", "boy", "old man", "prince", "santa claus"), ("woman", "girl", "old woman", "princess", "bride")


def numeral(number: int) -> str:
    """A number from 1 to 99 in characters, as one reads it: 12 is 十二."""
    tens, ones = divmod(number, 10)
    return f"{DIGITS[tens] if tens > 1 else ''}{'十' if tens else ''}{DIGITS[ones] if ones or not tens else ''}"


def count_word(count: int) -> str:
    """A number before a measure word: 两 and not 二."""
    return "两" if count == 2 else numeral(count)


@cache
def _all_names() -> frozenset[str]:
    found = {name for subject in subjects() for name in names(subject, "zh")}
    return frozenset(found | {name for more in tables().words["nouns"].values() for name in more})


class Things:
    """The things of a request, while a sentence about them grows.

    Attributes:
        left: For each thing: what of it is still to be said.
        mentioned: Those that were named.
        focus: The only thing that the last clause spoke of: what "it" means.
        slip: A number of a thing and a field of it that is said wrongly at first; None if nothing is.
    """

    def __init__(self, request: Request, dice: random.Random, split: str, strangers: Mapping[int, str]) -> None:
        self.request, self.dice, self.split = request, dice, split
        self.strangers = strangers
        self.nouns: list[str] = []
        self.measures: list[str] = []
        by_subject: dict[str, int] = {}
        for number, thing in enumerate(request.things):
            same = by_subject.setdefault(strangers.get(number, thing.subject), number)
            noun = self.nouns[same] if same < number else self._noun(number)
            self.nouns.append(noun)
            self.measures.append(self.measures[same] if same < number else self._measure(number, noun))
        self.twins = [
            [n for n, noun in enumerate(self.nouns) if noun == mine and n != number]
            for number, mine in enumerate(self.nouns)
        ]
        self.left = [
            {
                name: value
                for name in (*LOOKS, "place", "across", "down", "arrangement")
                if (value := getattr(thing, name)) not in ("", None)
            }
            for thing in request.things
        ]
        # "红色的猫和狗" does not say of which kind the dog is: only what has no looks may stand without its number.
        self.bare = len(self.left) == 1 or not any(name in left for left in self.left for name in LOOKS)
        # "画一棵树，左边画一只猫": only where everything has its place, a place is not one beside the thing before.
        self.all_placed = all("place" in left for left in self.left) and not any(t.relations for t in request.things)
        self.listed = self.chance(0.25)  # "苹果x3"
        self._habits: dict[str, Pattern] = {}  # who once said it in one way often says it so again
        self.mentioned: set[int] = set()
        self.focus: int | None = None
        self.slip: tuple[int, str] | None = None

    # Choices ---------------------------------------------------------------------------------------------------------

    def pick(self, options: Sequence[str]) -> str:
        return options[int(self.dice.random() * len(options))]

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def word(self, kind: str, key: str) -> str:
        return self.pick(tables().words[kind][key])

    def pattern(self, table: str) -> Pattern:
        if table in self._habits and table not in _FRESH and self.chance(0.5):
            return self._habits[table]
        found = tables().patterns[table][self.split]
        if table in tables().forms and self.chance(0.3):
            found = tables().forms[table]
        self._habits[table] = found[int(self.dice.random() * len(found))]
        return self._habits[table]

    def fill(self, table: str, **gaps: str) -> str:
        return self.pattern(table).fill(gaps, self.dice)

    def form(self, table: str, **gaps: str) -> str:
        if table not in self._habits or self.chance(0.4):
            found = tables().forms[table]
            self._habits[table] = found[int(self.dice.random() * len(found))]
        return self._habits[table].fill(gaps, self.dice)

    # Nouns -----------------------------------------------------------------------------------------------------------

    def _noun(self, number: int) -> str:
        if number in self.strangers:
            return self.strangers[number]
        subject = self.request.things[number].subject
        if subject not in subjects():
            return subject
        known = names(subject, "zh")
        style = self.dice.random()
        if style < 0.02:
            noun = subjects()[subject].emoji or known[0]
        elif style < 0.035:
            noun = self.pick(names(subject, "en"))
        elif style < 0.35 and subject in tables().words["nouns"]:
            noun = self.word("nouns", subject)
        else:
            noun = known[0] if self.chance(0.6) else self.pick(known)
        return noun if noun not in self.nouns else known[0]

    def _measure(self, number: int, noun: str) -> str:
        more = tables().words["measures"]
        if noun in more:
            return more[noun][0]
        found = measure_of(noun)
        subject = self.request.things[number].subject
        if found == "个" and number not in self.strangers and subject in subjects():
            found = measure_of(subjects()[subject].chinese)
        return found if self.chance(0.95) else "个"

    def group(self, number: int) -> str:
        subject = self.request.things[number].subject
        return subjects()[subject].group if subject in subjects() and number not in self.strangers else ""

    def pronoun(self, number: int) -> str:
        thing = self.request.things[number]
        alone = "他" if thing.subject in _HE else "她" if thing.subject in _SHE else "它"
        if number in self.strangers:
            alone = "它"
        return alone + ("们" if thing.count > 1 else "")

    # Numbers ---------------------------------------------------------------------------------------------------------

    def counted(self, count: int, measure: str) -> str:
        """A number and its measure word."""
        style = self.dice.random()
        if count == 2 and style < 0.06 and measure not in ("双", "副"):
            return "一对"
        if count == 2 and style < 0.1:
            return "俩"
        if count == 3 and style < 0.05:
            return "仨"
        if count == 12 and style < 0.25:
            return "一打" if self.chance(0.6) else "12" + measure
        if count == 6 and style < 0.06:
            return "半打"
        return (str(count) if style > 0.8 else count_word(count)) + measure

    # The first mention -----------------------------------------------------------------------------------------------

    def first(self, number: int, item: bool = False) -> str:
        """A thing with its number, and some of how it looks; an item stands by itself and may be written as people
        write lists."""
        thing, noun, measure = self.request.things[number], self.nouns[number], self.measures[number]
        again = any(twin in self.mentioned for twin in self.twins[number])
        self.mentioned.add(number)
        named = marked((number,), noun)
        late = self.slip == (number, "count later")
        count = self._wrong_count(thing.count) if late else thing.count
        if thing.subject in subjects() and noun == subjects()[thing.subject].emoji:
            return self._glyphs(number, named, count, again)
        looks = self._adjectives(number)
        named = looks + named
        if self.slip == (number, "count"):
            wrong = self.counted(self._wrong_count(count), measure)
            counted = self._corrected(wrong, self.counted(count, measure))
            return ("另外" if again else "") + counted + named
        if self.slip == (number, "noun"):
            wrong = self._wrong_noun()
            wrong = self.counted(count, measure_of(wrong)) + wrong
            return self._corrected(wrong, ("另外" if again else "") + self.counted(count, measure) + named)
        if again:
            if count == 1:
                return self.pick(("另一", "另外一", "另一")) + measure + named
            return self.pick(("另外", "另外", "另")) + self.counted(count, measure) + named
        if item and self.listed and self.chance(0.8):
            counted = numeral(count) if count != 2 else "两"
            found = self.form("thing", n=counted, d=str(count), m=measure, noun=named)
            return found if not looks or not found.startswith(f"{count}{looks}") else counted + measure + named
        if count == 1:
            style = self.dice.random()
            if style > 0.93:
                return f"1{measure}{named}"
            if style > 0.8 and self.bare and item:
                return named
            return f"一{measure}{named}"
        return self.counted(count, measure) + named

    def _glyphs(self, number: int, named: str, count: int, again: bool) -> str:
        glyph = self.nouns[number]
        if again:
            return f"另外{self.counted(count, self.measures[number])}{named}"
        if count > 1 and count < 7 and self.chance(0.4):
            return named + glyph * (count - 1)
        if count == 1:
            return self.pick((named, f"一{self.measures[number]}{named}", f"1个{named}"))
        return self.pick(
            (f"{named}x{count}", f"{count}个{named}", f"{self.counted(count, self.measures[number])}{named}")
        )

    def _wrong_count(self, count: int) -> int:
        return self.dice.choice([other for other in range(1, 8) if other != count])

    def _wrong_noun(self) -> str:
        taken = {thing.subject for thing in self.request.things}
        options = [name for name in tables().words["nouns"] if name not in taken and name in subjects()]
        return subjects()[self.pick(options)].chinese

    def _corrected(self, wrong: str, right: str) -> str:
        table = "correction"
        if self.slip and self.slip[1] in ("count", "colour") and self.chance(0.3):
            table = "correction not"
        self.slip = None
        return self.fill(table, wrong=wrong, right=right, no=self.word("lists", "oops"))

    # How things look -------------------------------------------------------------------------------------------------

    def colour(self, name: str, whole: bool = True) -> str:
        """A word for a colour; `whole` where it must stand by itself: 红色 and not 红."""
        word = self.word("colours", name)
        if word[0] == word[1:2] or word[-2:-1] == word[-1]:  # 黄黄, 绿油油 only stand before 的
            word = tables().words["colours"][name][0]
        return word if word.endswith("色") or not whole else word + "色" if len(word) < 3 or self.chance(0.5) else word

    def said_with_de(self, words: str) -> str:
        return words if words.endswith(("的", "型", "迷你", "袖珍")) else words + "的"

    def _adjectives(self, number: int) -> str:
        """Some of how a thing looks, as words before the noun; what they say is no longer left."""
        left, noun, found = self.left[number], self.nouns[number], []
        chosen = [name for n, name in enumerate([name for name in LOOKS if name in left and name != "second"])]
        self.dice.shuffle(chosen)
        chosen = [name for n, name in enumerate(chosen) if self.chance((0.92, 0.65, 0.35, 0.15, 0.1)[n])]
        size = colour = ""
        if "style" in chosen:
            word = self.word("styles", left.pop("style"))
            bare = word.endswith(("效果", "风", "图", "那种黑白"))
            found.append(word + "的" if bare else word + self.pick(("风格的", "的", "的", "效果的", "版的")))
        if "material" in chosen:
            found.append(self.said_with_de(self.word("materials", left.pop("material"))))
        if "pattern" in chosen:
            found.append(self._patterned(number))
        if "colour" in chosen and "colour" in left:
            colour = self._coloured(left.pop("colour"), noun, number)
        if "size" in chosen:
            size = self._sized(left.pop("size"), number, bool(colour) and not colour.endswith("的"))
        bare = size in ("小", "大")
        self.dice.shuffle(found)
        if bare or self.chance(0.5):
            words = [*found, colour, size] if bare else [size, *found, colour]
        else:
            words = [*found, size, colour]
        if self.chance(0.03):
            words.insert(0, self.pick(_FILLERS))
        if self.slip == (number, "colour") and colour:
            wrong = self.said_with_de(self.colour(self._other("colours", self.request.things[number].colour)))
            right = self.said_with_de(colour if len(colour) > 1 else colour + "色")
            words[words.index(colour)] = self._corrected(wrong, right)
        return "".join(filter(None, words))

    def _other(self, kind: str, key: str) -> str:
        return self.pick([name for name in tables().words[kind] if name != key])

    def _coloured(self, name: str, noun: str, number: int) -> str:
        if self.slip == (number, "colour later"):
            name = self._other("colours", name)
        word = self.word("colours", name)
        if len(word) == 1 and self.chance(0.5) and word + noun not in _all_names() and len(noun) < 4:
            return word
        if len(word) == 1:
            return word + ("色的" if self.chance(0.7) else "的")
        if (len(word) == 2 and word[0] == word[1]) or word in ("红通通", "红彤彤", "黄澄澄", "绿油油"):
            return word + "的"
        style = self.dice.random()
        word = word if word.endswith("色") or style < 0.4 else word + "色"
        return word + ("的" if style < 0.85 or not word.endswith("色") else "")

    def _patterned(self, number: int) -> str:
        """The pattern with its second colour, often with the main colour."""
        left = self.left[number]
        word = self.word("patterns", left.pop("pattern"))
        second = left.pop("second", "")
        two = self.colour(second, whole=False) if second else ""
        if second and "colour" in left and self.slip != (number, "colour later") and self.chance(0.7):
            one = self.colour(left.pop("colour"), whole=False)
            forms = ["{}底{}{}的", "{}带{}{}的", "{}底子{}{}的", "底色{}、{}{}的", "{}底带{}{}的"]
            forms += ["{}色带{}{}的"] if one[-1] != "色" else []
            return self.pick(forms).format(one, two, word)
        if second:
            return self.pick(("带{}{}的", "有{}{}的", "{}{}的", "长着{}{}的")).format(two, word)
        forms = ["带{}的", "有{}的", "{}的", "印着{}的", "满是{}的"] + (["{}花纹的"] if "图案" not in word else [])
        return self.pick(forms).format(word)

    def _sized(self, size: str, number: int, before_bare_colour: bool) -> str:
        word = self.word("sizes", size)
        if word not in ("小", "大"):
            return self.said_with_de(word)
        noun = self.nouns[number]
        ambiguous = word == "小" and self.group(number) in _SMALL_PETS
        if ambiguous or before_bare_colour or noun[0] in "大小" or word + noun in _all_names() or not noun[0] >= "一":
            return word + word + "的" if word == "小" else "很大的"
        return word

    # The next mentions -----------------------------------------------------------------------------------------------

    def again(self, number: int, pronouns: bool = True) -> str:
        """A thing that was named before."""
        thing, measure = self.request.things[number], self.measures[number]
        if pronouns and self.focus == number and self.chance(0.5):
            return self.pronoun(number)
        named = marked((number,), self.nouns[number])
        if self.twins[number]:
            return self._told_apart(number, named)
        if thing.count == 1:
            return self.form("again one", noun=named, m=measure)
        if self.group(number) in ("people", "mammals", "birds", "fantasy") and self.chance(0.06):
            return named + "们"
        count = "两" if thing.count == 2 else numeral(thing.count)
        return self.form("again several", noun=named, n=count, m=measure)

    def _told_apart(self, number: int, named: str) -> str:
        """A thing among others with its name: by its colour, its size, its number, or its turn."""
        twins = [self.request.things[n] for n in self.twins[number]]
        thing, measure = self.request.things[number], self.measures[number]
        those = ("那" if thing.count == 1 else f"那{'两' if thing.count == 2 else numeral(thing.count)}") + measure
        said = [name for name in ("colour", "size", "material", "place") if name not in self.left[number]]
        said = [name for name in said if getattr(thing, name)]
        said = [name for name in said if all(getattr(twin, name) != getattr(thing, name) for twin in twins)]
        if "colour" in said:
            colour = self.said_with_de(self.colour(thing.colour))
            return self.pick((colour + named, colour + those + named, those + colour + named, colour + those))
        if "size" in said and thing.size in ("small", "large"):
            size = "小的" if thing.size == "small" else "大的"
            return self.pick((size + those + named, size + those))
        if "place" in said:
            place = self.place_words(thing.place)
            return self.pick((place + those + named, f"{place}的{named}", place + those))
        if "material" in said:
            return self.said_with_de(tables().words["materials"][thing.material][0]) + those + named
        if all(twin.count != thing.count for twin in twins) and thing.count > 1:
            return those + named
        turn = sorted([number, *self.twins[number]]).index(number) + 1
        if thing.count == 1 and all(twin.count == 1 for twin in twins):
            return f"第{numeral(turn)}{measure}{named}"
        return f"第{numeral(turn)}{self.pick(('组', '批', '拨'))}{named}"

    # What is said in clauses of their own ----------------------------------------------------------------------------

    def say(self, number: int, subject: str, tag: bool = False) -> str:
        """One of the facts that are left of a thing, as a clause with a subject or none, or as a tag; it is no longer
        left."""
        clause = self._said(number, subject, "tag" if tag else "say")
        return clause if subject else clause.removeprefix("的")

    def _said(self, number: int, subject: str, how: str) -> str:
        left = self.left[number]
        field = self.pick([name for name in left if name != "second"])
        value = left.pop(field)
        if field in ("across", "down"):
            return self._positioned(number, subject, field, value)
        if field == "colour":
            value = self._other("colours", value) if self.slip == (number, "colour later") else value
            gaps = {"c": self.colour(value)}
        elif field == "pattern":
            second = left.pop("second", "")
            gaps = {"p": (self.colour(second) if second else "") + self.word("patterns", value)}
        elif field == "material":
            gaps = {"m": self.said_with_de(self.word("materials", value))}
        elif field == "style":
            gaps = {"s": self.word("styles", value)}
        elif field == "size":
            gaps = {"s": self.word("sizes said", value)}
        elif field == "arrangement":
            gaps = {"arr": self.arranged(number)}
        else:
            gaps = {"loc": self.location(number, value)}
        return self.fill(f"{how} {field}", r=subject, **gaps)

    def _positioned(self, number: int, subject: str, field: str, value: int) -> str:
        left = self.left[number]
        points = {field: value} | {name: left.pop(name) for name in ("across", "down") if name in left}
        gaps = {f"a{name[0]}": self.percent(axis, points[axis]) for axis, name in (("across", "x"), ("down", "y"))
                if axis in points}  # fmt: skip
        if len(points) == 1:
            return self.fill(f"say {field}", r=subject, **gaps)
        return self.fill("say point", r=subject, px=str(points["across"]), py=str(points["down"]), **gaps)

    def arranged(self, number: int) -> str:
        thing = self.request.things[number]
        if not (grid := thing.rows_and_columns):
            return self.word("arrangements", thing.arrangement)
        chinese = self.chance(0.6)
        rows, columns = (("两" if n == 2 else numeral(n)) if chinese else str(n) for n in grid)
        return self.fill("grid", r=rows, c=columns)

    def percent(self, axis: str, percent: int) -> str:
        if percent in FRACTIONS and self.chance(0.5):
            if percent == 50 and self.chance(0.5):
                return self.pick(_MIDDLES[axis])
            return self.form(f"{axis} fraction", f=FRACTIONS[percent], g=FRACTIONS[100 - percent])
        return self.form(axis, p=str(percent), q=str(100 - percent))

    def place_words(self, place: str, whole: bool = False) -> str:
        """The words of a place; of the `whole` picture, where it might be one beside a thing."""
        words = self.word("places", place)
        if "点" in words or words in ("正北", "正南", "C位") or words[-1] == "置":
            return words
        if not (whole and "-" not in place and words[0] != "最" and "半" not in words) and self.chance(0.6):
            return words
        return self.word("lists", "canvas") + ("的" if self.chance(0.5) else "") + words

    def location(self, number: int, place: str) -> str:
        """The words of a place, with a slip of the tongue if this is where it happens."""
        whole = number > 0 and not self.all_placed
        words = self.place_words(place, whole)
        if self.slip == (number, "place"):
            wrong = self.pick([other for other in LOCATIONS if other != place])
            return self._corrected(self.place_words(wrong, whole), words)
        if self.slip == (number, "place later"):
            return self.place_words(self.pick([other for other in LOCATIONS if other != place]), whole)
        return words
