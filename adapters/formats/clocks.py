"""Makes instants of clock times: by an offset that was recorded, else by a zone.

The idea: the hour a clock shows twice in autumn is taken for the first, the hour it never shows in spring for
what a clock nobody set would have shown (PEP 495, ``fold=0``). A zone that was told of this export gives the
offset too; home is only assumed, so the offset stays unknown and days are counted at home. Without a zone the
clock counts as UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.values import number
from vault.time import DAY_NS, MINUTE_NS, UNKNOWN_OFFSET, zone_offsets

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from adapters.base import Options

__all__ = ["Zone", "instant_of", "instants_of", "local_day", "offset_of", "part_on"]

_FURTHEST_MIN = 16 * 60


@dataclass(frozen=True, slots=True)
class Zone:
    """The zone of clocks that stand without an offset; ``is_assumed`` if it is just the owner's home."""

    clock: ZoneInfo
    is_assumed: bool = False

    @classmethod
    def of(cls, options: Options) -> Zone | None:
        """Return the zone told of the export, else the owner's home, if there is one."""
        if options.timezone is not None:
            return cls(options.timezone)
        return None if options.home is None else cls(options.home, is_assumed=True)

    @property
    def told(self) -> ZoneInfo | None:
        """The zone if it was told: only then is it an offset worth recording."""
        return None if self.is_assumed else self.clock


def offset_of(*values: object) -> int:
    """Return the first of some values that is a UTC offset in minutes, else ``UNKNOWN_OFFSET``."""
    for value in values:
        minutes = number(value)
        if minutes is not None and abs(minutes) <= _FURTHEST_MIN:
            return round(minutes)
    return UNKNOWN_OFFSET


def instants_of(
    clock: NDArray[np.int64], home: Zone | None, offset_min: int = UNKNOWN_OFFSET
) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
    """Return (UTC ns, offsets in minutes) of clock times."""
    if offset_min == UNKNOWN_OFFSET and home is not None:
        offsets = _offsets(clock, home.clock)
        instants = clock - offsets * MINUTE_NS
        return instants, np.full(len(clock), offset_min, np.int16) if home.is_assumed else offsets.astype(
            np.int16
        )
    known = 0 if offset_min == UNKNOWN_OFFSET else offset_min
    return clock - known * MINUTE_NS, np.full(len(clock), offset_min, np.int16)


def instant_of(clock: int, home: Zone | None, offset_min: int = UNKNOWN_OFFSET) -> tuple[int, int]:
    """Return (UTC ns, offset in minutes) of one clock time."""
    instants, offsets = instants_of(np.array([clock], np.int64), home, offset_min)
    return int(instants[0]), int(offsets[0])


def local_day(instant: int, home: Zone | None, offset_min: int = UNKNOWN_OFFSET) -> int:
    """Return the day of an instant (days since 1970-01-01) by its offset, else at home, else in UTC."""
    if offset_min == UNKNOWN_OFFSET:
        offset_min = 0 if home is None else int(zone_offsets(np.array([instant], np.int64), home.clock)[0])
    return (instant + offset_min * MINUTE_NS) // DAY_NS


def part_on(day: int, span: tuple[int, int, int], home: Zone | None) -> tuple[int, int, int]:
    """Return the part of a night (start, end, offset in minutes) that lies on its day of waking.

    A night that ends before that day begins is laid on the day's first moment.
    """
    start, end, offset_min = span
    midnight, _ = instant_of(day * DAY_NS, home, offset_min)
    return (max(start, midnight), end, offset_min) if end > midnight else (midnight, midnight, offset_min)


def _offsets(clock: NDArray[np.int64], home: ZoneInfo) -> NDArray[np.int64]:
    """Return the offset that rules each clock time: that of before a change, if it was possible."""
    before, after = zone_offsets(clock - DAY_NS, home), zone_offsets(clock + DAY_NS, home)
    fits_before, fits_after = (
        zone_offsets(clock - offset * MINUTE_NS, home) == offset for offset in (before, after)
    )
    return np.where(~fits_before & fits_after, after, before)
