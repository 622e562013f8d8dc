"""Laws of a merged sum: merging again changes nothing, one source is itself, and no instant counts twice.

They hold for any number of sources, also for more than a column of two bytes can tell apart.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.merge import overlap, rows
from vault.merge.coverage import union
from vault.merge.overlap import merged_daily
from vault.time import DAY_NS, HOUR_NS, UNKNOWN_OFFSET, date_of_day, day_start_ns, instant_ns, local_days

HOME = ZoneInfo("Europe/Berlin")
BEGIN = instant_ns(datetime(2026, 3, 27, tzinfo=UTC))
TICK = 600 * 10**9
MANY = 40_000
"""Names of sources that a vault may hold; 32,767 is as far as two bytes count."""

SAMPLE = st.tuples(
    st.integers(0, 4 * 144),  # start, in ticks
    st.integers(0, 160),  # length
    st.sampled_from([0.1, 0.7, 1e9]) | st.integers(0, 500),
    st.integers(0, 11),
)
SAMPLES = st.lists(SAMPLE, min_size=1, max_size=25)


def merge(start, end, value, source, **options):
    """Return the daily values of rows without an offset."""
    start, end = np.asarray(start, np.int64), np.asarray(end, np.int64)
    source = np.asarray(source, np.int32)
    given_options = {"rollup": "sum", "rank": range(int(source.max()) + 1), "home": HOME, **options}
    offset = np.full(len(start), UNKNOWN_OFFSET, np.int16)
    return merged_daily(start, end, offset, np.asarray(value, np.float64), source, **given_options)


def columns(samples):
    """Return start, end, value and source of samples."""
    start, length, value, source = (list(column) for column in zip(*samples))
    begin = BEGIN + np.array(start, np.int64) * TICK
    return begin, begin + np.array(length, np.int64) * TICK, value, source


def as_dict(daily):
    """Return {day: (value, n, sources)}."""
    days = zip(daily.day.tolist(), daily.value.tolist(), daily.n.tolist(), daily.source_set.tolist())
    return {day: (value, n, daily.sets[code]) for day, value, n, code in days}


@settings(max_examples=150, deadline=None)
@given(SAMPLES)
def test_merge_of_what_was_merged(samples):
    """A merged day, told by one source as a total from midnight to midnight, is itself to the last bit."""
    once = merge(*columns(samples))
    midnight = [day_start_ns(date_of_day(day), HOME) for day in once.day.tolist()]
    morrow = [day_start_ns(date_of_day(day + 1), HOME) for day in once.day.tolist()]
    again = merge(midnight, morrow, once.value, np.zeros(len(once)))
    assert as_dict(again) == {day: (value, 1, (0,)) for day, (value, _, _) in as_dict(once).items()}


@settings(max_examples=150, deadline=None)
@given(SAMPLES, st.sampled_from(["sum", "mean", "last", "min", "max"]))
def test_merge_of_one_source(samples, rollup):
    """A source alone is itself, whatever its number and rank, and whoever else there is without a sample."""
    start, end, value, _ = columns(samples)
    alone = merge(start, end, value, np.zeros(len(start)), rollup=rollup)
    among = merge(start, end, value, np.full(len(start), 3), rank=[0, 9, 1, 5, 2], rollup=rollup)
    assert as_dict(among) == {day: (value, n, (3,)) for day, (value, n, _) in as_dict(alone).items()}
    if rollup == "sum":
        entries = merge(start, end, value, np.zeros(len(start)), rollup=rollup, entered=True)
        assert sum(entries.value) == pytest.approx(sum(value), rel=1e-12)
        assert entries.n.sum() >= len(start)


@settings(max_examples=150, deadline=None)
@given(SAMPLES)
def test_merge_counts_no_instant_twice(samples):
    """Who tells a tick for each tick, never two at once, adds up to the time that anybody covers."""
    start, end, _, source = columns(samples)
    apart = [union(start[own], end[own]) for own in (np.array(source) == one for one in range(12))]
    first, last = (np.concatenate(column) for column in zip(*apart))
    if not len(first):
        return
    told_by = np.repeat(np.arange(12), [len(own) for own, _ in apart])
    merged = as_dict(merge(first, last, (last - first) / TICK, told_by))
    ticks = np.concatenate(
        [
            np.arange(one, other, TICK)
            for one, other in zip(*(column.tolist() for column in union(first, last)))
        ]
    )
    days, covered = np.unique(
        local_days(ticks, np.full(len(ticks), UNKNOWN_OFFSET, np.int16), HOME), return_counts=True
    )
    assert {day: value for day, (value, _, _) in merged.items()} == pytest.approx(
        dict(zip(days.tolist(), covered.tolist()))
    )


@settings(max_examples=150, deadline=None)
@given(SAMPLES)
def test_merge_of_many_sources_is_that_of_few(samples):
    """Taking many sources at once, where none meets another, is the same as one by one, to the last bit."""
    found = []
    for few in (0, 100):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(overlap, "FEW", few)
            patch.setattr(rows, "FEW", few)
            found.append(as_dict(merge(*columns(samples))))
    assert found[0] == found[1]


@given(SAMPLES, st.sampled_from(["sum", "mean", "last", "min", "max"]))
def test_merge_of_sparse_days_is_that_of_dense_ones(samples, rollup):
    """Cells of days and sources are counted alike with and without those that have no rows."""
    found = []
    for room in (0, 10_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rows, "_ROOM", room)
            found.append(as_dict(merge(*columns(samples), rollup=rollup)))
    assert found[0] == found[1]


@pytest.mark.parametrize("rollup", ["sum", "mean", "last", "min", "max"])
def test_merge_of_forty_thousand_sources(rollup):
    """A source an hour over four years and a half: every one is told apart, and takes part."""
    start = BEGIN + np.arange(MANY) * HOUR_NS
    daily = merge(start, start + HOUR_NS, np.ones(MANY), np.arange(MANY)[::-1], rollup=rollup)
    assert len(daily) == pytest.approx(MANY / 24, abs=2)
    assert set().union(*daily.sets) <= set(range(MANY))
    if rollup == "sum":
        assert daily.value.sum() == daily.n.sum() == MANY
        assert len(set().union(*daily.sets)) == MANY


def test_merge_of_a_thousand_sources_that_tell_the_same():
    """One hour that all of them tell is one hour, the best one's."""
    start = np.full(1_000, BEGIN)
    daily = merge(start, start + HOUR_NS, np.arange(1_000), np.arange(1_000)[::-1])
    assert as_dict(daily) == {BEGIN // DAY_NS: (999, 1, (0,))}
