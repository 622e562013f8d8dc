"""``report``: a page for its owner alone, or as a grantee would see it; whole or not at all."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest


def granted(shell):
    """Let a coach see the numbers of the preset."""
    shell.line("vitalvault share keygen --out anna.key")
    shell.line("vitalvault consent grant coach-anna --preset coach --card anna.key.card --yes-i-saw SEEN")


def test_report_is_for_its_owners_eyes(shell):
    """The file is readable by its owner alone, says it is not encrypted, and stdout stays empty."""
    ran = shell.line("vitalvault report --out report.html")
    assert (ran.code, ran.out) == (0, "")
    page = Path("report.html").read_text("utf-8")
    assert "Alex’s Apple Watch" in page
    assert "This file is not encrypted" in page
    if sys.platform != "win32":
        assert stat.S_IMODE(Path("report.html").stat().st_mode) == 0o600


def test_report_of_a_view_holds_what_is_granted(shell):
    """A coach's page has the granted readiness, and neither devices nor who measured what."""
    granted(shell)
    ran = shell.line("vitalvault report --out coach.html --as coach-anna --for coaching")
    assert ran.code == 0, ran.err
    page = Path("coach.html").read_text("utf-8")
    assert "Only what is shared is on this page" in page
    assert 'id="today"' in page
    assert "Alex" not in page
    assert "Where sources disagree" not in page


def test_report_without_a_purpose_granted_is_refused(shell):
    """For another purpose there is no page, and no file is left of the attempt."""
    granted(shell)
    ran = shell.line("vitalvault report --out coach.html --as coach-anna --for treatment")
    assert ran.code == 3
    assert not list(Path().glob("coach.html*"))


def test_report_without_the_extra_says_what_to_install(shell, monkeypatch):
    """Without the drawing library there is a hint, and no half a file."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ran = shell.line("vitalvault report --out report.html")
    assert ran.code == 1
    assert "pip install 'vitalvault[report]'" in ran.err
    assert not list(Path().glob("report.html*"))


def test_report_of_an_empty_vault_says_so(shell, monkeypatch):
    """A new vault has a page that says there is nothing yet."""
    monkeypatch.setenv("VITALVAULT_PATH", "new.vault")
    assert shell.line("vitalvault init").code == 0
    assert shell.line("vitalvault report --out empty.html").code == 0
    page = Path("empty.html").read_text("utf-8")
    assert "There is nothing to show of these days" in page
    assert "<svg" not in page


@pytest.mark.parametrize("days", ["7", "365"])
def test_report_of_other_lengths_is_drawn(shell, days):
    """A week and a year are pages, too."""
    assert shell.line(f"vitalvault report --out report.html --days {days}").code == 0
    assert f"{days} days, from" in Path("report.html").read_text("utf-8")
