"""Models on disk: a stock transformers checkpoint or a peft adapter, its tokenizer, and what tiledraw needs to know.

Beside the weights lies `tiledraw.json`: the vocabulary's fingerprint and what the model has learned to draw. Adapters
are merged when they are read, so that whoever draws sees plain weights.
Knows transformers' folders. Knows nothing about training, planning or decoding.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import deserialize

from tiledraw.common.extras import needs
from tiledraw.format.vocabulary import (
    CODE_WORDS,
    Vocabulary,
    VocabularyError,
    check_fingerprint,
    fit_model,
    initialise_new_rows,
    rows_for,
)
from tiledraw.models.knowledge import (
    ABOUT,
    Knowledge,
    ModelError,
    check_name,
    model_errors,
    read_about,
    without_bars,
    write_about,
)
from tiledraw.models.safety import (
    ADAPTER,
    NO_CODE,
    SAFE_WEIGHTS,
    check_adapter,
    check_config,
    check_folder,
    check_weights,
    read_object,
)

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

# Models in the package: one paints layers; one says what prompts ask for; one draws digits, flat and in tiles.
PAINTER, THINKER, DIGITS = PACKAGED = ("painter", "thinker", "digits")
HEAD = "lm_head.weight"  # of a model with place words it ends before these, which are read and never drawn
NOT_FINITE = "its weights are damaged: {} holds numbers that are not finite"
LARGE = 512  # hidden size from which a GPU draws faster than a processor with the NumPy decoder


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
    name: str = PAINTER
    weights: str = ""
    base: str = ""

    def tensors(self) -> dict[str, np.ndarray]:
        """All weights by name in float32, without torch and transformers, which take seconds to import. Where the file
        of the output matrix ends before the place words, it is filled up with zeros.

        Raises:
            ModelError: a file is missing or damaged.
        """
        if self.base:
            return {name: weight.detach().float().cpu().numpy() for name, weight in self.model.named_parameters()}
        files = sorted(self.folder.glob("*.safetensors"))
        with model_errors(self.name):
            tensors = {name: tensor for file in files for name, tensor in _read_tensors(file)}
            if self.vocabulary.placed and len(tensors.get(HEAD, ())) == self.vocabulary.places:
                missing = int(self.config["vocab_size"]) - self.vocabulary.places
                tensors[HEAD] = np.pad(tensors[HEAD], ((0, missing), (0, 0)))
            for name, tensor in tensors.items():
                if not np.isfinite(tensor).all():
                    raise ValueError(NOT_FINITE.format(name))
        if not tensors:
            raise ModelError(f"the model {self.name} can't be loaded: {self.folder} holds no weights (*.safetensors)")
        return tensors

    @property
    def is_large(self) -> bool:
        """Whether a GPU would draw faster."""
        return int(self.config.get("hidden_size") or 0) >= LARGE

    @property
    def device(self) -> str:
        """Where it draws: a large model on a GPU, if there is one; each process of a launcher on its own."""
        if not self.is_large:
            return "cpu"
        with needs("models"):
            import torch

        if not torch.cuda.is_available():
            return "cpu"
        rank = os.environ.get("LOCAL_RANK", "")
        return f"cuda:{int(rank) % torch.cuda.device_count()}" if rank.isdecimal() else "cuda"

    @cached_property
    def model(self) -> PreTrainedModel:
        """As a model of transformers in evaluation mode: in float32 on the CPU, in bfloat16 on a GPU.

        Raises:
            ModelError: the weights are missing, damaged, or not those of the configuration.
        """
        with needs("models"):
            import torch

        return self.load(torch.float32 if self.device == "cpu" else torch.bfloat16).to(self.device)

    def load(self, dtype: torch.dtype) -> PreTrainedModel:
        """As a model of transformers in evaluation mode, an adapter merged; read anew at each call.

        Raises:
            ModelError: the weights are missing, damaged, or not those of the configuration.
        """
        if self.base:
            from tiledraw.models.adapters import merge_adapter

            base, vocabulary = load_base(self.base, dtype)
            merged = merge_adapter(self.folder, self.vocabulary.fingerprint, self.base, base, vocabulary)
            check_finite(self.name, merged)
            return merged
        with needs("models"):
            from transformers import AutoModelForCausalLM

        with model_errors(self.name), without_bars():
            check_weights(self.folder)
            if self.vocabulary.placed:
                return self._with_places(dtype)
            model, report = AutoModelForCausalLM.from_pretrained(
                self.folder, dtype=dtype, output_loading_info=True, **SAFE_WEIGHTS
            )
        if missing := sorted(report["missing_keys"]):  # transformers would fill them with random numbers
            raise ModelError(f"the model {self.name} can't be loaded: its weights lack {missing[0]}")
        check_finite(self.name, model)
        return model.eval()

    def _with_places(self, dtype: torch.dtype) -> PreTrainedModel:
        """A model with place words, whose output matrix may end before them in its file."""
        import torch
        from transformers import AutoConfig, AutoModelForCausalLM

        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(self.folder, **NO_CODE), dtype=dtype)
        weights = {name: torch.from_numpy(tensor) for name, tensor in self.tensors().items()}
        if model.config.tie_word_embeddings:
            weights[HEAD] = weights["model.embed_tokens.weight"]
        model.load_state_dict(weights)
        return model.eval()


def check_finite(name: str, module: torch.nn.Module) -> None:
    """Raises a ModelError if a weight holds NaN or infinity, by which all that is drawn would be noise."""
    for key, weight in module.named_parameters():
        if not weight.isfinite().all():
            raise ModelError(f"the model {name} can't be loaded: {NOT_FINITE.format(key)}")


def _read_tensors(file: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Names and weights of a file of floating-point numbers, in float32."""
    for name, tensor in deserialize(file.read_bytes()):
        if tensor["dtype"] == "BF16":  # which NumPy lacks: the upper half of a float32
            numbers = (np.frombuffer(tensor["data"], "<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            numbers = np.frombuffer(tensor["data"], {"F16": "<f2", "F32": "<f4", "F64": "<f8"}[tensor["dtype"]])
        yield name, numbers.astype(np.float32, copy=False).reshape(tensor["shape"])


def packaged_folder(name: str) -> Path:
    """The folder of a model in the package."""
    return Path(str(resources.files("tiledraw.models"))) / name


def has_thinker() -> bool:
    """Whether the package has a model that says what prompts ask for."""
    return (packaged_folder(THINKER) / ABOUT).is_file()


def save_model(folder: Path, model: PreTrainedModel, vocabulary: Vocabulary, knowledge: Knowledge) -> None:
    """Writes a folder that transformers loads by itself, and `tiledraw.json`. Only the output matrix of a model with
    place words is cut short, which `LoadedModel` fills up again: half of its file would be rows that nobody uses."""
    weights = None
    if vocabulary.placed and not model.config.tie_word_embeddings:
        weights = model.state_dict()
        weights[HEAD] = weights[HEAD][: vocabulary.places].clone()
    with without_bars():
        model.save_pretrained(folder, state_dict=weights)
    vocabulary.tokenizer.save_pretrained(folder)
    write_about(folder, vocabulary, knowledge)


def load_model(name: str | None = None) -> LoadedModel:
    """Loads a model in the package (None or "painter"; "thinker", "digits"), a folder, or a model of the hub that
    tiledraw has saved; whole weights or an adapter.

    Raises:
        ModelError: the folder is missing, damaged, or no model of tiledraw. Damaged weights show when they are read.
        VocabularyError: the tokenizer is not the one that the model was made with, or the model has no room for it.
    """
    name = name or PAINTER
    folder = packaged_folder(name) if name in PACKAGED else Path(name)
    if not folder.is_dir():
        folder = _download(name)
    about = read_about(folder)
    base = ""
    with model_errors(name):
        check_folder(folder)
        if (folder / ADAPTER).is_file():
            base = read_object(folder / ADAPTER).get("base_model_name_or_path")
            if not isinstance(base, str) or not base:
                raise ValueError(f"its {ADAPTER} names no base")
        vocabulary = read_vocabulary(folder, about["knowledge"].placed)
        if base:
            config = base_config(base)
            config["vocab_size"] = rows = rows_for(int(config["vocab_size"]), vocabulary)
        else:
            config = read_object(folder / "config.json")
            check_config(config)
            rows = int(config["vocab_size"])
        check_fingerprint(vocabulary, about.get("fingerprint"), f"the model {name}")
    if rows < vocabulary.rows:
        raise VocabularyError(f"the model {name} has fewer embedding rows than its tokenizer has words")
    return LoadedModel(folder, config, vocabulary, about["knowledge"], name, str(about.get("weights", "")), base)


def read_vocabulary(folder: Path, placed: Sequence[str] = ()) -> Vocabulary:
    """The vocabulary of a folder with a `tokenizer.json`, without transformers; `placed` subjects have place words."""
    from tokenizers import Tokenizer

    return Vocabulary(Tokenizer.from_file(str(folder / "tokenizer.json")), placed)


def _download(name: str) -> Path:
    """The local copy of a hub model."""
    check_name(name)
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name))
    except Exception as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelError(f"{name} is no folder, and the hub does not give it: {reason[0]}") from None


