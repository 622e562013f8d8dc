"""Every point at which a disk can fail in every operation: a quarter of an hour, not a minute.

    pytest -m slow tests/slow

A sample of them runs with every change (``tests/faults/test_faults.py``).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

POINTS = Path(__file__).parents[1] / "faults" / "points.py"
OPERATIONS = (
    *("import", "checkin", "undo", "correct", "erase", "erase-all", "rekey", "rekey-data"),
    *("backup", "restore", "migration", "share", "bundle"),
)
KINDS = ("kill", "torn", "full-once", "full", "io-error", "power-cut")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or shutil.which(os.environ.get("CC", "cc")) is None,
        reason="the failing disk is made with a C compiler, on Linux",
    ),
]


@pytest.mark.parametrize("kind", KINDS)
def test_no_point_loses_anything(kind, record_property):
    """At no call of any operation does a fault of this kind lose, mix up or betray anything."""
    counts, wrong = Counter(), []
    for operation in OPERATIONS:
        command = [sys.executable, POINTS, operation, kind]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.stdout, done.stderr[-3_000:]
        found = json.loads(done.stdout)
        counts[operation] += found["points"][kind]
        wrong += [(operation, *one) for one in found["wrong"]]
    record_property("points", dict(counts))
    assert wrong == []
    assert counts.total() >= 1_000
