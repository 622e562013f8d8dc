"""Daily values of one metric from the samples of all devices, none of them counted twice.

The sources form an order, best first. For a sum, an interval counts with the share of its time in which
no better source recorded anything, so phone and watch complete each other and never add up. For a rate,
one source speaks for a day; devices are not averaged. Sums do not depend on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.merge.coverage import Cover
from vault.merge.rows import FEW, Rows, place

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from vault.merge.preference import Chosen
    from vault.merge.rows import Columns

__all__ = ["SEEN_ENOUGH", "Daily", "each_alone", "merged_daily", "uncovered"]

SEEN_ENOUGH = 0.5
"""A source that recorded in less than this share of the hours of the fullest does not speak for the day.

Samples are no measure: a strap that is read every second for an hour has more of them than a watch in a day.
"""


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
    entered: bool = False,
    windows: NDArray[np.int8] | None = None,
    chosen: Sequence[Chosen] = (),
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
        entered: Values of one source and span are entries to be added up, not a counter that was read again.
        windows: What rows of a night are of (``windows_of``), for all rollups but ``sum``.
        chosen: Sources that come first on some days by the owner's choice, best first.

    ``sum`` splits intervals at local midnights and counts each part with the share of its time that no better
    source covers; a moment counts unless a better source covers it or states the same instant. Overlaps
    within a source are summed as they are, but of one span its largest value counts, once (see ``entered``).
    ``mean`` is the mean of the best source among those that recorded in at least ``SEEN_ENOUGH`` of the hours
    of the fullest; a value that rounds another of its source and span is none. ``last`` is the best source's
    sample with the latest end, of equals the later row, so rows should come in the order they were recorded.
    ``min`` and ``max`` ask all, or whom the owner chose.
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
        entered=entered,
        windows=windows,
        chosen=chosen,
    )
    return reduce(rows)


def each_alone(
    columns: Columns, *, windows: NDArray[np.int8] | None = None, **options: Any
) -> Iterator[tuple[int, Daily]]:
    """Yield each source, by number, with the daily values it would have without the others.

    Columns and options are those of ``merged_daily``.
    """
    start, end, offset_min, value, source = columns
    for one in np.unique(source).tolist():
        own = source == one
        theirs = start[own], end[own], offset_min[own], value[own], source[own]
        yield one, merged_daily(*theirs, windows=None if windows is None else windows[own], **options)


def uncovered(rows: Rows) -> NDArray[np.float64]:
    """Return the share of each row's time that no better source covers; needs canonical rows."""
    share = np.ones(len(rows.start))
    bounds = np.searchsorted(rows.source, np.arange(len(rows.sources) + 1)).tolist()
    _uncover(rows, share, bounds, Cover.of(rows.start[:0], rows.end[:0]))
    share[_repeated(rows)] = 0
    return share


def _uncover(rows: Rows, share: NDArray[np.float64], bounds: list[int], cover: Cover) -> Cover:
    """Write the shares of the sources between some bounds, and return the cover with theirs.

    Sources go one by one, each before a worse one; many at once where none of them meets another.
    """
    few = len(bounds) - 1 <= FEW
    part = slice(bounds[0], bounds[-1])
    if len(bounds) > 2 and (few or not _apart(rows, part)):
        middle = len(bounds) // 2
        return _uncover(rows, share, bounds[middle:], _uncover(rows, share, bounds[: middle + 1], cover))
    start, end = rows.start[part], rows.end[part]
    if len(cover.start):
        length = np.maximum(end - start, 1)
        share[part] = 1 - cover.within(start, start + length) / length
    return cover if part.stop == len(share) else cover.joined(Cover.of(start, end))


def _apart(rows: Rows, part: slice) -> bool:
    """Say whether no source of a run of rows recorded while another of them did."""
    order = np.argsort(rows.start[part], kind="stable")
    start, source = rows.start[part][order], rows.source[part][order]
    furthest = np.maximum.accumulate(np.maximum(rows.end[part][order], start + 1))
    return not ((start[1:] < furthest[:-1]) & (source[1:] != source[:-1])).any()


