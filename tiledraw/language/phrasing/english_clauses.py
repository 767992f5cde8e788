"""Clauses: things and their relations as noun phrases, and sentences for what these leave out.

Knows requests and words. Knows nothing about the sentences around clauses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tiledraw.language.phrasing.dice import Dice
from tiledraw.language.phrasing.english_nouns import LOOKS, Nouns
from tiledraw.language.phrasing.english_tables import table, words
from tiledraw.language.places import LOCATIONS
from tiledraw.language.request import ACTIONS, AMONG, COMPARED, PLACED, Relation, Request, Thing
from tiledraw.language.subjects import subjects

_POSTURES = {"birds": "bird", "sea animals": "water", "travel": "vehicle", "people": "alive", "mammals": "alive",
             "reptiles": "alive"}  # fmt: skip
_CLEAR_COLOURS = ("red", "blue", "green", "yellow", "black", "white", "pink", "purple")
_RESTED = ("on", "under", "in", "in front of", "behind", "next to", "near", "left of", "right of", "below")


@dataclass(frozen=True)
class Clause:
    """Words for one thing or several.

    Attributes:
        text: A noun phrase, with where it is unless `lead` says that.
        many: Whether its verb is a plural.
        lead: Where it is, to be said before or after it.
        joint: What must not be followed by "and" alone: a relation, whose other thing the next would seem to join.
        only: The one thing that it names, which "it" would mean after it.
    """

    text: str
    many: bool
    lead: str = ""
    joint: bool = False
    only: int | None = None


@dataclass(frozen=True)
class Fact:
    """What is still to be said of a thing: a field of it, or a relation."""

    number: int
    field: str
    relation: Relation | None = None


@dataclass(frozen=True)
class _Mistake:
    """What the clauses say wrong of a thing, so that a sentence takes it back."""

    number: int
    field: str
    right: Thing
    wrong: Thing


class Clauses:
    """The clauses of one prompt."""

    def __init__(self, request: Request, dice: Dice, split: str, strangers: Mapping[int, str]) -> None:
        self.request, self.things, self.dice = request, request.things, dice
        self.nouns = Nouns(request, dice, split, strangers)
        self.facts: list[Fact] = []
        self.focus: int | None = None  # what "it" means
        self.alike = ""  # a look that all things have, said once
        self.strangers = strangers
        self.denied = False  # whether the clauses say already what must not be there
        self.twins = [
            [o for o, other in enumerate(self.things) if other.subject == thing.subject] for thing in self.things
        ]

    # The plan --------------------------------------------------------------------------------------------------------

    def plan(self, form: str) -> None:
        """Decides what sentences of their own will say."""
        dice, held = self.dice, self.nouns.held
        shared = [look for look in LOOKS if len({getattr(thing, look) for thing in self.things}) == 1
                  and getattr(self.things[0], look) and not self.things[0].second
                  and not (look == "size" and self.things[0].size == "full")]  # fmt: skip
        plain = form not in ("tags", "bullets", "fields")
        if plain and shared and len(self.things) > 1 and dice.chance(0.75):
            self.alike = dice.pick(shared)
            held |= {(n, self.alike) for n in range(len(self.things))}
        share = dice.pick((0.0, 0.0, 0.0, 0.1, 0.5)) if plain else 0.0
        for number, thing in enumerate(self.things):
            looks = [look for look in LOOKS if getattr(thing, look) and look != self.alike]
            if len(self.twins[number]) > 1:  # what tells it from another is said at once
                looks = []
            if thing.style and "style" in looks and dice.chance(0.3):
                held |= {(number, "style"), (number, "style of")}
                looks.remove("style")
            placed = bool(thing.place or thing.across is not None or thing.down is not None)
            fields = [*looks, *(["arrangement"] if thing.arrangement else []), *(["place"] if placed else [])]
            for field in fields:
                if dice.chance(share) and not (field == "place" and len(self.twins[number]) > 1):
                    held.add((number, field))
                    self.facts.append(Fact(number, field))
        self.apart = plain and dice.chance(0.17)  # relations are said after all things are named

    def mistake(self) -> _Mistake | None:
        """Lets the clauses say one thing wrong, if there is one that a sentence behind them can put right."""
        fields = [
            (number, field)
            for number, thing in enumerate(self.things)
            for field in ("colour", "size", "place")
            if getattr(thing, field) and (number, field) not in self.nouns.held and thing.size != "full"
        ]
        fields += [(number, "count") for number, thing in enumerate(self.things) if 2 < thing.count < 12]
        clear = [(n, field) for n, field in fields if len(self.twins[n]) == 1 and not self.things[n].arrangement]
        if not clear:
            return None
        number, field = self.dice.pick(clear)
        right = self.things[number]
        wrong: object
        if field == "count":
            wrong = right.count + self.dice.pick((-1, 1, 2))
        else:
            known = {"colour": _CLEAR_COLOURS, "size": ("small", "large"), "place": LOCATIONS}[field]
            wrong = self.dice.pick([word for word in known if word != getattr(right, field)])
        return _Mistake(number, field, right, replace(right, **{field: wrong}))

    def put_right(self, mistake: _Mistake) -> str:
        """The sentence that takes back what the clauses said wrong."""
        number, field, nouns = mistake.number, mistake.field, self.nouns
        a, o = self._named(number) if field != "count" else ("", "")
        slots = {"a": a, "o": o, **self._agreement(number)}
        if field == "count":
            noun = nouns.noun(number)
            return nouns.say("corrected", "count").format(
                c=nouns.figure(mistake.right.count), w=nouns.figure(mistake.wrong.count), noun=noun, **slots
            )
        if field == "place":
            right, wrong = (nouns.at(thing.place) for thing in (mistake.right, mistake.wrong))
            return nouns.say("corrected", "place").format(p=right, w=wrong, **slots)
        nouns.taken_back = False
        words_of = [nouns.look(thing, field, ahead=True) for thing in (mistake.right, mistake.wrong)]
        return nouns.say("corrected", field).format(c=words_of[0], w=words_of[1], **slots)

    def clauses(self, *, leads: bool) -> list[Clause]:
        clauses: list[Clause] = []
        number = 0
        while number < len(self.things):
            clause, number = self._clause(number, leads, clauses)
            clauses.append(clause)
        return clauses

    # Clauses ---------------------------------------------------------------------------------------------------------

    def _clause(self, number: int, leads: bool, before: list[Clause]) -> tuple[Clause, int]:
        """The clause that begins with a thing, and the number of the first thing that it does not name."""
        dice, things = self.dice, self.things
        thing, end = things[number], len(things)
        many = self.nouns.many(number)
        first, *others = thing.relations or (None,)
        self._later(number, others)
        if first and not self.apart:
            of = sorted(first.of)
            if of == list(range(number + 1, number + 1 + len(of))):  # named right behind it
                text = self._related(number, first)
                for other in of:
                    self._later(other, things[other].relations)
                return Clause(text, many, joint=True), of[-1] + 1
            if of[-1] < number:
                self.focus = before[-1].only if before else None
                rel = self._rel(first, number)
                kind = f"rel{self._sort(first)} np"
                text = self.nouns.say(kind).format(a=self.nouns.full(number), rel=rel, **self._agreement(number))
                return Clause(text, many, joint=True), number + 1
        self._later(number, [first] if first else [])
        for size in (1, 2):  # what comes next relates to this thing, or to this and the one after it
            new = number + size
            found = things[new].relations[:1] if new < end and not self.apart and (size == 1 or not first) else ()
            if found and sorted(found[0].of) == list(range(number, new)) and dice.chance(0.85):
                if size == 2 and things[number + 1].relations:
                    continue
                text = self._back(number, new, found[0])
                self._later(new, things[new].relations[1:])
                return Clause(text, many or size == 2, joint=True), new + 1
        if (run := self._run(number)) > 1 and dice.chance(0.7):
            return Clause(self._partly(number, run), True, joint=True), number + run
        lead = self.nouns.where(number) if leads and dice.chance(0.8) else ""
        if lead:
            self.nouns.held.add((number, "place"))
        same = number and things[number - 1].subject == thing.subject and number not in self.strangers
        one = bool(same and number - 1 not in self.strangers and before and before[-1].only == number - 1)
        one = one and not lead and bool(thing.look or thing.size) and dice.chance(0.5)
        one = one and self.nouns.called[number].isascii() and self.nouns.called[number - 1].isascii()
        text = self.nouns.full(number, one=one)
        return Clause(text, many, lead, bool(thing.arrangement) and dice.chance(0.5), number), number + 1

    def _later(self, number: int, relations: Sequence[Relation | None]) -> None:
        self.facts += [Fact(number, "relation", relation) for relation in relations if relation]

    def _agreement(self, a: int, b: Sequence[int] = ()) -> dict[str, str]:
        many, others = self.nouns.many(a), len(b) > 1 or any(map(self.nouns.many, b))
        return {
            "is": "are" if many else "is", "has": "have" if many else "has", "s": "" if many else "s",
            "was": "were" if many else "was", "them": "them" if many else "it", "aits": "their" if many else "its",
            "its": "their" if many else "its", "bis": "are" if others else "is", "bhas": "have" if others else "has",
            "bit": "them" if others else "it", "bits": "their" if others else "its", "bs1": "" if others else "s",
            "tis": "they're" if many else "it's",
        }  # fmt: skip

    def _sort(self, relation: Relation) -> str:
        return " action" if relation.word in ACTIONS else " compare" if relation.word in COMPARED else ""

    def _rel(self, relation: Relation, number: int, others: str = "") -> str:
        """'sitting on the table': how a thing relates to others, which are named already unless `others` says them."""
        dice, word = self.dice, relation.word
        if not others and self.focus in relation.of and len(relation.of) == 1 and dice.chance(0.5):
            it = "them" if self.nouns.many(relation.of[0]) else "it"
            its = "their" if it == "them" else "its"
            if word in table("words", "its") and dice.chance(0.6):
                return self._posed(number, word, self.nouns.word("its", word).format(it=it, its=its))
            others = it
        others = others or " and ".join(map(self._ref, relation.of))
        if relation.times:
            kind = ("small " if word == "smaller than" else "") + ("2" if relation.times == 2 else "n")
            ordinal = {2: "half"}.get(relation.times) or words("ordinals")[relation.times]
            spelled = words("numbers")[relation.times]
            return self.nouns.word("times", kind).format(b=others, n=spelled, d=relation.times, ordinal=ordinal)
        return self._posed(number, word, self.nouns.word("relations", word).format(b=others))

    def _posed(self, number: int, word: str, text: str) -> str:
        """The same with a posture, at times: 'perched on it', 'parked next to it'."""
        if word not in PLACED or not self.dice.chance(0.25) or text.split(" ")[0].endswith(("ing", "ly")):
            return text
        thing = self.things[number]
        group = subjects()[thing.subject].group if thing.subject in subjects() and number not in self.strangers else ""
        kind = _POSTURES.get(group, "thing")
        if word == "above":
            kind = "above"
        elif word not in _RESTED or text.startswith(("half", "partly", "further", "lower", "higher")):
            return text
        return f"{self.nouns.word('postures', kind)} {text}"

    def _related(self, number: int, relation: Relation) -> str:
        """A thing, and what it relates to, both named here, it first."""
        of = sorted(relation.of)
        places = {(n, "place") for n in of if self.nouns.where(n)} - self.nouns.held
        a = self.nouns.full(number)
        self._hold(places)
        b = " and ".join(self._another(n, number) for n in of)
        slots = {"a": a, "b": b, **self._agreement(number, of)}
        if self._generic(relation, number) or self.dice.chance(0.6):
            kind = f"rel{self._sort(relation)} np"
            return self.nouns.say(kind).format(rel=self._rel(relation, number, b), **slots)
        return self._special("special np", relation, number, slots)

    def _generic(self, relation: Relation, number: int) -> bool:
        """Whether no words of its own may say a relation: "a dog on each side" is said of two only."""
        return bool(relation.times) or (relation.word == "on either side of" and self.things[number].count != 2)

    def _special(self, kind: str, relation: Relation, number: int, slots: dict[str, str]) -> str:
        pattern = self.nouns.say(kind, relation.word)
        if "{each" in pattern:
            self.nouns.said[number].clear()  # it is named by these words and no others
            one = self.nouns.phrase(number, count=1)
            slots |= {"each": one, "each1": re.sub(r"^an? ", "", one)}
        return pattern.format(**slots)

    def _hold(self, fields: set[tuple[int, str]]) -> None:
        """Leaves fields to sentences of their own, in the order of the things."""
        self.nouns.held |= fields
        self.facts += [Fact(number, field) for number, field in sorted(fields)]

    def _another(self, number: int, than: int) -> str:
        """A thing that is named behind another: "another cat" where both are alike."""
        text = self.nouns.full(number)
        same = self.things[number].subject == self.things[than].subject
        if same and self.nouns.called[number] == self.nouns.called[than] and not self.things[number].look:
            return re.sub(r"^(an?|one|1) ", "another ", text)
        return text

    def _back(self, number: int, new: int, relation: Relation) -> str:
        """A thing, or two, and the one that relates to it, named behind it."""
        of = list(range(number, new))
        places = {(n, "place") for n in (*of[1:], new) if self.nouns.where(n)} - self.nouns.held
        self._hold(places)
        b = " and ".join(self.nouns.full(n) for n in of)
        a = self._another(new, number)
        slots = {"a": a, "b": b, **self._agreement(new, of)}
        if not relation.times and self.dice.chance(0.2) and relation.word in (*PLACED, *AMONG):
            front = self.nouns.word("relations", relation.word).format(b=b)
            return self.nouns.say("front np").format(front=front, **slots)
        if not self._generic(relation, new) and (self.dice.chance(0.5) or len(of) > 1):
            return self._special("special back np", relation, new, slots)
        kind = "rel back action np" if self._sort(relation) else "rel back np"
        it, its = slots["bit"], slots["bits"]
        if relation.word in table("words", "its"):
            rel = self.nouns.word("its", relation.word).format(it=it, its=its)
        else:
            rel = self._rel(relation, new, it)
        return self.nouns.say(kind).format(itsrel=rel, **slots)

    def _run(self, number: int) -> int:
        """How many things from this one on are of one subject and differ in one look only."""
        thing, end = self.things[number], number
        while end < len(self.things) and self.things[end].subject == thing.subject and self._is_part(end):
            end += 1
        run = self.things[number:end]
        fields = {look for other in run for look in LOOKS if getattr(other, look)}
        alike = len({self.nouns.called[n] for n in range(number, end)}) == 1
        told = len(fields) == 1 and all(getattr(other, look) for other in run for look in fields)
        return end - number if alike and told and fields <= {"colour", "material", "size"} else 0

    def _is_part(self, number: int) -> bool:
        thing = self.things[number]
        bare = not (thing.relations or thing.place or thing.arrangement or thing.second or thing.size == "full")
        related = any(number in relation.of for other in self.things for relation in other.relations)
        return bare and thing.across is None and thing.down is None and not related and number not in self.strangers

    def _partly(self, number: int, run: int) -> str:
        """'three apples, two red and one green'."""
        parts = []
        self.nouns.taken_back = False
        for part in range(number, number + run):
            thing = self.things[part]
            look = next(look for look in LOOKS if getattr(thing, look))
            word = self.nouns.look(thing, look, ahead=look != "material")
            word = f"made of {word}" if look == "material" else word
            slots = {"n": words("numbers")[thing.count], "c": word, "is": "are" if thing.count > 1 else "is"}
            parts.append((slots, part))
        pattern = self.nouns.say("part")
        said = [pattern.format(**slots) for slots, _ in parts]
        total = sum(self.things[part].count for _, part in parts)
        for part in range(number, number + run):
            self.nouns.noun(part, 2)
        noun = self.nouns.noun(number, 2)
        counted = f"{self.nouns.figure(total)} {noun}"
        return self.nouns.say("partly").format(total=counted, parts=", ".join(said[:-1]) + " and " + said[-1])

    # Sentences about what was named ----------------------------------------------------------------------------------

    def _ref(self, number: int) -> str:
        """'the cat', 'the red cat', 'the second cat': a thing that was named."""
        thing, dice = self.things[number], self.dice
        noun = self.nouns.noun(number)
        twins = [n for n in self.twins[number] if self.nouns.called[n] == self.nouns.called[number]]
        twins = twins if number not in self.strangers else [number]
        if len(twins) == 1:
            if thing.count > 1 and dice.chance(0.2):
                return f"the {words('numbers')[thing.count]} {noun}"
            named = table("words", "unique").get(noun)
            return f"the {noun}" if named != "" else noun
        places = [self.things[n].place for n in twins]
        if thing.place and places.count(thing.place) == 1 and dice.chance(0.5):
            label = thing.place.replace("-", " ")
            noun = noun if dice.chance(0.5) else "ones" if thing.count > 1 else "one"
            if "-" not in thing.place and dice.chance(0.6):
                return f"the {label} {noun}"
            return (
                f"the {noun} {'in' if label == 'center' else 'on' if label in ('left', 'right') else 'at'} the {label}"
            )
        for look in ("colour", "material", "pattern", "size"):
            values = [getattr(self.things[n], look) for n in twins]
            value = getattr(thing, look)
            if (
                value
                and values.count(value) == 1
                and look != self.alike
                and value != "full"
                and (look != "colour" or not any(self.things[n].material for n in twins))
            ):
                word = value if look != "pattern" else self.nouns.word("patterns", value)
                return f"the {self.nouns.word('sizes', value) if look == 'size' else word} {noun}"
        counts = [self.things[n].count for n in twins]
        if counts.count(thing.count) == 1:
            return f"the {words('numbers')[thing.count]} {noun}" if thing.count > 1 else f"the single {noun}"
        if len(twins) == 2 and twins.index(number) == 1 and dice.chance(0.4):
            return f"the other {noun}"
        order = words("ordinals")[twins.index(number) + 1]
        return f"the {order} {noun}" if thing.count == 1 else f"the {order} {words('numbers')[thing.count]} {noun}"

    def _named(self, number: int) -> tuple[str, str]:
        """A thing as a subject and as an object: by a pronoun where that is clear."""
        if self.focus == number and self.dice.chance(0.6):
            return ("they", "them") if self.nouns.many(number) else ("it", "it")
        return (ref := self._ref(number)), ref

    def said_facts(self) -> list[str]:
        """A sentence for each fact that is left, those of one thing together."""
        sentences = []
        for fact in sorted(self.facts, key=lambda fact: (fact.field == "relation", fact.number)):
            sentences.append(self._said(fact))
        return sentences

    def _said(self, fact: Fact) -> str:
        number, thing, say = fact.number, self.things[fact.number], self.nouns.say
        if relation := fact.relation:
            if self.focus in relation.of and self.focus is not None:
                a = o = self._ref(number)
            else:
                a, o = self._named(number)
            sort = self._sort(relation)
            of = relation.of
            if relation.times or self.dice.chance(0.6):
                rel = self._rel(relation, number)
                self.focus = None
                return say(f"rel{sort} says").format(a=a, o=o, rel=rel, **self._agreement(number, of))
            b = " and ".join(map(self._ref, of))
            self.focus = None
            return say("special says", relation.word).format(a=a, o=o, b=b, **self._agreement(number, of))
        a, o = self._named(number)
        self.focus = number
        slots = {"a": a, "o": o, **self._agreement(number)}
        if fact.field == "place":
            place = self.nouns.place(thing.place) if thing.place else ""
            percents = (
                self.nouns.percents(thing.across, thing.down) if (thing.across, thing.down) != (None, None) else ""
            )
            return say("says", "place").format(p=", ".join(filter(None, [place, percents])), **slots)
        if fact.field == "arrangement":
            return say("says", "arrangement").format(p=self.nouns.arranged(number), **slots)
        if fact.field == "size" and thing.size == "full":
            return say("says", "full").format(**slots)
        if fact.field == "style":
            words_for = say("after", "style", thing.style).format(c="", **slots)
            words_for = words_for.strip("()") if words_for.startswith("(") else words_for
            return say("says", "style").format(c=words_for, **slots)
        ahead = fact.field in ("colour", "size")
        return say("says", fact.field).format(c=self.nouns.look(thing, fact.field, ahead=ahead), **slots)

    def all_alike(self, kind: str) -> str:
        thing, look = self.things[0], self.alike
        if look == "style":
            slots = {"c": "", "is": "are", "has": "have", "s": "", "its": "their"}
            word = self.nouns.say("after", "style", thing.style).format(**slots).strip("()")
        else:
            word = self.nouns.look(thing, look, ahead=look in ("colour", "size"))
        return self.nouns.say(kind, look).format(c=word)
