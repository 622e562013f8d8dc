"""``sleep``: nights and naps, and what they add up to: need and debt, regularity and rhythm."""

from __future__ import annotations

from typing import Any

import click

from cli.output import csv_option, emit_frame, json_option, options, print_json
from cli.session import as_grantee, reader
from cli.show import spanned

__all__ = ["sleep"]

_NEWEST = "newest"

_asked = options(
    click.option(
        "--debt",
        is_flag=False,
        flag_value=_NEWEST,
        metavar="[DAY]",
        help="Need and debt on a day (the newest by default).",
    ),
    click.option(
        "--rhythm",
        is_flag=False,
        flag_value=_NEWEST,
        metavar="[DAY]",
        help="Regularity, body clock, bedtime and caffeine on a day (the newest by default).",
    ),
)


@click.command()
@spanned
@_asked
@csv_option
@json_option
@as_grantee
@click.pass_context
def sleep(
    ctx: click.Context,
    start: str | None,
    end: str | None,
    debt: str | None,
    rhythm: str | None,
    as_csv: bool,
    as_json: bool,
    grantee: str | None,
    purpose: str | None,
) -> None:
    """Print nights and naps, one source a night; or what they add up to on a day.

    Debt and rhythm are estimates and offers. They are no diagnosis and no order.

    \b
    Example:
      vitalvault sleep --from 2026-03-01
      vitalvault sleep --debt
      vitalvault sleep --rhythm 2026-03-29
    """
    day = rhythm if debt is None else debt
    if day is not None and (None not in (debt, rhythm) or start or end or as_csv):
        raise click.UsageError("--debt and --rhythm are of one day each: leave the other options out")
    source = reader(ctx, grantee, purpose)
    if day is None:
        emit_frame(source.sleep(start, end), as_json=as_json, as_csv=as_csv)
        return
    on = None if day == _NEWEST else day
    found = source.sleep_debt(on) if rhythm is None else source.sleep_rhythm(on)
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found.to_dict())


def _print(said: dict[str, Any]) -> None:
    """Print a result for people: what is known, then what is not and why."""
    click.secho(said["date"], bold=True)
    for line in filter(None, said["texts"] if "texts" in said else [said["text"]]):
        click.echo(f"  {line}")
    for words, kept in (("on hold", "suspended"), ("not known", "missing")):
        for reason, terms in _by_reason(said.get(kept)).items():
            click.echo(f"  {words}: {', '.join(terms)}: {reason}")


def _by_reason(told: Any) -> dict[str, list[str]]:
    """Return the terms of each reason; why a debt is missing is in its sentence."""
    found: dict[str, list[str]] = {}
    for one in told if isinstance(told, list) else []:
        found.setdefault(one["reason"], []).append(one["term"].replace("_", " "))
    return found
