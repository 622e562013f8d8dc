"""Merging a sum: equal to an oracle that walks through time, and the laws that must hold for any samples."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vault.merge.overlap import merged_daily
from vault.merge.rows import LONGEST_NS
from vault.time import DAY_NS, UNKNOWN_OFFSET, day_of_date, instant_ns

HOME = ZoneInfo("Europe/Berlin")
TICK = 600 * 10**9
"""Ten minutes: every midnight of the offsets used here is a whole number of them away."""

DST_WEEKENDS = [instant_ns(datetime(2026, 3, 28, tzinfo=UTC)), instant_ns(datetime(2026, 10, 24, tzinfo=UTC))]
SOURCES = 4

row = st.tuples(
    st.sampled_from([60, 61, 140]) | st.integers(0, 3 * 144),  # start, in ticks
    st.sampled_from([0, 1, 2, 6, 30, 150]) | st.integers(0, 200),  # length
    st.sampled_from([0.1, 0.7, 1e9]) | st.integers(0, 500),  # value: sums of these depend on their order
    st.integers(0, SOURCES - 1),
    st.sampled_from([UNKNOWN_OFFSET, 60, 120, 540, -300, 330]),
)
rows = st.lists(row, min_size=1, max_size=12)
ranks = st.permutations(range(SOURCES))


def columns(samples, begin=DST_WEEKENDS[0]):
    """Return the five columns of a list of (start tick, length, value, source, offset)."""
    start = np.array([begin + s[0] * TICK for s in samples], np.int64)
    end = start + np.array([s[1] * TICK for s in samples], np.int64)
    offset = np.array([s[4] for s in samples], np.int16)
    value = np.array([s[2] for s in samples], np.float64)
    return start, end, offset, value, np.array([s[3] for s in samples], np.int32)


def merge(samples, rank=range(SOURCES), begin=DST_WEEKENDS[0], **options):
    """Return the daily sums of a list of samples, or another rollup."""
    return merged_daily(
        *columns(samples, begin), **{"rollup": "sum", "rank": list(rank), "home": HOME, **options}
    )


def as_dict(daily):
    """Return {day: (value, n, sources)}."""
    return {
        day: (value, n, daily.sets[code])
        for day, value, n, code in zip(
            daily.day.tolist(), daily.value.tolist(), daily.n.tolist(), daily.source_set.tolist()
        )
    }


def of_each_span(samples):
    """Return samples without those for whose span their source tells more, or as much once more."""
    largest = {}
    for at, (start, length, value, source, offset) in enumerate(samples):
        key = (start, length, source, None if length else at)
        largest[key] = max(largest.get(key, (value, offset)), (value, offset))
    return [
        (start, length, value, source, offset)
        for (start, length, source, _), (value, offset) in largest.items()
    ]


def walked(samples, rank, begin):
    """Return {day: (value, n, sources)} by giving every tick of every sample to the day it is lived on."""
    samples = of_each_span(samples)
    parts = defaultdict(Fraction)
    for at, (start, length, value, source, offset) in enumerate(samples):
        better = [s for s in samples if rank[s[3]] < rank[source]]
        ruling = None if offset == home_offset(begin, start) else offset
        for tick in range(start, start + max(length, 1)):
            if not any(
                tick in range(s[0], s[0] + s[1]) or (s[:2] == (tick, 0) and not length) for s in better
            ):
                parts[local_day(begin, tick, ruling), source, at] += Fraction(value) / max(length, 1)
    return {
        day: (
            float(sum(part for (other, _, _), part in parts.items() if other == day)),
            sum(other == day for other, _, _ in parts),
            tuple(sorted({s for other, s, _ in parts if other == day}, key=lambda source: rank[source])),
        )
        for day, _, _ in parts
    }


def moment(begin, tick):
    """Return an instant of the tests' time line as an aware datetime."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=(begin + tick * TICK) // 10**9)


def home_offset(begin, tick):
    """Return the home zone's offset at a tick, in minutes."""
    return moment(begin, tick).astimezone(HOME).utcoffset().total_seconds() // 60


def local_day(begin, tick, offset):
    """Return the day of a tick by an offset, or at home if there is none."""
    if offset in (None, UNKNOWN_OFFSET):
        return day_of_date(moment(begin, tick).astimezone(HOME).date())
    return day_of_date((moment(begin, tick) + timedelta(minutes=offset)).date())


