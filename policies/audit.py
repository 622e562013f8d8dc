"""Who was given what: an append-only log inside the vault that shows when it was touched.

An entry is written before anything is released, and for refusals too; if it can't be written, nothing is
released. It holds names of metrics and days asked for, never a health value. The log is a Merkle tree
(``policies.merkle``) whose leaves are

    leaf = SHA-256(0x00 || salt || body)

so dropping salt and body redacts an entry without breaking the tree. Entries of the first version have the
same leaves under a hash chain, and their heads are still good for whoever holds one. Heads are repeated in
grant events, receipts and shares: the owner could rewrite a log nobody has seen, but not one whose head
somebody holds.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import index
from typing import TYPE_CHECKING, Any

from policies import merkle
from policies.signing import canonical, digest, public_key, sign, signed_by
from vault.errors import InputError, Tampered

if TYPE_CHECKING:
    from policies.owner import Event, Owner
    from vault.store.events import Line

__all__ = [
    "EVENTS",
    "AuditEntry",
    "Checked",
    "Item",
    "append",
    "checkpoint",
    "entries",
    "head",
    "heads",
    "line",
    "proof",
    "verify",
    "verify_checkpoint",
]

EVENTS = "audit"
SIGNED = ("grant", "restriction")
"""The logs whose every event has an entry here (``policies.signed``)."""
CHECKPOINT = "audit-checkpoint"
"""The domain of the signature of a checkpoint."""

_DAMAGED = "the audit log is damaged"
_MALFORMED = (KeyError, ValueError, TypeError, AttributeError)


LISTS = frozenset({"metrics"})
"""Methods that tell what is granted, and nothing of it."""


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

    ``decision`` is allow, deny or owner (for what only they do: grant, renew, revoke, restrict, lift);
    ``items`` are what was released or refused; ``alarm``: the two deciders disagreed; ``event`` is the
    SHA-256 of a signed event.
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

    @property
    def shows(self) -> bool:
        """Whether something was let through; a list of what is granted tells nothing of it."""
        return self.decision == "allow" and self.method not in LISTS


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
    before = _State.of(owner, newest)
    body = {**entry, "at": owner.clock().astimezone(UTC).isoformat()}
    salt = secrets.token_hex(16)
    leaf = _leaf(salt, body)
    now = before.grown(leaf)
    link = {"seq": now.size, "salt": salt, "entry": body, "leaf": leaf.hex(), **now.told()}
    return EVENTS, link, newest.id if newest else 0


@dataclass(frozen=True, slots=True)
class _State:
    """How long the log is, and the peaks of its tree."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, owner: Owner, newest: Event | None) -> _State:
        if newest is None:
            return cls()
        try:
            if _is_chained(newest.body):
                return cls.over(owner.events(EVENTS))
            state = cls(index(newest.body["seq"]), tuple(map(bytes.fromhex, newest.body["peaks"])))
            if len(state.peaks) != state.size.bit_count() or newest.body["head"] != state.head:
                raise Tampered(_DAMAGED)
        except _MALFORMED as error:
            raise Tampered(_DAMAGED) from error
        return state

    @classmethod
    def over(cls, log: Sequence[Event]) -> _State:
        state = cls()
        for event in log:
            state = state.grown(_leaf_of(event))
        if state.size != index(log[-1].body["seq"]):
            raise Tampered(_DAMAGED)
        return state

    @property
    def head(self) -> str:
        return merkle.root(self.peaks).hex()

    def grown(self, leaf: bytes) -> _State:
        return _State(self.size + 1, tuple(merkle.grown(self.peaks, self.size, leaf)))

    def told(self) -> dict[str, Any]:
        return {"peaks": [peak.hex() for peak in self.peaks], "head": self.head}


def head(owner: Owner) -> dict[str, Any]:
    """Return the size and the head (the tree's root) of the log, to be shown to a witness."""
    state = _State.of(owner, owner.last_event(EVENTS))
    return {"size": state.size, "head": state.head}


