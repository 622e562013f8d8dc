"""Columns of numbers that stand for texts, origins or sets of imports, and how their numbering is changed.

Within a chunk, numbers follow first use, so that equal content has equal numbers and no text stays behind
that no row uses. -1 stands for none and stays -1.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Numbered", "numbered", "renumbered", "spans"]

_T = TypeVar("_T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A column numbered anew within each chunk, and what its numbers were before, by chunk."""

    column: NDArray[np.int32]
    used: list[list[int]]


def spans(edges: NDArray[np.intp]) -> Iterator[tuple[int, int]]:
    """Yield (first row, end) of each chunk."""
    return pairwise(edges.tolist())


def numbered(column: NDArray[np.int32], edges: NDArray[np.intp]) -> Numbered:
    """Number a column's indices within each chunk by first use; -1 stays -1."""
    lows = np.minimum.reduceat(column, edges[:-1]).tolist()
    highs = np.maximum.reduceat(column, edges[:-1]).tolist()
    local = np.minimum(column, 0)
    used: list[list[int]] = []
    for low, high, (first, end) in zip(lows, highs, spans(edges), strict=True):
        if low == high:
            used.append([] if low < 0 else [low])
        else:
            local[first:end], own = _by_first_use(column[first:end], max(low, 0), high)
            used.append(own)
    return Numbered(local, used)


def _by_first_use(column: NDArray[np.int32], low: int, high: int) -> tuple[NDArray[np.int32], list[int]]:
    """Return a column renumbered and the old numbers in their new order; all are within low..high or -1."""
    length = len(column)
    numbers = np.empty(high - low + 2, np.int32)
    seen_at = np.full(high - low + 2, length, np.int32)
    shifted = column - low
    shifted[column < 0] = -1
    # Written from the back, so that the first use is what remains.
    seen_at[shifted[::-1]] = np.arange(length - 1, -1, -1, dtype=np.int32)
    seen_at[-1] = length
    seen = np.flatnonzero(seen_at < length)
    seen = seen[np.argsort(seen_at[seen])]
    numbers[seen] = np.arange(len(seen), dtype=np.int32)
    numbers[-1] = -1
    return numbers[shifted], (seen + low).tolist()


def renumbered(
    columns: Sequence[NDArray[np.int32]], things: Sequence[Sequence[_T]]
) -> tuple[NDArray[np.int32], list[_T]]:
    """Number the things of all parts together, equal ones once; -1 stays -1."""
    numbers: dict[_T, int] = {}
    joined = []
    for column, own in zip(columns, things, strict=True):
        new = [numbers.setdefault(thing, len(numbers)) for thing in own]
        joined.append(np.array([*new, -1], np.int32)[column])
    return np.concatenate(joined), list(numbers)
