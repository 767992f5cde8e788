"""Sets: one of several things that words tell apart: the left one, the biggest of three, the middle one of a row; and
how what is left of them stands.

Knows tokens and drafts. Knows nothing about what relates to what but in a row.
"""

from __future__ import annotations

from tiledraw.language.hearing.drafts import FEW, Draft
from tiledraw.language.hearing.ending import Ending
from tiledraw.language.hearing.following import names_thing, side_behind
from tiledraw.language.hearing.joining import Modifiers
from tiledraw.language.hearing.referring import LIVING, group_of, is_worn
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.nouns import is_chinese

_LINES = {"row": ("left", "right", "left of", "right of"), "column": ("top", "bottom", "above", "below")}
_COLOURS = ("red", "yellow", "blue", "green", "orange", "purple")
_COATS = ("black", "white", "orange", "brown", "gray", "cream")
_MOST = ("est", "最大的", "最小的")


def _line_of(thing: Draft) -> tuple[str, ...] | None:
    """The sides and relations of a row or a column that things stand in, None if they stand in no line."""
    arrangement = thing.values.get("arrangement", "")
    if arrangement.endswith(" grid") and "1" in arrangement.removesuffix(" grid").split("x"):
        arrangement = "row" if arrangement.startswith("1x") else "column"  # "a column of three"
    return _LINES.get(arrangement)


