"""Finds who reads what of a path: an export as a whole, or a collection of files and archives.

The idea: a folder or zip that no vendor's adapter knows as a whole is somebody's collection. Its tracks go to
the adapters of their formats, each zip in it to whoever knows that one, and what is left over is counted, so
that nobody believes it read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.archive import Archive, Member, reason_of
from adapters.base import FileAdapter, Found, Options, Progress, adapters_by_name
from vault.errors import InputError
from vault.records import Rejection, SourceFile

if TYPE_CHECKING:
    from vault.records import Record

__all__ = ["Contents", "contents_of"]

_NOT_RECOGNISED = "not-recognised"
_ZIP = ".zip"


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a path: ``parts``, each with who reads it, and ``rest``, which nobody does."""

    path: Path
    parts: tuple[Found, ...]
    rest: tuple[Rejection, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether one adapter reads all of it."""
        return not self.rest and [part.path for part in self.parts] == [self.path]

    def read(self, options: Options) -> Iterator[Record]:
        """Yield the records of every part, a rejection for all else, and at last the files."""
        files: dict[tuple[str, str], SourceFile] = {}
        for number, part in enumerate(self.parts):
            share = replace(options, progress=_share(options.progress, number, len(self.parts)))
            for record in self._part(part, share):
                if isinstance(record, SourceFile):
                    files[record.name, record.sha256] = record
                else:
                    yield record
        yield from self.rest
        with Archive(self.path) as archive:  # a zip is a source by itself, also for the zips in it
            files |= {(file.name, file.sha256): file for file in archive.sources()}
        yield from files.values()

    def _part(self, part: Found, options: Options) -> Iterator[Record]:
        inner = part.path.relative_to(self.path).as_posix()
        try:
            for record in adapters_by_name()[part.adapter].read(part.path, options):
                yield _within(inner, record) if isinstance(record, Rejection) else record
        except InputError as error:  # the others can still be read
            yield Rejection(reason_of(error), "" if inner == "." else inner, 0)


def contents_of(path: Path, source: str | None = None, *, deep: bool = True) -> Contents:
    """Return who reads what of a file, folder or zip, or what ``source`` reads; zips in it one level deep."""
    claims = _claims(path, source)
    with Archive(path) as archive:
        if archive.is_one_file:
            return Contents(path, claims[:1])
        members = archive.members
    wholes = [claim for claim in claims if not _is_of_files(claim)]
    if wholes:
        wholes = [claim for claim in wholes if claim.confidence == wholes[0].confidence]
        return Contents(path, (*wholes, *(_others(path, members, wholes, source) if deep else ())))
    parts, rest = list(claims), list[Rejection]()
    for member in _unread(members, claims):
        inside = _inside(path, member, source) if deep else Contents(path, (), (_stray(member),))
        parts += inside.parts
        rest += inside.rest
    return Contents(path, tuple(parts), tuple(rest))


def _claims(path: Path, source: str | None) -> tuple[Found, ...]:
    found = [
        seen
        for name, adapter in adapters_by_name().items()
        if source in (None, name) and (seen := adapter.detect(path))
    ]
    return tuple(sorted(found, key=lambda seen: (-seen.confidence, seen.adapter)))


def _is_of_files(claim: Found) -> bool:
    return isinstance(adapters_by_name()[claim.adapter], FileAdapter)


def _unread(members: list[Member], claims: tuple[Found, ...]) -> list[Member]:
    """Return the members that none of the adapters of single files reads."""
    if claims and len(members) == 1:
        return []
    known = (adapters_by_name()[claim.adapter] for claim in claims)
    endings = {adapter.ending for adapter in known if isinstance(adapter, FileAdapter)}
    endings |= {ending + ".gz" for ending in endings}
    return [member for member in members if not member.name.lower().endswith(tuple(endings))]


def _inside(path: Path, member: Member, source: str | None) -> Contents:
    """Return what is in a member that is a zip; of anything else, that it was not recognised."""
    if not member.name.lower().endswith(_ZIP):
        return Contents(path, (), (_stray(member),))
    try:
        inside = contents_of(path / member.name, source, deep=False)
    except InputError as error:
        return Contents(path, (), (Rejection(reason_of(error), member.name, 0),))
    if not inside.parts:
        return Contents(path, (), (_stray(member),))
    return replace(inside, rest=tuple(_within(member.name, one) for one in inside.rest))


def _others(path: Path, members: list[Member], wholes: list[Found], source: str | None) -> Iterator[Found]:
    """Yield other vendors' zips beside an unpacked export; zips of tracks in there are the vendor's.

    A vendor's own zip is left to the vendor: unpacking what is in there to look at it costs too much.
    """
    names = {claim.adapter for claim in wholes}
    for member in members if path.is_dir() else ():
        for found in _inside(path, member, source).parts:
            if found.adapter not in names and not _is_of_files(found):
                yield found


def _stray(member: Member) -> Rejection:
    return Rejection(_NOT_RECOGNISED, member.name, 0)


def _within(inner: str, rejection: Rejection) -> Rejection:
    """Say in which of several archives a file lies."""
    return rejection if inner == "." else replace(rejection, file=f"{inner}/{rejection.file}")


def _share(progress: Progress | None, number: int, count: int) -> Progress | None:
    """Return the progress of one of so many parts, as a share of the whole."""
    if progress is None:
        return None
    return lambda done, total: progress(number * total + done, count * total)
