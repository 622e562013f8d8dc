"""Makes instants of Samsung's clocks: UTC in the new export, local in the old one.

The idea: the layout says which, and the offset beside a time is written differently in each, ``UTC+0530`` or
milliseconds. A row that writes it as the other layout does contradicts its table and is rejected, because
guessing wrong moves it by hours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.formats.clocks import instant_of
from adapters.formats.tracks import offset_at
from adapters.formats.values import LAST_NS, clock_of, number
from vault.time import DAY_NS, MILLISECOND_NS, MINUTE_NS, UNKNOWN_OFFSET

if TYPE_CHECKING:
    from adapters.formats.clocks import Zone
    from adapters.formats.sheets import Row

__all__ = ["Span", "Times", "day_of"]

Span = tuple[int, int, int]
"""Start and end in UTC ns, and the offset in minutes or ``UNKNOWN_OFFSET``."""

_MINUTE_MS = 60_000
_DIGITS = 15
_FURTHEST_MIN = 16 * 60
_OFFSET = re.compile(r"UTC(?:([+-])(\d{1,2}):?(\d{2})?)?")


@dataclass(frozen=True, slots=True)
class Times:
    """The clocks of one table; ``zone`` rules where the row has no offset."""

    is_old: bool
    zone: Zone | None

    def span(self, row: Row) -> Span | str:
        """Return when a row was, or why that can't be told; without an end it is a moment."""
        offset = self._offset(row.get("time_offset", ""))
        if offset is None:
            return "bad-offset"
        start = self._instant(row.get("start_time", ""), offset)
        if start is None:
            return "bad-date"
        end = self._instant(row["end_time"], offset) if row.get("end_time") else start
        if end is None:
            return "bad-date"
        if end[0] < start[0]:
            return "end-before-start"
        return start[0], end[0], start[1]

    def day(self, row: Row) -> tuple[int, int, int, int] | None:
        """Return a daily row's date (days since 1970-01-01) and when it was at home: start, end, offset."""
        day = day_of(row.get("day_time", ""))
        if day is None:
            return None
        start, offset_min = instant_of(day * DAY_NS, self.zone)
        return day, start, instant_of((day + 1) * DAY_NS, self.zone)[0], offset_min

    def wake_day(self, end: int, offset_min: int) -> int:
        """Return the local date of an instant, days since 1970-01-01; at home where the offset is unknown."""
        home = None if self.zone is None else self.zone.clock
        known = offset_at(end, offset_min, home)
        return (end + (0 if known == UNKNOWN_OFFSET else known) * MINUTE_NS) // DAY_NS

    def _offset(self, text: str) -> int | None:
        """Return an offset in minutes; None for one of the other layout, or none at all."""
        if not text:
            return UNKNOWN_OFFSET
        if self.is_old:
            found = number(text)
            minutes = None if found is None else round(found / _MINUTE_MS)
        else:
            match = _OFFSET.fullmatch(text)
            minutes = None if match is None else int(match[2] or 0) * 60 + int(match[3] or 0)
            minutes = -minutes if minutes and match is not None and match[1] == "-" else minutes
        return minutes if minutes is not None and abs(minutes) <= _FURTHEST_MIN else None

    def _instant(self, text: str, offset_min: int) -> tuple[int, int] | None:
        clock = _clock(text)
        if clock is None:
            return None
        if self.is_old and not text.isdecimal():
            return instant_of(clock, self.zone, offset_min)
        return clock, self._told(clock, offset_min)

    def _told(self, instant: int, offset_min: int) -> int:
        told = None if self.zone is None else self.zone.told
        if offset_min != UNKNOWN_OFFSET or told is None:
            return offset_min
        return offset_at(instant, offset_min, told)


def day_of(text: str) -> int | None:
    """Return a ``day_time``, UTC midnight of the local date, as days since 1970-01-01; None for no date."""
    clock = _clock(text)
    return None if clock is None else clock // DAY_NS


def _clock(text: str) -> int | None:
    """Return a time as ns: written out, or digits, which are milliseconds of UTC and no date of ISO 8601.

    The first day of 1970 is a field nobody filled.
    """
    if text.isdecimal():
        clock = int(text) * MILLISECOND_NS if len(text) <= _DIGITS else None
    else:
        clock = clock_of(text)
    return clock if clock is not None and DAY_NS <= clock < LAST_NS else None
