"""The tables of a bundle as blocks of cells: found, parsed and told apart by whole columns.

The idea: a comma or a line end counts if the quotes before it are even in number, as a running sum tells of
all bytes at once. The cells of a column that are of one length are then a matrix of bytes, which numpy reads
as numbers or instants, or sorts to see which texts there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from adapters.vitalvault.manifest import changed
from vault.time import MINUTE_NS, NO_INSTANT, UNKNOWN_OFFSET

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.base import ByteSource
    from vault.errors import MalformedFile

__all__ = ["Cells", "blocks"]

_BLOCK = 1 << 22
_LONGEST_ROW = 1 << 24
_QUOTE, _COMMA, _LINE = b'",\n'
_ZERO, _T, _Z, _PLUS, _MINUS, _COLON = b"0TZ+-:"
_SECONDS = len("2026-03-29T07:30:00")
_OFFSET = len("+02:00")


@dataclass(frozen=True, slots=True)
class Cells:
    """Whole rows of one table: the cell in row i and column j is buffer[first[i, j]:end[i, j]]."""

    column: Mapping[str, int]
    buffer: NDArray[np.uint8]
    first: NDArray[np.intp]
    end: NDArray[np.intp]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.end)

    def take(self, rows: NDArray[np.intp]) -> Cells:
        """Return some rows."""
        return replace(self, first=self.first[rows], end=self.end[rows])

    def numbers(self, name: str | int) -> NDArray[np.float64]:
        """Return a column of numbers, NaN where nothing is said."""
        found = np.full(len(self), np.nan)
        for rows, cells in self._by_length(name):
            found[rows] = _parsed(cells, np.float64)
        return found

    def instants(self, name: str | int) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
        """Return a column of ISO 8601 instants as UTC ns and recorded offsets in minutes.

        ``Z`` is an offset that was never recorded; an empty cell is ``NO_INSTANT``.
        """
        found = np.full(len(self), NO_INSTANT)
        offset = np.full(len(self), UNKNOWN_OFFSET, np.int16)
        for rows, cells in self._by_length(name):
            if cells.shape[1] <= _SECONDS:
                raise _foreign()
            is_utc = cells[:, -1] == _Z
            found[rows[is_utc]] = _local(cells[is_utc, :-1])
            away = rows[~is_utc]
            offset[away] = minutes = _minutes(cells[~is_utc, -_OFFSET:])
            found[away] = _local(cells[~is_utc, :-_OFFSET]) - minutes * MINUTE_NS
        return found, offset

    def texts(self, name: str | int) -> tuple[NDArray[np.int32], list[str]]:
        """Return a column of texts as indices of those there are; -1 where it is empty."""
        which = np.full(len(self), -1, np.int32)
        known: list[str] = []
        for rows, cells in self._by_length(name):
            distinct, place = np.unique(cells.view(f"V{cells.shape[1]}").ravel(), return_inverse=True)
            which[rows] = place + len(known)
            known += [_text(cell.tobytes()) for cell in distinct]
        return which, known

    def _by_length(self, name: str | int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.uint8]]]:
        """Yield the rows whose cells are of one length, not empty, and these as a matrix of bytes."""
        column = self.column.get(name) if isinstance(name, str) else name
        if column is None:
            raise _foreign()
        first = self.first[:, column]
        length = self.end[:, column] - first
        for size in np.unique(length[length > 0]).tolist():
            rows = np.flatnonzero(length == size)
            yield rows, np.lib.stride_tricks.sliding_window_view(self.buffer, size)[first[rows]]


def blocks(stream: ByteSource) -> Iterator[tuple[list[str], Cells]]:
    """Yield the names of a table's columns and its rows, a few megabytes at a time.

    Raises MalformedFile for what is no table as a bundle has them.
    """
    names: list[str] = []
    for data, ends in _whole_rows(stream):
        skip = 0 if names else 1
        names = names or _first_row(data, ends)
        yield names, _cells(names, data, ends, skip)
    if not names:
        raise _foreign()


def _cells(names: list[str], data: bytes, ends: NDArray[np.intp], skip: int) -> Cells:
    """Return rows, all of them whole and as wide as the first; ``skip`` of them are no part of the table."""
    width, buffer = len(names), np.frombuffer(data, np.uint8)
    if len(ends) % width:
        raise _foreign()
    first, end = np.append(0, ends + 1)[:-1].reshape(-1, width), ends.reshape(-1, width)
    if ((buffer[end] == _LINE) != (np.arange(width) == width - 1)).any():
        raise _foreign()
    return Cells({name: at for at, name in enumerate(names)}, buffer, first[skip:], end[skip:])


def _whole_rows(stream: ByteSource) -> Iterator[tuple[bytes, NDArray[np.intp]]]:
    """Yield bytes that begin with a row, and the ends of the cells of the whole rows in them."""
    rest = b""
    while chunk := stream.read(_BLOCK):
        data = rest + chunk
        ends = _ends(data)
        lines = np.flatnonzero(np.frombuffer(data, np.uint8)[ends] == _LINE)
        whole = ends[: lines[-1] + 1] if len(lines) else ends[:0]
        if len(whole):
            yield data, whole
        rest = data[whole[-1] + 1 :] if len(whole) else data
        if len(rest) > _LONGEST_ROW:
            raise _foreign()
    if rest:
        raise _foreign()


def _ends(data: bytes) -> NDArray[np.intp]:
    """Return where cells end: at commas and line ends that are not within quotes."""
    buffer = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero((buffer == _COMMA) | (buffer == _LINE))
    quotes = np.add.accumulate(buffer == _QUOTE, dtype=np.uint8)  # modulo 256, which keeps odd and even apart
    outside: NDArray[np.intp] = ends[quotes[ends] % 2 == 0]
    return outside


def _first_row(data: bytes, ends: NDArray[np.intp]) -> list[str]:
    first = [0]
    for end in ends.tolist():
        first.append(end + 1)
        if data[end] == _LINE:
            break
    return [_text(data[start : end - 1]) for start, end in pairwise(first)]


def _text(cell: bytes) -> str:
    """Return what a cell says; half an emoji that a vendor cut off is half an emoji again."""
    if cell[:1] == b'"':
        cell = cell[1:-1].replace(b'""', b'"')
    try:
        return cell.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise _foreign() from None


def _parsed(cells: NDArray[np.uint8], kind: Any) -> NDArray[Any]:
    """Return what a matrix of characters says, a row a cell."""
    try:
        return np.ascontiguousarray(cells).view(f"S{cells.shape[1]}").ravel().astype(kind)
    except ValueError:
        raise _foreign() from None


def _local(cells: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return clock times without their offsets as ns."""
    if not len(cells):
        return np.empty(0, np.int64)
    # numpy takes words such as "now" for times as well.
    if cells.shape[1] < _SECONDS or (cells[:, _SECONDS - 9] != _T).any():
        raise _foreign()
    ns: NDArray[np.int64] = _parsed(cells, "M8[ns]").astype(np.int64)
    return ns


def _minutes(cells: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return offsets such as +02:00 in minutes."""
    digits = cells[:, [1, 2, 4, 5]].astype(np.int64) - _ZERO
    sign = cells[:, 0]
    if not (np.isin(sign, (_PLUS, _MINUS)) & (cells[:, 3] == _COLON)).all() or digits.min(initial=0) < 0:
        raise _foreign()
    minutes: NDArray[np.int64] = digits @ np.array([600, 60, 10, 1]) * np.where(sign == _MINUS, -1, 1)
    return minutes


def _foreign() -> MalformedFile:
    return changed("a table that is not as VitalVault writes it")
