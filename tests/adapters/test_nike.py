"""Nike's saved activities: totals, series on clocks of their own, distances that are steps or totals."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.base import Options
from adapters.nike import ADAPTER
from vault.errors import InputError
from vault.merge.activities import activities
from vault.records import Rejection, Stream, Tally, Workout
from vault.time import UNKNOWN_OFFSET, instant_ns

START = instant_ns(datetime(2025, 3, 29, 7, tzinfo=UTC))
START_MS = START // 10**6
STEPS_KM = [0.5, 0.3, 0.7]
"""1.5 km in three intervals of a minute."""


def values(numbers, *, every_ms=60_000, at_ms=0):
    return [
        {
            "start_epoch_ms": START_MS + at_ms + place * every_ms,
            "end_epoch_ms": START_MS + at_ms + (place + 1) * every_ms,
            "value": number,
        }
        for place, number in enumerate(numbers)
    ]


def metric(kind, unit, numbers, **more):
    return {"type": kind, "unit": unit, "source": "s", "appId": "a", "values": values(numbers, **more)}


def activity(metrics=(), *, summaries=None, **more):
    totals = {("distance", "total"): 1.5} if summaries is None else summaries
    return {
        "id": "0b7e0000-0000-4000-8000-000000000001",
        "type": "run",
        "app_id": "com.nike",
        "start_epoch_ms": START_MS,
        "end_epoch_ms": START_MS + 200_000,
        "active_duration_ms": 180_000,
        "delete_indicator": False,
        "summaries": [
            {"metric": name, "summary": kind, "source": "s", "app_id": "a", "value": value}
            for (name, kind), value in totals.items()
        ],
        "tags": {"location": "outdoors"},
        "metrics": list(metrics),
    } | more


def read(tmp_path, *documents, **options):
    folder = tmp_path / "export"
    folder.mkdir(exist_ok=True)
    for number, document in enumerate(documents):
        (folder / f"{number}.json").write_text(json.dumps(document))
    return list(ADAPTER.read(folder, Options(**options)))


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def table(name):
    text = files("adapters.nike").joinpath("tables", name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_nike_run_says_its_totals(tmp_path):
    """Kilometres become metres; active time is less than the time between the ends; NikeFuel is no energy."""
    totals = {
        ("distance", "total"): 1.5, ("calories", "total"): 101.5, ("heart_rate", "mean"): 150.5,
        ("heart_rate", "max"): 171, ("ascent", "total"): 12.0, ("nikefuel", "total"): 388,
        ("speed", "mean"): 30.0, ("steps", "total"): 0,
    }  # fmt: skip
    tags = {"com.nike.name": "Dawn", "location": "indoors", "emotion": "great", "com.nike.user": "pat"}
    moments = [{"key": "halt", "value": "pause", "timestamp": START_MS + 1, "app_id": "a", "source": "s"}]
    (workout,) = of(Workout, read(tmp_path, activity(summaries=totals, tags=tags, moments=moments)))
    assert (workout.distance_m, workout.energy_kcal, workout.hr_mean, workout.hr_max) == (
        1500,
        101.5,
        150.5,
        171,
    )
    assert (workout.elevation_gain_m, workout.duration_s) == (12, 180)
    assert (workout.start, workout.end - workout.start) == (START, 200 * 10**9)
    assert workout.activity == "indoor_running"
    assert workout.details == {
        "nikefuel_total": 388, "speed_mean": 30, "steps_total": 0, "title": "Dawn", "location": "indoors",
        "emotion": "great", "type": "run",
        "moments": [{"key": "halt", "value": "pause", "timestamp": START_MS + 1}],
    }  # fmt: skip


@pytest.mark.parametrize(
    "numbers",
    [STEPS_KM, [0.5, 0.8, 1.5]],
    ids=["steps", "running total"],
)
def test_nike_distance_is_what_fits_the_run(tmp_path, numbers):
    """Whether the values are steps or a running total is decided by the run's length: both give the same."""
    (stream,) = of(Stream, read(tmp_path, activity([metric("distance", "KM", numbers)])))
    assert stream.columns["distance"].tolist() == pytest.approx([500, 800, 1500])
    assert stream.time.tolist() == [START + minute * 60 * 10**9 for minute in (1, 2, 3)]


