"""Writes a Health Connect database of a few records, as Android makes it.

The idea: a test says what a record says; who wrote it, when it changed and which columns a version has is
written here. Run as a program, it writes the small export of the contract suite.
"""

from __future__ import annotations

import sqlite3
import sys
from datetime import datetime
from pathlib import Path

COMMON = (
    "row_id INTEGER PRIMARY KEY AUTOINCREMENT, uuid BLOB NOT NULL UNIQUE, last_modified_time INTEGER, "
    "client_record_id TEXT, client_record_version TEXT, device_info_id INTEGER, app_info_id INTEGER, "
    "recording_method INTEGER, dedupe_hash BLOB UNIQUE, "
)
INSTANT = "time INTEGER, zone_offset INTEGER, local_date INTEGER"
INTERVAL = (
    "start_time INTEGER, start_zone_offset INTEGER, end_time INTEGER, end_zone_offset INTEGER, "
    "local_date INTEGER"
)
LATER = {
    INSTANT: ", local_date_time INTEGER AS (time + 1000 * zone_offset)",
    INTERVAL: ", local_date_time_start_time INTEGER AS (start_time + 1000 * start_zone_offset)",
}
"""Computed columns, since version 10."""
INSTANTS = {
    "resting_heart_rate_record_table": "beats_per_minute INTEGER",
    "heart_rate_variability_rmssd_record_table": "heart_rate_variability_millis REAL NOT NULL",
    "weight_record_table": "weight REAL",
    "height_record_table": "height REAL",
    "basal_metabolic_rate_record_table": "basal_metabolic_rate REAL",
    "oxygen_saturation_record_table": "percentage REAL",
    "vo2_max_record_table": "measurement_method INTEGER, vo2_milliliters_per_minute_kilogram REAL",
    "body_temperature_record_table": "measurement_location INTEGER, temperature REAL",
    "blood_pressure_record_table": (
        "measurement_location TEXT NOT NULL, systolic REAL, diastolic REAL, body_position TEXT NOT NULL"
    ),
    "blood_glucose_record_table": (
        "specimen_source TEXT NOT NULL, level REAL, relation_to_meal TEXT NOT NULL, meal_type TEXT NOT NULL"
    ),
    "menstruation_flow_record_table": "flow INTEGER",
    "ovulation_test_record_table": "result INTEGER",
    "sexual_activity_record_table": "protection_used INTEGER",
}
INTERVALS = {
    "steps_record_table": "count INTEGER",
    "distance_record_table": "distance REAL",
    "active_calories_burned_record_table": "energy REAL",
    "total_calories_burned_record_table": "energy REAL",
    "hydration_record_table": "volume REAL",
    "nutrition_record_table": "energy REAL, protein REAL, caffeine REAL, sodium REAL, meal_type INTEGER",
    "mindfulness_session_record_table": "mindfulness_session_type INTEGER, title TEXT",
    "activity_intensity_record_table": "activity_intensity_type INTEGER",
    "heart_rate_record_table": "",
    "SpeedRecordTable": "",
    "skin_temperature_record_table": "measurement_location INTEGER, baseline REAL",
    "sleep_session_record_table": "notes TEXT, title TEXT",
    "exercise_session_record_table": (
        "notes TEXT, exercise_type INTEGER, title TEXT, has_route INTEGER, "
        "session_rate_of_perceived_exertion REAL"
    ),
}
PARTS = {
    "heart_rate_record_series_table": "parent_key INTEGER, beats_per_minute INTEGER, epoch_millis INTEGER",
    "speed_record_table": "parent_key INTEGER, speed REAL, epoch_millis INTEGER",
    "skin_temperature_delta_table": "parent_key INTEGER, delta REAL, epoch_millis INTEGER",
    "sleep_stages_table": (
        "parent_key INTEGER, stage_start_time INTEGER, stage_end_time INTEGER, stage_type INTEGER"
    ),
    "exercise_laps_table": (
        "parent_key INTEGER, lap_start_time INTEGER, lap_end_time INTEGER, lap_length REAL"
    ),
    "exercise_segments_table": (
        "parent_key INTEGER, segment_start_time INTEGER, segment_end_time INTEGER, segment_type INTEGER, "
        "repetitions_count INTEGER, weight_grams REAL, set_index INTEGER, rate_of_perceived_exertion REAL"
    ),
    "exercise_route_table": (
        "parent_key INTEGER, timestamp_millis INTEGER, longitude REAL, latitude REAL, "
        "horizontal_accuracy REAL, vertical_accuracy REAL, altitude REAL"
    ),
}
OTHERS = {
    "application_info_table": (
        "row_id INTEGER PRIMARY KEY, package_name TEXT NOT NULL UNIQUE, app_name TEXT, app_icon BLOB"
    ),
    "device_info_table": ("row_id INTEGER PRIMARY KEY, manufacturer TEXT, model TEXT, device_type INTEGER"),
    "preference_table": "key TEXT NOT NULL UNIQUE, value TEXT",
}
APPS = (("com.sec.android.app.shealth", "Samsung Health"), ("com.fitbit.FitbitMobile", "Fitbit"))
DEVICES = (("samsung", "SM-R940", 1), ("Google", "Pixel 8", 2), (None, None, 6))
BERLIN, TOKYO = 7_200, 32_400


def ms(text: str) -> int:
    """Return an instant with its offset as epoch milliseconds."""
    return round(datetime.fromisoformat(text).timestamp() * 1_000)


