"""Tries a mapping on a table and says what came of it, before anything is imported.

The idea: a mapping is right if its numbers are plausible, and only its owner can see that. So the report has
the first values as they would be kept, each field's range beside what is plausible, and every column that
would be passed over.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.archive import Archive
from adapters.formats.clocks import Zone
from adapters.formats.sheets import plain
from adapters.table.export import lacks, open_sheet
from adapters.table.fields import field_of
from adapters.table.records import Maker
from adapters.table.rows import Reader, missing_columns
from vault.errors import MalformedFile
from vault.time import format_instant

if TYPE_CHECKING:
    from adapters.base import Options
    from adapters.table.mapping import TableMapping
    from adapters.table.rows import Told

__all__ = ["FieldReport", "Report", "check"]

_FIRST = 5


@dataclass(slots=True)
class FieldReport:
    """The numbers of a field, in its unit: how many, their range, how many are not plausible."""

    unit: str
    plausible: tuple[float | None, float | None] = (None, None)
    count: int = 0
    low: float = inf
    high: float = -inf
    outside: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        low, high = self.plausible
        return {
            "unit": self.unit,
            "count": self.count,
            "low": self.low if self.count else None,
            "high": self.high if self.count else None,
            "plausible": None if low is None or high is None else f"{low:g} to {high:g}",
            "outside": self.outside,
        }

    def add(self, value: float) -> None:
        """Take a value in."""
        low, high = self.plausible
        self.count += 1
        self.low, self.high = min(self.low, value), max(self.high, value)
        self.outside += (low is not None and value < low) or (high is not None and value > high)


@dataclass(slots=True)
class Report:
    """What a mapping makes of a table.

    ``first`` are the first rows that were understood; ``others`` counts those that were rejected or left, by
    reason; ``start`` and ``end`` are UTC ns, None without a row; ``zone`` is that of the times, if any.
    """

    rows: int = 0
    accepted: int = 0
    others: Counter[str] = field(default_factory=Counter)
    fields: dict[str, FieldReport] = field(default_factory=dict)
    first: list[Told] = field(default_factory=list)
    start: int | None = None
    end: int | None = None
    zone: str = ""
    unmapped: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        start, end = (None if one is None else format_instant(one) for one in (self.start, self.end))
        return {
            "rows": self.rows,
            "accepted": self.accepted,
            "others": dict(sorted(self.others.items())),
            "start": start,
            "end": end,
            "zone": self.zone or None,
            "fields": {name: one.to_dict() for name, one in self.fields.items()},
            "first": [
                {
                    "start": format_instant(told.start, told.offset_min),
                    "numbers": told.numbers,
                    "words": told.words,
                }
                for told in self.first
            ],
            "unmapped": list(self.unmapped),
        }


def check(path: Path, mapping: TableMapping, options: Options) -> Report:
    """Read a table by a mapping; raises MalformedFile if it lacks a column of it."""
    with Archive(path) as archive:
        if not archive.is_one_file:
            raise MalformedFile("no table but a folder or an archive", hint="hand over the CSV file itself")
        with open_sheet(archive, archive.members[0], mapping) as sheet:
            lacking = missing_columns(mapping, sheet.header)
            if lacking:
                raise lacks(lacking[0])
            reader, maker = Reader(mapping, sheet.header, Zone.of(options)), Maker(mapping)
            report = _empty(mapping, sheet.header, reader.zone)
            for _, row in sheet:
                report.rows += 1
                told = row if isinstance(row, str) else reader.told(row)
                made = told if isinstance(told, str) else maker.take(told)
                if isinstance(made, str) or isinstance(told, str):
                    report.others[str(made)] += 1
                else:
                    _take(report, told)
    return report


def _empty(mapping: TableMapping, header: tuple[str, ...], zone: Zone | None) -> Report:
    used = {plain(name) for name in mapping.columns}
    report = Report(unmapped=tuple(name for name in header if name and plain(name) not in used))
    if zone is not None:
        report.zone = zone.clock.key or ""
    for name, column in mapping.fields.items():
        known = field_of(mapping.kind, name)
        if known is not None and not known.is_text:
            metric = known.metric
            plausible = (None, None) if metric is None else (metric.soft_low, metric.soft_high)
            if metric is not None and plausible == (None, None):
                plausible = metric.low, metric.high
            report.fields[name] = FieldReport(known.ucum or column.unit, plausible)
    return report


def _take(report: Report, told: Told) -> None:
    report.accepted += 1
    if len(report.first) < _FIRST:
        report.first.append(told)
    report.start = told.start if report.start is None else min(report.start, told.start)
    report.end = told.start if report.end is None else max(report.end, told.start)
    for name, value in told.numbers.items():
        report.fields[name].add(value)
