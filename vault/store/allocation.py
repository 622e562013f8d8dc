"""Memory while an import runs: kept from batch to batch instead of given back and asked for again.

Columns of a few megabytes come and go a thousand times. By default glibc returns such memory to the system
each time and the kernel hands it out again zeroed, page by page, which takes a seventh of the import; and
the garbage collector looks for cycles among records that have none. Elsewhere than on glibc only the
collector is paused.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["steady_memory"]

# malloc.h of glibc; what is not set here stays as it is.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEEP_BYTES = 64 << 20
_LARGE_BYTES = 32 << 20
_DEFAULT_BYTES = 128 << 10


@contextmanager
def steady_memory() -> Iterator[None]:
    """Keep freed memory within the process for a while; at the end what is free goes back."""
    libc = _glibc()
    collecting = gc.isenabled()
    gc.disable()
    if libc is not None:
        libc.mallopt(_M_TRIM_THRESHOLD, _KEEP_BYTES)
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
    try:
        yield
    finally:
        if collecting:
            gc.enable()
        if libc is not None:
            libc.mallopt(_M_TRIM_THRESHOLD, _DEFAULT_BYTES)
            libc.mallopt(_M_MMAP_THRESHOLD, _DEFAULT_BYTES)
            libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    """Return the C library if it is one that can be asked."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None
