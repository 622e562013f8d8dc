"""Sparse records: each comes back as it was, once, and is replaced when its source changed it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vault.records import (
    Device,
    Document,
    Origin,
    Score,
    SleepSession,
    SourceFile,
    Stream,
    StrengthSet,
    Workout,
)
from vault.store.sparse import record_id, workout_id
from vault.time import NO_INSTANT, UNKNOWN_OFFSET

S = 10**9
T = 1_774_000_000 * S
WATCH = Origin("Ada's Watch", "apple_health", "11", Device("Apple Watch"))
APP = Origin("Strava", "apple_health")

WORKOUT = Workout(
    "w1", T, T + 1800 * S, 120, "running", WATCH, 1790.5, 5012.3, None, 151.0, 178.0, 31.0,
    {"laps": [{"n": 1}], "name": "Größe", "nothing": None},
)  # fmt: skip
STREAM = Stream(
    "w1",
    WATCH,
    T + np.arange(4) * S,
    {"heart_rate": np.array([150.0, np.nan, 152.0, 153.0]), "power": np.full(4, np.pi)},
)
SLEEP = SleepSession(
    "s1", T, T + 8 * 3600 * S, 60, WATCH, ((T, T + S, "light"), (T + S, T + 9 * S, "deep")), False
)
SET = StrengthSet("w1", WATCH, 3, "bench_press", T, 120, repetitions=5, load_kg=42.5, per_side=True, rpe=8.5)
SCORE = Score(20_500, WATCH, "whoop_recovery", 66.0, "%")
DOCUMENT = Document("ecg", "e1", WATCH, "text/csv", "Name,Größe\r\n".encode() * 9, T, 60)
RECORDS = [WORKOUT, STREAM, SLEEP, SET, SCORE, DOCUMENT]


@pytest.fixture
def store(new_store):
    """An empty store."""
    with new_store() as opened:
        yield opened


def all_of(store) -> list:
    """Return what is stored, in the order of RECORDS."""
    return [
        *store.workouts(), *store.streams(WATCH, "w1"), *store.sleep_sessions(), *store.strength_sets(),
        *store.scores(), *store.documents(),
    ]  # fmt: skip


def same(one, two) -> bool:
    """Whether two records say the same; streams hold arrays, which have no equality of their own."""
    if isinstance(one, Stream) and isinstance(two, Stream):
        columns = all(
            np.array_equal(one.columns[n], two.columns[n], equal_nan=True) for n in one.columns | two.columns
        )
        return (
            columns
            and one.time.tolist() == two.time.tolist()
            and (one.workout, one.part) == (two.workout, two.part)
        )
    return one == two


def test_every_record_comes_back_as_it_was(store):
    """Workouts, streams, sleeps, sets, scores and documents are read as they were handed over."""
    report = store.ingest(RECORDS)
    assert report.added == len(RECORDS)
    assert all(same(one, two) for one, two in zip(all_of(store), RECORDS, strict=True))


def test_records_are_known_again(store):
    """The same records add nothing, also with numpy's numbers in the place of Python's."""
    store.ingest(RECORDS)
    again = [*RECORDS[:1], replace(STREAM, columns=dict(reversed(STREAM.columns.items()))), *RECORDS[2:4]]
    report = store.ingest(
        [*again, replace(SCORE, day=np.int32(20_500)), replace(DOCUMENT, start=np.int64(T))]
    )
    assert (report.duplicate, report.updated, report.import_id) == (len(RECORDS), 0, None)


@pytest.mark.parametrize(
    "changed",
    [
        replace(WORKOUT, activity="trail_running"),
        replace(STREAM, time=STREAM.time + 1),
        replace(SLEEP, is_nap=True),
        replace(SET, load_kg=45.0),
        replace(SCORE, value=67.0),
        replace(DOCUMENT, body=b"other"),
    ],
    ids=lambda record: type(record).__name__,
)
def test_changed_record_replaces_the_old_one(store, changed):
    """A record that its source changed is updated, not doubled."""
    store.ingest(RECORDS)
    report = store.ingest([changed])
    assert (report.added, report.updated) == (0, 1)
    found = all_of(store)
    assert len(found) == len(RECORDS)
    assert any(same(one, changed) for one in found)


BARE = Origin(WATCH.source, WATCH.adapter)


@pytest.mark.parametrize(
    "poorer",
    [
        replace(WORKOUT, hr_mean=None, offset_min=UNKNOWN_OFFSET),
        replace(WORKOUT, origin=BARE),
        replace(WORKOUT, details={"name": "Größe"}),
        replace(SLEEP, stages=(), is_nap=None),
        replace(SET, rpe=None),
        replace(DOCUMENT, start=None, origin=BARE),
    ],
)
@pytest.mark.parametrize("first", [0, 1])
def test_poorer_telling_of_a_record_is_never_shown(store, poorer, first):
    """What says less than another telling, and nothing else, hides none of it, before or after it."""
    (fuller,) = (one for one in RECORDS if record_id(one) == record_id(poorer))
    tellings = [poorer, fuller]
    store.ingest([tellings[first]])
    report = store.ingest([tellings[1 - first], SourceFile("b", 1, "01")])
    assert (report.added, report.updated) == (0, 1 - first)
    assert any(same(one, fuller) for one in all_of(store))


@pytest.mark.parametrize("first", [60, 120])
def test_offset_of_a_record_does_not_depend_on_what_came_first(store, first):
    """Of two offsets the greatest, and any before none."""
    for offset in (first, UNKNOWN_OFFSET, 180 - first):
        store.ingest([replace(WORKOUT, offset_min=offset), SourceFile("a", 1, str(offset) * 8)])
    assert [one.offset_min for one in store.workouts()] == [120]


def test_records_of_other_sources_are_others(store):
    """The same key at another source is another workout; a document's key holds across sources."""
    report = store.ingest([WORKOUT, replace(WORKOUT, origin=APP), DOCUMENT, replace(DOCUMENT, origin=APP)])
    assert (report.added, report.updated) == (3, 1)
    assert store.streams(APP, "w1") == []


