"""Tonal's workouts: loads of a cable, volumes, kinds of sets, scores, what is left."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from adapters.base import Options
from adapters.tonal import ADAPTER
from adapters.tonal.sets import rows
from vault.records import Rejection, Score, StrengthSet, Tally, Workout
from vault.time import SECOND_NS, UNKNOWN_OFFSET, day_of_date, format_instant, parse_instant

BENCH = "8edc0211-4594-4e5e-8e1b-b05dfc1d67c7"
REST = "00000000-0000-0000-0000-000000000005"
LB = 0.45359237


def lift(**changes):
    """Both cables, 100 lb on each, ten times."""
    said = {
        "id": "s",
        "movementId": BENCH,
        "repCount": 10,
        "avgWeight": 100,
        "volume": 1000,
        "totalVolume": 2000,
    }
    return said | {"beginTime": "2026-01-03T12:05:00Z", "duration": 45} | changes


def workout(*sets, **changes):
    said = {
        "id": "w-1",
        "workoutId": "t-1",
        "workoutType": "PROGRAM",
        "timezone": "America/Chicago",
        "beginTime": "2026-01-03T12:00:00.000Z",
        "endTime": "2026-01-03T12:40:00.000Z",
        "totalDuration": 2400,
        "activeDuration": 1800,
        "totalVolume": 2000,
        "totalConcentricWork": 6.1,
        "workoutSetActivity": list(sets),
    }
    return said | changes


def toneget(*workouts, **more):
    return {
        "version": "3.0",
        "exportedAt": "2026-01-04T09:00:00.123456Z",
        "exportedWith": "ToneGet v3.0.0",
        "user": {"id": "u-1", "firstName": "Sesame"},
        "profile": {"totalWorkouts": len(workouts)},
        "workouts": list(workouts),
        **more,
    }


@pytest.fixture
def read(tmp_path):
    def reading(*documents, options=None):
        for number, said in enumerate(documents):
            data = said if isinstance(said, bytes) else json.dumps(said).encode()
            (tmp_path / f"file{number}.json").write_bytes(data)
        return list(ADAPTER.read(tmp_path, options or Options()))

    return reading


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def test_workout_knows_its_zone_and_no_energy(read):
    """Instants are UTC with the zone's offset; work is what the motors felt and burns nothing."""
    (found,) = of(Workout, read(toneget(workout(lift()))))
    assert format_instant(found.start, found.offset_min) == "2026-01-03T06:00:00-06:00"
    assert (found.key, found.activity, found.duration_s) == ("w-1", "strength_training", 2400)
    assert found.energy_kcal is None
    assert found.details["work_kj"] == 6.1
    assert found.details["volume_kg"] == pytest.approx(907.18474)
    assert "Sesame" not in repr(found)


@pytest.mark.parametrize(
    ("begin", "offset_min"),
    [("2026-03-08T07:59:59Z", -360), ("2026-03-08T08:00:00Z", -300), ("2026-11-01T07:00:00Z", -360)],
)
def test_offset_changes_with_the_clocks(read, begin, offset_min):
    """Chicago's clocks go forward at eight UTC, and back at seven."""
    (found,) = of(Workout, read(toneget(workout(beginTime=begin, endTime=None))))
    assert found.offset_min == offset_min


def test_workout_after_a_flight_has_the_offset_of_the_place(read):
    """A hotel in Tokyo: the zone beside the workout, not the one at home, tells the day."""
    away = workout(lift(beginTime=None), timezone="Asia/Tokyo")
    records = read(toneget(away), options=Options(home=ZoneInfo("America/Chicago")))
    assert of(Workout, records)[0].offset_min == 540
    assert of(StrengthSet, records)[0].offset_min == 540
    nowhere = read(toneget(workout(timezone="Nowhere/Land")))
    assert of(Workout, nowhere)[0].offset_min == UNKNOWN_OFFSET


@pytest.mark.parametrize(
    ("changes", "load_kg", "per_side"),
    [
        ({}, 100 * LB, True),
        ({"totalVolume": 1000}, 100 * LB, False),  # one cable
        ({"volume": None}, 100 * LB, True),  # ten times 100 is half of 2000
        ({"volume": None, "totalVolume": 1010}, 100 * LB, False),
        ({"volume": None, "totalVolume": None}, 100 * LB, True),  # all fields are of one cable
        ({"avgWeight": None, "weight": 80}, 80 * LB, True),
        ({"avgWeight": 0, "offMachineModifiedWeight": 25}, 25 * LB, False),
        ({"avgWeight": 0}, None, False),
    ],
)
def test_load_is_of_a_cable_and_volumes_tell_how_many(read, changes, load_kg, per_side):
    """It is never doubled; that both cables were pulled is said by ``per_side``."""
    (found,) = of(StrengthSet, read(toneget(workout(lift(**changes)))))
    assert (found.load_kg, found.per_side) == (None if load_kg is None else pytest.approx(load_kg), per_side)


