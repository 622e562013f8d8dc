"""One data key in the header, wrapped under the master key.

AES-256-GCM under a key derived from the master key; its associated data are the vault's identity, so that a
data key of another vault does not open. The header's seal guards how many there are, and in which order.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.keys.kdf import KEY_BYTES
from vault.keys.slots import NONCE_BYTES, TAG_BYTES, Document, bound, field

__all__ = ["WrappedKey"]


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A wrapped data key."""

    nonce: bytes
    wrapped: bytes

    @classmethod
    def wrap(cls, data: bytes, wrapping: bytes, identity: Document) -> WrappedKey:
        """Wrap a data key of 32 bytes, bound to the header's ``identity``."""
        nonce = os.urandom(NONCE_BYTES)
        return cls(nonce, AESGCM(wrapping).encrypt(nonce, data, bound(identity)))

    def unwrap(self, wrapping: bytes, identity: Document) -> bytes | None:
        """Return the data key, or None if another master key wrapped it."""
        try:
            return AESGCM(wrapping).decrypt(self.nonce, self.wrapped, bound(identity))
        except InvalidTag:
            return None

    def document(self) -> Document:
        """Return the wrapped key as it stands in the header."""
        return {"nonce": self.nonce.hex(), "wrapped": self.wrapped.hex()}

    @classmethod
    def parse(cls, document: Document) -> WrappedKey:
        """Read a wrapped key of a header; raises KeyError, TypeError or ValueError if it is none."""
        return cls(field(document["nonce"], NONCE_BYTES), field(document["wrapped"], KEY_BYTES + TAG_BYTES))
