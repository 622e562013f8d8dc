"""The demo: the whole path, in one command, and nothing left behind."""

from __future__ import annotations

import json
import tempfile

import pytest


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Temporary folders are made here."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def test_demo_walks_the_path_and_leaves_no_trace(bare, temporary):
    """The demo imports twice, grants, shows, refuses, bundles and verifies; its folder is gone afterwards."""
    ran = bare.run("demo", "--json")
    assert (ran.code, ran.err) == (0, "")
    steps = json.loads(ran.out)
    assert steps["import"]["first"]["rejected"] == 0
    assert steps["import"]["again"]["added"] == 0
    assert steps["readiness"]["band"] == "low"
    assert steps["coach_sees"]["metrics"] == ["readiness_score", "sleep_duration"]
    assert len(steps["coach_sees"]["sleep_duration"]) == 7
    assert steps["refused"] == {"exit_code": 3, "why": "heart_rate is not granted to coach-anna"}
    assert steps["bundle"]["verified"] is True
    assert list(temporary.iterdir()) == []


def test_demo_tells_people_what_happens(bare, temporary):
    """For people, the demo numbers its steps and says what the coach is refused."""
    ran = bare.run("demo")
    assert ran.code == 0
    for number in range(1, 8):
        assert f"\n{number}. " in ran.out
    assert "heart_rate is not granted to coach-anna" in ran.out
    assert list(bare.folder.iterdir()) == [temporary]
