"""Sleeps as columns, and the clock times of the main sleep of each date.

Instants are UTC; clock times are read in the offset that was recorded with the sleep, so that a night is
where it was slept. A date is the local day of waking, days since 1970-01-01.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from vault.time import DAY_NS, HOUR_NS, MINUTE_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["Slept"]


@dataclass(frozen=True, slots=True, eq=False)
class Slept:
    """Sleeps whose minutes asleep are known, [n] each.

    Args:
        start: UTC ns.
        end: UTC ns.
        offset_min: The offset that rules at waking: the recorded one, else the home zone's.
        told: Whether that offset was recorded.
        date: Local day of waking.
        is_nap: Whether it is a nap.
        asleep_min: Minutes asleep.
    """

    start: Ints
    end: Ints
    offset_min: Ints
    told: Bools
    date: Ints
    is_nap: Bools
    asleep_min: Floats

    def __len__(self) -> int:
        """Return the number of sleeps."""
        return len(self.start)

    def where(self, kept: Bools | Ints) -> Slept:
        """Return some of the sleeps, by mask or by place."""
        return Slept(*(getattr(self, one.name)[kept] for one in fields(self)))

    def last(self, days: int, until: int) -> Slept:
        """Return the sleeps of the last days up to a date, that date included."""
        return self.where((self.date > until - days) & (self.date <= until))

    def main(self) -> Slept:
        """Return the longest sleep of each date that is no nap, by date."""
        longest_first = np.lexsort((self.start, -self.asleep_min))
        night = longest_first[~self.is_nap[longest_first]]
        return self.where(night[np.unique(self.date[night], return_index=True)[1]])

    @property
    def bed_h(self) -> Floats:
        """The clock time at which each begins."""
        return self._clock(self.start)

    @property
    def wake_h(self) -> Floats:
        """The clock time at which each ends."""
        return self._clock(self.end)

    @property
    def middle_h(self) -> Floats:
        """The clock time of the middle of each."""
        return self._clock(self.start + (self.end - self.start) // 2)

    @property
    def length_h(self) -> Floats:
        """From beginning to end, awakenings included."""
        return (self.end - self.start) / HOUR_NS

    def _clock(self, instants: Ints) -> Floats:
        return (instants + self.offset_min * MINUTE_NS) % DAY_NS / HOUR_NS
