"""Instants as text: exact, with an explicit offset, local days of 23 to 25 hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.fhir import instants
from vault.time import UNKNOWN_OFFSET, format_instant, parse_instant

BERLIN = ZoneInfo("Europe/Berlin")
TIMES = st.integers(-(2**62), 2**62)
OFFSETS = st.integers(-840, 840)


@given(st.lists(st.tuples(TIMES, OFFSETS), min_size=1, max_size=30))
def test_texts_equal_the_vaults_own_formatting(rows):
    """Whole columns are written as single instants are, fractions and offsets included."""
    ns, offset = (np.array(column, np.int64) for column in zip(*rows))
    assert instants.texts(ns, offset) == [format_instant(at, minutes) for at, minutes in rows]


@given(st.lists(st.tuples(st.integers(0, 4 * 10**15), OFFSETS), min_size=1, max_size=30))
def test_texts_read_back_to_the_same_instant(rows):
    """A parser gets back the instant, to the microsecond, and the offset."""
    micros, offset = (np.array(column, np.int64) for column in zip(*rows))
    read = [parse_instant(text) for text in instants.texts(micros * 1_000, offset)]
    assert read == list(zip((micros * 1_000).tolist(), offset.tolist()))


@pytest.mark.parametrize("offset", [UNKNOWN_OFFSET, -841, 841, 30_000])
def test_offsets_that_fhir_cannot_write_are_assumed_home(offset):
    """An unknown offset, or one beyond 14 hours, becomes the home zone's at that moment."""
    summer, _ = parse_instant("2026-07-01T12:00:00+00:00")
    column = np.array([offset], np.int16)
    assert instants.assumed(column).tolist() == [True]
    assert instants.offsets(np.array([summer]), column, BERLIN).tolist() == [120]


@pytest.mark.parametrize(
    ("moment", "hours"),
    [("2026-03-29T12:00:00+02:00", 23), ("2026-10-25T12:00:00+01:00", 25), ("2026-05-01T00:00:00+02:00", 24)],
)
def test_days_of_home_are_civil_days(moment, hours):
    """At home a day is from midnight to midnight on the wall clock, also when the clock changes."""
    ns, offset = parse_instant(moment)
    first, last = instants.days_of(np.array([ns]), np.array([offset], np.int16), BERLIN)
    start, end = datetime.fromisoformat(first[0]), datetime.fromisoformat(last[0])
    assert first[0][:19] == f"{moment[:10]}T00:00:00"
    assert (start.utcoffset(), end.utcoffset()) == tuple(
        edge.astimezone(BERLIN).utcoffset() for edge in (start, end)
    )
    assert end - start == timedelta(hours=hours)


def test_days_of_a_traveller_are_24_hours_at_the_recorded_offset():
    """East of home the day is taken from the recorded offset, not moved to a neighbouring date."""
    ns, offset = parse_instant("2026-05-01T00:30:00+12:00")
    first, last = instants.days_of(np.array([ns]), np.array([offset], np.int16), BERLIN)
    assert (first, last) == (["2026-05-01T00:00:00+12:00"], ["2026-05-02T00:00:00+12:00"])
