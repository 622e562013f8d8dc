"""What the Health Connect adapter makes of records: times, origins, series, sleeps, workouts, counts."""

from __future__ import annotations

import json
import runpy
import zipfile
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from adapters.base import Options
from adapters.health_connect import ADAPTER
from vault.records import Device, Rejection, Samples, SleepSession, Stream, StrengthSet, Tally, Workout
from vault.time import UNKNOWN_OFFSET, date_of_day, local_days, parse_instant

W = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("health_connect_writer.py"))))
DB = "health_connect_export.db"
TOKYO = 32_400
SPAN = ("2025-03-30T09:00+02:00", "2025-03-30T09:15+02:00")


def read(writer, folder):
    return list(ADAPTER.read(writer.save(folder / DB), Options()))


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def samples(metric, records):
    return [batch for batch in of(Samples, records) if batch.metric == metric]


def tally(records):
    """Return (used, rejected, left) of the database, without the two tables of who measured."""
    (one,) = of(Tally, records)
    return one.used - len(W.APPS) - len(W.DEVICES), one.rejected, dict(one.left)


def ns(text):
    return parse_instant(text)[0]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
def test_local_days_come_from_the_records_own_offset(tmp_path, zone):
    """Over the change of the clocks and after a flight, wherever home is, the day is that of the record."""
    w = W.Writer()
    for time, offset in (
        ("2025-03-30T00:30+01:00", 3_600),
        ("2025-03-30T23:30+02:00", 7_200),
        ("2025-04-01T23:30+02:00", 7_200),
        ("2025-04-02T23:30+09:00", TOKYO),
        ("2025-04-03T00:30+09:00", TOKYO),
    ):
        w.instant("weight_record_table", time, offset, weight=80_000.0)
    (batch,) = samples("body_mass", read(w, tmp_path))
    days = [str(date_of_day(day)) for day in local_days(batch.start, batch.offset_min, ZoneInfo(zone))]
    assert days == ["2025-03-30", "2025-03-30", "2025-04-01", "2025-04-02", "2025-04-03"]
    assert batch.start[0] == ns("2025-03-29T23:30+00:00")


@pytest.mark.parametrize("offset", [None, 0, 64_801, "x"])
def test_an_offset_that_is_none_is_unknown(tmp_path, offset):
    """Empty, zero or further than the world is wide: the instant stands, the place is not known."""
    w = W.Writer()
    w.instant("weight_record_table", "2025-03-30T09:00+02:00", offset, weight=80_000.0)
    (batch,) = samples("body_mass", read(w, tmp_path))
    assert (batch.start[0], batch.offset_min[0]) == (ns("2025-03-30T07:00+00:00"), UNKNOWN_OFFSET)


def test_each_app_is_a_source_of_its_own(tmp_path):
    """The same steps by two apps are two sources, each with its app and its device; nothing is summed."""
    w = W.Writer()
    w.interval("steps_record_table", *SPAN, count=540)
    w.interval("steps_record_table", *SPAN, count=512, app_info_id=2, device_info_id=3)
    w.interval("steps_record_table", *SPAN, count=500, app_info_id=9, device_info_id=None)
    (batch,) = samples("steps", read(w, tmp_path))
    origins = [batch.origins[at] for at in batch.origin]
    assert [(one.source, one.app) for one in origins] == [
        ("Samsung Health (SM-R940)", "samsung_health"),
        ("Fitbit (fitness band)", "fitbit"),
        ("Health Connect", ""),
    ]
    assert [one.device for one in origins] == [
        Device(name="SM-R940", manufacturer="samsung", model="SM-R940"),
        Device(name="fitness band"),
        None,
    ]
    assert batch.value.tolist() == [540.0, 512.0, 500.0]


def test_phone_and_watch_of_one_app_are_two_sources(tmp_path):
    """The vault adds up what one source says, so the same steps counted twice must be two sources'."""
    w = W.Writer()
    for device in (1, 2):
        w.interval("steps_record_table", *SPAN, count=500, device_info_id=device)
    (batch,) = samples("steps", read(w, tmp_path))
    names = [batch.origins[at].source for at in batch.origin]
    assert names == ["Samsung Health (SM-R940)", "Samsung Health (Pixel 8)"]


