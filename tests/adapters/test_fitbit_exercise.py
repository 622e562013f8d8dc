"""Exercises, daily values and weights of a Fitbit archive: units, words, placeholders, what is repeated."""

from __future__ import annotations

import csv
import json
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.base import Options
from adapters.fitbit import ADAPTER
from adapters.fitbit.exercise import activity_of, metres_per
from vault.merge.activities import activities
from vault.metrics import find, is_vendor_coded
from vault.records import Rejection, Samples, Score, Tally, Workout
from vault.time import UNKNOWN_OFFSET, format_instant

DATA = "Takeout/Fitbit/Global Export Data/"
WALK = {
    "logId": 34_567_890_123,
    "activityName": "Walk",
    "activityTypeId": 90013,
    "averageHeartRate": 112,
    "calories": 190,
    "duration": 1_905_000,
    "activeDuration": 1_860_000,
    "steps": 3300,
    "logType": "auto_detected",
    "manualValuesSpecified": {"calories": False, "distance": False},
    "distance": 1.52,
    "distanceUnit": "Mile",
    "source": {"type": "tracker", "name": "Charge 4", "id": "700000001", "url": "https://www.example.org/"},
    "tcxLink": "https://www.example.org/1.tcx",
    "lastModified": "10/31/20 13:10:00",
    "startTime": "10/31/20 12:28:00",
    "originalStartTime": "10/31/20 12:28:00",
    "elevationGain": 12.192,
}


def write(folder: Path, files: dict[str, object]) -> Path:
    for name, rows in files.items():
        path = folder / DATA / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(rows))
    return folder


def records(folder: Path, told: str = "", home: str = ""):
    return list(
        ADAPTER.read(folder, Options(ZoneInfo(told) if told else None, home=ZoneInfo(home) if home else None))
    )


def samples(found) -> list[tuple[str, str, str, float]]:
    return [
        (
            batch.metric,
            format_instant(batch.start[row], batch.offset_min[row]),
            format_instant(batch.end[row], batch.offset_min[row]),
            float(batch.value[row]),
        )
        for batch in found
        if isinstance(batch, Samples)
        for row in range(len(batch))
    ]


def table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((files("adapters.fitbit") / "tables" / name).read_text().splitlines()))


def test_exercise_is_a_workout(tmp_path):
    """An exercise is in UTC, its distance in the unit it says; links, ids and dates of editing stay out."""
    write(tmp_path, {"exercise-0.json": [WALK]})
    (workout,) = (one for one in records(tmp_path, told="America/New_York") if isinstance(one, Workout))
    assert format_instant(workout.start, workout.offset_min) == "2020-10-31T08:28:00-04:00"
    assert (workout.end - workout.start) / 1e9 == 1905.0
    assert (workout.key, workout.activity, workout.duration_s) == ("34567890123", "walking", 1860.0)
    assert (workout.distance_m, workout.energy_kcal, workout.hr_mean) == (2446.20288, 190.0, 112.0)
    assert workout.elevation_gain_m == 12.192
    assert workout.details == {
        "activity_name": "Walk",
        "activity_type_id": 90013,
        "duration": 1_905_000,
        "steps": 3300,
        "log_type": "auto_detected",
        "manual_values_specified": {"calories": False, "distance": False},
        "source": {"type": "tracker", "name": "Charge 4"},
    }


def test_exercise_of_an_unknown_unit_keeps_it(tmp_path):
    """A distance in a unit nobody knows is no number of metres, and stays as it was said."""
    write(tmp_path, {"exercise-0.json": [WALK | {"distanceUnit": "Furlong"}]})
    (workout,) = (one for one in records(tmp_path) if isinstance(one, Workout))
    assert workout.distance_m is None
    assert (workout.details["distance"], workout.details["distance_unit"]) == (1.52, "Furlong")
    assert workout.offset_min == UNKNOWN_OFFSET


