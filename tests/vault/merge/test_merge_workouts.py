"""Workouts: one event for what several apps recorded, its best observation first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.merge.workouts import fold
from vault.records import Device, Origin, Workout

MINUTE = 60 * 10**9
BEGIN = 1_770_000_000 * 10**9
WATCH = Origin("Pat’s Apple Watch", "apple_health", device=Device(model="Watch"))
STRAVA = Origin("Strava", "apple_health", app="strava")
GARMIN = Origin("Garmin", "garmin")
TONAL = Origin("Tonal", "tonal")
TECHNOGYM = Origin("Technogym", "technogym", app="technogym")
MYWELLNESS = Origin("Mywellness", "apple_health", app="technogym")
WHOOP = Origin("WHOOP", "whoop", app="whoop")


def workout(origin, start, length, activity="running", **facts):
    """Return a workout that starts and lasts so many minutes."""
    begin = BEGIN + round(start * MINUTE)
    return Workout(
        f"{origin.source} {start} {length}",
        begin,
        begin + round(length * MINUTE),
        60,
        activity,
        origin,
        **facts,
    )


def told(events):
    """Return (source, others) of each event."""
    return [(event.best.origin.source, event.also_in) for event in events]


FULL = {"distance_m": 8000.0, "energy_kcal": 520.0, "hr_mean": 150.0}


def test_fold_one_run_in_three_apps():
    """A run in three apps is one event of the one that tells most; the energy of none is added."""
    (event,) = fold(
        [
            workout(STRAVA, 0.5, 41, distance_m=8010.0, energy_kcal=540.0),
            workout(WATCH, 0, 42, **FULL),
            workout(GARMIN, 1, 40, distance_m=7990.0),
        ]
    )
    assert told([event]) == [("Pat’s Apple Watch", ("Strava", "Garmin"))]
    assert event.best.energy_kcal == 520
    assert [one.origin.source for one in event.observations] == ["Pat’s Apple Watch", "Strava", "Garmin"]


def test_fold_what_does_not_name_its_sport_with_what_does():
    """Who doesn't know the sport contradicts nobody, and does not speak first; two that do, do."""
    cut, whole = workout(GARMIN, 0, 40, "other", **FULL), workout(STRAVA, 0, 41, "cycling", **FULL)
    (event,) = fold([cut, whole])
    assert (event.best.activity, event.also_in) == ("cycling", ("Garmin",))
    assert len(fold([workout(GARMIN, 0, 40, "running"), whole])) == 2


@pytest.mark.parametrize(
    ("start", "length", "activity", "events"),
    [
        (7.9, 40, "running", 1),  # 32.1 of 40 minutes
        (8, 40, "running", 2),  # 80 % are not more than 80 %
        (10, 20, "running", 1),  # the shorter lies within the longer
        (2, 1.5, "running", 1),  # begins together, and was cut short
        (-2, 1, "running", 1),
        (-2.1, 1, "running", 2),
        (60, 40, "running", 2),
        (0, 40, "walking", 2),  # another family
        (0, 40, "trail_running", 1),  # the same family
        (0, 40, "parkour", 2),  # a word nobody knows
    ],
)
def test_fold_or_not(start, length, activity, events):
    """Observations are of one event if of one family and mostly of one time, or begun together."""
    found = fold([workout(WATCH, 0, 40, **FULL), workout(STRAVA, start, length, activity)])
    assert len(found) == events


@pytest.mark.parametrize(
    ("metres", "length", "other_metres", "other_length", "events"),
    [
        (5000, 100, 21_000, 100, 2),  # of the same time, and not one way
        (5000, 60, 21_000, 105, 2),  # begun together, and neither as far nor as fast
        (8000, 40, 7100, 41, 1),  # a treadmill and a wrist
        (8000, 40, 4100, 40, 1),  # twice is not more than twice
        (8000, 40, 3900, 40, 2),
        (8000, 40, 1600, 8, 1),  # cut short: as fast
        (8000, 40, 8100, 170, 1),  # nobody stopped it: as far
        (8000, 40, 30, 0.5, 1),  # a false start has no speed
        (8000, 40, 0, 40, 1),  # 0 is what is written where nobody measured
        (8000, 40, None, 40, 1),
    ],
)
def test_fold_by_distance(metres, length, other_metres, other_length, events):
    """What tells a distance and a speed that are both more than twice another's is another event."""
    one = workout(WATCH, 0, length, distance_m=metres)
    assert len(fold([one, workout(STRAVA, 0.5, other_length, distance_m=other_metres)])) == events


