"""Nights that two trackers saw a part of each: all of the sleep is told, and no minute of it twice."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.merge.nights import Segments, assemble, judged
from vault.merge.speakers import explain_sleeps
from vault.records import Origin, SleepSession
from vault.time import MINUTE_NS

HOME = ZoneInfo("Europe/Berlin")
MIDNIGHT = 20_464 * 1440 - 60
"""Minutes from 1970 to 00:00 in Berlin, on 11 January 2026."""
DAY = 20_464
NO_SEGMENTS = Segments(*([np.empty(0, np.int64)] * 2), np.empty(0, np.int16), [], np.empty(0, np.int32), [])


def told(source, start, end, *stages, **details):
    """Return a sleep from and to minutes after midnight; stages fill it in parts of one length."""
    first, last = (MIDNIGHT + start) * MINUTE_NS, (MIDNIGHT + end) * MINUTE_NS
    edges = [first + (last - first) * at // max(len(stages), 1) for at in range(len(stages) + 1)]
    rows = list(zip(edges, edges[1:], stages))
    return SleepSession(f"{start} {end}", first, last, 60, Origin(source, "test"), rows, details=details)


def nights(*sleeps):
    """Return (source, first minute, last minute, minutes asleep, left out) of the nights of sleeps."""
    return [
        (
            one.source,
            one.start // MINUTE_NS - MIDNIGHT,
            one.end // MINUTE_NS - MIDNIGHT,
            one.asleep_min,
            one.left_out,
        )
        for one in assemble(NO_SEGMENTS, sleeps, HOME)
    ]


def why(*sleeps, kind="asleep"):
    return explain_sleeps(judged(NO_SEGMENTS, sleeps, HOME), DAY, kind)


def test_night_that_one_tracker_ends_and_another_begins_is_whole():
    """The ring was put on five minutes before the watch came off: both tell, and five minutes count once."""
    sleeps = told("Ring", 175, 480, "light"), told("Watch", -60, 180, "light")
    assert nights(*sleeps) == [("Watch", -60, 175, 235, ()), ("Ring", 175, 480, 305, ())]
    words = [(part.source, part.given, part.counted) for part in why(*sleeps)]
    assert words == [("Watch", 235, 235), ("Ring", 305, 305)]
    assert [part.why for part in why(*sleeps)] == [
        "counted only where Ring recorded nothing",
        "counted in full",
    ]


@pytest.mark.parametrize(("shared", "sleeps"), [(119, 2), (120, 1)])
def test_sleeps_are_rivals_from_half_of_the_shorter_one_on(shared, sleeps):
    """Half of four hours makes them one sleep told by two; a minute less, two parts of one night."""
    found = nights(told("Watch", -60, 180, "light"), told("Ring", 180 - shared, 600, "light"))
    assert len(found) == sleeps
    assert sum(night[3] for night in found) == (660 if sleeps == 2 else 540)


def test_part_of_a_night_has_the_stages_and_minutes_of_its_part():
    """Stages are cut where the other tracker begins; minutes without a time are shared out evenly."""
    staged = told("Watch", -60, 180, "light", "deep")
    night = assemble(NO_SEGMENTS, [staged, told("Ring", 150, 600, "light")], HOME)[0]
    assert (night.light_min, night.deep_min, night.in_bed_min) == (120, 90, 210)
    assert [(end - start) // MINUTE_NS for start, end, _ in night.stages] == [120, 90]
    stated = told("Watch", -60, 180, asleep_min=200, deep_min=40)
    night = assemble(NO_SEGMENTS, [stated, told("Ring", 150, 600, "light")], HOME)[0]
    assert (night.asleep_min, night.deep_min, night.in_bed_min, night.rem_min) == (175, 35, 210, None)


def test_sleep_between_two_others_is_cut_at_both_ends():
    """Three trackers tell one night, each what nobody better did."""
    sleeps = [told("A", -60, 200, "light"), told("B", 180, 400), told("C", 380, 640, "light")]
    assert nights(*sleeps) == [("A", -60, 200, 260, ()), ("B", 200, 380, 180, ()), ("C", 380, 640, 260, ())]


def test_sessions_of_one_tracker_that_share_minutes_are_both_told():
    """What a source tells twice of the same minutes counts once, and no other minute is lost."""
    sleeps = [told("Watch", -60, 180, "light"), told("Watch", 175, 480, "light")]
    assert nights(*sleeps) == [("Watch", -60, 175, 235, ()), ("Watch", 175, 480, 305, ())]
    assert [part.why for part in why(*sleeps)] == [
        "counted only where another sleep of it recorded nothing",
        "counted in full",
    ]


def test_time_in_bed_that_begins_before_a_sleep_is_no_part_of_it():
    """A phone in the hand of somebody who then sleeps is left out: it tells no sleep."""
    sleeps = [told("Phone", -120, 30, "in_bed"), told("Watch", 0, 400, "light")]
    assert nights(*sleeps) == [("Watch", 0, 400, 400, ("Phone",))]
    assert why(*sleeps)[1].why == "left out: it tells only time in bed"


def test_rest_of_a_sleep_in_which_nobody_slept_is_none():
    """Who only lay awake before the other tracker went on is left out, with its reason."""
    sleeps = [told("Watch", -60, 180, "awake", "awake", "awake", "light"), told("Ring", 120, 600, "light")]
    assert nights(*sleeps) == [("Ring", 120, 600, 480, ("Watch",))]
    assert why(*sleeps)[1].why == "left out: Ring recorded all of the sleep it saw"


one = st.tuples(st.integers(30, 500), st.integers(-90, 99), st.booleans())


@given(st.lists(one, min_size=2, max_size=5))
def test_all_sleep_is_told_where_nobody_is_a_rival(sleeps):
    """Trackers that share less than half of any sleep tell, together, all minutes that any of them saw.

    The second number is how much two share, in percent of half of the shorter one, or if below 0 the minutes
    between them.
    """
    spans, end, before = [], 0, 0
    for length, shared, _ in sleeps:
        start = end - (min(length, before) - 1) * shared // 200 if shared > 0 else end - shared
        spans.append((start, start + length))
        end, before = start + length, length
    stages = ["light" if staged else "asleep" for _, _, staged in sleeps]
    found = nights(*(told(f"T{n}", *span, stage) for n, (span, stage) in enumerate(zip(spans, stages))))
    assert sum(night[3] for night in found) == len({minute for span in spans for minute in range(*span)})
    assert all(not night[4] for night in found)
