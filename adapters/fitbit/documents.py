"""Walks the JSON lists of a Fitbit archive, and reads the times in them.

The idea: every document is a list of objects; what is none costs itself. Times are written in two ways, month
first with two digits of a year, or ISO without a zone; which clock they show the family knows, not the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.formats.items import listed
from adapters.formats.values import clock_of
from vault.time import DAY_NS, instant_ns

if TYPE_CHECKING:
    from adapters.base import ByteSource
    from adapters.formats.counting import Count
    from adapters.formats.items import Json
    from vault.records import Rejection

__all__ = ["BAD_DATE", "BAD_VALUE", "clock_of_stamp", "day_of_stamp", "objects_of"]

BAD_DATE, BAD_VALUE = "bad-date", "bad-value"
_STAMP = re.compile(r"(\d\d)/(\d\d)/(\d\d)(?: (\d\d):(\d\d):(\d\d))?", re.ASCII)


def objects_of(stream: ByteSource, count: Count) -> Iterator[tuple[int, Json] | Rejection]:
    """Yield (position, object) of a list, a rejection for what is none; raises what ``listed`` raises."""
    for position, (_, item) in enumerate(listed(stream, lambda _: False), 1):
        yield (position, item) if isinstance(item, dict) else count.reject("not-an-object", position)


def clock_of_stamp(value: object) -> int | None:
    """Return ``03/19/20 03:40:00``, or its ISO form, as ns of the clock that showed it, or None."""
    match = _STAMP.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return clock_of(value)
    month, day, year, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return instant_ns(datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC))
    except ValueError:
        return None


def day_of_stamp(value: object) -> int | None:
    """Return the date of a time as days since 1970-01-01, or None."""
    clock = clock_of_stamp(value)
    return None if clock is None else clock // DAY_NS
