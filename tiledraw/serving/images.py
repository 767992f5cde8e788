"""OpenAI's images interface: generations, edits and models, as its clients speak it, and extensions.

    POST /v1/images/generations   {"prompt": "a red cat", "n": 2, "size": "256x256", "seed": 7}
    POST /v1/images/edits         a form with image, one of ours with layers, and a prompt of what it is to show; or
                                  any other image, or any with a mask, and a prompt of what to draw over it
    GET  /v1/models

Knows HTTP and that interface. Knows nothing about how a picture is drawn.
"""

from __future__ import annotations

import asyncio
import base64
import io
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from tiledraw.common.extras import needs
from tiledraw.common.values import as_size
from tiledraw.drawing.events import Event, ImageDone, LayerTileDone, PlanReady, Refused, Remarked, TileDone
from tiledraw.drawing.ground import Ground
from tiledraw.drawing.job import Job
from tiledraw.drawing.picture import LAYERED, Picture
from tiledraw.drawing.previews import Preview
from tiledraw.language.attributes import NOTHING
from tiledraw.language.plan import Plan
from tiledraw.serving.errors import RequestError, describe_error
from tiledraw.serving.opening import upload_to_change, upload_to_cover
from tiledraw.serving.plans import plan_from_data, plan_to_data
from tiledraw.serving.queueing import Drawing, Waiting, watching
from tiledraw.serving.streams import EventStream, Told
from tiledraw.serving.studio import Studio

with needs("serve"):
    from fastapi import APIRouter, Request
    from fastapi.responses import Response
    from pydantic import BaseModel, Field
    from starlette.datastructures import UploadFile

DEFAULT_SIZE = "256x256"
OWNER = "tiledraw"
MOST_PARTIAL = 3
MOST_FIELDS, MOST_FILES = 32, 4

Finished = dict[str, Any]


class Generation(BaseModel):
    """What a client asks for. What else OpenAI's interface knows (quality, style, moderation, user) changes nothing."""

    prompt: str = Field(description="What to draw, in English or Chinese.")
    model: str | None = Field(None, description="As /v1/models names it.")
    n: int | None = Field(1, description="How many pictures; picture i has the seed plus i.")
    size: str | None = Field("auto", description=f"256x256: multiples of 32; auto is {DEFAULT_SIZE}.")
    response_format: Literal["b64_json", "url"] | None = Field(None, description="b64_json.")
    output_format: Literal["png", "jpeg", "webp"] | None = "png"
    background: Literal["transparent", "opaque", "auto"] | None = "auto"
    stream: bool | None = False
    partial_images: int | None = Field(0, description="How many unfinished pictures a stream shows, 0 to 3.")
    seed: int | None = Field(
        None, description="Extension: the same seed draws the same picture; drawn by lot if not given."
    )
    plan: dict[str, Any] | str | None = Field(None, description="Extension: what to draw where, as JSON or YAML.")
    layers: bool | None = Field(False, description="Extension: answer each picture with its layers, too, as b64_ora.")
    without_unknown: bool | None = Field(False, description="Extension: draw what is known, and leave out the rest.")
    strict: bool | None = Field(
        False, description="Extension: refuse a plan that does not seem to say what the prompt says."
    )

    @property
    def form(self) -> str:
        return self.output_format or "png"

    @property
    def heeded(self) -> dict[str, bool]:
        """What planning heeds."""
        return {"strict": bool(self.strict), "without_unknown": bool(self.without_unknown)}

    def check(self, studio: Studio) -> None:
        """Raises a RequestError for what is not offered here."""
        if self.model is not None and self.model not in (studio.model, OWNER):
            raise RequestError(
                f"the model {self.model[:80]!r} is not served here; {studio.model} is", 404, "model", "model_not_found"
            )
        if self.response_format == "url":
            raise RequestError(
                "pictures are not kept at an address; take response_format b64_json", param="response_format"
            )
        if self.background == "transparent" and self.form == "jpeg":
            raise RequestError("jpeg holds no transparent pictures; take png or webp", param="output_format")
        if not 0 <= (self.partial_images or 0) <= MOST_PARTIAL:
            raise RequestError(
                f"partial_images is {self.partial_images}; give 0 to {MOST_PARTIAL}", param="partial_images"
            )
        if self.stream and self.n not in (None, 1):
            raise RequestError("a stream holds one picture; leave n out", param="n")


