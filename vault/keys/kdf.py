"""Key derivation: Argon2id for what people remember, HKDF-SHA256 for what is random already.

What one guess costs is written in the header, so that it can grow over the decades. A header may ask for no
less than ``FLOOR``, which would help a guesser, and no more than ``CEILING``, which would stall who opens it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vault.errors import InputError, StoreError, TooLarge

__all__ = [
    "CEILING",
    "DEFAULT",
    "FLOOR",
    "KEY_BYTES",
    "MIN_PASSPHRASE",
    "Cost",
    "argon2id",
    "checked",
    "hkdf",
    "new_passphrase_bytes",
    "passphrase_bytes",
]

KEY_BYTES = 32
MIN_PASSPHRASE = 8
"""Characters a new passphrase has at least: a bar against accidents, no measure of strength."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one guess: memory in KiB, passes over it, lanes that may run side by side."""

    memory_kib: int
    passes: int
    lanes: int

    @property
    def is_weak(self) -> bool:
        """Whether it is less than ``FLOOR``, or nothing Argon2 can do (RFC 9106 section 3.1)."""
        return (
            self.memory_kib < max(FLOOR.memory_kib, 8 * self.lanes)
            or self.passes < FLOOR.passes
            or self.lanes < FLOOR.lanes
        )

    @property
    def is_excessive(self) -> bool:
        """Whether it is more than ``CEILING``."""
        return (
            self.memory_kib > CEILING.memory_kib or self.passes > CEILING.passes or self.lanes > CEILING.lanes
        )


# Looked up at each use, so that a test can lower them within its own process; nothing else can.
DEFAULT = Cost(memory_kib=256 * 1024, passes=3, lanes=4)
FLOOR = Cost(memory_kib=64 * 1024, passes=3, lanes=1)
CEILING = Cost(memory_kib=2 * 1024 * 1024, passes=10, lanes=16)


def checked(cost: Cost | None) -> Cost:
    """Return a cost that may be written, ``DEFAULT`` if None; raises InputError if out of bounds."""
    chosen = cost or DEFAULT
    if chosen.is_weak or chosen.is_excessive:
        raise InputError(
            "a key derivation that is too cheap to be safe, or too dear to be opened",
            hint="leave it to VitalVault, or see the bounds in docs/format.md",
        )
    return chosen


def passphrase_bytes(passphrase: str) -> bytes:
    """Return a passphrase as NFKC in UTF-8, so that every keyboard types the same bytes."""
    try:
        return unicodedata.normalize("NFKC", passphrase).encode("utf-8")
    except UnicodeEncodeError:
        # The lower error quotes the passphrase.
        raise InputError(
            "a passphrase that is not Unicode text", hint="set the terminal to UTF-8, or use other characters"
        ) from None


def new_passphrase_bytes(passphrase: str) -> bytes:
    """Return the bytes of a passphrase somebody chose; raises InputError if it is too short."""
    encoded = passphrase_bytes(passphrase)
    if len(encoded.decode("utf-8")) < MIN_PASSPHRASE:
        raise InputError(
            f"a passphrase of fewer than {MIN_PASSPHRASE} characters",
            hint="choose five or more words by chance, or let a password store make one",
        )
    return encoded


def argon2id(passphrase: bytes, salt: bytes, cost: Cost) -> bytes:
    """Return a 32-byte key; raises TooLarge if the machine has not the memory for it."""
    try:
        derivation = Argon2id(
            salt=salt,
            length=KEY_BYTES,
            iterations=cost.passes,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        )
        return derivation.derive(passphrase)
    except MemoryError as error:
        raise TooLarge(
            f"deriving the key takes {cost.memory_kib // 1024} MiB of memory, which are not free",
            hint="close other programs and try again",
        ) from error
    except UnsupportedAlgorithm as error:
        raise StoreError(
            "the installed 'cryptography' has no Argon2id", hint="install its wheel from the package index"
        ) from error


def hkdf(secret: bytes, label: bytes, salt: bytes | None = None) -> bytes:
    """Return a 32-byte key for the purpose ``label`` (RFC 5869, SHA-256)."""
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=salt, info=label).derive(secret)
