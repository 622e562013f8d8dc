"""``verify`` and ``doctor``: whether all is as it was written, and what would mend what is not."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.output import json_option, print_json, say
from cli.session import ask_secret, given_passphrase, open_vault, vault_folder
from vault.errors import NotAVault

if TYPE_CHECKING:
    from vault.care.doctor import Finding

__all__ = ["doctor", "verify"]

INTEGRITY = 5


@click.command()
@click.option(
    "--counter",
    type=click.IntRange(min=0),
    metavar="N",
    help="The counter as you wrote it down: a vault that is older was put back.",
)
@json_option
@click.pass_context
def verify(ctx: click.Context, counter: int | None, as_json: bool) -> None:
    """Check every page, chunk and record, the ledger and the audit log; exits 5 if something is wrong.

    Prints the counter of changes. Write it down away from this device: it only grows, so with --counter
    a vault that somebody put back to an earlier state is noticed.

    \b
    Example:
      vitalvault verify
      vitalvault verify --counter 128
    """
    import policies

    opened = open_vault(ctx)
    found = asdict(opened.verify(counter))
    log = policies.audit_verify(opened)
    if as_json:
        print_json({**found, "audit": asdict(log)})
        return
    counted = [f"{number} {name}" for name, number in found.items() if name != "counter"]
    click.echo(f"whole: {', '.join(counted)}, {log.entries} entries of the audit log")
    click.echo(f"counter {found['counter']}")
    say("write the counter down, away from this device, and give it to 'verify --counter' next time")


@click.command()
@json_option
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Look for what is wrong or could go wrong, and say which command mends it; changes nothing.

    It also looks at a vault that does not open. Exits 5 if there is a fault.

    \b
    Example:
      vitalvault doctor
    """
    from vault.care.doctor import examine

    folder = vault_folder(ctx)
    if not folder.is_dir():
        raise NotAVault("there is no vault at that place")
    found = examine(folder, _passphrase(ctx, folder))
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        _print(found)
    if any(one.state == "fault" for one in found):
        ctx.exit(INTEGRITY)


def _passphrase(ctx: click.Context, folder: Path) -> str | None:
    """Return the passphrase, or None where the keyring has a key, or nobody is there to be asked."""
    from vault.keys import has_keyring

    given = given_passphrase(ctx)
    if given is not None or has_keyring(folder) or not sys.stdin.isatty():
        return given
    return ask_secret("Passphrase")


def _print(found: list[Finding]) -> None:
    for one in found:
        click.echo(f"{one.state:<8} {one.name:<11} {one.meaning}")
        if one.mend:
            click.echo(f"{'':<20} mend: {one.mend}")
