"""``consent grant`` alone asks step by step; what is said is what is granted, and only after a yes."""

from __future__ import annotations

import json

import pytest


def granted(shell):
    """Return the only grant there is."""
    (grant,) = json.loads(shell.line("vitalvault consent list --json").out)
    return grant


def typed(*answers):
    """Return what a person types, a line an answer."""
    return "".join(f"{answer}\n" for answer in answers)


def test_walk_from_a_preset(shell):
    """Who, what for, name and country, from and until which day; then the preview, then the question."""
    answers = typed("coach-anna", 1, "Anna Berg", "de", "2026-04-01", "2026-05-31", "y")
    ran = shell.run("consent", "grant", typed=answers)
    assert ran.code == 0
    assert "coach-anna would see readiness_score, daily:" in ran.out
    assert ran.err.index("Who?") < ran.err.index("What for?") < ran.err.index("Grant this?")
    told = granted(shell)
    assert (told["grantee"], told["kind"], told["purpose"]) == ("coach-anna", "coach", "coaching")
    assert (told["name"], told["country"]) == ("Anna Berg", "DE")
    assert (told["data_from"], told["valid_until"]) == ("2026-04-01", "2026-05-31T22:00:00+00:00")


def test_walk_without_a_preset(shell):
    """What no preset fits is put together: what they are, why, and metric by metric."""
    own, family, support = 8, 2, 4
    answers = typed(
        "ben", own, family, support, "steps=weekly", "sleep_duration=band", "", "", "", "", "", "y"
    )
    ran = shell.run("consent", "grant", typed=answers)
    assert ran.code == 0
    told = granted(shell)
    assert (told["kind"], told["purpose"]) == ("family", "family-support")
    assert told["metrics"] == {"sleep_duration": "band", "steps": "weekly"}
    assert (told["data_from"], told["valid_until"]) == (None, "2026-07-04T08:00:00+00:00")


@pytest.mark.parametrize(("preset", "days", "end"), [(1, 90, "2026-07-03"), (3, 30, "2026-05-04")])
def test_walk_says_how_long_a_preset_runs(shell, preset, days, end):
    """Who names no last day is told before how many days that means, and gets as many."""
    ran = shell.run("consent", "grant", typed=typed("them", preset, "", "", "", "", "y"))
    assert f"(empty: {days} days)" in ran.err
    assert granted(shell)["valid_until"].startswith(end)


def test_walk_asks_a_day_again(shell):
    """What is no day is asked for again, with an example."""
    answers = typed("coach-anna", 1, "", "", "tomorrow", "2026-04-01", "", "y")
    ran = shell.run("consent", "grant", typed=answers)
    assert ran.code == 0
    assert "a day is written as 2026-12-31" in ran.err
    assert granted(shell)["data_from"] == "2026-04-01"


def test_walk_asks_a_researcher_for_a_last_day(shell):
    """A study's grant needs a last day of data, so it is asked for, and of nobody else."""
    answers = typed("study", 7, "", "", "2026-01-01", "2026-03-31", "", "y")
    ran = shell.run("consent", "grant", typed=answers)
    assert ran.code == 0
    assert "Up to which day of your data?" in ran.err
    assert granted(shell)["data_to"] == "2026-03-31"


def test_walk_with_a_card_asks_for_no_name(shell):
    """What the card says is not asked for; its number is told, to compare by voice."""
    number = shell.line('vitalvault share keygen --out anna.key --name "Anna Berg" --country DE').out.strip()
    answers = typed("coach-anna", 1, "", "", "y")
    ran = shell.run("consent", "grant", "--card", "anna.key.card", typed=answers)
    assert ran.code == 0
    assert "Their name" not in ran.err
    assert f"to compare by voice: {number}" in ran.err
    told = granted(shell)
    assert (told["name"], told["country"]) == ("Anna Berg", "DE")
    assert told["key"].startswith("age1")


@pytest.mark.parametrize("answers", ["", typed("coach-anna"), typed("coach-anna", 1, "", "", "", "", "n")])
def test_walk_that_stops_grants_nothing(shell, answers):
    """Whoever stops answering, or says no at the end, has granted nothing."""
    ran = shell.run("consent", "grant", typed=answers, fault=True)
    assert ran.code == 1
    assert ran.err.endswith("vitalvault: stopped\n")
    assert shell.line("vitalvault consent list --json").out == "[]\n"


def test_walk_below_a_floor_says_why(shell):
    """An employer in Germany is refused after the walk as without it."""
    answers = typed("the-firm", 6, "", "DE", "", "")
    ran = shell.run("consent", "grant", typed=answers)
    assert (ran.code, ran.out) == (3, "")
    assert "nothing is given to an employer in DE" in ran.err


def test_walk_is_longer_than_a_revocation(shell):
    """To revoke takes one command and no answer, so never more steps than to grant."""
    shell.run("consent", "grant", typed=typed("coach-anna", 1, "", "", "", "", "y"))
    ran = shell.run("consent", "revoke", granted(shell)["id"], typed="")
    assert ran.code == 0
    assert granted(shell)["status"] == "revoked"
