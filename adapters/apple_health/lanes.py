"""Reads export.xml through two lanes: whole columns where it can, expat for what is left.

The idea: the fast lane takes only what expat would have read the same, so the parser may be fed the file
without it. Where lines stop being one tag each, the fast lane ends for good and expat reads on from there.
A file that ends badly gives what was whole, and a rejection that says where and why.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from adapters.apple_health.blocks import split_prologue
from adapters.apple_health.expat import Element, ElementParser, Unreadable
from adapters.apple_health.fast import read_records
from adapters.apple_health.layout import Layout, find_elements
from adapters.apple_health.records import RowBuilder
from adapters.archive import reason_of
from vault.errors import InputError
from vault.records import Rejection

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.apple_health.rows import Rows

__all__ = ["Lanes"]

MAX_ELEMENT = 16 << 20
_UTF8 = "utf-8"
_DECLARATION = b"<!"


class Lanes:
    """One reading of one file.

    Args:
        file: Its name, for rejections.
        use_fast: False sends everything through expat, which must give the same.
    """

    def __init__(self, file: str, *, use_fast: bool = True) -> None:
        self._file = file
        self._is_fast = use_fast
        self._parser = ElementParser(self._take)
        self._records = RowBuilder()
        self._found: list[Element | Rejection] = []
        self._rest = b""
        self._line = 1

    def read(self, blocks: Iterator[bytes]) -> Iterator[Rows | Element | Rejection]:
        """Yield Records as rows and every other child of the root as an element.

        Raises MalformedFile if not even the root is there.
        """
        prologue, self._rest = split_prologue(blocks)
        try:
            self._feed(prologue)
            self._is_fast &= self._parser.is_between_elements and self._parser.encoding == _UTF8
            for block in itertools.chain((b"",), blocks):
                self._rest += block
                yield from self._through_columns() if self._is_fast else self._through_expat()
            yield from self._through_expat()
            self._parser.close()
        except Unreadable as error:
            self._found.append(Rejection(error.reason, self._file, error.line))
        except InputError as error:
            self._found.append(Rejection(reason_of(error), self._file, self._line))
        yield from self._drain()

    def _through_expat(self) -> Iterator[Rows | Element | Rejection]:
        text, self._rest = self._rest, b""
        self._feed(text)
        yield from self._drain()

    def _through_columns(self) -> Iterator[Rows | Element | Rejection]:
        text = np.frombuffer(self._rest, np.uint8)
        layout = find_elements(text)
        rows, taken = read_records(text, layout, self._line)
        try:
            covered = self._feed_between(layout, taken)
        except Unreadable as error:
            yield rows.select(rows.line < error.line)
            raise
        lines = int(layout.last[covered - 1]) + 1 if covered else 0
        yield rows if covered == len(layout.first) else rows.select(rows.line < self._line + lines)
        yield from self._drain()
        self._is_fast &= layout.is_regular and len(self._rest) <= MAX_ELEMENT
        self._rest = self._rest[int(layout.end[lines - 1]) + 1 if lines else 0 :]
        self._line += lines

    def _feed_between(self, layout: Layout, taken: NDArray[np.int64]) -> int:
        """Feed expat the elements not taken; return how many elements are behind us.

        Fewer than all, if after a piece the parser is not back between two elements, or may be in CDATA.
        """
        is_left = np.ones(len(layout.first), bool)
        is_left[taken] = False
        edges = np.flatnonzero(np.diff(is_left, prepend=False, append=False))
        for begin, after in edges.reshape(-1, 2).tolist():
            line = int(layout.first[begin])
            piece = self._rest[layout.start[line] : layout.end[layout.last[after - 1]] + 1]
            self._parser.feed(piece, self._line + line)
            if _DECLARATION in piece or not self._parser.is_between_elements:
                self._is_fast = False
                return int(after)
        return len(layout.first)

    def _feed(self, text: bytes) -> None:
        self._parser.feed(text, self._line)
        self._line += text.count(b"\n")

    def _take(self, element: Element) -> None:
        if element.name != "Record":
            self._found.append(element)
        elif reason := self._records.add(element):
            self._found.append(Rejection(reason, self._file, element.line))

    def _drain(self) -> Iterator[Rows | Element | Rejection]:
        """Hand on what expat has found since the last time."""
        found, self._found = self._found, []
        records, self._records = self._records, RowBuilder()
        if len(records):
            yield records.rows()
        yield from found
