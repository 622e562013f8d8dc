"""Peloton's members' table: what a row becomes."""

from __future__ import annotations

import csv
import io
from collections import defaultdict

import pytest

from adapters.base import Options
from adapters.peloton import ADAPTER
from adapters.peloton.disciplines import activity_of, rows
from vault.merge.activities import activities
from vault.records import Rejection, Tally, Workout
from vault.time import SECOND_NS, format_instant

HEADER = (
    "Workout Timestamp,Live/On-Demand,Instructor Name,Length (minutes),Fitness Discipline,Type,Title,"
    "Class Timestamp,Total Output,Avg. Watts,Avg. Resistance,Avg. Cadence (RPM),Avg. Speed (mph),"
    "Distance (mi),Calories Burned,Avg. Heartrate,Avg. Incline,Avg. Pace (min/mi)"
)
COLUMNS = HEADER.split(",")
RIDE = {
    "Workout Timestamp": "2025-01-07 18:00 (-08)",
    "Live/On-Demand": "On Demand",
    "Instructor Name": "Sesame Coach",
    "Length (minutes)": "30",
    "Fitness Discipline": "Cycling",
    "Title": "30 min XOXO, Again",
    "Total Output": "288",
    "Avg. Watts": "160",
    "Avg. Resistance": "48%",
    "Distance (mi)": "10",
    "Calories Burned": "401",
    "Avg. Heartrate": "131.99",
}


def table(*found: dict[str, str], columns=COLUMNS, delimiter=",") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(found)
    return text.getvalue()


@pytest.fixture
def read(tmp_path):
    def reading(text: str, *, encoding: str = "utf-8"):
        path = tmp_path / "someone_workouts.csv"
        path.write_bytes(text.encode(encoding))
        return list(ADAPTER.read(path, Options()))

    return reading


def workouts(records) -> list[Workout]:
    return [record for record in records if isinstance(record, Workout)]


def test_row_is_a_workout_in_the_vaults_units(read):
    """Miles become metres; output is work and never energy; a percent sign is no digit."""
    (ride,) = workouts(read(table(RIDE)))
    assert format_instant(ride.start, ride.offset_min) == "2025-01-07T18:00:00-08:00"
    assert (ride.activity, ride.duration_s, ride.end - ride.start) == (
        "indoor_cycling",
        1800,
        1800 * SECOND_NS,
    )
    assert (ride.distance_m, ride.energy_kcal, ride.hr_mean) == (16093.44, 401, 131.99)
    assert ride.details["work_kj"] == 288
    assert ride.details["average_resistance_percent"] == 48
    assert ride.details["title"] == "30 min XOXO, Again"
    assert "Sesame" not in repr(ride)


@pytest.mark.parametrize(
    ("changes", "duration_s", "is_estimated"),
    [
        ({}, 1800, False),
        ({"Avg. Watts": "200"}, 1440, True),  # 288 kJ by 200 W: left after 24 of 30 minutes
        ({"Avg. Watts": "164"}, 1800, False),  # 2.5 % more is rounding
        ({"Length (minutes)": "None", "Title": "5 KM Ride"}, 1800, True),
        ({"Length (minutes)": "0", "Title": "Lanebreak"}, 1800, True),
        ({"Length (minutes)": "3", "Title": "3 min 36 sec Just Ride"}, 216, False),
        ({"Length (minutes)": "0", "Title": "23 sec Just Ride"}, 23, False),
        ({"Total Output": "", "Avg. Watts": "", "Distance (mi)": ""}, None, False),
        ({"Total Output": "", "Distance (mi)": "2", "Avg. Speed (mph)": "6"}, 1200, True),
        ({"Total Output": "", "Distance (mi)": "3", "Avg. Pace (min/mi)": "9:30"}, 1710, True),
    ],
)
def test_duration_is_that_of_the_effort(read, changes, duration_s, is_estimated):
    """The class's length counts only if work by power, or way by speed, agrees with it."""
    (ride,) = workouts(read(table(RIDE | changes)))
    assert ride.duration_s == duration_s
    assert ride.details.get("duration_estimated", False) is is_estimated


def test_duration_that_nothing_tells_is_unknown_and_the_class_stays_known(read):
    """A yoga class of 20 minutes ends with the class; how long anybody took part is not said."""
    yoga = {**RIDE, "Fitness Discipline": "Yoga", "Length (minutes)": "20"}
    yoga |= dict.fromkeys(("Total Output", "Avg. Watts", "Distance (mi)"), "")
    (found,) = workouts(read(table(yoga)))
    assert (found.duration_s, found.details["class_length_s"]) == (None, 1200)
    assert found.end - found.start == 1200 * SECOND_NS


def test_class_that_was_opened_and_left_is_aborted(read):
    """No work and no energy: it has no duration, and ends when it began."""
    ghost = {**RIDE, "Total Output": "0", "Avg. Watts": "0", "Calories Burned": "1", "Distance (mi)": "0"}
    quiet = {**RIDE, "Workout Timestamp": "2025-01-08 18:00 (-08)", "Fitness Discipline": "Meditation"}
    quiet |= dict.fromkeys(("Total Output", "Avg. Watts", "Calories Burned", "Distance (mi)"), "")
    ghost_, quiet_ = workouts(read(table(ghost, quiet)))
    assert (ghost_.details["aborted"], ghost_.end, ghost_.distance_m) == (True, ghost_.start, None)
    assert "aborted" not in quiet_.details


