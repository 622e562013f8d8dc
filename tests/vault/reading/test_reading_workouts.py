"""A workout that several sources recorded: one event, the best of each, and every original."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import vault
from vault.errors import UnknownRecord
from vault.records import Device, Origin, Samples, Stream, StrengthSet, Workout
from vault.time import MINUTE_NS, SECOND_NS

pytestmark = pytest.mark.usefixtures("cheap_keys")

BEGIN = 1_777_629_600 * SECOND_NS  # 2026-05-01T10:00Z
WATCH = Origin("Pat’s Watch", "apple_health", device=Device(model="Watch", hardware="Watch7,2"))
STRAPPED = Origin("Pat’s Watch", "apple_health", device=Device(name="Polar H10", model="H10"))
GARMIN = Origin("Garmin", "garmin", device=Device(model="Edge 530"))
STRAVA = Origin("Strava", "apple_health", app="strava")
HEVY = Origin("Hevy", "hevy", app="hevy")
STRONG = Origin("Strong", "strong", app="strong")
TECHNOGYM = Origin("Technogym", "technogym", app="technogym")
OTHER = Origin("Somebody’s strap", "apple_health", device=Device(model="H10"))


def ride(origin, key="ride", *, start=0, minutes=60, activity="cycling", **facts):
    """Return a workout that begins some seconds after ten."""
    begin = BEGIN + start * SECOND_NS
    return Workout(key, begin, begin + minutes * MINUTE_NS, 120, activity, origin, **facts)


def stream(origin, names, *, start=0, every=1, minutes=60, level=100.0, part=""):
    """Return curves of one level, a value each so many seconds."""
    time = BEGIN + np.arange(start, start + minutes * 60, every, dtype=np.int64) * SECOND_NS
    return Stream("ride", origin, time, {name: np.full(len(time), level) for name in names}, part)


def pulses(origin, *, every=5, level=140.0):
    """Return samples along the ride."""
    at = BEGIN + np.arange(0, 3600, every, dtype=np.int64) * SECOND_NS
    n = len(at)
    return Samples(
        "heart_rate", at, at, np.full(n, 120, np.int16), np.full(n, level), np.zeros(n, np.int32), [origin]
    )


def lift(origin, index, **facts):
    """Return a set."""
    return StrengthSet("ride", origin, index, "Squat", BEGIN + index * MINUTE_NS, 120, **facts)


@pytest.fixture
def opened(tmp_path, clock):
    """An empty vault at home in Berlin."""
    with vault.create(tmp_path / "v", "a long passphrase", home_zone="Europe/Berlin", clock=clock) as made:
        yield made


PARTS = [
    [ride(WATCH, energy_kcal=610.0, hr_mean=141.0), pulses(WATCH), pulses(STRAPPED, every=1, level=144.0)],
    [
        ride(GARMIN, start=40, distance_m=30_000.0, energy_kcal=590.0, hr_mean=139.0),
        stream(GARMIN, ["latitude", "longitude", "power"], start=40, level=52.0),
        stream(GARMIN, ["heart_rate"], start=40, every=20, level=139.0, part="pulse"),
    ],
    [ride(STRAVA, start=20, distance_m=30_400.0), pulses(OTHER, every=1, level=99.0)],
]


def test_channels_come_from_who_has_them_best(opened):
    """Places and power are the bicycle computer's, the heart rate the strap's; who told each is said."""
    opened.ingest([record for part in PARTS for record in part])
    (row,) = opened.workouts().to_dict("records")
    assert (row["source"], row["also_in"]) == ("Garmin", "Pat’s Watch, Strava")
    assert row["energy_kcal"] == 590
    frame = opened.streams(row["workout_id"])
    assert frame.attrs["sources"] == {
        "latitude": "Garmin",
        "longitude": "Garmin",
        "power": "Garmin",
        "heart_rate": "Pat’s Watch",
    }
    assert set(frame["heart_rate"].dropna()) == {144.0}
    assert (frame["power"].first_valid_index(), frame["heart_rate"].first_valid_index()) == (0.0, 0.0)
    assert frame.index.is_monotonic_increasing
    assert frame.index.is_unique


def test_samples_of_who_did_not_record_the_workout_are_no_channel(opened):
    """A strap that belongs to no record of the workout tells nothing of it, however dense."""
    opened.ingest([ride(STRAVA), pulses(OTHER, every=1)])
    assert opened.streams(opened.workouts()["workout_id"].iloc[0]).empty


def test_originals_are_listed_and_each_can_be_had_alone(opened):
    """Every record of the event is a row with its own numbers, and its own curves by its id."""
    opened.ingest([record for part in PARTS for record in part])
    (event,) = opened.workouts()["workout_id"]
    rows = opened.observations(event)
    assert rows["source"].tolist() == ["Garmin", "Pat’s Watch", "Strava"]
    assert rows["energy_kcal"].tolist()[:2] == [590, 610]
    assert rows["channels"].tolist() == ["latitude, longitude, power", "heart_rate", ""]
    assert rows["workout_id"].iloc[0] == event
    for one in rows["workout_id"]:
        assert opened.observations(one).equals(rows)
        assert opened.streams(one).equals(opened.streams(event))
    garmin, watch, strava = (opened.streams(one, original=True) for one in rows["workout_id"])
    assert set(garmin["heart_rate"].dropna()) == {139.0}
    assert set(watch.columns) == {"heart_rate"}
    assert watch.index[0] == 0
    assert strava.empty
    with pytest.raises(UnknownRecord):
        opened.observations("nothing")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_order_of_imports_changes_nothing(opened, order):
    """Event, originals and curves are the same whichever export came first."""
    for at in order:
        opened.ingest(PARTS[at])
    (row,) = opened.workouts().to_dict("records")
    frame = opened.streams(row["workout_id"])
    assert row["source"] == "Garmin"
    assert frame.attrs["sources"]["heart_rate"] == "Pat’s Watch"
    assert frame.sum().round(6).to_dict() == {
        "latitude": 52.0 * 3600,
        "longitude": 52.0 * 3600,
        "power": 52.0 * 3600,
        "heart_rate": 144.0 * 3560,  # those after the Garmin began, on its axis
    }
    assert opened.observations(row["workout_id"])["source"].tolist() == ["Garmin", "Pat’s Watch", "Strava"]


def test_curves_of_a_longer_recording_are_cut_to_the_workout(opened):
    """Of an app that recorded two rides as one, each ride has what lies within it."""
    halves = [
        ride(WATCH, "a", minutes=30, energy_kcal=300.0, hr_mean=140.0),
        ride(WATCH, "b", start=2400, minutes=30, energy_kcal=310.0, hr_mean=141.0),
    ]
    opened.ingest([*halves, ride(STRAVA, minutes=70), stream(STRAVA, ["power"], minutes=70)])
    first, second = (opened.streams(one) for one in opened.workouts()["workout_id"])
    assert (first.index[0], first.index[-1]) == (0, 1920)
    assert (second.index[0], second.index[-1]) == (-120, 1799)


def test_copy_under_another_time_gives_no_channel(opened):
    """What is copied twelve minutes off folds, but is not laid over the run; alone it can be had."""
    copy = ride(TECHNOGYM, start=720, activity="running")
    track = stream(TECHNOGYM, ["latitude", "longitude"], start=720)
    opened.ingest(
        [ride(WATCH, activity="running", hr_mean=150.0, energy_kcal=600.0), pulses(WATCH), copy, track]
    )
    (row,) = opened.workouts().to_dict("records")
    assert row["also_in"] == "Technogym"
    assert list(opened.streams(row["workout_id"]).columns) == ["heart_rate"]
    original = opened.observations(row["workout_id"])["workout_id"].iloc[1]
    assert len(opened.streams(original, original=True)["latitude"]) == 3600


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_sets_are_of_the_fullest_account(opened, order):
    """A watch, and two apps with the sets: those of the app that tells most, once."""
    gym = {"activity": "strength_training"}
    parts = [
        [ride(WATCH, energy_kcal=300.0, hr_mean=110.0, **gym)],
        [ride(HEVY, start=30, **gym), *(lift(HEVY, n, repetitions=5, load_kg=100.0) for n in range(4))],
        [ride(STRONG, start=40, **gym), *(lift(STRONG, n) for n in range(5)), lift(STRONG, 9, repetitions=5)],
    ]
    for at in order:
        opened.ingest(parts[at])
    sets = opened.sets()
    assert set(sets["source"]) == {"Hevy"}
    assert (sets["repetitions"] * sets["load_kg"]).sum() == 2000
    (row,) = opened.workouts().to_dict("records")
    assert (row["source"], row["energy_kcal"]) == ("Pat’s Watch", 300)
    assert set(sets["workout_id"]) == {row["workout_id"]}
    assert set(opened.observations(sets["workout_id"].iloc[0])["source"]) == {"Pat’s Watch", "Hevy", "Strong"}


def test_sets_of_one_recording_of_two_workouts_go_with_the_one_they_began_in(opened):
    """An app that nobody stopped between two workouts: its sets join the row they began in."""
    gym = {"activity": "strength_training"}
    halves = [
        ride(WATCH, "a", minutes=30, energy_kcal=300.0, hr_mean=140.0, **gym),
        ride(WATCH, "b", start=2400, minutes=30, energy_kcal=310.0, hr_mean=141.0, **gym),
    ]
    alone = StrengthSet("gone", HEVY, 0, "Squat", BEGIN, 120, repetitions=5)
    opened.ingest([*halves, ride(HEVY, minutes=70, **gym), lift(HEVY, 5, repetitions=5), alone])
    opened.ingest([lift(HEVY, 45, repetitions=5)])
    first, second = opened.workouts()["workout_id"]
    joined = dict(zip(opened.sets()["index"], opened.sets()["workout_id"]))
    assert (joined[5], joined[45]) == (first, second)
    assert joined[0] not in (first, second)
