"""Running: an app answers at an address until somebody ends it, and then finishes what it draws.

Knows sockets, signals and uvicorn. Knows nothing about what is served.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from tiledraw.common.extras import needs

with needs("serve"):
    import uvicorn

LAST = 10  # seconds within which answers have ended that were told to
# seconds that a connection is kept open: one that is closed just as a client uses it again looks like a fault
IDLE = 75


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at an address; port 0: any that is free.

    Raises:
        ValueError: it can't be had; one sentence.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=128)
    except socket.gaierror:
        raise ValueError(f"the host {host!r} is no address of this machine; --host 127.0.0.1 is") from None
    except PermissionError:
        raise ValueError(f"port {port} may not be used; give --port a number from 1024 on") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sentence = f"port {port} of {host} is taken; give --port another one, or 0 for any that is free"
            raise ValueError(sentence) from None
        raise ValueError(f"{host} can't be listened at ({error.strerror}); --host 127.0.0.1 can") from None


def address_of(listening: socket.socket) -> str:
    """Where a browser finds a socket."""
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}/"


class _Server(uvicorn.Server):
    """Ends with exit code 0 when it is told to: calls `stopping` at once, and `ending` after a grace in seconds or at
    the second signal."""

    def __init__(
        self, config: uvicorn.Config, stopping: Callable[[], None], ending: Callable[[], None], grace: float
    ) -> None:
        super().__init__(config)
        self._stopping, self._ending, self._grace = stopping, ending, grace

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        self._loop = asyncio.get_running_loop()
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            self._loop.call_soon_threadsafe(self._ending)  # not here, in the midst of anything
            return
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._stopping)
        self._loop.call_soon_threadsafe(self._loop.call_later, self._grace, self._ending)


def serve(
    app: Any, listening: socket.socket, stopping: Callable[[], None], ending: Callable[[], None], grace: int
) -> None:
    """Answers until SIGINT or SIGTERM, and then to those who wait already. `stopping` is called at the signal, and
    `ending`, which has all answers end, `grace` seconds after it or at a second signal."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        use_colors=False,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=grace + LAST,
        timeout_keep_alive=IDLE,
        h11_max_incomplete_event_size=2**16,
        limit_concurrency=None,
    )
    server = _Server(config, stopping, ending, grace)
    asyncio.run(server.serve(sockets=[listening]))
