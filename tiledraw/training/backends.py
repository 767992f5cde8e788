"""Backends: what a run trains, with its optimizers. A new model from scratch, or an adapter on a pretrained one.

Both show the loop the same face: `module` turns a batch into loss sums, gradients come by `backward`, `clip` adds up
those of all processes, `update` takes a step; `tensors` and `restore` are for checkpoints, whose files `tensor_names`
lists, that of the weights (`trained`) first; `save` writes a model that `generate` loads, `drawer` draws with it.
Knows models, optimizers and accelerate. Knows nothing about documents, schedules or files of metrics.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np

from tiledraw.common.extras import needs
from tiledraw.common.files import whole_folder
from tiledraw.data.labels import label_codes, placed_labels
from tiledraw.data.places import layer_codes
from tiledraw.drawing.drawer import Drawer
from tiledraw.engine.general_decoder import check_decoding
from tiledraw.engine.masks import takes_masks
from tiledraw.format.vocabulary import IM_END, Vocabulary, initialise_place_rows
from tiledraw.models.adapters import add_adapter, save_adapter
from tiledraw.models.building import load_vocabulary, new_model, take_weights
from tiledraw.models.fingerprint import fingerprint
from tiledraw.models.head import head_of
from tiledraw.models.knowledge import Knowledge
from tiledraw.models.loading import LoadedModel, check_whole, full_name, load_base, load_model, save_model
from tiledraw.training.attention import use_attention
from tiledraw.training.batches import Batch, losses, read
from tiledraw.training.checkpoints import optimizer_tensors, restore_optimizer, shared, whole
from tiledraw.training.config import TrainConfig
from tiledraw.training.loader import GROUPS
from tiledraw.training.optimizer import make_adapter_optimizer, make_optimizers
from tiledraw.training.processes import is_sharded

with needs("train"):
    import torch
    from accelerate import Accelerator
    from torch import nn

OWN_TEXTS, OWN_TOKENS = 256, 200  # that a base writes to learn from
Tensors = dict[str, dict[str, torch.Tensor]]  # by file, by name


def gradient_of(weight: nn.Parameter, accelerator: Accelerator) -> torch.Tensor:
    """The gradient in float32, summed over processes that each hold all weights. Once a step, so that the processes
    need not agree in how many batches they take their share; a process without any has none."""
    gradient = torch.zeros_like(weight, dtype=torch.float32) if weight.grad is None else weight.grad.float()
    return accelerator.reduce(gradient, "sum") if accelerator.num_processes > 1 else gradient


class Score(nn.Module):
    """Loss sums of a batch under a causal language model, as one module that accelerate can wrap.

    `forward` takes the tensors of a `Batch`, `(B, T)` each, and returns the fields of `Losses`.
    """

    def __init__(self, model: nn.Module, vocabulary: Vocabulary, dtype: torch.dtype, adapted: bool) -> None:
        super().__init__()
        self.model, self.vocabulary, self.dtype, self.adapted = model, vocabulary, dtype, adapted
        base = model.get_base_model() if adapted else model
        self.words: int | None = None  # so many alone are known to the head, if not all
        self._no_split_modules = base._no_split_modules  # the layers, by which FSDP cuts

    def forward(
        self,
        ids: torch.Tensor,
        targets: torch.Tensor,
        positions: torch.Tensor,
        groups: torch.Tensor,
        parts: torch.Tensor | None = None,
        among_all: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, ...]:
        model = self.model.get_base_model() if self.adapted else self.model
        mixed = self.adapted and self.dtype != torch.float32  # a new model is in its dtype as a whole
        with torch.autocast(ids.device.type, self.dtype) if mixed else nullcontext():
            head = head_of(model)
            if self.words or self.vocabulary.placed:  # no place word is ever drawn
                head = head.before(self.words or self.vocabulary.places)
            hidden = read(model.get_decoder(), ids, positions, parts)
            batch = Batch(ids, targets, positions, groups, parts, among_all, 0)
            sums = losses(hidden, head, batch, self.vocabulary, len(GROUPS))
        return tuple(vars(sums).values())


def drawn_names(config: TrainConfig) -> tuple[str, ...]:
    """The subjects of layers, or the labels of built documents."""
    if config.data:
        return placed_labels(config.data)
    return config.layers.names if config.layers else ()


def codes_of(config: TrainConfig, names: Sequence[str], width: int) -> dict[str, np.ndarray]:
    """What each of them looks like around each of its places, `(64, width)`."""
    if config.data:
        return label_codes(config.data, names, width)
    return layer_codes(names, width)


class FromScratch:
    """A new model. Its weights are kept in float32; a live copy in the compute dtype makes the gradients."""

    tensor_names = ("model", "average", "optimizer0", "optimizer1")
    is_sharded = False

    def __init__(self, config: TrainConfig, accelerator: Accelerator, dtype: torch.dtype) -> None:
        if is_sharded(accelerator):
            raise ValueError("a new model is trained whole in each process; FSDP is for adapters on a base")
        self.config, self.accelerator = config, accelerator
        placed = drawn_names(config) if config.model.place_words else ()
        self.vocabulary = load_vocabulary(config.tokenizer, placed)
        torch.manual_seed(config.seed)
        self.model = new_model(config.model, self.vocabulary, config.seed)
        known: tuple[str, ...] = ()
        if config.start:
            start = load_model(config.start)
            take_weights(self.model, self.vocabulary, start)
            known = start.vocabulary.placed
        if fresh := [subject for subject in placed if subject not in known]:
            rows = self.model.get_input_embeddings().weight
            codes = codes_of(config, placed, rows.shape[1])
            initialise_place_rows(rows, self.vocabulary, codes, fresh, [name for name in placed if name in known])
        self.model.to(accelerator.device)
        if accelerator.device.type == "cpu":
            use_attention(self.model)
        self.optimizers = make_optimizers(self.model, config.optimizer)
        self.average = {name: value.detach().clone() for name, value in self.model.named_parameters()}
        # `live` computes, in its own precision, with copies of the weights that `model` holds for the optimizers
        self.live = copy.deepcopy(self.model).to(dtype).train()
        self.live_weights, self.weights = list(self.live.parameters()), list(self.model.parameters())
        self.module = Score(self.live, self.vocabulary, dtype, adapted=False)

    def clip(self) -> float:
        """Moves the gradients, summed over the processes, to the weights and clips them; their norm before that."""
        for weight, live in zip(self.weights, self.live_weights, strict=True):
            weight.grad, live.grad = gradient_of(live, self.accelerator), None
        return float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.optimizer.clip))

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Step `step` of the optimizers, and of the average."""
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        torch._foreach_copy_(self.live_weights, self.weights)
        decay = min(self.config.optimizer.average, (1 + step) / (10 + step))
        for name, value in self.model.named_parameters():
            self.average[name].lerp_(value, 1 - decay)

    def tensors(self) -> Tensors:
        tensors = self.trained, self.average, *map(optimizer_tensors, self.optimizers)
        return dict(zip(self.tensor_names, tensors, strict=True))

    @property
    def trained(self) -> dict[str, nn.Parameter]:
        """The weights by name."""
        return dict(self.model.named_parameters())

    @torch.no_grad()
    def restore(self, tensors: Tensors) -> None:
        self.model.load_state_dict(tensors["model"], strict=False)
        self.average = {name: value.to(self.accelerator.device) for name, value in tensors["average"].items()}
        for name, optimizer in zip(self.tensor_names[2:], self.optimizers, strict=True):
            restore_optimizer(optimizer, tensors[name])
        torch._foreach_copy_(self.live_weights, self.weights)

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """The averaged weights at work in place of the trained ones."""
        with torch.no_grad():
            torch._foreach_copy_(self.live_weights, [self.average[name] for name, _ in self.model.named_parameters()])
            try:
                yield
            finally:
                torch._foreach_copy_(self.live_weights, self.weights)

    def save(self, folder: Path, knowledge: Knowledge) -> None:
        """Writes the averaged weights in bfloat16 as a model that `generate` loads."""
        if self.accelerator.is_main_process:
            model = copy.deepcopy(self.model).to("cpu", torch.bfloat16)
            model.load_state_dict(self.average, strict=False)  # the tied head is not among the parameters
            with whole_folder(folder) as stage:
                save_model(stage, model, self.vocabulary, knowledge)

    def drawer(self, folder: Path, knowledge: Knowledge) -> Drawer | None:
        return Drawer.load(str(folder))


