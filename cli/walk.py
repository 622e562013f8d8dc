"""A grant asked for step by step: who, what, why, until when, from which day on; in words, with defaults.

Each answer is tried with all that was said before it, and asked for again if no such grant could be made:
nobody loses five answers to the sixth.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

import click

from vault.errors import AccessDenied, InputError

__all__ = ["walked"]

_OWN = "something else"

Terms = dict[str, Any]
Check = Callable[[Terms], None]
"""Raises InputError or AccessDenied for terms that no grant could have, whatever else is said."""


def walked(terms: Terms, check: Check) -> Terms:
    """Return the terms of a grant with what the person answered; what was given stays.

    Raises:
        InputError, AccessDenied: what was given, or a country, can't be granted to whatever is answered.
    """
    check(terms)
    told = dict(terms)
    told["grantee"] = _ask("Who? A short name for them, such as coach-anna", _tried(check, told, "grantee"))
    if told["preset"] is None and not told["metrics"]:
        _what(told, check)
    if told["card"] is None:
        told["name"] = told["name"] or _ask("Their name", _tried(check, told, "name"), default="")
        told["country"] = told["country"] or _country(told, check)
    _days(told, check)
    return told


def _what(told: Terms, check: Check) -> None:
    """Ask for a preset, or for the parts of a grant that no preset fits."""
    import policies
    from policies.tables import floors, ladder, words

    presets = {name: one.words for name, one in policies.PRESETS.items()} | {_OWN: ""}
    chosen = _choose("What for?", presets, lambda name: check(told | {"preset": _preset(name)}))
    told["preset"] = _preset(chosen)
    if told["preset"]:
        return
    kinds = {name: one.reason for name, one in floors().items()}
    purposes = {name: one.words for name, one in policies.PURPOSES.items()}
    told["kind"] = told["kind"] or _choose("What are they to you?", kinds, _tried(check, told, "kind"))
    told["purpose"] = told["purpose"] or _choose("Why?", purposes, _tried(check, told, "purpose"))
    click.echo("How fine: " + ", ".join(f"{rung} ({words(rung)})" for rung in ladder()), err=True)
    click.echo(f"Packs: {', '.join(policies.PACKS)}", err=True)
    told["metrics"] = _metrics(told, check)


def _preset(chosen: str) -> str | None:
    return None if chosen == _OWN else chosen


def _metrics(told: Terms, check: Check) -> tuple[str, ...]:
    question = "A metric or pack, and how fine, such as sleep_duration=daily (empty: done)"
    metrics: tuple[str, ...] = ()

    def added(line: str) -> None:
        if not line and not metrics:
            raise InputError("a grant of nothing", hint="name a metric or a pack")
        check(told | {"metrics": (*metrics, *([line] if line else []))})

    while line := _ask(question, added, default=""):
        metrics = (*metrics, line)
    return metrics


def _country(told: Terms, check: Check) -> str:
    """Ask for the country; one to which nothing may be given ends it, since no other answer would be true."""

    def tried(text: str) -> None:
        with suppress(AccessDenied):
            check(told | {"country": text.upper()})

    country = _ask("Their country, such as DE", tried, default="").upper()
    check(told | {"country": country})
    return country


def _days(told: Terms, check: Check) -> None:
    """Ask for the days of data, and for the last day of the grant."""
    import policies
    from policies.tables import floors
    from policies.validity import DEFAULT_DAYS

    preset = policies.PRESETS.get(told["preset"])
    floor = floors().get(told["kind"] or (preset.kind if preset else ""))
    days = preset.days if preset else DEFAULT_DAYS
    questions = {"data_from": "From which day of your data on? (empty: from the first)"}
    if floor and floor.last_day:
        questions["data_to"] = "Up to which day of your data?"
    questions["valid_until"] = f"Until which day may they look? (empty: {days} days)"
    for name, question in questions.items():
        told[name] = told[name] or _day(question, _tried(check, told, name), needed=name == "data_to")


def _day(question: str, check: Callable[[Any], object], *, needed: bool) -> date | None:
    def tried(text: str) -> None:
        if needed and not text:
            raise InputError("a study needs a last day of data")
        check(_date(text))

    return _date(_ask(question, tried, default=""))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError("a day is written as 2026-12-31") from None


def _tried(check: Check, told: Terms, name: str) -> Callable[[Any], None]:
    """Return the check of one answer beside what was said until now."""
    return lambda answer: check(told | {name: answer})


def _ask(question: str, check: Callable[[str], object], default: str | None = None) -> str:
    while True:
        text = str(click.prompt(question, default=default, show_default=False, err=True)).strip()
        if _holds(check, text):
            return text


def _choose(question: str, options: dict[str, str], check: Callable[[str], object]) -> str:
    for number, (name, said) in enumerate(options.items(), 1):
        click.echo(f"{number:3} {name}{': ' if said else ''}{said}", err=True)
    while True:
        at = click.prompt(question, type=click.IntRange(1, len(options)), err=True)
        chosen = list(options)[at - 1]
        if _holds(check, chosen):
            return chosen


def _holds(check: Callable[[str], object], answer: str) -> bool:
    """Whether an answer can stand; says why, if it can't."""
    try:
        check(answer)
    except (InputError, AccessDenied) as error:
        click.echo(f"{error}{'; ' if error.hint else ''}{error.hint}", err=True)
        return False
    return True
