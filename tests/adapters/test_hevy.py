"""Hevy's table of sets: units of its columns, dates of its languages, and a month's volume by hand."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vault
from adapters.base import Options
from adapters.hevy import ADAPTER
from vault.records import Rejection, StrengthSet, Tally, Workout
from vault.time import day_of_date, instant_ns, local_days

BERLIN = ZoneInfo("Europe/Berlin")
KG = (
    '"title","start_time","end_time","description","exercise_title","superset_id","exercise_notes",'
    '"set_index","set_type","weight_kg","reps","distance_km","duration_seconds","rpe"\n'
)
LB = KG.replace("weight_kg", "weight_lbs").replace("distance_km", "distance_miles")
MARCH = [
    # title, start, exercise, kind, kg, repetitions
    ("Push", "3 Mar 2025, 17:30", "Bench Press (Barbell)", "warmup", 20, 10),
    ("Push", "3 Mar 2025, 17:30", "Bench Press (Barbell)", "normal", 80, 5),
    ("Push", "3 Mar 2025, 17:30", "Bench Press (Barbell)", "failure", 80, 4),
    ("Push", "3 Mar 2025, 17:30", "Bench Press (Barbell)", "dropset", 60, 8),
    ("Push", "3 Mar 2025, 17:30", "Triceps Pushdown", "normal", 22.5, 12),
    ("Legs", "30 Mar 2025, 01:30", "Squat (Barbell)", "normal", 100, 5),
    ("Legs", "30 Mar 2025, 01:30", "Squat (Barbell)", "normal", 102.5, 5),
    ("Pull", "31 Mar 2025, 23:40", "Pull Up", "normal", "", 9),
    ("Pull", "31 Mar 2025, 23:40", "Bent Over Row (Barbell)", "normal", 60, 10),
    ("Pull", "1 Apr 2025, 00:10", "Bent Over Row (Barbell)", "normal", 65, 10),
]
VOLUME_OF_MARCH = {
    "barbell_bench_press": 1_200,  # 400 + 320 + 480; the warm-up does not count
    "triceps_pressdown": 270,
    "barbell_back_squat": 1_012.5,  # 500 + 512.5
    "pull_up": 0,  # nobody weighed the person
    "barbell_row": 600,
}
"""kg x repetitions, by hand."""


def row(title="Legs", start="8 Apr 2026, 16:50", end="", exercise="Squat (Barbell)", **more):
    cells = {"set_index": 0, "set_type": "normal", "weight": "", "reps": "", "distance": ""} | more
    end = end or start
    return (
        f'"{title}","{start}","{end}","{more.get("description", "")}","{exercise}",'
        f'{more.get("superset", "")},"{more.get("note", "")}",{cells["set_index"]},"{cells["set_type"]}",'
        f"{cells['weight']},{cells['reps']},"
        f"{cells['distance']},{more.get('seconds', '')},{more.get('rpe', '')}\n"
    )


def read(tmp_path, *tables, zone=BERLIN):
    folder = tmp_path / "export"
    folder.mkdir(exist_ok=True)
    for number, table in enumerate(tables):
        (folder / f"workouts_{number}.csv").write_text(table, "utf-8")
    return list(ADAPTER.read(folder, Options(timezone=zone)))


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def volume(sets, month):
    """Return load x repetitions of a month's working sets by movement, as the table of sets says."""
    inside = sets[(sets["date"].dt.strftime("%Y-%m") == month) & (sets["set_type"] != "warmup")]
    lifted = (inside["load_kg"].fillna(0) * inside["repetitions"]).groupby(inside["movement"]).sum()
    return lifted.to_dict()


def test_hevy_set_says_all_it_says(tmp_path):
    """Kind, weight, repetitions, effort, superset, notes; RPE stays with the set."""
    table = KG + row(
        set_index=2,
        set_type="dropset",
        weight=22.68,
        reps=8,
        rpe=8.5,
        superset=0,
        note="Θέση 12",
        description="ok",
    )
    found = read(tmp_path, table)
    (one,) = of(StrengthSet, found)
    assert (one.index, one.exercise, one.set_type) == (1, "Squat (Barbell)", "drop")
    assert (one.load_kg, one.repetitions, one.rpe, one.rir) == (22.68, 8, 8.5, None)
    assert one.details == {"superset_id": 0, "set_index": 2, "note": "Θέση 12"}
    (workout,) = of(Workout, found)
    assert (workout.key, workout.details) == (
        "2026-04-08T16:50:00|Legs",
        {"title": "Legs", "description": "ok"},
    )


