"""Whose app a name is: asked about where several have it, remembered when said, never by a dry run."""

from __future__ import annotations

from pathlib import Path

EXPORT = """<?xml version="1.0" encoding="UTF-8"?>
<HealthData locale="en_US">
 <ExportDate value="2026-01-02 00:00:00 +0000"/>
 <Record type="HKQuantityTypeIdentifierHeartRate" sourceName="Tempo" unit="count/min" \
creationDate="2026-01-01 08:00:00 +0000" startDate="2026-01-01 08:00:00 +0000" \
endDate="2026-01-01 08:00:00 +0000" value="72"/>
</HealthData>
"""
QUESTION = 'several apps are called "Tempo"'


def test_name_of_several_apps_is_asked_about_until_it_is_said(shell):
    """A dry run with an answer keeps nothing; an import with one is not asked again."""
    Path("tempo.xml").write_text(EXPORT, "utf-8")
    assert QUESTION in shell.run("import", "tempo.xml").err
    assert QUESTION not in shell.run("import", "tempo.xml", "--alias", "Tempo=studio", "--dry-run").err
    assert QUESTION in shell.run("import", "tempo.xml").err
    assert QUESTION not in shell.run("import", "tempo.xml", "--alias", "Tempo=studio").err
    assert QUESTION not in shell.run("import", "tempo.xml").err
