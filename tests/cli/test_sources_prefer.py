"""``sources prefer``, ``sources eras``, and the ``sources`` that was there before them."""

from __future__ import annotations

import json

import pytest

import adapters

WATCH, PHONE = "Alex’s Apple Watch", "Alex’s iPhone"


def chosen(ran):
    """Return what a command printed as JSON."""
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def steps(shell):
    """Return the steps of the newest day, and whose they are."""
    newest = chosen(shell.run("show", "steps", "--json"))[-1]
    return newest["value"], newest["sources"]


def test_prefer_believes_a_source_until_it_is_forgotten(shell):
    """The numbers follow the choice and come back; --list says what was chosen."""
    before = steps(shell)
    assert before[1].startswith(WATCH)
    told = chosen(
        shell.run("sources", "prefer", "alex's iphone", "--metric", "steps", "--from", "2026-01-01", "--json")
    )
    assert told == [{"source": PHONE, "metric": "steps", "start": "2026-01-01", "end": None}]
    assert steps(shell)[1].startswith(PHONE)
    assert chosen(shell.run("sources", "prefer", "--list", "--json")) == told
    assert chosen(shell.run("sources", "prefer", PHONE, "--forget", "--json")) == []
    assert steps(shell) == before


def test_prefer_a_period(shell):
    """Days before and after the period are as they were."""
    shell.run("sources", "prefer", PHONE, "--metric", "steps", "--from", "2026-03-01", "--to", "2026-03-02")
    days = chosen(shell.run("show", "steps", "--from", "2026-02-28", "--to", "2026-03-03", "--json"))
    assert [day["sources"].startswith(PHONE) for day in days] == [False, True, True, False]


def test_prefer_shows_a_table(shell):
    """For people it is a table with a dash where nothing was said."""
    ran = shell.run("sources", "prefer", WATCH)
    assert [line.split() for line in ran.out.splitlines()] == [
        ["source", "metric", "start", "end"],
        [*WATCH.split(), "-", "-", "-"],
    ]


@pytest.mark.parametrize(
    ("metric", "is_told"), [("steps", True), ("sleep", True), ("workouts", False), ("vo2_max", False)]
)
def test_prefer_says_of_what_the_source_told_nothing(shell, metric, is_told):
    """The choice is kept, for the next export may bring it, and a slip of the pen is seen."""
    ran = shell.run("sources", "prefer", PHONE, "--metric", metric)
    assert ran.code == 0
    assert ("told nothing" in ran.err) is not is_told
    assert len(chosen(shell.run("sources", "prefer", "--list", "--json"))) == 1


def test_eras_are_those_of_the_vault(shell):
    """Of one metric, or of all that readiness learns from; a metric that is none is an error."""
    of_one = chosen(shell.run("sources", "eras", "resting_heart_rate", "--json"))
    assert {(one["metric"], one["source"]) for one in of_one} == {("resting_heart_rate", WATCH)}
    assert all(one["first"] <= one["last"] and one["n"] > 0 for one in of_one)
    everything = chosen(shell.run("sources", "eras", "--json"))
    assert [one for one in everything if one["metric"] == "resting_heart_rate"] == of_one
    assert len(everything) > len(of_one)
    assert shell.run("sources", "eras", "no_such_metric").code == 1


def test_prefer_nobody_names_those_there_are(shell):
    """A name that nothing here has is an error, with the names there are."""
    ran = shell.run("sources", "prefer", "Garmin fenix")
    assert ran.code == 1
    assert "no source of that name" in ran.err
    assert WATCH in ran.err
    assert PHONE in ran.err


@pytest.mark.parametrize(
    "words", [(), ("--forget",), ("--forget", "--list"), (PHONE, "--list"), (PHONE, "--from", "yesterday")]
)
def test_prefer_what_is_not_said(shell, words):
    """Nothing is guessed: a source or --list, and days as days."""
    assert shell.run("sources", "prefer", *words).code == 2


def test_prefer_is_felt_by_a_grantee_and_not_told(shell):
    """A view's numbers are those the owner sees; whom the owner chose is in none of them."""
    grant = ("consent", "grant", "coach-bert", "--preset", "coach", "--metric", "steps=daily", "--yes-i-saw")
    assert shell.run(*grant, "SEEN").code == 0
    ask = ("show", "steps", "--as", "coach-bert", "--for", "coaching", "--json")
    before = chosen(shell.run(*ask))
    shell.run("sources", "prefer", PHONE, "--metric", "steps")
    after = chosen(shell.run(*ask))
    own = {day["date"]: day["value"] for day in chosen(shell.run("show", "steps", "--json"))}
    rounded = pytest.approx([own[day["date"]] for day in after], abs=50)
    assert [day["value"] for day in after] == rounded
    assert after != before


@pytest.mark.parametrize(
    "words", [(), ("apple_health",), ("garmin", "--json"), ("--json", "garmin"), ("--json",)]
)
def test_sources_is_told_as_ever(bare, words):
    """A name beside the commands of the group is that of one source; without a word it is all of them."""
    ran = bare.run("sources", *words)
    names = {word for word in words if word != "--json"} or set(adapters.sources())
    assert ran.code == 0
    if "--json" in words:
        assert set(json.loads(ran.out)) == names
    else:
        assert all(f"({name})\n" in ran.out for name in names)


@pytest.mark.parametrize("words", [("fax",), ("garmin", "polar"), ("fax", "--json")])
def test_sources_of_no_such_name(bare, words):
    """It is wrong usage, and nothing is on stdout."""
    ran = bare.run("sources", *words)
    assert (ran.code, ran.out) == (2, "")


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("Apple", "apple_health"),
        ("samsung", "samsung_health"),
        ("google", "google_fit"),
        ("fitbitt", "fitbit"),
    ],
)
def test_source_by_another_name_is_asked_back(shell, asked, meant):
    """People say brands; the answer is the name to type, not all there are."""
    ran = shell.run("sources", asked)
    assert ran.code == 2
    assert f"do you mean {meant}" in ran.err
