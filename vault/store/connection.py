"""The connection to ``vault.db``: SQLCipher or nothing, set up the same way every time.

A raw key from the vault's header, WAL with every commit synced, nothing in temp files, nothing on stderr, and
every error of the library below turned into one of ours. One connection a thread; one writer, many readers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlcipher3 import dbapi2

from vault.errors import (
    AlreadyExists,
    Busy,
    InputError,
    LockedError,
    NotAVault,
    ReadOnly,
    StoreError,
    Tampered,
    VaultError,
)
from vault.store import seals
from vault.store.failures import DAMAGED, mapped

if TYPE_CHECKING:
    # sqlcipher3 is a fork of sqlite3 without type stubs; what we use of both is the same.
    from sqlite3 import Connection

__all__ = [
    "BUSY_TIMEOUT_MS",
    "again",
    "check_pages",
    "checkpoint",
    "close",
    "compact",
    "connect",
    "connect_with_any",
    "damaged_pages",
    "is_read_only",
    "mapped",
    "rekey",
    "snapshot",
    "transaction",
]

BUSY_TIMEOUT_MS = 5_000
KEY_BYTES = 32
_INCREMENTAL = 2  # as PRAGMA auto_vacuum answers

_SETTINGS = (
    "PRAGMA cipher_compatibility = 4",  # pins page size 4096, AES-256-CBC, HMAC-SHA512 for later releases
    "PRAGMA temp_store = MEMORY",
    "PRAGMA mmap_size = 0",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",  # so that what REPLACE takes away is told to the seals
    "PRAGMA trusted_schema = OFF",
    "PRAGMA synchronous = FULL",
)


class _Connection(dbapi2.Connection):  # type: ignore[misc]
    """A connection that keeps what ``seals`` knows of the database, and how to open it once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ledger = seals.Ledger()
        self.again: Callable[[], Connection]
        self.read_only = False


def connect(
    path: Path,
    key: bytes,
    *,
    create: bool = False,
    read_only: bool = False,
    busy_timeout_ms: int = BUSY_TIMEOUT_MS,
) -> Connection:
    """Open the database with its raw key, in autocommit mode; write within ``transaction``.

    Args:
        path: The database file.
        key: 32 bytes (``Keys.database``).
        create: Make a new file, which must not exist yet; else it must.
        read_only: Refuse every write.
        busy_timeout_ms: How long a writer waits for another before Busy.

    Raises:
        NotAVault: There is no file (without ``create``).
        AlreadyExists: There is one (with ``create``).
        Tampered: It does not open with this key: damaged, or of another vault.
        Busy, ReadOnly, StoreError: As ``mapped``.
    """
    if len(key) != KEY_BYTES:
        raise InputError(f"a database key has {KEY_BYTES} bytes")
    if create:
        _make_private_file(path)
    elif not path.is_file():
        raise NotAVault("the vault has no database", hint="restore a backup into a new folder")
    mode = "ro" if read_only else "rw"
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    with _mapped_at_opening():
        connection = dbapi2.connect(
            uri, uri=True, timeout=busy_timeout_ms / 1000, isolation_level=None, factory=_Connection
        )
        try:
            _unlock(connection, key)
            _check_key(connection, empty=create)
            if create:
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            if not read_only:
                connection.execute("PRAGMA journal_mode = WAL").fetchall()
        except BaseException:
            connection.close()
            raise
    connection.read_only = read_only
    connection.again = partial(connect, path, key=key, read_only=True)
    return cast("Connection", connection)


def connect_with_any(
    path: Path, keys: Sequence[bytes], *, read_only: bool = False
) -> tuple[Connection, bytes]:
    """Open the database with whichever key fits, and return that too: while keys are changed there are two.

    Raises as ``connect``; Tampered also if none fits.
    """
    *others, newest = keys
    for key in others:
        with suppress(Tampered):
            return connect(path, key, read_only=read_only), key
    return connect(path, newest, read_only=read_only), newest


def again(connection: Connection) -> Connection:
    """Open the same database a second time, for reading in another thread."""
    opened: Connection = cast("Any", connection).again()
    return opened


def is_read_only(connection: Connection) -> bool:
    """Whether the connection was opened for reading."""
    return bool(cast("Any", connection).read_only)


@contextmanager
def _mapped_at_opening() -> Iterator[None]:
    try:
        with mapped():
            yield
    except LockedError as error:  # nobody changed the key: this one never opened the first page
        raise Tampered(DAMAGED) from error.__cause__


@contextmanager
def _mapped_while_open(connection: Connection) -> Iterator[None]:
    """As ``mapped``; but where the key still opens the database, it is not the key that has changed."""
    try:
        with mapped():
            yield
    except LockedError as error:
        with suppress(VaultError):
            again(connection).close()
            raise Tampered(DAMAGED) from error.__cause__
        raise


