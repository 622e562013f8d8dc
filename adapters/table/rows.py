"""Reads a row of a table as its mapping says: when it was, numbers in the fields' units, words.

The idea: a cell is a value, missing, or wrong, and one wrong cell costs its row, with the reason. A cell is
never run: ``=1+1`` is no number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from adapters.formats.clocks import Zone
from adapters.formats.glucose import MG_DL_PER_MMOL_L
from adapters.formats.points import number_of
from adapters.formats.sheets import Row, plain
from adapters.formats.values import LAST_NS, text
from adapters.table.fields import CLOCKS, Field, conversion, field_of
from vault.time import MINUTE_NS, UNKNOWN_OFFSET, day_of_date, instant_ns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.table.mapping import TableMapping

__all__ = ["REJECTED", "Reader", "Told", "missing_columns"]

REJECTED = ("bad-date", "bad-value", "out-of-range")
"""Why a row can't be used; for all other reasons it is left."""
_RECORDS = ("workout", "strength_set")
"""Kinds whose values are no samples: the vault looks only at the range of those."""

_THOUSANDS = {
    ".": re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?"),
    ",": re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?"),
}
_TICKS = {"epoch_s": 1, "epoch_ms": 1_000}
"""How many of a count there are in a second."""
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Told:
    """A row that was understood.

    Args:
        start: UTC ns.
        offset_min: The recorded UTC offset or ``UNKNOWN_OFFSET``.
        day: The local day, days since 1970-01-01.
        numbers: By field, in its unit; what is missing is not there.
        words: By field.
        identity: The cells of the mapping's ``id``; nothing if all of them are empty.
    """

    start: int
    offset_min: int
    day: int
    numbers: dict[str, float]
    words: dict[str, str]
    identity: tuple[str, ...] = ()


def missing_columns(mapping: TableMapping, header: Sequence[str]) -> list[str]:
    """Return the mapping's columns that a table does not have."""
    there = {plain(name) for name in header}
    return [name for name in mapping.columns if plain(name) not in there]


