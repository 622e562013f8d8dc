"""Daily values of one metric from the samples of all devices, none of them counted twice.

The sources form an order, best first. For a sum, an interval counts with the share of its time in which
no better source recorded anything, so phone and watch complete each other and never add up. For a rate,
one source speaks for a day; devices are not averaged. Sums do not depend on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from vault.merge.coverage import Cover
from vault.merge.rows import Rows, place

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

__all__ = ["Daily", "merged_daily", "uncovered"]


@dataclass(frozen=True, slots=True)
class Daily:
    """One value a day, as columns of m days.

    Args:
        day: int32 [m], days since 1970-01-01, ascending.
        value: float64 [m] in the metric's unit.
        n: int32 [m], the samples that counted (sum) or that were chosen from (all others).
        source_set: int32 [m], indices of ``sets``.
        sets: Which sources are in a value, best first; each combination once.
    """

    day: NDArray[np.int32]
    value: NDArray[np.float64]
    n: NDArray[np.int32]
    source_set: NDArray[np.int32]
    sets: list[tuple[int, ...]]

    def __len__(self) -> int:
        """Return the number of days."""
        return len(self.day)

    @classmethod
    def none(cls) -> Daily:
        """Return no days."""
        no = np.empty(0, np.int32)
        return cls(no, np.empty(0), no, no, [])


def merged_daily(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    offset_min: NDArray[np.int16],
    value: NDArray[np.float64],
    source: NDArray[np.int32],
    *,
    rollup: str,
    rank: Sequence[int],
    home: ZoneInfo,
    nightly: bool = False,
    windows: NDArray[np.int8] | None = None,
) -> Daily:
    """Return the daily values of one metric, all sources merged.

    Args:
        start: int64 [n], UTC ns.
        end: int64 [n], UTC ns; equal to ``start`` for a moment.
        offset_min: int16 [n], recorded UTC offset or ``UNKNOWN_OFFSET``.
        value: float64 [n], finite.
        source: int32 [n], indices of ``rank``.
        rollup: sum, mean, last, min, max or none, as in the metric catalogue.
        rank: The rank of each source, lower is better; of equal ranks the lower index is better.
        home: The zone of rows without an offset.
        nightly: Rows belong whole to the local day of their end, the day of waking.
        windows: What rows of a night are of (``windows_of``), for all rollups but ``sum``.

    ``sum`` splits intervals at local midnights and counts each part with the share of its time that no better
    source covers; a moment counts unless a better source covers it or states the same instant. Overlaps
    within a source are summed as they are. ``mean`` is the mean of the source with the most samples that day,
    of equals the best; a value that rounds another of its source and span is none. ``last`` is the best
    source's sample with the latest end, of equals the later row, so rows should come in the order they were
    recorded. ``min`` and ``max`` ask all.
    """
    reduce = _ROLLUPS.get(rollup)
    if reduce is None or len(start) == 0:
        return Daily.none()
    rows = place(
        start,
        end,
        offset_min,
        value,
        source,
        rank=rank,
        home=home,
        split=rollup == "sum",
        nightly=nightly,
        windows=windows,
    )
    return reduce(rows) if len(rows.days) else Daily.none()


def uncovered(rows: Rows) -> NDArray[np.float64]:
    """Return the share of each row's time that no better source covers; needs canonical rows."""
    share = np.ones(len(rows.start))
    length = np.maximum(rows.end - rows.start, 1)
    bounds = np.searchsorted(rows.source, np.arange(len(rows.sources) + 1)).tolist()
    cover = Cover.of(rows.start[:0], rows.end[:0])
    for first, last in pairwise(bounds):
        part = slice(first, last)
        start, end = rows.start[part], rows.end[part]
        if first:
            share[part] = 1 - cover.within(start, start + length[part]) / length[part]
        if last < len(share):
            cover = cover.joined(Cover.of(start, end))
    share[_repeated(rows)] = 0
    return share


def _repeated(rows: Rows) -> NDArray[np.int64]:
    """Find the moments that a better source states as well: one event, told twice."""
    moments = np.flatnonzero(rows.end <= rows.start)
    _, told_first, which = np.unique(rows.start[moments], return_index=True, return_inverse=True)
    told_by = rows.source[moments]
    retold: NDArray[np.int64] = moments[told_by != told_by[told_first][which]]
    return retold


def _daily(rows: Rows, value: NDArray[np.float64], n: NDArray[np.float64], of: NDArray[np.bool_]) -> Daily:
    """Pack value, count and used sources (bool [m, k]) of each day; days that used none are dropped."""
    has_value = of.any(axis=1)
    of = of[has_value]
    _, some, which = np.unique(np.packbits(of, axis=1), axis=0, return_index=True, return_inverse=True)
    return Daily(
        rows.days[has_value],
        value[has_value],
        n[has_value].astype(np.int32),
        which.reshape(-1).astype(np.int32),
        [tuple(rows.sources[of[at]].tolist()) for at in some],
    )


def _sum(rows: Rows) -> Daily:
    rows = rows.canonical()
    share = uncovered(rows)
    counted = rows.table((share > 0).astype(np.float64))
    total = sum_of_sources(rows.table(rows.value * share))
    return _daily(rows, total, counted.sum(axis=1), counted > 0)


def sum_of_sources(by_source: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add up columns from the best source to the worst, the one order in which a total is made."""
    total = np.zeros(len(by_source))
    for column in by_source.T:
        total += column
    return total


def _speaker(rows: Rows, chosen: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return (bool [m, k], its number of samples) of the one source that speaks for each day."""
    of = np.zeros((len(rows.days), len(rows.sources)), bool)
    of[np.arange(len(chosen)), chosen] = True
    return of, rows.table()[of]


def _mean(rows: Rows) -> Daily:
    rows = rows.canonical().without_roundings()
    of, n = _speaker(rows, rows.table().argmax(axis=1))
    return _daily(rows, rows.table(rows.value)[of] / n, n, of)


def _last(rows: Rows) -> Daily:
    best = (rows.table() > 0).argmax(axis=1)
    of, n = _speaker(rows, best)
    spoken = np.flatnonzero(rows.source == best[rows.day])
    order = spoken[np.lexsort((rows.end[spoken], rows.day[spoken]))]
    latest = np.append(np.diff(rows.day[order]) > 0, True)
    return _daily(rows, rows.value[order[latest]], n, of)


def _min(rows: Rows) -> Daily:
    value = np.full(len(rows.days), np.inf)
    np.minimum.at(value, rows.day, rows.value)
    return _extreme(rows, value)


def _max(rows: Rows) -> Daily:
    value = np.full(len(rows.days), -np.inf)
    np.maximum.at(value, rows.day, rows.value)
    return _extreme(rows, value)


def _extreme(rows: Rows, value: NDArray[np.float64]) -> Daily:
    counts = rows.table()
    return _daily(rows, value, counts.sum(axis=1), counts > 0)


_ROLLUPS: dict[str, Callable[[Rows], Daily]] = {
    "sum": _sum,
    "mean": _mean,
    "last": _last,
    "min": _min,
    "max": _max,
}
