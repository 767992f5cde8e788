"""Noun phrases: one group of things in words: what it is called, how many, how it looks, where it is.

Knows words and things. Knows nothing about sentences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from tiledraw.language.attributes import COLOURS, MATERIALS
from tiledraw.language.nouns import COUNTED_BY, article, names, plural
from tiledraw.language.phrasing.dice import Dice
from tiledraw.language.phrasing.english_tables import patterns, table, words
from tiledraw.language.places import LOCATIONS
from tiledraw.language.request import Request, Thing
from tiledraw.language.subjects import subjects

LOOKS = ("size", "colour", "pattern", "material", "style")  # in the order of adjectives
_PLURAL_ALONE = {"french fries", "fries", "noodles", "bubbles", "dice", "chopsticks", "maracas"}
_FRACTIONS = {
    10: "a tenth", 20: "a fifth", 25: "a quarter", 33: "a third", 40: "two fifths", 50: "half", 60: "three fifths",
    67: "two thirds", 75: "three quarters", 80: "four fifths", 90: "nine tenths",
}  # fmt: skip
_CLOCK = {"top-left": "10 or 11 o'clock", "top": "12 o'clock", "top-right": "1 or 2 o'clock", "left": "9 o'clock",
          "right": "3 o'clock", "bottom-left": "7 or 8 o'clock", "bottom": "6 o'clock",
          "bottom-right": "4 or 5 o'clock"}  # fmt: skip
_COMPASS = {"top": "north", "bottom": "south", "left": "west", "right": "east"}


@cache
def _callings(subject: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of a subject that mean it alone, and words that mean one kind of it."""
    unclear = set(words("avoid"))
    known = [name for name in names(subject, "en") if name not in unclear] if subject in subjects() else [subject]
    kinds = table("words", "hyponyms").get(subject, "")
    kinds = tuple(kind for kind in kinds.split("|") if kind and kind not in subjects())
    return tuple(known) or (subject,), kinds


def place_slots(place: str) -> dict[str, str]:
    """What the patterns of a place may say of it."""
    parts = place.split("-")
    v = next((part for part in parts if part in ("top", "bottom")), "")
    h = next((part for part in parts if part in ("left", "right")), "")
    return {
        "v": v,
        "h": h,
        "u": {"top": "upper", "bottom": "lower"}.get(v, ""),
        "wise": {"top": "up high", "bottom": "down low"}.get(v, ""),
        "compass": "".join(_COMPASS[part] for part in parts) if place != "center" else "",
        "clock": _CLOCK.get(place, ""),
    }


def kind_of_place(place: str) -> str:
    row, column = divmod(LOCATIONS.index(place), 3)
    return "center" if row == column == 1 else "side" if row == 1 else "edge" if column == 1 else "corner"


