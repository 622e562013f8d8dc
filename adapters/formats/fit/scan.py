"""Finds where each message of a FIT file stands, without looking into it.

The idea: a data message says nothing but its local type; the definition before it says how long it is. So one
pass over the header bytes gives, for each distinct layout, the positions of its messages; the columns are cut
out of the buffer later, and only those that are asked for. A position is also the message's place in the
order of the file.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["DeveloperField", "FieldLayout", "Layout", "Scan", "scan"]

_DEFINITION, _DEVELOPER, _COMPRESSED = 0x40, 0x20, 0x80
_MOST_MESSAGES = 1 << 20
"""Five times what a day and a night of riding with every sensor has."""
_FIXED = 6
"""Bytes of a definition before its fields: header, reserved, endianness, message number, count."""


@dataclass(frozen=True, slots=True)
class FieldLayout:
    """A field of a layout: ``start`` counts from the header byte; ``base`` is the FIT base type number."""

    number: int
    start: int
    size: int
    base: int


@dataclass(frozen=True, slots=True)
class DeveloperField:
    """A developer's field of a layout; its type stands in a field_description message."""

    developer: int
    number: int
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Layout:
    """How the messages of one definition lie in a file: ``size`` counts the header byte."""

    message: int
    size: int
    is_big_endian: bool
    fields: tuple[FieldLayout, ...]
    developer: tuple[DeveloperField, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """Where the messages of each layout are, in the order they first came; what went wrong, or ''."""

    found: list[tuple[Layout, array[int]]]
    fault: str


def scan(data: bytes, start: int, end: int) -> Scan:
    """Return the messages between two positions of a buffer.

    Faults: ``truncated`` (a message reaches beyond the end), ``undefined-message`` (a message without a
    definition; nothing after it can be found), ``too-many-messages`` (then none are returned).
    """
    known: dict[Layout, array[int]] = {}
    sizes = [0] * 256
    adders = [array("I").append] * 256
    at, fault = start, ""
    while at < end:
        head = data[at]
        size = sizes[head]
        if size:
            adders[head](at)
            at += size
        elif head & _DEFINITION and not head & _COMPRESSED:
            length = _definition_size(data, at, end)
            if not length:
                return Scan(_used(known), "truncated")
            layout = _layout(data[at : at + length])
            add = known.setdefault(layout, array("I")).append
            for header in _headers(head & 0x0F):
                sizes[header], adders[header] = layout.size, add
            at += length
        else:
            fault = "undefined-message"
            break
    if at > end:
        fault = "truncated"
        for layout, positions in _used(known):
            if positions[-1] + layout.size > end:
                positions.pop()
    if sum(map(len, known.values())) > _MOST_MESSAGES:
        return Scan([], "too-many-messages")
    return Scan(_used(known), fault)


def _used(known: dict[Layout, array[int]]) -> list[tuple[Layout, array[int]]]:
    return [(layout, positions) for layout, positions in known.items() if positions]


def _definition_size(data: bytes, at: int, end: int) -> int:
    """Return the length of a definition, or 0 if it is not whole."""
    if at + _FIXED > end:
        return 0
    size = _FIXED + 3 * data[at + 5]
    if data[at] & _DEVELOPER:
        if at + size >= end:
            return 0
        size += 1 + 3 * data[at + size]
    return size if at + size <= end else 0


@lru_cache(maxsize=16)
def _headers(local: int) -> tuple[int, ...]:
    """Return the header bytes of data messages of a local type: plain ones, and with compressed times."""
    plain = (local, local | 0x10, local | 0x20, local | 0x30)
    compressed = _COMPRESSED + (local << 5)
    return (*plain, *range(compressed, compressed + 32)) if local < 4 else plain


@lru_cache(maxsize=1024)
def _layout(definition: bytes) -> Layout:
    """Return the layout of a definition; recorders repeat few of them, in a file and over files."""
    is_big_endian = definition[2] != 0
    at, start = _FIXED, 1
    fields, developer = [], []
    for _ in range(definition[5]):
        number, size, base = definition[at : at + 3]
        fields.append(FieldLayout(number, start, size, base))
        at, start = at + 3, start + size
    for place in range(at + 1, len(definition), 3):
        number, size, index = definition[place : place + 3]
        developer.append(DeveloperField(index, number, start, size))
        start += size
    message = int.from_bytes(definition[3:5], "big" if is_big_endian else "little")
    return Layout(message, start, is_big_endian, tuple(fields), tuple(developer))
