"""``erase``: what is to be gone for good, said in words before it is, and the certificate of it after."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from cli.notices import say_whom_to_tell
from cli.output import json_option, options, out_option, print_json, say, table, written
from cli.session import agree, open_vault, yes_option

if TYPE_CHECKING:
    from vault.vault import Vault

__all__ = ["erase"]

_scope = options(
    click.option("--metric", metavar="NAME", help="Only this metric, and what belongs to it."),
    click.option("--source", metavar="NAME", help="Only what this source measured."),
    click.option("--from", "start", metavar="DAY", help="Only from this day (or instant) on."),
    click.option("--to", "end", metavar="DAY", help="Only up to and with this day (or before this instant)."),
    click.option("--import", "import_id", metavar="ID", help="Only what this import brought ('imports')."),
    click.option("--everything", is_flag=True, help="All health data of the vault."),
)


@click.command()
@_scope
@click.option("--forget-tombstones", "forget", is_flag=True, help="Let imports bring back what was erased.")
@yes_option
@out_option(required=False)
@json_option
@click.pass_context
def erase(
    ctx: click.Context, /, forget: bool, yes: bool, out: str | None, force: bool, as_json: bool, **scope: Any
) -> None:
    """Erase what all the given words hold of, for good; asks first, then prints a certificate.

    The rows are deleted, their pages overwritten, and the data key is replaced. Importing the same again
    does not bring it back. Backups, bundles and what you gave to others keep what they have.

    \b
    Example:
      vitalvault erase --metric heart_rate --from 2026-03-01 --to 2026-03-31
      vitalvault erase --source "Alex’s iPhone" --yes --out certificate.json
      vitalvault erase --forget-tombstones
    """
    given = {name: value for name, value in scope.items() if value}
    if forget:
        _forget(ctx, given, out, yes=yes, as_json=as_json)
        return
    if not given or (scope["everything"] and len(given) > 1):
        raise click.UsageError("say what to erase: --everything, or any of the others together")
    agree(f"Erase {_words(scope)}, for good?", yes=yes)
    opened = open_vault(ctx)
    with say_whom_to_tell(opened):
        certificate = _certified(opened, given, out, force=force)
    if as_json:
        print_json(certificate)
        return
    if not certificate["counts"]:
        say("nothing in this vault was like that")
        return
    table(certificate["counts"].items(), ["erased", "n"])
    say("backups, bundles and what others were given still hold it")


def _words(scope: dict[str, Any]) -> str:
    """Return a scope as a person says it."""
    if scope["everything"]:
        return "everything in this vault"
    parts = [
        ("", scope["metric"] or "all data"),
        (" of ", scope["source"]),
        (" from ", scope["start"]),
        (" up to ", scope["end"]),
        (" of import ", scope["import_id"]),
    ]
    return "".join(before + word for before, word in parts if word)


def _forget(ctx: click.Context, given: dict[str, Any], out: str | None, *, yes: bool, as_json: bool) -> None:
    if given or out:
        raise click.UsageError("--forget-tombstones goes alone: it erases nothing")
    agree("Let imports bring back all that was ever erased?", yes=yes)
    forgotten = open_vault(ctx).forget_tombstones()
    if as_json:
        print_json({"forgotten": forgotten})
    else:
        click.echo(f"{forgotten} tombstones forgotten")


def _certified(opened: Vault, scope: dict[str, Any], out: str | None, *, force: bool) -> dict[str, Any]:
    """Erase, and return the certificate; a file for it is opened first, so that it can't fail afterwards."""
    if out is None:
        return opened.erase(**scope).to_dict()
    with written(out, force=force) as file:
        certificate = opened.erase(**scope).to_dict()
        file.write((json.dumps(certificate, ensure_ascii=False, indent=2) + "\n").encode())
    return certificate
