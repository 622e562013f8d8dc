"""Values of a night: windows on the day of waking, and the night's own mean before them."""

from __future__ import annotations

import json
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from vault.merge.lineage import explain_day
from vault.merge.overlap import merged_daily
from vault.merge.windows import window_of, windows_of
from vault.time import date_of_day, day_of_date, parse_instant

NOTES = ['{"window":"5min"}', '{"window":"night"}', '{"body_position":"lying"}', "[]"]
WINDOW, NIGHT, OTHER, NONE = 0, 1, 2, -1
NAMES = ["account", "watch"]
SAMPLES = [
    ("2025-03-29T07:00:00+01:00", 49.0, 0, NIGHT),
    ("2025-03-29T23:00:00+01:00", 30.0, 1, WINDOW),
    ("2025-03-29T23:55:00+01:00", 40.0, 1, WINDOW),
    ("2025-03-30T03:55:00+02:00", 50.0, 1, WINDOW),
]


def options(samples):
    """Return columns and options of samples (instant, value, source, note)."""
    told = [parse_instant(sample[0]) for sample in samples]
    instant = np.array([ns for ns, _ in told], np.int64)
    note = np.array([sample[3] for sample in samples], np.int32)
    columns = (
        instant,
        instant,
        np.array([offset for _, offset in told], np.int16),
        np.array([sample[1] for sample in samples]),
        np.array([sample[2] for sample in samples], np.int32),
    )
    windows = windows_of("hrv_rmssd", note, NOTES)
    return columns, {
        "rollup": "mean",
        "rank": [0, 1],
        "home": ZoneInfo("Europe/Berlin"),
        "windows": windows,
    }


def daily(samples):
    columns, how = options(samples)
    found = merged_daily(*columns, **how)
    return {
        date_of_day(day).isoformat(): value for day, value in zip(found.day.tolist(), found.value.tolist())
    }


def why(samples, wanted):
    columns, how = options(samples)
    parts = explain_day(*columns, **how, names=NAMES, day=day_of_date(date.fromisoformat(wanted)))
    return [(part.source, part.samples, part.counted, part.why) for part in parts]


def test_windows_of_an_evening_are_of_the_next_days_night():
    """The night before keeps its own value; the windows before midnight go with those after."""
    assert daily(SAMPLES) == {"2025-03-29": 49.0, "2025-03-30": 40.0}


def test_the_value_of_a_whole_night_goes_before_its_windows():
    """However many windows there are, and whatever the rank of who tells the night."""
    whole = [*SAMPLES, ("2025-03-30T08:00:00+02:00", 47.0, 0, NIGHT)]
    assert daily(whole)["2025-03-30"] == 47.0
    assert why(whole, "2025-03-30") == [
        ("account", 1, 47.0, "it tells the whole night"),
        ("watch", 3, 0.0, "left out: account tells the whole night"),
    ]


def test_a_sources_own_windows_do_not_water_its_night_down():
    """A watch's file tells both; what counts is the night."""
    both = [*SAMPLES, ("2025-03-30T08:00:00+02:00", 47.0, 1, NIGHT)]
    assert daily(both)["2025-03-30"] == 47.0
    assert [part[:3] for part in why(both, "2025-03-30")] == [("watch", 1, 47.0)]


@pytest.mark.parametrize("note", [OTHER, NONE, 3])
def test_values_without_a_window_stay_on_their_own_day(note):
    """A measurement one evening is that evening's."""
    assert daily([("2025-03-29T23:00:00+01:00", 30.0, 0, note)]) == {"2025-03-29": 30.0}


def test_windows_of_other_metrics_are_not_asked_for():
    """Only metrics of which devices tell nights and windows alike are merged so."""
    assert windows_of("skin_temperature", np.array([1], np.int32), NOTES) is None


@pytest.mark.parametrize(("window", "kind"), [("5min", 1), ("10min", 1), ("night", 2), ("min", 0), ("5", 0)])
def test_window_is_so_many_minutes_or_the_night(window, kind):
    """Devices differ in how long they listen; anything else is a value of its own moment."""
    told = windows_of("hrv_rmssd", np.array([0, 1], np.int32), [json.dumps({"window": window}), NOTES[1]])
    assert told.tolist() == [kind, 2]


def nights_of(*spans):
    """Return the values that count on 2025-03-30 of whole nights (from, to, value, source)."""
    told = [tuple(parse_instant(f"2025-03-30T{clock}+02:00")[0] for clock in span[:2]) for span in spans]
    start, end = np.array(told, np.int64).T
    columns = np.array([span[2] for span in spans]), np.array([span[3] for span in spans], np.int32)
    offsets, note = np.full(len(spans), 120, np.int16), np.full(len(spans), NIGHT, np.int32)
    how = {"rollup": "mean", "rank": [0, 1], "home": ZoneInfo("Europe/Berlin")}
    windows = windows_of("hrv_rmssd", note, NOTES)
    return merged_daily(start, end, offsets, *columns, **how, windows=windows).value.tolist()


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([("04:00", "08:00", 40.0, 0), ("10:00", "12:00", 60.0, 0)], 40.0),
        ([("04:00", "06:00", 40.0, 0), ("10:00", "12:00", 60.0, 0)], 60.0),  # of one length the last
        ([("07:00", "07:00", 40.0, 0), ("07:30", "07:30", 60.0, 0)], 60.0),
        ([("04:00", "08:00", 40.0, 0), ("04:00", "08:00", 60.0, 0)], 50.0),  # one night, told twice
        # Two nights of one device do not outvote one of a better device.
        ([("04:00", "08:00", 40.0, 0), ("04:00", "07:00", 50.0, 1), ("10:00", "12:00", 60.0, 1)], 40.0),
    ],
)
def test_longest_night_of_a_day_speaks_for_its_source(spans, expected):
    """Two nights of one day are no mean of both."""
    assert nights_of(*spans) == [expected]
    assert nights_of(*reversed(spans)) == [expected]


def test_mean_of_a_sleep_is_of_the_night_without_a_note():
    """What is the mean of a sleep by its name needs nobody to say so; a lowest rate is that of all sleeps."""
    note = np.array([NONE], np.int32)
    assert windows_of("respiratory_rate_sleep_avg", note, []).tolist() == [2]
    assert windows_of("sleeping_heart_rate_min", note, []) is None


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ('{"night":"2026-03-01","window":"night"}', "night"),
        ('{"window":"5min"}', "5min"),
        ('{"window":"nap"}', ""),
        ('{"window":5}', ""),
        ('{"beats":12}', ""),
        ("[]", ""),
    ],
)
def test_window_is_what_the_note_states(note, expected):
    """Some minutes or the whole night; any other word is none."""
    assert window_of(note) == expected
