"""Technogym's export: exercises, visits, sets, outdoor activities, biometrics."""

from __future__ import annotations

import json
from collections import defaultdict
from zoneinfo import ZoneInfo

import pytest

from adapters.base import Options
from adapters.technogym import ADAPTER
from adapters.technogym.properties import activity_of, rows
from vault.errors import MalformedFile
from vault.merge.activities import activities
from vault.metrics import find, is_vendor_coded
from vault.records import Rejection, Samples, StrengthSet, Tally, Workout
from vault.time import UNKNOWN_OFFSET, format_instant

GUID = "-5f2c1d3e-0000-4000-8000-000000000001.json"


def pairs(**said):
    return [{"n": name, "v": value} for name, value in said.items()]


def exercise(identity, on, *sets, machine="bike", **said):
    performed = {"pr": pairs(**said)} | ({"st": list(sets)} if sets else {})
    return {
        "phId": machine,
        "on": on,
        "user": "Sesame",
        "facility": "Sesame",
        "performedData": performed,
        "id": identity,
    }


def lift(pos, reps, kg, seconds=40, rest=60):
    return {"pos": pos, "pr": pairs(IsoReps=reps, IsoWeight=kg, Duration=seconds, RestTime=rest)}


@pytest.fixture
def read(tmp_path):
    def reading(*, options=None, **files):
        for name, said in files.items():
            data = said if isinstance(said, bytes) else json.dumps(said).encode()
            (tmp_path / f"{name}{GUID}").write_bytes(data)
        return list(ADAPTER.read(tmp_path, options or Options()))

    return reading


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def written(workout) -> tuple[str, str]:
    return tuple(format_instant(at, workout.offset_min) for at in (workout.start, workout.end))


def test_time_of_an_exercise_is_its_end(read):
    """It began by its duration before; the time has seven digits of a second."""
    said = exercise("i-1", "2026-03-02T18:32:10.1234567+01:00", Duration=1800, HDistance=5012.4, AvgPower=212)
    (found,) = of(Workout, read(indooractivities=[said]))
    assert written(found) == ("2026-03-02T18:02:10.123456+01:00", "2026-03-02T18:32:10.123456+01:00")
    assert (found.key, found.activity, found.duration_s, found.distance_m) == (
        "i-1",
        "indoor_cycling",
        1800,
        5012.4,
    )
    assert found.details == {"average_power_w": 212, "machine": "bike", "visit": "i-1"}


@pytest.mark.parametrize(
    ("said", "activity"),
    [
        ({"HDistance": 3000, "AvgRunningCadence": 160}, "indoor_running"),
        ({"HDistance": 3000, "AvgPace": "5.9", "AvgPower": 200}, "indoor_running"),
        ({"HDistance": 9000, "AvgPower": 200}, "indoor_cycling"),
        ({"RowingDistance": 2000}, "indoor_rowing"),
        ({"AvgSpm": 24}, "indoor_rowing"),
        ({"Floors": 30}, "stair_climbing"),
        ({"TotalIsoWeight": 1000}, "strength_training"),
        ({"Calories": 100}, "other"),
    ],
)
def test_activity_is_told_by_what_was_measured(said, activity):
    """The export names no machine; a pace is of runners, power over a distance of riders."""
    assert activity_of(set(said)) == activity


def test_sets_of_a_visit_are_one_workout(read):
    """Exercises on several machines, 20 minutes apart; a ride between them is a workout of its own."""
    press = exercise(
        "i-1",
        "2026-03-02T18:00:00+01:00",
        lift(0, 10, 60),
        lift(1, 8, 65, rest=0),
        machine="press",
        Duration=200,
    )
    ride = exercise("i-2", "2026-03-02T18:30:00+01:00", Duration=1500, HDistance=9000, AvgPower=200)
    pull = exercise(
        "i-3", "2026-03-02T18:40:00+01:00", lift(0, 12, 40, rest=0), machine="pull", Duration=60, Rm1=55
    )
    records = read(indooractivities=[pull, ride, press])
    found = {one.activity: one for one in of(Workout, records)}
    strength = found["strength_training"]
    assert written(strength) == ("2026-03-02T17:56:40+01:00", "2026-03-02T18:40:00+01:00")
    assert (strength.key, strength.duration_s) == ("strength|i-1", 260)
    assert strength.details == {"volume_kg": 600 + 520 + 480, "exercises": 2, "visit": "i-1"}
    sets = of(StrengthSet, records)
    facts = [(one.index, one.exercise, one.repetitions, one.load_kg, one.per_side) for one in sets]
    assert facts == [(1, "press", 10, 60, False), (2, "press", 8, 65, False), (3, "pull", 12, 40, False)]
    clocks = [format_instant(one.start, one.offset_min)[11:19] for one in sets]
    assert clocks == ["17:57:40", "17:59:20", "18:39:20"]
    assert sets[2].details == {
        "rest_s": 0,
        "one_rep_max_kg": 55,
        "one_rep_max_by": "technogym",
        "record": "i-3",
    }


