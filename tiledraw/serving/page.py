"""The page: its files, and what its scripts ask for. Knows HTTP. Knows nothing about how a picture is drawn."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Iterator
from importlib import resources
from typing import Any

from tiledraw.common.extras import needs
from tiledraw.common.values import MAX_SIDE, SIDE_STEP, as_size
from tiledraw.common.version import VERSION
from tiledraw.drawing.ground import Ground
from tiledraw.drawing.job import Job
from tiledraw.drawing.picture import LAYERED
from tiledraw.drawing.restacking import open_layered, told_planned
from tiledraw.language.attributes import BACKGROUNDS, COLOURS, MOST_TURNED, NOTHING, PATTERNS, STYLES
from tiledraw.language.plan import MAX_PLACEMENTS
from tiledraw.language.subjects import known_subjects
from tiledraw.serving.errors import RequestError, describe_error
from tiledraw.serving.guard import COOKIE, Key
from tiledraw.serving.opening import Opened, upload_to_change, upload_to_cover
from tiledraw.serving.plans import plan_from_data
from tiledraw.serving.queueing import Waiting
from tiledraw.serving.streams import EventStream
from tiledraw.serving.studio import Studio
from tiledraw.serving.telling import Teller, Told, data_address, entry_to_data, mask_address

with needs("serve"):
    from fastapi import APIRouter, Request
    from fastapi.responses import FileResponse, Response
    from pydantic import BaseModel

_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FILE = re.compile(r"[a-z][a-z0-9-]*\.(?:html|css|js|svg)")
_STORED = {".png": "image/png", LAYERED: "image/openraster"}


class Asked(BaseModel):
    """What the page asks for: pictures of a sentence or of a plan, over another picture if one is named, where a mask
    is transparent; or (with `base`) what a plan changes of a picture. Pictures are named by their ids of the history,
    and a mask is a PNG in base64."""

    prompt: str = ""
    size: str | int = 256
    seed: str | int = 0
    n: int = 1
    plan: dict[str, Any] | str | None = None
    base: str | None = None
    over: str | None = None
    mask: str | None = None
    without_unknown: bool = False


class Login(BaseModel):
    """A key."""

    key: str


def tell_page(message: Any) -> Iterator[Told]:
    """What a drawing says, as the page hears of it."""
    if isinstance(message, Exception):
        yield "error", describe_error(message)[1]["error"]
    elif isinstance(message, Waiting):
        yield "waiting", {"before": message.before}
    else:
        yield message


def page_routes(studio: Studio, key: Key | None) -> APIRouter:
    """The routes of the page."""
    router = APIRouter(include_in_schema=False)
    history, limits = studio.history, studio.limits

    @router.get("/")
    def index() -> Response:
        return _static("index.html")

    @router.get("/favicon.ico")
    def icon() -> Response:
        return _static("icon.svg")

    @router.get("/static/{name}")
    def static(name: str) -> Response:
        return _static(name)

    @router.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.post("/api/login")
    def login(told: Login, request: Request) -> Response:
        if key is None or not key.is_told(told.key):
            raise RequestError("the key is wrong", 401, "key", "invalid_api_key")
        response = Response(status_code=204)
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, key.cookie, httponly=True, samesite="strict", secure=secure)
        return response

    @router.get("/api/about")
    def about() -> dict[str, Any]:
        knowledge = studio.drawer.loaded.knowledge
        return {
            "version": VERSION,
            "model": studio.model,
            "options": studio.options,
            "paints": knowledge.paints,
            "subjects": [{"name": one.name, "chinese": one.chinese} for one in known_subjects(knowledge.subjects)],
            "colours": COLOURS,
            "backgrounds": [name for name in BACKGROUNDS if name in COLOURS or _knows(name)],
            "patterns": PATTERNS,
            "styles": STYLES,
            "most": {
                "pictures": limits.pictures,
                "side": min(limits.side, MAX_SIDE),
                "step": SIDE_STEP,
                "placements": MAX_PLACEMENTS,
                "turned": MOST_TURNED,
            },
        }

    def _knows(background: str) -> bool:
        knowledge = studio.drawer.loaded.knowledge
        return background == "none" or not knowledge.backgrounds or background in knowledge.backgrounds

    @router.post("/api/draw")
    async def draw(asked: Asked) -> Response:
        size, seed = as_size(asked.size), _seed(asked.seed)
        unsaid = "white" if asked.over is None else NOTHING
        plan = None if asked.plan is None else await asyncio.to_thread(plan_from_data, asked.plan, unsaid)
        base = history.layered_file(asked.base) if asked.base is not None else None
        over = history.file(asked.over) if asked.over is not None else None
        mask = None if asked.mask is None else _mask(asked.mask)
        if base is not None and (plan is None or over is not None):
            raise RequestError("say by a plan what changes of the picture, and nothing over it", param="plan")
        if mask is not None and over is None:
            raise RequestError("a mask says where a picture is drawn over; say which", param="over")
        more = {"without_unknown": asked.without_unknown}
        jobs = []
        if over is not None:
            ground = await asyncio.to_thread(lambda: upload_to_cover(over.read_bytes(), mask))
            jobs = studio.jobs_over(ground, asked.prompt, plan, seed, asked.n, **more)
        elif base is None:
            jobs = studio.jobs(asked.prompt, plan, size, seed, asked.n, **more)

        def work() -> Iterator[Told | None]:
            tellers = [Teller(number, job, history) for number, job in enumerate(jobs)]
            if base is None:
                events = studio.draw(jobs)
            elif (layered := open_layered(base)) is None:
                raise RequestError("the picture is not made of layers; draw it anew", param="base")
            else:
                assert plan is not None
                events = studio.redraw(layered, plan, size, seed)
                tellers = [Teller(0, Job("a change", size, seed, over=layered.ground), history)]
            for number, event in events:
                yield from tellers[number].tell(event)
                yield None

        return EventStream(studio.queue.submit(work), tell_page)

    @router.get("/api/pictures")
    def pictures(before: int | None = None, count: int = 30) -> dict[str, Any]:
        return {"pictures": [entry_to_data(entry) for entry in history.newest(before, count)]}

    @router.get("/api/pictures/{name}")
    def picture(name: str) -> dict[str, Any]:
        return entry_to_data(history.entry(name))

    @router.delete("/api/pictures/{name}")
    def remove(name: str) -> Response:
        history.remove(name)
        return Response(status_code=204)

    @router.get("/api/pictures/{name}/thumbnail")
    def thumbnail(name: str) -> Response:
        return Response(history.thumbnail(name), media_type="image/png", headers=_KEPT)

    @router.get("/api/pictures/{name}/layers")
    def layers(name: str) -> dict[str, Any]:
        found, layered = history.layers(name), told_planned(history.layered_file(name))
        shown = [{"x": x, "y": y, "png": data_address(image)} for x, y, image in found]
        return {"layers": shown, "mask": mask_address(layered.ground) if layered else None}

    @router.get("/api/pictures/{name}/file{suffix}")
    def file(name: str, suffix: str) -> Response:
        if suffix not in _STORED:
            raise RequestError(f"pictures are kept as {' and '.join(_STORED)}", 404, code="not_found")
        return FileResponse(history.file(name, suffix), media_type=_STORED[suffix], headers=_KEPT)

    @router.post("/api/open")
    async def open_file(request: Request) -> dict[str, Any]:
        """Keeps a picture that somebody sends: one of layers, to change its plan, or any other, to draw over it, as is
        one whose ground is not in its file."""
        data = await request.body()
        found = await asyncio.to_thread(upload_to_change, data)
        if isinstance(found, Opened) and found.is_whole:
            return entry_to_data(await asyncio.to_thread(history.add_opened, found))
        ground = found if isinstance(found, Ground) else await asyncio.to_thread(upload_to_cover, data)
        limits.check_ground(ground.size)
        return entry_to_data(await asyncio.to_thread(history.add_ground, ground))

    return router


_KEPT = {"Cache-Control": "private, max-age=31536000, immutable"}  # a picture never changes


def _seed(seed: str | int) -> int:
    """A seed, which is a text where it is larger than the numbers of JavaScript."""
    if isinstance(seed, str) and not re.fullmatch(r"\d{1,20}", seed):
        raise RequestError("the seed is no whole number; give one from 0 to 2^64 - 1", param="seed")
    return int(seed)


def _mask(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise RequestError("the mask is no PNG in base64", param="mask") from None


def _static(name: str) -> Response:
    """A file of the page."""
    file = resources.files("tiledraw.serving").joinpath("static", name)
    if not _FILE.fullmatch(name) or not file.is_file():
        raise RequestError("there is no such page", 404, code="not_found")
    kind = _TYPES[name[name.rindex(".") :]]
    return Response(file.read_bytes(), media_type=kind, headers={"Cache-Control": "no-cache"})
