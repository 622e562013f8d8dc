"""``init`` and ``status``: making a vault, and what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.output import json_option, print_json, say, table
from cli.session import new_passphrase, open_vault, say_strength, vault_folder

if TYPE_CHECKING:
    from vault.vault import Vault

__all__ = ["init", "status"]


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
    chosen = new_passphrase(ctx)
    made = vault.create(folder, chosen, home_zone=timezone or "UTC")
    ctx.call_on_close(made.close)
    if as_json:
        print_json({"recovery_code": made.recovery_code})
        return
    say_strength(chosen)
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
    click.echo(f"last backup {(said['last_backup'] or 'never')[:10]}; counter {said['counter']}")


def _status(opened: Vault) -> dict[str, Any]:
    import policies

    metrics = [
        {**row, "first": row["first"].isoformat(), "last": row["last"].isoformat()}
        for row in opened.metrics().to_dict("records")
    ]
    backup = opened.last_event("backup")
    return {
        "home_zone": opened.home_zone.key,
        "samples": sum(one["n"] for one in metrics),
        "workouts": len(opened.workouts()),
        "nights": len(opened.sleep()),
        "grants": sum(one.status(opened.clock()) == "active" for one in policies.grants(opened)),
        "imports": int(opened.imports()["undone_at"].isna().sum()),
        "last_backup": None if backup is None else backup.at.isoformat(),
        "counter": opened.counter,
        "metrics": metrics,
    }
