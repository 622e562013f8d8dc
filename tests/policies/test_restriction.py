"""Restriction: kept, and shown to nobody but the owner, in whatever way and however it is asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import policies
from policies import cut, tables
from policies.consent import Grant
from policies.decision import Decider
from policies.gate import Permit
from policies.grants import Book, made
from policies.request import Request
from policies.restriction import EVENTS as RESTRICTIONS
from policies.restriction import Restriction
from policies.validity import settle
from vault.errors import AccessDenied, InputError, Tampered, UnknownMetric, UnknownRecord

TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)


@pytest.fixture
def doctor(owner):
    """A view of somebody who was granted much, of all days."""
    metrics = {
        "heart_rate": "raw",
        "resting_heart_rate": "daily+export",
        "steps": "daily",
        "readiness_score": "daily",
        "vendor_scores": "daily",
    }
    policies.grant(owner, Grant(grantee="dr", kind="clinician", purpose="treatment", metrics=metrics))
    return policies.view(owner, "dr", "treatment")


def test_restrict_shows_nothing_of_these_days(owner, doctor):
    """A request that touches a restricted day is refused whole, saying which days; other days are shown."""
    policies.restrict(owner, "steps", TODAY - 5 * DAY, TODAY - 3 * DAY)
    with pytest.raises(AccessDenied, match="restricted by its owner from 2026-11-17 to 2026-11-19"):
        doctor.daily("steps", TODAY - 3 * DAY, TODAY)
    with pytest.raises(AccessDenied):
        doctor.daily("steps")
    assert len(doctor.daily("steps", TODAY - 2 * DAY, TODAY)) == 2  # today is not over
    assert policies.audit_log(owner)[-2].reason == "restricted"


def test_restrict_reaches_what_is_made_of_it(owner, doctor):
    """A resting heart rate is made of the heart rate, and is kept back with it on the same days."""
    policies.restrict(owner, "heart_rate", TODAY - DAY, TODAY - DAY)
    for days in ((TODAY - DAY, TODAY - DAY), (TODAY - 9 * DAY, None)):
        with pytest.raises(AccessDenied):
            doctor.daily("resting_heart_rate", *days)
    assert len(doctor.daily("resting_heart_rate", TODAY, TODAY)) == 1


def test_restrict_reaches_later_days_of_what_looks_back(owner, doctor):
    """Readiness compares a day with those before, so it is kept back from the first restricted day on."""
    policies.restrict(owner, "heart_rate", TODAY - 9 * DAY, TODAY - 8 * DAY)
    with pytest.raises(AccessDenied, match="on"):
        doctor.readiness_history(TODAY, TODAY)
    assert len(doctor.readiness_history(TODAY - 12 * DAY, TODAY - 10 * DAY)) == 3


def test_restrict_keeps_back_scores_that_tell_of_it(owner, doctor):
    """A vendor's recovery tells of the resting heart rate."""
    assert len(doctor.scores()) == 2
    policies.restrict(owner, "resting_heart_rate", TODAY, TODAY)
    assert len(doctor.scores()) == 0


def test_restrict_keeps_back_a_sample_by_its_own_local_day(owner, doctor):
    """A sample that was measured on the restricted day in another zone is not shown with the day at home."""
    frame = owner.data["heart_rate"]
    frame["utc_offset_min"] = frame["utc_offset_min"] - 12 * 60
    assert len(doctor.samples("heart_rate", TODAY, TODAY)) == 4
    policies.restrict(owner, "heart_rate", TODAY - DAY, TODAY - DAY)
    assert len(doctor.samples("heart_rate", TODAY, TODAY)) == 0


def test_restrict_leaves_the_owner_everything(owner, doctor):
    """Restricted is stored."""
    before = len(owner.daily("steps"))
    policies.restrict(owner, "steps")
    assert len(owner.daily("steps")) == before


def test_restrict_shows_in_explanation_and_preview(owner, doctor):
    """Who is asked why, or looks at a preview, is told."""
    policies.restrict(owner, "steps", TODAY, TODAY)
    told = policies.explain(owner, "dr", "steps", "treatment")
    assert (told.allowed, told.reason) == (False, "restricted")
    assert "on 2026-11-22" in told.words
    wanted = Grant(grantee="dr", kind="clinician", purpose="treatment", metrics={"steps": "daily"})
    shown = policies.preview(owner, wanted)
    assert "steps: restricted on 2026-11-22, and shown to nobody." in shown.limits
    assert "steps" not in [part["metric"] for part in shown.sees["tables"]]
    json.dumps(shown.to_dict())


def test_restrict_of_other_days_leaves_a_document_as_it_was(owner, doctor):
    """What is shown of days after a restricted one is what was shown of them before."""
    view = policies.view(owner, "dr", "treatment")
    before = policies.document(view, TODAY - 2 * DAY, TODAY)["tables"]
    policies.restrict(owner, "steps", TODAY - 9 * DAY, TODAY - 9 * DAY)
    assert policies.document(view, TODAY - 2 * DAY, TODAY)["tables"] == before


