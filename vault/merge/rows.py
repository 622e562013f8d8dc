"""Samples on their local days, with the sources in order: the table every daily value is read from.

Days and sources are small indices, so that whatever is asked of a day and a source is one bincount.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vault.merge.days import split_at_midnight
from vault.merge.windows import of_the_night, wake_days
from vault.time import DAY_NS, local_days

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

__all__ = ["LONGEST_NS", "Rows", "place"]

LONGEST_NS = 31 * DAY_NS
"""A total over more than this says nothing of one day: it neither counts nor covers others."""

_DECIMALS = 2
"""Who rounds, rounds to as many or fewer."""
_HAIR = 1e-9


@dataclass(frozen=True, slots=True)
class Rows:
    """Samples on their days: columns of n rows, with the days and sources that occur.

    ``day`` and ``source`` are int64 and int16 [n], indices of ``days`` (int32 [m], ascending) and of
    ``sources`` (int64 [k], best first).
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    value: NDArray[np.float64]
    day: NDArray[np.int64]
    source: NDArray[np.int16]
    days: NDArray[np.int32]
    sources: NDArray[np.int64]

    def table(self, weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Return sums of weights (or counts) by day and source, float64 [m, k]."""
        shape = len(self.days), len(self.sources)
        cell = self.day * shape[1] + self.source
        return np.bincount(cell, weights, shape[0] * shape[1]).reshape(shape).astype(np.float64, copy=False)

    def canonical(self) -> Rows:
        """Return the rows by source (best first), start, end, value: float sums then have one order."""
        start, end, value = self.start, self.end, self.value
        order = np.argsort(start, kind="stable")
        if len(self.sources) > 1:
            order = order[np.argsort(self.source[order], kind="stable")]
        tied = (np.diff(start[order]) == 0) & (np.diff(self.source[order]) == 0)
        if tied.any():
            again = np.append(tied, False) | np.append(False, tied)
            some = order[again]
            order[again] = some[np.lexsort((value[some], end[some], start[some], self.source[some]))]
        return self._at(order)

    def without_roundings(self) -> Rows:
        """Return canonical rows without those that round another of the same source and span: one value.

        Moments stay: within a second there may be two readings.
        """
        pair = np.flatnonzero((np.diff(self.start) == 0) & (self.end > self.start)[:-1])
        pair = pair[(self.end[pair] == self.end[pair + 1]) & (self.source[pair] == self.source[pair + 1])]
        low, high = self.value[pair], self.value[pair + 1]
        rounded = np.concatenate((pair[_rounds(low, high)], pair[_rounds(high, low)] + 1))
        return self._at(np.delete(np.arange(len(self.start)), rounded)) if len(rounded) else self

    def _at(self, rows: NDArray[np.int64]) -> Rows:
        return replace(
            self,
            start=self.start[rows],
            end=self.end[rows],
            value=self.value[rows],
            day=self.day[rows],
            source=self.source[rows],
        )


def place(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    offset_min: NDArray[np.int16],
    value: NDArray[np.float64],
    source: NDArray[np.int32],
    *,
    rank: Sequence[int],
    home: ZoneInfo,
    split: bool,
    nightly: bool,
    windows: NDArray[np.int8] | None = None,
) -> Rows:
    """Put samples on their local days, split at midnight when asked, and their sources in order."""
    if split and (end - start > LONGEST_NS).any():
        fits = end - start <= LONGEST_NS
        start, end, offset_min = start[fits], end[fits], offset_min[fits]
        value, source = value[fits], source[fits]
    if nightly:
        civil = local_days(end, offset_min, home)
    elif split:
        pieces = split_at_midnight(start, end, offset_min, home)
        if pieces.row is not None:
            length, whole = pieces.end - pieces.start, (end - start)[pieces.row]
            value = value[pieces.row] * np.where(whole > 0, length / np.maximum(whole, 1), 1)
            source = source[pieces.row]
        start, end, civil = pieces.start, pieces.end, pieces.day
    elif windows is not None:
        civil = wake_days(end, offset_min, windows, home)
        counts = of_the_night(civil, windows)
        start, end, civil = start[counts], end[counts], civil[counts]
        value, source = value[counts], source[counts]
    else:
        civil = local_days(start, offset_min, home)
    day, days = _indexed(civil.astype(np.int64))
    code, present = _indexed(source.astype(np.int64))
    best_first = np.argsort([rank[at] for at in present.tolist()], kind="stable")
    position = np.empty(len(present), np.int16)
    position[best_first] = np.arange(len(present))
    return Rows(start, end, value, day, position[code], days.astype(np.int32), present[best_first])


def _rounds(value: NDArray[np.float64], exact: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which values are others rounded to fewer decimals, halves up or down."""
    found = np.zeros(len(value), bool)
    for digits in range(_DECIMALS + 1):
        is_short, is_long = value == np.round(value, digits), exact != np.round(exact, digits)
        found |= is_short & is_long & (np.abs(value - exact) <= 0.5 * 10.0**-digits + _HAIR)
    return found


def _indexed(column: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (index into the distinct values, the distinct values ascending) without sorting."""
    if not len(column):
        return column, column
    low = column.min()
    present = np.bincount(column - low) > 0
    index: NDArray[np.int64] = np.cumsum(present) - 1
    return index[column - low], np.flatnonzero(present) + low
