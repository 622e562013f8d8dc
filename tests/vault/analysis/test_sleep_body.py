"""Chronotype, social jet lag, body clock, bedtime and caffeine: worked values and edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.analysis.parameters import document
from vault.analysis.sleep.bedtime import bedtime, usual_latency, wake_target
from vault.analysis.sleep.caffeine import cutoff_h, residual_mg, usual_dose
from vault.analysis.sleep.clock import ahead
from vault.analysis.sleep.jetlag import chronotype, jet_lag, weekends
from vault.analysis.sleep.phase import phase
from vault.analysis.sleep.slept import Slept
from vault.time import DAY_NS, HOUR_NS

MONDAY = 20_542
HOURS = st.floats(0, 24, exclude_max=True)


def nights(bed, wake, days=28):
    """Return a night a day from one hour to another; hours below 0 are of the evening before."""
    day = np.arange(MONDAY, MONDAY + days)
    bed, wake = (np.broadcast_to(np.asarray(one, float), days) for one in (bed, wake))
    start, end = ((day * 24 + hour) * HOUR_NS for hour in (bed, wake))
    start, end, none = start.astype(np.int64), end.astype(np.int64), np.zeros(days, np.int64)
    return Slept(start, end, none, none == 0, day, none > 0, (wake - bed) * 60)


def test_weekends_are_saturday_and_sunday():
    """2026-03-30 is a Monday; five work days, two free ones."""
    assert np.datetime64(MONDAY, "D") == np.datetime64("2026-03-30")
    assert weekends(np.arange(MONDAY, MONDAY + 7)).tolist() == [False] * 5 + [True] * 2


def test_jet_lag_of_later_weekends():
    """Work 23-7, free 1-9.5: mid-sleep 3:00 and 5:15; half of what is caught up comes off."""
    free = weekends(np.arange(MONDAY, MONDAY + 28))
    found = jet_lag(nights(np.where(free, 1.0, -1.0), np.where(free, 9.5, 7.0)), free)
    assert found.social_jet_lag_h == pytest.approx(2.25)
    assert found.chronotype_h == pytest.approx(5.25 - (8.5 - (5 * 8 + 2 * 8.5) / 7) / 2)
    assert (found.free, found.work) == (8, 20)


def test_chronotype_takes_nothing_off_who_sleeps_less_on_free_days():
    """Only what is caught up is corrected for."""
    assert chronotype(4.0, 7.0, 8.0) == 4.0
    assert chronotype(0.1, 10.0, 6.0) == pytest.approx(0.1 - (10 - (5 * 6 + 2 * 10) / 7) / 2 + 24)


def test_jet_lag_needs_two_weekends_and_eight_work_nights():
    """Three free nights say nothing yet."""
    few = nights(-1.0, 7.0, days=13)
    found = jet_lag(few, weekends(few.date))
    assert math.isnan(found.chronotype_h)
    assert math.isnan(found.social_jet_lag_h)
    assert found.free == 3


@given(st.floats(-6, 6), st.floats(-12, 12))
def test_jet_lag_is_the_same_whenever_the_day_begins(later, turn):
    """Who lives by another clock has the same social jet lag; it is never above 12 hours."""
    free = weekends(np.arange(MONDAY, MONDAY + 28))
    shift = np.where(free, later, 0.0)
    one, other = (jet_lag(nights(shift + first, shift + first + 8), free) for first in (-1.0, -1.0 + turn))
    assert one.social_jet_lag_h == pytest.approx(abs(later), abs=1e-6)
    assert other.social_jet_lag_h == pytest.approx(one.social_jet_lag_h, abs=1e-6)
    assert abs(ahead(other.chronotype_h - turn, one.chronotype_h)) < 1e-6


def test_phase_of_an_eight_hour_sleeper_is_that_of_the_models():
    """Sleep 23-7: two models put melatonin onset at 21.4 and 21.2, the coolest hour at 4.4 and 4.2."""
    found = phase(nights(-1.0, 7.0, days=7))
    assert found.dlmo_h == pytest.approx(21.3)
    assert found.cbtmin_h == pytest.approx(4.3)
    assert (found.low_h, found.high_h) == pytest.approx((19.8, 22.8))
    assert found.low_h < (3.0 - 7.0) % 24 < found.high_h  # the mid-sleep rule lies within


def test_phase_needs_three_nights_that_agree():
    """Two nights, or nights all round the clock, have no phase."""
    assert math.isnan(phase(nights(-1.0, 7.0, days=2)).dlmo_h)
    assert math.isnan(phase(nights([0.0, 8.0, 16.0], [6.0, 14.0, 22.0], days=3)).dlmo_h)


def test_bedtime_is_waking_less_need_less_latency():
    """Wake at 7, need 7 h 45, 15 min to fall asleep: 23:00, give or take half an hour."""
    found = bedtime(7.0, 465.0, 15.0, dlmo_h=20.0)
    assert (found.earliest, found.middle, found.latest, found.held) == (8.5, 8.0, 7.5, False)
    assert bedtime(7.0, 465.0, 15.0, dlmo_h=math.nan) == found


def test_bedtime_is_held_back_by_the_body_clock():
    """With melatonin onset at 23 nobody is sent to bed before midnight, and the range stays a range."""
    found = bedtime(7.0, 465.0, 15.0, dlmo_h=23.0)
    assert (found.earliest, found.latest, found.held) == (7.0, 6.5, True)
    assert bedtime(7.0, 465.0, 15.0, dlmo_h=21.75) == type(found)(8.25, 7.5, False)


@given(HOURS, st.floats(240, 720), st.floats(0, 90), HOURS)
def test_bedtime_is_a_range_that_never_begins_too_early(wake, need, latency, dlmo):
    """The range has at least half an hour, and begins neither before melatonin onset + 1 h nor the need."""
    found = bedtime(wake, need, latency, dlmo)
    assert found.earliest - found.latest >= 0.5 - 1e-9
    assert found.earliest <= min((wake - dlmo - 1) % 24, (need + latency) / 60 + 0.5) + 1e-9


def test_wake_target_is_that_of_days_like_tomorrow():
    """Work days at 6:30, free days at 9: the evening before a Saturday aims at nine."""
    free = weekends(np.arange(MONDAY, MONDAY + 28))
    known = nights(-1.0, np.where(free, 9.0, 6.5))
    friday, sunday = MONDAY + 25, MONDAY + 27
    assert wake_target(known, friday) == pytest.approx(9.0)
    assert wake_target(known, sunday) == pytest.approx(6.5)
    assert wake_target(nights(-1.0, 6.5, days=4), MONDAY + 4) == pytest.approx(6.5)
    assert math.isnan(wake_target(nights(-1.0, 6.5, days=2), friday))


def test_usual_latency_is_measured_or_stands_in():
    """From three measured nights on the median, before that a quarter of an hour."""
    assert usual_latency(np.array([5.0, 9.0, 40.0, np.nan])) == (9.0, True)
    assert usual_latency(np.array([5.0, 9.0])) == (15.0, False)


@pytest.mark.parametrize(("dose", "hours", "left"), [(107.0, 8.8, 31.6), (217.5, 13.2, 34.9)])
def test_residual_of_the_reviews_two_doses(dose, hours, left):
    """What Gardiner 2023 allows leaves about 33 mg at bedtime, with a half-life of 5 h."""
    assert residual_mg(np.array([dose]), np.array([hours])) == pytest.approx(left, abs=0.05)


def test_cutoff_leaves_33_mg_and_ends_with_the_evidence():
    """5 log2(dose/33) hours: nothing for little caffeine, never above 13.2 h."""
    assert cutoff_h(66.0) == pytest.approx(5.0)
    assert residual_mg(np.array([107.0]), np.array([cutoff_h(107.0)])) == pytest.approx(33.0)
    assert cutoff_h(107.0) == pytest.approx(8.49, abs=0.005)
    assert cutoff_h(217.5) == cutoff_h(5000.0) == 13.2
    assert cutoff_h(33.0) == cutoff_h(0.0) == 0.0


def test_caffeine_half_life_can_be_said():
    """Who clears it in three hours may have it later; nobody is told more than the evidence has."""
    assert cutoff_h(66.0, half_life_h=3.0) == pytest.approx(3.0)
    assert cutoff_h(200.0, half_life_h=8.0) == 13.2
    assert residual_mg(np.array([80.0]), np.array([8.0]), half_life_h=8.0) == pytest.approx(40.0)


@given(st.lists(st.tuples(st.floats(0, 5000) | st.just(np.nan), st.floats(-48, 96)), max_size=20))
def test_residual_is_no_more_than_was_taken(doses):
    """Nothing is left of what is unknown, later, or days ago; never more than was taken."""
    mg, before = (np.array([dose[at] for dose in doses], float) for at in (0, 1))
    left = residual_mg(mg, before)
    assert 0 <= left <= np.nansum(mg) + 1e-9
    assert residual_mg(mg, before + 200) == 0


def test_usual_dose_is_the_persons_own_from_three_on():
    """Before that it is a cup of coffee."""
    assert usual_dose(np.array([60.0, 80.0, 200.0, np.nan, 0.0])) == 80.0
    assert usual_dose(np.array([60.0, 80.0])) == 107.0


def test_main_sleep_is_the_longest_of_its_date_and_no_nap():
    """Of a broken night the longer part counts, and a long nap never does."""
    start = np.array([0, 4, 12, 30]) * HOUR_NS + MONDAY * DAY_NS
    end = np.array([3, 8, 18, 33]) * HOUR_NS + MONDAY * DAY_NS
    none, is_nap = np.zeros(4, np.int64), np.array([False, False, True, False])
    found = Slept(start, end, none, none == 0, end // DAY_NS, is_nap, (end - start) / HOUR_NS * 60).main()
    assert found.bed_h.tolist() == [4, 6]
    assert found.date.tolist() == [MONDAY, MONDAY + 1]


def test_every_number_of_the_table_is_sane():
    """Days and counts are positive, hours are of a day, and no list is empty."""
    for name, row in document("sleep.toml").items():
        for key, value in row.items():
            assert np.all(np.array(value) > 0), f"{name}.{key}"
            assert np.max(value) <= (48 if key.endswith("_h") else 240), f"{name}.{key}"
