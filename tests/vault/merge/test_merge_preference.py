"""The owner's choices in a merge: what they change, and the laws that hold with and without them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vault.merge.overlap import merged_daily
from vault.merge.preference import (
    SLEEP,
    WORKOUTS,
    Chosen,
    Preference,
    chosen_of,
    place_on,
    rank_on,
    topic_of,
)
from vault.reading import derived
from vault.time import UNKNOWN_OFFSET, instant_ns

HOME = ZoneInfo("Europe/Berlin")
TICK = 600 * 10**9
BEGIN = instant_ns(datetime(2026, 3, 28, tzinfo=UTC))
DAY = BEGIN // (144 * TICK)
SOURCES = 3
ROLLUPS = st.sampled_from(["sum", "mean", "last", "min", "max"])

offsets = st.sampled_from([UNKNOWN_OFFSET, 60, 540, -300])
row = st.tuples(
    st.integers(0, 3 * 144),  # start, in ticks
    st.sampled_from([0, 1, 6, 150]),  # length
    st.integers(0, 500),  # value
    st.integers(0, SOURCES - 1),
    offsets,
)
rows = st.lists(row, min_size=1, max_size=12)
ranks = st.permutations(range(SOURCES))
choice = st.builds(
    lambda source, first, length: Chosen(source, DAY + first, DAY + first + length),
    st.integers(0, SOURCES - 1),
    st.integers(-1, 4),
    st.integers(0, 4),
)
choices = st.lists(choice, max_size=3)


def merge(samples, rank, chosen=(), rollup="sum"):
    """Return {day: (value, n, sources)} of a list of (start tick, length, value, source, offset)."""
    start = BEGIN + np.array([s[0] for s in samples], np.int64) * TICK
    daily = merged_daily(
        start,
        start + np.array([s[1] for s in samples], np.int64) * TICK,
        np.array([s[4] for s in samples], np.int16),
        np.array([s[2] for s in samples], np.float64),
        np.array([s[3] for s in samples], np.int32),
        rollup=rollup,
        rank=list(rank),
        home=HOME,
        chosen=chosen,
    )
    columns = (daily.day.tolist(), daily.value.tolist(), daily.n.tolist(), daily.source_set.tolist())
    return {day: (value, n, daily.sets[code]) for day, value, n, code in zip(*columns)}


@settings(max_examples=100, deadline=None)
@given(rows, ranks, choices, ROLLUPS.filter(lambda name: name != "last"), st.randoms(use_true_random=False))
def test_merge_does_not_depend_on_the_order_of_imports(samples, rank, chosen, rollup, random):
    """Whatever came first, a value is the same to the last bit."""
    shuffled = list(samples)
    random.shuffle(shuffled)
    assert merge(shuffled, rank, chosen, rollup) == merge(samples, rank, chosen, rollup)


@settings(max_examples=100, deadline=None)
@given(rows, ranks, choices, ROLLUPS)
def test_merge_of_one_source_is_that_source(samples, rank, chosen, rollup):
    """Where there is one source, no rank and no choice changes anything."""
    own = [(*s[:3], 1, s[4]) for s in samples]
    assert merge(own, rank, chosen, rollup) == merge(own, range(SOURCES), (), rollup)


def total(found):
    """Return the sum of all days."""
    return sum(value for value, *_ in found.values())


TOLD_ON_OTHER_DAYS = [(0, 150, 1, 0, 540), (0, 150, 1, 1, UNKNOWN_OFFSET)]
EARLIER_ELSEWHERE = [(0, 150, 0, 0, UNKNOWN_OFFSET), (0, 150, 0, 1, -300)]


@settings(max_examples=100, deadline=None)
@example(TOLD_ON_OTHER_DAYS, [1, 0, 2], [])
@example(EARLIER_ELSEWHERE, [0, 1, 2], [])
@given(rows, ranks, choices)
def test_sum_is_never_above_what_its_sources_tell(samples, rank, chosen):
    """A day counts no more than its sources tell of it one by one, and all days no more than their union.

    Contested time is on the day of who speaks for it, so where offsets differ the union, which keeps one row
    of a span told twice, may have it on another day.
    """
    told = Counter()
    for source in range(SOURCES):
        own = [one for one in samples if one[3] == source]
        told.update({day: value for day, (value, *_) in (merge(own, rank) if own else {}).items()})
    found, union = merge(samples, rank, chosen), merge([(*one[:3], 0, one[4]) for one in samples], rank)
    assert found.keys() <= told.keys()
    assert all(value <= told[day] + 1e-9 for day, (value, *_) in found.items())
    assert total(found) <= total(union) + 1e-9


@settings(max_examples=100, deadline=None)
@example([(0, 6, 1, 0, 60), (0, 6, 1, 1, 60)], [0, 1, 2], [], 60)
@given(rows, ranks, choices, offsets)
def test_sum_at_one_offset_is_never_above_the_union(samples, rank, chosen, offset):
    """Where all clocks agree on the days, no day counts more than the union of all sources."""
    samples = [(*one[:4], offset) for one in samples]
    union = merge([(*one[:3], 0, offset) for one in samples], rank)
    found = merge(samples, rank, chosen)
    assert found.keys() <= union.keys()
    assert all(value <= union[day][0] + 1e-9 for day, (value, *_) in found.items())


def _without_own_overlaps(samples):
    """Return the samples of each source that lie over none of its own before them."""
    kept = []
    for one in samples:
        if not any(one[3] == k[3] and one[0] < k[0] + k[1] and k[0] < one[0] + one[1] for k in kept):
            kept.append(one)
    return kept


@settings(max_examples=100, deadline=None)
@example(TOLD_ON_OTHER_DAYS, [1, 0, 2], [])
@example(EARLIER_ELSEWHERE, [0, 1, 2], [])
@given(rows, ranks, choices)
def test_sum_covers_all_that_anybody_recorded(samples, rank, chosen):
    """Choices hide nobody: at one step a tick, every tick that any source recorded is counted once.

    Whatever the offsets: they say on which day it is counted.
    """
    steps = _without_own_overlaps(
        [(start, length, length, source, offset) for start, length, _, source, offset in samples]
    )
    ticks = {tick for start, length, *_ in steps for tick in range(start, start + length)}
    assert total(merge(steps, rank, chosen)) == pytest.approx(len(ticks))


@settings(max_examples=100, deadline=None)
@given(rows, ranks, choices, ROLLUPS)
def test_merge_is_idempotent(samples, rank, chosen, rollup):
    """Merging what a merge made of the days, as the days' one source, changes nothing more."""
    once = merge(samples, rank, chosen, rollup)
    days = [((day - DAY) * 144 + 72, 0, value, 0, 0) for day, (value, _, _) in once.items()]
    again = merge(days, rank, chosen, rollup)
    assert {day: value for day, (value, _, _) in again.items()} == {
        day: value for day, (value, _, _) in once.items()
    }


