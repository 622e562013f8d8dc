"""Instants, offsets and local days: UTC nanoseconds plus the offset that was recorded.

An instant is an ``int64`` of nanoseconds since 1970-01-01T00:00Z. Beside it stands the UTC offset in
minutes the source recorded, or ``UNKNOWN_OFFSET``. A local day is taken from that offset, else from
the owner's home zone; it is a count of days since 1970-01-01 (``int32``), like ``datetime64[D]``.
Days are civil: on a DST day they have 23 or 25 hours.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from vault.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "DAY_NS",
    "HOUR_NS",
    "MILLISECOND_NS",
    "MINUTE_NS",
    "NO_INSTANT",
    "SECOND_NS",
    "UNKNOWN_OFFSET",
    "Clock",
    "date_of_day",
    "day_of_date",
    "day_start_ns",
    "format_instant",
    "instant_ns",
    "local_days",
    "moment_of",
    "now_ns",
    "offsets_at",
    "parse_instant",
    "utc_now",
    "zone",
    "zone_offsets",
]

MILLISECOND_NS = 1_000_000
SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
HOUR_NS = 60 * MINUTE_NS
DAY_NS = 86_400 * SECOND_NS

UNKNOWN_OFFSET = -32_768
"""The explicit "unknown" of an offset column (``int16``)."""

NO_INSTANT = np.iinfo(np.int64).min
"""The explicit "unknown" of an instant column; pandas reads it as NaT."""

Clock = Callable[[], datetime]
"""Gives the present as an aware datetime; passed in, so that tests can stop it."""

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """Return the present in UTC: the clock of everybody who brings none."""
    return datetime.now(UTC)


def now_ns(clock: Clock) -> int:
    """Return the clock's present as nanoseconds since the epoch."""
    return instant_ns(clock())


def instant_ns(moment: datetime) -> int:
    """Return an aware datetime as nanoseconds since the epoch, exact to the microsecond."""
    if moment.tzinfo is None:
        raise InputError("a moment without a time zone", hint="give it an offset, e.g. +00:00")
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND_NS + delta.microseconds * 1_000


def moment_of(ns: int) -> datetime:
    """Return an instant as an aware datetime in UTC, whole microseconds."""
    return _EPOCH + timedelta(microseconds=int(ns) // 1_000)


def parse_instant(text: str) -> tuple[int, int]:
    """Return (ns, offset in minutes) of an ISO 8601 instant; no offset gives UNKNOWN_OFFSET.

    Without an offset the clock time is read as UTC; who calls decides whether that will do.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            "a date or time that is not ISO 8601", hint="write it as 2026-03-29T07:30:00+02:00"
        ) from error
    if moment.tzinfo is None:
        return instant_ns(moment.replace(tzinfo=UTC)), UNKNOWN_OFFSET
    offset = moment.utcoffset() or timedelta()
    return instant_ns(moment), round(offset.total_seconds() / 60)


def format_instant(ns: int, offset_min: int = UNKNOWN_OFFSET) -> str:
    """Write an instant as ISO 8601 in its recorded offset, ``Z`` when that is unknown."""
    seconds, rest = divmod(int(ns), SECOND_NS)
    known = offset_min != UNKNOWN_OFFSET
    zone_ = timezone(timedelta(minutes=int(offset_min))) if known else UTC
    moment = (_EPOCH + timedelta(seconds=seconds)).astimezone(zone_)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    if rest:
        text += f".{rest:09d}".rstrip("0")
    return text + (moment.strftime("%z")[:3] + ":" + moment.strftime("%z")[3:] if known else "Z")


def day_of_date(day: date) -> int:
    """Return a calendar date as days since 1970-01-01."""
    return day.toordinal() - _EPOCH_DAY


def date_of_day(day: int) -> date:
    """Return days since 1970-01-01 as a calendar date."""
    return date.fromordinal(int(day) + _EPOCH_DAY)


def zone(name: str) -> ZoneInfo:
    """Return an IANA zone; raises InputError for a name that is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError("an unknown time zone", hint="use an IANA name such as Europe/Berlin") from error


def day_start_ns(day: date, home: ZoneInfo) -> int:
    """Return the instant at which a calendar day begins in a zone."""
    return instant_ns(datetime(day.year, day.month, day.day, tzinfo=home))


def local_days(
    start_ns: NDArray[np.int64], offset_min: NDArray[np.int16], home: ZoneInfo
) -> NDArray[np.int32]:
    """Return the local day of each instant: by its own offset, else by the home zone."""
    return ((start_ns + offsets_at(start_ns, offset_min, home) * MINUTE_NS) // DAY_NS).astype(np.int32)


def offsets_at(
    instants_ns: NDArray[np.int64], offset_min: NDArray[np.int16], home: ZoneInfo
) -> NDArray[np.int64]:
    """Return the offset in minutes that rules each instant: the recorded one, else the home zone's."""
    offsets = offset_min.astype(np.int64)
    unknown = offset_min == UNKNOWN_OFFSET
    if unknown.any():
        offsets[unknown] = zone_offsets(instants_ns[unknown], home)
    return offsets


def zone_offsets(instants_ns: NDArray[np.int64], home: ZoneInfo) -> NDArray[np.int64]:
    """Return a zone's UTC offset in minutes at each instant, looked up between its changes."""
    if not len(instants_ns):
        return np.empty(0, np.int64)
    changes, offsets = _changes(_year(instants_ns.min()), _year(instants_ns.max()) + 1, home)
    return offsets[np.searchsorted(changes, instants_ns, side="right")]


def _year(ns: np.int64) -> int:
    return int(ns.astype("M8[ns]").astype("M8[Y]").astype(np.int64)) + 1970


@lru_cache(maxsize=64)
def _changes(first_year: int, last_year: int, home: ZoneInfo) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the instants from one new year (UTC) to another at which the zone's offset changes."""
    low, high = (
        instant_ns(datetime(year, 1, 1, tzinfo=UTC)) // SECOND_NS for year in (first_year, last_year)
    )
    offsets, changes = [_offset_at(low, home)], []
    step = 86_400
    while low < high:
        after = min(low + step, high)
        if _offset_at(after, home) != offsets[-1]:
            changes.append(_bisect(low, after, home))
            offsets.append(_offset_at(after, home))
        low = after
    return np.array(changes, np.int64) * SECOND_NS, np.array(offsets, np.int64)


def _bisect(low: int, high: int, home: ZoneInfo) -> int:
    before = _offset_at(low, home)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset_at(middle, home) == before else (low, middle)
    return high


def _offset_at(second: int, home: ZoneInfo) -> int:
    offset = (_EPOCH + timedelta(seconds=second)).astimezone(home).utcoffset() or timedelta()
    return round(offset.total_seconds() / 60)
