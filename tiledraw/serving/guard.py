"""The guard: what is refused before anything of a request is read, and what every answer says to browsers.

- A server without a key answers only to the names of this machine, so that no page of a name that its owner points here
  (DNS rebinding) can speak to it.
- What changes something comes from our own page, or from no page at all.
- With a key, whoever does not know it gets nothing but the page that asks for it.
- A body is of a bounded length, whatever its head says.
- Browsers run nothing but our own files (content security policy).

Knows HTTP as ASGI has it. Knows nothing about routes but which of them are open to all.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from tiledraw.common.extras import needs
from tiledraw.serving.errors import RequestError, error_response
from tiledraw.serving.limits import Limits

with needs("serve"):
    from fastapi import HTTPException

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

COOKIE = "tiledraw"
OPEN = ("/", "/favicon.ico", "/api/login", "/health")  # without a key, as are the files of the page
STATIC = "/static/"
READING = ("GET", "HEAD", "OPTIONS")
UPLOADS = ("/v1/images/edits", "/api/open")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, repr=False)
class Key:
    """A secret that clients have to know; it is never printed."""

    secret: str

    @property
    def cookie(self) -> str:
        """What a browser keeps that has told the key."""
        return hmac.new(self.secret.encode(), b"tiledraw page", hashlib.sha256).hexdigest()

    def is_told(self, text: str) -> bool:
        """Whether a text is the key, in the same time for all texts."""
        return hmac.compare_digest(text.encode("utf-8", "surrogateescape"), self.secret.encode())

    def opens(self, authorization: str, cookie: str) -> bool:
        """Whether a request with these headers knows the key."""
        kind, _, told = authorization.partition(" ")
        if kind.lower() == "bearer" and self.is_told(told.strip()):
            return True
        values = (part.strip().partition("=") for part in cookie.split(";"))
        return any(
            name == COOKIE and hmac.compare_digest(value.encode("utf-8", "surrogateescape"), self.cookie.encode())
            for name, _, value in values
        )


class Guard:
    """Stands before an app."""

    def __init__(self, app: App, key: Key | None, limits: Limits) -> None:
        self.app, self.key, self.limits = app, key, limits

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                head = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                kept = {name for name, _ in message.get("headers", [])}
                if b"cache-control" not in kept:
                    head.append((b"cache-control", b"no-store"))
                message["headers"] = [*message.get("headers", []), *head]
            await send(message)

        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            self._check(scope, headers)
            most = self.limits.upload if scope["path"] in UPLOADS else self.limits.body
            check_length(headers.get("content-length"), most)
        except RequestError as error:
            await error_response(error)(scope, receive, send_with_headers)
            return
        await self.app(scope, bounded(receive, most), send_with_headers)

    def _check(self, scope: MutableMapping[str, Any], headers: dict[str, str]) -> None:
        host = headers.get("host", "")
        if self.key is None and not is_loopback(without_port(host)):
            raise RequestError("this server answers to localhost and 127.0.0.1 only", 421, code="wrong_host")
        if scope["method"] not in READING:
            origin, site = headers.get("origin"), headers.get("sec-fetch-site", "same-origin")
            if (origin is not None and origin.partition("://")[2] != host) or site not in ("same-origin", "none"):
                raise RequestError("requests of other sites are refused", 403, code="cross_site")
        path = scope["path"]
        if self.key is None or path in OPEN or path.startswith(STATIC):
            return
        if not self.key.opens(headers.get("authorization", ""), headers.get("cookie", "")):
            raise RequestError(
                "the key is missing or wrong; send it as Authorization: Bearer KEY", 401, code="invalid_api_key"
            )


def is_loopback(name: str) -> bool:
    """Whether only this machine reaches a name or an address, whoever answers for names."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def without_port(host: str) -> str:
    """The name in a Host header."""
    return (host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]).lower()


def check_length(length: str | None, most: int) -> None:
    """Raises a RequestError if a request says that its body is longer than `most` bytes."""
    if length is not None and (not length.isdecimal() or int(length[:20]) > most):
        raise RequestError(_too_long(most), 413, code="too_large")


def _too_long(most: int) -> str:
    return f"the request has more than {most:,} bytes, the most that are read"


def bounded(receive: Receive, most: int) -> Receive:
    """Reads no more of a body than `most` bytes, where its head did not say how long it is."""
    count = 0

    async def read() -> Message:
        nonlocal count
        message = await receive()
        count += len(message.get("body", b""))
        if count > most:
            raise HTTPException(413, _too_long(most))  # which whoever reads the body lets pass
        return message

    return read
