"""A journal is read when somebody asks for it, and then lies where no reader shows it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import vault

PASSPHRASE = "correct horse battery staple"
EXPORT = Path(__file__).parents[1] / "contract" / "exports" / "whoop"


@pytest.fixture
def export(shell):
    """A shell beside a WHOOP export with one answer in its journal."""
    shutil.copytree(EXPORT, "whoop")
    return shell


def test_journal_is_left_by_itself(export):
    """It is counted, and said why."""
    said = json.loads(export.run("import", "whoop", "--json").out)
    assert said["left"]["journal-private"] == 1


def test_journal_that_was_asked_for_is_kept_and_not_shown(export):
    """No output names the question; the next import adds nothing."""
    ran = export.run("import", "whoop", "--include-journal", "--json")
    said = json.loads(ran.out)
    assert "journal-private" not in said["left"]
    again = json.loads(export.run("import", "whoop", "--include-journal", "--json").out)
    assert (again["added"], again["updated"]) == (0, 0)
    shown = "".join(export.run(*words).out for words in (["status"], ["imports"], ["sleep"], ["workouts"]))
    assert "Read before bed" not in ran.out + ran.err + shown
    with vault.open("my.vault", PASSPHRASE) as opened:
        (answer,) = opened.documents("whoop:journal")
    assert json.loads(answer.body)["question"] == "Read before bed?"
