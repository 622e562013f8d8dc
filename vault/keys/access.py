"""Getting at the keys of a vault: make them for a new one, or unlock those of one that is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vault.errors import InputError, KeyMissing, WrongPassphrase
from vault.keys import kdf, keyring, recovery
from vault.keys.file import header_bytes, write_new
from vault.keys.header import Header
from vault.keys.keys import Keys
from vault.keys.slots import Kind, Slot
from vault.time import Clock, utc_now

if TYPE_CHECKING:
    from vault.keys.kdf import Cost

__all__ = ["create", "unlock", "unlock_bytes"]


def create(
    folder: Path, passphrase: str, *, params: Cost | None = None, clock: Clock = utc_now
) -> tuple[Keys, str]:
    """Make the keys of a new vault and write its header; returns the keys and the recovery code.

    The recovery code is kept nowhere: show it once. The folder is made if there is none.

    Args:
        folder: Where ``vault.json`` will be.
        passphrase: At least 8 characters.
        params: What a guess shall cost; ``kdf.DEFAULT`` if None.
        clock: Gives the header's date of creation.

    Raises:
        InputError: The passphrase is too short, or the cost out of bounds.
        AlreadyExists: There is a header already.
        ReadOnly: The folder can't be written to.
    """
    chosen = kdf.new_passphrase_bytes(passphrase)
    code = recovery.generate()
    keys = Keys.generate()
    blank = Header.new(clock)
    header = blank.sealed(
        keys,
        Slot.wrap("passphrase", chosen, keys.secret, blank.identity, kdf.checked(params)),
        Slot.wrap("recovery", recovery.parse(code), keys.secret, blank.identity),
    )
    write_new(folder, header)
    return keys, code


def unlock(
    folder: Path, *, passphrase: str | None = None, recovery_code: str | None = None, keyring: bool = False
) -> Keys:
    """Return the keys of the vault in ``folder``, by passphrase, recovery code or the system's keyring.

    With ``keyring`` the keyring is asked where neither of the others is given.

    Raises:
        KeyMissing: None was given, or the keyring has none.
        WrongPassphrase: It opens no slot; a slot that was tampered with looks the same.
        Tampered: The header is damaged, or was changed after it was sealed.
        NotAVault, UnsupportedVersion, TooLarge, StoreError: As ``header_bytes`` and ``Header.parse``.
    """
    raw = header_bytes(folder)
    return unlock_bytes(raw, passphrase=passphrase, recovery_code=recovery_code, keyring=keyring)


def unlock_bytes(
    raw: bytes, *, passphrase: str | None = None, recovery_code: str | None = None, keyring: bool = False
) -> Keys:
    """Return the keys behind the bytes of a header, as one in a backup; raises as ``unlock``."""
    header = Header.parse(raw)
    kind, presented = _presented(header, passphrase, recovery_code, or_keyring=keyring)
    for slot in header.slots:
        secret = slot.unwrap(presented, header.identity) if slot.kind == kind else None
        if secret is not None:
            keys = Keys(secret)
            header.verify(keys)
            return Keys(secret, header.unwrapped(keys))
    hint = _COMPARE if kind == "recovery" else None
    raise WrongPassphrase(f"the {_WORDS[kind]} does not open this vault", hint=hint)


_COMPARE = "compare it with the paper, group by group; a new code or new keys make an old one worthless"


_WORDS: dict[Kind, str] = {
    "passphrase": "passphrase",
    "recovery": "recovery code",
    "keyring": "key in the system's keyring",
}


def _presented(
    header: Header, passphrase: str | None, recovery_code: str | None, *, or_keyring: bool
) -> tuple[Kind, bytes]:
    if passphrase and recovery_code:
        raise InputError("a passphrase and a recovery code at once", hint="give one of them")
    if passphrase:
        return "passphrase", kdf.passphrase_bytes(passphrase)
    if recovery_code:
        return "recovery", recovery.parse(recovery_code)
    if or_keyring:
        return "keyring", keyring.recall(header.vault)
    raise KeyMissing("no passphrase was given")
