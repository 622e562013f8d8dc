"""Reads the tables of days: the steps of all devices, and what Samsung adds up or scores.

The idea: a day may have a row for each device and one of all together, and older states of the same row. One
row a day is taken: of those of all devices the one written last, else that of the device that counted most.
Nothing is ever added up. The date is Samsung's own, so it needs no zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from adapters.formats.values import number
from adapters.samsung_health.envelope import ADAPTER, rows
from vault.records import Origin, Record, Score

if TYPE_CHECKING:
    from adapters.formats.batches import Batches
    from adapters.formats.sheets import Row
    from adapters.samsung_health.devices import Devices
    from adapters.samsung_health.entries import Entry

__all__ = ["ORIGIN", "Days"]

ORIGIN = Origin("Samsung Health", ADAPTER, app=ADAPTER)
"""Samsung's word on a day, whatever measured it."""
_COMBINED = -2.0
"""The ``source_type`` of the row of all devices."""
_Rank = tuple[bool, float, str]
"""Whether a row is of all devices, else the steps of its device, and when it was written."""


@dataclass(frozen=True, slots=True)
class _Total:
    """A column of a day's row: a sample's metric or a score's name."""

    column: str
    metric: str
    score: str
    unit: str
    divisor: float
    above: float


class Days:
    """The days of a type of data, one row each until the last was seen."""

    def __init__(self, devices: Devices, batches: Batches) -> None:
        self._devices = devices
        self._batches = batches
        self._best: dict[int, tuple[_Rank, Entry]] = {}

    def row(self, entry: Entry) -> Iterator[Record]:
        """Hold a row if it is the best of its day so far."""
        told = entry.times.day(entry.row)
        if told is None:
            yield entry.reject("bad-date")
            return
        rank = self._rank(entry.row)
        held = self._best.get(told[0])
        if held is None:
            self._best[told[0]] = rank, entry
        elif rank > held[0]:
            self._best[told[0]] = rank, entry
            _pass_over(held[1], entry)
        else:
            _pass_over(entry, held[1])

    def end(self) -> Iterator[Record]:
        """Yield the scores of each day; its samples go into the batches."""
        for day, (_, entry) in sorted(self._best.items()):
            found = list(self._totals(day, entry))
            if found:
                entry.count.use()
            else:
                entry.count.leave("no-value")
            yield from (one for one in found if one is not None)
        self._best.clear()

    def _totals(self, day: int, entry: Entry) -> Iterator[Score | None]:
        """Yield a score for each total that is one, None for each that went into the batches."""
        told = entry.times.day(entry.row)
        assert told is not None
        for total in _totals_of(entry.kind.reads_as):
            value = number(entry.row.get(total.column, ""))
            if value is None or value <= total.above:
                continue
            value = round(value / total.divisor, 6) if total.divisor != 1 else value
            if total.score:
                yield Score(day, ORIGIN, total.score, value, total.unit)
            else:
                self._batches.add(total.metric, *told[1:], value, ORIGIN)
                yield None

    def _rank(self, row: Row) -> _Rank:
        is_of_all = number(row.get("source_type", "")) == _COMBINED or bool(row.get("source_info"))
        is_of_all = is_of_all or self._devices.is_combined(row)
        steps = None if is_of_all else number(row.get("count") or row.get("step_count", ""))
        return is_of_all, steps or 0.0, row.get("update_time", "")


def _pass_over(entry: Entry, taken: Entry) -> None:
    """Count a row that another is taken for: that of another device, or an older state of the same."""
    if entry.row.get("deviceuuid") == taken.row.get("deviceuuid"):
        entry.count.repeat()
    else:
        entry.count.leave("mirror")


@cache
def _totals_of(reads_as: str) -> tuple[_Total, ...]:
    return tuple(
        _Total(
            row["column"],
            row["metric"],
            row["score"],
            row["unit"],
            float(row["divisor"]),
            float(row["above"]),
        )
        for row in rows("days.csv")
        if row["reads_as"] == reads_as
    )
