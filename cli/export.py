"""``export``: everything out in open formats, and the check of a bundle."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.output import json_option, options, out_option, print_json, say, written
from cli.session import open_vault

if TYPE_CHECKING:
    from policies.rights import Verification

__all__ = ["export"]

INTEGRITY = 5


@click.group()
def export() -> None:
    """Write your data as a bundle, FHIR, Open mHealth or CSV; verify a bundle.

    What is written is plain text, for you; keep it where only you can read it.

    \b
    Example:
      vitalvault export bundle --out me.zip
      vitalvault export verify me.zip
    """


@export.command()
@out_option()
@click.option("--portability", is_flag=True, help="Only what GDPR Art. 20 is about: nothing inferred.")
@click.option("--recipient", metavar="AGE1...", help="Encrypt it to this public key of age.")
@json_option
@click.pass_context
def bundle(
    ctx: click.Context, out: str, force: bool, portability: bool, recipient: str | None, as_json: bool
) -> None:
    """Write everything: FHIR, CSV, originals, consent receipts, a page to read, signed.

    \b
    Example:
      vitalvault export bundle --out me.zip
      vitalvault export bundle --out me.zip.age --recipient "$(age-keygen -y me.key)"
    """
    from policies.rights import write_bundle

    summary = write_bundle(open_vault(ctx), out, force=force, portable=portability, recipient=recipient)
    if as_json:
        print_json(asdict(summary))
        return
    click.echo(f"{summary.files} files, {summary.observations} observations, {summary.size} bytes")
    if recipient is None:
        say("it is not encrypted: keep it where only you can read it")
    else:
        say("it opens with the secret key of that recipient, and with nothing else")


@export.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--signer", metavar="KEY", help="The key (hex) that must have signed it.")
@click.option("--mine", is_flag=True, help="This vault's key must have signed it.")
@click.option(
    "--identity",
    type=click.Path(exists=True, dir_okay=False),
    help="The file of the secret key that an encrypted one opens with.",
)
@json_option
@click.pass_context
def verify(
    ctx: click.Context, file: str, signer: str | None, mine: bool, identity: str | None, as_json: bool
) -> None:
    """Check a bundle: every file, no file more, every signature. Exits 5 if something is wrong.

    \b
    Example:
      vitalvault export verify me.zip --mine
      vitalvault export verify me.zip.age --identity me.key
    """
    from policies.rights import verify_bundle
    from policies.signing import public_key

    if mine and signer:
        raise click.UsageError("--mine or --signer, not both")
    known = public_key(open_vault(ctx).signing_seed()) if mine else signer
    opens = Path(identity).read_text("utf-8", "replace") if identity else None
    found = verify_bundle(file, signer=known, identity=opens)
    if as_json:
        print_json({"ok": found.ok, "problems": found.problems, "files": found.files, "signer": found.signer})
    else:
        _tell(found, known)
    if not found.ok:
        ctx.exit(INTEGRITY)


def _tell(found: Verification, known: str | None) -> None:
    click.echo(f"{found.files} files; {'whole and signed' if found.ok else 'NOT whole'}")
    for problem in found.problems:
        click.echo(f"  {problem}")
    if found.signer and known is None:
        click.echo(f"signed by {found.signer}")
        say("whose key that is, only a comparison shows: --mine, or --signer with the one you were told")


_spanned = options(
    click.option("--from", "start", metavar="DAY", help="First day."),
    click.option("--to", "end", metavar="DAY", help="Last day."),
)


@export.command()
@click.option("--metric", "metrics", multiple=True, metavar="NAME", help="Only these metrics.")
@_spanned
@click.option("--validate", is_flag=True, help="Check every resource first; exits 5 if one is not valid.")
@out_option(required=False)
@click.pass_context
def fhir(
    ctx: click.Context,
    metrics: tuple[str, ...],
    start: str | None,
    end: str | None,
    validate: bool,
    out: str | None,
    force: bool,
) -> None:
    """Write FHIR R4 resources as NDJSON, to a file or to stdout.

    \b
    Example:
      vitalvault export fhir --metric heart_rate --from 2026-03-01 --out heart.ndjson
      vitalvault export fhir --validate --out me.ndjson
    """
    from vault.fhir import checked, ndjson

    left, wrong = Counter[str](), Counter[str]()
    blocks = ndjson(open_vault(ctx), start, end, list(metrics) or None, left)
    with written(out, force=force) as file:
        for _, lines in checked(blocks, wrong) if validate else blocks:
            file.write(lines)
    for reason, count in sorted(left.items()):
        say(f"{count} {reason}: only in the CSV of a bundle")
    for rule, count in wrong.most_common():
        say(f"{count} times {rule}")
    if wrong:
        ctx.exit(INTEGRITY)
    if validate:
        say("every resource is valid")


@export.command()
@click.option("--metric", "metrics", multiple=True, metavar="NAME", help="Only these metrics.")
@_spanned
@out_option(required=False)
@click.pass_context
def omh(
    ctx: click.Context,
    metrics: tuple[str, ...],
    start: str | None,
    end: str | None,
    out: str | None,
    force: bool,
) -> None:
    """Write Open mHealth data points as NDJSON, to a file or to stdout.

    What no schema of Open mHealth can say is left out; FHIR has it.

    \b
    Example:
      vitalvault export omh --metric heart_rate --from 2026-03-01 --out heart.ndjson
    """
    from vault.openmhealth import ndjson

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
