"""Fitness and fatigue: the published model to the digit, and a fit that is silent when it does not know."""

from __future__ import annotations

import numpy as np
import pytest

from vault.analysis.training.response import Model, Response, fitted, impulses, performance

CYCLIST = Model(
    261.9273721089768, 0.1825819069014407, 0.2301632712109531, 35.821034441472236, 21.339714582978818
)
"""Clarke & Skiba 2013, figure 8, with all its digits."""


def test_performance_is_that_of_the_published_cyclist(samples):
    """165 days to a millionth of a watt, and nine tests with a squared error of 20.25456."""
    rows = np.genfromtxt(
        samples / "reference-values" / "fig8_ir_model_fit.csv", delimiter=",", names=True, dtype=float
    )
    found = performance(np.nan_to_num(rows["bikescore"]), CYCLIST)
    assert len(found) == 165
    np.testing.assert_allclose(found, rows["p"], atol=1e-6, rtol=0)
    left = (rows["test_power_w"] - found)[np.isfinite(rows["test_power_w"])]
    assert len(left) == 9
    assert np.sum(left**2) == pytest.approx(20.25456, abs=5e-6)
    np.testing.assert_allclose(impulses(rows["bikescore"], CYCLIST.fitness_days), rows["g"], atol=1e-6)


@pytest.mark.parametrize(
    ("number", "load", "taus"),
    [(1, "w_a", (25, 10)), (2, "w_a", (30, 5)), (3, "w_b", (25, 10)), (4, "w_b", (30, 5))],
)
def test_performance_is_that_of_the_published_simulations(samples, number, load, taus):
    """Figure 9: four simulations of 180 days from 500, fatigue counting twice."""
    rows = np.genfromtxt(samples / "reference-values" / "fig9_simulations.csv", delimiter=",", names=True)
    given = rows[load].copy()
    given[0] = 0  # the worksheet begins the day after
    found = performance(given, Model(500, 1, 2, *taus))
    np.testing.assert_allclose(found, rows[f"p{number}"], rtol=1e-12)


def weeks(n: int, seed: int = 1) -> np.ndarray:
    """Return days of load that differ from week to week."""
    random = np.random.default_rng(seed)
    return np.repeat(random.uniform(0, 120, n), 7) * np.tile([1, 0, 1, 1, 0, 2, 0], n)


def test_fitted_finds_the_model_behind_exact_tests():
    """Tests that the model made give it back, with the change of the next week."""
    load, at = weeks(20), np.arange(20, 140, 12)
    truth = Model(250, 0.08, 0.12)
    tests = performance(load, truth)[at]
    found = fitted(load, at, tests)
    assert found.model is not None
    assert (found.model.p0, found.model.k1, found.model.k2) == pytest.approx((250, 0.08, 0.12))
    usual = np.r_[load, np.full(7, load[-28:].mean())]
    expected = performance(usual, truth)
    assert found.change == pytest.approx(expected[-1] - expected[-8])
    assert found.low == pytest.approx(found.change)


def test_fitted_never_says_that_training_harms_or_fatigue_helps():
    """Both gains are at least 0, whatever the tests say."""
    load, at = weeks(20), np.arange(20, 140, 12)
    for sign in (1, -1):
        tests = 250 + sign * 0.1 * impulses(load, 42)[at]
        found = fitted(load, at, tests)
        assert found.model is None or min(found.model.k1, found.model.k2) >= 0


@pytest.mark.parametrize(
    ("at", "reason"),
    [([0, 20, 40, 80], "too_few_tests"), ([0, 10, 20, 30, 59], "too_short"), ([], "too_few_tests")],
)
def test_fitted_needs_five_tests_over_sixty_days(at, reason):
    """With fewer, or within less, nothing is said but why."""
    assert fitted(weeks(20), np.array(at, np.int64), np.full(len(at), 250.0)) == Response(reason=reason)


def test_fitted_of_an_unknown_test_counts_only_the_known():
    """A test without a value is none."""
    tests = np.array([250, np.nan, 251, 252, 253.0])
    assert fitted(weeks(20), np.array([0, 20, 40, 60, 90]), tests).reason == "too_few_tests"


def test_fitted_without_training_has_nothing_to_explain():
    """Without load there is nothing that moves performance."""
    found = fitted(np.zeros(140), np.arange(0, 140, 20), np.arange(7.0))
    assert found == Response(reason="does_not_move")


def test_fitted_is_silent_where_the_direction_of_the_week_is_not_known():
    """Tests that are noise leave the next week open, and the same data say the same again."""
    random = np.random.default_rng(3)
    load, at = weeks(20), np.arange(20, 140, 12)
    tests = 250 + random.normal(0, 30, len(at))
    assert fitted(load, at, tests) == fitted(load, at, tests) == Response(reason="unsure")
