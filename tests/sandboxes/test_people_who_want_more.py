"""Stories of people who ask for what no grant can give, or come back under another name."""

from __future__ import annotations

import json

import pytest


def test_employer_in_germany(alex):
    """The firm asks for totals only: in Germany no, in Britain no, and where it won't say where, no."""
    asked = "consent grant the-firm --preset wellness-programme --yes-i-saw SEEN"
    for country in ("--country DE", "--country GB", ""):
        refused = alex.tries(f"{asked} {country}")
        assert (refused.code, refused.out) == (3, "")
    assert alex.tries(f"{asked} --country US").code == 0
    assert alex.tries("show steps --as the-firm --for wellness-programme").code == 3


@pytest.mark.parametrize("how", ["daily", "band", "yes_no", "aggregate"])
def test_insurer_asking_nicely(alex, how):
    """A lower premium for a yes or no a week, or a place in a total: health must not select risks, so no."""
    terms = f"good-health --kind insurer --for wellness-programme --metric steps={how}"
    refused = alex.tries(f"consent grant {terms} --yes-i-saw SEEN")
    assert (refused.code, refused.out) == (3, "")
    assert "nothing is ever given to an insurer" in refused.err
    assert alex.tries(f"consent preview {terms}").code == 3
    assert alex.does("consent list --json") == "[]"


def test_app_that_wants_everything(alex):
    """There is no word for everything: not a star, not a pack, and no single values of others' devices."""
    app = "consent grant fit-app --kind app --for app-function --yes-i-saw SEEN"
    assert alex.tries(f"{app} --metric *").code == 1
    assert alex.tries(f"{app} --metric everything").code == 1
    assert "by its name" in alex.tries(f"{app} --metric sleep-basics").err
    refused = alex.tries(f"{app} --metric heart_rate=raw")
    assert refused.code == 3
    assert "sources" in refused.err
    alex.grants("fit-app --kind app --for app-function --metric steps=daily")
    for metric in ("heart_rate", "sleep_duration", "readiness_score", "gps_position"):
        assert alex.tries(f"show {metric} --as fit-app --for app-function").code == 3


def test_researcher_without_an_end(alex):
    """A study needs a last day of data; with one, it sees up to that day and never what comes after."""
    asked = "consent grant study --preset research --yes-i-saw SEEN"
    refused = alex.tries(asked)
    assert refused.code == 3
    assert "last day of data" in refused.err
    assert alex.tries(f"{asked} --to 2026-03-31").code == 0
    rows = json.loads(alex.does("show steps --as study --for research-health --to 2026-03-31 --json"))
    assert max(row["date"] for row in rows) == "2026-03-31"
    alex.on("2026-05-01T10:00:00+02:00")
    again = json.loads(alex.does("show steps --as study --for research-health --to 2026-03-31 --json"))
    assert again == rows
    assert alex.tries("show steps --as study --for research-health --from 2026-04-01").code == 3


def test_grantee_renamed_as_somebody_else(alex):
    """The coach's name is taken: it can't become a clinician's, who may see single values."""
    grant = alex.grants("coach-anna --preset coach")
    asked = "consent grant coach-anna --kind clinician --for treatment --metric heart_rate=raw"
    refused = alex.tries(f"{asked} --yes-i-saw SEEN")
    assert (refused.code, refused.out) == (1, "")
    assert "known as coach" in refused.err
    alex.does(f"consent revoke {grant}")
    assert "known as coach" in alex.tries(f"{asked} --yes-i-saw SEEN").err


def test_coach_who_says_it_is_for_treatment(alex):
    """Anna states another purpose to see more: a grant is for its purpose, and the attempt is in the log."""
    alex.grants("coach-anna --preset coach")
    refused = alex.tries("show readiness_score --as coach-anna --for treatment")
    assert refused.code == 3
    assert "for coaching, not for treatment" in refused.err
    last = json.loads(alex.does("audit log --who coach-anna --json"))[-1]
    assert (last["purpose"], last["decision"], last["reason"]) == ("treatment", "deny", "purpose")


def test_script_that_agrees_blindly(alex):
    """A script can't say yes for Alex: without the hash of just this preview, nothing is granted."""
    shown = json.loads(alex.does("consent preview coach-anna --preset coach --json"))
    assert alex.tries("consent grant coach-anna --preset coach").code == 2
    assert alex.tries("consent grant coach-anna --preset coach --yes-i-saw yes").code == 2
    more = f"--metric steps=daily --yes-i-saw {shown['sha256']}"
    assert alex.tries(f"consent grant coach-anna --preset coach {more}").code == 2
    assert alex.does("consent list --json") == "[]"
    assert alex.tries(f"consent grant coach-anna --preset coach --yes-i-saw {shown['sha256']}").code == 0
