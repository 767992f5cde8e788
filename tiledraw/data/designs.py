"""Designs: what subjects look like: the glyphs of the font, some of them without what is another subject, some with
what they lack to stand in a scene.

The font draws a fork with a knife, a couch with a lamp, boats with a piece of sea, people down to their shoulders, and
trees whose trunk does not reach the crown. A plan says all of these by themselves.
Knows the shapes of glyphs and inks. Knows nothing about pixels or subjects.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from tiledraw.data.drawings import drawing, drawings
from tiledraw.data.font import Shape, edges_of, shapes
from tiledraw.format.palettes import colour_of

Colour = tuple[int, int, int, int]

# The numbers of the shapes of a glyph that are left out.
OTHERS: dict[str, tuple[int, ...]] = {
    "🛋": (8, 12, 16, 17),  # a lamp
    "🍴": (0, 2),  # a knife
    "🍽": (0, 1, 4, 5, 6),  # a knife and a fork
    "🥣": (1, 6),  # a spoon
    "⛵": (3, 8), "🚢": (6, 19), "🚤": (3, 6),  # water
    "\ue200": (0, 2, 3, 4, 6, 7, 8, 9),  # chairs and a cup
    "👔": (0, 1, 2, 3, 4, 5, 8, 9),  # a shirt
    "☕": (5, 6, 7, 8, 9, 10),  # steam
    "🍃": (2, 3, 4, 5), "🥏": (4, 5),  # wind
    "🎱": (2,),  # a shadow
    "👨‍🚒": (5, 6, 7, 25, 26, 27), "🧑‍🎤": (13,),  # a hose, a stand
}  # fmt: skip
IN_TROUSERS = (*"👨👦👴👮👷\ue301🕵💂🤴🧝🧙🧟", "👨‍🍳", "🧑‍✈", "🧑‍🔬", "🧑‍🎤", "🧑‍🔧")
IN_SUITS = (*"🥷🎅🧛🦸", "👨‍🌾", "🧑‍🚀", "👨‍🚒", "🧑‍🎓", "🧑‍⚖", "🧑‍🎨")  # their trousers are as their coats
IN_DRESSES = tuple("👩👧👵\ue302👸👰🧚")
# The numbers of shapes that belong into the hands of people who stand.
IN_HAND = {
    "👨‍🌾": (3, 4, 17, 18, 19, 20), "🧑‍🔬": (2, 3, 10, 11), "🧑‍🎨": (7, 8, 9, 10, 11, 12, 13, 29, 30, 31, 32),
    "🧑‍🎤": (4, 5, 11, 12, 23), "🧑‍⚖": (2, 3, 4, 5, 9, 10, 11, 12), "🧑‍🔧": (3, 12),
}  # fmt: skip
# Inks of the bodies, arms, feet and bellies of animals, and of two others.
SITTING = {
    "🐻": ("brown", "brown", "brown", "dark brown"), "🐼": ("white", "dark gray", "dark gray", "white"),
    "🦁": ("orange", "orange", "orange", "orange"), "🐺": ("dark gray", "dark gray", "dark gray", "gray"),
    "🦊": ("dark orange", "dark orange", "dark orange", "white"), "🐸": ("lime", "lime", "lime", "lime"),
    "🐹": ("orange", "orange", "orange", "white"), "🐔": ("white", "white", "gold", "white"),
    "🤡": ("blue", "blue", "dark red", "yellow"),
    "👽": ("light gray", "light gray", "light gray", "light gray"),
}  # fmt: skip
BLACK, BARK, SKIN = colour_of("black"), colour_of("brown"), colour_of("yellow")
TROUSERS, METAL, PANEL = colour_of("dark blue"), colour_of("light gray"), colour_of("gray")
LINE = 34  # units of the font, how wide its lines are
MIDDLE, SHOULDERS = 660, -73  # of people: across, and where they end
REACH = 330  # from there down to their hands


@lru_cache(maxsize=512)
def design(character: str) -> list[Shape]:
    """The shapes of a subject by its glyph, or by the name of its drawing, the lowest first.

    Raises:
        KeyError: the font has no such glyph.
    """
    if character in drawings():
        return drawing(character)
    character = character.replace("\ufe0f", "")
    found = [
        _moved(shape, -REACH) if number in IN_HAND.get(character, ()) else shape
        for number, shape in enumerate(shapes(character))
        if number not in OTHERS.get(character, ())
    ]
    if character == "🌳":
        crown = [shape for shape in found if shape.starts[:, 1].max() > 240]
        return [*_outlined([(575, -140), (625, 330), (735, 330), (785, -140)], BARK), *crown]
    if character in IN_TROUSERS + IN_SUITS + IN_DRESSES:
        return _standing(found, character)
    if character == "🦁":  # a mane
        found = [*_ellipse(MIDDLE, 370, 600, 560, colour_of("brown")), *found]
    if character in SITTING:
        return _sitting(found, *SITTING[character])
    if character == "👶":
        return [*_ellipse(MIDDLE, SHOULDERS - 20, 350, 100, colour_of("light blue")), *found]
    if character == "🦄":
        return _unicorn(shapes("🐎"))
    if character == "🧞":  # smoke
        return [*_outlined([(500, 0), (820, 0), (690, -480), (630, -480)], colour_of("light blue")), *found]
    return [*_machine(), *found] if character == "🤖" else found


def _moved(shape: Shape, up: float) -> Shape:
    by = np.array((0.0, up))
    return Shape(shape.starts + by, shape.ends + by, shape.colour)


def _outlined(points: Sequence[tuple[float, float]], colour: Colour) -> list[Shape]:
    """A convex polygon with a line around it; its points in units of the font, y upwards."""
    outline = np.array(points, dtype=np.float64)
    middle = outline.mean(0)
    outer = outline + LINE / 2 * np.sign(outline - middle)
    inner = outline - LINE / 2 * np.sign(outline - middle)
    return [Shape(*edges_of([outer]), BLACK), Shape(*edges_of([inner]), colour)]


def _ellipse(x: float, y: float, wide: float, high: float, colour: Colour, line: float = LINE / 2) -> list[Shape]:
    """An ellipse around a point, with a line around it."""
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    around, middle = np.stack([np.cos(angle), np.sin(angle)], axis=1), np.array((x, y))
    outer, inner = (middle + around * (np.array((wide, high)) + grow) for grow in (line, -line))
    return [Shape(*edges_of([outer]), BLACK), Shape(*edges_of([inner]), colour)]


def _sitting(head: list[Shape], body: str, arms: str, feet: str, belly: str) -> list[Shape]:
    """An animal of which the font shows the head, from before, with a body that sits under it."""
    points = np.concatenate([shape.starts for shape in head])
    (left, low), (right, _) = points.min(0), points.max(0)
    middle, wide = (left + right) / 2, right - left
    below = low - 0.36 * wide
    found: list[Shape] = []
    for side in (-1, 1):
        found += _ellipse(middle + side * 0.31 * wide, below + 0.12 * wide, 0.09 * wide, 0.2 * wide, colour_of(arms))
    found += _ellipse(middle, below + 0.1 * wide, 0.31 * wide, 0.4 * wide, colour_of(body))
    found += _ellipse(middle, below + 0.04 * wide, 0.17 * wide, 0.24 * wide, colour_of(belly), 0)[1:]
    for side in (-1, 1):
        found += _ellipse(middle + side * 0.25 * wide, below - 0.26 * wide, 0.17 * wide, 0.1 * wide, colour_of(feet))
    return [*found, *head]


def _unicorn(horse: list[Shape]) -> list[Shape]:
    """A horse in white, with a horn and a mane."""
    others = {colour_of("brown"): colour_of("white"), colour_of("dark brown"): colour_of("light gray")}
    body = [shape._replace(colour=others.get(shape.colour, shape.colour)) for shape in horse]
    tail = max(range(len(body)), key=lambda n: (body[n].colour != BLACK, body[n].starts[:, 0].min()))
    body[tail] = body[tail]._replace(colour=colour_of("pink"))
    found = _outlined([(190, 700), (100, 960), (140, 980), (290, 760)], colour_of("gold"))
    for x, y in ((500, 580), (430, 680), (340, 770)):
        found += _ellipse(x, y, 80, 80, colour_of("pink"))
    return [*found, *body]


def _machine() -> list[Shape]:
    """The body of a robot."""
    found: list[Shape] = []
    for side in (-1, 1):
        for (near, far), low, high in (((40, 190), -560, -300), ((30, 230), -620, -540), ((270, 380), -330, -60)):
            a, b = sorted((MIDDLE + side * near, MIDDLE + side * far))
            found += _outlined([(a, low), (a, high), (b, high), (b, low)], METAL)
    for (a, b), low, high, colour in (((600, 720), -60, 30, METAL), ((400, 920), -370, -40, METAL),
                                      ((540, 780), -290, -130, PANEL)):  # fmt: skip
        found += _outlined([(a, low), (a, high), (b, high), (b, low)], colour)
    return found


def _standing(bust: list[Shape], character: str) -> list[Shape]:
    """A person whom the font shows down to the shoulders, with a neck, and with arms, legs and clothes of the colour
    that is seen there."""
    clothes = _clothes(bust)
    dress = character in IN_DRESSES
    legs = SKIN if dress else clothes if character in IN_SUITS else TROUSERS
    hip = SHOULDERS - (330 if dress else 250)
    feet = hip - (210 if dress else 270)
    found = []
    for side in (-1, 1):
        a, b = sorted((MIDDLE + side * 25, MIDDLE + side * 170))
        found += _outlined([(a, feet), (a, hip + 60), (b, hip + 60), (b, feet)], legs)
        found += _outlined([(a - 25, feet - 50), (a - 25, feet + 10), (b + 25, feet + 10), (b + 25, feet - 50)], BLACK)
        a, b = sorted((MIDDLE + side * 350, MIDDLE + side * 220))
        hand, cuff, top = SHOULDERS - 270, SHOULDERS - 190, SHOULDERS + 30
        found += _outlined([(a + 10, hand), (a + 10, cuff + 70), (b - 10, cuff + 70), (b - 10, hand)], SKIN)
        found += _outlined([(a, cuff), (a, top), (b, top), (b, cuff)], clothes)
    flare = 90 if dress else 0
    a, b, top = MIDDLE - 220, MIDDLE + 220, SHOULDERS + 30
    found += _outlined([(a - flare, hip), (a, top), (b, top), (b + flare, hip)], clothes)
    a, b, top = MIDDLE - 70, MIDDLE + 70, SHOULDERS + 330
    return [*found, *_outlined([(a, SHOULDERS + 80), (a, top), (b, top), (b, SHOULDERS + 80)], SKIN), *bust]


def _clothes(bust: list[Shape]) -> Colour:
    """The colour of most of what is seen across the lower edge, lines and skin aside."""
    seen, lowest = [], min(shape.starts[:, 1].min() for shape in bust)
    for x in np.linspace(MIDDLE - 300, MIDDLE + 300, 61):
        point = np.array((x, max(SHOULDERS + 45, lowest + 15)))
        seen += [next((shape.colour for shape in reversed(bust) if _covers(shape, point)), BLACK)]
    return max(set(seen) - {BLACK, SKIN}, key=lambda colour: (seen.count(colour), colour))


def _covers(shape: Shape, point: np.ndarray) -> bool:
    """Whether a point lies inside a shape, by the nonzero winding rule."""
    (x0, y0), (x1, y1) = shape.starts.T, shape.ends.T
    crossing = (y0 <= point[1]) != (y1 <= point[1])
    rise = np.where(crossing, y1 - y0, 1.0)
    right = x0 + (point[1] - y0) * (x1 - x0) / rise > point[0]
    return bool(np.where(y1 > y0, 1, -1)[crossing & right].sum())
