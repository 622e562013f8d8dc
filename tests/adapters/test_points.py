"""Points of a track as columns: what is a measurement, what is "unknown", what is too much."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.formats import points as module
from adapters.formats.points import Points, instant_of, number_of
from vault.time import UNKNOWN_OFFSET

TIME = "2025-06-01T07:00:{second:02}Z"


def columns_of(*values: dict[str, str]):
    points = Points()
    for second, point in enumerate(values):
        assert points.add(TIME.format(second=second), point)
    return {name: column.tolist() for name, column in points.finish()[1].items()}


@pytest.mark.parametrize(
    ("name", "said", "kept"),
    [
        ("heart_rate", ["0", "140"], [None, 140]),
        ("power", ["0", "210"], [0, 210]),
        ("power", ["-1", "210"], [None, 210]),
        ("power", ["0", "0"], None),
        ("cadence", ["0", "0"], None),
        ("speed", ["-1", "2.5"], [None, 2.5]),
        ("speed", ["0", "0"], [0, 0]),
        ("altitude", ["-4.5", "inf"], [-4.5, None]),
        ("altitude", ["nan", "1,5"], None),
        ("altitude", ["1" * 70, " 7 "], [None, 7]),
    ],
)
def test_points_leave_what_is_no_measurement(name, said, kept):
    """No strap's heart rate of 0, no sensor's column of zeros, Apple's -1 and texts are missing."""
    found = columns_of(*({name: text} for text in said)).get(name)
    assert (found and [None if np.isnan(value) else value for value in found]) == kept


@pytest.mark.parametrize(
    ("place", "is_place"),
    [
        (("47.5", "8.7"), True),
        (("0", "8.7"), True),
        (("0", "0"), False),
        (("91", "8"), False),
        (("1", ""), False),
    ],
)
def test_points_leave_places_that_are_none(place, is_place):
    """A place has both coordinates, lies on earth, and is not where no fix was."""
    found = columns_of({"latitude": place[0], "longitude": place[1]}, {"latitude": "1", "longitude": "2"})
    for column in found.values():
        assert np.isnan(column[0]) != is_place
    assert "latitude" not in columns_of({"latitude": "47.5"})


def test_points_that_are_there_twice_count_once():
    """The point that ends a lap and begins the next is one; two that differ at one instant are two."""
    points = Points()
    for text in ("1", "1", "2"):
        points.add(TIME.format(second=1), {"altitude": text})
    time, columns, order = points.finish()
    assert columns["altitude"].tolist() == [1, 2]
    assert (len(time), order.tolist()) == (2, [0, 2])


def test_points_remember_an_offset_that_was_written():
    """Z says UTC and no place; an offset is kept from the first time that has one."""
    points = Points()
    points.add("2025-06-01T07:00:00Z", {})
    assert points.offset_min == UNKNOWN_OFFSET
    points.add("2025-06-01T09:00:01+02:00", {})
    assert points.offset_min == 120
    assert points.finish()[0].tolist() == [1748761200 * 10**9, 1748761201 * 10**9]


def test_points_count_those_without_time():
    """A point without a usable time is counted, not kept."""
    points = Points()
    assert not any(points.add(text, {"altitude": "1"}) for text in ("", "yesterday", "1969-12-31T00:00:00Z"))
    assert (len(points), points.untimed) == (0, 3)


def test_points_end_where_a_stream_would_be_too_long(monkeypatch):
    """More cells than the vault keeps are not collected, and that is said."""
    monkeypatch.setattr(module, "_MOST_CELLS", 20)
    points = Points()
    kept = [points.add(TIME.format(second=second), {"altitude": "1"}) for second in range(30)]
    assert points.is_full
    assert sum(kept) == len(points) == 10


@given(st.lists(st.tuples(st.integers(0, 59), st.floats(-400, 9000)), max_size=40))
def test_points_are_put_in_order_of_time(rows):
    """Whatever the order, instants ascend and each value stays with its instant."""
    points = Points()
    for second, altitude in rows:
        points.add(TIME.format(second=second), {"altitude": repr(altitude)})
    time, columns, order = points.finish()
    assert (np.diff(time) >= 0).all()
    assert columns.get("altitude", np.empty(0)).tolist() == [rows[row][1] for row in order]


@given(st.text(max_size=80))
def test_numbers_and_instants_of_any_text_are_sane_or_none(text):
    """No text is an error; what is a number is finite, what is an instant lies between 1970 and 2199."""
    number, instant = number_of(text), instant_of(text)
    assert number is None or np.isfinite(number)
    assert instant is None or 0 <= instant < 2**63
