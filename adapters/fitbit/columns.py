"""Reads the regular JSON of a Fitbit series as columns, without making an object a row.

The idea: all rows of such a file are written alike but for their digits. A row is found by the one "v" it
has; what stands between its numbers has to be what the first row has there, and digits are read for all rows
at once. A file that is written in any other way, or holds one thing that is no date or number, is left to
``rows``, which reads it row by row; both give the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vault.time import DAY_NS, HOUR_NS, MINUTE_NS, SECOND_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Places = NDArray[np.intp]
    _Words = NDArray[np.uint64]
    """The eight bytes from each place of a text on, as a number."""

__all__ = ["Columns", "columns_of"]

_ROW = re.compile(
    rb'"dateTime"\s*:\s*"(?P<stamp>[\d/]{8} [\d:]{8})'
    rb'(?P<mid>"\s*,\s*"(?P<anchor>v)alue"\s*:\s*(?:(?P<quote>")|\{\s*"bpm"\s*:\s*))(?P<value>[\d.]+)'
    rb'(?(quote)"|(?P<gap>\s*,\s*"confidence"\s*:\s*)(?P<confidence>\d)\s*\})\s*\}'
)
_BEFORE, _AFTER = re.compile(rb"\s*\[\s*\{\s*"), re.compile(rb"\s*\]\s*")
_NEXT = re.compile(rb'\s*,\s*\{\s*"dateTime"\s*:\s*"')
_HEAD = 1 << 12
"""The first row stands in so many bytes."""
_ANCHOR, _BLANK, _DOT, _ZERO = b"v .0"
_NINE = 9
_TIME = len("MM/DD/YY ")
_WORD = 8
_WIDEST = 15
"""So many digits are exact as a float, and so is their quotient by a power of ten the nearest one."""
_MONTHS = np.arange("2000-01", "2100-02", dtype="M8[M]").astype("M8[D]").astype(np.int64)
"""The first day of each month of the one century that two digits of a year can mean."""

_LOW, _HIGH, _CARRY, _ZEROS = (np.uint64(0x0101010101010101 * byte) for byte in (0x0F, 0xF0, 0x06, _ZERO))
"""By byte: what a digit means, the rest, what makes more than 9 run over into that, and the digit 0."""
_JOINED = ((1, np.uint64(0x00FF00FF00FF00FF)), (2, np.uint64(0x0000FFFF0000FFFF)), (4, np.uint64(0xFFFFFFFF)))
"""Digits become pairs, pairs fours, fours eights: so many places, and where the sums stand."""


class Columns(NamedTuple):
    """Rows of a series: clock (int64 [n], ns as written), values, and confidences if there are any."""

    clock: NDArray[np.int64]
    value: NDArray[np.float64]
    confidence: NDArray[np.float64] | None = None


def columns_of(data: bytes) -> Columns | None:
    """Return all rows of a document, or None if it is not all of one regular shape and sound."""
    row = _ROW.search(data, 0, _HEAD)
    if row is None or not _BEFORE.fullmatch(data, 0, row.start()):
        return None
    text = np.frombuffer(data, np.uint8)
    words = np.ndarray(len(data) - _WORD + 1, "<u8", data, strides=(1,))
    anchor = np.flatnonzero(text == _ANCHOR)
    stamp = anchor - (row.start("anchor") - row.start("stamp"))
    end = _ends(data, row, stamp)
    clock = None if end is None else _clocks(words, text, stamp)
    if end is None or clock is None:
        return None
    begin = anchor + (row.start("value") - row.start("anchor"))
    value = _whole(words, end, end - begin)
    if row["gap"] is None:
        value = _decimals(text, begin, end - begin) if value is None else value
        return None if value is None else Columns(clock, value)
    if value is None or ((text[begin] == _ZERO) & (end - begin > 1)).any():  # JSON has no 060
        return None
    confidence = text[end + len(row["gap"])] - np.uint8(_ZERO)
    return Columns(clock, value, confidence.astype(np.float64)) if (confidence <= _NINE).all() else None


def _ends(data: bytes, row: re.Match[bytes], stamp: _Places) -> _Places | None:
    """Return where the value of each row ends; None if what stands between numbers is not that of the first.

    A row's end is seen from the next row's stamp, that of the last from the end of the document.
    """
    following = _NEXT.match(data, row.end())
    tail = data[row.end("confidence" if row["gap"] else "value") : row.end()]
    digits = row.end() - len(tail) - row.end("value")  # of the confidence, and what stands before it
    between = tail + (following[0] if following else b"")
    last = data.rindex(b"}") + 1 - len(tail) - digits
    end = np.append(stamp[1:] - len(between) - digits, last)
    pieces = [(stamp + len(row["stamp"]), row["mid"]), (end[:-1] + digits, between)]
    if row["gap"]:
        pieces.append((end, row["gap"]))
    alike = data.startswith(tail, last + digits) and all(_stands(data, *piece) for piece in pieces)
    return end if alike and _AFTER.fullmatch(data, last + digits + len(tail)) else None


def _stands(data: bytes, places: _Places, piece: bytes) -> bool:
    """Whether a text stands at all of some places."""
    if not len(places):
        return True
    if places.min() < 0 or places.max() + len(piece) > len(data):
        return False
    # Every stretch of so many bytes is an item of this array, from each place on.
    stretches = np.ndarray(len(data) - len(piece) + 1, f"V{len(piece)}", data, strides=(1,))
    return stretches[places].tobytes() == piece * len(places)


def _clocks(words: _Words, text: NDArray[np.uint8], stamp: _Places) -> NDArray[np.int64] | None:
    """Return dates and times; None if one is written in another way, or there is no such day or hour."""
    date, time = _pairs(words[stamp], b"00/00/00"), _pairs(words[stamp + _TIME], b"00:00:00")
    if date is None or time is None or (text[stamp + _TIME - 1] != _BLANK).any():
        return None
    month, day, year = date
    hour, minute, second = time
    place = np.clip(year * 12 + month - 1, 0, len(_MONTHS) - 2)
    days = _MONTHS[place] + day - 1
    good = (month >= 1) & (month <= 12) & (day >= 1) & (days < _MONTHS[place + 1])
    good &= (hour < 24) & (minute < 60) & (second < 60)
    return days * DAY_NS + hour * HOUR_NS + minute * MINUTE_NS + second * SECOND_NS if good.all() else None


def _pairs(words: NDArray[np.uint64], pattern: bytes) -> list[NDArray[np.int64]] | None:
    """Return the three numbers of two digits in each of some words that look like a pattern, else None.

    Each byte of a word is worked on by itself: none of the sums reaches 256.
    """
    like = np.frombuffer(pattern, "<u8")[0]
    digits = np.frombuffer(bytes(255 * (char == _ZERO) for char in pattern), "<u8")[0]
    low = words & _LOW & digits
    if ((words & ~(_LOW & digits)) != (like & ~(_LOW & digits))).any() or (
        (low + (_CARRY & digits)) & _HIGH
    ).any():
        return None
    pairs = low * np.uint64(10) + (low >> np.uint64(8))
    return [((pairs >> np.uint64(shift)) & np.uint64(0xFF)).astype(np.int64) for shift in (0, 24, 48)]


def _whole(words: _Words, end: _Places, width: _Places) -> NDArray[np.float64] | None:
    """Return numbers of up to eight digits and nothing else, None if one is none; ``end`` is behind each."""
    if width.min() < 1 or width.max() > _WORD or end.min() < _WORD:
        return None
    unused = (8 * (_WORD - width)).astype(np.uint64)
    digits = words[end - _WORD] >> unused << unused
    low = digits & _LOW
    if ((digits ^ low) != _ZEROS >> unused << unused).any() or ((low + _CARRY) & _HIGH).any():
        return None
    for places, kept in _JOINED:
        low = (low * np.uint64(10**places) + (low >> np.uint64(8 * places))) & kept
    return low.astype(np.float64)


def _decimals(text: NDArray[np.uint8], begin: _Places, width: _Places) -> NDArray[np.float64] | None:
    """Return numbers of digits and perhaps a point, as ``float`` reads them; None if one is none."""
    widest = int(width.max())
    if width.min() < 1 or widest > _WIDEST:
        return None
    mantissa, decimals = np.zeros(len(width), np.int64), np.zeros(len(width), np.int64)
    points = np.zeros(len(width), np.int64)
    for place in range(widest):
        inside = width > place
        char = text[begin + np.minimum(place, width - 1)]
        point = inside & (char == _DOT)
        digit = inside & ~point
        if (char - np.uint8(_ZERO) > _NINE)[digit].any():
            return None
        mantissa = np.where(digit, mantissa * 10 + (char - np.uint8(_ZERO)), mantissa)
        decimals += digit & (points > 0)
        points += point
    if (points > 1).any() or (points == width).any():
        return None
    return mantissa / 10.0**decimals