def test_exercise_in_two_files_counts_once(tmp_path):
    """A log in two files is taken from the later, which may have been edited."""
    write(tmp_path, {"exercise-0.json": [WALK], "exercise-100.json": [WALK | {"activityName": "Run"}]})
    found = records(tmp_path)
    assert [one.activity for one in found if isinstance(one, Workout)] == ["running"]
    tallies = {one.file[len(DATA) :]: (one.used, one.repeated) for one in found if isinstance(one, Tally)}
    assert tallies == {"exercise-0.json": (0, 1), "exercise-100.json": (1, 0)}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"startTime": "31/10/20 12:28:00"}, "bad-date"),
        ({"duration": 0}, "bad-value"),
        ({"duration": None}, "bad-value"),
    ],
)
def test_exercise_that_can_not_be(tmp_path, change, reason):
    """No start or no length: no workout."""
    write(tmp_path, {"exercise-0.json": [WALK | change, WALK]})
    found = records(tmp_path)
    assert [(one.reason, one.position) for one in found if isinstance(one, Rejection)] == [(reason, 1)]
    assert len([one for one in found if isinstance(one, Workout)]) == 1


@pytest.mark.parametrize(
    ("unit", "metres"), [("Mile", 1609.344), ("Kilometer", 1000.0), ("METER", 1.0), ("Yard", 0.9144)]
)
def test_unit_of_distance(unit, metres):
    """The units Fitbit writes, whatever their case."""
    assert metres_per(unit) == metres


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Walk", "walking"),
        ("Outdoor Bike", "cycling"),
        ("Treadmill", "indoor_running"),
        ("Interval Workout", "hiit"),
        ("Weights", "strength_training"),
        ("Meditating", "meditation"),
        ("Sport", "other"),
        ("Quidditch", "other"),
    ],
)
def test_activity_words(name, word):
    """Names, not ids, say what an exercise was."""
    assert activity_of(name) == word


def test_activities_are_words_of_the_project():
    """Every row of the table says a name once, and a word that is known where workouts are merged."""
    rows = table("activities.csv")
    assert len({row["said"] for row in rows}) == len(rows)
    assert {row["activity"] for row in rows} <= set(activities())


def test_daily_table_is_sound():
    """Each row becomes a metric or a score, in the catalogue or with a unit of its own."""
    for row in table("daily.csv"):
        assert bool(row["metric"]) != bool(row["score"])
        assert not row["score"] or (row["score"].startswith("fitbit_") and row["unit"])
        if row["metric"]:
            assert find(row["metric"]) or (is_vendor_coded(row["metric"]) and row["unit"])
        assert row["zero"] in ("", "none", "all")


def resting(date: str, value: float, told: str | None) -> dict[str, object]:
    return {"dateTime": f"{date} 00:00:00", "value": {"date": told, "value": value, "error": 6.79}}


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("Europe/Berlin", "2021-03-28T00:00:00+01:00", "2021-03-29T00:00:00+01:00"),
        ("America/New_York", "2021-03-28T00:00:00-04:00", "2021-03-29T00:00:00-04:00"),
        ("Asia/Kolkata", "2021-03-28T00:00:00+05:30", "2021-03-29T00:00:00+05:30"),
        ("Pacific/Auckland", "2021-03-28T00:00:00+13:00", "2021-03-29T00:00:00+13:00"),
    ],
)
def test_resting_heart_rate_is_of_a_local_day(tmp_path, zone, start, end):
    """A day lasts from midnight to midnight, also where it has 23 hours; placeholders are left."""
    rows = [
        resting("03/28/21", 53.74, "03/28/21"),
        resting("03/29/21", 0.0, None),
        resting("12/31/21", 0.0, None),
    ]
    write(tmp_path, {"resting_heart_rate-2021-01-01.json": rows})
    found = records(tmp_path, told=zone)
    hours = 23 if zone == "Europe/Berlin" else 24
    ((metric, began, ended, value),) = samples(found)
    assert (metric, began, value) == ("resting_heart_rate", start, 53.74)
    assert ended == (end if hours == 24 else "2021-03-28T23:00:00+01:00")
    assert [one.left for one in found if isinstance(one, Tally)] == [{"placeholder": 2}]


