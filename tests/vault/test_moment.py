"""What a caller may say for a time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from vault import moment, time
from vault.errors import InputError

HOME = ZoneInfo("Europe/Berlin")


def test_day_as_start_and_end_is_contained_whole():
    """One day from itself to itself has the hours the day has: 23 when the clocks go forward."""
    first, last = moment.range_ns("2026-03-29", date(2026, 3, 29), HOME)
    assert last - first == 23 * 3600 * time.SECOND_NS


def test_instant_as_end_is_exclusive_and_exact():
    """An instant is taken as it is."""
    at = datetime(2026, 3, 29, 5, 30, tzinfo=UTC)
    assert moment.range_ns(None, at, HOME) == (None, time.instant_ns(at))


def test_clock_time_without_offset_is_at_home():
    """A time without an offset is read on the clock at home."""
    first, _ = moment.range_ns("2026-07-01T08:00:00", None, HOME)
    assert first == time.instant_ns(datetime(2026, 7, 1, 6, tzinfo=UTC))


def test_day_of_an_instant_is_the_date_at_home():
    """Half an hour before midnight in London is the next day in Berlin."""
    day = moment.day("2026-01-31T23:30:00+00:00", HOME)
    assert time.date_of_day(day) == date(2026, 2, 1)


@pytest.mark.parametrize("nonsense", ["soon", "2026-13-01", 7])
def test_what_is_no_time_is_refused(nonsense):
    """Anything else gets a clear error."""
    with pytest.raises(InputError):
        moment.day(nonsense, HOME)
