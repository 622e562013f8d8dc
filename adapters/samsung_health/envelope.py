"""Opens one of Samsung's tables: a line that says what it is, a header, and rows with a comma too many.

The idea: the first line decides. ``com.samsung.health.sleep`` alone is the old export, whose clocks are
local; followed by two numbers it is the new one, whose clocks are UTC. Columns may carry the name of their
type before their own (``com.samsung.health.sleep.start_time``); that is taken off, and such a column goes
before the app's own of the same name.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, cast

from adapters.formats.sheets import Row, Sheet
from adapters.tables import table
from vault.errors import MalformedFile

if TYPE_CHECKING:
    from adapters.base import ByteSource

__all__ = ["ADAPTER", "LEFT", "PEEK", "Kind", "Table", "kinds", "rows", "title_of"]

ADAPTER = "samsung_health"
LEFT = "left"
PEEK = 1 << 10
_TITLE = re.compile(
    rb"(?:\xef\xbb\xbf)?(com\.samsung\.s?health\.[a-z0-9_.]{1,100})((?:,[^,\r\n]{0,40}){0,4})\r?(?:\n|$)"
)
_PREFIX = re.compile(r"com\.samsung\.s?health\.(?:[a-z0-9_]+\.)*(?=[a-z0-9_]+$)")
SHORT = "short-row"
_UNSET = {"2147483647", "3.4028235E38", "3.4028235e38"}
"""The largest numbers of Java's types, which stand for a field nobody filled."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of a type of data, from ``tables/kinds.csv``.

    Args:
        room: Who reads it, or ``LEFT``.
        reads_as: Under which name the other tables have its columns.
        bins: Columns that may name a document of finer values.
        notes: Columns that are kept with each sample.
        mirror_of: A type that says the same: where that is, this one is left.
        why: Why it is left.
    """

    datatype: str
    room: str
    reads_as: str
    bins: tuple[str, ...]
    notes: tuple[str, ...]
    mirror_of: str
    why: str


def title_of(head: bytes) -> tuple[str, bool] | None:
    """Return what a table is by its first bytes, and whether it is of the old export; None for no table."""
    found = _TITLE.match(head)
    return None if found is None else (found[1].decode("ascii"), not found[2].strip(b","))


def rows(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a table of this adapter."""
    return table("adapters.samsung_health", name)


@cache
def kinds() -> dict[str, Kind]:
    """Return the types of data that are known, by name."""
    return {
        row["datatype"]: Kind(
            row["datatype"], row["room"], row["reads_as"], tuple(row["bins"].split()),
            tuple(row["notes"].split()), row["mirror_of"], row["why"],
        )
        for row in rows("kinds.csv")
    }  # fmt: skip


class Table:
    """A table open for reading, once; raises MalformedFile if it is none of Samsung's."""

    def __init__(self, stream: ByteSource) -> None:
        raw = io.BufferedReader(cast("io.RawIOBase", stream), 1 << 16)
        title = title_of(raw.readline(PEEK))
        if title is None:
            raise MalformedFile("a table that does not say what it is")
        self.datatype, self.is_old = title
        self._sheet = Sheet(cast("ByteSource", raw))
        named = [(name, _PREFIX.sub("", name)) for name in self._sheet.header]
        self._columns = sorted(named, key=lambda pair: pair[0] != pair[1])

    def __iter__(self) -> Iterator[tuple[int, Row | str]]:
        """Yield (line, row by the columns' own names), or instead of a row why it can't be read."""
        for line, cells in self._sheet:
            yield line + 1, cells if isinstance(cells, str) else self._row(cells)

    def _row(self, cells: Row) -> Row | str:
        if len(cells) < len(self._sheet.header):
            return SHORT
        row: Row = {}
        for name, own in self._columns:
            text = cells[name].strip()
            if text in _UNSET:
                text = ""
            if text or own not in row:
                row[own] = text
        return row