@settings(max_examples=300, deadline=None)
@given(rows, ranks, st.sampled_from(DST_WEEKENDS))
def test_sum_of_any_samples(samples, rank, begin):
    """A sum counts exactly the time no better source covers, on the local day it was lived."""
    expected = walked(samples, rank, begin)
    found = as_dict(merge(samples, rank, begin))
    assert found.keys() == expected.keys()
    for day, (value, n, sources) in expected.items():
        assert found[day][0] == pytest.approx(value, rel=1e-12, abs=1e-9)
        assert found[day][1:] == (n, sources)


@settings(max_examples=100, deadline=None)
@given(
    rows,
    ranks,
    st.sampled_from(["sum", "mean", "min", "max"]),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_any_order_of_rows(samples, rank, rollup, nightly, random):
    """No value depends on the order the samples came in, to the last bit."""
    shuffled = list(samples)
    random.shuffle(shuffled)
    one, other = (merge(some, rank, rollup=rollup, nightly=nightly) for some in (samples, shuffled))
    assert as_dict(one) == as_dict(other)


@pytest.mark.parametrize("rollup", ["sum", "mean"])
def test_any_order_of_rows_that_begin_together(rollup):
    """Rows of one start are added in one order as well: 0.1 + 0.2 + 0.3 is not 0.3 + 0.2 + 0.1 in floats."""
    samples = [(60, 1, value, 0, 60) for value in (0.1, 0.2, 0.3)]
    assert merge(samples, rollup=rollup).value.tolist() == merge(samples[::-1], rollup=rollup).value.tolist()


@settings(max_examples=100, deadline=None)
@given(samples=rows, rank=ranks)
@example(samples=[(60, 0, 0.1, 1, 60), *[(61, 0, value, 0, 60) for value in (0.1, 0.1, 1e9)]], rank=range(4))
def test_sum_is_bounded(samples, rank):
    """A day is never more than all sources together or less than its best source alone, but for rounding."""
    found = as_dict(merge(samples, rank))
    best = min({s[3] for s in samples}, key=lambda source: rank[source])
    alone = as_dict(merge([s for s in samples if s[3] == best], rank))
    together = defaultdict(float)
    for one in samples:
        for day, (value, _, _) in as_dict(merge([one], rank)).items():
            together[day] += value
    for day, (value, _, _) in alone.items():
        assert found[day][0] >= value * (1 - 1e-12)
    for day, (value, _, _) in found.items():
        assert value <= together[day] * (1 + 1e-12)


@settings(max_examples=100, deadline=None)
@given(rows, ranks, st.data())
def test_sum_with_a_worse_source_that_is_covered(samples, rank, data):
    """A source that recorded only while better ones did changes nothing: value, count, sources."""
    worst = max(range(SOURCES), key=lambda source: rank[source])
    better = [s for s in samples if s[3] != worst]
    covered = []
    for start, length, _, _, offset in better:
        first = data.draw(st.integers(0, length))
        covered.append((start + first, data.draw(st.integers(0, length - first)), 99, worst, offset))
    covered = [
        s for s in covered if s[1] or any(b[0] == s[0] < b[0] + b[1] or b[:2] == s[:2] for b in better)
    ]
    assert as_dict(merge(better + covered, rank)) == as_dict(merge(better, rank))


@given(rows)
def test_sum_of_one_source(samples):
    """One source is summed as it is, its own overlaps included, unless it tells one span twice."""
    own = [(*s[:3], 0, s[4]) for s in samples]
    told = sum(s[2] for s in of_each_span(own))
    assert merge(own).value.sum() == pytest.approx(told, rel=1e-12)
    entries = merge(own, entered=True).value.sum()
    assert entries == pytest.approx(sum(s[2] for s in own), rel=1e-12)


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ([40, 100], 100),  # a quarter hour that was not over, then all of it
        ([100, 100], 100),
        ([40, 100, 70, 100], 100),
        ([-5, 0], 0),
    ],
)
def test_sum_of_a_span_told_twice(told, value):
    """A counter only grows, so of what one source tells of one span the largest counts, once."""
    samples = [(60, 6, one, 0, 60) for one in told]
    beside = [(60, 6, 500, 1, 60), (60, 5, 3, 0, 60), (61, 5, 4, 0, 60)]
    day = day_of_date(date(2026, 3, 28))
    for some in (samples, samples[::-1]):
        assert as_dict(merge(some)) == {day: (value, 1, (0,))}
        assert as_dict(merge([*beside, *some])) == {day: (value + 7, 3, (0,))}