def test_an_app_that_was_renamed_stays_the_same_source(tmp_path):
    """A known app is known by its package, so a later export with its new name tells nothing new."""
    w = W.Writer()
    w.run("UPDATE application_info_table SET app_name = 'Google Health' WHERE row_id = 2")
    w.interval("steps_record_table", *SPAN, count=500, app_info_id=2, device_info_id=None)
    (batch,) = samples("steps", read(w, tmp_path))
    assert batch.origins[batch.origin[0]].source == "Fitbit"


def test_an_app_without_a_name_goes_by_its_package(tmp_path):
    """Another app's package is its name, so that its samples have one."""
    w = W.Writer()
    w.add("application_info_table", row_id=3, package_name="org.example.scale", app_name=None)
    w.instant("weight_record_table", "2025-03-30T09:00+02:00", weight=80_000.0, app_info_id=3)
    (batch,) = samples("body_mass", read(w, tmp_path))
    assert batch.origins[batch.origin[0]].source == "org.example.scale (SM-R940)"


def test_notes_say_how_it_was_measured(tmp_path):
    """Codes that are kept as texts become words; what was typed in says so."""
    w = W.Writer()
    cells = {"systolic": 121.0, "diastolic": 79.0, "measurement_location": "3", "body_position": "2"}
    w.instant("blood_pressure_record_table", "2025-03-30T09:00+02:00", **cells, recording_method=3)
    w.instant("blood_pressure_record_table", "2025-03-30T10:00+02:00", **cells | {"body_position": "77"})
    (batch,) = samples("blood_pressure.systolic", read(w, tmp_path))
    assert [json.loads(batch.notes[at]) for at in batch.note] == [
        {
            "body_position": "sitting",
            "measurement_location": "left_upper_arm",
            "recording_method": "manual",
        },
        {"measurement_location": "left_upper_arm"},
    ]


def test_series_have_the_clock_and_the_origin_of_their_record(tmp_path):
    """Points know only their instant; one outside of its record's span counts, one of no record does not."""
    w = W.Writer()
    first = w.interval(
        "heart_rate_record_table", "2025-04-02T09:00+09:00", "2025-04-02T09:01+09:00", TOKYO, app_info_id=2
    )
    w.interval("heart_rate_record_table", "2025-04-02T10:00+09:00", "2025-04-02T10:01+09:00", TOKYO)
    for parent, time, value in (
        (first, "2025-04-02T09:00+09:00", 61),
        (first, "2025-04-02T09:05+09:00", 62),
        (99, "2025-04-02T09:00+09:00", 63),
        (first, "1912-04-02T09:00+09:00", 64),
        (first, "2025-04-02T09:06+09:00", None),
        (first, "2025-04-02T09:07+09:00", "fast"),
    ):
        when = W.ms(time)
        w.add("heart_rate_record_series_table", parent_key=parent, epoch_millis=when, beats_per_minute=value)
    records = read(w, tmp_path)
    (batch,) = samples("heart_rate", records)
    assert batch.value.tolist() == [61.0, 62.0]
    assert batch.start.tolist() == [ns("2025-04-02T00:00+00:00"), ns("2025-04-02T00:05+00:00")]
    assert set(batch.offset_min.tolist()) == {540}
    assert {batch.origins[at].source for at in batch.origin} == {"Fitbit (SM-R940)"}
    rejected = {one.reason: (one.position, one.count) for one in of(Rejection, records)}
    assert rejected == {"no-parent": (3, 1), "bad-date": (4, 1), "bad-value": (6, 1)}
    assert tally(records) == (2 + 1, 3, {"no-value": 1 + 1})


def test_skin_temperature_is_a_deviation_with_its_baseline(tmp_path):
    """Deltas are deviations in kelvin, never temperatures; the baseline stands beside them."""
    w = W.Writer()
    night = w.interval(
        "skin_temperature_record_table",
        "2025-03-30T23:00+02:00",
        "2025-03-31T07:00+02:00",
        measurement_location=3,
        baseline=34.4,
    )
    when = W.ms("2025-03-31T00:00+02:00")
    w.add("skin_temperature_delta_table", parent_key=night, epoch_millis=when, delta=-0.2)
    records = read(w, tmp_path)
    (deviation,) = samples("skin_temperature_deviation", records)
    (baseline,) = samples("health_connect:skin_temperature_baseline", records)
    assert (deviation.value[0], deviation.notes[deviation.note[0]]) == (
        -0.2,
        '{"measurement_location":"wrist"}',
    )
    assert (baseline.value[0], baseline.unit) == (34.4, "Cel")


