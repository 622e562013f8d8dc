"""The file made: what a grantee's view shows of some days, signed by the vault, encrypted to their key.

A share is age over a zip of ``header.json``, ``header.sig`` and ``data/``. The audience stands inside of the
signed header, so that a recipient can't wrap it anew as if you had sent it to somebody else; so does the head
of the audit log, which makes each recipient a witness of it. Only what is granted with ``export`` goes in.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policies import audit, tables
from policies.documents import LIMITS, document, newest_day
from policies.gate import Ask, Gate
from policies.grants import Book
from policies.rights.archive import Archive, new_file, refuse_existing
from policies.sharing.sheets import sheets
from policies.signing import canonical, public_key, sign
from policies.view import SCORE, View
from vault.errors import AccessDenied, InputError

if TYPE_CHECKING:
    from policies.grants import GrantRecord
    from policies.owner import Owner

__all__ = ["DOMAIN", "HEADER", "SCHEMA", "SIGNATURE", "Share", "create", "leaving", "newest"]

Recorder = Callable[[Mapping[str, Any]], None]

SCHEMA = "vitalvault-share-1"
DOMAIN = "share"
"""The domain of the header's signature."""
HEADER, SIGNATURE = "header.json", "header.sig"


@dataclass(frozen=True, slots=True)
class Share:
    """What was written: its header (as signed), the number of its files, and bytes of the file."""

    header: dict[str, Any]
    files: int
    size: int


def create(
    owner: Owner,
    grantee: str,
    purpose: str,
    path: str | Path,
    first: date,
    last: date,
    *,
    force: bool = False,
) -> Share:
    """Write a share of the days from first to last, both included; every reading is in the audit log.

    Raises:
        AccessDenied: nothing of it is granted with ``export``.
        InputError: no key of the grantee is known, or the days are the wrong way round.
        AlreadyExists: there is a file, and ``force`` was not given.
        StoreError: the disk refuses.
    """
    import pyrage

    if last < first:
        raise InputError("the last day lies before the first")
    refuse_existing(Path(path), force=force)  # before anything is written down as released
    recipient = _recipient(Book(owner)(), grantee, owner.clock())
    told, records = leaving(owner, grantee, purpose, first, last)
    packed, header = _packed(owner, told, _header(owner, told, records, recipient))
    with new_file(Path(path), force=force) as file:
        encrypted = pyrage.encrypt(packed, [pyrage.x25519.Recipient.from_str(recipient)])
        file.write(encrypted)
    return Share(header, len(header["files"]), len(encrypted))


def leaving(
    owner: Owner, grantee: str, purpose: str, first: date, last: date
) -> tuple[dict[str, Any], list[GrantRecord]]:
    """Return the document of what may leave as a file, and the grants it leaves under; written down first.

    Raises:
        AccessDenied: nothing of it is granted with ``export``.
    """
    book, record = Book(owner), partial(audit.append, owner)
    whole = _gate(owner, grantee, purpose, book, record)  # so that a refusal says how it is granted instead
    asks = [Ask(name, ("export",)) for name in whole.named() or [SCORE]]
    permits = whole.open("share", (), asks, start=first, end=last)
    records = {permit.record.id: permit.record for permit in permits.values()}
    view = View(_gate(owner, grantee, purpose, _exportable(book), record))
    return document(view, first, last), list(records.values())


def newest(owner: Owner, grantee: str, purpose: str) -> date:
    """Return the newest day of what may leave as a file: today at most, and today if nothing may.

    It is the owner who asks, so nothing is written down.
    """
    gate = _gate(owner, grantee, purpose, _exportable(Book(owner)), lambda _entry: None)
    today = owner.clock().astimezone(owner.home_zone).date()
    try:
        return newest_day(View(gate), today, owner.home_zone)
    except AccessDenied:
        return today


def _gate(
    owner: Owner, grantee: str, purpose: str, book: Callable[[], Sequence[GrantRecord]], record: Recorder
) -> Gate:
    name = tables.purpose(purpose).name
    return Gate(owner, grantee, name, book=book, record=record, clock=owner.clock)


def _exportable(book: Callable[[], Sequence[GrantRecord]]) -> Callable[[], list[GrantRecord]]:
    """Return the grants without what may be looked at, but not leave as a file."""

    def narrowed() -> list[GrantRecord]:
        return [_narrowed(record) for record in book()]

    return narrowed


def _narrowed(record: GrantRecord) -> GrantRecord:
    grant = record.grant
    kept = {name: how for name, how in grant.metrics.items() if "export" in how.split("+")}
    # Not validated again: a grant without any metric is none that can be written down, but one to judge by.
    return replace(record, grant=grant.model_copy(update={"metrics": kept}))


def _recipient(records: Sequence[GrantRecord], grantee: str, now: datetime) -> str:
    """Return the key of the grantee's newest grant that is in force and has one.

    Empty where none is in force: the gate says why.
    """
    active = [one for one in records if one.grant.grantee == grantee and one.status(now) == "active"]
    known = [one.grant.key for one in active if one.grant.key]
    if active and not known:
        raise InputError(
            "no key of that grantee is known, so nobody could open the file",
            hint="let them run 'vitalvault share keygen', and grant with --card FILE",
        )
    return known[-1] if known else ""


def _header(
    owner: Owner, told: dict[str, Any], records: Sequence[GrantRecord], recipient: str
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "id": "s-" + secrets.token_hex(8),
        "audience": recipient,
        "grantee": told["grantee"],
        "purpose": told["purpose"],
        "grants": sorted(record.id for record in records),
        "first_day": told["first_day"],
        "last_day": told["last_day"],
        "created": owner.clock().astimezone(UTC).isoformat(),
        "not_after": min(record.valid_until for record in records).isoformat(),
        "limits": list(LIMITS),
        "audit": audit.checkpoint(owner),
        "issuer": public_key(owner.signing_seed()),
    }


def _packed(owner: Owner, told: dict[str, Any], header: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """Return the zip and the header with its files, as signed."""
    packed = io.BytesIO()
    archive = Archive(packed, owner.clock())
    for path, data in sheets(told, header):
        archive.add(path, [data])
    listed = [{"path": one.path, "size": one.size, "sha256": one.sha256} for one in archive.entries]
    sealed = header | {"files": listed}
    archive.add(HEADER, [canonical(sealed)])
    archive.add(SIGNATURE, [sign(owner.signing_seed(), DOMAIN, sealed).encode()])
    archive.close()
    return packed.getvalue(), sealed