def test_minutes_of_days_that_were_not_worn_are_left(tmp_path):
    """Sitting for all of 1440 minutes is a day nobody wore it; the zeros of that day say nothing either."""
    days = [
        {"dateTime": f"11/0{day}/20 00:00:00", "value": value} for day, value in ((1, "702"), (2, "1440"))
    ]
    active = [{"dateTime": f"11/0{day}/20 00:00:00", "value": "0"} for day in (1, 2)]
    write(
        tmp_path, {"sedentary_minutes-2020-11-01.json": days, "very_active_minutes-2020-11-01.json": active}
    )
    found = records(tmp_path)
    assert [(one.score, one.day, one.value) for one in found if isinstance(one, Score)] == [
        ("fitbit_sedentary_minutes", 18567, 702.0),
        ("fitbit_very_active_minutes", 18567, 0.0),
    ]
    assert [one.left for one in found if isinstance(one, Tally)] == [{"placeholder": 1}] * 2


def test_zones_and_fitness_of_a_day(tmp_path):
    """Minutes in zones are Fitbit's scores, VO2max an estimate; all zeros are a placeholder."""
    zones = {"BELOW_DEFAULT_ZONE_1": 1201.0, "IN_DEFAULT_ZONE_1": 41.0, "IN_DEFAULT_ZONE_2": 0.0}
    rows = [
        {"dateTime": "11/01/20 00:00:00", "value": {"valuesInZones": zones}},
        {"dateTime": "11/02/20 00:00:00", "value": {"valuesInZones": dict.fromkeys(zones, 0.0)}},
    ]
    fitness = {"demographicVO2Max": 44.2, "demographicVO2MaxError": 3.1, "filteredDemographicVO2Max": 44.0}
    write(
        tmp_path,
        {
            "time_in_heart_rate_zones-2020-11-01.json": rows,
            "demographic_vo2_max-2020-11-01.json": [{"dateTime": "11/01/20 00:00:00", "value": fitness}],
        },
    )
    found = records(tmp_path)
    assert {(one.score, one.value) for one in found if isinstance(one, Score)} == {
        ("fitbit_minutes_below_zone_1", 1201.0),
        ("fitbit_minutes_in_zone_1", 41.0),
        ("fitbit_minutes_in_zone_2", 0.0),
        ("fitbit_filtered_vo2_max", 44.0),
    }
    (batch,) = (one for one in found if isinstance(one, Samples))
    assert (batch.metric, batch.value.tolist(), batch.notes) == ("vo2_max", [44.2], ('{"error":3.1}',))


def test_weight_is_in_pounds(tmp_path):
    """Weights become kilograms at a time of the wall clock; the same log again is a repeat."""
    row = {"logId": 1, "weight": 165.3, "bmi": 23.9, "fat": 18.5, "date": "10/31/20", "time": "07:15:00"}
    bad = row | {"logId": 2, "weight": 0}
    write(tmp_path, {"weight-2020-10-01.json": [row], "weight-2020-10-31.json": [row, bad]})
    found = records(tmp_path, told="Asia/Kolkata")
    time = "2020-10-31T07:15:00+05:30"
    assert samples(found) == [
        ("body_mass", time, time, 74.978819),
        ("bmi", time, time, 23.9),
        ("body_fat_percentage", time, time, 18.5),
    ]
    tallies = {
        one.file[-15:-5]: (one.used, one.repeated, one.rejected) for one in found if isinstance(one, Tally)
    }
    assert tallies == {"2020-10-31": (1, 0, 1), "2020-10-01": (0, 1, 0)}
