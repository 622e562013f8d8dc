"""``strength`` and ``reaction`` on a table of sets and one of trials, as people and programs read them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

HEAD = '"title","start_time","end_time","exercise_title","set_index","set_type","weight_kg","reps","rpe"\n'
TRIALS = "session_id,started_at,trial,isi_ms,rt_ms,outcome,device\n"


@pytest.fixture
def gym(shell):
    """The shell, with squats on three Fridays up to 2026-04-03, the last two of which beat the first."""
    days = (f"{date(2026, 3, 20) + timedelta(7 * week):%d %b %Y}" for week in range(3))
    rows = [
        f'"Legs","{day}, 17:00","{day}, 18:00","Squat (Barbell)",{index},"normal",100,{reps},8\n'
        for day, reps in zip(days, (6, 8, 8))
        for index in range(2)
    ]
    Path("workouts.csv").write_text(HEAD + "".join(rows), "utf-8")
    assert shell.run("import", "workouts.csv").code == 0
    return shell


def test_strength_as_a_table_and_as_json(gym):
    """A row a day and movement, with the trend once three days span two weeks."""
    assert "barbell_back_squat" in gym.run("strength").out
    rows = json.loads(gym.run("strength", "Squat (Barbell)", "--from", "2026-03-27", "--json").out)
    assert [row["date"] for row in rows] == ["2026-03-27", "2026-04-03"]
    assert list(rows[0]) == [
        "date", "movement", "sets", "hard_sets", "repetitions", "volume_kg", "top_load_kg", "e1rm_kg", "rpe",
        "trend_kg_per_28d",
    ]  # fmt: skip
    assert (rows[0]["volume_kg"], rows[0]["trend_kg_per_28d"]) == (1600, None)
    assert rows[1]["trend_kg_per_28d"] == pytest.approx(28 / 30 * 100 / 7, abs=1e-6)


def test_strength_of_an_unknown_exercise(gym):
    """The error says which names are near."""
    ran = gym.run("strength", "Squatt (Barbell)")
    assert ran.code == 1
    assert "near: barbell_back_squat" in ran.err


def test_offers_follow_readiness(gym):
    """A step of load on a good morning; two days later, on a low one, nothing."""
    (offer,) = json.loads(gym.run("strength", "--offers", "--to", "2026-04-03", "--json").out)
    assert list(offer) == ["id", "movement", "text", "evidence", "undo"]
    assert (offer["id"], offer["movement"]) == ("overload", "barbell_back_squat")
    assert "102.5 kg (+2.5 %)" in offer["text"]
    assert offer["evidence"][1] == "Readiness 79, at your usual day or above."
    assert gym.run("strength", "--offers").out == "nothing to offer: as planned\n"


def test_offers_are_about_a_day(gym):
    """An exercise or a first day beside --offers is wrong usage."""
    assert gym.run("strength", "squat", "--offers").code == 2
    assert gym.run("strength", "--offers", "--from", "2026-04-01").code == 2


def test_offer_is_printed_with_its_evidence(gym, capsys):
    """The text first, then the numbers, then what would undo it; a vendor's odd name steers no terminal."""
    from cli.strength import _print_offers
    from vault.analysis.strength.offers import Offer

    _print_offers([Offer("overload", "squat\x1b", "Squat\x1b: more", ("100 kg for 8",), "pain")])
    assert capsys.readouterr().out == "Squat\\u001b: more\n  100 kg for 8\n  undone by: pain\n"


def test_reaction_as_a_table_and_as_json(shell):
    """A row a session; six on one device give the last a usual."""
    rows = [
        f"s{day},2026-03-0{day}T08:00:00+01:00,{trial},3000,{ms},hit,desk\n"
        for day in range(1, 7)
        for trial, ms in enumerate((250, 400), 1)
    ]
    Path("trials.csv").write_text(TRIALS + "".join(rows), "utf-8")
    assert shell.run("import", "trials.csv").code == 0
    assert "desk" in shell.run("reaction").out
    (last,) = json.loads(shell.run("reaction", "--from", "2026-03-06", "--json").out)
    assert (last["mean_speed"], last["lapses"], last["usual"], last["low"]) == (3.25, 1, 3.25, 3.15)
    assert last["start"] == "2026-03-06T07:00:00Z"
