"""Finds the children of the root in a block of lines, from the shape of the lines alone.

The idea: a line that is indentation, one ``<...>`` and nothing else opens, closes or is whole, and a running
sum of that is the depth. The first line of another shape ends what is found; nobody looks further.
A ``<`` can't stand inside an attribute, so no attribute runs over such a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Places = NDArray[np.int64]

__all__ = ["Layout", "find_elements"]

MAX_INDENT = 8
_LINE, _BLANK, _BANG, _SLASH, _LESS, _GREATER, _QUESTION = b"\n !/<>?"


@dataclass(frozen=True, slots=True)
class Layout:
    """The elements found, as line numbers of the block, and the lines, as byte positions.

    Args:
        first: int64 [elements], each element's first line.
        last: int64 [elements], its last line.
        start: int64 [lines], where a line begins.
        tag: int64 [lines], where its ``<`` is.
        end: int64 [lines], where its line end is.
        whole: bool [lines], ends in ``/>``.
        is_regular: False if a line of another shape follows them.
    """

    first: Places
    last: Places
    start: Places
    tag: Places
    end: Places
    whole: NDArray[np.bool_]
    is_regular: bool


def find_elements(text: NDArray[np.uint8]) -> Layout:
    """Find the elements of a block (uint8 [n]) that begins at the start of one."""
    end = np.flatnonzero(text == _LINE)
    start = np.concatenate(([0], end[:-1] + 1)) if len(end) else end
    tag = _skip_indent(text, start)
    second = text[np.minimum(tag + 1, len(text) - 1)]
    whole = text[np.maximum(end - 2, 0)] == _SLASH
    is_blank = tag == end
    is_tag = (text[tag] == _LESS) & (text[np.maximum(end - 1, 0)] == _GREATER)
    is_tag &= (second != _BANG) & (second != _QUESTION)
    change = np.where(second == _SLASH, -1, np.where(whole | is_blank, 0, 1))
    depth = np.cumsum(change)
    other = np.flatnonzero(~(is_tag | is_blank) | (depth < 0))
    known = int(other[0]) if len(other) else len(end)
    last = np.flatnonzero(depth[:known] == 0)
    return Layout(
        first=np.concatenate(([0], last[:-1] + 1)) if len(last) else last,
        last=last,
        start=start,
        tag=tag,
        end=end,
        whole=whole,
        is_regular=not len(other),
    )


def _skip_indent(text: NDArray[np.uint8], start: Places) -> Places:
    tag = start.copy()
    for _ in range(MAX_INDENT):
        blank = text[tag] == _BLANK
        if not blank.any():
            break
        tag += blank
    return tag
