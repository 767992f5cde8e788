"""Referring: which things pronouns in relations stand for: "behind it", "above them", "on his head".

Knows drafts. Knows nothing about sentences but what has been said of things so far.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tiledraw.language.hearing.joining import Joining
from tiledraw.language.laying.sense import sense_of
from tiledraw.language.nouns import is_chinese
from tiledraw.language.request import ACTIONS
from tiledraw.language.subjects import ANIMALS
from tiledraw.language.subjects import subjects as all_subjects

PEOPLE = ("people", "fantasy")
PERSONS = (*PEOPLE, "mammals", "birds")
LIVING = (*PEOPLE, *ANIMALS)
_SIDES = ("left of", "right of", "above", "below", "in front of", "behind")
_WOMEN = ("woman", "girl", "old woman", "princess", "bride", "nurse", "fairy", "mermaid")
_ALL = {"all", "everything"}
_HIM, _IT, _THEM = {"him", "his", "her"}, {"it", "its"}, {"them", "their", "both"}


def group_of(subject: str) -> str:
    """The group of a subject, "" if it is none."""
    entry = all_subjects().get(subject)
    return entry.group if entry else ""


def is_worn(subject: str) -> bool:
    """Whether somebody may wear it."""
    return bool(sense_of(subject).worn)


class Referring(Joining):
    """Finds what pronouns stand for."""

    def meant(self, word: str, before: Sequence[int], text: str) -> tuple[int, ...]:
        """What a pronoun stands for in a relation of this `word`, of the things `before` it: what was spoken of, rather
        than what that relates to, unless it contrasts with the sides named of that ("a fork left of the plate, a knife
        right of it")."""
        if is_chinese(text):
            return (self._meant_in_chinese(before, text),)
        spoken = set(text.casefold().split())
        if spoken & (_THEM | _ALL):
            return self._several(before, bool(spoken & _ALL))
        fitting = [number for number in before if self.agrees(number, spoken)] or list(before)
        people = [n for n in fitting if group_of(self.things[n].subject) in PEOPLE]
        if spoken & _HIM and people:
            fitting = people
        last = fitting[-1]
        living = [number for number in fitting if group_of(self.things[number].subject) in LIVING]
        if word == "held" and living:
            return (living[-1],)
        if not spoken & (_HIM | _IT):
            return (last,)
        holding = ("container",) if word == "in" else ("container", "surface")
        holders = [number for number in fitting[-3:] if sense_of(self.things[number].subject).holds in holding]
        if word in ("in", "on") and holders:
            return (holders[-1],)
        roofs = [n for n in fitting[-3:] if sense_of(self.things[n].subject).holds == "surface"
                 or group_of(self.things[n].subject) == "plants"]  # fmt: skip
        if word == "under" and roofs:
            return (roofs[-1],)
        for said, of, _ in reversed(self.things[last].relations):
            aside = said in _SIDES and word in _SIDES and said != word
            stands = said in ("on", "in") and word not in ("on", "in")  # "a table with a pot on it, a cat next to it"
            if of[0] in fitting and (aside or stands or (of[0] == self.pointed and said != word)):
                return (of[0],)
        for number in reversed(fitting):
            said = next((said for said, of, _ in self.things[number].relations if last in of), "")
            if said and number < last:
                return (last if said in _SIDES and word in _SIDES else number,)
        return (last,)

    def _meant_in_chinese(self, before: Sequence[int], pronoun: str) -> int:
        """The last thing that may be a she, a he or an it, if there is one."""
        people = [n for n in before if group_of(self.things[n].subject) in PEOPLE]
        women = [n for n in people if self.things[n].subject in _WOMEN]
        if pronoun == "前者":
            return before[-2:][0]
        if pronoun[0] == "她":
            people = women or people
        elif pronoun[0] == "他":
            people = [n for n in people if n not in women] or people
        else:
            people = []
        return (people or before)[-1]

    def bearer(self, number: int) -> int:
        """Who wears, holds or rides a thing, if anybody does: 女孩戴着围巾，身旁有猫 speaks of the girl."""
        for other, thing in enumerate(self.things):
            if any(word in ACTIONS and number in of for word, of, _ in thing.relations):
                return other
        return number

    def subjects(self) -> list[int]:
        """What was spoken of, but not what that relates to."""
        return [number for number in range(len(self.things)) if not any(
            number in of for thing in self.things[:number] for _, of, _ in thing.relations)]  # fmt: skip

    def _several(self, before: Sequence[int], everything: bool) -> tuple[int, ...]:
        """What "they" are: all of it, the parts of several things, what there are several of, or the two named last."""
        if everything:
            return tuple(n for n in before if self.things[n].left != 0 and n in self.subjects())
        whole = self.things[before[-1]].part_of
        if whole is not None:
            return tuple(number for number in before if self.things[number].part_of == whole)
        many = [number for number in before if self.things[number].is_many]
        return tuple(many[-1:] or before[-2:])

    def agrees(self, number: int, spoken: Collection[str]) -> bool:
        """Whether a pronoun can stand for a thing: "it" for no person, "her" for nothing that doesn't live."""
        thing = self.things[number]
        if not {*spoken} & (_HIM | _IT):
            return True
        groups = PERSONS if {*spoken} & _HIM else ()
        group = group_of(thing.subject)
        return not thing.is_many and (group in groups if groups else group != "people")

    def relate_back(self, word: str, heads: Sequence[int], text: str = "") -> None:
        """Relates things to what was named before them, as the pronoun in a text tells, if there is one; between needs
        two of these, or one of several."""
        before = [n for n in range(len(self.things)) if n < min(heads)]
        others = before or [n for n in range(len(self.things)) if n not in heads]
        if not others:
            return
        if word != "between":
            meant = self.meant(word, others, text)
            self.relate_as(heads, word, meant, not is_chinese(text) and "back" not in text.casefold())
            self.pointed = meant[0]
        elif self.things[others[-1]].is_many or len(others) > 1:
            self.relate(heads, word, tuple(others[-1:] if self.things[others[-1]].is_many else others[-2:]), False)

    def relate_as(self, subjects: Sequence[int], word: str, others: Sequence[int], may_wear: bool = True) -> None:
        """Relates things to what a pronoun stands for; what is on somebody's head or in a hand, is worn or held."""
        for one in others:
            for subject in subjects:
                worn = may_wear and word == "on" and is_worn(self.things[subject].subject)
                if worn and group_of(self.things[one].subject) in LIVING:
                    self.relate((one,), "wearing", (subject,), False)
                elif word == "held":
                    self.relate((one,), "holding", (subject,), False)
                    self.head, self.group = one, [one]
                else:
                    self.relate((subject,), word, (one,), False)
