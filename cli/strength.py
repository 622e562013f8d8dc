"""``strength`` and ``reaction``: what was lifted and what it suggests; tests of reaction time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from cli.output import csv_option, emit_frame, json_option, print_json, printable
from cli.session import as_grantee, reader
from cli.show import by_day

if TYPE_CHECKING:
    from vault.analysis.strength.offers import Offer

__all__ = ["reaction", "strength"]


@click.command()
@click.argument("exercise", required=False)
@by_day
@click.option("--offers", is_flag=True, help="What the training suggests on the day of --to (the newest).")
@csv_option
@json_option
@as_grantee
@click.pass_context
def strength(
    ctx: click.Context,
    exercise: str | None,
    start: str | None,
    end: str | None,
    offers: bool,
    as_csv: bool,
    as_json: bool,
    grantee: str | None,
    purpose: str | None,
) -> None:
    """Print strength training by day and movement: sets, volume, estimated maximum and its trend.

    EXERCISE is a movement, or an exercise as your app spells it. Offers are no orders: each stands with its
    numbers and with what would undo it.

    \b
    Example:
      vitalvault strength --from 2026-03-01
      vitalvault strength "Bench Press (Barbell)"
      vitalvault strength --offers
    """
    if offers and (exercise or start or as_csv):
        raise click.UsageError("--offers is about all of the training of one day: give --to or nothing")
    source = reader(ctx, grantee, purpose)
    if not offers:
        emit_frame(source.strength(exercise, start, end), as_json=as_json, as_csv=as_csv)
        return
    found = source.strength_offers(end)
    if as_json:
        print_json([asdict(offer) for offer in found])
    else:
        _print_offers(found)


def _print_offers(found: Sequence[Offer]) -> None:
    """Print offers for people."""
    if not found:
        click.echo("nothing to offer: as planned")
    for offer in found:
        click.secho(printable(offer.text), bold=True)
        for line in offer.evidence:
            click.echo(f"  {printable(line)}")
        click.echo(f"  undone by: {offer.undo}")


@click.command()
@by_day
@csv_option
@json_option
@as_grantee
@click.pass_context
def reaction(
    ctx: click.Context,
    start: str | None,
    end: str | None,
    as_csv: bool,
    as_json: bool,
    grantee: str | None,
    purpose: str | None,
) -> None:
    """Print tests of reaction time: speed, lapses, false starts, beside your usual on the same device.

    \b
    Example:
      vitalvault reaction --from 2026-03-01
    """
    frame = reader(ctx, grantee, purpose).reaction(start, end)
    emit_frame(frame, as_json=as_json, as_csv=as_csv)