@pytest.mark.parametrize(
    ("changes", "repetitions", "is_estimated"),
    [
        ({"prescribedReps": 12}, 10, False),
        ({"repCount": None, "prescribedReps": 12}, 12, True),
        ({"repCount": None, "prescribedReps": 12, "durationBasedRepGoal": 30}, None, False),
        ({"repCount": None}, None, False),
        ({"repCount": 0}, 0, False),
        ({"movementId": "m-plank"}, None, False),
    ],
)
def test_repetitions_are_counted_else_prescribed(read, changes, repetitions, is_estimated):
    """What was only prescribed says so; a movement whose repetitions nobody counts has none."""
    library = [{"id": "m-plank", "name": "Plank", "muscleGroups": ["Core"], "countReps": False}]
    (found,) = of(StrengthSet, read(toneget(workout(lift(**changes))), library))
    assert (found.repetitions, found.details.get("repetitions_estimated", False)) == (
        repetitions,
        is_estimated,
    )


def test_movements_are_named_by_the_library_else_the_table_else_their_id(read):
    """The export names none; a rest is no set and takes no number."""
    library = {"movements": [{"id": "m-row", "name": "Seated Row", "muscleGroups": ["Back"]}]}
    sets = (
        lift(),
        lift(movementId=REST),
        lift(movementId="m-row"),
        lift(movementId="m-new"),
        lift(movementId=None),
    )
    records = read(toneget(workout(*sets)), library)
    found = [(one.index, one.exercise) for one in of(StrengthSet, records)]
    assert found == [(1, "Bench Press"), (2, "Seated Row"), (3, "m-new"), (4, "unknown")]


@pytest.mark.parametrize(
    ("flag", "set_type"),
    [
        ("warmUp", "warmup"),
        ("calibration", "warmup"),
        ("practice", "warmup"),
        ("dropSet", "drop"),
        ("burnout", "failure"),
        ("spotter", "normal"),
        ("eccentric", "normal"),
        ("chains", "normal"),
        ("flex", "normal"),
        ("progressive", "normal"),
    ],
)
def test_kind_of_a_set_is_by_its_flags(read, flag, set_type):
    """Every row of the table: a flag that is no kind of set is a mode."""
    (found,) = of(StrengthSet, read(toneget(workout(lift(**{flag: True})))))
    assert (found.set_type, found.details["modes"]) == (set_type, [flag])
    assert {row["flag"]: row["set_type"] or "normal" for row in rows("kinds.csv")}[flag] == set_type


def test_set_says_the_rest_in_the_vaults_units(read):
    """Pounds are kg, inches metres; repetitions in reserve have their field."""
    said = lift(repsInReserve=2, oneRepMax=133, romLengthIn=24, maxConPower=250, minWeight=0, baseWeight=95)
    (found,) = of(StrengthSet, read(toneget(workout(said))))
    assert (found.rir, found.duration_s) == (2, 45)
    wanted = {"one_rep_max_kg": 60.32778521, "range_of_motion_m": 0.6096, "power_max_w": 250}
    wanted |= {"base_load_kg": 43.09127515, "volume_kg": 907.18474}
    assert {name: found.details[name] for name in wanted} == pytest.approx(wanted)
    assert "min_load_kg" not in found.details


MONTHS = {"2026-01": (3, 1 * 1000 + 2 * 480 + 2 * 2000), "2026-02": (1, 2 * 400)}
"""By hand: sets that count, volume in lb. One cable 10 x 100; both 12 x 40; both 20 x 100; both 10 x 40."""


def test_volume_of_a_month_is_the_one_worked_out_by_hand(read):
    """Warm-ups are left out; the last evening of January is the first of February in UTC."""
    january = workout(
        lift(totalVolume=1000),
        lift(repCount=12, avgWeight=40, volume=480, totalVolume=960),
        lift(repCount=15, avgWeight=20, volume=300, totalVolume=600, warmUp=True),
    )
    late = {"beginTime": "2026-02-01T04:30:00Z", "endTime": "2026-02-01T05:00:00Z"}
    night = workout(
        lift(repCount=20, volume=2000, totalVolume=4000, beginTime=late["beginTime"]), id="w-2", **late
    )
    morning = {"beginTime": "2026-02-01T13:00:00Z", "endTime": "2026-02-01T13:30:00Z"}
    small = lift(avgWeight=40, volume=400, totalVolume=800, beginTime=morning["beginTime"])
    records = read(toneget(january, night, workout(small, id="w-3", **morning)))
    sums = defaultdict(lambda: (0, 0.0))
    for one in of(StrengthSet, records):
        if one.set_type != "warmup":
            volume = one.repetitions * one.load_kg * (2 if one.per_side else 1)
            assert volume == pytest.approx(one.details["volume_kg"])
            month = format_instant(one.start, one.offset_min)[:7]
            sums[month] = (sums[month][0] + 1, sums[month][1] + volume)
    assert sums == {month: (count, pytest.approx(pounds * LB)) for month, (count, pounds) in MONTHS.items()}


