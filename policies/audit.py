"""Who was given what: an append-only log inside the vault that shows when it was touched.

An entry is written before anything is released, and for refusals too; if it can't be written, nothing is
released. It holds names of metrics and days asked for, never a health value. Each has

    leaf = SHA-256(0x00 || salt || body)        head = SHA-256(0x01 || head before || leaf)

with the leaf and node prefixes of RFC 9162, so that the leaves can be put under a Merkle tree later.
Dropping salt and body redacts an entry without breaking the chain. Heads are repeated in grant events and
in receipts: the owner could rewrite a log nobody has seen, but not one whose head somebody holds.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import index
from typing import TYPE_CHECKING, Any

from policies.signing import canonical, digest
from vault.errors import Tampered

if TYPE_CHECKING:
    from policies.owner import Event, Owner
    from vault.store.events import Line

__all__ = ["EVENTS", "AuditEntry", "Checked", "Item", "append", "entries", "head", "line", "verify"]

EVENTS = "audit"
EMPTY = hashlib.sha256().hexdigest()
"""The head of a log without entries."""

_DAMAGED = "the audit log is damaged"
_MALFORMED = (KeyError, ValueError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Item:
    """One category of an entry, on which rung, for which days (ISO dates, None is open), by which grant."""

    metric: str
    action: str = ""
    first_day: str | None = None
    last_day: str | None = None
    grant: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the log.

    ``decision`` is allow, deny or owner (for grant, renew and revoke); ``items`` are what was released or
    refused; ``alarm``: the two deciders disagreed; ``event`` is the SHA-256 of a grant event.
    """

    id: int
    at: datetime
    method: str
    grantee: str
    purpose: str
    decision: str
    items: tuple[Item, ...]
    kind: str = ""
    reason: str = ""
    rules: tuple[str, ...] = ()
    alarm: bool = False
    event: str = ""

    @property
    def metrics(self) -> tuple[str, ...]:
        """The categories it is about."""
        return tuple(item.metric for item in self.items)


@dataclass(frozen=True, slots=True)
class Checked:
    """A log that holds: how long it is and its head."""

    entries: int
    head: str


def append(owner: Owner, entry: Mapping[str, Any]) -> None:
    """Write an entry; raises what the store raises, and then nothing may be released.

    Busy among it: another process wrote an entry at the same moment, and the chain must not fork.
    """
    owner.append_events([line(owner, entry)])


def line(owner: Owner, entry: Mapping[str, Any]) -> Line:
    """Return an entry as the log's next line, to be appended alone or together with what it tells of.

    Raises:
        Tampered: the newest entry is no link of a chain.
    """
    newest = owner.last_event(EVENTS)
    before = _head_after(newest)
    body = {**entry, "at": owner.clock().astimezone(UTC).isoformat()}
    salt = secrets.token_hex(16)
    leaf = _leaf(salt, body)
    chained = _node(before["head"], leaf)
    link = {"seq": before["size"] + 1, "salt": salt, "entry": body, "leaf": leaf, "head": chained}
    return EVENTS, link, newest.id if newest else 0


def head(owner: Owner) -> dict[str, Any]:
    """Return the size and the head of the log, to be shown to a witness."""
    return _head_after(owner.last_event(EVENTS))


def _head_after(newest: Event | None) -> dict[str, Any]:
    if newest is None:
        return {"size": 0, "head": EMPTY}
    try:
        return {"size": index(newest.body["seq"]), "head": bytes.fromhex(newest.body["head"]).hex()}
    except _MALFORMED as error:
        raise Tampered(_DAMAGED) from error


def entries(owner: Owner, grantee: str | None = None) -> list[AuditEntry]:
    """Return the log, of one grantee if asked, oldest first; raises Tampered for what is no entry."""
    try:
        log = [_entry(event) for event in owner.events(EVENTS)]
    except _MALFORMED as error:
        raise Tampered(_DAMAGED) from error
    return [entry for entry in log if grantee in (None, entry.grantee)]


def _entry(event: Event) -> AuditEntry:
    fields = dict(event.body["entry"])
    fields["at"] = datetime.fromisoformat(fields["at"])
    fields["items"] = tuple(Item(**item) for item in fields["items"])
    fields["rules"] = tuple(fields.get("rules", ()))
    return AuditEntry(id=event.id, **fields)


def verify(owner: Owner, against: Mapping[str, Any] | None = None) -> Checked:
    """Check the whole chain, the heads in grant events, and one that somebody else holds.

    Args:
        owner: The open vault.
        against: {"size", "head"} from a receipt or a share; the log must still contain it.

    Raises:
        Tampered: an entry was changed, taken out or put in, or a grant event is not both there and told of.
    """
    try:
        heads = _heads(owner)
        granted = owner.events("grant")
        witnesses = [event.body["audit"] for event in granted]
        for seen in [*witnesses, *([against] if against else [])]:
            if not 0 <= seen["size"] < len(heads) or heads[seen["size"]] != seen["head"]:
                raise Tampered("the audit log is not the one a witness has seen")
        _same_events(granted, owner.events(EVENTS))
    except _MALFORMED as error:
        raise Tampered(_DAMAGED) from error
    return Checked(len(heads) - 1, heads[-1])


def _same_events(granted: Sequence[Event], log: Sequence[Event]) -> None:
    present = {digest(event.body) for event in granted}
    told = {event.body["entry"].get("event", "") for event in log} - {""}
    if told - present:
        raise Tampered("a grant event that the audit log tells of is missing")
    if present - told:
        raise Tampered("the audit log does not tell of a grant event that is there")


def _heads(owner: Owner) -> list[str]:
    """Return the head after 0, 1, 2, ... entries, each computed anew."""
    heads = [EMPTY]
    for seq, event in enumerate(owner.events(EVENTS), 1):
        body = event.body
        leaf = _leaf(body["salt"], body["entry"])
        heads.append(_node(heads[-1], leaf))
        if (body["seq"], body["leaf"], body["head"]) != (seq, leaf, heads[-1]):
            raise Tampered(f"the audit log does not hold from entry {seq} on")
    return heads


def _leaf(salt: str, body: Mapping[str, Any]) -> str:
    return hashlib.sha256(b"\0" + bytes.fromhex(salt) + canonical(body)).hexdigest()


def _node(before: str, leaf: str) -> str:
    return hashlib.sha256(b"\1" + bytes.fromhex(before) + bytes.fromhex(leaf)).hexdigest()
