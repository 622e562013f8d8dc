"""Notices: who was shown it before is told, nobody else, of nothing else, and without a value."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

import policies
from policies.audit import LISTS
from policies.consent import Grant
from policies.notices import _LOOKS_BACK, notices, signed, text
from policies.view import View
from vault.errors import AccessDenied, Tampered

TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)


@pytest.fixture
def shown(owner):
    """Return what grants some metrics to somebody and returns their view."""

    def grant(grantee: str, *metrics: str, **more) -> View:
        told = dict.fromkeys(metrics, "daily")
        wanted = Grant(grantee=grantee, kind="clinician", purpose="treatment", metrics=told, **more)
        policies.grant(owner, wanted)
        return policies.view(owner, grantee, "treatment")

    return grant


def corrected(owner, metric="steps", day=TODAY - 3 * DAY, **more):
    """Write down that a value of a day was corrected."""
    body = {"metric": metric, "first_day": day.isoformat(), "last_day": day.isoformat(), "withdrawn": False}
    owner.append_events([("correction", body | more, None)])


def erased(owner, counts=None, **scope):
    body = {"scope": scope, "counts": {"samples": 1} if counts is None else counts, "counter": 1}
    owner.append_events([("erasure", body, None)])


def told(owner):
    """Return (grantee, what, categories) of every notice."""
    return [(one.grantee, one.what, [part.category for part in one.affected]) for one in notices(owner)]


def test_notices_go_to_every_recipient_of_the_old_value_and_to_nobody_else(owner, shown):
    """Of who saw that day, other days, another metric, was refused, or looked afterwards: only the first."""
    shown("saw-it", "steps").daily("steps", TODAY - 4 * DAY, TODAY)
    shown("saw-all", "steps").daily("steps")
    shown("other-days", "steps").daily("steps", TODAY - DAY, TODAY)
    shown("other-metric", "body_mass").daily("body_mass")
    with pytest.raises(AccessDenied):
        shown("refused", "body_mass").daily("steps")
    late = shown("looked-afterwards", "steps")
    shown("only-asked-what", "steps").granted()
    corrected(owner)
    late.daily("steps")
    assert told(owner) == [("saw-all", "corrected", ["steps"]), ("saw-it", "corrected", ["steps"])]


def test_notice_reaches_who_saw_what_is_made_of_it(owner, shown):
    """A resting heart rate is made of heart rates, of that day; readiness of days before, too."""
    rate = shown("rate", "resting_heart_rate")
    rate.daily("resting_heart_rate", TODAY, TODAY)
    shown("score", "readiness_score").readiness_history(TODAY, TODAY)
    shown("before", "readiness_score").readiness_history(TODAY - 9 * DAY, TODAY - 8 * DAY)
    corrected(owner, "heart_rate")
    assert told(owner) == [("score", "corrected", ["readiness_score"])]
    rate.daily("resting_heart_rate", TODAY - 3 * DAY, TODAY)
    corrected(owner, "heart_rate")
    assert ("rate", "corrected", ["resting_heart_rate"]) in told(owner)


def test_notice_tells_days_that_were_shown_only(owner, shown):
    """Its days are those of the event, as far as they were shown; an open reading ends when it was made."""
    shown("dr", "steps").daily("steps", TODAY - 4 * DAY, None)
    erased(owner, metric="steps", start=(TODAY - 30 * DAY).isoformat())
    (one,) = notices(owner)
    assert (one.affected[0].first_day, one.affected[0].last_day) == (TODAY - 4 * DAY, TODAY)


def test_notices_of_an_erasure(owner, shown):
    """A metric takes what belongs to it along; all data is whatever was shown; nothing erased is no news."""
    shown("dr", "steps", "sleep_duration").daily("steps")
    policies.view(owner, "dr", "treatment").daily("sleep_duration")
    erased(owner, counts={}, metric="steps")
    assert told(owner) == []
    erased(owner, metric="sleep_rem")
    erased(owner, everything=True)
    erased(owner, metric="body_mass")
    assert told(owner) == [
        ("dr", "erased", ["sleep_duration"]),
        ("dr", "erased", ["sleep_duration", "steps"]),
    ]


def test_notices_of_an_erasure_of_days_reach_what_looked_back_on_them(owner, shown):
    """Readiness of later days was made of the days that are gone; steps of later days were not."""
    shown("score", "readiness_score").readiness_history(TODAY, TODAY)
    shown("steps", "steps").daily("steps", TODAY, TODAY)
    erased(owner, start=(TODAY - 9 * DAY).isoformat(), end=(TODAY - 8 * DAY).isoformat())
    assert told(owner) == [("score", "erased", ["readiness_score"])]


def test_notices_of_an_erasure_between_instants(owner, shown):
    """An instant may be of another local day, so its neighbours count; days far off do not."""
    shown("near", "steps").daily("steps", TODAY - 5 * DAY, TODAY - 4 * DAY)
    shown("far", "steps").daily("steps", TODAY - DAY, TODAY)
    erased(owner, metric="steps", start=f"{TODAY - 3 * DAY}T01:00:00Z", end=f"{TODAY - 3 * DAY}T02:00:00Z")
    assert [one.grantee for one in notices(owner)] == ["near"]


def test_notices_of_a_restriction_and_its_end(owner, shown):
    """Who is asked to stop using something is told when they may use it again."""
    shown("dr", "resting_heart_rate").daily("resting_heart_rate")
    policies.restrict(owner, "heart_rate", TODAY - 3 * DAY)
    policies.lift(owner, "heart_rate")
    assert [what for _, what, _ in told(owner)] == ["restricted", "lifted"]


def test_notice_of_a_lift_frees_nothing_that_another_restriction_holds(owner, shown):
    """Who was shown readiness hears that heart rates are free only when no input of it is held back."""
    shown("score", "readiness_score").readiness_history(TODAY - 9 * DAY, TODAY)
    shown("rate", "heart_rate").daily("heart_rate", TODAY - 9 * DAY, TODAY)
    policies.restrict(owner, "heart_rate", TODAY - 5 * DAY, TODAY - 4 * DAY)
    policies.restrict(owner, "hrv_rmssd", TODAY - 8 * DAY, TODAY - 7 * DAY)
    policies.lift(owner, "heart_rate")
    lifted = [one for one in told(owner) if one[1] == "lifted"]
    assert lifted == [("rate", "lifted", ["heart_rate"])]
    policies.lift(owner, "hrv_rmssd")
    lifted = [one for one in told(owner) if one[1] == "lifted"]
    assert lifted == [("rate", "lifted", ["heart_rate"]), ("score", "lifted", ["readiness_score"])]


def test_notice_of_a_lift_frees_nothing_that_was_erased(owner, shown):
    """What had to be deleted in between is not offered again; what was read since is."""
    early, late = shown("early", "steps"), shown("late", "steps")
    early.daily("steps", TODAY - 9 * DAY, TODAY)
    erased(owner, metric="steps")
    late.daily("steps", TODAY - 9 * DAY, TODAY)
    policies.restrict(owner, "steps")
    policies.lift(owner, "steps")
    assert [one for one in told(owner) if one[1] == "lifted"] == [("late", "lifted", ["steps"])]


def test_notice_holds_the_card_and_no_value_no_source_no_reason(owner, shown):
    """It can be sent as it is: whom to reach, what, which days, what to do."""
    view = shown("dr", "steps", name="Dr. Li", contact="li@example.org")
    values = view.daily("steps")["value"]
    corrected(owner)
    (one,) = notices(owner)
    document = signed(owner, one)
    whole = json.dumps(document) + text(one)
    assert "Dr. Li" in text(one)
    assert document["contact"] == "li@example.org"
    assert document["affected"] == [
        {"category": "steps", "first_day": "2026-11-19", "last_day": "2026-11-19"}
    ]
    assert not any(f"{value:g}" in whole for value in values)
    assert "Watch" not in whole


def test_notice_is_signed_and_every_time_the_same(owner, shown):
    """Its signature holds, for the vault's key alone; a changed letter is found out."""
    shown("dr", "steps").daily("steps")
    corrected(owner)
    one, again = (signed(owner, notices(owner)[0]) for _ in range(2))
    assert one == again
    policies.verify_notice(one)
    policies.verify_notice(one, one["issuer"])
    for bad, key in (({**one, "what": "lifted"}, None), (one, "00" * 32)):
        with pytest.raises(Tampered):
            policies.verify_notice(bad, key)


def test_notice_of_a_vendors_own_metric_is_none(owner, shown):
    """What can't be granted was shown to nobody."""
    shown("dr", "steps").daily("steps")
    corrected(owner, "oura:steps")
    assert notices(owner) == []


def test_notices_know_the_methods_of_a_view():
    """Every method named as one that lists, or looks back, is one a view has."""
    assert set(dir(View)) >= _LOOKS_BACK
    assert set(dir(View)) >= LISTS