def test_scores_are_tonals_of_the_workouts_day(read):
    """The last of a day counts; the day is that of the place."""
    night = {"beginTime": "2026-01-04T04:00:00Z", "endTime": "2026-01-04T04:30:00Z"}
    history = [
        {
            "id": "h-2",
            "workoutActivityId": "w-1",
            "overall": 490,
            "upper": 512,
            "activityTime": "2026-01-04T04:30:00Z",
        },
        {
            "id": "h-1",
            "workoutActivityId": "w-1",
            "overall": 487,
            "lower": 0,
            "activityTime": "2026-01-03T20:00:00Z",
        },
        {"id": "h-0", "activityTime": "Sesame"},
    ]
    records = read(toneget(workout(lift(userWeightPounds=180), **night), strengthScoreHistory=history))
    day = day_of_date(np.datetime64("2026-01-03").astype(object))
    found = {(one.day, one.score): one.value for one in of(Score, records)}
    assert found == {
        (day, "tonal_strength_score_overall"): 490,
        (day, "tonal_strength_score_upper"): 512,
        (day, "tonal_profile_weight"): pytest.approx(81.6466266),
    }
    (tally,) = of(Tally, records)
    assert (tally.rows, tally.used, tally.repeated, tally.rejected) == (6, 2, 1, 1)
    assert tally.left == {"personal": 2}


def test_title_of_ones_own_workout_stands_behind_the_workouts(read):
    """Only custom workouts have a name in the file."""
    records = read(toneget(workout(lift()), customWorkouts={"t-1": {"id": "t-1", "title": "Push day"}}))
    assert of(Workout, records)[0].details["title"] == "Push day"


def test_activities_that_are_none_are_left_and_counted(read):
    """Mirrors of other sources, deleted ones and those never begun make no workout."""
    records = read(
        toneget(
            workout(lift()),
            workout(id="w-2", workoutType="External"),
            workout(id="w-3", deletedAt="2026-01-05T00:00:00Z"),
            workout(
                id="w-4",
                workoutId="0" * 8 + "-0000-0000-0000-" + "0" * 12,
                totalVolume=0,
                totalConcentricWork=0,
            ),
            workout(lift()),
            workout(id="w-5", beginTime="Sesame"),
            workout(id="w-6", endTime="2026-01-03T11:00:00Z"),
        )
    )
    (tally,) = of(Tally, records)
    assert (tally.rows, tally.used, tally.repeated, tally.rejected) == (9, 1, 1, 2)
    assert tally.left == {"mirror": 1, "deleted": 1, "placeholder": 1, "personal": 2}
    assert [(one.reason, one.position) for one in of(Rejection, records)] == [
        ("bad-date", 6),
        ("end-before-start", 7),
    ]


@pytest.mark.parametrize("wrap", [lambda one: [one], lambda one: one, lambda one: {"workout": one}])
def test_activities_of_the_service_are_read_as_they_come(read, wrap):
    """A list, a single one, one under a name: each is the workout ToneGet's file has."""
    said = workout(lift())
    (expected,) = of(Workout, read(toneget(said)))
    (found,) = of(Workout, read(wrap(said)))
    assert found == expected


def test_packed_file_says_the_same(read):
    """ToneGet packs with gzip too."""
    plain = read(toneget(workout(lift())))
    packed = read(gzip.compress(json.dumps(toneget(workout(lift()))).encode()))
    assert of(Workout, packed) == of(Workout, plain)


def test_file_that_is_cut_short_keeps_what_came_before(read):
    """The workouts that are whole are read; where it breaks is told."""
    data = json.dumps(toneget(workout(lift()), workout(id="w-2"))).encode()
    records = read(data[:-40])
    assert [one.key for one in of(Workout, records)] == ["w-1"]
    (rejection,) = of(Rejection, records)
    assert (rejection.reason, rejection.position) == ("malformed-json", 2)


def test_exercise_begins_with_its_set(read):
    """A set has its own beginning; without one it is the workout's."""
    first, second = of(StrengthSet, read(toneget(workout(lift(), lift(beginTime=None)))))
    start = parse_instant("2026-01-03T12:00:00Z")[0]
    assert (first.start, second.start) == (start + 300 * SECOND_NS, start)


@pytest.mark.parametrize("row", rows("fields.csv"), ids=lambda row: f"{row['of']} {row['field']}")
def test_fields_table_converts_by_what_a_detail_is_called(row):
    """What becomes kg was pounds, what becomes metres was inches; nothing else changes."""
    unit = row["detail"].rpartition("_")[2]
    assert float(row["factor"]) == {"kg": LB, "m": 0.0254}.get(unit, 1)
    assert row["of"] in ("set", "workout")
