"""Night shifts and flights, told from sleep alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.analysis.sleep.shift import day_sleeps, night_shift, travelled

BERLIN, SUMMER, TOKYO, NEW_YORK = 60.0, 120.0, 540.0, -300.0
DAYS = np.arange(20_540, 20_570)


def moved(at, before, after):
    """Return thirty days of one offset, then another."""
    return np.where(np.arange(len(DAYS)) < at, before, after)


def test_travelled_eastward_lasts_a_day_an_hour():
    """Berlin to Tokyo is eight hours east: eight days, and home again in little over five."""
    found = travelled(DAYS, moved(10, BERLIN, TOKYO))
    assert np.flatnonzero(found).tolist() == list(range(10, 18))
    assert np.flatnonzero(travelled(DAYS, moved(10, TOKYO, BERLIN))).tolist() == list(range(10, 15))


@pytest.mark.parametrize("offset", [SUMMER, BERLIN + 180, BERLIN - 180])
def test_travelled_is_not_summer_time_nor_three_zones(offset):
    """A change of the clock, and up to three zones, are no flight."""
    assert not travelled(DAYS, moved(10, BERLIN, offset)).any()


def test_travelled_goes_the_shorter_way_round():
    """Over the date line from +14 to -10 the hour stays; from +12 to -9 it is three hours."""
    assert not travelled(DAYS, moved(10, 840.0, -600.0)).any()
    assert not travelled(DAYS, moved(10, 720.0, -540.0)).any()
    assert travelled(DAYS, moved(10, 720.0, -480.0)).any()


def test_travelled_is_told_by_recorded_offsets_only():
    """Nights without an offset neither make a flight nor end one."""
    offsets = moved(10, BERLIN, TOKYO)
    offsets[12:15] = np.nan
    assert np.flatnonzero(travelled(DAYS, offsets)).tolist() == list(range(10, 18))
    assert not travelled(DAYS, np.where(np.arange(30) < 10, BERLIN, np.nan)).any()
    assert not travelled(DAYS, np.full(30, np.nan)).any()


def test_night_shift_needs_two_day_sleeps_in_a_week():
    """One sleep by day is a flight or an illness; two in seven days are shifts, until a week has passed."""
    middle = np.full(30, 3.5)
    middle[10] = 12.0
    assert not night_shift(DAYS, middle).any()
    middle[11:14] = 11.5
    assert np.flatnonzero(night_shift(DAYS, middle)).tolist() == list(range(11, 19))
    assert day_sleeps(DAYS, middle)[13] == 4


@pytest.mark.parametrize("middle", [0.0, 3.5, 8.0, 9.9, 20.0, 23.0])
def test_night_shift_is_not_a_late_riser(middle):
    """Who sleeps from four to noon every night does not work by night."""
    assert not night_shift(DAYS, np.full(30, middle)).any()


def test_columns_with_gaps_are_those_without():
    """Leaving the unknown days out gives the same as having them unknown."""
    middle, offsets = np.full(30, 12.0), moved(12, BERLIN, NEW_YORK)
    middle[::3], offsets[::3] = np.nan, np.nan
    known = np.isfinite(middle)
    for told, values in ((night_shift, middle), (travelled, offsets)):
        assert told(DAYS[known], values[known]).tolist() == told(DAYS, values)[known].tolist()


@pytest.mark.parametrize("told", [night_shift, travelled, day_sleeps])
def test_columns_of_nothing_are_empty(told):
    """No days, no answers."""
    assert told(np.empty(0, np.int64), np.empty(0)).tolist() == []


@given(st.lists(st.floats(-720, 840) | st.just(np.nan), min_size=1, max_size=30), st.integers(1, 29))
def test_columns_look_back_only(values, cut):
    """What comes later changes no earlier day."""
    days, column = DAYS[: len(values)], np.array(values)
    for told in (night_shift, travelled):
        whole = told(days, column)
        assert told(days[:cut], column[:cut]).tolist() == whole[:cut].tolist()
