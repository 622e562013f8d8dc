"""The keys of an unlocked vault: a few random secrets, and what is derived from them.

The master key wraps the data keys, the data key guards what is stored and can be rotated, and the lasting key
names and signs (identities of records, tombstones, receipts) for the vault's whole life. Nobody uses any
of them as it is: each purpose has a key of its own, by HKDF-SHA256 with the purpose as label.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from vault.errors import LockedError
from vault.keys.kdf import KEY_BYTES, hkdf

__all__ = ["SECRET_BYTES", "Keys"]

SECRET_BYTES = 2 * KEY_BYTES
"""What a key slot wraps: the master key, then the lasting key."""


class Keys:
    """The secrets of one vault, in a bytearray that ``wipe`` overwrites.

    What the properties return are copies Python does not let anyone overwrite; see
    docs/limitations.md.
    """

    __slots__ = ("_secrets",)

    def __init__(self, secret: bytes, data: Sequence[bytes] = ()) -> None:
        """Take over what a slot wraps (64 bytes), and the data keys of 32 bytes, the newest last.

        Without any, as in a header of format 1, the master key is the data key.
        """
        data = data or (secret[:KEY_BYTES],)
        if len(secret) != SECRET_BYTES or any(len(one) != KEY_BYTES for one in data):
            raise ValueError(f"a vault has {SECRET_BYTES} bytes of secrets, and {KEY_BYTES} a data key")
        self._secrets = bytearray(secret + b"".join(data))

    @classmethod
    def generate(cls) -> Keys:
        """Return the keys of a new vault, from the system's random generator."""
        return cls(os.urandom(SECRET_BYTES), [os.urandom(KEY_BYTES)])

    @property
    def secret(self) -> bytes:
        """The 64 bytes a key slot wraps; raises LockedError after ``wipe``."""
        return self._opened()[:SECRET_BYTES]

    @property
    def data(self) -> tuple[bytes, ...]:
        """The data keys: one, or during a rotation the old and the new."""
        secrets = self._opened()
        return tuple(secrets[at : at + KEY_BYTES] for at in range(SECRET_BYTES, len(secrets), KEY_BYTES))

    @property
    def databases(self) -> tuple[bytes, ...]:
        """The raw keys the SQLCipher database may have: one, or during a rotation the old and the new."""
        return tuple(hkdf(data, b"vitalvault/1 database") for data in self.data)

    @property
    def database(self) -> bytes:
        """The raw key of the SQLCipher database (32 bytes); during a rotation the one it is to have."""
        return self.databases[-1]

    @property
    def wrapping(self) -> bytes:
        """The key that wraps the data keys in the header (32 bytes); changes with the master key."""
        return hkdf(self.secret[:KEY_BYTES], b"vitalvault/2 data")

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

    @property
    def backup(self) -> bytes:
        """The MAC key of a backup's trailer (32 bytes); the same for the vault's life."""
        return hkdf(self._lasting, b"vitalvault/2 backup")

    def become(self, other: Keys) -> None:
        """Hold what ``other`` holds from now on; for who was handed these keys before they changed."""
        secrets = bytearray(other._opened())
        self.wipe()
        self._secrets = secrets

    def wipe(self) -> None:
        """Overwrite the secrets; every later use raises LockedError."""
        self._secrets[:] = bytes(len(self._secrets))
        self._secrets.clear()

    def __repr__(self) -> str:
        return "Keys(...)"

    @property
    def _lasting(self) -> bytes:
        return self.secret[KEY_BYTES:]

    def _opened(self) -> bytes:
        if not self._secrets:
            raise LockedError("the vault is closed", hint="open it again")
        return bytes(self._secrets)
