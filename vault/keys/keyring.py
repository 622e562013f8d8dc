"""The system's keyring as one more way to unlock: it keeps 32 random bytes for one vault.

macOS, Windows and Linux desktops have one each, reached through the optional package ``keyring``. Only one
that encrypts what it keeps is accepted, and only once it has given back what it was handed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from vault.errors import KeyMissing, StoreError, VaultError
from vault.keys.kdf import KEY_BYTES

__all__ = ["forget", "keep", "recall"]

SERVICE = "vitalvault"

_RECOMMENDED = 1  # priority of a backend that encrypts; plain text files have less, as no keyring has


def keep(vault: str) -> bytes:
    """Have the keyring keep a new secret for the vault of that id, and return it.

    Raises StoreError if there is no keyring, or none that keeps it safely.
    """
    secret = os.urandom(KEY_BYTES)
    with _keyring(StoreError) as library:
        if library.get_keyring().priority < _RECOMMENDED:
            raise StoreError("this system has no keyring that encrypts what it keeps", hint=_INSTEAD)
        library.set_password(SERVICE, vault, secret.hex())
        if library.get_password(SERVICE, vault) != secret.hex():
            raise StoreError("the system's keyring does not keep what it is given", hint=_INSTEAD)
    return secret


def recall(vault: str) -> bytes:
    """Return the secret that is kept for the vault of that id; raises KeyMissing if there is none."""
    with _keyring(KeyMissing) as library:
        kept = library.get_password(SERVICE, vault)
    try:
        secret = bytes.fromhex(kept or "")
    except ValueError:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise KeyMissing("the system's keyring has no key for this vault", hint=_INSTEAD)
    return secret


def forget(vault: str) -> None:
    """Have the keyring forget the vault's secret, if it has one; raises StoreError if it refuses."""
    with _keyring(StoreError) as library:
        if library.get_password(SERVICE, vault) is not None:
            library.delete_password(SERVICE, vault)


_INSTEAD = "use the passphrase"


@contextmanager
def _keyring(failure: type[VaultError]) -> Iterator[ModuleType]:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise failure(
            "the system's keyring is reached through the package 'keyring', which is not installed",
            hint="install 'vitalvault[keyring]', or use the passphrase",
        ) from None
    try:
        yield keyring
    except (KeyringError, OSError):  # whose own words may hold what was asked for
        raise failure("the system's keyring refuses", hint=f"unlock it, or {_INSTEAD}") from None
