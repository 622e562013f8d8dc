"""Google Fit's tables: quarter hours over changes of the clock and a flight, languages, days, counts."""

from __future__ import annotations

import csv
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from adapters.base import Options
from adapters.google_fit import ADAPTER
from adapters.google_fit.kinds import clock_of, english, kind_of
from vault.metrics import is_vendor_coded, metric
from vault.records import Rejection, Samples, Score, Tally
from vault.time import HOUR_NS, MINUTE_NS, UNKNOWN_OFFSET, date_of_day, local_days, parse_instant

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]


def rows(name):
    text = files("adapters.google_fit").joinpath("tables", name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def write(folder, documents):
    for name, text in documents.items():
        path = folder / "Takeout" / "Fit" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def read(folder, documents, zone=None):
    options = Options(timezone=None if zone is None else ZoneInfo(zone))
    return list(ADAPTER.read(write(folder, documents), options))


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def values(name, records):
    return [value for one in of(Samples, records) if one.metric == name for value in one.value.tolist()]


def ns(text):
    return parse_instant(text)[0]


def quarters(steps_by_row, header="Start time,End time,Step count"):
    """Return a day's table of rows of (start, end, steps)."""
    return "\n".join([header, *(f"{start},{end},{steps}" for start, end, steps in steps_by_row)]) + "\n"


def whole_day(offsets):
    """Return the quarter hours of a day as (start, end, 1).

    ``offsets`` are (first, last, hours): the quarters between which the clock is so many hours from UTC.
    """
    found = []
    for first, last, hours in offsets:
        for at in range(first, last):
            clock = [f"{(m // 60) % 24:02}:{m % 60:02}:00.000{hours:+03}:00" for m in (at * 15, at * 15 + 15)]
            found.append((clock[0], clock[1], 1))
    return found


@pytest.mark.parametrize("name", ["columns.csv", "streams.csv", "nutrients.csv", "codes.csv"])
def test_tables_name_metrics_or_googles_own_with_a_unit(name):
    """A catalogue metric is declared; what is Google's own says its unit; the reverse is not promised."""
    for row in rows(name):
        if is_vendor_coded(row["metric"]):
            assert row["metric"].startswith("google_fit:")
            assert row["unit"]
        else:
            assert metric(row["metric"])
            assert row["metric"] in ADAPTER.coverage.metrics


def test_headings_lead_to_columns_that_are_known():
    """Every foreign heading has an English one that the adapter reads, and none has two."""
    known = {row["said"] for row in rows("columns.csv")} | {"Date", "Start time", "End time"}
    assert {row["english"] for row in rows("headings.csv")} <= known
    said = [row["said"] for row in rows("headings.csv")]
    assert len(set(said)) == len(said)
    assert english("  КАЛОРИИ  (ккал) ") == "Calories (kcal)"


def test_activities_are_the_projects_words():
    """Each of Google's activities becomes a word that other adapters use."""
    text = files("adapters.apple_health").joinpath("tables", "activities.csv").read_text("utf-8")
    known = {row["word"] for row in csv.DictReader(text.splitlines())}
    text = files("adapters.formats").joinpath("tables", "activities.csv").read_text("utf-8")
    known |= {row["word"] for row in csv.DictReader(text.splitlines())}
    assert {row["word"] for row in rows("activities.csv")} <= known


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("00:15:00.000+05:30", (15 * MINUTE_NS, 330)),
        ("23:00:00-03:30", (23 * HOUR_NS, -210)),
        ("01:00:00.5Z", (HOUR_NS + 500_000_000, 0)),
        ("24:00:00.000+01:00", None),
        ("00:15:00", None),
        ("2025-03-30", None),
    ],
)
def test_times_of_day_have_an_offset(cell, expected):
    """A time without an offset is none."""
    assert clock_of(cell) == expected