def test_numbers_that_stand_for_nothing_are_nothing(tmp_path):
    """Java's smallest double and float are what is written where nothing was said; zero is a number."""
    w = W.Writer()
    span = ("2025-03-30T09:00+02:00", "2025-03-30T09:15+02:00")
    w.interval("nutrition_record_table", *span, energy=4.9e-324, protein=0.0, caffeine=1.4e-45, meal_type=1)
    w.interval("nutrition_record_table", *span, energy=4.9e-324)
    records = read(w, tmp_path)
    assert [batch.metric for batch in of(Samples, records)] == ["protein_intake"]
    assert tally(records) == (1, 0, {"no-value": 1})


def test_a_night_is_that_of_its_morning(tmp_path):
    """Over the change of the clocks a sleep has the offset it ended in, and tells the other too."""
    w = W.Writer()
    night = w.interval(
        "sleep_session_record_table",
        "2025-03-29T23:00+01:00",
        "2025-03-30T07:00+02:00",
        start_zone_offset=3_600,
        title="Night",
    )
    begin = W.ms("2025-03-29T23:00+01:00")
    for at, kind in enumerate((7, 4, 5, 6, 2, 3, 0)):
        w.add(
            "sleep_stages_table",
            parent_key=night,
            stage_start_time=begin + at * 3_600_000,
            stage_end_time=begin + (at + 1) * 3_600_000,
            stage_type=kind,
        )
    (sleep,) = of(SleepSession, read(w, tmp_path))
    assert (sleep.start, sleep.end) == (ns("2025-03-29T22:00+00:00"), ns("2025-03-30T05:00+00:00"))
    assert sleep.offset_min == 120
    assert sleep.key == "00000000-0000-0000-0000-000000000001"
    assert [stage for _, _, stage in sleep.stages] == [
        "awake", "light", "deep", "rem", "asleep", "awake", "unknown",
    ]  # fmt: skip
    assert sleep.details == {"title": "Night", "start_offset_min": 60, "end_offset_min": 120}


def test_a_gym_session_has_sets_laps_and_effort(tmp_path):
    """Segments with repetitions are sets from 1 on; a pause is taken off the time; garbage effort is none."""
    w = W.Writer()
    gym = w.interval(
        "exercise_session_record_table",
        "2025-04-02T18:00+09:00",
        "2025-04-02T19:00+09:00",
        TOKYO,
        exercise_type=45,
        title="Legs",
        session_rate_of_perceived_exertion=7.5,
    )
    begin = W.ms("2025-04-02T18:00+09:00")
    for minute, kind, repetitions, grams, effort in (
        (0, 55, 10, 60_000.0, 8.0),
        (2, 67, 0, None, None),
        (3, 50, 6, None, 1.4e-45),
    ):
        w.add(
            "exercise_segments_table",
            parent_key=gym,
            segment_start_time=begin + minute * 60_000,
            segment_end_time=begin + (minute + 1) * 60_000,
            segment_type=kind,
            repetitions_count=repetitions,
            weight_grams=grams,
            set_index=minute,
            rate_of_perceived_exertion=effort,
        )
    w.add(
        "exercise_laps_table",
        parent_key=gym,
        lap_start_time=begin,
        lap_end_time=begin + 60_000,
        lap_length=400.0,
    )
    records = read(w, tmp_path)
    (workout,) = of(Workout, records)
    assert (workout.activity, workout.offset_min, workout.duration_s) == ("strength_training", 540, 3_540.0)
    assert workout.details["laps"] == [
        {"start": "2025-04-02T09:00:00Z", "end": "2025-04-02T09:01:00Z", "length_m": 400.0}
    ]
    assert [one["type"] for one in workout.details["segments"]] == ["pause"]
    sets = [
        (one.index, one.exercise, one.repetitions, one.load_kg, one.rpe) for one in of(StrengthSet, records)
    ]
    assert sets == [(1, "squat", 10, 60.0, 8.0), (2, "pull_up", 6, None, None)]
    (effort,) = samples("rpe_session", records)
    assert effort.value.tolist() == [7.5]


