"""The tables of the Garmin adapter: properties of every row."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from adapters.garmin.tables import activity_fields, fields_of, kinds, kinds_of, metrics
from vault.metrics import find

TABLES = files("adapters.garmin").joinpath("tables")
UNITS = {
    ("ms", "s"): 1 / 1000,
    ("cm", "m"): 1 / 100,
    ("cm/ms", "m/s"): 1000 / 100,
    ("kcal*4.19002", "kcal"): 1 / 4.19002,
}
SCALES = {
    "weight.weight": 1 / 1000,
    "floorsAscendedInMeters": 1 / 3.048,
    "floorsDescendedInMeters": 1 / 3.048,
}
NAMES = {
    "UDSFile_2025-03-28_2025-07-06.json": {"day"},
    "2025-03-28_2025-07-06_111_sleepData.json": {"sleep"},
    "111_healthStatusData.json": {"health"},
    "TrainingReadinessDTO_20250328_20250706_111.json": {"readiness", "readings"},
    "MetricsMaxMetData_20250328_20250706_111.json": {"max_met"},
    "ActivityVo2Max_20250328_20250706_111.json": {"activity_vo2_max"},
    "MetricsAcuteTrainingLoad_20250328_20250706_111.json": {"load"},
    "TrainingHistory_20250328_20250706_111.json": {"training"},
    "EnduranceScore_20250328_20250706_111.json": {"endurance"},
    "HillScore_20250328_20250706_111.json": {"hill"},
    "RunRacePredictions_20250328_20250706_111.json": {"races"},
    "MetricsHeatAltitudeAcclimation_20250328_20250706_111.json": {"climate"},
    "111_userBioMetrics.json": {"body"},
    "111_fitnessAgeData.json": {"fitness_age"},
    "pat@example.com_1001_summarizedActivities.json": {"activities"},
}
STRANGERS = ("customer.json", "user_profile.json", "111_userBioMetricProfileData.json", "pat_gear.json")


def rows(name):
    return list(csv.DictReader(TABLES.joinpath(name).read_text("utf-8").splitlines()))


@pytest.mark.parametrize(("name", "expected"), NAMES.items())
def test_kinds_by_name(name, expected):
    """A file is of the kinds that its base name says, and of no other."""
    assert {kind.name for kind in kinds_of(name)} == expected


def test_kinds_are_all_named():
    """Every kind has a file in the list above, and files that say who somebody is have none."""
    assert set().union(*NAMES.values()) == {kind.name for kind in kinds()}
    assert not any(kinds_of(name) for name in STRANGERS)


def test_fields_are_of_known_kinds():
    """Every kind with values has fields, and every field has a kind."""
    assert {row["kind"] for row in rows("fields.csv")} == {kind.name for kind in kinds()} - {"activities"}


@pytest.mark.parametrize("kind", [kind.name for kind in kinds()])
def test_fields_have_a_sound_name_and_unit(kind):
    """A catalogue name comes without a unit, since it has one; all others say they are Garmin's."""
    for field in fields_of(kind):
        if find(field.name) is not None:
            assert not field.unit
            assert not field.is_score
        else:
            assert field.name.startswith("garmin_" if field.is_score else "garmin:")
        assert field.least <= field.most


@pytest.mark.parametrize("kind", [kind.name for kind in kinds()])
def test_fields_keep_their_value_unless_the_unit_differs(kind):
    """Only grams, seconds that become minutes and metres that become floors are multiplied."""
    for field in fields_of(kind):
        if field.is_word:
            assert field.name.startswith("garmin:")
        elif field.path.endswith("Seconds"):
            assert (field.unit, field.factor) == ("min", pytest.approx(1 / 60))
        else:
            assert field.factor == pytest.approx(SCALES.get(field.path, 1))


def test_scores_are_of_kinds_that_count_once_a_day():
    """A moment has no score: several of a day would replace each other."""
    moments = {kind.name for kind in kinds() if kind.window == "moment"}
    assert not any(field.is_score for kind in moments for field in fields_of(kind))


def test_names_are_unique_by_kind():
    """No two fields of a kind become the same, and the two meanings of one field are apart by range."""
    for kind in kinds():
        names = [field.name for field in fields_of(kind.name)]
        assert len(names) == len(set(names))
    skin = [field for field in fields_of("health") if field.path.endswith("SKIN_TEMP_C.value")]
    absolute, deviation = sorted(skin, key=lambda field: field.name)
    assert deviation.most < absolute.least


def test_activity_units():
    """Every factor is that of its two units; Garmin's energies are kcal times 4.19002."""
    for row in rows("activity.csv"):
        expected = UNITS.get((row["from"], row["unit"]))
        assert float(row["factor"]) == pytest.approx(1 if row["from"] == row["unit"] else expected, rel=1e-15)
    names = [field.name for field in activity_fields()]
    assert len(names) == len(set(names))


def test_metrics_are_of_the_catalogue():
    """What the coverage declares can be looked up."""
    assert metrics()
    assert all(find(name) is not None for name in metrics())