class Sets(Ending):
    """Tells things of a set apart."""

    def take_thing(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        """A noun, which may also mean one of several things, or what somebody named before wears."""
        said = self.modifiers
        most, self.most = self.most, {}
        wearer = self._wearer(token, before, rest)
        if (whole := self._set_of(token, before, rest)) is not None:
            place = said.place
            self.take_member(whole, 1)
            self.place((len(self.things) - 1,), place)
            return
        number = len(self.things)
        self.take_noun(token, before, rest)
        if len(self.things) == number:
            return
        if most and self.things[-1].is_many:
            self.things[-1].count, self.things[-1].several = self.things[-1].count or FEW, False
            self.modifiers = Modifiers(values=most)
            self.take_member(number, 1)
        elif wearer is not None:
            self.relate((wearer,), "wearing", (number,), False)

    def take_most(self, before: list[Token], rest: list[Token]) -> bool:
        """ "The biggest of", before several things: how the one looks that is spoken of; whether it is."""
        last = before[-1] if before else None
        if last is None or not (last.kind == "comparative" or last.text.casefold().endswith(_MOST)):
            return False
        if last.kind == "comparative":  # "the smaller of two dogs"
            self.waiting = [one for one in self.waiting if one[0] != "relation"]
            self.most = {"size": "large" if last.value == "larger than" else "small"}
        elif last.kind == "size":
            self.most = {"size": last.value}
        else:
            return False
        self.modifiers = Modifiers()
        if rest and rest[0].kind == "it":  # "the smallest of them"
            said, self.most = Modifiers(values=self.most), {}
            number, whole = self._described(said), self.whole(1)
            if number is not None:
                self.named(number, rest[1:])
            elif whole is not None:
                self.modifiers = said
                self.take_member(whole, 1)
        return True

    def _set_of(self, token: Token, before: list[Token], rest: list[Token]) -> int | None:
        """The several things of which a noun in the singular names one, by its side: "two cats: the left cat ..."."""
        said = self.modifiers
        owned = is_chinese(token.text) and before[-1:] != [] and before[-1].kind == "gen"  # 左边的猫
        waits = [value for kind, value in self.waiting if kind == "place" and owned]
        side = said.place or side_behind(rest) or (waits[-1] if waits else ())
        whole = self.whole(1)
        if whole is None or not side or said.new or token.several or self.open or self.negated:
            return None
        definite = said.definite or owned
        return whole if definite and self.things[whole].subject == token.value else None

    def _wearer(self, token: Token, before: list[Token], rest: list[Token]) -> int | None:
        """Who wears what a Chinese clause tells more of: 雪人，帽子是蓝色的."""
        told = bool(rest) and (rest[0].text in ("是", "为", "用") or rest[0].kind == "colour")
        begins = bool(before) and before[-1].kind == "break" and before[-1].value != "topic"
        free = self.head is None and not (self.open or self.waiting or self.modifiers.new or self.negated)
        if not (told and begins and free and is_chinese(token.text) and is_worn(token.value)):
            return None
        among = range(self.begun, len(self.things))
        living = [number for number in among if group_of(self.things[number].subject) in LIVING]
        others = [n for n in among if n not in living and not is_worn(self.things[n].subject)]
        return living[0] if len(living) == 1 and not others else None

    def take_varied(self, before: list[Token], rest: list[Token]) -> None:
        """Each of several things has a colour of its own: those named before, or the next ones."""
        last = self.latest if self.latest in self.objects and before and before[-1].kind == "thing" else None
        if last is not None and not names_thing(rest):
            self.give((last,), "varied", True)  # "a girl holding balloons of different colours"
        elif self.head is not None and not names_thing(rest):
            self.give((self.head,), "varied", True)
        elif self.former and not names_thing(rest):
            self.give((self.former[-1],), "varied", True)
        else:
            self.waiting.append(("varied", True))

    def settle_varied(self) -> None:
        """Gives each of several things a colour of its own, where there are colours enough."""
        for number, whole in enumerate(list(self.things)):
            count = whole.count or (FEW if whole.several else 1)
            colours = _COATS if group_of(whole.subject) == "mammals" else _COLOURS
            line = _line_of(whole)
            plain = not (whole.parts or "colour" in whole.values or (whole.values.get("arrangement") and not line))
            if not (whole.varied and plain and 1 < count <= len(colours)):
                continue
            whole.count, whole.several = count, False
            members = [self.member(number, 1) for _ in range(count)]
            for one, colour in zip(members, colours, strict=False):
                self.things[one].values["colour"] = colour
            for thing in self.things:
                thing.relations = [
                    (word, tuple(one if other == number else other for other in of), times)
                    for word, of, times in thing.relations
                    for one in (members if number in of else (number,))
                ]
            if line is not None:
                self.line_up(members, line[2])

    def take_rest(self, rest: list[Token], text: str = "") -> None:
        """As `Choosing.take_rest`, but "the last one" of a row is at its end."""
        whole = self.whole(1)
        line = None if whole is None else _line_of(self.things[whole])
        if "last" in text.split() and whole is not None and line is not None and not self.things[whole].parts:
            self.take_member(whole, 1)
            self.place((len(self.things) - 1,), (line[1],))
        else:
            super().take_rest(rest)

    def settle_sets(self) -> None:
        """How what is left of a row or a column stands beside the one that was told apart."""
        for number, whole in enumerate(list(self.things)):
            line = _line_of(whole)
            parts = [n for n, thing in enumerate(self.things) if thing.part_of == number]
            related = any(of[0] in parts for n in parts for _, of, _ in self.things[n].relations)
            if line is None or not parts or related:
                continue
            rest = [number] if whole.left else []
            ends = [n for n in parts if self.things[n].count == 1 and len(self.things[n].place) == 1]
            others = [n for n in (*parts, *rest) if n not in ends]
            if len(ends) != 1 or len(others) != 1:
                if not rest and all(self.things[n].count == 1 and not self.things[n].place for n in parts):
                    self.line_up(parts, line[2])
                continue
            self._stand_beside(ends[0], others[0], line)

    def _stand_beside(self, one: int, others: int, line: tuple[str, ...]) -> None:
        """One stands at an end of the others, or among them."""
        first, last, before, behind = line
        side, many = self.things[one].place[0], self.things[others]
        number = many.left if many.part_of is None else many.count
        if side in (first, last):
            self.relate((one,), before if side == first else behind, (others,), False)
        elif side == "center" and (number or 0) > 1:
            self.relate((one,), "between", (others,), False)
        else:
            return
        self.things[one].place = ()
        if (number or 0) > 1:
            many.values["arrangement"] = "row" if first == "left" else "column"
        else:
            many.values.pop("arrangement", None)
