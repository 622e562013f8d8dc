"""``vitalvault --help`` says what click would say, and imports next to nothing to do so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {"click", "pathlib", "numpy", "pandas"}


def ran(code, *words, **environment):
    """Run Python from the checkout and return what it printed."""
    command = [sys.executable, "-c", code, *words]
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("columns", ["40", "80", "200"])
@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_is_what_click_prints(word, columns):
    """Whoever asks for help reads the same, whether click was asked or the file."""
    start = "from cli.start import main; main()"
    click = "from cli.main import main; main()"
    assert ran(start, word, COLUMNS=columns) == ran(click, word, COLUMNS=columns)


def test_help_imports_nothing_big():
    """The answer comes from a file: neither click nor anything that computes is loaded."""
    code = "import sys; from cli.start import main; main(); print(sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    before = subprocess.run(
        [sys.executable, "-c", "import sys; print(sorted(sys.modules), file=sys.stderr)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(eval(done.stderr)) - set(eval(before.stderr))
    assert not {name for name in loaded if name.partition(".")[0] in HEAVY}


def test_anything_else_is_the_command_line():
    """A command's own help comes from the command."""
    assert "Usage: vitalvault status" in ran("from cli.start import main; main()", "status", "--help")
