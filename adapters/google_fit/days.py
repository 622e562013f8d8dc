"""Reads the tables of quarter hours, one a day, and the table of days, which repeats them.

The idea: of all copies of the steps these tables are Google's own sum of phone and watch, and the only ones
that know the offset of the place. So they are read first, and tell the rest which quarter hours are told
already and what time it was there.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from adapters.formats.batches import Batches
from adapters.formats.clocks import instant_of
from adapters.formats.sheets import Sheet
from adapters.formats.tracks import offset_at
from adapters.formats.values import day_of, quantity, snake
from adapters.google_fit.kinds import clock_of, english
from adapters.tables import table
from vault.metrics import is_vendor_coded
from vault.records import Origin, Record, Score
from vault.time import DAY_NS, MINUTE_NS, UNKNOWN_OFFSET

if TYPE_CHECKING:
    from adapters.base import ByteSource
    from adapters.formats.clocks import Zone
    from adapters.formats.counting import Count

__all__ = ["ADAPTER", "ORIGIN", "Days"]

ADAPTER = "google_fit"
ORIGIN = Origin("Google Fit", ADAPTER, app="google_fit")
_DURATION = re.compile(r"(.+) duration \(ms\)")
_NAMED = re.compile(r"\d{4}-\d\d-\d\d")
_TIMES = 2
_AT_REST = ("Calories (kcal)", "Inactive duration (ms)")
"""What the profile burns at rest is told of days on which nothing was measured, also before there was Fit."""
_SAMPLED = ("steps_daily", "total_energy_daily")


@dataclass(frozen=True, slots=True)
class _Column:
    """What a column is: of a quarter hour ``metric``, of a day ``day``; ``stream`` tells it better."""

    said: str
    metric: str
    day: str
    unit: str
    factor: float
    stream: str


class Days:
    """What the tables of an export tell; ``streams`` are the types of data that its streams have.

    All tables are read before it is asked what they cover.
    """

    def __init__(self, streams: frozenset[str], home: Zone | None) -> None:
        self._streams, self._home = streams, home
        self._dates: set[int] = set()
        self._rows: dict[int, tuple[int, int]] = {}
        self._covered: defaultdict[str, dict[int, int]] = defaultdict(dict)

    def day(self, stream: ByteSource, name: str, count: Count) -> Iterator[Record]:
        """Yield the samples of a day's table, whose date is in its name."""
        match = _NAMED.match(name)
        day = None if match is None else day_of(match[0])
        sheet = Sheet(stream, delimiter=",")
        columns = _columns_of(sheet.header[_TIMES:])
        batches, spans = Batches(), list[tuple[int, int]]()
        for line, row in sheet:
            span = None if isinstance(row, str) else _span(row, sheet.header, day)
            if isinstance(row, str) or span is None:
                yield count.reject(row if isinstance(row, str) else "bad-date", line)
            elif span[0] in self._rows:
                count.repeat()
            else:
                start, end, offset_min = span
                spans.append((start, end))
                self._rows[start] = end, offset_min
                self._quarter(_numbers(row, columns), *span, batches, count)
        if day is not None and spans:
            self._dates.add(day)
            for column in columns.values():
                self._covered[column.said][min(spans)[0]] = max(end for _, end in spans)
        yield from batches.rest()

    def days(self, stream: ByteSource, count: Count) -> Iterator[Record]:
        """Yield what the table of days says of days that have no table of their own."""
        sheet = Sheet(stream, delimiter=",")
        columns = _columns_of(sheet.header[1:])
        batches = Batches()
        for line, row in sheet:
            day = None if isinstance(row, str) else day_of(row.get(sheet.header[0], "").strip())
            if isinstance(row, str) or day is None:
                yield count.reject(row if isinstance(row, str) else "bad-date", line)
                continue
            said = {
                column: value
                for column, value in _numbers(row, columns).items()
                if value and column.stream not in self._streams
            }
            if day in self._dates:
                count.leave("mirror")
            elif not said:
                count.leave("no-value")
            elif all(column.said in _AT_REST for column in said):
                count.leave("placeholder")
            else:
                count.use()
                yield from self._whole_day(said, day, batches)
        yield from batches.rest()

    def covers(self, column: str, instant: int) -> bool:
        """Whether the tables tell of a column at an instant."""
        starts, ends = self._spans.get(column, ([], []))
        at = bisect_right(starts, instant) - 1
        return at >= 0 and instant < ends[at]

    def recorded_at(self, instant: int) -> int:
        """Return the offset in minutes of the quarter hour an instant lies in, or ``UNKNOWN_OFFSET``."""
        at = bisect_right(self._starts, instant) - 1
        end, offset_min = self._rows[self._starts[at]] if at >= 0 else (0, UNKNOWN_OFFSET)
        return offset_min if instant < end else UNKNOWN_OFFSET

    def offset_at(self, instant: int) -> int:
        """Return the offset in minutes that was recorded at an instant, else that of the zone told."""
        home = None if self._home is None else self._home.told
        return offset_at(instant, self.recorded_at(instant), home)

    @cached_property
    def _spans(self) -> dict[str, tuple[list[int], list[int]]]:
        found = {}
        for column, spans in self._covered.items():
            starts = sorted(spans)
            found[column] = starts, [spans[start] for start in starts]
        return found

    @cached_property
    def _starts(self) -> list[int]:
        return sorted(self._rows)

    def _quarter(
        self,
        values: dict[_Column, float | None],
        start: int,
        end: int,
        offset_min: int,
        batches: Batches,
        count: Count,
    ) -> None:
        """Add the samples of a row; a mean of nothing is written as 0."""
        said = {
            column: value
            for column, value in values.items()
            if value is not None and (value or not column.stream)
        }
        own = {column: value for column, value in said.items() if column.stream not in self._streams}
        for column, value in own.items():
            note = {"statistic": "mean"} if column.stream else None
            unit = column.unit if is_vendor_coded(column.metric) else ""
            scaled = value * column.factor
            batches.add(column.metric, start, end, offset_min, scaled, ORIGIN, note=note, unit=unit)
        if own:
            count.use()
        else:
            count.leave("mirror" if said else "no-value" if values else "unknown-headings")

    def _whole_day(self, values: dict[_Column, float], day: int, batches: Batches) -> Iterator[Record]:
        start, offset_min = instant_of(day * DAY_NS, self._home)
        end, _ = instant_of((day + 1) * DAY_NS, self._home)
        for column, value in values.items():
            if column.day in _SAMPLED:
                batches.add(column.day, start, end, offset_min, value, ORIGIN)
            else:
                yield Score(day, ORIGIN, column.day, value * column.factor, column.unit)


