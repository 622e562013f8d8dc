"""The data dictionary of a bundle's tables, as the W3C's "CSV on the Web": columns, types, units, meanings.

What a column means is said in ``dictionary.csv``; a series says besides of which metric it is, and in which
unit where it has one only. A stream may have columns that only their vendor knows, which are numbers.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from policies.rights.csvout import SERIES_HEAD
from vault.metrics import find
from vault.nature import nature_of_metric
from vault.store.checks import metric_of

__all__ = ["Column", "Dictionary", "columns"]

_URL_SAFE = re.compile(r"[A-Za-z0-9_]")


class Column(NamedTuple):
    """A column: its type in XML Schema, its unit in UCUM or nothing, and what it holds."""

    datatype: str
    unit: str
    meaning: str


@cache
def columns(table: str) -> dict[str, Column]:
    """Return the columns of a table by name: of a reader, a conclusion, "series" or "streams"."""
    text = files("policies.rights").joinpath("dictionary.csv").read_text("utf-8")
    return {
        row["column"]: Column(row["datatype"], row["unit"], row["meaning"])
        for row in csv.DictReader(text.splitlines())
        if row["table"] == table
    }


class Dictionary:
    """The tables of a bundle, as they are written; ``path`` is relative to the dictionary itself."""

    def __init__(self) -> None:
        self._tables: list[dict[str, Any]] = []

    def add(self, path: str, table: str, names: Iterable[str]) -> None:
        """Add a table of ``dictionary.csv`` with the columns it has."""
        self._add(path, "", (_column(name, columns(table).get(name, _UNTOLD)) for name in names))

    def add_series(self, path: str, series: str, units: Sequence[str], *, coded: bool) -> None:
        """Add the table of a series."""
        metric = find(metric_of(series))
        told = dict(columns("series"))
        told["value"] = Column(
            "string" if coded else "double", units[0] if len(units) == 1 else "", told["value"].meaning
        )
        what = f"{metric.display if metric else series} ({nature_of_metric(metric_of(series))})"
        self._add(path, what, (_column(name, told[name]) for name in SERIES_HEAD))

    def json(self) -> Iterator[bytes]:
        """Yield ``csv-metadata.json``, a line a table."""
        yield b'{"@context":"http://www.w3.org/ns/csvw","tables":[\n'
        for number, table in enumerate(self._tables):
            yield (b",\n" if number else b"") + json.dumps(table).encode()
        yield b"\n]}\n"

    def _add(self, path: str, what: str, described: Iterable[dict[str, Any]]) -> None:
        table: dict[str, Any] = {"url": path, "tableSchema": {"columns": list(described)}}
        self._tables.append(table | ({"dc:title": what} if what else {}))


_UNTOLD = Column("double", "", "")


def _column(name: str, told: Column) -> dict[str, Any]:
    said = {"name": _variable(name), "titles": name, "datatype": told.datatype}
    if told.unit:
        said["schema:unitText"] = told.unit
    return said | ({"dc:description": told.meaning} if told.meaning else {})


def _variable(name: str) -> str:
    """Return a name that can stand in a URI template, as CSVW wants it."""
    encoded = (char if _URL_SAFE.match(char) else _percent(char) for char in name)
    return "".join(encoded).replace("_", "%5F", 1) if name.startswith("_") else "".join(encoded)


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))
