"""Training load: published sums, one unit, and a form that needs neither sex nor age."""

from __future__ import annotations

import numpy as np
import pytest

from vault.analysis.load import (
    banister,
    change_against_month,
    effort_points,
    exponential_mean,
    form,
    hr_points,
)

ONE = np.ones(1)


def test_exponential_mean_is_the_published_one():
    """42 days of 100 give 63.2121 with 42 days and 99.7521 with 7."""
    load = np.full(42, 100.0)
    assert exponential_mean(load, 42)[-1] == pytest.approx(63.2121, abs=1e-4)
    assert exponential_mean(load, 7)[-1] == pytest.approx(99.7521, abs=1e-4)


def test_exponential_mean_keeps_its_value_over_unknown_days():
    """An unknown day neither adds load nor counts as rest."""
    assert (
        exponential_mean(np.array([50.0, np.nan, np.nan]), 7)[2] == exponential_mean(np.array([50.0]), 7)[0]
    )


def test_form_is_yesterdays_and_built_for_six_weeks():
    """Form is there from the 43rd day of recording and knows nothing of today's training."""
    load = np.r_[np.full(5, np.nan), np.tile([0.0, 90.0], 30)]
    found = form(load)
    assert np.isnan(found[:47]).all()
    assert np.isfinite(found[47:]).all()
    load[-1] = 500
    assert form(load)[-1] == found[-1]


def test_change_against_month_needs_three_known_weeks():
    """21 days of 30, then 7 of 50: 42.86 % above the month; unknown below 21 known days."""
    load = np.r_[np.full(21, 30.0), np.full(7, 50.0), 0.0]
    found = change_against_month(load)
    assert found[28] == pytest.approx(50 / 35 - 1)
    assert np.isnan(found[20])
    assert np.isnan(change_against_month(np.zeros(40))).all()


def test_hour_at_threshold_is_100_points():
    """At 85 % of the heart rate reserve an hour is 100 points, whoever it is."""
    for rest, highest in ((45.0, 200.0), (65.0, 170.0)):
        at_threshold = rest + 0.85 * (highest - rest)
        assert hr_points(60 * ONE, at_threshold * ONE, rest * ONE, highest * ONE)[0] == pytest.approx(100)


def test_effort_points_of_an_easy_hour_are_like_its_heart_rate():
    """The stand-in for a missing heart rate lies near an hour at 60 % of the reserve."""
    by_heart_rate = hr_points(60 * ONE, (50 + 0.6 * 140) * ONE, 50 * ONE, 190 * ONE)[0]
    assert effort_points(60 * ONE)[0] == pytest.approx(by_heart_rate, rel=0.1)


def test_banister_is_the_published_form():
    """An hour at half the reserve with the constants for men is 60 x 0.5 x 0.64 e^(1.92 x 0.5)."""
    assert banister(60.0, 0.5, 0.64, 1.92) == pytest.approx(19.2 * np.exp(0.96))
