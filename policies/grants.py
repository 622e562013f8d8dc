"""Grants in force: folded from signed events that are only ever appended.

``grant``, ``renew`` and ``revoke`` append to the log "grant"; nothing there is edited (``policies.signed``).
A record also knows what is restricted, which no grant changes: so whoever decides by it can't forget that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from policies import signed
from policies.restriction import Restriction, Restrictions
from policies.tables import floors
from policies.validity import until
from vault.errors import InputError, Tampered, UnknownRecord, VaultError

if TYPE_CHECKING:
    from policies.consent import Grant
    from policies.owner import Owner

__all__ = ["EVENTS", "Book", "GrantRecord", "append", "find", "imagined", "made", "renew", "revoke"]

EVENTS = "grant"
"""The kind of the events, and the domain of their signatures."""


@dataclass(frozen=True, slots=True)
class GrantRecord:
    """A grant and what became of it; ``valid_until`` counts renewals, all times are UTC.

    ``restricted`` is what is restricted in the vault, of any category (``policies.restriction``).
    """

    grant: Grant
    granted_at: datetime
    valid_from: datetime
    valid_until: datetime
    revoked_at: datetime | None = None
    restricted: tuple[Restriction, ...] = ()

    @property
    def id(self) -> str:
        """The grant's id."""
        return self.grant.id

    def status(self, now: datetime) -> str:
        """Return revoked, pending, expired or active."""
        if self.revoked_at is not None:
            return "revoked"
        if now < self.valid_from:
            return "pending"
        return "active" if now < self.valid_until else "expired"


class Book:
    """The grants of one vault; asks for new events each time, so that a revocation counts at once."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._records: dict[str, GrantRecord] = {}
        self._last = 0
        self._restrictions = Restrictions(owner)

    def __call__(self) -> list[GrantRecord]:
        """Return every grant ever made, oldest first.

        Raises:
            Tampered: an event is not signed by this vault, or makes no sense.
        """
        for number, body in signed.read(self._owner, EVENTS, self._last):
            self._fold(body)
            self._last = number
        restricted = self._restrictions.in_force()
        return [replace(record, restricted=restricted) for record in self._records.values()]

    def _fold(self, body: Mapping[str, Any]) -> None:
        try:
            record = _after(body, self._records)
        except (VaultError, KeyError, ValueError, TypeError) as error:
            raise Tampered("a grant event makes no sense") from error
        self._records[record.id] = record


def _after(body: Mapping[str, Any], records: Mapping[str, GrantRecord]) -> GrantRecord:
    """Return the record as it is after an event."""
    from policies.consent import parse_grant

    at = datetime.fromisoformat(body["at"])
    if body["op"] == "grant":
        return made(parse_grant(body["grant"]), at)
    before = records[body["id"]]
    if body["op"] == "revoke":
        return replace(before, revoked_at=before.revoked_at or at)
    if body["op"] == "renew":
        return replace(before, valid_until=datetime.fromisoformat(body["valid_until"]))
    raise ValueError("an unknown operation")


def made(settled: Grant, at: datetime) -> GrantRecord:
    """Return the record of a settled grant."""
    begin, end = settled.valid_from, settled.valid_until
    if begin is None or not isinstance(end, datetime):
        raise InputError("a grant without an end")
    return GrantRecord(settled, at, begin.astimezone(UTC), end.astimezone(UTC))


def imagined(owner: Owner, settled: Grant) -> GrantRecord:
    """Return the record that a settled grant would be if it were made now."""
    return replace(made(settled, owner.clock()), restricted=Restrictions(owner).in_force())


def find(owner: Owner, grant_id: str) -> GrantRecord:
    """Return one grant.

    Raises:
        UnknownRecord: there is none of that id.
    """
    for record in Book(owner)():
        if record.id == grant_id:
            return record
    raise UnknownRecord("no grant of that id", hint="run 'vitalvault consent list'")


def append(owner: Owner, settled: Grant) -> GrantRecord:
    """Write a settled grant down. Who calls has checked it against the floors (``granting``).

    Raises:
        InputError: the id is taken, or the grantee is known as somebody else or with another key.
    """
    now = owner.clock().astimezone(UTC)
    for record in Book(owner)():
        _fits(settled, record.grant)
    _check_key(owner, settled, now)
    document = settled.model_dump(mode="json")
    _write(owner, {"op": "grant", "grant": document}, settled, now)
    return made(settled, now)


def _fits(new: Grant, old: Grant) -> None:
    """A grantee keeps the kind, and where it decides the country, under which the floors know them."""
    if new.id == old.id:
        raise InputError("a grant of that id exists", hint="leave out the id")
    if new.grantee != old.grantee:
        return
    by_country = floors()[new.kind].blocked_regions
    if new.kind != old.kind or (by_country and new.country != old.country):
        raise InputError(
            f"{old.grantee} is known as {old.kind} {old.country}".rstrip(),
            hint="use another id for somebody else",
        )


def _check_key(owner: Owner, new: Grant, now: datetime) -> None:
    """Refuse a second key while grants of the first are in force: nobody slips theirs in for a grantee's."""
    held = [one.grant for one in Book(owner)() if one.status(now) in ("active", "pending")]
    if new.key and any(one.grantee == new.grantee and one.key not in ("", new.key) for one in held):
        raise InputError(
            f"{new.grantee} is known with another key",
            hint="compare the number by voice, and revoke their grants first or use another id",
        )


def revoke(owner: Owner, grant_id: str) -> GrantRecord:
    """Withdraw a grant, at once and without a question (GDPR Art. 7(3)); twice is no error."""
    record, now = find(owner, grant_id), owner.clock().astimezone(UTC)
    if record.revoked_at is not None:
        return record
    _write(owner, {"op": "revoke", "id": record.id}, record.grant, now)
    return replace(record, revoked_at=now)


def renew(owner: Owner, grant_id: str, valid_until: datetime | date | None = None) -> GrantRecord:
    """Let a grant run on from now, or from its begin if that is to come, 90 days by default, 365 at most.

    Raises:
        InputError: it was revoked, would end in the past or before it begins, or the grantee has a new key.
    """
    record, now = find(owner, grant_id), owner.clock().astimezone(UTC)
    if record.revoked_at is not None:
        raise InputError("a revoked grant can't be renewed", hint="make a new one")
    begin = max(now.replace(microsecond=0), record.valid_from)
    end = until(valid_until, begin, owner.home_zone)
    if end <= max(begin, now):
        raise InputError("the grant would end in the past, or before it begins", hint="give a later day")
    _check_key(owner, record.grant, now)
    _write(owner, {"op": "renew", "id": record.id, "valid_until": end.isoformat()}, record.grant, now)
    return replace(record, valid_until=end)


def _write(owner: Owner, operation: Mapping[str, Any], grant: Grant, now: datetime) -> None:
    signed.write(owner, EVENTS, operation, _entry(operation["op"], grant), now)


def _entry(method: str, grant: Grant) -> dict[str, Any]:
    return {
        "method": method,
        "grantee": grant.grantee,
        "purpose": grant.purpose,
        "kind": grant.kind,
        "decision": "owner",
        "items": [
            {"metric": metric, "action": actions, "grant": grant.id}
            for metric, actions in grant.metrics.items()
        ],
    }
