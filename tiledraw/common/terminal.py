"""The terminal: whatever is written to standard output and standard error goes through here, and is printable text.

Names, answers, labels and configurations come from anybody and may hold sequences that command a terminal, or letters
that its encoding lacks; a stream may be closed, full, or read by nobody. Knows streams and signals. Knows nothing about
what is said.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

LONGEST_LINE = 2000  # characters of a line on standard error
# Control characters but line feed and tab, what reverses or hides text, halves of characters, and tags that nobody sees
_COMMANDS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ufeff\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)


def printable(text: str) -> str:
    """A text with its commands to a terminal as Python writes them: `\\x1b`. Line feeds and tabs stay."""
    return _COMMANDS.sub(lambda found: ascii(found[0])[1:-1], text)


def cut(text: str, most: int) -> str:
    """A text of at most `most` characters: of a longer one beginning and end, which often says what would work."""
    end = most // 4
    return text if len(text) <= most else f"{text[: most - end - 3]}...{text[-end:]}"


class Terminal:
    """A stream whose text is printable. All else is as the stream does it.

    A carriage return that a text begins with is written: a progress bar draws itself anew by it.

    Args:
        stream: Where it goes; None if there is no such stream.
        name: What it is called in messages.
        is_said: Whether it only tells a person what happens. Then lines are cut, and one that can't be written is
            lost, since there is no place to say so.
    """

    def __init__(self, stream: Any, name: str, is_said: bool) -> None:
        self.stream, self.name, self.is_said = stream, name, is_said
        self._column = 0

    def __getattr__(self, name: str) -> Any:
        if self.stream is None:
            raise AttributeError(name)
        return getattr(self.stream, name)

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be written."""
        return self.stream is None

    def isatty(self) -> bool:
        return self.stream is not None and self.stream.isatty()

    def write(self, text: str) -> int:
        """Raises an OSError of one sentence where a result would be lost."""
        start = "\r" if text.startswith("\r") else ""
        shown = start + printable(text.removeprefix("\r"))
        if self.is_said:
            shown = self._with_short_lines(shown)
        if (encoding := getattr(self.stream, "encoding", None)) and encoding.lower() not in ("utf-8", "utf8"):
            shown = shown.encode(encoding, "backslashreplace").decode(encoding)
        self._try(lambda stream: stream.write(shown))
        return len(text)

    def flush(self) -> None:
        """Raises an OSError of one sentence where a result would be lost."""
        if self.stream is not None:
            self._try(lambda stream: stream.flush())

    def _with_short_lines(self, text: str) -> str:
        shown = []
        for line in text.split("\n"):
            if shown or line.startswith("\r"):
                self._column = 0
            room = max(0, LONGEST_LINE - self._column)
            shown.append(line if len(line) <= room else line[:room] + " ..." * (room > 0))
            self._column += len(line)
        return "\n".join(shown)

    def _try(self, act: Callable[[Any], object]) -> None:
        try:
            if self.stream is None:
                raise OSError("it is closed")
            act(self.stream)
        except (OSError, ValueError) as error:  # a ValueError of one that was closed
            if self.stream is not None:
                leave(self.stream)
            if self.is_said:
                self.stream = None
            elif isinstance(error, BrokenPipeError):
                raise
            else:
                reason = getattr(error, "strerror", None) or str(error)
                raise OSError(f"{self.name} can't be written to: {reason}") from None


def leave(stream: Any) -> None:
    """What is still to be written to a stream goes nowhere, also when the interpreter ends."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextmanager
def guarded() -> Iterator[None]:
    """A block whose standard output and standard error are printable."""
    out, error = sys.stdout, sys.stderr
    sys.stdout = Terminal(out, "standard output", is_said=False)  # type: ignore[assignment]
    sys.stderr = Terminal(error, "standard error", is_said=True)  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, error


def plain(stream: Any) -> Any:
    """The stream itself, for text that is known to be harmless, or whose commands are our own."""
    return stream.stream if isinstance(stream, Terminal) else stream


def keep_descriptors() -> None:
    """Where standard input, output or error were closed, nothing takes their numbers: a file that did would get what
    libraries say."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes the lowest number that is free


class Stopped(KeyboardInterrupt):
    """Somebody ends this process: everything is tidied up, as after Ctrl-C.

    Attributes:
        code: What it ends with.
    """

    def __init__(self, code: int) -> None:
        super().__init__()
        self.code = code


def stop_tidily() -> None:
    """From now on SIGINT, SIGTERM and SIGHUP raise `Stopped` in the main thread, unless they are ignored; a second one
    ends the process as it is."""
    owner = os.getpid()
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]

    def stop(number: int, frame: FrameType | None) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_DFL)
        if os.getpid() != owner:  # a fork, which has nothing to tidy up
            os.kill(os.getpid(), number)
        raise Stopped(128 + number)

    for number in numbers:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, stop)
