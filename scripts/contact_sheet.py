"""Draws pictures of held-out prompts, none chosen by hand, onto one sheet: seed i for prompt i.

    python scripts/contact_sheet.py sheet.png [--count 24] [--size 256] [--split validation] [--model FOLDER]
                                              [--prompts scripts/sentences.txt]

They ask for one to three groups of things in the words of people, by patterns that no training shows, or stand in a
file, one a line. Prompts go to standard error with the numbers of their pictures; a prompt that is refused stays black.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from PIL import Image

from tiledraw.data.requests import RequestConfig, RequestSource
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.events import ImageDone, Refused
from tiledraw.drawing.job import Job
from tiledraw.evaluation.sheets import GROUND, write_sheet

COLUMNS, MOST = 6, 3


def held_out(drawer: Drawer, split: str) -> Iterator[str]:
    """Prompts that training never shows."""
    requests = RequestSource(RequestConfig(drawer.loaded.knowledge.subjects, unknown=0.0, noise=0.0), split)
    for index in count():
        prompt, request = requests.example(index)
        if 1 <= len(request.things) <= MOST:
            yield prompt


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--split", default="validation")
    parser.add_argument("--prompts", type=Path, help="a file with one prompt a line")
    parser.add_argument("--model")
    parser.add_argument("--temperature", type=float, default=None)
    options = parser.parse_args()
    drawer = Drawer.load(options.model)
    prompts = held_out(drawer, options.split)
    if options.prompts is not None:
        prompts = iter(options.prompts.read_text(encoding="utf-8").splitlines())
    given = {} if options.temperature is None else {"temperature": options.temperature}
    pictures = [Image.new("RGB", (options.size, options.size), (GROUND,) * 3)] * options.count
    jobs = []
    for index, prompt in zip(range(options.count), prompts, strict=False):
        print(f"{index}: {prompt}", file=sys.stderr)
        jobs.append(Job(prompt, (options.size, options.size), seed=index, **given))
    for index, event in drawer.stream_all(jobs):
        if isinstance(event, Refused):
            print(f"{index}: no picture: {event.error}", file=sys.stderr)
        if not isinstance(event, ImageDone | Refused):
            continue
        black = Image.new("RGB", (options.size, options.size))
        pictures[index] = event.image if isinstance(event, ImageDone) else black
        write_sheet(options.sheet, [pictures[start : start + COLUMNS] for start in range(0, options.count, COLUMNS)])