class Nouns:
    """The noun phrases of one prompt.

    Attributes:
        said: For each thing, the words by which it was named so far.
        held: Fields of things that something else says: a sentence of their own, or one for all.
    """

    def __init__(self, request: Request, dice: Dice, split: str, strangers: Mapping[int, str]) -> None:
        self.things, self.dice, self.split, self.strangers = list(request.things), dice, split, strangers
        self.said: list[list[str]] = [[] for _ in request.things]
        self.held: set[tuple[int, str]] = set()
        self.terse = False
        self.taken_back = dice.chance(0.05)  # whether a word is still to be taken back: "three, no, four"
        self.figures = dice.pick((0.05, 0.1, 0.5, 1.0))  # how often a number is written in figures
        self.called: list[str] = []
        for number in range(len(request.things)):
            self.called.append(self._calling(number))

    def _calling(self, number: int) -> str:
        if number in self.strangers:
            return self.strangers[number]
        thing, dice = self.things[number], self.dice
        for other in range(number):  # things of one subject have one name, mostly
            if self.things[other].subject == thing.subject and other not in self.strangers and dice.chance(0.92):
                return self.called[other]
        known, kinds = _callings(thing.subject)
        luck = dice.roll()
        emoji = subjects()[thing.subject].emoji if thing.subject in subjects() else ""
        if luck < 0.03 and emoji:
            return emoji
        if luck < 0.13 and kinds:
            return dice.pick(kinds)
        return known[0] if luck < 0.65 else dice.pick(known)

    # Words -----------------------------------------------------------------------------------------------------------

    def say(self, *path: str) -> str:
        """A pattern of this split."""
        return self.dice.pick(self.dice.pick(patterns(self.split, *path)))

    def word(self, *path: str) -> str:
        return self.dice.pick(words(*path))

    def many(self, number: int) -> bool:
        """Whether its verb is a plural."""
        noun = self.called[number]
        return self.things[number].count > 1 or noun in _PLURAL_ALONE or COUNTED_BY.get(noun) == "pair"

    def noun(self, number: int, count: int | None = None) -> str:
        """Its noun as that number of it wants it; noted as said."""
        noun, count = self.called[number], self.things[number].count if count is None else count
        if not noun.isascii() and len(noun) <= 2:
            return self._noted(number, noun)
        return self._noted(number, noun if count == 1 else plural(noun))

    def _noted(self, number: int, noun: str) -> str:
        if noun not in self.said[number]:
            self.said[number].append(noun)
        return noun

    def figure(self, count: int) -> str:
        return str(count) if count > 20 or self.dice.chance(self.figures) else words("numbers")[count]

    def count_words(self, count: int) -> str:
        luck = self.dice.roll()
        if count == 2 and luck < 0.3:
            return self.word("couple")
        if count == 3 and luck < 0.05:
            return "a trio of"
        if count in (6, 12) and luck < 0.2:
            return {6: "half a dozen", 12: "a dozen"}[count]
        if luck > 0.94:
            return f"{self.word('exactly')} {self.figure(count)}"
        return self.figure(count)

    def colour(self, word: str) -> str:
        return self.word("colours", word)

    def _mistaken(self, right: str, kind: str, wrong: str = "") -> str:
        """The right word behind a wrong one that is taken back, if this prompt has one to take back."""
        if not self.taken_back or not wrong or wrong == right or not self.dice.chance(0.5):
            return right
        self.taken_back = False
        return self.say(kind).format(c=right, w=wrong)

    # A group of things -----------------------------------------------------------------------------------------------

    def phrase(self, number: int, *, count: int | None = None, one: bool = False, bare: bool = False) -> str:
        """'two small cats with stripes'.

        Args:
            count: Of how many, where it is not all of them.
            one: They are called by the noun of the thing before: "a blue one".
            bare: Without their number: what "a row of" wants.
        """
        thing, dice = self.things[number], self.dice
        amount = thing.count if count is None else count
        before, after = self._looks(number, thing)
        noun = self.called[number]
        counter = COUNTED_BY.get(noun) or table("words", "counters").get(noun, "")
        if one:
            noun, counter = ("one" if amount == 1 else "ones"), ""
            self._noted(number, self.said[number - 1][0])
        elif counter and not bare and not (self.terse and amount == 1):
            stuff = self.noun(number, 1 if noun not in COUNTED_BY else None)
            noun = f"{counter if amount == 1 else plural(counter)} of {' '.join([*before, stuff])}"
            before = []
        elif not noun.isascii() and 2 <= amount <= 6 and not bare and dice.chance(0.6):
            repeated = self._noted(number, noun) * amount
            return " ".join([*before, repeated, *after])
        else:
            noun = self.noun(number, amount if not counter else 1) if not bare else self.noun(number)
        core = " ".join([*before, noun])
        if not bare:
            core = self._counted(amount, core, noun)
        return re.sub(r" ,", ",", " ".join([core, *after]))

    def _counted(self, amount: int, core: str, noun: str) -> str:
        dice, unique = self.dice, table("words", "unique")
        if amount == 1 and noun in unique and core == noun:
            return f"{unique[noun]} {noun}".strip() if not self.terse else noun
        if amount == 1:
            if self.terse:
                return core
            if noun == "one" and core == noun:
                return "one"
            if dice.chance(0.08) and noun != "one":
                return f"{self._mistaken(self.word('one'), 'taken back', dice.pick(('two', 'three')))} {core}"
            if noun in _PLURAL_ALONE or (COUNTED_BY.get(noun) == "pair" and noun.endswith("s")):
                return f"some {core}"
            return f"{article(core)} {core}"
        number = self.count_words(amount)
        wrong = words("numbers")[max(2, amount + dice.pick((-2, -1, 1, 2)))] if amount < 18 else ""
        return f"{self._mistaken(number, 'taken back', wrong)} {core}"

    def _looks(self, number: int, thing: Thing) -> tuple[list[str], list[str]]:
        """Words for looks before and after the noun."""
        dice = self.dice
        before: list[str] = []
        after: list[str] = []
        many = self.many(number)
        slots = {"is": "are" if many else "is", "has": "have" if many else "has", "s": "" if many else "s",
                 "its": "their" if many else "its"}  # fmt: skip
        for look in LOOKS:
            if not getattr(thing, look) or (number, look) in self.held:
                continue
            ahead = not dice.chance(0.14)
            word = self.look(thing, look, ahead=ahead)
            if ahead and word and (look != "style" or dice.chance(0.2)):
                before.append(word)
            elif look == "style":
                after.append(self.say("after", "style", thing.style).format(c="", **slots))
            elif look == "size" and thing.size == "full":
                after.append(self.say("after", "full").format(**slots))
            else:
                word = word if not ahead and word else self.look(thing, look, ahead=False)
                word = re.sub(r"-colou?red$", "", word)
                after.append(self.say("after", look).format(c=word, **slots))
        return before, after

    def look(self, thing: Thing, look: str, *, ahead: bool) -> str:
        """A look as an adjective, or as what "it is", "it has", "it is made of" want; none if it has no such word."""
        dice = self.dice
        if look == "size":
            if thing.size == "full":
                return self.word("sizes", "full") if ahead and dice.chance(0.2) else ""
            wrong = self.word("sizes", "small" if thing.size != "small" else "large")
            return self._mistaken(self.word("sizes", thing.size), "taken back", wrong)
        if look == "colour":
            wrong = dice.pick([word for word in COLOURS if word not in (thing.colour, thing.second)])
            return self._mistaken(self.colour(thing.colour), "taken back", wrong)
        if look == "material":
            if not ahead:
                wrong = self.word("stuff", dice.pick([word for word in MATERIALS if word != thing.material]))
                return self._mistaken(self.word("stuff", thing.material), "taken back", wrong)
            return self.word("materials", thing.material)
        if look == "style":
            return self.word("styles", thing.style) if ahead else ""
        if thing.second:
            second = self.colour(thing.second)
            if ahead and " " not in second and dice.chance(0.3):
                return f"{second}-{self.word('patterns', thing.pattern)}"
            return "" if ahead else self.word("second marks", thing.pattern).format(c=second)
        return self.word("patterns", thing.pattern) if ahead else self.word("marks", thing.pattern)

    def short(self, number: int) -> str:
        """'cat x3': a group in few signs, its looks before the noun."""
        thing = self.things[number]
        before, after = self._looks(number, thing)
        nouns = {"one": self.called[number], "noun": self.called[number]}
        if thing.count > 1 and self.called[number].isascii():
            nouns["noun"] = plural(self.called[number])
        for _ in range(9):
            pattern = self.say("short")
            if thing.count > 1 or not ({"{noun}"} & {pattern[4:10], pattern[:6]}):
                break
        self._noted(number, nouns["one"] if "{one}" in pattern else nouns["noun"])
        slots = {name: " ".join([*before, noun]) for name, noun in nouns.items()}
        return " ".join([pattern.format(n=thing.count, **slots), *after])

    # Places ----------------------------------------------------------------------------------------------------------

    def place(self, place: str) -> str:
        """A place as an adverb: 'in the top left corner'."""
        right = self.at(place)
        if self.taken_back and self.dice.chance(0.5):
            self.taken_back = False
            wrong = self.at(self.dice.pick([other for other in LOCATIONS if other != place]))
            return self.say("taken back place").format(c=right, w=wrong)
        return right

    def at(self, place: str) -> str:
        """A place as an adverb, and nothing else."""
        return self.say("place", kind_of_place(place)).format(**place_slots(place))

    def label(self, place: str) -> str:
        return self.say("place label", kind_of_place(place)).format(**place_slots(place))

    def percents(self, across: int | None, down: int | None) -> str:
        kind = "down" if across is None else "across" if down is None else "at"
        x, y = across or 0, down or 0
        slots = {"x": x, "y": y, "rx": 100 - x, "ry": 100 - y, "fx": _FRACTIONS.get(x), "fy": _FRACTIONS.get(y)}
        for _ in range(20):
            pattern = self.say(kind)
            if ("{fx}" not in pattern or slots["fx"]) and ("{fy}" not in pattern or slots["fy"]):
                return pattern.format(**slots)
        return {"down": f"{y}% down", "across": f"{x}% across", "at": f"{x}% across, {y}% down"}[kind]

    def where(self, number: int) -> str:
        """Where a thing is, as an adverb, without relations; empty where that is open."""
        thing = self.things[number]
        found = []
        if thing.place and (number, "place") not in self.held:
            found.append(self.place(thing.place))
        if (thing.across is not None or thing.down is not None) and (number, "place") not in self.held:
            found.append(self.percents(thing.across, thing.down))
        return ", ".join(found)

    def arranged(self, number: int) -> str:
        thing = self.things[number]
        if not thing.rows_and_columns:
            return self.say("arrangement", thing.arrangement)
        return self.say("arrangement", "rows").format(**self._rows(thing))

    def _rows(self, thing: Thing) -> dict[str, str | int]:
        rows, columns = thing.rows_and_columns or (1, 1)
        return {"r": self.figure(rows), "k": self.figure(columns), "dr": rows, "dk": columns}

    def full(self, number: int, *, one: bool = False) -> str:
        """A group with where and how it stands."""
        thing, dice = self.things[number], self.dice
        stands = bool(thing.arrangement) and (number, "arrangement") not in self.held
        if stands and not one and dice.chance(0.35):
            kind = "rows" if thing.rows_and_columns else thing.arrangement
            if kind != "corners":
                core = self.phrase(number, bare=kind == "rows" and dice.chance(0.5))
                text = self.say("arranged of", kind).format(np=core, **self._rows(thing))
                return f"{text} {self.where(number)}".strip()
        text = self.phrase(number, one=one)
        if (number, "style of") in self.held:
            text = self.say("style of", thing.style).format(np=text)
        stand = self.arranged(number) if stands else ""
        return " ".join(filter(None, [text, stand, self.where(number)]))
