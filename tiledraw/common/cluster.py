"""The cluster: one function runs on many pieces of work, on the machines of a Ray cluster or the cores of this one.

Work that is lost with its process or its machine is done again elsewhere. Results come to whoever asked, so machines
share no folder. Ray sends functions and results between the processes of the user's own cluster as pickles, and whoever
may join that cluster may run code on it.
Knows Ray. Knows nothing about what is done.
"""

from __future__ import annotations

import io
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from itertools import islice
from typing import Any, TypeVar

from tiledraw.common.extras import needs
from tiledraw.common.version import VERSION

W = TypeVar("W")
R = TypeVar("R")

MOST_RETRIES = 3  # how often a piece of work may be lost with its process or machine, and is done again
AHEAD = 2  # pieces of work under way or waiting for each core: nobody idles, and few results wait to be taken
LONGEST_NOTE = 200  # characters of what Ray has to say
LONGEST_CALL = 10.0  # seconds to reach the head of a cluster
HERE = "local"
# Of a cluster that is started here, read as Ray is imported: it is reached from this machine alone, and work that never
# fits into memory is not tried without end.
_ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_task_oom_retries": str(MOST_RETRIES)}


class Cluster:
    """A cluster that this process has joined. Threads may share it.

    Args:
        ray: The module.
        gpus: GPUs that each piece of work has to itself.
    """

    def __init__(self, ray: Any, gpus: int) -> None:
        self._ray, self._gpus = ray, gpus
        self._do = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=MOST_RETRIES)(_do)
        self._going = set[Any]()

    @property
    def places(self) -> int:
        """How many pieces of work are done at once. It changes as machines come and go."""
        found = self._ray.cluster_resources()
        return max(1, int(min(found.get("CPU", 0), found.get("GPU", 0) / self._gpus if self._gpus else float("inf"))))

    def spread(self, function: Callable[[W], R], works: Iterable[W]) -> Iterator[tuple[W, R]]:
        """Pieces of work and what a function of a module made of them, in the order in which they are done. When the
        iterator is closed, what is under way is given up.

        Raises:
            ValueError, OSError: the function raised it, or a machine has another version of this package.
            OSError: work was lost too often, or the cluster is.
        """
        left, waiting = iter(works), dict[Any, W]()
        try:
            while True:
                for work in islice(left, max(0, AHEAD * self.places - len(waiting))):
                    waiting[self._begin(function, work)] = work
                if not waiting:
                    return
                (done, *_), _ = self._ray.wait(list(waiting))
                result = self._result(done)
                yield waiting.pop(done), result
        finally:
            self._give_up(waiting)

    def call(self, function: Callable[[W], R], work: W) -> R:
        """What a function of a module makes of one piece of work; raises as `spread` does."""
        return self._result(self._begin(function, work))

    def give_up(self) -> None:
        """Ends what is under way; whoever waits for it gets an OSError."""
        self._give_up(list(self._going))

    def _begin(self, function: Callable[[W], R], work: W) -> Any:
        reference = self._do.remote(VERSION, function, work)
        self._going.add(reference)
        return reference

    def _result(self, reference: Any) -> Any:
        try:
            return self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, (ValueError, OSError)):
                raise error.cause from None
            raise  # a mistake of ours, with where it arose
        except self._ray.exceptions.RayError as error:
            raise OSError(f"the cluster did not do its work; what is finished is kept: {error}") from None
        finally:
            self._going.discard(reference)

    def _give_up(self, references: Iterable[Any]) -> None:
        for reference in references:
            self._going.discard(reference)
            self._ray.cancel(reference, force=True)


def whole_path(name: str) -> str:
    """A file or folder from the root on, since processes of a cluster may be elsewhere; any other name as it is."""
    return os.path.abspath(name) if os.path.exists(name) else name


def _do(version: str, function: Callable[[W], R], work: W) -> R:
    """What a process of the cluster does with a piece of work."""
    if version != VERSION:
        raise ValueError(f"a machine of the cluster has tiledraw {VERSION}, not {version}; install the same on all")
    os.environ["LOCAL_WORLD_SIZE"] = str(os.cpu_count() or 1)  # of the cores, one is its own
    try:
        return function(work)
    except ImportError as error:  # an extra that lacks there
        raise OSError(f"a machine of the cluster: {error}") from None


@contextmanager
def joined(address: str, gpus: bool = False) -> Iterator[Cluster]:
    """A cluster, as long as the block lasts.

    Args:
        address: HOST:PORT of one that runs, of which this machine is a part; "auto": that of RAY_ADDRESS, or else one
            of the cores that this process may use, which ends with the block.
        gpus: Whether work wants a GPU, where the cluster has any.

    Raises:
        MissingExtraError: Ray is not installed.
        OSError: there is no such cluster.
        ValueError: the address is none.
    """
    address = os.environ.get("RAY_ADDRESS", HERE) if address == "auto" else address
    if address not in (HERE, "auto"):
        _check(address)
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_COLOR_PREFIX": "0"}  # nothing is told to anybody
    options: dict[str, Any] = {"address": address}
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(_Notes()))
        parent = "/tmp" if os.path.isdir("/tmp") else None  # the names of sockets have to be short
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tiledraw-", dir=parent))
        if address == HERE:
            os.environ.update(_ALONE)
            cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
            options |= {"_temp_dir": folder, "num_cpus": cores, "include_dashboard": False}
        with needs("ray"):
            import ray
        with _own_signals(), _elsewhere(folder):
            try:
                ray.init(**options, log_to_driver=False, logging_level="ERROR")
            except Exception as error:  # Ray raises any
                raise OSError(f"the cluster {address} can't be joined: {error}") from None
        stack.callback(ray.shutdown)
        yield Cluster(ray, 1 if gpus and ray.cluster_resources().get("GPU") else 0)


def _check(address: str) -> None:
    """Raises a ValueError or an OSError if nobody is at an address, for whom Ray would wait some minutes."""
    host, _, port = address.rpartition(":")
    if not (host and port.isdecimal()) or "/" in host:
        raise ValueError(f"--cluster {address} is no address of a cluster; give auto, or HOST:PORT of its head")
    try:
        socket.create_connection((host, int(port)), LONGEST_CALL).close()
    except (OSError, OverflowError) as error:
        raise OSError(f"there is no cluster at {address}: {error}; `ray start --head` begins one") from None


class _Notes(io.TextIOBase):
    """What Ray prints about processes and machines that were lost, in a line each on standard error."""

    def write(self, text: str) -> int:
        for line in text.splitlines():
            if line.startswith("("):  # others are of its log
                print(line[:LONGEST_NOTE], file=sys.stderr)
        return len(text)


@contextmanager
def _own_signals() -> Iterator[None]:
    """Afterwards signals are handled as before: Ray would end the process at once on SIGTERM."""
    numbers = (signal.SIGTERM, signal.SIGINT) if threading.current_thread() is threading.main_thread() else ()
    handlers = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextmanager
def _elsewhere(folder: str) -> Iterator[None]:
    """A block with another current folder, which Ray makes the first place where processes of the cluster look for
    modules: none that happens to lie among somebody's pictures is run."""
    here = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)
