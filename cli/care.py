"""``init``, ``status``, ``rekey`` and ``recover``: making a vault, looking at it, and its keys."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from cli.output import json_option, print_json, say, table
from cli.session import ask_secret, new_passphrase, open_vault, vault_folder

if TYPE_CHECKING:
    from vault.vault import Vault

__all__ = ["init", "recover", "rekey", "status"]


@click.command()
@click.option("--timezone", metavar="ZONE", help="Your home zone, e.g. Europe/Berlin (default: UTC).")
@json_option
@click.pass_context
def init(ctx: click.Context, timezone: str | None, as_json: bool) -> None:
    """Create an encrypted vault and print its recovery code, once.

    Days without a recorded offset are counted in your home zone.

    \b
    Example:
      vitalvault init --timezone Europe/Berlin
    """
    import vault

    folder = vault_folder(ctx)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = vault.create(folder, new_passphrase(ctx), home_zone=timezone or "UTC")
    ctx.call_on_close(made.close)
    if as_json:
        print_json({"recovery_code": made.recovery_code})
        return
    click.echo(made.recovery_code)
    say("this recovery code opens the vault when the passphrase is lost; it is not shown again")
    say("write it on paper and keep it away from this device")


@click.command()
@json_option
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Say what is in the vault: metrics, spans, sources, grants.

    \b
    Example:
      vitalvault status
    """
    opened = open_vault(ctx)
    said = _status(opened)
    if as_json:
        print_json(said)
        return
    table(
        [
            [one["metric"], one["n"], one["unit"], one["first"][:10], one["last"][:10], one["sources"]]
            for one in said["metrics"]
        ],
        ["metric", "n", "unit", "first", "last", "sources"],
    )
    click.echo()
    click.echo(
        f"{said['samples']} samples, {said['workouts']} workouts, {said['nights']} sleeps, "
        f"{said['grants']} grants in force; home zone {said['home_zone']}"
    )


def _status(opened: Vault) -> dict[str, Any]:
    import policies

    metrics = [
        {**row, "first": row["first"].isoformat(), "last": row["last"].isoformat()}
        for row in opened.metrics().to_dict("records")
    ]
    return {
        "home_zone": opened.home_zone.key,
        "samples": sum(one["n"] for one in metrics),
        "workouts": len(opened.workouts()),
        "nights": len(opened.sleep()),
        "grants": sum(one.status(opened.clock()) == "active" for one in policies.grants(opened)),
        "imports": len(opened.imports()),
        "metrics": metrics,
    }


@click.command()
@click.pass_context
def rekey(ctx: click.Context) -> None:
    """Change the passphrase; the data are not rewritten.

    The new one is asked for, or read from VITALVAULT_NEW_PASSPHRASE.

    \b
    Example:
      vitalvault rekey
    """
    open_vault(ctx).rekey(_replacement())
    say("the passphrase is changed; whoever copied the old vault.json still opens it with the old one")


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

    code = _secret("VITALVAULT_RECOVERY_CODE", "Recovery code")
    with vault.open(vault_folder(ctx), recovery_code=code) as opened:
        opened.rekey(_replacement())
    say("the passphrase is changed; the recovery code stays the same")


def _replacement() -> str:
    return _secret("VITALVAULT_NEW_PASSPHRASE", "New passphrase", confirm=True)


def _secret(variable: str, prompt: str, *, confirm: bool = False) -> str:
    return os.environ.get(variable) or ask_secret(prompt, confirm=confirm, instead=f"set {variable}")
