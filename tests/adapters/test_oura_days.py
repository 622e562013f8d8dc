"""Oura's days, streams, workouts and sessions; what its tables say; and what becomes of odd files."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from importlib.resources import files
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from adapters.base import Options
from adapters.formats.sheets import plain
from adapters.oura import ADAPTER
from adapters.oura.documents import rows as table_rows
from vault.metrics import find, is_vendor_coded
from vault.records import Rejection, Samples, Score, Tally, Workout
from vault.time import UNKNOWN_OFFSET, day_of_date, parse_instant

DAY = day_of_date(date(2025, 3, 30))
ACTIVITY = {
    "id": "a1",
    "day": "2025-03-30",
    "timestamp": "2025-03-30T04:00:00+02:00",
    "score": 81,
    "steps": 8123,
    "active_calories": 410,
    "total_calories": 2490,
    "high_activity_time": 600,
    "sedentary_time": 30000,
    "class_5_min": "01",
    "met": {"interval": 60.0, "items": [0.1] * 5 + [1.1, 1.4], "timestamp": "2025-03-30T04:00:00+02:00"},
    "contributors": {"stay_active": 70, "training_volume": None},
}

OXYGEN = {"day": "2025-03-30", "spo2_percentage": {"average": 97.1}, "breathing_disturbance_index": 3}

AGE = {"day": "2025-03-30", "vascular_age": 31, "pulse": 6.5, "user_id": 7}


def ns(text):
    return parse_instant(text)[0]


@pytest.fixture
def read(tmp_path):
    """Return the records of files, ``read({"a.json": ...}, zone, home)``; JSON unless it is a text."""

    def records(files, zone=None, home=None):
        for name, content in files.items():
            place = tmp_path / name
            place.parent.mkdir(exist_ok=True)
            place.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return list(ADAPTER.read(tmp_path, Options(zone, home=home)))

    return records


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def rows(records, metric):
    """Return (start, end, offset, value) of each sample of a metric."""
    return [
        (
            int(batch.start[row]),
            int(batch.end[row]),
            int(batch.offset_min[row]),
            batch.codes[batch.value[row]] if batch.codes else float(batch.value[row]),
        )
        for batch in of(Samples, records)
        if batch.metric == metric
        for row in range(len(batch))
    ]


def scores(records):
    return {one.score: (one.day, one.value, one.unit) for one in of(Score, records)}


def test_day_of_activity_begins_at_four(read):
    """Totals of the day are of that day; times are Oura's, in minutes."""
    found = read({"a.json": {"data": [ACTIVITY]}})
    start, end = ns("2025-03-30T04:00:00+02:00"), ns("2025-03-31T04:00:00+02:00")
    assert rows(found, "steps_daily") == [(start, end, 120, 8123.0)]
    assert rows(found, "total_energy_daily") == [(start, end, 120, 2490.0)]
    assert rows(found, "steps") == []
    assert scores(found) == {
        "oura_activity_score": (DAY, 81.0, ""),
        "oura_active_energy": (DAY, 410.0, "kcal"),
        "oura_high_activity_time": (DAY, 10.0, "min"),
        "oura_sedentary_time": (DAY, 500.0, "min"),
        "oura_activity_stay_active_score": (DAY, 70.0, ""),
    }


def test_met_of_a_minute_is_none_where_the_ring_was_not_worn(read):
    """The first five minutes have class 0."""
    found = read({"a.json": {"data": [ACTIVITY]}})
    minute = 60 * 10**9
    first = ns("2025-03-30T04:05:00+02:00")
    assert rows(found, "met") == [
        (first, first + minute, 120, 1.1),
        (first + minute, first + 2 * minute, 120, 1.4),
    ]


def test_day_on_which_the_ring_lay_in_a_drawer_has_no_steps(read):
    """No zero is made of it."""
    idle = ACTIVITY | {"class_5_min": "0" * 288, "steps": 0, "day": "2025-03-31"}
    found = read({"a.json": {"data": [idle, ACTIVITY]}})
    assert len(rows(found, "steps_daily")) == 1
    assert of(Tally, found) == [Tally("a.json", 2, 1, 0, 0, {"not-worn": 1})]


@pytest.mark.parametrize("written", ["2025-03-30T00:00:00+00:00", None])
@pytest.mark.parametrize(
    ("zone", "start", "offset"),
    [
        ("Europe/Berlin", "2025-03-30T04:00:00+02:00", 120),
        ("America/New_York", "2025-03-30T04:00:00-04:00", -240),
        ("Asia/Kolkata", "2025-03-30T04:00:00+05:30", 330),
        ("Pacific/Auckland", "2025-03-30T04:00:00+13:00", 780),
    ],
)
def test_day_without_an_offset_is_that_of_the_zone(read, written, zone, start, offset):
    """Midnight in UTC is how Oura writes a date; it is no offset."""
    document = {"a.json": {"data": [ACTIVITY | {"timestamp": written}]}}
    assert [row[0::2] for row in rows(read(document, ZoneInfo(zone)), "steps_daily")] == [(ns(start), offset)]
    at_home = rows(read(document, home=ZoneInfo(zone)), "steps_daily")
    assert [row[0::2] for row in at_home] == [(ns(start), UNKNOWN_OFFSET)]


