"""An adapter for single files of one format: a file, or a folder or zip of them, packed with gzip or not.

The idea: of a folder or zip it reads the files of its format and nothing else. Whether they are a collection,
or belong to a vendor's export whose adapter knows more of each, ``adapters.collection`` decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from adapters.archive import Archive, Member, reason_of
from adapters.base import ByteSource, Coverage, Found, Options
from adapters.formats.packed import unpacked
from adapters.progress import in_turn
from vault.errors import InputError, MalformedFile
from vault.records import Record, Rejection

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

__all__ = ["TrackFiles", "peek"]

_PEEK = 1 << 12
_PACKED = ".gz"
_CONFIDENCE = 0.8


class ReadFile(Protocol):
    """Reads one file: its bytes, its name, the owner's zone."""

    def __call__(self, stream: ByteSource, /, *, file: str, home: ZoneInfo | None) -> Iterator[Record]:
        """Yield its records."""
        ...


@dataclass(frozen=True, slots=True)
class TrackFiles:
    """An adapter of one format.

    Args:
        name: The adapter's name; files end in ``.`` and the name, and perhaps ``.gz``.
        version: Goes into the ledger.
        coverage: What is read.
        begins: Says whether the first bytes of a file are of the format.
        records: Reads a file: its bytes, its name, the owner's zone.
    """

    name: str
    version: str
    coverage: Coverage
    begins: Callable[[bytes], bool]
    records: ReadFile

    @property
    def ending(self) -> str:
        """What the names of its files end in."""
        return "." + self.name

    def detect(self, path: Path) -> Found | None:
        """Recognise a file by its first bytes, or a folder or zip that has one."""
        with Archive(path) as archive:
            if not any(self._is_ours(archive, member) for member in self._candidates(archive)):
                return None
        return Found(self.name, self.coverage.title, _CONFIDENCE, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records of every file; raises MalformedFile if there is none of the format."""
        with Archive(path) as archive:
            candidates = self._candidates(archive)
            if not candidates:
                raise MalformedFile(f"no {self.name.upper()} file in it")
            for member in in_turn(candidates, options.progress, lambda one: one.size):
                yield from self._file(archive, member, options)
            yield from archive.sources()

    def _candidates(self, archive: Archive) -> list[Member]:
        if len(archive.members) == 1:
            return list(archive.members)
        return [member for member in archive.members if _suffix(member) == self.ending]

    def _is_ours(self, archive: Archive, member: Member) -> bool:
        try:
            return self.begins(peek(archive, member))
        except InputError:
            return False

    def _file(self, archive: Archive, member: Member, options: Options) -> Iterator[Record]:
        try:
            if not self.begins(peek(archive, member)):
                yield Rejection(f"not-{self.name}", member.name, 0)
                return
            with archive.open(member) as stream:
                yield from self.records(unpacked(stream), file=member.name, home=options.timezone)
        except InputError as error:
            yield Rejection(reason_of(error), member.name, 0)


def peek(archive: Archive, member: Member) -> bytes:
    """Return the first bytes of what is in a file, without NULs: UTF-16 looks like ASCII then."""
    with archive.open(member) as stream:
        source = unpacked(stream)
        data = source.read(_PEEK)
        while data and len(data) < _PEEK:
            more = source.read(_PEEK - len(data))
            if not more:
                break
            data += more
    return data.replace(b"\0", b"")


def _suffix(member: Member) -> str:
    name = member.name.lower().removesuffix(_PACKED)
    return "." + name.rpartition(".")[2]
