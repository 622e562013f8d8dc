"""A new data key for what is stored, and the end of what a crash left half done.

An erasure is over once the backup of an older format is deleted, its pages are compacted away and what is
left is under a new key; a setting says until then which one is not. Whoever opens the vault for writing
finishes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vault import keys as slots
from vault.care.disk import mapped_disk, sync_folder
from vault.keys.file import changing
from vault.store import connection as database
from vault.store.events import ERASING

if TYPE_CHECKING:
    from vault.keys import Keys
    from vault.store.store import Store

__all__ = ["finish", "rotate"]


def rotate(store: Store, folder: Path, keys: Keys) -> None:
    """Give the database a new data key; every page is written anew, and ``keys`` hold the new key after.

    Damage is found before anything is changed; what is pending already is gone on with. The old key is
    forgotten last, so that at any moment one of those in the header opens the database.

    Raises as ``check_pages`` and ``rekey`` of ``vault.store.connection``.
    """
    if not slots.is_pending(keys):
        database.check_pages(store.connection)
    slots.begin_rotation(folder, keys)
    _go_on(store, folder, keys)


def finish(store: Store, folder: Path, keys: Keys) -> bool:
    """Finish an erasure or a rotation that was begun; returns whether there was one.

    Raises as ``rotate``; ReadOnly or StoreError if the disk keeps a backup of an older format from going.
    """
    erasing, pending = store.setting(ERASING) is not None, slots.is_pending(keys)
    if erasing:
        _delete_older_format(folder)
        database.compact(store.connection)
    if pending:
        with changing(folder, keys):
            pass  # another process may have ended it: to begin one would be another rotation
        if slots.is_pending(keys):
            _go_on(store, folder, keys)
    elif erasing:
        rotate(store, folder, keys)
    if erasing:
        with database.transaction(store.connection) as connection:
            connection.execute("DELETE FROM setting WHERE name = ?", (ERASING,))
    return erasing or pending


def _go_on(store: Store, folder: Path, keys: Keys) -> None:
    database.rekey(store.connection, keys.database)
    slots.end_rotation(folder, keys, keys.database)


def _delete_older_format(folder: Path) -> None:
    """Delete what migrations kept: it has what was erased still."""
    with mapped_disk():
        for kept in folder.glob("before-format-*.backup"):
            kept.unlink(missing_ok=True)
        sync_folder(folder)
