"""What a track says of its workout where nothing else does: distance, heart rate, pauses, and its stream.

The idea: only what points can carry. Distance is summed inside segments, on a sphere; climbing is not worked
out, because the noise of a GPS's height adds up to hills nobody climbed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vault.records import Stream
from vault.time import SECOND_NS, UNKNOWN_OFFSET, format_instant, zone_offsets

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from vault.records import Workout

    Columns = dict[str, NDArray[np.float64]]

__all__ = ["active_seconds", "distance_m", "heart_rate", "offset_at", "pauses", "segments", "stream_of"]

_RADIUS_M = 6_371_008.8
"""Mean radius of the earth, IUGG."""
_PAUSE_NS = 30 * SECOND_NS
_PAUSE_STEPS = 20
_MOST_PAUSES = 10_000
_MADE_UP = {"latitude": "", "longitude": "", "altitude": "virtual_altitude"}
"""What becomes of the places of a made-up world: its hills were felt, but nobody was up there."""


def segments(time: NDArray[np.int64], written: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each point's segment: as written, and parted where the recorder stood still.

    Many recorders stop at a pause without beginning a new segment. A gap of half a minute, and of twenty
    times the usual step for those that record now and then, is taken for one.
    """
    order = np.argsort(written, kind="stable")
    steps = np.diff(time[order])
    is_new = np.diff(written[order]) != 0
    within = steps[~is_new]
    if len(within):
        is_new |= steps >= max(_PAUSE_NS, _PAUSE_STEPS * int(np.median(within)))
    found = np.empty(len(time), np.int64)
    found[order] = np.concatenate(([0], np.cumsum(is_new)))
    return found


def distance_m(columns: Columns, segment: NDArray[np.int64]) -> float | None:
    """Return the length of the way inside segments, in metres, by the haversine formula; None without one."""
    if "latitude" not in columns:
        return None
    has_place = ~np.isnan(columns["latitude"])
    order = np.argsort(segment[has_place], kind="stable")
    part = segment[has_place][order]
    latitude, longitude = (np.radians(columns[name][has_place][order]) for name in ("latitude", "longitude"))
    half = np.sin(np.diff(latitude) / 2) ** 2
    half += np.cos(latitude[1:]) * np.cos(latitude[:-1]) * np.sin(np.diff(longitude) / 2) ** 2
    steps = 2 * _RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1)))
    steps = steps[part[1:] == part[:-1]]
    return round(float(steps.sum()), 2) if len(steps) else None


def heart_rate(columns: Columns) -> tuple[float | None, float | None]:
    """Return mean and highest heart rate of the points, 1/min."""
    if "heart_rate" not in columns:
        return None, None
    return round(float(np.nanmean(columns["heart_rate"])), 1), float(np.nanmax(columns["heart_rate"]))


def active_seconds(time: NDArray[np.int64], segment: NDArray[np.int64]) -> float:
    """Return the time inside segments, in seconds."""
    starts, ends = _bounds(time, segment)
    return float((ends - starts).sum()) / SECOND_NS


def pauses(time: NDArray[np.int64], segment: NDArray[np.int64]) -> list[dict[str, str]]:
    """Return the gaps between one segment and the next, as texts."""
    starts, ends = _bounds(time, segment)
    gaps = zip(ends[:-1][:_MOST_PAUSES], starts[1:][:_MOST_PAUSES])
    return [{"start": format_instant(a), "end": format_instant(b)} for a, b in gaps if a < b]


def _bounds(
    time: NDArray[np.int64], segment: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return first and last instant of each segment, by segment; ``time`` ascends."""
    order = np.argsort(segment, kind="stable")
    first = np.flatnonzero(np.diff(segment[order], prepend=-1))
    last = np.append(first, len(order))[1:] - 1
    return time[order][first], time[order][last]


def offset_at(instant: int, recorded: int, home: ZoneInfo | None) -> int:
    """Return the offset in minutes that was recorded, else that of the owner's zone, else unknown."""
    if recorded != UNKNOWN_OFFSET or home is None:
        return recorded
    return int(zone_offsets(np.array([instant], np.int64), home)[0])


def stream_of(workout: Workout, time: NDArray[np.int64], columns: Columns, *, virtual: bool) -> Stream:
    """Return the stream of a workout, without the places if they are those of a made-up world."""
    if virtual:
        named = {_MADE_UP.get(name, name): column for name, column in columns.items()}
        columns = {name: column for name, column in named.items() if name}
    return Stream(workout.key, workout.origin, time, columns)
