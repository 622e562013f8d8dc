"""Reads the values of vendors' JSON, one at a time or as columns: numbers, durations, days, clock times.

The idea: a value that is not there, that says ``NaN`` or that is of another kind is missing, never an error:
Polar writes ``"NaN"`` as a text and as a bare word. A clock time is kept as nanoseconds of a clock that shows
local time; who knows the offset makes an instant of it.
"""

from __future__ import annotations

import re
import warnings
from datetime import UTC, date, datetime
from math import isfinite, nan
from typing import TYPE_CHECKING, Any

import numpy as np

from adapters.formats.points import number_of
from vault.time import DAY_NS, MILLISECOND_NS, NO_INSTANT, day_of_date, instant_ns

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "LARGEST",
    "LAST_NS",
    "clock_of",
    "clocks_of",
    "day_of",
    "instant_of_ms",
    "member",
    "number",
    "numbers",
    "objects",
    "quantity",
    "said",
    "seconds_of",
    "snake",
    "text",
]

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_NO_ZONE = str.maketrans("", "", "0123456789-:.T")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|\W+")
_LONGEST = 40
LAST_NS = day_of_date(date(2200, 1, 1)) * DAY_NS
"""No instant of an export is that late."""
LARGEST = 1e12
"""No quantity of an export is larger, in whatever unit."""


def number(value: object) -> float | None:
    """Return a finite number, which may have been written as a text; or None."""
    if isinstance(value, str):
        return number_of(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if isfinite(found) else None


def quantity(value: object) -> float | None:
    """Return a number that may be a quantity in whatever unit, or None; it can be multiplied safely."""
    found = number(value)
    return found if found is not None and abs(found) <= LARGEST else None


def instant_of_ms(value: object) -> int | None:
    """Return milliseconds since 1970 as UTC ns, or None for what is no time after that and before 2200."""
    ms = number(value)
    return round(ms) * MILLISECOND_NS if ms is not None and 0 < ms < LAST_NS / MILLISECOND_NS else None


def numbers(values: list[object]) -> NDArray[np.float64]:
    """Return values as float64 [n], NaN for missing."""
    try:
        column = np.array(values, np.float64)
    except (ValueError, TypeError, OverflowError):
        column = np.array([nan if (found := number(value)) is None else found for value in values])
    if column.ndim != 1:  # lists of lists are no numbers
        return np.full(len(values), nan)
    column[~np.isfinite(column)] = nan
    return column


def text(value: object) -> str:
    """Return a text that can be stored, or an empty one; half a surrogate pair can't."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def seconds_of(value: object) -> float | None:
    """Return an ISO 8601 duration such as ``PT1H30M`` in seconds, or None."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) and len(value) <= _LONGEST else None
    if match is None or not any(match.groups()):
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return days * 86_400 + hours * 3_600 + minutes * 60 + seconds


def day_of(value: object) -> int | None:
    """Return a date between 1970 and 2199 as days since 1970-01-01, or None."""
    try:
        day = day_of_date(date.fromisoformat(value[:10])) if isinstance(value, str) else -1
    except ValueError:
        return None
    return day if 0 <= day * DAY_NS < LAST_NS else None


def clock_of(value: object) -> int | None:
    """Return a date and time without zone as ns of a clock that shows local time, or None."""
    try:
        clock = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= _LONGEST else None
    except ValueError:
        return None
    if clock is None or clock.tzinfo is not None:
        return None
    ns = instant_ns(clock.replace(tzinfo=UTC))
    return ns if 0 <= ns < LAST_NS else None


def clocks_of(values: list[object]) -> NDArray[np.int64]:
    """Return dates and times as int64 [n], ``NO_INSTANT`` for what is none."""
    try:
        if "".join(values).translate(_NO_ZONE):  # type: ignore[arg-type]  # anything but texts raises
            raise ValueError
        with warnings.catch_warnings(action="error"):  # digits where numpy looks for a zone
            column = np.array(values, "datetime64[us]").astype(np.int64)
    except (ValueError, TypeError, Warning):
        clocks = (clock_of(value) for value in values)
        return np.array([NO_INSTANT if clock is None else clock for clock in clocks], np.int64)
    good = (column >= 0) & (column < LAST_NS // 1_000)
    return np.where(good, column, 0) * 1_000 + np.where(good, 0, NO_INSTANT)


def objects(value: object) -> list[Any]:
    """Return the objects of a list; nothing of what is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def member(value: Any, name: str) -> dict[str, Any]:
    """Return an object inside an object, empty if there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def snake(name: str) -> str:
    """Return ``meanBaselineRmssd`` as ``mean_baseline_rmssd``."""
    return _HUMP.sub("_", name).strip("_").lower()


def said(value: object, leave: frozenset[str] = frozenset()) -> object:
    """Return JSON data that can be stored: without some keys, and without what says nothing."""
    if isinstance(value, dict):
        kept = {text(name): said(one, leave) for name, one in value.items() if name not in leave}
        return {name: one for name, one in kept.items() if one not in (None, "", [], {})}
    if isinstance(value, list):
        return [said(one, leave) for one in value]
    if isinstance(value, str):
        return None if value == "NaN" else text(value)
    return None if isinstance(value, float) and not isfinite(value) else value
