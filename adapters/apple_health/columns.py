"""Reads a block of text as columns: windows at many places at once, and equal slices found together.

The idea: a slice that repeats is decoded once. ``intern`` compares each slice with the one before it, byte
by byte over whole columns, and looks up only where a new run begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Places = NDArray[np.int64]

__all__ = ["intern", "windows"]


def windows(text: Bytes, starts: Places, width: int) -> Bytes:
    """Copy ``width`` bytes from each of ``starts``: uint8 [n, width]. All must lie within the text."""
    if not len(starts):
        return np.empty((0, width), np.uint8)
    return np.lib.stride_tricks.sliding_window_view(text, width)[starts]


def intern(text: Bytes, starts: Places, ends: Places) -> tuple[NDArray[np.int32], list[bytes]]:
    """Return a code for each slice [start, end), and the distinct slices the codes stand for.

    No slice may be empty or hold NUL bytes.
    """
    codes = np.empty(len(starts), np.int32)
    known: dict[bytes, int] = {}
    lengths = ends - starts
    for length in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == length)
        slices = windows(text, starts[rows], length)
        is_new = np.ones(len(rows), bool)
        np.any(slices[1:] != slices[:-1], axis=1, out=is_new[1:])
        runs = slices[is_new].view(f"S{length}").ravel().tolist()
        for slice_ in dict.fromkeys(runs):
            known.setdefault(slice_, len(known))
        codes[rows] = np.array([known[slice_] for slice_ in runs], np.int32)[np.cumsum(is_new) - 1]
    return codes, list(known)
