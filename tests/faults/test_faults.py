"""A crash, a full disk or a failing one, wherever it strikes, costs nobody a vault: a sample of the points.

``tests/slow`` runs all of them. What is judged, and how, is in ``points.py``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

POINTS = Path(__file__).with_name("points.py")
OPERATIONS = (
    "import",
    "checkin",
    "undo",
    "correct",
    "erase",
    "rekey",
    "rekey-data",
    "backup",
    "restore",
    "migration",
)

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or shutil.which(os.environ.get("CC", "cc")) is None,
    reason="the failing disk is made with a C compiler, on Linux",
)


def run(*words: str) -> dict[str, Any]:
    """Return what ``points.py`` found."""
    done = subprocess.run([sys.executable, POINTS, *words], capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr[-3_000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation_survives_faults(operation):
    """A kill, a torn write, a full disk, an I/O error, a cut of power: nothing lost, nothing in plain."""
    found = run(operation, "--most", "4")
    assert sum(found["points"].values()) >= 20
    assert found["wrong"] == []


@pytest.mark.parametrize("operation", ["import", "erase", "backup", "share"])
def test_nothing_is_in_plain_at_fifty_moments(operation):
    """A byte search at fifty calls of an operation finds no words of the vault, nor in temporary files."""
    found = run(operation, "kill", "--most", "50")
    assert found["points"]["kill"] == 50
    assert found["wrong"] == []


def test_search_finds_what_is_in_plain():
    """A temporary file with words of the vault is found."""
    assert "in plain" in str(run("talkative", "kill", "--most", "5")["wrong"])


@pytest.mark.parametrize("kind", ["kill", "power-cut"])
def test_judge_finds_what_is_careless(kind):
    """An import that is not atomic is found out, so the judge is not blind."""
    assert run("careless", kind, "--most", "10")["wrong"]
