"""`tiledraw describe`: says what a picture shows, as a plan and in a sentence.

Knows options. Knows nothing about how a picture is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tiledraw.cli.options import parse_options


@dataclass(frozen=True)
class Options:
    """Says what a picture shows: a sentence, and the plan as YAML, which `generate --plan` and `edit --plan` read.

    A drawn picture says it itself. In others what the painter could have drawn is looked for (extra `check`): whole
    subjects in its style, as `tiledraw subjects` lists them; of photographs it says nothing, or what is not there.

    Args:
        picture: any picture, of any size; - for standard input
        language: of the sentence: en or zh
        plan_only: print the plan without the sentence
    """

    picture: str
    language: Literal["en", "zh"] = "en"
    plan_only: bool = False


def run(argv: list[str]) -> int:
    options = parse_options(Options, argv, "describe", positional=["picture"])

    import sys

    from tiledraw.canvas.pictures import open_picture
    from tiledraw.evaluation.describing import describe
    from tiledraw.language.plan import plan_to_yaml

    if options.picture == "-":
        with open_picture(sys.stdin.buffer) as image:
            description = describe(image, options.language)
    else:
        description = describe(options.picture, options.language)
    if not options.plan_only:
        print(f"# {description.sentence}")  # a comment: the output is a plan file
    print(plan_to_yaml(description.plan), end="")
    return 0
