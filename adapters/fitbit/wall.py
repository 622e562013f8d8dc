"""Makes instants of the wall clocks of a Fitbit archive, and says by which zone: told, derived or home.

The idea: the archive names no zone but gives it away, where its UTC files are cut, at local midnight, and in
the sleeps that are written with their offset. Between two such places that agree the offset is theirs;
everywhere else it is the owner's home, which is only assumed (docs/decisions/0018).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from adapters.fitbit.evidence import Evidence
from adapters.formats.clocks import Zone, instants_of
from vault.time import HOUR_NS, MINUTE_NS, UNKNOWN_OFFSET, zone_offsets

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from adapters.base import Options

__all__ = ["DERIVED", "HOME", "NONE", "TOLD", "WallClock"]

TOLD, DERIVED, HOME, NONE = "told", "derived", "home", "none"


class WallClock:
    """The zone of one archive."""

    def __init__(self, options: Options) -> None:
        self._zone = Zone.of(options)
        self._evidence = Evidence(options.home)

    def saw(self, instant: int, offset_min: int) -> None:
        """Take note of an offset that the archive itself gives for an instant (UTC ns)."""
        self._evidence.saw(instant, offset_min)

    def cut(self, day: int, last: int, first: int) -> None:
        """Take note that local midnight of a day lies after one UTC stamp (ns) and not after another."""
        self._evidence.cut(day, last, first)

    def offsets_at(self, instants: NDArray[np.int64]) -> NDArray[np.int16]:
        """Return the offset in minutes of each instant, told or derived, else ``UNKNOWN_OFFSET``."""
        if self._told is not None:
            return zone_offsets(instants, self._told).astype(np.int16)
        return self._evidence.at(instants)

    def instants_of(
        self, clock: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int16], NDArray[np.bool_]]:
        """Return (UTC ns, offsets in minutes, which were derived) of clock times in ns."""
        instants, offsets = instants_of(clock, self._zone)
        if self._told is not None:
            return instants, offsets, np.zeros(len(clock), np.bool_)
        found = self._evidence.of_clock(clock)
        derived = found != UNKNOWN_OFFSET
        instants = np.where(derived, clock - found.astype(np.int64) * MINUTE_NS, instants)
        return instants, np.where(derived, found, offsets), derived

    def instant_of(self, clock: int) -> tuple[int, int, str]:
        """Return (UTC ns, offset in minutes, by which zone) of one clock time."""
        instants, offsets, derived = self.instants_of(np.array([clock], np.int64))
        return int(instants[0]), int(offsets[0]), DERIVED if derived[0] else self._basis

    def shows_twice(self, instant: int) -> bool:
        """Whether the clock is known to be put back, so that it shows the same again an hour later."""
        before, after = map(int, self.offsets_at(np.array([instant, instant + HOUR_NS], np.int64)))
        return (before - after) * MINUTE_NS == HOUR_NS

    @property
    def _told(self) -> ZoneInfo | None:
        return None if self._zone is None else self._zone.told

    @property
    def _basis(self) -> str:
        if self._zone is None:
            return NONE
        return HOME if self._zone.is_assumed else TOLD
