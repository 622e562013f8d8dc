"""What is asked of the two deciders, in one value that both read and neither changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

__all__ = ["Request"]


@dataclass(frozen=True, slots=True)
class Request:
    """One action on one category by one grantee.

    Args:
        grantee: Who asks.
        category: What for, a name of ``tables.categories()``.
        action: One of ``tables.actions()``.
        purpose: Why.
        now: When, aware.
        first_day: First local day of data asked for; None is the oldest.
        last_day: Last local day, included; None is the newest.
        k: Over how many people a total runs.
        sources: Of which sources; None is all.
    """

    grantee: str
    category: str
    action: str
    purpose: str
    now: datetime
    first_day: date | None = None
    last_day: date | None = None
    k: int | None = None
    sources: frozenset[str] | None = None
