"""Samsung Health's measurements: UTC clocks with offsets, prefixed columns, and documents of finer values."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from adapters.base import Options
from adapters.samsung_health import ADAPTER
from vault.records import Samples, Tally
from vault.time import UNKNOWN_OFFSET, zone

W = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("samsung_writer.py"))))

HEART = W.SHEALTH + "tracker.heart_rate"
PREFIX = W.HEALTH + "heart_rate"
ROW = {
    "tag_id": "21312",
    "start_time": "2025-03-29 22:15:00.000",
    "end_time": "2025-03-29 22:15:00.000",
    "heart_rate": "61.0",
    "binning_data": "",
    "time_offset": "UTC+0100",
    "deviceuuid": "dev1",
    "datauuid": "u1",
}


@pytest.fixture
def read(tmp_path):
    """Write files of an export and read them."""

    def read(files, **options):
        return list(ADAPTER.read(W.write(tmp_path, files), Options(**options)))

    return read


def heart(*rows, **how):
    return {f"{HEART}.20250401120000.csv": W.table(HEART, *rows, prefix=PREFIX, own=("tag_id",), **how)}


def tallies(records):
    return {tally.file.rpartition("/")[2]: tally for tally in W.kept(records, Tally)}


def test_clock_of_the_new_export_is_utc(read):
    """The offset beside it says what the clock on the wall showed; it moves nothing."""
    assert W.told(read(heart(ROW)), "heart_rate") == [
        ("heart_rate", "2025-03-29T23:15:00+01:00", "2025-03-29T23:15:00+01:00", 61.0)
    ]


@pytest.mark.parametrize(
    ("offset", "local"),
    [
        ("UTC+0530", "2025-03-30T03:45:00+05:30"),
        ("UTC+1300", "2025-03-30T11:15:00+13:00"),
        ("UTC-0400", "2025-03-29T18:15:00-04:00"),
        ("UTC+05:45", "2025-03-30T04:00:00+05:45"),
        ("UTC+0000", "2025-03-29T22:15:00+00:00"),
    ],
)
def test_offset_is_read_in_every_spelling(read, offset, local):
    """Kolkata, Auckland, New York, Kathmandu, Greenwich: hours and minutes, with and without a colon."""
    ((_, start, _, _),) = W.told(read(heart(ROW | {"time_offset": offset})), "heart_rate")
    assert start == local


def test_night_of_a_clock_change_and_a_flight_keeps_its_order(read):
    """Berlin's clocks spring forward, then a flight of +7 h: instants go on, offsets change."""
    rows = [
        ROW | {"start_time": "2025-03-30 00:59:00.000", "heart_rate": "50", "datauuid": "a"},
        ROW
        | {
            "start_time": "2025-03-30 01:00:00.000",
            "heart_rate": "51",
            "time_offset": "UTC+0200",
            "datauuid": "b",
        },
        ROW
        | {
            "start_time": "2025-03-30 20:00:00.000",
            "heart_rate": "52",
            "time_offset": "UTC+0900",
            "datauuid": "c",
        },
    ]
    for row in rows:
        row["end_time"] = row["start_time"]
    assert [(start, value) for _, start, _, value in W.told(read(heart(*rows)), "heart_rate")] == [
        ("2025-03-30T01:59:00+01:00", 50.0),
        ("2025-03-30T03:00:00+02:00", 51.0),
        ("2025-03-31T05:00:00+09:00", 52.0),
    ]


def test_row_without_an_offset_has_the_told_zones_or_none(read):
    """The instant is known either way; home is only assumed, so nothing is recorded then."""
    row = ROW | {"time_offset": ""}
    for options, offset in (
        ({"timezone": zone("America/New_York")}, -240),
        ({"home": zone("America/New_York")}, UNKNOWN_OFFSET),
        ({}, UNKNOWN_OFFSET),
    ):
        records = read(heart(row), **options)
        (batch,) = [one for one in W.kept(records, Samples) if one.metric == "heart_rate"]
        assert int(batch.start[0]) // 1_000_000 == W.ms("2025-03-29T22:15:00Z")
        assert int(batch.offset_min[0]) == offset