class Reader:
    """Reads the rows of one table, whose header has all columns of the mapping."""

    def __init__(self, mapping: TableMapping, header: Sequence[str], zone: Zone | None) -> None:
        names = {plain(name): name for name in reversed(header)}
        self.zone = Zone(ZoneInfo(mapping.time.tz)) if mapping.time.tz else zone
        self._format = mapping.time.format
        self._time = [names[plain(name)] for name in mapping.time.columns]
        self._id = [names[plain(name)] for name in (mapping.id.columns if mapping.id else ())]
        self._decimal = mapping.decimal
        self._is_of_records = mapping.kind in _RECORDS
        self._missing = {plain(token) for token in mapping.missing.tokens}
        self._never_zero = set(mapping.missing.zero_is_missing)
        self._numbers: list[tuple[str, str, _Scale]] = []
        self._words: list[tuple[str, str, dict[str, str]]] = []
        for name, column in mapping.fields.items():
            field = field_of(mapping.kind, name)
            assert field is not None  # the mapping was checked
            if field.is_text:
                self._words.append((name, names[plain(column.column)], {}))
            else:
                self._numbers.append((name, names[plain(column.column)], _Scale(field, column.unit)))
        for name, coded in mapping.values.items():
            words = {plain(said): word for said, word in coded.map.items()}
            self._words.append((name, names[plain(coded.column)], words))

    def told(self, row: Row) -> Told | str:
        """Return what a row tells, why it is left, or why it can't be used (``REJECTED``)."""
        numbers: dict[str, float] = {}
        for name, column, scale in self._numbers:
            cell = self._cell(row, column)
            value = None if cell is None else scale.value(self._number(cell, scale.unit))
            if cell is not None and value is None:
                return "bad-value"
            if value is not None and self._is_of_records and not scale.is_possible(value):
                return "out-of-range"
            if value is not None and not (value == 0 and name in self._never_zero):
                numbers[name] = value
        words = {}
        for name, column, codes in self._words:
            cell = self._cell(row, column)
            if cell is not None:
                words[name] = codes.get(plain(cell), cell)
        if not numbers and not words:
            return "no-value"
        when = self._when(" ".join(row.get(column, "").strip() for column in self._time).strip())
        if when is None:
            return "bad-date"
        identity = tuple(text(row.get(column, "").strip()) for column in self._id)
        return Told(*when, numbers, words, identity if any(identity) else ())

    def _cell(self, row: Row, column: str) -> str | None:
        cell = text(row.get(column, "").strip())
        return None if plain(cell) in self._missing or not cell else cell

    def _number(self, cell: str, unit: str) -> float | None:
        if unit in CLOCKS:
            return _seconds(cell, CLOCKS[unit])
        group = "," if self._decimal == "." else "."
        if group in cell:
            if not _THOUSANDS[self._decimal].fullmatch(cell):
                return None
            cell = cell.replace(group, "")
        return number_of(cell.replace(",", "."))

    def _when(self, cell: str) -> tuple[int, int, int] | None:
        """Return (UTC ns, recorded offset in minutes, local day), or None."""
        try:
            moment = self._moment(cell)
            ns = instant_ns(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
            if not 0 <= ns < LAST_NS:
                return None
            if moment.tzinfo is None:
                return self._by_clock(moment, ns)
            if self._format in _TICKS or cell.endswith(("Z", "z")):  # when it was, not where
                return self._by_instant(moment, ns)
        except (ValueError, OverflowError, OSError):
            return None
        return ns, _minutes(moment), day_of_date(moment.date())

    def _moment(self, cell: str) -> datetime:
        if self._format in _TICKS:
            return datetime.fromtimestamp(float(cell) / _TICKS[self._format], UTC)
        if self._format == "iso":
            return datetime.fromisoformat(cell)
        return datetime.strptime(cell, self._format)  # noqa: DTZ007

    def _by_clock(self, clock: datetime, ns: int) -> tuple[int, int, int]:
        """Place a clock time; of an hour the clock shows twice, ``fold=0`` is the first (PEP 495)."""
        day = day_of_date(clock.date())
        if self.zone is None:
            return ns, UNKNOWN_OFFSET, day
        ahead = _minutes(clock.replace(tzinfo=self.zone.clock))
        return ns - ahead * MINUTE_NS, UNKNOWN_OFFSET if self.zone.is_assumed else ahead, day

    def _by_instant(self, moment: datetime, ns: int) -> tuple[int, int, int]:
        if self.zone is None:
            return ns, UNKNOWN_OFFSET, day_of_date(moment.date())
        local = moment.astimezone(self.zone.clock)
        return ns, UNKNOWN_OFFSET if self.zone.is_assumed else _minutes(local), day_of_date(local.date())


class _Scale:
    """Brings the numbers of a column into the unit of its field."""

    def __init__(self, field: Field, unit: str) -> None:
        self._factor, self._offset = conversion(unit, field.ucum) or (1.0, 0.0)
        self.unit = unit
        self._metric = field.metric
        self._is_whole = self._factor == MG_DL_PER_MMOL_L
        self._is_same = (self._factor, self._offset) == (1.0, 0.0)

    def is_possible(self, value: float) -> bool:
        """Say whether a value lies within the catalogue's hard range."""
        low, high = (None, None) if self._metric is None else (self._metric.low, self._metric.high)
        return (low is None or value >= low) and (high is None or value <= high)

    def value(self, said: float | None) -> float | None:
        if said is None or self._is_same:
            return said
        return round(said * self._factor + self._offset, 0 if self._is_whole else _DECIMALS)


def _seconds(cell: str, worth: tuple[int, ...]) -> float | None:
    """Return a time written as a clock in seconds, or None."""
    parts = cell.split(":")
    numbers = [number_of(part) for part in parts]
    if len(parts) != len(worth) or not all(part[:1].isdigit() for part in parts):
        return None
    return sum(number * seconds for number, seconds in zip(numbers, worth) if number is not None)


def _minutes(moment: datetime) -> int:
    """Return an aware moment's offset from UTC in minutes."""
    offset = moment.utcoffset()
    return 0 if offset is None else round(offset.total_seconds() / 60)
