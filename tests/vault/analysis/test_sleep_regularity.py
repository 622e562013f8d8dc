"""The Sleep Regularity Index: worked values, what counts as unknown, and its bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.analysis.sleep.regularity import UNKNOWN, regularity, sri, states
from vault.analysis.sleep.slept import Slept
from vault.time import DAY_NS, HOUR_NS

MONDAY = 20_540
STATES = st.lists(st.sampled_from([UNKNOWN, 0, 1]), max_size=200).map(lambda one: np.array(one, np.int8))


def slept(*sleeps, naps=()):
    """Return sleeps of (day, from hour, to hour), in UTC; hours below 0 are of the evening before."""
    rows = [*((*one, False) for one in sleeps), *((*one, True) for one in naps)]
    start = np.array([day * DAY_NS + round(first * HOUR_NS) for day, first, _, _ in rows], np.int64)
    end = np.array([day * DAY_NS + round(last * HOUR_NS) for day, _, last, _ in rows], np.int64)
    none = np.zeros(len(rows), np.int64)
    is_nap = np.array([row[3] for row in rows], bool)
    return Slept(start, end, none, none == 0, end // DAY_NS, is_nap, (end - start) / HOUR_NS * 60)


def day_of(first, last):
    """Return a day of minutes that is asleep from one hour to another."""
    minutes = np.zeros(1440, np.int8)
    minutes[first * 60 : last * 60] = 1
    return minutes


def test_sri_of_identical_days_is_100():
    """The same hours every day agree in every minute."""
    assert sri(np.tile(day_of(0, 8), 7), 1440) == (100, 6 * 1440)


def test_sri_of_an_hour_later_is_the_worked_value():
    """0-8 h against 1-9 h: 22 of 24 hours agree, that is 83.33."""
    found, pairs = sri(np.r_[day_of(0, 8), day_of(1, 9)], 1440)
    assert found == pytest.approx(-100 + 200 * 22 / 24)
    assert round(found, 2) == 83.33
    assert pairs == 1440


def test_sri_without_any_agreement_is_minus_100():
    """Awake whenever asleep the day before."""
    assert sri(np.r_[day_of(0, 12), 1 - day_of(0, 12)], 1440)[0] == -100


def test_sri_leaves_unknown_pairs_out():
    """A day nobody knows of compares with neither neighbour."""
    unknown = np.full(1440, UNKNOWN, np.int8)
    assert sri(np.r_[day_of(0, 8), day_of(0, 8), unknown, day_of(2, 9)], 1440) == (100, 1440)
    found, pairs = sri(np.r_[day_of(0, 8), unknown], 1440)
    assert math.isnan(found)
    assert pairs == 0


@given(STATES, st.integers(1, 30))
def test_sri_lies_between_minus_100_and_100(state, per_day):
    """Whatever the states, the index is in its bounds or unknown."""
    found, pairs = sri(state, per_day)
    assert math.isnan(found) if not pairs else -100 <= found <= 100


def test_states_between_near_sleeps_are_awake():
    """Two nights in a row: asleep, awake for 16 hours, asleep."""
    found = states(slept((MONDAY, 0, 8), (MONDAY + 1, 0, 8)))
    assert found.tolist() == [1] * 480 + [0] * 960 + [1] * 480


def test_states_around_a_missing_night_are_unknown():
    """Forty hours between two sleeps hide one: they are unknown, not awake, and so is a nap in them."""
    found = states(slept((MONDAY, 0, 8), (MONDAY + 2, 0, 8), naps=[(MONDAY, 14, 15)]))
    assert found.tolist() == [1] * 480 + [UNKNOWN] * 2400 + [1] * 480


def test_states_have_naps_and_the_pause_of_a_broken_night():
    """A nap sleeps within the day; a night in two halves is awake between them."""
    found = states(slept((MONDAY, 0, 3), (MONDAY, 4, 8), (MONDAY + 1, 0, 8), naps=[(MONDAY, 14, 15)]))
    assert found[180:240].tolist() == [0] * 60
    assert found[14 * 60 : 15 * 60].tolist() == [1] * 60
    assert (found != UNKNOWN).all()


def test_states_of_no_sleep_are_none():
    """Without sleeps there is no epoch, and no index."""
    assert len(states(slept())) == 0
    assert math.isnan(regularity(slept(), MONDAY).sri)


def test_regularity_needs_seven_whole_days():
    """Seven nights have six days between them; the eighth completes the week."""
    nights = [(MONDAY + day, 0, 8) for day in range(8)]
    before, enough = regularity(slept(*nights[:7]), MONDAY + 6), regularity(slept(*nights), MONDAY + 7)
    assert (before.days, enough.days) == (6, 7)
    assert math.isnan(before.sri)
    assert enough.sri == 100


def test_regularity_looks_back_only_and_four_weeks():
    """Later nights change nothing, nor do those of five weeks ago."""
    nights = [(MONDAY + day, 0, 8) for day in range(28)]
    odd = [(MONDAY - 10, 10, 15), (MONDAY + 29, 5, 13)]
    plain = regularity(slept(*nights), MONDAY + 27)
    assert regularity(slept(*odd, *nights), MONDAY + 27) == plain


NIGHTS = st.lists(
    st.tuples(st.integers(0, 40), st.floats(-4, 4), st.floats(0.5, 10)), min_size=1, max_size=40
).map(lambda rows: slept(*((MONDAY + day, first, first + hours) for day, first, hours in rows)))


@given(NIGHTS)
def test_regularity_of_a_day_later_is_the_same_a_day_later(nights):
    """Everything shifted by 24 hours changes nothing; overlapping and broken nights stay in bounds."""
    later = Slept(
        nights.start + DAY_NS,
        nights.end + DAY_NS,
        nights.offset_min,
        nights.told,
        nights.date + 1,
        nights.is_nap,
        nights.asleep_min,
    )
    found, shifted = regularity(nights, MONDAY + 30), regularity(later, MONDAY + 31)
    assert found.days == shifted.days
    assert found.sri == pytest.approx(shifted.sri, nan_ok=True)
    assert math.isnan(found.sri) or -100 <= found.sri <= 100
