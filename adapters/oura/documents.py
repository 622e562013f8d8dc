"""Tells what Oura's documents and tables are: which collection a row is of, whatever it was saved as.

The idea: one night is said as JSON by the API, as a row with JSON in its cells by the account's export, with
Python's spelling of it by scripts, and as a few columns among others by the trends table. All become the
document that the API would give, so that each collection is read in one place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any

from adapters.formats.sheets import plain
from adapters.tables import table

if TYPE_CHECKING:
    from adapters.formats.items import Json

__all__ = [
    "DATA", "collection_of", "is_list", "is_trends", "left_by_name", "named", "of_cells", "of_trends", "rows",
]  # fmt: skip

DATA = "data"
"""The key of an answer's list."""
_SPELLING = re.compile(r"[^a-z0-9]")
_PYTHON = re.compile(r"'|\bNone\b|\bTrue\b|\bFalse\b|\bnan\b")
_AS_JSON = {"'": '"', "None": "null", "True": "true", "False": "false", "nan": "null"}
_LEAST_TRENDS = 3
"""So many columns of the trends table, beside the date, are no chance."""

rows = partial(table, "adapters.oura")
"""Returns the rows of a table of this adapter."""


@lru_cache(maxsize=1_024)
def named(name: str) -> str:
    """Return the collection that a file or a key names, or an empty text."""
    return _names().get(_plain(name), ("", ""))[0]


@lru_cache(maxsize=1_024)
def left_by_name(name: str) -> str:
    """Return why a file of that name is left on purpose, or an empty text."""
    return _names().get(_plain(name), ("", ""))[1]


def is_list(key: str) -> bool:
    """Whether a key of a document is that of a collection, and not of a field such as ``heart_rate``."""
    return key == DATA or key.casefold() in _keys()


def collection_of(keys: Iterable[str], *, alone: bool = False) -> str:
    """Return the collection of a row by its keys, or an empty text.

    ``alone`` asks for what is Oura's beyond doubt, without other files around it.
    """
    return _of_keys(frozenset(keys), alone)


@lru_cache(maxsize=256)
def _of_keys(keys: frozenset[str], alone: bool) -> str:  # noqa: FBT001
    for row in rows("marks.csv"):
        if keys.issuperset(row["marks"].split()) and (row["alone"] or not alone):
            return row["collection"]
    return ""


def is_trends(header: Iterable[str], *, by_name: bool) -> bool:
    """Whether a table is the trends: a date and columns of its; fewer will do if the name says so."""
    columns = {plain(name) for name in header}
    known = columns & _trends().keys()
    return "date" in columns and len(known) >= (1 if by_name else _LEAST_TRENDS)


def of_cells(row: Mapping[str, str]) -> Json:
    """Return the document of a row of texts, of which some are JSON or Python; empty ones are missing."""
    return {name: _cell(cell) for name, text in row.items() if (cell := text.strip())}


def of_trends(row: Mapping[str, str]) -> dict[str, Json]:
    """Return the documents by collection that a row of the trends is made of.

    What no collection has is in the one with an empty name.
    """
    found: dict[str, Json] = {}
    for column, text in row.items():
        if text.strip() and text.strip() != "None" and plain(column) != "date":
            collection, key = _trends().get(plain(column), ("", plain(column)))
            place = found.setdefault(collection, {})
            outer, _, inner = key.rpartition(".")
            (place.setdefault(outer, {}) if outer else place)[inner] = text.strip()
    return found


def _cell(text: str) -> Any:
    if text[0] not in "{[":
        return text
    for spelled in (text, _PYTHON.sub(lambda found: _AS_JSON[found[0]], text)):
        try:
            return json.loads(spelled)
        except (ValueError, RecursionError):
            continue
    return None


def _plain(name: str) -> str:
    return _SPELLING.sub("", name.casefold())


@cache
def _names() -> dict[str, tuple[str, str]]:
    return {_plain(row["name"]): (row["collection"], row["left"]) for row in rows("collections.csv")}


@cache
def _keys() -> frozenset[str]:
    names = {row["name"] for row in rows("collections.csv")}
    return frozenset(names | {name.replace("_", "") for name in names})


@cache
def _trends() -> dict[str, tuple[str, str]]:
    return {plain(row["column"]): (row["collection"], row["key"]) for row in rows("trends.csv")}
