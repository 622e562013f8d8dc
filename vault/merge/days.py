"""Where samples fall on local days: whole, or split at midnight in proportion to time.

A day is the sample's own (its recorded offset), else the home zone's. An interval that was recorded
in the home zone's offset is taken to have been lived at home, so its midnights are the civil ones of
a 23- or 25-hour day; any other keeps the offset of its start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.time import (
    DAY_NS,
    MINUTE_NS,
    UNKNOWN_OFFSET,
    date_of_day,
    day_start_ns,
    local_days,
    offsets_at,
    zone_offsets,
)

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

__all__ = ["Pieces", "split_at_midnight"]

_CLOCK_CHANGE_NS = 180 * MINUTE_NS
"""More than any zone moves its clock within a day; nearer to midnight than this is looked at closely."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Parts of n intervals, each within one local day: the first of each in its place, then the others.

    ``start``, ``end`` int64 [p] ns; ``day`` int64 [p] days since 1970-01-01; ``more`` int64 [p - n] are the
    intervals that the pieces from n on belong to, ascending.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    day: NDArray[np.int64]
    more: NDArray[np.int64]


def split_at_midnight(
    start: NDArray[np.int64], end: NDArray[np.int64], offset_min: NDArray[np.int16], home: ZoneInfo
) -> Pieces:
    """Cut intervals (int64 [n] ns, int16 [n] minutes) at each local midnight they contain."""
    local = offsets_at(start, offset_min, home)
    local *= MINUTE_NS
    local += start
    day = local // DAY_NS
    local += end - start
    local -= day * DAY_NS
    near = np.flatnonzero(local > DAY_NS - _CLOCK_CHANGE_NS)
    near = near[end[near] > start[near]]
    own = _ruling(start[near], offset_min[near], home)
    last = local_days(end[near] - 1, own, home).astype(np.int64)
    far = last > day[near]
    crossing, own, last = near[far], own[far], last[far]
    if not len(crossing):
        return Pieces(start, end, day, crossing)
    cut = _cut(start[crossing], end[crossing], own, day[crossing], last, home)
    first = np.diff(cut.more, prepend=-1) > 0
    end = end.copy()
    end[crossing], day[crossing] = cut.end[first], cut.day[first]
    return Pieces(
        np.concatenate((start, cut.start[~first])),
        np.concatenate((end, cut.end[~first])),
        np.concatenate((day, cut.day[~first])),
        crossing[cut.more[~first]],
    )


def _ruling(start: NDArray[np.int64], offset_min: NDArray[np.int16], home: ZoneInfo) -> NDArray[np.int16]:
    """Return the offset that rules each interval's midnights, unknown for one that was lived at home."""
    own = offset_min.copy()
    known = np.flatnonzero(own != UNKNOWN_OFFSET)
    own[known[own[known] == zone_offsets(start[known], home)]] = UNKNOWN_OFFSET
    return own


def _cut(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    own: NDArray[np.int16],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    home: ZoneInfo,
) -> Pieces:
    """Return all pieces of each interval together, with the interval of each in ``more``."""
    parts = last - first + 1
    row = np.repeat(np.arange(len(start)), parts)
    head = np.cumsum(parts) - parts
    day = first[row] + np.arange(len(row)) - head[row]
    begin = np.clip(_midnights(day, own[row], home), start[row], end[row])
    begin[head] = start
    finish = np.append(begin[1:], 0)
    finish[head + parts - 1] = end
    real = finish > begin  # a zone may skip a whole day when it moves across the date line
    return Pieces(begin[real], finish[real], day[real], row[real])


def _midnights(day: NDArray[np.int64], own: NDArray[np.int16], home: ZoneInfo) -> NDArray[np.int64]:
    """Return the instant at which each day begins, in its row's offset or at home."""
    begin = day * DAY_NS - own.astype(np.int64) * MINUTE_NS
    at_home = own == UNKNOWN_OFFSET
    if at_home.any():
        days, where = np.unique(day[at_home], return_inverse=True)
        starts = np.array([day_start_ns(date_of_day(one), home) for one in days.tolist()], np.int64)
        begin[at_home] = starts[where]
    return begin
