"""Adapters on pretrained models: LoRA (Hu et al., 2021) in the layers and the rows of the new words, through peft.

The base model stays as it was published; what is trained and saved is little: two thin matrices for each matrix of the
layers, and one row for each new word (two, where the output matrix is not the embedding). Bases are hub names, folders
and GGUF files, and what tiledraw itself has saved.
Knows transformers and peft. Knows nothing about documents or training.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from tiledraw.format.vocabulary import CODE_WORDS, Vocabulary, fit_model, initialise_new_rows
from tiledraw.models.loading import (
    ABOUT,
    ModelError,
    check_name,
    load_model,
    model_errors,
    without_bars,
    write_about,
)

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

    from tiledraw.models.loading import Knowledge

ADAPTER_WEIGHTS = "adapter_model.safetensors"
# What a head or an embedding may do beside a matrix multiplication; the losses of training know nothing of it.
SCALED = ("final_logit_softcapping", "logit_scale", "lm_head_multiplier", "logits_scaling", "embedding_multiplier")


@dataclass(frozen=True)
class AdapterConfig:
    """LoRA on a pretrained model.

    Attributes:
        rank: Rank of the change of a matrix.
        alpha: The change is multiplied by alpha / rank.
        dropout: Share of the inputs of LoRA that a training step leaves out.
        modules: Names of the matrices that are changed.
    """

    rank: int = 32
    alpha: int = 32
    dropout: float = 0.0
    modules: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ValueError(f"adapter.rank {self.rank} is out of range; the smallest is 1")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"adapter.dropout {self.dropout} is out of range; it is a share from 0 to below 1")
        if not self.modules:
            raise ValueError("adapter.modules is empty; name the matrices to change, such as [q_proj, v_proj]")


# --- bases ----------------------------------------------------------------------------------------------------------


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
    from transformers import AutoConfig

    with model_errors(base):
        place, options = _place(base)
        return AutoConfig.from_pretrained(place, **options).to_dict()


def load_base(base: str, dtype: torch.dtype) -> tuple[PreTrainedModel, Vocabulary]:
    """A pretrained model with the words of tiledraw, and its vocabulary. Rows that are new are the same in every
    process; rows of a model that tiledraw has saved stay as they were trained.

    Raises:
        ModelError: it can't be loaded, or its logits are more than a matrix multiplication.
    """
    import transformers
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if _is_ours(base):
        loaded = load_model(base)
        with model_errors(base):
            tokenizer = AutoTokenizer.from_pretrained(loaded.folder)
            return loaded.load(dtype), Vocabulary(tokenizer, loaded.vocabulary.placed)
    with model_errors(base), without_bars():
        place, options = _place(base)
        tokenizer = AutoTokenizer.from_pretrained(place, **options)
        has_rows = CODE_WORDS[0] in tokenizer.get_vocab()
        vocabulary = Vocabulary.extend(tokenizer)
        if options and hasattr(transformers, "GgufConfig"):  # versions that have it may leave weights packed
            options = {**options, "quantization_config": transformers.GgufConfig(dequantize=True)}
        model = AutoModelForCausalLM.from_pretrained(place, dtype=dtype, **options)
        if scaled := [name for name in SCALED if getattr(model.config.get_text_config(), name, None) not in (None, 1)]:
            raise ModelError(f"the model {base} can't be trained here: its configuration has {scaled[0]}")
        fit_model(model, vocabulary)
        if not has_rows:
            for weight in _matrices(model):
                initialise_new_rows(weight, vocabulary)
    return model.eval(), vocabulary


def _place(base: str) -> tuple[str, dict[str, Any]]:
    """What transformers' `from_pretrained` wants to hear."""
    path = Path(full_name(base))
    if path.suffix.lower() == ".gguf":
        return str(path.parent), {"gguf_file": path.name}
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


def is_tied(model: PreTrainedModel) -> bool:
    """Whether the output matrix is the embedding."""
    return model.get_output_embeddings().weight is model.get_input_embeddings().weight


def _matrices(model: PreTrainedModel) -> list[torch.Tensor]:
    """The embedding, and the output matrix where it is another one."""
    embedding = model.get_input_embeddings().weight
    return [embedding] if is_tied(model) else [embedding, model.get_output_embeddings().weight]


# --- adapters -------------------------------------------------------------------------------------------------------


