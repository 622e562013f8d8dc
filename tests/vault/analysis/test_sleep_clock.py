"""Hours on a dial: means over midnight, distances the shorter way, and no mean where nothing leads."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.analysis.sleep.clock import ahead, clock_text, mean_hour, spread_h

HOURS = st.floats(0, 24, exclude_max=True)


@pytest.mark.parametrize(
    ("hours", "mean"),
    [([23.5, 0.5], 0.0), ([22.0, 23.0, 0.0], 23.0), ([3.0], 3.0), ([1.0, np.nan, 2.0], 1.5)],
)
def test_mean_hour_goes_over_midnight(hours, mean):
    """Bedtimes of 23:30 and 00:30 have midnight between them; what is not known does not count."""
    assert abs(ahead(mean_hour(np.array(hours)), mean)) < 1e-9


@pytest.mark.parametrize("hours", [[], [np.nan], [0.0, 12.0], [0.0, 8.0, 16.0]])
def test_mean_hour_of_hours_that_do_not_agree_is_unknown(hours):
    """Where the hours point everywhere, or there are none, there is no mean."""
    assert math.isnan(mean_hour(np.array(hours)))


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=20), HOURS)
def test_mean_hour_turns_with_the_dial(offsets, turn):
    """Hours that are all later by so much have a mean that is later by so much."""
    at = np.array(offsets)
    assert abs(ahead(mean_hour((at + turn) % 24), mean_hour(at % 24) + turn)) < 1e-6
    assert spread_h((at + turn) % 24) == pytest.approx(spread_h(at % 24), abs=1e-4)
    assert 0 <= mean_hour((at + turn) % 24) < 24


@given(HOURS, HOURS)
def test_ahead_is_the_shorter_way(later, earlier):
    """No hour is more than half a day from another, and going that way arrives there."""
    way = ahead(later, earlier)
    assert -12 <= way <= 12
    assert abs(ahead(earlier + way, later)) < 1e-9


@given(HOURS)
def test_clock_text_is_a_time_of_day(hour):
    """Every hour has a text between 00:00 and 23:59, the nearest minute."""
    hours, minutes = map(int, clock_text(hour).split(":"))
    assert 0 <= hours < 24
    assert 0 <= minutes < 60
    assert abs(ahead(hours + minutes / 60, hour)) <= 1 / 120 + 1e-9


def test_spread_h_of_equal_hours_is_nothing():
    """Always the same hour has no spread; two hours an hour apart spread half an hour."""
    assert spread_h(np.array([4.0, 4.0])) == pytest.approx(0, abs=1e-6)
    assert spread_h(np.array([23.5, 0.5])) == pytest.approx(0.5, abs=0.01)
    assert math.isnan(spread_h(np.empty(0)))
