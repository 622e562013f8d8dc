"""The vault as a whole in its owner's hands: taken back, erased, backed up, verified, and its keys.

``Vault`` is this and the readings. Nobody but the owner has it: a grantee's ``View`` has readings only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from vault import keys
from vault.errors import StoreError
from vault.moment import span
from vault.store.connection import check_pages, snapshot
from vault.store.handover import IDENTITY
from vault.store.store import DATABASE, Store

if TYPE_CHECKING:
    from vault.care.backup import BackupReport
    from vault.care.erasure import Certificate
    from vault.readable import Moment
    from vault.store.tombstones import Tombstones
    from vault.store.undo import Undone
    from vault.store.verify import Verified
    from vault.time import Clock

__all__ = ["Custody"]


class Custody:
    """An open folder, its keys and its store; the clock is passed in once, here."""

    def __init__(
        self, folder: Path, opened: keys.Keys, store: Store, *, clock: Clock, recovery_code: str = ""
    ) -> None:
        self.recovery_code = recovery_code
        self.clock = clock
        self._folder = folder
        self._keys = opened
        self._store = store

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store and wipe the keys, as far as Python lets one wipe.

        Every later use raises LockedError; closing twice is harmless.
        """
        try:
            self._store.close()
        finally:
            self._keys.wipe()

    @contextmanager
    def _kept_open(self) -> Iterator[None]:
        """Open the database anew after a failed change of its key, which closes it."""
        try:
            yield
        except StoreError:
            self._store.close()
            self._store = Store.open(self._folder / DATABASE, *self._keys.databases)
            raise

    def undo_import(self, import_id: str) -> Undone:
        """Take an import back: the vault is as if it had never been, also where later imports told the same.

        Raises:
            UnknownRecord: there is no such import, or it was taken back before.
        """
        from vault.store.undo import undo

        return undo(self._store.connection, import_id, home=self._store.home_zone, clock=self.clock)

    def erase(
        self,
        metric: str | None = None,
        source: str | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        import_id: str | None = None,
        everything: bool = False,
    ) -> Certificate:
        """Erase what all of the given words hold of, for good; importing it again does not bring it back.

        The data key is replaced, so that old pages on the disk can't be read. Backups and what was shared
        keep what they have. See ``vault.care.erasure`` for what belongs to a metric.

        Raises:
            InputError: nothing was said, and not ``everything``.
            UnknownMetric, UnknownRecord: nothing in this vault is called so.
        """
        from vault.care import erasure

        with self._kept_open():
            return erasure.erase(
                self._store,
                self._folder,
                self._keys,
                metric=metric,
                source=source,
                period=span(start, end, self._store.home_zone),
                import_id=import_id,
                everything=everything,
                clock=self.clock,
            )

    def forget_tombstones(self) -> int:
        """Let imports bring back what was erased; returns how many tombstones were forgotten."""
        from vault.care.erasure import forget_tombstones

        return forget_tombstones(self._store, self.clock)

    def erased(self) -> Tombstones:
        """Return what was erased here, for a backup that is being restored."""
        from vault.store.tombstones import Tombstones

        with snapshot(self._store.connection) as connection:
            return Tombstones.read(connection, self._keys.identity)

    def backup(self, path: str | Path, *, force: bool = False) -> BackupReport:
        """Write the vault as it is now into one encrypted file, and check it; others may read and write.

        Raises:
            AlreadyExists: there is something at that path, and not ``force``.
            ReadOnly, StoreError: the disk refuses.
        """
        from vault.care.backup import backup

        return backup(self._store, self._folder, self._keys, Path(path), clock=self.clock, force=force)

    def verify(self, counter: int | None = None) -> Verified:
        """Check every page, chunk and record against its seal; raises Tampered for what does not hold.

        ``counter`` is ``Vault.counter`` as you remember it, against a vault that was put back.
        """
        from vault.store.verify import verify

        return verify(self._store.connection, counter=counter)

    @property
    def counter(self) -> int:
        """How often something was changed; it only grows, so remember it against a vault that is put back."""
        return self._store.counter

    def rekey(self, new_passphrase: str, *, data: bool = False) -> str | None:
        """Change the passphrase; with ``data`` all keys and the recovery code, which is returned.

        Without ``data`` who has an old ``vault.json`` and the old passphrase can still open the vault. With
        it, too, as long as another process keeps the database from getting its new key: the next opening for
        writing goes on with that, and ``vitalvault doctor`` says so.
        """
        if not data:
            keys.rewrap(self._folder, self._keys, new_passphrase)
            return None
        from vault.care import rotation

        check_pages(self._store.connection)
        code = keys.renew(self._folder, self._keys, new_passphrase)
        with suppress(StoreError), self._kept_open():  # the code is in the header already: it must be told
            rotation.rotate(self._store, self._folder, self._keys)
        return code

    def new_recovery_code(self) -> str:
        """Return a new recovery code, shown this once; the old one no longer opens the vault."""
        return keys.new_recovery_code(self._folder, self._keys)

    def keep_in_keyring(self) -> None:
        """Let the system's keyring unlock the vault, for ``open(..., keyring=True)``."""
        keys.keep_in_keyring(self._folder, self._keys)

    def forget_keyring(self) -> None:
        """Take the vault's key out of the system's keyring."""
        keys.forget_keyring(self._folder, self._keys)

    def signing_seed(self) -> bytes:
        """Return the 32-byte Ed25519 seed with which receipts, certificates and bundles are signed."""
        return self._keys.signing_seed

    @property
    def identity_key(self) -> bytes:
        """The 32-byte key of record identities, so that two vaults can't be joined.

        Of a vault that took in a bundle when it was empty, that of the one which wrote it: names stay.
        """
        adopted = self._store.setting(IDENTITY)
        return self._keys.identity if adopted is None else bytes.fromhex(adopted)

    @property
    def tombstone_key(self) -> bytes:
        """The 32-byte key by which what was erased here is known; always this vault's own."""
        return self._keys.identity
