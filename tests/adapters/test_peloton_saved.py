"""Workouts saved from Peloton's service: both spellings, graphs, routes, counted movements."""

from __future__ import annotations

import copy
import json
from math import isnan, nan

import numpy as np
import pytest

from adapters.base import Options
from adapters.peloton import ADAPTER
from adapters.peloton.disciplines import rows
from vault.merge.workouts import fold
from vault.records import Rejection, Stream, StrengthSet, Tally, Workout
from vault.time import SECOND_NS, UNKNOWN_OFFSET

START = 1_751_482_960  # 2025-07-02 19:02:40 UTC, 12:02:40 in Los Angeles
ID = "0123456789abcdef0123456789abcdef"
WORKOUT = {
    "id": ID,
    "created_at": START - 60,
    "device_time_created_at": START - 60 - 7 * 3600,
    "start_time": START,
    "end_time": START + 600,
    "timezone": "Etc/GMT+7",
    "fitness_discipline": "cycling",
    "status": "COMPLETE",
    "is_outdoor": False,
    "total_work": 175_772.76,
    "user": {"username": "Sesame"},
    "ride": {"title": "10 min Ride", "duration": 900, "instructor": {"name": "Sesame Coach"}},
}
GRAPH = {
    "duration": 900,
    "is_class_plan_shown": True,
    "seconds_since_pedaling_start": [1, 2, 7, 8],
    "summaries": [
        {"slug": "total_output", "display_unit": "kj", "value": 176},
        {"slug": "distance", "display_unit": "mi", "value": 3},
        {"slug": "calories", "display_unit": "kcal", "value": 250},
        {"slug": "elevation", "display_unit": "ft", "value": 100},
    ],
    "metrics": [
        {
            "slug": "output",
            "display_unit": "watts",
            "average_value": 290,
            "max_value": 420,
            "values": [200, 300, 420],
        },
        {
            "slug": "heart_rate",
            "display_unit": "bpm",
            "average_value": 140,
            "max_value": 171,
            "values": [0, 130, 150, 171],
        },
        {
            "slug": "speed",
            "display_unit": "mph",
            "average_value": 18,
            "max_value": 20,
            "values": [10, 18, None, 20],
        },
        {"slug": "altitude", "display_unit": "ft", "values": [10, -10, 0, 100]},
        {"slug": "sway", "display_unit": "deg", "values": [1, 2, 3, 4]},
    ],
}


def shouting(said):
    """Write keys as the tool does that many use."""
    if isinstance(said, dict):
        return {
            "_".join(part.capitalize() for part in key.split("_")): shouting(one) for key, one in said.items()
        }
    return [shouting(one) for one in said] if isinstance(said, list) else said


@pytest.fixture
def read(tmp_path):
    def reading(**files):
        for name, said in files.items():
            text = said if isinstance(said, str) else json.dumps(said)
            suffix = ".csv" if name.endswith("workouts_table") else ".json"
            (tmp_path / f"{name}{suffix}").write_text(text, encoding="utf-8-sig")
        return list(ADAPTER.read(tmp_path, Options()))

    return reading


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def test_workout_and_graph_are_one_workout(read):
    """Times are UTC, the zone gives the offset, joules and miles become kJ and metres."""
    (ride,) = of(Workout, read(**{f"{ID}_workout": WORKOUT, f"{ID}_performance_graph": GRAPH}))
    assert (ride.key, ride.start, ride.end) == (ID, START * SECOND_NS, (START + 600) * SECOND_NS)
    assert (ride.offset_min, ride.activity, ride.duration_s) == (-420, "indoor_cycling", 600)
    assert (ride.distance_m, ride.energy_kcal, ride.elevation_gain_m) == (3 * 1609.344, 250, 30.48)
    assert (ride.hr_mean, ride.hr_max) == (140, 171)
    assert (ride.details["work_kj"], ride.details["class_length_s"]) == (175.77276, 900)
    assert ride.details["average_power"] == 290
    assert "Sesame" not in repr(ride)


