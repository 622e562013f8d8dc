"""How long a grant runs: from now or a later moment, until a day or a moment, never longer than a year."""

from __future__ import annotations

from datetime import MAXYEAR, UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from vault.errors import InputError
from vault.time import SECOND_NS, day_start_ns

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from policies.consent import Grant

__all__ = ["DEFAULT_DAYS", "MOST_DAYS", "settle", "until"]

DEFAULT_DAYS = 90
MOST_DAYS = 365


def settle(grant: Grant, now: datetime, home: ZoneInfo) -> Grant:
    """Return the grant with both ends of its validity as whole seconds in UTC, checked again whole.

    Raises:
        InputError: it ends before it begins or the present, or runs longer than a year.
    """
    begin = (grant.valid_from or now).astimezone(UTC).replace(microsecond=0)
    end = until(grant.valid_until, begin, home)
    if end <= max(begin, now):
        raise InputError("the grant would end before it begins", hint="give a later valid_until")
    return type(grant)(**{**grant.model_dump(), "valid_from": begin, "valid_until": end})


def until(asked: datetime | date | None, begin: datetime, home: ZoneInfo) -> datetime:
    """Return the exclusive end of a validity that begins then.

    Raises:
        InputError: longer than a year.
    """
    if asked is None:
        return begin + timedelta(days=DEFAULT_DAYS)
    if asked.year >= MAXYEAR:
        raise InputError(f"longer than {MOST_DAYS} days", hint="give an earlier end; a grant can be renewed")
    if isinstance(asked, datetime):
        end = asked.astimezone(UTC).replace(microsecond=0)
    else:
        seconds = day_start_ns(asked + timedelta(days=1), home) // SECOND_NS
        end = datetime.fromtimestamp(seconds, UTC)
    if end - begin > timedelta(days=MOST_DAYS):
        raise InputError(f"longer than {MOST_DAYS} days", hint="give an earlier end; a grant can be renewed")
    return end
