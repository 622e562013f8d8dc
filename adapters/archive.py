"""Walks an export, be it a zip, a folder or one file, as named members that can be opened for reading.

The idea: adapters see members only, so what is hostile is refused once, here: names that point outside,
links, members that overlap or unfold to more than is sane. Nothing is ever unpacked to disk.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import re
import stat
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from vault.errors import InputError, MalformedFile, TooLarge
from vault.records import SourceFile

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed import WriteableBuffer

__all__ = ["DAMAGED", "Archive", "Member", "MemberStream", "reason_of"]

DAMAGED = "damaged-archive"

MAX_MEMBERS = 200_000
MAX_BYTES = 64 << 30
MAX_RATIO = 200
"""Health exports are repetitive text and shrink 15 to 40 times; a bomb shrinks more than 1,000 times."""
SMALL = 64 << 20
"""Below this size any ratio will do."""
IN_MEMORY = 256 << 20
"""A zip in a zip that is larger is read where it lies, in which going back means starting over."""

_NUMBERS = re.compile(r"[0-9a-f]{8,}|[0-9]+", re.IGNORECASE)
_OF_A_KIND = 5
_DRIVE = re.compile(r"[A-Za-z]:")
_ENCRYPTED = 1
_ZIP_START = b"PK\x03\x04"
_DAMAGE = (BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError)
"""What zipfile and what unpacks for it raise where the bytes are not as they were; bz2: a bare OSError."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an export: its name inside it, with ``/``, and its size in bytes."""

    name: str
    size: int

    @property
    def basename(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("/")[2]


class MemberStream(io.RawIOBase):
    """A member open for reading; damage met on the way is a MalformedFile."""

    def __init__(self, stream: IO[bytes], member: Member, done: dict[str, SourceFile] | None) -> None:
        self._stream = stream
        self._member = member
        self._done = done
        self._digest = None if done is None else hashlib.sha256()

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """Read up to ``size`` bytes; nothing at the end."""
        try:
            data = self._stream.read(-1 if size is None else size)
        except _DAMAGE as error:
            raise _damaged() from error
        except OSError as error:
            raise _unreadable() if error.errno else _damaged() from None
        if self._digest is not None and self._done is not None:
            self._digest.update(data)
            if not data or size is None or size < 0:
                digest = self._digest.hexdigest()
                self._done[self._member.name] = SourceFile(self._member.name, self._member.size, digest)
        return data

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read into a buffer; 0 at the end."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the member."""
        self._stream.close()
        super().close()


class Archive:
    """An export open for reading; a context manager.

    A path may lead on into a zip: to a zip in it, ``outer.zip/inner.zip``, to a folder, or to one file.
    ``has_twins`` says of a zip that two of its files have one name; the later is its member.

    Raises InputError when nothing can be opened, MalformedFile for a broken, encrypted or hostile archive,
    TooLarge for one that unfolds to more than is sane.
    """

    def __init__(self, path: Path, *, packed: IO[bytes] | None = None) -> None:
        self._path = path
        self._packed = packed
        self._zip: ZipFile | None = None
        self._infos: dict[str, ZipInfo] = {}
        self._done: dict[str, SourceFile] = {}
        self._is_file = path.is_file()
        self.has_twins = False
        try:
            if packed is None and not path.exists():
                self.members = self._inside()
            else:
                self.members = self._list()
        except (InputError, OSError) as error:
            if self._packed is not None:
                self._packed.close()
            if isinstance(error, InputError):
                raise
            raise _unreadable() from None

    @property
    def is_one_file(self) -> bool:
        """Whether it is neither a zip nor a folder."""
        return self._is_file and (self._zip is None or not self._path.is_file())

    def __enter__(self) -> Self:
        """Return the archive itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the archive."""
        if self._zip is not None:
            self._zip.close()
        if self._packed is not None:
            self._packed.close()

    def candidates(self, *endings: str) -> list[Member]:
        """Return the members whose names end so, in whatever case; the only member whatever its name."""
        only = len(self.members) == 1
        return [member for member in self.members if only or member.name.lower().endswith(endings)]

    def examples(self, *endings: str) -> Iterator[Member]:
        """Yield a few candidates of each kind of name, for who wants to know whose export it is.

        Names are of one kind if they differ in numbers and ids only. Ten years of days are thousands of such
        files, and every adapter looks at them.
        """
        seen: Counter[str] = Counter()
        for member in self.candidates(*endings):
            kind = _NUMBERS.sub("#", member.name)
            seen[kind] += 1
            if seen[kind] <= _OF_A_KIND:
                yield member

    def open(self, member: Member) -> MemberStream:
        """Open a member for reading."""
        try:
            if self._zip is not None:
                return MemberStream(self._zip.open(self._infos[member.name]), member, None)
            place = self._path / member.name if self._path.is_dir() else self._path
            return MemberStream(place.open("rb", buffering=0), member, self._done)
        except NotImplementedError:
            raise _foreign() from None
        except _DAMAGE as error:
            raise _damaged() from error
        except OSError:
            raise _unreadable() from None

    def nested(self, member: Member) -> Archive:
        """Open a zip inside this export, where it lies; raises what opening an archive does.

        In a zip it is read through the one around it, in which going back means starting over: read its
        members in the order they come in, each once.
        """
        return Archive(self._path / member.name, packed=self.packed(member))

    def packed(self, member: Member) -> IO[bytes]:
        """Open the bytes of a zip inside this export; they can be read when this is closed."""
        try:
            if self._zip is not None:
                return self._zip.open(self._infos[member.name])
            return (self._path / member.name).open("rb")
        except NotImplementedError:
            raise _foreign() from None
        except _DAMAGE as error:
            raise _damaged() from error
        except OSError:
            raise _unreadable() from None

    def sources(self) -> Iterator[SourceFile]:
        """Yield what was read whole: the zip itself, or each file read to its end; not a zip inside a zip."""
        if not self._path.exists():
            return
        if self._zip is None:
            yield from self._done.values()
            return
        try:
            with self._path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = self._path.stat().st_size
        except OSError:
            raise _unreadable() from None
        yield SourceFile(self._path.name, size, digest)

    def _inside(self) -> list[Member]:
        """Open what a path leads to inside of a zip."""
        outer = next((place for place in self._path.parents if place.is_file()), None)
        if outer is None:
            raise _unreadable()
        name = self._path.relative_to(outer).as_posix()
        members = self._members_of(outer)
        found = next((member for member in members if member.name == name), None)
        if found is None:
            return self._below(name + "/")
        with self.open(found) as stream:
            if stream.read(len(_ZIP_START)) != _ZIP_START:
                self._is_file = True
                self._infos = {found.basename: self._infos[name]}
                return [Member(found.basename, found.size)]
        self._packed, around = self._whole(found), self._zip
        members = self._members_of(self._packed)
        if around is not None:
            around.close()
        return members

    def _below(self, folder: str) -> list[Member]:
        """Return the members of a folder of the zip, by their names in it."""
        self._infos = {
            name.removeprefix(folder): info for name, info in self._infos.items() if name.startswith(folder)
        }
        if not self._infos:
            raise _unreadable()
        return [Member(name, info.file_size) for name, info in self._infos.items()]

    def _whole(self, member: Member) -> IO[bytes]:
        """Return a zip in this zip: in memory, or where it lies."""
        if member.size > IN_MEMORY:
            return self.packed(member)
        with self.open(member) as stream:
            return io.BytesIO(stream.read())

    def _list(self) -> list[Member]:
        if self._packed is not None:
            return self._members_of(self._packed)
        if self._path.is_dir():
            return list(_folder_members(self._path))
        with self._path.open("rb") as file:
            if file.read(len(_ZIP_START)) != _ZIP_START:
                return [Member(self._path.name, self._path.stat().st_size)]
        return self._members_of(self._path)

    def _members_of(self, packed: Path | IO[bytes]) -> list[Member]:
        try:
            self._zip = ZipFile(packed)
            size = packed.stat().st_size if isinstance(packed, Path) else packed.seek(0, os.SEEK_END)
        except NotImplementedError:
            raise _foreign() from None
        except (*_DAMAGE, LargeZipFile) as error:
            raise _damaged() from error
        try:
            infos = sorted(self._zip.infolist(), key=lambda info: info.header_offset)
            self._infos = _checked(infos, size)
            self.has_twins = len({_name(info) for info in infos}) < len(infos)
        except InputError:
            self._zip.close()
            raise
        return [Member(name, info.file_size) for name, info in self._infos.items()]


def reason_of(error: InputError, malformed: str = DAMAGED) -> str:
    """Return the code of the rejection of a member that could not be read: the error's, if it has its own.

    ``malformed`` is what a reader of a format calls what is not of it.
    """
    if isinstance(error, MalformedFile):
        return malformed
    return "unreadable" if error.code == InputError.code else error.code


def _unreadable() -> InputError:
    return InputError("the file can't be read", hint="check that it is there and may be read")


def _damaged() -> MalformedFile:
    return MalformedFile("an archive that is damaged or cut short")


def _foreign() -> MalformedFile:
    hint = "unpack it and hand over the folder"
    return MalformedFile("an archive packed in a way that can't be read here", hint=hint)


def _is_junk(name: str) -> bool:
    """Say whether a name is what macOS leaves beside the real files."""
    *folders, base = name.split("/")
    return "__MACOSX" in folders or base.startswith("._") or base == ".DS_Store"


def _folder_members(folder: Path) -> Iterator[Member]:
    """Yield the regular files below a folder, by name; links are not followed."""
    count = 0
    for place, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            full = Path(place, file)
            status = full.lstat()
            name = full.relative_to(folder).as_posix()
            if not stat.S_ISREG(status.st_mode) or _is_junk(name):
                continue
            count += 1
            if count > MAX_MEMBERS:
                raise TooLarge("a folder of too many files", hint="hand over the export's own folder")
            yield Member(name, status.st_size)


def _checked(infos: list[ZipInfo], archive_size: int) -> dict[str, ZipInfo]:
    """Return the members of a zip by name, or refuse it."""
    if len(infos) > MAX_MEMBERS:
        raise TooLarge("an archive of too many files")
    for info in infos:
        _check(info)
    packed, unpacked = sum(info.compress_size for info in infos), sum(info.file_size for info in infos)
    if packed > archive_size:
        raise TooLarge("an archive whose files overlap")
    if unpacked > MAX_BYTES:
        raise TooLarge("an archive that unpacks to more than is sane")
    members = {_name(info): info for info in infos if not info.is_dir()}
    return {name: info for name, info in members.items() if not _is_junk(name)}


def _name(info: ZipInfo) -> str:
    """Return a member's name; some archivers write the separators of Windows."""
    return info.filename.replace("\\", "/")


def _check(info: ZipInfo) -> None:
    name = _name(info)
    if name.startswith("/") or ".." in name.split("/") or _DRIVE.match(name):
        raise MalformedFile("an archive with a file name that points outside of it", hint="don't trust it")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise MalformedFile("an archive with a link in it", hint="don't trust it")
    if info.flag_bits & _ENCRYPTED:
        hint = "unpack it with its password and hand over the folder"
        raise MalformedFile("an archive that is encrypted", hint=hint)
    if info.file_size > SMALL and info.file_size > MAX_RATIO * info.compress_size:
        raise TooLarge("an archive with a file that unpacks to more than is sane")
