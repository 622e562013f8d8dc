"""Polar's values, clocks and documents: what is missing, what a wall clock means, what is held in memory."""

from __future__ import annotations

import io
import json
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.formats.clocks import Zone, instant_of, instants_of, offset_of
from adapters.formats.values import clock_of, clocks_of, number, numbers, said, seconds_of, snake
from adapters.polar.documents import family_of, items, left_by_name, rows
from vault.errors import MalformedFile
from vault.metrics import find
from vault.time import NO_INSTANT, SECOND_NS, UNKNOWN_OFFSET, parse_instant

BERLIN = ZoneInfo("Europe/Berlin")
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


class Dribble:
    """A source that gives a few bytes at a time."""

    def __init__(self, data: bytes, step: int = 7) -> None:
        self._stream, self._step = io.BytesIO(data), step

    def read(self, size: int, /) -> bytes:
        return self._stream.read(min(size, self._step))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5.0),
        ("36000000", 36_000_000.0),
        ("NaN", None),
        (float("nan"), None),
        (10**400, None),
        (True, None),
        ([], None),
        ("", None),
    ],
)
def test_number_is_missing_where_polar_has_none(value, expected):
    """NaN as text, NaN as a number, and what is no number are missing; a number as text is one."""
    assert number(value) == expected


@given(
    st.lists(
        st.integers() | st.floats() | st.text(max_size=5) | st.none() | st.lists(st.integers()), max_size=9
    )
)
def test_numbers_says_of_each_value_what_number_says(values):
    """A column is the same as its values one by one."""
    one_by_one = [number(value) for value in values]
    column = numbers(values)
    assert column.shape == (len(values),)
    assert [None if np.isnan(value) else value for value in column] == one_by_one


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT0.857S", 0.857),
        ("PT1H30M", 5_400),
        ("PT8H", 28_800),
        ("P1DT1S", 86_401),
        ("P", None),
        ("8h", None),
        (3, None),
    ],
)
def test_seconds_of_reads_iso_durations(text, seconds):
    """Durations have days, hours, minutes and seconds, and at least one of them."""
    assert seconds_of(text) == seconds


@given(
    st.lists(
        st.sampled_from(
            (
                "2025-03-30T02:30:00",
                "2025-03-30T02:30:00.125",
                "2025-03-30T02:30:00Z",
                "9999-01-01",
                "1",
                "",
                None,
                5,
            )
        )
    )
)
def test_clocks_of_says_of_each_time_what_clock_of_says(texts):
    """A column of clock times is the same as its times one by one; what has a zone is no clock time."""
    expected = [clock_of(text) for text in texts]
    assert [None if clock == NO_INSTANT else clock for clock in clocks_of(texts).tolist()] == expected


@pytest.mark.parametrize(
    ("clock", "instant"),
    [
        ("2025-03-30T01:59:59", "2025-03-30T01:59:59+01:00"),
        ("2025-03-30T02:30:00", "2025-03-30T02:30:00+01:00"),  # never shown
        ("2025-03-30T03:00:00", "2025-03-30T03:00:00+02:00"),
        ("2025-10-26T02:30:00", "2025-10-26T02:30:00+02:00"),  # shown twice
        ("2025-10-26T03:00:00", "2025-10-26T03:00:00+01:00"),
        ("2025-07-01T12:00:00", "2025-07-01T12:00:00+02:00"),
    ],
)
def test_instant_of_a_wall_clock_is_ruled_by_the_owners_zone(clock, instant):
    """An hour shown twice is the first of the two; one never shown is that of a clock nobody set."""
    assert instant_of(clock_of(clock), Zone(BERLIN)) == parse_instant(instant)


def test_instants_of_a_recorded_offset_need_no_zone():
    """What was recorded wins; without anything the clock counts as UTC and says so."""
    clock = np.array([clock_of("2025-07-01T12:00:00")])
    for offset_min, home, expected in ((-330, Zone(BERLIN), -330), (UNKNOWN_OFFSET, None, UNKNOWN_OFFSET)):
        instants, offsets = instants_of(clock, home, offset_min)
        ahead = 0 if expected == UNKNOWN_OFFSET else expected * 60 * SECOND_NS
        assert (instants.tolist(), offsets.tolist()) == ([clock[0] - ahead], [expected])


