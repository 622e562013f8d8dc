"""Reads Strava's dates, which are written in the language of the account and mean UTC.

The idea: in every language a date is a day, a month as number or word, a year and a clock. The words are a
table, so ``Sep 12, 2018, 3:02:23 PM``, ``12.09.2018, 15:02:23`` and ``12 sept. 2018 15:02:23`` are the same.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache

from adapters.tables import table
from vault.time import instant_ns

__all__ = ["date_of"]

_CLOCK = re.compile(r"(\d{1,2})[:.](\d\d)[:.](\d\d)\s*(?:([ap])\.?\s?m\b\.?)?", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(\d{4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
_LONGEST = 64
_YEARS = range(1970, 2200)
_HALF_DAY = 12


def date_of(text: str) -> int | None:
    """Return a date of the table as UTC ns, or None if it is none that can be read."""
    if len(text) > _LONGEST:
        return None
    text = " ".join(text.split())
    clocks = list(_CLOCK.finditer(text))
    if not clocks:
        return None
    clock = clocks[-1]  # 12.09.20 in 12.09.2018 looks like one too
    day = _day(text[: clock.start()] + " " + text[clock.end() :])
    hour = int(clock[1])
    if clock[4]:
        if not 1 <= hour <= _HALF_DAY:
            return None
        hour = hour % _HALF_DAY + (_HALF_DAY if clock[4] in "pP" else 0)
    try:
        return instant_ns(datetime(*day, hour, int(clock[2]), int(clock[3]), tzinfo=UTC)) if day else None
    except ValueError:
        return None


def _day(text: str) -> tuple[int, int, int] | None:
    """Return year, month and day."""
    found = _YEAR_FIRST.search(text)
    if found:
        year, month, day = map(int, found.groups())
    elif found := _DAY_FIRST.search(text):
        day, month, year = map(int, found.groups())
    else:
        words = [_months()[word] for word in _WORD.findall(text.casefold()) if word in _months()]
        numbers = [int(number) for number in _NUMBER.findall(text)]
        if len(words) != 1 or len(numbers) != 2:
            return None
        (month,), (day, year) = words, sorted(numbers)
    return (year, month, day) if year in _YEARS else None


@cache
def _months() -> dict[str, int]:
    rows = table("adapters.strava", "months.csv")
    return {word: int(row["month"]) for row in rows for word in row["words"].split()}
