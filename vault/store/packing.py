"""Integers, decimals and texts in as few bytes as they need, exactly: the packing under every column.

An integer column is ``(base + offsets) * 10**exponent``, the offsets unsigned and 0, 1, 2, 4 or 8 bytes wide,
a byte plane after the other so that zstd sees what repeats. A float column of decimals is an integer column
and a scale; any other is its bits. What one chunk needs is found for all chunks of a column at once,
because numpy's cost is the call. ``unpacking`` reads all of it back.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import zstandard

from vault.errors import TooLarge

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "EXPONENTS",
    "MAX_BODY",
    "MAX_SCALE",
    "RAW",
    "PackedInts",
    "compressor",
    "decimals",
    "frame",
    "pack_floats",
    "pack_ints",
    "pack_texts",
    "plan_ints",
    "whole",
]

MAX_BODY = 1 << 27
"""A frame of more bytes, unpacked, is not written and not read."""

EXPONENTS = (9, 6, 3, 0)
"""The powers of ten a column of instants or spans may be divided by, in ns: s, ms, us, none."""

MAX_SCALE = 12
RAW = -1
"""The scale of a float column that is kept as its bits."""

_ZSTD_LEVEL = 3
_HEADER = np.dtype([("exponent", "<u1"), ("width", "<u1"), ("base", "<i8")])
_SCALE = struct.Struct("<b")
_UNSIGNED = {1: "<u1", 2: "<u2", 4: "<u4", 8: "<u8"}
_WIDTHS = np.array([0, 1, 2, 4, 8])
_LARGEST = np.array([0, 2**8 - 1, 2**16 - 1, 2**32 - 1], np.uint64)
_EXACT = 2.0**53


@dataclass(frozen=True, slots=True)
class PackedInts:
    """A column of many chunks, planned: headers and widths by chunk, offsets by row."""

    offsets: NDArray[np.uint64]
    headers: bytes
    widths: list[int]

    def chunk(self, index: int, first: int, end: int) -> tuple[bytes, bytes]:
        """Return header and payload of a chunk, which holds the rows [first, end)."""
        size = _HEADER.itemsize
        header = self.headers[index * size : (index + 1) * size]
        width = self.widths[index]
        if not width:
            return header, b""
        narrow = self.offsets[first:end].astype(_UNSIGNED[width])
        if width == 1:
            return header, narrow.tobytes()
        return header, narrow.view(np.uint8).reshape(-1, width).T.tobytes()


def plan_ints(column: NDArray[np.int64], edges: NDArray[np.intp], *, time: bool = False) -> PackedInts:
    """Plan an int64 column whose chunk ``i`` holds the rows [edges[i], edges[i + 1]), none empty.

    ``time`` looks for a common power of ten, so that whole seconds in nanoseconds pack like seconds.
    """
    firsts = edges[:-1]
    counts = np.diff(edges)
    exponents = np.zeros(len(firsts), np.int64)
    if time:
        column, exponents = _divided(column, firsts, counts)
    base = np.minimum.reduceat(column, firsts)
    spread = np.maximum.reduceat(column, firsts).view(np.uint64) - base.view(np.uint64)
    widths = _WIDTHS[np.searchsorted(_LARGEST, spread)]
    headers = np.empty(len(firsts), _HEADER)
    headers["exponent"], headers["width"], headers["base"] = exponents, widths, base
    offsets = column.view(np.uint64) - np.repeat(base.view(np.uint64), counts)
    return PackedInts(offsets, headers.tobytes(), widths.tolist())


def _divided(
    column: NDArray[np.int64], firsts: NDArray[np.intp], counts: NDArray[np.intp]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Divide each chunk by the largest of 10**9, 10**6, 10**3, 1 that divides all of it."""
    exponents = np.zeros(len(firsts), np.int64)
    open_ = np.ones(len(firsts), bool)
    for exponent in EXPONENTS[:-1]:
        quotient = column // 10**exponent
        fits = np.logical_and.reduceat(quotient * 10**exponent == column, firsts) & open_
        if fits.all():
            return quotient, np.full(len(firsts), exponent, np.int64)
        exponents[fits] = exponent
        open_ &= ~fits
    return column // np.repeat(10**exponents, counts), exponents


