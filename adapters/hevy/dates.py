"""Reads Hevy's dates: ``8 Apr 2026, 16:50``, with the month in the language of the app.

The idea: a month is known by how its name begins, and no two languages of the table beside this file
disagree.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache, lru_cache

from adapters.formats.values import LAST_NS, clock_of
from adapters.tables import table
from vault.time import instant_ns

__all__ = ["clock_in"]

_DATE = re.compile(r"(\d{1,2})\.? (?:de )?([^\W\d_]{3,12})\.? (?:de )?(\d{4}),? (\d{1,2}):(\d{2})")
_LENGTHS = (4, 3)
"""French needs four letters to tell June from July."""


@lru_cache(maxsize=4)  # each row repeats its workout's
def clock_in(said: str) -> int | None:
    """Return a date as ns of a clock that shows local time, or None; older exports write ISO 8601."""
    match = _DATE.fullmatch(" ".join(said.split()))
    if match is None:
        return clock_of(said.strip())
    day, name, year, hour, minute = match.groups()
    month = next((found for length in _LENGTHS if (found := _months().get(name.casefold()[:length]))), 0)
    try:
        clock = datetime(int(year), month, int(day), int(hour), int(minute), tzinfo=UTC)
    except ValueError:
        return None
    ns = instant_ns(clock)
    return ns if 0 <= ns < LAST_NS else None


@cache
def _months() -> dict[str, int]:
    return {row["begins"]: int(row["month"]) for row in table("adapters.hevy", "months.csv")}
