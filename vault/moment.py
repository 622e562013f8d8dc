"""What a caller may say for a time: a day, a datetime, or either as ISO 8601 text.

A day stands for the whole local day in the owner's home zone, so that ``start="2026-03-29"`` begins at
its midnight and ``end="2026-03-29"`` still contains it, however many hours it has.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from vault.errors import InputError
from vault.time import UNKNOWN_OFFSET, day_of_date, day_start_ns, instant_ns, parse_instant

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from vault.readable import Moment

__all__ = ["FIRST_DAY", "LAST_DAY", "day", "range_ns"]

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""Beyond these nothing is kept, and nanoseconds run out."""


def _read(moment: Moment, home: ZoneInfo) -> date | datetime:
    read = _parsed(moment, home)
    on = read.date() if isinstance(read, datetime) else read
    if not FIRST_DAY < on < LAST_DAY:
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


def day(moment: Moment | None, home: ZoneInfo) -> int | None:
    """Return the local day (days since 1970-01-01) of a moment."""
    if moment is None:
        return None
    read = _read(moment, home)
    return day_of_date(read.astimezone(home).date() if isinstance(read, datetime) else read)
