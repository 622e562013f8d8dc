"""Collects the points of a track as columns, and takes out what is no measurement.

The idea: a point is an instant and a few texts. Numbers go straight into one array a column, eight bytes
each, so that a long track costs little; what recorders write for "unknown" is missing in all formats alike.
"""

from __future__ import annotations

from array import array
from datetime import UTC, datetime
from math import inf, nan
from typing import TYPE_CHECKING

import numpy as np

from vault.errors import InputError
from vault.time import UNKNOWN_OFFSET, instant_ns, parse_instant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Columns = dict[str, NDArray[np.float64]]

__all__ = ["NEVER_NEGATIVE", "Points", "clean", "instant_of", "number_of"]

NEVER_NEGATIVE = ("speed", "course", "horizontal_accuracy", "vertical_accuracy")
"""Apple writes -1 where it does not know."""
_NEVER_ZERO = ("heart_rate",)
_SENSORS = ("cadence", "power")
"""Zero from the first point to the last: there was no sensor, the recorder filled the column."""
_LIMITS = {"latitude": 90.0, "longitude": 180.0}
_LONGEST_NUMBER = 64
_MOST_COLUMNS = 64
"""A file of many names would make as many columns, each as long as the track."""
_MOST_CELLS = 1 << 24
"""The vault keeps no longer stream (``vault.store.streams``)."""
_LAST = instant_ns(datetime(2200, 1, 1, tzinfo=UTC))


def number_of(text: str) -> float | None:
    """Return a finite number, or None."""
    try:
        number = float(text) if len(text) <= _LONGEST_NUMBER else nan
    except ValueError:
        return None
    return number if -inf < number < inf else None


def instant_of(text: str) -> int | None:
    """Return an ISO 8601 instant between 1970 and 2199 as ns, or None; without an offset it is UTC."""
    return _parse(text)[0]


def _parse(text: str) -> tuple[int | None, int]:
    try:
        instant, offset_min = parse_instant(text.strip())
    except InputError:
        return None, UNKNOWN_OFFSET
    return (instant if 0 <= instant < _LAST else None), offset_min


class Points:
    """The points of one track, in the order they come.

    ``offset_min`` is the first UTC offset other than zero that a time was written with; ``untimed`` counts
    points without a time between 1970 and 2199; ``is_full`` says that more came than a stream may hold.
    """

    def __init__(self) -> None:
        self.offset_min = UNKNOWN_OFFSET
        self.untimed = 0
        self.is_full = False
        self._time = array("q")
        self._columns: dict[str, array[float]] = {}

    def __len__(self) -> int:
        """Return the number of points with a time."""
        return len(self._time)

    def add(self, time: str, values: dict[str, str]) -> bool:
        """Add a point; False if it was left."""
        instant, offset_min = _parse(time)
        if instant is None:
            self.untimed += 1
            return False
        row = len(self._time)
        if (row + 1) * (len(self._columns) + 1) > _MOST_CELLS:
            self.is_full = True
            return False
        self._time.append(instant)
        if offset_min and self.offset_min == UNKNOWN_OFFSET:  # Z means UTC, not that it was recorded there
            self.offset_min = offset_min
        for name, text in values.items():
            number = number_of(text)
            if number is not None:
                self._set(row, name, number)
        return True

    def finish(self) -> tuple[NDArray[np.int64], Columns, NDArray[np.int64]]:
        """Return instants, ascending, the columns that say something, and which point each row was.

        A point that is there twice counts once: Garmin ends a lap and begins the next with the same one.
        """
        time = np.array(self._time, np.int64)
        columns = {name: self._column(name) for name in self._columns}
        clean(columns)
        order = np.argsort(time, kind="stable")
        order = order[~_repeats(time[order], [column[order] for column in columns.values()])]
        columns = {name: column[order] for name, column in columns.items() if not np.isnan(column).all()}
        return time[order], columns, order

    def _set(self, row: int, name: str, number: float) -> None:
        column = self._columns.get(name)
        if column is None:
            if len(self._columns) == _MOST_COLUMNS:
                return
            column = self._columns[name] = array("d")
        if len(column) < row:
            column.extend([nan] * (row - len(column)))
        column.append(number)

    def _column(self, name: str) -> NDArray[np.float64]:
        values = np.array(self._columns[name], np.float64)
        return np.concatenate((values, np.full(len(self._time) - len(values), nan)))


def _repeats(time: NDArray[np.int64], columns: list[NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Mark rows that say the same as the row before, at the same instant."""
    same = np.zeros(len(time), np.bool_)
    same[1:] = time[1:] == time[:-1]
    for column in columns:
        same[1:] &= (column[1:] == column[:-1]) | (np.isnan(column[1:]) & np.isnan(column[:-1]))
    return same


def clean(columns: Columns) -> None:
    """Make missing, in place, what stands for "unknown"."""
    for name in (*NEVER_NEGATIVE, *_SENSORS):
        if name in columns:
            columns[name][columns[name] < 0] = nan
    for name in _NEVER_ZERO:
        if name in columns:
            columns[name][columns[name] <= 0] = nan
    for name in _SENSORS:
        if name in columns and not np.nan_to_num(columns[name]).any():
            columns[name][:] = nan
    _clean_places(columns)


def _clean_places(columns: Columns) -> None:
    """A place has both coordinates, on this earth, and is not 0, 0, which is where no fix was."""
    if not _LIMITS.keys() <= columns.keys():
        for name in _LIMITS.keys() & columns.keys():
            columns[name][:] = nan
        return
    latitude, longitude = (columns[name] for name in _LIMITS)
    good = (np.abs(latitude) <= _LIMITS["latitude"]) & (np.abs(longitude) <= _LIMITS["longitude"])
    good &= (latitude != 0) | (longitude != 0)
    latitude[~good] = longitude[~good] = nan
