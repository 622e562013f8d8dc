"""Reads the times of the members' table, whose zones must not be taken at their word.

The idea: ``(-08)`` is the offset that ruled. ``(PST)`` is not: the clock is right for a region, but the
abbreviation is the one in force there on the day of the DOWNLOAD, so a file of February says PST in July too.
It names the region, and the date decides between summer and winter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from adapters.formats.clocks import Zone, instant_of
from adapters.formats.values import clock_of
from adapters.peloton.disciplines import rows
from vault.errors import InputError
from vault.time import SECOND_NS, UNKNOWN_OFFSET, format_instant, zone

__all__ = ["Moment", "moment_of"]

_WRITTEN = re.compile(r"(\d{4}-\d\d-\d\d)[ T]+(\d{1,2})(:\d\d(?::\d\d)?)\s*(?:\(\s*([^)]*?)\s*\))?")
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d\d)?")
_UTC = ("UTC", "Z")
_YEAR_NS = 31_556_952 * SECOND_NS
"""A mean year; which of two it is around New Year does not matter."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of the table: UTC ns, offset in minutes, and a name that the next download gives it too."""

    instant: int
    offset_min: int
    name: str


def moment_of(said: str, owner: Zone | None) -> Moment | None:
    """Return a time such as ``2020-06-16 07:00 (PST)``, or None if it is none.

    ``owner`` rules where the label says nothing; where it uses the abbreviation itself, as Phoenix does MST
    and Shanghai CST, it is the region.
    """
    match = _WRITTEN.fullmatch(said.strip())
    written = f"{match[1]}T{match[2]:0>2}{match[3]}" if match else ""
    clock = clock_of(written)
    if match is None or clock is None:
        return None
    label = match[4] or ""
    for read in (_by_offset, _by_region):
        told = read(label, clock, owner)
        if told is not None:
            return Moment(*told, name=format_instant(told[0]))
    return Moment(*instant_of(clock, owner), name=written)


def _by_offset(label: str, clock: int, _: Zone | None) -> tuple[int, int] | None:
    if label.upper() in _UTC:  # that no zone was known, not that it was recorded there
        return clock, UNKNOWN_OFFSET
    match = _OFFSET.fullmatch(label.upper())
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return instant_of(clock, None, -minutes if match[1] == "-" else minutes)


def _by_region(label: str, clock: int, owner: Zone | None) -> tuple[int, int] | None:
    if owner is not None and label.upper() in _abbreviations(owner.clock, clock // _YEAR_NS + 1970):
        return instant_of(clock, Zone(owner.clock))
    region = _region(label)
    return None if region is None else instant_of(clock, Zone(region))


@lru_cache(maxsize=256)
def _abbreviations(region: ZoneInfo, year: int) -> frozenset[str]:
    """Return what a zone calls its winter and summer time in a year."""
    names = (datetime(year, month, 1, tzinfo=region).tzname() for month in (1, 7))
    return frozenset(name.upper() for name in names if name)


@cache
def _region(label: str) -> ZoneInfo | None:
    """Return the region of an abbreviation, or the zone of an IANA name."""
    name = _regions().get(label.upper(), label if "/" in label else "")
    try:
        return zone(name) if name else None
    except InputError:
        return None


@cache
def _regions() -> dict[str, str]:
    return {row["label"]: row["zone"] for row in rows("zones.csv")}
