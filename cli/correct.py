"""``correct``: one value put right in its place, and whom that concerns."""

from __future__ import annotations

import click

from cli.notices import say_whom_to_tell
from cli.output import json_option, print_json, printable
from cli.session import agree, open_vault, yes_option

__all__ = ["correct"]


@click.command()
@click.argument("metric")
@click.argument("start")
@click.argument("value", required=False)
@click.option("--source", metavar="NAME", help="Whose, where several start then.")
@click.option("--end", metavar="INSTANT", help="When it ends, where several start then.")
@click.option("--reason", default="", metavar="WORDS", help="Why; kept beside the value.")
@click.option("--withdraw", is_flag=True, help="Bring back what was told before it was corrected.")
@yes_option
@json_option
@click.pass_context
def correct(
    ctx: click.Context,
    metric: str,
    start: str,
    value: str | None,
    source: str | None,
    end: str | None,
    reason: str,
    withdraw: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Give the sample of METRIC that starts at START another VALUE; asks first.

    A day as START names the only sample of that day. The old value is set aside, and no import brings it
    back. Workouts, sleeps and sets can't be corrected; of check-ins the latest of a day counts anyway.

    \b
    Example:
      vitalvault correct body_mass 2026-04-05 71.4 --reason "with shoes on"
      vitalvault correct body_mass 2026-04-05 --withdraw
    """
    if (value is None) != withdraw or (withdraw and reason):
        raise click.UsageError("say the new value, or --withdraw alone")
    words = (
        f"Give {metric} of {start} back what was told" if value is None else f"Correct {metric} of {start}"
    )
    agree(f"{words}?", yes=yes)
    opened = open_vault(ctx)
    with say_whom_to_tell(opened):
        if value is None:
            done = opened.uncorrect(metric, start, source=source, end=end)
        else:
            done = opened.correct(metric, start, value, source=source, end=end, reason=reason)
    if as_json:
        print_json(done.to_dict())
        return
    result = (
        "is as it was told"
        if done.withdrawn
        else "is corrected"
        if done.changed
        else "has that value already"
    )
    click.echo(printable(f"{done.metric} of {done.start}, {done.source}: {result}"))
