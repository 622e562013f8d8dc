"""Reads what was recorded along a Nike activity: each metric on a clock of its own.

The idea: the metrics have different lengths and different clocks, so those that share one are a stream, and
nothing is filled in; only places are joined, latitude to longitude by their instant. Whether distances are
steps or a running total no document says; whichever fits the length of the run better is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.tracks import distance_m
from adapters.formats.values import LARGEST, LAST_NS, numbers, objects, text
from adapters.tables import table
from vault.time import MILLISECOND_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.formats.items import Json

__all__ = ["Series", "series_of"]

_PLACE = ("latitude", "longitude")
_LIMITS = (90, 180)
_FITS = 0.05
"""Share of the run by which a sum may miss it: pauses and the last metres are counted differently."""
_FEWEST = 2
"""One value is that of a run that was typed in, and its speed is a copy of its distance."""


@dataclass(frozen=True, slots=True)
class Series:
    """Columns on one clock: int64 [n] UTC ns, ascending; float64 [n] each, in the vault's units."""

    time: NDArray[np.int64]
    columns: dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class _Raw:
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    value: NDArray[np.float64]


def series_of(activity: Json, length_m: float | None) -> list[Series]:
    """Return the series of an activity, of which the length is known or not, places first."""
    raw = _raw(activity)
    found: dict[bytes, Series] = {}
    place = _places(*(raw.pop(name, None) for name in _PLACE))
    if place is not None:
        found[place.time.tobytes()] = place
        length_m = length_m or distance_m(place.columns, np.zeros(len(place.time), np.int64))
    for name, one in sorted(raw.items()):
        if name == "distance":
            time, value = one.end, _running_total(one.value, length_m)
        else:
            time, value = one.start, one.value
        if value is not None:
            found.setdefault(time.tobytes(), Series(time, {})).columns[name] = value
    return list(found.values())


def _raw(activity: Json) -> dict[str, _Raw]:
    """Return the metrics that are known, by column; of one that is there twice the longer."""
    found: dict[str, _Raw] = {}
    for metric in objects(activity.get("metrics")):
        known = _metrics().get((text(metric.get("type")), text(metric.get("unit")).upper()))
        if known is not None:
            column, factor = known
            one = _values(objects(metric.get("values")), column, factor)
            if len(one.start) >= _FEWEST and (
                column not in found or len(one.start) > len(found[column].start)
            ):
                found[column] = one
    return found


def _values(points: list[Json], column: str, factor: float) -> _Raw:
    start, end = (_instants([point.get(f"{name}_epoch_ms") for point in points]) for name in ("start", "end"))
    value = numbers([point.get("value") for point in points])
    good = (start > 0) & (end >= start) & (np.abs(value) <= LARGEST)
    if column in ("heart_rate", "cadence"):
        good &= value > 0
    order = np.argsort(start[good], kind="stable")
    return _Raw(start[good][order], end[good][order], value[good][order] * factor)


def _instants(said: list[object]) -> NDArray[np.int64]:
    """Return milliseconds since 1970 as ns, 0 for what is none."""
    ms = numbers(said)
    good = (ms > 0) & (ms < LAST_NS / MILLISECOND_NS)
    return np.where(good, ms, 0).astype(np.int64) * MILLISECOND_NS


def _places(latitude: _Raw | None, longitude: _Raw | None) -> Series | None:
    if latitude is None or longitude is None:
        return None
    time, north, east = np.intersect1d(latitude.start, longitude.start, return_indices=True)
    values = latitude.value[north], longitude.value[east]
    good = (np.abs(values[0]) <= _LIMITS[0]) & (np.abs(values[1]) <= _LIMITS[1])
    good &= (values[0] != 0) | (values[1] != 0)
    if not good.any():
        return None
    return Series(time[good], {name: value[good] for name, value in zip(_PLACE, values)})


def _running_total(value: NDArray[np.float64], length_m: float | None) -> NDArray[np.float64] | None:
    """Return distances as metres since the start, or None if that can't be told."""
    if not length_m or (value < 0).any():
        return None
    totals = [total for total in (np.cumsum(value), value) if (np.diff(total) >= 0).all()]
    best = min(totals, key=lambda total: abs(total[-1] - length_m))
    return best if abs(best[-1] - length_m) <= _FITS * length_m else None


@cache
def _metrics() -> dict[tuple[str, str], tuple[str, float]]:
    rows = table("adapters.nike", "metrics.csv")
    return {(row["type"], row["unit"]): (row["column"], float(row["factor"])) for row in rows}
