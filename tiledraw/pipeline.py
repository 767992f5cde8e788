"""The pipeline: a prompt becomes a plan, a coarse pass, levels of tiles, and an image; an iterator of events.

    from tiledraw.pipeline import Drawer
    for event in Drawer.load().draw("a cat in the bottom-left corner", size=(256, 256)):
        print(event)

Knows every stage of the data flow by its interface. Knows nothing about files, terminals or training.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from tiledraw.checks import (
    DEFAULT_CANDIDATES,
    DEFAULT_ORDER,
    DEFAULT_TEMPERATURE,
    FLAT_TEMPERATURE,
    check_candidates,
    check_prompt,
    check_seed,
    check_temperature,
)
from tiledraw.editing import Original, known_levels
from tiledraw.engine.artists import LONGEST, make_artist
from tiledraw.engine.decoding import MAX_THINK, MOST_AHEAD, Decoder, draw_think
from tiledraw.engine.noise import FLAT_LEVEL, TEXT_LEVEL, uniforms
from tiledraw.engine.scheduling import Artist, Drawn, Work, run_together
from tiledraw.events import Event, ImageDone, LevelDone, LevelStarted, PlanReady, Refused, TileDone, WindowDone
from tiledraw.frontier import Frontier
from tiledraw.grammar import Document, FlatDocument, LayoutDocument, TileDocument, segments, tokenise
from tiledraw.guiding import plain_gray, plain_pixels, sums_within
from tiledraw.models.loading import LoadedModel, load_model
from tiledraw.pixels import image_from_pixels, pixels_from_image
from tiledraw.plan import Plan, canvas_line, format_plan
from tiledraw.planner import read_thought
from tiledraw.pyramid import (
    ABSENT,
    COARSE,
    ORDERS,
    TILE,
    Borders,
    Canvas,
    Draft,
    Level,
    Tile,
    Window,
    in_drawing_order,
    known_borders,
    mean_gray,
)
from tiledraw.rules import plan_by_rules
from tiledraw.think import known_think, read_contents, read_label, tile_think
from tiledraw.windows import windows

NARROW = 128  # pixels a side of the largest level whose rows are drawn again: what is above decides all shapes
DRAWING = 256  # between the noise levels of drawings of the same rows
WINDOW = 64  # between the noise levels of a level's tiles and of its windows
PLANNERS = ("model", "rules")
PARTS = ("think", "guides", "borders")
COARSE_TILE = Tile(0, 1, 0, 0)

# yields events, work, and None to wait for some of that, which it is sent; ends with a level
Steps = Generator[Event | Work | None, Drawn | None, Level]


@dataclass(frozen=True)
class Job:
    """A picture to draw.

    Attributes:
        prompt: What to draw, in English or Chinese.
        size: Width and height in pixels, multiples of 32 from 32 to 4096; a flat picture is always 32x32.
        seed: Of all noise; the same seed gives the same picture.
        temperature: Of the pixels; 0 is greedy, None is 0.6, or 1 if flat. Plans are thought at temperature 0.
        order: "independent", "raster", "chess" or "planned".
        planner: "model" or "rules"; not used when a plan is given.
        plan: What to draw where, if that is known already.
        flat: Draws the baseline: one 32x32 image after one think step, without tiles.
        candidates: How often rows that surprise the model are drawn, on levels up to 128 pixels a side, where shapes
            are decided; the likeliest drawing of them stays. A flat picture is drawn once: without a guide, the
            likeliest one is blank.
        finished: Pixels of tiles that are drawn already, uint8; the coarse pass is the tile `COARSE_TILE`.
        original: A picture to draw over, which needs a plan: only its free pixels are drawn, and it gives the size.
        without: Parts that tiles have to do without, to measure what each is worth: what is in them ("think"), all
            levels above but the coarse pass ("guides"), their neighbours ("borders").

    Raises:
        ValueError: any of them out of its range, with what would work.
    """

    prompt: str
    size: tuple[int, int] = (256, 256)
    seed: int = 0
    temperature: float | None = None
    order: str = DEFAULT_ORDER
    planner: str = "model"
    plan: Plan | None = None
    flat: bool = False
    without: frozenset[str] = frozenset()
    candidates: int = DEFAULT_CANDIDATES
    finished: Mapping[Tile, np.ndarray] = field(default_factory=dict)
    original: Original | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "prompt", check_prompt(self.prompt))
        object.__setattr__(self, "size", (TILE, TILE) if self.flat else tuple(self.size))
        if self.original is not None:
            if self.flat or self.plan is None:
                raise ValueError("a picture is drawn over by tiles and from a plan; give one, and leave flat out")
            object.__setattr__(self, "size", self.original.size)
        _ = self.canvas
        if self.temperature is None:
            object.__setattr__(self, "temperature", FLAT_TEMPERATURE if self.flat else DEFAULT_TEMPERATURE)
        check_seed(self.seed)
        check_temperature(self.temperature)
        check_candidates(self.candidates)
        if self.order not in ORDERS:
            raise ValueError(f"the order {self.order!r} is unknown; known are {', '.join(ORDERS)}")
        if self.plan is None and self.planner not in PLANNERS:
            raise ValueError(f"the planner {self.planner!r} is unknown; known are {', '.join(PLANNERS)}")
        if unknown := sorted(set(self.without) - set(PARTS)):
            raise ValueError(f"tiles can't do without {unknown[0]!r}; what can be left out is {', '.join(PARTS)}")

    @property
    def canvas(self) -> Canvas:
        return Canvas(*self.size)

    @property
    def tiles(self) -> int:
        """How many tiles are drawn, over all levels."""
        return 0 if self.flat else sum(len(self.canvas.tiles(level)) for level in range(1, len(self.canvas.sides)))


class Drawer:
    """Draws with one model."""

    def __init__(self, loaded: LoadedModel, decoder: Decoder) -> None:
        self.loaded, self.decoder = loaded, decoder
        self._thought: tuple[Document, str] | None = None  # the last one: pictures of one prompt share it

    @classmethod
    def load(cls, model: str | None = None) -> Drawer:
        """The bundled model (None), a folder, or a hub name.

        Raises:
            ModelError: the model can't be loaded.
            VocabularyError: it has another vocabulary.
        """
        from tiledraw.engine import make_decoder

        loaded = load_model(model)
        return cls(loaded, make_decoder(loaded))

    def draw(self, prompt: str, size: tuple[int, int] = (256, 256), **options: object) -> Iterator[Event]:
        """Draws one picture. The events come as soon as their part is finished.

        Args:
            prompt: What to draw, in English or Chinese.
            size: Width and height in pixels.
            options: The other attributes of a `Job`.

        Raises:
            ValueError: what `Job` refuses.
            UnknownSubjectError: the prompt asks for something that the model does not know.
            PlanError: no plan could be made of the prompt.
        """
        for _, event in self.draw_all([Job(prompt, size, **options)]):  # type: ignore[arg-type]
            if isinstance(event, Refused):
                raise event.error
            yield event

    def draw_all(self, jobs: Iterable[Job]) -> Iterator[tuple[int, Event]]:
        """Draws pictures side by side in common batches: events with the number of their picture.

        A picture that can't be drawn gives `Refused` in place of the other events, and the rest go on.
        """
        artist = make_artist(self.decoder, self.loaded.vocabulary)
        return run_together((self._picture(job, artist) for job in jobs), artist)

    def pictures(self, jobs: Sequence[Job]) -> list[np.ndarray]:
        """The finished pictures of jobs that can all be drawn, `(height, width)` uint8 each.

        Raises:
            ValueError: the first that can't, as `draw` raises it.
        """
        done: dict[int, np.ndarray] = {}
        for number, event in self.draw_all(jobs):
            if isinstance(event, Refused):
                raise event.error
            if isinstance(event, ImageDone):
                done[number] = pixels_from_image(event.image)
        return [done[number] for number in range(len(jobs))]

    def plan(self, prompt: str, canvas: Canvas, *, planner: str = "model") -> PlanReady:
        """What to draw where.

        Raises:
            UnknownSubjectError: the prompt asks for something that the model does not know.
            PlanError: no plan could be made of the prompt.
            ValueError: an empty or overlong prompt, an unknown planner.
        """
        return self._plan(Job(prompt, (canvas.width, canvas.height), planner=planner))

    def _plan(self, job: Job) -> PlanReady:
        knowledge, cells = self.loaded.knowledge, job.canvas.cells
        knowledge.check_format(job.flat)
        if job.plan is not None:
            plan = replace(job.plan, canvas=cells)
            text = format_plan(plan)
        elif job.planner == "rules":
            plan = plan_by_rules(job.prompt, knowledge.subjects or None, cells)
            text = format_plan(plan)
        else:
            document = FlatDocument(job.prompt) if job.flat else LayoutDocument(job.prompt, canvas_line(cells))
            text = self._think(document)
            plan = read_thought(text, job.prompt, cells, knowledge.subjects, knowledge.planless)
        if plan is not None:  # the boxes of a picture that has grown are of any size
            (knowledge if job.original is None else replace(knowledge, sizes=())).check(plan)
        return PlanReady(plan, text)

    def _think(self, document: Document) -> str:
        """The likeliest thought."""
        if self._thought is None or self._thought[0] != document:
            noise = uniforms(0, TEXT_LEVEL, 0, 0, MAX_THINK)
            self._thought = document, draw_think(self.decoder, self.loaded.vocabulary, document, noise, 0.0)
        return self._thought[1]

    def _first_document(self, job: Job, ready: PlanReady) -> Document:
        """The document that holds the prompt.

        Raises:
            ValueError: it is longer than what the model reads.
        """
        document: Document = FlatDocument(job.prompt, ready.text)
        if not job.flat:
            given = canvas_line(job.canvas.cells)
            thought = ready.text if ready.plan is None else format_plan(ready.plan).removeprefix(given)
            document = LayoutDocument(job.prompt, given, thought)
        needed = len(tokenise(segments(document), self.loaded.vocabulary)[0]) + MOST_AHEAD
        if self.loaded.knowledge.context and not job.flat:
            needed += LONGEST
        reads = self.loaded.config.get("max_position_embeddings")
        if reads and needed > reads:
            raise ValueError(f"the model reads at most {reads:,} tokens; {needed:,} are needed")
        return document

    def _picture(self, job: Job, artist: Artist) -> Generator[Event | Work | None, Drawn | None, None]:
        if job.tiles > 2:
            artist.prepare()
        try:
            ready = self._plan(job)
            document = self._first_document(job, ready)
        except ValueError as error:
            yield Refused(error)
            return
        yield ready
        if job.flat:
            level = yield from self._whole(job, document, number=1, side=TILE, noise_level=FLAT_LEVEL)
        else:
            levels: Sequence[np.ndarray | None] = [None] * len(job.canvas.sides)
            if job.original is not None:
                levels = known_levels(job.original, job.canvas, self.loaded.knowledge.grays)
                document = replace(document, pixels=levels[0])
            coarse = yield from self._whole(job, document, number=0, side=COARSE, noise_level=0)
            context = replace(document, pixels=coarse.pixels) if self.loaded.knowledge.context else None
            level = yield from self._tiles(job, artist, coarse, ready, levels, context)
        yield ImageDone(image_from_pixels(job.canvas.crop(level.pixels)))

    def _whole(self, job: Job, document: Document, number: int, side: int, noise_level: int) -> Steps:
        """Draws a level of one document: the coarse pass, or the flat image."""
        stays = document.pixels is not None and bool((document.pixels != ABSENT).all())
        yield LevelStarted(number, side, 0 if stays else 1)
        pixels = document.pixels if stays else job.finished.get(COARSE_TILE) if number == 0 else None
        if pixels is None:
            yield Work(document, _noise(job, noise_level, side), job.temperature)
            _, pixels = yield None
        level = Level.finished(pixels.reshape(side, side))
        yield LevelDone(number, level.pixels)
        return level

    def _tile_think(self, job: Job, ready: PlanReady, tile: Tile, guide: np.ndarray) -> str:
        if ready.plan is not None or "think" in job.without:
            return tile_think(ready.plan or Plan(), tile, "think" not in job.without)
        return known_think(tile, read_label(ready.text, self.loaded.knowledge.labels), mean_gray(guide))

    def _tiles(
        self,
        job: Job,
        artist: Artist,
        coarse: Level,
        ready: PlanReady,
        stays: Sequence[np.ndarray | None],
        context: LayoutDocument | None,
    ) -> Steps:
        """Draws all levels of tiles around what stays of them, each tile, or row of it, as soon as what it sees is
        finished; behind the `context`, if there is one. What is told of them comes in drawing order, level by level."""
        levels, tiles = [coarse, *(Level(side) for side in job.canvas.sides[1:])], list[Tile]()
        script: deque[Event | Tile] = deque()  # what is to be told; for a tile, that it is done
        for number, level in enumerate(levels[1:], 1):
            own, known = job.canvas.tiles(number), stays[number]
            if known is not None:
                for tile in own:
                    if (known[tile.slices] != ABSENT).all():
                        level.put(tile, known[tile.slices])
                own = [tile for tile in own if not level.done[tile.row, tile.column]]
            own = in_drawing_order(own, job.order)
            laid = self._windows(job, ready, number, own)
            tiles += [*laid, *own]
            own = [tile for tile in own if not isinstance(tile, Draft)]
            script += [LevelStarted(number, level.side, len(own)), *laid, *own, LevelDone(number, level.pixels)]
        guided = "guides" not in job.without
        # a thought that tells a mean gray has to know all of the guide
        by_rows = artist.by_rows and guided and ready.plan is not None
        frontier = Frontier(job.canvas, tiles, job.order, guided, by_rows)
        drawing: dict[Tile, Work] = {}
        done: dict[Tile, TileDone | WindowDone] = {}

        def go_on(tile: Tile, rows: int) -> Work | None:
            """The work of a tile of which so many rows can be drawn; None if they need not be."""
            document, work = self._tile(job, ready, frontier, levels, stays[tile.level], tile), drawing.get(tile)
            document = replace(document, context=context)
            if work is None:
                if (pixels := _known_pixels(job, tile, document, rows)) is not None:
                    finish(tile, document, pixels)
                    return None
                noise = _tile_noise(job, tile, levels[tile.level].side)
                work = drawing[tile] = Work(document, noise, job.temperature, band=frontier.band)
            work.document, work.rows = document, None if rows == tile.side else rows
            return work

        def finish(tile: Tile, document: TileDocument, pixels: np.ndarray) -> None:
            pixels = pixels.reshape(-1, tile.side)
            levels[tile.level].put(tile, pixels)
            if len(pixels) == tile.side and isinstance(tile, Window):
                done[tile] = WindowDone(tile, document.think, pixels)
            elif len(pixels) == tile.side and not isinstance(tile, Draft):
                done[tile] = TileDone(tile, document.think, pixels)
            frontier.finish(tile, len(pixels))

        def told() -> Iterator[Event]:
            while script and (not isinstance(script[0], Tile) or script[0] in done):
                event = script.popleft()
                yield done.pop(event) if isinstance(event, Tile) else event

        yield from told()
        while True:
            known = sum(work.rows is None for work in drawing.values())
            taken = frontier.take(whole=known < artist.most, part=len(drawing) < artist.most)
            if taken is not None:
                if (work := go_on(*taken)) is not None:
                    yield work
            elif drawing:
                work, pixels = yield None
                tile = next(tile for tile, other in drawing.items() if other is work)
                finish(tile, work.document, pixels)
                if len(pixels) == work.noise.shape[-1]:
                    del drawing[tile]
            else:
                return levels[-1]
            yield from told()

    def _windows(self, job: Job, ready: PlanReady, level: int, tiles: Sequence[Tile]) -> list[Window]:
        """The windows that tiles of a level which are still to be drawn need."""
        if job.order != "planned" or ready.plan is None or "think" in job.without:
            return []
        open_tiles = [tile for tile in tiles if tile not in job.finished]
        laid = windows(job.canvas, level, [placement.box for placement in ready.plan.placements])
        return [window for window in laid if any(window.shows(tile) for tile in open_tiles)]

    def _tile(
        self,
        job: Job,
        ready: PlanReady,
        frontier: Frontier,
        levels: Sequence[Level],
        stays: np.ndarray | None,
        tile: Tile,
    ) -> TileDocument:
        """The document of a tile, as far as it is known what it sees."""
        knowledge, level = self.loaded.knowledge, levels[tile.level]
        above = levels[0 if "guides" in job.without else tile.level - 1]
        guide = above.guide(tile, level.side, knowledge.grays)
        whole = level.known(frontier.windows(tile), stays)
        known, think, sums = whole[tile.slices], self._tile_think(job, ready, tile, guide), None
        if "borders" in job.without:
            borders = Borders()
        elif isinstance(tile, Window):
            borders = known_borders(whole, tile.square)
            known = _until_kept(tile, known)
        else:
            borders = level.borders(tile, partial(frontier.sees, tile))
        # of scenes the levels are means
        if _drawings(job, level.side) > 1 and knowledge.subjects and level.side == 2 * above.side:
            sums = sums_within(guide, knowledge.grays, known)
        if tile.side == TILE and "guides" not in job.without:
            boxes = [box for _, box in read_contents(think) or ()]
            known = np.where(known == ABSENT, plain_pixels(guide, boxes), known)
        return TileDocument(think, guide, borders, known, sums=sums, sparse=knowledge.sparse)


def _drawings(job: Job, level_side: int) -> int:
    """How often the rows of a tile are drawn at most."""
    return job.candidates if level_side <= NARROW and job.temperature > 0 and not job.flat else 1


def _until_kept(window: Window, known: np.ndarray) -> np.ndarray:
    """Pixels of a window as they are known, `(side, side)` int16; anything in the rows after the last that is kept,
    which nobody sees."""
    end = max(part.y1 for part in window.kept) - window.square.y0
    after = np.arange(len(known))[:, None] >= end
    return np.where(after & (known == ABSENT), 0, known).astype(np.int16)


def _tile_noise(job: Job, tile: Tile, level_side: int) -> np.ndarray:
    if isinstance(tile, Window):
        return _noise(job, WINDOW + tile.level, level_side, tile.square.y0, tile.square.x0)
    return _noise(job, tile.level, level_side, tile.row, tile.column)


def _noise(job: Job, noise_level: int, level_side: int, row: int = 0, column: int = 0) -> np.ndarray:
    """Of all drawings of a tile of a level, `(drawings, pixels)`; the first is that of a tile drawn once."""
    levels = [noise_level + DRAWING * number for number in range(_drawings(job, level_side))]
    return np.stack([uniforms(job.seed, level, row, column, min(TILE, level_side) ** 2) for level in levels])


def _known_pixels(job: Job, tile: Tile, document: TileDocument, rows: int) -> np.ndarray | None:
    """The pixels of a tile that is drawn already, or of some first rows that need not be drawn, `(rows, side)`."""
    drawn = tile.tile if isinstance(tile, Draft) else tile  # then all that see the draft are drawn, too
    if drawn in job.finished:
        return job.finished[drawn]
    if (document.pixels[:rows] != ABSENT).all():
        return document.pixels[:rows].astype(np.uint8)
    gray = plain_gray(document) if rows == tile.side else None
    return None if gray is None else np.full((tile.side, tile.side), gray, dtype=np.uint8)
