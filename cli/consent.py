"""``consent``: who may see what, for what, until when; shown with the owner's own data before it counts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import click

from cli.output import json_option, options, print_json, say, table
from cli.session import open_vault

if TYPE_CHECKING:
    from policies.consent import Grant
    from policies.documents import Preview
    from policies.grants import GrantRecord
    from vault.vault import Vault

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


def _day(_ctx: click.Context, _param: click.Parameter, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("a day is written as 2026-12-31") from error


def _day_option(flag: str, name: str, words: str) -> Callable[[click.decorators.FC], click.decorators.FC]:
    return click.option(flag, name, metavar="DAY", callback=_day, help=words)


_terms = options(
    click.argument("grantee"),
    click.option("--preset", metavar="NAME", help="Start from a ready-made grant ('consent presets')."),
    click.option("--kind", help="coach, clinician, family, app, researcher, employer, ..."),
    click.option("--for", "purpose", metavar="PURPOSE", help="What for, from the closed list."),
    click.option(
        "--metric",
        "metrics",
        multiple=True,
        metavar="NAME=HOW",
        help="A metric or pack, and how fine: raw, hourly, daily, weekly, band, yes_no.",
    ),
    _day_option("--from", "data_from", "Their view begins on this day of data."),
    _day_option("--to", "data_to", "Their view ends with this day of data."),
    _day_option("--until", "valid_until", "The grant's last day (default: 90 days)."),
    click.option("--withhold", multiple=True, metavar="METRIC", help="Never this, nor what is made of it."),
    click.option("--name", default="", help="Their name in full."),
    click.option("--contact", default="", help="How to reach them."),
    click.option("--country", default="", metavar="CC", help="Where they are, e.g. DE."),
)


@consent.command()
@_terms
@click.option("--yes", is_flag=True, help="Agree without being asked; look at 'consent preview' first.")
@json_option
@click.pass_context
def grant(ctx: click.Context, /, yes: bool, as_json: bool, **terms: Any) -> None:
    """Grant a view, after showing what it shows.

    \b
    Example:
      vitalvault consent grant coach-anna --preset coach
      vitalvault consent grant coach-anna --kind coach --for coaching \\
        --metric readiness_score=daily --metric sleep_duration=daily --until 2026-12-31
    """
    import policies

    if not yes and (as_json or not sys.stdin.isatty()):
        raise click.UsageError("nobody is asked here: look at 'consent preview', then add --yes")
    opened = open_vault(ctx)
    wanted = _grant(opened, terms)
    if not yes:
        _print_preview(policies.preview(opened, wanted))
        click.confirm("Grant this?", abort=True, err=True)
    record = policies.grant(opened, wanted)
    if as_json:
        print_json(_entry(opened, record))
        return
    click.echo(record.id)
    say(f"granted until {record.valid_until:%Y-%m-%d %H:%M} UTC; undo: vitalvault consent revoke {record.id}")


def _grant(opened: Vault, terms: dict[str, Any]) -> Grant:
    """Return the grant of a command's words, on top of its preset."""
    import policies

    metrics = dict(_metric(text) for text in terms.pop("metrics"))
    preset = terms.pop("preset")
    given = {name: value for name, value in terms.items() if value}
    if preset is not None:
        if preset not in policies.PRESETS:
            raise click.UsageError(f"no preset of that name; there are: {', '.join(policies.PRESETS)}")
        base = policies.PRESETS[preset]
        today = opened.clock().astimezone(opened.home_zone).date()
        end = today + timedelta(days=base.days - 1)
        defaults = {"kind": base.kind, "purpose": base.purpose, "valid_until": end}
        given = {**defaults, **given}
        metrics = {**base.metrics, **metrics}
    missing = [name for name in ("kind", "purpose") if name not in given]
    if missing or not metrics:
        raise click.UsageError("say --kind, --for and at least one --metric, or start from a --preset")
    return policies.Grant(metrics=metrics, **given)


def _metric(text: str) -> tuple[str, str]:
    name, _, how = text.partition("=")
    return name, how or "daily"


@consent.command()
@_terms
@click.option(
    "--days", type=click.IntRange(1, 366), default=14, show_default=True, help="How many days to look at."
)
@json_option
@click.pass_context
def preview(ctx: click.Context, /, days: int, as_json: bool, **terms: Any) -> None:
    """Show what a grant would show, with your own data; nothing is written.

    \b
    Example:
      vitalvault consent preview coach-anna --preset coach --days 7
    """
    import policies

    opened = open_vault(ctx)
    found = policies.preview(opened, _grant(opened, terms), days=days)
    if as_json:
        print_json(found.to_dict())
    else:
        _print_preview(found)


def _print_preview(found: Preview) -> None:
    for part in found.sees["tables"]:
        click.secho(f"{found.sees['grantee']} would see {part['metric']}, {part['granularity']}:", bold=True)
        if part["rows"]:
            table(part["rows"], part["columns"])
        else:
            click.echo(f"  nothing ({part.get('refused', 'no data on these days')})")
    unseen = [f"{one.metric} ({one.values} values)" for one in found.unseen if one.values]
    if unseen:
        click.echo(f"would not see: {', '.join(unseen)}")
    for name, guess in found.guesses.items():
        click.echo(f"can guess from {name}: {guess}")
    for limit in found.limits:
        click.echo(limit)


def _entry(opened: Vault, record: GrantRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "grantee": record.grant.grantee,
        "kind": record.grant.kind,
        "purpose": record.grant.purpose,
        "metrics": record.grant.metrics,
        "status": record.status(opened.clock()),
        "granted_at": record.granted_at.isoformat(),
        "valid_from": record.valid_from.isoformat(),
        "valid_until": record.valid_until.isoformat(),
        "data_from": record.grant.data_from,
        "data_to": record.grant.data_to,
    }


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
    entries = [_entry(opened, record) for record in policies.grants(opened)]
    if as_json:
        print_json(entries)
        return
    columns = ["id", "grantee", "purpose", "status", "valid_until", "metrics"]
    shown = [
        {**one, "metrics": _metrics(one["metrics"]), "valid_until": one["valid_until"][:10]}
        for one in entries
    ]
    table([[one[name] for name in columns] for one in shown], columns)


def _metrics(granted: dict[str, str]) -> str:
    return ", ".join(f"{name} {how}" for name, how in granted.items())


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
    entry = _entry(opened, find(opened, grant_id))
    if as_json:
        print_json(entry)
        return
    for name, value in entry.items():
        click.echo(f"{name:12} {_metrics(value) if name == 'metrics' else '-' if value is None else value}")


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
@_day_option("--until", "valid_until", "The new last day (default: 90 days from now).")
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
        click.echo(f"  {one['kind']}, {one['purpose']}, {one['days']} days: {_metrics(one['metrics'])}")
    for name, metrics in packs.items():
        click.secho(name, bold=True, nl=False)
        click.echo(f" (pack): {', '.join(metrics)}")