def test_distance_is_by_its_header(read):
    """A metric account has kilometres; the older header spells its units out; a comma may be a decimal's."""
    metric = [one.replace("mph", "kph").replace("(mi)", "(km)").replace("/mi)", "/km)") for one in COLUMNS]
    older = [one.replace("(mi)", "(miles)").replace("mph", "MPH") for one in COLUMNS]
    common = {name: cell for name, cell in RIDE.items() if name != "Distance (mi)"}
    assert workouts(read(table({**common, "Distance (km)": "12.5"}, columns=metric)))[0].distance_m == 12_500
    assert (
        workouts(read(table({**common, "Distance (miles)": "2"}, columns=older)))[0].distance_m == 3_218.688
    )
    comma = table({**common, "Distance (km)": "12,5"}, columns=metric, delimiter=";")
    assert workouts(read(comma, encoding="utf-8-sig"))[0].distance_m == 12_500


def test_heart_rate_and_energy_of_zero_are_missing(read):
    """Zero is what a strap writes that was not worn."""
    (ride,) = workouts(read(table(RIDE | {"Avg. Heartrate": "0", "Calories Burned": "0"})))
    assert (ride.hr_mean, ride.energy_kcal) == (None, None)


def test_rows_are_counted(read):
    """Each row is used, repeated or rejected; a blank one is none; the position is the line."""
    again = {**RIDE, "Workout Timestamp": "2025-01-07 21:00 (EDT)"}
    records = read(
        table(RIDE, again, {**RIDE, "Workout Timestamp": "Sesame"}, {}) + "\n2025-01-09 06:00 (-08)\n"
    )
    tally = next(record for record in records if isinstance(record, Tally))
    assert (tally.rows, tally.used, tally.repeated, tally.rejected) == (4, 2, 1, 1)
    (rejection,) = [record for record in records if isinstance(record, Rejection)]
    assert (rejection.reason, rejection.position) == ("bad-date", 4)
    assert "Sesame" not in repr(rejection)


def test_row_of_another_download_has_the_same_key(read):
    """The abbreviation is that of the day of the download: the key must not hang on it."""
    winter, summer = ({**RIDE, "Workout Timestamp": f"2025-06-07 18:00 ({zone})"} for zone in ("PST", "PDT"))
    (one,), (other,) = workouts(read(table(winter))), workouts(read(table(summer)))
    assert one == other


MONTHS = {
    "2025-01": (3, 288 + 300 + 150, (10 + 10 + 5) * 1609.344, 401 + 420 + 200),
    "2025-02": (1, 240, 8 * 1609.344, 330),
}
"""By hand: workouts, kJ of work, metres, kcal. The last evening of January is in February by UTC."""


def test_volume_of_a_month_is_the_one_worked_out_by_hand(read):
    """Counts and sums by local month, of rides on both sides of a month's end."""
    said = (
        ("2025-01-07 18:00 (-08)", "288", "160", "10", "401"),
        ("2025-01-09 06:30 (PDT)", "300", "166", "10", "420"),
        ("2025-01-31 20:30 (-08)", "150", "150", "5", "200"),
        ("2025-02-01 07:00 (PDT)", "240", "133", "8", "330"),
    )
    names = ("Workout Timestamp", "Total Output", "Avg. Watts", "Distance (mi)", "Calories Burned")
    assert_months(workouts(read(table(*(RIDE | dict(zip(names, row)) for row in said)))), MONTHS)


def assert_months(found: list[Workout], months) -> None:
    sums = defaultdict(lambda: [0, 0.0, 0.0, 0.0])
    for one in found:
        month = sums[format_instant(one.start, one.offset_min)[:7]]
        values = (1, one.details.get("work_kj", 0), one.distance_m or 0, one.energy_kcal or 0)
        month[:] = [a + b for a, b in zip(month, values)]
    assert {month: pytest.approx(values) for month, values in sums.items()} == months


PLAIN = {"class_length_s": 60.0}
"""What has no unit of its own in the header; all others are as the vault has them."""
BY_HEADER = {
    "(mph)": 1609.344 / 3600,
    "(kph)": 1000 / 3600,
    "(km/h)": 1000 / 3600,
    "(mi)": 1609.344,
    "(miles)": 1609.344,
    "(km)": 1000,
    "(min/mi)": 60 / 1.609344,
    "(min/mile)": 60 / 1.609344,
    "(min/km)": 60,
}


@pytest.mark.parametrize("row", rows("columns.csv"), ids=lambda row: row["column"])
def test_columns_table_converts_by_its_headers(row):
    """Every factor is that of the unit in the header, worked out here once more."""
    assert row["column"] == row["column"].casefold()
    unit = row["column"].rpartition(" ")[2]
    if row["factor"]:
        assert float(row["factor"]) == pytest.approx(
            BY_HEADER.get(unit) or PLAIN.get(row["detail"], 1), rel=1e-12
        )


@pytest.mark.parametrize("row", rows("disciplines.csv"), ids=lambda row: row["said"])
def test_disciplines_table_names_known_activities(row):
    """Every word is one of the project's, in whichever spelling Peloton writes it."""
    assert {row["word"], row["outdoor"] or row["word"]} <= activities().keys()
    assert activity_of(row["said"].replace("_", " ").title()) == row["word"]
    assert activity_of(row["said"], is_outdoor=True) == (row["outdoor"] or row["word"])