class Answer:
    """What becomes of one request: the events of its pictures as what the interface tells."""

    def __init__(
        self, asked: Generation, verb: str, sizes: Sequence[tuple[int, int]], ground: Ground | None = None
    ) -> None:
        self.asked, self.verb, self.created = asked, verb, int(time.time())
        self.previews = [Preview(size, ground) for size in sizes]
        self.remarks: list[list[str]] = [[] for _ in sizes]
        self.others: list[Plan | None] = [None for _ in sizes]
        self.drawn, self.shown = 0, 0

    def messages(self, events: Iterable[tuple[int, Event]], words: int) -> Iterator[Told | Finished | None]:
        """Partial pictures, if they are asked for, and for each finished one what an answer says of it."""
        partial = (self.asked.partial_images or 0) if self.asked.stream else 0
        for number, event in events:
            preview = self.previews[number]
            preview.add(event)
            match event:
                case Refused(error=error):
                    raise error
                case PlanReady(remark=remark, other=other):
                    self.remarks[number] += filter(None, [remark])
                    self.others[number] = other
                case Remarked(text=text):
                    self.remarks[number].append(text)
                case LayerTileDone(pixels=pixels) | TileDone(pixels=pixels):
                    self.drawn += pixels.size
                case ImageDone(image=image):
                    yield self._finished(number, image, words)
            due = (self.shown + 1) / (partial + 1)
            if self.shown < partial and preview.share >= due and not isinstance(event, ImageDone):
                yield f"{self.verb}.partial_image", self._partial(preview)
                self.shown += 1
            yield None

    def usage(self, words: int) -> dict[str, Any]:
        """Tokens that were read and drawn: words of the prompt, pixels of tiles."""
        details = {"text_tokens": words, "image_tokens": 0}
        total = words + self.drawn
        return {
            "input_tokens": words,
            "input_tokens_details": details,
            "output_tokens": self.drawn,
            "total_tokens": total,
        }

    def _partial(self, preview: Preview) -> dict[str, Any]:
        about = self._about(preview.image())
        return {
            "type": f"{self.verb}.partial_image",
            "partial_image_index": self.shown,
            "created_at": self.created,
            **about,
        }

    def _finished(self, number: int, picture: Picture, words: int) -> Finished:
        plan, other = (plan_to_data(one) if one else None for one in (picture.plan, self.others[number]))
        own: dict[str, Any] = {"seed": picture.seed, "plan": plan, "remarks": self.remarks[number], "other": other}
        if self.asked.layers and picture.layers:
            own["b64_ora"] = base64.b64encode(layered(picture)).decode()
        return {"number": number, **self._about(picture), **own, "usage": self.usage(words)}

    def _about(self, image: Image.Image) -> dict[str, Any]:
        data, is_transparent = encoded(image, self.asked.form, self.asked.background == "opaque")
        return {
            "b64_json": base64.b64encode(data).decode(),
            "background": "transparent" if is_transparent else "opaque",
            "output_format": self.asked.form,
            "quality": "auto",
            "size": f"{image.width}x{image.height}",
        }


def encoded(image: Image.Image, form: str, is_opaque: bool) -> tuple[bytes, bool]:
    """The file of a picture, and whether one sees through it somewhere. A PNG says how it was drawn."""
    is_transparent = image.mode == "RGBA" and not (is_opaque or form == "jpeg")
    if image.mode == "RGBA" and not is_transparent:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        opaque = white.convert("RGB")
        image = image.but(opaque) if isinstance(image, Picture) else opaque
    file = io.BytesIO()
    options = {"lossless": True} if form == "webp" else {"quality": 92} if form == "jpeg" else {}
    image.save(file, form.upper(), **options)
    return file.getvalue(), is_transparent


