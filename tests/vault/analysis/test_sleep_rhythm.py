"""The rhythm as a whole: what it says, suspends and misses, whatever it is given."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.analysis.sleep.caffeine import Doses
from vault.analysis.sleep.rhythm import sleep_rhythm
from vault.analysis.sleep.slept import Slept
from vault.time import DAY_NS, HOUR_NS, MINUTE_NS

LAST = 20_548  # 2026-04-05, a Sunday
NEED = 465.0
FIELDS = {
    "sri": "sri",
    "midsleep": "midsleep_h",
    "chronotype": "chronotype_h",
    "dlmo": "dlmo_h",
    "bedtime": "bedtime_latest",
    "caffeine_cutoff": "caffeine_cutoff",
}
"""What is told to be missing, and the field that is empty then."""


def nights(bed=-1.0, wake=7.0, offset=0, days=60, told=True):
    """Return a night a day up to the last, from one local hour to another; each may be a column."""
    day = np.arange(LAST - days + 1, LAST + 1)
    bed, wake = (np.broadcast_to(np.asarray(one, float), days) for one in (bed, wake))
    offset = np.broadcast_to(np.asarray(offset, np.int64), days)
    start, end = (((day * 24 + hour) * HOUR_NS).astype(np.int64) - offset * MINUTE_NS for hour in (bed, wake))
    return Slept(start, end, offset, np.full(days, told), day, np.zeros(days, bool), (wake - bed) * 60)


def test_rhythm_of_a_steady_sleeper():
    """23 to 7 every night: full regularity, no jet lag, bed around 23:00 to wake at 7."""
    found = sleep_rhythm(nights(), LAST, NEED)
    assert (found.sri, found.social_jet_lag_h, found.midsleep_h) == pytest.approx((100, 0, 3))
    assert (found.chronotype_h, found.dlmo_h) == pytest.approx((3, 21.3))
    assert (found.wake_target, found.bedtime_usual) == ("07:00", "23:00")
    assert (found.bedtime_earliest, found.bedtime_latest) == ("22:30", "23:30")
    assert found.caffeine_cutoff == "14:31"
    assert found.suspended == ()
    assert [one.term for one in found.missing] == ["caffeine_residual"]
    assert len(found.texts) == 6


def test_rhythm_in_a_week_of_night_shifts_keeps_regularity_only():
    """Regularity is told by 24-hour windows; what the clock would say is suspended, with the reason."""
    by_day = np.arange(60) >= 55
    found = sleep_rhythm(nights(np.where(by_day, 8.5, -1.0), np.where(by_day, 15.5, 7.0)), LAST, NEED)
    suspended = {one.term: one.reason for one in found.suspended}
    assert set(suspended) == {"chronotype", "social_jet_lag", "dlmo", "bedtime", "caffeine_cutoff"}
    assert suspended["bedtime"].startswith("5 main sleeps of the last 7 days were by day")
    assert found.sri is not None
    assert 0 < found.sri < 100
    assert found.midsleep_h is not None
    empty = (found.chronotype_h, found.dlmo_h, found.cbtmin_h, found.bedtime_earliest, found.caffeine_cutoff)
    assert empty == (None,) * 5
    assert {one.term for one in found.missing} == {"caffeine_residual"}


def test_rhythm_of_a_permanent_night_worker_is_regular():
    """Sleeping 9 to 16 every day is as regular as any other sleep."""
    assert sleep_rhythm(nights(9.0, 16.0), LAST, NEED).sri == 100


def test_rhythm_after_a_flight_is_suspended_and_comes_back():
    """Three days in Tokyo suspend it; after eight it is back, and the nights between never count."""
    east = {days: sleep_rhythm(nights(offset=np.where(np.arange(60) >= 60 - days, 540, 60)), LAST, NEED)
            for days in (3, 9)}  # fmt: skip
    assert "more than 3 time zones" in east[3].suspended[0].reason
    assert east[3].bedtime_latest is None
    assert east[3].sri is not None
    assert east[3].sri < 100
    assert east[9].suspended == ()
    assert east[9].free_nights + east[9].work_nights == 28 - 8
    assert "dlmo" in {one.term for one in east[9].missing}  # one steady night of seven


def test_rhythm_without_recorded_offsets_knows_no_flight():
    """An offset that only the home zone gave can't tell travel."""
    assert (
        sleep_rhythm(nights(offset=np.where(np.arange(60) > 56, 540, 60), told=False), LAST, NEED).suspended
        == ()
    )


