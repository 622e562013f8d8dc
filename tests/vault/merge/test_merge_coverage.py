"""Covered time: unions of intervals and what of others lies within them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vault.merge.coverage import Cover, union

intervals = st.lists(st.tuples(st.integers(-20, 60), st.integers(-3, 15)), max_size=12)


def arrays(some):
    """Return the starts and ends of (start, length) pairs; a length may be negative."""
    start = np.array([s for s, _ in some], np.int64)
    return start, start + np.array([length for _, length in some], np.int64)


def points(some):
    """Return the instants in (start, length) pairs."""
    return {t for s, length in some for t in range(s, s + length)}


@given(intervals)
def test_union_covers_the_same_time(some):
    """A union covers each instant of its intervals, once, in order and with gaps between."""
    start, end = union(*arrays(some))
    assert [t for s, e in zip(start.tolist(), end.tolist()) for t in range(s, e)] == sorted(points(some))
    assert (start[1:] > end[:-1]).all()


@given(intervals, intervals, st.integers(-30, 70), st.integers(0, 40))
def test_cover_within(some, others, at, length):
    """What two covers joined hold of an interval is counted instant by instant."""
    cover = Cover.of(*arrays(some)).joined(Cover.of(*arrays(others)))
    inside = cover.within(np.array([at]), np.array([at + length]))
    assert inside.tolist() == [len((points(some) | points(others)) & set(range(at, at + length)))]
