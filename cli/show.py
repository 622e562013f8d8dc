"""``show``, ``why`` and ``workouts``: reading the vault, or a grantee's view of it."""

from __future__ import annotations

import click

from cli.output import csv_option, emit_frame, json_option, options
from cli.session import as_grantee, open_vault, reader

__all__ = ["by_day", "show", "spanned", "why", "workouts"]

spanned = options(
    click.option("--from", "start", metavar="DAY", help="First day (or instant), ISO 8601."),
    click.option("--to", "end", metavar="DAY", help="Last day (or instant, exclusive), ISO 8601."),
)
"""From when to when."""

by_day = options(
    click.option("--from", "start", metavar="DAY", help="First day, ISO 8601."),
    click.option("--to", "end", metavar="DAY", help="Last day, ISO 8601."),
)
"""From which day to which, of what is known by the day only."""


@click.command()
@click.argument("metric")
@spanned
@click.option("--daily/--raw", default=True, help="Daily values (default) or every sample.")
@csv_option
@json_option
@as_grantee
@click.pass_context
def show(
    ctx: click.Context,
    metric: str,
    start: str | None,
    end: str | None,
    daily: bool,
    as_csv: bool,
    as_json: bool,
    grantee: str | None,
    purpose: str | None,
) -> None:
    """Print a metric: by day with devices merged, or sample by sample.

    With --as and --for, exactly what that grantee would get; a refusal exits 3 and says why.

    \b
    Example:
      vitalvault show steps --from 2026-03-01
      vitalvault show heart_rate --raw --from 2026-03-29 --to 2026-03-29 --csv
      vitalvault show heart_rate --as coach-anna --for coaching
    """
    source = reader(ctx, grantee, purpose)
    frame = source.daily(metric, start, end) if daily else source.samples(metric, start, end)
    emit_frame(frame, as_json=as_json, as_csv=as_csv)


@click.command()
@click.argument("metric")
@click.argument("date")
@json_option
@click.pass_context
def why(ctx: click.Context, metric: str, date: str, as_json: bool) -> None:
    """Explain a daily value: which sources counted, which were left out, and why.

    \b
    Example:
      vitalvault why steps 2026-03-29
    """
    emit_frame(open_vault(ctx).why(metric, date), as_json=as_json)


@click.command()
@spanned
@csv_option
@json_option
@as_grantee
@click.pass_context
def workouts(
    ctx: click.Context,
    start: str | None,
    end: str | None,
    as_csv: bool,
    as_json: bool,
    grantee: str | None,
    purpose: str | None,
) -> None:
    """Print workouts; the same one in two apps is one row.

    \b
    Example:
      vitalvault workouts --from 2026-03-01
    """
    frame = reader(ctx, grantee, purpose).workouts(start, end)
    emit_frame(frame, as_json=as_json, as_csv=as_csv)
