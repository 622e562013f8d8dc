"""``vault.json``: which vault this is, and its key slots; no health data.

The slots are sealed as a whole by a MAC under a key of the vault, so that damage to the recovery slot
is found when the passphrase is used, years before the recovery code is needed. Blanks aside, the file is the
canonical JSON of what it says: there is no second way to write a header.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import tempfile
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vault.canonical import canonical
from vault.errors import (
    AlreadyExists,
    NotAVault,
    ReadOnly,
    StoreError,
    Tampered,
    UnsupportedVersion,
    VaultError,
)
from vault.keys.slots import Document, Slot
from vault.time import SECOND_NS, Clock, format_instant, now_ns

if TYPE_CHECKING:
    from vault.keys.keys import Keys

__all__ = ["HEADER_NAME", "Header", "read", "write"]

HEADER_NAME = "vault.json"
FORMAT = "vitalvault"
VERSION = 1

_MAX_BYTES = 64 * 1024
_MAX_SLOTS = 8  # each may ask for ``CEILING``
_RESTORE = "restore vault.json from a backup"


@dataclass(frozen=True, slots=True)
class Header:
    """A vault's id (UUID), date of creation (ISO 8601, UTC), key slots and seal."""

    vault: str
    created: str
    slots: tuple[Slot, ...] = ()
    seal: bytes = b""

    @classmethod
    def new(cls, clock: Clock) -> Header:
        """Return the header of a new vault, without slots yet."""
        return cls(str(uuid.uuid4()), format_instant(now_ns(clock) // SECOND_NS * SECOND_NS))

    @property
    def identity(self) -> Document:
        """What every slot is bound to."""
        return {"format": FORMAT, "version": VERSION, "vault": self.vault, "created": self.created}

    def with_slots(self, keys: Keys, *slots: Slot) -> Header:
        """Return the header with other slots, sealed."""
        return replace(self, slots=slots, seal=_mac(keys, self._contents(slots)))

    def verify(self, keys: Keys) -> None:
        """Raise Tampered unless ``keys`` are this vault's and nothing changed since it was sealed."""
        if not hmac.compare_digest(self.seal, _mac(keys, self._contents(self.slots))):
            raise Tampered("the header is not as VitalVault wrote it", hint=_RESTORE)

    def document(self) -> Document:
        """Return the header as JSON document."""
        return {**self._contents(self.slots), "seal": self.seal.hex()}

    @classmethod
    def parse(cls, raw: bytes) -> Header:
        """Read the bytes of a header; raises as ``read``."""
        try:
            document = json.loads(raw)
            _check_format(document)
            header = cls(
                vault=_text(document["vault"]),
                created=_text(document["created"]),
                slots=tuple(Slot.parse(slot) for slot in document["slots"][:_MAX_SLOTS]),
                seal=bytes.fromhex(document["seal"]),
            )
            if canonical(header.document()).encode("ascii") != b"".join(raw.split()):
                raise ValueError("not the canonical form")
        except VaultError:  # of which TooLarge is a ValueError
            raise
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise Tampered("the header is damaged", hint=_RESTORE) from error
        return header

    def _contents(self, slots: tuple[Slot, ...]) -> Document:
        return {**self.identity, "slots": [slot.document() for slot in slots]}


def read(folder: Path) -> Header:
    """Read the header of the vault in ``folder``.

    Raises:
        NotAVault: There is none, or the file is another program's.
        UnsupportedVersion: A newer VitalVault wrote it.
        TooLarge: It asks for more memory or time than ``kdf.CEILING``.
        Tampered: It is damaged, or asks for less than ``kdf.FLOOR``.
    """
    try:
        with (folder / HEADER_NAME).open("rb") as file:
            raw = file.read(_MAX_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        raise NotAVault("there is no vault") from None
    except OSError as error:  # whose own words hold the path
        raise StoreError(
            f"the header can't be read: {error.strerror}", hint="check who owns the vault's folder"
        ) from None
    return Header.parse(raw)


def write(folder: Path, header: Header, *, replace: bool) -> None:
    """Write the header whole or not at all: private folder, private file, on disk when this returns.

    Raises AlreadyExists if there is one and ``replace`` is False, ReadOnly if the disk refuses.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not replace and (folder / HEADER_NAME).exists():
            raise FileExistsError
        _replace(folder / HEADER_NAME, json.dumps(header.document(), indent=2, sort_keys=True) + "\n")
    except FileExistsError:
        raise AlreadyExists("there is a vault, or a file, already", hint="choose another place") from None
    except OSError as error:
        raise ReadOnly(
            f"the vault's folder can't be written to: {error.strerror}",
            hint="check who owns it, and whether the disk is full; nothing was changed",
        ) from None


def _replace(target: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name)  # mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows can't open a folder, and its rename is on the journal
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mac(keys: Keys, contents: Document) -> bytes:
    return hmac.digest(keys.header, canonical(contents).encode("ascii"), hashlib.sha256)


def _check_format(document: Document) -> None:
    if document["format"] != FORMAT:
        raise NotAVault("the vault.json there is another program's")
    version = document["version"]
    if type(version) is not int or version < VERSION:
        raise ValueError("no version")
    if version > VERSION:
        raise UnsupportedVersion(f"the vault has format {version}, this VitalVault knows {VERSION}")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