def test_hevy_in_pounds_and_miles(tmp_path):
    """The columns' names say the units."""
    found = read(tmp_path, LB + row(weight=225, reps=5) + row(exercise="Treadmill", distance=2, seconds=1200))
    squat, run = of(StrengthSet, found)
    assert squat.load_kg == pytest.approx(102.05828325)
    assert (run.distance_m, run.duration_s, run.repetitions) == (pytest.approx(3218.688), 1200, None)


def test_hevy_with_both_units(tmp_path):
    """Of two columns of weight the one that has a value counts."""
    both = KG.replace('"weight_kg"', '"weight_kg","weight_lbs"')
    rows = [row(weight="80,", reps=5), row(weight=",100", reps=5)]
    assert [one.load_kg for one in of(StrengthSet, read(tmp_path, both + "".join(rows)))] == [
        80,
        pytest.approx(45.359237),
    ]


def test_hevy_empty_is_not_zero(tmp_path):
    """Without a weight there is no load; a try that failed has 0 repetitions; nothing at all is no set."""
    found = read(tmp_path, KG + row(reps=9) + row(weight=140, reps=0) + row() + row(seconds=60))
    assert [(one.load_kg, one.repetitions, one.duration_s) for one in of(StrengthSet, found)] == [
        (None, 9, None),
        (140, 0, None),
        (None, None, 60),
    ]
    assert of(Tally, found) == [Tally("workouts_0.csv", 4, 3, 0, 0, {"no-value": 1})]


def test_hevy_order_is_that_of_the_rows(tmp_path):
    """Sets are numbered from 1 through a workout; Hevy's own count begins anew with each exercise."""
    exercises = ["Plank", "Plank", "Squat (Barbell)", "Plank"]
    rows = [row(exercise=one, set_index=at, seconds=30) for one, at in zip(exercises, (0, 1, 0, 0))]
    sets = of(StrengthSet, read(tmp_path, KG + "".join(rows)))
    assert [(one.index, one.exercise) for one in sets] == list(enumerate(exercises, 1))
    assert [one.details["set_index"] for one in sets] == [0, 1, 0, 0]


def test_hevy_workout_that_ends_the_next_day(tmp_path):
    """From 23:13 to 01:03 is an hour and fifty minutes, on the day it began."""
    (workout,) = of(
        Workout, read(tmp_path, KG + row(start="2 Sep 2024, 23:13", end="3 Sep 2024, 01:03", reps=1))
    )
    assert (workout.end - workout.start) / 60e9 == 110
    assert workout.start == instant_ns(datetime(2024, 9, 2, 21, 13, tzinfo=UTC))


def test_hevy_over_the_change_of_the_clocks(tmp_path):
    """From half past one to half past three on 30 March 2025 an hour passes in Berlin; in Kolkata two."""
    table = KG + row(start="30 Mar 2025, 01:30", end="30 Mar 2025, 03:30", reps=1)
    for zone, hours in (("Europe/Berlin", 1), ("Asia/Kolkata", 2)):
        (workout,) = of(Workout, read(tmp_path, table, zone=ZoneInfo(zone)))
        assert (workout.end - workout.start) / 3600e9 == hours


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
def test_hevy_days_are_those_of_the_clock(tmp_path, zone):
    """Nobody tells the zone, home is assumed: each workout is on the day its clock said.

    Also the two of a flight, nine hours east, whose clocks are those of the places.
    """
    starts = ["29 Mar 2025, 23:30", "31 Mar 2025, 00:15", "26 Oct 2025, 02:30", "27 Oct 2025, 11:00"]
    path = tmp_path / "workouts.csv"
    path.write_text(KG + "".join(row(title=str(at), start=one, reps=1) for at, one in enumerate(starts)))
    found = of(Workout, ADAPTER.read(path, Options(home=ZoneInfo(zone))))
    days = local_days(
        np.array([one.start for one in found], np.int64),
        np.array([one.offset_min for one in found], np.int16),
        ZoneInfo(zone),
    )
    wanted = [date(2025, 3, 29), date(2025, 3, 31), date(2025, 10, 26), date(2025, 10, 27)]
    assert days.tolist() == [day_of_date(day) for day in wanted]


def test_hevy_language_changes_no_key(tmp_path):
    """The same workout exported in Spanish and in English is one."""
    found = read(tmp_path, KG + row(start="8 abr 2026, 16:50", reps=5), KG + row(reps=5))
    assert len(of(Workout, found)) == 1
    assert [tally.repeated for tally in of(Tally, found)] == [0, 1]


def test_hevy_two_workouts_of_one_minute(tmp_path):
    """Of one title and one minute, apart in the table: both are kept, the second under a key of its own."""
    table = KG + row(reps=5) + row(start="9 Apr 2026, 16:50", reps=5) + row(reps=6)
    assert sorted(one.key for one in of(Workout, read(tmp_path, table))) == [
        "2026-04-08T16:50:00|Legs",
        "2026-04-08T16:50:00|Legs#2",
        "2026-04-09T16:50:00|Legs",
    ]


