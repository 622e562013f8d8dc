"""Polar's real session and the rebuilt exports, compared with a plain reading by json."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from adapters.base import Options
from adapters.polar import ADAPTER
from vault.records import Rejection, Samples, Score, SleepSession, Stream, Workout
from vault.time import HOUR_NS

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples" / "polar"
RUN = SAMPLES / "set-a" / "test_data" / "running.json"
NEW, OLD = (SAMPLES / "synthetic" / f"polar_{name}_export.zip" for name in ("new", "old"))

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")


def read(path, zone="Europe/Berlin"):
    return list(ADAPTER.read(path, Options(ZoneInfo(zone))))


def documents(path):
    """Yield name and content of a zip's documents."""
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            yield name, json.loads(packed.read(name))


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def test_a_real_run_has_every_point_the_file_has():
    """Heart rates and places, their number, their values, and the summary."""
    plain = json.loads(RUN.read_text())["exercises"][0]
    found = read(RUN)
    (workout,) = of(Workout, found)
    assert (workout.distance_m, workout.energy_kcal, workout.hr_mean, workout.hr_max) == (
        6595.0,
        498,
        138,
        164,
    )
    assert workout.duration_s == 2754.128
    pulse, route = of(Stream, found)
    assert pulse.columns["heart_rate"].tolist() == [one["value"] for one in plain["samples"]["heartRate"]]
    for name in ("latitude", "longitude", "altitude"):
        assert route.columns[name].tolist() == [one[name] for one in plain["samples"]["recordedRoute"]]
    assert not of(Rejection, found)


def test_a_real_route_of_another_hour_lies_on_its_run():
    """This route's clock is 80 minutes ahead of the heart rate's; both last 46 minutes."""
    found = read(RUN)
    (workout,), (pulse, route) = of(Workout, found), of(Stream, found)
    assert workout.details["route_moved_s"] == -4827.801
    assert route.time[0] == pulse.time[0] == workout.start
    assert abs(int(route.time[-1] - pulse.time[-1])) < 2_000_000_000
    assert (np.diff(route.time) >= 0).all()


def test_the_newer_export_is_read_whole():
    """As many nights, days, heart rates, beats and sessions as its documents have."""
    found = read(NEW)
    plain = list(documents(NEW))
    starting = {
        prefix: [content for name, content in plain if name.startswith(prefix)]
        for prefix in ("activity", "sleep_result", "nightly_recovery_4", "247ohr", "ppi", "training")
    }
    batches = of(Samples, found)

    def count(metric):
        return sum(len(batch) for batch in batches if batch.metric == metric)

    assert len(of(SleepSession, found)) == sum(map(len, starting["sleep_result"])) == 5
    assert count("hrv_rmssd") == sum(map(len, starting["nightly_recovery_4"])) == 5
    assert count("steps_daily") == len(starting["activity"]) == 5
    days = starting["247ohr"][0]["deviceDays"]
    assert count("heart_rate") == sum(len(day["samples"]) for day in days)
    assert count("rr_interval") == len(starting["ppi"][0][0]["devicePpiSamplesList"][0]["ppiSamples"])
    assert len(of(Workout, found)) == len(starting["training"]) == 2
    assert not of(Rejection, found)
    assert {score.score for score in of(Score, found)} >= {"polar_sleep_score", "polar_ans_charge"}


def test_a_bare_nan_and_nan_in_quotes_are_one():
    """The two sessions differ in nothing else."""
    one, other = (stream for stream in of(Stream, read(NEW)) if stream.part == "")
    np.testing.assert_array_equal(one.columns["heart_rate"], [140, 141, np.nan, 143])
    np.testing.assert_array_equal(one.columns["heart_rate"], other.columns["heart_rate"])


def test_the_night_of_the_clock_change_is_an_hour_shorter():
    """Sleep carries its offsets, so the night of 30 March lasts seven hours."""
    lengths = {sleep.key: (sleep.end - sleep.start) / HOUR_NS for sleep in of(SleepSession, read(NEW))}
    assert lengths == {
        "2025-03-28": 8,
        "2025-03-29": 8,
        "2025-03-30": 7,
        "2025-03-31": 8,
        "2025-04-01": 8,
    }


def test_the_older_export_is_read_whole():
    """One session of 2019, in another spelling of everything."""
    found = read(OLD)
    (workout,) = of(Workout, found)
    assert (workout.activity, workout.offset_min, workout.duration_s) == ("running", 120, 1800.5)
    assert [stream.part for stream in of(Stream, found)] == ["", "route"]
    assert not of(Rejection, found)
