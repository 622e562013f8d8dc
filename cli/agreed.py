"""What a person agrees to, in words: to whom, what for, since and until when, what they see and what not.

``consent preview`` prints it, and ``consent grant`` does before it asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.output import printable, table

if TYPE_CHECKING:
    from policies.consent import Grant
    from policies.documents import Preview

__all__ = ["granted_words", "print_preview"]

_PLACES = {"gps_position": "where your workouts led"}


def print_preview(found: Preview) -> None:
    """Print a grant in words, what it shows of the newest days, what it does not, and its limits."""
    for label, words in _terms(found.grant):
        click.echo(f"{label:9} {printable(words)}")
    sees = found.sees
    if any(part["rows"] for part in sees["tables"]):
        click.echo(f"shown     {sees['first_day']} to {sees['last_day']}, the newest days with data of it")
    else:
        click.echo("shown     nothing: there is no data of it")
    for part in sees["tables"]:
        click.secho(f"{sees['grantee']} would see {part['metric']}, {part['granularity']}:", bold=True)
        if part["rows"]:
            table(part["rows"], part["columns"])
        else:
            click.echo(f"  nothing ({part.get('refused', 'no data on these days')})")
    _print_unseen(found)
    for name, guess in found.guesses.items():
        click.echo(f"can guess from {name}: {guess}")
    for limit in found.limits:
        click.echo(limit)


def _terms(grant: Grant) -> list[tuple[str, str]]:
    """Return a settled grant as labels and words."""
    from policies import tables
    from policies.sharing.identity import fingerprint

    told = [
        ("who", f"{grant.grantee}, {grant.kind}"),
        ("name", grant.name or "not told"),
        ("contact", grant.contact or "not told"),
        ("country", grant.country or "not told"),
        ("key", fingerprint(grant.key) if grant.key else "none, so no share can be made for them"),
        ("for", f"{grant.purpose}: {tables.purpose(grant.purpose).words}"),
        ("what", granted_words(grant.metrics)),
        ("data", _days(grant)),
        ("until", f"{grant.valid_until:%Y-%m-%d %H:%M} UTC"),
        ("sources", ", ".join(grant.sources) or "all of them"),
        ("withheld", ", ".join(grant.withhold) or "nothing by name"),
    ]
    total = any("aggregate" in grant.granted(name) for name in grant.metrics)
    return [*told, ("totals", f"only over {grant.min_k} people or more")] if total else told


def _days(grant: Grant) -> str:
    if grant.data_from is None and grant.data_to is None:
        return "all of it, from the first day on, and what is yet to come"
    first = grant.data_from or "the first day"
    return (
        f"from {first} on, and what is yet to come"
        if grant.data_to is None
        else f"{first} to {grant.data_to}"
    )


def _print_unseen(found: Preview) -> None:
    from policies import tables

    counted = [f"{one.metric} ({one.values} values)" for one in found.unseen if one.values]
    others = [one.metric for one in found.unseen if one.values is None]
    if counted:
        click.echo(f"would not see: {', '.join(counted)}")
    if others:
        words = {name: tables.category(name).words for name in others} | _PLACES
        click.echo(f"nor: {', '.join(f'{name} ({words[name]})' for name in others)}")


def granted_words(granted: dict[str, str]) -> str:
    """Return metrics and how they are granted, in one line."""
    return ", ".join(f"{name} {how}" for name, how in granted.items())
