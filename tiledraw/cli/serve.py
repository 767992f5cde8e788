"""`tiledraw serve`: a page and OpenAI's images interface at an address. Checks what it can before a model loads.

Knows options. Knows nothing about HTTP or how a picture is drawn.
"""

from __future__ import annotations

import os
import secrets
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from socket import socket

from tiledraw.cli.options import parse_options
from tiledraw.common.extras import needs, require
from tiledraw.common.values import MAX_SIDE, SIDE_STEP, parse_duration

KEY = "TILEDRAW_API_KEY"
SHORTEST_KEY = 16  # characters: whoever reaches the server may try as often as he likes


@dataclass(frozen=True)
class Options:
    """Serves a page that draws, and OpenAI's images interface (/v1), until Ctrl-C.

    Args:
        host: address to listen at; others than this machine's own need a key
        port: its port; 0 takes any that is free
        api_key: what clients and browsers have to know; better in the environment as TILEDRAW_API_KEY, since others on
            this machine can read command lines
        model: the painter in the package if not given, else a folder or a hub name
        thinker: who understands prompts, as for generate
        thinker_model: name of the model at the address that --thinker gives
        history: folder for the pictures that the page has drawn; if not given, one among your application data
        largest: pixels a side that a request may ask for
        waiting: how many requests may wait
        at_once: how many are drawn at the same time
        time_limit: of one request, such as 90s or 10m
    """

    host: str = "127.0.0.1"
    port: int = 8765
    api_key: str | None = None
    model: str | None = None
    thinker: str | None = None
    thinker_model: str | None = None
    history: str | None = None
    largest: int = 1024
    waiting: int = 32
    at_once: int = 4
    time_limit: str = "10m"

    def __post_init__(self) -> None:
        if not 0 <= self.port < 2**16:
            raise ValueError(f"port {self.port} is out of range; a port is 0 to 65535")
        if self.api_key is not None and len(self.api_key) < SHORTEST_KEY:
            like = secrets.token_urlsafe(SHORTEST_KEY)
            raise ValueError(f"the key has {len(self.api_key)} characters; give {SHORTEST_KEY} or more, such as {like}")
        if self.largest % SIDE_STEP or not SIDE_STEP <= self.largest <= MAX_SIDE:
            raise ValueError(f"--largest {self.largest} is no side; give a multiple of {SIDE_STEP} up to {MAX_SIDE}")
        if self.waiting < 0 or self.at_once < 1:
            raise ValueError("--waiting is 0 or more, and --at-once 1 or more")
        parse_duration(self.time_limit)


def run(argv: list[str]) -> int:
    options = parse_options(Options, argv, "serve")
    if options.api_key is None and (key := os.environ.get(KEY)):
        options = replace(options, api_key=key)
    require("serve")
    with needs("serve"):
        from tiledraw.serving.guard import is_loopback
        from tiledraw.serving.running import address_of, listen

    if options.api_key is None and not is_loopback(options.host):
        raise ValueError(f"others than this machine reach {options.host}, so it needs a key: --api-key or {KEY}")
    with listen(options.host, options.port) as listening:
        address = address_of(listening)
        return _serve(options, listening, address)


def _serve(options: Options, listening: socket, address: str) -> int:
    """Loads a model and serves it."""
    from tiledraw.drawing.drawer import Drawer
    from tiledraw.models.loading import PAINTER, load_model
    from tiledraw.serving.app import make_app
    from tiledraw.serving.guard import Key
    from tiledraw.serving.history import History
    from tiledraw.serving.limits import Limits
    from tiledraw.serving.queueing import DrawingQueue
    from tiledraw.serving.running import serve
    from tiledraw.serving.studio import Studio

    history = History(Path(options.history) if options.history else default_history())
    loaded = load_model(options.model or PAINTER)
    drawer = Drawer.of(loaded, options.thinker, options.thinker_model)
    drawer.prepare()
    limits = Limits(
        side=options.largest,
        seconds=parse_duration(options.time_limit),
        at_once=options.at_once,
        waiting=options.waiting,
    )
    named = {"--model": options.model, "--thinker": options.thinker, "--thinker-model": options.thinker_model}
    words = tuple(word for name, value in named.items() if value for word in (name, value))
    queue = DrawingQueue(limits)
    studio = Studio(drawer, queue, history, limits, loaded.name, words)
    print(f"tiledraw serves {address} (pictures in {history.folder}; Ctrl-C ends it)", file=sys.stderr, flush=True)
    app = make_app(studio, Key(options.api_key) if options.api_key else None)
    serve(app, listening, queue.stop, queue.cancel, limits.grace)
    print("tiledraw: stopped", file=sys.stderr)
    return 0


def default_history() -> Path:
    """Where pictures go if no folder is given."""
    with needs("serve"):
        from platformdirs import user_data_path

    return user_data_path("tiledraw", appauthor=False) / "history"
