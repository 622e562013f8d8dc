"""Reads a row of Strong's table: whatever its layout, it says the same of a set.

The idea: columns are found by name, in the languages the table beside this file knows, and with the unit that
stands in the name or in a column beside it. Strong writes 0 for what does not apply, so 0 is no value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from adapters.formats.sets import NO_VALUE, Lift, Session, Told, factor_of, number_in
from adapters.formats.sheets import Row, Sheet, plain
from adapters.formats.values import clock_of, text
from adapters.tables import table

__all__ = ["Layout", "is_strong"]

_NEEDED = {"date", "title", "exercise", "order", "weight", "reps"}
_DURATION = re.compile(r"(?:(\d+)\s*h\w*)?\s*(?:(\d+)\s*m\w*)?\s*(?:(\d+)\s*s\w*)?", re.IGNORECASE)
_LONGEST_S = 7 * 86_400.0
_HARDEST = 10
_UNKNOWN = "unknown"


def is_strong(header: Sequence[str]) -> bool:
    """Say whether a table has the columns of Strong's."""
    return {column.field for name in header if (column := _columns().get(plain(name)))} >= _NEEDED


@dataclass(frozen=True, slots=True)
class _Column:
    field: str
    unit: str


class Layout:
    """One table's columns; ``weight_unit`` holds where neither a name nor a row says the unit of weights."""

    def __init__(self, sheet: Sheet, weight_unit: str = "") -> None:
        self._names: dict[str, str] = {}
        self._units = {"weight": weight_unit}
        self._decimal_comma = sheet.delimiter != ","
        for name in sheet.header:
            column = _columns().get(plain(name))
            if column is not None and column.field not in self._names:
                self._names[column.field] = name
                if column.unit:
                    self._units[column.field] = column.unit

    @property
    def says_units(self) -> bool:
        """Whether the table says what its weights are in."""
        return "weight_unit" in self._names or bool(self._units["weight"])

    def weight(self, row: Row) -> float:
        """Return a row's weight as it is written; 0 if there is none or it can't be read."""
        try:
            return self._number(row, "weight") or 0.0
        except ValueError:
            return 0.0

    def told(self, row: Row) -> Told | str:
        """Return the set of a row and its workout; in place of the set why there is none; or why neither."""
        session = self._session(row)
        exercise, order = self._text(row, "exercise"), self._text(row, "order")
        if isinstance(session, str):
            return session
        said = _orders().get(plain(order)) or _orders().get(plain(exercise))
        if said is not None and said.left:
            return session, said.left
        if not exercise:
            return "no-exercise"
        try:
            return session, self._lift(row, exercise, said.set_type if said else "normal")
        except ValueError:
            return "bad-value"

    def _session(self, row: Row) -> Session | str:
        start = clock_of(self._text(row, "date"))
        if start is None:
            return "bad-date"
        note = self._text(row, "workout_note")
        details = {"note": note} if note else {}
        return Session(
            self._text(row, "title"), start, duration_s=_seconds(self._text(row, "duration")), details=details
        )

    def _lift(self, row: Row, exercise: str, set_type: str) -> Lift | str:
        reps, rpe = self._number(row, "reps"), self._number(row, "rpe")
        seconds = self._number(row, "seconds")
        if min(reps or 0, rpe or 0, seconds or 0) < 0:
            raise ValueError("a count below zero")
        details: dict[str, object] = {}
        load, metres = (self._measure(row, name, details) for name in ("weight", "distance"))
        if not any((reps, seconds, load, metres, details)):
            return NO_VALUE
        if load is not None and load < 0:  # help of a machine or a band
            details["assistance_kg"], load = -load, None
        if note := self._text(row, "note"):
            details["note"] = note
        return Lift(
            exercise,
            set_type,
            round(reps) if reps else None,
            load,
            seconds or None,
            metres,
            rpe if rpe and rpe <= _HARDEST else None,
            details,
        )

    def _measure(self, row: Row, name: str, details: dict[str, object]) -> float | None:
        """Return a weight in kg or a distance in metres; of an unknown unit it goes into the details."""
        value = self._number(row, name)
        if not value:
            return None
        factor = factor_of(name, self._text(row, f"{name}_unit") or self._units.get(name, ""))
        if factor is None:
            details |= {name: value, f"{name}_unit": _UNKNOWN}
            return None
        return value * factor

    def _text(self, row: Row, field: str) -> str:
        return text(row.get(self._names.get(field, ""), "")).strip()

    def _number(self, row: Row, field: str) -> float | None:
        return number_in(self._text(row, field), decimal_comma=self._decimal_comma)


def _seconds(said: str) -> float | None:
    """Return ``1h 11m``, ``46min`` or a count of seconds in seconds."""
    match = _DURATION.fullmatch(said)
    if match is not None and any(match.groups()):
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        found = hours * 3_600 + minutes * 60 + seconds
    else:
        found = float(said) if said.isdecimal() and said.isascii() else 0.0
    return found if 0 < found <= _LONGEST_S else None


@dataclass(frozen=True, slots=True)
class _Order:
    set_type: str
    left: str


@cache
def _columns() -> dict[str, _Column]:
    rows = table("adapters.strong", "columns.csv")
    return {plain(row["column"]): _Column(row["field"], row["unit"]) for row in rows}


@cache
def _orders() -> dict[str, _Order]:
    rows = table("adapters.strong", "set_orders.csv")
    return {plain(row["said"]): _Order(row["set_type"], row["left"]) for row in rows}
