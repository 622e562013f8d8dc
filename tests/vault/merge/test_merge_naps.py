"""Naps: by the vendor's word, else by length and by when this person is usually up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.merge.naps import naps
from vault.time import HOUR_NS, MINUTE_NS

NIGHT, SHIFT, MORNING = (23, 31), (8, 15.5), (2, 10)
"""Hours of usual sleeps, from the midnight before the day they end on."""


def told(*sleeps, words=None):
    """Return which sleeps are naps; each is (day, from hour, to hour) of the local clock."""
    start, end = (
        np.array([(24 * sleep[0] + sleep[at]) * HOUR_NS for sleep in sleeps], np.int64) for at in (1, 2)
    )
    return naps(start, end, np.array(words or [False] * len(sleeps))).tolist()


def around(usual, day=20_000):
    """Return four days of a usual sleep, of which the second is on the day itself."""
    return [(day + by, *usual) for by in (-1, 0, 1, 2)]


@pytest.mark.parametrize(
    ("usual", "begins", "is_nap"),
    [
        (NIGHT, 14, True),
        (NIGHT, 8.9, False),
        (NIGHT, 9, True),
        (NIGHT, 20.9, True),
        (NIGHT, 21, False),
        (NIGHT, 4, False),
        (SHIFT, 2, True),  # at work, in the night
        (SHIFT, 17, False),  # the day's sleep goes on
        (SHIFT, 19, True),
        (MORNING, 10.5, False),
        (MORNING, 22, True),
    ],
)
def test_nap_begins_in_the_half_of_the_day_away_from_sleep(usual, begins, is_nap):
    """Six hours and more from the middle of what this person sleeps in those days, on either side."""
    assert told((20_000, begins, begins + 0.5), *around(usual))[0] is is_nap


def test_nap_without_other_sleeps_goes_by_the_clock():
    """Who is known by one sleep or none is taken to sleep around three in the morning."""
    assert told((20_000, 14, 15), (20_000, 2, 3)) == [True, False]
    assert told((20_000, 2, 3), (20_000, *SHIFT)) == [False, False]


def test_nap_between_rhythms_that_contradict_goes_by_the_clock():
    """Half the sleeps at night and half by day point nowhere."""
    sleeps = [(20_000, *NIGHT), (20_002, 15, 23)]
    assert told((20_001, 14, 15), *sleeps)[0] is True
    assert told((20_001, 3, 4), *sleeps)[0] is False


def test_nap_of_a_vendor_tells_no_rhythm():
    """A long sleep that a vendor calls a nap does not turn the day round."""
    shifts = around(SHIFT)
    assert told((20_000, 2, 2.5), *shifts, words=[False] + [True] * 4)[0] is False


def test_nap_is_short():
    """From three hours on it is a sleep, whenever it begins."""
    assert told((20_000, 14, 16.99), (20_001, 14, 17), *around(NIGHT))[:2] == [True, False]


sleep = st.tuples(st.integers(0, 20 * 96), st.integers(1, 50))


@given(st.lists(sleep, max_size=40), st.integers(0, 19), st.randoms(use_true_random=False))
def test_naps_depend_on_near_sleeps_only(sleeps, day, shuffle):
    """Neither the order nor sleeps of other weeks change what is a nap, to the last of them."""
    quarter = 15 * MINUTE_NS

    def nap_of(some):
        start, length = (np.array([one[at] for one in some], np.int64) * quarter for at in (0, 1))
        return dict(zip(some, naps(start, start + length, np.zeros(len(some), bool)).tolist()))

    found = nap_of(sleeps)
    shuffle.shuffle(sleeps)
    assert nap_of(sleeps) == found
    near = [one for one in sleeps if abs(one[0] - 96 * day) <= 4 * 96]
    within = [one for one in near if abs(one[0] - 96 * day) <= 96]
    assert {one: nap_of(near)[one] for one in within} == {one: found[one] for one in within}