class Adapted:
    """An adapter on a pretrained model: the base is frozen and in the compute dtype, what is trained in float32."""

    tensor_names = ("adapter", "optimizer0")

    def __init__(self, config: TrainConfig, accelerator: Accelerator, dtype: torch.dtype) -> None:
        self.config, self.accelerator = config, accelerator
        self.base = full_name(str(config.base))
        with accelerator.main_process_first():  # it downloads, the others find it
            check_whole(self.base)
            model, self.vocabulary = load_base(self.base, dtype)
        self.fingerprint = fingerprint(model, self.vocabulary)
        known = takes_masks(model.config.get_text_config(decoder=True))
        if not known:  # those are held to it by tests
            check_decoding(model, self.base)
        if config.mix.behind > 1 and not known:
            raise ValueError(
                f"several tiles can't stand behind one layout in {model.config.model_type} models, which may see more "
                "than they are told; set mix.behind to 1 or 0"
            )
        if accelerator.device.type == "cpu":
            use_attention(model)
        if config.gradient_checkpointing:
            model.gradient_checkpointing_enable({"use_reentrant": False})
        torch.manual_seed(config.seed)
        self.model = add_adapter(model, self.vocabulary, config.adapter, self.base)
        optimizer = make_adapter_optimizer(self.model.named_parameters(), config.optimizer)
        self.module = self.score = Score(self.model, self.vocabulary, dtype, adapted=True).train()
        self.is_sharded = is_sharded(accelerator)
        if self.is_sharded:  # and moves layer by layer, so that the device holds no more than a share and a layer
            self.module, optimizer = accelerator.prepare(self.module, optimizer)
        else:
            self.module.to(accelerator.device)
        self.optimizers = [optimizer]

    @property
    def trained(self) -> dict[str, nn.Parameter]:
        """The weights that are trained, by name."""
        return {name: value for name, value in self.model.named_parameters() if value.requires_grad}

    def clip(self) -> float:
        """Clips the gradients, summed over the processes; their norm before that."""
        trained = list(self.trained.values())
        for value in trained:
            if self.is_sharded:
                value.grad.mul_(self.accelerator.num_processes)  # FSDP took the mean
            else:
                value.grad = gradient_of(value, self.accelerator)
        return float(whole(self.accelerator.clip_grad_norm_(trained, self.config.optimizer.clip)))

    def update(self, step: int) -> None:
        """Step of the optimizer."""
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    def tensors(self) -> Tensors:
        """What is trained, and the state of its optimizer; all processes have to ask for it."""
        return {"adapter": self._whole(), "optimizer0": optimizer_tensors(self.optimizers[0])}

    def _whole(self) -> dict[str, torch.Tensor]:
        return {name: whole(value.detach()) for name, value in self.trained.items()}

    @torch.no_grad()
    def restore(self, tensors: Tensors) -> None:
        for name, value in self.trained.items():
            value.copy_(shared(tensors["adapter"][name], value))
        restore_optimizer(self.optimizers[0], tensors["optimizer0"])

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Without dropout."""
        self.module.eval()
        try:
            yield
        finally:
            self.module.train()

    @contextmanager
    def as_base(self) -> Iterator[None]:
        """As the base is, which has no new words. Its layers are, before the first step."""
        self.score.words = self.vocabulary.base
        try:
            yield
        finally:
            self.score.words = None

    @torch.no_grad()
    def write_texts(self) -> list[str]:
        """Texts that the base writes from nothing, at temperature 1."""
        if self.is_sharded:
            raise ValueError("no process has the whole base to write texts of its own; give texts a file")
        model, config = self.model.get_base_model(), self.model.config.get_text_config(decoder=True)
        first = config.bos_token_id if config.bos_token_id is not None else self.vocabulary.words[IM_END]
        new = list(range(self.vocabulary.base, len(model.get_input_embeddings().weight)))
        start = torch.full((OWN_TEXTS, 1), first, device=self.accelerator.device)
        torch.manual_seed(self.config.seed)
        with self.at_rest():
            written = [
                model.generate(
                    ids, attention_mask=torch.ones_like(ids), do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
                    max_new_tokens=OWN_TOKENS, suppress_tokens=new, pad_token_id=self.vocabulary.words[IM_END],
                )
                for ids in start.split(16)
            ]  # fmt: skip
        texts = [self.vocabulary.tokenizer.decode(row[1:], skip_special_tokens=True) for ids in written for row in ids]
        return [text for text in texts if text.strip()]

    def save(self, folder: Path, knowledge: Knowledge) -> None:
        """Writes a folder of peft that `generate` loads."""
        trained = self._whole()
        if self.accelerator.is_main_process:
            with whole_folder(folder) as stage:
                save_adapter(stage, self.model, self.vocabulary, knowledge, self.fingerprint, trained)

    def drawer(self, folder: Path, knowledge: Knowledge) -> Drawer | None:
        """Draws with the model as it stands: to merge and to undo that would change the base by rounding."""
        if self.is_sharded:  # no process has the weights
            return None
        from tiledraw.engine.decoders import decoder_of

        model = self.model.get_base_model()
        loaded = LoadedModel(folder, model.config.to_dict(), self.vocabulary, knowledge, str(folder))
        with torch.no_grad():
            return Drawer(loaded, decoder_of(model))
