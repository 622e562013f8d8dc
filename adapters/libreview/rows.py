"""Reads the rows of a LibreView table: what each tells, in which series, by the clock of the reader.

The idea: the columns that are filled say what a row is; the record type beside them says nothing more. A scan
is no part of the sensor's own series, or the moments somebody looked would count twice in every mean.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from adapters.formats.glucose import decimal_of, glucose_of, unit_of
from adapters.formats.sheets import Row, Sheet, plain
from adapters.tables import table
from vault.errors import MalformedFile

if TYPE_CHECKING:
    from adapters.base import ByteSource

__all__ = ["Libre", "Told", "is_libre"]

_NEEDED = {"time", "type"}
_GLUCOSE = ("historic", "scan", "strip")
_UNSAID = ("rapid_unsaid", "long_unsaid", "food_unsaid")
_PACKAGE = "adapters.libreview"
_UNIT_WORDS = (" mg/dl", " mmol/l", " (mg/dl)", " (mmol/l)")


@dataclass(frozen=True, slots=True)
class Told:
    """What one cell tells; the value is a text if the series is coded."""

    metric: str
    unit: str
    value: float | str
    note: dict[str, object] | None = None


class Libre:
    """A table open for reading; raises MalformedFile if it is none of LibreView."""

    def __init__(self, stream: ByteSource) -> None:
        names = [row["name"] for row in table(_PACKAGE, "columns.csv") if row["column"] == "time"]
        self._sheet = Sheet(stream, starts_with=names)
        self._columns = _columns(self._sheet.header)
        series = {row["column"]: row for row in table(_PACKAGE, "series.csv")}
        self._values = [
            (column, name, series[column]["metric"], series[column]["unit"])
            for column, name in self._columns.items()
            if column in series
        ]
        self._units = {column: unit_of(self._columns.get(column, "")) for column in _GLUCOSE}
        if not self._columns.keys() >= _NEEDED or not any(self._units.values()):
            raise MalformedFile("no table of LibreView, or one that does not name the unit of glucose")

    def __iter__(self) -> Iterator[tuple[int, Row | str]]:
        """Yield (line, row), or instead of a row why it can't be read."""
        yield from self._sheet

    def cell(self, row: Row, column: str) -> str:
        """Return a cell of a row by what it is."""
        return row.get(self._columns.get(column, ""), "").strip()

    def told(self, row: Row) -> list[Told] | str:
        """Return what a row tells, why it is left, or why it can't be used."""
        found = []
        for column, name, metric, unit in self._values:
            said = row.get(name, "").strip()
            if not said:
                continue
            told = self._told(column, metric, unit, said)
            if told is None:
                return "bad-value"
            found.append(told)
        return found or self._why_left(row)

    def _told(self, column: str, metric: str, unit: str, said: str) -> Told | None:
        if column not in _GLUCOSE:
            value = decimal_of(said)
            return None if value is None else Told(metric, unit, value)
        glucose = glucose_of(said, self._units[column])
        if glucose is None:
            return None
        note = dict(glucose.note) if glucose.note else None
        if glucose.mg_dl is None:
            return Told(f"libreview:{column}_out_of_range", "", glucose.beyond)
        return Told(metric, unit, glucose.mg_dl, note)

    def _why_left(self, row: Row) -> str:
        if self.cell(row, "notes"):
            return "note"
        return "no-quantity" if any(self.cell(row, column) for column in _UNSAID) else "no-value"


def is_libre(head: bytes) -> bool:
    """Say whether a file begins as a table of LibreView."""
    try:
        Libre(io.BytesIO(head))
    except MalformedFile:
        return False
    return True


def _columns(header: tuple[str, ...]) -> dict[str, str]:
    """Return the header's own names by what the columns are."""
    known = _names()
    found = {known.get(_bare(name), ""): name for name in reversed(header)}
    return {column: name for column, name in found.items() if column}


def _bare(name: str) -> str:
    bare = plain(name.replace("’", "'"))
    for unit in _UNIT_WORDS:
        bare = bare.removesuffix(unit)
    return bare


@cache
def _names() -> dict[str, str]:
    return {plain(row["name"]): row["column"] for row in table(_PACKAGE, "columns.csv")}