def test_document_replaces_the_rows_summary(read):
    """Of an hour whose minutes are there the minutes are taken, with the row's offset."""
    row = ROW | {"binning_data": "u1.binning_data.json", "tag_id": "21313", "min": "50", "max": "90"}
    row["end_time"] = "2025-03-29 23:14:59.999"
    minutes = [
        {
            "start_time": W.ms("2025-03-29T22:15:00Z"),
            "end_time": W.ms("2025-03-29T22:15:59Z"),
            "heart_rate": 58.0,
            "heart_rate_min": 55.0,
            "heart_rate_max": 60.0,
        },
        {"start_time": W.ms("2025-03-29T22:16:00Z"), "heart_rate": 0.0},
        {"heart_rate": 70.0},
    ]
    place = f"jsons/{HEART}/u/u1.binning_data.json"
    records = read(heart(row) | {place: W.document(*minutes)})
    assert W.told(records) == [
        ("heart_rate", "2025-03-29T23:15:00+01:00", "2025-03-29T23:15:59+01:00", 58.0),
        ("samsung:heart_rate_max", "2025-03-29T23:15:00+01:00", "2025-03-29T23:15:59+01:00", 60.0),
        ("samsung:heart_rate_min", "2025-03-29T23:15:00+01:00", "2025-03-29T23:15:59+01:00", 55.0),
    ]
    assert tallies(records)["u1.binning_data.json"] == Tally(place, 3, 1, 0, 1, {"no-value": 1})


@pytest.mark.parametrize("place", [f"jsons/{HEART}/u1.binning_data.json", None])
def test_document_may_lie_higher_or_be_missing(read, place):
    """Older exports have no folder for the first character; without the document the hour's mean is kept."""
    row = ROW | {"binning_data": "u1.binning_data.json"}
    minute = {"start_time": W.ms("2025-03-29T22:15:00Z"), "heart_rate": 58.0}
    records = read(heart(row) | ({place: W.document(minute)} if place else {}))
    assert [value for *_, value in W.told(records, "heart_rate")] == [58.0 if place else 61.0]


def test_windows_of_hrv_give_both_statistics_apart(read):
    """SDNN and RMSSD of the same window are two metrics, and the window's length is noted."""
    datatype = W.HEALTH + "hrv"
    row = {
        "start_time": "2025-03-29 22:00:00.000",
        "end_time": "2025-03-29 23:00:00.000",
        "time_offset": "UTC+0100",
        "binning_data": "h.binning_data.json",
        "datauuid": "h",
    }
    windows = [
        {
            "start_time": W.ms("2025-03-29T22:00:00Z"),
            "end_time": W.ms("2025-03-29T22:05:00Z") - 1,
            "sdnn": 61.5,
            "rmssd": 48.25,
        },
        {"start_time": W.ms("2025-03-29T22:05:00Z"), "end_time": W.ms("2025-03-29T22:15:00Z"), "rmssd": 40.0},
    ]
    records = read(
        {
            f"{datatype}.20250401120000.csv": W.table(datatype, row),
            f"jsons/{datatype}/h/h.binning_data.json": W.document(*windows),
        }
    )
    assert [(metric, value) for metric, _, _, value in W.told(records)] == [
        ("hrv_rmssd", 48.25),
        ("hrv_rmssd", 40.0),
        ("hrv_sdnn", 61.5),
    ]
    assert W.notes(records, "hrv_rmssd") == [{"window": "5min"}, {"window": "10min"}]


