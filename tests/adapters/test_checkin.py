"""Check-ins kept in a table: which scale, which day, and how hard a session was."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import adapters
from adapters.checkin.scales import items_of, scale_of
from adapters.tables import table
from vault.metrics import metric
from vault.records import Rejection, Samples, Tally
from vault.time import UNKNOWN_OFFSET, format_instant, parse_instant

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "checkin"


def read(folder, text, name="days.csv", **told):
    (folder / name).write_text(text, "utf-8")
    return list(adapters.read(folder / name, **told))


def said(records):
    """Return (metric, when, value) of every sample."""
    return sorted(
        (batch.metric, format_instant(start, offset), value)
        for batch in records
        if isinstance(batch, Samples)
        for start, offset, value in zip(batch.start.tolist(), batch.offset_min.tolist(), batch.value.tolist())
    )


@pytest.mark.parametrize("row", table("adapters.checkin", "items.csv"), ids=lambda row: row["item"])
def test_item_is_best_at_one_end_and_has_a_metric_with_a_range(row):
    """Best on best and worst on worst; what is off its scale has no value."""
    item = items_of(row["scale"])[row["item"]]
    assert item.best in (item.lowest, item.highest)
    found = metric(item.metric)
    worst = item.lowest + item.highest - item.best
    ends = (found.high, found.low) if item.metric == "mood" else (found.low, found.high)
    assert (item.value(item.best), item.value(worst)) == ends
    assert item.value(item.highest + 1) is None
    assert item.value(item.lowest - 1) is None


def test_scale_is_said_or_shown_by_a_column_it_alone_has():
    """Fatigue is Hooper's, energy is ours; both, or neither, does not tell."""
    assert scale_of("", {"fatigue", "stress"}) == "hooper"
    assert scale_of("", {"energy", "stress"}) == "1-5"
    assert scale_of("", {"fatigue", "energy"}) is None
    assert scale_of("", {"stress", "soreness"}) is None
    assert scale_of("1-5", {"fatigue"}) == "1-5"
    assert scale_of("1-10", {"fatigue"}) is None


def test_days_on_hoopers_scale_across_a_clock_change(tmp_path):
    """Four items give the index; three give none; the time is that of writing down."""
    records = read(
        tmp_path,
        "date,recorded_at,sleep_quality,fatigue,stress,soreness\n"
        "2026-03-28,2026-03-28T07:05:00+01:00,2,3,2,4\n"
        "2026-03-29,2026-03-29T07:11:00+02:00,5,5,4,\n",
    )
    assert said(records) == [
        ("hooper_index", "2026-03-28T07:05:00+01:00", 11.0),
        ("wellness_fatigue", "2026-03-28T07:05:00+01:00", 3.0),
        ("wellness_fatigue", "2026-03-29T07:11:00+02:00", 5.0),
        ("wellness_sleep_quality", "2026-03-28T07:05:00+01:00", 2.0),
        ("wellness_sleep_quality", "2026-03-29T07:11:00+02:00", 5.0),
        ("wellness_soreness", "2026-03-28T07:05:00+01:00", 4.0),
        ("wellness_stress", "2026-03-28T07:05:00+01:00", 2.0),
        ("wellness_stress", "2026-03-29T07:11:00+02:00", 4.0),
    ]


def test_days_from_one_to_five_are_laid_on_the_metrics_and_keep_what_was_ticked(tmp_path):
    """Energy 5 is no fatigue at all (1 of 7), sleep 2 is 5.5, stress 2 is 2.5, a mood of 4 half good."""
    records = read(tmp_path, "date,energy,sleep_quality,stress,mood\n2026-03-29,5,2,2,4\n")
    assert {name: value for name, _, value in said(records)} == {
        "wellness_fatigue": 1.0,
        "wellness_sleep_quality": 5.5,
        "wellness_stress": 2.5,
        "mood": 0.5,
    }
    notes = {batch.metric: batch.notes for batch in records if isinstance(batch, Samples)}
    assert notes["wellness_sleep_quality"] == ('{"said":2.0,"scale":"1-5"}',)


@pytest.mark.parametrize(
    ("zone", "noon"),
    [
        ("Europe/Berlin", "2026-03-29T12:00:00+02:00"),
        ("America/New_York", "2026-03-29T12:00:00-04:00"),
        ("Asia/Kolkata", "2026-03-29T12:00:00+05:30"),
        ("Pacific/Auckland", "2026-03-29T12:00:00+13:00"),
    ],
)
def test_day_without_a_time_stands_at_its_noon(tmp_path, zone, noon):
    """In the zone that was told; what was written down on another day too, in the offset of that time."""
    text = "date,recorded_at,fatigue,stress\n2026-03-29,{},2,2\n"
    assert {when for _, when, _ in said(read(tmp_path, text.format(""), timezone=zone))} == {noon}
    late = read(tmp_path, text.format("2026-03-30T00:20:00+09:00"), timezone=zone)
    assert {when for _, when, _ in said(late)} == {"2026-03-29T12:00:00+09:00"}


