"""A recipient's key: made on their own device, handed over as a contact card, checked by reading it aloud.

Keys are age X25519 keys (https://age-encryption.org/v1). The card is public; what opens shares never leaves
the recipient. A card that came by mail could be anybody's until both have compared its fingerprint.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from vault.errors import InputError

__all__ = ["Card", "fingerprint", "is_recipient", "new_secret", "recipient_of"]

SCHEMA = "vitalvault-card-1"

_RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{58}")
_GROUPS, _DIGITS = 8, 5
_MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Card:
    """Who a recipient says they are: name, contact, country (ISO 3166 alpha-2), and their age key."""

    key: str
    name: str = ""
    contact: str = ""
    country: str = ""

    def text(self) -> str:
        """Return the card as a file."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def parse(cls, raw: bytes) -> Card:
        """Read the file of a card; raises InputError for anything else."""
        try:
            if len(raw) > _MOST_BYTES:
                raise ValueError("too long")
            told = json.loads(raw)
            return cls(**_fields(told))
        except (ValueError, TypeError, KeyError, RecursionError):
            raise InputError(
                "the file is no contact card", hint="ask for the .card file that 'share keygen' made"
            ) from None


def _fields(told: Mapping[str, Any]) -> dict[str, str]:
    if told["schema"] != SCHEMA or set(told) - {"schema", "key", "name", "contact", "country"}:
        raise ValueError("another schema")
    fields = {name: value for name, value in told.items() if name != "schema"}
    if not all(isinstance(value, str) for value in fields.values()) or not is_recipient(fields["key"]):
        raise ValueError("another kind of field")
    return fields


def new_secret() -> str:
    """Return a new secret key (``AGE-SECRET-KEY-...``), from the system's random generator."""
    from pyrage import x25519

    return str(x25519.Identity.generate())


def recipient_of(secret: str) -> str:
    """Return the public key (``age1...``) of a secret one; raises InputError if it is none."""
    from pyrage import IdentityError, x25519

    try:
        return str(x25519.Identity.from_str(secret.strip()).to_public())
    except IdentityError:
        raise InputError("not a secret key", hint="name the file that 'share keygen' wrote") from None


def is_recipient(key: str) -> bool:
    """Whether a text is an age X25519 public key, its checksum included."""
    if not _RECIPIENT.fullmatch(key):
        return False
    from pyrage import RecipientError, x25519

    try:
        x25519.Recipient.from_str(key)
    except RecipientError:
        return False
    return True


def fingerprint(key: str) -> str:
    """Return 40 digits in groups of five to read aloud: 133 bits of the key's SHA-256."""
    number = int.from_bytes(hashlib.sha256(b"vitalvault/fingerprint/1\n" + key.encode()).digest(), "big")
    digits = f"{number % 10 ** (_GROUPS * _DIGITS):0{_GROUPS * _DIGITS}d}"
    return " ".join(digits[at : at + _DIGITS] for at in range(0, len(digits), _DIGITS))
