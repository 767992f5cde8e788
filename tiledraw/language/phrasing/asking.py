"""Asking: an endless seeded source of requests as people make them.

Mostly a few groups of things, mostly one of each; looks, sizes and places now and then; relations that make sense
together: each thing relates to one that was there before it, so none run in a circle, and none contradict each other.
Knows subjects and requests. Knows nothing about prompts, boxes or pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from tiledraw.language.attributes import COLOURS, MATERIALS, NOTHING, PATTERNS, SCENERY, STYLES
from tiledraw.language.phrasing.dice import Dice
from tiledraw.language.places import LOCATIONS
from tiledraw.language.request import ACTIONS, AMONG, PLACED, SIDES_AND_CORNERS, Relation, Request, Thing
from tiledraw.language.subjects import ANIMALS
from tiledraw.language.subjects import subjects as all_subjects

MOST_IN_ALL = 40  # things, so that a sampled request always fits into a picture

_GROUPS = {1: 22, 2: 27, 3: 20, 4: 11, 5: 7, 6: 5, 7: 2, 8: 2, 9: 1, 10: 1, 11: 1, 12: 1}
_COUNTS = {1: 70, 2: 10, 3: 7, 4: 4, 5: 3, 6: 2, 7: 1, 8: 1, 9: 0.5, 10: 0.5, 11: 0.5, 12: 0.5}
_COMMON_COLOURS = ("red", "blue", "green", "yellow", "black", "white", "orange", "pink", "purple", "brown", "gray")
_SIZES = {"small": 38, "medium": 6, "large": 36, "huge": 16, "full": 4}
_RELATIONS = {
    "left of": 10, "right of": 10, "above": 8, "below": 7, "on": 11, "under": 5, "in": 7, "in front of": 6,
    "behind": 6, "next to": 8, "near": 3, "between": 5, "around": 3, "on either side of": 3, "larger than": 4,
    "smaller than": 3, "same size as": 2, "riding": 4, "chasing": 4, "jumping over": 3, "playing with": 3,
    "holding": 5, "wearing": 6, "looking at": 4,
}  # fmt: skip
_ARRANGEMENTS = {
    "row": 24, "column": 12, "grid": 22, "circle": 12, "diagonal": 5, "rising diagonal": 4, "corners": 6,
    "top edge": 4, "bottom edge": 5, "left edge": 3, "right edge": 3,
}  # fmt: skip
_PERCENTS = (0, 5, 10, 15, 20, 25, 30, 33, 40, 50, 60, 67, 70, 75, 80, 85, 90, 95, 100)
# What a second relation may be beside a first: they bind different directions, so they never contradict each other.
_CROSSWISE = {"left of": ("above", "below"), "right of": ("above", "below"), "above": ("left of", "right of"),
              "below": ("left of", "right of")}  # fmt: skip

_NO_ACTORS = {"nest", "feather", "seashell", "coral", "spider web", "magic wand", "crystal ball"}
_RIDDEN = (
    "bicycle|motorcycle|scooter|moped|skateboard|sled|horse|elephant|camel|donkey|zebra|giraffe|ostrich|dinosaur|"
    "dragon|unicorn|broom|surfboard|turtle|whale|dolphin|cow|bull|bison|mammoth|lion|tiger|bear|pig|deer|llama|"
    "tractor|rocket|canoe|boat|shark|carousel|snail|ufo|tyrannosaurus|goat|ram|rhino|hippo|speedboat|truck|car|"
    "unicycle|water buffalo|polar bear|seahorse|carriage|hot air balloon|swing|seesaw|submarine|phoenix"
)
_WORN = (
    "backpack|tie|hat|glasses|crown|graduation cap|ring|necklace|watch|shirt|jeans|shorts|dress|kimono|coat|swimsuit|"
    "scarf|gloves|socks|flip-flop|high heel|boot|shoe|roller skate|ice skate|cap|sun hat|helmet|sunglasses|goggles|"
    "ribbon|headphones|diving mask|medal|boxing glove|stethoscope|bandage|"
    "apron|mask"
)
_HELD = (
    "umbrella|handbag|balloon|gift|trophy|flower|rose|tulip|bouquet|book|candle|lantern|flashlight|key|cup|bottle|"
    "ice cream|apple|banana|carrot|lollipop|donut|fork|knife|spoon|sword|shield|trident|magic wand|camera|"
    "cell phone|microphone|guitar|violin|trumpet|flute|pencil|pen|paintbrush|hammer|axe|magnifying glass|map|flag|"
    "heart|fishing rod|kite|baseball|tennis ball|wine glass|teapot|sandwich|pizza|hot dog|fish|egg|star|leaf|bone|"
    "newspaper|envelope|teddy bear|suitcase|briefcase|basket|bucket|ladder|folding fan|bow and arrow|"
    "crystal ball|bomb|ticket|"
    "surfboard|whistle|towel|pillow|cello|harmonica|erhu|pipa|trombone|dumbbell|tanghulu|sausage|steamed bun|"
    "watering can|comb|frying pan|walking stick|starfish|mop|globe|tray|pumpkin|gourd"
)
_TOYS = (
    "ball|yarn|teddy bear|kite|balloon|frisbee|yo-yo|dice|nesting doll|boomerang|puzzle piece|basketball|volleyball|"
    "tennis ball|bubbles|drum|game controller|bone|feather|butterfly|skateboard|american football|baseball|robot|"
    "spinning top|toy blocks|sandcastle|trampoline|seesaw"
)
_HOLLOW = (
    "bowl|basket|box|bucket|cup|jar|vase|bathtub|car|boat|shopping cart|wheelbarrow|nest|suitcase|backpack|bottle|"
    "barrel|hat|boot|canoe|truck|tent|jug|toolbox|shopping bag|helicopter|rocket|teapot|bed|ufo|sled|trash can|"
    "cooking pot|frying pan|fish tank|birdcage|treasure chest|carriage|baby stroller|well|pond|river|"
    "hot air balloon|igloo|barn|doghouse|hammock|fridge|submarine|sandcastle|waterfall|cabinet|wardrobe|bush"
)
_HOLDING_UP = (
    "table|chair|couch|bed|plate|armchair|rock|box|car|truck|boat|horse|elephant|house|seat|log|book|piano|"
    "skateboard|tree|island|cake|suitcase|drum|barrel|bicycle|turtle|hat|tv|laptop|ladder|cloud|planet|mushroom|castle|"
    "bench|bridge|fence|stool|desk|swing|hammock|pillow|rug|stove|tray|bookshelf|cabinet|trampoline|seesaw|"
    "lily pad|tree stump|picnic blanket|stairs|rocking chair|fridge|haystack|surfboard|railway track|tank|"
    "treasure chest|bush|barn|carriage|microwave|fireplace|square|cube|cylinder"
)
# Of which subjects an action or a place makes sense, and of which it is asked all the same now and then.
_PARTNERS = {"riding": _RIDDEN, "wearing": _WORN, "holding": _HELD, "playing with": _TOYS, "in": _HOLLOW,
             "on": _HOLDING_UP, "under": _HOLDING_UP}  # fmt: skip
_SURPRISING = {"riding": 0.12, "wearing": 0.03, "holding": 0.12, "playing with": 0.4, "in": 0.3, "on": 0.4,
               "under": 0.6}  # fmt: skip
_JUMPED = (
    "fence|log|rock|box|pond|river|ball|chair|car|moon|cow|barrier|bucket|fire|candle|table|cake|cactus|bush|bench|"
    "gate|well|haystack|tree stump"
)


def sample_request(rng: np.random.Generator, subjects: Sequence[str]) -> Request:
    """A random request for some of these subjects, as people make them.

    Args:
        subjects: By name; actions prefer plausible partners among them.
    """
    dice, groups = Dice(rng), partners(tuple(subjects))
    if dice.chance(0.008):
        return Request(background=dice.pick((*SCENERY, *COLOURS)))
    things, related = _related(dice, dice.weighted(_GROUPS), groups)
    if dice.chance(0.02) and len(things) >= 2:
        things = _told_apart(dice, things, set(), alike=True)
    else:
        things = _looking(dice, things)
        things = _told_apart(dice, things, related)
    things = _placed(dice, things)
    things = _within(things)
    background = _background(dice) if dice.chance(0.27) else ""
    return Request(tuple(things), background, _absent(dice, things, subjects), _empty(dice, things))


# Subjects and relations ----------------------------------------------------------------------------------------------


@cache
def partners(subjects: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The subjects by what they may be: of a kind, an actor, or a partner in an action."""
    known, groups = all_subjects(), {}
    kinds: dict[str, list[str]] = {}
    for name in subjects:
        kinds.setdefault(known[name].group if name in known else "", []).append(name)
    for kind, members in kinds.items():
        groups[f"kind {kind}"] = tuple(members)
    actors = [
        name for kind in ("people", "fantasy", *ANIMALS) for name in kinds.get(kind, ()) if name not in _NO_ACTORS
    ]
    persons = [name for kind in ("people", "fantasy") for name in kinds.get(kind, ()) if name not in _NO_ACTORS]
    beasts = [name for kind in ("mammals", "birds") for name in kinds.get(kind, ()) if name not in _NO_ACTORS]
    groups |= {
        "all": subjects,
        "common": subjects[:120],
        "actors": tuple(actors) or subjects,
        "wearers": tuple(persons + beasts) or subjects,
    }
    for word, names in {**_PARTNERS, "jumping over": _JUMPED}.items():
        groups[word] = tuple(name for name in names.split("|") if name in subjects) or subjects
    return groups


