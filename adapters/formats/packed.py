"""Reads through gzip, which some exports wrap around single files, without ever unfolding a bomb.

The idea: who reads gets the bytes inside, whether the file was packed or not, by its first bytes. A packed
file that is damaged or cut short just ends there; the reader of what is inside sees that it is not whole.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from adapters.archive import MAX_RATIO, SMALL
from vault.errors import TooLarge

if TYPE_CHECKING:
    from adapters.base import ByteSource

__all__ = ["unpacked"]

_MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS
_CHUNK = 1 << 16


def unpacked(stream: ByteSource) -> ByteSource:
    """Return a source of the bytes inside; raises TooLarge while reading, if they outgrow what is sane."""
    return _Unpacked(stream)


class _Unpacked:
    def __init__(self, stream: ByteSource) -> None:
        self._stream = stream
        self._ahead = _at_least(stream, len(_MAGIC))
        self._unzip = zlib.decompressobj(_GZIP) if self._ahead.startswith(_MAGIC) else None
        self._packed = self._unfolded = 0

    def read(self, size: int, /) -> bytes:
        if size == 0:
            return b""
        if self._unzip is None:
            ahead, self._ahead = self._ahead[:size], self._ahead[size:]
            return ahead or self._stream.read(size)
        while True:
            packed = self._ahead or self._stream.read(_CHUNK)
            if not packed:
                return b""
            self._packed += len(packed) - len(self._ahead)
            data = self._inflate(packed, size)
            if data:
                return data

    def _inflate(self, packed: bytes, size: int) -> bytes:
        assert self._unzip is not None
        try:
            data = self._unzip.decompress(packed, size)
        except zlib.error:
            self._ahead = b""
            self._drain()
            return b""
        self._ahead = self._unzip.unconsumed_tail
        if self._unzip.eof:  # files of several members are joined
            self._ahead = self._unzip.unused_data
            self._unzip = zlib.decompressobj(_GZIP)
        self._unfolded += len(data)
        if self._unfolded > SMALL and self._unfolded > MAX_RATIO * self._packed:
            raise TooLarge("a file that unpacks to more than is sane")
        return data

    def _drain(self) -> None:
        while self._stream.read(_CHUNK):
            pass


def _at_least(stream: ByteSource, size: int) -> bytes:
    """Return the first bytes; a source may give fewer at a time than it is asked for."""
    data = stream.read(size)
    while data and len(data) < size:
        more = stream.read(size - len(data))
        if not more:
            break
        data += more
    return data
