"""Reads long plain tables of text as columns: a megabyte of lines at once, cut at the commas.

The idea: ten years of heart rate are 60 million lines of one shape: a time, a number and a name. They are
read together; a line of any other shape is read by itself, as the csv module reads it, so that both ways give
the same and only the odd line pays.
"""

from __future__ import annotations

import codecs
import csv
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from adapters.fitbit import csv_cells
from adapters.formats.points import instant_of, number_of
from adapters.formats.sheets import HUGE, MALFORMED, plain
from vault.errors import MalformedFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.base import ByteSource

__all__ = ["BAD_DATE", "BAD_VALUE", "Columns", "Part", "is_missing"]

BAD_DATE, BAD_VALUE = "bad-date", "bad-value"
_BLOCK = 1 << 20
"""Bytes that are looked at together, and more than any line of these tables has."""
_NEWLINE, _COMMA = b"\n,"
_ODD = np.zeros(256, np.bool_)
_ODD[list(b'"\r\0')] = True
"""What the csv module minds within a line."""
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MISSING = ("", "nan", "null", "none")
_Row = tuple[int, list[float], list[str]]


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a table; those that can't be used are only among the ``reasons``.

    Args:
        line: int64 [n], where a row stands, from 1.
        clock: int64 [n], ns of a time as it is written, which is UTC if it says its zone.
        numbers: float64 [n] by column, NaN for an empty cell.
        texts: (int64 [n], indices of the list; the different texts) by column.
        reasons: (line, why) of each row that can't be used.
    """

    line: NDArray[np.int64]
    clock: NDArray[np.int64]
    numbers: dict[str, NDArray[np.float64]]
    texts: dict[str, tuple[NDArray[np.int64], list[str]]]
    reasons: list[tuple[int, str]]


class Columns:
    """A table open for reading, once; ``header`` has the plain names of its columns.

    Raises MalformedFile if there is no header.
    """

    def __init__(self, stream: ByteSource) -> None:
        self._blocks = _blocks(stream)
        self._line = 1
        self._begun = b""
        self.header = self._header()

    def parts(self, time: str, numbers: Sequence[str], texts: Sequence[str]) -> Iterator[Part]:
        """Yield the rows in order, blank ones left out; the header has the columns that are asked for."""
        reading = _Reading(self.header, time, tuple(numbers), tuple(texts))
        for block in itertools.chain([self._begun], self._blocks):
            if block:
                yield reading.part(block, self._line)
            elif block is None:
                yield reading.part(b"", self._line, [(self._line, HUGE)])
            self._line += 1 if block is None else block.count(b"\n")

    def _header(self) -> tuple[str, ...]:
        for block in self._blocks:
            rest = b"\n" if block is None else block
            while rest:
                line, _, rest = rest.partition(b"\n")
                self._line += 1
                cells = _cells(line)
                if isinstance(cells, list) and any(cells):
                    self._begun = rest
                    return tuple(map(plain, cells))
        raise MalformedFile("a table without a header")


class _Reading:
    """What is wanted of a table, and the two ways to it."""

    def __init__(
        self, header: tuple[str, ...], time: str, numbers: tuple[str, ...], texts: tuple[str, ...]
    ) -> None:
        self._width = len(header)
        self._place = {name: header.index(name) for name in (time, *numbers, *texts)}
        self._time, self._numbers, self._texts = time, numbers, texts

    def part(self, block: bytes, first: int, reasons: Sequence[tuple[int, str]] = ()) -> Part:
        """Return the rows of a block of whole lines, of which the first is number ``first``."""
        data = np.frombuffer(block.ljust(len(block) + csv_cells.MARGIN, b"\0"), np.uint8)
        stop = np.flatnonzero(data == _NEWLINE)
        start = np.concatenate((np.zeros(min(len(stop), 1), np.int64), stop[:-1] + 1))
        commas = np.flatnonzero(data == _COMMA)
        before = np.searchsorted(commas, start)
        is_plain = np.searchsorted(commas, stop) - before == self._width - 1
        is_plain[np.searchsorted(stop, np.flatnonzero(_ODD[data[: len(block)]]))] = False
        rows = np.flatnonzero(is_plain)
        inner = [commas[before[rows] + number] for number in range(self._width - 1)]
        quick, fine = self._together(data, [start[rows] - 1, *inner, stop[rows]], rows)
        is_plain[rows[~fine]] = False
        odd = np.flatnonzero(~is_plain)
        singles = [(int(row), self._single(block[start[row] : stop[row]])) for row in odd]
        bad = [(first + row, single) for row, single in singles if isinstance(single, str)]
        good = [(row, single) for row, single in singles if isinstance(single, tuple)]
        return self._joined(quick, good, first, [*reasons, *bad])

    def _together(
        self, data: NDArray[np.uint8], edges: list[NDArray[np.int64]], rows: NDArray[np.int64]
    ) -> tuple[Part, NDArray[np.bool_]]:
        """Return those of some lines that are plain, and which they are."""

        def cells(name: str) -> csv_cells.Cells:
            return edges[self._place[name]] + 1, edges[self._place[name] + 1]

        clock, fine = csv_cells.clocks(data, cells(self._time))
        numbers = {name: csv_cells.numbers(data, cells(name)) for name in self._numbers}
        texts = {name: csv_cells.texts(data, cells(name)) for name in self._texts}
        for _, is_plain in numbers.values():
            fine &= is_plain
        for _, _, is_plain in texts.values():
            fine &= is_plain
        part = Part(
            rows[fine],
            clock[fine],
            {name: number[fine] for name, (number, _) in numbers.items()},
            {name: (index[fine], found) for name, (index, found, _) in texts.items()},
            [],
        )
        return part, fine

    def _joined(
        self, quick: Part, singles: list[tuple[int, _Row]], first: int, reasons: list[tuple[int, str]]
    ) -> Part:
        """Return the rows that were read together and those that were read singly, in order."""
        line = np.concatenate((quick.line, np.array([row for row, _ in singles], np.int64)))
        order = np.argsort(line, kind="stable")
        clock = np.concatenate((quick.clock, np.array([row[0] for _, row in singles], np.int64)))
        numbers, texts = {}, {}
        for place, name in enumerate(self._numbers):
            more = np.array([row[1][place] for _, row in singles], np.float64)
            numbers[name] = np.concatenate((quick.numbers[name], more))[order]
        for place, name in enumerate(self._texts):
            index, known = quick.texts[name]
            found = {text: number for number, text in enumerate(known)}
            codes = [found.setdefault(row[2][place], len(found)) for _, row in singles]
            texts[name] = np.concatenate((index, np.array(codes, np.int64)))[order], list(found)
        return Part(line[order] + first, clock[order], numbers, texts, reasons)

    def _single(self, line: bytes) -> _Row | str | None:
        """Return time, numbers and texts of one line, or why it can't be used; None if it is blank."""
        cells = _cells(line)
        if isinstance(cells, str):
            return cells
        if not any(cells):
            return None
        cells += [""] * (self._width - len(cells))
        clock = instant_of(cells[self._place[self._time]])
        if clock is None:
            return BAD_DATE
        texts = [cells[self._place[name]] for name in self._numbers]
        numbers = [nan if is_missing(text) else number_of(text) for text in texts]
        if None in numbers:
            return BAD_VALUE
        found = [number for number in numbers if number is not None]
        return clock, found, [cells[self._place[name]] for name in self._texts]


