"""Withings' raw files, nights and activities: lists in cells, states joined with nights, places."""

from __future__ import annotations

import csv
import io
import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Options
from adapters.formats.counting import Count
from adapters.withings import ADAPTER
from adapters.withings.entries import Entry
from adapters.withings.layouts import kind_of
from adapters.withings.raw import Rows
from vault.records import Rejection, Samples, SleepSession, Stream, Tally, Workout
from vault.time import format_instant, zone

W = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("samsung_writer.py"))))

RAW = ["start", "duration", "value"]
SLEEP = [
    "from", "to", "light (s)", "deep (s)", "rem (s)", "awake (s)", "wake up", "Duration to sleep (s)",
    "Duration to wake up (s)", "Snoring (s)", "Snoring episodes", "Average heart rate", "Heart rate (min)",
    "Heart rate (max)", "Night events",
]  # fmt: skip
GERMAN = [
    "von", "bis", "leicht (s)", "tief (s)", "rem (s)", "wach (s)", "Aufwachen", "Dauer des Schlafs (s)",
    "Dauer bis zum Wachwerden (s)", "Schnarchen (s)", "Schnarchepisoden", "Durchschnittliche Herzfrequenz",
    "Herzfrequenz (min)", "Herzfrequenz (max)", "Night events",
]  # fmt: skip
POLISH = ["od", "do", "lekki (s)", "głęboki (s)", "rem (s)", "czuwanie (s)", "pobudki", "do snu (s)",
          "do wstania (s)", "chrapanie (s)", "epizody", "tętno", "tętno (min)", "tętno (max)",
          "zdarzenia"]  # fmt: skip
SPANISH = ["de", "a", "ligero (s)", "profundo (s)", "rem (s)", "despierto (s)", "despertar", *SLEEP[7:]]
NIGHT = [
    "2025-03-29T23:30:00+01:00", "2025-03-30T03:31:00+02:00", "3600", "5400", "1800", "60", "1", "600", "0",
    "0", "0", "54", "48", "71", "{}", "",
]  # fmt: skip
ACTIVITIES = [
    "from", "to", "from (manual)", "to (manual)", "Timezone", "Activity type", "Data", "GPS", "Modified",
]  # fmt: skip


