"""Previews and documents: what is shown before is what is released after, byte for byte."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

import policies
from policies.documents import LIMITS, last_days, newest_day
from policies.signing import canonical
from vault.errors import AccessDenied, InputError, UnknownRecord

TODAY = date(2026, 11, 22)
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
    assert canonical(policies.document(view, *last_days(view, TODAY, owner.home_zone, 14))) == canonical(
        shown.sees
    )
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


@pytest.mark.parametrize("later", [1, 13, 40, 400, 4_000])
@pytest.mark.parametrize(
    ("metric", "rung"),
    [("sleep_duration", "daily"), ("heart_rate", "raw"), ("steps", "hourly"), ("vendor_scores", "daily")],
)
def test_preview_of_old_data_ends_with_the_newest_of_them(owner, coach, later, metric, rung):
    """Who took their watch off long ago is shown the last days with data, and not empty ones."""
    owner.now += timedelta(days=later)
    shown = policies.preview(owner, coach(kind="clinician", purpose="treatment", metrics={metric: rung}))
    assert (shown.sees["first_day"], shown.sees["last_day"]) == ("2026-11-09", "2026-11-22")
    assert shown.sees["tables"][0]["rows"]


@pytest.mark.parametrize("rung", ["weekly", "band", "yes_no"])
def test_preview_of_old_weeks_ends_with_a_sunday(owner, coach, rung):
    """A week is told whole, so the days end where the last whole one with data does."""
    owner.now += timedelta(days=100)
    shown = policies.preview(owner, coach(metrics={"sleep_duration": rung}))
    assert shown.sees["last_day"] == "2026-11-22"
    assert [row[0] for row in shown.sees["tables"][0]["rows"]] == ["2026-11-09", "2026-11-16"]


def test_preview_ends_with_the_granted_days(owner, coach):
    """Of data up to a day, the days before it are shown; where there are none, those up to today."""
    until = policies.preview(owner, coach(data_from=None, data_to=date(2026, 10, 20)))
    assert (until.sees["first_day"], until.sees["last_day"]) == ("2026-10-07", "2026-10-20")
    none = policies.preview(owner, coach(data_from=None, data_to=date(2025, 10, 20)))
    assert none.sees["last_day"] == "2026-11-22"
    assert not any(part["rows"] for part in none.sees["tables"])


def test_newest_day_is_never_one_to_come(owner, coach):
    """What a device wrote for tomorrow does not move the days on."""
    owner.mornings[TODAY + timedelta(days=1)] = 50.0
    policies.grant(owner, coach())
    assert newest_day(policies.view(owner, "coach-anna", "coaching"), TODAY, owner.home_zone) == TODAY


def test_preview_of_a_vault_whose_clock_is_off(owner, coach):
    """A clock that was never set is no reason to fail: before the data there is nothing to show."""
    owner.now = owner.now.replace(year=1970)
    shown = policies.preview(owner, coach(data_from=None, metrics={"steps": "daily"}))
    assert shown.sees["last_day"] == "1970-11-22"


def test_preview_names_what_has_no_number(owner, coach):
    """Bed times, workouts, scores, devices, illness, notes and places are named, unless they are seen."""
    unseen = {one.metric for one in policies.preview(owner, coach()).unseen if one.values is None}
    own = {"sleep_times", "workouts", "vendor_scores", "illness", "device_names", "device_serials", "notes"}
    assert unseen == own | {"gps_position"}
    policies.grant(owner, coach(metrics={"workouts": "daily"}))
    assert "workouts" not in {one.metric for one in policies.preview(owner, coach()).unseen}


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
    assert shown.sees["last_day"] == "2026-11-22"
    assert shown.sees["tables"][0]["rows"]


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


def test_preview_says_what_another_grant_withholds(owner, coach):
    """A new grant gives what an older one withheld, and the preview says so."""
    policies.grant(owner, coach(metrics={"steps": "daily"}, withhold=("sleep_duration",)))
    limits = policies.preview(owner, coach(metrics={"sleep_duration": "daily"})).limits
    assert any("sleep_duration" in line for line in limits)


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
    assert (raw.allowed, raw.reason) == (False, "floor")
    assert policies.explain(owner, "bob", "steps", "coaching").reason == "no-grant"
    assert json.loads(json.dumps(no.to_dict()))["words"] == "heart_rate is not granted to coach-anna"


def test_explain_names_the_floor_that_forbids_all(owner, coach):
    """What a floor forbids for ever is said to be its doing, and no new grant is advised."""
    policies.grant(owner, coach())
    places = policies.explain(owner, "coach-anna", "gps_position", "coaching")
    raw = policies.explain(owner, "coach-anna", "heart_rate", "coaching", action="raw")
    for told in (places, raw):
        assert (told.allowed, told.reason, told.rules) == (False, "floor", ("floor-coach",))
        assert "a coach works with days" in told.words
        assert told.hint == "no grant can change this"
    daily = policies.explain(owner, "coach-anna", "heart_rate", "coaching", action="daily")
    assert (daily.reason, "new grant" in daily.hint) == ("metric", True)


def test_explain_of_an_employer_says_totals_only(owner, coach):
    """An employer who may take part in totals is never given a day, whatever was granted."""
    policies.grant(
        owner,
        coach(kind="employer", purpose="wellness-programme", metrics={"steps": "aggregate"}, country="US"),
    )
    told = policies.explain(owner, "coach-anna", "steps", "wellness-programme")
    assert (told.reason, told.granularity) == ("floor", "yes_no")
    assert told.hint == "no grant can change this"
    assert "totals only" in told.words


def test_explain_of_what_is_withheld_says_so(owner, coach):
    """A metric that the grant withholds, or what is made of it, is explained as withheld."""
    policies.grant(owner, coach(metrics={"steps": "daily"}, withhold=("heart_rate",)))
    for name in ("heart_rate", "resting_heart_rate", "readiness_score"):
        told = policies.explain(owner, "coach-anna", name, "coaching")
        assert (told.allowed, told.reason) == (False, "withheld")
        assert "withheld" in told.words
        assert "withheld" in told.hint


def test_explain_is_about_the_metric_of_a_component(owner, coach):
    """A component is explained as its metric; what does not exist is an error."""
    assert policies.explain(owner, "bob", "blood_pressure.systolic", "coaching").metric == "blood_pressure"
    with pytest.raises(UnknownRecord):
        policies.receipt(owner, "g-0")
