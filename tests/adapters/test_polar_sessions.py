"""Polar's training sessions: two generations, three spellings of the offset, no sums."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from adapters.base import Options
from adapters.polar import ADAPTER
from adapters.polar.documents import rows
from adapters.polar.sessions import activity_of
from vault.merge.activities import family_of
from vault.records import Rejection, Samples, Score, Stream, Workout
from vault.time import SECOND_NS, UNKNOWN_OFFSET, parse_instant

OLD = {
    "exportVersion": "1.6",
    "name": "Laufen",
    "startTime": "2019-05-01T18:00:00.000",
    "stopTime": "2019-05-01T18:40:00.000",
    "timeZoneOffset": 120,
    "exercises": [
        {
            "startTime": "2019-05-01T18:00:00.000",
            "stopTime": "2019-05-01T18:40:00.000",
            "duration": "PT1800.5S",
            "sport": "RUNNING",
        }
    ],
}
NEW = {
    "identifier": {"id": "77"},
    "startTime": "2025-03-29T07:00:00",
    "stopTime": "2025-03-29T07:30:00",
    "durationMillis": 1_790_000,
    "timezoneOffsetMinutes": 60,
    "sport": {"id": "999"},
    "name": "Krafttraining",
    "exercises": [{"identifier": {"id": "e"}, "startTime": "2025-03-29T07:00:00", "sport": {"id": "999"}}],
}


@pytest.fixture
def read(tmp_path):
    """Return the records of one session, changed at its exercise: ``read(OLD, samples={...})``."""

    def records(session, *, zone=None, top=(), **changes):
        session = json.loads(json.dumps(session)) | dict(top)
        if changes:
            session["exercises"][0] |= changes
        (tmp_path / "session.json").write_text(json.dumps(session))
        found = list(ADAPTER.read(tmp_path, Options(ZoneInfo(zone) if zone else None)))
        return found[:-1]

    return records


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def test_session_time_is_the_clock_less_the_offset(read):
    """The offset stands under either spelling, at the session or the exercise."""
    for top, changes in (({}, {}), ({"timeZoneOffset": None}, {"timezoneOffset": 120})):
        (workout,) = read(OLD, top=top, **changes)
        assert (workout.start, workout.offset_min) == parse_instant("2019-05-01T18:00:00+02:00")
        assert workout.end == parse_instant("2019-05-01T18:40:00+02:00")[0]


def test_session_without_an_offset_is_not_in_london(read):
    """An absent offset is unknown and the clock counts as UTC; the owner's zone knows better."""
    (workout,) = read(OLD, top={"timeZoneOffset": None})
    assert (workout.start, workout.offset_min) == (parse_instant("2019-05-01T18:00:00Z")[0], UNKNOWN_OFFSET)
    (other,) = read(OLD, top={"timeZoneOffset": None}, zone="Europe/Helsinki")
    assert (other.start, other.offset_min) == parse_instant("2019-05-01T18:00:00+03:00")
    assert workout.key == other.key


def test_session_duration_is_polars_own(read):
    """Pauses are not in it, so it is not the difference of two times."""
    assert read(OLD)[0].duration_s == 1800.5
    assert read(NEW)[0].duration_s == 1790.0


def test_session_key_is_polars_id_where_there_is_one(read):
    """The newer export has an id; the older one's sport and clock time are as stable."""
    assert read(NEW)[0].key == "77"
    assert read(OLD)[0].key == "RUNNING|2019-05-01T18:00:00.000"


def test_session_of_several_exercises_is_as_many_workouts(read):
    """A triathlon is three workouts that say what session they are of, and no fourth that is their sum."""
    exercise = OLD["exercises"][0]
    three = [exercise | {"sport": sport, "distance": 10.0} for sport in ("SWIMMING", "CYCLING", "RUNNING")]
    found = of(Workout, read(OLD, top={"exercises": three, "distance": 30.0, "averageHeartRate": 140}))
    assert [workout.activity for workout in found] == ["swimming", "cycling", "running"]
    assert [workout.distance_m for workout in found] == [10.0] * 3
    assert [workout.hr_mean for workout in found] == [None] * 3
    assert len({workout.key for workout in found}) == 3
    assert found[0].details["session"]["distance"] == 30.0


def test_session_without_exercises_is_a_workout(read):
    """What has only a summary is one all the same."""
    (workout,) = read(NEW, top={"exercises": [], "hrAvg": 120})
    assert (workout.activity, workout.hr_mean) == ("strength_training", 120.0)


def test_session_details_hold_no_place_person_or_serial(read):
    """Coordinates belong into streams, birthday and device id nowhere."""
    private = {
        "latitude": 1.0,
        "longitude": 2.0,
        "deviceId": "S",
        "physicalInformation": {"birthday": "1990-01-01"},
    }
    (workout,) = of(Workout, read(NEW, top=private, latitude=1.0, longitude=2.0))
    assert not {"latitude", "longitude", "device_id", "physical_information"} & workout.details.keys()


