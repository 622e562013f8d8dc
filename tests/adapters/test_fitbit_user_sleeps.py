"""Google's tables of sleeps and exercises in a Fitbit archive: three files a sleep, false offsets."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import pytest

from adapters.base import Options
from adapters.fitbit import ADAPTER
from adapters.fitbit.user_sleeps import offset_of
from vault.records import Rejection, Score, SleepSession, Tally, Workout
from vault.time import MINUTE_NS, UNKNOWN_OFFSET, date_of_day, parse_instant

FOLDER = "Takeout/Fitbit/Health Fitness Data_GoogleData"
SLEEPS = (
    "sleep_id,sleep_type,minutes_in_sleep_period,minutes_after_wake_up,minutes_to_fall_asleep,minutes_asleep,"
    "minutes_awake,minutes_longest_awakening,minutes_to_persistent_sleep,start_utc_offset,sleep_start,"
    "end_utc_offset,sleep_end,data_source,algorithm_version,sleep_created,sleep_last_updated\n"
)
STAGES = (
    "sleep_id,sleep_stage_id,sleep_stage_type,start_utc_offset,sleep_stage_start,end_utc_offset,sleep_stage_end,"
    "data_source,algorithm_version,sleep_stage_created,sleep_stage_last_updated\n"
)
SCORES = (
    "sleep_id,sleep_score_id,data_source,score_utc_offset,score_time,overall_score,duration_score,"
    "composition_score,revitalization_score,resting_heart_rate\n"
)
EXERCISES = (
    "exercise_id,exercise_start,exercise_end,utc_offset,activity_name,log_type,tracker_total_calories,"
    "tracker_total_steps,tracker_total_distance_mm,tracker_total_altitude_mm,tracker_avg_heart_rate,"
    "tracker_peak_heart_rate,manually_logged_total_calories,activity_type_probabilities,deletion_reason,"
    "location_metadata\n"
)
ID = "9007199254740993001"


@pytest.fixture
def read(tmp_path):
    """Return the records of an archive of some tables: ``read(zone, UserSleeps=rows, ...)``."""

    def records(zone=None, home=None, others=(), **tables):
        headers = {
            "UserSleeps": SLEEPS,
            "UserSleepStages": STAGES,
            "UserSleepScores": SCORES,
            "UserExercises": EXERCISES,
        }
        files = {f"{name}_2026-03-01.csv": headers[name] + rows for name, rows in tables.items()} | dict(
            others
        )
        for name, text in files.items():
            path = tmp_path / FOLDER / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return list(ADAPTER.read(tmp_path, Options(timezone=zone, home=home)))

    return records


def at(text):
    return parse_instant(text)[0]


def of(records, kind):
    return [one for one in records if isinstance(one, kind)]


def tally_of(records, name):
    return next(one for one in of(records, Tally) if name in one.file)


def sleep(start="2026-03-28T22:00:00Z", end="2026-03-29T05:30:00Z", offsets=("+01:00", "+02:00"), key=ID):
    return (
        f"{key},STAGES,450,5,12,410,40,12,9,{offsets[0]},{start},{offsets[1]},{end},DERIVED,3,"
        f"2026-03-29T05:35:00Z,2026-03-29T05:35:00Z\n"
    )


def stage(word, start, end, key=ID):
    return f"{key},1,{word},+01:00,2026-03-{start}Z,+01:00,2026-03-{end}Z,DERIVED,3,,\n"


NIGHT = (
    stage("REM", "29T01:00:00", "29T02:00:00")
    + stage("AWAKE", "28T22:00:00", "28T22:12:00")
    + stage("DEEP", "28T23:00:00", "29T01:00:00")
    + stage("LIGHT", "28T22:12:00", "28T23:00:00")
    + stage("DREAMING", "29T02:00:00", "29T05:30:00")
)


def test_sleep_has_its_stages_in_order_and_its_own_offset(read):
    """Stages come sorted by ids; a night over the change of clocks has the offset of waking."""
    (night,) = of(read(UserSleeps=sleep(), UserSleepStages=NIGHT), SleepSession)
    assert (night.key, night.start, night.end) == (ID, at("2026-03-28T22:00:00Z"), at("2026-03-29T05:30:00Z"))
    assert night.offset_min == 120
    minutes = [((start - night.start) // MINUTE_NS, (end - night.start) // MINUTE_NS, word)
               for start, end, word in night.stages]  # fmt: skip
    assert minutes == [
        (0, 12, "awake"),
        (12, 60, "light"),
        (60, 180, "deep"),
        (180, 240, "rem"),
        (240, 450, "unknown"),
    ]
    assert night.details["minutes_asleep"] == 410
    assert "asleep_min" not in night.details
    assert not {"sleep_created", "sleep_id", "sleep_start"} & night.details.keys()


def test_sleep_without_stages_tells_its_minutes(read):
    """A night is made of what a sleep says of itself if nobody says when its stages were."""
    (night,) = of(read(UserSleeps=sleep()), SleepSession)
    assert night.stages == ()
    assert [night.details[name] for name in ("asleep_min", "awake_min", "in_bed_min")] == [410, 40, 450]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("+05:30", 330),
        ("-0800", -480),
        ("+00:00", UNKNOWN_OFFSET),
        ("", UNKNOWN_OFFSET),
        ("PST", UNKNOWN_OFFSET),
    ],
)
def test_offset_of_zero_is_unknown(text, minutes):
    """Fitbit writes it where it does not know."""
    assert offset_of(text) == minutes


@pytest.mark.parametrize(("zone", "offset_min"), [("America/Los_Angeles", -420), (None, UNKNOWN_OFFSET)])
def test_sleep_of_offset_zero_takes_the_zone_that_was_told(read, zone, offset_min):
    """What stands in nine of ten rows is no offset; a told zone is one."""
    rows = sleep("2026-03-29T06:00:00Z", "2026-03-29T14:00:00Z", ("+00:00", "+00:00"))
    (night,) = of(read(zone and ZoneInfo(zone), UserSleeps=rows), SleepSession)
    assert night.offset_min == offset_min


def test_sleep_tells_the_wall_clock_where_the_owner_was(read):
    """Sleeps before and after a flight of seven hours give local files their offsets, without any zone."""
    rows = (
        sleep("2026-05-01T21:00:00Z", "2026-05-02T05:00:00Z", ("+02:00", "+02:00"), "1")
        + sleep("2026-05-02T21:00:00Z", "2026-05-03T05:00:00Z", ("+02:00", "+02:00"), "2")
        + sleep("2026-05-05T13:00:00Z", "2026-05-05T21:00:00Z", ("+09:00", "+09:00"), "3")
        + sleep("2026-05-06T13:00:00Z", "2026-05-06T21:00:00Z", ("+09:00", "+09:00"), "4")
    )
    hrv = (
        "timestamp,rmssd,coverage,low_frequency,high_frequency\n"
        "2026-05-02T12:00:00,41.5,,,\n2026-05-06T12:00:00,42.5,,,\n"
    )
    records = read(UserSleeps=rows, others={"Heart Rate Variability Details - 2026-05-02.csv": hrv})
    (batch,) = [one for one in records if getattr(one, "metric", "") == "hrv_rmssd"]
    assert batch.start.tolist() == [at("2026-05-02T10:00:00Z"), at("2026-05-06T03:00:00Z")]
    assert batch.offset_min.tolist() == [120, 540]
    assert [batch.notes[number] for number in batch.note] == ['{"zone":"derived"}'] * 2


def test_sleep_with_stages_goes_before_its_log(read):
    """A log of the same night in JSON is a mirror: it knows no offset. One of another night is read."""
    log = {
        "logId": 1,
        "dateOfSleep": "2026-03-29",
        "startTime": "2026-03-28T23:00:00.000",
        "endTime": "2026-03-29T07:30:00.000",
        "duration": 27_000_000,
        "levels": {"data": []},
    }
    other = {"logId": 2, "startTime": "2026-03-26T23:00:00.000", "endTime": "2026-03-27T07:00:00.000"}
    records = read(
        ZoneInfo("Europe/Berlin"),
        UserSleeps=sleep(),
        UserSleepStages=NIGHT,
        others={"sleep-2026-03-01.json": json.dumps([log, other])},
    )
    assert sorted(night.key for night in of(records, SleepSession)) == ["2", ID]
    assert tally_of(records, "sleep-2026").left == {"mirror": 1}


def test_sleep_files_count_every_row(read):
    """Repeated, broken and orphaned rows are told apart."""
    again = stage("REM", "29T01:00:00", "29T02:00:00")
    records = read(
        UserSleeps=sleep() * 2 + sleep(end="2026-03-28T21:00:00Z", key="2") + sleep("soon", key="3"),
        UserSleepStages=NIGHT + again + again.replace(ID, "4"),
    )
    sleeps, stages = tally_of(records, "UserSleeps_"), tally_of(records, "UserSleepStages_")
    assert (sleeps.rows, sleeps.used, sleeps.repeated, sleeps.rejected) == (4, 1, 1, 2)
    assert (stages.rows, stages.used, stages.repeated, stages.rejected) == (7, 5, 1, 1)
    reasons = [(one.reason, one.position) for one in of(records, Rejection)]
    assert reasons == [("end-before-start", 4), ("bad-date", 5), ("unknown-sleep", 8)]


def test_sleep_score_is_of_the_day_the_sleep_ended(read):
    """By the sleep's offset; -1 is no score; a day that the older table scores is a mirror."""
    rows = (
        f"{ID},1,DERIVED,+00:00,2026-03-28T23:59:00Z,78.4,-1,-1,20.5,58\n"
        "2,2,DERIVED,+09:00,2026-03-30T20:00:00Z,80,-1,-1,-1,0\n"
        "3,3,DERIVED,+09:00,2026-04-01T20:00:00Z,-1,-1,-1,-1,57\n"
        "4,4,DERIVED,+00:00,2026-04-05T08:00:00Z,81,-1,-1,-1,0\n"
    )
    older = "sleep_log_entry_id,timestamp,overall_score\n7,2026-04-05T08:00:00Z,82\n"
    records = read(UserSleeps=sleep(), UserSleepScores=rows, others={"sleep_score.csv": older})
    found = [(date_of_day(one.day).isoformat(), one.score, one.value) for one in of(records, Score)]
    assert sorted(found) == [
        ("2026-03-29", "fitbit_sleep_resting_heart_rate", 58),
        ("2026-03-29", "fitbit_sleep_score", 78.4),
        ("2026-03-29", "fitbit_sleep_score_revitalization", 20.5),
        ("2026-03-31", "fitbit_sleep_score", 80),
        ("2026-04-05", "fitbit_sleep_score", 82),
    ]
    tally = tally_of(records, "UserSleepScores")
    assert (tally.rows, tally.used, tally.left) == (4, 2, {"no-value": 1, "mirror": 1})


