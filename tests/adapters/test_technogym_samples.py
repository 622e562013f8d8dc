"""Technogym's samples, read once more with the json module alone."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.base import Options
from adapters.technogym import ADAPTER
from vault.records import Rejection, Samples, StrengthSet, Tally, Workout
from vault.time import instant_ns

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "technogym" / "constructed"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples here")


@pytest.fixture
def records():
    return list(ADAPTER.read(SAMPLES, Options()))


def said(kind):
    (path,) = SAMPLES.glob(f"{kind}-*.json")
    return json.loads(path.read_text("utf-8"))


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def values(found) -> dict[str, float]:
    return {one["n"]: float(one["v"]) for one in found["pr"]}


def test_sample_rows_are_all_counted(records):
    """Each file has its count, and nothing is rejected."""
    rows = {one.file.partition("-")[0]: one.rows for one in of(Tally, records)}
    names = ("indooractivities", "outdooractivities", "biometrics")
    assert rows == {name: len(said(name)) for name in names} | {"masterdata": 1}
    assert of(Rejection, records) == []
    assert sum(map(len, of(Samples, records))) == len(said("biometrics"))


def test_sample_sums_are_those_of_the_file(records):
    """Way, energy and time of all exercises; sets, repetitions and volume."""
    indoor = said("indooractivities")
    every = [values(one["performedData"]) for one in indoor]
    every += [values(one["physicalActivityData"]) for one in said("outdooractivities")]
    found = of(Workout, records)
    way = sum(one.get("HDistance", 0) + one.get("RowingDistance", 0) for one in every)
    energy = sum(one.get("Calories", 0) + one.get("CaloriesConsumption", 0) for one in every)
    assert sum(one.distance_m or 0 for one in found) == pytest.approx(way)
    assert sum(one.energy_kcal or 0 for one in found) == energy
    assert sum(one.duration_s for one in found) == sum(one["Duration"] for one in every)
    listed = [values(one) for record in indoor for one in record["performedData"].get("st", [])]
    sets = of(StrengthSet, records)
    assert len(sets) == len(listed) == 2
    volume = sum(one.repetitions * one.load_kg for one in sets)
    assert volume == sum(one["IsoReps"] * one["IsoWeight"] for one in listed) == 1200
    assert volume == sum(one.get("TotalIsoWeight", 0) for one in every)


def test_sample_exercises_end_when_they_say(records):
    """Start is the written time less the duration."""
    found = {one.key.removeprefix("strength|"): one for one in of(Workout, records)}
    for one in said("indooractivities"):
        end = datetime.fromisoformat(one["on"])
        start = end - timedelta(seconds=values(one["performedData"])["Duration"])
        assert (found[one["id"]].start, found[one["id"]].end) == (instant_ns(start), instant_ns(end))
