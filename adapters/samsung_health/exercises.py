"""Reads exercises, and what was recorded along them: a document of live values, one of places.

The idea: the two documents have clocks of their own, so they are two streams. Samsung writes 0 where it
measured nothing. Other documents of an exercise are the app's own bookkeeping and are left.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.counting import Count
from adapters.formats.values import number
from adapters.samsung_health.envelope import rows
from vault.records import Record, Rejection, Stream, Workout
from vault.time import DAY_NS, format_instant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.formats.batches import Batches
    from adapters.formats.sheets import Row
    from adapters.samsung_health.blobs import Blobs, Block
    from adapters.samsung_health.devices import Devices
    from adapters.samsung_health.entries import Entry
    from adapters.samsung_health.times import Span
    from vault.records import Origin

    Columns = dict[str, NDArray[np.float64]]

__all__ = ["Exercises"]

_LONGEST_NS = 7 * DAY_NS
_MOST_POINTS = 1 << 20
"""A week and a half of one a second."""
_CELLS = ("live_data", "location_data")
_PLACES = ("latitude", "longitude")


class Exercises:
    """The exercises of an export."""

    def __init__(self, devices: Devices, blobs: Blobs, batches: Batches) -> None:
        self._devices = devices
        self._blobs = blobs
        self._batches = batches

    def row(self, entry: Entry) -> Iterator[Record]:
        """Yield a workout and its streams."""
        span = entry.times.span(entry.row)
        if isinstance(span, str):
            yield entry.reject(span)
        elif span[1] - span[0] > _LONGEST_NS:
            yield entry.reject("bad-date")
        else:
            entry.count.use()
            workout = _workout(entry.row, span, self._devices.origin(entry.row))
            yield workout
            for cell in _CELLS:
                yield from self._stream(entry, cell, workout)
            self._add(entry.row, span, workout.origin)

    def end(self) -> Iterator[Record]:
        """Yield nothing."""
        yield from ()

    def _add(self, row: Row, span: Span, origin: Origin) -> None:
        """Add what the watch estimated in the end."""
        vo2_max = _positive(row, "vo2_max")
        if vo2_max is not None:
            self._batches.add("vo2_max", span[1], span[1], span[2], vo2_max, origin)

    def _stream(self, entry: Entry, cell: str, workout: Workout) -> Iterator[Record]:
        member = self._blobs.take(entry.table, entry.kind.datatype, entry.row.get(cell, ""))
        if member is None:
            return
        count = Count(member.name)
        told = [told for told in rows("streams.csv") if told["cell"] == cell]
        time, columns = yield from _points(self._blobs.blocks(member, count), count, told)
        self._blobs.done(member, count)
        if columns:
            yield Stream(workout.key, workout.origin, time, columns, told[0]["part"])


def _points(
    found: Iterator[Block | Rejection], count: Count, told: list[dict[str, str]]
) -> Generator[Record, None, tuple[NDArray[np.int64], Columns]]:
    """Return times and columns of a document, as many as a stream may hold, in order."""
    times = [np.empty(0, np.int64)]
    columns = {one["column"]: [np.empty(0)] for one in told}
    points = 0
    for block in found:
        if isinstance(block, Rejection):
            yield block
        elif points + len(block) > _MOST_POINTS:
            yield count.reject("too-large", points + 1, len(block))
        else:
            points += len(block)
            count.use(len(block))
            times.append(block.start)
            for one in told:
                columns[one["column"]].append(block.column(one["key"], float(one["above"])))
    time = np.concatenate(times)
    order = np.argsort(time, kind="stable")
    return time[order], _sound({name: np.concatenate(parts)[order] for name, parts in columns.items()})


def _workout(row: Row, span: Span, origin: Origin) -> Workout:
    start, end, offset_min = span
    code = (row.get("exercise_type") or "").removesuffix(".0")
    word, said = _exercises().get(code, ("other", "unknown"))
    duration = _positive(row, "duration")
    details: dict[str, object] = {"exercise_type": code, "exercise": said}
    return Workout(
        key=row.get("datauuid") or f"{code}|{format_instant(start)}",
        start=start,
        end=end,
        offset_min=offset_min,
        activity=word,
        origin=origin,
        duration_s=None if duration is None else duration / 1_000,
        distance_m=_positive(row, "distance"),
        energy_kcal=_positive(row, "calorie"),
        hr_mean=_positive(row, "mean_heart_rate"),
        hr_max=_positive(row, "max_heart_rate"),
        elevation_gain_m=_positive(row, "altitude_gain"),
        details=details | _details(row),
    )


def _details(row: Row) -> dict[str, object]:
    found: dict[str, object] = {}
    for told in rows("details.csv"):
        text = row.get(told["column"], "")
        value = number(text) if told["kind"] == "number" else None
        if told["kind"] == "text" and text:
            found[told["detail"]] = text
        elif value is not None and value > float(told["above"]):
            found[told["detail"]] = value
    return found


def _sound(columns: Columns) -> Columns:
    """Return the columns that say something; a place has both coordinates and is not where no fix was."""
    if columns.keys() >= set(_PLACES):
        latitude, longitude = (columns[name] for name in _PLACES)
        bad = ~((np.abs(latitude) <= 90) & (np.abs(longitude) <= 180) & ((latitude != 0) | (longitude != 0)))
        for name in _PLACES:
            columns[name] = np.where(bad, np.nan, columns[name])
    return {name: column for name, column in columns.items() if not np.isnan(column).all()}


def _positive(row: Row, column: str) -> float | None:
    value = number(row.get(column, ""))
    return value if value is not None and value > 0 else None


@cache
def _exercises() -> dict[str, tuple[str, str]]:
    return {row["code"]: (row["word"], row["said"]) for row in rows("exercises.csv")}
