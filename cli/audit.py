"""``audit``: who was given what, who was refused, and whether the log is whole."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.output import json_option, out_option, print_json, say, table, written
from cli.session import open_vault
from vault.errors import InputError

if TYPE_CHECKING:
    from policies.audit import AuditEntry
    from vault.vault import Vault

__all__ = ["audit"]


@click.group()
def audit() -> None:
    """See who was given what; check the log.

    \b
    Example:
      vitalvault audit log --who coach-anna
      vitalvault audit verify
    """


@audit.command()
@click.option("--who", "grantee", metavar="GRANTEE", help="Only this grantee's.")
@json_option
@click.pass_context
def log(ctx: click.Context, grantee: str | None, as_json: bool) -> None:
    """Print the log: every release and every refusal, without any health value.

    \b
    Example:
      vitalvault audit log --json
    """
    import policies

    entries = policies.audit_log(open_vault(ctx), grantee)
    if as_json:
        print_json([_entry(one) for one in entries])
        return
    rows = [
        [
            f"{one.at:%Y-%m-%d %H:%M}",
            one.grantee,
            one.purpose,
            one.method,
            one.decision,
            ", ".join(one.metrics),
        ]
        for one in entries
    ]
    table(rows, ["at (UTC)", "who", "for", "what", "decision", "metrics"])


def _entry(one: AuditEntry) -> dict[str, Any]:
    return asdict(one) | {"at": one.at.isoformat()}


@audit.command()
@click.option("--who", "grantee", metavar="GRANTEE", help="Only this grantee's.")
@out_option()
@click.pass_context
def export(ctx: click.Context, grantee: str | None, out: str, force: bool) -> None:
    """Write the log as FHIR AuditEvents, one a line; it holds no health value.

    \b
    Example:
      vitalvault audit export --out audit.ndjson
    """
    from policies.audit_fhir import audit_events

    events = list(audit_events(open_vault(ctx), grantee))
    with written(out, force=force) as file:
        file.writelines(json.dumps(event).encode() + b"\n" for event in events)
    say(f"{len(events)} AuditEvents")


@audit.command()
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False),
    help="A receipt, or the header.json of an opened share, that must agree with the log.",
)
@json_option
@click.pass_context
def verify(ctx: click.Context, against: str | None, as_json: bool) -> None:
    """Check that no entry was changed, taken out or put in; exits 5 if one was.

    \b
    Example:
      vitalvault audit verify --against receipt.json
      vitalvault audit verify --against week/header.json
    """
    import policies

    opened = open_vault(ctx)
    checked = policies.audit_verify(opened, None if against is None else _witness(opened, against))
    if as_json:
        print_json(asdict(checked))
    else:
        click.echo(f"{checked.entries} entries, whole; head {checked.head}")


def _witness(opened: Vault, path: str) -> dict[str, Any]:
    """Return the head of the log that a receipt, or a share's header, of this vault bears witness to."""
    import policies
    from policies.audit import verify_checkpoint
    from policies.signing import public_key

    try:
        told = json.loads(Path(path).read_text("utf-8"))
        paper = told.get("header", told)  # of 'share open --json', the header is a part
        witness = dict(paper["audit"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InputError(
            "the file is no receipt, and no header of a share",
            hint="make one with 'vitalvault consent receipt', or ask who opened a share for its header.json",
        ) from error
    own = public_key(opened.signing_seed())
    if "issuer" in paper:
        verify_checkpoint(witness, own)
    else:
        policies.verify_receipt(paper, own)
    return witness
