"""Previews and documents: what is shown before is what is released after, byte for byte."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

import policies
from policies.documents import LIMITS, last_days
from policies.signing import canonical
from vault.errors import AccessDenied, InputError, UnknownRecord

EVERYTHING = {
    "heart_rate": "raw",
    "steps": "hourly",
    "resting_heart_rate": "daily",
    "readiness_score": "weekly",
    "sleep_duration": "daily",
    "sleep_times": "daily",
    "workouts": "raw",
    "workout_hr_mean": "daily",
    "vendor_scores": "daily",
    "strength_set": "daily",
    "wellness_fatigue": "daily",
    "device_names": "raw",
}


@pytest.mark.parametrize(
    ("kind", "purpose", "metrics"),
    [
        ("coach", "coaching", {"readiness_score": "daily", "sleep_duration": "daily"}),
        ("family", "family-support", {"readiness_score": "band", "sleep_duration": "yes_no"}),
        ("clinician", "treatment", EVERYTHING),
    ],
)
def test_preview_equals_what_is_released(owner, coach, kind, purpose, metrics):
    """The bytes of the preview are the bytes the grantee gets, granted in the same minute."""
    wanted = coach(kind=kind, purpose=purpose, metrics=metrics)
    shown = policies.preview(owner, wanted)
    policies.grant(owner, wanted)
    view = policies.view(owner, "coach-anna", purpose)
    assert canonical(policies.document(view, *last_days(owner.now, owner, 14))) == canonical(shown.sees)
    assert all(table["rows"] for table in shown.sees["tables"])


def test_preview_writes_nothing(owner, coach):
    """Looking is not granting: no event, and no line in the log."""
    policies.preview(owner, coach())
    assert owner.log == []


def test_preview_says_what_stays_unseen_and_what_can_be_guessed(owner, coach):
    """It counts what is not shown, names what can be guessed, and what can't be taken back."""
    shown = policies.preview(owner, coach()).to_dict()
    unseen = {one["metric"]: one["values"] for one in shown["unseen"]}
    assert unseen["heart_rate"] == 240
    assert unseen["sleep_times"] is None
    assert "sleep_duration" not in unseen
    assert shown["guesses"]["sleep_duration"].startswith("late nights")
    assert any("can't delete what was copied" in line for line in LIMITS)
    json.dumps(shown)


def test_preview_hash_is_of_the_grant_and_the_sight(owner, coach):
    """The same grant has the same hash whatever its id; another end, or other data, has another."""
    same = {policies.preview(owner, coach()).sha256 for _ in range(2)}
    later = policies.preview(owner, coach(valid_until=date(2026, 12, 31))).sha256
    owner.mornings[date(2026, 11, 20)] = 11.0
    other = policies.preview(owner, coach()).sha256
    assert len(same) == 1
    assert len({*same, later, other}) == 3


def test_preview_of_a_grant_that_begins_later(owner, coach):
    """A grant from tomorrow on is shown as it will be."""
    shown = policies.preview(owner, coach(valid_from=owner.now + timedelta(days=1)))
    assert shown.sees["last_day"] == "2026-11-23"
    assert shown.sees["tables"]


@pytest.mark.parametrize("days", [-1, 0, 367, 10**7])
def test_preview_of_too_many_days_is_refused(owner, coach, days):
    """A preview is of one day to a year, whatever number is asked for."""
    with pytest.raises(InputError, match="1 to 366 days"):
        policies.preview(owner, coach(), days=days)


def test_preview_adds_to_what_is_granted_already(owner, coach):
    """What the grantee will see is the old grant and the new one together."""
    policies.grant(owner, coach(metrics={"steps": "daily"}))
    shown = policies.preview(owner, coach(metrics={"sleep_duration": "daily"}))
    assert [table["metric"] for table in shown.sees["tables"]] == ["sleep_duration", "steps"]


def test_preview_below_a_floor_says_why(owner, coach):
    """An insurer's preview is the reason why there is none."""
    with pytest.raises(AccessDenied, match="must not select risks"):
        policies.preview(owner, coach(kind="insurer", purpose="own-use"))


def test_preview_of_a_total_shows_no_rows(owner, coach):
    """An employer outside of Europe sees nothing of one person, and the preview says just that."""
    wanted = coach(
        kind="employer", purpose="wellness-programme", metrics={"steps": "aggregate"}, country="US"
    )
    assert policies.preview(owner, wanted).sees["tables"] == []


def test_document_of_days_outside_says_so(owner, coach):
    """A table whose days are not granted is empty and says why."""
    policies.grant(owner, coach())
    view = policies.view(owner, "coach-anna", "coaching")
    told = policies.document(view, date(2026, 1, 1), date(2026, 1, 31))
    assert all(table["rows"] == [] for table in told["tables"])
    assert "granted are the days" in told["tables"][0]["refused"]


def test_explain_allowed_and_refused(owner, coach):
    """An explanation has the rule, the finest rung, and for a no the first failing condition."""
    record = policies.grant(owner, coach())
    yes = policies.explain(owner, "coach-anna", "sleep_duration", "coaching")
    assert (yes.allowed, yes.granularity, yes.rules, yes.grant) == (True, "daily", ("grant",), record.id)
    no = policies.explain(owner, "coach-anna", "heart_rate", "coaching")
    assert (no.allowed, no.reason, no.rules) == (False, "metric", ("floor-coach",))
    raw = policies.explain(owner, "coach-anna", "sleep_duration", "coaching", action="raw")
    assert (raw.allowed, raw.reason) == (False, "granularity")
    assert policies.explain(owner, "bob", "steps", "coaching").reason == "no-grant"
    assert json.loads(json.dumps(no.to_dict()))["words"] == "heart_rate is not granted to coach-anna"


def test_explain_is_about_the_metric_of_a_component(owner, coach):
    """A component is explained as its metric; what does not exist is an error."""
    assert policies.explain(owner, "bob", "blood_pressure.systolic", "coaching").metric == "blood_pressure"
    with pytest.raises(UnknownRecord):
        policies.receipt(owner, "g-0")
