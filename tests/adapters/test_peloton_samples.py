"""Peloton's table against real rides, read once more with the csv module alone."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.base import Options
from adapters.peloton import ADAPTER
from vault.records import Rejection, Tally, Workout
from vault.time import format_instant

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "peloton" / "set-a"
OBJECTS = SAMPLES / "src" / "routes" / "data" / "demo" / "demoData.json"
TABLE = SAMPLES / "test" / "utils" / "testData.csv"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples here")


@pytest.fixture(params=["objects", "table"])
def path(request, tmp_path) -> Path:
    """The members' table: made of row objects again, or as it was."""
    if request.param == "table":
        return TABLE
    found = json.loads(OBJECTS.read_text("utf-8"))
    with (tmp_path / "rider_workouts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
    return tmp_path / "rider_workouts.csv"


@pytest.fixture
def said(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if any(row.values())]


@pytest.fixture
def records(path):
    return list(ADAPTER.read(path, Options()))


def workouts(records) -> list[Workout]:
    return [record for record in records if isinstance(record, Workout)]


def test_every_real_row_is_counted(said, records):
    """No row is rejected, none is lost."""
    assert [record for record in records if isinstance(record, Rejection)] == []
    (tally,) = [record for record in records if isinstance(record, Tally)]
    assert (tally.rows, tally.used) == (len(said), len(said))
    assert len({one.key for one in workouts(records)}) == len(said)


def test_real_rows_sum_to_what_is_written(said, records):
    """Work, way and energy of all rides are the sums of the columns."""
    found = workouts(records)

    def total(column):
        return sum(float(row[column] or 0) for row in said)

    assert sum(one.details.get("work_kj", 0) for one in found) == total("Total Output")
    assert sum(one.energy_kcal or 0 for one in found) == total("Calories Burned")
    assert sum(one.distance_m or 0 for one in found) == pytest.approx(total("Distance (mi)") * 1609.344)


def test_real_clocks_are_those_of_chicago(said, records):
    """The files were downloaded in summer: CDT stands behind every ride of winter, whose clock is right."""
    chicago = ZoneInfo("America/Chicago")
    for row, one in zip(said, workouts(records), strict=True):
        clock, _, label = row["Workout Timestamp"].partition(" (")
        if label == "CDT)":
            there = datetime.fromisoformat(clock).replace(tzinfo=chicago)
            assert format_instant(one.start, one.offset_min) == there.isoformat()
        else:
            assert format_instant(one.start)[:16] == clock.replace(" ", "T")


def test_real_months_are_those_of_the_file(said, records):
    """Rides, work and way of each month equal those by the written clock."""
    written, found = defaultdict(lambda: [0, 0.0, 0.0]), defaultdict(lambda: [0, 0.0, 0.0])
    for row in said:
        values = (1, float(row["Total Output"] or 0), float(row["Distance (mi)"] or 0) * 1609.344)
        month = written[row["Workout Timestamp"][:7]]
        month[:] = [a + b for a, b in zip(month, values)]
    for one in workouts(records):
        month = found[format_instant(one.start, one.offset_min)[:7]]
        values = (1, one.details.get("work_kj", 0), one.distance_m or 0)
        month[:] = [a + b for a, b in zip(month, values)]
    assert {month: pytest.approx(values) for month, values in found.items()} == written


def test_real_rides_left_early_are_shorter_than_their_class(said, records):
    """Work by power agrees with the class to 3 %, or is the duration, to the second."""
    short = 0
    for row, one in zip(said, workouts(records), strict=True):
        if row["Total Output"] and row["Avg. Watts"]:
            effort = float(row["Total Output"]) * 1000 / float(row["Avg. Watts"])
            is_short = float(row["Length (minutes)"]) * 60 > 1.03 * effort
            assert one.duration_s == (round(effort) if is_short else float(row["Length (minutes)"]) * 60)
            short += is_short
    assert short == 3
