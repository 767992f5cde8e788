"""Prints how well requests are laid out: how often all holds, how often with four seeds that differ, and the time.

    python scripts/measure_layout.py [--requests 300] [--seed 0] [--show]

The requests are random, of 1 to 5 things of any subjects, and say nothing that contradicts itself.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from tiledraw.language.attributes import COLOURS, SCENERY
from tiledraw.language.boxes import Box, PlanError
from tiledraw.language.laying.placing import lay_out, unmet
from tiledraw.language.laying.sense import senses
from tiledraw.language.places import LOCATIONS
from tiledraw.language.plan import format_plan
from tiledraw.language.request import (
    ACTIONS,
    AMONG,
    ARRANGEMENTS,
    COMPARED,
    PLACED,
    Relation,
    Request,
    Thing,
    format_request,
)
from tiledraw.language.subjects import subjects

SEEDS = 4
CANVASES = (None, None, Box(0, 8, 32, 24), Box(6, 0, 26, 32))
_RELATED = (*PLACED, *PLACED, *AMONG, *COMPARED, *ACTIONS)
_COUNTS = (1, 1, 1, 1, 2, 2, 3, 4, 5, 6, 8, 12)


def random_request(rng: np.random.Generator) -> Request:
    """A request that can be met: relations to earlier things, and other words only where no relation is."""
    names = list(subjects())
    worn = [name for name, sense in senses().items() if sense.worn]
    number = int(rng.integers(1, 6))
    chosen = list(rng.choice(names, number, replace=False))
    things: list[Thing] = []
    style = rng.choice(["relations", "places", "plain"], p=[0.6, 0.2, 0.2])
    for place, subject in enumerate(map(str, chosen)):
        count = int(rng.choice(_COUNTS))
        colour = str(rng.choice(list(COLOURS))) if rng.random() < 0.2 else ""
        thing = Thing(subject, count, colour=colour)
        if style == "relations" and place and rng.random() < 0.7:
            word, other = str(rng.choice(_RELATED)), int(rng.integers(place))
            if word == "wearing" and things[other].relations == () and count == things[other].count:
                item = str(rng.choice([name for name in worn if name not in chosen]))
                if not any(one.relations and other in one.relations[0].of for one in things):
                    things[other] = Thing(item, count)
                    thing = Thing(subject, count, relations=(Relation("wearing", (other,)),))
            elif word not in ("wearing", "holding", "on either side of", "between", "riding") or (
                word in ("riding", "holding") and count == things[other].count == 1
            ):
                count = min(count, 4) if word in ("on", "under", "jumping over", "in") else count
                count = max(count, 4) if word == "around" else count
                thing = Thing(subject, count, relations=(Relation(word, (other,)),))
            elif word == "between" and place >= 2:
                thing = Thing(subject, 1, relations=(Relation(word, (0, 1)),))
            elif word == "on either side of":
                thing = Thing(subject, 2, relations=(Relation(word, (other,)),))
        elif style == "places":
            kind = rng.choice(["place", "size", "arrangement", "percent", ""])
            if kind == "place" and not any(one.place for one in things):
                thing = Thing(subject, min(count, 4), place=str(rng.choice(LOCATIONS)))
            elif kind == "size":
                thing = Thing(subject, min(count, 2), size=str(rng.choice(["small", "medium", "large"])))
            elif kind == "arrangement" and not any(one.arrangement for one in things):
                word = str(rng.choice(ARRANGEMENTS))
                count = 4 if word == "corners" else max(count, 3)
                thing = Thing(subject, min(count, 6), arrangement=word)
            elif kind == "percent" and not any(one.across is not None for one in things):
                thing = Thing(subject, 1, across=int(rng.integers(101)), down=int(rng.integers(101)))
        things.append(thing)
    background = str(rng.choice(SCENERY)) if rng.random() < 0.5 else ""
    empty = ("left", "right", "top", "bottom", "top-left")
    part = (str(rng.choice(empty)),) if style == "plain" and rng.random() < 0.2 else ()
    return Request(tuple(things), background, empty=part)


def different(plans: list) -> bool:
    """Whether no two plans have the same boxes."""
    return len({tuple(placement.box for placement in plan.placements) for plan in plans}) == len(plans)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="print what is not laid out")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    right, all_right, differ = 0, 0, 0
    times: dict[str, list[float]] = {"up to 5 things": [], "6 to 12": [], "13 or more": []}
    for _ in range(options.requests):
        request, canvas = random_request(rng), CANVASES[int(rng.integers(len(CANVASES)))]
        plans, failed = [], []
        for seed in range(SEEDS):
            begin = time.process_time()
            try:
                plan = lay_out(request, canvas, seed)
                failed += [f"{one.sentence} (seed {seed})\n{format_plan(plan)}" for one in unmet(request, plan)[:1]]
                plans.append(plan)
            except PlanError as error:
                failed.append(f"refused: {error}")
            kind = "up to 5 things" if request.total <= 5 else "6 to 12" if request.total <= 12 else "13 or more"
            times[kind].append(1000 * (time.process_time() - begin))
            if seed == 0:
                right += not failed
        all_right += not failed
        differ += len(plans) == SEEDS and different(plans)
        if failed and options.show:
            print(f"{format_request(request)}\ncanvas {canvas}: {failed[0]}\n")
    number = options.requests
    print(f"{number} requests: {right / number:.3f} with nothing unmet; {all_right / number:.3f} with {SEEDS} seeds; "
          f"{differ / number:.3f} with {SEEDS} different layouts")  # fmt: skip
    for kind, values in times.items():
        if values:
            median, most = np.median(values), np.percentile(values, 95)
            print(f"{kind}: median {median:.0f} ms a plan, 95% within {most:.0f} ms")


if __name__ == "__main__":
    main()
