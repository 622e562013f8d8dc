"""What a change of grants would change, before it is made: line by line, more or less than today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from policies import tables
from policies.gate import Ask, Gate, Permit
from policies.granting import check_floors
from policies.grants import Book, GrantRecord, find, imagined
from policies.validity import settle
from vault.errors import AccessDenied

if TYPE_CHECKING:
    from policies.consent import Grant
    from policies.owner import Owner

__all__ = ["Change", "after_grant", "after_revocation", "withheld_elsewhere"]


_Held = tuple[str, tuple[date | None, date | None]]


@dataclass(frozen=True, slots=True)
class Change:
    """A category before and after: the rung or action (empty: nothing), and the days (None is open)."""

    metric: str
    before: str
    after: str
    days_before: tuple[date | None, date | None] | None
    days_after: tuple[date | None, date | None] | None


def after_grant(owner: Owner, wanted: Grant) -> list[Change]:
    """Return what a grant would change for its grantee and purpose; nothing is written.

    Raises:
        AccessDenied: a floor forbids it.
    """
    settled = settle(wanted, owner.clock(), owner.home_zone)
    check_floors(owner, settled)
    now = Book(owner)()
    return _changes(owner, wanted.grantee, wanted.purpose, now, [*now, imagined(owner, settled)])


def after_revocation(owner: Owner, grant_id: str) -> list[Change]:
    """Return what revoking a grant would change; nothing is written.

    Raises:
        UnknownRecord: there is no grant of that id.
    """
    gone = find(owner, grant_id).grant
    now = Book(owner)()
    left = [record for record in now if record.id != grant_id]
    return _changes(owner, gone.grantee, gone.purpose, now, left)


def _changes(
    owner: Owner, grantee: str, purpose: str, now: Sequence[GrantRecord], then: Sequence[GrantRecord]
) -> list[Change]:
    before, after = (_holding(owner, grantee, purpose, records) for records in (now, then))
    lines = [_line(name, before.get(name), after.get(name)) for name in sorted(before.keys() | after.keys())]
    return [one for one in lines if (one.before, one.days_before) != (one.after, one.days_after)]


def _holding(owner: Owner, grantee: str, purpose: str, records: Sequence[GrantRecord]) -> dict[str, _Held]:
    """Return what holds under these grants: category -> the rung, or what stands beside it, and the days."""
    theirs = [one for one in records if (one.grant.grantee, one.grant.purpose) == (grantee, purpose)]
    moment = max([owner.clock(), *(one.valid_from for one in theirs[-1:])])
    beside = [
        (name, ("+".join(how), (one.grant.data_from, one.grant.data_to)))
        for one in theirs
        if one.status(moment) == "active"
        for name in one.grant.metrics
        if (how := sorted(filter(tables.unused, one.grant.granted(name))))
    ]
    permits = _readable(owner, grantee, purpose, theirs, moment)
    return dict(beside) | {name: (one.action, (one.first_day, one.last_day)) for name, one in permits.items()}


def _readable(
    owner: Owner, grantee: str, purpose: str, records: Sequence[GrantRecord], moment: datetime
) -> dict[str, Permit]:
    """Return what could be read at a moment under these grants: category -> permit."""
    gate = Gate(
        owner, grantee, purpose, book=lambda: records, record=lambda _entry: None, clock=lambda: moment
    )
    asks = [Ask(name, tables.ladder()) for name in gate.named()]
    try:
        return gate.open("changes", (), asks) if asks else {}
    except AccessDenied:
        return {}


def _line(name: str, before: _Held | None, after: _Held | None) -> Change:
    (was, days_before), (will, days_after) = before or ("", None), after or ("", None)
    return Change(name, was, will, days_before, days_after)


def withheld_elsewhere(owner: Owner, grant: Grant) -> list[str]:
    """Return a line for all a grant gives that another in force withholds, of its grantee and purpose.

    A grant withholds in itself only; with two, what one of them gives is given.
    """
    now, lines = owner.clock(), []
    for record in Book(owner)():
        other = record.grant
        same = (other.grantee, other.purpose) == (grant.grantee, grant.purpose) and other.id != grant.id
        if same and record.status(now) in ("active", "pending"):
            lines += [_given_anyway(name, record) for name in grant.metrics if _withholds(other, name)]
    return lines


def _withholds(grant: Grant, name: str) -> set[str]:
    return {name, *tables.category(name).inputs} & set(grant.withhold)


def _given_anyway(name: str, record: GrantRecord) -> str:
    kept = ", ".join(sorted(_withholds(record.grant, name)))
    return f"{name}: grant {record.id} withholds {kept}; this grant gives {name} all the same."