def test_ids_follow_from_what_a_record_is():
    """A record's id does not change with its content, and no two kinds share one."""
    assert record_id(WORKOUT) == record_id(replace(WORKOUT, activity="x")) == workout_id(WATCH, "w1")
    assert len({record_id(record) for record in RECORDS}) == len(RECORDS)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (replace(WORKOUT, start=-1), "bad-date"),
        (replace(WORKOUT, end=2**70), "bad-date"),
        (replace(SLEEP, end=T - 1), "ends-before-start"),
        (replace(SCORE, value=float("nan")), "bad-value"),
        (replace(SCORE, day=10**6), "bad-date"),
        (replace(STREAM, columns={"power": np.zeros(3)}), "uneven-columns"),
    ],
)
def test_impossible_records_are_rejected(store, record, reason):
    """What can't be kept is refused by reason, and the rest of the import goes on."""
    report = store.ingest([record, WORKOUT])
    assert (report.rejections, report.added) == ({reason: 1}, 1)


@pytest.mark.parametrize(
    ("module", "limit", "record"), [("MAX_BODY", 8, DOCUMENT), ("MAX_CELLS", 11, STREAM)]
)
def test_monstrous_records_are_rejected(store, monkeypatch, module, limit, record):
    """A document or stream larger than a reader accepts is refused."""
    from vault.store import checks

    monkeypatch.setattr(checks, module, limit)
    assert store.ingest([record]).rejections == {"too-large": 1}


@pytest.mark.parametrize("length", [0, 1])
def test_shortest_streams_come_back(store, length):
    """A stream of one instant, or none, is kept like any other."""
    short = Stream("w1", WATCH, STREAM.time[:length], {"power": STREAM.columns["power"][:length]})
    store.ingest([short])
    (found,) = store.streams(WATCH, "w1")
    assert same(found, short)


def test_streams_of_several_workouts_have_the_channels_that_are_asked_for(store):
    """Read together they are those of each workout; a channel that nobody asked for is not unpacked."""
    rides = [replace(STREAM, workout=f"w{n}", part=str(n % 2)) for n in (1, 2, 2, 3)]
    rides[2] = replace(rides[2], part="1", columns={"gap": np.full(4, np.nan), "speed": np.arange(4.0)})
    store.ingest(rides)
    first, second, absent = (workout_id(WATCH, f"w{n}") for n in (1, 2, 9))
    found = store.streams_of([second, absent, first])
    assert found.keys() == {first, second}
    assert all(same(*pair) for pair in zip(found[first] + found[second], rides[:3], strict=True))
    some = store.streams_of([first, second], ("speed", "power"))
    assert [sorted(one.columns) for one in some[first] + some[second]] == [["power"], ["power"], ["speed"]]
    assert some[second][1].columns["speed"].tolist() == [0, 1, 2, 3]


def test_ranges_take_what_starts_within(store):
    """A start is in its range, an end is not; days are with both ends."""
    store.ingest([*RECORDS, replace(WORKOUT, key="w2", start=T + S)])
    assert [one.key for one in store.workouts(T, T + S)] == ["w1"]
    assert [one.key for one in store.workouts(T + 1)] == ["w2"]
    assert store.sleep_sessions(T + 1) == store.strength_sets(None, T) == []
    assert store.scores(20_500, 20_500) == [SCORE]
    assert store.scores(20_501) == list(store.documents("clinical")) == []


@pytest.mark.parametrize(
    "record",
    [
        replace(WORKOUT, distance_m=float("inf")),
        replace(WORKOUT, hr_mean=np.float32("nan")),
        replace(SLEEP, details={"asleep_min": float("inf")}),
        replace(SET, load_kg=float("-inf")),
        replace(SCORE, value=float("nan")),
    ],
    ids=lambda record: type(record).__name__,
)
def test_number_that_is_none_is_refused(store, record):
    """Infinity and NaN have no place in JSON, in sums or in a table: the record is not kept."""
    assert store.ingest([record]).rejections == {"bad-value": 1}


@pytest.mark.parametrize("time", [[-1, T], [T, 2**62 + 2**61 + 2**60], [T, NO_INSTANT]])
def test_stream_beyond_a_lifetime_is_refused(store, time):
    """The instants of a stream lie within the same years as everything else."""
    stream = replace(STREAM, time=np.array(time, np.int64), columns={"power": np.array([1.0, 2.0])})
    assert store.ingest([stream]).rejections == {"bad-date": 1}


@pytest.mark.parametrize("offset", [-1_440, 1_081, 32_000])
def test_offset_that_no_clock_has_is_unknown(store, offset):
    """As of samples: a day of 40 hours would be counted otherwise."""
    store.ingest([replace(WORKOUT, offset_min=offset)])
    assert [one.offset_min for one in store.workouts()] == [UNKNOWN_OFFSET]