def checkpoint(owner: Owner, now: datetime | None = None) -> dict[str, Any]:
    """Return the head of the log, when that was (now unless told), and the vault's signature on it."""
    seed, at = owner.signing_seed(), now or owner.clock()
    body = {**head(owner), "at": at.astimezone(UTC).isoformat(), "key": public_key(seed)}
    return body | {"signature": sign(seed, CHECKPOINT, body)}


def verify_checkpoint(seen: Mapping[str, Any], key: str) -> None:
    """Raise Tampered unless a checkpoint is signed by this key (hex)."""
    body = {name: value for name, value in seen.items() if name != "signature"}
    if body.get("key") != key or not signed_by(key, CHECKPOINT, body, str(seen.get("signature", ""))):
        raise Tampered("the checkpoint is not what this vault signed")


def proof(owner: Owner, size: int) -> dict[str, Any]:
    """Return what shows a witness that the log they saw is the beginning of today's (RFC 9162, 2.1.4).

    ``size`` is that of the head they hold; ``merkle.is_consistent`` checks the proof without the vault.

    Raises:
        InputError: the log is not that long.
        Tampered: an entry is no entry.
    """
    leaves = [_leaf_of(event) for event in owner.events(EVENTS)]
    if not 0 <= size <= len(leaves):
        raise InputError("the log is shorter than that", hint="see 'vitalvault audit verify'")
    path = merkle.consistency(leaves, size) if size else []
    return {"before": size, "proof": [one.hex() for one in path], **head(owner)}


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
        known = list(heads(event.body for event in owner.events(EVENTS)))
        granted = [event for kind in SIGNED for event in owner.events(kind)]
        witnesses = [event.body["audit"] for event in granted]
        for seen in [*witnesses, *([against] if against else [])]:
            if not 0 <= seen["size"] < len(known) or seen["head"] not in known[seen["size"]]:
                raise Tampered("the audit log is not the one a witness has seen")
        _same_events(granted, owner.events(EVENTS))
    except _MALFORMED as error:
        raise Tampered(_DAMAGED) from error
    return Checked(len(known) - 1, known[-1][0])


def _same_events(granted: Sequence[Event], log: Sequence[Event]) -> None:
    present = {digest(event.body) for event in granted}
    told = {event.body["entry"].get("event", "") for event in log} - {""}
    if told - present:
        raise Tampered("a signed event that the audit log tells of is missing")
    if present - told:
        raise Tampered("the audit log does not tell of a signed event that is there")


def heads(log: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Yield the head after 0, 1, 2, ... entries of a log, computed anew; of chained ones the chain's, too.

    Raises:
        Tampered: an entry was changed, taken out or put in.
    """
    state, chain, chained = _State(), merkle.EMPTY, True
    yield (state.head,)
    for seq, body in enumerate(log, 1):
        leaf = _leaf(body["salt"], body["entry"])
        state, chain = state.grown(leaf), merkle.node(chain, leaf)
        chained = chained and _is_chained(body)
        expected = {"head": chain.hex()} if chained else state.told()
        if any(body[name] != told for name, told in {"seq": seq, "leaf": leaf.hex(), **expected}.items()):
            raise Tampered(f"the audit log does not hold from entry {seq} on")
        yield (state.head, chain.hex()) if chained else (state.head,)


def _is_chained(body: Mapping[str, Any]) -> bool:
    """Whether an entry is of the first version, which had no tree."""
    return "peaks" not in body


def _leaf_of(event: Event) -> bytes:
    try:
        return bytes.fromhex(event.body["leaf"])
    except _MALFORMED as error:
        raise Tampered(_DAMAGED) from error


def _leaf(salt: str, body: Mapping[str, Any]) -> bytes:
    return merkle.leaf(bytes.fromhex(salt) + canonical(body))
