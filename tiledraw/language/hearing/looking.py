"""Looking: what colours, patterns, materials, styles and sizes are said of: the background, everything, what was named
before, or what comes.

Knows tokens and drafts. Knows nothing about what nouns name.
"""

from __future__ import annotations

from tiledraw.language.hearing.following import clause_of, leads_to, names_thing
from tiledraw.language.hearing.referring import Referring
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.nouns import is_chinese
from tiledraw.language.request import COMPARED


def marks_follow(tokens: list[Token]) -> bool:
    """Whether stripes, dots or the like follow, with no more before them than a colour."""
    return next((token.kind for token in tokens if token.kind not in ("colour", "filler", "size")), "") == "marks"


def _behind_marks(tokens: list[Token]) -> bool:
    """Whether stripes, dots or the like stand right before, but for "in" and "that are"."""
    skipped = ("filler", "relation", "other")
    return next((token.kind for token in reversed(tokens) if token.kind not in skipped), "") == "marks"


class Looking(Referring):
    """Takes looks."""

    def take_look(self, kind: str, value: str, before: list[Token], rest: list[Token]) -> None:
        """A look or a size: of the background, of everything, of the next thing, or of the one before where none
        follows ("the umbrella in pink")."""
        if self.negated and not names_thing(rest):
            return  # "not too large"
        if kind == "size" and any(
            one.value in COMPARED and is_chinese(one.text) for one in clause_of(reversed(before))
        ):
            return  # 饺子比碗还大
        if kind == "size" and before and before[-1].kind == "multiple" and is_chinese(before[-1].text):
            return
        if kind == "colour" and (self.backdrop or leads_to(rest, ("backdrop",))):
            self.background, self.backdrop = value, False
        elif kind == "colour" and rest and rest[0].kind == "marks":
            if self.modifiers.values.get(kind, value) != value and self.latest is not None:
                self.say(self.latest, {kind: self.modifiers.values[kind]})  # "a snail: pink with white dots"
            self.modifiers.values[kind] = value  # of the marks
        elif kind == "colour" and self.latest is not None and _behind_marks(before) and not names_thing(rest):
            self.say(self.latest, {"second": value})  # "with stripes in green"
        elif self.everything and not names_thing(rest):
            self.common[kind] = value
        elif self.head is not None and not names_thing(rest):
            if before and before[-1].kind == "thing" and self.latest in self.objects:
                self.say(self.latest, {kind: value})  # "a girl with a balloon red"
                return
            for thing in self.group or [self.head]:
                if thing == self.head or self.things[thing].values.get(kind, value) == value:
                    self.say(thing, {kind: value})
        else:
            waiting = self.modifiers.values
            if kind == "colour" and waiting.get(kind, value) != value and self.things and not names_thing(rest):
                self.say(len(self.things) - 1, {kind: waiting.pop(kind)})  # "balls: red and green"
            waiting[kind] = value

    def take_marks(self, pattern: str, before: list[Token]) -> None:
        """Stripes, dots and the like of a thing named before; a colour right before them is theirs."""
        values = {"pattern": pattern}
        if before and before[-1].kind == "colour" and (colour := self.modifiers.values.pop("colour", "")):
            values["second"] = colour
        if self.latest is not None:
            self.say(self.latest, values)
        else:
            self.modifiers.values.update(values)