def test_breathing_of_a_night_is_named_by_its_wake_date(read):
    """The row's mean is of the whole night, beside the minutes of its document."""
    datatype = W.HEALTH + "respiratory_rate"
    row = {
        "start_time": "2025-03-29 22:00:00.000",
        "end_time": "2025-03-30 05:00:00.000",
        "average": "14.5",
        "lower_limit": "0.0",
        "upper_limit": "-1.0",
        "is_outlier": "0",
        "time_offset": "UTC+0200",
        "binning_data": "r.binning_data.json",
    }
    minute = {"start_time": W.ms("2025-03-29T22:01:00Z"), "respiratory_rate": 14.0}
    records = read(
        {
            f"{datatype}.20250401120000.csv": W.table(datatype, row),
            f"jsons/{datatype}/r/r.binning_data.json": W.document(minute),
        }
    )
    assert [(metric, value) for metric, _, _, value in W.told(records)] == [
        ("respiratory_rate", 14.0),
        ("respiratory_rate_sleep_avg", 14.5),
    ]
    assert W.notes(records, "respiratory_rate_sleep_avg") == [
        {"is_outlier": "0", "night": "2025-03-30", "window": "night"}
    ]


@pytest.mark.parametrize(
    ("datatype", "prefix", "values", "expected"),
    [
        (W.SHEALTH + "tracker.oxygen_saturation", W.HEALTH + "oxygen_saturation",
         {"spo2": "96.0", "min": "91"},
         [("samsung:spo2_min", 91.0), ("spo2", 96.0)]),
        (W.SHEALTH + "stress", "", {"score": "0.0", "min": "-1"}, [("stress_score", 0.0)]),
        (W.HEALTH + "skin_temperature", "", {"temperature": "33.5", "baseline": "33.1"},
         [("samsung:skin_temperature_baseline", 33.1), ("skin_temperature", 33.5)]),
        (W.HEALTH + "weight", "", {
            "weight": "70.5", "body_fat": "20.0", "body_fat_mass": "14.1", "skeletal_muscle_mass": "31.0",
            "total_body_water": "41.3", "fat_free_mass": "56.4", "basal_metabolic_rate": "1580",
            "height": "0"},
         [("body_fat_mass", 14.1), ("body_fat_percentage", 20.0), ("body_mass", 70.5),
          ("body_water_mass", 41.3), ("lean_body_mass", 56.4), ("samsung:basal_metabolic_rate", 1580.0),
          ("samsung:skeletal_muscle_mass", 31.0)]),
        (W.SHEALTH + "blood_pressure", W.HEALTH + "blood_pressure",
         {"systolic": "118.0", "diastolic": "76.0", "mean": "90.0", "pulse": "0"},
         [("blood_pressure.diastolic", 76.0), ("blood_pressure.systolic", 118.0),
          ("samsung:mean_arterial_pressure", 90.0)]),
        (W.HEALTH + "blood_glucose", "", {"glucose": "5.4", "meal_type": "80001"},
         [("blood_glucose_molar", 5.4)]),
        (W.HEALTH + "water_intake", "", {"amount": "250.0", "unit_amount": "250"}, [("hydration", 250.0)]),
        (W.HEALTH + "caffeine_intake", "", {"amount": "95.0"}, [("caffeine", 95.0)]),
        (W.HEALTH + "nutrition", "",
         {"calorie": "512", "protein": "31.2", "total_fat": "-1", "title": "Sesame"},
         [("energy_intake", 512.0), ("protein_intake", 31.2)]),
        (W.HEALTH + "floors_climbed", "", {"floor": "3.0"}, [("flights_climbed", 3.0)]),
        (W.HEALTH + "height", "", {"height": "171.0"}, [("height", 171.0)]),
    ],
)  # fmt: skip
def test_table_becomes_metrics_in_their_units(read, datatype, prefix, values, expected):
    """Each table's numbers are what the catalogue calls them; 0 and -1 are values nobody measured."""
    row = {"start_time": "2025-03-29 22:15:00.000", "time_offset": "UTC+0100", "datauuid": "x"} | values
    records = read({f"{datatype}.20250401120000.csv": W.table(datatype, row, prefix=prefix)})
    assert [(metric, value) for metric, _, _, value in W.told(records)] == expected


