"""Reads the cells of a column together: times, plain decimals and short texts, from where they stand.

The idea: a cell is a place in a block of bytes. So many bytes from each place on are one matrix, and what is
done letter by letter is done for all rows at once. A cell that is written in any other way is not misread but
said to be not plain.
"""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np

from vault.time import DAY_NS, MINUTE_NS, SECOND_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MARGIN", "Cells", "clocks", "numbers", "texts"]

Cells = tuple["NDArray[np.int64]", "NDArray[np.int64]"]
"""Where the cells of a column begin and end in a block, int64 [n] both."""

MARGIN = 64
"""Bytes a block has to go on beyond its lines; a longer text is not plain."""
_MOST_DIGITS = 15
"""So many make a whole number that a double holds, and its quotient by a power of ten is the nearest one."""
_POWERS = 10.0 ** np.arange(_MOST_DIGITS + 1)
_DOT, _MINUS, _ZERO = b".-0"
_STAMP, _MINUTE, _MICROS = len("2026-05-06T12:49:00"), len("2026-05-06T12:49"), len(".552356")
_MARKS = ((4, b"--"), (7, b"--"), (10, b"T "), (13, b"::"), (16, b"::"))
_YEARS = range(1970, 2200)
_ZONES = (b"", b"Z", b"+0000", b"+00:00")
_LONGEST_ZONE = len("+00:00")


def clocks(data: NDArray[np.uint8], cells: Cells) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return (ns, which are plain): a date and time to the minute or finer, in UTC or without zone."""
    start, stop = cells
    letters = _letters(data, cells, _STAMP + _MICROS)
    is_short = stop - start == _MINUTE
    letters[is_short, _MINUTE:_STAMP] = np.frombuffer(b":00", np.uint8)
    digits = letters - _ZERO
    plain = np.ones(len(start), np.bool_)
    for at, marks in _MARKS:
        plain &= (letters[:, at] == marks[0]) | (letters[:, at] == marks[1])
    year, month, day = (_whole(digits, *span, plain) for span in ((0, 4), (5, 7), (8, 10)))
    hour, minute, second = (_whole(digits, *span, plain) for span in ((11, 13), (14, 16), (17, 19)))
    begins, ends = (
        ((year - 1970) * 12 + number).astype("M8[M]").astype("M8[D]").astype(np.int64)
        for number in (month - 1, month)
    )
    plain &= (year >= _YEARS.start) & (year < _YEARS.stop)
    plain &= (month >= 1) & (month <= 12) & (day >= 1) & (day <= ends - begins)
    plain &= (hour < 24) & (minute < 60) & (second < 60)
    micros, length = _fraction(letters[:, _STAMP], digits[:, _STAMP + 1 :])
    after = start + np.where(is_short, _MINUTE, _STAMP + length)
    zone = _letters(data, (after, stop), _LONGEST_ZONE + 1)
    plain &= np.isin(zone.view(f"S{_LONGEST_ZONE + 1}").ravel(), _ZONES)
    clock = (begins + day - 1) * DAY_NS + (hour * 60 + minute) * MINUTE_NS
    clock += second * SECOND_NS + micros * 1_000
    return clock, plain


def _whole(digits: NDArray[np.uint8], first: int, last: int, plain: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the number some columns make; rows with anything else than digits there are not plain."""
    found = np.zeros(len(digits), np.int64)
    for column in digits[:, first:last].T:
        plain &= column < 10
        found = found * 10 + column
    return found


def _fraction(
    mark: NDArray[np.uint8], digits: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (microseconds, characters) of what follows the seconds, if it begins with a dot."""
    micros, length = np.zeros(len(mark), np.int64), np.zeros(len(mark), np.int64)
    is_going = mark == _DOT
    if not is_going.any():
        return micros, length
    length += is_going
    for column in digits.T:
        is_going &= column < 10
        micros = micros * 10 + np.where(is_going, column, 0)
        length += is_going
    return micros, length


def numbers(data: NDArray[np.uint8], cells: Cells) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return (numbers, which are plain): decimals of up to 15 digits, or empty, which is NaN."""
    start, stop = cells
    length = stop - start
    width = int(np.clip(length.max(initial=0), 1, _MOST_DIGITS + 2))
    letters = _letters(data, cells, width)
    digits = letters - _ZERO
    is_digit, is_dot, is_negative = digits < 10, letters == _DOT, letters[:, 0] == _MINUS
    whole = np.zeros(len(start), np.int64)
    for column, counts in zip(digits.T, is_digit.T):
        whole = np.where(counts, whole * 10 + column, whole)
    count, dots = is_digit.sum(1), is_dot.sum(1)
    plain = (count >= 1) & (count <= _MOST_DIGITS) & (dots <= 1) & (count + dots + is_negative == length)
    decimals = np.where(plain & (dots == 1), length - 1 - is_dot.argmax(1), 0)
    number = whole / _POWERS[decimals]
    return np.where(length == 0, nan, np.where(is_negative, -number, number)), plain | (length == 0)


def texts(data: NDArray[np.uint8], cells: Cells) -> tuple[NDArray[np.int64], list[str], NDArray[np.bool_]]:
    """Return (indices, the different texts without blanks around, which are plain: UTF-8 and short)."""
    start, stop = cells
    length = stop - start
    width = int(np.clip(length.max(initial=0), 1, MARGIN))
    letters = _letters(data, cells, width)
    changes = np.ones(len(start), np.bool_)
    changes[1:] = (letters[1:] != letters[:-1]).any(1)
    runs, inverse = np.unique(letters[changes].view(f"S{width}").ravel(), return_inverse=True)
    found: dict[str, int] = {}
    codes = [found.setdefault(run.decode("utf-8", "replace").strip(), len(found)) for run in runs.tolist()]
    index = np.array(codes, np.int64)[inverse][np.cumsum(changes) - 1]
    broken = np.array(["\N{REPLACEMENT CHARACTER}" in text for text in found], np.bool_)
    return index, list(found), (length <= width) & ~broken[index]


def _letters(data: NDArray[np.uint8], cells: Cells, width: int) -> NDArray[np.uint8]:
    """Return the first bytes of each cell, uint8 [n, width], zeros after its end."""
    start, stop = cells
    every = np.ndarray((len(data) - width + 1,), f"V{width}", data, strides=(1,))
    letters = every[start].view(np.uint8).reshape(len(start), width)
    letters[np.arange(width) >= (stop - start)[:, None]] = 0
    return letters
