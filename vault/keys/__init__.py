"""Keys: from what a person knows to the keys of a vault, through the slots of ``vault.json``."""

from vault.keys import strength
from vault.keys.access import create, unlock, unlock_bytes
from vault.keys.change import forget_keyring, keep_in_keyring, new_recovery_code, renew, rewrap
from vault.keys.described import SlotWords, described, has_keyring
from vault.keys.file import HEADER_NAME, header_bytes
from vault.keys.kdf import Cost
from vault.keys.keys import Keys
from vault.keys.rotation import begin_rotation, end_rotation, is_lifted, is_pending, lift

__all__ = [
    "HEADER_NAME",
    "Cost",
    "Keys",
    "SlotWords",
    "begin_rotation",
    "create",
    "described",
    "end_rotation",
    "forget_keyring",
    "has_keyring",
    "header_bytes",
    "is_lifted",
    "is_pending",
    "keep_in_keyring",
    "lift",
    "new_recovery_code",
    "renew",
    "rewrap",
    "strength",
    "unlock",
    "unlock_bytes",
]
