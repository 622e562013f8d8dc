"""Reads Records one at a time: from parsed elements to rows.

The idea: this is the definition of what a Record says; the fast lane only says it faster. Attributes beyond
the known ones are kept with the metadata, which is where iOS 8 had them.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from adapters.apple_health.dates import parse_date
from adapters.apple_health.ios8 import original_name
from adapters.apple_health.notes import note_of_elements
from adapters.apple_health.numbers import plain_number
from adapters.apple_health.rows import COLUMNS, Head, Note, Rows
from vault.time import NO_INSTANT

if TYPE_CHECKING:
    from adapters.apple_health.expat import Element

__all__ = ["RowBuilder", "extra_of", "head_of"]

_KNOWN = frozenset(
    (
        *("type", "source", "sourceName", "sourceVersion", "device", "unit"),
        *("creationDate", "startDate", "endDate", "value"),
    )
)


def head_of(attributes: Mapping[str, str]) -> Head:
    """Return the head of a Record's attributes; iOS 8 called the source's name just ``source``."""
    get = attributes.get
    source = get("sourceName", get("source", ""))
    return Head(get("type", ""), source, get("sourceVersion", ""), get("device", ""), get("unit", ""))


def extra_of(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes no Record is known to have."""
    if attributes.keys() <= _KNOWN:
        return {}
    return {original_name(name): value for name, value in attributes.items() if name not in _KNOWN}


class RowBuilder:
    """Collects Records into ``Rows``."""

    def __init__(self) -> None:
        self._heads: dict[Head, int] = {}
        self._texts: dict[str | None, int] = {}
        self._notes: dict[Note, int] = {}
        self._rows: list[tuple[float, ...]] = []

    def __len__(self) -> int:
        """Return the number of Records collected."""
        return len(self._rows)

    def add(self, record: Element) -> str:
        """Add a Record; return why not, or empty text."""
        if not record.get("type"):
            return "no-type"
        start, end = parse_date(record.get("startDate")), parse_date(record.get("endDate"))
        if start is None or end is None:
            return "bad-date"
        recorded = parse_date(record.get("creationDate"))
        text = record.attributes.get("value")
        number = None if text is None else plain_number(text)
        note = note_of_elements(record.children, extra_of(record.attributes))
        self._rows.append(
            (
                _code(self._heads, head_of(record.attributes)),
                start[0],
                end[0],
                recorded[0] if recorded else NO_INSTANT,
                start[1],
                np.nan if number is None else number,
                _code(self._texts, text) if number is None else -1,
                _code(self._notes, note) if note.text else -1,
                record.line,
            )
        )
        return ""

    def rows(self) -> Rows:
        """Return what was collected."""
        columns = zip(*self._rows) if self._rows else ((),) * len(COLUMNS)
        arrays = (np.array(column, dtype) for column, dtype in zip(columns, COLUMNS.values()))
        return Rows(list(self._heads), list(self._texts), list(self._notes), *arrays)


def _code(known: dict[Any, int], thing: Hashable) -> int:
    return known.setdefault(thing, len(known))