@pytest.mark.parametrize(
    ("name", "offsets", "count", "first", "last"),
    [
        ("2025-03-30", [(0, 8, 1), (12, 96, 2)], 92, "2025-03-29T23:00+00:00", "2025-03-30T21:45+00:00"),
        ("2025-10-26", [(0, 12, 2), (8, 96, 1)], 100, "2025-10-25T22:00+00:00", "2025-10-26T22:45+00:00"),
        ("2025-07-01", [(0, 96, 2)], 96, "2025-06-30T22:00+00:00", "2025-07-01T21:45+00:00"),
    ],
)
def test_days_have_as_many_quarters_as_they_are_long(tmp_path, name, offsets, count, first, last):
    """92 and 100 rows on the days of the change, each a quarter of an hour, one after the other."""
    table = whole_day(offsets)
    if name == "2025-03-30":
        table[7] = ("01:45:00.000+01:00", "03:00:00.000+02:00", 1)
    if name == "2025-10-26":
        table[11] = ("02:45:00.000+02:00", "02:00:00.000+01:00", 1)
    records = read(tmp_path, {f"Daily activity metrics/{name}.csv": quarters(table)})
    (batch,) = of(Samples, records)
    assert len(batch) == count
    assert (batch.start[0], batch.start[-1]) == (ns(first), ns(last))
    assert set((batch.end - batch.start).tolist()) == {15 * MINUTE_NS}
    assert batch.end[:-1].tolist() == batch.start[1:].tolist()


@pytest.mark.parametrize("zone", [None, *ZONES])
def test_local_days_are_those_of_the_rows_after_a_flight(tmp_path, zone):
    """From Berlin to Tokyo: each row keeps the offset of its place, whatever zone is told."""
    documents = {
        "Daily activity metrics/2025-04-01.csv": quarters(
            [("23:30:00.000+02:00", "23:45:00.000+02:00", 5), ("23:45:00.000+02:00", "00:00:00.000+02:00", 6)]
        ),
        "Daily activity metrics/2025-04-02.csv": quarters([("23:45:00.000+09:00", "00:00:00.000+09:00", 7)]),
    }
    batches = of(Samples, read(tmp_path, documents, zone))
    assert [batch.offset_min.tolist() for batch in batches] == [[120, 120], [540]]
    assert batches[1].start[0] == ns("2025-04-02T14:45:00+00:00")
    assert batches[0].end[-1] == ns("2025-04-02T00:00:00+02:00")
    days = [local_days(batch.start, batch.offset_min, ZoneInfo("UTC")).tolist() for batch in batches]
    assert [[str(date_of_day(day)) for day in found] for found in days] == [
        ["2025-04-01", "2025-04-01"],
        ["2025-04-02"],
    ]


@pytest.mark.parametrize(
    "header",
    [
        "Start time,End time,Step count,Average heart rate (bpm),Calories (kcal)",
        "시작 시간,종료 시간,걸음 수,평균 심박수(bpm),칼로리(kcal)",
        "Anfang,Ende,Число шагов,Средний пульс (уд/мин),Калории (ккал)",
        "Inicio,Fin,Recuento de pasos,Frecuencia cardiaca media (ppm),Calorías (kcal)",
    ],
)
def test_headings_are_read_in_the_owners_language(tmp_path, header):
    """The times are known by what they look like, the columns by their names; an empty cell is nothing."""
    table = (
        f"{header}\n10:00:00.000-07:00,10:15:00.000-07:00,321,88,12.5\n"
        "10:15:00.000-07:00,10:30:00.000-07:00,,0,\n"
    )
    records = read(tmp_path, {"x/2016-11-03.csv": table})
    assert [values(name, records) for name in ("steps", "heart_rate", "google_fit:energy")] == [
        [321.0],
        [88.0],
        [12.5],
    ]
    (mean,) = [one for one in of(Samples, records) if one.metric == "heart_rate"]
    assert (mean.start[0], mean.notes[mean.note[0]]) == (
        ns("2016-11-03T17:00:00+00:00"),
        '{"statistic":"mean"}',
    )
    assert of(Tally, records)[0].left == {"no-value": 1}


