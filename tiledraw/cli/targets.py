"""Which pictures `tiledraw generate` draws, and where they go: one prompt with some seeds, or a file of prompts.

Knows options and files. Knows nothing about how a picture is drawn.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tiledraw.cli.generate_options import Options
from tiledraw.cli.output import check_piped
from tiledraw.common.files import check_writable_file, check_writable_folder

if TYPE_CHECKING:
    from tiledraw.drawing.job import Job
    from tiledraw.language.plan import Plan

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}


@dataclass(frozen=True)
class Target:
    """A picture to draw: its prompt, seed and size, its file (None: standard output), and the folder of its trace."""

    prompt: str
    seed: int
    size: tuple[int, int]
    path: Path | None
    trace: Path | None = None
    source: str = ""  # where its prompt stands in a file

    def job(self, options: Options, plan: Plan | None) -> Job:
        from tiledraw.drawing.job import Job

        return Job(
            self.prompt,
            self.size,
            seed=self.seed,
            temperature=options.temperature,
            candidates=options.candidates,
            order=options.order,
            planner=options.planner,
            plan=plan,
            flat=options.flat,
        )


def few_targets(options: Options) -> list[Target]:
    """The pictures of a single prompt. Raises if one of them could not be written."""
    assert options.prompt is not None
    if not options.output:
        raise ValueError("say where the picture goes: -o cat.png, or -o - for standard output")
    if options.output == "-":
        if options.count > 1:
            raise ValueError("only one picture fits on standard output; give -o a file name or leave -n out")
        if options.resume:
            raise ValueError("tiles can't be kept beside standard output; give -o a file name to resume")
        check_piped()
    elif Path(options.output).suffix.lower() not in FORMATS and not os.path.isdir(options.output):
        known = ", ".join(FORMATS)
        raise ValueError(f"{options.output!r} does not end like a picture file; known endings are {known}")
    if options.trace is not None:
        trace = Path(options.trace)
        check_writable_folder(trace if trace.exists() else trace.parent)
    targets = []
    for index in range(options.count):
        path = trace = None
        if options.output != "-":
            path = Path(options.output)
            path = path if options.count == 1 else path.with_name(f"{path.stem}-{index}{path.suffix}")
            check_writable_file(path)
        if options.trace is not None:
            trace = Path(options.trace) if options.count == 1 else Path(options.trace) / str(index)
        targets.append(Target(options.prompt, (options.seed + index) % 2**64, options.canvas, path, trace))
    return targets


def many_targets(options: Options) -> list[Target]:
    """The pictures of a file of prompts that are not there yet; of several processes, those of this one."""
    from tiledraw.cli.prompts import read_prompts

    assert options.prompts is not None and options.out is not None
    entries = read_prompts(options.prompts, options.seed, options.asked)
    folder = Path(options.out)
    check_writable_folder(folder if folder.exists() else folder.parent)
    folder.mkdir(exist_ok=True)
    # set by torchrun and `accelerate launch` for each of their processes
    rank, processes = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    targets = [
        Target(
            entry.prompt,
            entry.seed,
            options.drawn(entry.size),
            folder / f"{entry.id}.png",
            source=f"{options.prompts}, {entry.id}",
        )
        for entry in entries[rank::processes]
    ]
    return [target for target in targets if target.path is None or not target.path.exists()]
