"""Events that the owner signs: a grant, a restriction, and what became of them.

Each is written together with an entry of the audit log, so that an event taken out of the one is missed in
the other. One whose signature is not this vault's stops the reading, and with it every decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from policies import audit
from policies.signing import digest, public_key, sign, signed_by
from vault.errors import Tampered

if TYPE_CHECKING:
    from policies.owner import Owner

__all__ = ["read", "write"]


def write(
    owner: Owner, kind: str, operation: Mapping[str, Any], entry: Mapping[str, Any], now: datetime
) -> None:
    """Write the event and the log's entry of it in one transaction: neither is in force without the other."""
    body = {**operation, "at": now.isoformat(), "audit": audit.head(owner)}
    event = body | {"signature": sign(owner.signing_seed(), kind, body)}
    told = {**entry, "event": digest(event)}
    owner.append_events([(kind, event, None), audit.line(owner, told)])


def read(owner: Owner, kind: str, after: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield id and body of the events of a kind after one, in order.

    Raises:
        Tampered: one is not signed by this vault.
    """
    key = public_key(owner.signing_seed())
    for event in owner.events(kind, after):
        body = {name: value for name, value in event.body.items() if name != "signature"}
        if not signed_by(key, kind, body, str(event.body.get("signature", ""))):
            raise Tampered(f"a {kind} event is not signed by this vault")
        yield event.id, body
