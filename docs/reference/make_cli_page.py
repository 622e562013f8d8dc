"""Writes docs/reference/cli.md from the commands' own help, so that the page can't lie.

Run ``python docs/reference/make_cli_page.py``; a test fails when the page is out of date.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click

PAGE = Path(__file__).with_name("cli.md")
HEAD = """# The command line

stdout is data, stderr is words and progress. `--json` prints one JSON document. Nothing is asked when stdin is no
terminal. The passphrase comes from `--passphrase-file`, `VITALVAULT_PASSPHRASE` or a prompt, never from an
argument.

Exit codes: 0 done, 1 error, 2 usage, 3 denied by policy, 4 locked or wrong passphrase, 5 integrity, 6 done with
rejected rows.

Shell completion: `eval "$(_VITALVAULT_COMPLETE=bash_source vitalvault)"` (or `zsh_source`, `fish_source`).
"""


def walk(command: click.Command, path: str, parent: click.Context | None = None) -> Iterator[tuple[str, str]]:
    """Yield every command's path and help, groups before their members."""
    context = click.Context(command, info_name=path.split()[-1], parent=parent, max_content_width=100)
    context.terminal_width = 100
    yield path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            member = command.get_command(context, name)
            assert member is not None
            yield from walk(member, f"{path} {name}", context)


def page() -> str:
    """Return the whole page."""
    from cli.main import cli

    os.environ.setdefault("COLUMNS", "100")
    parts = [f"## `{path}`\n\n```text\n{text}\n```\n" for path, text in walk(cli, "vitalvault")]
    return "\n".join([HEAD, *parts])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
