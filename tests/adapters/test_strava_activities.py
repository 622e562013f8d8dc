"""Strava's table: every generation of columns, languages, dates, numbers for people."""

from __future__ import annotations

import csv
import io
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.strava.activities import Activity, is_activities, read_activities
from adapters.strava.dates import date_of
from vault.merge.activities import family_of
from vault.records import Rejection
from vault.time import parse_instant

HEADER = """\
Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance,
Max Heart Rate,Relative Effort,Commute,Activity Private Note,Activity Gear,Filename,Athlete Weight,
Bike Weight,Elapsed Time,Moving Time,Distance,Max Speed,Average Speed,Elevation Gain,Elevation Loss,
Elevation Low,Elevation High,Max Grade,Average Grade,Average Positive Grade,Average Negative Grade,
Max Cadence,Average Cadence,Max Heart Rate,Average Heart Rate,Max Watts,Average Watts,Calories,
Max Temperature,Average Temperature,Relative Effort,Total Work,Number of Runs,Uphill Time,Downhill Time,
Other Time,Perceived Exertion,Type,Start Time,Weighted Average Power,Power Count,
Prefer Perceived Exertion,Perceived Relative Effort,Commute,Total Weight Lifted,From Upload,
Grade Adjusted Distance"""
ENGLISH = next(csv.reader([HEADER.replace("\n", "")]))
EARLY = [name for name in ENGLISH if name != "Activity Private Note"]
EARLY.remove("Max Heart Rate")
SAID = {
    "Activity ID": "12",
    "Activity Date": "Mar 29, 2025, 6:00:00 AM",
    "Activity Name": "Ride",
    "Activity Type": "Ride",
    "Elapsed Time": "60",
    "Distance": "4.73",
    "Activity Gear": "Bike",
    "Filename": "activities/99.fit.gz",
}


class Stream(io.BytesIO):
    """A member of an export, as far as the table's reader needs one."""


def number_at(place):
    """Return a number that tells its place; they fall, as a mean must not be above its maximum."""
    return 1000.0 - place


def row_of(header):
    """Return a row whose numbers tell their places, but for what people wrote and the exact distance."""
    row = [SAID.get(name, str(number_at(place))) for place, name in enumerate(header)]
    again = [place for place, name in enumerate(header) if name == header[6]][1:]
    for place in again:
        row[place] = "4731.5"
    return row


def table(*rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def read(*rows):
    return list(read_activities(Stream(table(*rows)), "activities.csv"))


def translated(header):
    """Return a header in a language nobody has: equal names stay equal."""
    return [f"<{name[::-1]}>" for name in header]


@pytest.mark.parametrize("header", [ENGLISH, EARLY], ids=["2021", "2020"])
@pytest.mark.parametrize("tongue", [list, translated], ids=["English", "another"])
def test_columns_are_the_same_in_every_language(header, tongue):
    """Names may be translated and doubled; the second distance is the anchor, in metres."""
    (activity,) = read(tongue(header), row_of(header))
    last = {name: place for place, name in enumerate(header)}
    assert activity.facts["distance_m"] == 4731.5
    for field, name in (
        ("moving_s", "Moving Time"),
        ("elevation_gain", "Elevation Gain"),
        ("hr_mean", "Average Heart Rate"),
        ("average_watts", "Average Watts"),
        ("energy_kcal", "Calories"),
        ("grade_adjusted_distance", "Grade Adjusted Distance"),
    ):
        assert activity.facts[field] == number_at(last[name])
    assert (activity.id, activity.gear, activity.file) == ("12", "Bike", "activities/99.fit.gz")
    assert activity.start == parse_instant("2025-03-29T06:00:00Z")[0]


def test_columns_table_says_the_same_by_name_and_by_place():
    """Every row of the table: the English name stands where the place says."""
    text = files("adapters.strava").joinpath("tables", "columns.csv").read_text("utf-8")
    exact = [place for place, name in enumerate(ENGLISH) if name == "Distance"][1]
    rows = list(csv.DictReader(text.splitlines()))
    assert len({row["field"] for row in rows}) == len(rows)
    for row in rows:
        if row["place"]:
            assert ENGLISH[exact + int(row["place"])] == row["name"]


def test_columns_that_some_languages_swap_are_put_right():
    """A mean above its maximum is the maximum."""
    header = list(ENGLISH)
    row = row_of(header)
    row[header.index("Max Cadence")], row[header.index("Average Cadence")] = "80", "95"
    (activity,) = read(header, row)
    assert (activity.facts["average_cadence"], activity.facts["max_cadence"]) == (80.0, 95.0)


OLDEST = next(csv.reader(["id,date,name,type,description,elapsed_time,distance,commute,gear,filename"]))
SHORT = [*ENGLISH[:7], "Commute", "Activity Gear", "Filename"]


@pytest.mark.parametrize(
    ("header", "date", "distance", "metres"),
    [
        (OLDEST, "2018-09-12 15:02:23", "4731.5", 4731.5),
        (SHORT, "Sep 12, 2018, 3:02:23 PM", "4.73", 4730.0),
        (translated(SHORT), "12.09.2018, 15:02:23", "4,73", 4730.0),
        (translated(SHORT), "12 sept. 2018 15:02:23", "1.004,73", 1_004_730.0),
    ],
)
def test_the_tables_of_ten_columns_differ_in_their_unit(header, date, distance, metres):
    """Metres until June 2019, kilometres after it, with the decimal sign of the language."""
    row = ["12", date, "Run", "Run", "", "60", distance, "false", "Shoes", "activities/99.gpx"]
    data = table(header, row)
    assert is_activities(data)
    (activity,) = read_activities(Stream(data), "activities.csv")
    assert activity.facts == {"distance_m": metres}
    assert (activity.gear, activity.file) == ("Shoes", "activities/99.gpx")
    assert activity.start == parse_instant("2018-09-12T15:02:23Z")[0]


@pytest.mark.parametrize(
    "text",
    [
        "2018-09-12 15:02:23",
        "Sep 12, 2018, 3:02:23 PM",
        "Sep 12, 2018, 3:02:23\u202fPM",
        "12 Sep 2018, 15:02:23",
        "12.09.2018, 15:02:23",
        "12/09/2018 15:02:23",
        "12 sept. 2018 à 15:02:23",
        "12 sep 2018 15:02:23",
        "12 de set. de 2018, 15:02:23",
        "12 set 2018, 15:02:23",
        "12 september 2018 15.02.23",
        "12 sept 2018 3:02:23 p. m.",
        "2018年9月12日 15:02:23",
    ],
)
def test_date_of_reads_every_languages_way(text):
    """One instant, in UTC, whatever it is written like."""
    assert date_of(text) == parse_instant("2018-09-12T15:02:23Z")[0]


@pytest.mark.parametrize("hour", ["12:00:00 AM", "0:00:00"])
def test_date_of_knows_midnight(hour):
    """Twelve in the morning is the day's begin."""
    assert date_of(f"Sep 12, 2018, {hour}") == parse_instant("2018-09-12T00:00:00Z")[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "Foo 12, 2018, 3:02:23 PM",
        "Sep 12, 2018",
        "31.02.2018, 15:02:23",
        "Sep 12, 2018, 13:02:23 PM",
        "1" * 99,
    ],
)
def test_date_of_makes_nothing_up(text):
    """An unknown month, no clock, a day that never was."""
    assert date_of(text) is None


