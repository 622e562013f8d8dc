"""``load``: what training cost, and how it builds up."""

from __future__ import annotations

import click

from cli.output import csv_option, emit_frame, json_option
from cli.session import as_grantee, reader
from cli.show import by_day

__all__ = ["load"]


@click.command()
@by_day
@click.option("--workouts", is_flag=True, help="What each workout cost, and which data say so.")
@csv_option
@json_option
@as_grantee
@click.pass_context
def load(
    ctx: click.Context,
    start: str | None,
    end: str | None,
    workouts: bool,
    as_csv: bool,
    as_json: bool,
    grantee: str | None,
    purpose: str | None,
) -> None:
    """Print training load by day; 100 points are one hour at threshold.

    \b
    Example:
      vitalvault load --from 2026-03-01
      vitalvault load --workouts
    """
    source = reader(ctx, grantee, purpose)
    frame = source.efforts(start, end) if workouts else source.load(start, end)
    emit_frame(frame, as_json=as_json, as_csv=as_csv)
