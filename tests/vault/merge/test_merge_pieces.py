"""Sessions that were cut are made whole again, and others are not; a clock nobody stopped joins nothing."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from vault.merge.nights import Segments, assemble
from vault.records import Origin, SleepSession
from vault.time import UNKNOWN_OFFSET, parse_instant

HOME = ZoneInfo("Europe/Berlin")
FITBIT, OURA = Origin("Fitbit", "fitbit", app="fitbit"), Origin("Oura", "oura", app="oura")


def session(start, end, *stages, origin=FITBIT, nap=None, **details):
    """Return a session; stages fill it in parts of one length."""
    (first, _), (last, offset) = parse_instant(start), parse_instant(end)
    edges = [first + (last - first) * at // max(len(stages), 1) for at in range(len(stages) + 1)]
    rows = list(zip(edges, edges[1:], stages))
    return SleepSession(f"{start} {end}", first, last, offset, origin, rows, nap, details)


def nights(*sessions, segments=()):
    """Return the sleeps of sessions and of one phone's segments (start, end, stage)."""
    start, end = (np.array([parse_instant(row[at])[0] for row in segments], np.int64) for at in (0, 1))
    zeros = np.zeros(len(segments))
    offsets = np.full(len(segments), UNKNOWN_OFFSET, np.int16)
    told = Segments(start, end, offsets, [row[2] for row in segments], zeros.astype(np.int32), [OURA])
    return assemble(told, sessions, HOME)


def late(**more):
    return session("2026-01-10T22:30+01:00", "2026-01-10T23:59+01:00", **more)


def early(start="00:00:00", **more):
    return session(f"2026-01-11T{start}+01:00", "2026-01-11T06:30+01:00", **more)


@pytest.mark.parametrize(
    ("other", "sleeps"),
    [
        (early(), 1),
        (early("00:00:01"), 2),  # somebody was up for more than a minute
        (early(nap=False), 2),
        (early(origin=OURA), 2),
        (early(deep_min=60), 2),  # what only one half tells can't be told of both
        (session("2026-01-11T00:00+01:00", "2026-01-11T06:30+01:00", "light"), 2),
        (session("2026-01-11T00:00+01:00", "2026-01-11T23:00+01:00"), 2),  # more than a day is no sleep
    ],
)
def test_session_is_one_with_what_follows_within_a_minute(other, sleeps):
    """Of one source, of one kind, up to a day: then the cut was the vendor's, not the sleeper's."""
    assert len(nights(late(), other)) == sleeps
    assert len(nights(other, late())) == sleeps


def test_session_that_was_cut_has_the_minutes_of_its_parts():
    """The minute of the cut was nobody's sleep; what the parts state is added up, the rest stays unknown."""
    parts = [
        late(asleep_min=80, deep_min=20, in_bed_min=89),
        early(asleep_min=350, deep_min=70, in_bed_min=390),
    ]
    (night,) = nights(*parts)
    assert (night.asleep_min, night.deep_min, night.in_bed_min, night.rem_min) == (430, 90, 479, None)
    (night,) = nights(late(), early())
    assert (night.asleep_min, night.in_bed_min) == (479, 479)


def test_session_in_three_parts_is_one():
    """A night that was cut twice is joined all along."""
    middle = session("2026-01-11T00:00+01:00", "2026-01-11T03:00+01:00")
    end = session("2026-01-11T03:00+01:00", "2026-01-11T06:30+01:00")
    (night,) = nights(end, late(), middle)
    assert night.asleep_min == 479


def test_segment_longer_than_a_day_hides_no_night():
    """It neither joins what it lies over nor is a sleep itself."""
    found = nights(
        segments=[
            ("2026-01-09T20:00", "2026-01-12T20:00", "in_bed"),
            ("2026-01-10T22:00", "2026-01-11T05:30", "asleep"),
            ("2026-01-11T22:00", "2026-01-12T05:00", "asleep"),
        ]
    )
    assert [night.asleep_min for night in found] == [450, 420]


def test_segment_told_twice_is_in_the_timeline_once():
    """Two versions of an app write the same segment; the night shows it once."""
    row = ("2026-01-10T22:00", "2026-01-11T05:30", "light")
    (night,) = nights(segments=[row, row])
    assert (len(night.stages), night.asleep_min) == (1, 450)


def test_session_with_a_part_of_the_stages_is_not_the_night():
    """Of one source, an hour whose stages are known does not stand for the eight around it."""
    whole = session("2026-01-10T23:00+01:00", "2026-01-11T07:00+01:00")
    for length, asleep in ((2, 480), (5, 300)):
        part = session("2026-01-11T00:00+01:00", f"2026-01-11T0{length}:00+01:00", "light")
        (night,) = nights(whole, part)
        assert night.asleep_min == asleep
