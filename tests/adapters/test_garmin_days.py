"""The days, nights and readings of a Garmin export, and what is left of them."""

from __future__ import annotations

import json
from datetime import date

import pytest

from adapters.base import Options
from adapters.garmin import ADAPTER
from vault.records import Rejection, Samples, Score, SleepSession
from vault.time import day_of_date, format_instant, zone

DAY, SLEEP, HEALTH = "UDSFile_2025-01-01_2025-04-10.json", "1_2_7_sleepData.json", "7_healthStatusData.json"
READINESS, LOAD = "TrainingReadinessDTO_1_2_7.json", "MetricsAcuteTrainingLoad_1_2_7.json"
BODY = "7_userBioMetrics.json"
DATE = {"calendarDate": "2025-03-29"}
CLOCKS = {"wellnessStartTimeGmt": "2025-03-28T23:00:00.0", "wellnessStartTimeLocal": "2025-03-29T00:00:00.0"}
NIGHT = DATE | {
    "sleepStartTimestampGMT": "2025-03-28T22:00:00.0",
    "sleepEndTimestampGMT": "2025-03-29T06:00:00.0",
    "sleepWindowConfirmationType": "AUTO_CONFIRMED_FINAL",
    "deepSleepSeconds": 3600,
    "lightSleepSeconds": 21600,
    "awakeSleepSeconds": 3600,
}


@pytest.fixture
def read(tmp_path):
    """Read an export of files: lists are JSON, bytes as they are."""

    def read(files, home=None):
        for name, rows in files.items():
            place = tmp_path / "export" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(rows if isinstance(rows, bytes) else json.dumps(rows).encode())
        return list(ADAPTER.read(tmp_path / "export", Options(home)))

    return read


def of(records, kind):
    return [record for record in records if isinstance(record, kind)]


def scores(records):
    return {score.score: score.value for score in of(records, Score)}


def reasons(records):
    return [rejection.reason for rejection in of(records, Rejection)]


def values(records, metric):
    """Return (start, end, value) of every sample of a metric, values of codes as words."""
    return [
        (
            format_instant(start, offset),
            format_instant(end, offset),
            batch.codes[int(value)] if batch.codes else float(value),
        )
        for batch in of(records, Samples)
        if batch.metric == metric
        for start, end, offset, value in zip(batch.start, batch.end, batch.offset_min, batch.value)
    ]


def test_day_has_metrics_of_the_day_and_scores(read):
    """Steps are a day's total, from midnight to midnight of the local clock; floors are 3.048 metres."""
    records = read({DAY: [DATE | CLOCKS | {"totalSteps": 9000, "floorsAscendedInMeters": 30.48}]})
    assert values(records, "steps_daily") == [
        ("2025-03-29T00:00:00+01:00", "2025-03-30T00:00:00+01:00", 9000)
    ]
    assert scores(records) == {"garmin_floors_climbed": pytest.approx(10)}
    assert of(records, Score)[0].day == day_of_date(date(2025, 3, 29))


def test_day_totals_are_never_summed_samples(read):
    """A total that exports repeat and correct would add up as samples; distance and energy are scores."""
    row = DATE | {"totalDistanceMeters": 6000, "activeKilocalories": 400.0, "moderateIntensityMinutes": 20}
    records = read({DAY: [row]})
    assert not of(records, Samples)
    assert set(scores(records)) == {"garmin_distance", "garmin_active_energy", "garmin_moderate_minutes"}


def test_day_in_two_files_counts_once_by_version(read):
    """Of a day that two files tell, the later version counts, wherever it stands."""
    rows = [DATE | {"version": version, "totalSteps": version * 10} for version in (3, 1)]
    records = read({DAY: rows[:1], "DI_CONNECT/UDSFile_2025-03-29_2025-07-07.json": rows[1:]})
    assert [value for *_, value in values(records, "steps_daily")] == [30]


def test_day_still_running_ends_when_it_was_exported(read):
    """So the whole day, from a later export, comes after it."""
    records = read({DAY: [DATE | CLOCKS | {"durationInMilliseconds": 36_000_000, "totalSteps": 5}]})
    assert values(records, "steps_daily")[0][1] == "2025-03-29T10:00:00+01:00"


def test_day_of_the_first_generation(read):
    """In 2021 every time was an object with an English text."""
    row = {
        "calendarDate": {"date": "Mar 29, 2025 12:00:00 AM"},
        "wellnessStartTimeGmt": {"date": "Mar 28, 2025 11:00:00 PM"},
        "wellnessStartTimeLocal": {"date": "Mar 29, 2025 12:00:00 AM"},
        "restingHeartRate": 55,
    }
    start, end = "2025-03-29T00:00:00+01:00", "2025-03-30T00:00:00+01:00"
    assert values(read({DAY: [row]}), "resting_heart_rate") == [(start, end, 55)]


