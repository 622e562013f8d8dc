"""Instants as FHIR writes them: whole columns at once, each with an explicit offset.

A time without an offset is not a FHIR instant, so a record whose offset is unknown takes the home zone's
at that moment, and ``assumed`` says so. FHIR allows whole minutes within 14 hours of UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vault.time import DAY_NS, MINUTE_NS, SECOND_NS, UNKNOWN_OFFSET, local_days, offsets_at, zone_offsets

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

__all__ = ["MAX_OFFSET_MIN", "assumed", "days_of", "edges", "offsets", "texts"]

MAX_OFFSET_MIN = 14 * 60


def assumed(offset_min: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Return where the offset is unknown, or none that FHIR can write."""
    return np.abs(offset_min.astype(np.int32)) > MAX_OFFSET_MIN


def offsets(instants: NDArray[np.int64], offset_min: NDArray[np.int16], home: ZoneInfo) -> NDArray[np.int64]:
    """Return the offset each instant is written with, in minutes: its own, else the home zone's."""
    return offsets_at(instants, _writable(offset_min), home)


def _writable(offset_min: NDArray[np.int16]) -> NDArray[np.int16]:
    return np.where(assumed(offset_min), UNKNOWN_OFFSET, offset_min).astype(np.int16)


def texts(instants: NDArray[np.int64], offset_min: NDArray[np.int64]) -> list[str]:
    """Return ``2026-03-29T07:30:00.25+02:00`` for each instant; fractions only where there are any."""
    local = instants + offset_min * MINUTE_NS
    seconds, fractions = np.divmod(local, SECOND_NS)
    whole = np.datetime_as_string(seconds.view("M8[s]")).tolist()
    if fractions.any():
        whole = [text + _fraction(ns) for text, ns in zip(whole, fractions.tolist())]
    unique, which = np.unique(offset_min, return_inverse=True)
    ends = [_offset(minutes) for minutes in unique.tolist()]
    if len(ends) == 1:
        return [text + ends[0] for text in whole]
    return [text + ends[at] for text, at in zip(whole, which.tolist())]


def edges(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    offset_min: NDArray[np.int16],
    home: ZoneInfo,
    *,
    daily: bool,
) -> tuple[list[str], list[str]]:
    """Return the texts of both ends; a ``daily`` value that is given as a moment covers its local day."""
    starts = texts(start, offsets(start, offset_min, home))
    moment = start == end
    if moment.all() and not daily:
        return starts, starts
    ends = texts(end, offsets(end, offset_min, home))
    if daily and moment.any():
        first, last = days_of(start, offset_min, home)
        starts = [day if is_moment else own for day, own, is_moment in zip(first, starts, moment)]
        ends = [day if is_moment else own for day, own, is_moment in zip(last, ends, moment)]
    return starts, ends


def days_of(
    start: NDArray[np.int64], offset_min: NDArray[np.int16], home: ZoneInfo
) -> tuple[list[str], list[str]]:
    """Return the local day around each instant, midnight to midnight, 23 to 25 hours long.

    Where the recorded offset is not the home zone's at that moment, the person was elsewhere: the day
    is 24 hours at that offset, for nothing is known of that zone's clock changes.
    """
    day = local_days(start, _writable(offset_min), home)
    away = offsets(start, offset_min, home)
    at_home = away == zone_offsets(start, home)
    midnights = []
    for days_on in (0, 1):
        midnight = (day.astype(np.int64) + days_on) * DAY_NS
        there = np.where(at_home, zone_offsets(midnight - away * MINUTE_NS, home), away)
        midnights.append(texts(midnight - there * MINUTE_NS, there))
    return midnights[0], midnights[1]


def _fraction(ns: int) -> str:
    return f".{ns:09d}".rstrip("0") if ns else ""


def _offset(minutes: int) -> str:
    sign, size = ("-" if minutes < 0 else "+"), abs(minutes)
    return f"{sign}{size // 60:02d}:{size % 60:02d}"
