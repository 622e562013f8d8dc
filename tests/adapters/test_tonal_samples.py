"""Tonal's samples, read once more with the json module alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.base import Options
from adapters.tonal import ADAPTER
from vault.records import Rejection, StrengthSet, Tally, Workout

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "tonal"
TONEGET = SAMPLES / "constructed" / "tonal_workouts_20260104_090000.json"
SERVICE = SAMPLES / "transcribed" / "set_activity_and_workout.json"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples here")
LB = 0.45359237


def of(kind, path):
    return [record for record in ADAPTER.read(path, Options()) if isinstance(record, kind)]


@pytest.mark.parametrize("path", [TONEGET, SERVICE], ids=["toneget", "service"])
def test_sample_sets_are_counted_and_weighed(path):
    """Sets, repetitions and volume are those of the file, pounds made kg."""
    said = json.loads(path.read_text("utf-8"))
    lifts = [
        one for work in said.get("workouts", [said.get("workout")]) for one in work["workoutSetActivity"]
    ]
    sets = of(StrengthSet, path)
    assert len(sets) == len(lifts) == 1
    assert sum(one.repetitions for one in sets) == sum(one["repCount"] for one in lifts)
    volume = sum(one.repetitions * one.load_kg * (2 if one.per_side else 1) for one in sets)
    assert volume == pytest.approx(sum(one["totalVolume"] for one in lifts) * LB)


def test_sample_month_is_the_one_worked_out_by_hand():
    """January 2026: one workout, one set, 10 x 2 x 100 lb = 907.184 74 kg, 6.1 kJ."""
    (workout,), (lift,) = of(Workout, TONEGET), of(StrengthSet, TONEGET)
    assert lift.repetitions * lift.load_kg * 2 == pytest.approx(907.18474)
    assert (workout.details["volume_kg"], workout.details["work_kj"]) == (pytest.approx(907.18474), 6.1)


def test_sample_of_the_service_is_what_its_author_expects():
    """Resistance, one-repetition maximum, range of motion, power: the numbers beside the sample."""
    expected = json.loads(SERVICE.read_text("utf-8"))["healthExportExpected"]
    (lift,) = of(StrengthSet, SERVICE)
    assert (lift.exercise, lift.per_side) == ("Barbell Bench Press", True)
    assert lift.load_kg == pytest.approx(expected["averageResistancePerCablePounds"] * LB)
    assert 2 * lift.load_kg == pytest.approx(expected["derivedEstimates"]["averageResistancePounds"] * LB)
    assert lift.details["one_rep_max_kg"] == pytest.approx(expected["estimatedOneRepMaxPerCablePounds"] * LB)
    assert lift.details["volume_kg"] == pytest.approx(expected["totalVolumePounds"] * LB)
    assert lift.details["range_of_motion_m"] == pytest.approx(expected["rangeOfMotionInches"] * 0.0254)
    assert (lift.duration_s, lift.details["power_max_w"]) == (45, 250)


def test_sample_rows_are_all_counted():
    """Workouts and history are used; movements, the person and the current scores are left."""
    said = json.loads(TONEGET.read_text("utf-8"))
    (tally,), (other,) = of(Tally, TONEGET), of(Tally, SERVICE)
    assert tally.used == len(said["workouts"]) + len(said["strengthScoreHistory"])
    assert (tally.rows, tally.left) == (tally.used + 3, {"personal": 2, "mirror": 1})
    assert (other.rows, other.used, other.left) == (4, 1, {"names": 1, "personal": 2})
    assert of(Rejection, TONEGET) == of(Rejection, SERVICE) == []
