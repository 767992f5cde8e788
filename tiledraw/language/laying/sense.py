"""Sense: how large each subject is beside others, where it lives, how others sit on it, hide in it or wear it, which
way it faces, in which colours it is usual, and before which background.

Reads `sense.csv`, one line a subject. It decides what a prompt leaves open, and only that. Sizes are classes, from 1
(ant) to 7 (mountain); a picture shows their differences gently, so that a mouse beside a mountain can still be seen.
Knows subjects. Knows nothing about requests, plans or boxes.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

HOMES = ("sky", "ground", "water", "any")
ON_HEAD = ("head", "face", "neck")  # of `geometry.SLOTS`, those that are where the head is
OVERHEAD = ("umbrella",)  # what is held over the head
GENTLE = 1.21  # how many times as long the side becomes from class to class


@dataclass(frozen=True)
class Sense:
    """What is usual of a subject. Percents are of the side of the square that shows it.

    Attributes:
        size: From 1 (ant) to 7 (mountain).
        home: A word of `HOMES`: where it is if nothing is said.
        top: Percent from the top of the square where the subject begins.
        bottom: Percent from the top where it ends: its feet, that stand on the ground.
        wide: Percent of the side that it is wide, in the middle of the square.
        holds: "container": what is in it is drawn before it and sticks out at the top. "surface": what is in or on it
            is drawn after it. Empty: nothing special.
        seat: Percent from the top where what is on it sits or stands, or where the rim of a container is.
        worn: Where it is worn: a word of `geometry.SLOTS`; empty if nobody wears it.
        head: Percent of the side that its head is wide.
        eyes: Percent from the top where its eyes are.
        faces: "left" or "right": where its front is, if it is seen from the side.
        front: Percent of the side, from there on, that belong to the head: what sits on it sits behind that.
        colours: In which it is usual, too, beside its own.
        setting: The background before which it is usual; empty if none is.
    """

    size: int = 3
    home: str = "any"
    top: int = 0
    bottom: int = 100
    wide: int = 100
    holds: str = ""
    seat: int = 10
    worn: str = ""
    head: int = 40
    eyes: int = 25
    faces: str = ""
    front: int = 0
    colours: tuple[str, ...] = ()
    setting: str = ""

    @property
    def head_from_front(self) -> float:
        """How far the middle of its head is from where its front is, in shares of the side; of what is seen from
        before, half of it."""
        return max(self.front - self.head / 2, 0) / 100 if self.front else 0.5


@cache
def senses() -> dict[str, Sense]:
    """The sense of all subjects by name."""
    text = resources.files("tiledraw.language.laying").joinpath("sense.csv").read_text(encoding="utf-8")
    return {row["name"]: _sense_of(row) for row in csv.DictReader(text.splitlines())}


def _sense_of(row: dict[str, str]) -> Sense:
    top = int(row["top"])
    return Sense(int(row["size"]), row["home"], top, int(row["bottom"]), int(row["wide"]), row["holds"],
                 int(row["seat"] or top + 5), row["worn"], int(row["head"] or 40),
                 int(row["eyes"] or min(top + 20, 50)), row["faces"], int(row["front"] or 0),
                 tuple(filter(None, row["colours"].split("|"))), row["setting"])  # fmt: skip


def sense_of(subject: str) -> Sense:
    """The sense of a subject; of one that is not in the file, what is usual of things."""
    return senses().get(subject, Sense())


def is_container(subject: str) -> bool:
    """Whether what is in it is drawn before it, and sticks out at its top."""
    return sense_of(subject).holds == "container"


def slot_of(subject: str) -> str:
    """Where it is worn: a word of `geometry.SLOTS`."""
    return sense_of(subject).worn or "body"


def how_worn(wearer: str, worn: str) -> tuple[str, bool]:
    """Of `geometry.relation_off`: the slot of what is worn, and whether its wearer is seen from the side."""
    return slot_of(worn), sense_of(wearer).front > 0
