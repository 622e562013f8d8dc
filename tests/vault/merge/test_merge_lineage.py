"""Lineage: the parts of a daily value add up to it, and each says why it counted or not."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.merge.lineage import as_told, explain_day
from vault.merge.overlap import merged_daily
from vault.merge.preference import Chosen
from vault.time import UNKNOWN_OFFSET

HOME = ZoneInfo("Europe/Berlin")
MINUTE = 60 * 10**9
DAY = 20_540
MORNING = DAY * 1440 + 6 * 60
NAMES = ["Pat’s Apple Watch", "Pat’s iPhone", "Other app"]

sample = st.tuples(
    st.integers(-2880, 2880),
    st.integers(0, 2000),
    st.floats(0, 1000),
    st.integers(0, 2),
    st.sampled_from([UNKNOWN_OFFSET, 120, -300]),
)


def explained(samples, rollup="sum", day=DAY, rank=(0, 1, 2), nightly=False, chosen=(), entered=False):
    """Return (parts of the day, its daily value) of (start min, length min, value, source, offset)."""
    start = np.array([s[0] for s in samples], np.int64) * MINUTE
    columns = (
        start,
        start + np.array([s[1] for s in samples], np.int64) * MINUTE,
        np.array([s[4] for s in samples], np.int16),
        np.array([s[2] for s in samples], np.float64),
        np.array([s[3] for s in samples], np.int32),
    )
    options = {"rollup": rollup, "rank": list(rank), "home": HOME, "nightly": nightly, "chosen": chosen}
    options["entered"] = entered
    daily = merged_daily(*columns, **options)
    value = dict(zip(daily.day.tolist(), daily.value.tolist())).get(day)
    return explain_day(*columns, **options, names=NAMES, day=day), value


@given(
    st.lists(sample, min_size=1, max_size=15),
    st.permutations(range(3)),
    st.sampled_from(["sum", "mean", "last", "min", "max"]),
    st.booleans(),
    st.integers(-2, 2),
    st.lists(st.tuples(st.integers(0, 2), st.integers(-2, 2), st.integers(0, 3)), max_size=2),
    st.booleans(),
)
def test_parts_add_up(samples, rank, rollup, nightly, shift, choices, entered):
    """The counted parts, added in their order, are the daily value to the last bit, on any day."""
    moved = [(DAY * 1440 + s[0], *s[1:]) for s in samples]
    chosen = [Chosen(source, DAY + first, DAY + first + length) for source, first, length in choices]
    parts, value = explained(moved, rollup, DAY + shift, rank, nightly, chosen, entered)
    total = 0.0
    for part in parts:
        total += part.counted
    assert (total if parts else None) == value
    assert all(part.samples > 0 for part in parts)
    if not chosen:
        ranks = [rank[NAMES.index(part.source)] for part in parts]
        assert ranks == sorted(ranks)


def test_sum_says_what_each_source_gave():
    """Of a phone that recorded before and with the watch, only what the watch did not record counts."""
    parts, value = explained(
        [
            (MORNING, 60, 1000.0, 0, UNKNOWN_OFFSET),
            (MORNING - 30, 60, 800.0, 1, UNKNOWN_OFFSET),
            (MORNING + 10, 10, 70.0, 2, UNKNOWN_OFFSET),
        ]
    )
    assert value == 1400
    assert [(p.source, p.samples, p.given, p.counted, p.why) for p in parts] == [
        ("Pat’s Apple Watch", 1, 1000, 1000, "counted in full"),
        ("Pat’s iPhone", 1, 800, 400, "counted only where Pat’s Apple Watch recorded nothing"),
        ("Other app", 1, 70, 0, "left out: Pat’s Apple Watch and Pat’s iPhone recorded the same time"),
    ]


def test_sum_of_a_span_told_twice_is_of_one_sample():
    """Of a quarter hour told before and after its end, one sample is named, with the larger value."""
    told = [(MORNING, 15, 40.0, 0, UNKNOWN_OFFSET), (MORNING, 15, 100.0, 0, UNKNOWN_OFFSET)]
    parts, value = explained(told)
    assert value == 100
    assert [(p.samples, p.given, p.counted, p.why) for p in parts] == [(1, 100, 100, "counted in full")]
    (entries,), _ = explained(told, entered=True)
    assert (entries.samples, entries.given, entries.counted) == (2, 140, 140)


def test_sum_of_one_glass_told_twice():
    """A moment that a better source told as well is left out by its name."""
    parts, _ = explained([(MORNING, 0, 250.0, 1, UNKNOWN_OFFSET), (MORNING, 0, 250.0, 2, UNKNOWN_OFFSET)])
    assert [(p.counted, p.why) for p in parts] == [
        (250, "counted in full"),
        (0, "left out: Pat’s iPhone recorded the same time"),
    ]


@pytest.mark.parametrize(
    ("rollup", "counted", "why"),
    [
        ("mean", [90, 0], ["it comes first of those that recorded enough", "left out: Pat’s Apple Watch"]),
        ("last", [90, 0], ["the latest value of the source that comes first", "left out: Pat’s Apple Watch"]),
        ("min", [0, 60], ["left out: Pat’s iPhone had a lower value", "the lowest value that day"]),
        ("max", [90, 0], ["the highest value that day", "left out: Pat’s Apple Watch had a higher value"]),
    ],
)
def test_rate_says_who_speaks(rollup, counted, why):
    """A rate names the one source that speaks for the day, and why the other does not."""
    parts, _ = explained(
        [(MORNING, 0, 90.0, 0, 120), (MORNING, 0, 60.0, 1, 120), (MORNING + 9, 0, 70.0, 1, 120)], rollup
    )
    assert [part.counted for part in parts] == counted
    assert all(part.why.startswith(words) for part, words in zip(parts, why, strict=True))


def test_day_without_samples():
    """A day nobody recorded has no parts; so has a metric without daily values."""
    samples = [(MORNING, 60, 1000.0, 0, UNKNOWN_OFFSET)]
    assert explained(samples, day=DAY + 3) == ([], None)
    assert explained(samples, rollup="none") == ([], None)


def test_sleep_overlapped_days_before_its_end_is_explained_by_that():
    """A long night counts on the day of its end with the share that a better source left, days earlier."""
    start = DAY * 1440
    samples = [(start, 761, 46.0, 1, -300), (start + 760, 2000, 140.0, 2, 120)]
    parts, value = explained(samples, day=DAY + 2, nightly=True)
    assert value == 140 * (1 - 1 / 2000)
    assert sum(part.counted for part in parts) == value


def test_as_told_names_a_vendors_total_and_counts_none_of_it():
    """A total of the day stands beside the sum of intervals: shown, with the reason, and nothing added."""
    told, _ = explained([(MORNING, 600, 8000, 0, 120)], rollup="last")
    (total,) = as_told(told)
    assert (total.source, total.samples, total.given, total.counted) == (NAMES[0], 1, 8000, 0)
    assert total.why.startswith("not counted: the vendor's total")


def test_rate_of_a_better_source_that_recorded_too_little_says_so():
    """Two hours of the better source do not speak for a day of which another saw twelve."""
    hours = [(MORNING + 60 * hour, 0, 60.0 + hour, 1, 120) for hour in range(12)]
    parts, value = explained([(MORNING, 0, 90.0, 0, 120), (MORNING + 60, 0, 90.0, 0, 120), *hours], "mean")
    assert [part.counted for part in parts] == [0, value]
    assert parts[0].why.startswith("left out: it recorded in less than 50%")


def test_choice_is_said_to_be_one():
    """On a day of the owner's choice its source speaks, and both say whose choice it was."""
    samples = [(MORNING, 0, 90.0, 0, 120), (MORNING, 0, 60.0, 1, 120)]
    parts, value = explained(samples, "last", chosen=[Chosen(1, DAY, DAY)])
    assert [(part.source, part.counted) for part in parts] == [(NAMES[1], value), (NAMES[0], 0)]
    assert [part.why for part in parts] == ["it is your choice", "left out: Pat’s iPhone is your choice"]
