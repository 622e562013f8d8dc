"""A zip that may come from anybody, looked at before it is read and read without being believed.

Names that lead out of a folder, files that lie over each other, archives that blow up and lines without end
are problems, not accidents. Nothing is unpacked to disk, and memory stays bounded.
"""

from __future__ import annotations

import json
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import IO, Any

import msgspec

__all__ = ["DAMAGE", "NAME", "Lines", "small", "unsafe"]

MAX_FILES = 1_000_000
MAX_RATIO = 200
"""Times its own size that a zip may unpack to; health data as text comes to about 20."""
MAX_SMALL = 1 << 26
"""Bytes of a file that is read whole, and what any zip may unpack to."""
MAX_LINE = 1 << 24

NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
"""The path of a file of a bundle."""
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError),
    *(EOFError, NotImplementedError, RuntimeError, ValueError, OverflowError),
)
"""What ``zipfile`` raises on a file that is none, or that somebody made to hurt: ValueError for a name,
OSError and OverflowError for a place no file has."""

_LOCAL_HEADER = 30
_END, _END_LENGTH = b"PK\x05\x06", 22


def unsafe(archive: zipfile.ZipFile, file: IO[bytes]) -> Iterator[str]:
    """Yield why an archive is not even looked into; ``file`` is what it is read from."""
    infos, size = archive.infolist(), file.seek(0, 2)
    if len(infos) > MAX_FILES or sum(info.file_size for info in infos) > MAX_RATIO * size + MAX_SMALL:
        yield "the archive would unpack to more than is sane"
        return
    names: set[str] = set()
    for info in infos:
        name = info.filename
        if not NAME.fullmatch(name) or name.casefold() in names:
            yield f"{name[:100]!r}: a name that no bundle has, or has once"
        elif info.flag_bits & 0x1 or stat.S_ISLNK(info.external_attr >> 16):
            yield f"{name}: encrypted, or a link"
        names.add(name.casefold())
    yield from _overlaps(infos, archive.start_dir)
    begins = min((info.header_offset for info in infos), default=0)
    file.seek(max(size - _END_LENGTH, 0))
    end = file.read()
    if begins > 0 or not (end.startswith(_END) and end.endswith(b"\0\0")):
        yield "bytes before the first file of the zip or behind its end: other tools may see other files"


def _overlaps(infos: list[zipfile.ZipInfo], end: int) -> Iterator[str]:
    """Yield files whose bytes are another's as well: how one byte comes to stand for a gigabyte."""
    places = [
        (one.header_offset, _LOCAL_HEADER + len(one.filename) + one.compress_size, one.filename)
        for one in infos
    ]
    for (start, length, name), (following, *_) in pairwise([*sorted(places), (end, 0, "")]):
        if start + length > following:
            yield f"{name[:100]!r}: lies over another file of the zip"


def small(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a whole file; raises KeyError if it is not there, ValueError if it is too large."""
    with archive.open(name) as file:
        content = file.read(MAX_SMALL + 1)
    if len(content) > MAX_SMALL:
        raise ValueError("too large")
    return content


class Lines:
    """Checks NDJSON while it goes by: each line is an object, or a FHIR resource if ``kind`` names one."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._rest = b""
        self._good = True

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        if not self._good:
            return
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        self._good = len(self._rest) <= MAX_LINE and all(map(self._holds, lines))

    @property
    def whole(self) -> bool:
        """Whether every line was good and the last one ended."""
        return self._good and not self._rest

    def _holds(self, line: bytes) -> bool:
        try:
            found = _parsed(line)
        except (ValueError, RecursionError):
            return False
        return not self.kind or (found.resourceType == self.kind and bool(found.id))


class _Line(msgspec.Struct):
    """What is looked at of a line; the rest is parsed, and not kept."""

    resourceType: Any = None  # noqa: N815 (FHIR's name)
    id: Any = None


_DECODER = msgspec.json.Decoder(_Line)


def _parsed(line: bytes) -> _Line:
    """Return what counts of a line; raises ValueError if it is no object, or no UTF-8.

    Half an emoji that a vendor cut off goes out as JSON's escape, which msgspec does not take and json does.
    """
    text = line.decode()  # msgspec does not look at the bytes of what it skips
    try:
        return _DECODER.decode(text)
    except msgspec.DecodeError:
        found = json.loads(text)
        if not isinstance(found, dict):
            raise ValueError("no object") from None
        return _Line(found.get("resourceType"), found.get("id"))
