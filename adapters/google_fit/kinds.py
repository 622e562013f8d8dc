"""Tells the documents of a Google Fit export apart, by how they begin, in whatever language their names are.

The idea: folders and headings are in the owner's language, keys and times are not. A day's table is one whose
first row begins with two times of day and their offset; its headings are looked up in English and those
languages that were seen.
"""

from __future__ import annotations

import csv
import re
from functools import cache

from adapters.formats.sheets import plain
from adapters.formats.xml import root_is
from adapters.tables import table

__all__ = [
    "DAY",
    "SESSION",
    "STREAM",
    "SUMMARY",
    "TRACK",
    "clock_of",
    "english",
    "is_empty",
    "kind_of",
    "source_of",
]

DAY, SUMMARY, STREAM, SESSION, TRACK = "day", "summary", "stream", "session", "track"
_BOM = b"\xef\xbb\xbf"
_SOURCE = re.compile(rb'"Data Source"\s*:\s*"((?:[^"\\]|\\.)*)"')
_POINTS = re.compile(rb'"Data Points"\s*:\s*\[')
_NO_POINTS = re.compile(_POINTS.pattern + rb"\s*\]")
_SESSION = (re.compile(rb'"fitnessActivity"\s*:'), re.compile(rb'"startTime"\s*:'))
_CLOCK = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))")
_DATE = "Date"
_FEWEST = 2
"""So many columns of a table of dates must be Google Fit's: other apps have dates and a distance too."""


def kind_of(head: bytes) -> str:
    """Return what a document is by its first bytes, nothing if it is not Google Fit's."""
    head = head.removeprefix(_BOM)
    if root_is("TrainingCenterDatabase")(head):
        return TRACK
    if head.lstrip()[:1] == b"{":
        if source_of(head):
            return STREAM
        return SESSION if all(mark.search(head) for mark in _SESSION) else ""
    return _table(head)


def source_of(head: bytes) -> str:
    """Return the data source of a stream, ``derived:com.google.weight:...``, by its first bytes."""
    found = _SOURCE.search(head) if _POINTS.search(head) else None
    return found[1].decode("utf-8", "replace") if found else ""


def is_empty(head: bytes) -> bool:
    """Say whether a stream has no points, by its first bytes."""
    return _NO_POINTS.search(head) is not None


def english(heading: str) -> str:
    """Return a column's heading in English, as it is if it is not known."""
    return _english().get(plain(heading), heading)


def clock_of(cell: str) -> tuple[int, int] | None:
    """Return (ns since midnight, offset in minutes) of a time of day such as ``00:15:00.000+05:30``."""
    match = _CLOCK.fullmatch(cell.strip())
    if match is None:
        return None
    hours, minutes, seconds = (int(part) for part in match.groups()[:3])
    offset = int(match[6] or 0) * 60 + int(match[7] or 0)
    if hours > 23 or minutes > 59 or seconds > 59 or offset > 16 * 60:
        return None
    fraction = int((match[4] or "0").ljust(9, "0"))
    ns = (hours * 3_600 + minutes * 60 + seconds) * 1_000_000_000 + fraction
    return ns, -offset if match[5] == "-" else offset


def _table(head: bytes) -> str:
    lines = head.decode("utf-8", "replace").splitlines()[:2]
    try:
        rows = list(csv.reader(lines))
    except csv.Error:
        return ""
    if len(rows) > 1 and len(rows[1]) > 1 and all(clock_of(cell) for cell in rows[1][:2]):
        return DAY
    headings = [english(cell) for cell in rows[0]] if rows else []
    if headings[:2] == ["Start time", "End time"]:
        return DAY
    known = sum(heading in _columns() for heading in headings)
    return SUMMARY if headings[:1] == [_DATE] and known >= _FEWEST else ""


@cache
def _english() -> dict[str, str]:
    rows = table("adapters.google_fit", "headings.csv")
    own = {plain(name): name for name in (*_columns(), _DATE, "Start time", "End time")}
    return own | {plain(row["said"]): row["english"] for row in rows}


@cache
def _columns() -> frozenset[str]:
    return frozenset(row["said"] for row in table("adapters.google_fit", "columns.csv"))
