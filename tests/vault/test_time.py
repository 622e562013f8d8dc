"""Instants, offsets and local days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault import time
from vault.errors import InputError

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe", "UTC"]
moments = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
offsets = st.integers(-14 * 60, 14 * 60)


def column(moment: datetime) -> np.ndarray:
    return np.array([time.instant_ns(moment)], np.int64)


@given(moments, offsets)
def test_instant_survives_being_written_and_read(moment, offset):
    """An instant written in any offset reads back as the same instant and offset."""
    ns = time.instant_ns(moment)
    assert time.parse_instant(time.format_instant(ns, offset)) == (ns, offset)


@given(moments)
def test_unknown_offset_is_written_as_utc(moment):
    """An instant of unknown offset is written with Z."""
    assert time.format_instant(time.instant_ns(moment)).endswith("Z")


def test_instant_without_zone_is_refused():
    """A clock time without a zone is no instant."""
    with pytest.raises(InputError):
        time.instant_ns(datetime(2026, 3, 29))


def test_text_that_is_no_instant_is_refused_without_repeating_it():
    """The message does not repeat what was given."""
    with pytest.raises(InputError) as caught:
        time.parse_instant("half past nine")
    assert "half" not in str(caught.value)


@given(moments, offsets)
def test_local_day_is_the_date_on_the_recorded_clock(moment, offset):
    """A recorded offset decides the day, wherever home is."""
    expected = moment.astimezone(timezone(timedelta(minutes=offset))).date()
    day = time.local_days(column(moment), np.array([offset], np.int16), BERLIN)
    assert time.date_of_day(day[0]) == expected


@given(moments, st.sampled_from(ZONES))
def test_local_day_of_an_unknown_offset_is_the_date_at_home(moment, name):
    """Without an offset the home zone decides, across its clock changes."""
    home = ZoneInfo(name)
    day = time.local_days(column(moment), np.array([time.UNKNOWN_OFFSET], np.int16), home)
    assert time.date_of_day(day[0]) == moment.astimezone(home).date()


@given(st.lists(moments, min_size=1, max_size=20), st.sampled_from(ZONES))
def test_zone_offsets_of_a_column_equal_those_one_by_one(column_of, name):
    """Looking a whole column up at once gives what zoneinfo gives for each instant."""
    home = ZoneInfo(name)
    ns = np.array([time.instant_ns(moment) for moment in column_of], np.int64)
    expected = [moment.astimezone(home).utcoffset() // timedelta(minutes=1) for moment in column_of]
    assert time.zone_offsets(ns, home).tolist() == expected


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)]
)
def test_days_have_23_to_25_hours(day, hours):
    """On the days of the clock changes a day at home has 23 or 25 hours."""
    length = time.day_start_ns(day + timedelta(days=1), BERLIN) - time.day_start_ns(day, BERLIN)
    assert length == hours * 3600 * time.SECOND_NS


def test_unknown_zone_is_refused():
    """A zone that is none gets an error that names the form."""
    with pytest.raises(InputError) as caught:
        time.zone("Mars/Olympus")
    assert "IANA" in caught.value.hint
