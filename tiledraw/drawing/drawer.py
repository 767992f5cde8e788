"""The drawer: sentences become pictures, and pictures other pictures, in one call each, with one model.

    drawer = Drawer.load()
    picture = drawer.draw("a cat at the top left", size=256)
    drawer.edit(picture, replace={"cat": "dog"}).save("dog.png")

Threads may share a drawer: each gets the picture that it would get alone.
Knows jobs and changes. Knows nothing about files, terminals or how tiles are drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from tiledraw.common.values import as_list, as_size, check_kind
from tiledraw.drawing.changing import Change, edited, enlarged, enlarged_picture, extended, stream_change
from tiledraw.drawing.enlarging import factor_to, load_enlarger
from tiledraw.drawing.events import Event, ImageDone
from tiledraw.drawing.job import Job
from tiledraw.drawing.metadata import MetadataError
from tiledraw.drawing.opening import Finished, Source, name_of, open_finished, read_ground, read_source
from tiledraw.drawing.picture import Picture
from tiledraw.drawing.pipeline import Pipeline
from tiledraw.drawing.restacking import Layered, enlargement, extension, open_layered, restack
from tiledraw.drawing.showing import shown
from tiledraw.language.boxes import UnknownSubjectError
from tiledraw.language.changes import Changes
from tiledraw.language.plan import Plan
from tiledraw.language.sentences import sentence
from tiledraw.models.loading import LoadedModel

Size = int | str | tuple[int, int]
Planner = Literal["model", "rules"]


class Drawer(Pipeline):
    """Draws and changes pictures with one model."""

    def draw(
        self,
        prompt: str | None = None,
        size: Size | None = None,
        *,
        seed: int = 0,
        temperature: float | None = None,
        planner: Planner = "model",
        plan: Plan | None = None,
        background: str | None = None,
        without_unknown: bool = False,
        strict: bool = False,
        flat: bool = False,
        over: Source | None = None,
        mask: Source | None = None,
        show: bool = False,
    ) -> Picture:
        """Draws one picture. See `stream` for the arguments and what is raised."""
        events = self.stream(
            prompt,
            size,
            seed=seed,
            temperature=temperature,
            planner=planner,
            plan=plan,
            background=background,
            without_unknown=without_unknown,
            strict=strict,
            flat=flat,
            over=over,
            mask=mask,
            show=show,
        )
        return _picture(events)

    def stream(
        self,
        prompt: str | None = None,
        size: Size | None = None,
        *,
        seed: int = 0,
        temperature: float | None = None,
        planner: Planner = "model",
        plan: Plan | None = None,
        background: str | None = None,
        without_unknown: bool = False,
        strict: bool = False,
        flat: bool = False,
        over: Source | None = None,
        mask: Source | None = None,
        show: bool = False,
    ) -> Iterator[Event]:
        """Draws one picture: events as soon as their part is finished; the last one holds the picture.

        Args:
            prompt: What to draw, in English or Chinese; may be left out where a plan says it.
            size: `256`, `"512x256"` or `(512, 256)`: pixels, multiples of 32 from 32 to 4096; None: 256, or what a
                model has learned that paints no layers.
            seed: The same seed draws the same picture.
            temperature: 0 always takes the likeliest pixel; None: 0 for layers, 1 if flat, 0.6 for tiles in gray.
            planner: Who turns the prompt into a plan: the model, or fixed rules.
            plan: What to draw where; nobody plans then.
            background: "none", a colour or a scenery such as "beach", in place of what is planned; of layers.
            without_unknown: Draws what is known of a prompt that names something unknown, too, in place of a refusal.
            strict: Refuses a plan that does not seem to say what the prompt says, in place of a remark.
            flat: Draws the baseline: one picture of 32x32 pixels after one think step, without tiles.
            over: A picture of anybody's, in colours or not, below the layers in place of a background; it gives the
                size, and stays as it is wherever they leave it open.
            mask: A picture of the size of `over`: the layers are placed and show only where it is transparent.
            show: In a notebook, shows the picture and what is thought as they come (extra `notebook`).

        Raises:
            ValueError: an argument out of its range.
            UnknownSubjectError: the prompt asks for something that the model does not know.
            PlanError: no plan could be made of the prompt.
        """
        check_kind("the plan", plan, Plan, "a Plan, such as picture.plan or plan_from_yaml(text)")
        if mask is not None and over is None:
            raise ValueError("a mask says where a picture is drawn over; give that picture, too, as over")
        job = Job(
            sentence(plan) if prompt is None and plan is not None else prompt or "",
            as_size(self.loaded.knowledge.usual_side if size is None else size),
            seed=seed,
            temperature=temperature,
            planner=planner,
            plan=plan,
            background=background,
            without_unknown=without_unknown,
            strict=strict,
            flat=flat,
            over=None if over is None else read_ground(over, mask),
        )
        if over is not None and not self.loaded.knowledge.paints:
            raise ValueError(
                f"the model {self.loaded.name} does not paint layers, which lie over a picture: load painter"
            )
        events = _advised(self.stream_job(job))
        return shown(events, job) if show else events

    def edit(
        self,
        picture: Source,
        *,
        remove: str | Sequence[str] = (),
        replace: Mapping[str, str] | None = None,
        move: Mapping[str, str] | None = None,
        add: str | Sequence[str] = (),
        new_plan: Plan | None = None,
        region: tuple[int, int, int, int] | None = None,
        mask: Source | None = None,
        plan: Plan | None = None,
        prompt: str | None = None,
        recolour: Mapping[str, str] | None = None,
        mirror: str | Sequence[str] = (),
        forward: str | Sequence[str] = (),
        backward: str | Sequence[str] = (),
        background: str | None = None,
        seed: int | None = None,
        temperature: float | None = None,
    ) -> Picture:
        """Changes a picture where that says so: every pixel outside the cells of the plan (or the mask) that change
        stays as it is.

        Args:
            picture: A drawn picture, its PNG, or any image of whole tiles in gray levels with a `plan` or a `prompt`.
            remove: Subjects to take away.
            replace: Subjects and those that take their place.
            move: Subjects and their new places, such as "top-left" or "top-left, small".
            add: What to add, in words; free places are found for it.
            new_plan: A whole new plan in place of all these.
            region: `x0, y0, x1, y1` in pixels: all tiles that it touches are drawn anew.
            mask: A picture of the same size: exactly the pixels that are white in it are drawn anew.
            plan: What a gray picture shows where, if it does not say so itself.
            prompt: What a gray picture shows, in words, for models that draw without plans.
            recolour: Subjects and their new looks, such as "red" or "blue, striped white"; this and what follows is for
                pictures of layers.
            mirror: Subjects whose left and right are exchanged.
            forward, backward: Subjects that go in front of, or behind, everything.
            background: A new background, such as "beach" or "navy".
            seed: For pictures of layers that of the picture, for others one more, if not given.
            temperature: That of the picture, if not given.

        Raises:
            ValueError: the plan can't be changed so, nothing changes, or the picture has no plan.
        """
        check_kind("the new plan", new_plan, Plan, "a Plan, such as picture.plan or plan_from_yaml(text)")
        check_kind("replace", replace, Mapping, "subjects and others by name, such as {'cat': 'dog'}")
        check_kind("move", move, Mapping, "subjects and places by name, such as {'cat': 'top-left'}")
        remove, add = as_list(remove), as_list(add)
        check_kind("recolour", recolour, Mapping, "subjects and looks by name, such as {'cat': 'red'}")
        changes = Changes(
            tuple(remove),
            tuple((replace or {}).items()),
            tuple((move or {}).items()),
            tuple((recolour or {}).items()),
            tuple(as_list(mirror)),
            tuple(as_list(backward)),
            tuple(as_list(forward)),
            background,
            tuple(add),
        )
        if (layered := self._open_layered(picture, plan or prompt, region, mask)) is not None:
            if bool(changes.given) == (new_plan is not None):
                raise ValueError("say what changes, either by a new plan or by remove, replace, move, add, ...")
            changed = new_plan or changes.of(layered.plan, self.loaded.knowledge.subjects)
            note = {"verb": "edit", **changes.given}
            return _picture(restack(self, layered, changed, None, note, seed, temperature))
        if strange := [name for name in changes.given if name in ("recolour", "mirror", "backward", "forward")]:
            raise ValueError(f"{strange[0]} is for pictures of layers, which {name_of(picture)} is not")
        if not (changes.given or region is not None or mask is not None or new_plan is not None):
            raise ValueError("say what changes: remove, replace, move, add, new_plan, region or mask")
        if new_plan is not None and changes.given:
            raise ValueError(
                "new_plan is the whole new plan; leave remove, replace, move and add out, or put them into it"
            )
        finished = self._open(picture, plan, prompt)
        note = {"verb": "edit", **changes.given, **({} if region is None else {"region": region})}
        change = edited(
            finished,
            changes,
            plan=new_plan,
            region=",".join(map(str, region)) if region is not None else None,
            mask=mask,
            note=note,
        )
        return self._change(finished, change, seed, temperature)

    def extend(
        self,
        picture: Source,
        *,
        left: int = 0,
        top: int = 0,
        right: int = 0,
        bottom: int = 0,
        add: str | Sequence[str] = (),
        plan: Plan | None = None,
        prompt: str | None = None,
        seed: int | None = None,
        temperature: float | None = None,
    ) -> Picture:
        """Gives a picture more room at its sides, in pixels, and draws on there; every old pixel stays.

        The arguments are those of `edit`; `add` says what to draw in the new room.

        Raises:
            ValueError: a side that is no multiple of 32, too large a picture, no room for what is added.
        """
        add = as_list(add)
        room = {"left": left, "top": top, "right": right, "bottom": bottom}
        if (layered := self._open_layered(picture, plan or prompt)) is not None:
            changed = extension(layered, room, add, self.loaded.knowledge.subjects)
            return _picture(restack(self, layered, *changed, None, temperature))
        finished = self._open(picture, plan, prompt)
        change = extended(finished, **room, add=add)
        return self._change(finished, change, seed, temperature)

    def enlarge(
        self,
        picture: Source,
        to: int,
        *,
        enlarger: str | None = None,
        plan: Plan | None = None,
        prompt: str | None = None,
    ) -> Picture:
        """Makes a picture 2, 4, 8, ... times larger.

        Args:
            picture: Any picture in gray levels.
            to: Pixels of its longer side.
            enlarger: None: "levels" for a picture of layers, else "lanczos", which resamples it; "levels" draws the
                next levels, as if it had been drawn so large; "vae", or the folder of a network, redraws it
                (needs the extra `models`).
            plan: For "levels": what the picture shows, if it does not say so itself.
            prompt: The same, in words.

        Raises:
            ValueError: another factor, too large a picture, or there is no such enlarger.
        """
        layered = self._open_layered(picture, plan or prompt) if enlarger in (None, "levels") else None
        if layered is not None:
            return _picture(restack(self, layered, *enlargement(layered, to)))
        if enlarger == "levels":
            finished = self._open(picture, plan, prompt)
            factor = factor_to(to, finished.canvas.width, finished.canvas.height)
            return self._change(finished, enlarged(finished, factor), None, None)
        return enlarge(picture, to, enlarger or "lanczos")

    def _open_layered(
        self, picture: Source, said: object = None, region: object = None, mask: object = None
    ) -> Layered | None:
        """A picture of layers, unless somebody else has said what it shows."""
        layered = open_layered(picture) if said is None else None
        if layered is not None and (region is not None or mask is not None):
            raise ValueError(f"{name_of(picture)} is made of layers; change its plan, not a region or a mask of it")
        if layered is not None and not self.loaded.knowledge.paints:
            raise ValueError(
                f"{name_of(picture)} is made of layers, which the model {self.loaded.name} does not paint: load painter"
            )
        return layered

    def _open(self, picture: Source, plan: Plan | None, prompt: str | None) -> Finished:
        check_kind("the plan", plan, Plan, "a Plan, such as plan_from_yaml(text)")
        check_gray(self.loaded, name_of(picture))
        return open_finished(picture, plan, prompt)

    def _change(self, finished: Finished, change: Change, seed: int | None, temperature: float | None) -> Picture:
        return _picture(stream_change(self, finished, change, seed=seed, temperature=temperature))


def check_gray(loaded: LoadedModel, name: str) -> None:
    """Raises a ValueError if a model does not draw in one piece, as a picture of this name was."""
    if loaded.knowledge.paints:
        raise ValueError(
            f"{name} is not made of layers, which the model {loaded.name} paints; a model that draws in one piece can "
            "change it: digits, or one of your own"
        )


def enlarge(picture: Source, to: int, enlarger: str = "lanczos", metadata: bool = True) -> Picture:
    """Makes a picture larger without its plan, by resampling or by a network; see `Drawer.enlarge`. Without `metadata`
    it forgets how it was drawn."""
    pixels, chunks = read_source(picture)
    height, width = pixels.shape
    factor, by = factor_to(to, width, height), load_enlarger(enlarger)
    try:
        return enlarged_picture(pixels, chunks if metadata else {}, factor, by, enlarger)
    except MetadataError as error:
        raise ValueError(f"{name_of(picture)}: {error}; --no-metadata enlarges it without its history") from None


def _advised(events: Iterator[Event]) -> Iterator[Event]:
    """The same events; who asks for something unknown is told by what argument the rest is drawn."""
    try:
        yield from events
    except UnknownSubjectError as error:
        raise UnknownSubjectError(error.advice("without_unknown=True"), error.drawable) from None


def _picture(events: Iterable[Event]) -> Picture:
    """The picture of the last event."""
    *_, last = events
    assert isinstance(last, ImageDone)
    return last.image
