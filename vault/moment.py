"""What a caller may say for a time: a day, a datetime, or either as ISO 8601 text.

A day stands for the whole local day in the owner's home zone, so that ``start="2026-03-29"`` begins at
its midnight and ``end="2026-03-29"`` still contains it, however many hours it has. Records that have a date
of their own (a night's is that of waking, where one woke) are taken by it: see ``Span``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from vault.errors import InputError
from vault.time import UNKNOWN_OFFSET, Clock, day_of_date, day_start_ns, instant_ns, parse_instant

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from vault.readable import Moment

__all__ = ["FIRST_DAY", "LAST_DAY", "Span", "day", "latest_day", "latest_for", "range_ns", "span", "the_day"]

FIRST_DAY, LAST_DAY = date(1900, 1, 2), date(2200, 1, 1)
"""Beyond these nothing is kept: the last instant of 2199 in UTC is a day later further east."""


def _read(moment: Moment, home: ZoneInfo) -> date | datetime:
    read = _parsed(moment, home)
    on = read.date() if isinstance(read, datetime) else read
    if not FIRST_DAY <= on <= LAST_DAY:
        raise InputError("a time out of reach", hint=f"say one between {FIRST_DAY} and {LAST_DAY}")
    return read


def _parsed(moment: Moment, home: ZoneInfo) -> date | datetime:
    if isinstance(moment, str):
        try:
            return date.fromisoformat(moment)
        except ValueError:
            _, offset = parse_instant(moment)
            moment = datetime.fromisoformat(moment)
            return moment.replace(tzinfo=home) if offset == UNKNOWN_OFFSET else moment
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=home) if moment.tzinfo is None else moment
    if isinstance(moment, date):
        return moment
    raise InputError("neither a day nor a time", hint="give a date, a datetime, or ISO 8601 text")


def range_ns(start: Moment | None, end: Moment | None, home: ZoneInfo) -> tuple[int | None, int | None]:
    """Return [start, end) in UTC ns; a day as ``end`` is contained whole."""
    first = None if start is None else _bound(_read(start, home), home, days_on=0)
    last = None if end is None else _bound(_read(end, home), home, days_on=1)
    return first, last


def _bound(moment: date | datetime, home: ZoneInfo, *, days_on: int) -> int:
    if isinstance(moment, datetime):
        return instant_ns(moment)
    return day_start_ns(moment + timedelta(days=days_on), home)


@dataclass(frozen=True, slots=True)
class Span:
    """What a caller asks for of records that have a date: by date where a day was said, else by instant.

    Args:
        first: UTC ns, or None from the first on.
        end: UTC ns, exclusive, or None to the last.
        first_day: Days since 1970-01-01; None where no day was said.
        last_day: Inclusive; None where no day was said.
    """

    first: int | None = None
    end: int | None = None
    first_day: int | None = None
    last_day: int | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing was said."""
        return self.first is None and self.end is None

    def around(self, room_ns: int) -> tuple[int | None, int | None]:
        """Return [first, end) with room on both sides, to read what ``holds`` is then asked about."""
        return (
            None if self.first is None else self.first - room_ns,
            None if self.end is None else self.end + room_ns,
        )

    def holds(self, instant: int, day: int) -> bool:
        """Whether a record at this instant, with this date, is asked for."""
        after = day >= self.first_day if self.first_day is not None else instant >= (self.first or 0)
        before = day <= self.last_day if self.last_day is not None else self.end is None or instant < self.end
        return after and before


def span(start: Moment | None, end: Moment | None, home: ZoneInfo) -> Span:
    """Return what lies between two moments, of records that have a date."""
    return Span(*range_ns(start, end, home), _said_day(start, home), _said_day(end, home))


def _said_day(moment: Moment | None, home: ZoneInfo) -> int | None:
    read = None if moment is None else _read(moment, home)
    return None if read is None or isinstance(read, datetime) else day_of_date(read)


def day(moment: Moment | None, home: ZoneInfo) -> int | None:
    """Return the local day (days since 1970-01-01) of a moment, if there is one."""
    return None if moment is None else the_day(moment, home)


def the_day(moment: Moment, home: ZoneInfo) -> int:
    """Return the local day (days since 1970-01-01) of a moment."""
    read = _read(moment, home)
    return day_of_date(read.astimezone(home).date() if isinstance(read, datetime) else read)


def latest_day(clock: Clock, home: ZoneInfo) -> int:
    """Return tomorrow at home: who is further east may be a day ahead."""
    return day_of_date(clock().astimezone(home).date()) + 1


def latest_for(day: int | None, clock: Clock, home: ZoneInfo) -> int:
    """Return the latest day there can be, for an answer about ``day``.

    Raises:
        InputError: that day has not come yet.
    """
    latest = latest_day(clock, home)
    if day is not None and day > latest:
        raise InputError("that day has not come yet", hint="ask for a day up to today")
    return latest