def test_a_language_nobody_knows_is_said(tmp_path):
    """The rows of headings that are not known are counted as such."""
    table = "a,b,c\n10:00:00.000-07:00,10:15:00.000-07:00,321\n"
    assert of(Tally, read(tmp_path, {"x/2016-11-03.csv": table}))[0].left == {"unknown-headings": 1}


def test_durations_are_googles_own_and_places_are_left(tmp_path):
    """How long somebody walked is kept in milliseconds; the box of the place is not."""
    table = (
        "Start time,End time,Low latitude (deg),Paced walking duration (ms)\n"
        "10:00:00.000+01:00,10:15:00.000+01:00,52.5,600000\n"
    )
    (batch,) = of(Samples, read(tmp_path, {"x/2025-01-03.csv": table}))
    assert (batch.metric, batch.unit, batch.value.tolist()) == (
        "google_fit:paced_walking_duration",
        "ms",
        [600_000.0],
    )


@pytest.mark.parametrize("zone", ZONES)
def test_the_table_of_days_tells_of_days_without_a_table(tmp_path, zone):
    """Totals belong to the local day of the zone told; one with a table is a mirror, one at rest a filler."""
    days = (
        "Date,Move Minutes count,Calories (kcal),Distance (m),Step count,Average weight (kg),"
        "Inactive duration (ms),Average height (m)\n"
        "2008-01-11,,877,,,,14378962,\n2025-03-29,41,2310.5,5200.25,7203,78.4,,1.8\n2025-03-30,1,1,1,1,,,\n"
        "2025-03-31,0,0,0,0,0,0,\nyesterday,1,1,1,1,1,,\n"
    )
    documents = {
        "Daily Aggregations/Daily Summaries.csv": days,
        "Daily Aggregations/2025-03-30.csv": quarters([("10:00:00.000+02:00", "10:15:00.000+02:00", 9)]),
    }
    records = read(tmp_path, documents, zone)
    (daily,) = [one for one in of(Samples, records) if one.metric == "steps_daily"]
    assert daily.value.tolist() == [7203.0]
    assert daily.offset_min[0] != UNKNOWN_OFFSET
    assert str(date_of_day(local_days(daily.start, daily.offset_min, ZoneInfo("UTC"))[0])) == "2025-03-29"
    assert values("total_energy_daily", records) == [2310.5]
    scores = {one.score: (one.value, one.unit, str(date_of_day(one.day))) for one in of(Score, records)}
    assert scores == {
        "google_fit_move_minutes": (41.0, "min", "2025-03-29"),
        "google_fit_distance": (5200.25, "m", "2025-03-29"),
        "google_fit_weight_mean": (78.4, "kg", "2025-03-29"),
        "google_fit_height_mean": (180.0, "cm", "2025-03-29"),
    }
    tally = next(one for one in of(Tally, records) if "Summaries" in one.file)
    assert (tally.rows, tally.used, tally.rejected) == (5, 1, 1)
    assert tally.left == {"placeholder": 1, "mirror": 1, "no-value": 1}


def test_rows_that_are_there_twice_count_once(tmp_path):
    """A table that came a second time under (1) adds nothing; a row that is no row is named by its line."""
    table = quarters([("10:00:00.000+02:00", "10:15:00.000+02:00", 9), ("ten", "eleven", 1)])
    records = read(tmp_path, {"x/2025-03-30.csv": table, "x/2025-03-30(1).csv": table})
    assert values("steps", records) == [9.0]
    assert sorted((one.used, one.repeated, one.rejected) for one in of(Tally, records)) == [
        (0, 1, 1),
        (1, 0, 1),
    ]
    assert {(one.reason, one.position) for one in of(Rejection, records)} == {("bad-date", 3)}


def test_other_apps_tables_are_not_googles():
    """A date and a distance is what many have."""
    assert kind_of(b"Date,Distance (m),Title\n2025-01-01,5,x\n") == ""
    assert kind_of(b"Date,Step count,Distance (m)\n2025-01-01,5,4\n") == "summary"