@pytest.mark.parametrize(("gap_min", "workouts"), [(89, 1), (90, 1), (91, 2)])
def test_visit_ends_with_a_gap_of_ninety_minutes(read, gap_min, workouts):
    """Not with the day: the first exercise ends ten minutes before midnight."""
    first = exercise("i-1", "2026-03-02T23:50:00+01:00", lift(0, 10, 60), Duration=60)
    minutes = 50 + gap_min + 1 - 60
    second = exercise(
        "i-2", f"2026-03-03T{minutes // 60:02}:{minutes % 60:02}:00+01:00", lift(0, 10, 60), Duration=60
    )
    assert len(of(Workout, read(indooractivities=[first, second]))) == workouts


@pytest.mark.parametrize(
    ("said", "repetitions", "load_kg"),
    [
        ({"TotalIsoWeight": 1200, "IsoWeight": 60}, 20, 60),
        ({"IsoReps": 15, "IsoWeight": 20}, 15, 20),
        ({"TotalIsoWeight": 1200}, None, None),
    ],
)
def test_sets_that_are_not_listed_are_one(read, said, repetitions, load_kg):
    """All repetitions are the weight moved in all by that of one."""
    (found,) = of(StrengthSet, read(indooractivities=[exercise("i-1", "2026-03-02T18:00:00+01:00", **said)]))
    assert (found.repetitions, found.load_kg, found.details["sets_together"]) == (repetitions, load_kg, 1)


def test_records_are_told_apart_by_their_id(read):
    """``phId`` is the machine: two rides on one bike are two; one that comes in two exports is one."""
    one, two = (
        exercise(f"i-{n}", f"2026-03-0{n}T18:00:00+01:00", Duration=600, HDistance=1, AvgPower=9)
        for n in (1, 2)
    )
    records = read(indooractivities=[one, two], indooractivitiesold=[two])
    assert [found.key for found in of(Workout, records)] == ["i-1", "i-2"]
    assert sorted((one.rows, one.used, one.repeated) for one in of(Tally, records)) == [(1, 0, 1), (2, 2, 0)]


MONTHS = {"2026-02": (1, 500.0), "2026-03": (3, 10 * 60 + 8 * 65 + 12 * 40)}
"""By hand: sets, kg. The last visit of February is in March by UTC in New York."""


def test_volume_of_a_month_is_the_one_worked_out_by_hand(read):
    """Repetitions by load, by local month."""
    said = [
        exercise("i-1", "2026-02-28T22:00:00-05:00", lift(0, 10, 50), Duration=60),
        exercise("i-2", "2026-03-02T18:00:00-05:00", lift(0, 10, 60), lift(1, 8, 65), Duration=200),
        exercise("i-3", "2026-03-20T18:00:00-04:00", lift(0, 12, "40"), Duration=60),
    ]
    sums = defaultdict(lambda: (0, 0.0))
    for one in of(StrengthSet, read(indooractivities=said)):
        month = format_instant(one.start, one.offset_min)[:7]
        sums[month] = (sums[month][0] + 1, sums[month][1] + one.repetitions * one.load_kg)
    assert sums == MONTHS


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Europe/Berlin", "2026-03-28T09:00:00Z", "2026-03-30T08:00:00Z"),
        ("America/New_York", "2026-03-28T14:00:00Z", "2026-03-30T14:00:00Z"),
        ("Asia/Kolkata", "2026-03-28T04:30:00Z", "2026-03-30T04:30:00Z"),
        ("Pacific/Auckland", "2026-03-27T21:00:00Z", "2026-03-29T21:00:00Z"),
    ],
)
def test_clock_without_an_offset_is_the_owners(read, zone, before, after):
    """A told zone gives the offset; home and the account's zone are assumed, and it stays unknown."""
    said = [exercise(f"i-{day}", f"2026-03-{day}T10:00:00", Duration=600) for day in (28, 30)]
    told = of(Workout, read(indooractivities=said, options=Options(timezone=ZoneInfo(zone))))
    assumed = of(Workout, read(indooractivities=said, options=Options(home=ZoneInfo(zone))))
    named = of(Workout, read(indooractivities=said, masterdata={"credentialId": "c", "timezone": zone}))
    for found in (told, assumed, named):
        assert [format_instant(one.end) for one in found] == [before, after]
    assert {one.offset_min for one in assumed + named} == {UNKNOWN_OFFSET}
    assert UNKNOWN_OFFSET not in {one.offset_min for one in told}


def test_recorded_offset_wins_over_every_zone(read):
    """Nine hours east on a journey: what is written beside the clock counts."""
    said = exercise("i-1", "2026-03-28T10:00:00+09:00", Duration=600)
    (found,) = of(Workout, read(indooractivities=[said], options=Options(timezone=ZoneInfo("Europe/Berlin"))))
    assert (format_instant(found.end), found.offset_min) == ("2026-03-28T01:00:00Z", 540)


