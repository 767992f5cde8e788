"""The app: routes behind their guard, and every error in one form.

Knows HTTP. Knows nothing about sockets or options.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tiledraw.common.extras import needs
from tiledraw.common.version import VERSION
from tiledraw.serving.errors import RequestError, error_response
from tiledraw.serving.guard import Guard, Key
from tiledraw.serving.images import images_routes
from tiledraw.serving.page import page_routes
from tiledraw.serving.queueing import QueueFullError, StoppedError, TooLongError
from tiledraw.serving.studio import Studio

with needs("serve"):
    from fastapi import FastAPI, HTTPException, Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import Response
    from pydantic import ValidationError
    from starlette.exceptions import HTTPException as AnyHTTPException

MISTAKES = (ValueError, QueueFullError, StoppedError, TooLongError, Exception)


def make_app(studio: Studio, key: Key | None = None) -> FastAPI:
    """The app of a studio; with a key, for those who know it."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        studio.queue.end()
        studio.history.close()

    app = FastAPI(
        title="tiledraw",
        version=VERSION,
        description="OpenAI's images interface, drawn in layers, with extensions.",
        docs_url=None,  # that page would load its scripts from elsewhere; the schema is what tools read
        redoc_url=None,
        lifespan=lifespan,
    )
    app.include_router(page_routes(studio, key))
    app.include_router(images_routes(studio))
    app.add_middleware(Guard, key=key, limits=studio.limits)

    async def told(_: Request, error: Exception) -> Response:
        return error_response(error)

    async def told_form(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError | ValidationError)
        first = error.errors()[0]
        place = [str(part) for part in first["loc"] if part != "body"]
        name = ".".join(place) or "the body"
        return error_response(RequestError(f"{name}: {first['msg']}", param=place[0] if place else None))

    async def told_status(_: Request, error: Exception) -> Response:
        assert isinstance(error, AnyHTTPException)
        sentence = {404: "there is no such address", 405: "this address takes another method"}
        return error_response(RequestError(sentence.get(error.status_code, str(error.detail)), error.status_code))

    app.add_exception_handler(RequestValidationError, told_form)
    app.add_exception_handler(ValidationError, told_form)
    for kind in (HTTPException, AnyHTTPException):
        app.add_exception_handler(kind, told_status)
    for mistake in MISTAKES:
        app.add_exception_handler(mistake, told)
    return app
