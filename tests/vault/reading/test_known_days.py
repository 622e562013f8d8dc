"""Days whose answers are known: what was recorded where, and what each date must then say."""

from __future__ import annotations

import numpy as np
import pytest

from vault.records import Device, Origin, Samples
from vault.time import parse_instant

ORIGINS = {
    "watch": Origin("Pat’s Apple Watch", "apple_health", device=Device(model="Watch")),
    "phone": Origin("Pat’s iPhone", "apple_health", device=Device(model="iPhone")),
    "band": Origin("Charge 5", "fitbit", app="fitbit"),
}

DAYS = {
    # Published: open-wearables 1287. One source for the day has 4,157 or 13,852, both added up have 18,009.
    "phone and watch": (
        "Europe/Berlin",
        """
        watch 2026-05-04T06:00+02:00 2026-05-04T06:30+02:00 1157
        watch 2026-05-04T17:00+02:00 2026-05-04T18:00+02:00 3000
        phone 2026-05-04T06:00+02:00 2026-05-04T06:30+02:00 1040
        phone 2026-05-04T08:00+02:00 2026-05-04T12:00+02:00 6122
        phone 2026-05-04T13:00+02:00 2026-05-04T15:00+02:00 3800
        phone 2026-05-04T17:00+02:00 2026-05-04T18:00+02:00 2890
        """,
        "2026-05-04 14079",
    ),
    # Over 13:00 in Berlin to 08:00 in Tokyo; the phone keeps Berlin's clock aboard, whose midnight passes.
    "flight Berlin-Tokyo": (
        "Europe/Berlin",
        """
        phone 2026-05-09T08:00+02:00 2026-05-09T09:00+02:00 1000
        phone 2026-05-09T23:00+02:00 2026-05-10T01:00+02:00 400
        phone 2026-05-10T09:00+09:00 2026-05-10T11:00+09:00 5000
        phone 2026-05-10T23:30+09:00 2026-05-11T00:30+09:00 60
        """,
        "2026-05-09 1200, 2026-05-10 5230, 2026-05-11 30",
    ),
    # Away at 17:00 on Saturday, there at 11:00 on the same Saturday.
    "flight Tokyo-Los Angeles, a day lived twice": (
        "America/Los_Angeles",
        """
        watch 2026-05-09T08:00+09:00 2026-05-09T10:00+09:00 3000
        watch 2026-05-09T13:00-07:00 2026-05-09T15:00-07:00 4000
        watch 2026-05-09T23:00-07:00 2026-05-10T01:00-07:00 500
        """,
        "2026-05-09 7250, 2026-05-10 250",
    ),
    # Both stand at 09:00 to 10:00 on the same date, sixteen hours apart: neither covers the other.
    "the same clock twice": (
        "America/Los_Angeles",
        """
        watch 2026-05-09T09:00+09:00 2026-05-09T10:00+09:00 700
        phone 2026-05-09T09:00-07:00 2026-05-09T10:00-07:00 800
        """,
        "2026-05-09 1500",
    ),
    # Away late on Friday, there early on Sunday: nobody lived a Saturday, and no 0 says that somebody did.
    "flight Los Angeles-Tokyo, a date that is missing": (
        "America/Los_Angeles",
        """
        watch 2026-05-08T20:00-07:00 2026-05-08T21:00-07:00 2500
        watch 2026-05-10T09:00+09:00 2026-05-10T10:00+09:00 1500
        """,
        "2026-05-08 2500, 2026-05-10 1500",
    ),
    # A watch that is not told of the flight goes on with Los Angeles' Saturday.
    "a watch that keeps the old clock aboard": (
        "America/Los_Angeles",
        """
        watch 2026-05-08T20:00-07:00 2026-05-08T21:00-07:00 2500
        watch 2026-05-09T01:00-07:00 2026-05-09T01:30-07:00 100
        watch 2026-05-10T09:00+09:00 2026-05-10T10:00+09:00 1500
        """,
        "2026-05-08 2500, 2026-05-09 100, 2026-05-10 1500",
    ),
    # Berlin to London in the morning: the hour to London's midnight is still of the 25-hour day.
    "flight west, a day of 25 hours": (
        "Europe/Berlin",
        """
        phone 2026-05-09T00:00+02:00 2026-05-09T01:00+02:00 10
        phone 2026-05-09T22:00+01:00 2026-05-09T23:00+01:00 20
        phone 2026-05-09T23:30+01:00 2026-05-10T00:30+01:00 80
        """,
        "2026-05-09 70, 2026-05-10 40",
    ),
    "clocks go back, 25 hours": (
        "Europe/Berlin",
        """
        watch 2026-10-24T23:00+02:00 2026-10-25T02:00+01:00 400
        phone 2026-10-25T02:00+01:00 2026-10-26T00:00+01:00 2200
        """,
        "2026-10-24 100, 2026-10-25 2500",
    ),
    "clocks go back, told as one interval": (
        "Europe/Berlin",
        "band 2026-10-25T00:00+02:00 2026-10-26T00:00+01:00 2500",
        "2026-10-25 2500",
    ),
    "clocks go forward, 23 hours": (
        "Europe/Berlin",
        """
        band 2026-03-28T22:00+01:00 2026-03-29T00:00+01:00 20
        band 2026-03-29T00:00+01:00 2026-03-30T00:00+02:00 2300
        band 2026-03-30T00:00+02:00 2026-03-30T01:00+02:00 1
        """,
        "2026-03-28 20, 2026-03-29 2300, 2026-03-30 1",
    ),
    # Fitbit sorts by the wall clock, so that the two hours called two o'clock come mixed; both were lived.
    "clocks go back, rows interleaved": (
        "America/Chicago",
        """
        band 2025-11-02T01:00-05:00 2025-11-02T01:15-05:00 10
        band 2025-11-02T01:00-06:00 2025-11-02T01:15-06:00 1
        band 2025-11-02T01:15-05:00 2025-11-02T01:30-05:00 20
        band 2025-11-02T01:15-06:00 2025-11-02T01:30-06:00 2
        """,
        "2025-11-02 33",
    ),
    # Fitbit's steps are in UTC without a zone: the day is the home zone's, on both sides of the change.
    "no zone, before and after the change": (
        "America/Chicago",
        """
        band 2025-11-02T04:30 2025-11-02T04:45 5
        band 2025-11-02T05:15 2025-11-02T05:30 7
        band 2025-11-03T05:30 2025-11-03T05:45 11
        band 2025-11-03T06:00 2025-11-03T06:15 13
        """,
        "2025-11-01 5, 2025-11-02 18, 2025-11-03 13",
    ),
    # Cuba changes its clocks at midnight: the day begins at 01:00.
    "a midnight that there is not": (
        "America/Havana",
        "watch 2026-03-07T22:00-05:00 2026-03-08T02:00-04:00 300",
        "2026-03-07 200, 2026-03-08 100",
    ),
    # And in autumn 00:00 to 01:00 comes twice; the day begins with the first.
    "a midnight that there is twice": (
        "America/Havana",
        "watch 2026-10-31T23:00-04:00 2026-11-01T01:00-05:00 300",
        "2026-10-31 100, 2026-11-01 200",
    ),
    # Samoa left out 30 December 2011 to go over the date line.
    "a date that a whole country left out": (
        "Pacific/Apia",
        "watch 2011-12-29T22:00-10:00 2011-12-31T02:00+14:00 400",
        "2011-12-29 200, 2011-12-31 200",
    ),
    "offsets of quarters of an hour": (
        "Europe/Berlin",
        """
        watch 2026-05-04T23:30+05:45 2026-05-05T00:30+05:45 100
        watch 2026-05-06T23:30-03:30 2026-05-07T00:30-03:30 100
        """,
        "2026-05-04 50, 2026-05-05 50, 2026-05-06 50, 2026-05-07 50",
    ),
    # Google Fit's last quarter of a day ends at 00:00 of the next.
    "the last quarter of a day": (
        "Asia/Kolkata",
        """
        phone 2026-05-04T23:45+05:30 2026-05-05T00:00+05:30 40
        phone 2026-05-05T00:00+05:30 2026-05-05T00:15+05:30 2
        """,
        "2026-05-04 40, 2026-05-05 2",
    ),
    # Samsung's and Garmin's totals run from local midnight to local midnight: none is cut.
    "whole days as intervals, in summer and winter": (
        "America/New_York",
        """
        band 2025-07-04T00:00-04:00 2025-07-05T00:00-04:00 9000
        band 2025-12-24T00:00-05:00 2025-12-25T00:00-05:00 3000
        """,
        "2025-07-04 9000, 2025-12-24 3000",
    ),
    # An hour around midnight in Paris; the offset of the export is all that is told, and its day is kept.
    "a July night in an export of winter": (
        "Europe/Paris",
        "watch 2025-07-14T22:30+01:00 2025-07-14T23:30+01:00 900",
        "2025-07-14 900",
    ),
    "a moment at midnight": (
        "Europe/Berlin",
        "watch 2026-05-05T00:00+02:00 2026-05-05T00:00+02:00 3",
        "2026-05-05 3",
    ),
    # The watch comes along to Tokyo, the phone is told late: it is the same hour, and counts once.
    "two clocks for one hour": (
        "Europe/Berlin",
        """
        watch 2026-05-10T07:00+09:00 2026-05-10T08:00+09:00 1000
        phone 2026-05-10T00:00+02:00 2026-05-10T01:00+02:00 900
        """,
        "2026-05-10 1000",
    ),
    # The same at an hour when the dates differ: who speaks has the hour on its own date, and nobody else.
    "two clocks and two dates for one hour": (
        "Europe/Berlin",
        """
        watch 2026-05-10T03:00+09:00 2026-05-10T04:00+09:00 1000
        phone 2026-05-09T20:00+02:00 2026-05-09T21:00+02:00 900
        phone 2026-05-09T12:00+02:00 2026-05-09T13:00+02:00 600
        """,
        "2026-05-09 600, 2026-05-10 1000",
    ),
}


