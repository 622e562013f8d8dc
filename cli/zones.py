"""``zones``: heart rate and power zones, and where today's ceiling is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.output import emit_frame, json_option, say
from cli.session import as_grantee, reader

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["zones"]


@click.command()
@click.argument("date", required=False)
@json_option
@as_grantee
@click.pass_context
def zones(
    ctx: click.Context, date: str | None, as_json: bool, grantee: str | None, purpose: str | None
) -> None:
    """Print your training zones as known on a day (the newest by default).

    \b
    Example:
      vitalvault zones
      vitalvault zones 2026-03-29 --json
    """
    found = reader(ctx, grantee, purpose).zones(date)
    emit_frame(found, as_json=as_json)
    if not as_json:
        _say(found)


def _say(found: pd.DataFrame) -> None:
    """Say why a kind has no zones, and where the day ends."""
    for kind, why in found.attrs.get("missing", {}).items():
        say(f"no zones of {kind}: {why}")
    within = found.loc[found["today"], "zone"] if "today" in found else found.index
    if len(within) < len(found):
        say(f"that day's readiness suggests zone {within.max()} at most; the zones stay as they are")
