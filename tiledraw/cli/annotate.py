"""`tiledraw data annotate`: a vision-language model writes plans and descriptions for a folder of pictures.

Knows options, the environment and progress. Knows nothing about what is asked or how answers are read.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tiledraw.cli.options import parse_options
from tiledraw.common.files import check_writable_folder

if TYPE_CHECKING:
    from tiledraw.data.annotation.vision import Vision
    from tiledraw.models.asking import Budget


@dataclass(frozen=True)
class Options:
    """A vision-language model looks at the pictures of a folder and writes what its think steps say.

    The folder's metadata.jsonl gets a plan and a description of each. Raw answers are kept in answers.jsonl, and a
    second call asks only what they lack; problems.jsonl names what could not be had, or only in part.

    Args:
        folder: pictures, with captions or metadata as `data build folder` reads them
        model: name of the model at the endpoint; without --url, a folder or a hub name, such as a Qwen-VL
        url: base address of an endpoint that speaks the OpenAI protocol, such as http://localhost:8000/v1
        key_variable: the environment variable that holds the endpoint's key; none is sent if it is not set
        out: another folder for the metadata, which gets the pictures, too; the same folder if not given
        fit: how a picture that is not square becomes one; give data build the same
        side: pixels a side at which pictures are shown
        language: of the questions, and so of what is written: en or zh
        attempts: how often a picture is asked about until the answer holds a plan
        concurrency: how many pictures are asked about at once; a local model takes one at a time, but on a cluster
        cluster: ask on a Ray cluster, each machine of which has the model or reaches the endpoint: HOST:PORT of its
            head, or auto (that of RAY_ADDRESS, or else the cores of this machine)
        max_requests: stop after so many requests
        max_total_tokens: stop after so many tokens, read and written
        max_tokens: most tokens of an answer
        temperature: of the answers; 0 always takes the likeliest word
        timeout: seconds that a request may take in all
        retries: how often a request that failed is sent again
        quiet: print no progress
    """

    folder: str
    model: str
    url: str | None = None
    key_variable: str = "OPENAI_API_KEY"
    out: str | None = None
    fit: Literal["letterbox", "crop"] = "letterbox"
    side: int = 1000
    language: Literal["en", "zh"] = "en"
    attempts: int = 2
    concurrency: int = 4
    cluster: str | None = None
    max_requests: int | None = None
    max_total_tokens: int | None = None
    max_tokens: int = 1024
    temperature: float = 0.2
    timeout: float = 120.0
    retries: int = 5
    quiet: bool = False


def run(argv: list[str]) -> int:
    options = parse_options(Options, argv, "data annotate", positional=["folder"])
    from tqdm import tqdm

    from tiledraw.data.annotation.annotate import METADATA, PROBLEMS, AnnotateConfig, annotate
    from tiledraw.models.asking import Budget

    config = AnnotateConfig(
        options.fit,
        options.side,
        options.attempts,
        1 if options.url is None and options.cluster is None else options.concurrency,
        options.language,
    )
    folder, out = Path(options.folder), Path(options.out or options.folder)
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder; give one that holds pictures")
    check_writable_folder(out if out.exists() else out.parent)
    budget = Budget(options.max_requests, options.max_total_tokens)
    counts: Counter[str] = Counter()
    bar = tqdm(unit="picture", file=sys.stderr, disable=options.quiet or None)
    try:
        with (
            _vision(options, budget) as vision,
            bar,
            closing(annotate(folder, out, vision, config)) as run,
        ):
            for annotated in run:
                bar.update()
                counts["pictures"] += 1
                counts.update(problem.kind for problem in annotated.problems)
    finally:
        if counts and not options.quiet:
            pictures = counts.pop("pictures")
            found = ", ".join(f"{count:,} {kind}" for kind, count in counts.items()) or "no problems"
            named = f" (named in {out / PROBLEMS})" if counts else ""
            spent = f"{budget.spent['requests']:,} requests, {budget.spent['tokens']:,} tokens"
            print(f"{pictures:,} pictures, {found}{named}; {spent}", file=sys.stderr)
    print(out / METADATA)
    return 0


@contextmanager
def _vision(options: Options, budget: Budget) -> Iterator[Vision]:
    from tiledraw.common.cluster import joined, whole_path
    from tiledraw.data.annotation.spreading import Asked, SpreadVision
    from tiledraw.models.asking import Writing
    from tiledraw.models.endpoint import EndpointConfig

    who: str | EndpointConfig = options.model
    if options.url is not None:
        key = os.environ.get(options.key_variable, "").strip() or None
        who = EndpointConfig(options.url, options.model, key, options.timeout, options.retries)
    asked = Asked(who, Writing(options.max_tokens, options.temperature))
    if options.cluster is None:
        yield asked.open(budget)
        return
    if options.url is None:
        asked = replace(asked, who=whole_path(options.model))
    with joined(options.cluster, gpus=options.url is None) as cluster:
        yield SpreadVision(cluster, asked, options.model, budget)