def layered(picture: Picture) -> bytes:
    """The OpenRaster file of a picture of layers."""
    with tempfile.TemporaryDirectory(prefix="tiledraw-") as folder:
        picture.save(path := Path(folder) / f"picture{LAYERED}")
        return path.read_bytes()


async def answer_whole(request: Request, answer: Answer, drawing: Drawing) -> dict[str, Any]:
    """The answer when all pictures are finished."""
    found: list[Finished] = []
    async with watching(drawing, request.receive):
        async for message in drawing:
            if isinstance(message, dict):
                found.append(message)
    if not found:
        raise RequestError("the client has left", 499)
    found.sort(key=lambda one: one.pop("number"))
    shared = {name: found[-1][name] for name in ("background", "output_format", "size")}
    kept = ("b64_json", "seed", "plan", "remarks", "other", "b64_ora")
    data = [{name: one[name] for name in kept if name in one} for one in found]
    return {"created": answer.created, "data": data, **shared, "usage": found[-1]["usage"]}


def answer_stream(answer: Answer, drawing: Drawing) -> Response:
    """The answer as it comes."""

    def told(message: Any) -> Iterator[Told]:
        if isinstance(message, Exception):
            yield "error", {"type": "error", **describe_error(message)[1]}
        elif isinstance(message, dict):
            del message["number"]
            kind = f"{answer.verb}.completed"
            yield kind, {"type": kind, "created_at": answer.created, **message}
        elif not isinstance(message, Waiting):
            yield message

    return EventStream(drawing, told)


def images_routes(studio: Studio) -> APIRouter:
    """The routes of the interface."""
    router = APIRouter(prefix="/v1")
    started = int(time.time())
    model = {"id": studio.model, "object": "model", "created": started, "owned_by": OWNER}

    @router.get("/models")
    def models() -> dict[str, Any]:
        """The model that is served."""
        return {"object": "list", "data": [model]}

    @router.get("/models/{name:path}")
    def one_model(name: str) -> dict[str, Any]:
        """The model of a name."""
        if name != studio.model:
            raise RequestError(
                f"the model {name[:80]!r} is not served here; {studio.model} is", 404, "model", "model_not_found"
            )
        return model

    @router.post("/images/generations", response_model=None)
    async def generations(asked: Generation, request: Request) -> Response | dict[str, Any]:
        """Draws pictures of a prompt."""
        asked.check(studio)
        size = _size(asked.size)
        plan = None if asked.plan is None else plan_from_data(asked.plan)
        seed = secrets.randbelow(2**32) if asked.seed is None else asked.seed
        background = "none" if asked.background == "transparent" else None
        count = 1 if asked.n is None else asked.n
        jobs = studio.jobs(asked.prompt, plan, size, seed, count, background=background, **asked.heeded)
        answer = Answer(asked, "image_generation", [job.size for job in jobs])
        words = len(studio.drawer.loaded.vocabulary.encode(asked.prompt))
        return await _answer(request, answer, studio.queue.submit(lambda: answer.messages(studio.draw(jobs), words)))

    @router.post("/images/edits", response_model=None, openapi_extra={"requestBody": _FORM})
    async def edits(request: Request) -> Response | dict[str, Any]:
        """Draws what a prompt, or a plan, changes of a picture of layers, where layers that stay keep their pixels; or
        draws over any other picture."""
        async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS) as form:
            texts = {name: value for name, value in form.items() if isinstance(value, str)}
            files = {name.removesuffix("[]"): value for name, value in form.items() if isinstance(value, UploadFile)}
            if "image" not in files:
                raise RequestError("the image is missing; send the picture to change", param="image")
            data, mask = await files["image"].read(), await files["mask"].read() if "mask" in files else None
        asked = Generation.model_validate({"prompt": "", **texts})
        asked.check(studio)
        if asked.n not in (None, 1):
            raise RequestError("a picture is changed in one way; leave n out", param="n")
        if not asked.prompt.strip() and asked.plan is None:
            raise RequestError("say what the picture is to show, by a prompt or a plan", param="prompt")
        read = (upload_to_change, data) if mask is None else (upload_to_cover, data, mask)
        found = await asyncio.to_thread(*read)
        words = len(studio.drawer.loaded.vocabulary.encode(asked.prompt))
        if isinstance(found, Ground):
            jobs = _jobs_over(found, asked, studio)
            answer = Answer(asked, "image_edit", [found.canvas_size], found)
            drawing = studio.queue.submit(lambda: answer.messages(studio.draw(jobs), words))
            return await _answer(request, answer, drawing)
        layered = found.drawn
        assert layered is not None
        size = layered.record.size if asked.size in (None, "auto") else _size(asked.size)
        studio.limits.check(1, size)
        seed = layered.record.seed if asked.seed is None else asked.seed
        answer = Answer(asked, "image_edit", [size], layered.ground)

        def work() -> Iterator[Told | Finished | None]:
            if asked.plan is not None:
                plan = plan_from_data(asked.plan)
            else:
                plan, remark = studio.changed(layered, asked.prompt, size, seed, **asked.heeded)
                answer.remarks[0] += filter(None, [remark])
            yield from answer.messages(studio.redraw(layered, plan, size, seed), words)

        return await _answer(request, answer, studio.queue.submit(work))

    return router


