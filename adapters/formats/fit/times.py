"""When each message was: FIT writes whole instants, and between them only their lowest bits.

The idea: an instant that is written with its lowest bits only is the first one after the instant before it
that ends in them, or a little before that. The steps between are known modulo 2**bits, so a running sum gives
them all at once, for compressed headers (5 bits) as for ``timestamp_16`` of monitoring files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.time import NO_INSTANT, SECOND_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["EPOCH_S", "Timeline", "instants_of"]

EPOCH_S = 631_065_600
"""1989-12-31T00:00:00Z, where FIT counts from."""
_FIRST_DATE = 0x10000000
"""Below, a time is seconds since the device was switched on, and no date."""
_LAST_DATE = 0xFFFFFFFF


def instants_of(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return FIT times as int64 ns UTC, shape as given; NO_INSTANT for NaN and for what is no date."""
    is_date = (seconds >= _FIRST_DATE) & (seconds < _LAST_DATE)
    found = np.full(seconds.shape, NO_INSTANT, np.int64)
    whole = np.floor(seconds[is_date])
    rest = np.rint((seconds[is_date] - whole) * SECOND_NS)
    found[is_date] = (whole.astype(np.int64) + EPOCH_S) * SECOND_NS + rest.astype(np.int64)
    return found


@dataclass(frozen=True, slots=True)
class Timeline:
    """Times as they come in a file: ``order`` int64 [n] ascending, ``second`` int64 [n] in FIT seconds."""

    order: NDArray[np.int64]
    second: NDArray[np.int64]

    @classmethod
    def of(cls, order: NDArray[np.int64], second: NDArray[np.int64]) -> Timeline:
        """Sort times by their place in the file."""
        by_place = np.argsort(order, kind="stable")
        return cls(order[by_place], second[by_place])

    def with_low_bits(
        self, order: NDArray[np.int64], low: NDArray[np.int64], bits: int, back: int = 0
    ) -> Timeline:
        """Add times of which only the lowest bits are known; those before any whole one are left.

        A step is from ``back`` seconds backwards to as many less than 2**bits forwards.
        """
        if not len(order) or not len(self.order):
            return self
        places = np.concatenate((self.order, order))
        by_place = np.argsort(places, kind="stable")
        value = np.concatenate((self.second, low))[by_place]
        is_whole = (np.arange(len(places)) < len(self.order))[by_place]
        steps = (np.diff(value, prepend=value[:1]) + back & ((1 << bits) - 1)) - back
        steps[is_whole] = 0
        sums = np.cumsum(steps)
        base = np.maximum.accumulate(np.where(is_whole, np.arange(len(value)), -1))
        known = base >= 0
        second = value[base] + sums - sums[base]
        return Timeline(places[by_place][known], second[known])

    def at(self, order: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the instant (ns UTC) last said at each place in the file, NO_INSTANT before the first."""
        row = np.searchsorted(self.order, order, side="right") - 1
        second = np.full(len(order), np.nan)
        second[row >= 0] = self.second[row[row >= 0]]
        return instants_of(second)
