"""Tables as CSV: any value of any column is read back as it was by Python's own reader."""

from __future__ import annotations

import csv
import io
from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.rights.csvout import SERIES_HEAD, series_csv, stream_csv, table_csv
from vault.records import Device, Origin, Stream
from vault.store.columns import Columns
from vault.time import MINUTE_NS, NO_INSTANT, SECOND_NS, UNKNOWN_OFFSET

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=8)
LIMIT_NS = 2**62
INSTANTS = st.integers(0, LIMIT_NS)
OFFSETS = st.integers(-18 * 60, 18 * 60) | st.just(UNKNOWN_OFFSET)


def rows(content):
    """Read a CSV file."""
    return list(csv.reader(io.StringIO(content.decode("utf-8", "surrogatepass"), newline="")))


def instant(text):
    """Return ns and offset of an instant as it is written."""
    offset = UNKNOWN_OFFSET
    if text[-1] != "Z":
        minutes = int(text[-5:-3]) * 60 + int(text[-2:])
        offset = -minutes if text[-6] == "-" else minutes
    local = int(np.datetime64(text[:-1] if text[-1] == "Z" else text[:-6], "ns").astype(np.int64))
    return local - (0 if offset == UNKNOWN_OFFSET else offset) * MINUTE_NS, offset


def columns(start, offset, value, *, codes=None, note="", origin=None, unit=""):
    """Make a part of one sample a value."""
    count = len(value)
    at = np.array(start, np.int64)
    return Columns(
        start=at,
        end=at,
        recorded=np.full(count, NO_INSTANT),
        offset_min=np.array(offset, np.int16),
        value=np.array(value, np.float64 if codes is None else np.int32),
        origin=np.zeros(count, np.int32),
        note=np.zeros(count, np.int32),
        imported=np.zeros(count, np.int32),
        origins=[origin or Origin("Watch", "apple_health")],
        notes=[note],
        codes=codes,
        unit=unit,
    )


def written(*parts, nature="observed", inferred=True):
    """Return a series as rows of cells."""
    return rows(b"".join(series_csv(parts, nature, lambda _: "f00", inferred=inferred)))


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_series_csv_loses_no_text(code, note, unit, source):
    """Whatever a vendor wrote, half an emoji or a line end, stands in its cell as it was."""
    origin = Origin(source, "a", device=Device(name=source))
    head, row = written(columns([0], [0], [0], codes=[code], note=note, unit=unit, origin=origin))
    told = dict(zip(head, row, strict=True))
    assert tuple(head) == SERIES_HEAD
    assert [told[name] for name in ("value", "note", "unit", "source", "device")] == [
        *(code, note, unit, source, source)
    ]


@given(st.lists(st.tuples(INSTANTS, OFFSETS, st.floats(allow_nan=False, allow_infinity=False)), min_size=1))
def test_series_csv_loses_no_number_and_no_nanosecond(samples):
    """Instants, their offsets and the values of numbers are read back to the last bit."""
    start, offset, value = zip(*samples, strict=True)
    _, *found = written(columns(start, offset, value))
    assert [instant(row[0]) for row in found] == list(zip(start, offset, strict=True))
    assert [float(row[2]) for row in found] == list(value)


def test_series_csv_of_nothing_is_nothing():
    """A series without a row that goes out has no heading either, so that it makes no file."""
    assert list(series_csv([], "observed", lambda _: "")) == []
    assert list(series_csv([columns([0], [0], [1.0])], "inferred", lambda _: "", inferred=False)) == []


def test_series_csv_without_what_was_inferred_keeps_what_was_typed_in():
    """Of an inferred metric only the samples go out that a person typed in."""
    typed = columns([0], [0], [44.0], note='{"metadata":{"HKWasUserEntered":"1"}}')
    _, *found = written(typed, columns([1], [0], [45.0]), nature="inferred", inferred=False)
    assert [(row[2], row[4]) for row in found] == [("44", "provided")]


@pytest.mark.parametrize("size", [0, 1, 3])
def test_stream_csv_has_a_row_an_instant(size):
    """A stream is its instants in UTC and its columns by name; missing is empty, infinity a word."""
    values = np.array([np.nan, np.inf, -0.0])[:size]
    stream = Stream("w", Origin("a", "a"), np.arange(size) * SECOND_NS, {"b": values, "a": np.ones(size)})
    head, *found = rows(b"".join(stream_csv(stream)))
    assert head == ["time", "a", "b"]
    assert [row[2] for row in found] == ["", "INF", "-0"][:size]
    assert [row[0] for row in found] == [f"1970-01-01T00:00:0{second}Z" for second in range(size)]


def test_table_csv_does_not_write_what_is_no_offset():
    """An offset of a day or more, as a broken clock may tell it, is none."""
    frame = pd.DataFrame(
        {
            "start": pd.to_datetime([datetime(2026, 3, 1)] * 2, utc=True),
            "utc_offset_min": pd.array([24 * 60, 23 * 60 + 59], "Int16"),
            "text": ["a\rb", None],
        }
    )
    assert rows(table_csv(frame)) == [
        ["start", "text"],
        ["2026-03-01T00:00:00Z", "a\rb"],
        ["2026-03-01T23:59:00+23:59", ""],
    ]
