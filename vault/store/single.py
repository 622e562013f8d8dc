"""Finds the one sample that a person means: by metric, start and, where several start then, source.

Who changes a sample at somebody's word must not change another one: none that fits, or more than one, is an
error that says how to tell them apart, and never a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vault import metrics
from vault.errors import InputError, UnknownMetric
from vault.store import chunks, seals
from vault.store.checks import metric_of
from vault.store.columns import values
from vault.store.origins import Origins
from vault.time import SECOND_NS, local_days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from sqlite3 import Connection
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from vault.moment import Span
    from vault.records import Origin
    from vault.store.chunks import SeriesKey
    from vault.store.columns import Columns

__all__ = ["Sample", "Which", "only"]

_WHOLE = "workouts, sleeps, sets and scores can't be corrected; 'vitalvault status' lists what has samples"
_AROUND_NS = 2 * 86_400 * SECOND_NS
_MICROSECOND_NS = 1_000


@dataclass(frozen=True, slots=True)
class Which:
    """The words that find one sample: its metric, when it starts, and what tells it from others of then.

    ``start`` with a day takes the only sample of that local day; an instant in whole seconds one within that
    second. ``end`` is UTC ns.
    """

    metric: str
    start: Span
    end: int | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample of a store: its series, and the one row that is shown of it."""

    series: int
    key: SeriesKey
    row: Columns

    @property
    def month(self) -> int:
        """The UTC month it starts in, since 1970-01."""
        return chunks.month_of(int(self.row.start[0]))

    @property
    def source(self) -> str:
        """The name of who told it."""
        return self.row.origins[int(self.row.origin[0])].source

    @property
    def value(self) -> Any:
        """Its value, a text if it is coded."""
        return values(self.row)[0]

    def at_its_place(self, rows: Columns) -> NDArray[np.bool_]:
        """Return which rows have its times and source."""
        named = np.array([origin.source == self.source for origin in rows.origins], bool)
        same = (rows.start == self.row.start[0]) & (rows.end == self.row.end[0])
        return np.asarray(same & named[rows.origin])

    def is_it(self, rows: Columns) -> NDArray[np.bool_]:
        """Return which rows are versions of it."""
        hit = self.at_its_place(rows)
        hit[hit] = [value == self.value for value in values(rows.take(hit))]
        return hit


def only(connection: Connection, which: Which, home: ZoneInfo) -> Sample:
    """Return the one sample that is meant.

    Raises:
        InputError: None, or more than one, is like that.
        UnknownMetric: Nothing in the store that readers show is called so.
    """
    seals.check(connection, "origin")
    origins = Origins(connection).known
    named = chunks.series_named(connection, which.metric)
    series = [one for one in named if one[1][0] == which.metric == metric_of(which.metric)]
    if not series and metrics.find(which.metric) is None:
        raise UnknownMetric("no metric of that name in the catalogue or in this vault")
    if not series:
        raise InputError(f"there are no samples of {which.metric}", hint=_WHOLE)
    found = [
        Sample(number, key, rows.take(slice(at, at + 1)))
        for number, key in series
        for rows in _near(connection, number, which, origins)
        for at in np.flatnonzero(_meant(rows, which, home)).tolist()
    ]
    if not found:
        raise InputError(
            f"no sample of {which.metric} starts then",
            hint=f"'vitalvault show {which.metric} --raw' lists when they start",
        )
    if len(found) > 1:
        raise InputError(f"{len(found)} samples of {which.metric} start then", hint=_apart(found))
    return found[0]


def _apart(found: Sequence[Sample]) -> str:
    """Return what tells samples from one another."""
    sources = sorted({one.source for one in found})
    if len(sources) > 1:
        return f"say whose: {', '.join(sources)}"
    return "say the instant, and the end, of the one that is meant"


def _near(connection: Connection, series: int, which: Which, origins: Sequence[Origin]) -> list[Columns]:
    first, end = which.start.around(_AROUND_NS)
    assert first is not None
    assert end is not None
    where = "month BETWEEN ? AND ? AND first < ? AND last >= ?"
    months = chunks.month_of(max(first, 0)), chunks.month_of(max(end, 0))
    return list(chunks.read(connection, series, where, (*months, end, first), origins))


def _meant(rows: Columns, which: Which, home: ZoneInfo) -> NDArray[np.bool_]:
    start = which.start
    if start.first_day is not None:
        hit = local_days(rows.start, rows.offset_min, home) == start.first_day
    else:
        assert start.first is not None
        width = _MICROSECOND_NS if start.first % SECOND_NS else SECOND_NS
        hit = (rows.start >= start.first) & (rows.start < start.first + width)
    if which.end is not None:
        hit = hit & (rows.end == which.end)
    if which.source is not None:
        hit = hit & np.array([one.source == which.source for one in rows.origins], bool)[rows.origin]
    return np.asarray(hit)