def test_session_profile_is_no_measurement(read):
    """Weight and resting heart rate of a session are the account's settings: scores under that name."""
    found = read(
        NEW, top={"physicalInformation": {"weight, kg": 70.0, "restingHeartRate": 50, "sex": "MALE"}}
    )
    assert {score.score for score in of(Score, found)} == {
        "polar_profile_weight",
        "polar_profile_resting_heart_rate",
    }
    assert not of(Samples, found)


def test_series_with_their_own_times_keep_them(read):
    """Speed comes in km/h and is kept in m/s; a value that is missing leaves its place empty."""
    times = [f"2019-05-01T18:00:0{second}.000" for second in range(3)]
    samples = {
        "heartRate": [
            {"dateTime": times[0], "value": 120},
            {"dateTime": times[1]},
            {"dateTime": times[2], "value": 0},
        ],
        "speed": [{"dateTime": time, "value": 36.0} for time in times],
    }
    (stream,) = of(Stream, read(OLD, samples=samples))
    assert stream.time.tolist() == [parse_instant(time + "+02:00")[0] for time in times]
    assert stream.columns["speed"].tolist() == pytest.approx([10.0] * 3)
    np.testing.assert_array_equal(stream.columns["heart_rate"], [120, np.nan, np.nan])


def test_series_with_an_interval_begin_with_the_exercise(read):
    """A series of the newer export has no time of its own; NaN as a text is missing."""
    samples = {
        "samples": [
            {"type": "HEART_RATE", "intervalMillis": 5000, "values": [100, "NaN", 110]},
            {"type": "CADENCE", "intervalMillis": 1000, "values": [80, 81]},
            {"type": "STRIDE_LENGTH", "intervalMillis": 0, "values": [1]},
        ]
    }
    found = of(Stream, read(NEW, samples=samples))
    start = parse_instant("2025-03-29T07:00:00+01:00")[0]
    assert [((stream.time - start) // SECOND_NS).tolist() for stream in found] == [[0, 1], [0, 5, 10]]
    assert [list(stream.columns) for stream in found] == [["cadence"], ["heart_rate"]]
    assert [stream.part for stream in found] == ["", "heart_rate"]


def test_series_of_crank_power_is_not_called_power(read):
    """Nobody knows whether one side is doubled, so it keeps its own name."""
    point = {"dateTime": "2019-05-01T18:00:00.000", "currentPower": 200}
    (stream,) = of(Stream, read(OLD, samples={"leftPedalCrankBasedPower": [point]}))
    assert list(stream.columns) == ["left_pedal_power"]


def test_route_has_its_own_clock(read):
    """A route of the newer export begins seconds later; 0, 0 and what is off the earth are left."""
    places = [(52.5, 13.4, 0), (0.0, 0.0, 1000), (95.0, 13.4, 2000), (52.6, 13.5, 3000)]
    points = [{"latitude": a, "longitude": b, "elapsedMillis": c} for a, b, c in places]
    routes = {"route": {"startTime": "2025-03-29T07:00:02", "wayPoints": points}}
    (stream,) = of(Stream, read(NEW, routes=routes))
    start = parse_instant("2025-03-29T07:00:00+01:00")[0]
    assert ((stream.time - start) // SECOND_NS).tolist() == [2, 5]
    assert stream.part == "route"


@pytest.mark.parametrize(("begin", "moved"), [("18:30:00", None), ("19:40:00", -6_000.0)])
def test_route_with_a_clock_of_its_own_hour_is_laid_on_the_exercise(read, begin, moved):
    """A route that does not touch the exercise is moved to its start, and the workout says by how much."""
    points = [{"dateTime": f"2019-05-01T{begin}.000", "latitude": 52.5, "longitude": 13.4}]
    found = read(OLD, samples={"recordedRoute": points})
    (workout,), (stream,) = of(Workout, found), of(Stream, found)
    assert workout.details.get("route_moved_s") == moved
    assert workout.start <= stream.time[0] <= workout.end


def test_beats_are_counted_from_the_start(read):
    """While the sensor was offline time goes on without a beat."""
    beats = [("PT1S", False), ("PT2S", True), ("PT0.5S", False)]
    rr = [{"duration": duration, "offline": offline} for duration, offline in beats]
    (batch,) = of(Samples, read(OLD, samples={"rr": rr}))
    start = parse_instant("2019-05-01T18:00:00+02:00")[0]
    assert batch.metric == "rr_interval"
    assert batch.value.tolist() == [1000.0, 500.0]
    assert ((batch.start - start) / SECOND_NS).tolist() == [0.0, 3.0]
    assert ((batch.end - start) / SECOND_NS).tolist() == [1.0, 3.5]


def test_session_without_a_start_is_counted(read):
    """It costs itself and nothing else."""
    (rejection,) = read(NEW, top={"startTime": "soon"})
    assert isinstance(rejection, Rejection)
    assert rejection.reason == "bad-date"


def test_sports_are_words_the_vault_knows():
    """Every row of the table, and a name that is not there is other."""
    for row in rows("sports.csv"):
        assert family_of(row["word"])
        assert activity_of(row["said"]) == row["word"]
    assert activity_of("NOBODY_KNOWS", "Nor this") == "other"
    assert activity_of("83", "Laufen") == "running"
    assert activity_of("9") == "other"  # a number of Strava's is none of Polar's
