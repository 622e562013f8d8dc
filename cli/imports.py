"""``import`` and ``imports``: reading exports, and the ledger of what was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.mapping import mapping_option
from cli.output import emit_frame, json_option, print_json, progress_bar, say, table
from cli.session import agree, open_vault, yes_option
from vault.errors import InputError

if TYPE_CHECKING:
    from adapters.table.mapping import TableMapping
    from vault.store.report import ImportReport
    from vault.vault import Vault

__all__ = ["import_", "imports", "no_source"]

REJECTED = 6
"""Exit code: done, with rejected rows or paths."""
_COUNTS = ("added", "duplicate", "updated", "rejected")
_KINDS = {
    "workout": "workouts",
    "sleep_session": "sleeps",
    "strength_set": "strength sets",
    "score": "scores",
    "document": "documents",
    "stream": "workout curves",
    "checkin": "check-ins",
}
"""Records that people count, and how they are called."""


def _source(_ctx: click.Context, _param: click.Parameter, name: str | None) -> str | None:
    import adapters

    if name is not None and name not in adapters.sources():
        raise click.UsageError(no_source(name))
    if name is not None and (through := adapters.sources()[name].through):
        raise click.UsageError(f"{name} has no export of its own: it is read through {through}")
    return name


def no_source(name: str) -> str:
    """Say that there is no source of that name, which ones may be meant, else which ones there are."""
    from difflib import get_close_matches

    import adapters

    known, asked = adapters.sources(), name.casefold()
    meant = [key for key, one in known.items() if asked in key or asked in one.title.casefold()]
    if meant := meant or get_close_matches(asked, known):
        return f"no source of that name; do you mean {' or '.join(meant)}?"
    return f"no source of that name; known: {', '.join(known)}"


def _zone(_ctx: click.Context, _param: click.Parameter, name: str | None) -> str | None:
    from vault.time import zone

    try:
        if name is not None:
            zone(name)
    except InputError as error:
        raise click.BadParameter(f"{error}; {error.hint}") from error
    return name


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True))
@click.option(
    "--source", metavar="NAME", callback=_source, help="Read as this source instead of detecting it."
)
@click.option(
    "--timezone",
    metavar="ZONE",
    callback=_zone,
    help="The zone of records that bring none, e.g. Europe/Berlin.",
)
@click.option(
    "--alias",
    "aliases",
    multiple=True,
    metavar="NAME=APP",
    help='Say whose app a name is, e.g. "Tempo=tempo_studio"; remembered.',
)
@click.option(
    "--dates",
    type=click.Choice(["dmy", "mdy"]),
    help="Say whether the day or the month stands first in dates that do not show it.",
)
@mapping_option("--map", "Read a table as this mapping says (see map).")
@click.option(
    "--weight-unit",
    type=click.Choice(["kg", "lb"]),
    help="Say what weights are in, in tables of lifting that do not say it (older ones of Strong).",
)
@click.option("--include-journal", is_flag=True, help="Read a journal too, which is private (WHOOP).")
@click.option("--dry-run", is_flag=True, help="Read and count, but keep nothing.")
@json_option
@click.pass_context
def import_(
    ctx: click.Context,
    paths: tuple[str, ...],
    source: str | None,
    timezone: str | None,
    aliases: tuple[str, ...],
    dates: str | None,
    mapping: TableMapping | None,
    weight_unit: str | None,
    include_journal: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Read exports (zip files, folders, single files) into the vault.

    What is already there is not added again; an import is kept whole or not at all.

    \b
    Example:
      vitalvault import export.zip
      vitalvault import export.zip --timezone Europe/Berlin --dry-run
    """
    named = _aliases(aliases)
    opened = open_vault(ctx)
    known = opened.aliases() | named
    told = {
        "source": source,
        "timezone": timezone,
        "aliases": known,
        "day_first": None if dates is None else dates == "dmy",
        "mapping": mapping,
        "journal": include_journal,
        "weight_unit": weight_unit or "",
    }
    tried = [_import(opened, path, told, dry_run=dry_run) for path in paths]
    reports = [one for one in tried if not isinstance(one, InputError)]
    if not reports:
        ctx.exit(1)
    if named and not dry_run:
        opened.remember_aliases(named)
    total = _total(reports)
    if as_json:
        print_json({**total, "paths": [_became(path, one) for path, one in zip(paths, tried)]})
    else:
        _summary(reports, total, dry_run=dry_run)
    _ask_whose(total["sources"], known)
    if total["rejected"] or len(reports) < len(paths):
        ctx.exit(REJECTED)


