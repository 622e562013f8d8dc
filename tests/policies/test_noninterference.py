"""What lies outside of a view never changes a byte of what is released, and narrowing never widens."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import policies
from policies import tables
from policies.decision import Decider
from policies.grants import made
from policies.request import Request
from policies.sharing.package import leaving
from policies.sharing.sheets import sheets
from policies.signing import canonical
from vault.errors import AccessDenied

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 14)
FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
VALUES = st.floats(1, 1e6, allow_nan=False)
GRANTS = {
    "coach": ("coach", "coaching", {"readiness_score": "daily", "sleep_duration": "daily"}, ()),
    "weeks": ("coach", "coaching", {"steps": "weekly", "sleep_duration": "band"}, ()),
    "doctor": ("clinician", "treatment", {"heart_rate": "raw", "steps": "hourly", "workouts": "daily"}, ()),
    "watch only": ("app", "app-function", {"heart_rate": "raw", "steps": "raw"}, ("Pat's Watch",)),
}
HEADER = {
    "id": "s-1",
    "grantee": "somebody",
    "purpose": "coaching",
    "not_after": "2027-01-01",
    "limits": [],
    "first_day": "2026-09-01",
    "last_day": "2026-12-31",
}


def released(owner, name):
    """Return the bytes of all a fresh grantee sees, and of every file of a share of it."""
    kind, purpose, metrics, sources = GRANTS[name]
    fresh = copy.copy(owner)
    fresh.log = []
    policies.grant(
        fresh,
        policies.Grant(
            id="g-1",
            grantee="somebody",
            kind=kind,
            purpose=purpose,
            metrics={metric: f"{rung}+export" for metric, rung in metrics.items()},
            data_from=FIRST,
            data_to=LAST,
            sources=sources,
        ),
    )
    view = policies.view(fresh, "somebody", purpose)
    days = (date(2026, 9, 1), date(2026, 12, 31))
    told, _ = leaving(fresh, "somebody", purpose, *days)
    shared = [path.encode() + data for path, data in sheets(told, HEADER)]
    return canonical(policies.document(view, *days)) + b"".join(shared)


def changed(owner, change):
    """Return an owner with other data, the original untouched."""
    other = copy.copy(owner)
    other.data = {name: frame.copy() for name, frame in owner.data.items()}
    other.nights, other.trainings = owner.nights.copy(), owner.trainings.copy()
    other.mornings, other.told = dict(owner.mornings), dict(owner.told)
    change(other)
    return other


@pytest.mark.parametrize("name", GRANTS)
@FEW
@given(value=VALUES, row=st.integers(0, 10_000))
def test_other_days_change_nothing(owner, name, value, row):
    """Any record before the first or after the last granted day may be anything."""

    def change(other):
        for frame in other.data.values():
            outside = [not FIRST <= one <= LAST for one in frame["_day"]]
            frame.loc[outside, "value"] = np.roll(np.linspace(value, 2 * value, sum(outside)), row)
        for frame in (other.nights, other.trainings):
            days = frame["date"].dt.date
            outside = ~((days >= FIRST) & (days <= LAST))
            numbers = frame.select_dtypes("float").columns
            frame.loc[outside, numbers] = value
        for day in other.mornings:
            if not FIRST <= day <= LAST:
                other.mornings[day] = value % 100

    assert released(changed(owner, change), name) == released(owner, name)


@pytest.mark.parametrize("name", GRANTS)
@FEW
@given(value=VALUES)
def test_other_metrics_change_nothing(owner, name, value):
    """Any record of a metric that is not granted may be anything, be gone, or be new."""
    granted = GRANTS[name][2]

    def change(other):
        for metric in other.data.keys() - granted.keys():
            other.data[metric]["value"] = value
        other.data["blood_glucose_mass"] = other.data["body_mass"].copy()
        del other.data["body_mass"]
        if not granted.keys() & {"sleep_duration"}:
            other.nights = other.nights.head(3)
        else:
            other.nights[["deep_min", "rem_min", "awake_min", "in_bed_min"]] = value
        if "readiness_score" not in granted:
            other.mornings = {}
        if "workouts" not in granted:
            other.trainings = other.trainings.head(0)
        other.trainings[["hr_mean", "hr_max", "energy_kcal"]] = value
        other.told = {}

    assert released(changed(owner, change), name) == released(owner, name)


@FEW
@given(value=VALUES, minute=st.integers(0, 60 * 24 * 60 - 1))
def test_other_sources_change_nothing(owner, value, minute):
    """A record of a device that is not granted may be anything, anywhere."""
    at = datetime(2026, 9, 24, tzinfo=UTC) + timedelta(minutes=minute)

    def change(other):
        for metric in ("heart_rate", "steps"):
            frame = other.data[metric]
            frame.loc[frame["source"] == "Pat's Phone", "value"] = value
            extra = frame.tail(1).assign(start=pd.Timestamp(at), value=value, source="Secret Ring")
            other.data[metric] = pd.concat([frame, extra], ignore_index=True)

    assert released(changed(owner, change), "watch only") == released(owner, "watch only")


@pytest.mark.parametrize("name", ["coach", "weeks", "doctor"])
def test_names_of_devices_change_nothing(owner, name):
    """What devices are called is not told, and renaming them changes nothing."""

    def change(other):
        for frame in other.data.values():
            frame["source"] = frame["source"].cat.rename_categories(lambda one: f"x {one}")
        other.nights["source"] = other.trainings["source"] = other.trainings["also_in"] = "x"

    assert released(changed(owner, change), name) == released(owner, name)
    assert b"Pat's" not in released(owner, name)


def test_what_is_inside_does_change_it(owner):
    """The tests above can fail: a granted record inside of the days changes the bytes."""

    def change(other):
        other.nights.loc[other.nights["date"] == pd.Timestamp(LAST), "asleep_min"] += 60

    assert released(changed(owner, change), "coach") != released(owner, "coach")


RUNGS = st.sampled_from(["daily", "weekly", "band", "yes_no"])
MAYBE_DAY = st.none() | st.dates(date(2026, 10, 1), date(2026, 11, 30))


@FEW
@given(
    rungs=st.tuples(RUNGS, RUNGS),
    windows=st.tuples(MAYBE_DAY, MAYBE_DAY, MAYBE_DAY, MAYBE_DAY),
    ends=st.tuples(st.integers(1, 365), st.integers(1, 365)),
    action=st.sampled_from(tables.ladder()),
    after=st.integers(-1, 366),
    asked=st.tuples(MAYBE_DAY, MAYBE_DAY),
    metric=st.sampled_from(["steps", "sleep_duration"]),
)
def test_narrower_grant_never_allows_more(owner, coach, rungs, windows, ends, action, after, asked, metric):
    """Coarser rung, fewer days, earlier end, fewer metrics: whatever that allows, the wider grant allows."""
    ladder = tables.ladder()
    fine, coarse = sorted(rungs, key=ladder.index)
    first, later, last, earlier = windows
    later = max(filter(None, (first, later)), default=None)
    earlier = min(filter(None, (last, earlier)), default=None)
    assume(not (first and last and last < first) and not (later and earlier and earlier < later))
    wide = grant_of(owner, coach, {"steps": fine, "sleep_duration": fine}, first, last, max(ends))
    narrow = grant_of(owner, coach, {"sleep_duration": coarse}, later, earlier, min(ends))
    request = Request(
        "coach-anna", metric, action, "coaching", owner.now + timedelta(days=after), asked[0], asked[1]
    )
    assume(not (asked[0] and asked[1] and asked[1] < asked[0]))
    some = Decider(lambda: [narrow]).decide(request)
    more = Decider(lambda: [wide]).decide(request)
    if some.allowed:
        assert more.allowed
        assert (more.request.first_day or date.min) <= (some.request.first_day or date.min)
        assert (more.request.last_day or date.max) >= (some.request.last_day or date.max)


def grant_of(owner, coach, metrics, first, last, days):
    from policies.validity import settle

    end = owner.now + timedelta(days=days)
    wanted = coach(metrics=metrics, data_from=first, data_to=last, valid_until=end)
    return made(settle(wanted, owner.now, owner.home_zone), owner.now)


WIDE = {
    "readiness_score": "daily",
    "sleep_duration": "daily",
    "steps": "weekly",
    "resting_heart_rate": "daily",
    "workouts": "daily",
    "vendor_scores": "daily",
    "mood": "daily",
}


def rows_of(owner, coach, **changes):
    """Return metric and row of all that a grant shows of two months."""
    fresh = replace(owner, log=[])
    try:
        policies.grant(fresh, coach(**changes))
        told = policies.document(policies.view(fresh, "coach-anna", "coaching"), date(2026, 9, 24), LAST)
    except AccessDenied:  # some of it is withheld, so the grant is refused
        return set()
    return {(part["metric"], canonical(row)) for part in told["tables"] for row in part["rows"]}


@FEW
@given(
    kept=st.sets(st.sampled_from(sorted(WIDE)), min_size=1),
    first=st.none() | st.dates(date(2026, 9, 24), date(2026, 11, 1)),
    last=st.none() | st.dates(date(2026, 11, 1), LAST),
    withhold=st.sets(st.sampled_from(["hrv_rmssd", "heart_rate", "body_mass"])),
    watch_only=st.booleans(),
)
def test_narrower_grant_shows_a_part_of_what_the_wider_shows(
    owner, coach, kept, first, last, withhold, watch_only
):
    """Fewer metrics, days or devices, or something withheld: each row told then was told before, too."""
    of_no_device = {"readiness_score"}
    left = kept - of_no_device if watch_only else kept
    assume(left)
    narrow = rows_of(
        owner,
        coach,
        metrics={name: WIDE[name] for name in left},
        data_from=first,
        data_to=last,
        withhold=tuple(withhold),
        sources=("Pat's Watch",) if watch_only else (),
    )
    assert narrow <= rows_of(owner, coach, metrics=WIDE, data_from=None)


@pytest.mark.parametrize(("wide", "narrow"), [("daily", "weekly"), ("weekly", "band"), ("band", "yes_no")])
def test_narrower_rung_tells_fewer_rows(owner, coach, wide, narrow):
    """A step down the ladder never has more rows, and each of its weeks was there before."""
    told = {}
    for rung in (wide, narrow):
        fresh = replace(owner, log=[])
        policies.grant(fresh, coach(metrics={"sleep_duration": rung}))
        told[rung] = policies.view(fresh, "coach-anna", "coaching").daily("sleep_duration")
    assert len(told[narrow]) <= len(told[wide])
    assert set(told[narrow].index) <= set(told[wide].index)


def test_fewer_days_are_a_part_of_more_days(owner, coach):
    """The rows of a shorter window are rows of the longer one, unchanged."""
    told = []
    for first in (date(2026, 10, 1), date(2026, 11, 3)):
        fresh = replace(owner, log=[])
        policies.grant(fresh, coach(metrics={"sleep_duration": "weekly", "steps": "daily"}, data_from=first))
        view = policies.view(fresh, "coach-anna", "coaching")
        told.append((view.daily("sleep_duration"), view.daily("steps")))
    for more, fewer in zip(*told):
        pd.testing.assert_frame_equal(more.loc[fewer.index], fewer)


def test_asking_for_parts_tells_no_more_than_asking_for_all(owner, coach):
    """Weeks asked for day by day, and days again and again, add up to what one question gives."""
    policies.grant(owner, coach(metrics={"sleep_duration": "weekly"}))
    view = policies.view(owner, "coach-anna", "coaching")
    days = pd.date_range("2026-11-01", "2026-11-22")
    assert all(len(view.daily("sleep_duration", day.date(), day.date())) == 0 for day in days)
