"""The options of `tiledraw generate`, and what they say together before a model is loaded.

Knows options. Knows nothing about files or how a picture is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tiledraw.common.checks import check_prompt, check_seed, check_temperature
from tiledraw.common.values import DEFAULT_SIDE, parse_size
from tiledraw.language.attributes import BACKGROUNDS

FLAT_SIDE = 32
MOST_PICTURES = 10_000  # of one prompt


@dataclass(frozen=True)
class Options:
    """Draws a picture from a sentence, or pictures from a file of sentences.

    Args:
        prompt: what to draw, in English or Chinese; with --plan it may be left out
        prompts: JSONL file in place of one prompt; a line is {"prompt": "a cat", "id": "cat", "seed": 7, "size": "256"}
        size: 256 or 512x256 (width x height), multiples of 32 up to 4096 a side; if not given 256, 32 with --flat, or
            what a model has learned that paints no layers
        seed: the same seed draws the same picture; 0 to 2^64 - 1
        enlarge: how many times larger the picture becomes once it is drawn: 2, 4, 8, ...
        enlarger: who enlarges: levels (so large a picture is drawn; if not given, of layers), lanczos (of others), vae,
            or a network's folder
        count: how many pictures to draw; picture i has the seed plus i, and -i in its file name
        temperature: 0 (if not given, of layers) always takes the likeliest ink, 1 (if not given, with --flat) draws as
            learned; 0.6 if not given for tiles in gray
        flat: draw one 32x32 picture in one go, without tiles, and enlarge it to --size
        plan: YAML file with the plan (--plan-only prints one to start from); nobody plans then
        planner: who turns the prompt into a plan
        without_unknown: draw what is known where the prompt also names things that nobody here can draw
        strict: refuse a plan that does not seem to say what the prompt says, in place of a remark
        plan_only: print the plan as YAML and stop
        background: none (transparent), a colour or a scenery such as beach, in place of what the sentence says
        over: picture of anybody's, .png, .jpg and the like, to draw over: it is the background and gives the size
        mask: picture of the size of --over: layers go, and show, only where it is transparent; a background fills that
        gray: write gray levels in place of colours
        layers: folder for the layers, one transparent PNG each
        model: the painter in the package if not given, else a folder or a hub name
        thinker: who understands prompts for a model that paints layers: a folder, a hub name, or the address of an
            endpoint that speaks the OpenAI protocol, such as http://localhost:8000/v1 (its key: OPENAI_API_KEY)
        thinker_model: name of the model at that address
        trace: folder for the plan, the coarse pass, every level, the tile grid and the think texts
        output: file for the picture (.png, .jpg, .webp, .tif, .ora with layers), or - for PNG on standard output;
            if not given, a new PNG here that bears the words of the prompt; with --plan-only the file for the plan
        out: folder for the pictures of --prompts; those that are there already are not drawn again
        resume: keep finished tiles beside the picture, and go on from those that are there
        cluster: draw the pictures of --prompts on a Ray cluster: HOST:PORT of its head, or auto (that of RAY_ADDRESS,
            or else the cores of this machine)
        metadata: write into a PNG how it was drawn
        quiet: print neither plan nor progress
    """

    prompt: str | None = None
    prompts: str | None = None
    size: str | int | None = None
    enlarge: int = 1
    enlarger: str | None = None
    seed: int = 0
    count: int = 1
    temperature: float | None = None
    flat: bool = False
    plan: str | None = None
    planner: Literal["model", "rules"] = "model"
    without_unknown: bool = False
    strict: bool = False
    plan_only: bool = False
    background: str | None = None
    over: str | None = None
    mask: str | None = None
    gray: bool = False
    layers: str | None = None
    model: str | None = None
    thinker: str | None = None
    thinker_model: str | None = None
    trace: str | None = None
    output: str | None = None
    out: str | None = None
    resume: bool = False
    cluster: str | None = None
    metadata: bool = True
    quiet: bool = False

    def __post_init__(self) -> None:
        if self.prompt is not None and self.prompts is not None:
            raise ValueError("a prompt and --prompts are both given; give one of them")
        if self.prompt is None and self.prompts is None and self.plan is None:
            raise ValueError("give a prompt, such as 'a cat', or --prompts with a file of them, or --plan")
        if self.prompt is not None:
            check_prompt(self.prompt)
        check_seed(self.seed)
        if self.temperature is not None:
            check_temperature(self.temperature)
        self._check_enlarging()
        if self.flat and (self.plan is not None or self.planner != "model"):
            raise ValueError("--flat draws from the model's own thought; leave --plan and --planner out")
        if self.background is not None and self.background not in BACKGROUNDS:
            raise ValueError(f"--background {self.background} is unknown; known are {', '.join(BACKGROUNDS)}")
        if self.over is not None:
            self._check_over()
        elif self.mask is not None:
            raise ValueError("--mask says where a picture is drawn over; give that, too: --over PICTURE")
        if not 1 <= self.count <= MOST_PICTURES:
            raise ValueError(f"-n {self.count} is out of range; draw 1 to {MOST_PICTURES:,} pictures at once")
        if self.prompts is not None:
            self._check_many()
        elif self.out is not None:
            raise ValueError("--out is the folder for --prompts; a single picture goes to -o")
        elif self.cluster is not None:
            raise ValueError("--cluster draws many pictures at once; give them in a file as --prompts")

    def _check_over(self) -> None:
        own = {"--size": self.size, "--enlarge": self.enlarge > 1, "--flat": self.flat}
        if given := [name for name, value in own.items() if value]:
            raise ValueError(f"--over gives the picture its size and its background; leave {given[0]} out")
        if self.background is not None and self.mask is None:
            raise ValueError("--over is the background; leave --background out, or say by --mask where that may be")

    def _check_many(self) -> None:
        alone = {
            "-o": self.output,
            "--plan": self.plan,
            "--plan-only": self.plan_only,
            "--trace": self.trace,
            "--layers": self.layers,
            "--over": self.over,
        }
        if given := [name for name, value in {**alone, "-n": self.count > 1}.items() if value]:
            raise ValueError(f"{given[0]} is for a single prompt; leave it out with --prompts")
        if self.cluster is not None and self.resume:
            raise ValueError("--resume keeps tiles of what is drawn in this process; leave it out with --cluster")
        if not self.out:
            raise ValueError("say where the pictures of --prompts go: --out FOLDER")

    def _check_enlarging(self) -> None:
        width, height = self.asked
        if self.enlarge != 1:
            from tiledraw.drawing.enlarging import check_factor

            check_factor(self.enlarge, width, height)
        elif self.enlarger is not None:
            raise ValueError("say how many times larger the picture becomes: --enlarge 4")
        if self.flat and self.enlarger == "levels":
            raise ValueError("--flat draws without levels; enlarge it by lanczos or vae")
        _ = self.canvas

    @property
    def asked(self) -> tuple[int, int]:
        """Width and height in pixels, before the picture is enlarged."""
        size = self.size if self.size is not None else FLAT_SIDE if self.flat else DEFAULT_SIDE
        return parse_size(str(size))

    @property
    def canvas(self) -> tuple[int, int]:
        """Width and height of what is drawn in pixels."""
        return self.drawn(self.asked)

    def drawn(self, size: tuple[int, int]) -> tuple[int, int]:
        """Width and height of what is drawn where a size was asked for: levels are drawn like all others."""
        width, height = size
        factor = self.enlarge if self.enlarger == "levels" else 1
        return parse_size(f"{factor * width}x{factor * height}")
