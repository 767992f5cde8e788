"""Checks of what people give (prompt, seed, temperature): a clean value, or one sentence of refusal.

Knows prompts, seeds and temperatures. Knows nothing about where they come from or what is done with them.
"""

from __future__ import annotations

import math
import unicodedata
from numbers import Integral, Real

MAX_PROMPT = 2000  # characters
MAX_SEED = 2**64
DEFAULT_TEMPERATURE = 0.6
LAYER_TEMPERATURE = 0.0  # of layers: seeds give no designs yet, so all else would only be errors
FLAT_TEMPERATURE = 1.0  # of flat pictures, which mostly come out blank at less


def check_prompt(prompt: str) -> str:
    """The prompt without white space around it.

    Raises:
        ValueError: it is empty, longer than `MAX_PROMPT` characters, or holds characters that are no text.
    """
    if not isinstance(prompt, str):
        raise ValueError(f"the prompt is {shorten(repr(prompt))}, not text; say what to draw, such as 'a cat'")
    prompt = prompt.strip()
    if not prompt:
        raise ValueError("the prompt is empty; say what to draw, such as 'a cat in the bottom-left corner'")
    if len(prompt) > MAX_PROMPT:
        raise ValueError(f"the prompt has {len(prompt):,} characters; at most {MAX_PROMPT:,} are read")
    for place, character in enumerate("" if prompt.isprintable() else prompt):  # most are, which is quickly told
        kind = unicodedata.category(character)
        if kind == "Cs":
            raise ValueError(f"the prompt holds bytes that are not text in UTF-8, at character {place + 1}")
        if kind == "Cc" and character not in "\n\r\t":
            raise ValueError(
                f"the prompt holds a character that is no text, U+{ord(character):04X}, at character {place + 1}"
            )
    return prompt


def as_read(prompt: str) -> str:
    """The prompt as a model reads it: several words, all in capitals, in small letters. Capitals mean nothing then, and
    a small model takes words that it seldom sees so for others."""
    return prompt.lower() if " " in prompt and prompt.isupper() else prompt


def check_seed(seed: int) -> None:
    """Raises a ValueError if `seed` is not an unsigned 64-bit number."""
    if not isinstance(seed, Integral) or not 0 <= seed < MAX_SEED:
        raise ValueError(f"seed {seed} is out of range; a seed is a whole number from 0 to 2^64 - 1")


def check_temperature(temperature: float) -> None:
    """Raises a ValueError if `temperature` is not a finite number of at least 0."""
    if not isinstance(temperature, Real) or not (math.isfinite(temperature) and temperature >= 0):
        raise ValueError(f"temperature {temperature} is out of range; it is 0 (always the likeliest) or more")


def shorten(text: str, limit: int = 40) -> str:
    """The text in quotes, cut after `limit` characters."""
    return repr(text if len(text) <= limit else text[:limit] + "…")