@given(st.lists(st.floats(0.01, 2), min_size=2, max_size=50))
@example([0.01, 2.0])
def test_nike_distance_by_either_reading(tmp_path_factory, steps):
    """Any run told in steps and in totals is the same run."""
    totals = np.cumsum(steps)
    told = []
    for numbers in (steps, totals.tolist()):
        run = activity([metric("distance", "KM", numbers)], summaries={("distance", "total"): totals[-1]})
        (stream,) = of(Stream, read(tmp_path_factory.mktemp("run"), run))
        told.append(stream.columns["distance"])
    assert np.allclose(told[0], totals * 1000)
    assert np.allclose(told[1], totals * 1000)


def test_nike_distance_that_fits_nothing_is_left(tmp_path):
    """Neither reading is the run's length, or nobody says how long it was: no distance is made up."""
    for summaries in ({("distance", "total"): 9.0}, {}):
        run = activity([metric("distance", "KM", STEPS_KM)], summaries=summaries)
        assert of(Stream, read(tmp_path, run)) == []


def test_nike_distance_by_the_way_where_no_total_is(tmp_path):
    """Without a total the length of the way decides: 0.0135 degrees of latitude are 1.5 km."""
    metrics = [
        metric("latitude", "DEGREES", [0.1, 0.1135], every_ms=90_000),
        metric("longitude", "DEGREES", [9.0, 9.0], every_ms=90_000),
        metric("distance", "KM", STEPS_KM),
    ]
    place, distance = of(Stream, read(tmp_path, activity(metrics, summaries={})))
    assert sorted(place.columns) == ["latitude", "longitude"]
    assert distance.columns["distance"].tolist() == pytest.approx([500, 800, 1500])


def test_nike_series_keep_their_clocks(tmp_path):
    """Metrics of one clock are one stream; places are joined by their instant; a pulse of 0 is none."""
    metrics = [
        metric("latitude", "", [52.5, 52.6, 52.7]),
        metric("longitude", "", [13.4, 13.5], at_ms=60_000),
        metric("heart_rate", "BPM", [120, 0, 130], every_ms=5_000),
        metric("cadence", "SPM", [80, 0, 84], every_ms=5_000),
        metric("speed", "MPH", [10, 10]),
        metric("elevation", "FT", [100, 200]),
        metric("nikefuel", "FUEL", [1, 2]),
        metric("heart_rate", "PERCENT", [1, 2, 3, 4]),
    ]
    streams = {one.part: one for one in of(Stream, read(tmp_path, activity(metrics)))}
    assert streams["latitude"].columns["latitude"].tolist() == [52.6, 52.7]
    assert streams["latitude"].columns["longitude"].tolist() == [13.4, 13.5]
    beats = streams["cadence"]
    assert {name: column.tolist() for name, column in beats.columns.items()} == {
        "cadence": [80, 84],
        "heart_rate": [120, 130],
    }
    assert beats.time.tolist() == [START, START + 10 * 10**9]
    assert streams["altitude"].columns["speed"].tolist() == pytest.approx([4.4704, 4.4704])
    assert streams["altitude"].columns["altitude"].tolist() == pytest.approx([30.48, 60.96])
    assert len(streams) == 3


def test_nike_run_that_was_typed_in(tmp_path):
    """It has one value of each series, and its speed is a copy of its distance: neither is believed."""
    totals = {("distance", "total"): 5.0, ("speed", "mean"): 5.0}
    run = activity([metric("distance", "KM", [5.0]), metric("speed", "KMH", [5.0])], summaries=totals)
    found = read(tmp_path, run)
    assert of(Stream, found) == []
    assert of(Workout, found)[0].distance_m == 5000
    assert "speed_mean" not in of(Workout, found)[0].details


def test_nike_offset_is_what_was_told(tmp_path):
    """Times are UTC: they stand whatever home is; a zone that was told gives the offset, over its changes."""
    later = activity(id="2", start_epoch_ms=START_MS + 86_400_000, end_epoch_ms=START_MS + 86_500_000)
    berlin = ZoneInfo("Europe/Berlin")
    told = of(Workout, read(tmp_path, activity(), later, timezone=berlin))
    assumed = of(Workout, read(tmp_path, activity(), later, home=berlin))
    assert [one.offset_min for one in told] == [60, 120]
    assert [one.offset_min for one in assumed] == [UNKNOWN_OFFSET] * 2
    assert [one.start for one in told] == [one.start for one in assumed] == [START, START + 86_400 * 10**9]


