"""``export fhir --validate``: what goes out is checked first, and what is wrong is counted, not shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

GPX = (
    '<gpx version="1.1" creator="Test" xmlns="http://www.topografix.com/GPX/1/1" '
    'xmlns:t="http://www.garmin.com/xmlschemas/TrackPointExtension/v1">'
    "<trk><type>cycling</type><trkseg>{}</trkseg></trk></gpx>"
)
POINT = (
    '<trkpt lat="52.5" lon="13.4"><time>2026-03-01T08:00:{}Z</time><extensions>'
    "<t:TrackPointExtension><t:hr>120</t:hr></t:TrackPointExtension></extensions></trkpt>"
)


def test_validated_export_is_the_export(shell):
    """It prints the same lines; the words are beside them."""
    plain, checked = (
        shell.run("export", "fhir", "--metric", "workout", *more) for more in ((), ("--validate",))
    )
    assert checked.code == 0
    assert checked.out == plain.out
    assert "every resource is valid" in checked.err
    assert all(json.loads(line)["resourceType"] for line in checked.out.splitlines())


def test_validated_export_of_what_is_not_valid_ends_with_5(shell, monkeypatch: pytest.MonkeyPatch):
    """Each rule is named with how often it was broken; the file is there to be looked at."""
    from vault.fhir import around

    monkeypatch.setattr(around, "_restricted", lambda: {"security": []})
    ran = shell.run("export", "fhir", "--metric", "resting_heart_rate", "--validate", "--out", "me.ndjson")
    assert ran.code == 5
    assert "1 times Patient: meta.security: empty" in ran.err
    assert Path("me.ndjson").read_text("utf-8").startswith('{"resourceType":"Patient"')


def test_export_says_what_has_no_place_in_fhir(shell):
    """A curve whose instants have no rhythm is only counted, in words."""
    points = "".join(POINT.format(second) for second in ("00", "01", "02.5", "07"))
    Path("ride.gpx").write_text(GPX.format(points))
    shell.run("import", "ride.gpx")
    ran = shell.run("export", "fhir", "--metric", "workout", "--out", "me.ndjson")
    assert ran.code == 0
    assert "1 workout streams that are not evenly spaced" in ran.err
    assert "SampledData" not in Path("me.ndjson").read_text("utf-8")
