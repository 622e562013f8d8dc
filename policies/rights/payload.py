"""What a bundle holds of the person: everything under ``data/``, series by years and originals one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import TYPE_CHECKING, Protocol

from policies.owner import Owner
from policies.rights.archive import safe_name
from policies.rights.csvout import series_csv, table_csv
from vault.fhir import Source, ndjson, windows

if TYPE_CHECKING:
    from policies.rights.archive import Archive
    from vault.records import Document

__all__ = ["BundleOwner", "add_payload"]

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


def add_payload(archive: Archive, owner: BundleOwner) -> None:
    """Add everything of the person to a bundle."""
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