def test_time_of_an_outdoor_activity_is_its_start(read):
    """Unlike indoors; what the activity is called gives the word."""
    said = {
        "activityName": "Running",
        "performedDate": "2026-03-03T07:00:00+01:00",
        "gpsData": True,
        "physicalActivityData": {"pr": pairs(Duration=2700, HDistance=8020, Calories=610, AvgHr=151)},
        "id": "o-1",
    }
    (found,) = of(Workout, read(outdooractivities=[said]))
    assert written(found) == ("2026-03-03T07:00:00+01:00", "2026-03-03T07:45:00+01:00")
    assert (found.activity, found.distance_m, found.energy_kcal, found.hr_mean) == ("running", 8020, 610, 151)


@pytest.mark.parametrize(
    ("name", "value", "metric", "unit", "number"),
    [
        ("Weight", "81.4", "body_mass", "", 81.4),
        ("weight", "81,4", "body_mass", "", 81.4),
        ("Peso", 81.4, "body_mass", "", 81.4),
        ("Größe", "181", "height", "", 181),
        ("Vetmassa", "14.1", "body_fat_mass", "", 14.1),
        ("Fat mass Perc", "18.2", "body_fat_percentage", "", 18.2),
        ("Fat Mass", "14.8", "body_fat_mass", "", 14.8),
        ("VO2 Max", "47.3", "vo2_max", "", 47.3),
        ("Basal Metabolic Rate", "1800", "technogym:basal_metabolic_rate", "kcal", 1800),
        ("1RM Leg Press [Biostrength]", "212.5", "technogym:1rm_leg_press_biostrength", "kg", 212.5),
        ("Massa grassa", "14", "technogym:massa_grassa", "", 14),
    ],
)
def test_measure_is_known_by_its_name_in_the_accounts_language(read, name, value, metric, unit, number):
    """What the table does not know is kept under the name it has, in no unit."""
    said = [{"name": name, "measuredOn": "2026-03-01T08:15:00+01:00", "value": value}]
    (found,) = of(Samples, read(biometrics=said))
    assert (found.metric, found.unit, found.value.tolist()) == (metric, unit, [number])
    assert found.offset_min.tolist() == [60]


def test_every_row_is_counted(read):
    """Zero is no measure, a name or a time may be missing, the account is personal."""
    measures = [
        {"name": "Weight", "measuredOn": "2026-03-01T08:15:00Z", "value": "0"},
        {"name": "Weight", "measuredOn": "Sesame", "value": "80"},
        {"name": "", "measuredOn": "2026-03-01T08:15:00Z", "value": "80"},
        {"name": "Weight", "measuredOn": "2026-03-01T08:15:00Z", "value": "80"},
    ]
    records = read(biometrics=measures, masterdata={"credentialId": "Sesame"}, outdooractivities=b" []\n")
    tallies = {one.file.partition("-")[0]: one for one in of(Tally, records)}
    body = tallies["biometrics"]
    assert (body.rows, body.used, body.rejected, body.left) == (4, 1, 2, {"no-value": 1})
    assert tallies["masterdata"].left == {"personal": 1}
    assert tallies["outdooractivities"].rows == 0
    assert [(one.reason, one.position) for one in of(Rejection, records)] == [
        ("bad-date", 2),
        ("bad-value", 3),
    ]
    assert "Sesame" not in repr(records)


def test_file_that_is_cut_short_keeps_what_came_before(read):
    """What is whole is read, and the other files are too."""
    said = [exercise(f"i-{n}", f"2026-03-0{n}T18:00:00+01:00", Duration=600) for n in (1, 2)]
    records = read(indooractivities=json.dumps(said).encode()[:-30], biometrics=[])
    assert [one.key for one in of(Workout, records)] == ["i-1"]
    assert [(one.reason, one.position) for one in of(Rejection, records)] == [("malformed-json", 2)]


def test_folder_without_a_file_of_the_export_is_refused(read):
    """Nothing in it can be read."""
    with pytest.raises(MalformedFile):
        read(notes={"hello": 1})


@pytest.mark.parametrize("row", rows("biometrics.csv"), ids=lambda row: row["name"])
def test_biometrics_table_names_metrics_in_their_units(row):
    """A catalogue metric has the catalogue's unit and is declared; the vendor's own bring theirs."""
    if is_vendor_coded(row["metric"]):
        assert row["metric"].startswith("technogym:")
    else:
        assert find(row["metric"]).ucum in ("kg", "cm", "%", "kg/m2", "mL/min/kg")
        assert (row["unit"], row["metric"] in ADAPTER.coverage.metrics) == ("", True)


@pytest.mark.parametrize("row", rows("fingerprints.csv"), ids=lambda row: row["activity"])
def test_fingerprints_table_uses_known_names(row):
    """Every name is a property, every word an activity of the project."""
    names = {one["name"] for one in rows("properties.csv")}
    assert set((row["all_of"] + " " + row["any_of"]).split()) <= names
    assert row["activity"] in activities()
