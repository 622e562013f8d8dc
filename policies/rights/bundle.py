"""Everything a vault holds, as one zip that opens without us: FHIR, CSV, originals, receipts, the log.

Written in one pass, series by years and originals one by one; equal vaults make equal bytes. Laid out as a
BagIt 1.0 bag with a page for people (``README.html``) and a manifest signed by the vault. It is plain text,
by its owner's wish, or encrypted for one key of age.
"""

from __future__ import annotations

from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policies.grants import Book
from policies.notices import add_notices
from policies.rights import manifest as bag
from policies.rights.archive import Archive, new_file
from policies.rights.consents import add_consents
from policies.rights.legal import add_legal
from policies.rights.payload import BundleOwner, add_payload
from policies.rights.readme import period, readme
from policies.rights.schemas import add_schemas
from policies.rights.sealed import check_recipient, sealed
from policies.signing import canonical, public_key, sign
from vault.fhir import subject_id

if TYPE_CHECKING:
    from vault.time import Clock

__all__ = ["BundleSummary", "write_bundle"]


@dataclass(frozen=True, slots=True)
class BundleSummary:
    """What was written: files in the zip, its bytes, FHIR Observations, and the signer's key (hex)."""

    files: int
    size: int
    observations: int
    signer: str


def write_bundle(
    owner: BundleOwner,
    path: Path | str,
    *,
    clock: Clock | None = None,
    force: bool = False,
    portable: bool = False,
    recipient: str | None = None,
) -> BundleSummary:
    """Write a bundle of everything in a vault.

    Args:
        owner: The open vault.
        path: The zip to write.
        clock: Gives the moment it is dated with; the owner's unless given.
        force: Replace a file that is there.
        portable: Only what GDPR Art. 20 is about: nothing inferred, no receipts, no log, no statements.
        recipient: The age public key it is encrypted to; None writes the plain zip.

    Raises:
        InputError: The recipient is none.
        AlreadyExists: There is a file at ``path`` and ``force`` was not given.
        StoreError: It can't be written there.
        Tampered: A grant is not signed by this vault.
    """
    now = (clock or owner.clock)().astimezone(UTC)
    target = Path(path)
    if recipient is not None:
        check_recipient(recipient)
    with (
        new_file(target, force=force) as file,
        nullcontext(file) if recipient is None else sealed(file, recipient) as plain,
        closing(Archive(plain, now)) as archive,
    ):
        _fill(archive, owner, now, portable=portable)
        _seal(archive, owner, now, portable=portable)
    rows = [entry.rows or 0 for entry in archive.entries if entry.path.startswith("data/fhir/Observation.")]
    signer = public_key(owner.signing_seed())
    return BundleSummary(len(archive.entries), target.stat().st_size, sum(rows), signer)


def _fill(archive: Archive, owner: BundleOwner, now: datetime, *, portable: bool) -> None:
    """Write what there is of the person, and around it what there is of their consent."""
    grants = [] if portable else Book(owner)()
    add_payload(archive, owner, portable=portable)
    if not portable:
        add_consents(archive, owner, grants, now)
        add_legal(archive, owner, grants, now)
        add_notices(archive, owner)
    add_schemas(archive)
    archive.add("README.html", [readme(owner, archive.entries, grants, now)])


def _seal(archive: Archive, owner: BundleOwner, now: datetime, *, portable: bool) -> None:
    """Write the lists, the manifest over all that, its signature, and the list of these."""
    seed = owner.signing_seed()
    key = public_key(seed)
    about = _about(owner, now) | ({"subset": bag.SUBSET} if portable else {})
    info = bag.bag_info(archive.entries, f"{now:%Y-%m-%d}", key, portable=portable)
    archive.add(bag.BAGIT, [bag.bag_declaration().encode()])
    archive.add(bag.INFO, [info.encode()])
    archive.add(bag.LISTS, [bag.bag_lines(archive.entries, payload=True).encode()])
    body = bag.manifest(archive.entries, about)
    archive.add(bag.MANIFEST, [canonical(body)])
    archive.add(bag.SIGNATURE, [sign(seed, bag.DOMAIN, body).encode() + b"\n"])
    archive.add(bag.KEY, [key.encode() + b"\n"])
    archive.add(bag.TAGS, [bag.bag_lines(archive.entries, payload=False).encode()])


def _about(owner: BundleOwner, now: datetime) -> dict[str, Any]:
    from vault import __version__

    first, last = period(owner.metrics(), owner.home_zone) or (None, None)
    return {
        "created": now.isoformat(timespec="seconds"),
        "period": {"first": first, "last": last},
        "software": f"VitalVault {__version__}",
        "subject": subject_id(owner),
    }
