"""The suite in the package: prompts in sentences that no model has learned from, with what each asks for.

Knows where it lies. Knows nothing about how it was written: scripts/build_suite.py does that.
"""

from __future__ import annotations

from importlib import resources

from tiledraw.data.cases import Case, parse_cases, read_cases

SUITE = "suite.jsonl"


def read_suite(path: str | None = None) -> tuple[Case, ...]:
    """The cases of a file; of the shipped suite if none is given. Raises as `read_cases` does."""
    if path is not None:
        return read_cases(path)
    return parse_cases(resources.files("tiledraw.evaluation").joinpath(SUITE).read_text(encoding="utf-8"), SUITE)