def test_resting_heart_rate_is_of_the_day_itself(read):
    """The same day's value is the metric; the smoothed one stays under Garmin's name."""
    records = read({DAY: [DATE | {"restingHeartRate": 54, "currentDayRestingHeartRate": 51}]})
    assert values(records, "resting_heart_rate")[0][2] == 51
    assert values(records, "garmin:restingHeartRate")[0][2] == 54


def test_day_without_any_clock_is_noon(read):
    """With no pair and no zone the date is kept by noon in UTC, and the offset is unknown."""
    records = read({DAY: [DATE | {"totalSteps": 1}]})
    assert values(records, "steps_daily") == [("2025-03-29T12:00:00Z", "2025-03-29T12:00:00Z", 1)]


def test_sentinels_are_absent(read):
    """-1 and -2 of stress, 511 of HRV, 0.0 of a baseline and a missing value say nothing."""
    stress = {
        "aggregatorList": [
            {"type": "TOTAL", "averageStressLevel": -1},
            {"type": "AWAKE", "averageStressLevel": -2},
        ]
    }
    metrics = [{"type": "HRV", "value": 511, "baselineLowerLimit": 0.0}, {"type": "SPO2"}]
    records = read(
        {
            DAY: [DATE | {"allDayStress": stress}],
            HEALTH: [DATE | {"metrics": metrics}],
            READINESS: [DATE | {"hrvWeeklyAverage": 511}],
        }
    )
    assert not of(records, (Samples, Score))


def test_default_dates_are_no_days(read):
    """The app's own first day, 2006 and zero long, is counted and left."""
    row = {"calendarDate": "2006-01-01", "durationInMilliseconds": 0, "totalSteps": 0}
    records = read({DAY: [row, {"totalSteps": 5}]})
    assert reasons(records) == ["empty-day", "no-date"]
    assert not of(records, Samples)


def test_night_is_a_session_with_minutes(read):
    """The export tells how long each stage was, not when; an older watch tells no REM, which is not 0."""
    (night,) = of(read({SLEEP: [NIGHT], DAY: [DATE | CLOCKS]}), SleepSession)
    assert (night.key, night.is_nap, night.offset_min, night.stages) == ("2025-03-29", False, 60, ())
    assert (format_instant(night.start), format_instant(night.end)) == (
        "2025-03-28T22:00:00Z",
        "2025-03-29T06:00:00Z",
    )
    minutes = {name: value for name, value in night.details.items() if name.endswith("_min")}
    assert minutes == {"deep_min": 60, "light_min": 360, "awake_min": 60, "asleep_min": 420}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sleepWindowConfirmationType": "OFF_WRIST"}, "not-worn"),
        ({"sleepWindowConfirmationType": "UNCONFIRMED"}, "unconfirmed-sleep"),
        (
            {"sleepWindowConfirmationType": None, "deepSleepSeconds": 0, "lightSleepSeconds": 0},
            "unconfirmed-sleep",
        ),
        ({"calendarDate": None}, "no-date"),
        ({"sleepStartTimestampGMT": None}, "bad-date"),
        ({"sleepEndTimestampGMT": "2025-03-28T21:00:00.0"}, "end-before-start"),
    ],
)
def test_night_that_is_no_sleep(read, change, reason):
    """Neither a night without the watch nor a default window is sleep, and its values are none."""
    records = read({SLEEP: [NIGHT | {"averageRespiration": 14.0, "avgSleepStress": 20} | change]})
    assert reasons(records) == [reason]
    assert not of(records, (SleepSession, Samples, Score))


@pytest.mark.parametrize("said", ["ENHANCED_CONFIRMED", "AUTO_CONFIRMED", "MANUALLY_CONFIRMED", None])
def test_night_that_is_sleep(read, said):
    """Every way to be confirmed is sleep; so is a night of older exports, which has stages and no word."""
    assert len(of(read({SLEEP: [NIGHT | {"sleepWindowConfirmationType": said}]}), SleepSession)) == 1


