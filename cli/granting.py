"""``consent grant``, ``preview`` and ``diff``: what a grant would show and change, before it counts."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.agreed import print_preview
from cli.output import country_option, day_option, json_option, options, print_json, say, table
from cli.session import open_vault
from cli.walk import walked

if TYPE_CHECKING:
    from policies.changes import Change
    from policies.consent import Grant
    from policies.grants import GrantRecord
    from vault.vault import Vault

__all__ = ["diff", "entry", "grant", "preview"]


def _known_preset(ctx: click.Context, _param: click.Parameter, name: str | None) -> str | None:
    import policies

    if name is not None and name not in policies.PRESETS:
        raise click.UsageError(f"no preset of that name; there are: {', '.join(policies.PRESETS)}", ctx)
    return name


def _of_card(_ctx: click.Context, _param: click.Parameter, path: str | None) -> dict[str, Any] | None:
    """Return what a contact card says, and tell the number to compare."""
    if path is None:
        return None
    from policies.sharing.identity import Card, fingerprint

    card = Card.parse(Path(path).read_bytes())
    say(f"the card's number, to compare by voice: {fingerprint(card.key)}")
    told = {"name": card.name, "contact": card.contact, "country": card.country.upper(), "key": card.key}
    return {name: value for name, value in told.items() if value}


_terms = options(
    click.argument("grantee", required=False),
    click.option(
        "--preset",
        metavar="NAME",
        callback=_known_preset,
        help="Start from a ready-made grant ('consent presets').",
    ),
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
        "--card",
        type=click.Path(exists=True, dir_okay=False),
        callback=_of_card,
        help="Their contact card, with their key.",
    ),
    click.option("--name", default="", help="Their name in full."),
    click.option("--contact", default="", help="How to reach them."),
    country_option("Where they are, e.g. DE."),
)


_days = click.option(
    "--days",
    type=click.IntRange(1, 366),
    default=14,
    show_default=True,
    help="How many days to look at, up to the newest with data.",
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
    if asked and terms["grantee"] is None:
        terms = walked(terms, lambda told: _check(opened, told))
    wanted = _grant(opened, terms)
    shown = policies.preview(opened, wanted, days=days)
    if asked:
        print_preview(shown)
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

    given = _given(opened, terms)
    if "grantee" not in given:
        raise click.UsageError("say who: a short name such as coach-anna")
    if not {"kind", "purpose", "metrics"} <= given.keys():
        raise click.UsageError("say --kind, --for and at least one --metric, or start from a --preset")
    return policies.Grant(**given)


def _given(opened: Vault, terms: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a grant that were said, by the card, the preset or in words; the last outrank."""
    import policies

    said = {name: value for name, value in terms.items() if name not in ("preset", "card") and value}
    said = {**(terms["card"] or {}), **said}
    base = policies.PRESETS[terms["preset"]] if terms["preset"] else None
    metrics = {**(base.metrics if base else {}), **dict(map(_metric, terms["metrics"]))}
    if base:
        today = opened.clock().astimezone(opened.home_zone).date()
        end = today + timedelta(days=base.days - 1)
        said = {"kind": base.kind, "purpose": base.purpose, "valid_until": end, **said}
    return said | ({"metrics": metrics} if metrics else {})


def _check(opened: Vault, terms: dict[str, Any]) -> None:
    """Raise what would refuse a grant of these terms, were all that is not said yet what suits them best."""
    import policies
    from policies.granting import check_floors
    from policies.validity import settle
    from vault.moment import LAST_DAY

    given = _given(opened, terms)
    if "metrics" not in given:
        given |= {"metrics": {"steps": "aggregate"}, "withhold": ()}
    suiting = {"grantee": "somebody", "kind": "self", "purpose": "research-health", "country": "US"}
    wanted = policies.Grant(**{**suiting, "data_to": LAST_DAY, **given})
    check_floors(opened, settle(wanted, opened.clock(), opened.home_zone))


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
    print_preview(found)
    say(f"the hash of this preview: {found.sha256}")


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
    from policies.wider import wider

    if revoked and any(terms.values()):
        raise click.UsageError("a grant, or --revoke, not both")
    opened = open_vault(ctx)
    wanted = None if revoked else _grant(opened, terms)
    found = after_grant(opened, wanted) if wanted else after_revocation(opened, str(revoked))
    if as_json:
        print_json([_change(one) for one in found])
        return
    if not found:
        click.echo("nothing changes")
        for record in wider(opened, wanted) if wanted else []:
            click.echo(
                f"{record.id} lets them see more, and a narrower grant takes nothing away: "
                f"vitalvault consent revoke {record.id}"
            )
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
