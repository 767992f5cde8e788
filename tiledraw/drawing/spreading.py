"""Spreading: many jobs, drawn on a cluster, a few together -> the events that one process would give.

Knows jobs, models by their names, and clusters. Knows nothing about files, or how a picture is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tiledraw.common.cluster import Cluster, whole_path
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.events import Event, ImageDone, PlanReady, Refused, Remarked
from tiledraw.drawing.job import Job
from tiledraw.models.loading import LoadedModel, load_model

MOST_TOGETHER = 8  # pictures that one process draws side by side: more take the same time each
TOLD = (PlanReady, Remarked, ImageDone, Refused)  # events that leave the process; the others would only be counted


@dataclass(frozen=True)
class Painter:
    """What draws in each process, with which the pictures of all are alike.

    Attributes:
        name: Of the model, as pictures tell it.
        place: Where it is found: a folder, or a name.
        weights: Hash of them.
        thinker: A folder, a name, or the address of an endpoint.
        thinker_model: Its name there.
    """

    name: str
    place: str
    weights: str
    thinker: str | None = None
    thinker_model: str | None = None

    @classmethod
    def of(cls, loaded: LoadedModel, thinker: str | None, thinker_model: str | None) -> Painter:
        return cls(loaded.name, whole_path(loaded.name), loaded.weights, thinker and whole_path(thinker), thinker_model)


@dataclass(frozen=True)
class Share:
    """Jobs that one process draws side by side, by their numbers."""

    painter: Painter
    jobs: dict[int, Job]


def stream_spread(cluster: Cluster, painter: Painter, jobs: Sequence[Job]) -> Iterator[tuple[int, Event]]:
    """Draws pictures on a cluster: events with the number of their picture, as `Drawer.stream_all` gives them, but only
    plans, remarks, pictures and refusals.

    Raises:
        ValueError: a machine of the cluster has another model of that name, or none.
        OSError: the cluster is lost.
    """
    size = max(1, min(MOST_TOGETHER, len(jobs) // (2 * cluster.places)))
    numbered = dict(enumerate(jobs))
    shares = [
        Share(painter, {n: numbered[n] for n in range(start, min(start + size, len(jobs)))})
        for start in range(0, len(jobs), size)
    ]
    for _, events in cluster.spread(draw_share, shares):
        yield from events


def draw_share(share: Share) -> list[tuple[int, Event]]:
    """The events of a share, in the process that draws it."""
    drawer, numbers = _drawer(share.painter), list(share.jobs)
    events = drawer.stream_all(map(drawer.settled, share.jobs.values()))
    return [(numbers[number], event) for number, event in events if isinstance(event, TOLD)]


@lru_cache(1)
def _drawer(painter: Painter) -> Drawer:
    loaded = replace(load_model(painter.place), name=painter.name)
    if loaded.weights != painter.weights:
        raise ValueError(f"a machine of the cluster has another model {painter.name}; put the same on all")
    return Drawer.of(loaded, painter.thinker, painter.thinker_model)
