"""The adapter of VitalVault's own bundle: what is read of it, in which order, and what is not.

The idea: first everything that is read is compared with what was signed, then it is read. The settings come
before the records, so that an empty vault is as the other was before anything is merged. What is there for
people and for other programs (FHIR, Open mHealth, pages) says the same again, and is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.archive import Archive, Member, MemberStream
from adapters.base import Coverage, Found, Options, Progress
from adapters.formats.counting import WHOLE_FILE, Count, left_whole
from adapters.vitalvault import records, series
from adapters.vitalvault.manifest import VERSION, changed, format_of, signed
from vault.errors import MalformedFile
from vault.metrics import catalogue

if TYPE_CHECKING:
    from adapters.vitalvault.records import Origins
    from vault.records import Document, Handover, Record, Rejection

__all__ = ["Bundle"]

ADAPTER = "vitalvault"

_RECORDS = "data/records/"
_READ = (_RECORDS, "data/csv/", "data/originals/")
_LARGEST_ORIGINAL = 1 << 27
_CHUNK = 1 << 20


class Bundle:
    """What ``adapters`` finds under the name "vitalvault"."""

    name = ADAPTER
    version = "1"
    reads_all = True
    coverage = Coverage(
        title="VitalVault bundle",
        how_to_export="vitalvault export bundle me.zip; the zip, or the folder it unpacks to",
        reads=(
            "samples of every metric and of vendors' own, with source, device, note and time of recording",
            "workouts with their curves, sleeps, strength sets, scores, and what was kept as it came",
            "check-ins, and which imports all of it came by",
            "home zone, names of apps, choices of sources and the key of FHIR identifiers: by an empty vault",
        ),
        leaves=(
            "FHIR, Open mHealth, the tables of nights and workouts and the page: they say the same again",
            "grants, receipts, the audit log and statements: they are the other vault's",
            "what was erased there leaves no trace in a bundle: an older export brings it back",
            "bundles of format 1, of which fhir reads the FHIR",
        ),
        metrics=tuple(
            sorted(
                {
                    *(name for name, entry in catalogue().items() if not entry.components),
                    *(f"{name}.{part}" for name, entry in catalogue().items() for part in entry.components),
                }
            )
        ),
    )

    def detect(self, path: Path) -> Found | None:
        """Recognise a bundle by its manifest."""
        with Archive(path) as archive:
            is_bundle = format_of(archive) >= VERSION
        return Found(ADAPTER, "a bundle of a VitalVault", 1.0, path) if is_bundle else None

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile before the first if anything is not as it was signed."""
        with Archive(path) as archive:
            if (version := format_of(archive)) != VERSION:
                newer = "a bundle of a newer VitalVault" if version > VERSION else "no bundle in it"
                raise MalformedFile(newer, hint="update VitalVault" if version > VERSION else None)
            yield from _Reading(archive, options).records()
            yield from archive.sources()


class _Reading:
    """One reading of one bundle; nothing of it is given out before all of it was compared."""

    def __init__(self, archive: Archive, options: Options) -> None:
        if archive.has_twins:
            raise changed("a bundle in which two files have one name")
        self._archive = archive
        self._signed = signed(archive)
        self._members = {one.name: one for one in archive.members if one.name.startswith(_READ)}
        self._counts: dict[str, Count] = {}
        if not {name for name in self._signed.files if name.startswith(_READ)} <= self._members.keys():
            raise changed("a bundle in which a file is missing")
        self._told = _steps(options.progress, 2 * sum(one.size for one in self._members.values()))
        self._signed.check(archive, list(self._members.values()), self._told)

    def records(self) -> Iterator[Record]:
        """Yield everything, and at last what became of every file."""
        yield self._handover()
        origins = records.Origins(self._lines("origins.ndjson"))
        for name, kind in records.KINDS.items():
            for said in self._lines(f"{name}.ndjson"):
                yield records.record(kind, said, origins)
        yield from self._series(origins)
        for said in self._lines("streams.ndjson"):
            with self._opened(str(said.get("file"))) as (source, count):
                yield series.stream(source, said, origins, count)
        for said in self._lines("documents.ndjson"):
            yield self._document(said, origins)
        for member in self._archive.members:
            read = self._counts.get(member.name)
            yield left_whole(member.name, _reason(member)) if read is None else read.tally()

    def _handover(self) -> Handover:
        settings = next(self._lines("vault.json"), {})
        said, imports = self._lines("checkins.ndjson"), self._lines("imports.ndjson")
        return records.handover(settings, said, imports, self._signed.signer)

    def _series(self, origins: Origins) -> Iterator[Record]:
        tables: dict[str, list[dict[str, Any]]] = {}
        for said in self._lines("series.ndjson"):
            tables.setdefault(str(said.get("file")), []).append(said)
        for name, told in tables.items():
            with self._opened(name) as (source, count):
                yield from series.samples(source, told, origins, count)

    def _document(self, said: dict[str, Any], origins: Origins) -> Document | Rejection:
        with self._opened(str(said.get("file"))) as (source, count):
            if self._members[count.file].size > _LARGEST_ORIGINAL:
                return count.reject("too-large", 0)
            count.use()
            return records.document(said, b"".join(iter(partial(source.read, _CHUNK), b"")), origins)

    def _lines(self, name: str) -> Iterator[dict[str, Any]]:
        with self._opened(_RECORDS + name) as (source, count):
            for said in records.lines(source):
                count.use()
                yield said

    @contextmanager
    def _opened(self, name: str) -> Iterator[tuple[MemberStream, Count]]:
        """Open a file that was compared, for the one time that it is read."""
        if name not in self._members or name in self._counts:
            raise changed("a record of a file that is not in the bundle")
        count = self._counts[name] = Count(name)
        with self._archive.open(self._members[name]) as source:
            yield source, count
        self._told(self._members[name].size)


def _reason(member: Member) -> str:
    return "mirror" if member.name.startswith("data/") else WHOLE_FILE


def _steps(progress: Progress | None, total: int) -> Callable[[int], None]:
    """Return what hears of bytes one step at a time, and tells of their sum."""
    done = 0

    def told(size: int) -> None:
        nonlocal done
        done += size
        if progress is not None:
            progress(done, total)

    return told
