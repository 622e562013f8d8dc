"""When a data point was: a moment, an interval told in one of three ways, or a part of a day.

The idea: what is told is made into two instants only where it says both. A part of a day ("morning") does
not, nor does an interval that ends before it begins. ``Z`` says when it was and not where, so its offset is
unknown (RFC 9557, section 2.2), and so is that of a clock time without one, which is read by the owner's
zone.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from adapters.formats.clocks import instant_of
from adapters.formats.values import LAST_NS, clock_of, quantity
from adapters.open_mhealth.units import in_unit
from vault.time import SECOND_NS, UNKNOWN_OFFSET, instant_ns

if TYPE_CHECKING:
    from adapters.formats.clocks import Zone

__all__ = ["Span", "instant_said", "is_frame", "span_of"]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_PARTS = ("morning", "afternoon", "evening", "night")
_EDGES = ("start_date_time", "end_date_time")
_WAYS = ({*_EDGES}, {"start_date_time", "duration"}, {"end_date_time", "duration"})
_LONGEST = 40


class Span(NamedTuple):
    """From when to when in UTC ns, at which offset in minutes."""

    start: int
    end: int
    offset_min: int


def is_frame(said: Any, *, dated: bool, interval: bool) -> bool:
    """Whether a time frame is whole: an ``interval`` if that is asked; ``dated`` allows parts of days."""
    if not isinstance(said, dict) or ("date_time" in said) == ("time_interval" in said):
        return False
    if "date_time" in said:
        return not interval and _is_moment(said["date_time"])
    held = said["time_interval"]
    if not isinstance(held, dict):
        return False
    if any(edge in held and not _is_moment(held[edge]) for edge in _EDGES):
        return False
    if "duration" in held and _seconds(held["duration"]) is None:
        return False
    if any(way <= held.keys() for way in _WAYS):
        return True
    day, part = held.get("date"), held.get("part_of_day")
    return dated and isinstance(day, str) and bool(_DATE.fullmatch(day)) and part in _PARTS


def span_of(frame: Any, home: Zone | None) -> Span | None:
    """Return what a whole time frame says, or None if that is no two instants."""
    if not isinstance(frame, dict):
        return None
    if "date_time" in frame:
        moment = _moment(frame["date_time"], home)
        return None if moment is None else _sane(Span(moment[0], *moment))
    held = frame["time_interval"]
    start, end = (_moment(held.get(edge), home) for edge in _EDGES)
    seconds = _seconds(held.get("duration"))
    if seconds is not None and start is not None and end is None:
        end = (start[0] + round(seconds * SECOND_NS), start[1])
    if seconds is not None and end is not None and start is None:
        start = (end[0] - round(seconds * SECOND_NS), end[1])
    if start is None or end is None:
        return None
    return _sane(Span(start[0], end[0], start[1]))


def _sane(span: Span) -> Span | None:
    return span if 0 <= span.start <= span.end < LAST_NS else None


def _is_moment(said: object) -> bool:
    return _moment(said, None) is not None


def _moment(said: object, home: Zone | None) -> tuple[int, int] | None:
    if not isinstance(said, str):
        return None
    clock = clock_of(said)
    return instant_of(clock, home) if clock is not None else instant_said(said)


def instant_said(text: str) -> tuple[int, int] | None:
    """Return (UTC ns, offset in minutes) of a date and time with an offset, or None if it is none."""
    if len(text) > _LONGEST or "T" not in text.upper():
        return None
    try:
        moment = datetime.fromisoformat(text)
        offset = moment.utcoffset()
        ns = None if offset is None else instant_ns(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return None
    if ns is None or offset is None:
        return None
    is_known = text[-1:] not in ("Z", "z")
    return ns, offset // timedelta(minutes=1) if is_known else UNKNOWN_OFFSET


def _seconds(said: Any) -> float | None:
    """Return a duration in seconds; a month and a year count as long as they are on average."""
    if not isinstance(said, dict) or not isinstance(said.get("value"), int | float):
        return None
    number, unit = quantity(said["value"]), said.get("unit")
    if number is None or not isinstance(unit, str):
        return None
    seconds = in_unit(number, unit, "s")
    return seconds if seconds is not None and 0 <= seconds < LAST_NS / SECOND_NS else None
