"""Google's CSV files of a Fitbit archive: moments by data source, and how they are read as columns."""

from __future__ import annotations

import csv
import io
import math
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Options
from adapters.fitbit import ADAPTER
from adapters.fitbit.csv_columns import Columns
from adapters.fitbit.csv_families import csv_families
from adapters.formats.points import instant_of, number_of
from adapters.tables import table
from vault.errors import MalformedFile
from vault.metrics import find, is_vendor_coded
from vault.records import Rejection, Samples, Tally
from vault.time import MINUTE_NS, UNKNOWN_OFFSET, parse_instant

FOLDER = "Takeout/Google Health/Physical Activity_GoogleData"
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def read(tmp_path):
    """Return the records of an archive of some files: ``read({name: text}, zone)``."""

    def records(files, zone=None, home=None):
        for name, text in files.items():
            path = tmp_path / (name if "/" in name else f"{FOLDER}/{name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return list(ADAPTER.read(tmp_path, Options(timezone=zone, home=home)))

    return records


def at(text):
    return parse_instant(text)[0]


def rows(records, metric=""):
    """Return (metric, start, seconds, value, source) of every sample, by start."""
    found = []
    for batch in records:
        if isinstance(batch, Samples) and metric in ("", batch.metric):
            for start, end, value, origin in zip(batch.start, batch.end, batch.value, batch.origin):
                said = batch.codes[value] if batch.codes else float(value)
                source = batch.origins[origin].source
                found.append((batch.metric, int(start), int(end - start) / 1e9, said, source))
    return sorted(found, key=lambda row: (row[1], row[4]))


def tallies(records):
    return {tally.file.rpartition("/")[2]: tally for tally in records if isinstance(tally, Tally)}


STEPS = (
    "timestamp,steps,data source\n"
    "2026-05-06T12:49:00Z,40,Versa 4\n"
    "2026-05-06T12:49:00Z,38,MobileTrack\n"
    "2026-05-06T12:49:18.008Z,500,Fit Health Connect\n"
)


def test_series_of_several_data_sources_are_several_origins(read):
    """A phone, a band and a mirror that counted the same steps are never one series."""
    found = rows(read({"steps_2026-05-01.csv": STEPS}), "steps")
    start = at("2026-05-06T12:49:00Z")
    assert found == [
        ("steps", start, 60, 38.0, "MobileTrack"),
        ("steps", start, 60, 40.0, "Versa 4"),
        ("steps", start + 18_008_000_000, 60, 500.0, "Fit Health Connect"),
    ]


def test_series_without_a_data_source_is_fitbits(read):
    """Files of 2023 have no such column, and write the time without T and Z."""
    text = "timestamp,beats per minute\n2023-09-01 05:28:00,61.0\n"
    assert rows(read({"heart_rate_2023-09-01.csv": text})) == [
        ("heart_rate", at("2023-09-01T05:28:00Z"), 0, 61.0, "Fitbit")
    ]


def test_series_where_the_reconciled_json_has_told_is_a_mirror(read):
    """Steps of the span the JSON tells of are left; those before it are all there is."""
    json = '[{"dateTime":"05/06/26 12:49:00","value":"41"},{"dateTime":"05/06/26 12:50:00","value":"3"}]'
    early = (
        "timestamp,steps,data source\n2026-04-08T10:00:00Z,7,Fit Health Connect\n" + STEPS.split("\n", 1)[1]
    )
    files = {
        "Takeout/Google Health/Global Export Data/steps-2026-05-06.json": json,
        "steps_2026-05-01.csv": early,
    }
    records = read(files)
    assert [row[3:] for row in rows(records, "steps")] == [
        (7.0, "Fit Health Connect"),
        (41.0, "Fitbit"),
        (3.0, "Fitbit"),
    ]
    tally = tallies(records)["steps_2026-05-01.csv"]
    assert (tally.rows, tally.used, tally.left) == (4, 1, {"mirror": 3})


@pytest.mark.parametrize(
    ("file", "header", "row", "expected"),
    [
        ("weight.csv", "weight grams", "64900", [("body_mass", 0, 64.9)]),
        ("height.csv", "height millimeters", "1755", [("height", 0, 175.5)]),
        ("body_fat_2026-05-01.csv", "body fat percentage", "11.6", [("body_fat_percentage", 0, 11.6)]),
        ("distance_2026-05-01.csv", "distance", "12.5", [("distance", 60, 12.5)]),
        ("floors_2026-05-01.csv", "floors", "2", [("flights_climbed", 60, 2.0)]),
        ("calories_2026-05-01.csv", "calories", "1.07", [("fitbit:calories", 60, 1.07)]),
        ("active_energy_burned_2026-05-01.csv", "Kilocalories", "3.5", [("active_energy", 60, 3.5)]),
        ("oxygen_saturation_2026-05-01.csv", "oxygen saturation percentage", "95.2", [("spo2", 0, 95.2)]),
        ("oxygen_saturation_2026-05-01.csv", "oxygen saturation percentage", "50.0", []),
        ("body_temperature_2026-05-01.csv", "temperature celsius", "33.1", [("skin_temperature", 0, 33.1)]),
        ("respiratory_rate_2026-05-01.csv", "breaths per minute", "14.2", [("respiratory_rate", 0, 14.2)]),
        ("activity_level_2026-05-01.csv", "level", "SEDENTARY", [("fitbit:activity_level", 60, "SEDENTARY")]),
        ("run_vo2_max_2026-05-01.csv", "run VO2 max", "48.5", [("fitbit:run_vo2_max", 0, 48.5)]),
        ("demographic_vo2max_2026-05-01.csv", "demographic vo2max", "45", [("vo2_max", 0, 45.0)]),
        (
            "heart_rate_variability_2026-05-01.csv",
            "root mean square of successive differences milliseconds,standard deviation milliseconds",
            "41.5,0.0",
            [("hrv_rmssd", 300, 41.5)],
        ),
        (
            "active_minutes_2026-05-01.csv",
            "light,moderate,very",
            "0,1,0",
            [("fitbit:moderately_active_minutes", 60, 1.0)],
        ),
        (
            "cardio_load_2026-05-01.csv",
            "workout,background,total",
            "0.5,0.25,0.75",
            [
                ("fitbit:cardio_load", 60, 0.75),
                ("fitbit:cardio_load_background", 60, 0.25),
                ("fitbit:cardio_load_workout", 60, 0.5),
            ],
        ),
    ],
)
def test_series_of_a_family_has_its_metric_and_unit(read, file, header, row, expected):
    """Grams, millimetres, minutes and windows become what the catalogue has; sentinels are no values."""
    records = read({file: f"timestamp,{header},data source\n2026-05-06T12:49:00.552356Z,{row},Versa 4\n"})
    start = at("2026-05-06T12:49:00.552356Z")
    found = rows(records)
    assert sorted((metric, length, value) for metric, _, length, value, _ in found) == expected
    assert {when for _, when, *_ in found} <= {start}
    (tally,) = [tally for tally in records if isinstance(tally, Tally)]
    assert (tally.rows, tally.used) == (1, int(bool(expected)))


def test_series_with_a_word_beside_the_number_notes_it(read):
    """An active zone minute says in which zone it was earned."""
    text = "timestamp,heart rate zone,total minutes,data source\n2026-05-06T12:49:00Z,CARDIO,2,Versa 4\n"
    (batch,) = [
        batch for batch in read({"active_zone_minutes_2026-05-01.csv": text}) if isinstance(batch, Samples)
    ]
    assert (batch.metric, batch.unit, batch.value.tolist()) == ("fitbit:active_zone_minutes", "min", [2.0])
    assert batch.notes[batch.note[0]] == '{"heart_rate_zone":"CARDIO"}'


@pytest.mark.parametrize(("zone", "offset_min"), [(BERLIN, 120), (None, UNKNOWN_OFFSET)])
def test_series_in_utc_has_an_offset_only_if_the_zone_was_told(read, zone, offset_min):
    """A ``Z`` is not where somebody was."""
    batches = [one for one in read({"steps_2026-05-01.csv": STEPS}, zone) if isinstance(one, Samples)]
    assert {int(offset) for batch in batches for offset in batch.offset_min} == {offset_min}


@pytest.mark.parametrize(
    ("zone", "instant"),
    [
        ("Europe/Berlin", "2026-03-29T01:30:00Z"),
        ("America/New_York", "2026-03-29T07:30:00Z"),
        ("Asia/Kolkata", "2026-03-28T22:00:00Z"),
        ("Pacific/Auckland", "2026-03-28T14:30:00Z"),
    ],
)
def test_series_by_the_wall_clock_takes_the_zone_of_the_archive(read, zone, instant):
    """HRV details, device temperatures and zone minutes of the older folders are local, also at a change."""
    files = {
        "Heart Rate Variability/Heart Rate Variability Details - 2026-03-29.csv": (
            "timestamp,rmssd,coverage,low_frequency,high_frequency\n2026-03-29T03:30:00,41.5,0.98,120.5,310.25\n"
        ),
        "Temperature/Device Temperature - 2026-03-29.csv": (
            "recorded_time,temperature,sensor_type\n2026-03-29T03:30,-1.25,SKIN\n"
        ),
        "Active Zone Minutes (AZM)/Active Zone Minutes - 2026-03-01.csv": (
            "date_time,heart_zone_id,total_minutes\n2026-03-29T03:30,PEAK,2\n"
        ),
    }
    found = rows(read(files, ZoneInfo(zone)))
    assert {(metric, length, value) for metric, _, length, value, _ in found} == {
        ("hrv_rmssd", 300, 41.5),
        ("fitbit:hrv_coverage", 300, 0.98),
        ("fitbit:hrv_low_frequency", 300, 120.5),
        ("fitbit:hrv_high_frequency", 300, 310.25),
        ("fitbit:skin_temperature_relative", 0, -1.25),
        ("fitbit:active_zone_minutes", 60, 2.0),
    }
    assert {start for _, start, *_ in found} == {at(instant)}


def test_series_that_googles_files_tell_is_a_mirror_in_the_older_folders(read):
    """Of a night that both tell, Google's rows are read: they are in UTC and name the device."""
    files = {
        "oxygen_saturation_2026-05-01.csv": (
            "timestamp,oxygen saturation percentage,data source\n"
            "2026-05-06T01:00:00Z,95.0,Versa 4\n2026-05-06T05:00:00Z,96.0,Versa 4\n"
        ),
        "Oxygen Saturation (SpO2)/Minute SpO2 - 2026-05-06.csv": (
            "timestamp,value\n2026-05-06T01:00:00Z,95.0\n2026-05-06T05:00:00Z,96.0\n2026-05-09T01:00:00Z,97.0\n"
        ),
    }
    records = read(files)
    assert [row[3:] for row in rows(records)] == [(95.0, "Versa 4"), (96.0, "Versa 4"), (97.0, "Fitbit")]
    assert tallies(records)["Minute SpO2 - 2026-05-06.csv"].left == {"mirror": 2}


def test_series_with_broken_rows_loses_only_them(read):
    """Bad dates and values, open quotes, short rows and other encodings cost themselves, with their line."""
    text = (
        b"timestamp,beats per minute,data source\r\n"
        b"2026-05-06T12:00:00Z,61,Caf\xe9 band\r\n"
        b"2026-13-06T12:00:00Z,62,Versa 4\r\n"
        b"2026-05-06T12:00:10Z,fast,Versa 4\r\n"
        b'2026-05-06T12:00:20Z,63,"Versa, 4"\r\n'
        b'2026-05-06T12:00:30Z,64,"Versa 4\r\n'
        b"2026-05-06T12:00:40Z,65\r\n"
        b"2026-05-06T12:00:50Z,,Versa 4\r\n"
        b",,\r\n\r\n"
        b"2026-05-06T12:01:00+02:00,66,Versa 4"
    )
    records = read({"heart_rate_2026-05-06.csv": text})
    assert [(row[1] - at("2026-05-06T10:00:00Z"), *row[3:]) for row in rows(records)] == [
        (MINUTE_NS, 66.0, "Versa 4"),
        (120 * MINUTE_NS, 61.0, "Café band"),
        (120 * MINUTE_NS + 20_000_000_000, 63.0, "Versa, 4"),
        (120 * MINUTE_NS + 40_000_000_000, 65.0, "Fitbit"),
    ]
    rejected = [(one.reason, one.position) for one in records if isinstance(one, Rejection)]
    assert rejected == [("bad-date", 3), ("bad-value", 4), ("malformed-csv", 6)]
    (tally,) = tallies(records).values()
    assert (tally.rows, tally.used, tally.rejected, tally.left) == (8, 4, 3, {"no-value": 1})


def test_series_with_a_cell_without_end_is_read_around_it(read):
    """A line of megabytes is passed over and named, without being held."""
    text = "timestamp,steps\n2026-05-06T12:00:00Z,1\n" + "9" * (5 << 20) + "\n2026-05-06T12:01:00Z,2\n"
    records = read({"steps_2026-05-01.csv": text})
    assert [row[3] for row in rows(records)] == [1.0, 2.0]
    assert [(one.reason, one.position) for one in records if isinstance(one, Rejection)] == [("huge-row", 3)]


def test_series_of_unknown_columns_is_left_row_by_row(read):
    """A header variant nobody has seen loses no count."""
    text = (
        "timestamp,steps walked,data source\n2026-05-06T12:00:00Z,1,Versa 4\n2026-05-06T12:01:00Z,1,Versa 4\n"
    )
    assert tallies(read({"steps_2026-05-01.csv": text}))["steps_2026-05-01.csv"].left == {
        "unknown-columns": 2
    }


CELLS = st.one_of(
    st.sampled_from(
        ["", "0", "-1.0", "61", "61.5", ".5", "5.", "1e3", "NaN", "nan", "-", "1-2", "1.2.3", " 7 "]
    ),
    st.decimals(-(10**9), 10**9, places=5).map(str),
    st.integers(-(10**18), 10**18).map(str),
)
TIMES = st.one_of(
    st.datetimes(datetime(1960, 1, 1)).map(lambda one: one.isoformat()),
    st.datetimes().map(lambda one: one.isoformat(sep=" ", timespec="seconds") + "+0000"),
    st.datetimes().map(lambda one: one.isoformat(timespec="milliseconds") + "Z"),
    st.sampled_from(["", "2026-02-30T10:00:00Z", "2026-05-06T24:00:00Z", "2026-05-06", "2026-05-06T10:00"]),
)
NAMES = st.sampled_from(["Versa 4", " Versa 4", "Café", 'a "b"', "x" * 80, "", "one,two", "tab\t"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TIMES, CELLS, NAMES), max_size=12))
def test_columns_give_what_the_csv_module_gives(table_rows):
    """Whether a row is read with the others or by itself, it says the same."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([("timestamp", "steps", "data source"), *table_rows])
    parts = Columns(io.BytesIO(text.getvalue().encode())).parts("timestamp", ["steps"], ["data source"])
    found, reasons = [], []
    for part in parts:
        code, names = part.texts["data source"]
        lines = zip(part.line.tolist(), part.clock.tolist(), part.numbers["steps"].tolist(), code)
        found += [(line, clock, number, names[index]) for line, clock, number, index in lines]
        reasons += part.reasons
    expected, refused = by_the_csv_module(text.getvalue())
    assert [str(row) for row in found] == [str(row) for row in expected]
    assert reasons == refused


def by_the_csv_module(text):
    good, refused = [], []
    for line, cells in enumerate(csv.reader(io.StringIO(text)), 1):
        time, value, name = (cell.strip() for cell in cells)
        if line == 1 or not any((time, value, name)):
            continue
        number = math.nan if value.lower() in ("", "nan") else number_of(value)
        if instant_of(time) is None:
            refused.append((line, "bad-date"))
        elif number is None:
            refused.append((line, "bad-value"))
        else:
            good.append((line, instant_of(time), number, name))
    return good, refused


def test_columns_of_many_blocks_are_all_there():
    """A file of several megabytes gives every row, in order, with its line."""
    count = 100_000
    text = "timestamp,steps,data source\n" + "".join(
        f"2026-05-06T10:{number // 60 % 60:02}:{number % 60:02}Z,{number},Versa {number % 3}\n"
        for number in range(count)
    )
    parts = list(Columns(io.BytesIO(text.encode())).parts("timestamp", ["steps"], ["data source"]))
    assert len(parts) > 2
    assert np.array_equal(np.concatenate([part.line for part in parts]), np.arange(2, count + 2))
    assert np.array_equal(np.concatenate([part.numbers["steps"] for part in parts]), np.arange(count))


def test_columns_of_no_table_are_refused():
    """An empty file has no header."""
    with pytest.raises(MalformedFile):
        Columns(io.BytesIO(b"\n \n"))


def test_columns_in_utf_16_are_read(read):
    """Somebody saved the file again."""
    assert [row[3] for row in rows(read({"steps_2026-05-01.csv": STEPS.encode("utf-16")}))] == [
        38.0,
        40.0,
        500.0,
    ]


def test_tables_of_columns_name_families_and_metrics_there_are():
    """Every column has a family; every metric is the catalogue's or Fitbit's own, which alone has a unit."""
    families = csv_families()
    for row in table("adapters.fitbit", "csv_columns.csv"):
        assert row["family"] in families
        becomes = row["becomes"]
        own = is_vendor_coded(becomes) or becomes.startswith("fitbit_")
        assert own or (find(becomes) is not None and not row["unit"])
        assert row["column"] == row["column"].lower()
        assert row["factor"] == "" or float(row["factor"]) > 0
    for family in families.values():
        assert family.columns, family.name
        assert family.clock in ("utc", "wall", "date")
        assert family.shape in ("series", "day", "night", "scores")
        assert family.shape == "series" or family.clock != "utc" or family.seconds == 0


def test_tables_of_families_are_found_by_file_name():
    """Whatever a reader is for, a file name leads to it."""
    named = {row["family"] for row in table("adapters.fitbit", "families.csv")}
    assert set(csv_families()) <= named


def test_tallies_of_the_contracts_export_have_the_rows_of_its_tables():
    """Each table is counted whole, by an independent reading."""
    export = Path(__file__).parents[1] / "contract" / "exports" / ADAPTER.name
    counted = {
        tally.file: tally.rows for tally in ADAPTER.read(export, Options()) if isinstance(tally, Tally)
    }
    tables = list(export.rglob("*.csv"))
    assert len(tables) >= 10
    for path in tables:
        with path.open(newline="", encoding="utf-8") as stream:
            assert counted[path.relative_to(export).as_posix()] == len(list(csv.DictReader(stream)))