def test_a_route_is_a_stream_of_its_workout(tmp_path):
    """Points are sorted; 0, 0 and unset accuracies are missing; points that come back are another part."""
    w = W.Writer()
    runs = [
        w.interval(
            "exercise_session_record_table", f"2025-03-30T{hour}:00+02:00", f"2025-03-30T{hour}:30+02:00",
            exercise_type=33,
        )
        for hour in ("08", "18")
    ]  # fmt: skip
    for parent, second, latitude in (
        (runs[0], 1, 52.5), (runs[0], 0, 0.0), (runs[1], 0, 52.6), (runs[0], 2, 52.7), (99, 0, 52.8),
    ):  # fmt: skip
        w.add(
            "exercise_route_table",
            parent_key=parent,
            timestamp_millis=W.ms("2025-03-30T08:00+02:00") + second * 1_000,
            latitude=latitude,
            longitude=13.4 if latitude else 0.0,
            altitude=35.0,
            horizontal_accuracy=3.0,
            vertical_accuracy=4.9e-324,
        )
    records = read(w, tmp_path)
    streams = of(Stream, records)
    first, second = (one.key for one in of(Workout, records))
    assert [(one.workout, one.part) for one in streams] == [(first, ""), (second, ""), (first, "2")]
    np.testing.assert_array_equal(streams[0].columns["latitude"], [np.nan, 52.5])
    assert "vertical_accuracy" not in streams[0].columns
    assert tally(records) == (2 + 4, 1, {})


@pytest.mark.parametrize("version", [0, 9, 10, 23, 99_999])
def test_versions_differ_by_columns_only(tmp_path, version):
    """Whatever number it has, what is there is read; columns of later versions are not missed in earlier."""
    w = W.Writer(version)
    w.run("ALTER TABLE exercise_session_record_table DROP COLUMN session_rate_of_perceived_exertion")
    w.run("DROP TABLE exercise_segments_table")
    w.interval(
        "exercise_session_record_table", "2025-03-30T08:00+02:00", "2025-03-30T08:30+02:00", exercise_type=33
    )
    (workout,) = of(Workout, read(w, tmp_path))
    assert workout.activity == "running"


def test_every_row_of_every_table_is_counted(tmp_path):
    """The tally has the rows that SQL counts, in tables that are read, left on purpose or not known."""
    w = W.small()
    w.run("CREATE TABLE sexual_activity_record_table (row_id INTEGER PRIMARY KEY, protection_used INTEGER)")
    w.run("CREATE TABLE new_record_table (row_id INTEGER PRIMARY KEY)")
    for name in ("sexual_activity_record_table", "new_record_table"):
        w.run(f"INSERT INTO {name} (row_id) VALUES (1), (2)")
    w.run("INSERT INTO preference_table VALUES ('a', 'b')")
    names = w.run("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    rows = sum(w.run(f"SELECT count(*) FROM {name}").fetchone()[0] for (name,) in names.fetchall())
    (whole,) = of(Tally, read(w, tmp_path))
    assert whole == Tally(DB, rows, rows - 5, 0, 0, {"no-metric": 2, "unknown-table": 2, "not-health": 1})


def test_zip_folder_and_file_say_the_same(tmp_path):
    """In a zip the database is read in memory, else where it lies; files beside it are left."""
    path = W.small().save(tmp_path / DB)
    packed = tmp_path / "Health Connect.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        target.write(path, DB)
    packed.rename(tmp_path.parent / packed.name)
    (tmp_path / f"{DB}-wal").write_bytes(b"log")
    said = [
        [
            repr(one)
            for one in ADAPTER.read(place, Options())
            if isinstance(one, Workout | StrengthSet | SleepSession)
        ]
        for place in (path, tmp_path, tmp_path.parent / packed.name)
    ]
    assert said[0] == said[1] == said[2]
    left = [
        one for one in of(Tally, ADAPTER.read(tmp_path, Options())) if one.left == {"log-beside-database": 1}
    ]
    assert [one.file for one in left] == [f"{DB}-wal"]
