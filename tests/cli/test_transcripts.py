"""The transcripts in tests/transcripts: what a person types, and to the letter what is answered."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

TRANSCRIPTS = sorted((Path(__file__).parents[1] / "transcripts").glob("*.txt"))
BROKEN = """<?xml version="1.0" encoding="UTF-8"?>
<HealthData locale="de_DE">
 <ExportDate value="2026-04-05 09:00:00 +0200"/>
 {record} startDate="2026-04-01 07:00:00 +0200" endDate="2026-04-01 07:00:00 +0200" value="73.1"/>
 {record} startDate="the first" endDate="2026-04-02 07:00:00 +0200" value="74.2"/>
 {record} startDate="2026-04-03 07:00:00 +0200" endDate="2026-04-03 07:00:00 +0200" value="heavy"/>
 {record} startDate="2026-04-04 07:00:00 +0200" endDate="2026-04-04 06:00:00 +0200" value="74.4"/>
 {record} startDate="2026-04-
""".replace("{record}", '<Record type="HKQuantityTypeIdentifierBodyMass" sourceName="Health Mate" unit="kg"')


@pytest.fixture
def around(shell):
    """Put beside the vault: an unzipped export, a broken one, the passphrase, and a file of words."""
    with zipfile.ZipFile("export.zip") as archive:
        archive.extractall("export")
    Path("broken.xml").write_text(BROKEN, "utf-8")
    Path("notes.txt").write_text("just words\n", "utf-8")
    Path("passphrase.txt").write_text(os.environ["VITALVAULT_PASSPHRASE"] + "\n", "utf-8")


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(path, around, play):
    """Every command of the transcript prints what stands below it and ends with the code before it."""
    play(path.read_text("utf-8"))