def full_name(base: str) -> str:
    """The name of a base for those who look from another folder: an absolute path, or a hub name as it is. A file in an
    installed package is `package:file`.

    Raises:
        ModelError: a path that leads nowhere, a package that is not installed.
    """
    path = Path(base).expanduser()
    if path.exists():
        return str(path.resolve())
    package, colon, file = base.partition(":")
    if colon and package.isidentifier():
        if (found := importlib.util.find_spec(package)) is None or not found.origin:
            raise ModelError(f"the package {package} of the model {base} is not installed")
        return full_name(str(Path(found.origin).parent / file))
    if path.suffix.lower() == ".gguf":
        raise ModelError(f"the GGUF file {base} does not exist")
    check_name(base)
    return base


def base_config(base: str) -> dict[str, Any]:
    """What the `config.json` of a base holds."""
    if _is_ours(base):
        return load_model(base).config
    with needs("models"):
        from transformers import AutoConfig

    with model_errors(base):
        place, options = _place(base)
        if not options and Path(place).is_dir():  # before anything is made of it
            check_config(read_object(Path(place) / "config.json"))
        return AutoConfig.from_pretrained(place, **options, **NO_CODE).to_dict()


def check_whole(base: str) -> None:
    """Raises a ModelError for a base that is an adapter of ours: one on another could be read by nobody else."""
    if _is_ours(base) and load_model(base).base:
        raise ModelError(
            f"the base {base} is an adapter; merge it first (tiledraw merge {base} FOLDER) and give FOLDER as base"
        )


