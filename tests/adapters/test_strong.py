"""Strong's tables: each layout says the same of a workout; what a table does not say is not made up."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Options
from adapters.strong import ADAPTER
from adapters.strong.units import proven_unit
from vault.errors import InputError
from vault.records import Rejection, StrengthSet, Tally, Workout
from vault.time import UNKNOWN_OFFSET, day_of_date, instant_ns, local_days

BERLIN = ZoneInfo("Europe/Berlin")
CLASSIC = '''Date,Workout Name,Duration,Exercise Name,Set Order,Weight,Reps,Distance,Seconds,\
Notes,Workout Notes,RPE
2025-01-10 18:05:00,"Push",1h 11m,"Bench Press (Barbell)",W,20.0,10,0,0,"","a good day",0
2025-01-10 18:05:00,"Push",1h 11m,"Bench Press (Barbell)",1,82.5,5,0,0,,,8.5
2025-01-10 18:05:00,"Push",1h 11m,"Pull Up",1,0.0,9,0,0,"wide, ""strict""",,0
2025-01-10 18:05:00,"Push",1h 11m,"Plank",1,0.0,0,0,60,,,0
'''
OLDER = "\n".join(
    ",".join(cells[:2] + cells[3:]) for cells in (line.split(",") for line in CLASSIC.splitlines())
)
UNITS = """Date,Workout Name,Duration,Exercise Name,Set Order,Weight,Weight Unit,Reps,\
RPE,Distance,Distance Unit,Seconds,Notes,Workout Notes
2025-01-10 18:05:00,"Push",1h 11m,"Bench Press (Barbell)",W,45,lbs,10,,0,,0,,
2025-01-10 18:05:00,"Push",1h 11m,"Bench Press (Barbell)",F,185,lbs,5,8.5,0,,0,,
2025-01-10 18:05:00,"Push",1h 11m,"Rowing (Machine)",1,0,,0,,1.5,miles,600,,
2025-01-10 18:05:00,"Push",1h 11m,"Bench Press (Barbell)",Rest Timer,,,,,,,120,,
2025-01-10 18:05:00,"Push",1h 11m,"Bench Press (Barbell)",Note,0,lbs,0,,0,,0,"go slow",
"""
ANDROID = """Date;Workout Name;Exercise Name;Set Order;Weight;Weight Unit;Reps;\
RPE;Distance;Distance Unit;Seconds;Notes;Workout Notes;Workout Duration
2025-01-10 18:05:00;"Push";"Bench Press (Barbell)";1;82,5;kg;5;8;;;0;"";"";46m
"""
NUMBERED = """"Workout #";"Date";"Workout Name";"Duration (sec)";"Exercise Name";"Set Order";\
"Weight (kg)";"Reps";"RPE";"Distance (meters)";"Seconds";"Notes";"Workout Notes"
"7";"2025-01-10 18:05:00";"Push";"4260";"Bench Press (Barbell)";"1";"82.5";"5";"8.5";"";"0";"";""
"7";"2025-01-10 18:05:00";"Push";"4260";"Running";"1";"0";"0";"";"5000";"1500";"";""
"""
GERMAN = """Datum,Workout-Name,Dauer,Name der Übung,Reihenfolge festlegen,Gewicht,Wiederh.,\
Entfernung,Sekunden,Notizen,Workout-Notizen,RPE
2025-01-10 18:05:00,"Ganzkörper",2h 23min,"Bankdrücken (Langhantel)",1,50.0,12.0,0,0.0,"","Erstes Training",
2025-01-10 18:05:00,"Ganzkörper",2h 23min,"Bankdrücken (Langhantel)",Ruhezeit,0,0.0,0,120.0,,,
2025-01-10 18:05:00,"Ganzkörper",2h 23min,"Bankdrücken (Langhantel)",2,55.0,10.0,0,0.0,,,8
"""


def read(tmp_path, *tables, unit="", zone=BERLIN, encoding="utf-8"):
    folder = tmp_path / "export"
    folder.mkdir(exist_ok=True)
    for number, table in enumerate(tables):
        (folder / f"strong_{number}.csv").write_bytes(table.encode(encoding))
    return list(ADAPTER.read(folder, Options(timezone=zone, weight_unit=unit)))


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def said(one: StrengthSet):
    return one.index, one.exercise, one.set_type, one.repetitions, one.load_kg, one.duration_s, one.rpe


def test_strong_with_units_in_its_rows(tmp_path):
    """Pounds become kilograms and miles metres; rest timers and note rows are counted and left."""
    found = read(tmp_path, UNITS)
    assert [said(one) for one in of(StrengthSet, found)] == [
        (1, "Bench Press (Barbell)", "warmup", 10, pytest.approx(20.41165665), None, None),
        (2, "Bench Press (Barbell)", "failure", 5, pytest.approx(83.91458845), None, 8.5),
        (3, "Rowing (Machine)", "normal", None, None, 600, None),
    ]
    assert of(StrengthSet, found)[2].distance_m == pytest.approx(2414.016)
    assert of(Tally, found) == [Tally("strong_0.csv", 5, 3, 0, 0, {"rest-timer": 1, "note": 1})]


def test_strong_of_android_writes_commas(tmp_path):
    """With semicolons between cells a comma is a decimal one, and the length stands last."""
    found = read(tmp_path, ANDROID)
    assert [said(one) for one in of(StrengthSet, found)] == [
        (1, "Bench Press (Barbell)", "normal", 5, 82.5, None, 8),
    ]
    (workout,) = of(Workout, found)
    assert (workout.duration_s, workout.end - workout.start) == (46 * 60, 46 * 60 * 10**9)


def test_strong_with_units_in_its_header(tmp_path):
    """The newest layout numbers workouts, and counts seconds and metres."""
    found = read(tmp_path, NUMBERED)
    assert [said(one) for one in of(StrengthSet, found)] == [
        (1, "Bench Press (Barbell)", "normal", 5, 82.5, None, 8.5),
        (2, "Running", "normal", None, None, 1500, None),
    ]
    assert of(StrengthSet, found)[1].distance_m == 5000
    assert of(Workout, found)[0].duration_s == 4260


def test_strong_in_pounds_by_its_header(tmp_path):
    """The same layout of who lifts in pounds."""
    (first, _) = of(StrengthSet, read(tmp_path, NUMBERED.replace("Weight (kg)", "Weight (lbs)")))
    assert first.load_kg == pytest.approx(37.421370525)


def test_strong_in_german(tmp_path):
    """Columns, rest timers and lengths in German; a name in brackets is kept as it is."""
    found = read(tmp_path, GERMAN)
    assert [one.repetitions for one in of(StrengthSet, found)] == [12, 10]
    (workout,) = of(Workout, found)
    assert workout.key == "2025-01-10T18:05:00|Ganzkörper"
    assert (workout.duration_s, workout.details["note"]) == (8580, "Erstes Training")
    assert of(Tally, found)[0].left == {"rest-timer": 1}


def test_strong_without_units_makes_no_load(tmp_path):
    """Round numbers may be kilograms or pounds: the weight is kept as written, the set has no load."""
    found = read(tmp_path, CLASSIC)
    sets = of(StrengthSet, found)
    assert [one.load_kg for one in sets] == [None] * 4
    assert sets[1].details == {"weight": 82.5, "weight_unit": "unknown"}
    assert (sets[2].repetitions, sets[2].details) == (9, {"note": 'wide, "strict"'})
    assert (sets[3].duration_s, sets[3].rpe) == (60, None)
    (workout,) = of(Workout, found)
    assert (workout.duration_s, workout.activity) == (4260, "strength_training")
    assert workout.details == {"title": "Push", "note": "a good day"}


def test_strong_without_units_may_be_told(tmp_path):
    """Who knows says it once, and the weights are loads; where a table says its unit, nobody is asked."""
    assert of(StrengthSet, read(tmp_path, CLASSIC, unit="kg"))[1].load_kg == 82.5
    assert of(StrengthSet, read(tmp_path, CLASSIC, unit="lb"))[1].load_kg == pytest.approx(37.421370525)
    assert of(StrengthSet, read(tmp_path, UNITS, unit="kg"))[1].load_kg == pytest.approx(83.91458845)


def test_strong_without_units_may_prove_them(tmp_path):
    """15 lb in a table of kilograms is 6.80388555: every weight in it is kilograms, whatever is said."""
    proof = '2025-01-11 18:05:00,"Pull",5m,"Curl",1,6.80388555,5,0,0,,,0\n'
    for unit in ("", "lb"):
        sets = of(StrengthSet, read(tmp_path, CLASSIC + proof, unit=unit))
        assert [one.load_kg for one in sets] == [20, 82.5, None, None, 6.80388555]


@given(st.integers(1, 2_000), st.sampled_from(["kg", "lb"]))
def test_unit_is_proven_by_what_was_converted(quarters, unit):
    """Any weight set in one unit and written in the other proves the other, unless it is round in both."""
    shown = quarters / 4 * (0.45359237 if unit == "kg" else 1 / 0.45359237)
    assert proven_unit([round(shown, 8), 20, 45, 2.5]) in (unit, "")
    assert proven_unit([6.80388555 if unit == "kg" else 44.09245244, round(shown, 8)]) == unit


@given(st.lists(st.integers(0, 2_000).map(lambda quarters: quarters / 4)))
def test_unit_of_round_weights_is_not_guessed(weights):
    """Plates of either unit are round and prove nothing, however many; nor do contradictions."""
    assert proven_unit(weights) == ""
    assert proven_unit([*weights, 6.80388555, 44.09245244]) == ""


def test_strong_without_lengths_has_no_end(tmp_path):
    """The oldest layout does not say how long it took: it ends where it begins."""
    (workout,) = of(Workout, read(tmp_path, OLDER))
    assert workout.duration_s is None
    assert workout.start == workout.end == instant_ns(datetime(2025, 1, 10, 17, 5, tzinfo=UTC))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_strong_in_other_encodings(tmp_path, encoding):
    """A mark in front or an old code page does not hide the columns."""
    (workout,) = of(Workout, read(tmp_path, GERMAN, encoding=encoding))
    assert workout.details["title"] == "Ganzkörper"


@pytest.mark.parametrize(
    ("zone", "winter", "summer", "changing"),
    [
        ("Europe/Berlin", "2025-01-10T17:05", "2025-07-10T16:05", "2025-03-30T01:30"),
        ("America/New_York", "2025-01-10T23:05", "2025-07-10T22:05", "2025-03-30T06:30"),
        ("Asia/Kolkata", "2025-01-10T12:35", "2025-07-10T12:35", "2025-03-29T21:00"),
        ("Pacific/Auckland", "2025-01-10T05:05", "2025-07-10T06:05", "2025-03-29T13:30"),
    ],
)
@pytest.mark.parametrize("is_told", [True, False])
def test_strong_clock_is_that_of_its_zone(tmp_path, zone, winter, summer, changing, is_told):
    """Instants by the zone, told or of home; the day is the clock's in either case, also on changed days.

    At half past two on 30 March 2025 no clock in Berlin stood: it is taken for half past three.
    """
    rows = [CLASSIC.splitlines()[0]]
    for day, clock in (("2025-01-10", "18:05:00"), ("2025-07-10", "18:05:00"), ("2025-03-30", "02:30:00")):
        rows.append(f'{day} {clock},"Push",1h,"Pull Up",1,0,9,0,0,,,0')
    path = tmp_path / "strong.csv"
    path.write_text("\n".join(rows))
    options = Options(timezone=ZoneInfo(zone)) if is_told else Options(home=ZoneInfo(zone))
    workouts = sorted(of(Workout, ADAPTER.read(path, options)), key=lambda one: one.key)
    starts = [winter, changing, summer]
    assert [one.start for one in workouts] == [
        instant_ns(datetime.fromisoformat(start).replace(tzinfo=UTC)) for start in starts
    ]
    assert all((one.offset_min == UNKNOWN_OFFSET) != is_told for one in workouts)
    days = local_days(
        np.array([one.start for one in workouts], np.int64),
        np.array([one.offset_min for one in workouts], np.int16),
        ZoneInfo(zone),
    )
    assert days.tolist() == [day_of_date(date(2025, *day)) for day in ((1, 10), (3, 30), (7, 10))]


def test_strong_twice_tells_each_workout_once(tmp_path):
    """Of overlapping tables the later repeats what the earlier told, row by row."""
    more = '2025-01-12 10:00:00,"Run",30m,"Running",1,0,0,5,1800,,,0\n'
    found = read(tmp_path, CLASSIC, CLASSIC + more)
    assert [one.key for one in of(Workout, found)] == ["2025-01-10T18:05:00|Push", "2025-01-12T10:00:00|Run"]
    assert of(Tally, found) == [
        Tally("strong_0.csv", 4, 4, 0, 0, {}),
        Tally("strong_1.csv", 5, 1, 4, 0, {}),
    ]
    assert of(Workout, found)[1].activity == "running"


def test_strong_row_that_is_none_costs_itself(tmp_path):
    """No date, no exercise, no number, no value: each row has its reason, the others are read."""
    bad = [
        'yesterday,"Push",1h,"Pull Up",1,0,9,0,0,,,0',
        '2025-01-10 18:05:00,"Push",1h,,1,0,9,0,0,,,0',
        '2025-01-10 18:05:00,"Push",1h,"Pull Up",1,much,9,0,0,,,0',
        '2025-01-10 18:05:00,"Push",1h,"Pull Up",1,0,-9,0,0,,,0',
        '2025-01-10 18:05:00,"Push",1h,"Pull Up",1,0,1e300,0,0,,,0',
        '2025-01-10 18:05:00,"Push",1h,"Pull Up",1,0,0,0,0,,,0',
        '2025-01-10 18:05:00,"Push"',
    ]
    table = CLASSIC + "\n".join(bad) + "\n"
    found = read(tmp_path, table)
    assert [(one.reason, one.position) for one in of(Rejection, found)] == [
        ("bad-date", 6),
        ("no-exercise", 7),
        ("bad-value", 8),
        ("bad-value", 9),
        ("bad-value", 10),
        ("no-exercise", 12),
    ]
    (tally,) = of(Tally, found)
    assert tally.left == {"no-value": 1}
    assert tally.rows == len(list(csv.DictReader(io.StringIO(table)))) == 11


def test_strong_help_of_a_machine_is_no_load(tmp_path):
    """A weight below zero is what an assisted pull-up is made lighter by."""
    row = CLASSIC + '2025-01-10 18:05:00,"Push",1h,"Pull Up (Assisted)",1,-20,9,0,0,,,0\n'
    assisted = of(StrengthSet, read(tmp_path, row, unit="kg"))[-1]
    assert (assisted.load_kg, assisted.details) == (None, {"assistance_kg": 20})


def test_strong_beside_other_files(tmp_path):
    """What is not Strong's is said, and a table in a language nobody knows is not guessed at."""
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "other.csv").write_text("Fecha,Peso\n2025-01-10,80\n")
    assert ADAPTER.detect(folder) is None
    with pytest.raises(InputError):
        list(ADAPTER.read(folder, Options()))
    found = read(tmp_path, CLASSIC)
    assert of(Rejection, found) == [Rejection("unknown-document", "other.csv", 0)]


def test_strong_tables_of_which_the_first_knows_less(tmp_path):
    """Of two exports in one folder the later has a set more and one that was mended: both are told."""
    later = CLASSIC.replace(",82.5,", ",85.0,") + '2025-01-10 18:05:00,"Push",1h 11m,"Dip",1,0,8,0,0,,,0\n'
    found = read(tmp_path, CLASSIC, later, unit="kg")
    assert [(one.index, one.load_kg) for one in of(StrengthSet, found)][4:] == [(2, 85.0), (5, None)]
    assert len(of(Workout, found)) == 1
    assert [(one.used, one.repeated) for one in of(Tally, found)] == [(4, 0), (2, 3)]


@given(st.binary(max_size=200))
def test_strong_survives_any_bytes(tmp_path_factory, noise):
    """Whatever stands behind a header is read, left or rejected, and counted."""
    path = tmp_path_factory.mktemp("fuzz") / "strong.csv"
    path.write_bytes(CLASSIC.encode() + noise)
    (tally,) = of(Tally, ADAPTER.read(path, Options()))
    assert tally.rows == tally.used + tally.rejected + sum(tally.left.values())
