"""The sample account export of Garmin, counted by other means: json, and fitdecode for the uploads inside."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from adapters.base import Options
from adapters.garmin import ADAPTER
from vault.records import Rejection, Samples, Score, SleepSession, Stream, StrengthSet, Workout

EXPORT = Path(__file__).parents[3] / "shared/samples/garmin/synthetic/garmin_export.zip"
pytestmark = pytest.mark.skipif(not EXPORT.exists(), reason="the samples are not at hand")


@pytest.fixture(scope="module")
def records():
    return list(ADAPTER.read(EXPORT, Options()))


@pytest.fixture(scope="module")
def rows():
    """Return all rows of the JSON files whose names hold a word, files in the order of their names."""
    with zipfile.ZipFile(EXPORT) as archive:
        documents = {name: json.loads(archive.read(name)) for name in archive.namelist() if ".json" in name}
    return lambda word: [row for name in sorted(documents) if word in name for row in documents[name]]


@pytest.fixture(scope="module")
def messages():
    """Count the messages in all FIT files by kind, as fitdecode reads them."""
    fitdecode = pytest.importorskip("fitdecode")
    counts = Counter()
    with zipfile.ZipFile(EXPORT) as outer:
        (name,) = (name for name in outer.namelist() if name.endswith(".zip"))
        with zipfile.ZipFile(io.BytesIO(outer.read(name))) as inner:
            for fit in inner.namelist():
                for frame in fitdecode.FitReader(io.BytesIO(inner.read(fit))):
                    if frame.frame_type == fitdecode.FIT_FRAME_DATA:
                        counts[frame.name] += 1
                        counts["active set"] += (
                            frame.name == "set" and frame.get_value("set_type") == "active"
                        )
    return counts


def column(records, metric, source="Garmin Connect"):
    return [
        float(value)
        for batch in records
        if isinstance(batch, Samples) and batch.metric == metric and batch.origins[0].source == source
        for value in batch.value
    ]


def scores(records, name):
    return [score.value for score in records if isinstance(score, Score) and score.score == name]


def test_sample_days(records, rows):
    """Each date of the overlapping files is there once, with its own numbers."""
    days = {row["calendarDate"]: row for row in rows("UDSFile")}
    assert len(days) < len(rows("UDSFile"))
    assert column(records, "steps_daily") == [row["totalSteps"] for row in days.values()]
    assert column(records, "resting_heart_rate") == [
        row["currentDayRestingHeartRate"] for row in days.values()
    ]
    assert scores(records, "garmin_distance") == [row["totalDistanceMeters"] for row in days.values()]
    asleep = [row["allDayStress"]["aggregatorList"][2]["averageStressLevel"] for row in days.values()]
    assert min(asleep) < 0
    assert scores(records, "garmin_stress_asleep") == [value for value in asleep if value >= 0]


def test_sample_nights(records, rows):
    """Confirmed nights are sleep, with the seconds the file gives; the others are counted."""
    nights = rows("sleepData")
    slept = [row for row in nights if "ENHANCED" in row.get("sleepWindowConfirmationType", "")]
    own = [
        record
        for record in records
        if isinstance(record, SleepSession) and record.origin.source == "Garmin Connect"
    ]
    assert [night.key for night in own] == [row["calendarDate"] for row in slept]
    assert [night.details["rem_min"] * 60 for night in own] == [row["remSleepSeconds"] for row in slept]
    for night, row in zip(own, slept):
        stages = sum(value for name, value in row.items() if name.endswith("Seconds"))
        assert (night.end - night.start) / 1e9 == stages
    left = [record.reason for record in records if isinstance(record, Rejection)]
    assert sorted(left) == ["no-date", "not-worn", "unconfirmed-sleep"]
    assert len(left) == len(nights) - len(slept)


def test_sample_readings(records, rows):
    """HRV of each night, every readiness as a sample, the morning's as the day's score."""
    health = [row["metrics"][0]["value"] for row in rows("healthStatusData")]
    assert column(records, "hrv_rmssd") == health
    readiness = rows("TrainingReadinessDTO")
    assert column(records, "garmin:trainingReadiness") == [row["score"] for row in readiness]
    morning = [row["score"] for row in readiness if row["inputContext"] == "AFTER_WAKEUP_RESET"]
    assert scores(records, "garmin_training_readiness") == morning
    assert column(records, "body_mass") == [71.5]


def test_sample_activities(records, rows):
    """Each activity is one workout under its id; the one whose file is there has its streams and sets."""
    (export,) = rows("summarizedActivities")
    workouts = {record.key: record for record in records if isinstance(record, Workout)}
    assert set(workouts) == {str(row["activityId"]) for row in export["summarizedActivitiesExport"]}
    for row in export["summarizedActivitiesExport"]:
        workout = workouts[str(row["activityId"])]
        assert workout.start == row["startTimeGmt"] * 1e6
        assert workout.offset_min * 60_000 == row["startTimeLocal"] - row["startTimeGmt"]
        assert workout.energy_kcal == pytest.approx(row["calories"] / 4.19002, rel=0.01)
    strength = next(workout for workout in workouts.values() if workout.activity == "strength_training")
    linked = [record for record in records if isinstance(record, (Stream, StrengthSet))]
    assert {(record.workout, record.origin) for record in linked} == {(strength.key, strength.origin)}


def test_sample_uploads(records, messages):
    """The uploads give as many values as they have messages that hold one."""
    (stream,) = (record for record in records if isinstance(record, Stream))
    assert len(stream.time) == messages["record"]
    assert sum(isinstance(record, StrengthSet) for record in records) == messages["active set"]
    watch = "garmin fr965"
    hrv = messages["hrv_value"] + messages["hrv_status_summary"]
    assert len(column(records, "hrv_rmssd", watch)) == hrv
    assert len(column(records, "spo2", watch)) == messages["spo2_data"]
    assert len(column(records, "resting_heart_rate", watch)) == messages["monitoring_hr_data"]