def test_night_values_lie_in_the_night_on_the_day_of_waking(read):
    """HRV is RMSSD, a night's mean, and says so; it is of the date of waking."""
    health = DATE | {"metrics": [{"type": "HRV", "value": 48.0, "status": "IN_RANGE"}]}
    records = read({HEALTH: [health], SLEEP: [NIGHT], DAY: [DATE | CLOCKS]})
    span = ("2025-03-29T00:00:00+01:00", "2025-03-29T07:00:00+01:00")
    assert values(records, "hrv_rmssd") == [(*span, 48)]
    assert values(records, "garmin:hrvStatus") == [(*span, "IN_RANGE")]
    (batch,) = [batch for batch in of(records, Samples) if batch.metric == "hrv_rmssd"]
    assert batch.notes == ['{"window":"night"}']
    assert not [batch for batch in of(records, Samples) if batch.metric == "hrv_sdnn"]


@pytest.mark.parametrize(
    ("value", "metric"), [(-0.3, "skin_temperature_deviation"), (34.1, "skin_temperature")]
)
def test_skin_temperature_by_its_size(read, value, metric):
    """A difference from the baseline is never taken for a temperature."""
    records = read({HEALTH: [DATE | {"metrics": [{"type": "SKIN_TEMP_C", "value": value}]}]})
    assert [batch.metric for batch in of(records, Samples)] == [metric]


def test_naps_are_sessions_of_their_own(read):
    """A nap is kept beside its night, and said to be one."""
    nap = {"napStartTimestampGMT": "2025-03-29T13:00:00.0", "napEndTimestampGMT": "2025-03-29T13:30:00.0"}
    sessions = of(read({SLEEP: [NIGHT | {"napList": [nap]}]}), SleepSession)
    assert [session.is_nap for session in sessions] == [False, True]


def test_readiness_of_the_morning_is_the_score(read):
    """Of several a day the one after waking counts, wherever it stands; all are kept as samples."""
    rows = [
        DATE | {"timestamp": f"2025-03-29T{hour}:00:00.0", "score": score, "inputContext": context}
        for hour, score, context in (
            ("05", 10, "UPDATE_REALTIME_VARIABLES"),
            ("06", 61, "AFTER_WAKEUP_RESET"),
            ("17", 33, "AFTER_POST_EXERCISE_RESET"),
        )
    ]
    records = read({READINESS: rows})
    assert scores(records) == {"garmin_training_readiness": 61}
    assert [value for *_, value in values(records, "garmin:trainingReadiness")] == [10, 61, 33]


def test_load_of_the_latest_moment_counts(read):
    """Several devices write a load a day, dates in milliseconds; the last one is the day's."""
    rows = [
        {
            "calendarDate": 1_743_206_400_000,
            "timestamp": 1_743_228_000_000 + at,
            "dailyTrainingLoadAcute": load,
        }
        for at, load in ((2, 300), (1, 200))
    ]
    records = read({LOAD: rows})
    assert scores(records) == {"garmin_training_load_acute": 300}
    assert of(records, Score)[0].day == day_of_date(date(2025, 3, 29))


def test_weight_is_in_grams(read):
    """A weight is at its instant; where there is none, at the wall clock of its date."""
    rows = [
        {
            "metaData": {"calendarDate": "2025-03-29T08:00:00.0"},
            "weight": {"weight": 71500.0, "timestampGMT": when},
        }
        for when in ("2025-03-29T07:30:00.5", None)
    ]
    records = read({BODY: rows}, zone("Europe/Berlin"))
    starts = ("2025-03-29T08:30:00.5+01:00", "2025-03-29T08:00:00+01:00")
    assert values(records, "body_mass") == [(start, start, 71.5) for start in starts]


def test_damaged_file_keeps_its_first_rows(read):
    """A file cut short gives the days before the cut and a reason."""
    whole = json.dumps([DATE | {"totalSteps": 1}, {"calendarDate": "2025-03-30", "totalSteps": 2}])
    records = read({DAY: whole[:-20].encode()})
    assert len(values(records, "steps_daily")) == 1
    assert reasons(records) == ["malformed-json"]


def test_status_of_each_sport_is_kept(read):
    """A day has a training status for each sport, told apart by a note; the last of a sport counts."""
    rows = [
        DATE | {"timestamp": f"2025-03-29T{hour}:00:00.0", "sport": sport, "trainingStatus": status}
        for hour, sport, status in (
            ("09", "RUNNING", "PRODUCTIVE"),
            ("10", "RUNNING", "PEAKING"),
            ("08", "CYCLING", "RECOVERY"),
        )
    ]
    records = read({"TrainingHistory_1_2_7.json": rows})
    (batch,) = of(records, Samples)
    told = {batch.notes[note]: batch.codes[code] for note, code in zip(batch.note, batch.value)}
    assert told == {'{"sport":"RUNNING"}': "PEAKING", '{"sport":"CYCLING"}': "RECOVERY"}
