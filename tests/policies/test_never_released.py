"""Whatever is granted, notes and serial numbers go nowhere, and device names only by their own category."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest

import policies
import vault
from policies import tables
from policies.sharing.identity import new_secret, recipient_of
from policies.sharing.opening import open_share
from policies.sharing.package import create
from policies.signing import canonical
from vault.errors import AccessDenied
from vault.records import Device, Origin, Samples, Score, SleepSession, Stream, StrengthSet, Workout
from vault.time import DAY_NS, MINUTE_NS, instant_ns

NOTE, SERIAL, NAME = "told-my-doctor", "SN-4711-X", "Wristling of Pat"
MARKS = (NOTE, SERIAL, NAME)
WATCH = Origin(NAME, "apple_health", SERIAL, Device(NAME, SERIAL, SERIAL, SERIAL, SERIAL))
HOUR = 60 * MINUTE_NS
DAYS = [datetime(2026, 4, day, 10, 0, tzinfo=UTC) for day in (1, 2, 3, 4)]
FIRST, LAST = date(2026, 4, 1), date(2026, 4, 4)
DETAILS = {"note": NOTE, "serial": SERIAL}
SERIES = {"heart_rate": 61, "steps": 400, "resting_heart_rate": 50, "body_mass": 70, "spo2": 97}


def samples(metric, day, value):
    """Make a sample with a note."""
    at = np.array([day], np.int64)
    return Samples(
        metric,
        at,
        at + MINUTE_NS,
        np.full(1, 120, np.int16),
        np.array([value], float),
        np.zeros(1, np.int32),
        [WATCH],
        note=np.zeros(1, np.int32),
        notes=[f'{{"note":"{NOTE}","serial":"{SERIAL}"}}'],
    )


def records():
    """Four days, every record with a note, a serial number and a name wherever it has room for them."""
    for day in map(instant_ns, DAYS):
        yield from (samples(metric, day, value) for metric, value in SERIES.items())
        stages = ((day - 9 * HOUR, day - 2 * HOUR, "light"),)
        yield SleepSession(
            f"{SERIAL}{day}", day - 9 * HOUR, day - 2 * HOUR, 120, WATCH, stages, details=DETAILS
        )
        run = (f"{SERIAL}{day}", day, day + HOUR, 120, "running", WATCH)
        yield Workout(*run, distance_m=8_000, hr_mean=140, details=DETAILS)
        at = day + np.arange(3) * MINUTE_NS
        yield Stream(run[0], WATCH, at, {"power": np.full(3, 200.0), SERIAL: np.full(3, 1.0)})
        yield StrengthSet(run[0], WATCH, 1, "squat", day, 120, load_kg=80.0, details=DETAILS)
        yield Score(day // DAY_NS, WATCH, "recovery", 50.0)


@pytest.fixture
def held(tmp_path, cheap_keys, clock):
    """The vault."""
    with vault.create(tmp_path / "v", "a long passphrase", home_zone="Europe/Berlin", clock=clock) as held:
        held.ingest(records())
        held.checkin("2026-04-03", mood=4)
        yield held


def everything(*without):
    """Return all that can be read, on its finest rung, and to be taken away."""
    finest = {
        name: next((rung for rung in tables.ladder() if rung in category.actions), None)
        for name, category in tables.categories().items()
        if name not in without
    }
    return {name: f"{rung}+export" for name, rung in finest.items() if rung}


def released(held, path, *without):
    """Return the bytes of all that a clinician with a grant for everything gets hold of, by where."""
    secret = new_secret()
    wanted = policies.Grant(
        grantee="doc",
        kind="clinician",
        purpose="treatment",
        metrics=everything(*without),
        key=recipient_of(secret),
    )
    told = {"preview": canonical(policies.preview(held, wanted, days=10).sees)}
    policies.grant(held, wanted)
    view = policies.view(held, "doc", "treatment")
    told["document"] = canonical(policies.document(view, FIRST, LAST))
    told["streams"] = "".join(view.streams(one).to_csv() for one in view.workouts()["workout_id"]).encode()
    told["stages"] = "".join(view.sleep_stages(one).to_csv() for one in view.sleep()["session_id"]).encode()
    told["metrics"] = view.metrics().to_csv().encode()
    create(held, "doc", "treatment", path, FIRST, LAST)
    return told | open_share(path, secret, clock=held.clock).files


def test_owner_has_the_marks(held):
    """The tests below can fail: names, notes and serial numbers are in the vault."""
    notes = [one.notes for one in held.columns("heart_rate")]
    told = json.dumps([notes, *held.fhir()], default=list)
    assert all(mark in told for mark in MARKS)


def test_note_serial_and_name_are_in_nothing_that_is_released(held, tmp_path):
    """With all other categories granted raw, no table, file, page or FHIR of a share holds one of them."""
    told = released(held, tmp_path / "a.share", "device_names")
    assert {"data/README.html", "data/fhir/Observation.ndjson", "data/csv/heart_rate.csv"} <= set(told)
    for where, data in told.items():
        assert data, where
        for mark in MARKS:
            assert mark.encode() not in data, (where, mark)


def test_name_comes_by_its_category_and_brings_nothing_along(held, tmp_path):
    """Who is granted the names of devices sees them, and still no note and no serial number."""
    told = released(held, tmp_path / "a.share")
    assert NAME.encode() in told["document"]
    assert NAME.encode() in told["data/csv/heart_rate.csv"]
    for where, data in told.items():
        assert NOTE.encode() not in data, where
        assert SERIAL.encode() not in data, where


@pytest.mark.parametrize("action", ["aggregate", "write"])
def test_grant_of_what_nothing_comes_of_says_so(owner, action):
    """A preview of it shows nothing, and says in words why; the view refuses in words."""
    kind, purpose = ("employer", "wellness-programme") if action == "aggregate" else ("app", "app-function")
    wanted = policies.Grant(
        grantee="them", kind=kind, purpose=purpose, metrics={"steps": action}, country="US"
    )
    shown = policies.preview(owner, wanted)
    assert shown.sees["tables"] == []
    assert [one for one in shown.limits if one.startswith(f"steps: {tables.words(action)}; nothing")]
    policies.grant(owner, wanted)
    view = policies.view(owner, "them", purpose)
    for read in (view.granted, view.metrics, lambda: view.daily("steps"), lambda: view.samples("steps")):
        with pytest.raises(AccessDenied, match=tables.words(action)):
            read()
    said = {"aggregate": "totals only", "write": tables.words("write")}[action]
    assert said in policies.explain(owner, "them", "steps", purpose).words
