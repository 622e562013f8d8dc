"""Workouts saved from Technogym's old web site: totals in minutes and km, samples, an assumed start."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import pytest

from adapters.base import Options
from adapters.technogym import ADAPTER
from adapters.technogym.properties import rows
from vault.records import Rejection, Stream, Tally, Workout
from vault.time import SECOND_NS, UNKNOWN_OFFSET, format_instant

TOTALS = [
    {"property": "Duration", "name": "Durata", "value": "63,00", "uM": "Min", "rawValue": 63.0},
    {"property": "HDistance", "name": "Distanza", "value": "33,82", "uM": "Km", "rawValue": 33.82},
    {"property": "Calories", "name": "Calorie", "value": "900", "uM": "Kcal", "rawValue": 900},
    {"property": "AvgPower", "name": "Potenza", "value": "201", "uM": "Watt", "rawValue": 201},
    {"property": "Move", "name": "Move", "value": "2.000", "uM": "Move", "rawValue": 2000},
]
ANALYSIS = {
    "descriptor": [
        {"i": 2, "pr": {"name": "Speed", "um": "Km_h"}},
        {"i": 0, "pr": {"name": "Power", "um": "Watt"}},
        {"i": 1, "pr": {"name": "HDistance", "um": "Meter"}},
        {"i": 3, "pr": {"name": "Grade", "um": "Percent"}},
        {"i": 4, "pr": {"name": "Cadence", "um": "Rpm"}},
        {"i": 5, "pr": {"name": "Mood", "um": "Smiley"}},
    ],
    "samples": [{"vs": [80, 0, 18, 1, 60, 5], "t": 0}, {"vs": [95, 25, 36, 2], "t": 5}],
    "hr": [{"t": 3, "hr": 110}, {"t": 60, "hr": 0}],
}


@pytest.fixture
def read(tmp_path):
    def reading(date="6-5-2025", options=None, **changes):
        data = {"date": date, "data": TOTALS, "analitics": ANALYSIS} | changes
        path = tmp_path / "details.json"
        path.write_text(json.dumps({"data": data}), encoding="utf-8-sig")
        return list(ADAPTER.read(path, options or Options()))

    return reading


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def test_totals_are_the_raw_values_in_their_units(read):
    """63 minutes, 33.82 km: the localised texts are not read."""
    (found,) = of(Workout, read())
    assert (found.duration_s, found.distance_m, found.energy_kcal) == (3780, 33_820, 900)
    assert (found.activity, found.end - found.start) == ("indoor_cycling", 3780 * SECOND_NS)
    assert found.details == {
        "average_power_w": 201,
        "move_move": 2000,
        "start_assumed": True,
        "date": "6-5-2025",
    }


@pytest.mark.parametrize(
    ("date", "day_first", "day"),
    [
        ("6-5-2025", None, "2025-05-06"),
        ("6-5-2025", True, "2025-05-06"),
        ("6-5-2025", False, "2025-06-05"),
        ("5-26-2025", None, "2025-05-26"),  # no month has that number
        ("26/5/2025", False, "2025-05-26"),
        ("26.5.2025", None, "2025-05-26"),
        ("2025-05-26", None, "2025-05-26"),
    ],
)
def test_day_comes_first_unless_that_is_denied_or_impossible(read, date, day_first, day):
    """The order is that of the account's language, which the file does not name."""
    (found,) = of(Workout, read(date, Options(day_first=day_first)))
    assert format_instant(found.start) == f"{day}T00:00:00Z"


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/Berlin", "2025-05-05T22:00:00Z"),
        ("America/New_York", "2025-05-06T04:00:00Z"),
        ("Asia/Kolkata", "2025-05-05T18:30:00Z"),
        ("Pacific/Auckland", "2025-05-05T12:00:00Z"),
    ],
)
def test_workout_begins_with_its_day_at_home(read, zone, start):
    """No time of day is in it; that this one is assumed is said."""
    (found,) = of(Workout, read(options=Options(home=ZoneInfo(zone))))
    assert (format_instant(found.start), found.offset_min) == (start, UNKNOWN_OFFSET)
    assert found.details["start_assumed"] is True


def test_samples_are_a_stream_and_the_heart_another(read):
    """Values stand where the descriptor says; km/h become m/s, missing ones are missing."""
    records = read()
    (workout,) = of(Workout, records)
    streams = {stream.part: stream for stream in of(Stream, records)}
    samples, heart = streams[""], streams["heart_rate"]
    assert ((samples.time - workout.start) // SECOND_NS).tolist() == [0, 5]
    assert {name: column.tolist()[0] for name, column in samples.columns.items()} == {
        "speed": 5,
        "power": 80,
        "distance": 0,
        "incline": 1,
        "cadence": 60,
        "mood_smiley": 5,
    }
    assert samples.columns["speed"].tolist() == [5, 10]
    assert samples.columns["cadence"].tolist()[1] != samples.columns["cadence"].tolist()[1]
    assert ((heart.time - workout.start) // SECOND_NS).tolist() == [3]
    assert heart.columns["heart_rate"].tolist() == [110]


def test_document_without_a_date_is_rejected_and_counted(read):
    """Without a day it can't be placed."""
    records = read("Sesame")
    assert [(one.reason, one.position) for one in of(Rejection, records)] == [("bad-date", 1)]
    assert [(one.rows, one.rejected) for one in of(Tally, records)] == [(1, 1)]
    assert "Sesame" not in repr(records)


SERIES = {"watt": 1, "rpm": 1, "spm": 1, "km_h": 1 / 3.6, "percent": 1, "meter": 1, "bpm": 1}


@pytest.mark.parametrize("row", rows("series.csv"), ids=lambda row: row["unit"])
def test_series_table_converts_by_the_unit(row):
    """Every factor is that of its unit."""
    assert float(row["factor"]) == pytest.approx(SERIES[row["unit"]], rel=1e-12)


@pytest.mark.parametrize("row", rows("totals.csv"), ids=lambda row: f"{row['property']} {row['unit']}")
def test_totals_table_converts_by_property_and_unit(row):
    """Here a duration is minutes and a distance km, unless the unit says otherwise."""
    unit = row["unit"] or {"duration": "minutes", "hdistance": "km"}.get(row["property"], "")
    assert float(row["factor"]) == {"minutes": 60, "km": 1000}.get(unit, 1)