def _span(row: dict[str, str], header: tuple[str, ...], day: int | None) -> tuple[int, int, int] | None:
    """Return (start, end, offset) of a row; one that ends at or before its start ends on the next day."""
    start, end = (clock_of(row.get(said, "")) for said in (*header, "", "")[:_TIMES])
    if day is None or start is None or end is None:
        return None
    first, last = (day * DAY_NS + ns - offset * MINUTE_NS for ns, offset in (start, end))
    if last <= first:
        last += DAY_NS
    return (first, last, start[1]) if first < last <= first + DAY_NS else None


def _numbers(row: dict[str, str], columns: dict[str, _Column]) -> dict[_Column, float | None]:
    return {column: quantity(row.get(said, "")) for said, column in columns.items()}


def _columns_of(header: tuple[str, ...]) -> dict[str, _Column]:
    """Return what is known of a table's columns, by their headings as they are."""
    found = {said: _column(english(said)) for said in header}
    return {said: column for said, column in found.items() if column is not None}


def _column(said: str) -> _Column | None:
    """Return what a column is; how long something was done is Google's own."""
    duration = _DURATION.fullmatch(said)
    if duration is None:
        return _known().get(said)
    name = f"{snake(duration[1])}_duration"
    return _Column(said, f"{ADAPTER}:{name}", f"{ADAPTER}_{name}", "ms", 1.0, "")


@cache
def _known() -> dict[str, _Column]:
    return {
        row["said"]: _Column(
            row["said"], row["metric"], row["day"], row["unit"], float(row["factor"]), row["stream"]
        )
        for row in table("adapters.google_fit", "columns.csv")
    }
