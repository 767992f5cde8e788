"""Sets: one of several things that its side tells apart: the left one, the middle one of a row; how what is left of
them stands; and several things of which each has a colour of its own.

Knows tokens and drafts. Knows nothing about what relates to what but in a row.
"""

from __future__ import annotations

from tiledraw.language.hearing.drafts import FEW, Draft
from tiledraw.language.hearing.ending import Ending
from tiledraw.language.hearing.following import names_thing, side_behind
from tiledraw.language.hearing.referring import group_of
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.nouns import is_chinese

_COLOURS = ("red", "yellow", "blue", "green", "orange", "purple", "pink", "brown")
_COATS = ("black", "white", "orange", "brown", "gray", "cream")
_LINES = {"row": ("left", "right", "left of", "right of"), "column": ("top", "bottom", "above", "below")}


def _line_of(thing: Draft) -> tuple[str, ...] | None:
    """The sides and relations of a row or a column that things stand in, None if they stand in no line."""
    arrangement = thing.values.get("arrangement", "")
    if arrangement.endswith(" grid") and "1" in arrangement.removesuffix(" grid").split("x"):
        arrangement = "row" if arrangement.startswith("1x") else "column"  # "a column of three"
    return _LINES.get(arrangement)


class Sets(Ending):
    """Tells things of a set apart."""

    def take_thing(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        """A noun, which may also mean one of several things."""
        whole, place = self._set_of(token, before, rest), self.modifiers.place
        if whole is None:
            self.take_noun(token, before, rest)
        else:
            self.take_member(whole, 1)
            self.place((len(self.things) - 1,), place)

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
