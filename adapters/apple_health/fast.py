"""The fast lane: Records written exactly as Apple writes them, read as whole numpy columns.

The idea: a line holds one tag, and a Record's line ends in the same attributes, character by character:

     <Record type=... unit="count" creationDate="D" startDate="D" endDate="D" value="V"/>
     `----------- head -----------'`-------------------- tail --------------------'

The tail is compared and read in fixed columns; heads, values that are words, and children are decoded once
for each distinct text. What does not match exactly is left to expat. So this lane decides nothing: whatever
it takes, expat would have read the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar, cast
from xml.parsers import expat

import numpy as np

from adapters.apple_health.columns import intern, windows
from adapters.apple_health.dates import DIGIT_LIMIT, TEMPLATE, date_columns
from adapters.apple_health.notes import note_of_text
from adapters.apple_health.numbers import number_column
from adapters.apple_health.records import extra_of, head_of
from adapters.apple_health.rows import Head, Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.apple_health.layout import Layout

    Places = NDArray[np.int64]
    Bytes = NDArray[np.uint8]

__all__ = ["read_records"]

T = TypeVar("T")

_OPEN, _CLOSE = b"<Record ", b"</Record"
_NAMES = (b' creationDate="', b' startDate="', b' endDate="')
_TAIL = b'"'.join(name + TEMPLATE for name in _NAMES) + b'" value="'
_TAIL_LIMIT = b"\0".join(bytes(len(name)) + DIGIT_LIMIT for name in _NAMES) + bytes(len(b'" value="'))
_TAIL_CHARS, _TAIL_MOST = np.frombuffer(_TAIL, np.uint8), np.frombuffer(_TAIL_LIMIT, np.uint8)
_DATES = [date.end() for date in re.finditer(rb'Date="', _TAIL)]
_EMPTY_TAIL = b"".join(name + b'"' for name in (*_NAMES, b' value="')) + b"/>"
_WORD = re.compile(rb"[ !#-%'-;=-~]+")
_QUOTE = ord('"')
_LONGEST_VALUE, _LONGEST_TEXT = 64, 1 << 18
_ABSENT, _UNKNOWN = -1, -2


def read_records(text: Bytes, layout: Layout, line: int) -> tuple[Rows, Places]:
    """Return the Records that match the template, and which elements of the layout they are.

    ``line`` is the line of the file at which the block begins.
    """
    element = _match_tags(text, layout)
    first, last = layout.first[element], layout.last[element]
    tag, end, whole = layout.tag[first], layout.end[first], layout.whole[first]
    quote = end - np.where(whole, 3, 2)
    value_chars = windows(text, quote - _LONGEST_VALUE, _LONGEST_VALUE)
    length = np.argmax((value_chars == _QUOTE)[:, ::-1], axis=1)
    tail = quote - length - len(_TAIL)
    good = (text[quote] == _QUOTE) & (length > 0) & (tail > tag)

    digits = windows(text, np.where(good, tail, 0), len(_TAIL)) - _TAIL_CHARS
    good &= _within(digits, _TAIL_MOST)
    # The last digit of a row meets the first of the next one, where no date reads it.
    pairs = digits * np.uint8(10)
    pairs.ravel()[:-1] += digits.ravel()[1:]
    (recorded, _, valid_a), (start, offset_min, valid_b), (stop, _, valid_c) = (
        date_columns(digits, pairs, at) for at in _DATES
    )
    good &= valid_a & valid_b & valid_c

    value, is_number = number_column(value_chars, length)
    after = layout.start[last]
    heads, head = _decode(text, tag, tail, good, _head)
    texts, word = _decode(text, quote - length, quote, good & ~is_number, _word)
    notes, note = _decode(text, end + 1, after, good & ~whole & (after > end + 1), note_of_text)
    good &= (head != _UNKNOWN) & (word != _UNKNOWN) & (note != _UNKNOWN)
    rows = Rows(heads, texts, notes, head, start, stop, recorded, offset_min, value, word, note, line + first)
    return (rows, element) if good.all() else (rows.select(good), element[good])


def _match_tags(text: Bytes, layout: Layout) -> Places:
    """Return the elements whose tags are a Record's, long enough for a tail."""
    first, last = layout.first, layout.last
    tag, closing = layout.tag[first], layout.tag[last]
    is_closing = _begins(text, closing, _CLOSE) & (layout.end[last] - closing == len(_CLOSE) + 1)
    closed = np.where(layout.whole[first], first == last, is_closing)
    is_long = layout.end[first] - tag >= len(_OPEN) + len(_TAIL)
    return np.flatnonzero(_begins(text, tag, _OPEN) & closed & is_long)


def _begins(text: Bytes, places: Places, word: bytes) -> NDArray[np.bool_]:
    """Say at which places eight characters stand; a place near the end reads what is before it."""
    if len(text) < len(word):
        return np.zeros(len(places), bool)
    chars = windows(text, np.minimum(places, len(text) - len(word)), len(word))
    return cast("NDArray[np.bool_]", chars.view("<u8")[:, 0] == int.from_bytes(word, "little"))


def _within(digits: Bytes, most: Bytes) -> NDArray[np.bool_]:
    """Say which rows are nowhere above ``most``; nearly always all of them are not."""
    wrong = digits > most
    within = np.ones(len(digits), bool)
    if wrong.any():
        within[wrong.any(axis=1)] = False
    return within


def _decode(
    text: Bytes, starts: Places, ends: Places, rows: NDArray[np.bool_], decode: Callable[[bytes], T | None]
) -> tuple[list[T], NDArray[np.int32]]:
    """Decode some rows' slices, each distinct one once; None and very long ones become ``_UNKNOWN``."""
    codes = np.full(len(starts), _ABSENT, np.int32)
    is_long = ends - starts > _LONGEST_TEXT
    codes[rows & is_long] = _UNKNOWN
    chosen = np.flatnonzero(rows & ~is_long)
    found, slices = intern(text, starts[chosen], ends[chosen])
    things: list[T] = []
    known = np.full(len(slices), _UNKNOWN, np.int32)
    for code, slice_ in enumerate(slices):
        thing = decode(slice_)
        if thing is not None:
            known[code] = len(things)
            things.append(thing)
    codes[chosen] = known[found]
    return things, codes


@lru_cache(maxsize=2048)
def _head(start: bytes) -> Head | None:
    """Let expat read the start of a tag, completed with an empty tail."""
    elements: list[dict[str, str]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda _, attributes: elements.append(attributes)
    try:
        parser.Parse(start + _EMPTY_TAIL, True)
    except expat.ExpatError:
        return None
    if len(elements) != 1 or extra_of(elements[0]) or not elements[0].get("type"):
        return None
    return head_of(elements[0])


def _word(text: bytes) -> str | None:
    return text.decode("ascii") if _WORD.fullmatch(text) else None
