"""Coarser on purpose: what each rung tells, and what it must not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import tables
from policies.consent import Grant
from policies.gate import Permit
from policies.grants import made
from policies.precision import hourly, reduced, round_clock, round_to
from policies.validity import settle
from vault.errors import AccessDenied

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)  # a Sunday
HOME = ZoneInfo("Europe/Berlin")


def permit(metric="steps", action="daily", first=None, last=None):
    grant = Grant(grantee="coach-anna", kind="coach", purpose="coaching", metrics={metric: "daily"})
    record = made(settle(grant, NOW, HOME), NOW)
    return Permit(tables.category(metric), action, first, last, record, NOW, TODAY)


def days(values, last=TODAY):
    index = pd.DatetimeIndex(
        [last - timedelta(days=back) for back in range(len(values) - 1, -1, -1)], name="date"
    )
    return pd.DataFrame({"value": np.asarray(values, float)}, index=index)


def samples(rows):
    start = pd.to_datetime([row[0] for row in rows], utc=True).as_unit("ns")
    offset = [int(row[0].utcoffset().total_seconds() // 60) for row in rows]
    return pd.DataFrame(
        {
            "start": start,
            "end": start,
            "utc_offset_min": pd.array(offset, "Int16"),
            "value": [float(row[1]) for row in rows],
            "source": [row[2] for row in rows],
        }
    )


@given(st.floats(-1e6, 1e6), st.sampled_from([0.05, 0.1, 0.5, 1, 5, 100]))
def test_round_is_near_and_idempotent(value, step):
    """A rounded value is at most half a step away and rounds to itself."""
    once = float(round_to(value, step))
    assert abs(once - value) <= step / 2 + 1e-9
    assert float(round_to(once, step)) == once


def test_round_without_a_step_is_a_no():
    """What can't be rounded is not released."""
    with pytest.raises(AccessDenied, match="no rounding"):
        round_to([1.0], None)


def test_daily_of_a_sum_leaves_the_running_day_out():
    """Today's steps are not told while today lasts: looking twice would tell what happened between."""
    told = reduced(days([8123, 7777, 4001]), permit())
    assert told["value"].tolist() == [8100, 7800]


def test_daily_of_a_night_tells_today():
    """Last night is over when today begins."""
    told = reduced(days([432.0, 401.0]), permit("sleep_duration"))
    assert told["value"].tolist() == [430, 400]
    assert told.index[-1].date() == TODAY


def test_weekly_is_whole_weeks_that_are_over():
    """The running week is not told, and a week stands at its Monday."""
    told = reduced(days([1000.0] * 7 + [3000.0] * 7), permit(action="weekly"))
    assert told["value"].tolist() == [1000.0]
    assert told.index[0].date() == date(2026, 11, 9)


@pytest.mark.parametrize(
    ("first", "last", "weeks"),
    [
        (None, None, 2),
        (date(2026, 11, 2), date(2026, 11, 15), 2),
        (date(2026, 11, 3), date(2026, 11, 15), 1),
        (date(2026, 11, 2), date(2026, 11, 14), 1),
        (date(2026, 11, 11), date(2026, 11, 11), 0),
    ],
)
def test_weekly_needs_the_whole_week_inside(first, last, weeks):
    """Asking for one day of a week, or for a part of it, gives nothing of that week."""
    frame = days([float(one) for one in range(1000, 1021)])
    assert len(reduced(frame, permit(action="weekly", first=first, last=last))) == weeks


@pytest.mark.parametrize(("known", "told"), [(3, 0), (4, 1)])
def test_weekly_needs_enough_days(known, told):
    """A week with three known days says nothing; with four it speaks."""
    values = [5000.0] * known + [np.nan] * (7 - known) + [np.nan] * 7
    assert len(reduced(days(values), permit(action="weekly"))) == told


