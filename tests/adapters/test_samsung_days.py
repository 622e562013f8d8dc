"""Samsung Health's days, nights and exercises: local dates, joined stages, streams, one row a day."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from adapters.base import Options
from adapters.samsung_health import ADAPTER
from vault.records import Score, SleepSession, Stream, Tally, Workout
from vault.time import UNKNOWN_OFFSET, date_of_day, format_instant, zone

W = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("samsung_writer.py"))))

STAMP = ".20250401120000.csv"
TREND = W.SHEALTH + "step_daily_trend"
SUMMARY = W.SHEALTH + "tracker.pedometer_day_summary"
SLEEP, STAGE = W.SHEALTH + "sleep", W.HEALTH + "sleep_stage"
EXERCISE = W.SHEALTH + "exercise"
NIGHT = {
    "sleep_score": "78",
    "efficiency": "91.0",
    "sleep_latency": "1260000",
    "total_rem_duration": "2.0",
    "sleep_duration": "424.0",
    "mental_recovery": "-1",
    "start_time": "2025-03-29 22:05:00.000",
    "end_time": "2025-03-30 05:09:00.000",
    "time_offset": "UTC+0200",
    "datauuid": "n1",
}
OWN = (
    "sleep_score",
    "efficiency",
    "sleep_latency",
    "total_rem_duration",
    "sleep_duration",
    "mental_recovery",
)
RUN = {
    "source_type": "1",
    "exercise_type": "1002",
    "start_time": "2025-03-29 06:30:00.000",
    "end_time": "2025-03-29 07:05:00.000",
    "time_offset": "UTC+0530",
    "duration": "2040000",
    "distance": "6025.87",
    "calorie": "261.1",
    "mean_heart_rate": "0.0",
    "max_heart_rate": "171.0",
    "altitude_gain": "12.5",
    "vo2_max": "46.5",
    "live_data": "e1.live.json",
    "location_data": "e1.place.json",
    "datauuid": "e1",
}


@pytest.fixture
def read(tmp_path):
    """Write files of an export and read them."""

    def read(files, **options):
        return list(ADAPTER.read(W.write(tmp_path, files), Options(**options)))

    return read


def scores(records):
    return {
        (date_of_day(score.day).isoformat(), score.score): (score.value, score.unit)
        for score in W.kept(records, Score)
    }


def trend(*rows):
    return {TREND + STAMP: W.table(TREND, *rows)}


def day(count, source, device="", time="1743206400000", update="2025-03-30 01:00:00.000"):
    """A row of 2025-03-29."""
    return {
        "day_time": time,
        "count": count,
        "distance": "4000.5",
        "source_type": source,
        "deviceuuid": device or f"d{source}",
        "update_time": update,
        "datauuid": f"{time}{source}{update}",
    }


def test_steps_of_a_day_are_those_of_all_devices_once(read):
    """The row of all devices is taken, those of phone and watch are in it; nothing is added up."""
    records = read(
        trend(day("5000", "0"), day("6429", "-2"), day("1941", "108")), timezone=zone("Asia/Kolkata")
    )
    assert W.told(records, "steps_daily") == [
        ("steps_daily", "2025-03-29T00:00:00+05:30", "2025-03-30T00:00:00+05:30", 6429.0)
    ]
    (tally,) = W.kept(records, Tally)
    assert (tally.rows, tally.used, dict(tally.left)) == (3, 1, {"mirror": 2})
    assert scores(records)["2025-03-29", "samsung_steps_distance"] == (4000.5, "m")


@pytest.mark.parametrize("home", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
def test_date_of_a_day_is_the_vendors_wherever_home_is(read, home):
    """``day_time`` is UTC midnight of the local date: read as that date in every zone and on DST days."""
    rows = [day("100", "-2"), day("200", "-2", time="2025-03-30 00:00:00.000")]
    records = read(trend(*rows), home=zone(home))
    assert {key[0] for key in scores(records)} == {"2025-03-29", "2025-03-30"}
    batch = next(one for one in records if getattr(one, "metric", "") == "steps_daily")
    local = [np.datetime64(int(start), "ns") for start in batch.start]
    assert set(batch.offset_min.tolist()) == {UNKNOWN_OFFSET}
    hours = {"Europe/Berlin": 1, "America/New_York": -4, "Asia/Kolkata": 5.5, "Pacific/Auckland": 13}
    assert local[0] + np.timedelta64(int(hours[home] * 60), "m") == np.datetime64("2025-03-29")
    assert int(batch.end[0]) == int(batch.start[1])


def test_older_state_of_a_day_is_a_repeat(read):
    """Of rows of the same device and day the one written last is taken."""
    late = day("900", "-2", update="2025-03-31 09:00:00.000")
    records = read(trend(day("500", "-2"), late, day("300", "-2", update="2025-03-29 09:00:00.000")))
    assert [value for *_, value in W.told(records, "steps_daily")] == [900.0]
    (tally,) = W.kept(records, Tally)
    assert (tally.used, tally.repeated) == (1, 2)


def test_day_without_a_row_of_all_devices_is_of_the_one_that_counted_most(read):
    """A watch worn for an hour and written last does not stand for a day the phone counted."""
    phone = day("9000", "0") | {"deviceuuid": "p"}
    watch = day("200", "108", update="2025-03-30 02:00:00.000") | {"deviceuuid": "w"}
    assert [value for *_, value in W.told(read(trend(phone, watch)))] == [9000.0]


def test_summary_of_the_pedometer_is_read_where_nothing_better_is(read):
    """Its row of all devices has ``source_info``; beside the trend, which says the same, it is left whole."""
    rows = [
        {"day_time": "1743206400000", "step_count": "5000", "source_info": "", "deviceuuid": "p"},
        {"day_time": "1743206400000", "step_count": "6429", "source_info": "x.json", "deviceuuid": "c"},
    ]
    files = {SUMMARY + STAMP: W.table(SUMMARY, *rows)}
    assert [value for *_, value in W.told(read(files), "steps_daily")] == [6429.0]
    records = read(files | trend(day("6430", "-2")))
    assert [value for *_, value in W.told(records, "steps_daily")] == [6430.0]
    assert Tally(SUMMARY + STAMP, 1, 0, 0, 0, {"mirror": 1}) in records


def test_scores_of_a_day_stay_samsungs(read):
    """Energy score, sleeping heart rate and HRV of no stated kind, energy, activity: under samsung_ names."""
    vitality, energy = W.SHEALTH + "vitality_score", W.SHEALTH + "calories_burned.details"
    activity = W.SHEALTH + "activity.day_summary"
    prefix = W.SHEALTH + "calories_burned"
    spent = {
        "day_time": "1743206400000",
        "active_calorie": "355.5",
        "rest_calorie": "1442.5",
        "tef_calorie": "0",
    }
    files = {
        vitality + STAMP: W.table(
            vitality, {"day_time": "2025-03-29 00:00:00.000", "total_score": "81.5", "shrv_value": "44.1"}
        ),
        energy + STAMP: W.table(energy, spent, prefix=prefix),
        activity + STAMP: W.table(
            activity,
            {"day_time": "2025-03-29 00:00:00.000", "active_time": "3600000", "longest_idle_time": "-1"},
        ),
    }
    assert scores(read(files)) == {
        ("2025-03-29", "samsung_energy_score"): (81.5, ""),
        ("2025-03-29", "samsung_sleeping_hrv"): (44.1, "ms"),
        ("2025-03-29", "samsung_active_energy"): (355.5, "kcal"),
        ("2025-03-29", "samsung_resting_energy"): (1442.5, "kcal"),
        ("2025-03-29", "samsung_active_time"): (60.0, "min"),
    }


def stage(start, end, code, sleep="n1"):
    times = {"start_time": f"2025-03-{start}:00.000", "end_time": f"2025-03-{end}:00.000"}
    return times | {"sleep_id": sleep, "stage": code, "time_offset": "UTC+0200"}


def test_sleep_is_joined_with_its_stages(read):
    """40001 is awake, 40002 light, 40003 deep, 40004 REM; what else there is is unknown, not lost."""
    stages = [
        stage("29 22:06", "29 23:00", "40002"),
        stage("29 22:05", "29 22:06", "40001"),
        stage("29 23:00", "30 01:30", "40003.0"),
        stage("30 01:30", "30 01:32", "40004"),
        stage("30 01:32", "30 02:00", "40009"),
    ]
    files = {
        SLEEP + STAMP: W.table(SLEEP, NIGHT, prefix=W.HEALTH + "sleep", own=OWN),
        STAGE + STAMP: W.table(STAGE, *stages),
    }
    records = read(files)
    (night,) = W.kept(records, SleepSession)
    assert (night.key, format_instant(night.end, night.offset_min)) == ("n1", "2025-03-30T07:09:00+02:00")
    assert [(format_instant(start)[11:16], word) for start, _, word in night.stages] == [
        ("22:05", "awake"), ("22:06", "light"), ("23:00", "deep"), ("01:30", "rem"), ("01:32", "unknown"),
    ]  # fmt: skip
    assert night.details == {
        "efficiency": 91.0,
        "latency_min": 21.0,
        "rem_min": 2.0,
        "sleep_score": 78.0,
        "time_in_bed_min": 424.0,
    }
    assert scores(records) == {
        ("2025-03-30", "samsung_sleep_score"): (78.0, ""),
        ("2025-03-30", "samsung_sleep_efficiency"): (91.0, "%"),
    }


def test_stages_of_no_sleep_are_samples(read):
    """Stages whose sleep is not in the export are handed over by themselves."""
    records = read({STAGE + STAMP: W.table(STAGE, stage("29 22:05", "29 22:06", "40001"))})
    assert W.told(records) == [
        ("sleep_stage", "2025-03-30T00:05:00+02:00", "2025-03-30T00:06:00+02:00", "awake")
    ]


def test_night_by_hand_has_no_score(read):
    """An efficiency of 0 and an empty score are no scores; the merged copy of the nights is left."""
    row = NIGHT | {"efficiency": "0.0", "sleep_score": "", "sleep_latency": "-1"}
    combined = W.SHEALTH + "sleep_combined"
    files = {SLEEP + STAMP: W.table(SLEEP, row, prefix=W.HEALTH + "sleep", own=OWN)}
    files[combined + STAMP] = W.table(combined, NIGHT)
    records = read(files)
    assert scores(records) == {}
    assert len(W.kept(records, SleepSession)) == 1
    assert Tally(combined + STAMP, 1, 0, 0, 0, {"mirror": 1}) in records


@pytest.mark.parametrize("is_nap_first", [True, False])
def test_day_of_two_sleeps_has_the_score_of_the_longer(read, is_nap_first):
    """A day has one score of a name: a nap does not stand for the night, and keeps its own in the details."""
    nap = {"start_time": "2025-03-30 11:00:00.000", "end_time": "2025-03-30 12:30:00.000"}
    nap = NIGHT | nap | {"sleep_score": "41", "efficiency": "99.0", "datauuid": "n2"}
    rows = [nap, NIGHT] if is_nap_first else [NIGHT, nap]
    records = read({SLEEP + STAMP: W.table(SLEEP, *rows, prefix=W.HEALTH + "sleep", own=OWN)})
    assert len(W.kept(records, Score)) == 2
    assert scores(records) == {
        ("2025-03-30", "samsung_sleep_score"): (78.0, ""),
        ("2025-03-30", "samsung_sleep_efficiency"): (91.0, "%"),
    }
    told = {night.key: night.details["sleep_score"] for night in W.kept(records, SleepSession)}
    assert told == {"n1": 78.0, "n2": 41.0}


def test_exercise_of_the_old_export_finds_its_document(read):
    """Its cell has the document's name without the ending, and its folder is that of the older type."""
    old = W.HEALTH + "exercise"
    start = W.ms("2018-03-24T09:00:00Z")
    row = {"start_time": "2018-03-24 05:00:00.000", "end_time": "2018-03-24 06:00:00.000"}
    row |= {"time_offset": "-14400000", "datauuid": "w1", "live_data": "w1.live_data"}
    files = {
        old + ".201810010000.csv": W.table(old, row, old=True),
        f"jsons/{old}/w1.live_data.json": W.document({"start_time": start, "heart_rate": 120.0}),
    }
    (stream,) = W.kept(read(files), Stream)
    assert (int(stream.time[0]) // 1_000_000, stream.columns["heart_rate"].tolist()) == (start, [120.0])


def test_exercise_has_its_streams(read):
    """Live values and places are two streams; 0 is no heart rate, and 0, 0 no place."""
    start = W.ms("2025-03-29T06:30:00Z")
    live = [
        {"start_time": start + 1000, "speed": 2.5, "cadence": 160.0},
        {"start_time": start, "heart_rate": 120.0},
        {"start_time": start + 2000, "heart_rate": 0.0, "distance": 5.5},
    ]
    places = [
        {"start_time": start, "latitude": 12.5, "longitude": 77.5, "altitude": 900.0, "accuracy": 4.0},
        {"start_time": start + 1000, "latitude": 0.0, "longitude": 0.0},
    ]
    files = {
        EXERCISE + STAMP: W.table(EXERCISE, RUN, prefix=W.HEALTH + "exercise", own=("source_type",)),
        f"jsons/{EXERCISE}/e/e1.live.json": W.document(*live),
        f"jsons/{EXERCISE}/e/e1.place.json": W.document(*places),
    }
    records = read(files)
    (workout,) = W.kept(records, Workout)
    assert (workout.key, workout.activity, workout.duration_s) == ("e1", "running", 2040.0)
    assert (workout.distance_m, workout.energy_kcal) == (6025.87, 261.1)
    assert (workout.hr_mean, workout.hr_max, workout.elevation_gain_m) == (None, 171.0, 12.5)
    assert format_instant(workout.start, workout.offset_min) == "2025-03-29T12:00:00+05:30"
    assert workout.details == {"exercise_type": "1002", "exercise": "running", "source_type": 1.0}
    one, two = W.kept(records, Stream)
    assert (one.workout, one.part, two.part) == ("e1", "", "route")
    assert [(int(at) // 1_000_000 - start) for at in one.time] == [0, 1000, 2000]
    assert np.nan_to_num(one.columns["heart_rate"], nan=-1).tolist() == [120.0, -1.0, -1.0]
    assert np.nan_to_num(two.columns["latitude"], nan=-1).tolist() == [12.5, -1.0]
    assert set(two.columns) == {"latitude", "longitude", "altitude", "horizontal_accuracy"}
    assert W.told(records) == [("vo2_max", "2025-03-29T12:35:00+05:30", "2025-03-29T12:35:00+05:30", 46.5)]


@pytest.mark.parametrize(
    ("code", "word"),
    [("1001", "walking"), ("10007", "hiit"), ("14001", "swimming"), ("15003.0", "indoor_cycling"),
     ("0", "other"), ("77777", "other"), ("", "other")],
)  # fmt: skip
def test_exercise_has_the_projects_word(read, code, word):
    """A code nobody knows is other, and stays in the details."""
    files = {EXERCISE + STAMP: W.table(EXERCISE, RUN | {"exercise_type": code, "datauuid": ""})}
    (workout,) = W.kept(read(files), Workout)
    assert workout.activity == word
    assert workout.key == f"{code.removesuffix('.0')}|2025-03-29T06:30:00Z"
