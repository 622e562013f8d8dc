"""Restoring a backup: every byte is checked before one is written, and a vault appears whole or not at all.

It is written into a temporary folder beside its place and gets its name at the end. Before that, what was
erased from the vault since the backup was taken can be erased here as well.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from vault.care.backup import counter_of
from vault.care.container import Container
from vault.care.disk import mapped_disk, need_room, sync_folder
from vault.care.erasure import entomb
from vault.errors import AlreadyExists, InputError, Tampered
from vault.keys import HEADER_NAME, lift, unlock_bytes
from vault.store import schema
from vault.store.connection import close, connect, connect_with_any, mapped
from vault.store.migrate import migrate
from vault.store.store import DATABASE, Store
from vault.store.tombstones import Tombstones

if TYPE_CHECKING:
    from vault.keys import Keys
    from vault.time import Clock

__all__ = ["BackupInfo", "bury", "read_info", "restore"]

_ROOM = 1 << 20


@dataclass(frozen=True, slots=True)
class BackupInfo:
    """What a backup says of itself: whose it is (UUID of the vault), of when (ISO 8601, UTC), and how much.

    counter: of the manifest, 0 for a vault of format 1. bytes: of the database.
    """

    vault: str
    created: str
    counter: int
    bytes: int


def read_info(path: Path) -> BackupInfo:
    """Return what a backup says of itself, which only ``restore`` proves; no passphrase is needed.

    Raises InputError if there is no such file, and as ``Container.read``.
    """
    with mapped_disk(), _opened(path) as file:
        return _info(Container.read(file))


def restore(
    path: Path,
    to: Path,
    passphrase: str | None = None,
    *,
    recovery_code: str | None = None,
    ready: Callable[[Path, Keys], None] | None = None,
) -> BackupInfo:
    """Restore a backup as the vault folder ``to``; it is as it was, down to its counter.

    Args:
        path: The backup.
        to: The folder to make; there is nothing yet.
        passphrase: That of the time of the backup.
        recovery_code: Or that of then.
        ready: Called with the checked folder and its keys before it gets its name.

    Raises:
        AlreadyExists: There is something at ``to``.
        InputError: There is no backup at ``path``.
        Tampered: The backup is damaged, or was written by somebody else.
        UnsupportedVersion: A newer VitalVault wrote it.
        WrongPassphrase, KeyMissing, TooLarge: As ``keys.unlock``.
        ReadOnly, StoreError: The disk refuses, fails, or is full.
    """
    _check_free(to)
    with mapped_disk(), mapped(), _opened(path) as file:
        found = Container.read(file)
        header = found.header.encode("ascii")
        keys = unlock_bytes(header, passphrase=passphrase, recovery_code=recovery_code)
        try:
            found.authenticate(keys.backup)
            deque(found.database(file), maxlen=0)
            to.parent.mkdir(parents=True, exist_ok=True)
            need_room(to.parent, found.size + _ROOM)
            with _beside(to) as folder:
                _write(folder / DATABASE, found.database(file))
                _write(folder / HEADER_NAME, [header])
                _check(folder / DATABASE, keys, found)
                if ready is not None:
                    ready(folder, keys)
        finally:
            keys.wipe()
    return _info(found)


def bury(folder: Path, keys: Keys, erased: Tombstones, *, clock: Clock) -> None:
    """Erase in a restored vault what has a tombstone now; nothing happens if it was so at the backup.

    For ``ready`` of ``restore``. A vault of an older format is brought to today's first, and ``keys`` hold a
    new data key after. Raises as ``migrate`` and ``entomb``.
    """
    with Store.open(folder / DATABASE, *keys.databases) as store:
        migrate(store.connection, clock, before=lambda: None)  # there is a backup
        lift(folder, keys)
        known = Tombstones.read(store.connection, keys.identity)
        if not np.isin(erased.hashes, known.hashes).all():
            entomb(store, folder, keys, erased, clock=clock)


def _info(found: Container) -> BackupInfo:
    return BackupInfo(found.vault, found.created, found.counter, found.size)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    if not path.is_file():
        raise InputError("there is no backup at that path", hint="check the path")
    with path.open("rb") as file:
        yield file


def _check_free(to: Path) -> None:
    if to.exists() or to.is_symlink():
        raise AlreadyExists(
            "there is something already where the vault should be",
            hint="restore into a new folder; nothing is ever overwritten",
        )


@contextmanager
def _beside(to: Path) -> Iterator[Path]:
    """Give a private temporary folder; in the end it has the name ``to``, or is gone."""
    folder = Path(tempfile.mkdtemp(dir=to.parent, prefix=f".{to.name}-", suffix=".part"))  # mode 0700
    try:
        yield folder
        sync_folder(folder)
        _check_free(to)
        folder.rename(to)
        sync_folder(to.parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(path: Path, blocks: Iterable[bytes]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.writelines(blocks)
        file.flush()
        os.fsync(handle)


def _check(database: Path, keys: Keys, found: Container) -> None:
    """See that what was written opens, and is what the backup says it is."""
    with database.open("rb") as file:
        deque(found.database(file), maxlen=0)
    connection, key = connect_with_any(database, keys.databases, read_only=True)
    with closing(connection):
        schema.check(connection)
        if counter_of(connection) != found.counter:
            raise Tampered("the backup holds another state than it says", hint="try an older backup")
    # Gives it its WAL before it has its name: a crash while the first writer does so would keep readers out.
    close(connect(database, key))
