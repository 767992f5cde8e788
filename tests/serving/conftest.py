"""A server in a thread, that draws with the tiny painter."""

import threading
from contextlib import contextmanager

import httpx
import pytest

from tiledraw.serving.app import make_app
from tiledraw.serving.guard import Key
from tiledraw.serving.history import History
from tiledraw.serving.limits import Limits
from tiledraw.serving.queueing import DrawingQueue
from tiledraw.serving.running import address_of, listen
from tiledraw.serving.studio import Studio


@contextmanager
def running(drawer, folder, limits=None, key=None):
    """A server, and the studio that it serves."""
    import uvicorn

    limits = limits or Limits(side=256, grace=5)
    studio = Studio(drawer, DrawingQueue(limits), History(folder), limits, "tiny")
    app = make_app(studio, Key(key) if key else None)
    with listen("127.0.0.1", 0) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield address_of(listening), studio
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive()


@pytest.fixture(scope="package")
def served(painter, tmp_path_factory):
    with running(painter, tmp_path_factory.mktemp("history")) as served:
        yield served


@pytest.fixture(scope="package")
def client(served):
    with httpx.Client(base_url=served[0], timeout=60) as client:
        yield client


@pytest.fixture(scope="package")
def run_server():
    """Runs a server for a drawer, in a folder."""
    return running


@pytest.fixture
def make_server(painter, tmp_path):
    """Starts servers with other limits, another drawer or a key."""
    return lambda drawer=painter, **options: running(drawer, tmp_path / "history", **options)


class Slow:
    """In place of a drawer: draws nothing until it is told to, and knows how many drawings have ended."""

    def __init__(self, loaded):
        self.loaded, self.go, self.begun, self.ended = loaded, threading.Event(), threading.Semaphore(0), 0

    def stream_all(self, jobs):
        self.begun.release()
        try:
            while not self.go.wait(0.01):
                yield 0, None  # which nobody takes for an event
        finally:
            self.ended += 1


@pytest.fixture
def slow(painter):
    slow = Slow(painter.loaded)
    yield slow
    slow.go.set()
