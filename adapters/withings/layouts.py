"""Tells which table a file is and which of its columns is which, in whatever language its header is.

The idea: file names are never translated, headers are, and only in part. A column is known by its name in one
of the languages of ``tables/headers.csv``; a name nobody has listed yet is taken by its place, if the whole
header has the table's columns and every unit in brackets stands where the table has one. Where there is
nothing but unknown words, as in blood pressure, the header is refused: a guess would swap two numbers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from adapters.formats.sheets import plain
from adapters.tables import table

__all__ = [
    "ADAPTER",
    "LEFT",
    "RAW",
    "TYPED",
    "Column",
    "Heading",
    "Kind",
    "columns_of",
    "headings_of",
    "kind_of",
    "rows",
]

ADAPTER = "withings"
LEFT, RAW, TYPED = "left", "raw", "other_measurements"
_BRACKETS = re.compile(r"(.*?) ?\(([^()]*)\)")
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is: who reads it, as which table, and why not if it is left; of a raw file what of what."""

    room: str
    reads_as: str
    why: str = ""
    device: str = ""
    quantity: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, from ``tables/columns.csv``; ``place`` is None for one of older exports."""

    name: str
    place: int | None
    kind: str
    is_needed: bool
    metric: str
    unit: str
    above: float | None


@dataclass(frozen=True, slots=True)
class Heading:
    """A column as a header has it: its numbers become ``(number + plus) * factor / divisor``."""

    column: Column
    plus: float = 0.0
    factor: float = 1.0
    divisor: float = 1.0

    def converted(self, value: float) -> float:
        """Return a number of the file in the unit of its metric."""
        if (self.plus, self.factor, self.divisor) == (0, 1, 1):
            return value
        return round((value + self.plus) * self.factor / self.divisor, _DECIMALS)


def rows(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a table of this adapter."""
    return table("adapters.withings", name)


def kind_of(basename: str) -> Kind | None:
    """Return what a file is by its name, which its header has yet to bear out; None if nobody knows it."""
    name = basename.casefold().removesuffix(".csv")
    known = _files().get(name)
    if known is not None:
        return Kind(known["room"], name, known["why"])
    for quantity, told in _quantities().items():
        device = name.removeprefix("raw_").removesuffix(f"_{quantity}")
        if name == f"raw_{device}_{quantity}":
            return Kind(told["room"], RAW, told["why"], device, quantity)
    return Kind(LEFT, "", "not-read") if name.startswith(("raw_", "aggregates_")) else None


def headings_of(file: str, header: Sequence[str]) -> dict[str, Heading] | str:
    """Return the columns of a file's header by how they are written, or why it is none of this table's."""
    columns, cells = columns_of(file), [_parsed(cell) for cell in header]
    named = {at: columns[name] for at, (words, _) in enumerate(cells) if (name := _words(file).get(words))}
    placed = _placed(columns.values(), cells, named)
    found = placed | named
    names = {column.name for column in found.values()}
    if not all(column.name in names for column in columns.values() if column.is_needed):
        return "unknown-header"
    headings = {header[at]: _heading(column, cells[at][1]) for at, column in sorted(found.items())}
    told = {cell: heading for cell, heading in headings.items() if heading is not None}
    return told if len(told) == len(headings) else "unknown-unit"


def _placed(
    columns: Collection[Column], cells: list[tuple[str, str]], named: dict[int, Column]
) -> dict[int, Column]:
    """Return the columns by place; none unless units, number and known names all fit."""
    places = {column.place: column for column in columns if column.place is not None}
    if len(cells) > len(places) or any(places.get(at) != column for at, column in named.items()):
        return {}
    fits = [_units_of(places[at].kind) for at in range(len(cells))]
    told = [unit for _, unit in cells]
    if not any(told) or any(unit not in fit for unit, fit in zip(told, fits)):
        return {}
    return {at: places[at] for at in range(len(cells))}


def _heading(column: Column, unit: str) -> Heading | None:
    """Return a column with the conversion of its unit, None for a unit that is not known."""
    if not column.kind:
        return Heading(column)
    return next(
        (
            Heading(column, float(row["plus"]), float(row["factor"]), float(row["divisor"]))
            for row in rows("units.csv")
            if (row["kind"], row["said"]) == (column.kind, unit)
        ),
        None,
    )


def _parsed(cell: str) -> tuple[str, str]:
    """Return a header's cell as words and unit: in ``Heart rate (min)`` the brackets are words."""
    text = plain(cell)
    match = _BRACKETS.fullmatch(text)
    if match is None or match[2] not in _all_units():
        return text, ""
    return match[1], match[2]


@cache
def columns_of(file: str) -> dict[str, Column]:
    """Return the columns of a table by name."""
    return {
        row["column"]: Column(
            row["column"],
            int(row["place"]) if row["place"] else None,
            row["kind"],
            row["needed"] == "yes",
            row["metric"],
            row["unit"],
            float(row["above"]) if row["above"] else None,
        )
        for row in rows("columns.csv")
        if row["file"] == file
    }


@cache
def _words(file: str) -> dict[str, str]:
    known = columns_of(file)
    return {plain(row["said"]): row["column"] for row in rows("headers.csv") if row["column"] in known}


@cache
def _files() -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in rows("files.csv")}


@cache
def _quantities() -> dict[str, dict[str, str]]:
    longest_first = sorted(rows("raw.csv"), key=lambda row: -len(row["quantity"]))
    return {row["quantity"]: row for row in longest_first}


@cache
def _units_of(kind: str) -> frozenset[str]:
    return frozenset(row["said"] for row in rows("units.csv") if row["kind"] == kind) or frozenset({""})


@cache
def _all_units() -> frozenset[str]:
    return frozenset(row["said"] for row in rows("units.csv")) - {""}
