"""Finds who reads what of a path: an export as a whole, or a collection of files and archives.

The idea: a folder or zip that no vendor's adapter knows as a whole is somebody's collection. Its tracks go to
the adapters of their formats, each zip in it to whoever knows that one, and what is left over is counted, so
that nobody believes it read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from adapters.archive import Archive, Member, reason_of
from adapters.base import FileAdapter, Found, Options, Progress, adapters_by_name
from vault.errors import InputError
from vault.records import Rejection, SourceFile, Tally

if TYPE_CHECKING:
    from vault.records import Record

__all__ = ["Contents", "contents_of"]

_NOT_RECOGNISED = "not-recognised"
_ZIP = ".zip"

_Placed = TypeVar("_Placed", Rejection, Tally)
"""Records that name a file."""


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
        inner = part.path.relative_to(self.path)
        with Archive(part.path) as archive:
            around = (inner.parent if archive.is_one_file else inner).as_posix()
        try:
            for record in adapters_by_name()[part.adapter].read(part.path, options):
                if isinstance(record, Tally):
                    yield _within(around, record)
                elif not isinstance(record, Rejection):
                    yield record
                elif not self._is_read(part, (placed := _within(around, record)).file):
                    yield placed
        except InputError as error:  # the others can still be read
            yield Rejection(reason_of(error), "" if part.path == self.path else inner.as_posix(), 0)

    def _is_read(self, whole: Found, file: str) -> bool:
        """Whether what the adapter of a whole did not recognise is a part that another reads."""
        places = (part.path.relative_to(self.path).as_posix() for part in self.parts if part is not whole)
        return any(place == file or place.startswith(file + "/") for place in places if file)


def contents_of(path: Path, source: str | None = None, *, deep: bool = True) -> Contents:
    """Return who reads what of a file, folder or zip, or what ``source`` reads; zips in it one level deep."""
    claims = _claims(path, source)
    with Archive(path) as archive:
        if archive.is_one_file:
            return Contents(path, claims[:1])
        members = archive.members
    wholes = [claim for claim in claims if not _is_of_files(claim)]
    if len(wholes) > 1 and (deep or path.exists()):  # inside a zip in a zip the most certain one reads
        return _split(path, members, source, deep=deep)
    if wholes:
        return Contents(path, (wholes[0], *(_zips_beside(path, members, wholes[0], source) if deep else ())))
    parts, rest = list(claims), list[Rejection]()
    for member in _unread(members, claims):
        inside = _inside(path, member, source) if deep else Contents(path, (), (_stray(member),))
        parts += inside.parts
        rest += inside.rest
    return Contents(path, tuple(parts), tuple(rest))


def _claims(path: Path, source: str | None) -> tuple[Found, ...]:
    """Return who says that a path is theirs, the most certain first; who ``reads_all`` alone."""
    found = [
        seen
        for name, adapter in adapters_by_name().items()
        if source in (None, name) and (seen := adapter.detect(path))
    ]
    alone = [seen for seen in found if getattr(adapters_by_name()[seen.adapter], "reads_all", False)]
    return tuple(sorted(alone or found, key=lambda seen: (-seen.confidence, seen.adapter)))


def _is_of_files(claim: Found) -> bool:
    return isinstance(adapters_by_name()[claim.adapter], FileAdapter)


def _split(path: Path, members: list[Member], source: str | None, *, deep: bool) -> Contents:
    """Return who reads what of a place that holds exports of several vendors: each entry by itself.

    Files that lie loose are one export if only one of the vendors knows any of them.
    """
    parts, rest = list[Found](), list[Rejection]()
    for name, inside in _entries(members).items():
        found = _entry(path, name, inside, source, deep=deep)
        parts += found.parts
        rest += found.rest
    return Contents(path, tuple(parts), tuple(rest))


def _entries(members: list[Member]) -> dict[str, list[Member]]:
    """Return the members by the first part of their names: a folder's together, each loose file alone."""
    entries: dict[str, list[Member]] = {}
    for member in members:
        entries.setdefault(member.name.partition("/")[0], []).append(member)
    return entries


def _entry(path: Path, name: str, inside: list[Member], source: str | None, *, deep: bool) -> Contents:
    """Return who reads an entry; names are those in the place around it."""
    is_zip = inside[0].name == name and name.lower().endswith(_ZIP)
    if is_zip and not deep:
        return Contents(path, (), (_stray(inside[0]),))
    try:
        found = contents_of(path / name, source, deep=deep and not is_zip)
    except InputError as error:
        return Contents(path, (), (Rejection(reason_of(error), name, 0),))
    if not found.parts:
        return Contents(path, (), tuple(_stray(member) for member in inside))
    if inside[0].name == name and not is_zip:
        return found
    return replace(found, rest=tuple(_within(name, one) for one in found.rest))


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
    return _entry(path, member.name, [member], source, deep=True)


def _zips_beside(path: Path, members: list[Member], whole: Found, source: str | None) -> Iterator[Found]:
    """Yield who reads the zips beside an unpacked export; zips of tracks in there are the vendor's.

    A vendor's own zip is left to the vendor: unpacking what is in there to look at it costs too much. One
    that opens no zips (``reads_zips``) is asked what is in its own.
    """
    opens = getattr(adapters_by_name()[whole.adapter], "reads_zips", False)
    for member in members if path.is_dir() else ():
        for found in _inside(path, member, source).parts:
            if not _is_of_files(found) and not (opens and found.adapter == whole.adapter):
                yield found


def _stray(member: Member) -> Rejection:
    return Rejection(_NOT_RECOGNISED, member.name, 0)


def _within(inner: str, record: _Placed) -> _Placed:
    """Say in which of several archives a file lies."""
    return record if inner == "." else replace(record, file=f"{inner}/{record.file}")


def _share(progress: Progress | None, number: int, count: int) -> Progress | None:
    """Return the progress of one of so many parts, as a share of the whole."""
    if progress is None:
        return None
    return lambda done, total: progress(number * total + done, count * total)
