"""``restrict``: what is kept, and shown to nobody but you, until you lift it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from cli.notices import say_whom_to_tell
from cli.output import day_option, json_option, print_json, table
from cli.session import open_vault

if TYPE_CHECKING:
    from policies.restriction import Restriction

__all__ = ["restrict"]


@click.command()
@click.argument("category", required=False)
@day_option("--from", "start", "From this day on.")
@day_option("--to", "end", "Up to and with this day.")
@click.option("--lift", is_flag=True, help="Lift what is restricted of the category.")
@json_option
@click.pass_context
def restrict(
    ctx: click.Context, category: str | None, start: date | None, end: date | None, lift: bool, as_json: bool
) -> None:
    """Keep a metric, and what is made of it, from everybody but you; alone, list what is kept back.

    It counts at once, whatever is granted. Whoever asks for days among which is a restricted one is told no.

    \b
    Example:
      vitalvault restrict heart_rate --from 2026-03-01 --to 2026-03-05
      vitalvault restrict heart_rate --lift
      vitalvault restrict
    """
    import policies

    if category is None and (start or end or lift):
        raise click.UsageError("say of which category")
    opened = open_vault(ctx)
    if category is None:
        found = [one for one in policies.restrictions(opened) if one.lifted_at is None]
    else:
        with say_whom_to_tell(opened):
            found = (
                policies.lift(opened, category, start, end)
                if lift
                else [policies.restrict(opened, category, start, end)]
            )
    if as_json:
        print_json({"restrictions": [one.to_dict() for one in found]})
    else:
        table([_row(one) for one in found], ["category", "from", "to", "lifted" if lift else "since (UTC)"])


def _row(one: Restriction) -> list[object]:
    at = one.lifted_at or one.at
    return [one.category, one.first_day, one.last_day, f"{at:%Y-%m-%d %H:%M}"]