async def _answer(request: Request, answer: Answer, drawing: Drawing) -> Response | dict[str, Any]:
    return answer_stream(answer, drawing) if answer.asked.stream else await answer_whole(request, answer, drawing)


def _jobs_over(ground: Ground, asked: Generation, studio: Studio) -> list[Job]:
    """What is to be drawn over a picture."""
    if asked.size not in (None, "auto"):
        raise RequestError("a picture that is drawn over keeps its size; leave size out", param="size")
    if asked.background == "transparent":
        raise RequestError("a picture that is drawn over is the background; leave background out", param="background")
    seed = secrets.randbelow(2**32) if asked.seed is None else asked.seed
    plan = None if asked.plan is None else plan_from_data(asked.plan, NOTHING)
    return studio.jobs_over(ground, asked.prompt, plan, seed, 1, **asked.heeded)


def _size(size: str | None) -> tuple[int, int]:
    try:
        return as_size(DEFAULT_SIZE if size in (None, "auto") else size)
    except ValueError as error:
        raise RequestError(str(error), param="size") from None


_FIELDS = {
    "image": {
        "type": "string",
        "format": "binary",
        "description": "A PNG or .ora of layers that was drawn here, or any picture, to draw over.",
    },
    "mask": {
        "type": "string",
        "format": "binary",
        "description": "A PNG of the size of the image: layers are drawn over it only where that is transparent.",
    },
    "prompt": {"type": "string", "description": "What the picture is to show, or what to draw over it."},
    "plan": {
        "type": "string",
        "description": "Extension: what it is to show where, as YAML or JSON, in place of the prompt.",
    },
    "seed": {"type": "integer", "description": "Extension: that of the picture if not given."},
    "layers": {"type": "boolean", "description": "Extension: answer with the layers, too, as b64_ora."},
    **{name: {"type": "string"} for name in ("model", "size", "output_format", "background", "response_format")},
    "stream": {"type": "boolean"},
    "partial_images": {"type": "integer"},
}
_FORM = {
    "required": True,
    "content": {"multipart/form-data": {"schema": {"type": "object", "properties": _FIELDS, "required": ["image"]}}},
}