@given(st.text(max_size=80))
def test_date_of_never_fails(text):
    """Whatever stands there gives a date between 1970 and 2199 or none."""
    found = date_of(text)
    assert found is None or 0 <= found < parse_instant("2200-01-01T00:00:00Z")[0]


def test_rows_that_are_none_are_counted():
    """A short row and one without an id cost themselves; a description may run over lines."""
    good = row_of(ENGLISH)
    good[4] = 'one\ntwo, "three"'
    found = read(ENGLISH, ["1", "2"], ["x", *good[1:]], good)
    assert [(one.reason, one.position) for one in found if isinstance(one, Rejection)] == [
        ("short-row", 2),
        ("no-id", 4),
    ]
    (activity,) = [one for one in found if isinstance(one, Activity)]
    assert activity.description == good[4]


def test_a_row_beyond_reason_costs_itself():
    """A cell longer than any description is no table there; the next row is one again."""
    long = row_of(ENGLISH)
    long[4] = "x" * 200_000
    found = read(ENGLISH, long, row_of(ENGLISH))
    assert [type(one) for one in found] == [Rejection, Activity]
    assert found[0].reason == "malformed-csv"


@given(st.binary(max_size=300))
def test_read_activities_never_fails(noise):
    """Noise after the header costs rows."""
    data = table(ENGLISH, row_of(ENGLISH)) + noise
    found = list(read_activities(Stream(data), "activities.csv"))
    assert isinstance(found[0], Activity)


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"\xff" * 99, table(["a"] * 12, ["1"] * 12)])
def test_is_activities_wants_more_than_columns(data):
    """A table of another kind is not Strava's, whatever it is called."""
    assert not is_activities(data)


def test_is_activities_knows_a_header_alone():
    """An account without activities has no rows."""
    assert is_activities(table(ENGLISH))
    assert is_activities(table(OLDEST))


def test_types_are_words_the_vault_knows():
    """Every row of the table; virtual ones are marked, so that their places are left out."""
    text = files("adapters.strava").joinpath("tables", "types.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    said: dict[str, tuple[str, str]] = {}
    for row in rows:
        assert family_of(row["word"])
        assert said.setdefault(row["said"].casefold(), (row["word"], row["virtual"])) == (
            row["word"],
            row["virtual"],
        )
        assert row["virtual"] == ("yes" if "virtu" in row["said"].casefold() else "")


def test_months_have_no_two_meanings():
    """No word of one language is another month in another."""
    text = files("adapters.strava").joinpath("tables", "months.csv").read_text("utf-8")
    words = [word for row in csv.DictReader(text.splitlines()) for word in row["words"].split()]
    assert len(words) == len(set(words))
