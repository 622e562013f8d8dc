"""Lays the places and speeds of the raw files along the activities they were recorded in.

The idea: each quantity is a file of its own, and what belongs together has the same instant. Only what lies
in an activity is kept. A place that is nowhere on this earth, which Withings writes too, is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from adapters.withings.layouts import rows
from vault.records import Stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.formats.counting import Count
    from adapters.withings.layouts import Kind
    from adapters.withings.raw import Bins
    from vault.records import Workout

    Column = tuple[NDArray[np.int64], NDArray[np.float64]]

__all__ = ["Places"]

_LIMITS = {"latitude": 90.0, "longitude": 180.0}


class Places:
    """Points by device and quantity, and the workouts they may belong to."""

    def __init__(self) -> None:
        self._workouts: list[Workout] = []
        self._points: dict[str, dict[str, list[Column]]] = {}

    def expect(self, workout: Workout) -> None:
        """Keep the points of a workout when they come."""
        self._workouts.append(workout)

    def add(self, bins: Bins, kind: Kind, count: Count) -> None:
        """Keep those of a quantity's values that lie in a workout."""
        told = next(row for row in rows("raw.csv") if row["quantity"] == kind.quantity)
        name = told["metric"]
        good = (bins.value > float(told["above"])) & (np.abs(bins.value) <= _LIMITS.get(name, np.inf))
        good &= self._in_workouts(bins.start)
        bins.tell(count, good, "of-no-activity")
        points = self._points.setdefault(kind.device, {}).setdefault(name, [])
        points.append((bins.start[good], bins.value[good]))

    def streams(self) -> Iterator[Stream]:
        """Yield the streams of the workouts."""
        for device, quantities in sorted(self._points.items()):
            joined = {name: _joined(parts) for name, parts in quantities.items()}
            for workout in self._workouts:
                time, columns = _along(workout, joined)
                if columns:
                    yield Stream(workout.key, workout.origin, time, columns, device)

    def _in_workouts(self, start: NDArray[np.int64]) -> NDArray[np.bool_]:
        spans = sorted((workout.start, workout.end) for workout in self._workouts)
        if not spans:
            return np.zeros(len(start), np.bool_)
        starts, ends = np.array(spans, np.int64).T
        latest = np.maximum.accumulate(ends)  # of all that began before
        before = np.searchsorted(starts, start, side="right") - 1
        return (before >= 0) & (start <= latest[before])


def _joined(parts: list[Column]) -> Column:
    time, value = (np.concatenate([part[at] for part in parts]) for at in (0, 1))
    time, first = np.unique(time, return_index=True)
    return time, value[first]


def _along(
    workout: Workout, quantities: dict[str, Column]
) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float64]]]:
    """Return the instants and columns of a workout; a place has both coordinates."""
    found = {}
    for name, (time, value) in quantities.items():
        first = np.searchsorted(time, workout.start)
        last = np.searchsorted(time, workout.end, side="right")
        if last > first:
            found[name] = time[first:last], value[first:last]
    if not found.keys() >= _LIMITS.keys():
        found = {name: column for name, column in found.items() if name not in _LIMITS}
    if not found:
        return np.empty(0, np.int64), {}
    every = np.unique(np.concatenate([time for time, _ in found.values()]))
    columns = {}
    for name, (time, value) in found.items():
        columns[name] = np.full(len(every), np.nan)
        columns[name][np.searchsorted(every, time)] = value
    if _LIMITS.keys() <= columns.keys():
        lost = np.isnan(columns["latitude"]) | np.isnan(columns["longitude"])
        for name in _LIMITS:
            columns[name][lost] = np.nan
    return every, columns
