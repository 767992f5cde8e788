"""Models on disk: a stock transformers checkpoint or a peft adapter, its tokenizer, and what tiledraw needs to know.

Beside the weights lies `tiledraw.json`: the vocabulary's fingerprint and what the model has learned to draw. Adapters
are merged when they are read, so that whoever draws sees plain weights.
Knows transformers' folders. Knows nothing about training, planning or decoding.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import deserialize

from tiledraw.format.vocabulary import Vocabulary, VocabularyError, check_fingerprint, rows_for
from tiledraw.language.plan import SIZES, Plan, PlanError, UnknownSubjectError

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

BUNDLED = "bundled"
ABOUT = "tiledraw.json"
ADAPTER = "adapter_config.json"
FORMATS = ("flat", "tiled")
LARGE = 512  # hidden size from which a GPU draws faster than a processor with the NumPy decoder


class ModelError(ValueError):
    """A model can't be loaded."""


@dataclass(frozen=True)
class Knowledge:
    """What a model has learned to draw. Empty tuples mean: anything.

    Attributes:
        subjects: Names of subjects.
        sizes: Size words.
        backgrounds: Background words.
        grays: Number of gray levels in its pictures and guides.
        steps: Training steps behind it.
        formats: "flat", "tiled", or both.
        planless: Whether it has learned from pictures without plans; then a thought that is no plan will do.
        labels: What such pictures show, in one name each.
        describes: Whether it has learned to read pictures.
        placed: Subjects that have place words, in their order.
        sketches: Whether it draws subjects by themselves first, and puts the first levels together from them.
        context: Whether its tiles stand behind the layout of their picture, and see it.
        sparse: Whether it has learned to read tiles without what their guides leave no doubt about.
    """

    subjects: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    backgrounds: tuple[str, ...] = ()
    grays: int = 256
    steps: int = 0
    formats: tuple[str, ...] = FORMATS
    planless: bool = False
    labels: tuple[str, ...] = ()
    describes: bool = False
    placed: tuple[str, ...] = ()
    sketches: bool = False
    context: bool = False
    sparse: bool = False

    def check_format(self, flat: bool) -> None:
        """Raises a ModelError if the model has not learned to draw like that."""
        wanted = "flat" if flat else "tiled"
        if wanted not in self.formats:
            raise ModelError(f"this model draws {' and '.join(self.formats)} pictures only, no {wanted} ones")

    def check(self, plan: Plan) -> None:
        """Raises UnknownSubjectError or PlanError for a plan that the model has not learned to draw."""
        from tiledraw.language.rules import nearest_subjects

        for placement in plan.placements:
            if self.subjects and placement.subject not in self.subjects:
                near = ", ".join(nearest_subjects(placement.subject, self.subjects))
                raise UnknownSubjectError(
                    f"this model does not know {placement.subject!r}; the nearest that it knows are {near}"
                )
            sides = sorted(SIZES[size] for size in self.sizes)
            box = placement.box
            if sides and (box.width != box.height or box.width not in sides):
                raise PlanError(
                    f"this model draws boxes of {', '.join(f'{side}x{side}' for side in sides)} cells; "
                    f"the one of {placement.subject!r} has {box.width}x{box.height}"
                )
        if self.backgrounds and plan.background not in self.backgrounds:
            known = ", ".join(self.backgrounds)
            raise PlanError(f"this model does not know the background {plan.background!r}; it knows {known}")


@dataclass(frozen=True)
class LoadedModel:
    """A model's folder, read as far as was needed: its vocabulary and knowledge at once, its weights when they are
    asked for.

    Attributes:
        folder: With `config.json`, the weights as safetensors, and the tokenizer.
        config: What `config.json` holds.
        vocabulary: Its words.
        knowledge: What it can draw.
        name: What it was called when it was loaded.
        weights: Hash of the weight files.
        base: The model that this adapter changes; empty if the weights are whole.
    """

    folder: Path
    config: dict[str, Any]
    vocabulary: Vocabulary
    knowledge: Knowledge = field(default_factory=Knowledge)
    name: str = BUNDLED
    weights: str = ""
    base: str = ""

    def tensors(self) -> dict[str, np.ndarray]:
        """All weights by name in float32, without torch and transformers, which take seconds to import.

        Raises:
            ModelError: a file is missing or damaged.
        """
        if self.base:
            return {name: weight.detach().float().cpu().numpy() for name, weight in self.model.named_parameters()}
        files = sorted(self.folder.glob("*.safetensors"))
        with model_errors(self.name):
            tensors = {name: tensor for file in files for name, tensor in _read_tensors(file)}
        if not tensors:
            raise ModelError(f"the model {self.name} can't be loaded: {self.folder} holds no weights (*.safetensors)")
        return tensors

    @property
    def device(self) -> str:
        """Where it draws: a large model on a GPU, if there is one."""
        if int(self.config.get("hidden_size") or 0) < LARGE:
            return "cpu"
        import torch

        return "cuda" if torch.cuda.is_available() else "cpu"

    @cached_property
    def model(self) -> PreTrainedModel:
        """As a model of transformers in evaluation mode: in float32 on the CPU, in bfloat16 on a GPU.

        Raises:
            ModelError: the weights are missing, damaged, or not those of the configuration.
        """
        import torch

        return self.load(torch.float32 if self.device == "cpu" else torch.bfloat16).to(self.device)

    def load(self, dtype: torch.dtype) -> PreTrainedModel:
        """As a model of transformers in evaluation mode, an adapter merged; read anew at each call.

        Raises:
            ModelError: the weights are missing, damaged, or not those of the configuration.
        """
        if self.base:
            from tiledraw.models.adapters import load_merged

            return load_merged(self.folder, self.base, self.vocabulary.fingerprint, dtype)
        from transformers import AutoModelForCausalLM

        with model_errors(self.name), without_bars():
            model, report = AutoModelForCausalLM.from_pretrained(self.folder, dtype=dtype, output_loading_info=True)
        if missing := sorted(report["missing_keys"]):  # transformers would fill them with random numbers
            raise ModelError(f"the model {self.name} can't be loaded: its weights lack {missing[0]}")
        return model.eval()


