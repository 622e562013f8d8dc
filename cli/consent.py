"""``consent``: who may see what, for what, until when; shown with the owner's own data before it counts."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from cli.agreed import granted_words
from cli.granting import diff, entry, grant, preview
from cli.output import day_option, json_option, print_json, printable, say, table
from cli.session import open_vault

__all__ = ["consent"]

DENIED = 3


@click.group()
def consent() -> None:
    """Decide line by line what others may see.

    \b
    Example:
      vitalvault consent grant coach-anna --preset coach
      vitalvault consent list
      vitalvault consent revoke g-1a2b3c4d
    """


for _command in (grant, preview, diff):
    consent.add_command(_command)


@consent.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List every grant ever made, and what became of it.

    \b
    Example:
      vitalvault consent list
    """
    import policies

    opened = open_vault(ctx)
    entries = [entry(opened, record) for record in policies.grants(opened)]
    if as_json:
        print_json(entries)
        return
    columns = ["id", "grantee", "purpose", "status", "valid_until", "metrics"]
    shown = [
        {**one, "metrics": granted_words(one["metrics"]), "valid_until": one["valid_until"][:10]}
        for one in entries
    ]
    table([[one[name] for name in columns] for one in shown], columns)


@consent.command()
@click.argument("grant_id")
@json_option
@click.pass_context
def show(ctx: click.Context, grant_id: str, as_json: bool) -> None:
    """Show one grant in full.

    \b
    Example:
      vitalvault consent show g-1a2b3c4d
    """
    from policies.grants import find

    opened = open_vault(ctx)
    told = entry(opened, find(opened, grant_id))
    if as_json:
        print_json(told)
        return
    for name, value in told.items():
        click.echo(f"{name:12} {printable(_words(value))}")


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return granted_words(value)
    return ", ".join(value) or "-" if isinstance(value, tuple) else str(value or "-")


@consent.command()
@click.argument("grantee")
@click.argument("metric")
@click.option("--for", "purpose", required=True, metavar="PURPOSE", help="What they ask for.")
@json_option
@click.pass_context
def explain(ctx: click.Context, grantee: str, metric: str, purpose: str, as_json: bool) -> None:
    """Say whether somebody may see something, and which rule decides; exits 3 on a no.

    \b
    Example:
      vitalvault consent explain coach-anna heart_rate --for coaching
    """
    import policies

    found = policies.explain(open_vault(ctx), grantee, metric, purpose)
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo(f"{'yes' if found.allowed else 'no'}: {found.words}")
        if found.hint:
            say(f"hint: {found.hint}")
    if not found.allowed:
        ctx.exit(DENIED)


@consent.command()
@click.argument("grant_id")
@day_option("--until", "valid_until", "The new last day (default: 90 days from now).")
@click.pass_context
def renew(ctx: click.Context, grant_id: str, valid_until: date | None) -> None:
    """Let a grant run on.

    \b
    Example:
      vitalvault consent renew g-1a2b3c4d --until 2026-12-31
    """
    import policies

    record = policies.renew(open_vault(ctx), grant_id, valid_until)
    say(f"{record.id} runs until {record.valid_until:%Y-%m-%d %H:%M} UTC")


@consent.command()
@click.argument("grant_id")
@click.pass_context
def revoke(ctx: click.Context, grant_id: str) -> None:
    """Withdraw a grant, at once and without a question.

    \b
    Example:
      vitalvault consent revoke g-1a2b3c4d
    """
    import policies

    record = policies.revoke(open_vault(ctx), grant_id)
    say(f"{record.id} is revoked; what {record.grant.grantee} has copied, nobody can take back")


@consent.command()
@click.argument("grant_id")
@click.pass_context
def receipt(ctx: click.Context, grant_id: str) -> None:
    """Print the signed receipt of a grant: consent record, FHIR Consent, history.

    \b
    Example:
      vitalvault consent receipt g-1a2b3c4d > receipt.json
    """
    import policies

    print_json(policies.receipt(open_vault(ctx), grant_id))


@consent.command()
@json_option
def presets(as_json: bool) -> None:
    """List ready-made grants and packs to start from.

    \b
    Example:
      vitalvault consent presets
    """
    import policies

    ready: dict[str, Any] = {
        name: {
            "words": one.words,
            "kind": one.kind,
            "purpose": one.purpose,
            "days": one.days,
            "metrics": dict(one.metrics),
        }
        for name, one in policies.PRESETS.items()
    }
    packs = {name: list(pack.metrics) for name, pack in policies.PACKS.items()}
    if as_json:
        print_json({"presets": ready, "packs": packs})
        return
    for name, one in ready.items():
        click.secho(name, bold=True)
        click.echo(f"  {one['words']}")
        click.echo(f"  {one['kind']}, {one['purpose']}, {one['days']} days: {granted_words(one['metrics'])}")
    for name, metrics in packs.items():
        click.secho(name, bold=True, nl=False)
        click.echo(f" (pack): {', '.join(metrics)}")
