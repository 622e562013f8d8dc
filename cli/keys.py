"""``rekey`` and ``recover``: what opens the vault, and how to change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.output import json_option, options, print_json, say
from cli.session import given_secret, open_vault, say_strength, vault_folder

if TYPE_CHECKING:
    from vault.vault import Vault

__all__ = ["recover", "rekey"]

_what = options(
    click.option(
        "--data", "what", flag_value="data", help="Replace the data key and all that opens it, too."
    ),
    click.option("--new-code", "what", flag_value="code", help="Only make a new recovery code."),
    click.option(
        "--keyring", "what", flag_value="keep", help="Only let the system's keyring open the vault."
    ),
    click.option("--no-keyring", "what", flag_value="forget", help="Only take it out of the keyring again."),
)


@click.command()
@_what
@json_option
@click.pass_context
def rekey(ctx: click.Context, what: str | None, as_json: bool) -> None:
    """Change the passphrase; with an option, another key.

    A new passphrase alone does not rewrite the data: an old copy of vault.json opens them with the old
    one. --data writes every page anew under new keys and prints a new recovery code, once. The new
    passphrase is asked for, or read from VITALVAULT_NEW_PASSPHRASE.

    \b
    Example:
      vitalvault rekey
      vitalvault rekey --data
      vitalvault rekey --keyring
    """
    code, words = _CHANGES[what or "passphrase"](open_vault(ctx))
    if as_json:
        print_json({"recovery_code": code})
        return
    if code is not None:
        click.echo(code)
    say(words)


def _passphrase(opened: Vault) -> tuple[str | None, str]:
    words = "the passphrase is changed; whoever copied the old vault.json still opens it with the old one"
    return _replaced(opened), words


def _data(opened: Vault) -> tuple[str | None, str]:
    code = _replaced(opened, data=True)
    return code, "all keys and the recovery code are new; backups made before open with the old ones"


def _code(opened: Vault) -> tuple[str | None, str]:
    return opened.new_recovery_code(), "this is the recovery code from now on; it is not shown again"


def _keep(opened: Vault) -> tuple[str | None, str]:
    opened.keep_in_keyring()
    return None, "the system's keyring opens the vault, too; undo: vitalvault rekey --no-keyring"


def _forget(opened: Vault) -> tuple[str | None, str]:
    opened.forget_keyring()
    return None, "the system's keyring does not open the vault any more"


_CHANGES = {"passphrase": _passphrase, "data": _data, "code": _code, "keep": _keep, "forget": _forget}


@click.command()
@click.pass_context
def recover(ctx: click.Context) -> None:
    """Set a new passphrase with the recovery code.

    The code is asked for, or read from VITALVAULT_RECOVERY_CODE.

    \b
    Example:
      vitalvault recover
    """
    import vault

    code = given_secret("VITALVAULT_RECOVERY_CODE", "Recovery code")
    with vault.open(vault_folder(ctx), recovery_code=code) as opened:
        _replaced(opened)
    say("the passphrase is changed; the recovery code stays the same")


def _replaced(opened: Vault, *, data: bool = False) -> str | None:
    """Set a new passphrase and say how strong it is; returns the new recovery code, if there is one."""
    chosen = given_secret("VITALVAULT_NEW_PASSPHRASE", "New passphrase", confirm=True)
    code = opened.rekey(chosen, data=data)
    say_strength(chosen)
    return code
