"""Memory of the C library: kept where it can be."""

import platform

from tiledraw.training.memory import keep_freed_memory


def test_freed_memory_is_kept_where_glibc_is():
    assert keep_freed_memory() == (platform.libc_ver()[0] == "glibc")
