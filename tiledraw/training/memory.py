"""Memory of the C library: what a training step frees is kept for the next one.

Every step makes tensors of the same sizes. By default glibc hands large ones back to the system, which then clears each
page again: a tenth to a fifth of the time of a step on a CPU. Knows nothing about models or steps.
"""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt(3)
LARGEST = 32 << 20  # bytes; glibc takes no more


def keep_freed_memory() -> bool:
    """Whether the C library has such a switch, and took it."""
    if not sys.platform.startswith("linux") or not hasattr(library := ctypes.CDLL(None), "mallopt"):
        return False
    return bool(library.mallopt(_MMAP_THRESHOLD, LARGEST) and library.mallopt(_TRIM_THRESHOLD, 2**31 - 1))
