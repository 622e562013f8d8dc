"""``consent grant``, ``preview`` and ``diff``: what a grant would show and change, before it counts."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.output import day_option, json_option, options, print_json, say, table
from cli.session import open_vault
from cli.walk import walked

if TYPE_CHECKING:
    from policies.changes import Change
    from policies.consent import Grant
    from policies.documents import Preview
    from policies.grants import GrantRecord
    from vault.vault import Vault

__all__ = ["diff", "entry", "grant", "granted_words", "preview"]

_terms = options(
    click.argument("grantee", required=False),
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
    day_option("--from", "data_from", "Their view begins on this day of data."),
    day_option("--to", "data_to", "Their view ends with this day of data."),
    day_option("--until", "valid_until", "The grant's last day (default: 90 days)."),
    click.option("--withhold", multiple=True, metavar="METRIC", help="Never this, nor what is made of it."),
    click.option(
        "--source", "sources", multiple=True, metavar="NAME", help="Only what this device measured."
    ),
    click.option(
        "--min-k", type=int, metavar="N", help="A total counts only over so many people (10 or more)."
    ),
    click.option(
        "--card", type=click.Path(exists=True, dir_okay=False), help="Their contact card, with their key."
    ),
    click.option("--name", default="", help="Their name in full."),
    click.option("--contact", default="", help="How to reach them."),
    click.option("--country", default="", metavar="CC", help="Where they are, e.g. DE."),
)


_days = click.option(
    "--days", type=click.IntRange(1, 366), default=14, show_default=True, help="How many days to look at."
)


@click.command()
@_terms
@_days
@click.option(
    "--yes-i-saw", "seen", metavar="HASH", help="Agree without being asked: the hash of the preview."
)
@json_option
@click.pass_context
def grant(ctx: click.Context, /, seen: str | None, days: int, as_json: bool, **terms: Any) -> None:
    """Grant a view, after showing what it shows; asks step by step when nothing is named.

    Where nobody can be asked, --yes-i-saw takes the hash that 'consent preview' printed: it changes with
    the grant and with the data it shows.

    \b
    Example:
      vitalvault consent grant
      vitalvault consent grant coach-anna --preset coach
      vitalvault consent grant coach-anna --kind coach --for coaching \\
        --metric readiness_score=daily --metric sleep_duration=daily --until 2026-12-31
    """
    import policies

    asked = seen is None and sys.stdin.isatty() and not as_json
    if seen is None and not asked:
        raise click.UsageError("nobody is asked here: look at 'consent preview', then add --yes-i-saw HASH")
    opened = open_vault(ctx)
    wanted = _grant(opened, walked(terms) if asked and terms["grantee"] is None else terms)
    shown = policies.preview(opened, wanted, days=days)
    if asked:
        _print_preview(shown)
        click.confirm("Grant this?", abort=True, err=True)
    elif shown.sha256 != seen:
        raise click.UsageError("that is not the hash of this preview: look at 'consent preview' again")
    record = policies.grant(opened, wanted)
    if as_json:
        print_json(entry(opened, record))
        return
    click.echo(record.id)
    say(f"granted until {record.valid_until:%Y-%m-%d %H:%M} UTC; undo: vitalvault consent revoke {record.id}")


def _grant(opened: Vault, terms: dict[str, Any]) -> Grant:
    """Return the grant of a command's words, on top of its preset."""
    import policies

    metrics = dict(_metric(text) for text in terms.pop("metrics"))
    preset = terms.pop("preset")
    card = _of_card(terms.pop("card"))
    given = card | {name: value for name, value in terms.items() if value}
    if "grantee" not in given:
        raise click.UsageError("say who: a short name such as coach-anna")
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


def _of_card(path: str | None) -> dict[str, Any]:
    """Return what a contact card says, and tell the number to compare."""
    if path is None:
        return {}
    from policies.sharing.identity import Card, fingerprint

    card = Card.parse(Path(path).read_bytes())
    say(f"the card's number, to compare by voice: {fingerprint(card.key)}")
    told = {"name": card.name, "contact": card.contact, "country": card.country, "key": card.key}
    return {name: value for name, value in told.items() if value}


def _metric(text: str) -> tuple[str, str]:
    name, _, how = text.partition("=")
    return name, how or "daily"


@click.command()
@_terms
@_days
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
        return
    _print_preview(found)
    say(f"the hash of this preview: {found.sha256}")


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


@click.command()
@_terms
@click.option("--revoke", "revoked", metavar="GRANT_ID", help="What revoking a grant would change.")
@json_option
@click.pass_context
def diff(ctx: click.Context, /, revoked: str | None, as_json: bool, **terms: Any) -> None:
    """Show what a grant, or a revocation, would change; nothing is written.

    \b
    Example:
      vitalvault consent diff coach-anna --preset training-plan
      vitalvault consent diff --revoke g-1a2b3c4d
    """
    from policies.changes import after_grant, after_revocation

    if revoked and any(terms.values()):
        raise click.UsageError("a grant, or --revoke, not both")
    opened = open_vault(ctx)
    found = after_revocation(opened, revoked) if revoked else after_grant(opened, _grant(opened, terms))
    if as_json:
        print_json([_change(one) for one in found])
        return
    rows = [
        [one.metric, _told(one.before, one.days_before), _told(one.after, one.days_after)] for one in found
    ]
    table(rows, ["metric", "now", "then"])


def _change(one: Change) -> dict[str, Any]:
    days = {"days_before": one.days_before, "days_after": one.days_after}
    return {"metric": one.metric, "before": one.before or None, "after": one.after or None, **days}


def _told(rung: str, days: tuple[Any, Any] | None) -> str:
    if days is None:
        return "-"
    return f"{rung}, {days[0] or 'the first day'} to {days[1] or 'now'}"


def entry(opened: Vault, record: GrantRecord) -> dict[str, Any]:
    """Return a grant as ``--json`` prints it."""
    grant = record.grant
    return {
        "id": record.id,
        **{name: getattr(grant, name) for name in ("grantee", "kind", "purpose", "metrics")},
        "status": record.status(opened.clock()),
        "granted_at": record.granted_at.isoformat(),
        "valid_from": record.valid_from.isoformat(),
        "valid_until": record.valid_until.isoformat(),
        **{name: getattr(grant, name) for name in ("data_from", "data_to", "sources", "withhold", "min_k")},
        **{name: getattr(grant, name) for name in ("name", "contact", "country", "key")},
    }


def granted_words(granted: dict[str, str]) -> str:
    """Return metrics and how they are granted, in one line."""
    return ", ".join(f"{name} {how}" for name, how in granted.items())
