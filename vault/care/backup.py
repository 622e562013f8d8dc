"""A backup: one encrypted file of one moment of a vault, taken while the vault is in use.

SQLite copies the pages of a snapshot from one encrypted database into another: no writer waits, nothing is in
plain on the way. The file gets its name once all of it was read back from the disk, so that whatever ends a
backup early leaves an older one as it was.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from vault.care.container import MAGIC, Container
from vault.care.disk import mapped_disk, need_room, sync_folder
from vault.errors import AlreadyExists, Busy, InputError, LockedError, ReadOnly, StoreError, Tampered
from vault.keys import Keys, header_bytes
from vault.keys.header import Header
from vault.store import schema, seals
from vault.store.connection import again, connect, connect_with_any, damaged_pages, mapped
from vault.store.store import DATABASE
from vault.store.verify import verify
from vault.time import SECOND_NS, format_instant, now_ns

if TYPE_CHECKING:
    from hashlib import _Hash
    from sqlite3 import Connection

    from vault.store.store import Store
    from vault.time import Clock

__all__ = ["BackupReport", "backup", "counter_of", "save"]

_STEP_PAGES = 4096  # between two steps Python hears Ctrl-C
_FIRST_WITH_MANIFEST = 2
_TRAILER_ROOM = 1 << 20


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A backup that was taken.

    bytes: of the file. counter: of the manifest, 0 for a vault of format 1. created: ISO 8601, UTC.
    sha256: of the whole file, as ``sha256sum`` says it. recorded: whether the vault knows of it.
    """

    bytes: int
    counter: int
    created: str
    sha256: str
    recorded: bool = False


def backup(
    store: Store, folder: Path, keys: Keys, path: Path, *, clock: Clock, force: bool = False
) -> BackupReport:
    """Back up an open vault and record that as an event of kind ``backup``; raises as ``save``.

    A vault that can't be written to now has a backup all the same, which it does not know of.
    """
    taken = save(folder, keys, path, clock=clock, force=force)
    told = {name: value for name, value in asdict(taken).items() if name != "recorded"}
    try:
        store.append_event("backup", told, clock)
    except StoreError:
        return taken
    return BackupReport(**told, recorded=True)


