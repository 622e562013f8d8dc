"""Opening the vault for a command: where it lies, where the passphrase comes from, on whose behalf.

The passphrase comes from ``--passphrase-file``, ``VITALVAULT_PASSPHRASE`` or a prompt, never from an
argument. Nothing is asked when stdin is no terminal.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.output import options
from vault.errors import InputError, KeyMissing

if TYPE_CHECKING:
    from vault.readable import Readable
    from vault.vault import Vault

__all__ = ["as_grantee", "ask_secret", "new_passphrase", "open_vault", "reader", "vault_folder"]


def vault_folder(ctx: click.Context) -> Path:
    """Return the vault's folder, given or the platform's default."""
    given = ctx.find_root().obj["vault_path"]
    if given:
        return Path(given)
    from platformdirs import user_data_path

    return user_data_path("vitalvault", appauthor=False) / "my.vault"


def _given_passphrase(ctx: click.Context) -> str | None:
    file = ctx.find_root().obj["passphrase_file"]
    if file:
        try:
            with Path(file).open(encoding="utf-8") as lines:
                return lines.readline().rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise InputError("the passphrase file is no text", hint="save it as UTF-8") from error
    return os.environ.get("VITALVAULT_PASSPHRASE")


def ask_secret(prompt: str, *, confirm: bool = False, instead: str | None = None) -> str:
    """Ask for a secret on the terminal; raises KeyMissing, with what to do instead, when there is none."""
    if not sys.stdin.isatty():
        raise KeyMissing(f"no {prompt.lower()} was given, and there is no terminal to ask at", hint=instead)
    return str(click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True))


def new_passphrase(ctx: click.Context) -> str:
    """Return the passphrase for a new or re-keyed vault."""
    given = _given_passphrase(ctx)
    return ask_secret("New passphrase", confirm=True) if given is None else given


def open_vault(ctx: click.Context) -> Vault:
    """Open the vault; it is closed when the command ends."""
    import vault
    from vault.errors import NotAVault

    folder = vault_folder(ctx)
    if not (folder / "vault.json").is_file():
        raise NotAVault("there is no vault at that place")
    given = _given_passphrase(ctx)
    opened = vault.open(folder, ask_secret("Passphrase") if given is None else given)
    ctx.call_on_close(opened.close)
    return opened


as_grantee = options(
    click.option("--as", "grantee", metavar="GRANTEE", help="Answer as this grantee would be answered."),
    click.option("--for", "purpose", metavar="PURPOSE", help="With --as: for which purpose they ask."),
)
"""The same command, as a grantee would see its answer."""


def reader(ctx: click.Context, grantee: str | None, purpose: str | None) -> Readable:
    """Return the owner's vault, or a grantee's view of it."""
    if (grantee is None) != (purpose is None):
        raise click.UsageError("--as and --for go together: who asks, and for what")
    opened = open_vault(ctx)
    if grantee is None or purpose is None:
        return opened
    import policies

    return policies.view(opened, grantee=grantee, purpose=purpose)
