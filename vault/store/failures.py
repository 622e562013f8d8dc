"""The errors of sqlcipher3, each as the one of ours that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlcipher3 import dbapi2

from vault.errors import Busy, LockedError, ReadOnly, StoreError, Tampered, VaultError

__all__ = ["DAMAGED", "mapped"]

DAMAGED = "the database is damaged, or is not the one of this vault"


@contextmanager
def mapped() -> Iterator[None]:
    """Turn every error of sqlcipher3 into Busy, ReadOnly, Tampered, LockedError or StoreError.

    LockedError: the key that opened the database no longer does, because another process changed it.
    """
    try:
        yield
    except (dbapi2.Error, dbapi2.Warning) as error:
        raise _ours(error) from error


def _ours(error: Exception) -> VaultError:
    extended = getattr(error, "sqlite_errorcode", None) or _UNCODED.get(str(error), 0)
    kind, words, hint = _BY_CODE.get(extended & 0xFF, _OTHERWISE)
    return kind(words, hint=hint)


_LOCKED = (Busy, "another process is writing to this vault", None)
_REKEYED = (LockedError, "the key of the data was changed by another process", "open the vault again")
_FORBIDDEN = (
    ReadOnly,
    "the vault can't be written to",
    "open it for writing; check who owns its folder, and whether the disk is mounted read-only",
)
_OTHERWISE = (StoreError, "the store refused a command", "this is a fault of VitalVault: please report it")
_BY_CODE: dict[int, tuple[type[VaultError], str, str | None]] = {
    dbapi2.SQLITE_BUSY: _LOCKED,
    dbapi2.SQLITE_LOCKED: _LOCKED,
    dbapi2.SQLITE_PROTOCOL: _LOCKED,
    dbapi2.SQLITE_NOTADB: _REKEYED,  # this is the error of the first page; other pages are CORRUPT
    dbapi2.SQLITE_CORRUPT: (Tampered, DAMAGED, None),
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
_UNCODED = {  # reset_key gives the words of an error without its code
    "database is locked": dbapi2.SQLITE_BUSY,
    "database or disk is full": dbapi2.SQLITE_FULL,
    "disk I/O error": dbapi2.SQLITE_IOERR,
}
