"""New models: a randomly initialised stock Qwen3 of any shape, and the vocabulary that it is made for.

Knows the Qwen3 architecture and tokenizers' folders. Knows nothing about training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from tiledraw.common.extras import needs
from tiledraw.common.fields import Range, check_fields
from tiledraw.format.vocabulary import Vocabulary, fit_model, initialise_pixel_rows, rows_for
from tiledraw.models.knowledge import model_errors
from tiledraw.models.loading import PACKAGED, PAINTER, LoadedModel, full_name, packaged_folder
from tiledraw.models.safety import NO_CODE

with needs("models"):
    import torch


BUNDLED = "bundled"  # the tokenizer in the package
MOST_PARAMETERS = 20_000_000_000  # of a new model; larger ones are published, and get an adapter


@dataclass(frozen=True)
class ModelConfig:
    """Shape of the Qwen3-architecture model.

    Attributes:
        hidden_size: Width of the residual stream.
        layers: Number of layers.
        heads: Query heads.
        key_value_heads: Key and value heads.
        head_dim: Width of a head.
        intermediate_size: Width inside the MLP.
        full_layers: Layers that see the whole document; the others see `window` tokens.
        window: Tokens that a sliding layer sees, more than two pixel rows by default.
        rope_theta: Base of the rotary positions.
        tied: Whether the output matrix is the embedding. Tied, every step nudges every row a little, and a small model
            that has to tell rare words apart (the subjects) chases rows that never stand still.
        place_words: Whether subjects, or the labels of pictures, have place words, whose rows start from what they look
            like around each of their places: then most of a new subject is new rows, and the network learns once for
            all how to read them. Captions have none.
    """

    hidden_size: Annotated[int, Range(1, 65_536)] = 192
    layers: Annotated[int, Range(1, 1000)] = 6
    heads: Annotated[int, Range(1, 1024)] = 4
    key_value_heads: Annotated[int, Range(1, 1024)] = 1
    head_dim: Annotated[int, Range(2, 1024, multiple=2)] = 64
    intermediate_size: Annotated[int, Range(1, 262_144)] = 512
    full_layers: tuple[Annotated[int, Range(0, 999)], ...] = ()
    window: Annotated[int, Range(1, 4096)] = 136
    rope_theta: Annotated[float, Range(1, 1_000_000_000)] = 10000.0
    tied: bool = False
    place_words: bool = False

    def __post_init__(self) -> None:
        check_fields(self, "model")
        if self.heads % self.key_value_heads:
            raise ValueError(
                f"model.heads is {self.heads}; it is a multiple of model.key_value_heads, {self.key_value_heads}"
            )
        if beyond := [number for number in self.full_layers if number >= self.layers]:
            raise ValueError(
                f"model.full_layers names layer {beyond[0]}; there are the layers 0 to {self.layers - 1} (model.layers)"
            )
        if self.parameters > MOST_PARAMETERS:
            raise ValueError(
                f"the model has {self.parameters:,} parameters in its layers; from scratch it has at most "
                f"{MOST_PARAMETERS:,}: give fewer or smaller layers (model.layers, model.hidden_size)"
            )

    @property
    def parameters(self) -> int:
        """In the matrices of the layers."""
        attention = 2 * self.head_dim * (self.heads + self.key_value_heads)
        return self.layers * self.hidden_size * (attention + 3 * self.intermediate_size)


def new_model(config: ModelConfig, vocabulary: Vocabulary, seed: int) -> Any:
    """A randomly initialised stock `Qwen3ForCausalLM` whose gray embeddings start in order."""
    with needs("models"):
        from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(seed)
    kinds = ["full_attention" if n in config.full_layers else "sliding_attention" for n in range(config.layers)]
    model = Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=rows_for(0, vocabulary),
            hidden_size=config.hidden_size,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            num_key_value_heads=config.key_value_heads,
            head_dim=config.head_dim,
            intermediate_size=config.intermediate_size,
            layer_types=kinds,
            use_sliding_window="sliding_attention" in kinds,
            sliding_window=config.window,
            max_window_layers=0,
            max_position_embeddings=4096,
            rope_parameters={"rope_type": "default", "rope_theta": config.rope_theta},
            tie_word_embeddings=config.tied,
            bos_token_id=None,
            eos_token_id=vocabulary.words["<|im_end|>"],
            pad_token_id=vocabulary.words["<|im_end|>"],
        )
    )
    scale = model.config.initializer_range
    if not config.tied:  # the input rows are large, so that steps move them little
        torch.nn.init.normal_(model.get_input_embeddings().weight)
        initialise_pixel_rows(model.lm_head.weight, vocabulary, scale)
        if vocabulary.placed:  # which is never drawn
            torch.nn.init.zeros_(model.lm_head.weight[vocabulary.places :])
        scale = 1.0
    initialise_pixel_rows(model.get_input_embeddings().weight, vocabulary, scale)
    return fit_model(model, vocabulary)


@torch.no_grad()
def take_weights(model: Any, vocabulary: Vocabulary, start: LoadedModel) -> None:
    """Gives a new model, in place, the weights of an older one of the same words. Either may have place words; rows of
    those that the older one lacks stay as they are.

    Raises:
        ValueError: the older model has another shape.
    """
    taken, first = start.model.state_dict(), vocabulary.places
    try:
        for own in {model.get_input_embeddings(), model.get_output_embeddings()}:
            name = next(name for name, value in model.state_dict().items() if value.data_ptr() == own.weight.data_ptr())
            rows = own.weight.clone()
            rows[:first] = taken[name][:first]
            for subject in set(vocabulary.placed) & set(start.vocabulary.placed):
                own_places, places = vocabulary.things(subject)[1:], start.vocabulary.things(subject)[1:]
                rows[own_places] = taken[name][places]
            taken[name] = rows
        model.load_state_dict(taken)
    except (KeyError, RuntimeError):
        raise ValueError(f"the model {start.name} has another shape than the configuration's model") from None


def load_vocabulary(name: str, placed: Sequence[str] = ()) -> Vocabulary:
    """The vocabulary of a tokenizer's folder, the bundled one, or that of a model in the package. `placed` are subjects
    with place words.

    Raises:
        ModelError: there is no such tokenizer, or it can't be read.
    """
    with needs("models"):
        from transformers import AutoTokenizer

    packaged = PAINTER if name == BUNDLED else name
    folder = packaged_folder(packaged) if packaged in PACKAGED else full_name(name)
    with model_errors(name):
        tokenizer = AutoTokenizer.from_pretrained(folder, **NO_CODE)
    return Vocabulary(tokenizer, placed)