def test_hevy_row_that_is_none_costs_itself(tmp_path):
    """Each bad row has its reason and its line."""
    table = KG + row(start="31 Feb 2025, 12:00", reps=1) + row(exercise="", reps=1) + row(reps="many")
    found = read(tmp_path, table + row(weight=-5, reps=1) + row(reps=3))
    assert [(one.reason, one.position) for one in of(Rejection, found)] == [
        ("bad-date", 2),
        ("no-exercise", 3),
        ("bad-value", 4),
        ("bad-value", 5),
    ]
    assert len(of(StrengthSet, found)) == 1


@pytest.mark.parametrize("words", [{"Treadmill"}, {"Treadmill", "Squat (Barbell)"}])
def test_hevy_workout_of_nothing_but_running(tmp_path, words):
    """It was a run indoors; with one set of squats it was strength training."""
    table = KG + "".join(row(exercise=one, seconds=900) for one in sorted(words))
    (workout,) = of(Workout, read(tmp_path, table))
    assert workout.activity == ("indoor_running" if len(words) == 1 else "strength_training")


@pytest.mark.usefixtures("cheap_keys")
@pytest.mark.parametrize("order", [1, -1])
def test_hevy_volume_of_a_month(tmp_path, clock, order):
    """Load x repetitions of March by movement is what was worked out by hand, imported once or twice.

    The month is the clock's: the set of ten past midnight on 1 April is not in it, that of 23:40 is.
    """
    rows = [
        row(title, start, exercise=exercise, set_type=kind, weight=load, reps=reps)
        for title, start, exercise, kind, load, reps in MARCH[::order]
    ]
    table = tmp_path / "workouts.csv"
    table.write_text(KG + "".join(rows), "utf-8")
    with vault.create(tmp_path / "a.vault", "correct horse", home_zone="Europe/Berlin", clock=clock) as made:
        for _ in range(2):
            made.ingest(ADAPTER.read(table, Options(home=BERLIN)))
        sets = made.sets()
    assert len(sets) == len(MARCH)
    assert volume(sets, "2025-03") == VOLUME_OF_MARCH


@pytest.mark.usefixtures("cheap_keys")
def test_hevy_sample_is_read_whole(samples, tmp_path, clock):
    """All 4,063 sets of 232 workouts: counts, efforts, and each month's volume by the same rule.

    The csv module reads the table once more; 1,609,855.52 kg is its sum of weight x repetitions.
    """
    path = samples / "hevy" / "set-a" / "workout_data.csv"
    with path.open(newline="", encoding="utf-8") as stream:
        plain = list(csv.DictReader(stream))
    months: defaultdict[str, float] = defaultdict(float)
    for one in plain:
        month = datetime.strptime(one["start_time"], "%d %b %Y, %H:%M").strftime("%Y-%m")
        lifted = float(one["weight_kg"] or 0) * float(one["reps"])
        months[month] += lifted if one["set_type"] != "warmup" else 0
        months["ever"] += lifted
    with vault.create(tmp_path / "a.vault", "correct horse", home_zone="Europe/Athens", clock=clock) as made:
        made.ingest(ADAPTER.read(path, Options(home=ZoneInfo("Europe/Athens"))))
        sets, workouts = made.sets(), made.workouts()
    assert (len(sets), len(workouts)) == (len(plain), 232) == (4_063, 232)
    assert sets["rpe"].notna().sum() == sum(bool(one["rpe"]) for one in plain) == 1_596
    assert (sets["set_type"] == "drop").sum() == 74
    ever = (sets["load_kg"].fillna(0) * sets["repetitions"]).sum()
    assert ever == pytest.approx(months.pop("ever")) == pytest.approx(1_609_855.52)
    assert {month: sum(volume(sets, month).values()) for month in months} == pytest.approx(dict(months))
    assert sorted(sets["exercise"]) == sorted(one["exercise_title"] for one in plain)
    assert sets["movement"].nunique() < sets["exercise"].nunique()


@given(st.binary(max_size=200))
def test_hevy_survives_any_bytes(tmp_path_factory, noise):
    """Whatever stands behind a header is read, left or rejected, and counted."""
    path = tmp_path_factory.mktemp("fuzz") / "workouts.csv"
    path.write_bytes((KG + row(reps=5)).encode() + noise)
    (tally,) = of(Tally, ADAPTER.read(path, Options()))
    assert tally.rows == tally.used + tally.rejected + sum(tally.left.values())
