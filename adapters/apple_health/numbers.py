"""Reads the numbers of ``value="..."``, one at a time or as a whole column, to the same last bit.

The idea: up to 2**53 the digits without the point are an exact float, and so are the powers of ten up to
10**22; one division of two exact numbers is rounded once, as ``float`` does. Longer numbers go through
``float`` itself.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["number_column", "parse_number", "plain_number"]

_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_EXACT = 2**53
_WIDTHS = ((1, 8), (9, 18))
_POWERS = 10.0 ** np.arange(_WIDTHS[-1][1])
_ZERO, _POINT, _MINUS = ord("0"), (ord(".") - ord("0")) % 256, (ord("-") - ord("0")) % 256


def plain_number(text: str) -> float | None:
    """Return a number written as Apple writes them; others stay text until their type is known."""
    return parse_number(text) if _PLAIN.fullmatch(text) else None


def parse_number(text: str) -> float | None:
    """Return a finite decimal number, or None. Knows exponents, but no "nan", blanks or underscores."""
    if _NUMBER.fullmatch(text) is None:
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def number_column(
    chars: NDArray[np.uint8], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return (value or NaN, is a plain number) of texts that end at the right edge of ``chars`` [n, w].

    Only the last ``lengths`` characters of a row belong to it; w must be at least the longest.
    """
    value = np.full(len(chars), np.nan)
    plain = np.zeros(len(chars), bool)
    inexact = lengths > _WIDTHS[-1][1]
    for low, high in _WIDTHS:
        rows = np.flatnonzero((lengths >= low) & (lengths <= high))
        if len(rows):
            value[rows], plain[rows], inexact[rows] = _numbers(chars[rows, -high:], lengths[rows])
    for row in np.flatnonzero(inexact).tolist():
        text = chars[row, -lengths[row] :].tobytes().decode("latin-1")
        number = plain_number(text)
        plain[row], value[row] = number is not None, np.nan if number is None else number
    return value, plain


def _numbers(
    chars: NDArray[np.uint8], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return (value, is plain, has more digits than an exact division takes)."""
    count, width = chars.shape
    digits = np.ascontiguousarray(chars.T) - np.uint8(_ZERO)
    first, rows = width - lengths, np.arange(count)
    digits[np.arange(width)[:, None] < first] = 0
    negative = digits[first, rows] == _MINUS
    digits[first[negative], rows[negative]] = 0
    is_point = digits == _POINT
    points = np.count_nonzero(is_point, axis=0)
    decimals = np.where(points > 0, width - 1 - np.argmax(is_point, axis=0), 0)
    mantissa = np.zeros(count, np.int64)
    for digit, point in zip(digits, is_point):
        mantissa = np.where(point, mantissa, mantissa * 10 + digit)
    integers = lengths - negative - np.where(points > 0, decimals + 1, 0)
    plain = (integers > 0) & (points <= 1) & ((points == 0) | (decimals > 0))
    plain &= ~((digits > 9) & ~is_point).any(axis=0)
    value = mantissa / _POWERS[decimals]
    value[negative] *= -1
    value[~plain] = np.nan
    return value, plain, plain & (mantissa > _EXACT)
