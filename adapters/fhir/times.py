"""When an Observation was: its instants with the offset they were written with.

The idea: FHIR writes an offset beside every time of day, and that is what is recorded, unless VitalVault
itself says that it was only assumed. ``Z`` says when, not where. A date
alone is a day by the owner's clock, midnight to midnight.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from adapters.formats.clocks import instant_of
from vault.time import DAY_NS, SECOND_NS, UNKNOWN_OFFSET, day_of_date, instant_ns

if TYPE_CHECKING:
    from adapters.fhir.elements import Observation
    from adapters.formats.clocks import Zone

__all__ = ["Span", "instant", "span_of"]

_ASSUMED = ("urn:vitalvault:tag", "tz-assumed")
_DATE = len("2026-03-29")
_FIRST, _LAST = date(1900, 1, 1), date(2200, 1, 1)
_FIRST_NS, _LAST_NS = (day_of_date(day) * DAY_NS for day in (_FIRST, _LAST))


class Span(NamedTuple):
    """From when to when in UTC ns, at which offset in minutes."""

    start: int
    end: int
    offset_min: int


def span_of(found: Observation, home: Zone | None) -> Span | str:
    """Return when an Observation was, or why that can't be told."""
    span = _effective(found, home)
    if isinstance(span, str):
        return span
    if span.end < span.start:
        return "ends-before-start"
    if not _FIRST_NS <= span.start <= span.end < _LAST_NS:
        return "bad-time"
    return span._replace(offset_min=UNKNOWN_OFFSET) if _is_assumed(found) else span


def _effective(found: Observation, home: Zone | None) -> Span | str:
    moment = found.effective_date_time or found.effective_instant
    if moment:
        return _edge(moment, home)
    if found.effective_period is None:
        return "no-time"
    first, last = found.effective_period.start, found.effective_period.end
    if not first or not last:
        return "open-period"
    start, end = _edge(first, home), _edge(last, home)
    if isinstance(start, str) or isinstance(end, str):
        return start if isinstance(start, str) else str(end)
    return Span(start.start, end.end, start.offset_min)


def _edge(text: str, home: Zone | None) -> Span | str:
    """Return a moment as a span of no length, the day that a date is, or why it is neither."""
    if len(text) > _DATE:
        found = instant(text)
        return "bad-time" if found is None else Span(found[0], found[0], found[1])
    if len(text) < _DATE:
        return "no-day"
    try:
        said = date.fromisoformat(text)
    except ValueError:
        return "bad-time"
    if not _FIRST <= said < _LAST:
        return "bad-time"
    day = day_of_date(said)
    start, offset_min = instant_of(day * DAY_NS, home)
    return Span(start, instant_of((day + 1) * DAY_NS, home)[0], offset_min)


def instant(text: str) -> tuple[int, int] | None:
    """Return (UTC ns, offset in minutes) of a date and time, exact to the ns; None if there is none."""
    whole, fraction = text, 0
    point = text.find(".")
    if point >= 0:
        end = point + 1
        while text[end : end + 1].isdigit():
            end += 1
        fraction = int(text[point + 1 : end][:9].ljust(9, "0"))
        whole = text[:point] + text[end:]
    try:
        moment = datetime.fromisoformat(whole)
    except ValueError:
        return None
    offset = moment.utcoffset()
    if offset is None:
        return None
    known = UNKNOWN_OFFSET if whole.endswith("Z") else offset // timedelta(minutes=1)
    return instant_ns(moment) // SECOND_NS * SECOND_NS + fraction, known


def _is_assumed(found: Observation) -> bool:
    tags = () if found.meta is None else found.meta.tag
    return any((tag.system, tag.code) == _ASSUMED for tag in tags)