def _read_tensors(file: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Names and weights of a file of floating-point numbers, in float32."""
    for name, tensor in deserialize(file.read_bytes()):
        if tensor["dtype"] == "BF16":  # which NumPy lacks: the upper half of a float32
            numbers = (np.frombuffer(tensor["data"], "<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            numbers = np.frombuffer(tensor["data"], {"F16": "<f2", "F32": "<f4", "F64": "<f8"}[tensor["dtype"]])
        yield name, numbers.astype(np.float32, copy=False).reshape(tensor["shape"])


@contextmanager
def model_errors(name: str) -> Iterator[None]:
    """Turns an error while a model is read into a ModelError of one sentence: a damaged file makes transformers,
    tokenizers and safetensors raise just anything."""
    try:
        yield
    except (ModelError, VocabularyError):
        raise
    except Exception as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelError(f"the model {name} can't be loaded: {reason[0]}") from None


def bundled_folder() -> Path:
    return Path(str(resources.files("tiledraw.models"))) / BUNDLED


@contextmanager
def without_bars() -> Iterator[None]:
    """Without the progress bars of transformers: a small model loads in no time."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def save_model(folder: Path, model: PreTrainedModel, vocabulary: Vocabulary, knowledge: Knowledge) -> None:
    """Writes a folder that transformers loads by itself, and `tiledraw.json`."""
    with without_bars():
        model.save_pretrained(folder)
    vocabulary.tokenizer.save_pretrained(folder)
    write_about(folder, vocabulary, knowledge)


def write_about(folder: Path, vocabulary: Vocabulary, knowledge: Knowledge) -> None:
    """Writes `tiledraw.json` beside the weights of a folder."""
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
    }
    (folder / ABOUT).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_about(folder: Path) -> dict[str, Any]:
    """What `tiledraw.json` says: the `fingerprint` of the vocabulary, the hash of the `weights`, the `knowledge`.

    Raises:
        ModelError: there is none, or it is damaged.
    """
    path = folder / ABOUT
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        known = {key: tuple(value) if isinstance(value, list) else value for key, value in about["knowledge"].items()}
        knowledge = Knowledge(**known)
        for key, default in vars(Knowledge()).items():
            value = getattr(knowledge, key)
            words = value if isinstance(value, tuple) else ()
            if type(value) is not type(default) or not all(isinstance(word, str) for word in words):
                raise TypeError(f"{key} can't be {value!r}")
        return {**about, "knowledge": knowledge}
    except FileNotFoundError:
        raise ModelError(f"{folder} holds no {ABOUT}; it is not a model that tiledraw has saved") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ModelError(f"{path} can't be read: {error}") from None


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """An empty folder beside `folder` that takes its place when the block ends well, and vanishes when it fails."""
    stage, old = (folder.with_name(f".{folder.name}-{secrets.token_hex(4)}.{kind}") for kind in ("new", "old"))
    stage.mkdir(parents=True)
    try:
        yield stage
        if folder.exists():
            os.replace(folder, old)
        os.replace(stage, folder)
        shutil.rmtree(old, ignore_errors=True)
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise


def load_model(name: str | None = None) -> LoadedModel:
    """Loads the bundled model (None or "bundled"), a folder, or a model of the hub that tiledraw has saved; whole
    weights or an adapter.

    Raises:
        ModelError: the folder is missing, damaged, or no model of tiledraw. Damaged weights show when they are read.
        VocabularyError: the tokenizer is not the one that the model was made with, or the model has no room for it.
    """
    name = name or BUNDLED
    folder = bundled_folder() if name == BUNDLED else Path(name)
    if not folder.is_dir():
        folder = _download(name)
    about = read_about(folder)
    base = ""
    with model_errors(name):
        if (folder / ADAPTER).is_file():
            base = json.loads((folder / ADAPTER).read_text(encoding="utf-8"))["base_model_name_or_path"]
        vocabulary = read_vocabulary(folder, about["knowledge"].placed)
        if base:
            from tiledraw.models.adapters import base_config

            config = base_config(base)
            config["vocab_size"] = rows = rows_for(int(config["vocab_size"]), vocabulary)
        else:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            rows = int(config["vocab_size"])
        check_fingerprint(vocabulary, about.get("fingerprint"), f"the model {name}")
    if rows < vocabulary.rows:
        raise VocabularyError(f"the model {name} has fewer embedding rows than its tokenizer has words")
    return LoadedModel(folder, config, vocabulary, about["knowledge"], name, str(about.get("weights", "")), base)


def read_vocabulary(folder: Path, placed: Sequence[str] = ()) -> Vocabulary:
    """The vocabulary of a folder with a `tokenizer.json`, without transformers; `placed` subjects have place words."""
    from tokenizers import Tokenizer

    return Vocabulary(Tokenizer.from_file(str(folder / "tokenizer.json")), placed)


def check_name(name: str) -> None:
    """Raises a ModelError for a name that is no folder and can't be one of the hub."""
    looks_local = name.startswith((".", "/", "~")) or name.count("/") != 1
    if looks_local:
        raise ModelError(
            f"the model folder {name} does not exist; give a folder, a hub name such as owner/name, or none"
        )


def _download(name: str) -> Path:
    """The local copy of a hub model."""
    check_name(name)
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name))
    except Exception as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelError(f"{name} is no folder, and the hub does not give it: {reason[0]}") from None
