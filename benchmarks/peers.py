"""What else reads an Apple export: the floor any XML reader stands on, and tools people use today.

The idea: each is run as its authors mean it to be run, in a venv that holds nothing of this project.
This file is also what that venv's Python runs for the peers that are libraries.

    python benchmarks/peers.py expat export.xml
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

__all__ = ["COMMANDS", "SLOW", "default_venv", "install"]

REQUIREMENTS = Path(__file__).with_name("peers.txt")


def default_venv() -> Path:
    """Return a folder in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "vitalvault-benchmarks" / "peers"


def install(folder: Path) -> None:
    """Make the venv and install the pinned peers, unless they are there."""
    stamp = folder / "installed.txt"
    if stamp.is_file() and stamp.read_text() == REQUIREMENTS.read_text():
        return
    venv.create(folder, with_pip=True)
    # Their progress belongs on stderr: stdout is for figures.
    subprocess.run(
        [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS],
        check=True,
        stdout=sys.stderr,
    )
    stamp.write_text(REQUIREMENTS.read_text())


def expat(export: Path, _venv: Path, _folder: Path) -> list[str | Path]:
    """Return the command of a bare pass of the standard library's parser, which keeps nothing."""
    return [sys.executable, __file__, "expat", export]


def healthkit_to_sqlite(export: Path, venv: Path, folder: Path) -> list[str | Path]:
    """Return the command of healthkit-to-sqlite, which writes a plain SQLite file."""
    return [venv / "bin" / "healthkit-to-sqlite", "--silent", "--xml", export, folder / "out.db"]


def apple_health_parser(export: Path, venv: Path, _folder: Path) -> list[str | Path]:
    """Return the command that reads all records into data frames, which end with the process."""
    return [venv / "bin" / "python", __file__, "apple-health-parser", export]


COMMANDS = {
    "expat, no handlers": expat,
    "healthkit-to-sqlite 1.0.1": healthkit_to_sqlite,
    "apple-health-parser 2.0.5": apple_health_parser,
}
SLOW = {"apple-health-parser 2.0.5"}


def _run_expat(export: Path) -> None:
    from xml.parsers.expat import ParserCreate

    with export.open("rb") as file:
        while file.readline() != b"]>\n":
            pass
        ParserCreate().ParseFile(file)


def _run_apple_health_parser(export: Path) -> None:
    from apple_health_parser.utils.parser import Parser  # type: ignore[import-not-found]

    # It takes a zip only, and unpacks it to disk; that is spared to it.
    Parser.extract_zip = staticmethod(lambda zip_file, **_: zip_file)
    parser = Parser(export)
    print(sum(len(parsed.records) for parsed in parser.get_flag_records(parser.flags).values()))


if __name__ == "__main__":
    {"expat": _run_expat, "apple-health-parser": _run_apple_health_parser}[sys.argv[1]](Path(sys.argv[2]))