def _partner(dice: Dice, word: str, groups: dict[str, tuple[str, ...]]) -> str:
    """What an action is done to, or what holds another thing."""
    if word in _PARTNERS and not dice.chance(_SURPRISING[word]):
        return dice.pick(groups[word])
    if word == "jumping over" and dice.chance(0.5):
        return dice.pick(groups[word])
    return dice.pick(groups["actors"] if word == "chasing" or dice.chance(0.3) else groups["all"])


def _related(dice: Dice, number: int, groups: dict[str, tuple[str, ...]]) -> tuple[list[Thing], set[int]]:
    """Things without looks, and the numbers of those that stand in a relation to another.

    Each new thing relates to earlier ones, or earlier ones to it, so that the relations run in no circle.
    """
    theme = dice.pick([name for name in groups if name.startswith("kind ")]) if dice.chance(0.25) else ""
    share = dice.pick((0.0, 0.0, 0.25, 0.6, 0.9)) if number > 1 else 0.0
    share = share * 0.5 if number > 6 else share
    things: list[Thing] = []
    bound: set[int] = set()  # things that a relation binds
    while len(things) < number:
        new = len(things)
        kind = theme or ("common" if dice.chance(0.3) else "all")
        things.append(Thing(dice.pick(groups[kind]), _count(dice, number)))
        if new and dice.chance(0.12):
            things[new] = replace(things[new], subject=dice.pick(things[:new]).subject)
        if not new or not dice.chance(share):
            continue
        old = new - 1 if dice.chance(0.75) else dice.below(new)
        word = dice.weighted(_RELATIONS)
        forward = dice.chance(0.5) and not things[old].relations  # the earlier thing holds the relation
        holder, other = (old, new) if forward else (new, old)
        _bind(dice, things, bound, holder, other, word, groups)
    return things, bound


