"""``map``: what the columns of somebody's table are, proposed from its header, and tried before an import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli.output import json_option, out_option, print_json, say, table, written

if TYPE_CHECKING:
    from adapters.table.check import Report
    from adapters.table.mapping import TableMapping

__all__ = ["map_", "mapping_option"]

F = TypeVar("F", bound=Callable[..., Any])


def _mapping(_ctx: click.Context, _param: click.Parameter, path: str | None) -> TableMapping | None:
    if path is None:
        return None
    from adapters.table.mapping import MAX_BYTES, mapping_in

    with Path(path).open("rb") as file:
        return mapping_in(file.read(MAX_BYTES + 1))


def mapping_option(flag: str, words: str) -> Callable[[F], F]:
    """Return an option that takes a mapping file."""
    kind = click.Path(exists=True, dir_okay=False)
    return click.option(flag, "mapping", type=kind, callback=_mapping, help=words)


@click.command("map")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@mapping_option("--check", "Try this mapping instead, and report what it makes of the table.")
@out_option(required=False)
@json_option
def map_(file: str, mapping: TableMapping | None, out: str | None, force: bool, as_json: bool) -> None:
    """Propose what the columns of a table are; try a mapping before importing by it.

    A proposal has names of columns and formats in it, and nothing of what is in the table. What is not
    certain stands there as "?": answer it, and the mapping can be used.

    \b
    Example:
      vitalvault map scale.csv --out scale.toml
      vitalvault map scale.csv --check scale.toml
    """
    if mapping is not None:
        _tried(file, mapping, as_json=as_json)
        return
    from adapters.table.propose import proposal

    text = proposal(Path(file))
    if as_json:
        print_json({"mapping": text})
        return
    with written(out, force=force) as target:
        target.write(text.encode())


def _tried(file: str, mapping: TableMapping, *, as_json: bool) -> None:
    from adapters.base import Options
    from adapters.table.check import check

    report = check(Path(file), mapping, Options())
    if as_json:
        print_json(report.to_dict())
    else:
        _print(report)


def _print(report: Report) -> None:
    click.echo(f"{report.rows} rows: {report.accepted} accepted")
    for reason, count in sorted(report.others.items()):
        click.echo(f"  {count} {reason}")
    said = report.to_dict()
    if report.accepted:
        click.echo(f"from {said['start']} to {said['end']}, zone: {report.zone or 'the home of the vault'}")
    click.echo()
    rows = [
        (name, one["unit"], one["count"], one["low"], one["high"], one["plausible"], one["outside"])
        for name, one in said["fields"].items()
    ]
    table(rows, ["field", "unit", "values", "lowest", "highest", "plausible", "outside"])
    click.echo()
    for row in said["first"]:
        values = ", ".join(f"{name} {value}" for name, value in (row["numbers"] | row["words"]).items())
        click.echo(f"{row['start']}  {values}")
    if report.unmapped:
        say("columns that are not mapped: " + ", ".join(report.unmapped))
