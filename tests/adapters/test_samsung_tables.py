"""Samsung Health's tables of words, row by row, and its clocks for any time and offset."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.formats.clocks import Zone
from adapters.samsung_health import ADAPTER
from adapters.samsung_health.envelope import LEFT, kinds, rows, title_of
from adapters.samsung_health.times import Times, day_of
from vault.metrics import find, is_vendor_coded
from vault.time import MINUTE_NS, date_of_day, format_instant, instant_ns, moment_of, zone

SAMPLES = [*rows("fields.csv"), *rows("bins.csv"), *(row for row in rows("days.csv") if row["metric"])]
SCORES = [row for row in (*rows("days.csv"), *rows("sleep.csv")) if row["score"]]
SLUGS = "abcdefghijklmnopqrstuvwxyz-"


def activities():
    text = files("vault.merge").joinpath("activities.csv").read_text("utf-8")
    return {row["activity"] for row in csv.DictReader(text.splitlines())}


@pytest.mark.parametrize("row", SAMPLES, ids=lambda row: row["metric"])
def test_sample_is_a_metric_or_samsungs_own(row):
    """A catalogue metric is declared and has no unit; Samsung's own has its name and a unit."""
    metric = row["metric"]
    if is_vendor_coded(metric):
        assert metric.startswith("samsung:")
        assert row["unit"]
    else:
        assert find(metric) is not None
        assert not row["unit"]
        assert metric in ADAPTER.coverage.metrics
    assert float(row["above"]) in (-1, 0)


@pytest.mark.parametrize("row", SCORES, ids=lambda row: row["score"])
def test_score_is_under_samsungs_name(row):
    """A score begins with samsung_ and is divided by what makes its unit."""
    assert row["score"].startswith("samsung_")
    assert float(row["divisor"]) == (60_000 if row["unit"] == "min" else 1)


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.datatype)
def test_type_of_data_has_a_reader_or_a_reason(kind):
    """What is read has columns in a table; what is left says why; a mirror is of a type that is read."""
    assert title_of(kind.datatype.encode() + b",1,2\n") == (kind.datatype, False)
    if kind.room == LEFT:
        assert kind.why
        assert set(kind.why) <= set(SLUGS)
        return
    known = {row["reads_as"] for name in ("fields.csv", "bins.csv", "days.csv") for row in rows(name)}
    assert kind.reads_as in known | {"devices", "stages", "sleep", "exercise"}
    assert kind.room in {"devices", "stages", "nights", "days", "exercises", "measures"}
    assert not kind.mirror_of or kinds()[kind.mirror_of].room == kind.room


@pytest.mark.parametrize("row", rows("exercises.csv"), ids=lambda row: row["code"])
def test_exercise_is_a_word_of_the_project(row):
    """Every code has a word that merging knows, and Samsung's own word beside it."""
    assert row["code"].isdecimal()
    assert row["word"] in activities()
    assert row["said"]


def test_codes_are_there_once():
    """No code and no column of a table has two meanings."""
    for name, keys in (
        ("exercises.csv", ("code",)),
        ("stages.csv", ("code",)),
        ("kinds.csv", ("datatype",)),
        ("fields.csv", ("reads_as", "column")),
        ("bins.csv", ("reads_as", "key")),
        ("days.csv", ("reads_as", "column")),
        ("sleep.csv", ("column",)),
        ("details.csv", ("column",)),
        ("streams.csv", ("cell", "key")),
    ):
        found = [tuple(row[key] for key in keys) for row in rows(name)]
        assert len(found) == len(set(found)), name


INSTANTS = st.datetimes(
    min_value=moment_of(2 * 86_400 * 10**9).replace(tzinfo=None),
    max_value=moment_of(4_000_000_000 * 10**9).replace(tzinfo=None),
).map(lambda moment: moment.replace(microsecond=moment.microsecond // 1_000 * 1_000))


@given(INSTANTS, st.integers(-12 * 60, 14 * 60))
def test_both_layouts_tell_the_same_instant(moment, offset_min):
    """UTC with ``UTC+hhmm`` and local time with milliseconds of offset are two spellings of one instant."""
    sign, size = ("-" if offset_min < 0 else "+"), abs(offset_min)
    utc = instant_ns(moment.replace(tzinfo=zone("UTC")))
    local = moment_of(utc + offset_min * MINUTE_NS).replace(tzinfo=None)
    new = {"start_time": moment.isoformat(" "), "time_offset": f"UTC{sign}{size // 60:02}{size % 60:02}"}
    old = {"start_time": local.isoformat(" "), "time_offset": str(offset_min * 60_000)}
    assert Times(is_old=False, zone=None).span(new) == (utc, utc, offset_min)
    assert Times(is_old=True, zone=Zone(zone("Asia/Tokyo"))).span(old) == (utc, utc, offset_min)


@given(st.dates(min_value=date_of_day(1), max_value=date_of_day(80_000)))
def test_day_is_its_date_in_both_spellings(date):
    """Epoch milliseconds and a text name the same date."""
    text = f"{date.isoformat()} 00:00:00.000"
    day = day_of(text)
    assert date_of_day(day) == date
    assert day_of(str(day * 86_400_000)) == day
    assert format_instant(day * 86_400 * 10**9)[:10] == date.isoformat()