def add_adapter(model: PreTrainedModel, vocabulary: Vocabulary, config: AdapterConfig, base: str) -> PeftModel:
    """Wraps a model of `load_base` in a new adapter (in place). What is trained is in float32, all else frozen.

    Raises:
        ModelError: the model has no such modules.
    """
    from peft import LoraConfig, get_peft_model

    rows = list(range(vocabulary.base, vocabulary.size))
    wrapped = [model.get_input_embeddings()] if is_tied(model) else [
        model.get_input_embeddings(), model.get_output_embeddings()
    ]  # fmt: skip
    names = [next(name for name, module in model.named_modules() if module is one) for one in wrapped]
    try:
        adapted = get_peft_model(
            model,
            LoraConfig(
                r=config.rank,
                lora_alpha=config.alpha,
                lora_dropout=config.dropout,
                target_modules=list(config.modules),
                trainable_token_indices={name.rpartition(".")[2]: rows for name in names},
                task_type="CAUSAL_LM",
            ),
        )
    except ValueError as error:
        raise ModelError(f"the model {base} can't be adapted: {str(error).splitlines()[0]}") from None
    adapted.peft_config["default"].base_model_name_or_path = base  # peft puts what the model calls itself
    for parameter in adapted.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    return adapted


def trained_rows(module: torch.nn.Module) -> torch.Tensor:
    """The rows `(N, hidden)` of the new words that are trained beside an embedding or output matrix."""
    adapter = module.token_adapter
    return adapter.trainable_tokens_delta[adapter.active_adapters[0]]


def embed(module: torch.nn.Module, ids: torch.Tensor, first: int) -> torch.Tensor:
    """Embeddings `(B, T, hidden)` of ids `(B, T)` under trained rows, of which `first` is the id of the first.

    The same as peft's own forward pass, which copies the whole matrix each time: for Qwen3-8B 1.2 GB, and as much again
    for its gradient.
    """
    rows, table = trained_rows(module), module.token_adapter.base_layer(ids)
    places = ids - first
    is_new = (places >= 0) & (places < len(rows))
    new = functional.embedding(places.clamp(0, len(rows) - 1), rows).to(table.dtype)
    return torch.where(is_new[..., None], new, table)


def head_parts(module: torch.nn.Module, first: int) -> tuple[torch.Tensor, ...]:
    """The output matrix as consecutive parts: before the trained rows, these, after them."""
    rows, weight = trained_rows(module), module.token_adapter.base_layer.weight
    return weight[:first], rows, weight[first + len(rows) :]


def save_adapter(
    folder: Path,
    model: PeftModel,
    vocabulary: Vocabulary,
    knowledge: Knowledge,
    tensors: dict[str, torch.Tensor] | None = None,
) -> None:
    """Writes a standard folder of peft with the tokenizer, generation settings, and `tiledraw.json`.

    `tensors` are the trained parameters by name, where the model itself holds only a share of them.
    """
    # the embeddings would be saved whole after a resize; our rows are in the adapter
    model.save_pretrained(folder, state_dict=tensors, save_embedding_layers=False)
    vocabulary.tokenizer.save_pretrained(folder)
    if model.generation_config is not None:
        model.generation_config.save_pretrained(folder)
    write_about(folder, vocabulary, knowledge)


def load_merged(folder: Path, base: str, fingerprint: str, dtype: torch.dtype) -> PreTrainedModel:
    """A base with the adapter of a folder merged into it: a plain model of transformers.

    Raises:
        ModelError: the base or the adapter can't be loaded, lacks a tensor or holds values that are no numbers.
    """
    from peft import PeftModel, get_peft_model_state_dict
    from safetensors.torch import load_file

    model, vocabulary = load_base(base, dtype)
    with model_errors(str(folder)):
        if vocabulary.fingerprint != fingerprint:
            raise ModelError(f"the adapter {folder} was made for another tokenizer than that of its base {base}")
        stored = load_file(folder / ADAPTER_WEIGHTS)
        if broken := [name for name, tensor in stored.items() if not tensor.isfinite().all()]:
            raise ModelError(f"the adapter {folder} can't be loaded: {broken[0]} holds values that are no numbers")
        try:
            adapted = PeftModel.from_pretrained(model, folder)
        except KeyError as error:
            raise ModelError(f"the adapter {folder} can't be loaded: its weights lack {error.args[0]}") from None
        if missing := sorted(set(get_peft_model_state_dict(adapted, save_embedding_layers=False)) - set(stored)):
            raise ModelError(f"the adapter {folder} can't be loaded: its weights lack {missing[0]}")
        return adapted.merge_and_unload().eval()
