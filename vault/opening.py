"""Creating, opening and restoring a vault: from a folder and a secret to a ``Vault``.

An older format is migrated, and what a crash left half done in an erasure or a rotation of keys is finished,
before anybody reads; a vault opened for reading only is left as it is.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vault import keys
from vault.errors import Busy, InputError, LockedError, NotAVault, StoreError, Tampered, UnsupportedVersion
from vault.store import schema
from vault.store.events import ERASING
from vault.store.store import DATABASE, Store
from vault.time import Clock, utc_now, zone
from vault.vault import Vault

if TYPE_CHECKING:
    from vault.keys import Keys

__all__ = ["create", "open", "restore"]


def create(path: str | Path, passphrase: str, *, home_zone: str = "UTC", clock: Clock = utc_now) -> Vault:
    """Create a vault folder; ``recovery_code`` of the result is shown this once.

    Raises:
        AlreadyExists: there is something at that path.
        InputError: the passphrase is too short, or the zone unknown.
    """
    zone(home_zone)
    folder = Path(path)
    made, code = keys.create(folder, passphrase, clock=clock)
    try:
        store = Store.create(folder / DATABASE, made.database, clock=clock, home_zone=home_zone)
    except BaseException:
        made.wipe()
        (folder / keys.HEADER_NAME).unlink()  # half a vault would stand in the way of the next try
        raise
    return Vault(folder, made, store, clock=clock, recovery_code=code)


def open(  # noqa: A001
    path: str | Path,
    passphrase: str | None = None,
    *,
    recovery_code: str | None = None,
    keyring: bool = False,
    read_only: bool = False,
    counter: int | None = None,
    clock: Clock = utc_now,
) -> Vault:
    """Open a vault with its passphrase, its recovery code, or the key in the system's keyring.

    Args:
        path: The vault's folder.
        passphrase: One of the three.
        recovery_code: One of the three.
        keyring: One of the three.
        read_only: Write nothing, also no migration.
        counter: ``Vault.counter`` as you remember it; a vault that was put back to before it is refused.
        clock: Gives the time of whatever is written.

    Raises:
        NotAVault: there is none at that path.
        KeyMissing: no key was given.
        WrongPassphrase: the key does not open it.
        Tampered: the database is damaged, another vault's, or older than ``counter``.
        UnsupportedVersion: a newer VitalVault wrote it, or an older one and it may only be read.
    """
    folder = Path(path)
    secret = {"passphrase": passphrase, "recovery_code": recovery_code, "keyring": keyring}
    before = _header(folder)
    try:
        vault = _opened(folder, before, secret, read_only=read_only, clock=clock)
    except (Tampered, LockedError):
        now = keys.header_bytes(folder)
        if now == before:
            raise
        # Another process gave the database a new key between our looks at header and database, or since.
        vault = _opened(folder, now, secret, read_only=read_only, clock=clock)
    try:
        _check_counter(vault, counter)
    except BaseException:
        vault.close()
        raise
    return vault


def _header(folder: Path) -> bytes:
    try:
        return keys.header_bytes(folder)
    except NotAVault:
        if (folder / DATABASE).exists():
            raise Tampered(
                "the vault's header is missing, and no key opens it without", hint=_RESTORE
            ) from None
        raise


_RESTORE = "put a copy of it back, or restore a backup: vitalvault restore BACKUP --to NEW-FOLDER"


def _opened(folder: Path, header: bytes, secret: dict[str, Any], *, read_only: bool, clock: Clock) -> Vault:
    unlocked = keys.unlock_bytes(header, **secret)
    try:
        return Vault(
            folder, unlocked, _store(folder, unlocked, read_only=read_only, clock=clock), clock=clock
        )
    except BaseException:
        unlocked.wipe()
        raise


def restore(
    path: str | Path,
    to: str | Path,
    passphrase: str | None = None,
    *,
    recovery_code: str | None = None,
    current: Vault | None = None,
    clock: Clock = utc_now,
) -> Vault:
    """Restore a backup into a new folder and open it; checked whole before anything is written.

    Args:
        path: The backup file.
        to: The folder to make.
        passphrase: Of the time of the backup.
        recovery_code: Of that time, instead.
        current: The vault as it is now: what was erased there since is erased in the restored one, too.
        clock: Gives the time of whatever is written.

    Raises:
        Tampered: the backup is damaged.
        AlreadyExists: there is something at ``to``.
        WrongPassphrase, KeyMissing: as ``open``.
        InputError: ``current`` is another vault.
    """
    from vault.care import restore as backups

    ready = None if current is None else partial(_bury, current, clock)
    backups.restore(Path(path), Path(to), passphrase, recovery_code=recovery_code, ready=ready)
    return open(to, passphrase, recovery_code=recovery_code, clock=clock)


def _bury(current: Vault, clock: Clock, folder: Path, opened: Keys) -> None:
    """Erase in a backup that is being restored what was erased in the current vault."""
    from vault.care.restore import bury

    if opened.identity != current.tombstone_key:
        raise InputError("the backup is another vault's", hint="restore it without a current vault")
    bury(folder, opened, current.erased(), clock=clock)


def _store(folder: Path, opened: Keys, *, read_only: bool, clock: Clock) -> Store:
    """Open the database with the key that fits, in the format of today, with nothing left half done."""
    try:
        store = Store.open(folder / DATABASE, *opened.databases, read_only=read_only)
    except NotAVault:
        raise Tampered("the vault's database is missing", hint=_RESTORE) from None
    try:
        if store.format < schema.VERSION:
            _migrate(store, folder, opened, read_only=read_only, clock=clock)
        if not read_only and not keys.is_lifted(folder):
            keys.lift(folder, opened)
        if not read_only and (keys.is_pending(opened) or store.setting(ERASING) is not None):
            from vault.care import rotation

            try:
                rotation.finish(store, folder, opened)
            except Busy:  # somebody reads: a later opening finishes it
                store.close()
                store = Store.open(folder / DATABASE, *opened.databases)
        if not read_only:
            with suppress(StoreError):  # somebody imports, or the disk is full: a later opening does it
                store.remerge()
    except BaseException:
        store.close()
        raise
    return store


def _migrate(store: Store, folder: Path, opened: Keys, *, read_only: bool, clock: Clock) -> None:
    from vault.care.backup import save
    from vault.store.migrate import migrate

    if read_only:
        raise UnsupportedVersion(
            f"the vault has format {store.format}, older than this VitalVault's",
            hint="open it for writing once: it is backed up and brought to today's format",
        )
    kept = folder / f"before-format-{schema.VERSION}.backup"
    try:
        migrate(store.connection, clock, lambda: save(folder, opened, kept, clock=clock, force=True))
    except Busy:  # at the end of it, while the file is made smaller, that does not matter
        if store.format < schema.VERSION:
            raise


def _check_counter(vault: Vault, remembered: int | None) -> None:
    if vault.counter < (remembered or 0):
        raise Tampered(
            "the vault is in an earlier state than the one you remember",
            hint="somebody may have put back an older copy; compare with your last backup",
        )
