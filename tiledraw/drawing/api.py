"""The front door: what `import tiledraw` offers, with the model in the package, loaded once when it is first needed.

Each function is the method of `Drawer` that has its name; for another model, load a drawer of it.
Knows drawers. Knows nothing else.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache, wraps
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from tiledraw.drawing.drawer import Drawer
from tiledraw.language.subjects import Subject, known_subjects

if TYPE_CHECKING:
    from typing import Concatenate

    from typing_extensions import ParamSpec

    Arguments = ParamSpec("Arguments")

Result = TypeVar("Result")
_lock = Lock()


@cache
def _load() -> Drawer:
    return Drawer.load()


def _drawer() -> Drawer:
    with _lock:  # two threads at once would load two
        return _load()


def _of_the_package(method: Callable[Concatenate[Drawer, Arguments], Result]) -> Callable[Arguments, Result]:
    """A method as a function, of the drawer with the model in the package."""

    @wraps(method)
    def function(*arguments: Arguments.args, **options: Arguments.kwargs) -> Result:
        return method(_drawer(), *arguments, **options)

    _, *parameters = inspect.signature(method).parameters.values()
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what `help` shows
    return function


draw = _of_the_package(Drawer.draw)
edit = _of_the_package(Drawer.edit)
extend = _of_the_package(Drawer.extend)
enlarge = _of_the_package(Drawer.enlarge)


def subjects() -> list[Subject]:
    """What the model in the package can draw: names in English and Chinese, and synonyms."""
    return known_subjects(_drawer().loaded.knowledge.subjects)
