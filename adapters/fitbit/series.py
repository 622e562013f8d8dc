"""Reads the series of a Fitbit archive: heart rate, steps and distance in UTC, calories by the wall clock.

The idea: these files are nearly all of an archive, so their rows are columns from the first byte to the last.
UTC files are cut at local midnight, which tells the wall clock its offsets on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from adapters.fitbit.columns import Columns, columns_of
from adapters.fitbit.context import ORIGIN, Context, Read
from adapters.fitbit.months import Months, Part
from adapters.fitbit.rows import rows_of
from adapters.formats.values import day_of
from vault.records import Record, Rejection
from vault.time import HOUR_NS, MINUTE_NS, NO_INSTANT

if TYPE_CHECKING:
    from adapters.base import ByteSource
    from adapters.formats.counting import Count
    from vault.records import Samples

__all__ = ["READERS", "rest"]

_WHOLE = 32 << 20
"""A file of more bytes is read row by row: a month of minutes has 3 MB, a day of heart rates 2."""
_BLOCK = 4 << 20
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A family; ``per`` of its units make one of the metric's."""

    metric: str
    unit: str = ""
    per: int = 1
    length_ns: int = 0
    is_utc: bool = True


_KINDS = {
    "heart_rate": _Kind("heart_rate"),
    "steps": _Kind("steps", length_ns=MINUTE_NS),
    "distance": _Kind("distance", per=100, length_ns=MINUTE_NS),
    "calories": _Kind("fitbit:calories", "kcal", length_ns=MINUTE_NS, is_utc=False),
}


def rest(context: Context) -> Iterator[Samples]:
    """Yield what the series read so far still hold."""
    for months in context.series.values():
        yield from months.rest()


def _read(kind: _Kind, stream: ByteSource, count: Count, context: Context) -> Iterator[Record]:
    """Yield the samples of the months that this file completes, and its rejections."""
    months = context.series.get(kind.metric)
    if months is None:
        offsets_at = context.wall.offsets_at
        months = Months(kind.metric, kind.unit, kind.length_ns, ORIGIN, offsets_at)
        context.series[kind.metric] = months
    for columns in _columns(stream, count):
        if isinstance(columns, Rejection):
            yield columns
            continue
        kept = _kept(columns, count)
        if len(kept.clock):
            part = (_of_utc if kind.is_utc else _of_wall)(kept, context)
            part = part._replace(value=np.round(part.value / kind.per, 6) if kind.per > 1 else part.value)
            first, last = int(part.start[0]), int(part.start[-1])
            context.told.add(kind.metric, first, last)
            if kind.is_utc:
                _look_at_cut(count.file, months.last, first, context)
            yield from months.add(part)


def _columns(stream: ByteSource, count: Count) -> Iterator[Columns | Rejection]:
    """Yield the rows of a file: all at once if it is regular, else row by row."""
    blocks, size = [], 0
    while size <= _WHOLE and (block := stream.read(_BLOCK)):
        blocks.append(block)
        size += len(block)
    data = b"".join(blocks)
    columns = columns_of(data) if size <= _WHOLE else None
    if columns is None:
        yield from rows_of(_Again(data, stream), count)
    else:
        yield columns


class _Again:
    """A stream of which the beginning was read already."""

    def __init__(self, head: bytes, rest: ByteSource) -> None:
        self._head, self._at, self._rest = head, 0, rest

    def read(self, size: int, /) -> bytes:
        data = self._head[self._at : self._at + size]
        self._at += len(data)
        return data or self._rest.read(size)


def _kept(columns: Columns, count: Count) -> Columns:
    """Return the rows that say something: a heart rate of no confidence is a guess, one of 0 is none."""
    if columns.confidence is None:
        count.use(len(columns.clock))
        return columns
    sure, beats = columns.confidence > 0, columns.value > 0
    kept = sure & beats
    for reason, rows in (("no-confidence", ~sure), ("no-value", sure & ~beats)):
        count.leave(reason, int(np.count_nonzero(rows)))
    count.use(int(np.count_nonzero(kept)))
    return columns if kept.all() else Columns(columns.clock[kept], columns.value[kept])


def _of_utc(columns: Columns, _: Context) -> Part:
    return Part(columns.clock, columns.value).in_order()


def _of_wall(columns: Columns, context: Context) -> Part:
    """Return what a wall clock showed; what it shows once more in a file was an hour later."""
    before = np.maximum.accumulate(columns.clock)[:-1]
    again = np.append(False, columns.clock[1:] <= before) * HOUR_NS
    start, offset_min, derived = context.wall.instants_of(columns.clock + again)
    return Part(start - again, columns.value, offset_min, derived).in_order()


def _look_at_cut(file: str, last: int, first: int, context: Context) -> None:
    """Tell the wall clock between which stamps the day began that the file is named after."""
    date = _DATE.search(file.rpartition("/")[2])
    day = day_of(date[0]) if date else None
    if day is not None and last != NO_INSTANT:
        context.wall.cut(day, last, first)


READERS: Mapping[str, Read] = {family: partial(_read, kind) for family, kind in _KINDS.items()}
