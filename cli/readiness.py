"""``readiness`` and ``checkin``: how ready the body seems, why, and how the person feels."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from cli.flags import print_flags
from cli.output import emit_frame, json_option, print_json, say
from cli.session import as_grantee, open_vault, reader

if TYPE_CHECKING:
    from vault.analysis.readiness import Readiness

__all__ = ["checkin", "print_readiness", "readiness"]


@click.command()
@click.argument("date", required=False)
@click.option("--explain", is_flag=True, help="Every term, with your usual range.")
@click.option("--history", type=click.IntRange(min=1), metavar="N", help="The last N days as a table.")
@json_option
@as_grantee
@click.pass_context
def readiness(
    ctx: click.Context,
    date: str | None,
    explain: bool,
    history: int | None,
    as_json: bool,
    grantee: str | None,
    purpose: str | None,
) -> None:
    """Print a day's readiness (the newest by default) with its reasons.

    It weighs last night against your own past. It is no diagnosis and no order.

    \b
    Example:
      vitalvault readiness
      vitalvault readiness 2026-03-29 --explain
      vitalvault readiness --history 14
    """
    source = reader(ctx, grantee, purpose)
    if history is not None:
        emit_frame(source.readiness_history(None, date).tail(history), as_json=as_json)
        return
    found = source.readiness(date)
    if as_json:
        print_json(found.to_dict())
    else:
        print_readiness(found, explain=explain)


def print_readiness(found: Readiness, *, explain: bool) -> None:
    """Print a readiness for people."""
    said: dict[str, Any] = found.to_dict()
    if said["score"] is None:
        click.echo(f"{said['date']}: no readiness score")
    else:
        click.secho(
            f"{said['date']}: readiness {round(said['score'])}, {said['band']} "
            f"({said['label']}, confidence {said['confidence']:.2f})",
            bold=True,
        )
    for reason in found.reasons:
        click.echo(f"  {reason}")
    if said["disagreement"]:
        click.echo(f"  {said['disagreement']['text']}")
    if explain:
        for absent in said["missing"]:
            click.echo(f"  not counted: {absent['term']}: {absent['reason']}")
        print_flags(found.flags)
    if said["advice"]:
        click.echo(f"  {said['advice']['text']}")
        if explain and said["advice"]["undo"]:
            click.echo(f"  what would change it: {said['advice']['undo']}")


_ITEM = click.IntRange(1, 5)


@click.command()
@click.option("--date", metavar="DAY", help="The day it is about (default: today at home).")
@click.option("--energy", type=_ITEM, help="1 none .. 5 full of it")
@click.option("--sleep-quality", type=_ITEM, help="1 very poor .. 5 very good")
@click.option("--soreness", type=_ITEM, help="1 none .. 5 very sore")
@click.option("--stress", type=_ITEM, help="1 none .. 5 very stressed")
@click.option("--mood", type=_ITEM, help="1 very low .. 5 very good")
@click.option("--pain/--no-pain", default=None, help="Something hurts.")
@click.option("--illness/--no-illness", default=None, help="You feel ill.")
@click.pass_context
def checkin(ctx: click.Context, /, date: str | None, **items: float | bool | None) -> None:
    """Say how you feel; asks for what is not given as an option.

    \b
    Example:
      vitalvault checkin --energy 4 --soreness 2
    """
    given = {name: value for name, value in items.items() if value is not None}
    if not given:
        given = _ask()
    opened = open_vault(ctx)
    day = date or opened.clock().astimezone(opened.home_zone).date()
    opened.checkin(day, **given)
    say("noted")


def _ask() -> dict[str, float | bool]:
    if not sys.stdin.isatty():
        raise click.UsageError("say at least one item, e.g. --energy 4")
    questions = {
        "energy": "Energy (1 none .. 5 full of it)",
        "sleep_quality": "Sleep (1 very poor .. 5 very good)",
        "soreness": "Soreness (1 none .. 5 very sore)",
        "stress": "Stress (1 none .. 5 very stressed)",
        "mood": "Mood (1 very low .. 5 very good)",
    }
    return {name: click.prompt(words, type=_ITEM, err=True) for name, words in questions.items()}