@settings(max_examples=100, deadline=None)
@given(rows, ranks, st.integers(0, SOURCES - 1), ROLLUPS)
def test_choice_of_all_days_is_a_rank(samples, rank, source, rollup):
    """Who is chosen for ever comes first: but for lowest and highest that is one more order of sources."""
    if rollup in ("min", "max"):
        samples = [one for one in samples if one[3] == source] or samples
    first = [-1 if one == source else place for one, place in enumerate(rank)]
    assert merge(samples, rank, [Chosen(source, DAY - 9, DAY + 9)], rollup) == merge(
        samples, first, (), rollup
    )


@settings(max_examples=100, deadline=None)
@given(rows, ranks, choice, ROLLUPS)
def test_choice_of_some_days_leaves_the_others(samples, rank, chosen, rollup):
    """Outside of its days a choice changes nothing, as long as nobody's clock is of another zone."""
    samples = [(*one[:4], UNKNOWN_OFFSET) for one in samples]
    before, after = (merge(samples, rank, some, rollup) for some in ((), [chosen]))
    assert after.keys() == before.keys()
    for day in before:
        if not chosen.first <= day <= chosen.last:
            assert after[day] == before[day]


BOTH = [(60, 6, 100, 0, 60), (60, 12, 300, 1, 60)]


def test_sum_of_a_chosen_source():
    """The chosen source counts in full, and the other where it recorded nothing."""
    assert merge(BOTH, [0, 1, 2]) == {DAY: (250, 2, (0, 1))}
    assert merge(BOTH, [0, 1, 2], [Chosen(1, DAY, DAY)]) == {DAY: (300, 1, (1,))}


def test_mean_of_a_chosen_source_that_saw_too_little():
    """A choice is of whom to believe; of a day it did not see, it says nothing."""
    watch = [(at, 0, 60, 0, 60) for at in range(30, 138, 6)]
    night = [(at, 0, 50, 1, 60) for at in range(0, 30, 6)]
    assert merge(watch + night, [0, 1, 2], [Chosen(1, DAY, DAY)], "mean")[DAY][0] == 60
    longer = [(at, 0, 50, 1, 60) for at in range(0, 66, 6)]
    assert merge(watch + longer, [0, 1, 2], [Chosen(1, DAY, DAY)], "mean")[DAY][0] == 50


def test_extremes_of_a_chosen_source():
    """Lowest and highest are of the chosen source alone on days it has any, else of all."""
    samples = [(60, 0, 40, 0, 60), (61, 0, 50, 1, 60), (61 + 144, 0, 45, 0, 60)]
    found = merge(samples, [0, 1, 2], [Chosen(1, DAY, DAY + 5)], "min")
    assert found == {DAY: (50, 1, (1,)), DAY + 1: (45, 1, (0,))}


def test_choices_in_order():
    """What names the metric comes before what is of all, the newest first, however names are typed."""
    names = ["Oura", "Pat’s Watch", "Phone"]
    told = [
        Preference("phone", "steps", 10, 20),
        Preference("PAT'S WATCH", "steps"),
        Preference("oura"),
        Preference("nobody", "steps"),
        Preference("Phone", SLEEP),
    ]
    found = chosen_of(told, "steps", names)
    assert [names[one.source] for one in found] == ["Pat’s Watch", "Phone", "Oura"]
    assert found[1][1:] == (10, 20)
    assert [names[one.source] for one in chosen_of(told, "body_mass", names)] == ["Oura"]
    assert [place_on(told, "sleep", name, 15) for name in names] == [-1, 0, -2]
    assert [rank_on([0, 1, 2], found, day) for day in (9, 10)] == [[-1, -3, 2], [-1, -3, -2]]


def test_topics():
    """A sleep is chosen as a whole, so is a workout, and blood pressure with its parts."""
    computed = {name for name in derived.DAILY if name != "readiness_score"}
    sleeps = {name for name in computed if topic_of(name) == SLEEP}
    assert sleeps >= {
        "sleep_duration",
        "sleep_deep",
        "sleep_light",
        "sleep_rem",
        "sleep_awake",
        "time_in_bed",
    }
    assert {topic_of(name) for name in computed} <= {SLEEP, WORKOUTS}
    assert topic_of("sleep_stage") == SLEEP
    assert topic_of("workout_energy") == WORKOUTS
    assert topic_of("blood_pressure.systolic") == topic_of("blood_pressure") == "blood_pressure"
    assert topic_of("steps") == "steps"
