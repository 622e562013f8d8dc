"""Reads tables of days and nights row by row: Google's daily files, sleep scores, readiness, stress.

The idea: such a row belongs to a local date, whatever zone the time beside it claims; the ``Z`` of a sleep
score is false. What was measured in a night carries the note of the night that ended on this date and, unless
the row says when it was, stands at the date's first moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from adapters.fitbit.csv_columns import BAD_DATE, BAD_VALUE
from adapters.fitbit.csv_families import DATA_SOURCE, DAYS, csv_families, metrics_of, origin_of
from adapters.fitbit.wall import DERIVED
from adapters.formats.points import instant_of
from adapters.formats.sheets import Sheet, plain
from adapters.formats.values import clock_of, day_of
from vault.errors import MalformedFile
from vault.records import Score
from vault.time import DAY_NS, MINUTE_NS, UNKNOWN_OFFSET, date_of_day, zone_offsets

if TYPE_CHECKING:
    from adapters.base import ByteSource
    from adapters.fitbit.context import Context, Read
    from adapters.fitbit.csv_families import Column, CsvFamily
    from adapters.formats.counting import Count
    from vault.records import Record

__all__ = ["LEAVES", "METRICS", "READERS", "READS", "local_day"]

_Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class _When:
    """The local day of a row, and from when to when it was (UTC ns), by which zone if by one."""

    day: int
    start: int
    end: int
    offset_min: int
    zone: str = ""

    @property
    def date(self) -> str:
        return date_of_day(self.day).isoformat()


def _read(family: CsvFamily, stream: ByteSource, count: Count, context: Context) -> Iterator[Record]:
    """Yield the scores of a table and put its samples into the batches; raises MalformedFile."""
    sheet = Sheet(stream, delimiter=",")
    header = tuple(map(plain, sheet.header))
    if family.time not in header:
        raise MalformedFile("a table without its column of times")
    columns = family.known(header)
    for line, cells in sheet:
        if isinstance(cells, str):
            yield count.reject(cells, line)
            continue
        row = dict(zip(header, cells.values()))
        when = _when(row, family, context)
        if when is None:
            yield count.reject(BAD_DATE, line)
        elif (reason := _left(row, family, columns, when, context)) is not None:
            count.leave(reason)
        else:
            records = _records(row, family, columns, when, context)
            if isinstance(records, str):
                yield count.reject(records, line)
            else:
                count.use()
                yield from records
    yield from context.batches.full()


def local_day(instant: int, offset_min: int, context: Context) -> int:
    """Return the local day of an instant: by its offset, else at home, else in UTC."""
    if offset_min == UNKNOWN_OFFSET:
        home = context.options.home
        offset_min = 0 if home is None else int(zone_offsets(np.array([instant], np.int64), home)[0])
    return (instant + offset_min * MINUTE_NS) // DAY_NS


def _when(row: _Row, family: CsvFamily, context: Context) -> _When | None:
    """Return when a row was, or None if it does not say."""
    text = row.get(family.time, "").strip()
    if family.clock == "utc":
        instant = instant_of(text)
        if instant is None:
            return None
        offset_min = int(context.wall.offsets_at(np.array([instant], np.int64))[0])
        return _When(local_day(instant, offset_min, context), instant, instant, offset_min)
    if family.clock == "date":
        day = day_of(text)
        clock = end = None if day is None else day * DAY_NS
        if end is not None and family.shape == "day":
            end += DAY_NS
    else:
        clock = clock_of(text)
        end = clock_of(row.get(family.end, "").strip()) if family.end else clock
    if clock is None or end is None or end < clock:
        return None
    start, offset_min, zone = context.wall.instant_of(clock)
    until, _, _ = context.wall.instant_of(end)
    return _When(end // DAY_NS if family.clock == "wall" else clock // DAY_NS, start, until, offset_min, zone)


def _left(
    row: _Row, family: CsvFamily, columns: tuple[Column, ...], when: _When, context: Context
) -> str | None:
    """Return why a row is knowingly not read, or None."""
    if not columns:
        return "unknown-columns"
    if any(row.get(name, "").strip().casefold() == text for name, text in family.unless):
        return "not-calculated"
    if (family.after, when.date) in context.read_logs:
        return "mirror"
    if columns[0].is_sentinel(row) or all(column.value(row) is None for column in columns):
        return "no-value"
    return None


def _records(
    row: _Row, family: CsvFamily, columns: tuple[Column, ...], when: _When, context: Context
) -> list[Record] | str:
    """Return the scores of a row and add its samples, or return why it can't be used."""
    values = [(column, column.value(row)) for column in columns]
    if any(isinstance(value, str) for _, value in values):
        return BAD_VALUE
    origin = origin_of(row.get(DATA_SOURCE, "").strip())
    note = {"night": when.date, "window": "night"} if family.shape == "night" else {}
    note |= {"zone": DERIVED} if when.zone == DERIVED else {}
    scores: list[Record] = []
    for column, value in values:
        if not isinstance(value, float):
            continue
        if column.is_score:
            scores.append(Score(when.day, origin, column.becomes, value, column.unit))
        else:
            context.batches.add(
                column.becomes,
                when.start,
                when.end,
                when.offset_min,
                value,
                origin,
                note=note or None,
                unit=column.unit,
            )
    if family.tells:
        context.read_logs.add((family.tells, when.date))
    return scores


READERS: Mapping[str, Read] = {
    name: partial(_read, family) for name, family in csv_families().items() if family.shape in DAYS
}
READS = (
    "days and nights: HRV, blood oxygen, breathing, skin temperature",
    "Fitbit's scores of sleep, readiness, stress and load",
)
LEAVES = (
    "HRV histograms, wrist and manual temperatures, snoring, ECG and irregular rhythms",
    "the states of a readiness, which are words, and how sure a measurement was",
    "a stress score whose calculation failed; a blood oxygen of 50 %, which stands for none",
)
METRICS = metrics_of(DAYS)
