"""What becomes of a watch's days and nights: totals, single values, sleeps, scores."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from adapters.fit import ADAPTER
from adapters.fit.batches import joined
from adapters.fit.counters import Counters
from adapters.fit.records import records_of
from adapters.fit.tables import counters, quantities, scores, stream_columns
from adapters.formats.fit import decode
from adapters.formats.fit.profile import fields_of, message_number
from vault.metrics import find, is_vendor_coded
from vault.records import Origin, Samples, Score, SleepSession
from vault.time import HOUR_NS, MINUTE_NS, UNKNOWN_OFFSET

W = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("fit_writer.py"))))
START = 1_743_285_600_000_000_000
MIDNIGHT = START + HOUR_NS
"""The local one: the files below are an hour ahead of UTC, and begin at 23:00."""


def day(*rows):
    """A monitoring file: (seconds from its start, activity type, cycles, distance in m, active kcal)."""
    writer = W.file_id(W.FitWriter(), 32)
    writer.add(103, (253, "uint32", W.EPOCH), (0, "uint32", W.EPOCH + 3600), local=1)
    for seconds, kind, cycles, metres, energy in rows:
        writer.add(
            55,
            (253, "uint32", W.EPOCH + seconds),
            (5, "enum", kind),
            (3, "uint32", 2 * cycles),
            (2, "uint32", metres * 100),
            (19, "uint16", energy),
            local=2,
        )
    return writer


def read(*writers, **options):
    """Read files one after the other, as the adapter does."""
    totals = Counters()
    for writer in writers:
        for fit in decode(writer.bytes()):
            yield from records_of(fit, file="day.fit", counters=totals, **options)
    yield from totals.records()


def rows(records, metric):
    """The samples of a metric: (minutes from the start, minutes it lasts, value)."""
    return [
        ((int(start) - START) // MINUTE_NS, int(end - start) // MINUTE_NS, float(value))
        for batch in records
        if isinstance(batch, Samples) and batch.metric == metric
        for start, end, value in zip(batch.start, batch.end, batch.value)
    ]


def test_counters_yield_what_each_reading_added():
    """Two steps a cycle; the first reading of a day counts from midnight, one at midnight ends the day."""
    night = day((1800, 6, 500, 800, 20), (3600, 6, 600, 950, 22))
    morning = day((3660 + 3600, 6, 10, 15, 1), (7200 + 3600, 6, 50, 70, 3))
    found = list(read(night, morning))
    assert rows(found, "steps") == [
        (60 - 24 * 60, 24 * 60 - 30, 1000.0),
        (30, 30, 200.0),
        (60, 61, 20.0),
        (121, 59, 80.0),
    ]
    assert sum(value for *_, value in rows(found, "distance")) == 950 + 70
    assert sum(value for *_, value in rows(found, "active_energy")) == 22 + 3


def test_counters_add_up_types_of_activity():
    """Steps are those of walking and running, energy is that of everything, distances go by their metric."""
    found = list(
        read(day((60, 6, 100, 90, 5), (60, 1, 50, 60, 9), (60, 2, 400, 3000, 40), (120, 0, 0, 0, 2)))
    )
    assert sum(value for *_, value in rows(found, "steps")) == 300
    assert sum(value for *_, value in rows(found, "distance")) == 150
    assert sum(value for *_, value in rows(found, "distance_cycling")) == 3000
    assert sum(value for *_, value in rows(found, "active_energy")) == 56


def test_counters_take_a_reading_once():
    """A file that comes twice, or out of order, or a reading below one before it, adds nothing."""
    one, other = day((60, 6, 100, 90, 5)), day((120, 6, 150, 140, 6), (180, 6, 120, 100, 6))
    assert sum(value for *_, value in rows(list(read(other, one, other)), "steps")) == 300


def test_counters_read_the_type_out_of_a_packed_byte():
    """Newer watches write activity and intensity as one byte."""
    writer = W.file_id(W.FitWriter(), 32)
    for seconds, cycles in ((60, 10), (120, 30)):
        packed = 6 | 3 << 5
        writer.add(
            55, (253, "uint32", W.EPOCH + seconds), (24, "byte", packed), (3, "uint32", 2 * cycles), local=1
        )
    assert sum(value for *_, value in rows(list(read(writer)), "steps")) == 60


def test_wellness_leaves_what_stands_for_no_value():
    """A heart rate of 0, stress below 0, a breathing rate below 0 are words, not values."""
    writer = day()
    for seconds, rate, stress, breaths in ((0, 0, -1, -300), (60, 55, -2, 1450), (120, 56, 31, -100)):
        writer.add(55, (26, "uint16", W.EPOCH + seconds & 0xFFFF), (27, "uint8", rate), local=3)
        writer.add(227, (1, "uint32", W.EPOCH + seconds), (0, "sint16", stress), local=4)
        writer.add(297, (253, "uint32", W.EPOCH + seconds), (0, "sint16", breaths), local=5)
    found = list(read(writer))
    assert rows(found, "heart_rate") == [(1, 0, 55.0), (2, 0, 56.0)]
    assert rows(found, "stress_score") == [(2, 0, 31.0)]
    assert rows(found, "respiratory_rate") == [(1, 0, 14.5)]


def test_wellness_says_what_an_hrv_is_the_mean_of():
    """Both are RMSSD; five minutes and a night are told apart by notes, the rest are Garmin's scores."""
    writer = W.file_id(W.FitWriter(), 68)
    writer.add(371, (253, "uint32", W.EPOCH), (0, "uint16", 40 * 128), local=1)
    status = ((0, "uint16", 47 * 128), (1, "uint16", 49 * 128), (2, "uint16", 65535), (6, "enum", 4))
    writer.add(370, (253, "uint32", W.EPOCH + 7 * 3600), *status, local=2)
    found = list(read(writer, home=ZoneInfo("Europe/Berlin")))
    windows = [
        (json.loads(batch.notes[0])["window"], float(batch.value[0]), int(batch.offset_min[0]))
        for batch in found
        if isinstance(batch, Samples)
    ]
    assert windows == [("5min", 40.0, 60), ("night", 49.0, 120)]
    told = {
        record.score: (record.day, record.value, record.unit) for record in found if isinstance(record, Score)
    }
    assert told == {
        "garmin_hrv_weekly_average": (20_177, 47.0, "ms"),
        "garmin_hrv_status": (20_177, 4.0, ""),
    }