def test_rhythm_counts_the_caffeine_of_the_day():
    """200 mg at 13:00 leave 50 mg at 23:00; yesterday's leave a little more, tomorrow's nothing."""
    noon = LAST * DAY_NS + 13 * HOUR_NS
    one = sleep_rhythm(nights(), LAST, NEED, doses=Doses(np.array([noon]), np.array([200.0])))
    assert (one.caffeine_mg, one.caffeine_residual_mg) == pytest.approx((200.0, 50.0))
    both = Doses(noon + np.array([-DAY_NS, 0, DAY_NS]), np.full(3, 200.0))
    two = sleep_rhythm(nights(), LAST, NEED, doses=both)
    assert two.caffeine_residual_mg == pytest.approx(50 + 200 * 0.5 ** (34 / 5))
    assert two.caffeine_dose_mg == 107.0
    assert (
        sleep_rhythm(nights(), LAST, NEED, doses=Doses(both.local_ns - DAY_NS, both.mg)).caffeine_mg == 200.0
    )


def test_rhythm_uses_measured_latency_and_says_when_it_is_a_stand_in():
    """Twenty measured minutes move the bedtime by five against the stand-in of fifteen."""
    measured = sleep_rhythm(nights(), LAST, NEED, latency_min=np.full(5, 20.0))
    assert (measured.latency_measured, measured.latency_min, measured.bedtime_latest) == (True, 20.0, "23:25")
    assert "15 min (a stand-in)" in sleep_rhythm(nights(), LAST, NEED).texts[4]


@pytest.mark.parametrize(
    "slept",
    [
        nights(days=0),
        nights(days=1),
        nights(days=4),
        nights(bed=np.arange(60) * 7 % 24, wake=np.arange(60) * 7 % 24 + 6),
        nights(bed=0.0, wake=0.02),
        nights(bed=0.0, wake=24.0),
        nights(offset=np.arange(60) * 37 % 800),
    ],
)
def test_rhythm_of_odd_sleeps_is_whole(slept):
    """However few or odd the sleeps, every empty field has its reason and everything is JSON."""
    found = sleep_rhythm(slept, LAST, NEED)
    reasons = {one.term for one in (*found.missing, *found.suspended)}
    for term, name in FIELDS.items():
        assert (getattr(found, name) is None) == (term in reasons), term
    assert all(one.reason for one in (*found.missing, *found.suspended))
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert set(told) == {one.name for one in fields(found)}


HOURS = st.lists(st.tuples(st.floats(-6, 6), st.floats(0.5, 12)), min_size=1, max_size=60)


@given(HOURS, st.integers(1, 20))
def test_rhythm_never_looks_ahead_and_is_the_same_a_week_later(hours, later):
    """Later sleeps change nothing; everything shifted by seven days tells the same of a week later."""
    bed, length = (np.array(one) for one in zip(*hours))
    slept = nights(bed, bed + length, days=len(hours))
    then = LAST - later
    known = slept.where(slept.date <= then)
    found = sleep_rhythm(known, then, NEED)
    assert sleep_rhythm(slept, then, NEED) == found
    week = {"start": known.start + 7 * DAY_NS, "end": known.end + 7 * DAY_NS, "date": known.date + 7}
    shifted = sleep_rhythm(replace(known, **week), then + 7, NEED)
    assert replace(shifted, date=found.date) == found
