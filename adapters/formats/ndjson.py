"""Reads a file of JSON objects, be it NDJSON (an object a line), a list, or one object, in bounded memory.

The idea: a bulk export is one file of millions of lines, so what is held is a block and the line that it ends
in. A line that is no object costs itself: it is given as the reason of a rejection, and reading goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any

import msgspec

from adapters.formats.files import peek
from adapters.formats.items import listed
from adapters.formats.packed import unpacked

if TYPE_CHECKING:
    from adapters.archive import Archive, Member
    from adapters.base import ByteSource

__all__ = ["has_lines", "objects_of"]

Json = dict[str, Any]

_BLOCK = 1 << 20
_LONGEST = 64 << 20
_BOM = b"\xef\xbb\xbf"


def objects_of(archive: Archive, member: Member) -> Iterator[tuple[int, Json | str, bytes]]:
    """Yield (position from 1, object or why it is none, its bytes if it is a line) of a file.

    Raises what ``items`` raises for a list or an object that is damaged.
    """
    is_lines = _is_ndjson(archive, member)
    with archive.open(member) as stream:
        if is_lines:
            for number, line in _lines(unpacked(stream)):
                yield number, "too-large" if line is None else _decoded(line), line or b""
        else:
            for number, (_, item) in enumerate(listed(unpacked(stream), lambda _: False), 1):
                yield number, item if isinstance(item, dict) else "not-an-object", b""


def has_lines(archive: Archive, member: Member) -> bool:
    """Say whether a file's second line begins another object where its first has ended one."""
    with archive.open(member) as stream:
        (_, first), (_, second) = islice(chain(_lines(unpacked(stream)), repeat((0, None))), 2)
    return first is not None and second is not None and first.endswith(b"}") and second.startswith(b"{")


def _decoded(line: bytes) -> Json | str:
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return "malformed-json"
    return found if isinstance(found, dict) else "not-an-object"


def _is_ndjson(archive: Archive, member: Member) -> bool:
    """Say whether a file's first line is an object, and not the first line of one or of a list."""
    if not peek(archive, member).removeprefix(_BOM).lstrip().startswith(b"{"):
        return False
    with archive.open(member) as stream:
        _, first = next(_lines(unpacked(stream)), (0, None))
    return first is not None and isinstance(_decoded(first), dict)


def _lines(stream: ByteSource) -> Iterator[tuple[int, bytes | None]]:
    """Yield (line number from 1, text) of every line that is not blank; None for one that is too long."""
    number, rest, is_skipping = 1, b"", False
    while data := stream.read(_BLOCK):
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            if is_skipping or line.strip():
                yield number, None if is_skipping else _bare(line)
            is_skipping = False
            number += 1
        if len(rest) > _LONGEST:
            rest, is_skipping = b"", True
    if is_skipping or rest.strip():
        yield number, None if is_skipping else _bare(rest)


def _bare(line: bytes) -> bytes:
    return line.removeprefix(_BOM).strip()
