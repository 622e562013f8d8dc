"""Samples on their local days, with the sources in order: the table every daily value is read from.

A cell is what one source says of one day. Whatever is asked of cells is one bincount over the rows; there are
as many cells as days and sources, or, if that were many more than rows, as many as have rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.merge.days import split_at_midnight
from vault.merge.preference import promoted
from vault.merge.windows import whole_rows
from vault.time import DAY_NS, HOUR_NS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from vault.merge.days import Pieces
    from vault.merge.preference import Chosen

    Columns = tuple[
        NDArray[np.int64], NDArray[np.int64], NDArray[np.int16], NDArray[np.float64], NDArray[np.int32]
    ]

__all__ = ["FEW", "LONGEST_NS", "Rows", "place"]

LONGEST_NS = 31 * DAY_NS
"""A total over more than this says nothing of one day: it neither counts nor covers others."""

_DECIMALS = 2
"""Who rounds, rounds to as many or fewer."""
_HAIR = 1e-9
FEW = 8
"""So many sources are told apart faster by asking for each than by sorting."""
_ROOM = 4
"""How many numbers a column may range over, for each of its rows, to be counted without sorting."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Samples on their days: columns of n rows, and the c cells they are in, by day, best source first.

    ``source`` unsigned [n] and ``cell_source`` int64 [c] are indices of ``sources`` (int64 [k], best first);
    ``cell`` int64 [n] is an index of ``cell_day`` (int64 [c], days since 1970-01-01) and ``cell_source``.
    The first ``chosen`` of ``sources`` come first by the owner's choice; they may be named again, for other
    days.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    value: NDArray[np.float64]
    source: NDArray[Any]
    cell: NDArray[np.int64]
    cell_day: NDArray[np.int64]
    cell_source: NDArray[np.int64]
    sources: NDArray[np.int64]
    chosen: int = 0

    @property
    def day(self) -> NDArray[np.int64]:
        """The local day of each row, int64 [n]."""
        return self.cell_day[self.cell]

    def count(self, which: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Return how many rows, or how many of some, each cell has (int64 [c])."""
        some = self.cell if which is None or which.all() else self.cell[which]
        return np.bincount(some, minlength=len(self.cell_day))

    def total(self, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of weights in each cell (float64 [c]), added in the order of the rows."""
        return np.bincount(self.cell, weight, len(self.cell_day)).astype(np.float64, copy=False)

    def canonical(self) -> Rows:
        """Return the rows by source (best first), start, end, value, day: sums then have one order."""
        order, start, source = _by_source(self.start, self.source, len(self.sources))
        again = _tied((start[1:] == start[:-1]) & (source[1:] == source[:-1]))
        if len(again):
            some = order[again]
            # What is tied is alike in start and source, so those columns stay as they are.
            keys = (self.cell, self.value, self.end, self.start, self.source)
            order[again] = some[np.lexsort([key[some] for key in keys])]
        end, value, cell = self.end[order], self.value[order], self.cell[order]
        return replace(self, start=start, end=end, value=value, source=source, cell=cell)

    def hours(self) -> NDArray[np.int64]:
        """Return in how many hours rows of each cell begin (int64 [c]); needs canonical rows."""
        hour = self.start // HOUR_NS
        is_new = np.append(True, (hour[1:] != hour[:-1]) | (self.cell[1:] != self.cell[:-1]))[: len(hour)]
        return self.count(is_new)

    def of_choices(self) -> Rows:
        """Return the rows without those of other sources on days of which the first choice has any."""
        if not self.chosen:
            return self
        used = np.flatnonzero(self.count())
        best = used[np.unique(self.cell_day[used], return_index=True)[1]]
        spoken = best[self.cell_source[best] < self.chosen]
        return self._take(np.isin(self.cell, spoken) | ~np.isin(self.day, self.cell_day[spoken]))

    def without_roundings(self) -> Rows:
        """Return canonical rows without those that round another of the same source and span: one value.

        Moments stay: within a second there may be two readings.
        """
        pair = np.flatnonzero((np.diff(self.start) == 0) & (self.end > self.start)[:-1])
        pair = pair[(self.end[pair] == self.end[pair + 1]) & (self.source[pair] == self.source[pair + 1])]
        low, high = self.value[pair], self.value[pair + 1]
        rounded = np.concatenate((pair[_rounds(low, high)], pair[_rounds(high, low)] + 1))
        if not len(rounded):
            return self
        stays = np.ones(len(self.start), bool)
        stays[rounded] = False
        return self._take(stays)

    def _take(self, rows: NDArray[np.bool_]) -> Rows:
        start, end, value = self.start[rows], self.end[rows], self.value[rows]
        return replace(
            self, start=start, end=end, value=value, source=self.source[rows], cell=self.cell[rows]
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
    entered: bool = False,
    windows: NDArray[np.int8] | None = None,
    chosen: Sequence[Chosen] = (),
) -> Rows:
    """Put samples on their local days, split at midnight when asked, and their sources in order.

    ``split`` is for sums; the others are those of ``merged_daily``.
    """
    columns = start, end, offset_min, value, source
    if split:
        columns = _summed(*columns, entered=entered)
    start, end, value, source, day = _on_days(*columns, home, split, nightly, windows)
    several = len(source) and (source != source[0]).any()  # who is alone needs no order
    number = promoted(source, day, chosen, len(rank)) if chosen and several else source
    position, found = _best_first(number, [*rank, *range(-len(chosen), 0)])
    k = max(len(found), 1)
    cell, cells = _indexed(day * k + position)
    sources = np.array([*range(len(rank)), *(one.source for one in chosen)], np.int64)[found]
    choices = int((found >= len(rank)).sum())
    return Rows(start, end, value, position, cell, cells // k, cells % k, sources, choices)


def _summed(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    offset_min: NDArray[np.int16],
    value: NDArray[np.float64],
    source: NDArray[np.int32],
    *,
    entered: bool,
) -> Columns:
    """Return the rows that have a part in a sum: none without end, and of one span one, unless entered."""
    counts = end - start <= LONGEST_NS
    if not entered:
        counts[_outgrown(start, end, offset_min, value, source)] = False
    if counts.all():
        return start, end, offset_min, value, source
    return start[counts], end[counts], offset_min[counts], value[counts], source[counts]


def _on_days(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    offset_min: NDArray[np.int16],
    value: NDArray[np.float64],
    source: NDArray[np.int32],
    home: ZoneInfo,
    split: bool,  # noqa: FBT001
    nightly: bool,  # noqa: FBT001
    windows: NDArray[np.int8] | None,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int32], NDArray[np.int64]]:
    """Return start, end, value, source and local day of the rows, those of split intervals behind."""
    if split and not nightly:
        pieces = split_at_midnight(start, end, offset_min, home)
        shared = _shared_out(value, end - start, pieces)
        return pieces.start, pieces.end, shared, np.append(source, source[pieces.more]), pieces.day
    some, day = whole_rows(start, end, offset_min, source, home, nightly=nightly, windows=windows)
    return start[some], end[some], value[some], source[some], day.astype(np.int64)


def _shared_out(value: NDArray[np.float64], length: NDArray[np.int64], pieces: Pieces) -> NDArray[np.float64]:
    """Return each piece's part of its interval's value, in proportion to time."""
    if not len(pieces.more):
        return value
    row = np.concatenate((np.unique(pieces.more), pieces.more))
    piece = np.concatenate((row[: len(row) - len(pieces.more)], np.arange(len(value), len(pieces.start))))
    shared = np.append(value, value[pieces.more])
    shared[piece] = value[row] * ((pieces.end - pieces.start)[piece] / length[row])
    return shared


def _best_first(source: NDArray[np.int32], rank: Sequence[int]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return each row's place among the sources that occur, and these, best first."""
    present = np.flatnonzero(np.bincount(source, minlength=len(rank)))
    sources = present[np.argsort([rank[at] for at in present.tolist()], kind="stable")]
    # As narrow as will do: a column of one byte is sorted in one pass.
    place_of = np.zeros(len(rank), np.min_scalar_type(len(sources)))
    place_of[sources] = np.arange(len(sources))
    return place_of[source], sources


def _by_source(
    start: NDArray[np.int64], source: NDArray[Any], k: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]:
    """Return the order by source and start, and both columns in it."""
    order = np.argsort(start, kind="stable")  # fast where it is sorted already, or nearly
    if k > 1:
        apart = source[order]
        if k <= FEW:
            order = order[np.concatenate([np.flatnonzero(apart == one) for one in range(k)])]
        else:
            order = order[np.argsort(apart, kind="stable")]
    return order, start[order], source[order]


def _outgrown(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    offset_min: NDArray[np.int16],
    value: NDArray[np.float64],
    source: NDArray[np.int32],
) -> NDArray[np.int64]:
    """Find the rows for whose span their source tells more as well, or as much: all but one of the largest.

    A counter only grows, so a quarter hour that was read before its end is told again after it. Moments stay:
    at one instant there may be two glasses.
    """
    order = np.argsort(start, kind="stable")  # fast where it is sorted already
    begin = start[order]
    some = order[_tied(begin[1:] == begin[:-1])]
    # Most of them are of two sources: what is left then is little, and often nothing.
    some = some[np.lexsort((source[some], start[some]))]
    some = some[_tied((np.diff(start[some]) == 0) & (np.diff(source[some]) == 0))]
    some = some[end[some] > start[some]]
    some = some[np.lexsort((offset_min[some], value[some], end[some], source[some], start[some]))]
    one, other = some[:-1], some[1:]
    again = (start[one] == start[other]) & (end[one] == end[other]) & (source[one] == source[other])
    outgrown: NDArray[np.int64] = one[again]
    return outgrown


def _tied(pair: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return which of n rows are in pairs of neighbours; ``pair`` [n - 1] says of each whether it is one."""
    if not pair.any():
        return np.empty(0, np.int64)
    return np.flatnonzero(np.append(pair, False) | np.append(False, pair))


def _rounds(value: NDArray[np.float64], exact: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which values are others rounded to fewer decimals, halves up or down."""
    found = np.zeros(len(value), bool)
    for digits in range(_DECIMALS + 1):
        is_short, is_long = value == np.round(value, digits), exact != np.round(exact, digits)
        found |= is_short & is_long & (np.abs(value - exact) <= 0.5 * 10.0**-digits + _HAIR)
    return found


def _indexed(column: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (indices into, ascending numbers) of a column; numbers that do not occur may be among them."""
    if not len(column):
        return column, column
    low, high = int(column.min()), int(column.max())
    if high - low < _ROOM * len(column):
        return column - low, np.arange(low, high + 1)
    numbers, index = np.unique(column, return_inverse=True)
    return index, numbers
