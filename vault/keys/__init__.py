"""Keys: from a passphrase or recovery code to the keys of a vault, through the slots of ``vault.json``."""

from vault.keys.access import create, rewrap, unlock
from vault.keys.header import HEADER_NAME
from vault.keys.kdf import Cost
from vault.keys.keys import Keys

__all__ = ["HEADER_NAME", "Cost", "Keys", "create", "rewrap", "unlock"]
