"""The records of an activity as columns along its time.

The idea: a column has one name whichever of FIT's fields it came in (``speed``, ``enhanced_speed`` or packed
with the distance in three bytes); what has no name in the vault keeps FIT's or its developer's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from adapters.fit.heart import strap_heart_rate
from adapters.fit.tables import stream_columns
from vault.time import NO_INSTANT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.formats.fit import Columns, FitFile

    Named = dict[str, NDArray[np.float64]]

__all__ = ["Track", "track_of"]

_DEGREES = 180 / 2**31
"""Of one semicircle."""
_ELSEWHERE = frozenset(
    (
        *("timestamp", "position_lat", "position_long", "fractional_cadence", "compressed_speed_distance"),
        *("time256", "cadence256", "speed_1s", "activity_type"),
    )
)
_SENSORS = ("cadence", "power", "speed")
_MOST_COLUMNS = 60
_MOST_CELLS = 1 << 24
"""The vault keeps no longer stream."""


@dataclass(frozen=True, slots=True)
class Track:
    """Records by time: ``time`` int64 [n] ascending, columns float64 [n]; ``untimed`` had no instant."""

    time: NDArray[np.int64]
    columns: Named
    untimed: int

    def part(self, start: int, end: int) -> Track:
        """Return what lies in [start, end), with the columns that say something there."""
        at = slice(*np.searchsorted(self.time, (start, end)).tolist())
        columns = {name: column[at] for name, column in self.columns.items()}
        return Track(self.time[at], {name: c for name, c in columns.items() if not np.isnan(c).all()}, 0)


def track_of(fit: FitFile) -> Track:
    """Return the records of a file, heart rates the strap sent later among them."""
    records = fit.messages("record")
    time = fit.time(records)
    columns = _columns(records)
    order = np.argsort(time, kind="stable")
    order = order[time[order] != NO_INSTANT]
    columns = {name: column[order] for name, column in columns.items()}
    if any(part.has("hr") for part in (fit, *fit.following)):
        merged = strap_heart_rate(fit, time[order])
        said = columns.get("heart_rate", merged)
        columns["heart_rate"] = np.where(np.isnan(merged), said, merged)
    _clean(columns)
    return Track(time[order], columns, len(time) - len(order))


def _columns(records: Columns) -> Named:
    columns: Named = {}
    most = min(_MOST_COLUMNS, _MOST_CELLS // max(len(records), 1) - 1)
    names = stream_columns()
    columns.update(_packed(records))
    for field in [name for name in names if name in records]:
        _merge(columns, names[field], records.number(field))
    if "position_lat" in records and "position_long" in records:
        columns["latitude"] = records.number("position_lat") * _DEGREES
        columns["longitude"] = records.number("position_long") * _DEGREES
    if "cadence" in columns and "fractional_cadence" in records:
        columns["cadence"] += np.nan_to_num(records.number("fractional_cadence"))
    others = [name for name in records.numeric() if name not in names and name not in _ELSEWHERE]
    for name in others:
        if len(columns) < most:
            _merge(columns, name, records.number(name))
    return columns


def _merge(columns: Named, name: str, column: NDArray[np.float64]) -> None:
    """Put a column over the one of its name: where it has no value the one before stays."""
    columns[name] = np.where(np.isnan(column), columns[name], column) if name in columns else column


def _packed(records: Columns) -> Named:
    """Return speed (m/s) and distance (m), of 12 bits each, as old devices pack them; distance runs on."""
    if "compressed_speed_distance" not in records:
        return {}
    data = records.array("compressed_speed_distance")
    if data.shape[1] != 3:  # two numbers of 12 bits
        return {}
    known = np.isfinite(data).all(axis=1)
    low, middle, high = data[known].astype(np.int64).T
    speed, distance = (np.full(len(data), np.nan) for _ in range(2))
    speed[known] = (low | (middle & 0x0F) << 8) / 100
    steps = np.diff(middle >> 4 | high << 4, prepend=0) & 0xFFF
    distance[known] = np.cumsum(steps) / 16
    return {"speed": speed, "distance": distance}


def _clean(columns: Named) -> None:
    """Make missing, in place, what stands for "unknown", and drop the columns that say nothing."""
    if "heart_rate" in columns:
        columns["heart_rate"][columns["heart_rate"] <= 0] = np.nan
    for name in _SENSORS:  # zero from first to last: there was no sensor
        if name in columns and not np.nan_to_num(columns[name]).any():
            columns[name][:] = np.nan
    if "latitude" in columns:
        latitude, longitude = columns["latitude"], columns["longitude"]
        bad = (np.abs(latitude) > 90) | ((latitude == 0) & (longitude == 0))  # a pole
        bad |= np.isnan(latitude) | np.isnan(longitude)
        latitude[bad] = longitude[bad] = np.nan
    for name in [name for name, column in columns.items() if np.isnan(column).all()]:
        del columns[name]
