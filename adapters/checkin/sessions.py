"""Reads the rows of a table of sessions: how hard each was as a whole.

Foster's session RPE is asked 10 to 30 minutes after the end, on Borg's CR10 (0 to 10). It is about the whole
session, and is not the RPE of a set, which counts repetitions in reserve.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.checkin.words import NO_VALUE, ORIGIN, gathered, number_in
from adapters.formats.clocks import Zone, instant_of
from vault.errors import InputError
from vault.time import MINUTE_NS, UNKNOWN_OFFSET, parse_instant

if TYPE_CHECKING:
    from adapters.formats.batches import Batches
    from adapters.formats.counting import Count
    from adapters.formats.sheets import Row, Sheet
    from vault.records import Rejection, Samples

__all__ = ["sessions"]

_METRIC = "rpe_session"
_MOST = 10.0
_LONGEST_MIN = 2 * 24 * 60


def sessions(
    sheet: Sheet, count: Count, batches: Batches, zone: Zone | None
) -> Iterator[Rejection | Samples]:
    """Gather a sample of each session, and yield the rejections."""
    yield from gathered(sheet, count, batches, lambda row: _row(row, batches, zone))


def _row(row: Row, batches: Batches, zone: Zone | None) -> str | None:
    """Gather the sample of a row; returns why there is none, if so."""
    said = row.get("rpe_cr10", "")
    if not said:
        return NO_VALUE
    rpe = number_in(said)
    if rpe is None or not 0 <= rpe <= _MOST:
        return "off-the-scale"
    start, end = _instant(row.get("session_start", ""), zone), _instant(row.get("session_end", ""), zone)
    if start is None:
        return "bad-date"
    minutes = max(-1.0, min(number_in(row.get("duration_min", "")) or 0.0, _LONGEST_MIN + 1.0))
    until = end[0] if end else start[0] + round(minutes * MINUTE_NS)
    if not 0 <= until - start[0] <= _LONGEST_MIN * MINUTE_NS:
        return "end-before-start"
    note = {"scale": "cr10"} | {key: row[key] for key in ("activity", "asked_at") if row.get(key)}
    batches.add(_METRIC, start[0], until, start[1], rpe, ORIGIN, note=note)
    return None


def _instant(text: str, zone: Zone | None) -> tuple[int, int] | None:
    """Return (UTC ns, offset) of a time with or without an offset."""
    try:
        instant, offset_min = parse_instant(text)
    except InputError:
        return None
    return (instant, offset_min) if offset_min != UNKNOWN_OFFSET else instant_of(instant, zone)
