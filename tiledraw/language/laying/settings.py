"""Settings: where a picture plays whose prompt does not say: cows on grass, a couch in a room, whales at sea.

`sense.csv` has a word for each subject that has a usual place; what the words of a request have in common decides.
Where things go says more than habit does: what is asked for at places where nothing could stand has no ground, nor has
what is usual nowhere, as an apple or a key.
Knows requests and sense. Knows nothing about boxes or pixels.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from tiledraw.language.laying.orders import hosts, seats_too
from tiledraw.language.laying.sense import Sense, sense_of
from tiledraw.language.request import Request, Thing

MANY = 10  # things that stand in rows, whatever is behind them
_LAND = ("grass", "forest", "hills", "street", "desert", "snow", "beach")
_PONDS = ("duck", "swan", "lotus", "lily pad")  # at sea where nothing else says that there is land
# of two settings the one that holds both; "grass" yields to any other land
_BOTH = {
    frozenset(("sea", "underwater")): "underwater",
    frozenset(("sea", "beach")): "beach",
    frozenset(("sea", "grass")): "beach",
    frozenset(("sea", "snow")): "sea",
    frozenset(("underwater", "beach")): "underwater",
    frozenset(("room", "grass")): "room",
    frozenset(("forest", "hills")): "forest",
    frozenset(("snow", "hills")): "snow",
}
_LOOSE = ("row", "")  # arrangements in which things stand on a ground


def in_setting(request: Request, known: Collection[str]) -> Request:
    """The request with the background that suits its things, if it names none and that is `known`."""
    setting = _setting(request)
    if setting in _LAND and setting not in known:
        setting = "grass"
    return replace(request, background=setting) if setting in known else request


def _setting(request: Request) -> str:
    """Where the things of a request usually are, "" if that is open or the request leaves no ground for it."""
    things = request.things
    if request.background or request.empty or sum(thing.count for thing in things) > MANY:
        return ""
    seated = hosts(seats_too(request))
    free = [(thing, sense_of(thing.subject)) for number, thing in enumerate(things) if number not in seated]
    if any(thing.style or thing.size == "full" or not _may_stand(thing, sense) for thing, sense in free):
        return ""
    if not all(_leaves_ground(request, number) for number in range(len(things))):
        return ""
    ashore = any(sense.setting in _LAND for _, sense in free)
    settings = [sense.setting for thing, sense in free if sense.setting and not (ashore and thing.subject in _PONDS)]
    if 2 * len(settings) < len(free):
        return ""
    found = list(dict.fromkeys(settings))
    if len(found) > 1 and "light blue" in found:  # a sky is above most
        found.remove("light blue")
    if len(found) > 1 and "night" in found and set(found) <= {"night", *_LAND, "sea"}:
        return "night"
    setting = found[0] if found else ""
    for other in found[1:]:
        both = _BOTH.get(frozenset((setting, other)), "")
        if not both and "grass" in (setting, other) and {setting, other} <= set(_LAND):
            both = other if setting == "grass" else setting
        if not both:
            return ""
        setting = both
    return setting


def _may_stand(thing: Thing, sense: Sense) -> bool:
    """Whether a thing may be where it usually is, at the place that is asked for."""
    low = not thing.place.startswith("top") and thing.place != "center" and thing.down is None
    high = not thing.place.startswith("bottom") and thing.down is None
    return thing.arrangement in _LOOSE and (high if sense.home == "sky" else low)


def _leaves_ground(request: Request, number: int) -> bool:
    """Whether none of a thing's relations has it, or what it relates to, hang in the air."""
    homes = [sense_of(thing.subject).home for thing in request.things]
    for relation in request.things[number].relations:
        for other in relation.of:
            upper = {"above": number, "below": other}.get(relation.word)
            if upper is not None and homes[upper] != "sky":
                return False
            if relation.word == "around" or (relation.word == "on" and homes[other] == "sky"):
                return False
    return True
