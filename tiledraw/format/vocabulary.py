"""The vocabulary: pixel and structure words on top of any Hugging Face tokenizer.

Adds the words with fixed, contiguous ids, turns text into ids (what looks like one of the words in a prompt stays
text), and makes room for them in a model. Knows nothing about documents, plans or pictures.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tiledraw.canvas.pixels import LEVELS, PIXEL_WORDS
from tiledraw.common.extras import needs

if TYPE_CHECKING:
    import numpy as np
    import torch
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

IM_START, IM_END = "<|im_start|>", "<|im_end|>"
THINK, END_THINK = "<think>", "</think>"
VISION_START, VISION_END = "<|vision_start|>", "<|vision_end|>"
FRAME_WORDS = (IM_START, IM_END, THINK, END_THINK, VISION_START, VISION_END)

ROW_WORDS = tuple(f"[ROW{row}]" for row in range(8))  # row tokens, numbered modulo 8
STRUCTURE_WORDS = ("[NONE]", "[TOP]", "[BOTTOM]", *ROW_WORDS)
CODE_WORDS = (*PIXEL_WORDS, *STRUCTURE_WORDS)  # 267 words: as many as Qwen3's matrices have rows to spare
ROWS_MULTIPLE = 64  # the number of rows becomes a multiple of this, which matrix multiplications like
PLACES = 8  # places a side: a subject has PLACES x PLACES place words, if the model has any
NONE, TOP, BOTTOM, ROW0 = range(LEVELS, LEVELS + 4)  # codes: a gray level is its own code, structure words follow


class VocabularyError(ValueError):
    """A tokenizer or checkpoint does not have the words that it should have."""


class Vocabulary:
    """A tokenizer that has the words, and their ids. Code `c` has the id `base + c`.

    Place words come after all others, and no text holds them: each means one of 8x8 places in a subject.

    Args:
        tokenizer: One of the `tokenizers` library, or one of transformers that stands on it ("fast").
        placed: Names of subjects, or labels, that have place words.

    Raises:
        VocabularyError: a word is missing, or the ids of the codes are not contiguous.
    """

    def __init__(self, tokenizer: Tokenizer | PreTrainedTokenizerBase, placed: Sequence[str] = ()) -> None:
        self.tokenizer = tokenizer
        self._backend: Tokenizer = getattr(tokenizer, "backend_tokenizer", tokenizer)
        known = self._backend.get_vocab(with_added_tokens=True)
        if missing := [word for word in (*FRAME_WORDS, *CODE_WORDS) if word not in known]:
            raise VocabularyError(f"the tokenizer lacks {len(missing)} words, {missing[0]} first; extend it before use")
        self.base: int = known[CODE_WORDS[0]]
        self.words = {word: known[word] for word in FRAME_WORDS}
        if any(known[word] != self.base + code for code, word in enumerate(CODE_WORDS)):
            raise VocabularyError("the ids of [PX0]..[ROW7] are not contiguous; use a tokenizer that never had them")
        self.size = max(known.values()) + 1
        self.placed = tuple(placed)
        self.places = _whole_rows(self.size)  # the first place word
        self.rows = self.places + PLACES**2 * len(placed) if placed else self.size
        self.end_of_code = self.base + len(CODE_WORDS)
        self._frame_words = {identifier: word for word, identifier in self.words.items()}
        self._known = known

    @classmethod
    def extend(cls, tokenizer: PreTrainedTokenizerBase) -> Vocabulary:
        """Adds what is missing to a tokenizer (in place). Calling it again changes nothing."""
        from tokenizers import AddedToken

        known = tokenizer.get_vocab()
        new = [word for word in (*CODE_WORDS, *FRAME_WORDS) if word not in known]
        tokenizer.add_tokens([AddedToken(word, special=True, normalized=False) for word in new])
        return cls(tokenizer)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all words and ids; equal for equal vocabularies."""
        items = sorted(self._known.items(), key=lambda item: (item[1], item[0]))
        items += [(name, self.things(name)[1]) for name in self.placed]
        return hashlib.sha256(json.dumps(items, ensure_ascii=True).encode()).hexdigest()[:16]

    @cached_property
    def _literals(self) -> re.Pattern[str]:
        literals = {token.content for token in self._backend.get_added_tokens_decoder().values()}
        return re.compile("(?=(?:" + "|".join(re.escape(word) for word in sorted(literals)) + "))")

    def encode(self, text: str) -> list[int]:
        """Ids of a text. A text that holds `[PX7]` or `<think>` gives ids of text, never of those words."""
        cuts = [match.start() + 1 for match in self._literals.finditer(text)]  # inside each literal: no piece holds one
        pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        return [i for piece in pieces for i in self._backend.encode(piece, add_special_tokens=False).ids]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of text ids."""
        return self._backend.decode(list(ids), skip_special_tokens=False)

    def things(self, subject: str) -> list[int]:
        """The 65 ids that say what is there: the first token of a subject's name, then its place words in raster order,
        or that token again where it has none."""
        name = self.encode(f" {subject}")[0]
        if subject not in self.placed:
            return [name] * (1 + PLACES**2)
        first = self.places + PLACES**2 * self.placed.index(subject)
        return [name, *range(first, first + PLACES**2)]

    def word(self, identifier: int) -> str | None:
        """The frame word with this id, or None."""
        return self._frame_words.get(identifier)

    def code(self, identifier: int) -> int | None:
        """The code with this id, or None."""
        return identifier - self.base if self.base <= identifier < self.end_of_code else None


def fit_model(model: PreTrainedModel, vocabulary: Vocabulary) -> PreTrainedModel:
    """Makes room for the vocabulary in a model's embeddings, tied or not; never shrinks them. Changes in place."""
    rows = model.get_input_embeddings().weight.shape[0]
    if rows < vocabulary.rows:
        model.resize_token_embeddings(rows_for(rows, vocabulary), mean_resizing=False)
    return model