def test_contributors_are_scores_and_never_values(read):
    """88 is how good the resting heart rate is, not how fast."""
    readiness = {
        "day": "2025-03-30",
        "score": 77,
        "temperature_deviation": -0.15,
        "contributors": {"resting_heart_rate": 88, "body_temperature": 97, "hrv_balance": None},
    }
    found = read({"readiness.json": {"data": [readiness]}})
    assert scores(found) == {
        "oura_readiness_score": (DAY, 77.0, ""),
        "oura_readiness_resting_heart_rate_score": (DAY, 88.0, ""),
        "oura_readiness_body_temperature_score": (DAY, 97.0, ""),
    }
    assert {batch.metric for batch in of(Samples, found)} == {"skin_temperature_deviation"}
    assert [row[3] for row in rows(found, "skin_temperature_deviation")] == [-0.15]


def test_other_days_become_what_the_table_says(read):
    """Zero per cent of oxygen is none; words are kept; a number nobody knows keeps Oura's name."""
    found = read({
        "all.json": {
            "daily_spo2": {
                "data": [
                    OXYGEN,
                    {"day": "2025-03-31", "spo2_percentage": {"average": 0.0}},
                ]
            },
            "daily_stress": {"data": [{"day": "2025-03-30", "stress_high": 1800, "day_summary": "normal"}]},
            "daily_resilience": {
                "data": [{"day": "2025-03-30", "level": "solid", "contributors": {"sleep_recovery": 60.5}}]
            },
            "daily_cardiovascular_age": {"data": [AGE]},
            "vO2_max": {"data": [{"day": "2025-03-30", "vo2_max": 44.5}]},
        }
    })  # fmt: skip
    assert [row[3] for row in rows(found, "spo2_avg")] == [97.1]
    assert [row[3] for row in rows(found, "oura:stress_day_summary")] == ["normal"]
    assert [row[3] for row in rows(found, "oura:resilience_level")] == ["solid"]
    assert [row[3] for row in rows(found, "vo2_max")] == [44.5]
    assert scores(found) == {
        "oura_breathing_disturbance_index": (DAY, 3.0, ""),
        "oura_stress_high": (DAY, 30.0, "min"),
        "oura_resilience_sleep_recovery_score": (DAY, 60.5, ""),
        "oura_vascular_age": (DAY, 31.0, "a"),
        "oura_cardiovascular_age_pulse": (DAY, 6.5, ""),
    }
    assert of(Tally, found) == [Tally("all.json", 6, 5, 0, 0, {"no-value": 1})]


def test_heart_rates_are_instants_of_no_known_place(read):
    """Their UTC is a machine's; a zone that was told gives the offset. Zero is no heart rate."""
    text = (
        "timestamp;bpm;source\n2025-03-30T00:59:00.000Z;61;rest\n2025-03-30T01:00:00+00:00;62;rest\n"
        "2025-03-30T05:00:00+02:00;63;awake\n2025-03-30T06:00:00Z;0;awake\nnoon;64;awake\n"
    )
    first = [ns(f"2025-03-30T{clock}Z") for clock in ("00:59:00", "01:00:00", "03:00:00")]
    found = read({"heartrate.csv": text})
    assert [row[0::2] for row in rows(found, "heart_rate")] == [
        (first[0], UNKNOWN_OFFSET), (first[1], UNKNOWN_OFFSET), (first[2], 120)
    ]  # fmt: skip
    told = read({"heartrate.csv": text}, ZoneInfo("Europe/Berlin"))
    assert [row[2] for row in rows(told, "heart_rate")] == [60, 120, 120]
    assert of(Rejection, found) == [Rejection("bad-date", "heartrate.csv", 6)]
    assert of(Tally, found) == [Tally("heartrate.csv", 5, 3, 0, 1, {"no-value": 1})]


def test_half_a_million_heart_rates_come_in_batches(read):
    """Each is there once, and none waits for all."""
    clock = np.datetime_as_string(np.datetime64("2025-01-01T00:00:00") + np.arange(140_000), unit="s")
    text = "timestamp;bpm;source\n" + "".join(f"{one}Z;60;rest\n" for one in clock)
    batches = of(Samples, read({"heartrate.csv": text}))
    assert [len(batch) for batch in batches] == [65_536, 65_536, 8_928]


