"""VitalVault: your wearable and training data in one encrypted place, understood there, shared by you.

    import adapters, policies, vault

    v = vault.create("me.vault", passphrase)      # v.recovery_code is shown once
    report = v.ingest(adapters.read("export.zip"))
    print(v.readiness().score, v.readiness().reasons)

Everything happens on this device: nothing here opens a socket, and nothing reaches the disk in plain.
Names are loaded when they are used, so that ``import vault`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vault.errors import VaultError
    from vault.opening import create, open, restore  # noqa: A004
    from vault.readable import Readable
    from vault.store.report import ImportReport
    from vault.vault import Vault

__all__ = ["ImportReport", "Readable", "Vault", "VaultError", "create", "open", "restore"]

__version__ = "0.1.0"

_HOMES = {
    "ImportReport": "vault.store.report",
    "Readable": "vault.readable",
    "Vault": "vault.vault",
    "VaultError": "vault.errors",
    "create": "vault.opening",
    "open": "vault.opening",
    "restore": "vault.opening",
}


_ROOMS = ("fhir", "openmhealth")


def __getattr__(name: str) -> object:
    if name in _ROOMS:
        return import_module(f"vault.{name}")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'vault' has no attribute {name!r}")
