"""Every value is provided, observed or inferred, and a judgement is never taken for a measurement."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from vault.metrics import catalogue
from vault.nature import NATURES, nature_of_metric, nature_of_score

ROWS = list(csv.DictReader(files("vault").joinpath("nature.csv").read_text("utf-8").splitlines()))


def test_table_has_each_metric_of_the_catalogue_once():
    """A new metric has to say what it is before anything is exported of it."""
    named = [row["name"] for row in ROWS if row["of"] == "metric"]
    assert sorted(named) == sorted(catalogue())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_row_says_one_of_the_natures(row):
    """A row is of a known kind and nature."""
    assert row["of"] in {"metric", "series", "score"}
    assert row["nature"] in NATURES


@pytest.mark.parametrize("kind", ["series", "score"])
def test_patterns_end_with_one_that_fits_all(kind):
    """No vendor's name is without a nature."""
    assert [row["name"] for row in ROWS if row["of"] == kind][-1] == "*"


@pytest.mark.parametrize(
    ("name", "nature"),
    [
        ("heart_rate", "observed"),
        ("blood_pressure.systolic", "observed"),
        ("gps_position.latitude", "observed"),
        ("mood", "provided"),
        ("strength_set.load", "provided"),
        ("readiness_score", "inferred"),
        ("vo2_max_estimate", "inferred"),
        ("oura:resilience_level", "inferred"),
        ("checkin:illness", "provided"),
        ("apple:HKQuantityTypeIdentifierUnderwaterDepth", "observed"),
    ],
)
def test_nature_of_a_metric(name, nature):
    """What was typed, what was measured, and what somebody made of it are told apart."""
    assert nature_of_metric(name) == nature


@pytest.mark.parametrize(
    ("name", "nature"),
    [
        ("whoop_recovery", "inferred"),
        ("oura_readiness_score", "inferred"),
        ("garmin_distance", "observed"),
        ("polar_profile_weight", "provided"),
        ("a_score_nobody_knows", "inferred"),
    ],
)
def test_nature_of_a_score(name, nature):
    """A vendor's score is a judgement unless it is known to be a total."""
    assert nature_of_score(name) == nature
