"""Streams of several sources through the view: no channel of a device that is not granted, ends masked."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

import policies
import vault
from policies.places import distance_m
from policies.view import View
from vault.errors import UnknownRecord
from vault.records import Device, Origin, Samples, Stream, Workout
from vault.time import SECOND_NS, instant_ns

WATCH = Origin("Watch", "apple_health", device=Device(model="Watch"))
STRAP = Origin("Strap", "polar", device=Device(model="H10"))
PHONE = Origin("Phone", "apple_health")
BEGIN = instant_ns(datetime(2026, 4, 1, 10, tzinfo=UTC))
DOOR = (52.51634, 13.37771)
GRANTED = {"workouts": "raw", "heart_rate": "raw", "speed": "raw", "gps_position": "raw"}


def run(origin, **facts):
    """Return a run of 45 minutes."""
    end = BEGIN + 2700 * SECOND_NS
    return Workout("run", BEGIN, end, 120, "running", origin, **facts)


def seconds(every=1):
    """Return the instants of the run, and how far from the door it is then, in m."""
    elapsed = np.arange(0, 2700, every, dtype=np.int64)
    return BEGIN + elapsed * SECOND_NS, np.minimum(elapsed, 2700 - elapsed) * 3.0


def pulses(origin, level, every):
    """Return heart rates along the run."""
    at, _ = seconds(every)
    n = len(at)
    offsets, whose = np.full(n, 120, np.int16), np.zeros(n, np.int32)
    return Samples("heart_rate", at, at, offsets, np.full(n, float(level)), whose, [origin])


def watch():
    """Return the watch's run, which speaks: its pulse every five seconds, and a speed a second."""
    at, _ = seconds()
    yield run(WATCH, distance_m=8100.0, energy_kcal=600.0, hr_mean=150.0)
    yield pulses(WATCH, 150, 5)
    yield Stream("run", WATCH, at, {"speed": np.full(len(at), 3.0)})


def phone():
    """Return the phone's run: its way, from the door and back."""
    at, away = seconds(2)
    yield run(PHONE, distance_m=8050.0)
    places = {"latitude": DOOR[0] + away / 111_195, "longitude": np.full(len(at), DOOR[1])}
    yield Stream("run", PHONE, at, places)


@pytest.fixture
def held(tmp_path, cheap_keys, clock):
    """A vault with the run of watch and phone."""
    with vault.create(tmp_path / "v", "a long passphrase", home_zone="Europe/Berlin", clock=clock) as held:
        held.ingest([*watch(), *phone()])
        yield held


def see(held, *sources, metrics=GRANTED):
    """Grant to a clinician, and look."""
    fields = {"grantee": "doc", "kind": "clinician", "purpose": "treatment", "metrics": metrics}
    policies.grant(held, policies.Grant(**fields, sources=sources))
    return policies.view(held, "doc", "treatment")


def curves(view):
    """Return the streams of the only run."""
    (one,) = view.workouts()["workout_id"]
    return view.streams(one)


@pytest.mark.parametrize("sources", [("Watch",), ("Watch", "Strap"), ("Watch", "Nobody")])
def test_streams_take_a_grant_for_every_source_they_may_be_of(held, sources):
    """Granted the watch alone, nothing of a run is told that the phone recorded too."""
    assert curves(see(held, *sources)).empty


def test_strap_that_did_not_record_the_run_is_in_no_channel(held):
    """A better heart rate of a source that is not granted neither shows nor displaces another."""
    before = curves(see(held, "Watch", "Phone"))
    held.ingest([pulses(STRAP, 99, 1)])
    after = curves(see(held, "Watch", "Phone"))
    assert set(after["heart_rate"].dropna()) == {150.0}
    assert after.equals(before)


def test_strap_that_recorded_the_run_takes_a_grant(held):
    """Once the strap has a record of the run, its heart rate is the run's, and its grant is needed."""
    held.ingest([run(STRAP), pulses(STRAP, 99, 1)])
    assert curves(see(held, "Watch", "Phone")).empty
    assert set(curves(see(held, "Watch", "Phone", "Strap"))["heart_rate"].dropna()) == {99.0}


def test_places_of_another_source_than_the_speaker_are_masked(held):
    """The way is the phone's, the speed the watch's: near the door there is neither."""
    told = curves(see(held))
    known = told.dropna(subset=["latitude"])
    near = distance_m(known["latitude"].to_numpy(), known["longitude"].to_numpy(), *DOOR).min()
    assert 240 < near < 760
    hidden = (told.index < known.index[0]) | (told.index > known.index[-1] + 1)
    assert hidden.sum() > 25  # of 240 m at either end at least, one heart rate every five seconds
    assert told.loc[hidden, "speed"].isna().all()
    assert told.loc[known.index[0] : known.index[-1], "speed"].notna().sum() > 1000


def test_view_says_no_source_of_a_channel(held):
    """Who told a channel is a name of a device, and stays with the owner."""
    view = see(held)
    (one,) = held.workouts()["workout_id"]
    assert held.streams(one).attrs["sources"]
    assert curves(view).attrs == {}


def test_originals_and_eras_are_the_owners(held):
    """A view lists no originals and no devices, nor takes their ids."""
    view = see(held, "Watch")
    assert not any(hasattr(View, name) for name in ("observations", "eras"))
    ids = held.observations(held.workouts()["workout_id"].iloc[0])["workout_id"]
    for one in ids:
        with pytest.raises(UnknownRecord):
            view.streams(one)
    with pytest.raises(TypeError):
        view.streams(view.workouts()["workout_id"].iloc[0], original=True)