def exercise(key, start, end, *cells):
    return ",".join((key, f"2026-03-29T{start}Z", f"2026-03-29T{end}Z", "+02:00", *cells)) + "\n"


WALK = exercise(
    "11", "10:00:00", "10:40:00", "Outdoor Walk", "TRACKER", "210", "4100", "3050500", "12500", "104", "131",
    "0", '"{""walk"":0.9,""run"":0.1}"', "", "Berlin",
)  # fmt: skip


def test_exercise_is_a_workout_in_metres(read):
    """Millimetres become metres, the name a word; places and probabilities stay out."""
    (workout,) = of(read(UserExercises=WALK), Workout)
    assert (workout.key, workout.activity, workout.offset_min) == ("11", "walking", 120)
    assert (workout.end - workout.start) // MINUTE_NS == 40
    assert (workout.distance_m, workout.elevation_gain_m) == (3050.5, 12.5)
    assert (workout.energy_kcal, workout.hr_mean, workout.hr_max) == (210, 104, 131)
    assert workout.details == {
        "activity_name": "Outdoor Walk",
        "log_type": "TRACKER",
        "tracker_total_steps": 4100,
    }


def test_exercise_with_a_log_or_deleted_is_left(read):
    """The log of the same start has the figures; what was deleted stays so; zeros are no measurements."""
    rows = (
        WALK
        + exercise(
            "12", "12:00:00", "12:30:00", "Bike", "AUTO_DETECTED", "", "", "", "", "", "", "", "", "", ""
        )
        + exercise(
            "13", "14:00:00", "14:30:00", "Run", "TRACKER", "0", "0", "0", "0", "0", "0", "99", "", "", ""
        )
        + exercise(
            "14", "16:00:00", "16:30:00", "Run", "TRACKER", "9", "", "", "", "", "", "", "", "USER", ""
        )
    )
    log = [{"logId": 5, "activityName": "Bike", "startTime": "03/29/26 12:00:00", "duration": 1_800_000}]
    records = read(UserExercises=rows, others={"exercise-0.json": json.dumps(log)})
    assert sorted(workout.key for workout in of(records, Workout)) == ["11", "13", "5"]
    run = next(workout for workout in of(records, Workout) if workout.key == "13")
    assert (run.activity, run.energy_kcal, run.hr_mean, run.distance_m) == ("running", 99, None, None)
    tally = tally_of(records, "UserExercises")
    assert (tally.rows, tally.used, tally.left) == (4, 2, {"mirror": 1, "deleted": 1})


def test_exercise_of_offset_zero_takes_that_of_a_later_row(read):
    """What a table says of the zone counts for all of its rows, in whatever order they are."""
    rows = exercise("1", "10:00:00", "10:30:00").replace("+02:00", "+00:00")
    rows += exercise("2", "15:00:00", "15:30:00")
    assert [one.offset_min for one in of(read(UserExercises=rows), Workout)] == [120, 120]
