"""``sources``: what is read from whom, whom the owner believes first, and which devices there were.

The idea: a first word that is no command of this group is the name of a source to tell of.
"""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING

import click

from cli.imports import no_source
from cli.output import day_option, emit_frame, json_option, print_json, say
from cli.session import open_vault

if TYPE_CHECKING:
    from adapters.base import Coverage

__all__ = ["sources"]


class _NameOrCommand(click.Group):
    """A group that also takes one word which is none of its commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        name = next((word for word in args if not word.startswith("-")), None)
        if name is not None and name not in self.commands:
            args = list(args)
            args.remove(name)
            ctx.params["name"] = name
        return super().parse_args(ctx, args)


@click.group(cls=_NameOrCommand, invoke_without_command=True, subcommand_metavar="[NAME | COMMAND [ARGS]...]")
@json_option
@click.pass_context
def sources(ctx: click.Context, as_json: bool, name: str | None = None) -> None:
    """Say for every source what is read, what is left and why, and how to get the export.

    \b
    Example:
      vitalvault sources
      vitalvault sources apple_health
      vitalvault sources prefer "Garmin fenix"
      vitalvault sources eras hrv_sdnn
    """
    if ctx.invoked_subcommand is not None:
        return
    import adapters

    known = adapters.sources()
    if name is not None and name not in known:
        raise click.UsageError(no_source(name))
    shown = {key: known[key] for key in ([name] if name else known)}
    if as_json:
        print_json(
            {
                key: {
                    "title": one.title,
                    "how_to_export": one.how_to_export,
                    "reads": list(one.reads),
                    "leaves": list(one.leaves),
                    "metrics": list(one.metrics),
                    "through": one.through or None,
                }
                for key, one in shown.items()
            }
        )
        return
    for key, one in shown.items():
        _print_source(key, one, with_metrics=name is not None)
    sys.stdout.flush()


def _print_source(key: str, one: Coverage, *, with_metrics: bool) -> None:
    click.secho(f"{one.title} ({key})", bold=True)
    click.echo(f"  export: {one.how_to_export}")
    for line in one.reads:
        click.echo(f"  reads:  {line}")
    for line in one.leaves:
        click.echo(f"  leaves: {line}")
    if with_metrics:
        click.echo(f"  metrics: {', '.join(one.metrics)}")


@sources.command()
@click.argument("source", required=False)
@click.option(
    "--metric", metavar="METRIC", help="Of this metric only; 'sleep' and 'workouts' stand for all of theirs."
)
@day_option("--from", "start", "From this day on.")
@day_option("--to", "end", "Up to this day.")
@click.option("--list", "only_list", is_flag=True, help="List what you chose.")
@click.option(
    "--forget", is_flag=True, help="Take back the choices of a source that the other words are said of."
)
@json_option
@click.pass_context
def prefer(
    ctx: click.Context,
    source: str | None,
    metric: str | None,
    start: date | None,
    end: date | None,
    only_list: bool,
    forget: bool,
    as_json: bool,
) -> None:
    """Believe a source first, where several recorded the same; the days it is about are made anew.

    It hides none of the others: they tell what it did not record. What names a metric comes before what is
    of all metrics, then the newest choice comes first. SOURCE is a name that 'vitalvault status' shows.

    \b
    Example:
      vitalvault sources prefer "Garmin fenix" --metric steps --from 2024-01-01 --to 2024-06-30
      vitalvault sources prefer --list
      vitalvault sources prefer "Garmin fenix" --forget
    """
    if only_list == (source is not None) or (only_list and forget):
        raise click.UsageError("name a source, or --list what you chose")
    opened = open_vault(ctx)
    if source is not None and forget:
        opened.forget_preferences(source, metric, start, end)
    elif source is not None and not opened.prefer(source, metric, start, end):
        say(f"{source} has told nothing of {metric} yet; the choice holds as soon as it does")
    emit_frame(opened.preferences(), as_json=as_json)


@sources.command()
@click.argument("metric", required=False)
@json_option
@click.pass_context
def eras(ctx: click.Context, metric: str | None, as_json: bool) -> None:
    """List with which device, in which way and how long each source measured.

    Readiness learns what is usual within one of these eras.

    Without METRIC they are of all that it learns from. A new device under an old name is a new era.

    \b
    Example:
      vitalvault sources eras
      vitalvault sources eras hrv_sdnn --json
    """
    emit_frame(open_vault(ctx).eras(metric), as_json=as_json)
