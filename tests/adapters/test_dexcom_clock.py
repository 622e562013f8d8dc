"""The phone's clock beside the transmitter's counter: what was changed, when, and what hour it was."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from adapters.dexcom.clock import NO_TICK, Clock, generations
from adapters.formats.clocks import Zone
from vault.time import HOUR_NS, parse_instant

BERLIN = Zone(ZoneInfo("Europe/Berlin"))


def ns(text):
    return parse_instant(text)[0]


def offsets(rows, zone=BERLIN):
    """Return the offsets in minutes of (clock, tick, transmitter)."""
    clock, tick, transmitter = zip(*rows)
    columns = np.array([ns(text) for text in clock]), np.array(tick), np.array(transmitter)
    return Clock(*columns, zone).offset_min.tolist()


def test_clock_hour_of_autumn_is_told_apart_by_the_counter():
    """When summer time ends the clock shows an hour twice; the counter says which of the two it was."""
    rows = [
        ("2025-10-26T02:30:00", 1_000, 1),
        ("2025-10-26T02:55:00", 2_500, 1),
        ("2025-10-26T02:00:00", 2_800, 1),
        ("2025-10-26T02:30:00", 4_600, 1),
    ]
    assert offsets(rows) == [120, 120, 60, 60]


def test_clock_flight_of_nine_hours_interleaves_nothing():
    """Nine hours back in the middle of a sensor: the offset falls by as much and stays there."""
    rows = [
        ("2025-05-01T20:00:00", 10_000, 1),
        ("2025-05-01T11:05:00", 10_300, 1),
        ("2025-05-01T11:10:00", 10_600, 1),
    ]
    tokyo = Zone(ZoneInfo("Asia/Tokyo"))
    assert offsets(rows, tokyo) == [540, 0, 0]


def test_clock_change_is_carried_to_the_next_transmitter_until_it_is_taken_back():
    """A journey outlasts a sensor: the next one begins with the clock that the last one ended with."""
    rows = [
        ("2025-07-01T12:00:00", 100, 1),
        ("2025-07-01T11:05:00", 400, 1),
        ("2025-07-02T08:00:00", 1_700, 2),
        ("2025-07-02T09:05:00", 2_000, 2),
        ("2025-07-03T09:05:00", 1_700, 3),
    ]
    assert offsets(rows) == [120, 60, 60, 120, 120]


def test_clock_change_is_carried_to_the_next_file():
    """A journey outlasts the ninety days of a file too."""
    first = np.array([ns("2025-07-01T12:00:00"), ns("2025-07-01T11:05:00")])
    before = Clock(first, np.array([100, 400]), np.array([1, 1]), BERLIN)
    after = Clock(first[1:] + HOUR_NS, np.array([4_000]), np.array([1]), BERLIN, before)
    assert after.offset_min.tolist() == [60]


def test_clock_that_was_not_heard_of_for_days_is_believed_again():
    """After three days without a reading the zone rules again."""
    rows = [
        ("2025-07-01T12:00:00", 100, 1),
        ("2025-07-01T11:05:00", 400, 1),
        ("2025-07-09T08:00:00", 1_700, 2),
    ]
    assert offsets(rows) == [120, 60, 120]


def test_clock_drift_and_repairs_of_minutes_are_no_change_of_zone():
    """Only quarter hours are: clocks drift by seconds, and a receiver's may be put right by seven minutes."""
    rows = [
        ("2025-07-01T12:00:00", 100, 1),
        ("2025-07-01T12:05:26", 400, 1),
        ("2025-07-01T12:17:00", 700, 1),
    ]
    assert offsets(rows) == [120, 120, 120]


def test_clock_that_does_not_follow_summer_time_keeps_its_offset():
    """A receiver that nobody sets in March shows winter time all summer, and its instants are right."""
    rows = [
        ("2025-03-30T01:00:00", 0, 1),
        ("2025-03-30T05:00:00", 4 * 3_600, 1),
        ("2025-03-31T05:00:00", 100, 2),
    ]
    assert offsets(rows) == [60, 60, 60]


def test_clock_of_an_event_is_that_of_the_reading_before():
    """What has no counter is placed by the reading just before it; far from any reading, by the zone."""
    rows = [
        ("2025-07-01T12:00:00", 100, 1),
        ("2025-07-01T11:05:00", 400, 1),
        ("2025-07-01T11:20:00", 1_300, 1),
        ("2025-07-01T11:21:00", NO_TICK, -1),
        ("2025-09-01T12:00:00", NO_TICK, -1),
    ]
    assert offsets(rows) == [120, 60, 60, 60, 120]


def test_clock_without_a_zone_counts_as_utc_and_still_follows_changes():
    """Nobody told where it was: the order of the readings is that of the counter all the same."""
    rows = [("2025-07-01T12:00:00", 100, 1), ("2025-07-01T11:05:00", 400, 1)]
    assert offsets(rows, None) == [0, -60]


@pytest.mark.parametrize(
    ("name", "summer", "winter"),
    [
        ("Europe/Berlin", 120, 60),
        ("America/New_York", -240, -300),
        ("Asia/Kolkata", 330, 330),
        ("Pacific/Auckland", 720, 780),
    ],
)
def test_clock_begins_with_the_zone_it_was_told(name, summer, winter):
    """Each transmitter's first reading has the zone's own offset."""
    rows = [("2025-07-01T12:00:00", 100, 1), ("2025-01-15T12:00:00", 100, 2)]
    assert offsets(rows, Zone(ZoneInfo(name))) == [summer, winter]


def test_generations_of_a_nameless_transmitter_begin_where_its_counter_does():
    """Without ids, a counter that falls by days is another sensor's; one that falls by hours is not."""
    tick = np.array([900_000, 896_400, 900_300, 1_700, 2_000, NO_TICK, 2_300])
    nameless = np.full(len(tick), -1)
    assert generations(tick, nameless).tolist() == [-1, -1, -1, -2, -2, -2, -2]
    named = np.array([3, 3, 3, 3, 4, -1, 4])
    assert generations(tick, named).tolist() == named.tolist()


def test_clock_is_not_led_astray_by_any_jump():
    """However often a clock jumps, no offset is further from UTC than an offset can be."""
    clock = np.arange(400) * 10 * HOUR_NS + ns("2025-01-01")
    found = Clock(clock, np.arange(400) * 300, np.zeros(400, np.int64), BERLIN).offset_min
    assert (np.abs(found) <= 16 * 60).all()
    assert found[0] == 60
