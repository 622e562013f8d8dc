"""What a bundle says of consent: receipts of grants, the log of who was shown what, and its signed head.

Each stands there twice, in our own form and in FHIR's. It lies beside ``data/``, because it is about the
vault's owner and their recipients and not about a body.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from policies import audit
from policies.audit_fhir import audit_events, methods
from policies.receipts import receipts
from policies.rights.archive import safe_name
from policies.signing import canonical

if TYPE_CHECKING:
    from datetime import datetime

    from policies.grants import GrantRecord
    from policies.owner import Owner
    from policies.rights.archive import Archive

__all__ = ["add_consents"]


def add_consents(archive: Archive, owner: Owner, grants: Sequence[GrantRecord], now: datetime) -> None:
    """Add receipts, log and heads to a bundle, as they stand now.

    Raises:
        Tampered: an entry of the log is no entry.
    """
    consents = []
    for record, signed in zip(grants, receipts(owner, grants, now)):
        archive.add(f"consents/{safe_name(record.id)}.receipt.json", [canonical(signed)])
        consents.append(signed["consent"])
    log = ({"id": event.id, **event.body} for event in owner.events(audit.EVENTS))
    archive.add("consents/Consent.ndjson", _lines(consents))
    archive.add("audit/audit.ndjson", _lines(log))
    events = list(audit_events(owner))
    archive.add("audit/AuditEvent.ndjson", _lines(events))
    if (words := methods(events)) is not None:
        archive.add("audit/CodeSystem.ndjson", _lines([words]))
    archive.add("audit/checkpoints.json", [b"[" + canonical(audit.checkpoint(owner, now)) + b"]"])


def _lines(documents: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    return (canonical(document) + b"\n" for document in documents)
