"""Reads the tables of the data export: which of the four one is, and which column is what, in any language.

The idea: WHOOP translates names and keeps their order. So a column is found by its name in a language that is
known, else by its place, if the table is as wide as it should be; and a table in a language that is not known
is told by its first row: two clock times, and a zone such as ``UTC+02:00``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from adapters.formats.values import clock_of, number
from adapters.tables import table
from adapters.whoop.said import Said, minutes_of, moment_of
from vault.time import UNKNOWN_OFFSET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.formats.clocks import Zone

__all__ = ["Layout", "fold", "layout_of"]

_LANGUAGES = ("en", "de", "es", "fr", "pt")
_UNITS = re.compile(r"\([^()]*\)")
_FAHRENHEIT = re.compile(r"fahrenheit|°\s*f\b", re.IGNORECASE)
_TRACKS = 3
"""The last columns of workouts, which accounts without tracks do not have."""
_HEAD = 3
"""The columns every table begins with: start, end and zone of the cycle."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which table it is; (what it is, its kind) of each column by its name; those in degrees Fahrenheit."""

    sheet: str
    columns: Mapping[str, tuple[str, str]]
    fahrenheit: frozenset[str]

    def said(self, row: Mapping[str, str], home: Zone | None) -> Said:
        """Return what a row says; times are local to its zone, or at ``home`` where it has none."""
        cells = {
            key: (kind, cell, name)
            for name, text in row.items()
            if name in self.columns and (cell := text.strip())
            for key, kind in (self.columns[name],)
        }
        zone = minutes_of(cells["zone"][1]) if "zone" in cells else UNKNOWN_OFFSET
        found = Said()
        for key, (kind, cell, name) in cells.items():
            if kind == "clock" and (moment := moment_of(cell, zone, home)) is not None:
                found.moments[key] = moment
            elif kind == "number" and (value := number(cell)) is not None:
                found.numbers[key] = _celsius(value) if name in self.fahrenheit else value
            elif kind in ("word", "flag"):
                found.words[key] = cell
        return found


def _celsius(value: float) -> float:
    return round((value - 32) / 1.8, 6)


def layout_of(header: Sequence[str], first: Sequence[str]) -> Layout | None:
    """Return how a table is laid out by its header and its first row (none if it has no rows), or None."""
    folded = [fold(name) for name in header]
    sheet = _sheet_of(folded, first)
    if sheet is None:
        return None
    places = _places(sheet)
    names = {name: key for key, _, known in places for name in known}
    by_name = {column: names[name] for column, name in zip(header, folded) if name in names}
    columns = {key: column for column, key in reversed(by_name.items())}
    if _fits(sheet, len(header)):
        for column, (key, _, _) in zip(header, places):
            if column not in by_name and key not in columns:
                columns[key] = column
    kinds = {key: kind for key, kind, _ in places}
    return Layout(
        sheet,
        {column: (key, kinds[key]) for key, column in columns.items()},
        frozenset(column for column in columns.values() if _FAHRENHEIT.search(column)),
    )


def _sheet_of(folded: Sequence[str], first: Sequence[str]) -> str | None:
    """Return the table of that width or those names, if it begins as WHOOP's do."""
    known = {sheet: sum(name in _names(sheet) for name in folded) for sheet in _sheets()}
    best = max(known, key=lambda sheet: (known[sheet], _fits(sheet, len(folded))))
    is_named = sum(name in _heads() for name in folded) == _HEAD
    if is_named and known[best] > _HEAD:
        return best
    is_shaped = (
        len(first) >= _HEAD
        and clock_of(first[0].strip()) is not None
        and (minutes_of(first[2]) != UNKNOWN_OFFSET)
    )
    if is_shaped or is_named:
        return next((sheet for sheet in _sheets() if _fits(sheet, len(folded))), None)
    return None


def _fits(sheet: str, width: int) -> bool:
    """Whether a table has as many columns as WHOOP gives it."""
    whole = len(_places(sheet))
    return width == whole or (sheet == "workouts" and width == whole - _TRACKS)


def fold(name: str) -> str:
    """Return a name without its units, case, accents and anything but letters and digits."""
    bare = unicodedata.normalize("NFKD", _UNITS.sub("", name)).casefold()
    return "".join(char for char in bare if char.isalnum())


@cache
def _sheets() -> tuple[str, ...]:
    return tuple(dict.fromkeys(row["sheet"] for row in table("adapters.whoop", "columns.csv")))


@cache
def _places(sheet: str) -> tuple[tuple[str, str, frozenset[str]], ...]:
    """Return (what it is, its kind, its folded names) of each column of a table, in their order."""
    return tuple(
        (row["key"], row["kind"], frozenset(fold(row[language]) for language in _LANGUAGES if row[language]))
        for row in table("adapters.whoop", "columns.csv")
        if row["sheet"] == sheet
    )


@cache
def _names(sheet: str) -> frozenset[str]:
    return frozenset().union(*(names for _, _, names in _places(sheet)))


@cache
def _heads() -> frozenset[str]:
    """Return the names of the columns that every table begins with."""
    return frozenset().union(*(names for sheet in _sheets() for _, _, names in _places(sheet)[:_HEAD]))