@pytest.mark.parametrize(
    ("value", "word", "yes"),
    [
        (4999, "some", "no"),
        (5000, "some", "no"),
        (7499, "many", "yes"),
        (7500, "many", "yes"),
        (10000, "very many", "yes"),
        (100, "few", "no"),
    ],
)
def test_band_and_yes_no_of_a_week(value, word, yes):
    """A week is a word, and a yes or no; a value on an edge, as rounded, belongs to the word above."""
    frame = days([float(value)] * 14)
    assert reduced(frame, permit(action="band"))["value"].tolist() == [word]
    assert reduced(frame, permit(action="yes_no"))["value"].tolist() == [yes]


def test_band_of_a_metric_without_bands_is_a_no():
    """An unknown transform is a no."""
    with pytest.raises(AccessDenied, match="no way to give"):
        reduced(days([60.0] * 14), permit("resting_heart_rate", "band"))


@given(st.lists(st.floats(0, 20_000), min_size=21, max_size=21), st.data())
def test_rungs_are_functions_of_the_rung_above(values, data):
    """Two pasts with the same days have the same weeks; with the same weeks, the same words; and so on."""
    step = tables.category("steps").rounding
    noise = data.draw(st.lists(st.floats(-0.4, 0.4), min_size=21, max_size=21))
    rounded = round_to(values, step)
    other = rounded + np.asarray(noise) * step
    for upper, lower in [("daily", "weekly"), ("weekly", "band"), ("band", "yes_no")]:
        one, two = (reduced(days(past), permit(action=upper)) for past in (rounded, other))
        if one.equals(two):
            coarse = [reduced(days(past), permit(action=lower)) for past in (rounded, other)]
            pd.testing.assert_frame_equal(*coarse)


def bounds(first, last):
    return int(first.timestamp()) * 10**9, int(last.timestamp()) * 10**9


def test_hourly_is_whole_local_hours():
    """An hour is told when it lies in the bounds whole; values are means, rounded."""
    at = datetime(2026, 11, 20, 8, 0, tzinfo=HOME)
    frame = samples([(at + timedelta(minutes=m), 60 + m / 10, "Watch") for m in range(0, 150, 10)])
    told = hourly(frame, "mean", 1, bounds(at, at + timedelta(minutes=130)), HOME)
    assert told["value"].tolist() == [62, 68]
    assert list(told.columns) == ["start", "end", "utc_offset_min", "value"]
    assert told["start"].iloc[0] == at


def test_hourly_sum_counts_the_busiest_device_once():
    """Two devices on one body do not double the steps."""
    at = datetime(2026, 11, 20, 8, 0, tzinfo=HOME)
    frame = samples([(at, 300, "Watch"), (at + timedelta(minutes=5), 200, "Watch"), (at, 450, "Phone")])
    told = hourly(frame, "sum", 100, bounds(at, at + timedelta(hours=1)), HOME)
    assert told["value"].tolist() == [500]


@pytest.mark.parametrize("minutes", [330, -210, 0])
def test_hourly_hours_are_those_of_the_recorded_offset(minutes):
    """Where clocks are half an hour off, hours begin at their own full hour."""
    from datetime import timezone

    zone = timezone(timedelta(minutes=minutes))
    at = datetime(2026, 11, 20, 8, 10, tzinfo=zone)
    told = hourly(samples([(at, 61, "Watch")]), "mean", 1, (0, 2**62), HOME)
    assert told["start"].iloc[0] == at.replace(minute=0)


def test_round_clock_to_the_quarter_hour():
    """Bed times are told to the quarter hour of local time."""
    frame = samples(
        [
            (datetime(2026, 11, 20, 23, 7, tzinfo=HOME), 1, "W"),
            (datetime(2026, 11, 20, 23, 8, tzinfo=HOME), 1, "W"),
        ]
    )
    told = pd.DatetimeIndex(round_clock(frame, "start", HOME)).tz_convert(HOME)
    assert [(one.hour, one.minute) for one in told] == [(23, 0), (23, 15)]
