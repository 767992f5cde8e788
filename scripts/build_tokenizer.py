"""Builds a tokenizer for a thinker from prompts to learn from, and the requests that they mean; the one of the thinker
in the package is of this kind. Another tokenizer gives another fingerprint, and old checkpoints are refused, so it goes
to a folder of its own: `tokenizer: FOLDER` in a configuration.

    python scripts/build_tokenizer.py FOLDER [--tokens 4000] [--prompts 40000]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from tiledraw.data.requests import RequestConfig, RequestSource
from tiledraw.format.vocabulary import Vocabulary
from tiledraw.language.request import format_request
from tiledraw.models.tokenizer import train_tokenizer


def texts(prompts: int) -> Iterator[str]:
    source = RequestSource(RequestConfig(natural=0.7))
    for index in range(prompts):
        prompt, request = source.example(index)
        yield prompt
        yield format_request(request)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--tokens", type=int, default=4000, help="of text; the words of tiledraw come on top")
    parser.add_argument("--prompts", type=int, default=40_000)
    options = parser.parse_args()
    tokenizer = train_tokenizer(texts(options.prompts), options.tokens)
    tokenizer.save_pretrained(options.folder)
    vocabulary = Vocabulary(tokenizer)
    print(f"{vocabulary.size} words, fingerprint {vocabulary.fingerprint}")
