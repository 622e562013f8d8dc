"""Stories of people who are let in: what they see, how it ends, and that it does end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import policies
from vault.errors import AccessDenied

READINESS = "show readiness_score --as coach-anna --for coaching"


def test_import_shares_nothing(alex):
    """Alex has imported four months and said nothing about others: nobody sees anything, for any purpose."""
    with alex.opened() as opened:
        assert policies.grants(opened) == []
        for purpose in policies.PURPOSES:
            for reader in ("daily", "samples"):
                with pytest.raises(AccessDenied, match="nothing is granted"):
                    getattr(policies.view(opened, "coach-anna", purpose), reader)("heart_rate")


def test_coach_whose_season_ends(alex):
    """Anna coaches until 31 May. That evening she still sees; from midnight at Alex's home on, nothing."""
    alex.grants("coach-anna --preset coach --until 2026-05-31")
    alex.on("2026-05-31T23:59:59+02:00")
    assert alex.tries(READINESS).code == 0
    alex.on("2026-06-01T00:00:00+02:00")
    refused = alex.tries(READINESS)
    assert (refused.code, refused.out) == (3, "")
    assert "ended" in refused.err


def test_grant_that_is_renewed(alex):
    """Coach and athlete go on for the winter: one command, the same id, the same two metrics, a later end."""
    grant = alex.grants("coach-anna --preset coach --until 2026-05-31")
    alex.on("2026-05-20T10:00:00+02:00")
    alex.does(f"consent renew {grant} --until 2026-12-31")
    alex.on("2026-12-31T20:00:00+01:00")
    assert alex.tries(READINESS).code == 0
    assert alex.tries("show steps --as coach-anna --for coaching").code == 3
    alex.on("2027-01-01T00:00:00+01:00")
    assert alex.tries(READINESS).code == 3
    history = json.loads(alex.does(f"consent receipt {grant}"))["history"]
    assert [event["op"] for event in history] == ["grant", "renew"]


def test_teammate_who_is_not_one_any_more(alex):
    """Ben leaves the team in anger: one word of Alex's, no question, and the next look is refused."""
    grant = alex.grants("ben --kind family --for family-support --metric steps=daily")
    assert alex.tries("show steps --as ben --for family-support").code == 0
    alex.does(f"consent revoke {grant}")
    assert "revoked" in alex.tries("show steps --as ben --for family-support").err
    assert alex.tries(f"consent renew {grant}").code == 1
    told = json.loads(alex.does("audit log --who ben --json"))
    assert [(one["method"], one["decision"]) for one in told] == [
        ("grant", "owner"),
        ("daily", "allow"),
        ("revoke", "owner"),
        ("daily", "deny"),
    ]


def test_visit_to_the_doctor(alex):
    """Dr. Berger gets thirty days of heart and sleep as a file she can load, and it ends with its month."""
    terms = f"dr-berger --preset doctor-visit --from 2026-03-07 --card {alex.card('berger')}"
    alex.grants(f"{terms} --until 2026-04-30")
    alex.does("share create --to dr-berger --for treatment --from 2026-03-07 --out visit.share")
    alex.does("share open visit.share --key berger.key --out visit")
    lines = Path("visit/fhir/Observation.ndjson").read_text("utf-8").splitlines()
    days = {json.loads(line)["effectiveDateTime"][:10] for line in lines}
    assert min(days) >= "2026-03-07"
    told = json.loads(Path("visit/document.json").read_text("utf-8"))
    assert "steps" not in {part["metric"] for part in told["tables"]}
    alex.on("2026-05-01T00:00:00+02:00")
    ended = alex.tries("share open visit.share --key berger.key --out again")
    assert (ended.code, ended.out) == (3, "")
    assert "ended on 2026-04-30" in ended.err


def test_mother_who_wants_to_know_how_it_goes(alex):
    """The family preset tells a word for a whole week; no number, no day, and not this week's."""
    alex.grants("mother --preset family")
    rows = json.loads(alex.does("show readiness_score --as mother --for family-support --json"))
    assert {row["value"] for row in rows} <= {"low", "usual", "high"}
    assert max(row["date"] for row in rows) == "2026-03-23"
    with alex.opened() as opened, pytest.raises(AccessDenied):
        policies.view(opened, "mother", "family-support").readiness()


def test_what_is_withheld_is_not_told_in_other_words(alex):
    """Alex keeps the resting pulse back, so a score that is made of it can't be granted beside it."""
    asked = "consent grant coach-anna --preset coach --withhold resting_heart_rate --yes-i-saw SEEN"
    refused = alex.tries(asked)
    assert refused.code == 3
    assert "readiness_score" in refused.err
    alex.grants("coach-anna --kind coach --for coaching --metric steps=daily --withhold resting_heart_rate")
    assert alex.tries("show steps --as coach-anna --for coaching").code == 0
    assert alex.tries(READINESS).code == 3