@pytest.mark.parametrize(
    ("source", "start", "length", "activity", "events"),
    [
        (TECHNOGYM, 14, 30, "running", 1),
        (MYWELLNESS, 14, 30, "running", 1),  # passed on by the phone
        (TECHNOGYM, 15.1, 30, "running", 2),
        (TECHNOGYM, 14, 20, "running", 2),  # of another length
        (TECHNOGYM, 14, 30, "indoor_running", 1),  # the watch says it was outdoors
        (STRAVA, 14, 30, "running", 2),
    ],
)
def test_fold_copies_under_another_time(source, start, length, activity, events):
    """Outdoor activities that Technogym copied may begin a quarter of an hour off; nobody else's may."""
    found = fold([workout(WATCH, 0, 30, **FULL), workout(source, start, length, activity)])
    assert len(found) == events
    if events == 1:
        assert told(found) == [("Pat’s Apple Watch", (source.source,))]


def test_fold_two_indoor_sessions_of_a_gym():
    """Two sessions on machines, a quarter of an hour apart, are two."""
    first = workout(WATCH, 0, 10, "indoor_running")
    assert len(fold([first, workout(TECHNOGYM, 12, 10, "indoor_running")])) == 2


def test_fold_one_source_by_exactness():
    """Of a maker's table and its API, with as many facts, the one with seconds and fractions speaks."""
    table = workout(WHOOP, 0, 40, energy_kcal=520.0, hr_mean=150.0)
    api = replace(table, key="a1b2", start=table.start + 417_000_000, energy_kcal=519.6)
    for both in ([table, api], [api, table]):
        (event,) = fold(both)
        assert (event.best.key, event.also_in) == ("a1b2", ())
        assert len(event.observations) == 2


def test_fold_strength_under_two_names():
    """Strength training that its machine and the watch name differently is one event."""
    found = fold(
        [
            workout(TONAL, 0, 45, "strength_training"),
            workout(WATCH, 1, 46, "weightlifting", hr_mean=118.0),
        ]
    )
    assert told(found) == [("Pat’s Apple Watch", ("Tonal",))]


def test_fold_by_rank():
    """With the same detail the better source speaks; streams are detail; the owner's list decides first."""
    two = [workout(STRAVA, 0, 40, **FULL), workout(WATCH, 0, 40, **FULL)]
    assert told(fold(two)) == [("Pat’s Apple Watch", ("Strava",))]
    assert told(fold(two, place=lambda one: -(one.origin is STRAVA))) == [("Strava", ("Pat’s Apple Watch",))]
    streamed = fold(two, has_streams=lambda one: one.origin is STRAVA)
    assert told(streamed) == [("Strava", ("Pat’s Apple Watch",))]


@pytest.mark.parametrize("facts", [FULL, {}])
def test_fold_two_runs_that_a_third_app_joined(facts):
    """Two runs of one watch stay two, though another app recorded both as one; it is named in both."""
    found = fold(
        [
            workout(WATCH, 0, 30, **FULL),
            workout(WATCH, 32, 30, **facts),
            workout(STRAVA, 0, 62, hr_mean=140.0),
        ]
    )
    assert told(found) == [("Pat’s Apple Watch", ("Strava",)), ("Pat’s Apple Watch", ("Strava",))]


def test_fold_false_starts():
    """A start that was cut short and begun again is one event, each within two minutes of the fullest."""
    (event,) = fold([workout(WATCH, 0, 1.5), workout(WATCH, 1.2, 0.3, **FULL), workout(WATCH, 3.1, 30)])
    assert event.best.hr_mean == 150


def test_fold_a_workout_without_end():
    """A workout of days is a clock nobody stopped: it stays, and swallows no other."""
    found = fold([workout(STRAVA, 0, 3 * 1440, **FULL), workout(WATCH, 60, 30)])
    assert told(found) == [("Strava", ()), ("Pat’s Apple Watch", ())]


any_workout = st.builds(
    workout,
    st.sampled_from([WATCH, STRAVA, GARMIN]),
    st.integers(0, 120),
    st.integers(0, 60),
    st.sampled_from(["running", "trail_running", "walking"]),
    hr_mean=st.sampled_from([None, 140.0]),
    distance_m=st.sampled_from([None, 5000.0]),
)


@given(st.lists(any_workout, max_size=12, unique_by=lambda w: (w.key, w.activity)), st.data())
def test_fold_in_any_order(workouts, data):
    """Events do not depend on the order of workouts, lose none, and their speakers are not of one event."""
    found = fold(workouts)
    assert fold(data.draw(st.permutations(workouts))) == found
    assert {id(one) for event in found for one in event.observations} == {id(one) for one in workouts}
    assert all(event.best is event.observations[0] for event in found)
    assert [event.best for event in fold([event.best for event in found])] == [event.best for event in found]
