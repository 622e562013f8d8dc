"""Intervals on local days: split at midnight in proportion to time, on days of 23, 24 and 25 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.merge.days import split_at_midnight
from vault.time import DAY_NS, UNKNOWN_OFFSET, date_of_day, instant_ns

HOUR = 3_600 * 10**9


def hours_by_day(start, end, offset, home):
    """Return {date: hours} of one interval."""
    pieces = split_at_midnight(
        np.array([start]), np.array([end]), np.array([offset], np.int16), ZoneInfo(home)
    )
    lengths = (pieces.end - pieces.start) / HOUR
    return {str(date_of_day(day)): hours for day, hours in zip(pieces.day.tolist(), lengths.tolist())}


def at(text):
    """Return an ISO 8601 instant in ns."""
    return instant_ns(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("start", "end", "offset", "home", "expected"),
    [
        # A plain night, by its own offset and by the home zone.
        ("2026-01-10T22:00+01:00", "2026-01-11T01:00+01:00", 60, "UTC", {"2026-01-10": 2, "2026-01-11": 1}),
        ("2026-01-10T22:00+01:00", "2026-01-11T01:00+01:00", UNKNOWN_OFFSET, "Europe/Berlin",
         {"2026-01-10": 2, "2026-01-11": 1}),
        # A vendor's total of a 23-hour and of a 25-hour day stays on that day, recorded offset or not.
        ("2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00", UNKNOWN_OFFSET, "Europe/Berlin",
         {"2026-03-29": 23}),
        ("2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00", UNKNOWN_OFFSET, "Europe/Berlin",
         {"2026-10-25": 25}),
        ("2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00", 60, "Europe/Berlin", {"2026-03-29": 23}),
        ("2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00", 120, "Europe/Berlin", {"2026-10-25": 25}),
        # The same hours recorded abroad keep the offset of their start.
        ("2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00", 120, "Africa/Johannesburg",
         {"2026-10-25": 24, "2026-10-26": 1}),
        ("2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00", 120, "Asia/Tokyo",
         {"2026-10-25": 24, "2026-10-26": 1}),
        # Three days in one piece.
        ("2026-01-10T12:00+00:00", "2026-01-13T06:00+00:00", 0, "UTC",
         {"2026-01-10": 12, "2026-01-11": 24, "2026-01-12": 24, "2026-01-13": 6}),
        # Ending at midnight touches no further day.
        ("2026-01-10T23:00+00:00", "2026-01-11T00:00+00:00", 0, "UTC", {"2026-01-10": 1}),
        # Samoa had no 30 December 2011; Sao Paulo no midnight on 2018-11-04; Lord Howe moves half an hour.
        ("2011-12-29T12:00-10:00", "2011-12-31T12:00+14:00", UNKNOWN_OFFSET, "Pacific/Apia",
         {"2011-12-29": 12, "2011-12-31": 12}),
        ("2018-11-03T22:00-03:00", "2018-11-04T03:00-02:00", UNKNOWN_OFFSET, "America/Sao_Paulo",
         {"2018-11-03": 2, "2018-11-04": 2}),
        ("2026-04-05T00:00+11:00", "2026-04-06T00:00+10:30", UNKNOWN_OFFSET, "Australia/Lord_Howe",
         {"2026-04-05": 24.5}),
    ],
)  # fmt: skip
def test_split_at_midnight(start, end, offset, home, expected):
    """Each local day gets the hours of it that were lived on it."""
    assert hours_by_day(at(start), at(end), offset, home) == expected


def test_split_at_midnight_of_a_moment():
    """A moment is one piece on its own day, even at midnight."""
    midnight = at("2026-01-11T00:00+00:00")
    pieces = split_at_midnight(
        np.array([midnight]), np.array([midnight]), np.array([0], np.int16), ZoneInfo("UTC")
    )
    assert [str(date_of_day(day)) for day in pieces.day] == ["2026-01-11"]


@given(
    st.integers(0, 400 * 24 * 60),
    st.integers(1, 5 * 24 * 60),
    st.sampled_from([UNKNOWN_OFFSET, 0, 60, 120, 345, 840, -720]),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_split_at_midnight_loses_nothing(start_min, length_min, offset, home):
    """The pieces of an interval fill it without gap or overlap, on ascending days of at most 25 hours."""
    start = instant_ns(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=start_min))
    end = start + length_min * 60 * 10**9
    pieces = split_at_midnight(
        np.array([start]), np.array([end]), np.array([offset], np.int16), ZoneInfo(home)
    )
    assert pieces.start[0] == start
    assert pieces.end[-1] == end
    assert (pieces.end[:-1] == pieces.start[1:]).all()
    assert (np.diff(pieces.day) == 1).all()
    assert ((pieces.end - pieces.start) <= DAY_NS + HOUR).all()
    assert date(2025, 12, 31) <= date_of_day(int(pieces.day[0]))
