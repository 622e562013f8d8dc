"""What holds of sleeps whatever was recorded: never longer than seen, in any order, told once or twice."""

from __future__ import annotations

from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from vault.merge.coverage import Cover
from vault.merge.nights import Segments, assemble
from vault.records import Device, Origin, SleepSession
from vault.time import MINUTE_NS, UNKNOWN_OFFSET

HOME = ZoneInfo("Europe/Berlin")
ORIGINS = [
    Origin("Pat’s Apple Watch", "apple_health", device=Device(model="Watch")),
    Origin("Pat’s iPhone", "apple_health", device=Device(model="iPhone")),
    Origin("Oura", "oura", app="oura"),
    Origin("Oura", "apple_health", app="oura"),
    Origin("Fitbit", "fitbit", app="fitbit"),
    Origin("Garmin Connect", "apple_health", device=Device(model="fenix 7")),
    Origin("Garmin Connect", "apple_health", device=Device(model="fr965")),
    Origin("Garmin Connect", "garmin", app="garmin"),
]
BEGIN = 1_774_000_000_000_000_000
STEP = 30 * MINUTE_NS
SLEEP = ("asleep", "light", "deep", "rem")

stage = st.sampled_from([*SLEEP, "awake", "in_bed", "unknown"])
origin = st.integers(0, len(ORIGINS) - 1)
offset = st.sampled_from([60, 120, 540, -480, UNKNOWN_OFFSET])
segment = st.tuples(st.integers(0, 250), st.integers(0, 60), stage, origin, offset)
session = st.tuples(
    st.integers(0, 250), st.integers(0, 60), st.lists(stage, max_size=3), origin, offset,
    st.sampled_from([None, False, True]),
)  # fmt: skip


def segments_of(rows):
    start = np.array([BEGIN + row[0] * STEP for row in rows], np.int64)
    return Segments(
        start,
        start + np.array([row[1] * STEP for row in rows], np.int64),
        np.array([row[4] for row in rows], np.int16),
        [row[2] for row in rows],
        np.array([row[3] for row in rows], np.int32),
        ORIGINS,
    )


def session_of(row):
    """Return a session, its stages of one length each, or none."""
    first, steps, stages, code, offset_min, is_nap = row
    start, length = BEGIN + first * STEP, steps * STEP
    each = length // max(len(stages), 1)
    rows = [(start + at * each, start + (at + 1) * each, word) for at, word in enumerate(stages)]
    return SleepSession(str(row), start, start + length, offset_min, ORIGINS[code], rows, is_nap)


def nights(rows, sessions):
    return assemble(segments_of(rows), [session_of(one) for one in sessions], HOME)


def seen(rows, sessions, span, source=None):
    """Return the minutes within a span (ns) in which a source, or any, saw sleep."""
    told = [(BEGIN + row[0] * STEP, BEGIN + (row[0] + row[1]) * STEP, row[2], row[3]) for row in rows]
    for one, row in ((session_of(row), row) for row in sessions):
        told += [(*stage, row[3]) for stage in one.stages or [(one.start, one.end, "asleep")]]
    spans = np.array(
        [
            (start, end)
            for start, end, word, code in told
            if word in SLEEP and source in (None, ORIGINS[code].source)
        ],
        np.int64,
    ).reshape(-1, 2)
    first, last = np.array([span], np.int64).T
    return Cover.of(spans[:, 0], spans[:, 1]).within(first, last)[0] / MINUTE_NS


@given(st.lists(segment, max_size=12), st.lists(session, max_size=8))
def test_sleep_is_never_longer_than_was_seen(rows, sessions):
    """Neither a sleep than what its source saw of it, nor all of them than what anybody saw."""
    found = nights(rows, sessions)
    for night, following in pairwise(found):
        assert night.end <= following.start
    for night in found:
        span = (night.end - night.start) / MINUTE_NS
        assert (night.asleep_min or 0) <= seen(rows, sessions, (night.start, night.end), night.source)
        assert (night.asleep_min or 0) <= night.in_bed_min <= span
        assert night.source not in night.left_out
    everything = seen(rows, sessions, (BEGIN, BEGIN + 400 * STEP))
    assert sum(night.asleep_min or 0 for night in found) <= everything
    assert len({night.session_id for night in found}) == len(found)


@given(st.lists(segment, max_size=12), st.lists(session, max_size=8), st.randoms(use_true_random=False))
def test_sleeps_do_not_depend_on_the_order_of_records(rows, sessions, shuffle):
    """Segments and sessions in any order are the same sleeps, to the last stage."""
    found = nights(rows, sessions)
    for told in (rows, sessions):
        shuffle.shuffle(told)
    assert nights(rows, sessions) == found


@example([(0, 24, "light", 0, 60)], [(9, 47, ["asleep"], 0, 60, None), (56, 1, ["asleep"], 0, 60, None)])
@example([], [(8, 48, ["asleep"], 0, 60, None), (56, 0, ["asleep"], 0, 60, None)])  # one of no length
@given(st.lists(segment, max_size=8), st.lists(session, max_size=8))
def test_sleeps_told_twice_are_told_once(rows, sessions):
    """A session that comes again under another name changes nothing."""
    assert nights(rows, sessions + sessions) == nights(rows, sessions)


alone = st.tuples(st.integers(0, 40), st.integers(0, 8), stage, st.just(0), offset)


@given(st.lists(alone, max_size=12))
def test_sleeps_of_one_source_are_all_it_saw(rows):
    """Who is alone is believed in all of it."""
    total = sum(night.asleep_min or 0 for night in nights(rows, []))
    assert total == seen(rows, [], (BEGIN, BEGIN + 400 * STEP))