def test_workout_and_session(read):
    """HRV of breathing on purpose is never the night's."""
    workout = {
        "id": "w1", "day": "2025-03-30", "activity": "crossCountrySkiing", "intensity": "hard", "distance": 0,
        "calories": 210.5, "label": "with Kim", "source": "manual",
        "start_datetime": "2025-03-30T10:00:00+02:00", "end_datetime": "2025-03-30T10:40:00+02:00",
    }  # fmt: skip
    session = {
        "id": "b1", "day": "2025-03-30", "type": "breathing", "mood": "great",
        "start_datetime": "2025-03-30T21:40:00+02:00", "end_datetime": "2025-03-30T21:45:00+02:00",
        "heart_rate_variability": {"interval": 5.0, "items": [80.0], "timestamp": None},
    }  # fmt: skip
    found = read({"a.json": {"workout": {"data": [workout, workout]}, "session": {"data": [session]}}})
    (one,) = of(Workout, found)
    assert (one.key, one.activity, one.distance_m, one.energy_kcal) == (
        "w1", "cross_country_skiing", None, 210.5
    )  # fmt: skip
    assert one.details == {"activity": "crossCountrySkiing", "intensity": "hard", "source": "manual"}
    assert [row[3] for row in rows(found, "mindfulness")] == [5.0]
    assert [row[3] for row in rows(found, "oura:session_hrv")] == [80.0]
    assert rows(found, "hrv_rmssd") == []
    assert of(Tally, found) == [Tally("a.json", 3, 2, 1, 0)]


def test_private_words_and_unknown_files_are_counted(read):
    """Every file of an export is in a tally or a rejection."""
    found = read({
        "App Data/dailyspo2.csv": 'id;day;spo2_percentage\no;2025-03-30;{"average": 96}\n',
        "App Data/enhancedtag.csv": "id;tag_type_code;comment\nt;tag_generic_alcohol;secret\n",
        "App Data/rawlocation.csv": "timestamp;latitude\n2025-03-30T00:00:00Z;52\n",
        "App Data/meal.csv": "id;name\n1;x\n",
        "Subscriptions/invoice.pdf": "%PDF",
        "notes.txt": "hello",
    })  # fmt: skip
    assert {one.file: dict(one.left) for one in of(Tally, found)} == {
        "App Data/dailyspo2.csv": {},
        "App Data/enhancedtag.csv": {"private-words": 1},
        "App Data/rawlocation.csv": {"places": 1},
        "App Data/meal.csv": {"not-read": 1},
        "Subscriptions/invoice.pdf": {"account": 1},
    }
    assert of(Rejection, found) == [Rejection("not-recognised", "notes.txt", 0)]
    assert "secret" not in repr(found)


@pytest.mark.parametrize("cell", ['{"average": ', "{" * 9_000, "{'average': [}", '{"average": "x"}'])
def test_cell_that_is_no_json_is_no_value(read, cell):
    """The row says nothing, and the next one is read."""
    text = f"id;day;spo2_percentage\no;2025-03-30;{cell}\np;2025-03-31;{{'average': 96.5}}\n"
    found = read({"dailyspo2.csv": text})
    assert [row[3] for row in rows(found, "spo2_avg")] == [96.5]
    assert of(Tally, found)[0].left == {"no-value": 1}


def test_tables_name_metrics_of_the_catalogue_or_ouras_own():
    """A catalogue metric has no unit of its own; every row is a number that can be read, or a word."""
    for row in table_rows("fields.csv"):
        assert row["becomes"] in ("score", "night", "day", "word")
        assert row["name"].startswith("oura_") if row["becomes"] == "score" else True
        assert row["becomes"] == "word" or float(row["divisor"]) > 0
    named = [(row["name"], row["unit"]) for row in table_rows("fields.csv") if row["becomes"] != "score"]
    for which in ("night", "nap"):
        named += [(row[which], row[f"{which}_unit"]) for row in table_rows("sleep.csv")]
    named += [(row["metric"], row["unit"]) for row in table_rows("readings.csv")]
    for name, unit in named:
        assert is_vendor_coded(name) != (name in ADAPTER.coverage.metrics), name
        assert is_vendor_coded(name) or (find(name) and not unit), name


def test_tables_agree_with_each_other():
    """No name stands twice, trends lead to what is read, words are the project's."""
    fields = {(row["collection"], row["key"]) for row in table_rows("fields.csv")}
    assert len(fields) == len(table_rows("fields.csv"))
    columns = Counter(plain(row["column"]) for row in table_rows("trends.csv"))
    assert set(columns.values()) == {1}
    for row in table_rows("trends.csv"):
        is_known = (row["collection"], row["key"]) in fields or row["key"].startswith("contributors.")
        assert is_known or row["collection"] == "sleep", row
    for row in table_rows("collections.csv"):
        assert bool(row["collection"]) != bool(row["left"]), row
    text = files("vault.merge").joinpath("activities.csv").read_text("utf-8")
    known = {row["activity"] for row in csv.DictReader(text.splitlines())}
    assert {row["word"] for row in table_rows("activities.csv")} <= known
