"""Reads a row of Hevy's table: a set, with the unit of its weight and way in the columns' names.

The idea: what is empty was not logged; a 0 was. Hevy counts sets from 0 within an exercise and supersets
within a workout, so both are kept as they are, and the order of the rows is the order of the sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from adapters.formats.sets import NO_VALUE, Lift, Session, Told, factor_of, number_in
from adapters.formats.sheets import Row, Sheet, plain
from adapters.formats.values import text
from adapters.hevy.dates import clock_in
from adapters.tables import table

__all__ = ["Layout", "is_hevy"]

_NEEDED = {"start", "exercise", "set_index", "set_type"}
_KEPT = ("superset_id", "set_index")
_HARDEST = 10


def is_hevy(header: Sequence[str]) -> bool:
    """Say whether a table has the columns of Hevy's."""
    return {known[0] for name in header if (known := _columns().get(plain(name)))} >= _NEEDED


class Layout:
    """One table's columns: of a quantity that is there in two units, the first with a value counts."""

    def __init__(self, sheet: Sheet) -> None:
        self._decimal_comma = sheet.delimiter != ","
        self._names: dict[str, list[tuple[str, str]]] = {}
        for name in sheet.header:
            if known := _columns().get(plain(name)):
                field, unit = known
                self._names.setdefault(field, []).append((name, unit))

    def told(self, row: Row) -> Told | str:
        """Return the set of a row and its workout; in place of the set why there is none; or why neither."""
        start, end = (clock_in(self._text(row, name)) for name in ("start", "end"))
        if start is None:
            return "bad-date"
        note = self._text(row, "description")
        session = Session(self._text(row, "title"), start, end, details={"description": note} if note else {})
        exercise = self._text(row, "exercise")
        if not exercise:
            return "no-exercise"
        try:
            return session, self._lift(row, exercise)
        except ValueError:
            return "bad-value"

    def _lift(self, row: Row, exercise: str) -> Lift | str:
        reps, rpe, seconds = (self._measure(row, name) for name in ("reps", "rpe", "seconds"))
        load, metres = (self._measure(row, name) for name in ("weight", "distance"))
        if min(value or 0 for value in (reps, rpe, seconds, load, metres)) < 0:
            raise ValueError("a measure below zero")
        if all(value is None for value in (reps, seconds, load, metres)):
            return NO_VALUE
        said = self._text(row, "set_type")
        places = {name: self._measure(row, name) for name in _KEPT}
        details: dict[str, object] = {name: round(at) for name, at in places.items() if at is not None}
        if note := self._text(row, "note"):
            details["note"] = note
        return Lift(
            exercise,
            _set_types().get(said.casefold(), said or "normal"),
            None if reps is None else round(reps),
            load,
            seconds,
            metres,
            rpe if rpe and rpe <= _HARDEST else None,
            details,
        )

    def _measure(self, row: Row, field: str) -> float | None:
        """Return a number in the vault's unit; None if it is empty."""
        for name, unit in self._names.get(field, ()):
            value = number_in(row.get(name, ""), decimal_comma=self._decimal_comma)
            if value is not None:
                return value * (factor_of(field, unit) or 1.0)
        return None

    def _text(self, row: Row, field: str) -> str:
        names = self._names.get(field)
        return text(row.get(names[0][0], "")).strip() if names else ""


@cache
def _columns() -> dict[str, tuple[str, str]]:
    return {row["column"]: (row["field"], row["unit"]) for row in table("adapters.hevy", "columns.csv")}


@cache
def _set_types() -> dict[str, str]:
    return {row["said"]: row["set_type"] for row in table("adapters.hevy", "set_types.csv")}