def _repeated(rows: Rows) -> NDArray[np.int64]:
    """Find the moments that a better source states as well: one event, told twice."""
    moments = np.flatnonzero(rows.end <= rows.start)
    _, told_first, which = np.unique(rows.start[moments], return_index=True, return_inverse=True)
    told_by = rows.source[moments]
    retold: NDArray[np.int64] = moments[told_by != told_by[told_first][which]]
    return retold


def _daily(rows: Rows, used: NDArray[np.intp], n: NDArray[np.int64], value: NDArray[np.float64]) -> Daily:
    """Return the days of the used cells (ascending), with a value of each day and the sum of its counts."""
    if not len(used):
        return Daily.none()
    day = rows.cell_day[used]
    firsts = _firsts(day)
    named = rows.sources[rows.cell_source[used]].tolist()
    sets: dict[tuple[int, ...], int] = {}
    limits = pairwise([*firsts.tolist(), len(used)])
    source_set = [sets.setdefault(tuple(named[first:end]), len(sets)) for first, end in limits]
    count = np.add.reduceat(n[used], firsts)
    return Daily(
        day[firsts].astype(np.int32),
        value,
        count.astype(np.int32),
        np.array(source_set, np.int32),
        list(sets),
    )


def _firsts(column: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return where each run of equal numbers begins."""
    return np.flatnonzero(np.append(True, column[1:] != column[:-1])[: len(column)])


def _sum(rows: Rows) -> Daily:
    rows = rows.canonical()
    share = uncovered(rows)
    n = rows.count(share > 0)
    used = np.flatnonzero(n)
    return _daily(rows, used, n, _added(rows.total(rows.value * share)[used], rows.cell_day[used]))


def _added(part: NDArray[np.float64], day: NDArray[np.int64]) -> NDArray[np.float64]:
    """Add up each day's parts from the best source to the worst, the one order in which a total is made."""
    lengths = np.diff(np.append(_firsts(day), len(day)))
    return np.bincount(np.repeat(np.arange(len(lengths)), lengths), part).astype(np.float64, copy=False)


def _mean(rows: Rows) -> Daily:
    rows = rows.canonical().without_roundings()
    n = rows.count()
    used = np.flatnonzero(n)
    speaker = _speakers(rows, used)
    return _daily(rows, speaker, n, rows.total(rows.value)[speaker] / n[speaker])


def _speakers(rows: Rows, used: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the cell that speaks for each day: of the sources that saw enough of it, the best one's."""
    firsts = _firsts(rows.cell_day[used])
    if len(firsts) == len(used):
        return used
    hours = rows.hours()[used]
    fullest = np.repeat(np.maximum.reduceat(hours, firsts), np.diff(np.append(firsts, len(used))))
    enough = used[hours >= SEEN_ENOUGH * fullest]
    return enough[_firsts(rows.cell_day[enough])]


def _last(rows: Rows) -> Daily:
    n = rows.count()
    used = np.flatnonzero(n)
    best = used[_firsts(rows.cell_day[used])]
    speaks = np.zeros(len(n), bool)
    speaks[best] = True
    spoken = np.flatnonzero(speaks[rows.cell])
    order = spoken[np.lexsort((rows.end[spoken], rows.cell[spoken]))]
    latest = order[np.append(np.diff(rows.cell[order]) > 0, True)]
    return _daily(rows, best, n, rows.value[latest])


def _min(rows: Rows) -> Daily:
    return _extreme(rows, np.minimum)


def _max(rows: Rows) -> Daily:
    return _extreme(rows, np.maximum)


def _extreme(rows: Rows, better: np.ufunc) -> Daily:
    rows = rows.of_choices()
    n = rows.count()
    used = np.flatnonzero(n)
    order = np.argsort(rows.cell, kind="stable")
    value = better.reduceat(rows.value[order], _firsts(rows.cell_day[rows.cell[order]]))
    return _daily(rows, used, n, value)


_ROLLUPS: dict[str, Callable[[Rows], Daily]] = {
    "sum": _sum,
    "mean": _mean,
    "last": _last,
    "min": _min,
    "max": _max,
}
