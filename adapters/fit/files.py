"""An adapter for FIT files: one, or a folder or zip of them, packed with gzip or not.

The idea: a FIT file names its maker, so files that are all one maker's belong to the adapter of that maker,
if there is one, and everything else to ``fit``. All are read alike; a maker's adapter adds how people get at
their files and what is in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.archive import Archive, Member
from adapters.fit.batches import joined
from adapters.fit.counters import Counters
from adapters.fit.records import records_of
from adapters.formats.files import TrackFiles
from adapters.formats.fit import MAX_BYTES, FitFile, decode, is_fit
from adapters.formats.packed import unpacked
from vault.errors import InputError
from vault.records import Record, SourceFile

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from adapters.base import ByteSource, Coverage, Found, Options

__all__ = ["FitFiles", "adapter_of"]

_FIT = "fit"
_MAKERS = ("coros", "suunto", "zwift")
_SOURCES = {"zwift": "Zwift"}
"""Who recorded, where the file has but a number for it: Zwift's is 0 or 1 for the same program."""
_ENDINGS = (".fit", ".fit.gz")
_HEAD = 512
"""The first message of a file says who made it; it is far shorter."""
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class FitFiles:
    """An adapter of FIT files.

    Args:
        name: ``fit``, or the maker in the words of FIT's profile.
        version: Goes into the ledger.
        coverage: What is read.
    """

    name: str
    version: str
    coverage: Coverage

    @property
    def ending(self) -> str:
        """What the names of its files end in."""
        return _ENDINGS[0]

    def detect(self, path: Path) -> Found | None:
        """Recognise FIT files by their first bytes, and whose they are by their first message."""
        found = self._files(Counters()).detect(path)
        if found is None or adapter_of(path) != self.name:
            return None
        return replace(found, adapter=self.name)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records of every file; raises MalformedFile if there is none of the format.

        Running totals of a day are spread over files, so they come when all are read.
        """
        sources: list[SourceFile] = []
        yield from joined(self._records(path, options, sources))
        yield from sources

    def _records(self, path: Path, options: Options, sources: list[SourceFile]) -> Iterator[Record]:
        totals = Counters()
        for record in self._files(totals).read(path, options):
            if isinstance(record, SourceFile):
                sources.append(record)
            else:
                yield record
        yield from totals.records()

    def _files(self, totals: Counters) -> TrackFiles:
        def records(stream: ByteSource, file: str, home: ZoneInfo | None) -> Iterator[Record]:
            for fit in decode(_up_to(stream, MAX_BYTES + 1)):
                source = _SOURCES.get(_maker(fit))
                yield from records_of(
                    fit, file=file, source=source, adapter=self.name, home=home, counters=totals
                )

        return TrackFiles(_FIT, self.version, self.coverage, _begins, records)


def adapter_of(path: Path) -> str:
    """Return whose files they are: their maker's, if all that can be read are of one, else ``fit``."""
    found = ""
    with Archive(path) as archive:
        for member in archive.members:
            if len(archive.members) > 1 and not member.name.lower().endswith(_ENDINGS):
                continue
            maker = _maker_in(archive, member)
            if maker is None:
                continue
            if maker not in _MAKERS or found not in ("", maker):
                return _FIT
            found = maker
    return found or _FIT


def _maker(fit: FitFile) -> str:
    """Return who made a file, in the words of the profile; empty if it doesn't say."""
    return next(iter(fit.messages("file_id").words("manufacturer")), "")


def _maker_in(archive: Archive, member: Member) -> str | None:
    """Return who made a file of an export, None if it is not FIT or can't be read."""
    try:
        with archive.open(member) as stream:
            head = _up_to(unpacked(stream), _HEAD)
            return _maker(decode(head)[0]) if is_fit(head) else None
    except InputError:
        return None


def _begins(data: bytes) -> bool:
    """Whether a file is FIT, by its header, which ``peek`` hands over without its NULs."""
    return data[:1] in (b"\x0c", b"\x0e") and b".FIT" in data[:12]


def _up_to(stream: ByteSource, size: int) -> bytes:
    """Return so many bytes, or all there are."""
    parts: list[bytes] = []
    while size > 0 and (data := stream.read(min(size, _CHUNK))):
        parts.append(data)
        size -= len(data)
    return b"".join(parts)