def test_day_without_a_zone_has_no_offset(tmp_path):
    """Nobody said one."""
    (batch, *_) = read(tmp_path, "date,fatigue,stress\n2026-03-29,2,\n")
    assert batch.offset_min.tolist() == [UNKNOWN_OFFSET]


def test_pain_and_illness_are_not_on_a_scale_of_feelings(tmp_path):
    """They need no scale to be said, and a day may have nothing else."""
    records = read(tmp_path, "date,stress,soreness,pain,illness\n2026-03-29,,,3,yes\n2026-03-30,,,0,no\n")
    assert [(name, value) for name, _, value in said(records)] == [
        ("checkin:illness", 1.0),
        ("checkin:illness", 0.0),
        ("pain", 3.0),
        ("pain", 0.0),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("29.03.2026,2,2,,", "bad-date"),
        ("2026-03-29,8,2,,", "off-the-scale"),
        ("2026-03-29,tired,2,,", "off-the-scale"),
        ("2026-03-29,2,2,11,", "off-the-scale"),
        ("2026-03-29,2,2,,perhaps", "bad-value"),
    ],
)
def test_row_that_cannot_be_used_says_why(tmp_path, row, reason):
    """It costs itself only; a row without an answer is left."""
    records = read(tmp_path, f"date,fatigue,stress,pain,illness\n{row}\n2026-03-30,2,2,,\n2026-03-31,,,,\n")
    assert [one for one in records if isinstance(one, Rejection)] == [Rejection(reason, "days.csv", 2)]
    assert [one for one in records if isinstance(one, Tally)] == [
        Tally("days.csv", 3, 1, 0, 1, {"no-value": 1})
    ]


def test_scale_that_nobody_says_is_refused(tmp_path):
    """Soreness 2 is good or bad, of five or of seven: guessing would turn it around."""
    records = read(tmp_path, "date,stress,soreness\n2026-03-29,2,2\n")
    assert Rejection("scale-not-said", "days.csv", 2) in records
    assert said(read(tmp_path, "date,scale,stress,soreness\n2026-03-29,1-5,1,\n"))


def test_session_is_as_long_as_it_says(tmp_path):
    """By its end, across a clock change, or by its minutes; half steps and decimal commas are read."""
    records = read(
        tmp_path,
        "session_start,session_end,duration_min,rpe_cr10\n"
        "2026-03-29T01:30:00+01:00,2026-03-29T03:40:00+02:00,,6\n"
        '2026-03-31T18:05:00+09:00,,45,"8,5"\n'
        "2026-04-01T18:05:00+09:00,2026-04-01T17:05:00+09:00,,5\n",
    )
    (batch,) = [one for one in records if isinstance(one, Samples)]
    minutes = ((batch.end - batch.start) // 60_000_000_000).tolist()
    assert (batch.metric, batch.value.tolist(), minutes) == ("rpe_session", [6.0, 8.5], [70, 45])
    assert batch.start.tolist() == [
        parse_instant(text)[0] for text in ("2026-03-29T01:30:00+01:00", "2026-03-31T18:05:00+09:00")
    ]
    assert Rejection("end-before-start", "days.csv", 4) in records


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_session_without_an_end_that_can_be(tmp_path):
    """Minutes beyond any number are a reason for the row, and the next row is read."""
    text = "session_start,duration_min,rpe_cr10\n2026-03-01T18:00Z,1e305,6\n2026-03-01T18:00Z,-1e305,6\n"
    text += "2026-03-02T18:00Z,45,7\n"
    found = read(tmp_path, text)
    assert [one.reason for one in found if isinstance(one, Rejection)] == ["end-before-start"] * 2
    assert [one.value.tolist() for one in found if isinstance(one, Samples)] == [[7.0]]


def test_samples_are_read_whole():
    """Every row of both tables, counted with the csv module."""
    for path in sorted((SAMPLES / "constructed").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        records = list(adapters.read(path))
        (tally,) = [one for one in records if isinstance(one, Tally)]
        assert (tally.rows, tally.used) == (len(rows), len(rows))
        if "rpe_cr10" in rows[0]:
            assert [value for _, _, value in said(records)] == [float(row["rpe_cr10"]) for row in rows]
        else:
            index = [value for name, _, value in said(records) if name == "hooper_index"]
            items = ("sleep_quality", "fatigue", "stress", "soreness")
            assert index == [sum(float(row[item]) for item in items) for row in rows]
