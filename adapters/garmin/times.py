"""Garmin's times: three generations of writing them, and the offset from UTC that is never written.

The idea: no file names a zone, but here and there a wall clock stands beside UTC. The difference of such a
pair is the offset of that time, and of what happened near it; beyond, it is that of the owner's zone.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.points import instant_of
from vault.time import DAY_NS, HOUR_NS, MILLISECOND_NS, MINUTE_NS, UNKNOWN_OFFSET, instant_ns, zone_offsets

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

__all__ = ["Offsets", "day_of", "ns_of"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ENGLISH = re.compile(r"([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d{2}):(\d{2})\s([AP])M")
_LAST = instant_ns(datetime(2200, 1, 1, tzinfo=UTC))
_STEP_MIN, _FARTHEST_MIN = 15, 14 * 60
_QUARTER_NS = 15 * MINUTE_NS
_NEAR_NS = 36 * HOUR_NS
"""Pairs come daily, so one of a day further off is of another stretch of wearing, maybe of another place."""


def ns_of(said: object) -> int | None:
    """Return a time between 1970 and 2199 as ns, of UTC or of a wall clock, whichever its name says.

    Args:
        said: ``{"date": "Mar 1, 2021 12:00:00 AM"}``, that text alone, ISO 8601, or milliseconds.
    """
    if isinstance(said, dict):
        said = said.get("date")
    if isinstance(said, str):
        english = _ENGLISH.fullmatch(said.strip())
        return _of_english(english) if english else instant_of(said)
    if isinstance(said, bool) or not isinstance(said, (int, float)) or not 0 <= said < _LAST / MILLISECOND_NS:
        return None
    return round(said) * MILLISECOND_NS


def _of_english(match: re.Match[str]) -> int | None:
    month, day, year, hour, minute, second, half = match.groups()
    try:
        clock = datetime(
            int(year),
            _MONTHS.index(month) + 1,
            int(day),
            int(hour) % 12 + (12 if half == "P" else 0),
            int(minute),
            int(second),
            tzinfo=UTC,
        )
    except ValueError:
        return None
    ns = instant_ns(clock)
    return ns if 0 <= ns < _LAST else None


def day_of(said: object) -> int | None:
    """Return the local date a ``calendarDate`` names as days since 1970-01-01, or None."""
    ns = ns_of(said)
    return None if ns is None else ns // DAY_NS


class Offsets:
    """The offsets an export tells by pairs; ``home`` is the owner's zone, if known."""

    def __init__(self, home: ZoneInfo | None) -> None:
        self._home = home
        self._told: dict[int, int] = {}
        self._times: list[int] = []

    def tell(self, utc: object, local: object) -> None:
        """Take a pair of times, as they are written; one that is none tells nothing."""
        instant, clock = ns_of(utc), ns_of(local)
        if instant is not None and clock is not None:
            minutes = round((clock - instant) / MINUTE_NS / _STEP_MIN) * _STEP_MIN
            if abs(minutes) <= _FARTHEST_MIN:
                self._told[instant] = minutes
                self._times = []

    def at(self, instant: int) -> int:
        """Return the offset in minutes at an instant, or ``UNKNOWN_OFFSET``.

        Between two pairs that differ, a change of clocks or a journey, the owner's zone decides if it agrees
        with one of them, else the nearer pair.
        """
        near = self._near(instant)
        if len(set(near)) == 1:
            return near[0]
        home = self._of_home(instant)
        return home if not near or home in near else near[0]

    def each(self, instants: NDArray[np.int64]) -> NDArray[np.int16]:
        """Return the offset at each instant, one lookup for each quarter of an hour."""
        quarters, which = np.unique(instants // _QUARTER_NS, return_inverse=True)
        found = [self.at(quarter * _QUARTER_NS) for quarter in quarters.tolist()]
        return np.array(found, np.int16)[which]

    def _near(self, instant: int) -> list[int]:
        """Return what the pairs before and after an instant tell, the nearer first."""
        if not self._times:
            self._times = sorted(self._told)
        at = bisect_left(self._times, instant)
        near = [time for time in self._times[max(at - 1, 0) : at + 1] if abs(time - instant) <= _NEAR_NS]
        return [self._told[time] for time in sorted(near, key=lambda time: abs(time - instant))]

    def _of_home(self, instant: int) -> int:
        if self._home is None:
            return UNKNOWN_OFFSET
        return int(zone_offsets(np.array([instant], np.int64), self._home)[0])

    def utc(self, clock: int) -> int:
        """Return the instant of a wall clock (ns as if UTC); taken as UTC if no offset is known."""
        offset = self.at(clock)
        if offset == UNKNOWN_OFFSET:
            return clock
        offset = self.at(clock - offset * MINUTE_NS)
        return clock - offset * MINUTE_NS

    def span(self, day: int) -> tuple[int, int]:
        """Return begin and end of a local day; without an offset noon in UTC, nearly everywhere that date."""
        noon = day * DAY_NS + DAY_NS // 2
        if self.at(noon) == UNKNOWN_OFFSET:
            return noon, noon
        return self.utc(day * DAY_NS), self.utc((day + 1) * DAY_NS)
