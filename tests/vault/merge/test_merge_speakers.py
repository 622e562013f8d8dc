"""Who speaks for a night or a workout: the parts add up to the day, and nobody is left out without a rule."""

from __future__ import annotations

from math import fsum
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.merge.nights import Segments, assemble, judged
from vault.merge.pieces import Minutes
from vault.merge.rivals import RULES
from vault.merge.speakers import _BELIEVED, _LEFT_OUT, explain_sleeps, shares
from vault.records import Origin, SleepSession
from vault.time import MINUTE_NS, UNKNOWN_OFFSET

HOME = ZoneInfo("Europe/Berlin")
EVENING = 20_540 * 1440 + 22 * 60
NAMES = ("Watch", "Phone", "Mattress")
NO_SEGMENTS = Segments(*([np.empty(0, np.int64)] * 2), np.empty(0, np.int16), [], np.empty(0, np.int32), [])

sleep = st.tuples(
    st.sampled_from(NAMES),
    st.integers(-300, 2000),
    st.integers(20, 700),
    st.sampled_from(["", "light", "asleep", "in_bed", "told"]),
    st.sampled_from([UNKNOWN_OFFSET, 120, -300]),
)


def sessions(sleeps):
    """Return sleeps of (source, start min, length min, what it tells, offset)."""
    found = []
    for number, (name, start, length, kind, offset) in enumerate(sleeps):
        first, last = (EVENING + start) * MINUTE_NS, (EVENING + start + length) * MINUTE_NS
        rows = [(first, last, kind)] if kind not in ("", "told") else []
        details = {"light_min": length * 0.6, "deep_min": length * 0.3} if kind == "told" else {}
        found.append(
            SleepSession(
                str(number), first, last, offset, Origin(name, "test", app="one"), rows, details=details
            )
        )
    return found


@given(st.lists(sleep, min_size=1, max_size=9), st.sampled_from(Minutes._fields))
def test_parts_of_nights_add_up_to_what_the_nights_tell(sleeps, kind):
    """On every day, for every kind of minutes, what counted is what the believed sleeps have."""
    told = sessions(sleeps)
    nights, groups = assemble(NO_SEGMENTS, told, HOME), judged(NO_SEGMENTS, told, HOME)
    for day in {night.date for night in nights}:
        parts = explain_sleeps(groups, day, kind)
        total = 0.0
        for part in parts:
            total += part.counted
        expected = 0.0
        for night in nights:
            expected += (getattr(night, f"{kind}_min") or 0.0) if night.date == day else 0.0
        assert total == expected
        out = {name for night in nights if night.date == day for name in night.left_out}
        assert out <= {part.source for part in parts if part.why.startswith("left out")}


@given(st.lists(sleep, min_size=1, max_size=9), st.randoms())
def test_verdicts_are_on_every_sleep_once_in_any_order(sleeps, random):
    """No sleep is forgotten or judged twice, and what becomes of it does not depend on who came first."""

    def verdicts(told):
        groups = judged(NO_SEGMENTS, told, HOME)
        return sorted(
            (date, one.sleep.source, one.sleep.start, one.sleep.end, one.by, one.rule)
            for group in groups
            for date, one in group
        )

    told = sessions(sleeps)
    shuffled = told.copy()
    random.shuffle(shuffled)
    assert verdicts(told) == verdicts(shuffled)
    assert {one[5] for one in verdicts(told)} <= {"", "rest", "twice", *RULES}


def test_single_tracker_is_counted_in_full():
    """Who is alone needs no rule."""
    (part,) = explain_sleeps(
        judged(NO_SEGMENTS, sessions([("Watch", 0, 480, "light", 120)]), HOME), 20_541, "asleep"
    )
    assert (part.given, part.counted, part.why) == (480.0, 480.0, "counted in full")


def test_every_rule_has_words():
    """A rule that puts a source out is said of both: of who is out, and of who is believed by it."""
    assert {*RULES, "bed"} <= _LEFT_OUT.keys() & _BELIEVED.keys()


numbers = st.lists(st.one_of(st.none(), st.floats(0, 1e4)), min_size=1, max_size=6)


@given(numbers, st.data())
def test_shares_of_workouts_make_the_days_value(told, data):
    """Sums add up, a maximum is there once, and a mean lies between the lowest and the highest."""
    lengths = data.draw(
        st.lists(st.one_of(st.none(), st.floats(1, 500)), min_size=len(told), max_size=len(told))
    )
    known = [one for one in told if one is not None]
    assert sum(shares("sum", told, lengths)) == sum(known)
    assert sum(shares("max", told, lengths)) == max(known, default=0)
    mean = fsum(shares("mean", told, lengths))
    assert min(known, default=0) - 1e-6 <= mean <= max(known, default=0) + 1e-6


def test_mean_of_workouts_is_over_their_time():
    """An hour at 150 and half an hour at 120 are 140 over the time of both."""
    assert sum(shares("mean", [150.0, None, 120.0], [60.0, 500.0, 30.0])) == pytest.approx(140)
