"""Remembers of which spans a metric was told by the stream that is preferred.

The idea: the archive says some things twice, reconciled and by data source. What the reconciled file spans,
from its first instant to its last, is told; a row of another stream in there is a mirror and is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Told"]


class Told:
    """Spans by metric, in UTC ns, both ends belonging to them."""

    def __init__(self) -> None:
        self._spans: dict[str, list[tuple[int, int]]] = {}
        self._sorted: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}

    def add(self, metric: str, first: int, last: int) -> None:
        """Say that a file of the preferred stream spans from ``first`` to ``last``."""
        self._spans.setdefault(metric, []).append((first, last))
        self._sorted.pop(metric, None)

    def has(self, metric: str, instants: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which instants (int64 [n], UTC ns) lie in a span of the metric."""
        if metric not in self._spans:
            return np.zeros(len(instants), np.bool_)
        if metric not in self._sorted:
            first, last = np.array(sorted(self._spans[metric]), np.int64).T
            self._sorted[metric] = first, np.maximum.accumulate(last)
        first, last = self._sorted[metric]
        place = np.searchsorted(first, instants, side="right") - 1
        return (place >= 0) & (instants <= last[np.maximum(place, 0)])
