"""Power as one number: the published ride, gaps that are not bridged, and too little that says nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.analysis.training.power import bike_score, moving_mean, normalized_power, stress_score, xpower

THRESHOLD_W = 315.0
"""Of the cyclist of Clarke & Skiba 2013."""


@pytest.fixture(scope="module")
def ride(samples):
    """Return seconds and watts of the published ride; GoldenCheetah takes a record for a second."""
    path = samples / "reference-values" / "fig7_power.csv"
    return np.genfromtxt(path, delimiter=",", skip_header=1, usecols=(0, 2)).T


def test_normalized_power_of_the_published_ride(ride):
    """Complete windows give 281.32 W, GoldenCheetah's start-up with zeros 280.75, the mean is 215.26."""
    _, watts = ride
    assert watts.mean() == pytest.approx(215.26, abs=0.005)
    assert normalized_power(watts) == pytest.approx(281.32, abs=0.005)
    assert normalized_power(watts, start_up=True) == pytest.approx(280.75, abs=0.005)


def test_stress_score_of_the_published_ride(ride):
    """At a threshold of 315 W the ride is 79.9 points."""
    _, watts = ride
    assert stress_score(len(watts), normalized_power(watts), THRESHOLD_W) == pytest.approx(79.9, abs=0.05)


def test_xpower_and_bike_score_of_the_published_ride(ride):
    """Clarke & Skiba 2013: 277.991236 W and 78.485933 points."""
    time, watts = ride
    found = xpower(watts)
    assert found == pytest.approx(277.991236, abs=1e-6)
    assert bike_score(time[-1], found, THRESHOLD_W) == pytest.approx(78.485933, abs=1e-6)


def test_stress_score_hour_at_threshold_is_100():
    """An hour at threshold is 100 points, two at half of it 50."""
    assert stress_score(3600.0, 250.0, 250.0) == 100
    assert stress_score(7200.0, 125.0, 250.0) == 50


@pytest.mark.parametrize("watts", [[], [200.0] * 29, [np.nan] * 100, [200.0] * 29 + [np.nan] + [200.0] * 29])
def test_power_of_less_than_half_a_minute_is_not_defined(watts):
    """Under 30 known seconds in a row there is no normalized power."""
    assert np.isnan(normalized_power(np.array(watts)))


def test_xpower_of_less_than_half_a_minute_is_not_defined():
    """Under 30 known seconds there is no xPower."""
    assert np.isnan(xpower(np.full(29, 200.0)))
    assert np.isnan(xpower(np.full(100, np.nan)))


def test_moving_mean_never_bridges_a_gap():
    """A window is there where all of its seconds are known."""
    values = np.array([1.0, 2.0, np.nan, 3.0, 5.0])
    np.testing.assert_equal(moving_mean(values, 2), [1.5, np.nan, np.nan, 4.0])


def test_normalized_power_does_not_count_a_gap_as_rest():
    """Steady watts are their own normalized power, with a pause as without."""
    steady = np.full(600, 220.0)
    steady[200:300] = np.nan
    assert normalized_power(steady) == pytest.approx(220)


@given(st.lists(st.floats(0, 2000), min_size=30, max_size=200))
def test_normalized_power_is_between_mean_and_maximum_of_windows(watts):
    """The fourth power weighs the hard seconds more, and never more than the hardest."""
    means = moving_mean(np.array(watts), 30)
    found = normalized_power(np.array(watts))
    assert means.mean() - 1e-6 <= found <= means.max() + 1e-6
