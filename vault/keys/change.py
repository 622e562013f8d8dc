"""Changing who gets in: new passphrase, new recovery code, the system's keyring, or all keys anew.

The secrets of a vault are wrapped once a slot, so a new way in is a new slot: the data stay as they are. Who
kept a copy of the old header and knows the old passphrase still has the keys, until ``renew`` and the
rotation that it prepares.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from vault.errors import StoreError, VaultError
from vault.keys import kdf, keyring, recovery
from vault.keys.file import changing, write
from vault.keys.kdf import KEY_BYTES, Cost
from vault.keys.keys import Keys
from vault.keys.slots import Slot

__all__ = ["forget_keyring", "keep_in_keyring", "new_recovery_code", "renew", "rewrap"]


def rewrap(folder: Path, keys: Keys, new_passphrase: str, *, params: Cost | None = None) -> None:
    """Change the passphrase, or with the same one the cost of a guess; the data are not touched.

    Raises what ``create`` and ``changing`` raise.
    """
    chosen = kdf.new_passphrase_bytes(new_passphrase)
    cost = kdf.checked(params)
    with changing(folder, keys) as header:
        slot = Slot.wrap("passphrase", chosen, keys.secret, header.identity, cost)
        write(folder, header.sealed(keys, slot, *header.but("passphrase")))


def new_recovery_code(folder: Path, keys: Keys) -> str:
    """Put a new recovery code in the place of the old one and return it; raises as ``rewrap``."""
    code = recovery.generate()
    with changing(folder, keys) as header:
        slot = Slot.wrap("recovery", recovery.parse(code), keys.secret, header.identity)
        write(folder, header.sealed(keys, *header.but("recovery"), slot))
    return code


def keep_in_keyring(folder: Path, keys: Keys) -> None:
    """Let the system's keyring open the vault from now on; raises as ``rewrap``, and StoreError."""
    with changing(folder, keys) as header:
        slot = Slot.wrap("keyring", keyring.keep(header.vault), keys.secret, header.identity)
        write(folder, header.sealed(keys, *header.but("keyring"), slot))


def forget_keyring(folder: Path, keys: Keys) -> None:
    """Let the system's keyring open the vault no more; raises as ``rewrap``, and StoreError."""
    with changing(folder, keys) as header:
        write(folder, header.sealed(keys, *header.but("keyring")))
    keyring.forget(header.vault)


def renew(folder: Path, keys: Keys, new_passphrase: str, *, params: Cost | None = None) -> str:
    """Make all keys anew but the lasting one, and return the new recovery code.

    For when somebody may have a copy of the header and its passphrase. No earlier passphrase, code or
    keyring opens the new header. A second data key is pending: once the database has it and
    ``end_rotation`` was called, no earlier header opens the database either.

    Raises:
        StoreError: A rotation is pending already; its data key stands in the header that was copied.
        Others: As ``rewrap``.
    """
    chosen = kdf.new_passphrase_bytes(new_passphrase)
    cost, code = kdf.checked(params), recovery.generate()
    with changing(folder, keys) as header:
        if len(keys.data) > 1:
            raise StoreError("a rotation of the data key is not finished", hint="open the vault to finish it")
        new = Keys(os.urandom(KEY_BYTES) + keys.secret[KEY_BYTES:], [*keys.data, os.urandom(KEY_BYTES)])
        slots = (
            Slot.wrap("passphrase", chosen, new.secret, header.identity, cost),
            Slot.wrap("recovery", recovery.parse(code), new.secret, header.identity),
        )
        write(folder, header.sealed(new, *slots))
        keys.become(new)
    if any(slot.kind == "keyring" for slot in header.slots):
        with suppress(VaultError):  # its entry opens nothing any more, and the code is yet to be shown
            keyring.forget(header.vault)
    return code
