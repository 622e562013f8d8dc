"""Reads a table of text row by row: CSV of any delimiter and encoding, with the line each row begins on.

The idea: a table is a header and rows, and nothing in it is worth losing the rest for. A row that can't be
read is a reason in its place; a line too long to be a row is passed over without ever being held. Columns are
found by name, never by place.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, cast

from vault.errors import MalformedFile

if TYPE_CHECKING:
    from adapters.base import ByteSource

__all__ = ["ENDINGS", "MAX_LINE", "Row", "Sheet", "plain"]

Row = dict[str, str]
"""A row by column: a column that is missing is not there, one without a value is empty."""

ENDINGS = (".csv", ".txt", ".tsv")
"""What tables of text are called, where a file's name has to tell."""
MAX_LINE = 16 << 20
"""Bytes of a line, and characters of a cell; Withings writes a whole day into one."""
_MOST_LINES = 200
"""Of a row: notes have line ends."""
_HEADER_WITHIN = 100
"""Lines; who asks whether a file is a table of theirs must not read all of it to hear no."""
HUGE, MALFORMED = "huge-row", "malformed-csv"
_DELIMITERS = ",;\t"
_UTF_8 = b"\xef\xbb\xbf"
_TWICE = _UTF_8.decode("cp1252").encode()
"""A mark of UTF-8 that was taken for Windows-1252 and encoded once more."""
_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_ZIP = b"PK\x03\x04"
"""A table in a zip may stand there as it is, not packed, and is not to be read from the zip's own bytes."""
_BLANK = re.compile(r"\s+")

csv.field_size_limit(MAX_LINE)  # of the process; the default would cut off what is bounded here anyway


def plain(name: str) -> str:
    """Return a column's name without case and spare blanks, as ``Sheet`` looks for it."""
    return _BLANK.sub(" ", name).strip().casefold()


class Sheet:
    """A table open for reading, once.

    Args:
        stream: The file.
        delimiter: Given, or found in the header among comma, semicolon and tab.
        starts_with: Columns of which the header has at least one; lines before it are passed over. None: the
            first line that is not blank is the header.

    ``header`` has the columns as they are written, without blanks around; a name that is there again has its
    number, ``Distance``, ``Distance#2``. Raises MalformedFile if there is no header.
    """

    def __init__(
        self, stream: ByteSource, *, delimiter: str = "", starts_with: Sequence[str] | None = None
    ) -> None:
        self._lines = _Lines(stream)
        self._wanted = None if starts_with is None else {plain(name) for name in starts_with}
        self.delimiter = delimiter
        self.header = self._header()
        self._reader = csv.reader(cast("Iterator[str]", self._lines), delimiter=self.delimiter)

    def __iter__(self) -> Iterator[tuple[int, Row | str]]:
        """Yield (line, row) in order, blank rows left out; instead of a row maybe why it can't be read."""
        while True:
            line = self._lines.begin()
            try:
                cells = next(self._reader)
            except StopIteration:
                break
            except csv.Error:
                cells = None
            if cells is None or self._lines.is_over:  # the file ended within quotes
                self._lines.give_back()
                yield line, MALFORMED
                continue
            for passed in self._lines.huge():
                yield passed, HUGE
                line = passed + 1
            if any(cell.strip() for cell in cells):
                yield line, dict(zip(self.header, cells))
        yield from ((at, HUGE) for at in self._lines.huge())

    def _header(self) -> tuple[str, ...]:
        for text in islice(self._lines, _HEADER_WITHIN):
            delimiter = self.delimiter or max(_DELIMITERS, key=text.count)
            cells = _cells(text, delimiter)
            if any(cells) and (self._wanted is None or not self._wanted.isdisjoint(map(plain, cells))):
                self.delimiter = delimiter
                return _numbered(cells)
        raise MalformedFile("a table without a header")


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _numbered(names: list[str]) -> tuple[str, ...]:
    counts: dict[str, int] = {}
    found = []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        found.append(name if counts[name] == 1 else f"{name}#{counts[name]}")
    return tuple(found)


class _Lines:
    """The lines of a file as text; those of the row that is being read can be given back.

    ``is_over`` says that there are no more. A quote that is never closed would take the rest of the file for
    one cell: what it costs is its own line.
    """

    def __init__(self, stream: ByteSource) -> None:
        self.is_over = False
        self._count = 0
        self._row: list[str] = []
        self._again: deque[str] = deque()
        self._huge: list[int] = []
        raw = io.BufferedReader(cast("io.RawIOBase", stream), 1 << 16)
        head = raw.peek(8)
        if head.startswith(_ZIP):
            raise MalformedFile("no table of text but an archive")
        wide = next((name for mark, name in _WIDE.items() if head.startswith(mark)), None)
        self._wide = None if wide is None else codecs.getreader(wide)(raw, "replace")
        self._raw = raw
        for mark in (_UTF_8, _TWICE):
            if head.startswith(mark):
                raw.read(len(mark))

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Return the next line that is no longer than ``MAX_LINE``; csv.Error if a row has too many."""
        if len(self._row) == _MOST_LINES:
            raise csv.Error
        text = self._again.popleft() if self._again else self._next()
        if not text:
            self.is_over = True
            raise StopIteration
        self._row.append(text)
        return text

    def begin(self) -> int:
        """Begin a row, and return the number of its line."""
        self._row.clear()
        return self._count - len(self._again) + 1

    def give_back(self) -> None:
        """Have all lines of the row but the first read again."""
        self._again.extendleft(reversed(self._row[1:]))
        self.is_over = False

    def huge(self) -> list[int]:
        """Return the numbers of lines that were passed over since this was last asked."""
        found, self._huge = self._huge, []
        return found

    def _next(self) -> str:
        """Return the next line of the file, without NULs; an empty one at the end."""
        while True:
            text = self._wide_line() if self._wide is not None else self._line()
            if text is not None:
                return text.replace("\0", "") or ("\n" if text else "")

    def _line(self) -> str | None:
        data = self._raw.readline(MAX_LINE)
        self._count += bool(data)
        if len(data) == MAX_LINE and not data.endswith(b"\n"):
            while data and not data.endswith(b"\n"):
                data = self._raw.readline(MAX_LINE)
            self._huge.append(self._count)
            return None
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return data.decode("cp1252", "replace")

    def _wide_line(self) -> str | None:
        assert self._wide is not None
        text = self._wide.readline()
        self._count += bool(text)
        return text.removeprefix("\ufeff")
