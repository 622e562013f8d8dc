"""Reads back what ``packing`` wrote, and trusts no byte of it.

A length that a frame claims is compared with the bytes that are there before memory is taken; what has no
bytes (a constant column) is bounded by whoever asks for it. Whatever does not fit is Tampered.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import zstandard

from vault.errors import Tampered
from vault.store.packing import EXPONENTS, MAX_BODY, MAX_SCALE, RAW

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Unpacker", "decompressor", "indices"]

_HEADER = struct.Struct("<BBq")
_SCALE = struct.Struct("<b")
_COUNT = struct.Struct("<I")
_UNSIGNED = {0: "<u1", 1: "<u1", 2: "<u2", 4: "<u4", 8: "<u8"}


def decompressor() -> zstandard.ZstdDecompressor:
    """Return what ``Unpacker`` unpacks with; one for many frames of a thread saves setting it up."""
    return zstandard.ZstdDecompressor()


class Unpacker:
    """Reads a frame from the front; raises Tampered for whatever does not fit."""

    def __init__(self, data: bytes, form: int, zstd: zstandard.ZstdDecompressor | None = None) -> None:
        if data[:1] != bytes([form]):
            raise Tampered("a stored chunk is of an unknown form")
        packed = data[1:]
        try:
            if not 0 <= zstandard.frame_content_size(packed) <= MAX_BODY:
                raise Tampered("a stored chunk claims an impossible size")
            self._body = (zstd or decompressor()).decompress(packed, allow_extra_data=False)
        except zstandard.ZstdError:
            raise Tampered("a stored chunk does not decompress") from None
        self._at = 0

    def take(self, size: int) -> int:
        """Pass over the next bytes and return where they began."""
        at = self._at
        self._at = at + size
        if self._at > len(self._body):
            raise Tampered("a stored chunk is cut short")
        return at

    def struct(self, layout: struct.Struct) -> tuple[Any, ...]:
        """Return the next fields of a layout."""
        return layout.unpack_from(self._body, self.take(layout.size))

    def ints(self, length: int) -> NDArray[np.int64]:
        """Return the next integer column."""
        exponent, width, base = self._header()
        if not width:
            column = np.full(length, base)
        elif width == 1:
            column = np.frombuffer(self._body, np.uint8, length, self.take(length)).astype(np.int64)
            column += base
        else:
            size = length * width
            planes = np.frombuffer(self._body, np.uint8, size, self.take(size)).reshape(width, length)
            column = planes.T.copy().view(_UNSIGNED[width])[:, 0].astype(np.int64)
            column += base
        if exponent:
            column *= 10**exponent
        return column

    def skip_ints(self, length: int) -> None:
        """Pass over the next integer column."""
        _, width, _ = self._header()
        self.take(length * width)

    def _header(self) -> tuple[int, int, int]:
        exponent, width, base = self.struct(_HEADER)
        if exponent not in EXPONENTS or width not in _UNSIGNED:
            raise Tampered("a stored column has an impossible header")
        return exponent, width, base

    def scaled(self, length: int, scale: int) -> NDArray[np.float64]:
        """Return the next column as the floats it stands for."""
        if not RAW <= scale <= MAX_SCALE:
            raise Tampered("a stored column has an impossible scale")
        integers = self.ints(length)
        if scale == RAW:
            return np.ascontiguousarray(integers).view(np.float64)
        return integers / 10.0**scale

    def floats(self, length: int) -> NDArray[np.float64]:
        """Return the next float column (``pack_floats``)."""
        missing = self.ints(length)
        (scale,) = self.struct(_SCALE)
        value = self.scaled(length, scale)
        return np.where(missing, np.nan, value) if missing.any() else value

    def skip_floats(self, length: int) -> None:
        """Pass over the next float column."""
        self.skip_ints(length)
        self.struct(_SCALE)
        self.skip_ints(length)

    def texts(self) -> list[str]:
        """Return the next texts (``pack_texts``)."""
        (count,) = self.struct(_COUNT)
        if not count:
            return []
        size = count * 4
        ends = np.cumsum(np.frombuffer(self._body, "<u4", count, self.take(size)), dtype=np.int64).tolist()
        at = self.take(ends[-1])
        try:
            return [
                self._body[at + first : at + end].decode("utf-8", "surrogatepass")
                for first, end in zip([0, *ends], ends)
            ]
        except UnicodeDecodeError:
            raise Tampered("a stored text is not UTF-8") from None

    def rest(self) -> bytes:
        """Return all that is left."""
        return self._body[self.take(len(self._body) - self._at) :]

    def done(self) -> None:
        """Raise Tampered if something is left over."""
        if self._at != len(self._body):
            raise Tampered("a stored chunk is longer than its content")


def indices(column: NDArray[Any], count: int, *, least: int = 0) -> NDArray[np.int32]:
    """Return an unpacked column as indices of ``count`` things; raises Tampered if one points beyond."""
    if len(column) and not (least <= column.min() and column.max() < count):
        raise Tampered("a stored column points at nothing")
    return column.astype(np.int32)
