"""How well prompts become plans: by prompts that were written as people write, and by our own phrasing.

    python scripts/measure_listening.py [--prompts FOLDER] [--thinker NAME] [--count 200] [--splits blind hard] [--show]

`tiledraw/data/natural.jsonl` holds prompts of several writers who knew neither the rules nor each other, with the
requests that they meant (`at_least`: things of which there may be more). Those of the split "develop" were read while
rules were written; those of the splits "blind" and "hard" (several things, clauses, scenes, long talk) never were, and
should not be: --show leaves them out. FOLDER holds further suites (`*.jsonl`) and `scorer.py`, which are no part of the
project. Our own phrasing is told by patterns of the test split, which no thinker has seen. Without --thinker fixed
rules read. A plan counts as silent where nothing is said of what is wrong with it.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np

from tiledraw.data.cases import Case
from tiledraw.data.natural import natural_prompts
from tiledraw.data.requests import PHRASINGS, RequestConfig, RequestSource
from tiledraw.drawing.listening import ModelThinker
from tiledraw.drawing.thinking import Thought, painted_request, plan_of, think
from tiledraw.language.boxes import Box, PlanError
from tiledraw.language.hearing.strangers import strangers
from tiledraw.language.laying.judging import unmet
from tiledraw.language.phrasing.asking import sample_request
from tiledraw.language.request import format_request
from tiledraw.language.subjects import subjects
from tiledraw.models.loading import PAINTER, load_model

CANVAS = Box(0, 0, 32, 32)
SPLITS = ("develop", "validation", "blind", "hard")
SPOKEN = {"room": "indoors", "none": "white", "underwater": "sea"}  # what the suite calls backgrounds of ours
Understand = Callable[[str], Thought]


def listener(thinker: str | None) -> Understand:
    """Understands a prompt by a model, or by fixed rules."""
    if thinker is None:
        return lambda prompt: think(prompt, None)
    model = ModelThinker.of(load_model(thinker))
    return lambda prompt: think(prompt, model.writer(prompt))


def scorer_of(folder: Path) -> ModuleType:
    """The scorer beside a suite."""
    spec = importlib.util.spec_from_file_location("scorer", folder / "scorer.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Answer(NamedTuple):
    """What became of a prompt: things with boxes in eighths of the picture and colours, None if it was refused."""

    things: list[tuple[str, tuple[float, ...], str | None]] | None
    background: str = ""
    said: str = ""
    unknown: tuple[str, ...] = ()


def planner(understand: Understand, painted: tuple[str, ...]) -> Callable[[str], Answer]:
    """Plans prompts by what was understood of them, for a painter of some subjects."""

    def plan_prompt(prompt: str) -> Answer:
        unknown: tuple[str, ...] = ()
        try:
            thought = understand(prompt)
            unknown = painted_request(thought.request, prompt, painted).unknown
            plan, said = plan_of(thought, prompt, painted, CANVAS, 0)
        except PlanError as error:
            return Answer(None, said=str(error), unknown=unknown)
        things = [
            (one.subject, tuple(edge / 4 for edge in vars(one.box).values()), one.colour or None)
            for one in plan.placements
        ]
        return Answer(things, SPOKEN.get(plan.background, plan.background), said)

    return plan_prompt


def natural(folder: Path, plan_prompt: Callable[[str], Answer], show: bool) -> None:
    """Verdicts over prompts that people wrote, by category and language."""
    scorer = scorer_of(folder)
    verdicts: dict[str, Counter[str]] = defaultdict(Counter)
    seconds = []
    for line in [line for suite in sorted(folder.glob("*.jsonl")) for line in scorer.read_suite(suite)]:
        begin = time.perf_counter()
        things, background, said, unknown = plan_prompt(line["prompt"])
        seconds.append(time.perf_counter() - begin)
        names = {background, "sky"} if background == "grass" else {background}  # our grass has a sky above it
        found = {scorer.verdict(line["expect"], scorer.Plan(things, name, unknown if things is None else ()))
                 for name in names}  # fmt: skip
        verdict = "right" if "right" in found else min(found)
        if verdict == "wrong_silently" and said:
            verdict = "wrong, said"
        for key in (f"{line['category']:12}{line['language']}", f"{'all':12}{line['language']}", "all"):
            verdicts[key][verdict] += 1
        if show and verdict != "right":
            print(f"{line['id']} {verdict}: {line['prompt']!r}\n    {said or unknown or things}")
    for key, counts in sorted(verdicts.items()):
        share = counts["right"] / sum(counts.values())
        print(f"{key:16}{share:6.2f} right   {dict(counts.most_common())}")
    print(f"{1000 * np.median(seconds):.0f} ms a plan (median, in one process)")


def people(understand: Understand, splits: Sequence[str], show: bool) -> None:
    """Verdicts over splits of `natural.jsonl`, for a painter that can draw all that has a name."""
    verdicts: dict[str, Counter[str]] = defaultdict(Counter)
    doubted = Counter[str]()
    for case in (case for case in natural_prompts() if case.split in splits):
        verdict, said = judged(case, understand)
        for key in (f"{case.split}, {case.language}", f"{case.split}, {case.category}", case.split):
            verdicts[key][verdict] += 1
            doubted[key] += verdict == "right" and bool(said) and not case.request.unknown
        if show and verdict != "right" and case.split == "develop":
            print(f"{case.id} {verdict}: {case.prompt!r}\n    meant {format_request(case.request)!r}; {said}")
    for key, counts in sorted(verdicts.items()):
        share = counts["right"] / sum(counts.values())
        print(f"{key:24}{share:6.2f} right, {doubted[key]} of them doubted   {dict(counts.most_common())}")


def judged(case: Case, understand: Understand) -> tuple[str, str]:
    """What became of a prompt: "right", "refused", "wrong, said" or "wrong in silence"; and what was said."""
    said, plan, unknown, meant = "", None, tuple[str, ...](), case.request
    try:
        thought = understand(case.prompt)
        unknown = thought.request.unknown
        plan, said = plan_of(thought, case.prompt, (), CANVAS, 0)
    except PlanError as error:
        said = str(error)
    named = bool(meant.unknown) and unknown == meant.unknown
    shown = plan is not None and not meant.unknown and not unmet(meant, plan, case.at_least)
    if named if plan is None else shown:
        return "right", said
    return "refused" if plan is None else "wrong, said" if said else "wrong in silence", said


def own(understand: Understand, count: int) -> None:
    """Requests of our own prompts: equal to what was asked, and plans that show all of that."""
    source = RequestSource(RequestConfig(unknown=0.0, noise=0.0), "test")
    equal: dict[str, list[bool]] = defaultdict(list)
    shown: dict[str, list[bool]] = defaultdict(list)
    for index in range(count):
        prompt, request = source.example(index)
        kind = f"{('en', 'zh')[index % 2]}, {'up to 3' if len(request.things) <= 3 else '4 or more'} groups"
        try:
            thought = understand(prompt)
            equal[kind].append(format_request(thought.request) == format_request(request))
            plan, _ = plan_of(thought, prompt, (), CANVAS, 0)
            shown[kind].append(unmet(request, plan) == [])
        except PlanError:
            shown[kind].append(False)
    for kind in sorted(shown):
        print(f"own, {kind}: {np.mean(shown[kind]):.2f} of {len(shown[kind])} plans show all that was asked; requests "
              f"equal word for word {np.sum(equal[kind]) / len(shown[kind]):.2f}")  # fmt: skip


def refusals(understand: Understand, count: int) -> None:
    """Whether a refusal names the unknown noun of a prompt, and nothing known is refused."""
    rng, named, refused = np.random.default_rng(0), 0, 0
    known = tuple(subjects())
    for index in range(2 * count):
        language = ("en", "zh")[index % 2]
        request = sample_request(rng, known)
        while not request.things or len(request.things) > 3:
            request = sample_request(rng, known)
        strange = {}
        if index < count:
            nouns = strangers(language, "test", known)
            strange = {int(rng.integers(len(request.things))): nouns[int(rng.integers(len(nouns)))]}
        phrased = PHRASINGS[language].phrase(request, rng, "test", strange)
        try:
            unknown = understand(phrased.prompt).request.unknown
        except PlanError:
            unknown = ("",)
        if strange:
            named += unknown == (phrased.names[next(iter(strange))][0],)
        else:
            refused += bool(unknown)
    print(f"one unknown noun: {named / count:.3f} of {count} refusals name exactly it; known nouns only: "
          f"{refused / count:.3f} of {count} refused")  # fmt: skip


def layouts(understand: Understand, count: int) -> None:
    """Whether four seeds give four plans, all of them right, where places are open."""
    rng, good, tried = np.random.default_rng(1), 0, 0
    while tried < count:
        request = sample_request(rng, tuple(subjects()))
        if not 1 <= len(request.things) <= 4 or any(thing.place or thing.size == "full" for thing in request.things):
            continue
        tried += 1
        phrased = PHRASINGS[("en", "zh")[tried % 2]].phrase(request, rng, "test", {})
        try:
            thought = understand(phrased.prompt)
            plans = [plan_of(thought, phrased.prompt, (), CANVAS, seed)[0] for seed in range(4)]
            good += len(set(plans)) == 4 and all(unmet(thought.request, plan) == [] for plan in plans)
        except PlanError:
            continue
    print(
        f"open places: {good / count:.2f} of {count} prompts give four plans with four seeds that all show the request"
    )


def long(understand: Understand, count: int) -> None:
    """Prompts for five to twenty things in two to four groups, each with a colour, and with relations."""
    rng, right, tried = np.random.default_rng(2), 0, 0
    while tried < count:
        request = sample_request(rng, tuple(subjects()))
        coloured = all(thing.colour for thing in request.things)
        if not (2 <= len(request.things) <= 4 and 5 <= request.total <= 20 and coloured):
            continue
        if not any(thing.relations for thing in request.things):
            continue
        tried += 1
        phrased = PHRASINGS[("en", "zh")[tried % 2]].phrase(request, rng, "test", {})
        try:
            plan, _ = plan_of(understand(phrased.prompt), phrased.prompt, (), CANVAS, 0)
            right += unmet(request, plan) == []
        except PlanError:
            continue
    print(f"long requests: {right / count:.2f} of {count} plans show all that was asked")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=Path, help="folder with suites (*.jsonl) and scorer.py")
    parser.add_argument("--any-subject", action="store_true", help="as if the painter could draw all that has a name")
    parser.add_argument("--thinker", help="a model that writes requests; fixed rules if not given")
    parser.add_argument("--count", type=int, default=200, help="prompts of our own, of each kind")
    parser.add_argument("--splits", nargs="*", choices=SPLITS, default=SPLITS[1:], help="of the natural prompts")
    parser.add_argument("--show", action="store_true", help="what is not right")
    options = parser.parse_args()
    listen = listener(options.thinker)
    if options.prompts is not None:
        painted = () if options.any_subject else load_model(PAINTER).knowledge.subjects
        natural(options.prompts, planner(listen, painted), options.show)
    people(listen, options.splits, options.show)
    if options.count:
        own(listen, options.count)
        refusals(listen, options.count)
        layouts(listen, options.count // 2)
        long(listen, options.count)