def decimals(value: NDArray[np.float64], edges: NDArray[np.intp]) -> tuple[NDArray[np.int64], list[int]]:
    """Return integers and a scale by chunk, so that integer / 10**scale is each value bit for bit.

    A chunk that has no such scale up to 10**12 gets ``RAW`` and the bits of its values as integers.
    """
    firsts = edges[:-1]
    counts = np.diff(edges)
    with np.errstate(all="ignore"):
        scales = np.maximum.reduceat(_row_scales(value), firsts)
        power = np.repeat(10.0 ** np.minimum(scales, MAX_SCALE), counts)
        mantissa = np.rint(value * power)
        exact = _is_exact(value, mantissa, power)
        raw = (scales > MAX_SCALE) | ~np.logical_and.reduceat(exact, firsts)
        integers = mantissa.astype(np.int64)
    if raw.any():
        rows = np.repeat(raw, counts)
        integers[rows] = value.view(np.int64)[rows]
    return integers, np.where(raw, RAW, scales).tolist()


def _row_scales(value: NDArray[np.float64]) -> NDArray[np.int64]:
    """Find the decimals each value has; ``MAX_SCALE + 1`` for a value that is no short decimal."""
    scales = np.zeros(len(value), np.int64)
    rest = np.arange(len(value))
    left = value
    for scale in range(MAX_SCALE + 1):
        power = 10.0**scale
        unlike = ~_is_exact(left, np.rint(left * power), power)
        if not unlike.any():
            break
        rest, left = rest[unlike], left[unlike]
        scales[rest] = scale + 1
    return scales


def _is_exact(
    value: NDArray[np.float64], mantissa: NDArray[np.float64], power: NDArray[np.float64] | float
) -> NDArray[np.bool_]:
    """Whether the division gives the value back; -0.0, NaN and infinities never do."""
    minus_zero = (mantissa == 0) & np.signbit(value)
    exact: NDArray[np.bool_] = (mantissa / power == value) & (np.abs(mantissa) < _EXACT) & ~minus_zero
    return exact


def whole(length: int) -> NDArray[np.intp]:
    """Return the edges of a column that is one chunk."""
    return np.array([0, length], np.intp)


def pack_ints(column: NDArray[np.int64], *, time: bool = False) -> bytes:
    """Pack a column by itself."""
    if not len(column):
        return bytes(_HEADER.itemsize)
    return b"".join(plan_ints(column, whole(len(column)), time=time).chunk(0, 0, len(column)))


def pack_floats(value: NDArray[np.float64]) -> bytes:
    """Pack a float column by itself: where it has no value (NaN), its scale, its integers."""
    if not len(value):
        value = np.zeros(1)  # a constant has no payload, so that none and one look the same
    missing = np.isnan(value)
    integers, (scale,) = decimals(np.where(missing, 0.0, value), whole(len(value)))
    return pack_ints(missing.astype(np.int64)) + _SCALE.pack(scale) + pack_ints(integers)


def pack_texts(texts: Sequence[str]) -> bytes:
    """Pack texts: their number, their lengths in bytes, their UTF-8."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    lengths = struct.pack(f"<I{len(encoded)}I", len(encoded), *map(len, encoded))
    return lengths + b"".join(encoded)


def compressor() -> zstandard.ZstdCompressor:
    """Return what ``frame`` compresses with; one for many frames of a thread saves setting it up."""
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL)


def frame(form: int, body: bytes, zstd: zstandard.ZstdCompressor | None = None) -> bytes:
    """Return a frame: a byte that names the form of the body, then the body under zstd."""
    if len(body) > MAX_BODY:
        raise TooLarge("one month of a metric, or one document, is larger than the store holds")
    return bytes([form]) + (zstd or compressor()).compress(body)
