"""Tolerances: every row has a reason, and what is further apart than it, and only that, is a disagreement."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.merge.conflicts import Tolerance, disagreements, tolerances
from vault.metrics import metric

STEPS = tolerances()["steps"]
days = st.dictionaries(st.integers(20_000, 20_010), st.floats(0, 40_000), max_size=8)


def columns(by_day):
    day = sorted(by_day)
    return np.array(day, np.int64), np.array([by_day[one] for one in day], np.float64)


@pytest.mark.parametrize("row", tolerances().values(), ids=lambda row: row.metric)
def test_row_of_the_table_is_about_daily_values_and_says_why(row):
    """A tolerance is a number above 0 of a metric with daily values, and stands there with its reason."""
    assert metric(row.metric).rollup != "none"
    assert max(row.relative, row.absolute) > 0
    assert 0 <= row.relative < 1
    assert len(row.why) > 20
    assert str(row).startswith(("1", "2", "3", "4", "5", "6"))


@pytest.mark.parametrize("row", tolerances().values(), ids=lambda row: row.metric)
def test_row_compares_with_what_has_its_unit(row):
    """What a metric is held against is in its unit, a total of the day apart from that."""
    unit = metric(row.metric).ucum.removesuffix("/d")
    assert {metric(name).ucum.removesuffix("/d") for name in row.against} <= {unit}


def test_tolerance_is_said_in_words():
    """A share, an amount in the metric's unit, or both; points where the unit is a percentage."""
    table = tolerances()
    assert str(table["steps"]) == "20 % and 500 steps"
    assert str(table["sleep_duration"]) == "60 min"
    assert str(table["spo2_avg"]) == "4 points"
    assert str(table["vo2_max"]) == "15 %"


@pytest.mark.parametrize(
    ("value", "other", "is_conflict"),
    [
        (10_000, 8_000, False),  # exactly 20 % of the larger
        (10_000, 7_999, True),
        (7_999, 10_000, True),
        (100, 590, False),  # far apart as a share, and still nothing
        (0, 501, True),
    ],
)
def test_values_are_in_conflict_beyond_share_and_amount(value, other, is_conflict):
    """They have to be further apart than both, whichever of them is shown."""
    here, there, limit = disagreements(*columns({20_000: value}), *columns({20_000: other}), STEPS)
    assert (len(here), len(there), len(limit)) == (is_conflict,) * 3


@given(days, days)
def test_disagreement_is_mutual(one, other):
    """Whoever is shown, the days in conflict are the same, and only those that both tell."""
    first = disagreements(*columns(one), *columns(other), STEPS)
    second = disagreements(*columns(other), *columns(one), STEPS)
    assert [part.tolist() for part in first] == [second[at].tolist() for at in (1, 0, 2)]
    assert {columns(one)[0][at] for at in first[0]} <= set(one) & set(other)


@given(days, st.floats(0, 0.9), st.floats(0, 1e4))
def test_nobody_disagrees_with_himself(values, relative, absolute):
    """A value is never too far from itself, however small the tolerance."""
    exact = Tolerance("steps", (), relative, absolute, "")
    assert len(disagreements(*columns(values), *columns(values), exact)[0]) == 0
