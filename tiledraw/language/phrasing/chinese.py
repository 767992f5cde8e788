"""Chinese: what a request asks for, in a sentence or several, as people write them.

Things are named in the order of the request; what a sentence does not say of them by the way is said in clauses of
their own. Patterns are of one split, so a prompt of the test split is built of patterns that training never shows.
Knows requests and sentences. Knows nothing about pictures.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import numpy as np

from tiledraw.language.attributes import COLOURS, NOTHING
from tiledraw.language.nouns import names
from tiledraw.language.phrasing.chinese_tables import tables
from tiledraw.language.phrasing.chinese_things import Things, count_word, numeral
from tiledraw.language.phrasing.chinese_writing import CLOSE, OPEN, marked, noisy, written
from tiledraw.language.phrasing.phrased import Phrased
from tiledraw.language.request import COMPARED, PLACED, Relation, Request
from tiledraw.language.subjects import subjects

__all__ = ["Phrased", "noisy", "phrase"]
_POSES = {"above": ("悬", "飘", "浮"), "below": ("待", "画")}  # nothing lies or sits there
SIDED = (*PLACED, "between", "around", "on either side of")  # relations that are a place beside another thing
_SHARED = ("colour", "style", "size", "material", "place")
_WORN = {
    "戴": "hat|glasses|crown|graduation cap|ring|necklace|watch|scarf|gloves|cap|sun hat|helmet|sunglasses|goggles|"
    "ribbon|headphones|diving mask|medal|boxing glove|stethoscope",
    "背": "backpack|handbag", "系": "tie", "贴": "bandage",
}  # fmt: skip
_WORN_HOW = {subject: verb for verb, words in _WORN.items() for subject in words.split("|")}


def phrase(request: Request, rng: np.random.Generator, split: str, strangers: Mapping[int, str] = {}) -> Phrased:
    """One of the many ways to ask for this.

    Args:
        split: "train", "validation" or "test": whose patterns are used.
        strangers: Nouns for things that nobody knows, by their number. A prompt in traditional characters writes them
            so, too; how they stand in the prompt is in `names`.
    """
    dice = random.Random(int(rng.integers(2**62)))
    return _Composer(request, dice, split, strangers).phrased()


class _Composer:
    def __init__(self, request: Request, dice: random.Random, split: str, strangers: Mapping[int, str]) -> None:
        self.request, self.dice = request, dice
        self.things = Things(request, dice, split, strangers)
        self.open = [(n, relation) for n, thing in enumerate(request.things) for relation in thing.relations]
        self.late: list[str] = []  # clauses that stand at the end
        self.plain = self.things.chance(0.3)  # first name all things, then say where they are

    # The whole -------------------------------------------------------------------------------------------------------

    def phrased(self) -> Phrased:
        chance, request = self.things.chance, self.request
        self._share()
        self._slip()
        kind = self.dice.choices(("items", "do", "state", "label", "steps"), (34, 24, 26, 8, 8))[0]
        if kind == "label" and any(thing.relations for thing in request.things) and chance(0.5):
            kind = "state"
        if kind == "label":
            self.things.slip = None
        sentences: list[str] = []
        if request.things:
            sentences = {"items": self._items, "label": self._labels}.get(kind, lambda: self._clauses(kind))()
        extras = self._extras()
        sentences = self._with_rest(sentences, extras)
        text = self._chatty(sentences)
        return Phrased(*written(text, len(request.things), self.dice))

    def _share(self) -> None:
        """What all things have in common may be said once, of all."""
        things = self.request.things
        for field in _SHARED:
            values = {getattr(thing, field) for thing in things}
            if len(things) < 2 or len(values) > 1 or "" in values or not self.things.chance(0.7):
                continue
            value = values.pop()
            for left in self.things.left:
                del left[field]
            self.late.append(self.things.fill(f"all {field}", **self._shared_words(field, value)))

    def _shared_words(self, field: str, value: str) -> dict[str, str]:
        things = self.things
        if field == "colour":
            return {"c": things.colour(value)}
        if field == "place":
            return {"loc": things.place_words(value, whole=True)}
        if field == "material":
            return {"m": things.said_with_de(things.word("materials", value))}
        return {"s": things.word("styles" if field == "style" else "sizes said", value)}

    def _slip(self) -> None:
        """Now and then something is said wrongly, and put right."""
        if not self.request.things or not self.things.chance(0.08):
            return
        number = int(self.dice.random() * len(self.request.things))
        left = self.things.left[number]
        options = ["count", "noun", "count later"]
        options += [field for field in ("colour", "place", "colour later", "place later") if field.split()[0] in left]
        field = self.things.pick(options)
        if "later" in field and self.things.twins[number]:
            return
        self.things.slip = (number, field)

    # Relations -------------------------------------------------------------------------------------------------------

    def _fitting(self) -> list[tuple[int, Relation, list[str]]]:
        """Relations that can be said next, and in which order they may name their things."""
        mentioned = self.things.mentioned
        start = len(mentioned)
        found = []
        for owner, relation in self.open:
            fresh = [n for n in (owner, *relation.of) if n not in mentioned]
            if not fresh or sorted(fresh) != list(range(start, start + len(fresh))):
                continue
            if owner in mentioned or (owner == start and len(fresh) > 1):
                orders = ["forward"]
            elif len(fresh) == 1:
                orders = ["forward", "back", "back", "items"]
            else:
                orders = ["back"] if owner == start + len(fresh) - 1 else []
            if orders := [order for order in orders if _tables_of(relation, order)]:
                found.append((owner, relation, orders))
        return found

    def _relate(self, owner: int, relation: Relation, order: str, verb: bool = False, unsaid: bool = False) -> str:
        """A relation as a clause that names its things in this order; `verb` asks for one with a verb for drawing,
        `unsaid` for one without the owner, who was just named."""
        things, thing, others = self.things, self.request.things[owner], sorted(relation.of)
        others.sort(key=lambda number: number not in things.mentioned)
        fresh = owner not in things.mentioned
        named: Callable[[int, bool], str] = lambda number, pronoun: (  # noqa: E731
            things.again(number, pronoun) if number in things.mentioned else things.first(number)
        )
        joint = things.pick(("和", "和", "跟", "与", "、"))
        mine = named(owner, True) if order == "forward" and not unsaid else ""
        other = joint.join(named(number, fresh and len(others) == 1) for number in others)
        mine = mine or ("" if unsaid else named(owner, False))
        times = str(relation.times) if things.chance(0.5) else count_word(relation.times)
        gaps = {"a": mine, "b": other, "t": times, "td": str(relation.times)}
        poses = _POSES.get(relation.word) or tables().words["poses"][things.group(owner)]
        gaps["v"] = things.pick(poses)
        gaps["wear"] = _WORN_HOW.get(self.request.things[others[0]].subject, "穿")
        if relation.times:
            gaps["frac"] = "一半" if relation.times == 2 and things.chance(0.5) else numeral(relation.times) + "分之一"
        if relation.word in SIDED:
            gaps["side"] = things.word("sides", relation.word)
        even = relation.word == "on either side of" and order == "back" and fresh and thing.count % 2 == 0
        if even and self._is_plain(mine, owner) and things.chance(0.75):
            gaps |= {"half": count_word(thing.count // 2) + things.measures[owner], "noun": mine[mine.index(OPEN) :]}
            return things.fill("on either side of halves", **gaps)
        if verb and relation.word in SIDED:
            return things.fill("side do forward" if order == "forward" else "side do", **gaps)
        verb = verb and relation.word not in COMPARED
        options = _tables_of(relation, order)
        pattern = things.pattern(things.pick(options))
        while unsaid and not pattern.line.startswith("{a}"):
            pattern = things.pattern(things.pick(options))
        text = pattern.fill(gaps, self.dice)
        return things.word("lists", "draw") + text if verb and fresh and pattern.line.startswith("{a}") else text

    def _is_plain(self, named: str, owner: int) -> bool:
        """Whether a mention is a number and a noun and no more."""
        start = named[: named.index(OPEN)]
        return len(start) <= 4 and start.endswith(self.things.measures[owner]) and named.endswith(CLOSE)

    # Clauses ---------------------------------------------------------------------------------------------------------

    def _clauses(self, kind: str) -> list[str]:
        """A sentence, or several, that tell of one thing after the other."""
        things, verb = self.things, kind in ("do", "steps")
        clauses: list[str] = []
        while len(things.mentioned) < len(self.request.things):
            before, start = set(things.mentioned), len(things.mentioned)
            fitting = self._fitting()
            if fitting and things.chance(0.2 if self.plain else 0.9):
                owner, relation, orders = fitting[int(self.dice.random() * len(fitting))]
                self.open.remove((owner, relation))
                order = things.pick([order for order in orders if order != "items"])
                clause = self._relate(owner, relation, order, verb and (things.chance(0.7) or order == "forward"))
                things.focus = None
            else:
                clause = self._introduced(start, "do" if verb else "state")
                things.focus = start
            fresh = sorted(things.mentioned - before)
            for number in fresh:
                if self.things.left[number] and things.chance(0.8):
                    clause += "，" + self._facts(number)
            clauses.append(clause)
        if kind == "steps" and len(clauses) > 1:
            return [self._stepwise(clauses)]
        joints = tables().words["joints"]["do" if verb else "state"]
        cut = int(self.dice.random() * len(clauses)) + 1
        text = clauses[0]
        for clause in clauses[1:cut]:
            text += things.pick(joints) + clause
        return [self._framed("do" if verb else "state", text, cut), *clauses[cut:]]

    def _introduced(self, number: int, kind: str) -> str:
        """A thing as a clause of its own, often with its place."""
        things = self.things
        place = things.left[number].get("place")
        if place and things.chance(0.3 if self.plain else 0.85):
            del things.left[number]["place"]
            pattern = things.pattern(f"place {kind}")
            loc = things.location(number, place)
            return pattern.fill({"loc": loc, "a": things.first(number)}, self.dice)
        return things.fill(f"plain {kind}", a=things.first(number))

    def _facts(self, number: int) -> str:
        """What is left to say of a thing, in clauses whose subject is not repeated."""
        things, clauses = self.things, list[str]()
        subject = "" if things.focus == number and things.chance(0.35) else things.again(number)
        while things.left[number] and (not clauses or things.chance(0.8)):
            clauses.append(things.say(number, subject))
            subject = ""
        things.focus = number
        return "，".join(clauses)

    def _stepwise(self, clauses: list[str]) -> str:
        things = self.things
        if things.chance(0.4):
            pattern = things.pattern("numbered")
            chinese = things.chance(0.5) or pattern.line.startswith("其")
            numbers = [numeral(n) if chinese else str(n) for n in range(1, len(clauses) + 1)]
            lines = [pattern.fill({"k": k}, self.dice) + clause for k, clause in zip(numbers, clauses, strict=True)]
            return things.pick(("\n", "；", "。", "\n")).join(lines)
        first, middle, last = things.fill("steps").split("/")
        starts = [first, *[middle] * (len(clauses) - 2), last]
        joint = things.pick(("，", "，", "；", "。"))
        return joint.join(start + clause for start, clause in zip(starts, clauses, strict=True))

    def _framed(self, kind: str, text: str, length: int) -> str:
        if self.things.chance(0.14):
            return text
        while True:
            pattern = self.things.pattern(f"frames {kind}")
            if pattern.is_open or (length <= 2 and "\n" not in text) or self.things.chance(0.05):
                return pattern.fill({"x": text}, self.dice)

    # Lists -----------------------------------------------------------------------------------------------------------

    def _items(self) -> list[str]:
        """Things in a row, as noun phrases."""
        things, items, loose = self.things, [], False
        cards = things.chance(0.15)  # written as on a card, "左上角：猫", below a head
        while (start := len(things.mentioned)) < len(self.request.things):
            fitting = [one for one in self._fitting() if "items" in one[2] or one[2] == ["forward"]]
            if joint := self._together(start):
                items.append(joint)
                loose = loose or "，" in joint
            elif fitting and things.chance(0.1 if self.plain else 0.85):
                owner, relation, orders = fitting[int(self.dice.random() * len(fitting))]
                self.open.remove((owner, relation))
                items.append(self._relate(owner, relation, "items" if "items" in orders else "forward"))
                loose = True
                things.focus = None
            else:
                place = things.left[start].get("place")
                if place and things.chance(0.2 if self.plain else 0.85):
                    del things.left[start]["place"]
                    loc = things.location(start, place)
                    table = "place cards" if cards else "place things"
                    items.append(things.fill(table, loc=loc, a=things.first(start)))
                    loose = True
                else:
                    items.append(things.first(start, item=True))
                    loose = loose or "，" in items[-1]
                things.focus = start
        if len(items) > 1 and things.chance(0.5 if cards else 0.08):
            return [self._bulleted(items)]
        loose_joints = ("，/，", "，/，", "；/；", "，/，还有", "；/；还有", "，/，另外")
        joint = things.pick(loose_joints) if loose else things.word("joints", "list")
        middle, last = joint.split("/")
        text = last.join(filter(None, [middle.join(items[:-1]), items[-1]]))
        if cards:
            return [(things.fill("label heads") if things.chance(0.5) else "") + text]
        return [self._framed("things", text, len(items))]

    def _bulleted(self, items: list[str]) -> str:
        things = self.things
        mark = things.word("joints", "bullets")
        lines = []
        for number, item in enumerate(items, 1):
            own = mark.replace("1", str(number)).replace("①", chr(0x245F + number))
            lines.append(f"{own}{' ' if len(own) == 1 or own[-1] == '.' else ''}{item}")
        head = things.fill("label heads") if things.chance(0.7) else ""
        return "\n".join(filter(None, [head, *lines]))

    def _together(self, start: int) -> str:
        """Several things in one phrase: those of one noun in two colours, or as many of each."""
        things, all_things = self.things, self.request.things
        if start + 1 < len(all_things) and things.twins[start] == [start + 1] and things.slip is None:
            left = [set(things.left[n]) for n in (start, start + 1)]
            one, two = all_things[start : start + 2]
            field = left[0].copy().pop() if left[0] == left[1] and len(left[0]) == 1 else ""
            differs = field in ("colour", "place", "size") and getattr(one, field) != getattr(two, field)
            if differs and things.chance(0.7):
                return self._split(start, field)
        rest = range(start, len(all_things))
        if len(rest) > 1 and len({all_things[n].count for n in rest}) == 1 and things.slip is None:
            if any(things.left[n] or things.twins[n] for n in rest) or any(o in rest for o, _ in self.open):
                return ""
            if things.chance(0.5):
                things.mentioned |= set(rest)
                nouns = [marked((n,), things.nouns[n]) for n in rest]
                middle, last = things.pick(("、/和", "、/、", "/", " / ", "，/，")).split("/")
                text = last.join([middle.join(nouns[:-1]), nouns[-1]])
                measures = {things.measures[n] for n in rest}
                measure = measures.pop() if len(measures) == 1 else "个"
                count = all_things[start].count
                return things.fill("each", nouns=text, n=count_word(count), d=str(count), m=measure)
        return ""

    def _split(self, start: int, field: str) -> str:
        """Two groups of one noun that differ in one field."""
        things, pair = self.things, self.request.things[start : start + 2]
        counts = [thing.count for thing in pair]
        gaps = {"m": things.measures[start], "t": count_word(sum(counts))}
        gaps |= {f"n{n}": count_word(count) for n, count in enumerate(counts, 1)}
        for n, thing in enumerate(pair, 1):
            if field == "colour":
                gaps[f"c{n}"] = things.colour(thing.colour)
            elif field == "place":
                gaps[f"c{n}"] = things.place_words(thing.place)
            else:
                word = {"small": "小", "large": "大"}.get(thing.size) or things.word("sizes", thing.size)
                gaps[f"c{n}"] = word.rstrip("的")
            things.left[start + n - 1].clear()
        gaps["noun"] = marked((start, start + 1), things.nouns[start])
        things.mentioned |= {start, start + 1}
        return things.fill("split places" if field == "place" else "split colours", **gaps)

    def _labels(self) -> list[str]:
        """A line for each thing: its name, its number, its facts."""
        things, lines = self.things, []
        for number, thing in enumerate(self.request.things):
            twin = any(other in things.mentioned for other in things.twins[number])
            things.mentioned.add(number)
            noun = ("另外的" if twin else "") + marked((number,), things.nouns[number])
            facts = []
            gaps = {"n": count_word(thing.count), "m": things.measures[number], "d": str(thing.count), "noun": noun}
            while things.left[number]:
                facts.append(things.say(number, "", tag=things.chance(0.6)))
            mine = [r for o, r in self.open if o == number and all(other in things.mentioned for other in r.of)]
            if len(mine) == 1 and not facts and mine[0].word in PLACED and things.chance(0.6):
                self.open.remove((number, mine[0]))
                other = things.again(mine[0].of[0], pronouns=False)
                lines.append(things.fill("label side", b=other, side=things.word("sides", mine[0].word), **gaps))
                continue
            for relation in mine:
                self.open.remove((number, relation))
                facts.append(self._relate(number, relation, "forward", unsaid=True))
            joint = things.pick(("，", "，", "、", " ", "；"))
            if facts:
                lines.append(things.fill("label", facts=joint.join(facts), **gaps))
            else:
                lines.append(things.form("thing", **gaps))
        head = things.fill("label heads") if things.chance(0.4) else ""
        joint = things.pick(("\n", "\n", "；", "。"))
        return [(head + ("\n" if head and joint == "\n" else "")) + joint.join(lines)]

    # The rest --------------------------------------------------------------------------------------------------------

    def _extras(self) -> list[str]:
        """All that was not said by the way, in clauses of its own."""
        things, clauses = self.things, []
        about_one = things.focus
        for number in range(len(self.request.things)):
            things.focus = about_one if len(self.request.things) == 1 else None
            said = []
            while things.left[number]:
                said.append(self._facts(number))
            clauses += ["，".join(said)] if said else []
        for owner, relation in self.open:
            things.focus = None
            orders = [order for order in ("forward", "inverse") if _tables_of(relation, order)]
            clauses.append(self._relate(owner, relation, things.pick(orders)))
        if things.slip and "later" in things.slip[1]:
            clauses += self._put_right(*things.slip)
        return clauses

    def _put_right(self, number: int, field: str) -> list[str]:
        things, thing = self.things, self.request.things[number]
        things.focus = None
        if field == "colour later":
            return [things.fill("correction later colour", r=things.again(number), c=things.colour(thing.colour))]
        if field == "place later":
            loc = things.place_words(thing.place)
            return [things.fill("correction later place", r=things.again(number), loc=loc)]
        noun, measure = marked((number,), things.nouns[number]), things.measures[number]
        return [things.fill("correction later count", noun=noun, n=count_word(thing.count), m=measure)]

    def _with_rest(self, sentences: list[str], extras: list[str]) -> list[str]:
        """The sentences with what is said of the whole picture: background, what is not there, what stays empty."""
        things, request = self.things, self.request
        tail = [*self.late]
        if request.background:
            place = tables().words["scenery places"].get(request.background)
            if place and sentences and "：" not in sentences[0][:9] and things.chance(0.35):
                start = things.pick(place)
                sentences[0] = start + things.pick(("，", "，", ",", "：")) + sentences[0]
            else:
                tail.append(self._background())
        absent = [self._absent_name(subject) for subject in request.absent]
        if len(absent) == 1 and len(request.things) == 1 and len(sentences) == 1 and things.chance(0.3):
            sentences[0] = things.fill("absent instead", x=sentences[0].rstrip("。！？，"), w=absent.pop())
        if absent and (len(absent) == 1 or things.chance(0.7)):
            joint = things.pick(("和", "、", "跟", "、", "或"))
            tail.append(things.fill("absent", w=joint.join(absent)))
        else:
            tail += [things.fill("absent", w=word) for word in absent]
        for part in request.empty:
            tail.append(things.fill("empty", loc=things.place_words(part, whole=bool(request.things))))
        for word in request.unknown:
            tail.append(things.fill("unknown", w=word))
        self.dice.shuffle(tail)
        if tail and things.chance(0.12):  # what is said of the whole picture comes first
            return [tail[0], *sentences, *extras, *tail[1:]]
        if len(request.things) > 1 and not self.late and things.chance(0.3):
            return [*sentences, *tail, *extras]  # which name what they speak of: of one thing they may say nothing
        return [*sentences, *extras, *tail]

    def _absent_name(self, subject: str) -> str:
        return self.things.pick(names(subject, "zh")) if subject in subjects() else subject

    def _background(self) -> str:
        things, background = self.things, self.request.background
        if background == NOTHING:
            return things.fill("background none")
        if background in COLOURS:
            return things.fill("background colour", w=things.colour(background))
        return things.fill("background", w=things.word("scenery", background))

    def _chatty(self, sentences: list[str]) -> str:
        """The sentences, joined, with talk around them that asks for nothing."""
        things = self.things
        if len(sentences) > 1 and things.chance(0.06):
            at = int(self.dice.random() * (len(sentences) - 1)) + 1
            sentences.insert(at, things.fill("between"))
        joint = things.pick(("，", "，", "，", "。", "。", "；", "。", "\n"))
        text = sentences[0] if sentences else ""
        for sentence in sentences[1:]:
            text += (joint if things.chance(0.8) else things.pick(("，", "。"))) + sentence
        if things.chance(0.16):
            text = things.fill("before") + text
        if things.chance(0.05):
            text = things.fill("before") + text
        if things.chance(0.14):
            text += things.pick(("。", "，", "。", "！", "\n")) + things.fill("after")
        return text


def _tables_of(relation: Relation, order: str) -> list[str]:
    """The tables of patterns that say a relation in an order of its things."""
    word, every = relation.word + (" times" if relation.times else ""), tables().patterns
    found = [f"side {order}"] if word in SIDED else []
    found += [f"{word} {order}"] if f"{word} {order}" in every else []
    if not found and order in ("back", "inverse"):  # each may stand for the other
        other = f"{word} {'inverse' if order == 'back' else 'back'}"
        found = [other] if other in every else []
    return found