def rows_for(rows: int, vocabulary: Vocabulary) -> int:
    """How many rows `fit_model` gives to embeddings of so many: these, or a multiple of 64 that holds all words."""
    return rows if rows >= vocabulary.rows else _whole_rows(vocabulary.rows)


def _whole_rows(rows: int) -> int:
    """The next multiple of 64."""
    return -(-rows // ROWS_MULTIPLE) * ROWS_MULTIPLE


def initialise_pixel_rows(weight: torch.Tensor, vocabulary: Vocabulary, scale: float) -> None:
    """Sets the rows of the 256 pixel words in an embedding `(V, hidden)`, in place, so that near grays start near.

    Row g is a vector of Fourier features of g (Tancik et al., 2020) with octaves of frequencies, each seen through a
    fixed random rotation; the root mean square of the entries is `scale`.
    """
    with needs("models"):
        import torch

    hidden = weight.shape[1]
    generator = torch.Generator().manual_seed(0)
    gray = torch.linspace(0, 1, LEVELS)[:, None]  # (256, 1)
    octaves = torch.pi * 2.0 ** torch.arange(0, 6)[None, :]  # (1, 6)
    features = torch.cat([2 * gray - 1, torch.sin(gray * octaves), torch.cos(gray * octaves)], dim=1)  # (256, 13)
    rotation = torch.randn(features.shape[1], hidden, generator=generator)
    rows = features @ rotation  # (256, hidden)
    rows = rows * (scale / rows.square().mean().sqrt())
    with torch.no_grad():
        weight[vocabulary.base : vocabulary.base + LEVELS] = rows.to(weight)


def initialise_place_rows(
    weight: torch.Tensor,
    vocabulary: Vocabulary,
    codes: Mapping[str, np.ndarray],
    placed: Sequence[str],
    trained: Sequence[str] = (),
) -> None:
    """Sets the rows of subjects' place words in an embedding `(V, hidden)`, in place: each is the sum of its subject's
    name and of its place's code (`codes[subject]` `(64, hidden)`, of root mean square 1).

    Where the rows of other subjects are `trained`, codes come in through the linear map that tells those best, so that
    the network reads the new ones as it learned to.
    """
    import numpy as np
    import torch

    def names(subjects: Sequence[str]) -> torch.Tensor:  # (64 * subjects, hidden)
        return 0.8 * weight[[vocabulary.things(subject)[0] for subject in subjects]].repeat_interleave(PLACES**2, 0)

    def looks(subjects: Sequence[str]) -> torch.Tensor:  # (64 * subjects, hidden)
        return torch.from_numpy(np.concatenate([codes[subject] for subject in subjects])).to(weight)

    def places(subjects: Sequence[str]) -> list[int]:
        return [place for subject in subjects for place in vocabulary.things(subject)[1:]]

    with torch.no_grad():
        if trained:
            found = torch.linalg.lstsq(looks(trained), weight[places(trained)] - names(trained)).solution
        else:
            pixels = weight[vocabulary.base : vocabulary.base + LEVELS].float()
            found = torch.eye(weight.shape[1]).to(weight) * (0.6 * pixels.square().mean().sqrt())
        weight[places(placed)] = names(placed) + looks(placed) @ found


def initialise_new_rows(weight: torch.Tensor, vocabulary: Vocabulary) -> None:
    """Sets the rows of a pretrained embedding `(V, hidden)` from the first pixel word on, in place and as large as the
    rows before: the pixel words in order, all else (also the rows that fill up the matrix) at random, the same in every
    process."""
    import torch

    old, new = weight.detach()[: vocabulary.base], weight.detach()[vocabulary.base :]
    scale = float(old[:: max(1, len(old) // 4096)].float().square().mean().sqrt())  # over a few thousand rows
    generator = torch.Generator().manual_seed(0)
    new.copy_(scale * torch.randn(new.shape, generator=generator))
    initialise_pixel_rows(weight, vocabulary, scale)


def check_fingerprint(vocabulary: Vocabulary, stored: Any, where: str) -> None:
    """Raises VocabularyError when a checkpoint was made with another vocabulary than this one."""
    if stored != vocabulary.fingerprint:
        raise VocabularyError(
            f"{where} was made with another vocabulary (fingerprint {stored}, this one is {vocabulary.fingerprint}); "
            "use the tokenizer that was saved with it"
        )
