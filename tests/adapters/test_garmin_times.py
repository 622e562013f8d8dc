"""Garmin's times, offsets and rows: three generations, pairs of clocks, files cut short."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.garmin.rows import number_at, rows_of, value_at
from adapters.garmin.times import Offsets, day_of, ns_of
from vault.time import HOUR_NS, MINUTE_NS, SECOND_NS, UNKNOWN_OFFSET, day_of_date, instant_ns, zone

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["date", "type", "a"]), inner),
)
ROWS = st.lists(st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.integers())), max_size=5)


def instant(text):
    return instant_ns(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    "said",
    [
        {"date": "May 7, 2020 2:05:09 PM"},
        "May 7, 2020 2:05:09 PM",
        "May 7, 2020, 2:05:09\u202fPM",
        "2020-05-07T14:05:09.0",
        "2020-05-07T14:05:09",
        1_588_860_309_000,
        1_588_860_309_000.0,
    ],
)
def test_ns_of_each_generation(said):
    """2021's objects and English texts, ISO 8601 since, milliseconds in some files."""
    assert ns_of(said) == instant("2020-05-07T14:05:09")


def test_ns_of_fractions():
    """Garmin writes one to three digits of a second."""
    assert ns_of("2025-03-28T09:00:00.12") - ns_of("2025-03-28T09:00:00.0") == 120_000_000


@pytest.mark.parametrize(
    "said", [None, True, "", "soon", "Mai 7, 2020 2:05:09 PM", -1, 1e30, float("nan"), {}, []]
)
def test_ns_of_what_is_no_time(said):
    """Anything else is no time, and no error."""
    assert ns_of(said) is None


@given(MOMENTS)
def test_ns_of_english_texts(moment):
    """Every second of the years 1970 to 2199 is read back from its English text."""
    whole = moment.replace(microsecond=0)
    month = "JanFebMarAprMayJunJulAugSepOctNovDec"[3 * whole.month - 3 : 3 * whole.month]
    half = "PM" if whole.hour >= 12 else "AM"
    text = f"{month} {whole.day}, {whole.year} {whole.hour % 12 or 12}:{whole:%M:%S} {half}"
    assert ns_of({"date": text}) == instant_ns(whole)


@given(VALUES)
def test_ns_of_never_raises(said):
    """Whatever JSON holds, the answer is an instant of the possible years or none."""
    found = ns_of(said)
    assert found is None or 0 <= found < instant("2200-01-01")


def test_day_of_milliseconds():
    """A date in milliseconds is the midnight of that date in UTC."""
    assert day_of(1_743_120_000_000) == day_of_date(date(2025, 3, 28))


def test_offsets_are_those_of_the_nearest_pair():
    """What happens near a pair of clocks has its offset; two days off nothing is known."""
    offsets = Offsets(None)
    offsets.tell("2025-03-28T23:00:00.0", "2025-03-29T00:00:00.0")
    assert offsets.at(instant("2025-03-29T10:00")) == 60
    assert offsets.at(instant("2025-04-02T10:00")) == UNKNOWN_OFFSET


def test_offsets_across_a_change_of_clocks():
    """Between pairs that differ the owner's zone decides if it agrees with one, else the nearer pair."""
    for home, expected in ((zone("Europe/Berlin"), 120), (None, 60), (zone("Asia/Tokyo"), 60)):
        offsets = Offsets(home)
        offsets.tell("2025-03-29T23:00:00", "2025-03-30T00:00:00")
        offsets.tell("2025-03-30T22:00:00", "2025-03-31T00:00:00")
        assert offsets.at(instant("2025-03-30T05:00")) == expected


def test_offsets_far_from_pairs_are_home():
    """Where no pair is near, the owner's zone holds."""
    offsets = Offsets(zone("Europe/Berlin"))
    offsets.tell("2025-03-28T23:00:00", "2025-03-29T08:00:00")
    assert offsets.at(instant("2025-03-29T01:00")) == 540
    assert offsets.at(instant("2025-07-01T01:00")) == 120


@pytest.mark.parametrize("local", [None, "soon", "2025-03-30T00:00:00"])
def test_offsets_take_no_false_pairs(local):
    """A missing clock, or one that is a day off, tells nothing."""
    offsets = Offsets(None)
    offsets.tell("2025-03-28T23:00:00", local)
    assert offsets.at(instant("2025-03-28T23:00")) == UNKNOWN_OFFSET


def test_offsets_of_a_column_are_those_of_each():
    """A column's offsets are found by quarters of an hour, and are the same as one by one."""
    offsets = Offsets(zone("Europe/Berlin"))
    offsets.tell("2025-03-29T23:00:00", "2025-03-30T00:00:00")
    times = instant("2025-03-29T20:00") + np.arange(0, 12 * HOUR_NS, 7 * MINUTE_NS + SECOND_NS)
    assert offsets.each(times).tolist() == [offsets.at(time) for time in times.tolist()]


def test_span_of_a_day_of_23_hours():
    """A day runs from midnight to midnight of its own clocks."""
    start, end = Offsets(zone("Europe/Berlin")).span(day_of_date(date(2025, 3, 30)))
    assert (start, end) == (instant("2025-03-29T23:00"), instant("2025-03-30T22:00"))


def test_span_without_offset_is_noon():
    """Noon in UTC is of the same date from -11 to +11 hours."""
    noon = instant("2025-03-30T12:00")
    assert Offsets(None).span(day_of_date(date(2025, 3, 30))) == (noon, noon)


@given(ROWS, st.booleans(), st.booleans())
def test_rows_of_whole_files(rows, wrapped, indented):
    """Every object comes once and in order, wrapped or not, however it is laid out."""
    document = [{"summarizedActivitiesExport": rows}] if wrapped else rows
    text = json.dumps(document, indent=2 if indented else None)
    assert list(rows_of(b"\xef\xbb\xbf" + text.encode())) == rows


@given(ROWS, st.data())
def test_rows_of_files_cut_short(rows, data):
    """Of a file that is cut short the rows before the cut come, then one reason."""
    text = json.dumps(rows)
    cut = data.draw(st.integers(1, len(text) - 1))
    *whole, reason = rows_of(text[:cut].encode())
    assert whole == rows[: len(whole)]
    assert reason in ("malformed-json", "truncated")


@given(st.binary(max_size=200))
def test_rows_of_noise_never_raises(data):
    """Whatever the bytes, rows are objects and reasons are words."""
    assert all(isinstance(found, (dict, str)) for found in rows_of(b"[{}," + data))


def test_rows_of_deep_nesting():
    """Brackets without end are a reason, not a crash."""
    assert list(rows_of(b'[{"a":' + b"[" * 100_000)) == ["malformed-json"]


def test_values_at_paths():
    """Keys lead through objects, types through lists, and the first alternative that is there counts."""
    row = {"a": {"b": [{"type": "X", "v": 1}, 5, {"type": "Y", "v": 2}]}, "n": "4.5", "t": True, "w": 10**400}
    assert value_at(row, "a.b.Y.v") == 2
    assert value_at(row, "a.b.Z.v|n") == "4.5"
    assert [number_at(row, path) for path in ("a.b.X.v", "n", "t", "a", "w", "none")] == [
        1,
        4.5,
        None,
        None,
        None,
        None,
    ]