class Writer:
    """A database being written; ``only`` these tables besides those of apps and devices."""

    def __init__(self, version: int = 23, only: tuple[str, ...] = (), page_size: int = 4_096) -> None:
        self.database = sqlite3.connect(":memory:")
        self.database.execute(f"PRAGMA page_size = {page_size}")
        for tables, head in ((OTHERS, None), (INSTANTS, INSTANT), (INTERVALS, INTERVAL), (PARTS, None)):
            for name, columns in tables.items():
                if not only or name in only or name in OTHERS:
                    said = [COMMON + head, columns] if head else [columns]
                    later = LATER[head] if head and version >= 10 else ""
                    self.run(f"CREATE TABLE {name} ({', '.join(filter(None, said))}{later})")
        for at, (package, app) in enumerate(APPS, 1):
            self.add("application_info_table", row_id=at, package_name=package, app_name=app)
        for at, (maker, model, kind) in enumerate(DEVICES, 1):
            self.add("device_info_table", row_id=at, manufacturer=maker, model=model, device_type=kind)
        self.run(f"PRAGMA user_version = {version}")
        self._uuids = 0

    def run(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Run a statement as it is."""
        return self.database.execute(statement, values)

    def add(self, table: str, **cells: object) -> int:
        """Insert a row; returns its id."""
        marks = ", ".join("?" * len(cells))
        cursor = self.run(f"INSERT INTO {table} ({', '.join(cells)}) VALUES ({marks})", *cells.values())
        return int(cursor.lastrowid or 0)

    def instant(self, table: str, time: str, offset: int | None = BERLIN, **cells: object) -> int:
        """Insert a record of a moment."""
        return self.add(table, **self._who() | {"time": ms(time), "zone_offset": offset} | cells)

    def interval(self, table: str, start: str, end: str, offset: int | None = BERLIN, **cells: object) -> int:
        """Insert a record from one time to another."""
        span = {
            "start_time": ms(start),
            "start_zone_offset": offset,
            "end_time": ms(end),
            "end_zone_offset": offset,
        }
        return self.add(table, **self._who() | span | cells)

    def _who(self) -> dict[str, object]:
        self._uuids += 1
        uuid = self._uuids.to_bytes(16, "big")
        return {"uuid": uuid, "app_info_id": 1, "device_info_id": 1, "recording_method": 2}

    def data(self) -> bytes:
        """Return the file's bytes."""
        self.database.commit()
        return self.database.serialize()

    def save(self, path: Path) -> Path:
        """Write the file."""
        path.write_bytes(self.data())
        return path


def small() -> Writer:
    """Return a night before a change of the clocks, a flight, a run and a gym."""
    names = (
        "steps_record_table", "weight_record_table", "heart_rate_record_table",
        "heart_rate_record_series_table", "sleep_session_record_table", "sleep_stages_table",
        "exercise_session_record_table", "exercise_segments_table", "exercise_route_table",
    )  # fmt: skip
    w = Writer(only=names, page_size=512)
    w.interval("steps_record_table", "2025-03-30T09:00+02:00", "2025-03-30T09:15+02:00", count=540)
    w.interval("steps_record_table", "2025-04-02T07:00+09:00", "2025-04-02T07:15+09:00", TOKYO, count=80)
    w.instant("weight_record_table", "2025-03-30T07:10+02:00", weight=78_200.0, recording_method=3)
    pulse = w.interval("heart_rate_record_table", "2025-03-30T09:00+02:00", "2025-03-30T09:02+02:00")
    for at in range(3):
        when = ms("2025-03-30T09:00+02:00") + at * 60_000
        w.add("heart_rate_record_series_table", parent_key=pulse, beats_per_minute=70 + at, epoch_millis=when)
    night = w.interval(
        "sleep_session_record_table",
        "2025-03-29T23:00+01:00",
        "2025-03-30T07:00+02:00",
        start_zone_offset=3_600,
    )
    for start, end, kind in ((23, 26, 4), (26, 28, 5), (28, 30, 6)):
        begin = ms("2025-03-29T00:00+01:00")
        w.add(
            "sleep_stages_table",
            parent_key=night,
            stage_start_time=begin + start * 3_600_000,
            stage_end_time=begin + end * 3_600_000,
            stage_type=kind,
        )
    run = w.interval(
        "exercise_session_record_table", "2025-03-30T18:00+02:00", "2025-03-30T18:30+02:00", exercise_type=33
    )
    for at in range(3):
        w.add(
            "exercise_route_table",
            parent_key=run,
            timestamp_millis=ms("2025-03-30T18:00+02:00") + at * 1_000,
            latitude=52.5 + at / 10_000,
            longitude=13.4,
            altitude=35.0,
            horizontal_accuracy=3.0,
            vertical_accuracy=4.9e-324,
        )
    gym = w.interval(
        "exercise_session_record_table",
        "2025-04-02T18:00+09:00",
        "2025-04-02T19:00+09:00",
        TOKYO,
        exercise_type=45,
    )
    w.add(
        "exercise_segments_table",
        parent_key=gym,
        segment_start_time=ms("2025-04-02T18:00+09:00"),
        segment_end_time=ms("2025-04-02T18:01+09:00"),
        segment_type=55,
        repetitions_count=10,
        weight_grams=60_000.0,
    )
    return w


if __name__ == "__main__":
    small().save(Path(sys.argv[1]))