def steps(line):
    """Return the one sample that a line tells: source, start, end, value; without an offset it has none."""
    source, start, end, value = line.split()
    (first, offset), (last, _) = parse_instant(start), parse_instant(end)
    return Samples(
        "steps",
        np.array([first]),
        np.array([last]),
        np.array([offset], np.int16),
        np.array([float(value)]),
        np.zeros(1, np.int32),
        (ORIGINS[source],),
    )


def read(text):
    """Return {date: value} of "date value, date value"."""
    return {day: float(value) for day, value in (one.split() for one in text.split(", "))}


@pytest.mark.parametrize(("home", "lines", "expected"), DAYS.values(), ids=DAYS)
def test_steps_of_a_known_day(kept, home, lines, expected):
    """Every date has the steps walked on it, a date that nobody lived is not there, and why adds up."""
    opened = kept(home, [steps(line) for line in lines.strip().splitlines()])
    daily = opened.daily("steps")["value"]
    assert {f"{day:%Y-%m-%d}": value for day, value in daily.items()} == read(expected)
    for day, value in read(expected).items():
        assert opened.why("steps", day)["counted"].sum() == value
        assert opened.daily("steps", day, day)["value"].tolist() == [value]


def test_days_without_an_offset_move_with_the_home_zone(kept):
    """Who lives elsewhere has other days; what brings an offset of its own stays where it was."""
    lines = [
        "band 2026-05-04T22:30 2026-05-04T22:45 5",
        "band 2026-05-04T23:30+00:00 2026-05-04T23:45+00:00 9",
    ]
    opened = kept("Asia/Tokyo", [steps(line) for line in lines])
    assert opened.daily("steps", "2026-05-04", "2026-05-04")["value"].tolist() == [9]
    assert opened.daily("steps", "2026-05-05", "2026-05-05")["value"].tolist() == [5]