def is_missing(text: str) -> bool:
    """Whether a cell says that there is no value."""
    return text.casefold() in _MISSING


def _cells(line: bytes) -> list[str] | str:
    """Return the cells of a line without blanks around, or why there are none."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = line.decode("cp1252", "replace")
    try:
        rows = list(csv.reader([text.replace("\0", "")], strict=True))
    except csv.Error:
        return MALFORMED
    return [cell.strip() for cell in rows[0]] if rows else []


def _blocks(stream: ByteSource) -> Iterator[bytes | None]:
    """Yield whole lines of UTF-8, many at once, each ending in a newline; None for one that is too long."""
    held, is_passing = b"", False
    for data in _utf_8(stream):
        rest = data
        if is_passing:
            _, newline, rest = data.partition(b"\n")
            if not newline:
                continue
            is_passing = False
            yield None
        held += rest
        if cut := held.rfind(b"\n") + 1:
            yield held[:cut].replace(b"\r\n", b"\n")
            held = held[cut:]
        if len(held) > _BLOCK:
            held, is_passing = b"", True
    if is_passing:
        yield None
    elif held:
        yield held.removesuffix(b"\r") + b"\n"


def _utf_8(stream: ByteSource) -> Iterator[bytes]:
    """Yield a file's bytes without the mark it may begin with, UTF-16 as UTF-8."""
    data = stream.read(_BLOCK)
    if data.startswith(_UTF_16):
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
        while data:
            yield decoder.decode(data).encode()
            data = stream.read(_BLOCK)
    data = data.removeprefix(codecs.BOM_UTF8)
    while data:
        yield data
        data = stream.read(_BLOCK)
