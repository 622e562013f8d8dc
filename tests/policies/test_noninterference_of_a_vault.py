"""The same over a real vault: whatever is put in beside a view, it shows and shares the same bytes.

Readiness and the loads of training are left out here: they are computed from days before those granted, and
granted by their own names.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import policies
import vault
from policies.documents import table
from policies.sharing.package import leaving
from policies.sharing.sheets import sheets
from policies.signing import canonical
from vault.records import Origin, Samples, Score, SleepSession, Stream, StrengthSet, Workout
from vault.time import DAY_NS, MINUTE_NS, SECOND_NS, UNKNOWN_OFFSET, day_of_date, instant_ns

pytest.importorskip("cedarpy")

WATCH, PHONE = Origin("Pat's Watch", "apple_health"), Origin("Phone", "apple_health")
FIRST, LAST = date(2026, 4, 1), date(2026, 4, 2)
MIDNIGHT = instant_ns(datetime(2026, 3, 31, 22, 0, tzinfo=UTC))  # in Berlin, before the first day
AFTER = MIDNIGHT + 2 * DAY_NS
HOUR, SUMMER = 60 * MINUTE_NS, 120
SOME = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
RAW = ("heart_rate", "power", "blood_pressure", "sleep_duration", "sleep_stage", "sleep_times", "workouts")
MUCH = {
    **dict.fromkeys((*RAW, "gps_position", "workout_hr_mean", "strength_set"), "raw+export"),
    **dict.fromkeys(("resting_heart_rate", "vendor_scores", "mood"), "daily+export"),
    "steps": "hourly+export",
}
FEW = {"steps": "daily+export", "sleep_duration": "daily+export", "workouts": "daily+export"}
SINGLE = {"heart_rate": "raw+export", "steps": "hourly+export", "power": "raw+export"}
ONE = ("Pat's Watch",)
GRANTS = {
    "much": (MUCH, ()),
    "few": (FEW, ()),
    "one-device": (SINGLE, ONE),
    "its-days": (FEW | {"workouts": "raw+export", "gps_position": "raw+export"}, ONE),
}
OTHERS = ("body_mass", "respiratory_rate", "spo2", "blood_glucose_molar", "alcohol", "distance_cycling")


def samples(metric, start, values, origin=WATCH, *, offset=SUMMER, every=MINUTE_NS):
    """Make a sample a minute, or as often as said."""
    at = start + np.arange(len(values)) * every
    numbers = (np.full(len(at), offset, np.int16), np.array(values, float), np.zeros(len(at), np.int32))
    return Samples(metric, at, at + every, *numbers, [origin])


def day_of(start, number, *, offset=SUMMER, scale=1.0, origin=WATCH):
    """Make all that is recorded in a day: a night before it, a run at noon, sets, a score."""
    noon = start + 12 * HOUR
    yield samples("heart_rate", noon, [120 * scale, 130 * scale], origin, offset=offset)
    yield samples("steps", noon, [100 * scale, 50], origin, offset=offset, every=HOUR)
    yield samples("resting_heart_rate", noon, [50 * scale], origin, offset=offset)
    yield samples("blood_pressure.systolic", noon, [120 * scale], origin, offset=offset)
    yield samples("blood_pressure.diastolic", noon, [80 * scale], origin, offset=offset)
    asleep = (start + HOUR, start + 8 * HOUR)
    yield SleepSession(f"n{number}", *asleep, offset, origin, ((*asleep, "deep"),))
    key = f"w{number}"
    yield Workout(key, noon, noon + HOUR, offset, "running", origin, distance_m=8_000 * scale, hr_mean=141)
    at = noon + np.arange(60) * 10 * SECOND_NS
    track = {
        "heart_rate": np.linspace(100, 150, 60) * scale,
        "latitude": 52.5 + np.linspace(0, 0.05, 60) * scale,
        "longitude": np.linspace(13.4, 13.5, 60),
    }
    yield Stream(key, origin, at, track)
    yield StrengthSet(key, origin, 1, "squat", noon, offset, load_kg=80.0 * scale)
    yield Score(day_of_date(FIRST) + (start - MIDNIGHT) // DAY_NS, origin, "recovery", 50.0 * scale)


@pytest.fixture
def copies(tmp_path, cheap_keys, clock):
    """A vault with the two days and the grants, and what each shows: copy after copy of it, opened."""
    passphrase, first = "a long passphrase", tmp_path / "first"
    with vault.create(first, passphrase, home_zone="Europe/Berlin", clock=clock) as held:
        for number in (0, 1):
            held.ingest(day_of(MIDNIGHT + number * DAY_NS, number))
            held.checkin(date(2026, 4, 1 + number), mood=4)
        for name, (metrics, sources) in GRANTS.items():
            fields = {"kind": "clinician", "purpose": "treatment", "data_from": FIRST, "data_to": LAST}
            policies.grant(held, policies.Grant(grantee=name, metrics=metrics, sources=sources, **fields))
        before = {name: released(held, name) for name in GRANTS}
    number = count()

    @contextmanager
    def another():
        folder = shutil.copytree(first, tmp_path / str(next(number)))
        with vault.open(folder, passphrase, clock=clock) as held:
            yield held, before

    return another


def released(held, name):
    """Return the bytes of a grantee's document, the files of a share of it, and the curves behind both."""
    days = (date(2026, 3, 1), date(2026, 4, 30))
    view = policies.view(held, name, "treatment")
    told, _ = leaving(held, name, "treatment", *days)
    header = {"id": "s", "grantee": name, "purpose": "treatment", "not_after": "", "limits": []}
    files = sheets(told, {**header, "first_day": "", "last_day": ""})
    parts = [canonical(policies.document(view, *days)), *(data for _, data in files)]
    if name == "much":
        parts += [canonical(table(view.streams(one))) for one in view.workouts()["workout_id"]]
        parts += [canonical(table(view.sleep_stages(one))) for one in view.sleep()["session_id"]]
    return b"".join(parts)