def test_sum_of_a_span_told_twice_across_midnight():
    """It is the span as it was told that is compared, not the parts that midnight makes of spans."""
    night = [(126, 24, 40, 0, 60), (126, 24, 120, 0, 60)]
    assert merge(night).value.tolist() == [60, 60]
    assert merge([*night, (126, 12, 50, 0, 60)]).value.tolist() == [110, 60]
    abroad = (126, 24, 130, 0, 120)
    for some in ([*night, abroad], [abroad, *night]):
        assert as_dict(merge(some)) == as_dict(merge([abroad]))


def test_sum_of_two_entries_of_one_span():
    """Bread and cheese of one breakfast are two entries, and both were eaten."""
    assert merge([(60, 3, 200, 0, 60), (60, 3, 110, 0, 60)], entered=True).value.tolist() == [310]


def test_sum_twice_from_two_apps():
    """A glass of water that two apps tell for the same instant is one glass."""
    assert merge([(60, 0, 250, 0, 60), (60, 0, 250, 1, 60)]).value.tolist() == [250]


def test_sum_twice_from_one_app():
    """Two glasses that one app tells for the same instant are two glasses."""
    assert merge([(60, 0, 250, 0, 60), (60, 0, 250, 0, 60)]).value.tolist() == [500]


def test_sum_of_equal_ranks():
    """Two sources of one rank are not added up either; the lower index is the better."""
    daily = merge([(60, 6, 100, 1, 60), (60, 6, 80, 0, 60)], rank=[5, 5])
    assert as_dict(daily) == {day_of_date(date(2026, 3, 28)): (80, 1, (0,))}


def test_sum_of_a_total_without_end():
    """A total over years neither counts nor hides what others recorded in those years."""
    start, end, offset, value, source = columns([(0, 1, 1_000_000, 0, 60), (60, 6, 100, 1, 60)])
    end[0] = start[0] + LONGEST_NS + 1
    daily = merged_daily(start, end, offset, value, source, rollup="sum", rank=[0, 1], home=HOME)
    assert daily.value.tolist() == [100]


def test_sum_of_nights():
    """A night's total belongs whole to the day of waking, and two sources' nights are one."""
    night = (144 - 12, 48, 400, 0, UNKNOWN_OFFSET)
    daily = merge([night, (144 - 10, 40, 380, 1, UNKNOWN_OFFSET)], nightly=True)
    assert daily.day.tolist() == [day_of_date(date(2026, 3, 29))]
    assert daily.value.tolist() == pytest.approx([400])


@pytest.mark.parametrize("rollup", ["none", "sum", "last"])
def test_merged_daily_without_samples(rollup):
    """No samples, no days; and a metric that does not roll up has none at all."""
    assert len(merge([], rollup=rollup)) == 0
    assert len(merge([(0, 1, 1, 0, 60)], rollup="none")) == 0


def test_merged_daily_packs_sources():
    """The columns have the types the store packs, and each combination of sources is kept once."""
    daily = merge([(0, 6, 10, 0, 60), (6, 6, 10, 1, 60), (150, 6, 10, 0, 60), (300, 6, 1, 0, 60)])
    assert daily.day.dtype == daily.n.dtype == daily.source_set.dtype == np.int32
    assert daily.value.dtype == np.float64
    assert sorted(daily.sets) == [(0,), (0, 1)]
    assert [daily.sets[code] for code in daily.source_set] == [(0, 1), (0,), (0,)]


def test_mean_of_a_day_with_two_devices():
    """A rate is the mean of the best source that recorded enough of the day; devices are not averaged."""
    day = day_of_date(date(2026, 3, 28))
    watch = [(hour, 0, 60 + hour / 6, 1, 60) for hour in (60, 66, 72, 78)]
    strap = [(60, 0, 200, 0, 60), (61, 0, 190, 0, 60), (62, 0, 180, 0, 60)]
    assert as_dict(merge([*strap, *watch], rollup="mean")) == {day: (71.5, 4, (1,))}
    longer = [*strap, (66, 0, 70, 0, 60)]
    assert as_dict(merge([*longer, *watch], rollup="mean")) == {day: (160, 4, (0,))}