def test_instant_of_a_clock_at_home_is_right_and_its_offset_unknown():
    """Home is only assumed: the instant is that of its zone, and the day is counted at home."""
    at_home = Zone(BERLIN, is_assumed=True)
    expected, _ = parse_instant("2025-07-01T12:00:00+02:00")
    assert instant_of(clock_of("2025-07-01T12:00:00"), at_home) == (expected, UNKNOWN_OFFSET)
    assert instant_of(clock_of("2025-07-01T12:00:00"), at_home, 120) == (expected, 120)


def test_offset_of_takes_the_first_that_is_one():
    """An absent offset is unknown, not zero; an absurd one is none."""
    assert offset_of(None, "x", 10_000, 60, 120) == 60
    assert offset_of(None) == UNKNOWN_OFFSET
    assert offset_of(0) == 0


@given(
    st.lists(
        st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3), max_size=5
    )
)
def test_items_gives_the_objects_of_a_list(objects):
    """Whatever the pieces it arrives in, a list is read as its objects."""
    for indent in (None, 1):
        data = json.dumps(objects, indent=indent, ensure_ascii=False).encode("utf-8", "replace")
        assert list(items(Dribble(data))) == json.loads(data)


def test_items_finds_the_days_inside_an_object():
    """Around-the-clock heart rates are a list inside an object, which is read day by day too."""
    data = b'{ "deviceDays" : [ {"date": "2025-01-01", "samples": [1]} , {"date": "x"}] }'
    assert [one["date"] for one in items(Dribble(data))] == ["2025-01-01", "x"]


def test_items_holds_a_day_and_not_the_month():
    """Memory does not grow with the number of days."""
    day = json.dumps(
        {"date": "2025-01-01", "samples": [{"heartRate": 60, "secondsFromDayStart": 1}] * 20_000}
    )
    data = ('{"deviceDays": [' + ", ".join([day] * 40) + "]}").encode()
    tracemalloc = pytest.importorskip("tracemalloc")
    stream = io.BytesIO(data)
    tracemalloc.start()
    count = sum(1 for _ in items(stream))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 40
    assert peak < len(data)


@pytest.mark.parametrize(
    "data", [b"", b"[", b'[{"a": 1}', b'[{"a": 1} {"b": 2}]', b'{"deviceDays": [{}', b"[" * 9_999]
)
def test_items_gives_what_is_whole_and_says_that_the_rest_is_not(data):
    """A document cut short or nested without end is malformed, not a crash."""
    with pytest.raises(MalformedFile):
        list(items(io.BytesIO(data)))


def test_items_reads_a_bare_nan_as_nothing():
    """NaN is no JSON, but Polar writes it."""
    assert list(items(io.BytesIO(b'[{"values": [1, NaN, Infinity]}]'))) == [{"values": [1, None, None]}]


@given(JSON_VALUES)
def test_said_can_be_stored(value):
    """What goes into details is JSON without NaN, in texts that have bytes."""
    json.dumps(said(value), allow_nan=False, ensure_ascii=False).encode()


def test_said_leaves_what_it_is_told_to_leave():
    """A key is left at any depth, and so is what says nothing."""
    assert said({"a": {"b": 1, "c": 2}, "d": "NaN", "e": [], "b": 3}, frozenset("b")) == {"a": {"c": 2}}


def test_snake_writes_polars_keys_as_the_projects():
    """Humps, commas and blanks become underscores."""
    keys = ("meanBaselineRmssd", "weight, kg", "VO2", "kiloCalories")
    assert [snake(key) for key in keys] == ["mean_baseline_rmssd", "weight_kg", "vo2", "kilo_calories"]


def test_family_of_goes_by_content():
    """A name does not make a document Polar's; keys do."""
    assert family_of(b'[{"night": "x", "sleepResult": {}}]') == "sleep"
    assert family_of(b'{"night": "sleepResult"}') is None
    assert family_of(b"a,b\n") is None
    assert left_by_name("account-data-1.json")
    assert not left_by_name("training-session-1.json")


def test_tables_use_words_the_vault_knows():
    """Every row of every table: a column or a divisor that is one, a stage that is one, no key twice."""
    assert {row["stage"] for row in rows("stages.csv")} <= {"awake", "light", "deep", "rem", "unknown"}
    assert all(float(row["divisor"]) > 0 and snake(row["said"]) == row["said"] for row in rows("series.csv"))
    keys = [(row["document"], row["key"]) for row in rows("scores.csv")]
    assert len(keys) == len(set(keys))
    names = [row["score"] for row in rows("scores.csv") if row["score"]]
    assert len(names) == len(set(names))
    assert all(name.startswith("polar_") and find(name) is None for name in names)
