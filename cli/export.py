"""``export``: everything out in open formats, and the check of a bundle."""

from __future__ import annotations

from dataclasses import asdict

import click

from cli.output import json_option, options, out_option, print_json, say, written
from cli.session import open_vault

__all__ = ["export"]

INTEGRITY = 5


@click.group()
def export() -> None:
    """Write your data as a bundle, FHIR or CSV; verify a bundle.

    What is written is plain text, for you; keep it where only you can read it.

    \b
    Example:
      vitalvault export bundle --out me.zip
      vitalvault export verify me.zip
    """


@export.command()
@out_option()
@json_option
@click.pass_context
def bundle(ctx: click.Context, out: str, force: bool, as_json: bool) -> None:
    """Write everything: FHIR, CSV, originals, consent receipts, a page to read, signed.

    \b
    Example:
      vitalvault export bundle --out me.zip
    """
    from policies.rights import write_bundle

    summary = write_bundle(open_vault(ctx), out, force=force)
    if as_json:
        print_json(asdict(summary))
    else:
        click.echo(f"{summary.files} files, {summary.observations} observations, {summary.size} bytes")
        say("it is not encrypted: keep it where only you can read it")


@export.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--signer", metavar="KEY", help="The key (hex) that must have signed it.")
@json_option
@click.pass_context
def verify(ctx: click.Context, file: str, signer: str | None, as_json: bool) -> None:
    """Check a bundle: every file, no file more, the signature. Exits 5 if something is wrong.

    \b
    Example:
      vitalvault export verify me.zip
    """
    from policies.rights import verify_bundle

    found = verify_bundle(file, signer=signer)
    if as_json:
        print_json({"ok": found.ok, "problems": found.problems, "files": found.files, "signer": found.signer})
    else:
        click.echo(f"{found.files} files; {'whole and signed' if found.ok else 'NOT whole'}")
        for problem in found.problems:
            click.echo(f"  {problem}")
    if not found.ok:
        ctx.exit(INTEGRITY)


_spanned = options(
    click.option("--from", "start", metavar="DAY", help="First day."),
    click.option("--to", "end", metavar="DAY", help="Last day."),
)


@export.command()
@click.option("--metric", "metrics", multiple=True, metavar="NAME", help="Only these metrics.")
@_spanned
@out_option(required=False)
@click.pass_context
def fhir(
    ctx: click.Context,
    metrics: tuple[str, ...],
    start: str | None,
    end: str | None,
    out: str | None,
    force: bool,
) -> None:
    """Write FHIR R4 resources as NDJSON, to a file or to stdout.

    \b
    Example:
      vitalvault export fhir --metric heart_rate --from 2026-03-01 --out heart.ndjson
    """
    from vault.fhir import ndjson

    blocks = ndjson(open_vault(ctx), start, end, list(metrics) or None)
    with written(out, force=force) as file:
        for _, lines in blocks:
            file.write(lines)


@export.command()
@click.argument("metric")
@_spanned
@click.option("--daily/--raw", default=False, help="Daily values, or every sample (default).")
@out_option(required=False)
@click.pass_context
def csv(
    ctx: click.Context,
    metric: str,
    start: str | None,
    end: str | None,
    daily: bool,
    out: str | None,
    force: bool,
) -> None:
    """Write one metric as CSV, to a file or to stdout.

    \b
    Example:
      vitalvault export csv steps --daily --out steps.csv
    """
    from policies.rights.csvout import table_csv

    opened = open_vault(ctx)
    frame = opened.daily(metric, start, end) if daily else opened.samples(metric, start, end)
    with written(out, force=force) as file:
        file.write(table_csv(frame))
