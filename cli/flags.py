"""``flags``: patterns worth a look on a day, each with its numbers and how often it means nothing."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from cli.output import json_option, print_json, say
from cli.session import as_grantee, reader

if TYPE_CHECKING:
    from vault.analysis.readiness import Flag

__all__ = ["flags", "print_flags"]


@click.command()
@click.argument("date", required=False)
@json_option
@as_grantee
@click.pass_context
def flags(
    ctx: click.Context, date: str | None, as_json: bool, grantee: str | None, purpose: str | None
) -> None:
    """Print the patterns worth a look on a day (the newest by default).

    A pattern in the numbers is no finding about your health, and no flag does not mean that all is well.

    \b
    Example:
      vitalvault flags
      vitalvault flags 2026-03-29 --json
    """
    found = reader(ctx, grantee, purpose).flags(date)
    if as_json:
        print_json({"flags": [{**asdict(flag), "evidence": list(flag.evidence)} for flag in found]})
        return
    print_flags(found)
    if not found:
        say("no flag on that day; that is no finding that all is well")


def print_flags(found: tuple[Flag, ...]) -> None:
    """Print flags for people."""
    for flag in found:
        click.echo(f"  flag {flag.id}: {flag.text}")
        for words in (*flag.evidence, flag.base_rate):
            if words:
                click.echo(f"    {words}")
