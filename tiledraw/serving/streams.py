"""Streams: what a drawing tells, as server-sent events. Knows HTTP. Knows nothing about pictures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, MutableMapping
from typing import Any

from tiledraw.common.extras import needs
from tiledraw.serving.errors import error_response
from tiledraw.serving.queueing import Drawing, watching

with needs("serve"):
    from fastapi.responses import Response

QUIET = 15.0  # seconds after which a stream says that it is still there
Told = tuple[str, dict[str, Any]]  # the kind of an event, and what it says


def server_sent(kind: str, data: dict[str, Any]) -> bytes:
    """An event, as browsers read it."""
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()


class EventStream(Response):
    """An answer that is written as a drawing goes on, and ends it when its client leaves. It begins with its first
    event, or when it has been quiet for long: what goes wrong before is a plain answer, with the status of its error.

    Args:
        drawing: What is drawn.
        told: The events that a message of the drawing, or an exception that ended it, is told as.
    """

    media_type = "text/event-stream"

    def __init__(self, drawing: Drawing, told: Callable[[Any], Iterable[Told]]) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self.drawing, self.told = drawing, told

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        async with watching(self.drawing, receive):
            has_begun = False
            async for chunk in self._chunks():
                if isinstance(chunk, Exception):
                    if not has_begun:
                        await error_response(chunk)(scope, receive, send)
                        return
                    chunk = b"".join(server_sent(*one) for one in self.told(chunk))
                if not has_begun:
                    await self._begin(send)
                    has_begun = True
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            if not has_begun:
                await self._begin(send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _begin(self, send: Any) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})

    async def _chunks(self) -> AsyncIterator[bytes | Exception]:
        """What is written, or, last, what went wrong."""
        messages = aiter(self.drawing)
        following = asyncio.ensure_future(anext(messages))
        try:
            while True:
                done, _ = await asyncio.wait((following,), timeout=QUIET)
                if not done:
                    yield b": still here\n\n"
                    continue
                try:
                    message = following.result()
                except StopAsyncIteration:
                    return
                except Exception as error:
                    yield error
                    return
                for kind, data in self.told(message):
                    yield server_sent(kind, data)
                following = asyncio.ensure_future(anext(messages))
        finally:
            following.cancel()
