"""The checksum of FIT, CRC-16/ARC, over a whole buffer at once.

The idea: a CRC is linear, so the checksum of two halves is that of the first, moved on by as many zero bytes
as the second has, xor that of the second. Folding neighbours pairwise takes log2(n) steps of whole columns;
zero bytes in front change nothing, so an odd row gets one.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["crc16"]

_POLYNOMIAL = 0xA001


def crc16(data: bytes | memoryview) -> int:
    """Return the CRC-16/ARC of bytes (polynomial 0x8005 reflected, start 0), as FIT headers and files end."""
    if not len(data):
        return 0
    row = _of_bytes()[np.frombuffer(data, np.uint8)]
    level = 0
    while len(row) > 1:
        if len(row) % 2:
            row = np.concatenate((np.zeros(1, np.uint16), row))
        row = _moved(level)[row[0::2]] ^ row[1::2]
        level += 1
    return int(row[0])


@cache
def _of_bytes() -> NDArray[np.uint16]:
    """Return the checksum of each single byte."""
    row = np.arange(256)
    for _ in range(8):
        row = (row >> 1) ^ (row & 1) * _POLYNOMIAL
    return row.astype(np.uint16)


@cache
def _moved(level: int) -> NDArray[np.uint16]:
    """Return what becomes of each checksum when 2**level zero bytes follow."""
    if level:
        half = _moved(level - 1)
        return half[half]
    every = np.arange(1 << 16)
    moved: NDArray[np.uint16] = ((every >> 8) ^ _of_bytes()[every & 0xFF]).astype(np.uint16)
    return moved
