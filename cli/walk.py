"""A grant asked for step by step: who, what, why, until when, from which day on; in words, with defaults."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

__all__ = ["walked"]

_OWN = "something else"


def walked(terms: dict[str, Any]) -> dict[str, Any]:
    """Return the terms of a grant with what the person answered; what was given stays."""
    import policies
    from policies.tables import floors
    from policies.validity import DEFAULT_DAYS

    told = dict(terms)
    told["grantee"] = _ask("Who? A short name for them, such as coach-anna")
    if told["preset"] is None and not told["metrics"]:
        chosen = _choose(
            "What for?", {name: one.words for name, one in policies.PRESETS.items()} | {_OWN: ""}
        )
        if chosen == _OWN:
            told |= _own(told)
        else:
            told["preset"] = chosen
    if told["card"] is None:
        told["name"] = told["name"] or _ask("Their name", default="")
        told["country"] = told["country"] or _ask("Their country, such as DE", default="").upper()
    told["data_from"] = told["data_from"] or _day("From which day of your data on? (empty: from the first)")
    preset = policies.PRESETS.get(told["preset"])
    floor = floors().get(told["kind"] or (preset.kind if preset else ""))
    if floor and floor.last_day:
        told["data_to"] = told["data_to"] or _day("Up to which day of your data?")
    days = preset.days if preset else DEFAULT_DAYS
    told["valid_until"] = told["valid_until"] or _day(f"Until which day may they look? (empty: {days} days)")
    return told


def _own(told: dict[str, Any]) -> dict[str, Any]:
    """Ask for the parts of a grant that no preset fits."""
    import policies
    from policies.tables import floors, ladder, words

    kind = told["kind"] or _choose(
        "What are they to you?", {name: one.reason for name, one in floors().items()}
    )
    purpose = told["purpose"] or _choose("Why?", {name: one.words for name, one in policies.PURPOSES.items()})
    click.echo("How fine: " + ", ".join(f"{rung} ({words(rung)})" for rung in ladder()), err=True)
    click.echo(f"Packs: {', '.join(policies.PACKS)}", err=True)
    metrics = []
    while line := _ask(
        "A metric or pack, and how fine, such as sleep_duration=daily (empty: done)", default=""
    ):
        metrics.append(line)
    return {"kind": kind, "purpose": purpose, "metrics": tuple(metrics)}


def _choose(question: str, options: dict[str, str]) -> str:
    for number, (name, said) in enumerate(options.items(), 1):
        click.echo(f"{number:3} {name}{': ' if said else ''}{said}", err=True)
    at = click.prompt(question, type=click.IntRange(1, len(options)), err=True)
    return list(options)[at - 1]


def _ask(question: str, default: str | None = None) -> str:
    return str(click.prompt(question, default=default, show_default=False, err=True)).strip()


def _day(question: str) -> date | None:
    while True:
        text = _ask(question, default="")
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            click.echo("a day is written as 2026-12-31", err=True)