@st.composite
def outside(draw):
    """Draw records of other days, up to the last minute before and from the first minute after."""
    offset = draw(st.sampled_from([SUMMER, UNKNOWN_OFFSET]))
    scale = draw(st.floats(0.1, 2))
    days = draw(st.lists(st.sampled_from([-3, -2, -1, 2, 3, 10]), max_size=2, unique=True))
    found = [
        record
        for number in days
        for record in day_of(
            MIDNIGHT + number * DAY_NS, f"x{number}-{draw(st.integers(0, 9))}", offset=offset, scale=scale
        )
    ]
    minute = draw(st.integers(1, 3000))
    metric = draw(st.sampled_from(["heart_rate", "steps", "resting_heart_rate"]))
    origin = draw(st.sampled_from([WATCH, PHONE]))
    found.append(samples(metric, MIDNIGHT - minute * MINUTE_NS, [scale * 100], origin, offset=offset))
    found.append(samples(metric, AFTER + (minute - 1) * MINUTE_NS, [scale * 100], origin, offset=offset))
    return found


@SOME
@given(records=outside())
def test_other_days_in_a_vault_change_nothing(copies, records):
    """Nights, runs, places, sets, scores and values of other days, of the same devices, may be anything."""
    with copies() as (held, before):
        held.ingest(records)
        held.checkin(date(2026, 4, 3), mood=1)
        assert {name: released(held, name) for name in GRANTS} == before


@SOME
@given(
    metric=st.sampled_from(OTHERS),
    minute=st.integers(-3000, 6000),
    value=st.floats(1, 50),
    origin=st.sampled_from([WATCH, PHONE]),
)
def test_other_metrics_in_a_vault_change_nothing(copies, metric, minute, value, origin):
    """A value of a metric that is not granted may be recorded at any time, by any device."""
    with copies() as (held, before):
        held.ingest([samples(metric, MIDNIGHT + minute * MINUTE_NS, [value], origin)])
        held.checkin(date(2026, 4, 1), mood=4, energy=1 + minute % 5)
        assert {name: released(held, name) for name in GRANTS} == before


@SOME
@given(metric=st.sampled_from(sorted(SINGLE)), minute=st.integers(-3000, 6000), value=st.floats(1, 200))
def test_other_sources_in_a_vault_change_nothing_of_single_values(copies, metric, minute, value):
    """Where one device is granted, another may record what it likes, at the same moments too."""
    with copies() as (held, before):
        held.ingest([samples(metric, MIDNIGHT + minute * MINUTE_NS, [value], PHONE)])
        assert released(held, "one-device") == before["one-device"]


def rows_of(held) -> set[tuple[str, str]]:
    """Return metric and row of all that is told of one device's days."""
    view = policies.view(held, "its-days", "treatment")
    told = policies.document(view, FIRST, LAST)["tables"]
    return {(part["metric"], canonical(row).decode()) for part in told for row in part["rows"]}


@SOME
@given(minute=st.integers(-3000, 3000), scale=st.floats(0.1, 2))
def test_other_sources_in_a_vault_only_ever_take_days_away(copies, minute, scale):
    """Where one device is granted by the day, a day or a run that another recorded too is left out whole.

    So that it is missing tells that there was another device; what that measured is never told.
    """
    with copies() as (held, _):
        before = rows_of(held)
        held.ingest(day_of(MIDNIGHT + minute * MINUTE_NS, "p", scale=scale, origin=PHONE))
        assert rows_of(held) <= before


def test_what_is_inside_of_a_vault_does_change_it(copies):
    """The tests above can fail: one more value on a granted day changes the bytes of all."""
    with copies() as (held, before):
        held.ingest([samples("steps", MIDNIGHT + 15 * HOUR, [900])])
        assert all(released(held, name) != before[name] for name in GRANTS)
        told = {metric for metric, _ in rows_of(held)}
    assert told == {"steps", "sleep_duration", "workouts", "gps_position"}
