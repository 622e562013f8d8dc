"""``notices``: whom to tell of what was corrected, erased or restricted, and the letters for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.output import json_option, print_json, say, table, written
from cli.session import open_vault

if TYPE_CHECKING:
    from policies.notices import Notice
    from vault.vault import Vault

__all__ = ["notices", "say_whom_to_tell"]


@click.command()
@click.option("--who", "grantee", metavar="GRANTEE", help="Only this grantee's.")
@click.option("--out", type=click.Path(file_okay=False), help="The folder to write letters and documents to.")
@click.option("--force", is_flag=True, help="Overwrite files of that folder.")
@json_option
@click.pass_context
def notices(ctx: click.Context, grantee: str | None, out: str | None, force: bool, as_json: bool) -> None:
    """List whom to tell of what you corrected, erased or restricted after they were shown it.

    With --out, one signed document and one letter for each. They hold no health value, and are sent by you.

    \b
    Example:
      vitalvault notices
      vitalvault notices --who coach-anna --out letters
    """
    import policies
    from policies.notices import signed

    opened = open_vault(ctx)
    found = [one for one in policies.notices(opened) if grantee in (None, one.grantee)]
    if out is not None:
        _write(opened, found, Path(out), force=force)
    if as_json:
        print_json({"notices": [signed(opened, one) for one in found]})
        return
    table([_row(one) for one in found], ["id", "at (UTC)", "who", "contact", "what", "of"])


def _row(one: Notice) -> list[object]:
    categories = ", ".join(part.category for part in one.affected)
    return [one.id, f"{one.at:%Y-%m-%d %H:%M}", one.grantee, one.contact or "-", one.what, categories]


def _write(opened: Vault, found: list[Notice], folder: Path, *, force: bool) -> None:
    from policies.notices import signed, text
    from policies.rights.archive import refuse_existing

    files = {
        folder / f"{one.id}.{end}": content
        for one in found
        for end, content in (
            ("json", json.dumps(signed(opened, one), ensure_ascii=False, indent=2) + "\n"),
            ("txt", text(one)),
        )
    }
    for path in files:  # all or none
        refuse_existing(path, force=force)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path, content in files.items():
        with written(str(path), force=force) as file:
            file.write(content.encode())
    say(f"{len(files)} files written")


@contextmanager
def say_whom_to_tell(opened: Vault) -> Iterator[None]:
    """Say after a change how many recipients it concerns."""
    import policies

    known = {one.id for one in policies.notices(opened)}
    yield
    count = len({one.grantee for one in policies.notices(opened) if one.id not in known})
    if count:
        whom = "1 recipient was" if count == 1 else f"{count} recipients were"
        say(f"{whom} shown it before and should be told; 'vitalvault notices --out DIR' writes the letters")
