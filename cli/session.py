"""Opening the vault for a command: where it lies, where the passphrase comes from, on whose behalf.

The passphrase comes from ``--passphrase-file``, ``VITALVAULT_PASSPHRASE``, the system's keyring or a prompt,
never from an argument. Nothing is asked when stdin is no terminal.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.output import options, say
from vault.errors import InputError, KeyMissing, LockedError, NotAVault

if TYPE_CHECKING:
    from vault.readable import Readable
    from vault.vault import Vault

__all__ = [
    "agree",
    "as_grantee",
    "ask_secret",
    "given_passphrase",
    "given_secret",
    "new_passphrase",
    "open_vault",
    "reader",
    "say_strength",
    "vault_folder",
    "yes_option",
]

yes_option = click.option("--yes", is_flag=True, help="Agree without being asked.")


def vault_folder(ctx: click.Context) -> Path:
    """Return the vault's folder, given or the platform's default."""
    given = ctx.find_root().obj["vault_path"]
    if given:
        return Path(given)
    from platformdirs import user_data_path

    return user_data_path("vitalvault", appauthor=False) / "my.vault"


def given_passphrase(ctx: click.Context) -> str | None:
    """Return the passphrase of a file or the environment, or None."""
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


def given_secret(variable: str, prompt: str, *, confirm: bool = False) -> str:
    """Return a secret of the environment, or ask for it."""
    return os.environ.get(variable) or ask_secret(prompt, confirm=confirm, instead=f"set {variable}")


def new_passphrase(ctx: click.Context) -> str:
    """Return the passphrase for a new vault."""
    given = given_passphrase(ctx)
    return ask_secret("New passphrase", confirm=True) if given is None else given


def say_strength(passphrase: str) -> None:
    """Say how hard a new passphrase is to guess."""
    from vault.keys.strength import strength

    found = strength(passphrase)
    say(f"passphrase: {found.label}, about 10^{found.guesses_log10:.0f} guesses")
    if found.advice:
        say(f"hint: {found.advice}")


def open_vault(ctx: click.Context, folder: Path | None = None) -> Vault:
    """Open the vault, or the one in ``folder``; it is closed when the command ends."""
    import vault

    folder = folder or vault_folder(ctx)
    if not (folder / "vault.json").is_file() and not (folder / "vault.db").is_file():
        raise NotAVault("there is no vault at that place")
    given = given_passphrase(ctx)
    opened = _by_keyring(folder) if given is None else None
    if opened is None:
        opened = vault.open(folder, ask_secret("Passphrase") if given is None else given)
    ctx.call_on_close(opened.close)
    return opened


def _by_keyring(folder: Path) -> Vault | None:
    """Open a vault that the system's keyring was given the key of, or return None."""
    import vault
    from vault.keys import has_keyring

    if not has_keyring(folder):
        return None
    try:
        return vault.open(folder, keyring=True)
    except LockedError:  # no keyring here, or another one: the passphrase still opens it
        return None


def agree(question: str, *, yes: bool) -> None:
    """Ask before what can't be taken back; where nobody can be asked, ``--yes`` has to be the answer."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("nobody is asked here: add --yes if you mean it")
    click.confirm(question, abort=True, err=True)


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