def test_mean_is_not_of_whoever_has_the_most_samples():
    """A strap that was read every second for an hour does not speak for the day of a watch."""
    watch = [(at, 0, 60, 1, 60) for at in range(30, 138, 6)]
    ride = [(60, 0, 150, 0, 60)] * 3600
    assert merge([*ride, *watch], rollup="mean").value.tolist() == [60]


def test_mean_of_sources_that_saw_as_much():
    """Of sources that recorded in as many hours the better one speaks."""
    assert merge([(60, 0, 60, 1, 60), (61, 0, 70, 0, 60)], rank=[1, 0], rollup="mean").value.tolist() == [60]


def test_last_of_the_best_source():
    """The latest end of the best source counts, even if a worse one measured later."""
    samples = [(60, 3, 50, 0, 60), (60, 9, 52, 0, 60), (61, 0, 51, 0, 60), (80, 0, 70, 1, 60)]
    daily = merge(samples, rollup="last")
    assert as_dict(daily) == {day_of_date(date(2026, 3, 28)): (52, 3, (0,))}


def test_last_that_was_written_again():
    """Of samples with one end the later row counts: a value that the source corrected."""
    assert merge([(60, 3, 50, 0, 60), (60, 3, 48, 0, 60)], rollup="last").value.tolist() == [48]


def test_extremes_ask_all_sources():
    """Lowest and highest are of all sources, who are all named."""
    samples = [(60, 0, 50, 1, 60), (61, 0, 170, 0, 60), (62, 0, 60, 0, 60)]
    day = day_of_date(date(2026, 3, 28))
    assert as_dict(merge(samples, rollup="min")) == {day: (50, 3, (0, 1))}
    assert as_dict(merge(samples, rollup="max")) == {day: (170, 3, (0, 1))}


@given(rows, st.sampled_from(["mean", "last", "min", "max"]))
def test_rates_stay_among_their_samples(samples, rollup):
    """A day's rate lies between the lowest and highest sample of that day, and every day has one."""
    low, high, value = (as_dict(merge(samples, rollup=one)) for one in ("min", "max", rollup))
    assert low.keys() == value.keys()
    for day in value:
        assert low[day][0] - 1e-9 <= value[day][0] <= high[day][0] + 1e-9


def test_merged_daily_touches_no_input():
    """The caller's columns stay as they were."""
    given_columns = columns([(143, 6, 100, 0, UNKNOWN_OFFSET), (140, 9, 50, 1, 60)])
    before = [column.copy() for column in given_columns]
    merged_daily(*given_columns, rollup="sum", rank=[0, 1], home=HOME)
    assert all((one == other).all() for one, other in zip(before, given_columns))
    assert LONGEST_NS == 31 * DAY_NS


@pytest.mark.parametrize(
    ("told", "value", "n"),
    [
        ([62.0, 62.25], 62.25, 1),
        ([63.0, 62.6], 62.6, 1),
        ([62.0, 62.25, 62.3], 62.25, 1),
        ([62.5, 63.0], 62.5, 1),
        ([62.0, 64.0], 63.0, 2),  # no rounding of each other
        ([62.0, 63.25], 62.625, 2),
    ],
)
def test_mean_does_not_count_a_value_that_only_rounds_another(told, value, n):
    """A source's table says 62 of a night, its account 62.25: one value, the more exact one."""
    samples = [(60, 6, one, 0, 60) for one in told]
    for some in (samples, samples[::-1]):
        (daily,) = as_dict(merge(some, rollup="mean")).values()
        assert daily == (value, n, (0,))


@pytest.mark.parametrize("other", [(61, 6, 62.0, 0, 60), (60, 7, 62.0, 0, 60)])
def test_mean_counts_a_rounded_value_of_another_span(other):
    """It is another measurement; so are two readings of one moment."""
    (daily,) = as_dict(merge([(60, 6, 62.25, 0, 60), other], rollup="mean")).values()
    assert daily == (62.125, 2, (0,))
    (moments,) = as_dict(merge([(60, 0, 62.25, 0, 60), (60, 0, 62.0, 0, 60)], rollup="mean")).values()
    assert moments == (62.125, 2, (0,))
