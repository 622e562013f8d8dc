"""The tables of the Health Connect adapter, row by row, and each quantity through a database."""

from __future__ import annotations

import csv
import runpy
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import pytest

from adapters.base import Options
from adapters.health_connect import ADAPTER
from adapters.health_connect.quantities import quantities
from vault.metrics import catalogue, is_vendor_coded, metric
from vault.records import Samples

W = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("health_connect_writer.py"))))
STAGES = {"awake", "in_bed", "asleep", "light", "deep", "rem", "unknown"}
START, END = "2025-03-31T08:00+02:00", "2025-03-31T08:10+02:00"


def rows(name):
    text = files("adapters.health_connect").joinpath("tables", name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def columns(name):
    return [list(row.values()) for row in rows(name)]


@pytest.mark.parametrize("row", rows("quantities.csv"), ids=lambda row: f"{row['table']}.{row['column']}")
def test_quantity_is_a_metric_or_the_vendors_own_with_a_unit(row):
    """A catalogue metric has its own unit and is declared; what is Health Connect's own names its unit."""
    if is_vendor_coded(row["metric"]):
        assert row["metric"].startswith("health_connect:")
        assert row["unit"]
    else:
        assert metric(row["metric"]).is_coded is not bool(row["factor"])
        assert row["metric"] in ADAPTER.coverage.metrics
        assert not row["unit"]


def test_quantities_are_each_said_once():
    """No column is told as two metrics of the same rows, and each series has one column."""
    said = [(row["table"], row["column"], row["only"], row["unless"]) for row in rows("quantities.csv")]
    assert len(set(said)) == len(said)
    series = [row["series"] for row in rows("quantities.csv") if row["series"]]
    assert len(set(series)) == len(series)


def test_every_declared_metric_is_made_somewhere():
    """The coverage promises nothing that no table makes."""
    made = {one.metric for listed in quantities().values() for one in listed} | {"rpe_session"}
    assert set(ADAPTER.coverage.metrics) == {name for name in made if not is_vendor_coded(name)}
    assert set(ADAPTER.coverage.metrics) <= catalogue().keys() | {
        "blood_pressure.systolic",
        "blood_pressure.diastolic",
    }


@pytest.mark.parametrize(
    ("name", "first", "last"), [("stages.csv", 0, 7), ("exercises.csv", 0, 61), ("segments.csv", 0, 67)]
)
def test_platform_codes_are_complete(name, first, last):
    """Android's numbers of stages, exercises and segments are all there, once, in order."""
    assert [int(row["code"]) for row in rows(name)] == list(range(first, last + 1))


def test_words_are_the_projects():
    """Stages and activities are words that the other adapters use."""
    assert {row["stage"] for row in rows("stages.csv")} <= STAGES
    known = {row[1] for row in csv.reader(_other("adapters.apple_health", "activities.csv"))}
    known |= {row[1] for row in csv.reader(_other("adapters.formats", "activities.csv"))}
    assert {row["word"] for row in rows("exercises.csv")} <= known


def _other(package, name):
    return files(package).joinpath("tables", name).read_text("utf-8").splitlines()


def test_codes_are_unique_and_known_tables_are_not_left():
    """One word a code; no table is both read and left; packages are named once."""
    for name in ("codes.csv", "words.csv"):
        keys = [tuple(row[:3]) for row in columns(name)]
        assert len(set(keys)) == len(keys)
    left = {row["table"] for row in rows("left.csv")}
    assert left.isdisjoint(quantities())
    packages = [row["package"] for row in rows("apps.csv")]
    assert len(set(packages)) == len(packages)


@pytest.mark.parametrize(
    ("table", "cells", "expected"),
    [
        ("weight_record_table", {"weight": 78_200.0}, {"body_mass": 78.2}),
        ("height_record_table", {"height": 1.79}, {"height": 179.0}),
        (
            "basal_metabolic_rate_record_table",
            {"basal_metabolic_rate": 82.3},
            {"health_connect:basal_metabolic_rate": 82.3},
        ),
        ("oxygen_saturation_record_table", {"percentage": 96.0}, {"spo2": 96.0}),
        (
            "heart_rate_variability_rmssd_record_table",
            {"heart_rate_variability_millis": 41.7},
            {"hrv_rmssd": 41.7},
        ),
        (
            "blood_pressure_record_table",
            {"systolic": 121.0, "diastolic": 79.0, "measurement_location": "3", "body_position": "2"},
            {"blood_pressure.systolic": 121.0, "blood_pressure.diastolic": 79.0},
        ),
        (
            "blood_glucose_record_table",
            {"level": 5.8, "specimen_source": "2", "relation_to_meal": "2", "meal_type": "0"},
            {"blood_glucose_molar": 5.8},
        ),
        (
            "blood_glucose_record_table",
            {"level": 5.0, "specimen_source": "1", "relation_to_meal": "0", "meal_type": "0"},
            {"glucose_interstitial": 90.07794},
        ),
        ("menstruation_flow_record_table", {"flow": 2}, {"menstrual_flow": "medium"}),
        ("ovulation_test_record_table", {"result": 1}, {"ovulation_test": "luteinizing_hormone_surge"}),
    ],
)
def test_moments_are_in_the_metrics_units(tmp_path, table, cells, expected):
    """Grams, metres, watts, mmol/L and codes become what the catalogue has, by hand."""
    w = W.Writer()
    w.instant(table, START, **cells)
    assert read_values(w, tmp_path) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("table", "cells", "expected"),
    [
        ("steps_record_table", {"count": 540}, {"steps": 540.0}),
        ("active_calories_burned_record_table", {"energy": 749_366.5}, {"active_energy": 749.3665}),
        (
            "total_calories_burned_record_table",
            {"energy": 35_338.5},
            {"health_connect:total_energy": 35.3385},
        ),
        ("hydration_record_table", {"volume": 0.25}, {"hydration": 250.0}),
        ("mindfulness_session_record_table", {"mindfulness_session_type": 1}, {"mindfulness": 10.0}),
        ("activity_intensity_record_table", {"activity_intensity_type": 0}, {"moderate_minutes": 10.0}),
        ("activity_intensity_record_table", {"activity_intensity_type": 1}, {"vigorous_minutes": 10.0}),
        (
            "nutrition_record_table",
            {"energy": 500_000.0, "protein": 30.0, "caffeine": 0.08, "sodium": 1.5, "meal_type": 2},
            {
                "energy_intake": 500.0,
                "protein_intake": 30.0,
                "caffeine": 80.0,
                "health_connect:sodium": 1.5,
            },
        ),
    ],
)
def test_intervals_are_in_the_metrics_units(tmp_path, table, cells, expected):
    """Calories, litres, grams and durations become what the catalogue has, by hand."""
    w = W.Writer()
    w.interval(table, START, END, **cells)
    assert read_values(w, tmp_path) == pytest.approx(expected)


def read_values(writer, folder):
    """Return the first value by metric."""
    path = writer.save(folder / "health_connect_export.db")
    batches = [record for record in ADAPTER.read(path, Options()) if isinstance(record, Samples)]
    return {
        batch.metric: batch.codes[batch.value[0]] if batch.codes else float(batch.value[0])
        for batch in batches
    }