def _ask_whose(sources: list[str], known: dict[str, str]) -> None:
    """Ask about a name that several apps have; nothing is guessed."""
    from adapters.apple_health.tables import is_ambiguous

    for name in sources:
        if is_ambiguous(name) and name not in known:
            say(f'several apps are called "{name}": say whose it is with --alias "{name}=APP"')


def _aliases(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    if any(not (name and app) for name, _, app in pairs):
        raise click.UsageError('--alias takes NAME=APP, e.g. --alias "Tempo=tempo_studio"')
    return {name: app for name, _, app in pairs}


def _import(opened: Vault, path: str, told: dict[str, Any], *, dry_run: bool) -> ImportReport | InputError:
    """Import one path; if it can't be read, say so and return why: the others can."""
    import adapters

    try:
        with progress_bar("reading") as progress:
            export = adapters.read(path, **told, progress=progress, home=opened.home_zone)
            return opened.ingest(export, dry_run=dry_run)
    except InputError as error:
        say(f"error: {_base(path)}: {error}")
        if error.hint:
            say(f"hint: {error.hint}")
        return error


def _base(path: str) -> str:
    return Path(path).name or path


def _became(path: str, tried: ImportReport | InputError) -> dict[str, Any]:
    """Return what became of one path."""
    error = tried.code if isinstance(tried, InputError) else None
    signers = [] if isinstance(tried, InputError) else tried.signers
    counts = {name: getattr(tried, name, 0) for name in _COUNTS}
    return {"path": _base(path), "error": error, "signers": signers, **counts}


def _total(reports: list[ImportReport]) -> dict[str, Any]:
    parts = [report.to_dict() for report in reports]
    return {
        **{name: sum(part[name] for part in parts) for name in _COUNTS},
        "rejections": _sums(part["rejections"] for part in parts),
        "left": _sums(part["left"] for part in parts),
        "sources": sorted({name for part in parts for name in part["sources"]}),
        "adopted": any(report.adopted for report in reports),
        "import_ids": [one for part in parts for one in part["import_ids"]],
    }


def _sums(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    """Return the sum of counts by reason."""
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(sorted(total.items()))


def _summary(reports: list[ImportReport], total: dict[str, Any], *, dry_run: bool) -> None:
    by_name: Counter[str] = Counter()
    for report in reports:
        by_name.update(report.by_metric)
        by_name.update({name: report.by_kind[kind] for kind, name in _KINDS.items() if report.by_kind[kind]})
    if by_name:
        table(by_name.most_common(), ["metric", "added"])
        click.echo()
    kept = "would be added" if dry_run else "added"
    click.echo(
        f"{total['added']} {kept}, {total['duplicate']} already there, "
        f"{total['updated']} updated, {total['rejected']} rejected"
    )
    for reason, count in total["rejections"].items():
        places = [place for report in reports for place in report.examples.get(reason, [])]
        where = ", ".join(f"{file}:{line}" if line else file for file, line in places[:3])
        say(f"rejected {count} ({reason})" + (f", e.g. at {where}" if where else ""))
    for signer in (one for report in reports for one in report.signers):
        say(f"the bundle is signed by {signer}; compare that with the key that its owner knows")
    if total["adopted"]:
        say("the vault was empty: home zone, names of apps and choices of sources are the bundle's")
    if total["left"]:
        say("left on purpose: " + ", ".join(f"{count} {reason}" for reason, count in total["left"].items()))


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def imports(ctx: click.Context, as_json: bool) -> None:
    """List what was imported: when, from which files, with what result; take an import back.

    \b
    Example:
      vitalvault imports --json
      vitalvault imports undo 3
    """
    if ctx.invoked_subcommand is None:
        ledger = open_vault(ctx).imports()
        if not as_json:  # a folder is thousands of files
            ledger = ledger.assign(files=ledger["files"].map(_few), digests=ledger["digests"].map(_few))
        emit_frame(ledger, as_json=as_json)


def _few(listed: str) -> str:
    """Return a list of names as people read it: the first, and how many more."""
    first, *more = listed.split(", ")
    return f"{first} and {len(more)} more" if more else first


@imports.command()
@click.argument("import_id", metavar="ID")
@yes_option
@json_option
@click.pass_context
def undo(ctx: click.Context, import_id: str, yes: bool, as_json: bool) -> None:
    """Take an import back: the vault is as if it had never been.

    What another import told as well stays, as that one told it. The very same file read twice is one
    import. The same export can be imported again.

    \b
    Example:
      vitalvault imports undo 3
    """
    agree(f"Take import {import_id} back?", yes=yes)
    undone = open_vault(ctx).undo_import(import_id)
    if as_json:
        print_json(undone.to_dict())
    else:
        click.echo(f"{undone.samples} samples and {undone.records} records are gone, which nothing else told")
