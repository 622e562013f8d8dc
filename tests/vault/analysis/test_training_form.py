"""How load builds up: published sums, windows that only look back, and unknown days that stay unknown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.analysis.training import form
from vault.analysis.training.form import (
    acwr_coupled,
    acwr_ewma,
    acwr_uncoupled,
    by_day,
    change_against_month,
    exponential_mean,
    monotony,
    strain,
)

RISE = np.r_[np.full(21, 30.0), np.full(7, 50.0)]
LOADS = st.lists(st.one_of(st.just(np.nan), st.integers(0, 2000).map(float)), max_size=90).map(
    lambda days: np.array(days, float)
)


def test_exponential_mean_is_the_published_one():
    """42 days of 100 give 63.2121 with 42 days and 99.7521 with 7."""
    load = np.full(42, 100.0)
    assert exponential_mean(load, 42)[-1] == pytest.approx(63.2121, abs=5e-5)
    assert exponential_mean(load, 7)[-1] == pytest.approx(99.7521, abs=5e-5)


def test_exponential_mean_keeps_its_value_over_unknown_days():
    """An unknown day neither adds load nor counts as rest."""
    known = exponential_mean(np.array([50.0]), 7)
    assert exponential_mean(np.array([50.0, np.nan, np.nan]), 7)[2] == known[0]


def test_form_is_yesterdays_and_built_for_six_weeks():
    """Form is there from the 43rd day of recording and knows nothing of today's training."""
    load = np.r_[np.full(5, np.nan), np.tile([0.0, 90.0], 30)]
    found = form.form(load)
    assert np.isnan(found[:47]).all()
    assert np.isfinite(found[47:]).all()
    load[-1] = 500
    assert form.form(load)[-1] == found[-1]


def test_monotony_is_the_published_one_with_days_of_rest():
    """300, 0, 450, 300, 0, 600, 0 have a monotony of 0.9710 (n - 1), a strain of it times 1650."""
    load = np.array([300.0, 0, 450, 300, 0, 600, 0])
    assert monotony(load)[-1] == pytest.approx(0.9710, abs=5e-5)
    assert strain(load)[-1] == pytest.approx(1650 * monotony(load)[-1])


def test_monotony_without_variation_is_not_defined():
    """Seven equal days have no monotony and no strain; neither have under four known ones."""
    assert np.isnan(monotony(np.full(10, 50.0))).all()
    assert np.isnan(strain(np.zeros(10))).all()
    assert np.isnan(monotony(np.array([10.0, 20.0, 30.0, np.nan, np.nan]))).all()
    assert np.isfinite(monotony(np.array([10.0, 20.0, np.nan, 30.0, 0.0]))[-1])


def test_acwr_has_three_published_forms():
    """21 days of 30, then 7 of 50: 1.4286 coupled, 1.6667 uncoupled, 1.2497 with exponential means."""
    assert acwr_coupled(RISE)[-1] == pytest.approx(1.4286, abs=5e-5)
    assert acwr_uncoupled(RISE)[-1] == pytest.approx(1.6667, abs=5e-5)
    assert acwr_ewma(RISE)[-1] == pytest.approx(1.2497, abs=5e-5)


@pytest.mark.parametrize("ratio", [acwr_coupled, acwr_uncoupled, acwr_ewma])
def test_acwr_needs_three_known_weeks_and_some_load(ratio):
    """Under 21 known days there is no ratio, nor where there is nothing to compare with."""
    assert np.isnan(ratio(np.full(20, 30.0))).all()
    assert np.isnan(ratio(np.zeros(40))).all()
    assert np.isnan(ratio(np.full(40, np.nan))).all()


def test_acwr_of_the_sample_load(samples):
    """Of each of the sample's three people, the last week lies beside the month as their own loads do."""
    path = samples / "reference-values" / "training_load.csv"
    rows = np.genfromtxt(path, delimiter=",", names=True)
    for person in (1, 2, 3):
        load = rows["TL"][rows["ID"] == person]
        assert len(load) == 28
        assert acwr_coupled(load)[-1] == pytest.approx(load[-7:].mean() / load.mean())
        assert acwr_uncoupled(load)[-1] == pytest.approx(load[-7:].mean() / load[:21].mean())


def test_change_against_month_is_that_of_the_days_before():
    """On the 29th morning the week lies 42.86 % above the month; before the 22nd nothing is said."""
    found = change_against_month(np.r_[RISE, 0.0])
    assert found[28] == pytest.approx(50 / 35 - 1)
    assert np.isnan(found[20])
    assert np.isfinite(found[21])


def test_by_day_knows_rest_for_four_weeks():
    """A day without a workout is rest up to 28 days after one; before the first it is unknown."""
    load = by_day(np.array([40.0, 20.0, 7.0]), np.array([2, 2, 60]), 70)
    assert np.isnan(load[:2]).all()
    assert load[2] == 60
    assert (load[3:31] == 0).all()
    assert np.isnan(load[31:60]).all()
    assert load[60] == 7


@given(LOADS, st.integers(0, 89))
def test_form_never_looks_ahead(load, cut):
    """What is said of a day is the same when later days are known."""
    for said in (monotony, strain, acwr_coupled, acwr_uncoupled, acwr_ewma, form.form, change_against_month):
        whole, part = said(load), said(load[:cut])
        assert len(whole) == len(load)
        np.testing.assert_array_equal(whole[: len(part)], part)


@given(LOADS)
def test_form_means_stay_within_the_loads(load):
    """Fitness and fatigue are never below 0 nor above the hardest day."""
    for tau in (7, 42):
        found = exponential_mean(load, tau)
        most = np.nanmax(load) if np.isfinite(load).any() else 0
        assert ((found >= 0) & (found <= most + 1e-9)).all()