def test_nike_activity_is_told_once(tmp_path):
    """What was deleted is left; a list of totals comes after the activities themselves, and repeats them."""
    listed = {
        "activities": [activity(), activity(id="2"), activity(id="3", delete_indicator=True)],
        "paging": {},
    }
    for one in listed["activities"]:
        one["metrics"] = []
    found = read(tmp_path, listed, activity([metric("distance", "KM", STEPS_KM)]))
    assert len(of(Workout, found)) == 2
    assert len(of(Stream, found)) == 1
    tallies = {tally.file: tally for tally in of(Tally, found)}
    assert tallies["0.json"] == Tally("0.json", 3, 1, 1, 0, {"deleted": 1})
    assert tallies["1.json"] == Tally("1.json", 1, 1, 0, 0, {})


def test_nike_track_beside_its_activity_is_left(tmp_path):
    """A GPX of the same name says the same with less; another file is nobody's."""
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "0.gpx").write_text("<gpx/>")
    (tmp_path / "export" / "note.txt").write_text("hello")
    found = read(tmp_path, activity())
    assert Tally("0.gpx", 1, 0, 0, 0, {"mirror": 1}) in of(Tally, found)
    assert of(Rejection, found) == [Rejection("unknown-document", "note.txt", 0)]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ({"start_epoch_ms": "noon"}, "bad-date"),
        ({"start_epoch_ms": 9e18}, "bad-date"),
        ({"end_epoch_ms": START_MS - 1}, "bad-duration"),
        ({"end_epoch_ms": None}, "bad-duration"),
    ],
)
def test_nike_activity_that_can_not_be(tmp_path, damage, reason):
    """It is rejected, and the others are read."""
    found = read(tmp_path, [activity(**damage), activity(id="2")])
    assert of(Rejection, found) == [Rejection(reason, "0.json", 1)]
    assert [one.key for one in of(Workout, found)] == ["2"]


def test_nike_document_cut_short(tmp_path):
    """What came before is kept; a document of nobody's alone is an error."""
    path = tmp_path / "runs.json"
    path.write_text(json.dumps([activity(), activity(id="2")])[:-20])
    found = list(ADAPTER.read(path, Options()))
    assert len(of(Workout, found)) == 1
    assert of(Rejection, found)[0].reason == "malformed-json"
    path.write_text('{"start_time": 1}')
    assert ADAPTER.detect(path) is None
    with pytest.raises(InputError):
        list(ADAPTER.read(path, Options()))


@pytest.mark.parametrize("noise", [None, [], {}, "x", 1e308, -1, [None], {"values": 7}, [[1]]])
@pytest.mark.parametrize(
    "key", ["summaries", "metrics", "tags", "moments", "type", "active_duration_ms", "id"]
)
def test_nike_survives_any_value(tmp_path, key, noise):
    """A value of another kind is missing, and no error."""
    (workout,) = of(Workout, read(tmp_path, activity([metric("heart_rate", "BPM", [1, 2])]) | {key: noise}))
    assert workout.start == START


def test_nike_quantity_that_can_not_be_is_missing(tmp_path):
    """A total or a step that is longer than any way is none: no record holds an infinity."""
    endless = activity([metric("distance", "KM", [1e306, 1e307])], summaries={("distance", "total"): 1e307})
    found = read(tmp_path, endless | {"active_duration_ms": 1e308})
    assert [(one.distance_m, one.duration_s) for one in of(Workout, found)] == [(None, None)]
    assert of(Stream, found) == []


def test_nike_tables_are_sound():
    """Units convert as they are defined, and words are the project's."""
    factors = {"KMH": 1 / 3.6, "KPH": 1 / 3.6, "MPH": 0.44704, "KM": 1000, "MI": 1609.344, "FT": 0.3048}
    for row in table("metrics.csv"):
        assert float(row["factor"]) == pytest.approx(factors.get(row["unit"], 1), abs=1e-12)
    for row in table("indoors.csv"):
        assert {row["activity"], row["indoors"]} <= activities().keys()
    assert {row["field"] for row in table("summaries.csv")} <= set(Workout.__dataclass_fields__)
    assert len({row["tag"] for row in table("tags.csv")}) == len(table("tags.csv"))
