"""``backup`` and ``restore``: the vault as one encrypted file, and back."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import click

from cli.output import json_option, print_json, say
from cli.session import ask_secret, given_passphrase, given_secret, open_vault

__all__ = ["backup", "restore"]


@click.command()
@click.argument("path", type=click.Path(dir_okay=False))
@click.option("--force", is_flag=True, help="Overwrite the file.")
@json_option
@click.pass_context
def backup(ctx: click.Context, path: str, force: bool, as_json: bool) -> None:
    """Write the vault into one encrypted file, and check it; others may go on reading and writing.

    It opens with the passphrase or the recovery code of today.

    \b
    Example:
      vitalvault backup /media/disk/vault-2026-04.backup
    """
    report = open_vault(ctx).backup(path, force=force)
    if as_json:
        print_json(asdict(report))
    else:
        click.echo(f"{report.bytes} bytes, counter {report.counter}")
        say("written and checked; keep it on another device")
        if not report.recorded:
            say("the vault can't be written to now, so 'status' does not know of this backup")


@click.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False))
@click.option("--to", required=True, type=click.Path(), help="The folder to make.")
@click.option(
    "--current",
    type=click.Path(exists=True, file_okay=False),
    help="The vault as it is now: what was erased there since is erased in the restored one, too.",
)
@click.option("--recovery-code", "by_code", is_flag=True, help="Open it with the recovery code.")
@json_option
@click.pass_context
def restore(
    ctx: click.Context, path: str, to: str, current: str | None, by_code: bool, as_json: bool
) -> None:
    """Make a vault from a backup, in a new folder; the file is checked whole before anything is written.

    Passphrase and code are those of the time of the backup. If the passphrase was changed since, give
    that one as VITALVAULT_BACKUP_PASSPHRASE, or at the prompt. The code is asked for, or read from
    VITALVAULT_RECOVERY_CODE.

    \b
    Example:
      vitalvault restore vault-2026-04.backup --to restored.vault
      vitalvault restore vault-2026-04.backup --to restored.vault --current my.vault
    """
    import vault
    from vault.care.restore import read_info

    now = None if current is None else open_vault(ctx, Path(current))
    code = given_secret("VITALVAULT_RECOVERY_CODE", "Recovery code") if by_code else None
    passphrase = None if by_code else _passphrase(ctx)
    opened = vault.restore(path, to, passphrase, recovery_code=code, current=now)
    ctx.call_on_close(opened.close)
    info = read_info(Path(path))
    if as_json:
        print_json({**asdict(info), "counter_now": opened.counter})
        return
    click.echo(f"restored as of {info.created}, counter {info.counter}")
    if now is None:
        say("what was erased after that backup is here again; --current takes it out")


def _passphrase(ctx: click.Context) -> str:
    given = os.environ.get("VITALVAULT_BACKUP_PASSPHRASE") or given_passphrase(ctx)
    return ask_secret("Passphrase of the backup") if given is None else given