def _bind(
    dice: Dice, things: list[Thing], bound: set[int], holder: int, other: int, word: str,
    groups: dict[str, tuple[str, ...]],
) -> None:  # fmt: skip
    """Makes a relation hold between two things: counts and subjects that suit it where nothing else binds them."""
    one, two = things[holder], things[other]
    of: tuple[int, ...] = (other,)
    times = 0
    if word in ACTIONS:
        if holder not in bound:
            pool = "wearers" if word in ("wearing", "holding") else "actors"
            one = replace(one, subject=dice.pick(groups[pool if not dice.chance(0.04) else "all"]))
        if other not in bound:
            two = replace(two, subject=_partner(dice, word, groups))
        if one.count == 1 or word in ("riding", "wearing", "holding"):
            two = replace(two, count=1) if other not in bound else two
        if other in bound and word in ("riding", "wearing", "holding"):
            word = "looking at"
    elif word in ("on", "in", "under"):
        if word == "in" and other in bound and two.subject not in groups["in"]:
            word = "on"
        if other not in bound:
            two = replace(two, subject=_partner(dice, word, groups), count=1 if dice.chance(0.93) else two.count)
    elif word == "between":
        third = [n for n in range(len(things)) if n not in (holder, other) and things[n].count == 1
                 and not any(holder in relation.of for relation in things[n].relations)]  # fmt: skip
        if third and holder > other and dice.chance(0.75):
            of, two = tuple(sorted((other, dice.pick(third)))), replace(two, count=1) if other not in bound else two
            word = word if two.count == 1 else "near"
            of = of if word == "between" else (other,)
        elif other not in bound:
            two = replace(two, count=2)
        elif two.count != 2:
            word = "next to"
    elif word == "around":
        one = replace(one, count=int(3 + dice.below(6))) if holder not in bound else one
        two = replace(two, count=1) if other not in bound else two
    elif word == "on either side of":
        one = replace(one, count=2) if holder not in bound else one
        two = replace(two, count=1) if other not in bound else two
        word = word if one.count == 2 else "next to"
    elif word in ("larger than", "smaller than") and dice.chance(0.35):
        times = dice.pick((2, 2, 2, 3, 3, 4, 5))
    relations = [*one.relations, Relation(word, of, times)]
    if word in _CROSSWISE and dice.chance(0.08):
        relations.append(Relation(dice.pick(_CROSSWISE[word]), of))
    elif word in (*PLACED, *AMONG) and len(of) == 1 and dice.chance(0.05):
        relations.append(Relation(dice.pick(("larger than", "smaller than", "same size as")), of))
    things[holder], things[other] = replace(one, relations=tuple(relations)), two
    bound.update((holder, *of))


