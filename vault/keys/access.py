"""The three things one does with keys: create them, unlock them, and change the passphrase.

The secrets of a vault are wrapped once a slot, so a new passphrase is a new slot: the data stay as they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vault.errors import InputError, KeyMissing, WrongPassphrase
from vault.keys import kdf, recovery
from vault.keys.header import Header, read, write
from vault.keys.keys import Keys
from vault.keys.slots import Kind, Slot
from vault.time import Clock, utc_now

if TYPE_CHECKING:
    from vault.keys.kdf import Cost

__all__ = ["create", "rewrap", "unlock"]


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
    header = blank.with_slots(
        keys,
        Slot.wrap("passphrase", chosen, keys.secret, blank.identity, _checked(params)),
        Slot.wrap("recovery", recovery.parse(code), keys.secret, blank.identity),
    )
    write(folder, header, replace=False)
    return keys, code


def unlock(folder: Path, *, passphrase: str | None = None, recovery_code: str | None = None) -> Keys:
    """Return the keys of the vault in ``folder``, by passphrase or by recovery code.

    Raises:
        KeyMissing: Neither was given.
        WrongPassphrase: It opens no slot; a slot that was tampered with looks the same.
        Tampered: The header is damaged, or was changed after it was sealed.
        NotAVault, UnsupportedVersion, TooLarge: As ``header.read``.
    """
    kind, presented = _presented(passphrase, recovery_code)
    header = read(folder)
    for slot in header.slots:
        opened = slot.unwrap(presented, header.identity) if slot.kind == kind else None
        if opened is not None:
            keys = Keys(opened)
            header.verify(keys)
            return keys
    raise WrongPassphrase(f"the {_WORDS[kind]} does not open this vault")


def rewrap(folder: Path, keys: Keys, new_passphrase: str, *, params: Cost | None = None) -> None:
    """Change the passphrase: a new slot takes the place of the old one; the data are not touched.

    Who kept a copy of the old header and knows the old passphrase still has the keys.
    Raises what ``create`` and ``header.read`` raise, and Tampered if ``keys`` are not this vault's.
    """
    chosen = kdf.new_passphrase_bytes(new_passphrase)
    header = read(folder)
    header.verify(keys)
    others = [slot for slot in header.slots if slot.kind != "passphrase"]
    slot = Slot.wrap("passphrase", chosen, keys.secret, header.identity, _checked(params))
    write(folder, header.with_slots(keys, slot, *others), replace=True)


_WORDS: dict[Kind, str] = {"passphrase": "passphrase", "recovery": "recovery code"}


def _presented(passphrase: str | None, recovery_code: str | None) -> tuple[Kind, bytes]:
    if passphrase and recovery_code:
        raise InputError("a passphrase and a recovery code at once", hint="give one of them")
    if passphrase:
        return "passphrase", kdf.passphrase_bytes(passphrase)
    if recovery_code:
        return "recovery", recovery.parse(recovery_code)
    raise KeyMissing("no passphrase was given")


def _checked(params: Cost | None) -> Cost:
    cost = params or kdf.DEFAULT
    if cost.is_weak or cost.is_excessive:
        raise InputError(
            "a key derivation that is too cheap to be safe, or too dear to be opened",
            hint="leave it to VitalVault, or see the bounds in docs/format.md",
        )
    return cost
