"""What a value of the night is of: a window within it, or the whole of it, as its source notes.

A window before midnight is of the same night as those after, so it counts on the day of waking; and who tells
the mean of a whole night has said what the windows are for. Of two nights of one day the longest speaks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from vault.metrics import find
from vault.time import HOUR_NS, local_days

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

__all__ = ["METRICS", "whole_rows", "window_of", "windows_of"]

METRICS = frozenset({"hrv_rmssd"})
"""Metrics of which devices tell both, and say so in notes."""

_PART, _WHOLE = 1, 2
_NIGHT = "night"
_WINDOW = re.compile(rf"{_NIGHT}|\d{{1,3}}min")
_TO_MIDNIGHT_NS = 6 * HOUR_NS
"""A window after 18:00 is of the night that ends on the morrow."""


def windows_of(metric: str, note: NDArray[np.int32], notes: Sequence[str]) -> NDArray[np.int8] | None:
    """Return what each row (int32 [n], indices of ``notes`` or -1) is of; None if none is of a night.

    A metric that is the mean of a sleep by its definition needs no note.
    """
    known = find(metric)
    if known is not None and known.time == "night" and known.rollup == "mean":
        return np.full(len(note), _WHOLE, np.int8)
    kinds = [_kind(window_of(text)) for text in notes] if metric in METRICS else []
    return np.array([*kinds, 0], np.int8)[note] if any(kinds) else None


@lru_cache(maxsize=4096)
def window_of(note: str) -> str:
    """Return the window a note (JSON) states: "night", "5min"; "" where it states none."""
    said = json.loads(note)
    window = said.get("window") if isinstance(said, dict) else None
    return window if isinstance(window, str) and _WINDOW.fullmatch(window) else ""


def _kind(window: str) -> int:
    return _WHOLE if window == _NIGHT else _PART if window else 0


def _wake_days(
    end: NDArray[np.int64], offset_min: NDArray[np.int16], windows: NDArray[np.int8], home: ZoneInfo
) -> NDArray[np.int32]:
    """Return the local day each row counts on, days since 1970-01-01; that of waking for those of a night."""
    return local_days(end + np.where(windows == _PART, _TO_MIDNIGHT_NS, 0), offset_min, home)


def whole_rows(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    offset_min: NDArray[np.int16],
    source: NDArray[np.int32],
    home: ZoneInfo,
    *,
    nightly: bool,
    windows: NDArray[np.int8] | None,
) -> tuple[NDArray[np.bool_] | slice, NDArray[np.int32]]:
    """Return which rows count that are not split, and the local day of each of those.

    With ``windows`` it is that of the night, else, of ``nightly`` rows, that of their end, or of their start.
    """
    if windows is None:
        return slice(None), local_days(end if nightly else start, offset_min, home)
    waking = _wake_days(end, offset_min, windows, home)
    counts = _of_the_night(start, end, waking, source, windows)
    return counts, waking[counts]


def _of_the_night(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    day: NDArray[np.int32],
    source: NDArray[np.int32],
    windows: NDArray[np.int8],
) -> NDArray[np.bool_]:
    """Say which rows count: where there is one of a whole night, of each source that of its longest night.

    Of nights of one length the last speaks; what is told twice of the same span counts as it is told.
    """
    whole = np.flatnonzero(windows == _WHOLE)
    counts: NDArray[np.bool_] = ~np.isin(day, day[whole])
    length = end - start
    order = whole[np.lexsort((end[whole], length[whole], source[whole], day[whole]))]
    is_last = np.append((np.diff(day[order]) != 0) | (np.diff(source[order]) != 0), True)[: len(order)]
    speaker = order[np.flatnonzero(is_last)[np.cumsum(is_last) - is_last]]
    counts[order] = (length[order] == length[speaker]) & (end[order] == end[speaker])
    return counts
