"""The ways into a vault, told without a key: which slots its header has, and what a guess costs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vault.errors import VaultError
from vault.keys import kdf
from vault.keys.file import header_bytes
from vault.keys.header import Header

if TYPE_CHECKING:
    from vault.keys.kdf import Cost
    from vault.keys.slots import Kind

__all__ = ["SlotWords", "described", "has_keyring"]


@dataclass(frozen=True, slots=True)
class SlotWords:
    """One way in; ``cost`` is None where nothing can be guessed.

    ``is_weaker_than_default``: a guess costs less than in a new vault; a change of passphrase mends it.
    """

    kind: Kind
    cost: Cost | None
    is_weaker_than_default: bool


def described(folder: Path) -> tuple[SlotWords, ...]:
    """Return the ways into the vault in ``folder``, unverified; raises as ``unlock`` without a key."""
    slots = Header.parse(header_bytes(folder)).slots
    return tuple(SlotWords(one.kind, one.cost, _is_weaker(one.cost)) for one in slots)


def has_keyring(folder: Path) -> bool:
    """Whether the header has a slot for the system's keyring; False where it can't be read."""
    try:
        return any(slot.kind == "keyring" for slot in described(folder))
    except VaultError:
        return False


def _is_weaker(cost: Cost | None) -> bool:
    """Compare what a guess takes in memory and in work; lanes only say how it may be spread."""
    if cost is None:
        return False
    default = kdf.DEFAULT
    return (
        cost.memory_kib < default.memory_kib
        or cost.memory_kib * cost.passes < default.memory_kib * default.passes
    )
