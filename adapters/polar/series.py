"""Reads what was recorded along an exercise: the series of both generations, routes, beats.

The idea: every series has its own clock. The older export writes a time beside each value; the newer one an
interval, counted from the exercise's start. Series of the same times are one stream, so that nothing has to
be filled in. A route whose clock does not touch the exercise's is laid on its start, because such clocks
exist, and a place an hour after the run is of no use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from adapters.formats.values import (
    clock_of,
    clocks_of,
    member,
    number,
    numbers,
    objects,
    seconds_of,
    snake,
    text,
)
from adapters.polar.documents import rows
from vault.time import DAY_NS, MILLISECOND_NS, MINUTE_NS, NO_INSTANT, SECOND_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.polar.documents import Json

    Clock = NDArray[np.int64]
    Values = NDArray[np.float64]

__all__ = ["Series", "beats_of", "route_of", "series_of"]

_LONGEST_STEP_MS = DAY_NS // MILLISECOND_NS
_LONGEST_BEAT_S = 3_600
"""Longer is no beat, and time that was not measured."""
_NEAR_NS = 2 * MINUTE_NS
_ROUTES = ("route", "transitionRoute")
_PLACES = ("latitude", "longitude")


@dataclass(frozen=True, slots=True)
class Series:
    """Columns on one clock: int64 [n] ns of a clock that shows local time, ascending; float64 [n] each."""

    clock: Clock
    columns: dict[str, Values]


def series_of(exercise: Json, start: int) -> list[Series]:
    """Return the series of an exercise that starts at a clock time, those of the same times together.

    Their order does not hang on the document's, so that the same series are the same streams again.
    """
    found: dict[bytes, Series] = {}
    for name, clock, values in (*_older(member(exercise, "samples")), *_newer(exercise, start)):
        column, divisor = _columns().get(name, (name, 1.0))
        if column == "heart_rate":
            values = np.where(values > 0, values, np.nan)
        known = clock != NO_INSTANT
        clock, values = _ascending(clock[known], values[known] / divisor)
        if not np.isnan(values).all():
            found.setdefault(clock.tobytes(), Series(clock, {})).columns[column] = values
    return sorted(found.values(), key=lambda series: min(series.columns))


def _older(samples: Json) -> Iterator[tuple[str, Clock, Values]]:
    for name, listed in samples.items():
        points = objects(listed)
        if points and name not in ("samples", "transitionSamples", "rr", "recordedRoute"):
            values = [point.get("value", point.get("currentPower")) for point in points]
            yield snake(name), clocks_of([point.get("dateTime") for point in points]), numbers(values)


def _newer(exercise: Json, start: int) -> Iterator[tuple[str, Clock, Values]]:
    for listed in objects(member(exercise, "samples").get("samples")):
        step, values = number(listed.get("intervalMillis")), listed.get("values")
        name = text(listed.get("type")).lower()
        if name and isinstance(values, list) and step is not None and 0 < step <= _LONGEST_STEP_MS:
            clock = start + np.arange(len(values), dtype=np.int64) * round(step * MILLISECOND_NS)
            yield name, clock, numbers(values)


def route_of(exercise: Json, start: int, stop: int) -> tuple[Series, int] | None:
    """Return the route, and by how many ns its clock was moved to touch the exercise; None without one."""
    clock, points = _waypoints(exercise)
    columns = {name: numbers([point.get(name) for point in points]) for name in (*_PLACES, "altitude")}
    latitude, longitude = (columns[name] for name in _PLACES)
    good = (np.abs(latitude) <= 90) & (np.abs(longitude) <= 180) & ((latitude != 0) | (longitude != 0))
    good &= clock != NO_INSTANT
    if not good.any():
        return None
    order = np.argsort(clock[good], kind="stable")
    clock = clock[good][order]
    columns = {name: column[good][order] for name, column in columns.items()}
    columns = {name: column for name, column in columns.items() if not np.isnan(column).all()}
    is_near = clock[0] <= stop + _NEAR_NS and clock[-1] >= start - _NEAR_NS
    moved = 0 if is_near else start - int(clock[0])
    return Series(clock + moved, columns), moved


def _waypoints(exercise: Json) -> tuple[Clock, list[Any]]:
    """Return the points of a route and their clock times."""
    older = objects(member(exercise, "samples").get("recordedRoute"))
    clocks, points = [clocks_of([point.get("dateTime") for point in older])], older
    for name in _ROUTES:
        route = member(member(exercise, "routes"), name)
        begin, newer = clock_of(route.get("startTime")), objects(route.get("wayPoints"))
        if begin is not None and newer:
            elapsed = numbers([point.get("elapsedMillis") for point in newer])
            known = (elapsed >= 0) & (elapsed < 7 * _LONGEST_STEP_MS)
            ns = (np.where(known, elapsed, 0) * MILLISECOND_NS).astype(np.int64)
            clocks.append(np.where(known, begin + ns, NO_INSTANT))
            points = points + newer
    return np.concatenate(clocks), points


def beats_of(exercise: Json, start: int) -> tuple[Clock, Clock, Values]:
    """Return start and end of the beats (ns) and their lengths (ms), counted from the exercise's start.

    While the sensor was offline time went on, but there was no beat.
    """
    found = objects(member(exercise, "samples").get("rr"))
    seconds = numbers([seconds_of(beat.get("duration")) for beat in found])
    length = (np.where(seconds < _LONGEST_BEAT_S, seconds, 0) * SECOND_NS).round().astype(np.int64)
    end = start + np.cumsum(length)
    is_beat = (length > 0) & np.array([beat.get("offline") is not True for beat in found], np.bool_)
    return (end - length)[is_beat], end[is_beat], length[is_beat] / MILLISECOND_NS


def _ascending(clock: Clock, values: Values) -> tuple[Clock, Values]:
    order = np.argsort(clock, kind="stable")
    return clock[order], values[order]


@cache
def _columns() -> dict[str, tuple[str, float]]:
    return {row["said"]: (row["column"], float(row["divisor"])) for row in rows("series.csv")}
