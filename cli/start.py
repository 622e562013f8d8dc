"""Where ``vitalvault`` starts: ``--help`` is answered from a file, everything else by ``cli.main``.

To import click takes three times as long as Python takes to start, and that is all a person who asks for help
would wait for. ``help.txt`` is what click prints to 80 columns; a test holds it against click.
"""

from __future__ import annotations

import os
import sys

__all__ = ["main"]

COLUMNS = 80
"""Click lays help out no wider; on a narrower terminal it is asked itself."""


def main() -> None:
    """Print the help if nothing else is asked for, else run the command line, which ends the process."""
    if sys.argv[1:] in (["--help"], ["-h"]) and not _is_narrow():
        with open(os.path.join(os.path.dirname(__file__), "help.txt"), encoding="utf-8") as file:
            sys.stdout.write(file.read())
        return
    from cli.main import main as run

    run()


def _is_narrow() -> bool:
    try:
        return int(os.environ.get("COLUMNS") or os.get_terminal_size().columns) < COLUMNS
    except (OSError, ValueError):  # no terminal: click takes 80 columns
        return False
