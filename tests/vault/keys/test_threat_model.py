"""The threat model's claims: each names a test, and each named test is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
CLAIMS = [line for line in PAGE.splitlines() if line.startswith("| ") and "shown by" not in line]


@pytest.fixture(scope="module")
def tests():
    """The name of every test function."""
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    return set(re.findall(r"^def (test_\w+)\(", sources, re.MULTILINE))


def test_every_named_test_exists(tests):
    """No claim rests on a test that was renamed or removed."""
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert named
    assert named <= tests


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_names_a_test(claim):
    """Each row of the tables names at least one test in its last column."""
    assert re.search(r"\| `test_\w+`", claim)
