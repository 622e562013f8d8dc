"""The connection to ``vault.db``: SQLCipher or nothing, set up the same way every time.

A raw key from the vault's header, WAL with every commit synced, nothing in temp files, nothing on stderr, and
every error of the library below turned into one of ours. One connection a thread; one writer, many readers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlcipher3 import dbapi2

from vault.errors import AlreadyExists, Busy, InputError, NotAVault, ReadOnly, StoreError, Tampered

if TYPE_CHECKING:
    # sqlcipher3 is a fork of sqlite3 without type stubs; what we use of both is the same.
    from sqlite3 import Connection

__all__ = ["BUSY_TIMEOUT_MS", "close", "connect", "mapped", "transaction"]

BUSY_TIMEOUT_MS = 5_000
KEY_BYTES = 32

_SETTINGS = (
    "PRAGMA cipher_compatibility = 4",  # pins page size 4096, AES-256-CBC, HMAC-SHA512 for later releases
    "PRAGMA temp_store = MEMORY",
    "PRAGMA mmap_size = 0",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA synchronous = FULL",
)


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
    with mapped():
        mode = "ro" if read_only else "rw"
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        connection = dbapi2.connect(uri, uri=True, timeout=busy_timeout_ms / 1000, isolation_level=None)
        try:
            _unlock(connection, key)
            _check_key(connection, empty=create)
            if not read_only:
                connection.execute("PRAGMA journal_mode = WAL").fetchall()
        except BaseException:
            connection.close()
            raise
    return cast("Connection", connection)


@contextmanager
def transaction(connection: Connection) -> Iterator[Connection]:
    """Write all or nothing: takes the write lock at once, commits at the end, rolls back on any error.

    Raises Busy if another process holds the lock longer than the connection's timeout.
    """
    with mapped():
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # SQLite has rolled back already after some disk errors
                connection.execute("ROLLBACK")
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


@contextmanager
def mapped() -> Iterator[None]:
    """Turn every error of sqlcipher3 into Busy, ReadOnly, Tampered or StoreError."""
    try:
        yield
    except (dbapi2.Error, dbapi2.Warning) as error:
        raise _ours(error) from error


def _ours(error: Exception) -> StoreError | Tampered:
    extended = getattr(error, "sqlite_errorcode", None) or 0
    kind, words, hint = _BY_CODE.get(extended & 0xFF, _OTHERWISE)
    return kind(words, hint=hint)


_LOCKED = (Busy, "another process is writing to this vault", None)
_DAMAGED = (Tampered, "the database is damaged, or is not the one of this vault", None)
_FORBIDDEN = (
    ReadOnly,
    "the vault can't be written to",
    "open it for writing; check who owns its folder, and whether the disk is mounted read-only",
)
_OTHERWISE = (StoreError, "the store refused a command", "this is a fault of VitalVault: please report it")
_BY_CODE: dict[int, tuple[type[StoreError | Tampered], str, str | None]] = {
    dbapi2.SQLITE_BUSY: _LOCKED,
    dbapi2.SQLITE_LOCKED: _LOCKED,
    dbapi2.SQLITE_PROTOCOL: _LOCKED,
    dbapi2.SQLITE_NOTADB: _DAMAGED,
    dbapi2.SQLITE_CORRUPT: _DAMAGED,
    dbapi2.SQLITE_READONLY: _FORBIDDEN,
    dbapi2.SQLITE_PERM: _FORBIDDEN,
    dbapi2.SQLITE_CANTOPEN: _FORBIDDEN,
    dbapi2.SQLITE_FULL: (StoreError, "the disk is full", "free some space and try again; nothing was lost"),
    dbapi2.SQLITE_IOERR: (
        StoreError,
        "the disk failed to read or write",
        "check the disk and its free space, then try again",
    ),
    dbapi2.SQLITE_NOMEM: (StoreError, "there is not enough memory", "close other programs and try again"),
    dbapi2.SQLITE_INTERRUPT: (StoreError, "the command was interrupted", "run it again; nothing was lost"),
}


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
    connection.set_key(b"x'" + key.hex().encode("ascii") + b"'")
    for setting in _SETTINGS:
        connection.execute(setting)


def _check_key(connection: Any, *, empty: bool) -> None:
    # The first read fails with a wrong key; but a file of no pages opens with any.
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not empty and not connection.execute("PRAGMA page_count").fetchone()[0]:
        raise Tampered("the database is empty")
