"""``report``: one page with charts to look at, to print, or to hand to somebody."""

from __future__ import annotations

from datetime import date

import click

from cli.output import day_option, out_option, say, written
from cli.session import as_grantee, open_vault

__all__ = ["report"]


@click.command()
@out_option()
@day_option("--date", "day", "The last day (default: the newest with readiness).")
@click.option("--days", type=click.IntRange(7, 3700), default=90, show_default=True, help="How many days.")
@as_grantee
@click.pass_context
def report(
    ctx: click.Context,
    out: str,
    force: bool,
    day: date | None,
    days: int,
    grantee: str | None,
    purpose: str | None,
) -> None:
    """Write a page of charts that opens offline in any browser: it loads nothing and runs nothing.

    It is plain text, for you; keep it where only you can read it. With --as it holds what that grantee
    may see, and nothing else.

    \b
    Example:
      vitalvault report --out report.html
      vitalvault report --out march.html --date 2026-03-31 --days 31
    """
    from vault.report import page

    if (grantee is None) != (purpose is None):
        raise click.UsageError("--as and --for go together: who asks, and for what")
    opened = open_vault(ctx)
    made = opened.clock().astimezone(opened.home_zone)
    with written(out, force=force) as file:
        if grantee is None or purpose is None:
            text = page(opened, made=made, day=day, days=days, owner=opened)
        else:
            import policies

            view = policies.view(opened, grantee=grantee, purpose=purpose)
            view.metrics()  # refuses where nothing is granted
            text = page(view, made=made, day=day, days=days)
        file.write(text.encode())
    say(f"wrote {out}")
    say("it is not encrypted: keep it where only you can read it")
