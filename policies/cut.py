"""Fewer rows and fewer columns: the granted days and sources, and a list of columns, each by name.

What is kept is copied into a new table, so that nothing rides along: no attributes, no category of a source
that is not shown, no column that a reader gains one day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from policies import tables
from policies.precision import offsets, start_ns
from vault.names import joined, parted, plain
from vault.time import day_of_date, local_days, now_ns

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pandas as pd
    from numpy.typing import NDArray

    from policies.gate import Permit

__all__ = [
    "by_instant",
    "days_within",
    "ended",
    "granted",
    "only",
    "over",
    "rows_within",
    "settled",
    "span",
    "widened",
]

_SPARE = timedelta(days=2)
_FIRST, _LAST = np.iinfo(np.int32).min, np.iinfo(np.int32).max


def only(frame: pd.DataFrame, columns: Sequence[str], *, index: bool = False) -> pd.DataFrame:
    """Return the named columns, as far as they are there, in a table of their own.

    Without ``index`` rows are counted anew: the old numbers would tell how many rows were left out.
    """
    import pandas as pd

    kept = {name: _plain(frame[name]) for name in columns if name in frame.columns}
    return pd.DataFrame(kept, index=frame.index.copy() if index else pd.RangeIndex(len(frame)))


def _plain(column: pd.Series[Any]) -> Any:
    return column.astype(str).to_numpy(object) if column.dtype == "category" else column.array.copy()


def by_instant(
    frame: pd.DataFrame, permit: Permit, bounds: tuple[int | None, int | None], home: ZoneInfo
) -> pd.DataFrame:
    """Return the samples on granted local days, of granted sources, in [from, to) and not in the future."""
    start = start_ns(frame)
    local = local_days(start, offsets(frame, home).astype(np.int16), home)
    grant = permit.record.grant
    keep = (local >= _count(grant.data_from, _FIRST)) & (local <= _count(grant.data_to, _LAST))
    keep &= start < now_ns(lambda: permit.now)
    keep &= ~_restricted(local, permit)  # whose local day may be another than the day asked for
    if bounds[0] is not None:
        keep &= start >= bounds[0]
    if bounds[1] is not None:
        keep &= start < bounds[1]
    return frame[keep & _of_sources(frame, permit, "source")]


def rows_within(frame: pd.DataFrame, dates: Any, permit: Permit, source: str) -> NDArray[np.bool_]:
    """Return which rows lie on the days of a permit, are not in the future, and come from its sources.

    A row that several devices made counts only when all of them are granted: the part of one can't be
    told apart.
    """
    return days_within(dates, permit) & _of_sources(frame, permit, source)


def days_within(dates: Any, permit: Permit) -> NDArray[np.bool_]:
    """Return which local dates (datetime64) lie on the days of a permit, up to the running one."""
    counts = np.asarray(dates, "M8[D]").astype(np.int64)
    last = min(_count(permit.last_day, _LAST), day_of_date(permit.today))
    inside = (counts >= _count(permit.first_day, _FIRST)) & (counts <= last)
    return np.asarray(inside & ~_restricted(counts, permit))


def _restricted(counts: NDArray[Any], permit: Permit, before: int | None = 0) -> NDArray[np.bool_]:
    """Return which days (since 1970-01-01) are restricted, or have such a day among so many before."""
    hit = np.zeros(len(counts), bool)
    for first, last in permit.restricted:
        after = _LAST if before is None or last is None else day_of_date(last) + before
        hit |= (counts >= _count(first, _FIRST)) & (counts <= after)
    return hit


def granted(days: Any, permits: Iterable[Permit], *, before: int | None = 0) -> NDArray[np.bool_]:
    """Return which dates lie within all permits, and are granted of all devices, with so many days before.

    ``before`` counts from the grant's first day, not from the one asked for; None takes all days before.
    None of them may be restricted.
    """
    counts = np.asarray(days, "M8[D]")
    told = np.ones(len(counts), bool)
    for permit in permits:
        first = permit.record.grant.data_from
        told &= days_within(counts, permit) & (permit.sources is None)
        told &= ~_restricted(counts.astype(np.int64), permit, before)
        if first is not None:
            told &= before is not None and counts - np.timedelta64(before, "D") >= np.datetime64(first, "D")
    return told


def settled(days: Any, permits: Iterable[Permit]) -> NDArray[np.bool_]:
    """Return which dates are granted along with the past that what is granted is compared with."""
    told = np.ones(len(days), bool)
    for permit in permits:
        told &= granted(days, [permit], before=tables.days_before(permit.category.name))
    return told


def over(days: Any, permit: Permit) -> NDArray[np.bool_]:
    """Return which dates are over: who looks twice at a day that grows learns what happened between."""
    return np.asarray(np.asarray(days, "M8[D]") < np.datetime64(permit.today, "D"))


def ended(permits: Iterable[Permit]) -> date | None:
    """Return the last day of permits that end before today, else None.

    There the newest day is this one, whatever is known of it: the newest with data would tell of days after.
    """
    lasts = [permit.last_day for permit in permits if permit.last_day and permit.last_day < permit.today]
    return min(lasts, default=None)


def widened(permit: Permit) -> Permit:
    """Return a permit for all that its grant covers up to the last day asked for, whatever the first was."""
    return replace(permit, first_day=permit.record.grant.data_from)


def _of_sources(frame: pd.DataFrame, permit: Permit, column: str) -> NDArray[np.bool_]:
    if permit.sources is None:
        return np.ones(len(frame), bool)
    told = frame[column].astype(str)
    if column == "source":
        return np.asarray(told.isin(permit.sources), bool)
    granted = set(map(plain, permit.sources))
    return np.array([_all_of(text, granted) for text in told], bool)


def _all_of(text: str, granted: set[str]) -> bool:
    """Whether a text names sources, and only granted ones; a source without a name is never granted."""
    names = parted(text)
    return bool(names) and joined(names) == text and granted.issuperset(names)


def _count(day: date | None, none: int) -> int:
    return none if day is None else day_of_date(day)


def span(permits: Iterable[Permit]) -> tuple[date | None, date | None]:
    """Return the days to ask the owner for: those of all permits, and two to spare on both sides.

    A local day begins up to a day before or after the home zone's, and a night the evening before: asked
    for to the day, the first night would come without its beginning.
    """
    asked = list(permits)
    firsts = [permit.first_day for permit in asked]
    lasts = [permit.last_day for permit in asked]
    first = None if None in firsts else min(day for day in firsts if day) - _SPARE
    last = None if None in lasts else max(day for day in lasts if day) + _SPARE
    return first, last