def test_stream_lies_on_the_seconds_that_were_written(read):
    """Gaps stay gaps; no heart rate is missing, a short series ends early, unknown ones keep their name."""
    (stream,) = of(Stream, read(one={"workout": WORKOUT, "performance_graph": GRAPH}))
    assert ((stream.time - START * SECOND_NS) // SECOND_NS).tolist() == [1, 2, 7, 8]
    expected = {
        "power": [200, 300, 420, nan],
        "heart_rate": [nan, 130, 150, 171],
        "speed": [4.4704, 8.04672, nan, 8.9408],
        "altitude": [3.048, -3.048, 0, 30.48],
        "sway_deg": [1, 2, 3, 4],
    }
    found = {name: column.tolist() for name, column in stream.columns.items()}
    assert found == {name: pytest.approx(column, nan_ok=True) for name, column in expected.items()}


def test_both_spellings_say_the_same(read, tmp_path):
    """Raw from the service or as a tool writes it once more: one workout with one stream."""
    plain = {"workout": WORKOUT, "performance_graph": GRAPH}
    first = read(one=plain)
    loud = {
        "WorkoutType": 1,
        "UserData": {"Weight": 70},
        "Workout": shouting(WORKOUT),
        "WorkoutSamples": shouting(GRAPH),
    }
    (tmp_path / "one.json").unlink()
    second = read(two=loud)
    assert of(Workout, first) == of(Workout, second)
    for one, other in zip(of(Stream, first), of(Stream, second), strict=True):
        assert one.columns.keys() == other.columns.keys()
        assert all(
            np.array_equal(one.columns[name], other.columns[name], equal_nan=True) for name in one.columns
        )


@pytest.mark.parametrize(
    ("changes", "offset_min"),
    [
        ({"timezone": "Etc/GMT+6"}, -360),
        ({"timezone": "America/Chicago"}, -300),
        ({"timezone": "Asia/Tokyo"}, 540),
        ({"timezone": None}, -420),
        ({"timezone": "Nowhere/Land", "device_time_created_at": None}, UNKNOWN_OFFSET),
    ],
)
def test_offset_is_that_of_the_zone_else_of_the_disguised_clock(read, changes, offset_min):
    """``Etc/GMT+6`` is west; without a zone the fake epoch's distance is the offset."""
    (ride,) = of(Workout, read(one=WORKOUT | changes))
    assert ride.offset_min == offset_min


def test_graph_that_does_not_fit_ends_with_the_workout(read):
    """A workout that was resumed says when, and its graph counts from when it was opened."""
    long = GRAPH | {"seconds_since_pedaling_start": [60, 660]}
    said = WORKOUT | {"created_at": START - 120, "start_time": START + 300}
    records = read(one={"workout": said, "performance_graph": long})
    (ride,), (stream,) = of(Workout, records), of(Stream, records)
    assert (ride.start, ride.end) == ((START - 60) * SECOND_NS, (START + 600) * SECOND_NS)
    assert stream.time.tolist() == [START * SECOND_NS, (START + 600) * SECOND_NS]


def test_route_is_a_stream_of_its_own(read):
    """Places have seconds of their own; no fix and impossible ones are left out."""
    point = {"seconds_offset_from_start": 3, "latitude": 52.5, "longitude": 13.4, "accuracy": 4.5}
    bad = [point | {"latitude": 0, "longitude": 0}, point | {"latitude": 95}, point | {"longitude": None}]
    unsure = point | {"seconds_offset_from_start": 9, "accuracy": -1}
    parts = [{"is_gap": False, "coordinates": [point, *bad]}, {"is_gap": True, "coordinates": [unsure]}]
    walk = WORKOUT | {"fitness_discipline": "walking", "is_outdoor": True}
    records = read(one={"workout": walk, "performance_graph": GRAPH | {"location_data": parts}})
    assert of(Workout, records)[0].activity == "walking"
    route = next(stream for stream in of(Stream, records) if stream.part == "route")
    assert ((route.time - START * SECOND_NS) // SECOND_NS).tolist() == [3, 9]
    assert route.columns["latitude"].tolist() == [52.5, 52.5]
    assert route.columns["horizontal_accuracy"][0] == 4.5
    assert isnan(route.columns["horizontal_accuracy"][1])


def movement(name, number, weight=None, unit="lb", **more):
    weights = None if weight is None else [{"weight_data": {"weight_value": weight, "weight_unit": unit}}]
    return {
        "movement_name": name,
        "completed_number": number,
        "weight": weights,
        "offset": 60,
        "length": 40,
        **more,
    }


def strength(*movements):
    tracked = {"completed_movements_summary_data": {"repetition_summary_data": list(movements)}}
    return WORKOUT | {"fitness_discipline": "strength", "total_work": 0, "movement_tracker_data": tracked}


def test_counted_movements_are_sets(read):
    """Repetitions or, of a hold, seconds; pounds become kg; no weight is the body's own."""
    said = strength(
        movement("Bicep Curl", 12, 15.0, movement_id="m1", target_number=14),
        movement("Goblet Squat", 10, 12, "kg"),
        movement("Plank", 30, is_hold=True),
        movement("Push Up", 8, 0),
    )
    found = of(StrengthSet, read(one=said))
    facts = [(one.index, one.exercise, one.repetitions, one.load_kg, one.duration_s) for one in found]
    assert facts == [
        (1, "Bicep Curl", 12, 6.80388555, 40),
        (2, "Goblet Squat", 10, 12.0, 40),
        (3, "Plank", None, None, 30),
        (4, "Push Up", 8, None, 40),
    ]
    assert {one.start for one in found} == {(START + 60) * SECOND_NS}
    assert found[0].details == {"movement_id": "m1", "target": 14}


def test_strength_volume_of_a_month_is_the_one_worked_out_by_hand(read):
    """July: 12 x 15 lb + 10 x 12 kg = 81.646 626 6 + 120 kg; June: 5 x 20 kg."""
    july = strength(
        movement("Curl", 12, 15), movement("Squat", 10, 12, "kg"), movement("Plank", 30, is_hold=True)
    )
    june = strength(movement("Squat", 5, 20, "kg")) | {"id": "b" * 32, "created_at": 1_750_000_000}
    june |= {"start_time": 1_750_000_060, "end_time": 1_750_000_600}
    found = of(StrengthSet, read(list={"data": [july, june], "summary": {"2025-07": 1}, "page": 0}))
    volume = {"2025-06": 0.0, "2025-07": 0.0}
    for one in found:
        month = str(np.datetime64(one.start + one.offset_min * 60 * SECOND_NS, "ns"))[:7]
        volume[month] += (one.repetitions or 0) * (one.load_kg or 0)
    assert volume == {"2025-06": pytest.approx(100.0), "2025-07": pytest.approx(201.6466266)}


TABLE = "Workout Timestamp,Fitness Discipline,Title,Total Output,Length (minutes)\n"


def test_row_of_the_table_that_the_service_tells_is_repeated(read):
    """What begins within two minutes and is of the same discipline is the same workout."""
    said = TABLE + (
        "2025-07-02 12:01 (PST),Cycling,10 min Ride,176,10\n"
        "2025-07-02 12:01 (PST),Yoga,10 min Flow,,10\n"
        "2025-07-02 12:30 (PST),Cycling,10 min Ride,90,10\n"
    )
    records = read(one=WORKOUT, workouts_table=said)
    assert len(of(Workout, records)) == 3
    tally = next(one for one in of(Tally, records) if one.file.endswith(".csv"))
    assert (tally.rows, tally.used, tally.repeated) == (3, 2, 1)


def test_workout_of_two_imports_folds_into_the_more_telling(read, tmp_path):
    """The table today and the service's file tomorrow are one event; the file speaks."""
    row = TABLE + "2025-07-02 12:01 (PST),Cycling,10 min Ride,176,10\n"
    (from_table,) = of(Workout, read(workouts_table=row))
    (tmp_path / "workouts_table.csv").unlink()
    (saved,) = of(Workout, read(one={"workout": WORKOUT, "performance_graph": GRAPH}))
    (event,) = fold([from_table, saved])
    assert event.best == saved


def test_graph_of_nobody_is_left_and_counted(read):
    """A graph without an id in its name belongs to a workout only if it is alone with it."""
    alone = read(workout=WORKOUT, performance_graph=GRAPH)
    assert len(of(Stream, alone)) == 1
    crowd = read(other=WORKOUT | {"id": "b" * 32, "start_time": START + 5000, "end_time": START + 6000})
    assert of(Stream, crowd) == []
    tallies = {tally.file: tally for tally in of(Tally, crowd)}
    assert tallies["performance_graph.json"].left == {"no-workout": 1}


def test_workout_that_comes_twice_is_told_by_the_richer_file(read):
    """Of a list and a file with the graph, the file is read and the list repeats it."""
    both = {"WorkoutType": 1, "Workout": shouting(WORKOUT), "WorkoutSamples": shouting(GRAPH)}
    records = read(a_list={"data": [WORKOUT]}, b_both=both)
    assert [ride.distance_m for ride in of(Workout, records)] == [3 * 1609.344]
    assert {tally.file: (tally.used, tally.repeated) for tally in of(Tally, records)} == {
        "a_list.json": (0, 1),
        "b_both.json": (1, 0),
    }


def test_workouts_that_can_not_be_used_are_rejected(read):
    """No time, an end before the start, a file cut short: each is a reason, the rest is read."""
    timeless = {key: one for key, one in WORKOUT.items() if not key.endswith(("_at", "_time"))}
    backwards = copy.deepcopy(WORKOUT) | {"id": "b" * 32, "end_time": START - 1}
    text = json.dumps([WORKOUT, timeless | {"id": "c" * 32}, backwards, WORKOUT | {"id": "d" * 32}])
    records = read(cut=text[:-20])
    assert len(of(Workout, records)) == 1
    assert [(one.reason, one.position) for one in of(Rejection, records)] == [
        ("bad-date", 2),
        ("end-before-start", 3),
        ("malformed-json", 4),
    ]
    (tally,) = of(Tally, records)
    assert (tally.rows, tally.used, tally.rejected) == (4, 1, 3)


UNITS = {
    "ft": 0.3048,
    "mph": 1609.344 / 3600,
    "kph": 1000 / 3600,
    "min/mi": 60 / 1.609344,
    "min/km": 60,
    "min/500m": 60,
    "mi": 1609.344,
    "km": 1000,
}
"""The units that are not the vault's own."""
UNIT_ROWS = rows("series.csv") + rows("totals.csv")


@pytest.mark.parametrize("row", UNIT_ROWS, ids=lambda row: f"{row['slug']} {row['unit']}")
def test_units_tables_convert_by_the_unit(row):
    """Every factor is that of its unit, worked out here once more."""
    assert float(row["factor"]) == pytest.approx(UNITS.get(row["unit"], 1), rel=1e-12)
