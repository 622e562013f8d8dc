"""Writes docs/reference/cli.md and cli/help.txt from the commands' own help, so that they can't lie.

Run ``python docs/reference/make_cli_page.py``; tests fail when they are out of date.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

PAGE = Path(__file__).with_name("cli.md")
HELP = Path(__file__).parents[2] / "cli" / "help.txt"
WIDTH = 100
HELP_WIDTH = 78
"""What click makes of a terminal of 80 columns, the widest it lays help out for."""
HEAD = """# The command line

stdout is data, stderr is words and progress. `--json` prints one JSON document ([json.md](json.md)). A
file is never overwritten without `--force`. Nothing is asked when stdin is no terminal: what would be
asked has to come as an option, or the command is wrong usage. `--help` (or `-h`) stands behind every
command.

The passphrase comes from `--passphrase-file`, `VITALVAULT_PASSPHRASE`, the system's keyring (after
`rekey --keyring`) or a prompt, never from an argument. `rekey` and `recover` ask for the new one, or read
`VITALVAULT_NEW_PASSPHRASE`; `recover` and `restore --recovery-code` ask for the recovery code, or read
`VITALVAULT_RECOVERY_CODE`; `restore` takes that of the backup's day from `VITALVAULT_BACKUP_PASSPHRASE`,
if it is another. What can't be taken back is asked about first; in a script, `--yes` is the answer.

Exit codes: 0 done, 1 error, 2 usage, 3 denied by policy, 4 locked (wrong passphrase, or another process
is writing), 5 integrity, 6 done with rejected rows.

Shell completion: `eval "$(_VITALVAULT_COMPLETE=bash_source vitalvault)"` (or `zsh_source`, `fish_source`).

This page is made of the commands' own help by `make_cli_page.py`.
"""


def walk(command: click.Command, path: str, parent: click.Context | None = None) -> Iterator[tuple[str, str]]:
    """Yield every command's path and help, groups before their members."""
    name = path.rpartition(" ")[2]
    context = click.Context(
        command, info_name=name, parent=parent, terminal_width=WIDTH, help_option_names=[]
    )
    yield path, command.get_help(context)
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            member = command.get_command(context, child)
            assert member is not None
            yield from walk(member, f"{path} {child}", context)


def page() -> str:
    """Return the whole page."""
    from cli.main import cli

    parts = [f"## `{path}`\n\n```text\n{text}\n```\n" for path, text in walk(cli, "vitalvault")]
    return "\n".join([HEAD, *parts])


def help_text() -> str:
    """Return what ``vitalvault --help`` prints (``cli.start``)."""
    from cli.main import cli

    context = click.Context(cli, info_name="vitalvault", terminal_width=HELP_WIDTH, **cli.context_settings)
    return context.get_help() + "\n"


if __name__ == "__main__":
    HELP.write_text(help_text(), "utf-8")
    PAGE.write_text(page(), "utf-8")
