"""The rebuilt Oura exports, each counted and summed by a plain reading of its own."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import pytest

from adapters.base import Options
from adapters.oura import ADAPTER
from vault.records import Rejection, Samples, Score, SleepSession, Tally, Workout

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples" / "oura" / "synthetic"
API, APP = SAMPLES / "oura_api_v2.json", SAMPLES / "oura_app_data.zip"

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def values(records, metric):
    return [float(value) for batch in of(Samples, records) if batch.metric == metric for value in batch.value]


def test_answers_are_read_whole():
    """Every document is used; heart rates, HRV and METs are as many and as much as the lists hold."""
    plain = {key: one["data"] for key, one in json.loads(API.read_text("utf-8")).items()}
    found = list(ADAPTER.read(API, Options()))
    assert [one.rows for one in of(Tally, found)] == [sum(map(len, plain.values()))]
    assert not of(Rejection, found)
    sleeps = plain["sleep"]
    pulse = [one for sleep in sleeps for one in sleep["heart_rate"]["items"] if one]
    pulse += [one["bpm"] for one in plain["heartrate"]]
    assert sorted(values(found, "heart_rate")) == sorted(pulse)
    hrv = [one for sleep in sleeps for one in sleep["hrv"]["items"] if one]
    assert sorted(values(found, "hrv_rmssd")) == sorted(hrv + [sleep["average_hrv"] for sleep in sleeps])
    worn = [
        one
        for day in plain["daily_activity"]
        for at, one in enumerate(day["met"]["items"])
        if day["class_5_min"][at // 5] != "0"
    ]
    assert values(found, "met") == worn
    assert len(of(SleepSession, found)) == len(sleeps)
    assert len(of(Workout, found)) == len(plain["workout"])


def test_app_data_say_what_the_answers_say():
    """Scores, samples and sleeps; and each file has as many rows as lines."""
    found, wanted = (list(ADAPTER.read(path, Options())) for path in (APP, API))
    assert sorted(map(repr, of(Score, found))) == sorted(map(repr, of(Score, wanted)))
    assert of(SleepSession, found) == of(SleepSession, wanted)
    for metric in ADAPTER.coverage.metrics:
        assert sorted(values(found, metric)) == sorted(values(wanted, metric)), metric
    with zipfile.ZipFile(APP) as packed:
        lines = {name: len(packed.read(name).decode().splitlines()) - 1 for name in packed.namelist()}
    assert {one.file: one.rows for one in of(Tally, found)} == lines


def test_trends_say_what_the_table_says():
    """A row a day; None is nothing."""
    (path,) = SAMPLES.glob("*trends.csv")
    plain = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    found = list(ADAPTER.read(path, Options()))
    assert [one.rows for one in of(Tally, found)] == [len(plain)]
    assert values(found, "hrv_rmssd") == [float(row["Average HRV"]) for row in plain]
    assert values(found, "steps_daily") == [float(row["Steps"]) for row in plain]
    asleep = [one.details["asleep_min"] for one in of(SleepSession, found)]
    assert asleep == [int(row["Total Sleep Duration"]) / 60 for row in plain]
    assert {one.score for one in of(Score, found)} == {
        "oura_sleep_score", "oura_sleep_timing_score", "oura_readiness_score", "oura_active_energy"
    }  # fmt: skip