def sheet(header, *rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode()


@pytest.fixture
def read(tmp_path):
    """Write files of an export and read them."""

    def read(files, **options):
        return list(ADAPTER.read(W.write(tmp_path, files), Options(**options)))

    return read


def test_bins_of_a_row_follow_each_other(read):
    """A bin begins where the one before it ends; 0 is no heart rate; the offset is the row's."""
    rows = [
        ["2025-03-30T01:59:00+01:00", "[30,60,10]", "[61,0,63.5]"],
        ["2025-03-30T03:00:10+02:00", "[5]", "[64]"],
    ]
    assert W.told(read({"raw_hr_hr.csv": sheet(RAW, *rows)})) == [
        ("heart_rate", "2025-03-30T01:59:00+01:00", "2025-03-30T01:59:30+01:00", 61.0),
        ("heart_rate", "2025-03-30T02:00:30+01:00", "2025-03-30T02:00:40+01:00", 63.5),
        ("heart_rate", "2025-03-30T03:00:10+02:00", "2025-03-30T03:00:15+02:00", 64.0),
    ]


@pytest.mark.parametrize(
    ("name", "metric", "unit", "source"),
    [
        ("raw_hr_hr.csv", "heart_rate", "", "Withings"),
        ("raw_tracker_hr.csv", "heart_rate", "", "Withings tracker"),
        ("raw_bed_hr.csv", "heart_rate", "", "Withings sleep mat"),
        ("raw_bed_HR RMS SD.csv", "hrv_rmssd", "", "Withings sleep mat"),
        ("raw_heart_rate_variability_HR SD NN.csv", "hrv_sdnn", "", "Withings"),
        ("raw_spo2_auto_spo2.csv", "spo2", "", "Withings"),
        ("raw_bed_respiratory-rate.csv", "respiratory_rate", "", "Withings sleep mat"),
        ("raw_tracker_steps.csv", "steps", "", "Withings tracker"),
        ("raw_tracker_calories-earned.csv", "active_energy", "", "Withings tracker"),
        ("raw_tracker_elevation.csv", "withings:elevation", "m", "Withings tracker"),
    ],
)
def test_raw_file_is_what_its_name_says(read, name, metric, unit, source):
    """Quantity and device are in the name; RMSSD and SDNN are never one series; -1 is no value."""
    records = read({name: sheet(RAW, ["2025-03-30T01:00:00+01:00", "[60,60]", "[41,-1]"])})
    (batch,) = W.kept(records, Samples)
    assert (batch.metric, batch.unit, batch.origins[0].source) == (metric, unit, source)
    assert batch.value.tolist() == [41.0]


@pytest.mark.parametrize(
    ("name", "notes"),
    [
        ("raw_bed_HR RMS SD.csv", [{"window": "1min"}, {"window": "5min"}, None]),
        ("raw_sleep-monitor_HR SD NN.csv", [{"window": "1min"}, {"window": "5min"}, None]),
        ("raw_heart_rate_variability_HR RMS SD.csv", [None, None, None]),
        ("raw_bed_hr.csv", [None, None, None]),
    ],
)
def test_variability_of_the_mat_has_the_window_of_its_bin(read, name, notes):
    """Who lies on the mat sleeps: a bin of whole minutes is a window of the night. Watches see days too."""
    records = read({name: sheet(RAW, ["2025-03-29T23:50:00+01:00", "[60,300,10]", "[41,42,43]"])})
    assert W.notes(records, W.kept(records, Samples)[0].metric) == notes


@pytest.mark.parametrize(
    ("states", "stages"), [("[0,1,2]", ["awake", "light", "deep"]), ("[0,1,1]", ["awake", "asleep"])]
)
def test_sleep_monitor_that_knows_deep_sleep_knows_light(read, states, stages):
    """A monitor without stages says 1 for any sleep; one that has them says 1 for light, as all others do."""
    rows = sheet(RAW, ["2025-03-29T23:30:00+01:00", "[60,1800,1800]", states])
    records = read({"sleep.csv": sheet(SLEEP, NIGHT[:15]), "raw_sleep-monitor_sleep-state.csv": rows})
    (night,) = W.kept(records, SleepSession)
    assert [stage for _, _, stage in night.stages] == stages


@pytest.mark.parametrize(
    ("duration", "value", "reason"),
    [
        ("[60]", "[1,2]", "bad-value"),
        ("[60", "[1]", "bad-value"),
        ("[-60]", "[1]", "bad-value"),
        ("[1e300]", "[1]", "bad-value"),
        ("[" * 5_000, "[1]", "bad-value"),
        ("{}", "[1]", "bad-value"),
        ("[9" + ",9" * (3 << 20) + "]", "[1]", "bad-value"),
    ],
)
def test_lists_that_do_not_fit_cost_their_row(read, duration, value, reason):
    """Lists of two lengths, no lists, times that run backwards, and cells too long to be a row."""
    good = ["2025-03-30T02:00:00+01:00", "[60,null]", '[61,"62"]']
    records = read({"raw_hr_hr.csv": sheet(RAW, ["2025-03-30T01:00:00+01:00", duration, value], good)})
    assert W.kept(records, Rejection) == [
        Rejection(reason, "raw_hr_hr.csv", 2),
        Rejection("bad-value", "raw_hr_hr.csv", 3),
    ]
    good[1] = "[60,60]"
    assert len(W.told(read({"raw_hr_hr.csv": sheet(RAW, good)}))) == 2


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 600), st.integers(0, 200)), max_size=5), min_size=1, max_size=8
    )
)
def test_columns_are_what_a_loop_would_make(rows):
    """Laid out at once, bins are where adding up one duration after the other puts them."""
    waiting, expected = Rows(), []
    for line, bins in enumerate(rows):
        start = 1_743_206_400 + 10_000 * line
        row = {
            "start": format_instant(start * 10**9, 120),
            "duration": json.dumps([length for length, _ in bins]),
            "value": json.dumps([value for _, value in bins]),
        }
        entry = Entry(row, line, kind_of("raw_hr_hr.csv"), {}, None, Count("x"))
        assert waiting.add(entry) == ""
        for length, value in bins:
            expected.append((start, start + length, float(value), line))
            start += length
    found = waiting.bins()
    columns = (found.start // 10**9, found.end // 10**9, found.value, found.row)
    assert list(zip(*(column.tolist() for column in columns))) == expected
    assert set(found.offset_min.tolist()) <= {120}


@pytest.mark.parametrize(
    "header",
    [SLEEP, GERMAN, SPANISH, POLISH, [*POLISH, "notatki"], SLEEP[:14]],
    ids=["en", "de", "es", "pl", "newer", "older"],
)
def test_night_is_read_in_every_language(read, header):
    """Its sums are metrics where no states are, in minutes; it ends on its wake date, across DST."""
    records = read({"sleep.csv": sheet(header, NIGHT[: len(header)])})
    (night,) = W.kept(records, SleepSession)
    assert format_instant(night.end, night.offset_min) == "2025-03-30T03:31:00+02:00"
    assert {(metric, value) for metric, _, _, value in W.told(records)} == {
        ("sleep_light", 60.0), ("sleep_deep", 90.0), ("sleep_rem", 30.0), ("sleep_awake", 1.0),
        ("withings:sleep_heart_rate_mean", 54.0), ("sleeping_heart_rate_min", 48.0),
        ("withings:sleep_heart_rate_max", 71.0),
    }  # fmt: skip
    assert night.details == {
        "light_min": 60.0, "deep_min": 90.0, "rem_min": 30.0, "awake_min": 1.0, "awakenings": 1.0,
        "latency_s": 600.0, "wake_latency_s": 0.0, "snoring_s": 0.0, "snoring_episodes": 0.0,
    }  # fmt: skip


def test_states_are_laid_on_their_night(read):
    """0 awake, 1 light, 2 deep, 3 REM; rows that touch are one stage; several rows make one night."""
    states = [
        ["2025-03-29T23:30:00+01:00", "[60,1800,1800]", "[0,1,1]"],
        ["2025-03-30T00:31:00+01:00", "[5400]", "[2]"],
        ["2025-03-30T03:01:00+02:00", "[1800]", "[3]"],
        ["2025-03-30T14:00:00+02:00", "[600]", "[1]"],
    ]
    records = read(
        {"sleep.csv": sheet(SLEEP, NIGHT[:15]), "raw_tracker_sleep-state.csv": sheet(RAW, *states)}
    )
    (night,) = W.kept(records, SleepSession)
    assert [(format_instant(start)[11:16], word) for start, _, word in night.stages] == [
        ("22:30", "awake"), ("22:31", "light"), ("23:31", "deep"), ("01:01", "rem"),
    ]  # fmt: skip
    sums = {
        word: sum(end - start for start, end, one in night.stages if one == word)
        for _, _, word in night.stages
    }
    assert {word: ns // 10**9 for word, ns in sums.items()} == {
        "awake": 60,
        "light": 3600,
        "deep": 5400,
        "rem": 1800,
    }
    assert night.origin.source == "Withings tracker"
    assert [one for one in W.told(records) if one[0].startswith("sleep_")] == [
        ("sleep_stage", "2025-03-30T14:00:00+02:00", "2025-03-30T14:10:00+02:00", "light")
    ]


def test_night_takes_the_device_that_began_with_it(read):
    """Mat and watch record the same night: one gives the stages, the other's states stay its own."""
    mat = [["2025-03-29T23:30:00+01:00", "[3600]", "[1]"]]
    watch = [["2025-03-29T23:31:00+01:00", "[7200]", "[2]"]]
    files = {"raw_bed_sleep-state.csv": sheet(RAW, *mat), "raw_tracker_sleep-state.csv": sheet(RAW, *watch)}
    records = read(files | {"sleep.csv": sheet(SLEEP, NIGHT[:15])})
    (night,) = W.kept(records, SleepSession)
    assert (night.origin.source, [word for *_, word in night.stages]) == ("Withings sleep mat", ["light"])
    assert [value for *_, value in W.told(records, "sleep_stage")] == ["deep"]


def activity(start, end, kind="Running", data=None, place="", manual=("", "")):
    cell = "" if data is None else json.dumps(data)
    return [start, end, *manual, place, kind, cell, "[]", "2025-04-01T00:00:00+02:00"]


RUN = activity(
    "2025-03-29T12:00:00+05:30", "2025-03-29T12:35:00+05:30", data={
        "calories": 261.5, "distance": 6025, "hr_average": 0, "hr_max": 171, "hr_zone_1": 600, "steps": 5400,
        "pause_duration": 60, "elevation": 0, "newThing": 7,
    },
)  # fmt: skip


def test_activity_is_a_workout(read):
    """Numbers stand as JSON in a cell; 0 is not measured; a pause is no part of the time."""
    (workout,) = W.kept(read({"activities.csv": sheet(ACTIVITIES, RUN)}), Workout)
    assert (workout.key, workout.activity) == ("2025-03-29T06:30:00Z|running", "running")
    assert (workout.duration_s, workout.distance_m, workout.energy_kcal) == (2040.0, 6025.0, 261.5)
    assert (workout.hr_mean, workout.hr_max, workout.offset_min) == (None, 171.0, 330)
    assert workout.details == {
        "activity_type": "Running", "hr_zone_1_s": 600.0, "steps": 5400.0, "pause_s": 60.0, "new_thing": 7.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "word"),
    [("Walking", "walking"), ("Gehen", "walking"), ("Course à pied", "running"),
     ("Gym class", "mixed_cardio"),
     ("Nordic Walking", "nordic_walking"), ("Chodzenie", "other"), ("", "other")],
)  # fmt: skip
def test_activity_has_the_projects_word(read, said, word):
    """In some languages; a name nobody knows is other, and kept."""
    (workout,) = W.kept(read({"activities.csv": sheet(ACTIVITIES, activity(*RUN[:2], said))}), Workout)
    assert workout.activity == word
    assert workout.details.get("activity_type", "") == said


