"""The keys of an unlocked vault: two random secrets, and what is derived from them.

The data key guards what is stored and can be rotated; the lasting key names and signs (identities of
records, tombstones, receipts), and so outlives a rotation. Nobody uses either as it is: each purpose has a
key of its own, by HKDF-SHA256 with the purpose as label.
"""

from __future__ import annotations

import os

from vault.errors import LockedError
from vault.keys.kdf import KEY_BYTES, hkdf

__all__ = ["SECRET_BYTES", "Keys"]

SECRET_BYTES = 2 * KEY_BYTES
"""What a key slot wraps: the data key, then the lasting key."""


class Keys:
    """The secrets of one vault, in a bytearray that ``wipe`` overwrites.

    What the properties return are copies Python does not let anyone overwrite; see
    docs/limitations.md.
    """

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes | bytearray) -> None:
        """Take over data key and lasting key, one after the other (64 bytes)."""
        if len(secret) != SECRET_BYTES:
            raise ValueError(f"a vault has {SECRET_BYTES} bytes of secrets")
        self._secret = bytearray(secret)

    @classmethod
    def generate(cls) -> Keys:
        """Return the keys of a new vault, from the system's random generator."""
        return cls(os.urandom(SECRET_BYTES))

    @property
    def secret(self) -> bytes:
        """The 64 bytes a key slot wraps; raises LockedError after ``wipe``."""
        if not self._secret:
            raise LockedError("the vault is closed", hint="open it again")
        return bytes(self._secret)

    @property
    def database(self) -> bytes:
        """The raw key of the SQLCipher database (32 bytes); changes when the data key is rotated."""
        return hkdf(self._data, b"vitalvault/1 database")

    @property
    def manifest(self) -> bytes:
        """The MAC key of the store's manifest (32 bytes); changes when the data key is rotated."""
        return hkdf(self._data, b"vitalvault/1 manifest")

    @property
    def identity(self) -> bytes:
        """The HMAC key of record identities and tombstones (32 bytes); the same for the vault's life."""
        return hkdf(self._lasting, b"vitalvault/1 identity")

    @property
    def signing_seed(self) -> bytes:
        """The Ed25519 seed of receipts and the audit log (32 bytes); the same for the vault's life."""
        return hkdf(self._lasting, b"vitalvault/1 signing")

    @property
    def header(self) -> bytes:
        """The MAC key of the header's seal (32 bytes); the same for the vault's life."""
        return hkdf(self._lasting, b"vitalvault/1 header")

    def wipe(self) -> None:
        """Overwrite the secrets; every later use raises LockedError."""
        self._secret[:] = bytes(len(self._secret))
        self._secret.clear()

    def __repr__(self) -> str:
        return "Keys(...)"

    @property
    def _data(self) -> bytes:
        return self.secret[:KEY_BYTES]

    @property
    def _lasting(self) -> bytes:
        return self.secret[KEY_BYTES:]