def test_steps_of_phone_and_watch_are_two_sources(read):
    """Each device is a source under its model; Samsung's sum of them is left."""
    profile = W.HEALTH + "device_profile"
    devices = [
        {"name": "Pat’s watch", "model": "SM-R960", "manufacturer": "Samsung", "deviceuuid": "w"},
        {"name": "My Device", "model": "SM-S901E", "manufacturer": "Samsung", "deviceuuid": "p"},
        {"name": "Combined", "model": "Combined", "manufacturer": "Combined", "deviceuuid": "c"},
    ]
    datatype, prefix = W.SHEALTH + "tracker.pedometer_step_count", W.HEALTH + "step_count"
    minute = {"start_time": "2025-03-29 12:00:00.000", "end_time": "2025-03-29 12:01:00.000"}
    rows = [
        minute | {"count": "80", "distance": "60.5", "time_offset": "UTC+0100", "deviceuuid": device}
        for device in "wpc"
    ]
    records = read(
        {
            f"{datatype}.20250401120000.csv": W.table(datatype, *rows, prefix=prefix),
            f"{profile}.20250401120000.csv": W.table(profile, *devices),
        }
    )
    sources = {
        batch.origins[batch.origin[row]].source: float(batch.value[row])
        for batch in W.kept(records, Samples)
        if batch.metric == "steps"
        for row in range(len(batch))
    }
    assert sources == {"Samsung Health SM-R960": 80.0, "Samsung Health SM-S901E": 80.0}
    assert dict(tallies(records)[f"{datatype}.20250401120000.csv"].left) == {"mirror": 1}
    assert "Pat" not in repr(records)


@pytest.mark.parametrize("unset", ["2147483647", "3.4028235E38", "3.4028235e38"])
def test_largest_number_there_is_is_no_value(read, unset):
    """Samsung fills what it did not measure with the largest number of the type, too."""
    records = read(heart(ROW | {"max": unset, "min": "58.0"}))
    assert [(metric, value) for metric, *_, value in W.told(records)] == [
        ("heart_rate", 61.0),
        ("samsung:heart_rate_min", 58.0),
    ]


def test_devices_without_a_profile_stay_apart(read):
    """Phone and watch are two sources even if nobody says what they are, or they would be taken for one."""
    datatype, prefix = W.SHEALTH + "tracker.pedometer_step_count", W.HEALTH + "step_count"
    minute = {"start_time": "2025-03-29 12:00:00.000", "end_time": "2025-03-29 12:01:00.000"}
    rows = [minute | {"count": "80", "deviceuuid": device} for device in ("w", "p", "")]
    records = read({f"{datatype}.20250401120000.csv": W.table(datatype, *rows, prefix=prefix)})
    sources = {origin.source for batch in W.kept(records, Samples) for origin in batch.origins}
    assert len(sources) == 3
    assert all(source.startswith("Samsung Health") for source in sources)
    assert "Samsung Health" in sources


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"start_time": "yesterday"}, "bad-date"),
        ({"start_time": ""}, "bad-date"),
        ({"start_time": "1970-01-01 00:00:00.000"}, "bad-date"),
        ({"start_time": "9999-01-01 00:00:00.000"}, "bad-date"),
        ({"end_time": "2025-03-29 21:00:00.000"}, "end-before-start"),
        ({"end_time": "soon"}, "bad-date"),
        ({"time_offset": "3600000"}, "bad-offset"),
        ({"time_offset": "UTC+9900"}, "bad-offset"),
        ({"time_offset": "Berlin"}, "bad-offset"),
    ],
)
def test_bad_row_costs_itself(read, change, reason):
    """File and line are named, the next row is read."""
    records = read(heart(ROW | change, ROW | {"datauuid": "u2"}))
    (tally,) = W.kept(records, Tally)
    assert (tally.rows, tally.used, tally.rejected) == (2, 1, 1)
    assert [(one.reason, one.position) for one in records if hasattr(one, "reason")] == [(reason, 3)]
