"""``share``: one encrypted, signed file for one grantee, and the same file opened on the other side."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.output import (
    country_option,
    day_option,
    json_option,
    options,
    out_option,
    print_json,
    printable,
    say,
    written,
)
from cli.session import open_vault
from vault.errors import InputError

if TYPE_CHECKING:
    from vault.vault import Vault

__all__ = ["share"]

_DAYS = 14


@click.group()
def share() -> None:
    """Hand a grantee what they may see, as one encrypted file; open one you were given.

    \b
    Example:
      vitalvault share keygen --out anna.key --name "Anna Berg"     (the coach)
      vitalvault consent grant coach-anna --preset coach --card anna.key.card
      vitalvault share create --to coach-anna --for coaching --out week.share
      vitalvault share open week.share --key anna.key --out week      (the coach)
    """


@share.command()
@out_option()
@click.option("--name", default="", help="Your name, for the card.")
@click.option("--contact", default="", help="How to reach you, for the card.")
@country_option("Where you are, e.g. DE.")
@json_option
def keygen(out: str, force: bool, name: str, contact: str, country: str, as_json: bool) -> None:
    """Make a key to receive shares with, and the card to give away (FILE.card).

    The key never leaves you; the card is public. Read the number to the sender: so they know it is yours.

    \b
    Example:
      vitalvault share keygen --out anna.key --name "Anna Berg" --contact anna@example.org
    """
    from policies.sharing.identity import Card, fingerprint, new_secret, recipient_of

    secret = new_secret()
    card = Card(recipient_of(secret), name, contact, country)
    with written(out, force=force) as file, written(f"{out}.card", force=force) as public:
        file.write(f"{secret}\n".encode())
        public.write(card.text().encode())
    number = fingerprint(card.key)
    if as_json:
        print_json({"card": f"{out}.card", "key": card.key, "fingerprint": number})
        return
    click.echo(number)
    say(f"give {Path(out).name}.card to the sender, and read them this number; the key stays with you")


@share.command()
@click.argument("card", type=click.Path(exists=True, dir_okay=False))
@json_option
def fingerprint(card: str, as_json: bool) -> None:
    """Print the number of a card, to compare with what its owner reads to you.

    \b
    Example:
      vitalvault share fingerprint anna.key.card
    """
    from policies.sharing.identity import Card
    from policies.sharing.identity import fingerprint as number_of

    told = Card.parse(Path(card).read_bytes())
    if as_json:
        print_json({"name": told.name, "key": told.key, "fingerprint": number_of(told.key)})
    else:
        click.echo(f"{printable(told.name) or '-'}: {number_of(told.key)}")


_addressed = options(
    click.option("--to", "grantee", required=True, metavar="GRANTEE", help="For whom."),
    click.option("--for", "purpose", required=True, metavar="PURPOSE", help="What for."),
)


@share.command()
@_addressed
@day_option("--from", "first", "The first day (default: the 14 days up to the last).")
@day_option("--until", "last", "The last day (default: the newest with data).")
@out_option()
@json_option
@click.pass_context
def create(
    ctx: click.Context,
    grantee: str,
    purpose: str,
    first: date | None,
    last: date | None,
    out: str,
    force: bool,
    as_json: bool,
) -> None:
    """Write what a grantee may see of some days into one file that only their key opens.

    Only what is granted with +export goes in. The end of a grant stops new shares; what was opened and
    copied, nobody can take back.

    \b
    Example:
      vitalvault share create --to coach-anna --for coaching --from 2026-11-01 --out november.share
    """
    from policies.sharing.package import create as write
    from policies.sharing.package import newest

    opened = open_vault(ctx)
    end = last or newest(opened, grantee, purpose)
    made = write(opened, grantee, purpose, out, first or end - timedelta(days=_DAYS - 1), end, force=force)
    if as_json:
        print_json({"header": made.header, "files": made.files, "size": made.size})
        return
    click.echo(
        f"{made.header['id']}: {made.files} files, {made.size} bytes, until {made.header['not_after'][:10]}"
    )
    for limit in made.header["limits"]:
        say(limit)


@share.command()
@_addressed
@click.option("--title", default="My week", help="What stands above the numbers.")
@out_option()
@json_option
@click.pass_context
def card(
    ctx: click.Context, grantee: str, purpose: str, title: str, out: str, force: bool, as_json: bool
) -> None:
    """Write a rounded card of the last whole week with data, as a webhook payload; nothing is sent.

    \b
    Example:
      vitalvault share card --to running-club --for family-support --out card.json
    """
    from policies.sharing.package import leaving, newest
    from policies.sharing.summary import last_week, summary

    opened = open_vault(ctx)
    week = last_week(_today(opened), newest(opened, grantee, purpose))
    told, _ = leaving(opened, grantee, purpose, *week)
    payload = summary(told, title)
    with written(out, force=force) as file:
        file.write(json.dumps(payload, ensure_ascii=False, indent=2).encode() + b"\n")
    if as_json:
        print_json(payload)
        return
    say("it is posted by nobody but you")


def _today(opened: Vault) -> date:
    return opened.clock().astimezone(opened.home_zone).date()


@share.command("open")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--key", required=True, type=click.Path(exists=True, dir_okay=False), help="Your key's file.")
@click.option("--out", required=True, type=click.Path(), help="The folder to make.")
@click.option("--signer", metavar="KEY", help="The sender's key (hex), as you know it.")
@json_option
def open_(file: str, key: str, out: str, signer: str | None, as_json: bool) -> None:
    """Open a share you were given: everything is checked before anything is written. No vault is needed.

    \b
    Example:
      vitalvault share open week.share --key anna.key --out week
    """
    from policies.sharing.opening import open_share

    opened = open_share(file, _secret(key), signer=signer)
    paths = [*opened.write(out), Path(out) / "header.json"]
    with written(str(paths[-1]), force=False) as header:  # with it, they can witness the sender's log
        header.write(json.dumps(opened.header, ensure_ascii=False, indent=2).encode() + b"\n")
    if as_json:
        print_json({"header": opened.header, "files": [str(path) for path in paths]})
        return
    _tell(opened.header, checked=signer is not None)
    click.echo(str(Path(out) / "README.html"))


def _secret(path: str) -> str:
    try:
        return Path(path).read_text("ascii").strip()
    except UnicodeDecodeError:
        raise InputError("not a key file", hint="name the file that 'share keygen' wrote") from None


def _tell(header: dict[str, Any], *, checked: bool) -> None:
    said = "the sender's key is the one you know" if checked else "whose key signed it was not checked"
    say(f"for {header['grantee']}, {header['purpose']}, until {header['not_after'][:10]}; {said}")
    if not checked:
        say(f"compare with the sender: {header['issuer']}")
