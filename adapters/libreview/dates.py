"""Finds out which of the first two numbers of a table's dates is the day, or says that nobody can know.

The idea: ``05-12-2019`` is two dates. A number above twelve proves what it is; so do readings that run on
over midnight, a few minutes apart in the right order and a month in the wrong one. What a person says comes
next, then AM and PM, with which the month stands first. A guess would move months of readings: without any of
these there is no order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from adapters.formats.values import LAST_NS
from vault.time import HOUR_NS, instant_ns

__all__ = ["Evidence", "clock_in", "first_date"]

_DATE = re.compile(
    r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})[ T]+(\d{1,2}):(\d\d)(?::(\d\d))?(?:\s*([AP])\.?M\.?)?",
    re.IGNORECASE,
)
_MONTHS, _YEAR_DIGITS = 12, 4
_NIGHT_NS = 6 * HOUR_NS
"""Two readings of a sensor around midnight are never further apart than this if they say anything."""


@dataclass(slots=True)
class Evidence:
    """What the dates of one file have shown; ``told`` is what a person said, day first or not."""

    told: bool | None = None
    _days_first: int = 0
    _months_first: int = 0
    _nights_day_first: int = 0
    _nights_month_first: int = 0
    _has_halves: bool = False
    _has_open: bool = False
    _last: tuple[str, str, str] = ("", "", "")

    def see(self, text: str, series: str = "") -> None:
        """Look at a date; those of one ``series`` follow each other."""
        text = text.strip()
        match = _DATE.match(text)
        if match is None or len(match[1]) == _YEAR_DIGITS:
            return
        self._has_open = True
        self._days_first += int(match[1]) > _MONTHS
        self._months_first += int(match[3]) > _MONTHS
        self._has_halves = self._has_halves or match[8] is not None
        before, self._last = self._last, (series, text, match[0][: match.end(4)])
        if series and before[0] == series and before[2] != self._last[2]:
            self._nights_day_first += _is_night(before[1], text, day_first=True)
            self._nights_month_first += _is_night(before[1], text, day_first=False)

    @property
    def day_first(self) -> bool | None:
        """Whether the day stands first; None if nobody can know."""
        if not self._has_open:
            return True
        if self._days_first != self._months_first:
            return self._days_first > self._months_first
        if (self._nights_day_first > 0) != (self._nights_month_first > 0):
            return self._nights_day_first > 0
        if self.told is not None:
            return self.told
        return False if self._has_halves else None


def clock_in(text: str, *, day_first: bool) -> int | None:
    """Return a date and time as ns of a clock that shows local time, or None if it is none in this order."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    first, _, second, third, hour, minute, seconds, half = match.groups()
    year, month, day = _ordered(int(first), int(second), int(third), day_first=day_first)
    midnight = _midnight(year, month, day)
    if midnight is None or int(minute) >= 60 or int(seconds or 0) >= 60:
        return None
    hours = _hours(int(hour), half)
    if hours is None:
        return None
    return midnight + ((hours * 60 + int(minute)) * 60 + int(seconds or 0)) * 1_000_000_000


def first_date(text: str) -> str:
    """Return the first date in a text, such as when a table was generated, or nothing."""
    match = _DATE.search(text)
    return match[0] if match else ""


def _ordered(first: int, second: int, third: int, *, day_first: bool) -> tuple[int, int, int]:
    """Return year, month and day; a year of four digits in front settles the order by itself."""
    if first > 31:
        return first, second, third
    return (third, second, first) if day_first else (third, first, second)


def _hours(hour: int, half: str | None) -> int | None:
    if half is None:
        return hour if hour < 24 else None
    return hour % 12 + 12 * (half in "pP") if 1 <= hour <= 12 else None


@lru_cache(maxsize=1024)
def _midnight(year: int, month: int, day: int) -> int | None:
    try:
        ns = instant_ns(datetime(year, month, day, tzinfo=UTC))
    except (ValueError, OverflowError):
        return None
    return ns if 0 <= ns < LAST_NS else None


def _is_night(before: str, after: str, *, day_first: bool) -> bool:
    earlier, later = (clock_in(text, day_first=day_first) for text in (before, after))
    return earlier is not None and later is not None and 0 < later - earlier <= _NIGHT_NS
