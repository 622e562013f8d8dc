"""``status`` shows where sources disagree lately, and ``why`` names it; where they agree neither does."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest

import vault
from vault.records import Origin, Samples
from vault.time import DAY_NS, HOUR_NS, day_of_date

PASSPHRASE = "correct horse battery staple"
EVIL = "Old scale\x1b[2J"
DAYS = {date(2025, 6, 1): 90.0, date(2026, 3, 30): 90.0, date(2026, 3, 31): 90.0, date(2026, 4, 1): 80.5}


def told(origin, weights):
    """Return a weight of each day."""
    start = np.array([day_of_date(day) for day in weights], np.int64) * DAY_NS + 6 * HOUR_NS
    value, zero = np.array(list(weights.values())), np.zeros(len(weights), np.int32)
    return Samples("body_mass", start, start, zero.astype(np.int16), value, zero, (origin,))


@pytest.fixture
def weighed(bare):
    """Return a shell with two scales that disagree on two days of spring, and once long ago."""
    with vault.create("my.vault", PASSPHRASE, home_zone="Europe/Berlin") as made:
        made.ingest(
            [told(Origin("Scale", "test"), dict.fromkeys(DAYS, 80.0)), told(Origin(EVIL, "test"), DAYS)]
        )
    return bare


def test_status_names_metric_days_sources_and_what_to_do_next(weighed):
    """Who is in conflict, on how many of the last 90 days, beyond what, and how to look at one of them."""
    ran = weighed.run("status")
    assert "in the last 90 days sources disagree:\n" in ran.out
    assert (
        "body_mass: 2 days on which Old scale\\u001b[2J and Scale differ by more than 2 % and 1 kg" in ran.out
    )
    assert "'vitalvault why body_mass 2026-03-31'" in ran.err
    assert all(line.isprintable() for line in (ran.out + ran.err).split("\n"))


def test_status_tells_no_value(weighed):
    """What is on the screen while somebody looks for a backup date is no weight."""
    ran = weighed.run("status")
    assert "90.0" not in ran.out + ran.err
    assert "80.0" not in ran.out + ran.err


def test_status_as_json_has_one_entry_a_metric(weighed):
    """The same, for machines."""
    assert json.loads(weighed.run("status", "--json").out)["conflicts"] == [
        {
            "metric": "body_mass",
            "days": 2,
            "latest": "2026-03-31",
            "sources": [EVIL, "Scale"],
            "tolerance": "2 % and 1 kg",
        }
    ]


def test_next_step_shows_the_disagreement(weighed):
    """The command that ``status`` names shows both values, which of them counts, and that they differ."""
    first, second = json.loads(weighed.run("why", "body_mass", "2026-03-31", "--json").out)
    assert {first["given"], second["given"]} == {80.0, 90.0}
    assert [one["why"].count("differs") for one in (first, second)] == [
        one["counted"] == 0 for one in (first, second)
    ]
    assert "differs" not in weighed.run("why", "body_mass", "2026-04-01").out


def test_status_without_conflicts_is_silent_about_them(bare):
    """Nothing is said where there is nothing to say."""
    vault.create("my.vault", PASSPHRASE).close()
    ran = bare.run("status")
    assert "disagree" not in ran.out
    assert "why" not in ran.err
    assert json.loads(bare.run("status", "--json").out)["conflicts"] == []


def test_why_of_readiness_adds_up_to_the_score(shell):
    """Where every day begins and the points of each term are the score, to 1e-9."""
    with vault.open("my.vault", PASSPHRASE, read_only=True) as held:
        scores = held.readiness_history("2026-03-01")["score"].dropna()
        for day, score in scores.items():
            assert held.why("readiness_score", day)["counted"].sum() == pytest.approx(score, abs=1e-9)
    assert len(scores) > 20