@contextmanager
def transaction(connection: Connection) -> Iterator[Connection]:
    """Write all or nothing: takes the write lock at once, commits at the end, rolls back on any error.

    Raises Busy if another process holds the lock longer than the connection's timeout.
    """
    with _mapped_while_open(connection):
        # Where the key was changed, reading says so; BEGIN, the second time, that all is read-only.
        connection.execute("PRAGMA schema_version").fetchone()
        connection.execute("BEGIN IMMEDIATE")
        try:
            seals.begin(connection)
            yield connection
            seals.settle(connection)
            connection.execute("COMMIT")
        except BaseException:
            seals.abandon(connection)
            if connection.in_transaction:  # SQLite has rolled back already after some disk errors
                connection.execute("ROLLBACK")
            raise


@contextmanager
def snapshot(connection: Connection) -> Iterator[Connection]:
    """Hold one committed state for several queries; within a transaction, the state of that."""
    with _mapped_while_open(connection):
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def checkpoint(connection: Connection) -> None:
    """Move the whole WAL into the database and empty it.

    Raises Busy if another process still reads or writes longer than the connection's timeout.
    """
    with _mapped_while_open(connection):
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise Busy(
            "another process is using this vault", hint="close what reads it or imports, and try again"
        )


def compact(connection: Connection) -> None:
    """Give the pages that hold nothing back to the disk, and leave no old page in the WAL; raises Busy.

    A database that comes from format 1, which could not do that, is written anew once.
    """
    with _mapped_while_open(connection):
        if connection.execute("PRAGMA auto_vacuum").fetchone() == (_INCREMENTAL,):
            connection.execute("PRAGMA incremental_vacuum").fetchall()
        else:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("VACUUM")
    checkpoint(connection)


def check_pages(connection: Connection) -> None:
    """Compare every page of the file with its MAC, before all are written anew; raises Tampered, Busy.

    SQLCipher itself copies a damaged page as one of zeros, whose MAC holds then.
    """
    checkpoint(connection)
    with _mapped_while_open(connection):
        damaged = damaged_pages(connection)
    if damaged:
        raise Tampered(f"the database is damaged: {len(damaged)} of its pages are not as they were written")


def damaged_pages(connection: Connection) -> list[str]:
    """Return SQLCipher's words for each page of the file whose MAC does not hold; the WAL is left out."""
    with mapped():
        return [words for (words,) in connection.execute("PRAGMA cipher_integrity_check")]


def rekey(connection: Connection, key: bytes) -> None:
    """Encrypt every page anew with another raw key, in one transaction, and leave none under the old one.

    A crash leaves a database that opens with exactly one of both keys. Other connections get LockedError from
    then on, but for snapshots they hold.

    Raises:
        Busy: Another process writes: nothing was done. Or one still reads: the new key is in force, pages
            under the old one are left, and the connection is closed.
        StoreError: The disk failed: the old key is in force, and the connection is closed.
    """
    if len(key) != KEY_BYTES:
        raise InputError(f"a database key has {KEY_BYTES} bytes")
    with transaction(connection):
        pass  # waits for a writer
    try:
        with mapped():
            own = cast("Any", connection)
            own.reset_key(_raw(key))
            own.again = partial(own.again, key=key)
        checkpoint(connection)
    except BaseException:
        # A connection whose rekeying failed goes on writing under the new key: pages nobody can read.
        connection.close()
        raise


def close(connection: Connection) -> None:
    """Close, and empty the WAL into the database unless others still read; closing twice is harmless.

    A full disk is no error here: what was committed stays in the WAL.
    """
    try:
        with suppress(StoreError), mapped():
            connection.rollback()
            connection.execute("PRAGMA busy_timeout = 0")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()


def _make_private_file(path: Path) -> None:
    # SQLite would make it readable for the group; its WAL takes over the mode of the database.
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        raise AlreadyExists("there is a database already", hint="open it, or choose another place") from None
    except OSError as error:  # whose own words hold the path
        raise ReadOnly(
            f"the vault's folder can't be written to: {error.strerror}", hint="check who owns it"
        ) from None


def _unlock(connection: Any, key: bytes) -> None:
    if not connection.execute("PRAGMA cipher_version").fetchone():
        raise StoreError(
            "this SQLite can't encrypt, and VitalVault writes nothing unencrypted",
            hint="install sqlcipher3 again from its wheel",
        )
    # Before the key, because a wrong one makes SQLCipher write to stderr otherwise.
    connection.execute("PRAGMA cipher_log_level = NONE")
    # By call, not by PRAGMA: SQL text ends up in traces and statement caches.
    connection.set_key(_raw(key))
    for setting in _SETTINGS:
        connection.execute(setting)


def _raw(key: bytes) -> bytes:
    """Return a key as SQLCipher takes it, so that it derives none of its own."""
    return b"x'" + key.hex().encode("ascii") + b"'"


def _check_key(connection: Any, *, empty: bool) -> None:
    # The first read fails with a wrong key; but a file of no pages opens with any.
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not empty and not connection.execute("PRAGMA page_count").fetchone()[0]:
        raise Tampered("the database is empty")
