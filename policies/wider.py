"""Which grants in force show more than a wanted one: a new grant adds to them, and takes nothing away."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from policies import tables
from policies.grants import Book, GrantRecord

if TYPE_CHECKING:
    from policies.consent import Grant
    from policies.owner import Owner

__all__ = ["wider"]


def wider(owner: Owner, wanted: Grant) -> list[GrantRecord]:
    """Return the grants in force, to the same grantee and purpose, that show something a wanted one doesn't.

    That is another metric, a finer one or one that may leave as a file, other days, or other sources.
    """
    now, same = owner.clock(), (wanted.grantee, wanted.purpose)
    return [
        record
        for record in Book(owner)()
        if (record.grant.grantee, record.grant.purpose) == same
        and record.status(now) == "active"
        and _shows_more(record.grant, wanted)
    ]


def _shows_more(old: Grant, new: Grant) -> bool:
    return (
        any(_may(old, name) - _may(new, name) for name in old.metrics)
        or (old.data_from or date.min) < (new.data_from or date.min)
        or (old.data_to or date.max) > (new.data_to or date.max)
        or bool(new.sources and not (old.sources and set(old.sources) <= set(new.sources)))
    )


def _may(grant: Grant, metric: str) -> set[str]:
    """Return the actions a grant allows on a metric, with all rungs below the finest."""
    ladder, named = list(tables.ladder()), grant.granted(metric)
    finest = min((ladder.index(one) for one in named if one in ladder), default=len(ladder))
    return {*named, *ladder[finest:]}