def load_base(base: str, dtype: torch.dtype) -> tuple[PreTrainedModel, Vocabulary]:
    """A pretrained model with the words of tiledraw, and its vocabulary. Rows that are new are the same in every
    process; rows of a model that tiledraw has saved stay as they were trained.

    Raises:
        ModelError: it can't be loaded.
    """
    with needs("models"):
        import transformers
        from transformers import AutoModelForCausalLM, AutoTokenizer

    from tiledraw.models.adapters import word_matrices

    if _is_ours(base):
        loaded = load_model(base)
        with model_errors(base):
            tokenizer = AutoTokenizer.from_pretrained(loaded.folder, **NO_CODE)
            return loaded.load(dtype), Vocabulary(tokenizer, loaded.vocabulary.placed)
    with model_errors(base), without_bars():
        place, options = _place(base)
        if not options and Path(place).is_dir():
            check_config(read_object(Path(place) / "config.json"))
        tokenizer = AutoTokenizer.from_pretrained(place, **options, **NO_CODE)
        has_rows = CODE_WORDS[0] in tokenizer.get_vocab()
        vocabulary = Vocabulary.extend(tokenizer)
        if options and hasattr(transformers, "GgufConfig"):  # versions that have it may leave weights packed
            options = {**options, "quantization_config": transformers.GgufConfig(dequantize=True)}
        model = AutoModelForCausalLM.from_pretrained(place, dtype=dtype, **options, **SAFE_WEIGHTS)
        check_finite(base, model)
        fit_model(model, vocabulary)
        if not has_rows:
            for weight in word_matrices(model):
                initialise_new_rows(weight, vocabulary)
    return model.eval(), vocabulary


def _place(base: str) -> tuple[str, dict[str, Any]]:
    """What transformers' `from_pretrained` wants to hear.

    Raises:
        ValueError: a folder whose weights are not safe to read, or an adapter.
    """
    path = Path(full_name(base))
    if path.suffix.lower() == ".gguf":
        return str(path.parent), {"gguf_file": path.name}
    if (path / ADAPTER).is_file():
        check_adapter(path)
        raise ValueError("it is an adapter; merge it into its base first (merge_and_unload of peft)")
    if path.is_dir():
        check_weights(path)
    return full_name(base), {}


def _is_ours(base: str) -> bool:
    """Whether tiledraw has saved this model; then its new rows are trained, and it may be an adapter itself."""
    name = full_name(base)
    if Path(name).exists():
        return (Path(name) / ABOUT).is_file()
    from huggingface_hub import file_exists

    try:
        return file_exists(name, ABOUT)
    except Exception:  # without a network it may still be in the cache, which transformers looks up
        return False
