"""Columns against the plain way: dates, numbers, equal slices and the shape of lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.apple_health.columns import intern
from adapters.apple_health.dates import DIGIT_LIMIT, TEMPLATE, date_columns, parse_date
from adapters.apple_health.fast import read_records
from adapters.apple_health.layout import find_elements
from adapters.apple_health.numbers import number_column, parse_number, plain_number

OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59)
MOMENTS = st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30))
ALMOST_DATES = st.text(st.sampled_from("0123456789-: +"), min_size=25, max_size=25)
NUMBERS = st.one_of(
    st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,18})?", fullmatch=True),
    st.text(st.sampled_from("0123456789.-"), min_size=1, max_size=24),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)


def date_column(texts: list[str]) -> list[tuple[int, int] | None]:
    """Read dates as the fast lane does."""
    chars = np.frombuffer("".join(texts).encode(), np.uint8).reshape(len(texts), len(TEMPLATE))
    digits = chars - np.frombuffer(TEMPLATE, np.uint8)
    pairs = digits * np.uint8(10)
    pairs[:, :-1] += digits[:, 1:]
    instant, offset, valid = date_columns(digits, pairs, 0)
    valid = valid & ~(digits > np.frombuffer(DIGIT_LIMIT, np.uint8)).any(axis=1)
    return [(int(i), int(o)) if ok else None for i, o, ok in zip(instant, offset, valid)]


@given(st.lists(st.tuples(MOMENTS, OFFSETS), min_size=1))
def test_dates_mean_the_instant_that_datetime_says(moments):
    """A date with an offset is the instant the standard library finds, alone and in a column."""
    aware = [moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=m))) for moment, m in moments]
    texts = [moment.strftime("%Y-%m-%d %H:%M:%S %z") for moment in aware]
    expected = [
        ((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1) * 10**9, minutes)
        for moment, (_, minutes) in zip(aware, moments)
    ]
    assert date_column(texts) == [parse_date(text) for text in texts] == expected


@given(st.lists(ALMOST_DATES, min_size=1))
def test_dates_in_columns_are_refused_where_single_ones_are(texts):
    """What the column takes, the single parser takes as the same; the single one may know more."""
    for column, text in zip(date_column(texts), texts):
        assert column is None or column == parse_date(text)


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-29 00:00:00 +0000",
        "2025-04-31 00:00:00 +0000",
        "2025-01-01 24:00:00 +0000",
        "2025-01-01 00:60:00 +0000",
        "2025-00-01 00:00:00 +0000",
        "2025-01-01 00:00:00 +2400",
        "1899-12-31 00:00:00 +0000",
        "4001-01-01 00:00:00 +0000",
        "2025-01-01 00:00:00 ,0000",
    ],
)
def test_dates_that_do_not_exist_are_none(text):
    """The 29th of February of a common year, the 24th hour and the year 4001 are no dates here."""
    assert parse_date(text) is None
    assert date_column([text]) == [None]


@pytest.mark.parametrize(
    "text",
    [
        "20150616071820-0700",
        "2015-06-16 7:18:20 AM -0700",
        "2015-06-16 7:18:20\u202fam -0700",
        "2015-06-16 2:18:20 p.m. +0000",
        "2015-06-16T14:18:20Z",
    ],
)
def test_dates_written_the_older_and_localised_ways_are_known(text):
    """The exports of iOS 8 had no separators, and some regions write a twelve-hour clock."""
    instant = datetime(2015, 6, 16, 14, 18, 20, tzinfo=UTC).timestamp()
    assert parse_date(text)[0] == int(instant) * 10**9


@given(st.lists(NUMBERS, min_size=1))
def test_numbers_in_columns_equal_float_to_the_last_bit(texts):
    """A column holds exactly the plain numbers, each the float that the text says."""
    width = max(map(len, texts))
    chars = np.frombuffer("".join(text.rjust(width, "9") for text in texts).encode(), np.uint8)
    value, plain = number_column(chars.reshape(len(texts), width), np.array([len(text) for text in texts]))
    expected = [plain_number(text) for text in texts]
    assert plain.tolist() == [number is not None for number in expected]
    assert [repr(v) for v, ok in zip(value.tolist(), plain) if ok] == [
        repr(v) for v in expected if v is not None
    ]
    assert np.isnan(value[~plain]).all()


@pytest.mark.parametrize("text", ["", "nan", "inf", "1e999", "1_0", " 5", "0x10", "1,5", "٣"])
def test_numbers_that_only_python_knows_are_none(text):
    """A value is a decimal number or none; Python's other spellings, and infinity, are not numbers."""
    assert parse_number(text) is None


@given(st.lists(st.binary(min_size=1, max_size=9).filter(lambda piece: b"\0" not in piece), min_size=1))
def test_intern_finds_equal_slices(pieces):
    """Codes stand for the slices: equal ones have one code, different ones two."""
    text = np.frombuffer(b"".join(pieces), np.uint8)
    ends = np.cumsum([len(piece) for piece in pieces])
    codes, distinct = intern(text, ends - [len(piece) for piece in pieces], ends)
    assert [distinct[code] for code in codes] == pieces
    assert len(set(distinct)) == len(distinct)


def test_layout_finds_elements_and_stops_at_another_shape():
    """Children of the root are found up to the first line that is not one tag."""
    text = b" <A/>\n <B>\n  <C/>\n </B>\n\n <D/> words\n <E/>\n"
    layout = find_elements(np.frombuffer(text, np.uint8))
    assert layout.first.tolist() == [0, 1, 4]
    assert layout.last.tolist() == [0, 3, 4]
    assert not layout.is_regular


@pytest.mark.parametrize(
    "text", [b"", b"\n", b"x", b"<\n", b">\n", b"/>\n", b"</a>\n", b"<!-- -->\n", b"<a>"]
)
def test_layout_of_scraps_is_harmless(text):
    """Scraps of lines are found to hold no Record, whatever is cut off them."""
    chars = np.frombuffer(text, np.uint8)
    rows, taken = read_records(chars, find_elements(chars), 1)
    assert len(rows) == len(taken) == 0


def test_fast_lane_takes_what_apple_writes(export_text):
    """Whatever is written in Apple's own order goes through columns: the fast lane is not idle."""
    text = export_text(3, records=200).split("<Me ")[1].split("\n", 1)[1]
    chars = np.frombuffer(text.encode(), np.uint8)
    rows, _ = read_records(chars, find_elements(chars), 1)
    complete = [line for line in text.splitlines() if line.startswith(" <Record") and " value=" in line]
    plain = [line for line in complete if " creationDate=" in line]
    assert len(rows) > 0.8 * len(plain) > 100
