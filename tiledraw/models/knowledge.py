"""Knowledge: what a model has learned to draw, and the file beside its weights that says so.

Knows plans, vocabularies and `tiledraw.json`. Knows nothing about weights.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tiledraw.common.extras import MissingExtraError, needs
from tiledraw.common.files import read_text
from tiledraw.common.values import DEFAULT_SIDE, as_size
from tiledraw.format.vocabulary import Vocabulary, VocabularyError
from tiledraw.language.attributes import COLOURS, SCENERY
from tiledraw.language.boxes import PlanError, UnknownSubjectError
from tiledraw.language.plan import Plan
from tiledraw.models.safety import OWN_CODE

ABOUT = "tiledraw.json"


FORMATS = ("flat", "tiled")  # what a model draws by itself; one that paints "layers" does that alone


class ModelError(ValueError):
    """A model can't be loaded."""


class FirstEditionError(ValueError):
    """A model is of the first edition."""

    def __init__(self) -> None:
        super().__init__(
            "of the first edition, which planned gray pictures on 8x8 cells, and plans have 32x32 now; train it anew, "
            "or use one in the package: painter, digits"
        )


@dataclass(frozen=True)
class Knowledge:
    """What a model has learned to draw. Empty tuples mean: anything.

    Attributes:
        subjects: Names of subjects.
        backgrounds: Background words.
        grays: Number of gray levels in its pictures and guides.
        steps: Training steps behind it.
        formats: Of "flat", "tiled", "layers" and "requests" (without drawing by them) what it has learned.
        planless: Whether it has learned from pictures without plans; then a thought that is no plan will do.
        labels: What such pictures show, in one name each.
        placed: Subjects that have place words, in their order.
        context: Whether its tiles stand behind the layout of their picture, and see it.
        side: Pixels a side of the largest pictures that it has learned from; 0 of one that paints layers, or where
            nothing says so.
    """

    subjects: tuple[str, ...] = ()
    backgrounds: tuple[str, ...] = ()
    grays: int = 256
    steps: int = 0
    formats: tuple[str, ...] = FORMATS
    planless: bool = False
    labels: tuple[str, ...] = ()
    placed: tuple[str, ...] = ()
    context: bool = False
    side: int = 0

    @property
    def usual_side(self) -> int:
        """Pixels a side of its pictures where nobody gives a size."""
        return self.side or DEFAULT_SIDE

    @property
    def paints(self) -> bool:
        """Whether it paints layers in inks, by plans of others."""
        return "layers" in self.formats

    @property
    def listens(self) -> bool:
        """Whether it writes down what prompts ask for, as requests."""
        return "requests" in self.formats

    def check_layers(self, plan: Plan) -> None:
        """Raises UnknownSubjectError or PlanError for a plan of layers that the model has not learned to paint."""
        from tiledraw.language.kin import nearest_subjects

        if unknown := [subject for subject in plan.subjects if subject not in self.subjects]:
            near = ", ".join(nearest_subjects(unknown[0], self.subjects))
            raise UnknownSubjectError(f"this model does not know {unknown[0]!r}; the nearest that it knows are {near}")
        if plan.background in SCENERY and plan.background not in self.backgrounds:
            known = ", ".join([*self.backgrounds, *COLOURS])
            raise PlanError(f"this model does not know the background {plan.background!r}; it knows {known}")

    def check_format(self, flat: bool) -> None:
        """Raises a ModelError if the model has not learned to draw like that."""
        if self.listens:
            raise ModelError("this model understands prompts and draws nothing; give it as a thinker")
        if self.paints:
            raise ModelError("this model paints layers; a model that draws in one piece is digits, or one of your own")
        wanted = "flat" if flat else "tiled"
        if wanted not in self.formats:
            raise ModelError(f"this model draws {' and '.join(self.formats)} pictures only, no {wanted} ones")


@contextmanager
def model_errors(name: str) -> Iterator[None]:
    """Turns an error while a model is read into a ModelError of one sentence: a damaged file makes transformers,
    tokenizers and safetensors raise just anything."""
    try:
        yield
    except (ModelError, VocabularyError, MissingExtraError):
        raise
    except Exception as error:
        raise ModelError(f"the model {name} can't be loaded: {reason_of(error)}") from None


def reason_of(error: Exception) -> str:
    """Why a model can't be loaded, in one line of what its library says."""
    if "trust_remote_code" in str(error):
        return OWN_CODE
    if isinstance(error, KeyError):
        return f"it lacks {error}"
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


@contextmanager
def without_bars() -> Iterator[None]:
    """Without the progress bars of transformers: a small model loads in no time."""
    with needs("models"):
        from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def write_about(
    folder: Path, vocabulary: Vocabulary, knowledge: Knowledge, base: Mapping[str, Any] | None = None
) -> None:
    """Writes `tiledraw.json` beside the weights of a folder; of an adapter with the fingerprint of its `base`."""
    weights = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        digest = hashlib.sha256()
        with open(path, "rb") as file:  # which may be larger than the memory
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        weights.update(digest.digest())
    about = {
        "fingerprint": vocabulary.fingerprint,
        "weights": weights.hexdigest()[:16],
        "knowledge": asdict(knowledge),
        **({"base": dict(base)} if base else {}),
    }
    (folder / ABOUT).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_about(folder: Path) -> dict[str, Any]:
    """What `tiledraw.json` says: the `fingerprint` of the vocabulary, the hash of the `weights`, the `knowledge`;
    of an adapter that of its `base`.

    Raises:
        ModelError: there is none, or it is damaged.
    """
    path = folder / ABOUT
    try:
        about = json.loads(read_text(path))
        known = {key: tuple(value) if isinstance(value, list) else value for key, value in about["knowledge"].items()}
        knowledge = Knowledge(**_of_this_edition(known))
        for key, default in vars(Knowledge()).items():
            value = getattr(knowledge, key)
            words = value if isinstance(value, tuple) else ()
            if type(value) is not type(default) or not all(isinstance(word, str) for word in words):
                raise TypeError(f"{key} can't be {value!r}")
        if knowledge.side:
            as_size(knowledge.side)
        return {**about, "knowledge": knowledge}
    except FirstEditionError as error:
        raise ModelError(f"{folder} holds a model {error}") from None
    except FileNotFoundError:
        inside = f"; did you mean {folder / 'model'}?" if (folder / "model" / ABOUT).is_file() else ""
        raise ModelError(f"{folder} holds no {ABOUT}; it is not a model that tiledraw has saved{inside}") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ModelError(f"{path} can't be read: {error}") from None


def _of_this_edition(known: dict[str, Any]) -> dict[str, Any]:
    """Knowledge as it is written today. Raises a FirstEditionError if it is of a model that nothing draws with
    any longer."""
    gone = {"sizes": (), "describes": False, "sketches": False, "sparse": False}  # as models have them that still draw
    is_old = "sizes" in known
    planned = not (known.get("planless") or {"layers", "requests"} & set(known.get("formats", FORMATS)))
    if (is_old and planned) or any(known.pop(name, default) != default for name, default in gone.items()):
        raise FirstEditionError
    return known


def check_name(name: str) -> None:
    """Raises a ModelError for a name that is no folder and can't be one of the hub."""
    if name == "bundled":
        raise ModelError(f"bundled is a model {FirstEditionError()}")
    looks_local = name.startswith((".", "/", "~")) or name.count("/") != 1
    if looks_local:
        raise ModelError(
            f"the model folder {name} does not exist; give a folder, a hub name such as owner/name, or none"
        )
