"""What ``vault.json`` says: which vault this is, its key slots and its data keys; no health data.

All of it is sealed by a MAC under a key of the vault, so that damage to the recovery slot is found when the
passphrase is used, years before the recovery code is needed. Blanks aside, the file is the canonical
JSON of what it says: there is no second way to write a header.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vault.errors import LockedError, NotAVault, Tampered, UnsupportedVersion, VaultError
from vault.keys.datakey import WrappedKey
from vault.keys.slots import Document, Kind, Slot, bound
from vault.time import SECOND_NS, Clock, format_instant, now_ns

if TYPE_CHECKING:
    from vault.keys.keys import Keys

__all__ = ["RESTORE", "VERSION", "Header"]

FORMAT = "vitalvault"
VERSION = 2
RESTORE = "restore vault.json from a backup"

_SLOTS_VERSION = 1  # of the slots' scheme, the same in both formats: a slot outlives the lift of its header
_MAX_SLOTS = 8  # each may ask for ``CEILING``
_MAX_DATA = 2  # the old and the new one of a rotation


@dataclass(frozen=True, slots=True)
class Header:
    """A vault's id (UUID), date of creation (ISO 8601, UTC), key slots, data keys and seal.

    A header of format 1 has no data keys: there the master key is the data key.
    """

    vault: str
    created: str
    slots: tuple[Slot, ...] = ()
    data: tuple[WrappedKey, ...] = ()
    seal: bytes = b""

    @classmethod
    def new(cls, clock: Clock) -> Header:
        """Return the header of a new vault, without slots yet."""
        return cls(str(uuid.uuid4()), format_instant(now_ns(clock) // SECOND_NS * SECOND_NS))

    @property
    def version(self) -> int:
        """The format: 2 with data keys, 1 without."""
        return VERSION if self.data else 1

    @property
    def identity(self) -> Document:
        """What every slot and data key is bound to."""
        return {"format": FORMAT, "version": _SLOTS_VERSION, "vault": self.vault, "created": self.created}

    def but(self, kind: Kind) -> tuple[Slot, ...]:
        """Return the slots of all other kinds."""
        return tuple(slot for slot in self.slots if slot.kind != kind)

    def sealed(self, keys: Keys, *slots: Slot) -> Header:
        """Return the header with these slots and the data keys of ``keys``, in the newest format."""
        data = tuple(WrappedKey.wrap(one, keys.wrapping, self.identity) for one in keys.data)
        header = replace(self, slots=slots, data=data)
        return replace(header, seal=_mac(header, keys))

    def verify(self, keys: Keys) -> None:
        """Raise Tampered unless ``keys`` are this vault's and nothing changed since it was sealed."""
        if not hmac.compare_digest(self.seal, _mac(self, keys)):
            raise Tampered("the header is not as VitalVault wrote it", hint=RESTORE)

    def unwrapped(self, keys: Keys) -> tuple[bytes, ...]:
        """Return the data keys; none for format 1.

        Raises LockedError if they are wrapped under another master key: that of a header whose keys were
        renewed since ``keys`` were unlocked.
        """
        data = [one.unwrap(keys.wrapping, self.identity) for one in self.data]
        if None in data:
            raise LockedError("the keys of the vault were changed meanwhile", hint="open it again")
        return tuple(filter(None, data))

    def contents(self) -> Document:
        """Return what the seal covers, as JSON document."""
        contents = {**self.identity, "version": self.version, "slots": [one.document() for one in self.slots]}
        return contents | ({"data": [one.document() for one in self.data]} if self.data else {})

    def document(self) -> Document:
        """Return the header as JSON document."""
        return {**self.contents(), "seal": self.seal.hex()}

    @classmethod
    def parse(cls, raw: bytes) -> Header:
        """Read the bytes of a header.

        Raises:
            NotAVault: They are another program's.
            UnsupportedVersion: A newer VitalVault wrote it.
            TooLarge: It asks for more memory or time than ``kdf.CEILING``.
            Tampered: It is damaged, or asks for less than ``kdf.FLOOR``.
        """
        try:
            document = json.loads(raw)
            header = cls._read(document)
            if bound(header.document()) != b"".join(raw.split()):
                raise ValueError("not the canonical form")
        except VaultError:  # of which TooLarge is a ValueError
            raise
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise Tampered("the header is damaged", hint=RESTORE) from error
        return header

    @classmethod
    def _read(cls, document: Document) -> Header:
        version = _version(document)
        return cls(
            vault=_text(document["vault"]),
            created=_text(document["created"]),
            slots=tuple(Slot.parse(slot) for slot in document["slots"][:_MAX_SLOTS]),
            data=tuple(WrappedKey.parse(one) for one in document["data"][:_MAX_DATA]) if version > 1 else (),
            seal=bytes.fromhex(document["seal"]),
        )


def _mac(header: Header, keys: Keys) -> bytes:
    return hmac.digest(keys.header, bound(header.contents()), hashlib.sha256)


def _version(document: Document) -> int:
    if document["format"] != FORMAT:
        raise NotAVault("the vault.json there is another program's")
    version = document["version"]
    if type(version) is not int or version < 1:
        raise ValueError("no version")
    if version > VERSION:
        raise UnsupportedVersion(f"the vault has format {version}, this VitalVault knows {VERSION}")
    return version


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
