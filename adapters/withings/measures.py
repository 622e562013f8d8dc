"""Reads measurements and daily totals: a date, and a number in each column.

The idea: scales and cuffs write the clock on the wall and no zone. Totals of a day are named by their date;
those the catalogue has no daily metric for are Withings' scores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.formats.clocks import instant_of
from adapters.formats.values import day_of, number, snake
from adapters.withings.entries import ORIGIN
from vault.metrics import find, is_vendor_coded
from vault.records import Record, Score
from vault.time import DAY_NS

if TYPE_CHECKING:
    from adapters.formats.batches import Batches
    from adapters.withings.entries import Entry

__all__ = ["Days", "Measures", "Typed"]

_NAME = re.compile(r"[^\W_]\w{0,59}")
_LONGEST_UNIT = 20


class Measures:
    """Rows of measurements; what they say goes into ``batches``."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches

    def row(self, entry: Entry) -> Iterator[Record]:
        """Add the values of a row."""
        at, values = entry.moment("date"), entry.values()
        if at is None or values is None:
            yield entry.reject("bad-date" if at is None else "bad-value")
            return
        for column, value in values:
            self._batches.add(column.metric, at[0], *at, value, ORIGIN, unit=column.unit)
        if values:
            entry.count.use()
        else:
            entry.count.leave("no-value")
        yield from self._batches.full()


class Typed:
    """Rows that name what they measured, as the body scanner's do: they are kept under that name."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches

    def row(self, entry: Entry) -> Iterator[Record]:
        """Add the value of a row."""
        at, value = entry.moment("date"), number(entry.row.get("value", ""))
        said = "_".join(filter(None, (snake(entry.row.get(name, "")) for name in ("type", "position"))))
        unit = entry.row.get("unit", "") or "1"
        if at is None:
            yield entry.reject("bad-date")
        elif value is None or not _NAME.fullmatch(said) or len(unit) > _LONGEST_UNIT:
            yield entry.reject("bad-value")
        else:
            entry.count.use()
            self._batches.add(f"withings:{said}", at[0], *at, value, ORIGIN, unit=unit)


class Days:
    """Totals of days."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches

    def row(self, entry: Entry) -> Iterator[Record]:
        """Yield a day's score, or add its total to the batches."""
        day, values = day_of(entry.row.get("date", "")), entry.values()
        if day is None or values is None:
            yield entry.reject("bad-date" if day is None else "bad-value")
            return
        for column, value in values:
            if find(column.metric) is None and not is_vendor_coded(column.metric):
                yield Score(day, ORIGIN, column.metric, value, column.unit)
            else:
                start, offset_min = instant_of(day * DAY_NS, entry.zone)
                end, _ = instant_of((day + 1) * DAY_NS, entry.zone)
                self._batches.add(column.metric, start, end, offset_min, value, ORIGIN)
        if values:
            entry.count.use()
        else:
            entry.count.leave("no-value")