def test_restrict_twice_is_once_and_lift_ends_it(owner, doctor):
    """The same is not written down twice; lifted, everything is as before, and both are in the log."""
    one = policies.restrict(owner, "steps", TODAY)
    assert policies.restrict(owner, "steps", TODAY) == one
    assert [found.id for found in policies.lift(owner, "steps")] == [one.id]
    assert len(doctor.daily("steps")) == 59
    (found,) = policies.restrictions(owner)
    assert found.lifted_at == owner.now
    methods = [entry.method for entry in policies.audit_log(owner)]
    assert [one for one in methods if one in ("restrict", "lift")] == ["restrict", "lift"]
    policies.audit_verify(owner)
    with pytest.raises(UnknownRecord):
        policies.lift(owner, "steps")


def test_lift_takes_the_days_that_are_named(owner):
    """Of two restrictions of a category the other stays."""
    policies.restrict(owner, "steps", TODAY)
    policies.restrict(owner, "steps", None, TODAY - 9 * DAY)
    policies.lift(owner, "steps", TODAY)
    assert [one.first_day for one in policies.restrictions(owner) if one.lifted_at is None] == [None]


def test_restrict_what_is_nothing_is_refused(owner):
    """A name that can't be granted, or days the wrong way round."""
    with pytest.raises(UnknownMetric):
        policies.restrict(owner, "shoe_size")
    with pytest.raises(InputError):
        policies.restrict(owner, "steps", TODAY, TODAY - DAY)


@pytest.mark.parametrize("fault", ["signature", "removed"])
def test_restriction_that_was_tampered_with_stops_every_decision(owner, doctor, fault):
    """One whose signature does not hold is a no to everything; one that is gone is missed by the log."""
    policies.restrict(owner, "steps")
    at = next(at for at, event in enumerate(owner.log) if event.kind == RESTRICTIONS)
    if fault == "removed":
        del owner.log[at]
    else:
        owner.log[at] = replace(owner.log[at], body={**owner.log[at].body, "category": "illness"})
        with pytest.raises(AccessDenied, match="could not be made"):
            policies.view(owner, "dr", "treatment").daily("heart_rate")
    with pytest.raises(Tampered):
        policies.audit_verify(owner)


NAMES = st.sampled_from(
    ["heart_rate", "resting_heart_rate", "steps", "sleep_times", "readiness_score", "caffeine"]
)
DAYS = st.none() | st.dates(date(2026, 11, 1), date(2026, 11, 8))


@settings(max_examples=40)
@given(
    held=st.lists(st.tuples(NAMES, DAYS, DAYS), max_size=3),
    asked=st.tuples(NAMES, DAYS, DAYS),
    more=st.tuples(NAMES, DAYS, DAYS),
)
def test_restriction_never_shows_more(held, asked, more):
    """Whatever is restricted already, one restriction more only ever turns a yes into a no."""
    now = datetime(2026, 11, 22, 10, tzinfo=UTC)
    metrics = dict.fromkeys(
        ("heart_rate", "steps", "readiness_score", "caffeine", "resting_heart_rate"), "daily"
    )
    grant = Grant(grantee="dr", kind="clinician", purpose="treatment", metrics=metrics)
    record = made(settle(grant, now, ZoneInfo("UTC")), now)
    request = Request("dr", asked[0], "daily", "treatment", now, *asked[1:])

    def decided(*restricted):
        found = tuple(Restriction(str(n), *one, now) for n, one in enumerate(restricted))
        return Decider(lambda: [replace(record, restricted=found)]).decide(request)

    before, after = decided(*held), decided(*held, more)
    assert not (after.allowed and not before.allowed)
    assert not (before.alarm)
    assert not (after.alarm)
    if after.allowed:
        reaches = {asked[0], *tables.category(asked[0]).inputs}
        for name, first, last in (*held, more):
            apart = (asked[2] and first and asked[2] < first) or (last and asked[1] and last < asked[1])
            assert name not in reaches or apart


def test_book_knows_a_restriction_at_once(owner, doctor):
    """A book that was asked before tells of it when it is asked again."""
    book = Book(owner)
    assert book()[0].restricted == ()
    one = policies.restrict(owner, "steps")
    assert book()[0].restricted == (one,)


@pytest.mark.parametrize(
    ("before", "days"),
    [(0, [4, 5, 6, 7, 8]), (2, [6, 7, 8]), (None, [])],
)
def test_restricted_days_are_no_part_of_a_usual(owner, doctor, before, days):
    """What stands beside its usual is shown where none of the days behind that is restricted."""
    policies.restrict(owner, "steps", date(2026, 11, 2), date(2026, 11, 3))
    record = Book(owner)()[0]
    permit = Permit(tables.category("steps"), "daily", None, None, record, owner.now, TODAY)
    asked = [date(2026, 11, day) for day in range(2, 9)]
    told = cut.granted(asked, [permit], before=before)
    assert [one.day for one, shown in zip(asked, told) if shown] == days
    assert not cut.days_within(asked[:2], cut.widened(permit)).any()
