"""The pipeline: a job becomes a plan, a coarse pass, levels of tiles, and a picture; an iterator of events.

    for number, event in Pipeline.load().stream_all([Job("a cat in the bottom-left corner")]):
        print(number, event)

Knows every stage of the data flow by its interface. Knows nothing about files, terminals or training.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from tiledraw.canvas.composing import compose
from tiledraw.canvas.pyramid import COARSE, TILE, Canvas
from tiledraw.common.checks import DEFAULT_TEMPERATURE, LAYER_TEMPERATURE, shorten
from tiledraw.drawing.editing import known_levels
from tiledraw.drawing.events import Event, ImageDone, PlanReady, Refused
from tiledraw.drawing.ground import Ground
from tiledraw.drawing.job import Job
from tiledraw.drawing.layering import LayerJob, LayerStore, draw_layer, layer_temperature, think_inks
from tiledraw.drawing.listening import Listener, ModelThinker, check_strict
from tiledraw.drawing.opening import on_usual_grid
from tiledraw.drawing.picture import Picture, picture_of
from tiledraw.drawing.stacking import DrawnLayer, layers_of, levels_needed
from tiledraw.drawing.thinking import Thinker, is_address
from tiledraw.drawing.tiling import Levels, draw_tiles, draw_whole
from tiledraw.engine.decoding import MAX_THINK, draw_think
from tiledraw.engine.executors import LONGEST, make_executor
from tiledraw.engine.noise import FLAT_LEVEL, TEXT_LEVEL, uniforms
from tiledraw.engine.scheduling import Drawn, Executor, Part, Task, run_together, side_by_side
from tiledraw.engine.streams import MOST_AHEAD, Decoder
from tiledraw.format.grammar import Document, FlatDocument, LayoutDocument, segments, tokenise
from tiledraw.format.palettes import Palette
from tiledraw.language.attributes import COLOURS, NOTHING
from tiledraw.language.boxes import Box, PlanError, UnknownSubjectError
from tiledraw.language.kin import unknown_message
from tiledraw.language.plan import UNKNOWN, Plan, canvas_line, format_plan, parse_plan
from tiledraw.language.request import parse_request
from tiledraw.language.subjects import subjects
from tiledraw.models.knowledge import ModelError
from tiledraw.models.loading import PAINTER, THINKER, LoadedModel, has_thinker, load_model

if TYPE_CHECKING:
    from typing_extensions import Self


class Pipeline:
    """Draws jobs with one model. Threads may share it: what they draw at once is what each would draw alone.

    Attributes:
        loaded: The model.
        decoder: Reads and writes its tokens.
        thinker: Understands the prompts of a model that paints layers; fixed rules do if it is None.
        lock: Held by whoever uses the decoder, for as long as that is in the midst of something.
    """

    def __init__(self, loaded: LoadedModel, decoder: Decoder, thinker: Thinker | None = None) -> None:
        self.loaded, self.decoder, self.lock, self.thinker = loaded, decoder, Lock(), thinker
        self._listener = Listener(thinker)
        self._layers = LayerStore()
        self._palettes = dict[str, Palette]()  # by subject, as far as they have been thought of
        self._thought: tuple[Document, str] | None = None  # the last one: pictures of one prompt share it

    @classmethod
    def load(cls, model: str | None = None, thinker: str | None = None, thinker_model: str | None = None) -> Self:
        """The painter in the package (None), "digits", a folder, or a hub name; and one that understands prompts for a
        painter of layers.

        Raises:
            ModelError: the model can't be loaded.
            VocabularyError: it has another vocabulary.
        """
        return cls.of(load_model(model or PAINTER), thinker, thinker_model)

    @classmethod
    def of(cls, loaded: LoadedModel, thinker: str | None = None, thinker_model: str | None = None) -> Self:
        """A loaded model, of which the weights are read now; for one that paints layers with a thinker: a model by its
        name, or by the address of an endpoint and its name there; that of the package if none is named, or none if that
        has none.

        Raises:
            ModelError: they can't be read.
            ValueError: the endpoint is none, or no model there is named.
        """
        from tiledraw.engine.decoders import make_decoder

        if not loaded.knowledge.paints and thinker is not None:
            raise ModelError(f"the model {loaded.name} plans its pictures itself; leave the thinker out")
        understands: Thinker | None = None
        if thinker is not None and is_address(thinker):
            from tiledraw.drawing.consulting import Consultant

            understands = Consultant.at(thinker, thinker_model)
        elif thinker_model is not None:
            raise ValueError("--thinker-model names a model of an endpoint; give its address as --thinker")
        elif thinker is not None:
            thinks = load_model(thinker)
            if not thinks.knowledge.listens:
                raise ModelError(f"the model {thinks.name} draws, and understands no prompts; it can't be a thinker")
            understands = ModelThinker.of(thinks)
        elif loaded.knowledge.paints and has_thinker():
            understands = _packaged_thinker()
        return cls(loaded, make_decoder(loaded), understands)

    def prepare(self) -> None:
        """Starts what draws, so that the first picture does not wait for it."""
        make_executor(self.decoder, self.loaded.vocabulary, self.lock).prepare()

    def stream_job(self, job: Job) -> Iterator[Event]:
        """Draws one picture. The events come as soon as their part is finished.

        Raises:
            UnknownSubjectError: the prompt asks for something that the model does not know.
            PlanError: no plan could be made of the prompt.
        """
        for _, event in self.stream_all([job]):
            if isinstance(event, Refused):
                raise event.error
            yield event

    def stream_all(self, jobs: Iterable[Job]) -> Iterator[tuple[int, Event]]:
        """Draws pictures side by side in common batches: events with the number of their picture.

        A picture that can't be drawn gives `Refused` in place of the other events, and the rest go on.
        """
        executor = make_executor(self.decoder, self.loaded.vocabulary, self.lock)
        return run_together((self._picture(job, executor) for job in jobs), executor)

    def pictures(self, jobs: Sequence[Job]) -> list[Picture]:
        """The finished pictures of jobs that can all be drawn.

        Raises:
            ValueError: the first that can't, as `stream_job` raises it.
        """
        done: dict[int, Picture] = {}
        for number, event in self.stream_all(jobs):
            if isinstance(event, Refused):
                raise event.error
            if isinstance(event, ImageDone):
                done[number] = event.image
        return [done[number] for number in range(len(jobs))]

    def plan(
        self,
        prompt: str,
        canvas: Canvas,
        *,
        planner: str = "model",
        seed: int = 0,
        without_unknown: bool = False,
        strict: bool = False,
        over: Ground | None = None,
    ) -> PlanReady:
        """What to draw where; the seed is of what the prompt leaves open, in plans of layers. See `Job`.

        Raises:
            UnknownSubjectError: the prompt asks for something that the model does not know.
            PlanError: no plan could be made of the prompt.
            ValueError: an empty or overlong prompt, an unknown planner.
        """
        size = (canvas.width, canvas.height)
        return self._plan(
            Job(prompt, size, seed, planner=planner, without_unknown=without_unknown, strict=strict, over=over)
        )

    def settled(self, job: Job) -> Job:
        """A job with the temperature of what the model draws, if it says none."""
        if job.temperature is not None:
            return job
        return replace(job, temperature=LAYER_TEMPERATURE if self.loaded.knowledge.paints else DEFAULT_TEMPERATURE)

    def _plan(self, job: Job) -> PlanReady:
        if self.loaded.knowledge.paints:
            return self._plan_layers(job)
        cells = job.canvas.cells
        self.loaded.knowledge.check_format(job.flat)
        if job.plan is not None:
            plan = replace(on_usual_grid(job.plan), canvas=cells)
            return PlanReady(plan, format_plan(plan))
        if job.planner != "model":
            raise PlanError(f"the model {self.loaded.name} plans its pictures itself; leave the planner out")
        document = FlatDocument(job.prompt) if job.flat else LayoutDocument(job.prompt, canvas_line(cells))
        text = self._think(document)
        return PlanReady(read_thought(text, job.prompt, cells, self.loaded.knowledge.planless), text)

    def _plan_layers(self, job: Job) -> PlanReady:
        """The plan of a picture of layers."""
        if job.flat:
            self.loaded.knowledge.check_format(flat=True)
        plan, remark, thought, other = job.plan, "", "", None
        known = self.loaded.knowledge
        if plan is None:
            grounds = (*known.backgrounds, *COLOURS) if job.over is None and job.background is None else ()
            plan, remark, thought, other = self._listener.plan(job, known.subjects, grounds)
        background = job.background or plan.background
        if job.over is not None:
            if job.plan is None and job.background is None and not parse_request(thought).background:
                background = NOTHING
            if background != NOTHING and job.over.free is None:
                told = f"the picture stays the background, in place of {background}; a mask says where one may be"
                remark, background = "; ".join(filter(None, (told, remark))), NOTHING
                check_strict(job, remark)
            if not plan.placements and background == NOTHING and job.plan is None:
                raise PlanError("the prompt names nothing to draw over the picture; name a thing, such as a cat, or "
                                "give a mask, which a background fills")  # fmt: skip
        plan = replace(plan, canvas=job.canvas.cells_on(plan.grid), background=background)
        self.loaded.knowledge.check_layers(plan)
        total = sum(1 + level for level in levels_needed(plan, job.canvas).values())
        if other is not None:  # which may be of another background, but over a picture that is decided
            ground = background if job.over is not None else job.background or other.background
            other = replace(other, canvas=plan.canvas, background=ground)
        return PlanReady(plan, format_plan(plan), total, remark, thought, None if other == plan else other)

    def _think(self, document: Document) -> str:
        """The likeliest thought."""
        with self.lock:
            if self._thought is None or self._thought[0] != document:
                noise = uniforms(0, TEXT_LEVEL, 0, 0, MAX_THINK)
                self._thought = document, draw_think(self.decoder, self.loaded.vocabulary, document, noise, 0.0)
            return self._thought[1]

    def _check_length(self, document: FlatDocument | LayoutDocument) -> None:
        """Raises a ValueError if the document that holds the prompt is longer than what the model reads."""
        needed = len(tokenise(segments(document), self.loaded.vocabulary)[0]) + MOST_AHEAD
        if self.loaded.knowledge.context and isinstance(document, LayoutDocument):
            needed += LONGEST
        reads = self.loaded.config.get("max_position_embeddings")
        if reads and needed > reads:
            raise ValueError(f"the model reads at most {reads:,} tokens; {needed:,} are needed")

    def _stack(self, job: Job, executor: Executor) -> Generator[Event | Task | None, Drawn | None, None]:
        """Draws a picture of layers."""
        executor.prepare()  # while the model thinks
        try:
            ready = self._plan(job)
            assert ready.plan is not None
            needed = levels_needed(ready.plan, job.canvas)
            palettes = self._inks(list(needed))
        except ValueError as error:
            yield Refused(error)
            return
        yield ready
        assert job.temperature is not None
        jobs = dict[str, LayerJob]()
        for name, level in needed.items():
            one = LayerJob(name, str(palettes[name]), level, job.seed, layer_temperature(name, job.temperature))
            jobs[name] = replace(one, levels=self._layers.levels(one))
        parts: dict[str, Part[Event, list[np.ndarray]]] = {name: draw_layer(one) for name, one in jobs.items()}
        finished = yield from side_by_side(parts)  # type: ignore[misc]  # mypy takes a union for an object
        for name, levels in finished.items():
            self._layers.keep(jobs[name], levels)
        drawn = {name: DrawnLayer(palettes[name], levels) for name, levels in finished.items()}
        layers = layers_of(ready.plan, job.canvas, drawn)
        if job.over is not None:
            layers = job.over.below(layers, ready.plan.background != NOTHING)
        colours = compose(job.size if job.over is None else job.over.size, layers)
        yield ImageDone(picture_of(job, ready.plan, ready.whole_thought, self.loaded, colours, layers))

    def remember(self, job: LayerJob) -> None:
        """Takes what a job holds of its layer as drawn before."""
        self._layers.keep(job, list(job.levels))

    def _inks(self, names: Sequence[str]) -> dict[str, Palette]:
        """The palettes of layers, thought of once."""
        with self.lock:
            if missing := [name for name in names if name not in self._palettes]:
                self._palettes |= think_inks(self.decoder, self.loaded.vocabulary, missing)
            return {name: self._palettes[name] for name in names}

    def _picture(self, job: Job, executor: Executor) -> Generator[Event | Task | None, Drawn | None, None]:
        job = self.settled(job)
        if self.loaded.knowledge.paints:
            yield from self._stack(job, executor)
            return
        if job.tiles > 2 and job.plan is None and job.planner == "model":
            executor.prepare()  # while the model thinks
        try:
            self.loaded.knowledge.check_format(job.flat)
            ready = self._plan(job)
            document = FlatDocument(job.prompt, ready.text) if job.flat else _layout_document(job, ready)
            self._check_length(document)
        except ValueError as error:
            yield Refused(error)
            return
        if job.tiles > 2:
            executor.prepare()
        yield replace(ready, total=job.tiles + 1)
        if isinstance(document, FlatDocument):
            level = yield from draw_whole(job, document, number=1, side=TILE, noise_level=FLAT_LEVEL)
        else:
            knowledge = self.loaded.knowledge
            stays: Levels = [None] * len(job.canvas.sides)
            if job.original is not None:
                stays = known_levels(job.original, job.canvas, knowledge.grays)
                document = replace(document, pixels=stays[0])
            coarse = yield from draw_whole(job, document, number=0, side=COARSE, noise_level=0)
            context = replace(document, pixels=coarse.pixels) if knowledge.context else None
            level = yield from draw_tiles(job, executor, coarse, ready, stays, context, knowledge)
        yield ImageDone(picture_of(job, ready.plan, ready.whole_thought, self.loaded, job.canvas.crop(level.pixels)))


def _layout_document(job: Job, ready: PlanReady) -> LayoutDocument:
    """The document that holds the prompt of a tiled picture."""
    given = canvas_line(job.canvas.cells)
    thought = ready.text
    if ready.plan is not None:
        thought = format_plan(ready.plan).removeprefix(given)
    return LayoutDocument(job.prompt, given, thought)


@cache
def _packaged_thinker() -> ModelThinker:
    """The thinker in the package, which all that draw in a process share."""
    return ModelThinker.of(load_model(THINKER))


def read_thought(text: str, prompt: str, canvas: Box, planless: bool = False) -> Plan | None:
    """The plan in a think step. A model that has also learned from pictures without plans, `planless`, may think
    without one: None.

    Raises:
        UnknownSubjectError: the model thought that the prompt asks for something unknown.
        PlanError: the think step holds no plan.
    """
    try:
        plan = on_usual_grid(parse_plan(text, canvas))
    except UnknownSubjectError as error:
        raise UnknownSubjectError(unknown_message([str(error) or prompt], subjects())) from None
    except PlanError as error:
        if planless and UNKNOWN not in text:
            return None
        raise PlanError(f"the model thought of no plan for {shorten(prompt)} ({error}); say it more simply") from None
    if not plan.placements:
        raise PlanError(f"the model found no subject in {shorten(prompt)}; name one, such as 'a cat'")
    return plan
