"""Reads Apple's dates, ``2025-07-14 08:10:00 +0200``, one at a time or as whole columns.

The idea: subtract the template from the characters. What is left must be 0 where the template is fixed and
0-9 where it has a digit; two neighbouring digits make a number below 100. Both ways give the same instants
and refuse the same texts, but only the single one knows the older and the localised ways of writing.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from vault.time import MINUTE_NS, SECOND_NS, instant_ns

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DIGIT_LIMIT", "TEMPLATE", "date_columns", "parse_date"]

TEMPLATE = b"0000-00-00 00:00:00 +0000"
SIGN = TEMPLATE.index(b"+")
DIGIT_LIMIT = bytes(2 if at == SIGN else 9 if char == ord("0") else 0 for at, char in enumerate(TEMPLATE))
"""The most a character may lie above the template; the sign is 0 for ``+`` and 2 for ``-``."""

FIRST_YEAR, LAST_YEAR = 1900, 2199
LONGEST = 64
"""No date is longer; the pattern is slow on a text of many blanks."""

_MONTHS = np.arange(f"{FIRST_YEAR}-01", f"{LAST_YEAR + 1}-02", dtype="datetime64[M]").astype("datetime64[D]")
_FIRST_DAY = _MONTHS[:-1].astype(np.int64)
_MONTH_DAYS = np.diff(_MONTHS).astype(np.int64)

_TEXT = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)[ T]?(\d{1,2}):?(\d\d):?(\d\d)(?:\.\d+)?"
    r"\s*(?:([AaPp])\.?\s?[Mm]\.?)?\s*(?:([+-])(\d\d):?(\d\d)|Z)"
)


def date_columns(
    digits: NDArray[np.uint8], pairs: NDArray[np.uint8], at: int
) -> tuple[NDArray[np.int64], NDArray[np.int16], NDArray[np.bool_]]:
    """Return (UTC ns, offset in minutes, is a date) of the dates that begin in column ``at``.

    Args:
        digits: uint8 [n, w], characters minus ``TEMPLATE``, none above ``DIGIT_LIMIT``.
        pairs: uint8 [n, w], each digit times ten plus the digit to its right.
        at: The column of the year.
    """

    def pair(column: int) -> NDArray[np.int64]:
        return pairs[:, at + column].astype(np.int64)

    year, month, day = pair(0) * 100 + pair(2), pair(5), pair(8)
    hour, minute, second = pair(11), pair(14), pair(17)
    sign, zone_hour, zone_minute = digits[:, at + SIGN].astype(np.int64), pair(21), pair(23)
    valid = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12)
    index = np.where(valid, (year - FIRST_YEAR) * 12 + month - 1, 0)
    valid &= (day >= 1) & (day <= _MONTH_DAYS[index]) & (hour < 24) & (minute < 60) & (second < 60)
    valid &= (sign != 1) & (zone_hour < 24) & (zone_minute < 60)
    offset = (zone_hour * 60 + zone_minute) * (1 - sign)
    hours = (_FIRST_DAY[index] + day - 1) * 24 + hour
    seconds = (hours * 60 + minute - offset) * 60 + second
    return seconds * SECOND_NS, offset.astype(np.int16), valid


@lru_cache(maxsize=8192)
def parse_date(text: str) -> tuple[int, int] | None:
    """Return (UTC ns, offset in minutes), or None if it is no date between 1900 and 2199.

    Also knows the compact ``20150616071820-0700`` of iOS 8 and the twelve-hour clock of some regions.
    """
    match = _TEXT.fullmatch(text) if len(text) <= LONGEST else None
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    if match[7]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[7] in "Pp" else 0)
    zone_hour, zone_minute = int(match[9] or 0), int(match[10] or 0)
    if not (FIRST_YEAR <= year <= LAST_YEAR and zone_hour < 24 and zone_minute < 60):
        return None
    try:
        clock = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    offset = (zone_hour * 60 + zone_minute) * (-1 if match[8] == "-" else 1)
    return instant_ns(clock) - offset * MINUTE_NS, offset
