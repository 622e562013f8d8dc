"""``init`` and ``status``: making a vault, and what is in it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from cli.output import json_option, print_json, printable, say, table
from cli.session import new_passphrase, open_vault, say_strength, vault_folder

if TYPE_CHECKING:
    from vault.vault import Vault

__all__ = ["init", "status"]

LATELY = timedelta(days=90)
"""How far back ``status`` looks for disagreements; ``Vault.conflicts`` looks as far as it is asked."""


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
    """Say what is in the vault: metrics, spans, sources, grants, and where sources disagree lately.

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
    _say_conflicts(said["conflicts"])


def _say_conflicts(found: list[dict[str, Any]]) -> None:
    if not found:
        return
    click.echo(f"\nin the last {LATELY.days} days sources disagree:")
    for one in found:
        days = "1 day" if one["days"] == 1 else f"{one['days']} days"
        between = printable(" and ".join(one["sources"]))
        click.echo(f"  {one['metric']}: {days} on which {between} differ by more than {one['tolerance']}")
    say(f"hint: 'vitalvault why {found[0]['metric']} {found[0]['latest']}' says what counted")


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
        "conflicts": _conflicts(opened),
        "metrics": metrics,
    }


def _conflicts(opened: Vault) -> list[dict[str, Any]]:
    """Return one entry a metric: on how many days, the latest of them, between whom, and the tolerance."""
    from vault.merge.conflicts import tolerances
    from vault.names import parted

    today = opened.clock().astimezone(opened.home_zone).date()
    found = opened.conflicts(today - LATELY, today + timedelta(days=1))
    return [
        {
            "metric": metric,
            "days": int(rows["date"].nunique()),
            "latest": rows["date"].max().date().isoformat(),
            "sources": sorted(
                {*(name for told in rows["source"] for name in parted(told)), *rows["other_source"]}
            ),
            "tolerance": str(tolerances()[str(metric)]),
        }
        for metric, rows in found.groupby("metric")
    ]