def _count(dice: Dice, number: int) -> int:
    return dice.weighted(_COUNTS) if number <= 6 or dice.chance(0.4) else 1


# Looks, places, arrangement ------------------------------------------------------------------------------------------


def _colour(dice: Dice) -> str:
    return dice.pick(_COMMON_COLOURS if dice.chance(0.6) else tuple(COLOURS))


def _look(dice: Dice, generous: float) -> dict[str, str]:
    look: dict[str, str] = {}
    if dice.chance(0.34 * generous):
        look["colour"] = _colour(dice)
    elif dice.chance(0.08 * generous):
        look["material"] = dice.pick(tuple(MATERIALS))
    if dice.chance(0.08 * generous):
        look["pattern"] = dice.pick(PATTERNS)
        second = _colour(dice) if dice.chance(0.45) else ""
        look["second"] = second if second != look.get("colour") else ""
    if dice.chance(0.025 * generous):
        look["style"] = dice.pick(STYLES)
    return look


def _looking(dice: Dice, things: list[Thing]) -> list[Thing]:
    """Colours, patterns, materials, styles and sizes; at times one look for all."""
    generous = dice.pick((0.0, 0.5, 1.0, 1.0, 2.0))
    shared: dict[str, Any] = {}
    if len(things) > 1 and dice.chance(0.06):
        shared = {"colour": _colour(dice)} if dice.chance(0.6) else {"style": dice.pick(STYLES)}
        if dice.chance(0.2):
            shared = dice.pick(({"size": dice.pick(("small", "large"))}, {"material": dice.pick(tuple(MATERIALS))},
                                {"pattern": dice.pick(PATTERNS)}))  # fmt: skip
    dressed = []
    compared = {n for thing in things for relation in thing.relations for n in relation.of if "than" in relation.word
                or "same" in relation.word}  # fmt: skip
    for number, thing in enumerate(things):
        look: dict[str, Any] = dict(_look(dice, generous)) if not shared else {}
        holds = any("than" in relation.word or "same" in relation.word for relation in thing.relations)
        if number not in compared and not holds and dice.chance(0.17 * max(generous, 0.3)) and not shared:
            size = dice.weighted(_SIZES)
            look["size"] = size if size != "full" or (len(things) == thing.count == 1) else "huge"
        dressed.append(replace(thing, **look, **shared))
    return dressed


def _told_apart(dice: Dice, things: list[Thing], bound: set[int], alike: bool = False) -> list[Thing]:
    """The same things, so that those of one subject differ in what is said of them, or in how they are related.

    Args:
        alike: All become things of one subject: "three apples, two of them red".
    """
    if alike:
        things = [replace(thing, subject=things[0].subject, relations=()) for thing in things[:4]]
    apart: list[Thing] = []
    for number, thing in enumerate(things):
        twins = [other for other in apart if other.subject == thing.subject]
        if not twins:
            apart.append(thing)
            continue
        paired = any(relation.of for relation in thing.relations) or number in bound
        if paired and len(twins) == 1 and dice.chance(0.35):
            apart.append(thing)
            continue
        taken = {other.colour for other in twins}
        for twin in twins:
            if not twin.colour and not twin.material:
                at = next(n for n, other in enumerate(apart) if other is twin)
                taken.add(colour := _fresh(dice, taken))
                apart[at] = replace(twin, colour=colour)
        apart.append(replace(thing, colour=_fresh(dice, taken), material=""))
    return apart


