"""Says when: Oura's instants with their offsets, its nights by the day of waking, its days from four o'clock.

The idea: Oura writes local time with an offset where somebody lived through it, and UTC where a machine
noted it. So ``Z``, and UTC in a stream of readings, is no place's offset; a bedtime's is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.clocks import instant_of, offset_of, part_on
from adapters.formats.tracks import offset_at
from adapters.formats.values import LAST_NS, clocks_of, day_of, text
from vault.errors import InputError
from vault.time import (
    DAY_NS,
    HOUR_NS,
    MINUTE_NS,
    NO_INSTANT,
    UNKNOWN_OFFSET,
    date_of_day,
    parse_instant,
    zone_offsets,
)  # fmt: skip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.formats.clocks import Zone

__all__ = ["Nights", "Span", "day_span", "instants_of", "moment_of"]

Span = tuple[int, int, int]
"""Start and end in UTC ns, and the offset in minutes or ``UNKNOWN_OFFSET``."""

_BEGINS_NS = 4 * HOUR_NS
"""Oura's day of activity begins at this hour."""
_NOT_REAL = "T00:00:00"
_WRITTEN = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?)\d*(Z|[+-]\d\d:?\d\d)?")
_UTC = frozenset(("Z", "+00:00", "+0000"))
_ODD = 26
"""Characters of a time to the microsecond: numpy would take more for a finer unit."""


def moment_of(value: object, home: Zone | None) -> tuple[int, int] | None:
    """Return (UTC ns, offset in minutes) of one instant, or None."""
    said = text(value)
    try:
        ns, offset_min = parse_instant(said)
    except InputError:
        return None
    if offset_min == UNKNOWN_OFFSET:
        ns, offset_min = instant_of(ns, home)
    elif said.endswith("Z"):
        offset_min = offset_at(ns, UNKNOWN_OFFSET, home.told if home else None)
    return (ns, offset_min) if 0 <= ns < LAST_NS else None


def instants_of(values: list[object], home: Zone | None) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
    """Return (UTC ns, offsets) of a stream's times as columns, ``NO_INSTANT`` for what is none."""
    found = [_WRITTEN.fullmatch(value) if isinstance(value, str) else None for value in values]
    clock = clocks_of(["" if match is None else match[1][:_ODD] for match in found])
    zones = ["Z" if match is None else match[2] or "Z" for match in found]
    minutes = {zone: UNKNOWN_OFFSET if zone in _UTC else _minutes(zone) for zone in set(zones)}
    offsets = np.array([minutes[zone] for zone in zones], np.int64)
    is_utc = offsets == UNKNOWN_OFFSET
    instants = np.where(clock == NO_INSTANT, clock, clock - np.where(is_utc, 0, offsets) * MINUTE_NS)
    told = home.told if home else None
    if told is not None:
        known = is_utc & (instants != NO_INSTANT)
        offsets[known] = zone_offsets(instants[known], told)
    return instants, offsets.astype(np.int16)


def _minutes(zone: str) -> int:
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return offset_of((-1 if zone[0] == "-" else 1) * (60 * hours + minutes))


@dataclass
class Nights:
    """The longest sleep of each wake day, as far as sleeps were read."""

    home: Zone | None
    _longest: dict[int, tuple[tuple[bool, float], Span]] = field(default_factory=dict)

    def remember(self, day: int, span: Span, *, is_long: bool, asleep_s: float) -> None:
        """Note a sleep of a wake day; that which Oura calls long goes before all others."""
        weight = is_long, asleep_s
        if day not in self._longest or weight > self._longest[day][0]:
            self._longest[day] = weight, span

    def offset_of(self, day: int) -> int:
        """Return the offset at which a day's night ended, or ``UNKNOWN_OFFSET``."""
        return self._longest[day][1][2] if day in self._longest else UNKNOWN_OFFSET

    def span_of(self, day: int) -> Span:
        """Return the part of a day's night that lies on this day, or the day's first moment."""
        known = self._longest.get(day)
        return part_on(day, known[1], self.home) if known else _midnight(day, self.home)


def _midnight(day: int, home: Zone | None) -> Span:
    ns, offset_min = instant_of(day * DAY_NS, home)
    return ns, ns, offset_min


def day_span(day: int, timestamp: object, nights: Nights) -> Span:
    """Return Oura's day, from four o'clock on, in the offset of its timestamp or its night, else at home."""
    offset_min = _offset_said(day, text(timestamp))
    if offset_min == UNKNOWN_OFFSET:
        offset_min = nights.offset_of(day)
    start, offset_min = instant_of(day * DAY_NS + _BEGINS_NS, nights.home, offset_min)
    return start, start + DAY_NS, offset_min


def _offset_said(day: int, timestamp: str) -> int:
    """Return the offset of a timestamp that is of this day; midnight in UTC is nobody's offset."""
    if day_of(timestamp) != day or (
        _NOT_REAL in timestamp and timestamp[19:].lstrip(".0") in ("Z", "+00:00")
    ):
        return UNKNOWN_OFFSET
    try:
        return UNKNOWN_OFFSET if timestamp.endswith("Z") else parse_instant(timestamp)[1]
    except InputError:
        return UNKNOWN_OFFSET


def iso(day: int) -> str:
    """Return a day as its date."""
    return date_of_day(day).isoformat()
