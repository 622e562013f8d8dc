"""Days of steps for which a vendor's total speaks: intervals are missing, or hold less than half of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vault
from vault.reading.totals import TOO_LITTLE, with_totals
from vault.records import Origin, Samples
from vault.time import DAY_NS, HOUR_NS, instant_ns, parse_instant

pytestmark = pytest.mark.usefixtures("cheap_keys")

DAY, _ = parse_instant("2026-05-04T00:00+00:00")
WATCH, RING = Origin("Watch", "test"), Origin("Ring", "test")


def told(metric, origin, value, start=DAY, length=DAY_NS):
    one = np.array([start], np.int64)
    return Samples(
        metric,
        one,
        one + length,
        np.zeros(1, np.int16),
        np.array([value], float),
        np.zeros(1, np.int32),
        [origin],
    )


@pytest.fixture
def day(tmp_path, clock):
    """Return what a vault says of the day and why, of some records."""

    def said(*records):
        with vault.create(
            tmp_path / f"{len(list(tmp_path.iterdir()))}.vault", "a long one", clock=clock
        ) as v:
            v.ingest(records)
            return v.daily("steps"), v.why("steps", "2026-05-04")

    return said


@pytest.mark.parametrize(
    ("intervals", "value", "sources"),
    [(40.0, 9000.0, "Ring"), (None, 9000.0, "Ring"), (4500.0, 4500.0, "Watch"), (9500.0, 9500.0, "Watch")],
)
def test_total_speaks_where_intervals_missed_most_of_the_day(day, intervals, value, sources):
    """Forty steps of a watch are no day of nine thousand; half a day of them is what the watch saw."""
    watch = [] if intervals is None else [told("steps", WATCH, intervals, DAY + 9 * HOUR_NS, HOUR_NS)]
    frame, why = day(told("steps_daily", RING, 9000.0), *watch)
    assert (frame["value"].tolist(), frame["sources"].tolist()) == ([value], [sources])
    assert why["counted"].sum() == value
    assert why.loc[why["counted"] > 0, "source"].tolist() == [sources]
    if intervals == 40:
        assert why.loc[why["source"] == "Watch", "why"].tolist() == [
            "left out: less than half of the total that is stated for the day"
        ]


def test_total_of_one_source_speaks_never_the_sum_of_two(day):
    """Two vendors state the day: the better one speaks, the other is named and not added."""
    frame, why = day(told("steps_daily", RING, 9000.0), told("steps_daily", WATCH, 10000.0))
    assert frame["value"].tolist() in ([9000.0], [10000.0])
    assert sorted(why["source"]) == ["Ring", "Watch"]
    assert why["counted"].sum() == frame["value"].iloc[0]


def frame_of(values):
    index = pd.DatetimeIndex(
        pd.to_datetime([instant_ns(pd.Timestamp("2026-01-01", tz="UTC")) + day * DAY_NS for day in values]),
        name="date",
    )
    rows = {"value": list(values.values()), "n": [1] * len(values), "sources": ["x"] * len(values)}
    return pd.DataFrame(rows, index=index).astype({"value": float})


DAYS = st.dictionaries(st.integers(0, 9), st.floats(0, 1e5), max_size=8)


@given(intervals=DAYS, totals=DAYS)
def test_day_is_the_intervals_or_the_total_and_never_both(intervals, totals):
    """Every day somebody told has one value, one of the two, and the intervals' own where they saw enough."""
    found = with_totals(frame_of(dict(sorted(intervals.items()))), frame_of(dict(sorted(totals.items()))))
    assert found.index.is_monotonic_increasing
    assert found.index.is_unique
    for day, value in zip(sorted(intervals.keys() | totals.keys()), found["value"], strict=True):
        one, whole = intervals.get(day), totals.get(day)
        speaks = whole is not None and (one is None or one < TOO_LITTLE * whole)
        assert value == (whole if speaks else one)