def save(folder: Path, keys: Keys, path: Path, *, clock: Clock, force: bool = False) -> BackupReport:
    """Write a verified backup of the last committed state of the vault in ``folder``, of any format.

    Args:
        folder: The vault's; other processes may read and write it meanwhile.
        keys: Its keys.
        path: The file to make, in a folder that exists. While it is made, it is called ``path`` + ``.part``.
        clock: Gives the date of the backup.
        force: Let it take the place of an older backup; nothing else is ever overwritten.

    Raises:
        AlreadyExists: There is something at ``path``.
        InputError: There is no folder to put it in.
        Tampered: The vault is damaged; or the disk gave back something else than was written.
        LockedError: The keys of the vault were changed since ``keys`` were unlocked.
        Busy: Another backup is being written to the same place.
        ReadOnly, StoreError: The disk refuses, fails, or is full.
    """
    _check_place(path, force=force)
    header = header_bytes(folder)
    created = format_instant(now_ns(clock) // SECOND_NS * SECOND_NS)
    with mapped_disk(), mapped(), _snapshot(folder / DATABASE, keys) as (source, key), _part(path) as part:
        vault, counter = _vault_of(header, keys, key), counter_of(source)
        need_room(path.parent, _size(source) + _TRAILER_ROOM)
        with closing(_sound_copy(source, key, part)) as copy, part.open("r+b") as file:
            said = (vault, created, counter, header.decode("ascii"))
            # Side by side, because each takes one core nearly as long as the other.
            with ThreadPoolExecutor(1) as pool:
                reading = pool.submit(_read_back, file, said)
                _check_pages(copy)
            measured, whole = reading.result()
            trailer = measured.trailer(keys.backup)
            _append(file, trailer, measured, keys.backup)
            _check_place(path, force=force)
            if not os.path.samestat(os.fstat(file.fileno()), part.stat()):
                raise Busy("another backup is being written to the same place")
    whole.update(trailer)
    return BackupReport(measured.size + len(trailer), counter, created, whole.hexdigest())


def counter_of(connection: Connection) -> int:
    """Return the counter of the manifest, once it holds; 0 for a database of format 1, which has none."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return seals.check_manifest(connection) if version >= _FIRST_WITH_MANIFEST else 0


@contextmanager
def _snapshot(database: Path, keys: Keys) -> Iterator[tuple[Connection, bytes]]:
    source, key = connect_with_any(database, keys.databases, read_only=True)
    with closing(source):  # by itself: our ``close`` would empty the WAL, which is others' business
        source.execute("BEGIN")
        yield source, key


def _vault_of(raw: bytes, keys: Keys, key: bytes) -> str:
    """Return the id of the vault, once it is sure that this header opens a database under ``key``."""
    header = Header.parse(raw)
    header.verify(keys)
    if key not in Keys(keys.secret, header.unwrapped(keys)).databases:
        raise LockedError("the keys of the vault were changed meanwhile", hint="open it again")
    return header.vault


def _check_place(path: Path, *, force: bool) -> None:
    if not path.parent.is_dir():
        raise InputError("there is no folder for the backup", hint="make it first, or check the path")
    if path.exists() and not (force and _is_backup(path)):
        raise AlreadyExists(
            "there is something already where the backup should be",
            hint="choose another name; an older backup may be replaced with --force",
        )


def _is_backup(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:
        file.seek(-len(MAGIC), os.SEEK_END)
        return file.read() == MAGIC
    return False


@contextmanager
def _part(path: Path) -> Iterator[Path]:
    """Give the name of an unfinished backup; in the end it has the real one, or is gone."""
    part = path.with_name(path.name + ".part")
    try:
        _clear(part)  # what a crash left
        yield part
        part.replace(path)
        sync_folder(path.parent)
    finally:
        _clear(part)


def _clear(part: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        part.with_name(part.name + end).unlink(missing_ok=True)


def _sound_copy(source: Connection, key: bytes, part: Path) -> Connection:
    """Copy a snapshot, while the pages of its file are compared with their MACs beside.

    SQLite's backup copies a damaged page as one of zeros. A page that another process is just writing looks
    damaged, too: then the copy itself is verified, row by row.
    """
    with ThreadPoolExecutor(1) as pool:
        sound = pool.submit(_is_sound, source)
        copy = _copy(source, key, part)
    try:
        if not sound.result():
            if schema.check(copy) < _FIRST_WITH_MANIFEST:
                raise Tampered("the database is damaged, and so is what it would be backed up to")
            verify(copy, contents=False)
    except BaseException:
        copy.close()
        raise
    return copy


def _is_sound(source: Connection) -> bool:
    with closing(again(source)) as own:
        return not damaged_pages(own)


def _copy(source: Connection, key: bytes, part: Path) -> Connection:
    """Copy a snapshot page by page; returns the open copy.

    By SQLite's backup and not by VACUUM INTO, which in SQLCipher gives a file that no key opens where
    the page size is not the default. Without journal and syncs: the file is of no use before it is whole.
    """
    copy = _made(part, key)
    try:
        copy.execute("PRAGMA journal_mode = OFF").fetchall()
        copy.execute("PRAGMA synchronous = OFF")
        for one in (source, copy):  # each page is needed once: a small cache stays in the processor's
            one.execute("PRAGMA cache_size = 50")
        source.backup(copy, pages=_STEP_PAGES, progress=lambda *_: None)
        counter_of(copy)
        # Like its source it wants a WAL, which a file that is carried about has not.
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()
    except BaseException:
        copy.close()
        raise
    return copy


def _made(part: Path, key: bytes) -> Connection:
    try:
        return connect(part, key, create=True)
    except ReadOnly as error:
        raise ReadOnly(
            "the folder for the backup can't be written to", hint="check who owns it, or choose another"
        ) from error


def _size(connection: Connection) -> int:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()  # a text, in SQLCipher
    return int(pages) * int(size)


def _check_pages(copy: Connection) -> None:
    """Compare every page with its MAC: what was encrypted can be decrypted."""
    if damaged_pages(copy):
        raise Tampered("the copy is damaged", hint="check the memory of the machine, and take another")


def _read_back(file: IO[bytes], said: tuple[str, str, int, str]) -> tuple[Container, _Hash]:
    """Hash the copy as it is, then as the disk gives it back; returns also the SHA-256 of it so far."""
    measured = Container.measure(file, *said)
    os.fsync(file.fileno())
    _forget(file)
    whole = hashlib.sha256()
    for block in measured.database(file):
        whole.update(block)
    return measured, whole


def _append(file: IO[bytes], trailer: bytes, measured: Container, key: bytes) -> None:
    file.seek(measured.size)
    file.write(trailer)
    file.flush()
    os.fsync(file.fileno())
    _forget(file)
    Container.read(file).authenticate(key)


def _forget(file: IO[bytes]) -> None:
    """Have the next read come from the disk, not from memory, where the system lets one say so."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
