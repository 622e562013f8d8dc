"""Training impulse: published sums, one unit, and constants that are chosen openly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.analysis.training.trimp import CONSTANTS, UNSEXED, banister, edwards, lucia, reserve, trimp100

REST, HIGHEST = 45.0, 190.0
"""Of the cyclist of Clarke & Skiba 2013."""


@pytest.fixture(scope="module")
def ride(samples):
    """Return seconds and heart rate of the published ride."""
    return np.loadtxt(samples / "reference-values" / "fig7_heart_rate.csv", delimiter=",", skiprows=1).T


def test_mean_form_is_that_of_the_published_ride(ride):
    """Clarke & Skiba 2013: 3,627.8826 s at the mean of all samples are 84.552468."""
    _, heart = ride
    found = banister(3627.8826 / 60, reserve(heart.mean(), REST, HIGHEST), CONSTANTS["men"])
    assert found == pytest.approx(84.552468, abs=1e-6)


def test_sample_form_is_more_than_the_mean_form(ride):
    """Each sample counting until the next one, the same ride comes to 95.715."""
    time, heart = ride
    minutes = np.diff(time) / 60
    found = banister(minutes, reserve(heart[:-1], REST, HIGHEST), CONSTANTS["men"]).sum()
    assert found == pytest.approx(95.715, abs=5e-4)


def test_constants_are_named():
    """Men's, women's and GoldenCheetah's women's are there by name; the default is between the first two."""
    assert (CONSTANTS["men"].weight, CONSTANTS["men"].exponent) == (0.64, 1.92)
    assert (CONSTANTS["women"].weight, CONSTANTS["women"].exponent) == (0.86, 1.67)
    assert (CONSTANTS["goldencheetah_women"].weight, CONSTANTS["goldencheetah_women"].exponent) == (
        0.64,
        1.67,
    )
    assert (UNSEXED.weight, UNSEXED.exponent) == (0.75, 1.80)


@pytest.mark.parametrize("name", sorted(CONSTANTS))
def test_trimp100_hour_at_threshold_is_100_points_whoever_it_is(name):
    """At 85 % of the heart rate reserve an hour is 100 points, with any constants."""
    for rest, highest in ((45.0, 200.0), (65.0, 170.0)):
        at_threshold = reserve(rest + 0.85 * (highest - rest), rest, highest)
        assert trimp100(60.0, at_threshold, CONSTANTS[name]) == pytest.approx(100)


def test_trimp100_hardly_knows_a_sex():
    """The ratio of an easy hour to a threshold hour differs by a fifth between the two sets of constants."""
    men, women = (trimp100(60.0, 0.6, CONSTANTS[name]) for name in ("men", "women"))
    assert 1 < women / men < 1.2
    assert men < trimp100(60.0, 0.6) < women


def test_reserve_needs_a_highest_above_the_resting():
    """Where the highest heart rate is not above the resting there is no reserve; it is cut at its ends."""
    assert np.isnan(reserve(100.0, 60.0, 60.0))
    assert np.isnan(reserve(100.0, 60.0, np.nan))
    assert reserve(np.array([30.0, 250.0]), 60.0, 180.0).tolist() == [0.0, 1.0]


def test_edwards_counts_zones_from_half_the_maximum():
    """A minute counts 0 below 50 % of the maximum, then 1 to 5; the limits belong to the higher zone."""
    shares = np.array([0.49, 0.5, 0.65, 0.7, 0.85, 0.9, 1.0])
    assert edwards(2.0, shares).tolist() == [0, 2, 4, 6, 8, 10, 10]


def test_lucia_counts_three_phases():
    """A minute counts 1 below the first threshold, 2 between, 3 from the second on."""
    assert lucia(10.0, np.array([120.0, 140.0, 159.0, 160.0]), 140, 160).tolist() == [10, 20, 20, 30]


@given(st.floats(0, 600), st.floats(0, 1), st.floats(0, 1))
def test_banister_grows_with_time_and_heart_rate(minutes, low, high):
    """More minutes or a higher heart rate never cost less."""
    low, high = sorted((low, high))
    assert banister(minutes, low) <= banister(minutes, high) <= banister(minutes + 1, high)
