"""What a bundle says of consent: a signed receipt of each grant, and the log of who was shown what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from policies.receipts import receipt
from policies.rights.archive import safe_name
from policies.signing import canonical

if TYPE_CHECKING:
    from policies.grants import GrantRecord
    from policies.rights.archive import Archive
    from policies.rights.payload import BundleOwner

__all__ = ["add_consents"]


def add_consents(archive: Archive, owner: BundleOwner, grants: Iterable[GrantRecord]) -> None:
    """Add the receipts and the log to a bundle."""
    for record in grants:
        signed = canonical(receipt(owner, record.id))
        archive.add(f"consents/{safe_name(record.id)}.receipt.json", [signed])
    lines = (canonical({"id": event.id, **event.body}) + b"\n" for event in owner.events("audit"))
    archive.add("audit/audit.ndjson", lines)