def test_activity_under_a_second_name_is_left(read):
    """Multi Sport repeats another's span without data; alone it is a workout, in any language."""
    double = activity(*RUN[:2], "Multisport")
    alone = activity("2025-03-28T12:00:00+05:30", "2025-03-28T12:35:00+05:30", "Multi Sport")
    records = read({"activities.csv": sheet(ACTIVITIES, double, RUN, alone)})
    assert [workout.activity for workout in W.kept(records, Workout)] == ["running", "other"]
    assert W.kept(records, Tally) == [Tally("activities.csv", 3, 2, 0, 0, {"mirror": 1})]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (activity("2025-03-29 12:00:00", "2025-03-29 12:35:00", place="Asia/Kolkata"), ("06:30", 330)),
        (activity("2025-03-29 12:00:00", "2025-03-29 12:35:00", place="Nowhere"), ("11:00", 60)),
        (activity("", "", manual=RUN[:2]), ("06:30", 330)),
    ],
)
def test_activity_has_the_zone_of_its_row(read, row, expected):
    """A clock time is of the row's zone, else of the one told; times by hand stand in where others lack."""
    (workout,) = W.kept(
        read({"activities.csv": sheet(ACTIVITIES, row)}, timezone=zone("Europe/Berlin")), Workout
    )
    assert (format_instant(workout.start)[11:16], workout.offset_min) == expected


