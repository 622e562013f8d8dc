"""One key slot: the secrets of a vault, wrapped under one way to unlock it.

AES-256-GCM under a key from the passphrase (Argon2id), or from the recovery code or what the system's keyring
keeps (HKDF). Its associated data are all that is said about the slot and the vault, so that a slot with a
lowered cost or from another vault does not open.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Literal, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.canonical import canonical
from vault.errors import Tampered, TooLarge, UnsupportedVersion
from vault.keys.kdf import Cost, argon2id, hkdf
from vault.keys.keys import SECRET_BYTES

__all__ = ["NONCE_BYTES", "TAG_BYTES", "Document", "Kind", "Slot", "bound", "field"]

Kind = Literal["passphrase", "recovery", "keyring"]
Document = dict[str, Any]

_KDF_OF = {"passphrase": "argon2id", "recovery": "hkdf-sha256", "keyring": "hkdf-sha256"}
_SALT_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class Slot:
    """A wrapped copy of the vault's secrets; ``cost`` is None where no Argon2id is needed."""

    kind: Kind
    cost: Cost | None
    salt: bytes
    nonce: bytes
    wrapped: bytes

    @classmethod
    def wrap(
        cls, kind: Kind, unlocking: bytes, secret: bytes, identity: Document, cost: Cost | None = None
    ) -> Slot:
        """Wrap the vault's ``secret`` under ``unlocking``, bound to the header's ``identity``."""
        salt, nonce = os.urandom(_SALT_BYTES), os.urandom(NONCE_BYTES)
        blank = cls(kind, cost, salt, nonce, b"")
        wrapped = AESGCM(blank._key(unlocking)).encrypt(nonce, secret, blank._bound_to(identity))
        return cls(kind, cost, salt, nonce, wrapped)

    def unwrap(self, unlocking: bytes, identity: Document) -> bytes | None:
        """Return the vault's secret, or None if ``unlocking`` or anything in the slot is wrong."""
        try:
            return AESGCM(self._key(unlocking)).decrypt(self.nonce, self.wrapped, self._bound_to(identity))
        except InvalidTag:
            return None

    def document(self) -> Document:
        """Return the slot as it stands in the header."""
        return {**self._terms(), "nonce": self.nonce.hex(), "wrapped": self.wrapped.hex()}

    @classmethod
    def parse(cls, document: Document) -> Slot:
        """Read a slot of a header.

        Raises:
            UnsupportedVersion: A kind of slot that is not known here.
            TooLarge: It asks for more than ``CEILING``.
            Tampered: It asks for less than ``FLOOR``.
            KeyError, TypeError, ValueError: It is no slot.
        """
        kind = document["kind"]
        if kind not in _KDF_OF:
            raise UnsupportedVersion("a key slot of a kind that is not known here")
        return cls(
            kind=cast("Kind", kind),
            cost=_cost(document["kdf"]) if _KDF_OF[kind] == "argon2id" else None,
            salt=field(document["salt"], _SALT_BYTES),
            nonce=field(document["nonce"], NONCE_BYTES),
            wrapped=field(document["wrapped"], SECRET_BYTES + TAG_BYTES),
        )

    def _terms(self) -> Document:
        kdf: Document = {"name": _KDF_OF[self.kind]}
        if self.cost is not None:
            kdf |= {
                "memory_kib": self.cost.memory_kib,
                "passes": self.cost.passes,
                "lanes": self.cost.lanes,
            }
        return {"kind": self.kind, "kdf": kdf, "salt": self.salt.hex()}

    def _bound_to(self, identity: Document) -> bytes:
        return bound({**identity, "slot": self._terms()})

    def _key(self, unlocking: bytes) -> bytes:
        if self.cost is not None:
            return argon2id(unlocking, self.salt, self.cost)
        return hkdf(unlocking, b"vitalvault/1 " + self.kind.encode("ascii"), self.salt)


def _cost(document: Document) -> Cost:
    numbers = [document["memory_kib"], document["passes"], document["lanes"]]
    if not all(type(number) is int for number in numbers):
        raise TypeError("a cost is three whole numbers")
    cost = Cost(*numbers)
    if cost.is_excessive:
        raise TooLarge(
            "the header asks for more memory or time than any VitalVault writes",
            hint="restore vault.json from a backup",
        )
    if cost.is_weak:
        raise Tampered(
            "the header asks for a weaker key derivation than any VitalVault writes",
            hint="restore vault.json from a backup",
        )
    return cost


def bound(document: Document) -> bytes:
    """Return a document as associated data."""
    return canonical(document).encode("ascii")


def field(text: str, size: int) -> bytes:
    """Return the bytes of a field; raises ValueError if it has another size."""
    value = bytes.fromhex(text)
    if len(value) != size:
        raise ValueError("a field of another size")
    return value