def _fresh(dice: Dice, taken: set[str]) -> str:
    """A common colour that is not taken."""
    return dice.pick([colour for colour in _COMMON_COLOURS if colour not in taken] or tuple(COLOURS))


def _placed(dice: Dice, things: list[Thing]) -> list[Thing]:
    """Places and arrangements for things that no relation binds to a place: no two groups in one place."""
    anchors = {other for thing in things for relation in thing.relations for other in relation.of}
    share = dice.pick((0.0, 0.0, 0.15, 0.5, 0.9))
    free = dice.shuffled(LOCATIONS)
    placed = []
    for number, thing in enumerate(things):
        values: dict[str, Any] = {}
        if thing.count >= 3 and not thing.relations and dice.chance(0.35):
            values["arrangement"] = _arrangement(dice, thing.count)
        elif thing.count == 2 and not thing.relations and dice.chance(0.1):
            values["arrangement"] = dice.pick(("row", "column", "diagonal"))
        settled = values.get("arrangement", "") not in ("", "row", "column", "grid", "circle")
        spatial = any(relation.word in (*PLACED, *AMONG, *ACTIONS) for relation in thing.relations)
        if dice.chance(share) and not settled and not spatial and thing.size != "full" and free:
            if number in anchors and dice.chance(0.5):
                pass
            elif dice.chance(0.14):
                values["across"], values["down"] = _percents(dice)
            else:
                values["place"] = free.pop()
        placed.append(replace(thing, **values))
    return placed


def _arrangement(dice: Dice, count: int) -> str:
    word = dice.weighted(_ARRANGEMENTS)
    if word == "corners" and count > 4:
        word = "circle"
    if word == "grid":
        sides = [rows for rows in range(2, count) if count % rows == 0]
        word = "row" if not sides else word
        if sides and dice.chance(0.7):
            rows = dice.pick(sides)
            return f"{rows}x{count // rows} grid"
    return word


def _percents(dice: Dice) -> tuple[int | None, int | None]:
    across, down = dice.pick(_PERCENTS), dice.pick(_PERCENTS)
    kind = dice.roll()
    return (across, None) if kind < 0.3 else (None, down) if kind < 0.6 else (across, down)


def _within(things: list[Thing]) -> list[Thing]:
    """The same, with lower counts where they are more than fit into a picture."""
    while sum(thing.count for thing in things) > MOST_IN_ALL:
        most = max(range(len(things)), key=lambda n: things[n].count)
        things[most] = replace(things[most], count=max(things[most].count // 2, 1), arrangement="")
    return things


# Around the things ---------------------------------------------------------------------------------------------------


def _background(dice: Dice) -> str:
    kind = dice.roll()
    return dice.pick(SCENERY) if kind < 0.55 else _colour(dice) if kind < 0.9 else NOTHING


def _absent(dice: Dice, things: list[Thing], subjects: Sequence[str]) -> tuple[str, ...]:
    if not dice.chance(0.05):
        return ()
    shown = {thing.subject for thing in things}
    number = 1 if dice.chance(0.75) else 2
    return tuple(dict.fromkeys(name for name in (dice.pick(subjects) for _ in range(number)) if name not in shown))


def _empty(dice: Dice, things: list[Thing]) -> tuple[str, ...]:
    """A part that stays empty, where nothing stands and nothing might have to."""
    if not dice.chance(0.045) or len(things) > 4 or any(thing.size == "full" for thing in things):
        return ()
    if any(thing.arrangement or thing.across is not None or thing.down is not None for thing in things):
        return ()
    taken = {word for thing in things for word in (thing.place, *thing.place.split("-")) if word}
    free = [part for part in SIDES_AND_CORNERS if part not in taken and not taken & set(part.split("-"))]
    chosen = [dice.pick(free)] if free else []
    if chosen and "-" in chosen[0] and dice.chance(0.25):  # two corners
        chosen = list(dict.fromkeys([*chosen, dice.pick([part for part in free if "-" in part])]))
    return tuple(chosen)