@pytest.mark.parametrize("data", ["{", "[1]", "7", '"x"', "[" * 5_000])
def test_activity_with_a_broken_cell_is_rejected(read, data):
    """Whatever is no object is no data."""
    broken = [*RUN[:6], data, *RUN[7:]]
    records = read({"activities.csv": sheet(ACTIVITIES, broken, RUN)})
    assert W.kept(records, Rejection) == [Rejection("bad-value", "activities.csv", 2)]
    assert len(W.kept(records, Workout)) == 1


def test_places_are_laid_along_their_activity(read):
    """Quantities of one instant are one point; what is nowhere on earth, or of no activity, is left."""
    at = "2025-03-29T12:00:{}+05:30"
    files = {
        "activities.csv": sheet(ACTIVITIES, RUN),
        "raw_location_latitude.csv": sheet(
            RAW, [at.format("00"), "[1]", "[12.5]"], [at.format("10"), "[60,60]", "[12.6,657.1]"],
            ["2025-03-28T12:00:00+05:30", "[1]", "[12.5]"],
        ),
        "raw_location_longitude.csv": sheet(
            RAW, [at.format("00"), "[1]", "[77.5]"], [at.format("10"), "[60,60]", "[77.6,277.1]"]
        ),
        "raw_location_gps-speed.csv": sheet(RAW, [at.format("05"), "[1]", "[2.5]"]),
    }  # fmt: skip
    records = read(files)
    (stream,) = W.kept(records, Stream)
    assert (stream.workout, stream.part) == ("2025-03-29T06:30:00Z|running", "location")
    assert [format_instant(int(time))[14:19] for time in stream.time] == ["30:00", "30:05", "30:10"]
    assert np.nan_to_num(stream.columns["latitude"], nan=-1).tolist() == [12.5, -1.0, 12.6]
    assert np.nan_to_num(stream.columns["speed"], nan=-1).tolist() == [-1.0, 2.5, -1.0]
    tallies = {tally.file: tally for tally in W.kept(records, Tally)}
    assert dict(tallies["raw_location_latitude.csv"].left) == {"of-no-activity": 1}
    assert tallies["raw_location_latitude.csv"].used == 2
