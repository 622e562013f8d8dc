"""The time a set of intervals covers, and how much of it lies within other intervals.

Intervals are half-open, [start, end) in int64 nanoseconds, so that neighbours touch without overlap
and every length is exact. Anything that asks "was somebody else recording then?" asks it here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Cover", "union"]

_BEFORE_ALL = np.array([-np.iinfo(np.int64).max])
"""The end of an empty interval before all others, so that every instant has one to its left."""


@dataclass(frozen=True, slots=True)
class Cover:
    """Disjoint intervals in order; build it with ``Cover.of``.

    ``start`` int64 [u] ns; ``end`` int64 [u + 1], ahead of them that of an empty interval before all; ``gap``
    int64 [u + 1]: an instant t within an interval has t + gap ns covered before it.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    gap: NDArray[np.int64]

    @classmethod
    def of(cls, start: NDArray[np.int64], end: NDArray[np.int64]) -> Cover:
        """Return the cover of any intervals, in any order; empty ones cover nothing."""
        first, last = union(start, end)
        gap = np.cumsum(last - first) - last
        return cls(first, np.concatenate((_BEFORE_ALL, last)), np.concatenate((-_BEFORE_ALL, gap)))

    def joined(self, other: Cover) -> Cover:
        """Return the cover of both."""
        return Cover.of(
            np.concatenate((self.start, other.start)), np.concatenate((self.end[1:], other.end[1:]))
        )

    def within(self, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many ns of each interval are covered (int64 [n]); needs start <= end."""
        return self._until(end) - self._until(start)

    def _until(self, instant: NDArray[np.int64]) -> NDArray[np.int64]:
        left = np.searchsorted(self.start, instant, side="right")
        return np.minimum(instant, self.end[left]) + self.gap[left]


def union(start: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return disjoint intervals (start, end) in order that cover the same time; touching ones are joined."""
    real = end > start
    if not real.all():
        start, end = start[real], end[real]
    if len(start) == 0:
        return start, end
    if (start[1:] < start[:-1]).any():
        order = np.argsort(start, kind="stable")  # fast where a few sorted runs meet
        start, end = start[order], end[order]
    furthest = np.maximum.accumulate(end)
    breaks = np.flatnonzero(start[1:] > furthest[:-1])
    return start[np.concatenate(([0], breaks + 1))], furthest[np.concatenate((breaks, [len(start) - 1]))]
