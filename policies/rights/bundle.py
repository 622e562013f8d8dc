"""Everything a vault holds, as one zip that opens without us: FHIR, CSV, originals, receipts, the log.

Written in one pass, series by years and originals one by one; equal vaults make equal bytes. Laid out as a
BagIt 1.0 bag with a page for people (``README.html``) and a manifest signed by the vault. It is plain text,
by its owner's wish.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from policies.grants import Book
from policies.owner import Owner
from policies.receipts import receipt
from policies.rights import manifest as bag
from policies.rights.archive import Archive, new_file, safe_name
from policies.rights.csvout import series_csv, table_csv
from policies.rights.readme import period, readme
from policies.signing import canonical, public_key, sign
from vault.fhir import Source, ndjson, subject_id, windows

if TYPE_CHECKING:
    from policies.grants import GrantRecord
    from vault.records import Document
    from vault.time import Clock

__all__ = ["BundleOwner", "BundleSummary", "write_bundle"]

PART_BYTES = 1 << 27
"""A file of NDJSON is closed at this size, so that any editor and any upload takes it."""

TABLES = ("sleep", "workouts", "sets", "scores", "checkins")

_SUFFIXES = {
    "application/fhir+json": ".json",
    "application/json": ".json",
    "application/xml": ".xml",
    "application/gpx+xml": ".gpx",
    "application/pdf": ".pdf",
    "text/xml": ".xml",
    "text/csv": ".csv",
    "text/plain": ".txt",
}


class BundleOwner(Owner, Source, Protocol):
    """An open vault in its owner's hands; ``vault.Vault`` is one."""

    def documents(self) -> Iterable[Document]:
        """Return what is kept as it came, in a fixed order."""
        ...


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
) -> BundleSummary:
    """Write a bundle of everything in a vault.

    Args:
        owner: The open vault.
        path: The zip to write.
        clock: Gives the moment it is dated with; the owner's unless given.
        force: Replace a file that is there.

    Raises:
        AlreadyExists: There is a file at ``path`` and ``force`` was not given.
        StoreError: It can't be written there.
        Tampered: A grant is not signed by this vault.
    """
    now = (clock or owner.clock)().astimezone(UTC)
    grants = Book(owner)()
    target = Path(path)
    with new_file(target, force=force) as file, closing(Archive(file, now)) as archive:
        _payload(archive, owner)
        _consents(archive, owner, grants)
        archive.add("README.html", [readme(owner, archive.entries, grants, now)])
        _seal(archive, owner, now)
    rows = [entry.rows or 0 for entry in archive.entries if entry.path.startswith("data/fhir/Observation.")]
    signer = public_key(owner.signing_seed())
    return BundleSummary(len(archive.entries), target.stat().st_size, sum(rows), signer)


def _payload(archive: Archive, owner: BundleOwner) -> None:
    for series in sorted({str(name) for name in owner.metrics()["metric"]}):
        archive.add(f"data/csv/{safe_name(series)}.csv", series_csv(windows(owner, series)))
    for name in TABLES:
        archive.add(f"data/csv/{name}.csv", [table_csv(getattr(owner, name)())])
    for workout_id in owner.workouts()["workout_id"]:
        stream = owner.streams(workout_id)
        if len(stream):
            archive.add(f"data/csv/streams/{safe_name(workout_id)}.csv", [table_csv(stream)])
    for kind, blocks in groupby(ndjson(owner), key=lambda pair: pair[0]):
        for number, part in enumerate(_parts(block for _, block in blocks), 1):
            archive.add(f"data/fhir/{kind}.{number:03d}.ndjson", part)
    for number, document in enumerate(owner.documents(), 1):
        suffix = _SUFFIXES.get(document.media_type, ".bin")
        name = safe_name(document.key).removesuffix(suffix) + suffix
        archive.add(f"data/originals/{safe_name(document.kind)}/{number:05d}-{name}", [document.body])


def _parts(blocks: Iterator[bytes]) -> Iterator[Iterator[bytes]]:
    """Cut a stream of blocks into streams of about ``PART_BYTES``; each is read before the next."""
    for first in blocks:
        yield _until_full(chain([first], blocks))


def _until_full(blocks: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for block in blocks:
        yield block
        size += len(block)
        if size >= PART_BYTES:
            return


def _consents(archive: Archive, owner: BundleOwner, grants: Iterable[GrantRecord]) -> None:
    for record in grants:
        signed = canonical(receipt(owner, record.id))
        archive.add(f"consents/{safe_name(record.id)}.receipt.json", [signed])
    lines = (canonical({"id": event.id, **event.body}) + b"\n" for event in owner.events("audit"))
    archive.add("audit/audit.ndjson", lines)


def _seal(archive: Archive, owner: BundleOwner, now: datetime) -> None:
    """Write the lists, the manifest over all that, its signature, and the list of these."""
    seed = owner.signing_seed()
    archive.add("bagit.txt", [bag.bag_declaration().encode()])
    archive.add("bag-info.txt", [bag.bag_info(archive.entries, f"{now:%Y-%m-%d}").encode()])
    archive.add(bag.LISTS, [bag.bag_lines(archive.entries, payload=True).encode()])
    body = bag.manifest(archive.entries, _about(owner, now))
    archive.add(bag.MANIFEST, [canonical(body)])
    archive.add(bag.SIGNATURE, [sign(seed, bag.DOMAIN, body).encode() + b"\n"])
    archive.add(bag.KEY, [public_key(seed).encode() + b"\n"])
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
