"""Tells when readings were, from a clock that was changed and a counter that was not.

The idea: a row has the phone's clock, which follows zones and summer time, and the seconds a transmitter has
been counting. Where the clock jumps by quarter hours against the counter, somebody changed it, by that much.
So the zone has to be believed only once, for the first reading; what differs from it is carried on from one
transmitter to the next, until the clock jumps back or is not heard of for days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.clocks import instants_of
from vault.time import DAY_NS, HOUR_NS, MINUTE_NS, SECOND_NS, zone_offsets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.formats.clocks import Zone

__all__ = ["NO_TICK", "Clock", "generations"]

NO_TICK = -1
"""The counter of a reading that has none."""
_QUARTER_MIN = 15
_QUARTER_NS = _QUARTER_MIN * MINUTE_NS
_SLACK_NS = 2 * MINUTE_NS
"""Both clocks drift, by 26 seconds in ten days of one real export; no zone is that little off another."""
_FURTHEST_NS = 26 * HOUR_NS
"""From one side of the date line to the other: no change of zone is larger, a transmitter's restart is."""
_FURTHEST_MIN = 16 * 60
_STALE_NS = 3 * DAY_NS
"""What a clock showed before says nothing any more."""
_NEAR_NS = DAY_NS


def generations(tick: NDArray[np.int64], transmitter: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a number for each stretch of one counter, for rows in the order of the file.

    A transmitter that has no id is another one where the counter begins anew; one that has an id is itself.
    """
    if not len(tick):
        return transmitter
    again = np.zeros(len(tick), np.int64)
    nameless = np.flatnonzero((transmitter < 0) & (tick != NO_TICK))
    again[nameless[1:]] = np.diff(tick[nameless]) < -_FURTHEST_NS // SECOND_NS
    return np.where(transmitter < 0, transmitter - np.cumsum(again), transmitter)


class Clock:
    """The offsets of a phone's clock, learnt from readings: ns of the clock, counter in s, transmitter.

    ``before`` is the clock of the readings before these, in another file. ``offset_min`` is int64 [n], how
    far the clock was ahead of UTC at each reading; ``carried``, how many minutes it was ahead of the zone at
    the last of them, which was at ``last`` by the clock, or None.
    """

    def __init__(
        self,
        clock: NDArray[np.int64],
        tick: NDArray[np.int64],
        transmitter: NDArray[np.int64],
        zone: Zone | None,
        before: Clock | None = None,
    ) -> None:
        self._zone = zone
        self.carried: int = 0 if before is None else before.carried
        self.last: int | None = None if before is None else before.last
        self.offset_min = self._by_zone(clock)
        rows = np.flatnonzero(tick != NO_TICK)
        if len(rows):
            self._follow(clock, tick, transmitter, rows)
        rows = rows[np.lexsort((clock[rows] - self.offset_min[rows] * MINUTE_NS, clock[rows]))]
        self._known, self._known_min = clock[rows], self.offset_min[rows]
        silent = np.flatnonzero(tick == NO_TICK)
        self.offset_min[silent] = self.offsets_at(clock[silent])

    def offsets_at(self, clock: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the offset of clock times that no counter belongs to: that of the reading just before."""
        by_zone = self._by_zone(clock)
        if not len(self._known):
            return by_zone
        before = np.maximum(np.searchsorted(self._known, clock, side="right") - 1, 0)
        is_near = np.abs(clock - self._known[before]) <= _NEAR_NS
        return np.where(is_near, self._known_min[before], by_zone)

    def _by_zone(self, clock: NDArray[np.int64]) -> NDArray[np.int64]:
        return (clock - instants_of(clock, self._zone)[0]) // MINUTE_NS

    def _follow(
        self,
        clock: NDArray[np.int64],
        tick: NDArray[np.int64],
        transmitter: NDArray[np.int64],
        rows: NDArray[np.int64],
    ) -> None:
        rows = rows[np.lexsort((tick[rows], transmitter[rows]))]
        runs = np.split(rows, np.flatnonzero(np.diff(transmitter[rows])) + 1)
        for run in sorted(runs, key=lambda run: int(clock[run].min())):
            first = int(clock[run[0]])
            if self.last is None or abs(first - self.last) > _STALE_NS:
                self.carried = 0
            offsets = self.offset_min[run[0]] + self.carried + _changes(clock[run], tick[run])
            self.offset_min[run] = np.where(np.abs(offsets) <= _FURTHEST_MIN, offsets, self.offset_min[run])
            self.last, offset_min = int(clock[run[-1]]), int(self.offset_min[run[-1]])
            self.carried = offset_min - self._legal_at(self.last, offset_min)

    def _legal_at(self, clock: int, offset_min: int) -> int:
        """Return the zone's own offset at the instant of a reading."""
        if self._zone is None:
            return 0
        instant = np.array([clock - offset_min * MINUTE_NS], np.int64)
        return int(zone_offsets(instant, self._zone.clock)[0])


def _changes(clock: NDArray[np.int64], tick: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return by how many minutes the clock has been changed since the first reading of a transmitter."""
    jumps = np.diff(clock - tick * SECOND_NS)
    quarters = np.rint(jumps / _QUARTER_NS).astype(np.int64)
    is_change = np.abs(jumps - quarters * _QUARTER_NS) <= _SLACK_NS
    is_change &= np.abs(jumps) <= _FURTHEST_NS
    return np.concatenate(([0], np.cumsum(np.where(is_change, quarters, 0)))) * _QUARTER_MIN
