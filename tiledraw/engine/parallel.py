"""Parallel: tasks that know nothing of each other, done side by side by threads, each on a core of its own.

Two threads that multiply on a core each are faster than one that multiplies on two: they never wait for each other.
Knows processors and BLAS. Knows nothing about decoders.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from threadpoolctl import ThreadpoolController

Result = TypeVar("Result")

MOST_THREADS = 4  # from which on they would wait for Python's lock


def cores() -> int:
    """How many this process may use."""
    known = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return len(known)


def threads() -> int:
    """How many tasks are done at once."""
    return min(cores(), MOST_THREADS)


def run_parallel(tasks: Sequence[Callable[[], Result]]) -> list[Result]:
    """The results of tasks, in their order, each done on one core. Of exceptions the first is raised."""
    with _controller().limit(limits=1, user_api="blas"):
        if len(tasks) == 1:
            return [tasks[0]()]
        with ThreadPoolExecutor(threads()) as pool:
            return list(pool.map(lambda task: task(), tasks))


@cache
def _controller() -> ThreadpoolController:
    """Finding the libraries takes milliseconds."""
    return ThreadpoolController()
