"""Daily values: kept up to date by every import, and what plain Python makes of the same samples."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import chain
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vault.merge.overlap import merged_daily
from vault.metrics import find
from vault.records import Device, Origin
from vault.store import chunks, daily, rewriting
from vault.store import ingest as ingest_module
from vault.store.sources import Sources
from vault.time import UNKNOWN_OFFSET, date_of_day, day_of_date

S = 10**9
HOUR = 3600 * S
BERLIN = "Europe/Berlin"
NEAR = [
    int(datetime(*at, tzinfo=UTC).timestamp()) * S
    for at in [(2025, 10, 26), (2025, 12, 31, 20), (2026, 3, 29), (2026, 3, 31, 22)]
]
"""Around both changes of the clock, a turn of the year and a turn of a month."""

OFFSETS = st.sampled_from([60, 120, -300, 840, -720, UNKNOWN_OFFSET])


def local_date(start: int, offset: int, home: str) -> date:
    """Return the day on the calendar of whoever was there."""
    tz = ZoneInfo(home) if offset == UNKNOWN_OFFSET else timezone(timedelta(minutes=offset))
    return datetime.fromtimestamp(start // S, tz).date()


def told(store, metric, **limits):
    """Return {date: (value, n, source names)}."""
    days, names = store.daily(metric, **limits)
    sets = [", ".join(names[code] for code in one) for one in days.sets]
    columns = (days.day.tolist(), days.value.tolist(), days.n.tolist(), days.source_set.tolist())
    return {date_of_day(day): (value, n, sets[which]) for day, value, n, which in zip(*columns)}


def shown_offsets(*imports):
    """Return the offset by (start, value): of several the greatest, whichever import told it."""
    offsets: dict = {}
    for start, _, offset, value, *_ in chain(*imports):
        offsets[start, value] = max(offset, offsets.get((start, value), UNKNOWN_OFFSET))
    return offsets


ROWS = st.lists(
    st.tuples(st.sampled_from(NEAR), st.integers(-100, 100), OFFSETS, st.integers(40, 200)),
    min_size=1,
    max_size=20,
)


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, cut=st.integers(0, 20))
@example(rows=[(NEAR[0], 0, -300, 40), (NEAR[0], 0, 60, 40)], cut=0)
@example(rows=[(NEAR[0], 0, -300, 40), (NEAR[0], 0, 60, 40)], cut=1)
def test_daily_is_what_plain_python_makes_of_moments(new_store, batch, rows, cut):
    """Means and sums by local day, across DST and months, however the samples came."""
    rows = [(at + h * HOUR, at + h * HOUR, offset, float(v), 0, None, None) for at, h, offset, v in rows]
    by_day = defaultdict(list)
    for (start, value), offset in shown_offsets(rows[:cut], rows[cut:]).items():
        by_day[local_date(start, offset, BERLIN)].append(value)
    with new_store(home_zone=BERLIN) as store:
        for part in (rows[:cut], rows[cut:]):
            store.ingest([batch(metric, part) for metric in ("heart_rate", "steps") if part])
        means, sums = told(store, "heart_rate"), told(store, "steps")
    assert {day: n for day, (_, n, _) in means.items()} == {day: len(v) for day, v in by_day.items()}
    assert {day: mean for day, (mean, _, _) in means.items()} == pytest.approx(
        {day: sum(v) / len(v) for day, v in by_day.items()}
    )
    assert {day: total for day, (total, _, _) in sums.items()} == pytest.approx(
        {day: sum(v) for day, v in by_day.items()}
    )


METRICS = ("steps", "heart_rate", "body_mass", "sleep_duration", "heart_rate_max_24h")
SAMPLE = st.tuples(
    st.sampled_from(METRICS), st.sampled_from(NEAR), st.integers(-900, 900), st.integers(0, 30 * 24),
    OFFSETS, st.integers(60, 100), st.integers(0, 1),
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_daily_after_imports_is_daily_of_all(new_store, batch, data):
    """After several imports, in small windows: the same as merging all samples of the metric at once."""
    imports = data.draw(st.lists(st.lists(SAMPLE, max_size=6), min_size=1, max_size=4))
    with pytest.MonkeyPatch.context() as patch, new_store(home_zone=BERLIN) as store:
        patch.setattr(daily, "_WINDOW_ROWS", 2)
        patch.setattr(rewriting, "_WINDOW_ROWS", 2)
        patch.setattr(chunks, "MAX_ROWS", 2)
        patch.setattr(ingest_module, "_BUFFER_ROWS", 5)
        for samples in imports:
            store.ingest(
                batch(metric, [(at + h * HOUR, at + (h + length) * HOUR, offset, value, origin, None, None)])
                for metric, at, h, length, offset, value, origin in samples
            )
        for metric in METRICS:
            assert_is_merged(store, metric)
        store.set_home_zone("Pacific/Auckland")
        for metric in METRICS:
            assert_is_merged(store, metric)


def assert_is_merged(store, metric) -> None:
    """Compare stored days with all samples of the metric, merged at once."""
    entry = find(metric)
    for part in store.columns(metric):
        sources = Sources.of(part.origins)
        whole = merged_daily(
            part.start,
            part.end,
            part.offset_min,
            part.value,
            sources.of_origin[part.origin],
            rollup=entry.rollup,
            rank=sources.rank(metric),
            home=store.home_zone,
            nightly=entry.time == "night",
        )
        sets = [", ".join(sources.names[code] for code in one) for one in whole.sets]
        columns = (whole.day.tolist(), whole.value.tolist(), whole.n.tolist(), whole.source_set.tolist())
        expected = {date_of_day(day): (value, n, sets[which]) for day, value, n, which in zip(*columns)}
        assert told(store, metric) == expected


def test_daily_reads_a_range_of_days(new_store, batch):
    """Both ends are days of the result; nothing is before, after, or of another metric."""
    with new_store() as store:
        store.ingest(
            [batch("steps", [(NEAR[1] + 24 * h * HOUR,) * 2 + (60, 5.0, 0, None, None) for h in range(9)])]
        )
        first = date(2026, 1, 2)
        days, _ = store.daily("steps", day_of_date(first), day_of_date(first) + 2)
        assert [date_of_day(day) for day in days.day.tolist()] == [
            first + timedelta(days=n) for n in range(3)
        ]
        assert len(store.daily("heart_rate")[0]) == 0


def test_daily_follows_a_source_that_turns_out_to_be_a_watch(new_store, batch):
    """A better origin under a known name changes whom all days believe, also days long gone."""
    early, late = NEAR[0], NEAR[3]
    row = (early, early + HOUR, 60)
    bare = [
        Origin("Ada", "apple_health"),
        Origin("Ada's Phone", "apple_health", device=Device("iPhone", model="iPhone")),
    ]
    watch = [Origin("Ada", "apple_health", device=Device("Apple Watch", model="Watch", hardware="Watch6,1"))]
    with new_store() as store:
        store.ingest([batch("steps", [(*row, 100.0, 0, None, None), (*row, 300.0, 1, None, None)], bare)])
        assert [total for total, _, _ in told(store, "steps").values()] == [300.0]
        store.ingest([batch("steps", [(late, late + HOUR, 60, 7.0, 0, None, None)], watch)])
        assert [total for total, _, _ in told(store, "steps").values()] == [100.0, 7.0]


@pytest.mark.parametrize(("metric", "total"), [("steps", 250.0), ("energy_intake", 330.0)])
def test_daily_of_a_span_told_twice(new_store, batch, metric, total):
    """Steps were counted on until 250; what was eaten at one meal is two entries."""
    row = (NEAR[0], NEAR[0] + HOUR, 60)
    with new_store() as store:
        store.ingest([batch(metric, [(*row, 80.0, 0, None, None)])])
        store.ingest([batch(metric, [(*row, 250.0, 0, None, None)])])
        assert [value for value, _, _ in told(store, metric).values()] == [total]


def test_daily_of_coded_and_unmapped_metrics_is_empty(new_store, batch):
    """What has no rollup has no daily values."""
    row = (NEAR[0], NEAR[0] + HOUR, 60, 0, 0, None, None)
    with new_store() as store:
        store.ingest([batch("sleep_stage", [row], codes=["deep"]), batch("apple:Thing", [row], unit="x")])
        assert told(store, "sleep_stage") == told(store, "apple:Thing") == {}


def test_stored_days_are_exact(new_store, batch):
    """Daily values come back bit for bit, though they are packed."""
    with new_store() as store:
        store.ingest(
            [
                batch(
                    "heart_rate",
                    [
                        (NEAR[0] + i * S,) * 2 + (60, v, 0, None, None)
                        for i, v in enumerate((60.1, 61.7, 77.3))
                    ],
                )
            ]
        )
        days, _ = store.daily("heart_rate")
        assert days.value.tolist() == [np.float64((60.1 + 61.7) + 77.3) / 3]


@pytest.fixture
def merges(monkeypatch):
    """Collect the days of which each window of a merge has samples, (metric's rollup, first, last)."""
    seen = []

    def merge(start, end, *columns, rollup, **options):
        seen.append((rollup, date_of_day(start.min() // (24 * HOUR)), date_of_day(end.max() // (24 * HOUR))))
        return merged_daily(start, end, *columns, rollup=rollup, **options)

    monkeypatch.setattr(daily, "merged_daily", merge)
    return seen


def a_sample_a_day(first, last, value=100.0):
    """Return rows of an hour at noon of each day."""
    noons = ((day * 24 + 12) * HOUR for day in range(day_of_date(first), day_of_date(last) + 1))
    return [(noon, noon + HOUR, 60, value, 0, None, None) for noon in noons]


def test_daily_after_an_import_of_one_month(new_store, batch, merges):
    """Ten years lie there and March 2021 comes: that month is merged, and what can touch its days."""
    with new_store() as store:
        for metric in ("steps", "heart_rate"):
            store.ingest([batch(metric, a_sample_a_day(date(2016, 1, 1), date(2025, 12, 31)))])
        before = told(store, "steps")
        merges.clear()
        store.ingest([batch("steps", a_sample_a_day(date(2021, 3, 1), date(2021, 3, 31), 150.0))])
        assert merges == [("sum", date(2021, 2, 25), date(2021, 4, 4))]
        changed = {day for day, value in told(store, "steps").items() if value != before[day]}
        assert (min(changed), max(changed), len(changed)) == (date(2021, 3, 1), date(2021, 3, 31), 31)


def test_daily_after_an_import_that_repeats(new_store, batch, merges):
    """What is known already makes no day anew."""
    rows = a_sample_a_day(date(2021, 1, 1), date(2021, 3, 31))
    with new_store() as store:
        store.ingest([batch("steps", rows)])
        merges.clear()
        store.ingest([batch("steps", rows)])
        assert merges == []


def test_daily_of_months_that_are_merged_together_and_apart(new_store, batch, monkeypatch, merges):
    """Windows of one month or of all come to the same days, to the last bit, and each day is made once."""
    random = np.random.default_rng(1)
    start = NEAR[0] + np.sort(random.integers(0, 200 * 24 * 3600, 3_000)) * S
    length = random.integers(1, 40 * 3600, 3_000) * S
    rows = [
        (at, at + long, 60, value / 7, number, None, None)
        for at, long, value, number in zip(
            start.tolist(), length.tolist(), random.integers(0, 999, 3_000).tolist(), [0, 1, 0] * 1_000
        )
    ]
    found = []
    for window in (1, 10_000):
        monkeypatch.setattr(daily, "_WINDOW_ROWS", window)
        with new_store() as store:
            store.ingest([batch("steps", rows)])
            found.append(told(store, "steps"))
    assert found[0] == found[1]
    assert len(merges) == 8 + 1


def test_daily_night_that_a_long_past_one_covers(new_store, batch):
    """A row of a month that ends in February is held against all it lies over, in December too."""
    at = day_of_date(date(2026, 1, 2)) * 24 * HOUR
    long = (at, at + 30 * 24 * HOUR, 0, 600.0, 1, None, None)
    better = (at - 48 * HOUR, at + 72 * HOUR, 0, 60.0, 0, None, None)
    with new_store() as store:
        store.ingest([batch("sleep_duration", [long, better])])
        before = told(store, "sleep_duration")
        assert before[date(2026, 2, 1)][0] == pytest.approx(540)
        nearby = date(2026, 2, 1)
        store.ingest([batch("sleep_duration", a_sample_a_day(nearby, nearby, 0.0))])
        assert told(store, "sleep_duration")[nearby][0] == before[nearby][0]


def test_daily_of_two_devices_of_one_name_is_merged(new_store, batch):
    """A new watch under the old one's name: an hour that both saw counts once, and a rate is one watch's."""
    at = NEAR[0]
    old, new = (
        Origin("Ada's Watch", "apple_health", device=Device("Apple Watch", model="Watch", hardware=hardware))
        for hardware in ("Watch6,1", "Watch7,5")
    )
    both = [(at, at + HOUR, 60, 1000.0, 0, None, None), (at, at + HOUR, 60, 1040.0, 1, None, None)]
    alone = (at + HOUR, at + 2 * HOUR, 60, 500.0, 1, None, None)
    beats = [(at, at, 60, 100.0, 0, None, None), (at + S, at + S, 60, 60.0, 1, None, None)]
    with new_store() as store:
        store.ingest([batch("steps", [*both, alone], [old, new]), batch("heart_rate", beats, [old, new])])
        ((steps, _, names),) = told(store, "steps").values()
        ((rate, n, _),) = told(store, "heart_rate").values()
    assert (steps, names) == (1500.0, "Ada's Watch")
    assert (rate, n) == (100.0, 1)
