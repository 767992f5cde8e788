"""Limits: how much one client may ask for, and all together. Knows numbers. Knows nothing about requests or drawing."""

from __future__ import annotations

from dataclasses import dataclass


class TooLargeError(ValueError):
    """A picture that would do if it were smaller."""


@dataclass(frozen=True)
class Limits:
    """What a server takes on.

    Attributes:
        pictures: Of one request.
        side: Pixels a side.
        seconds: Of drawing, a request.
        at_once: Requests that are drawn at the same time; they share the workers' batches.
        waiting: Requests that wait for that.
        body: Bytes of a request in JSON.
        upload: Bytes of a request with pictures.
        grace: Seconds that what is being drawn has left when the server is told to stop.
    """

    pictures: int = 10
    side: int = 1024
    seconds: float = 600.0
    at_once: int = 4
    waiting: int = 32
    body: int = 2**18
    upload: int = 2**25
    grace: int = 30

    def check(self, pictures: int, size: tuple[int, int]) -> None:
        """Raises a ValueError of one sentence if a request asks for more."""
        if not 1 <= pictures <= self.pictures:
            raise ValueError(f"n is {pictures}; a request asks for 1 to {self.pictures} pictures")
        if max(size) > self.side:
            width, height = size
            raise ValueError(f"size {width}x{height} is larger than this server draws; a side has {self.side} at most")

    def check_ground(self, size: tuple[int, int]) -> None:
        """Raises a TooLargeError of one sentence if a picture is too large to be drawn over."""
        if max(size) > self.side:
            width, height = size
            raise TooLargeError(
                f"the picture has {width}x{height} pixels; this server draws over up to {self.side} a side: reduce it"
            )
