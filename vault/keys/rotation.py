"""Rotating the data key: the header holds the old and the new one until the database has the new one.

The order is what makes it safe at any point: both keys on disk, then the database rekeyed, then the new
one alone. After a crash the database opens with one of the two, and the rotation goes on from there.
"""

from __future__ import annotations

import os
from pathlib import Path

from vault.errors import StoreError
from vault.keys.file import changing, header_bytes, write
from vault.keys.header import Header
from vault.keys.kdf import KEY_BYTES
from vault.keys.keys import Keys

__all__ = ["begin_rotation", "end_rotation", "is_lifted", "is_pending", "lift"]


def is_pending(keys: Keys) -> bool:
    """Return whether a rotation was begun and not ended, as the header said when last read."""
    return len(keys.data) > 1


def begin_rotation(folder: Path, keys: Keys) -> None:
    """Add a new data key to the header and to ``keys``; one that is pending already stays.

    Raises as ``changing`` and ``write``.
    """
    with changing(folder, keys) as header:
        if not is_pending(keys):
            both = Keys(keys.secret, [*keys.data, os.urandom(KEY_BYTES)])
            write(folder, header.sealed(both, *header.slots))
            keys.become(both)


def end_rotation(folder: Path, keys: Keys, database: bytes) -> None:
    """Keep the data key whose database key is ``database``, and forget the other for good.

    Call it when the database has that key and an empty write-ahead log. Ending twice is harmless.
    A rotation only goes forward: another process may be about to give the database the new key.

    Raises:
        StoreError: ``database`` is the old key or none of this vault; nothing is forgotten.
        Others: As ``changing`` and ``write``.
    """
    known = dict(zip(keys.databases, keys.data, strict=True))  # if a sync service put an older header back
    with changing(folder, keys) as header:
        known |= zip(keys.databases, keys.data, strict=True)
        if database not in known or (is_pending(keys) and database != keys.database):
            raise StoreError("the database has not got its new key", hint="open the vault to finish it")
        one = Keys(keys.secret, [known[database]])
        if one.data != keys.data:
            write(folder, header.sealed(one, *header.slots))
            keys.become(one)


def is_lifted(folder: Path) -> bool:
    """Return whether the header has the format of today; raises as ``header.read``."""
    return bool(Header.parse(header_bytes(folder)).data)


def lift(folder: Path, keys: Keys) -> None:
    """Write a header of format 1 in format 2; its slots, and the key of the database, stay the same."""
    with changing(folder, keys) as header:
        if not header.data:
            write(folder, header.sealed(keys, *header.slots))
