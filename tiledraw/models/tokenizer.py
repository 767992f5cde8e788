"""The bundled tokenizer: byte-level BPE over prompts, plans and think steps, small enough for a small model.

Any text goes through it without loss. Knows the `tokenizers` library. Knows nothing about models.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tiledraw.common.extras import needs
from tiledraw.format.vocabulary import Vocabulary

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

# One Chinese character; letters with the space before them; signed numbers; runs of anything else; white space.
PIECES = r"\p{Han}| ?[\p{L}&&[^\p{Han}]]+| ?-?\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+"


def train_tokenizer(texts: Iterable[str], size: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer of at most `size` text tokens, extended by the words of tiledraw."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    with needs("models"):
        from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, clean_up_tokenization_spaces=False)
    Vocabulary.extend(wrapped)
    return wrapped
