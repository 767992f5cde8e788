"""Adapters on pretrained models: LoRA (Hu et al., 2021) in the layers and the rows of the new words, through peft.

The base model stays as it was published; what is trained and saved is little: two thin matrices for each matrix of the
layers, and one row for each new word (two, where the output matrix is not the embedding). Bases are hub names, folders
and GGUF files, and what tiledraw itself has saved.
Knows transformers and peft. Knows nothing about documents or training.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from tiledraw.common.extras import needs
from tiledraw.common.fields import Filled, Range, check_fields
from tiledraw.format.vocabulary import Vocabulary
from tiledraw.models.fingerprint import differing, fingerprint
from tiledraw.models.knowledge import ModelError, model_errors, read_about, write_about
from tiledraw.models.safety import ADAPTER_WEIGHTS, check_adapter

with needs("models"):
    import torch
    from torch.nn import functional

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

    from tiledraw.models.knowledge import Knowledge


@dataclass(frozen=True)
class AdapterConfig:
    """LoRA on a pretrained model.

    Attributes:
        rank: Rank of the change of a matrix.
        alpha: The change is multiplied by alpha / rank.
        dropout: Share of the inputs of LoRA that a training step leaves out.
        modules: Names of the matrices that are changed.
    """

    rank: Annotated[int, Range(1, 65_536)] = 32
    alpha: Annotated[int, Range(1, 1_000_000)] = 32
    dropout: Annotated[float, Range(0, 0.99)] = 0.0
    modules: Annotated[tuple[str, ...], Filled()] = (
        "q_proj",
        "k_proj",
        "v_proj",
        "o_proj",
        "gate_proj",
        "up_proj",
        "down_proj",
    )

    def __post_init__(self) -> None:
        check_fields(self, "adapter")


# --- bases ----------------------------------------------------------------------------------------------------------


def is_tied(model: PreTrainedModel) -> bool:
    """Whether the output matrix is the embedding."""
    return model.get_output_embeddings().weight is model.get_input_embeddings().weight


def word_matrices(model: PreTrainedModel) -> list[torch.Tensor]:
    """The embedding, and the output matrix where it is another one."""
    embedding = model.get_input_embeddings().weight
    return [embedding] if is_tied(model) else [embedding, model.get_output_embeddings().weight]


def _check_modules(model: PreTrainedModel, modules: tuple[str, ...], base: str) -> None:
    """Raises a ModelError unless a model has all of these: peft is content with one."""
    with needs("models"):
        from transformers.pytorch_utils import Conv1D

    names = [f".{name}" for name, _ in model.named_modules()]
    if missing := [name for name in modules if not any(own.endswith(f".{name}") for own in names)]:
        head = model.get_output_embeddings()
        found = {
            name.rpartition(".")[2]
            for name, module in model.named_modules()
            if isinstance(module, (torch.nn.Linear, Conv1D)) and module is not head
        }
        raise ModelError(
            f"the model {base} can't be adapted: it has no {', '.join(missing)}; set adapter.modules to some of its "
            f"matrices, which are {', '.join(sorted(found))}"
        )


# --- adapters -------------------------------------------------------------------------------------------------------


def add_adapter(model: PreTrainedModel, vocabulary: Vocabulary, config: AdapterConfig, base: str) -> PeftModel:
    """Wraps a model of `load_base` in a new adapter (in place). What is trained is in float32, all else frozen.

    Raises:
        ModelError: the model has no such modules.
    """
    with needs("models"):
        from peft import LoraConfig, get_peft_model

    _check_modules(model, config.modules, base)
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
    for wrapper in (model.get_input_embeddings(), model.get_output_embeddings()):
        _wrap_forward(wrapper)
    return adapted


def _wrap_forward(wrapper: torch.nn.Module) -> None:
    """Gives a wrapped embedding or output matrix a forward pass of ours: peft's own copies the whole matrix each time,
    for Qwen3-8B 1.2 GB and as much again for its gradient, and leaves out the bias of an output matrix."""
    adapter = wrapper.token_adapter
    plain, name = adapter.base_layer, adapter.active_adapters[0]
    first = adapter.token_indices[name][0]

    def embed(ids: torch.Tensor) -> torch.Tensor:
        """Embeddings `(B, T, hidden)` of ids `(B, T)`, all by the forward pass of the embedding itself, which may do
        more than look up rows (Gemma's multiplies them)."""
        rows, table = adapter.trainable_tokens_delta[name], plain(ids)
        own = copy(plain)
        own.padding_idx, own._parameters = None, {"weight": rows.to(plain.weight.dtype)}
        places = ids - first
        is_new = (places >= 0) & (places < len(rows))
        return torch.where(is_new[..., None], own(places.clamp(0, len(rows) - 1)).to(table.dtype), table)

    def project(hidden: torch.Tensor) -> torch.Tensor:
        rows = adapter.trainable_tokens_delta[name]
        parts = plain.weight[:first], rows, plain.weight[first + len(rows) :]
        return torch.cat([functional.linear(hidden, part.to(hidden.dtype)) for part in parts], -1) + (
            0 if plain.bias is None else plain.bias
        )

    wrapper.forward = embed if isinstance(plain, torch.nn.Embedding) else project


def save_adapter(
    folder: Path,
    model: PeftModel,
    vocabulary: Vocabulary,
    knowledge: Knowledge,
    base: Mapping[str, Any],
    tensors: dict[str, torch.Tensor] | None = None,
) -> None:
    """Writes a standard folder of peft with the tokenizer, generation settings, and `tiledraw.json`.

    `base` is the fingerprint of the base (`fingerprint.py`). `tensors` are the trained parameters by name, where the
    model itself holds only a share of them.
    """
    # the embeddings would be saved whole after a resize; our rows are in the adapter
    model.save_pretrained(folder, state_dict=tensors, save_embedding_layers=False)
    vocabulary.tokenizer.save_pretrained(folder)
    if model.generation_config is not None:
        model.generation_config.save_pretrained(folder)
    write_about(folder, vocabulary, knowledge, base)


def _check_base(folder: Path, base: str, model: PreTrainedModel, vocabulary: Vocabulary) -> None:
    """Raises a ModelError if an adapter was made on another base than this; warns if it does not say on which."""
    if not (stored := read_about(folder).get("base")):
        warnings.warn(f"the adapter {folder} does not say which base it was made on; {base} is taken", stacklevel=2)
    elif found := differing(stored, fingerprint(model, vocabulary)):
        raise ModelError(
            f"the adapter {folder} was made on another base than {base}, with {found}; give the base that it was made "
            "on the name that its adapter_config.json tells"
        )


def merge_adapter(
    folder: Path, words: str, base: str, model: PreTrainedModel, vocabulary: Vocabulary
) -> PreTrainedModel:
    """The adapter of a folder merged into its base, which is changed in place: a plain model of transformers.
    `words` is the fingerprint of the adapter's vocabulary.

    Raises:
        ModelError: the adapter can't be loaded, belongs to another base, lacks a tensor or holds non-finite values.
    """
    with needs("models"):
        from peft import PeftModel, get_peft_model_state_dict
        from safetensors.torch import load_file

    with model_errors(str(folder)):
        if vocabulary.fingerprint != words:
            raise ModelError(f"the adapter {folder} was made for another tokenizer than that of its base {base}")
        check_adapter(folder)  # peft would read others
        _check_base(folder, base, model, vocabulary)
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