def night(*levels):
    writer = W.file_id(W.FitWriter(), 49)
    for number, level in enumerate(levels):
        writer.add(275, (253, "uint32", W.EPOCH + 1800 * number), (0, "enum", level), local=1)
    return writer


def test_sleeps_hold_a_stage_until_the_next():
    """The last message ends the night."""
    (found,) = [record for record in read(night(1, 2, 2, 3, 4, 1)) if isinstance(record, SleepSession)]
    assert (found.start, found.end) == (START, START + 5 * 30 * MINUTE_NS)
    assert [(stage, (end - start) // MINUTE_NS) for start, end, stage in found.stages] == [
        ("awake", 30),
        ("light", 60),
        ("deep", 30),
        ("rem", 30),
    ]
    assert found.offset_min == UNKNOWN_OFFSET


def test_sleeps_are_not_made_of_nights_without_stages():
    """Older watches write awake and unmeasurable only, all night; nobody was awake all night."""
    assert not [record for record in read(night(1, 0, 1, 1)) if isinstance(record, SleepSession)]


def test_naps_are_sleeps_unless_deleted():
    """A nap that was deleted on the watch is none."""
    writer = W.file_id(W.FitWriter(), 49)
    for deleted in (0, 1):
        times = (0, "uint32", W.EPOCH + deleted), (2, "uint32", W.EPOCH + 1200)
        writer.add(412, *times, (5, "enum", deleted), local=1)
    (nap,) = [record for record in read(writer) if isinstance(record, SleepSession)]
    assert (nap.is_nap, nap.end - nap.start) == (True, 20 * MINUTE_NS)


def test_joined_keeps_every_sample_with_its_origin_and_note():
    """Batches of one metric become one; who measured and what was noted goes with each row."""

    def batch(value, who, note):
        time = np.array([START], np.int64)
        notes = [note] if note else []
        return Samples(
            "heart_rate", time, time, np.zeros(1, np.int16), np.array([value]), np.zeros(1, np.int32),
            [Origin(who, "fit")], note=np.zeros(1, np.int32) if note else None, notes=notes,
        )  # fmt: skip

    given = [batch(50.0, "a", ""), batch(60.0, "b", "1"), batch(70.0, "a", "2")]
    (found,) = joined(given)
    assert found.value.tolist() == [50.0, 60.0, 70.0]
    assert [found.origins[code].source for code in found.origin] == ["a", "b", "a"]
    assert [found.notes[code] if code >= 0 else "" for code in found.note] == ["", "1", "2"]


@pytest.mark.parametrize("row", quantities() + scores(), ids=lambda row: f"{row.message}.{row.field}")
def test_tables_name_fields_of_the_profile(row):
    """Every row is a field there is, a metric there is or a name of our own with a unit, and a range."""
    assert row.field in fields_of(message_number(row.message))
    assert row.least < row.most
    assert not row.time or row.time in fields_of(message_number(row.message))
    if row in quantities():
        assert is_vendor_coded(row.name) == bool(row.unit)
        assert is_vendor_coded(row.name) or (
            find(row.name) is not None and row.name in ADAPTER.coverage.metrics
        )


def test_tables_of_counters_and_streams_name_fields_of_the_profile():
    """A metric has one field and one factor, because its readings are collected by field."""
    for row in counters():
        assert row.field in fields_of(message_number("monitoring"))
        assert find(row.metric) is not None
        alike = [other for other in counters() if other.metric == row.metric]
        assert {(other.field, other.factor) for other in alike} == {(row.field, row.factor)}
    assert stream_columns().keys() <= fields_of(message_number("record")).keys()
