"""What belongs to a metric: every row of the table means something, and taking it leaves the rest alone."""

from __future__ import annotations

from dataclasses import fields

import pytest

from vault import metrics
from vault.checkin import SCALED, TICKS
from vault.merge.activities import activities
from vault.records import Origin, Workout
from vault.store.belongings import (
    Belongings,
    belongings,
    losable,
    lost_as,
    owns_record,
    owns_series,
    table,
    without,
)
from vault.store.sparse import TABLES

WATCH = Origin("Watch", "apple_health")


@pytest.mark.parametrize("metric", table())
def test_table_names_what_there_is(metric):
    """Metrics, tables, fields, families and items of each row exist, and no row is empty."""
    row = belongings(metric)
    assert metrics.find(metric) is not None
    assert row != Belongings()
    assert set(row.tables) <= {one.name for one in TABLES.values()}
    assert set(row.workout) <= {field.name for field in fields(Workout) if field.default is None}
    assert set(row.families) <= {one.family for one in activities().values()}
    assert set(row.checkin) <= {*SCALED, *TICKS}
    assert all(pattern == pattern.lower() for pattern in row.details)


@pytest.mark.parametrize("metric", table())
def test_series_of_a_row_are_in_the_catalogue(metric):
    """A pattern of series finds another metric than its own, or is of a vendor's own names."""
    found = [name for name in metrics.catalogue() if name != metric and owns_series(metric, name)]
    assert bool(found) == any(":" not in pattern for pattern in belongings(metric).series)


@pytest.mark.parametrize("metric", [name for name in metrics.catalogue() if name.startswith("sleep_")])
def test_numbers_of_a_night_take_its_stages(metric):
    """Whatever can be counted from the stages of a night takes them along."""
    counted = metric != "sleep_breathing_disturbances"
    assert owns_series(metric, "sleep_stage") == counted
    assert owns_record(metric, "sleep_session") == counted


def test_owns_series_takes_components_and_quarantine():
    """A metric is also its components and what of it is in quarantine, not what is called alike."""
    assert owns_series("blood_pressure", "blood_pressure.systolic")
    assert owns_series("heart_rate", "quarantine:heart_rate")
    assert owns_series("apple:HKThing", "apple:HKThing")
    assert not owns_series("heart_rate", "heart_rate_recovery_1min")
    assert not owns_series("blood_pressure.systolic", "blood_pressure.diastolic")


def test_owns_record_of_documents_and_scores():
    """An ECG is a document, a ring of activity a score."""
    assert owns_record("ecg", "document", "apple:ecg")
    assert not owns_record("ecg", "document", "apple:route")
    assert owns_record("gps_position", "document", "apple:route")
    assert owns_record("active_energy", "score", "apple_active_energy_goal")
    assert not owns_record("active_energy", "workout")


def workout(activity: str = "running", **details: object) -> Workout:
    """A workout that says all it can."""
    return Workout("k", 0, 1, 0, activity, WATCH, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, details)


def test_without_takes_statistics_at_any_depth():
    """Statistics of a metric go from the workout and from its parts, those of others stay."""
    heart = {"type": "HKQuantityTypeIdentifierHeartRate", "average": "150"}
    energy = {"type": "HKQuantityTypeIdentifierActiveEnergyBurned", "sum": "300"}
    said = workout(
        statistics=[heart, energy], activities=[{"statistics": [energy, heart]}], totalEnergyBurned="3"
    )
    assert without(said, ["heart_rate"]).details == {
        "statistics": [energy],
        "activities": [{"statistics": [energy]}],
        "totalEnergyBurned": "3",
    }
    left = without(said, ["active_energy"])
    assert left.details == {"statistics": [heart], "activities": [{"statistics": [heart]}]}
    assert (left.energy_kcal, left.hr_mean) == (None, 4.0)


def test_without_minds_the_kind_of_sport():
    """The distance of a ride is no distance on foot."""
    assert without(workout("running"), ["distance"]).distance_m is None
    assert without(workout("cycling"), ["distance"]).distance_m == 2.0
    assert without(workout("cycling"), ["distance_cycling"]).distance_m is None


def test_without_nothing_is_the_same_record():
    """Who had nothing of a metric is not made anew."""
    said = workout(place="in")
    assert without(said, ["sleep_deep", "steps"]) is said


def test_losable_are_all_metrics_and_what_else_a_workout_names():
    """A workout can lose any metric, and a vendor's own if it says something of that name; a night none."""
    details = {"statistics": [{"type": "HKQuantityTypeIdentifierMoonLight", "sum": 1}], "laps": {"Pace": 2}}
    found = losable("workout", details)
    assert {*metrics.catalogue(), "blood_pressure.systolic", *table()} <= set(found)
    assert lost_as("apple:HKQuantityTypeIdentifierMoonLight") in found
    assert lost_as("garmin:pace") in found
    assert lost_as("garmin:other") not in found
    assert lost_as("heart_rate") == "heart_rate"
    assert set(losable("stream")) == {metric for metric, row in table().items() if row.stream}
    assert losable("sleep_session") == []
