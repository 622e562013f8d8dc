"""What a command prints: tables people can read, JSON for machines, progress on stderr.

stdout is data, stderr is words. A JSON answer is one document with stable keys.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    import pandas as pd

    from adapters.base import Progress

__all__ = [
    "country_option",
    "csv_option",
    "day_option",
    "emit_frame",
    "json_option",
    "options",
    "out_option",
    "print_json",
    "printable",
    "progress_bar",
    "say",
    "table",
    "written",
]

F = TypeVar("F", bound=Callable[..., Any])


def options(*added: Callable[[F], F]) -> Callable[[F], F]:
    """Return one decorator that adds several options or arguments, in this order."""

    def add(command: F) -> F:
        for option in reversed(added):
            command = option(command)
        return command

    return add


def _day(_ctx: click.Context, _param: click.Parameter, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("a day is written as 2026-12-31") from error


def day_option(flag: str, name: str, words: str) -> Callable[[F], F]:
    """Return an option that takes a local day."""
    return click.option(flag, name, metavar="DAY", callback=_day, help=words)


def country_option(words: str) -> Callable[[F], F]:
    """Return an option that takes a country (ISO 3166 alpha-2), in capitals or not."""
    return click.option(
        "--country",
        default="",
        metavar="CC",
        callback=lambda _ctx, _param, text: text.upper(),
        help=words,
    )


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
csv_option = click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")


def out_option(*, required: bool = True) -> Callable[[F], F]:
    """Return ``--out`` and ``--force`` for a command that writes a file."""
    return options(
        click.option("--out", required=required, type=click.Path(dir_okay=False), help="The file to write."),
        click.option("--force", is_flag=True, help="Overwrite the file."),
    )


def printable(text: str) -> str:
    """Return a text of somebody else's with what steers a terminal, or turns its line round, as escapes.

    Without it, a name in a file could clear the screen or write over an answer (CWE-150).
    """
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)


def say(words: str) -> None:
    """Print words for the person, beside the data."""
    click.echo(f"vitalvault: {printable(words)}", err=True)


def print_json(document: Any) -> None:
    """Print one JSON document; what steers a terminal stands in it as JSON's own escapes."""
    text = json.dumps(document, ensure_ascii=False, indent=2, default=str)
    click.echo("\n".join(map(printable, text.split("\n"))))


def table(rows: Iterable[Sequence[object]], header: Sequence[str]) -> None:
    """Print aligned columns, numbers to the right, under a bold header."""
    cells = [[_cell(value) for value in row] for row in rows]
    right = [bool(cells) and all(_is_number(row[i]) for row in cells) for i in range(len(header))]
    widths = [max(len(line[i]) for line in [list(header), *cells]) for i in range(len(header))]
    click.secho(_line(header, widths, right), bold=True)
    for row in cells:
        click.echo(_line(row, widths, right))


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    parts = [
        cell.rjust(width) if number else cell.ljust(width)
        for cell, width, number in zip(cells, widths, right)
    ]
    return "  ".join(parts).rstrip()


def _cell(value: object) -> str:
    # pandas' NA has no truth value: asking whether it differs from itself is an error.
    if value is None or str(value) in {"NaT", "<NA>", "nan"}:
        return "-"
    if isinstance(value, float):
        return f"{value:.1f}" if abs(value) >= 1 or value == round(value, 1) else f"{value:.3g}"
    return printable(str(value))


def _is_number(cell: str) -> bool:
    return cell == "-" or cell.replace(".", "", 1).replace("-", "", 1).isdigit()


def emit_frame(frame: pd.DataFrame, *, as_json: bool, as_csv: bool = False) -> None:
    """Print a reader's table as text, CSV or JSON rows."""
    if as_csv and as_json:
        raise click.UsageError("--csv or --json, not both")
    flat = frame.reset_index() if frame.index.name else frame
    for column in flat.columns:
        if flat[column].dtype.kind == "M":
            flat[column] = _dates(flat[column], exact=as_csv or as_json)
    if as_csv:
        click.echo(flat.to_csv(index=False), nl=False)
    elif as_json:
        print_json(json.loads(flat.to_json(orient="records", force_ascii=False)))
    else:
        table(flat.itertuples(index=False, name=None), list(map(str, flat.columns)))


def _dates(column: pd.Series[Any], *, exact: bool) -> pd.Series[Any]:
    """Return days, or instants in UTC: whole seconds for people, whatever there is for machines."""
    whole_days = getattr(column.dt, "tz", None) is None
    form = "%Y-%m-%d" if whole_days else "%Y-%m-%dT%H:%M:%S.%fZ" if exact else "%Y-%m-%dT%H:%M:%SZ"
    text: pd.Series[Any] = column.dt.strftime(form)
    return text.str.replace(".000000Z", "Z", regex=False)


@contextmanager
def progress_bar(label: str) -> Iterator[Progress | None]:
    """Show a bar on stderr while reading, when somebody is there to see it."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=100, label=label, file=sys.stderr) as bar:

        def tell(done: int, total: int) -> None:
            share = 100 * done // max(total, 1)
            bar.update(share - bar.pos)

        yield tell


@contextmanager
def written(out: str | None, *, force: bool) -> Iterator[IO[bytes]]:
    """Open stdout, or a file that only its owner can read and that is there when it is whole."""
    from policies.rights.archive import new_file

    if out is None:
        yield sys.stdout.buffer
        return
    with new_file(Path(out), force=force) as file:
        yield file
