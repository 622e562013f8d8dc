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


def again(shell, *answers, said):
    """Return the grant of a walk that goes on after a wrong answer, and has said what was wrong."""
    ran = shell.run("consent", "grant", typed=typed(*answers, "y"))
    assert ran.code == 0, ran.err
    assert said in ran.err
    return granted(shell)


@pytest.mark.parametrize("wrong", ["Coach Anna", "-", "a" * 65, "ä"])
def test_walk_asks_a_name_again(shell, wrong):
    """A short name that is none is asked for again."""
    told = again(shell, wrong, "coach-anna", 1, "", "", "", "", said="an id is made of small letters")
    assert told["grantee"] == "coach-anna"


@pytest.mark.parametrize("kind", [8, 9])
def test_walk_asks_a_kind_again_that_is_given_nothing(shell, kind):
    """Who is an insurer or an advertiser is told so at once, with the reason."""
    answers = ("ben", 8, kind, 2, 4, "steps=weekly", "", "", "", "", "")
    assert again(shell, *answers, said="nothing is ever given to")["kind"] == "family"


def test_walk_asks_a_purpose_again_that_a_kind_may_not_have(shell):
    """A researcher needs a research purpose."""
    answers = ("study", 8, 6, 1, 9, "steps", "", "", "", "", "2026-03-31", "")
    told = again(shell, *answers, said="a researcher needs a research purpose")
    assert told["purpose"] == "research-health"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("stepps=daily", "stepps"),
        ("steps=often", "not a granularity: often"),
        ("steps=raw", "a coach is never given"),
        ("blood_pressure=band", "can't be given as band"),
        ("sleep-basics=raw", "metric by metric"),
        ("notes", "notes"),
        ("", "a grant of nothing"),
    ],
)
def test_walk_asks_a_metric_again(shell, wrong, said):
    """A metric that does not exist, or can't be given so, or not to them, costs one line."""
    told = again(shell, "ben", 8, 4, 1, wrong, "sleep_duration=weekly", "", "", "", "", "", said=said)
    assert told["metrics"] == {"sleep_duration": "weekly"}


@pytest.mark.parametrize("wrong", ["Germany", "D1", "d"])
def test_walk_asks_a_country_again(shell, wrong):
    """A country is two letters, in capitals or not."""
    told = again(shell, "coach-anna", 1, "", wrong, "de", "", "", said="such as DE: de")
    assert told["country"] == "DE"


@pytest.mark.parametrize("wrong", ["2026-04-04", "2027-04-06", "9999-12-31", "soon"])
def test_walk_asks_a_last_day_again(shell, wrong):
    """A grant neither ends in the past nor after more than a year."""
    told = again(shell, "coach-anna", 1, "", "", "", wrong, "2026-05-31", said="")
    assert told["valid_until"].startswith("2026-05-31")


@pytest.mark.parametrize(
    ("wrong", "said"), [("", "a study needs a last day of data"), ("2025-12-31", "lies before the first")]
)
def test_walk_asks_a_researchers_last_day_again(shell, wrong, said):
    """Without a last day of data a study gets nothing, so it is asked for until there is one."""
    told = again(shell, "study", 7, "", "", "2026-01-01", wrong, "2026-03-31", "", said=said)
    assert (told["data_from"], told["data_to"]) == ("2026-01-01", "2026-03-31")


@pytest.mark.parametrize(
    "option",
    [
        ("--preset", "none"),
        ("--kind", "insurer"),
        ("--kind", "none"),
        ("--metric", "steps=often"),
        ("--country", "Germany"),
        ("--until", "2020-01-01"),
        ("--card", "export.zip"),
    ],
)
def test_walk_does_not_begin_with_a_wrong_option(shell, option):
    """What was said before the walk, and can't be granted, is said before the first question."""
    ran = shell.run("consent", "grant", *option, typed=typed("coach-anna"))
    assert ran.code in (1, 2, 3)
    assert "Who?" not in ran.err


def test_country_is_told_in_small_letters_too(shell):
    """As in the walk, a country of an option may be typed in small letters."""
    words = ("consent", "grant", "coach-anna", "--preset", "coach", "--country", "de", "--yes-i-saw", "SEEN")
    assert shell.run(*words).code == 0
    assert granted(shell)["country"] == "DE"


def test_walk_says_what_is_agreed_to_before_it_asks(shell):
    """To whom, what for, from which day of data, until when: all of it, in words, before "Grant this?"."""
    shell.line("vitalvault share keygen --out anna.key --name 'Anna Berg' --contact anna@example.org")
    answers = typed("coach-anna", 1, "", "", "n")
    ran = shell.run("consent", "grant", "--card", "anna.key.card", typed=answers, fault=True)
    told = dict(line.split(maxsplit=1) for line in ran.out.splitlines()[:12])
    assert (told["who"], told["name"]) == ("coach-anna, coach", "Anna Berg")
    assert (told["contact"], told["country"]) == ("anna@example.org", "not told")
    assert f"to compare by voice: {told['key']}" in ran.err
    assert told["for"].startswith("coaching: ")
    assert told["data"] == "all of it, from the first day on, and what is yet to come"
    assert told["until"] == "2026-07-03 22:00 UTC"
    assert (told["sources"], told["withheld"]) == ("all of them", "nothing by name")
    assert "sleep_times (when you go to bed and get up)" in ran.out


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
