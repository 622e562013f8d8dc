"""Nights whose answers are known: who slept when and where, on which date, how long, and what was a nap."""

from __future__ import annotations

import json

import numpy as np
import pytest

from vault.records import Device, Origin, Samples, SleepSession
from vault.time import parse_instant

ORIGINS = {
    "watch": Origin("Pat’s Apple Watch", "apple_health", device=Device(model="Watch")),
    "phone": Origin("Pat’s iPhone", "apple_health", device=Device(model="iPhone")),
    "oura": Origin("Oura", "oura", app="oura"),
    "fitbit": Origin("Fitbit", "fitbit", app="fitbit"),
}
SHORT = {origin.source: name for name, origin in ORIGINS.items()}

NIGHTS = {
    "clocks go forward": (
        "Europe/Berlin",
        """
        watch light 2026-03-28T23:00+01:00 2026-03-29T01:30+01:00
        watch rem 2026-03-29T01:30+01:00 2026-03-29T07:00+02:00
        """,
        "watch 2026-03-29 420",
    ),
    "clocks go forward, no offsets": (
        "America/Chicago",
        "fitbit session 2026-03-08T05:00 2026-03-08T12:00",
        "fitbit 2026-03-08 420",
    ),
    "clocks go back": (
        "Europe/Berlin",
        """
        watch light 2026-10-24T23:00+02:00 2026-10-25T02:30+02:00
        watch rem 2026-10-25T02:30+02:00 2026-10-25T07:00+01:00
        """,
        "watch 2026-10-25 540",
    ),
    "clocks go back, told with the evening's offset": (
        "Europe/Berlin",
        "oura session 2026-10-24T23:00+02:00 2026-10-25T08:00+02:00",
        "oura 2026-10-25 540",
    ),
    # Asleep aboard by day, awake in tomorrow's morning; in Tokyo a nap, and an early night.
    "flight Berlin-Tokyo": (
        "Europe/Berlin",
        """
        watch light 2026-01-09T23:00+01:00 2026-01-10T07:00+01:00
        watch light 2026-01-10T17:00+01:00 2026-01-10T22:00+01:00
        watch rem 2026-01-10T22:00+01:00 2026-01-11T07:00+09:00
        watch light 2026-01-11T14:00+09:00 2026-01-11T15:30+09:00
        watch light 2026-01-11T21:00+09:00 2026-01-12T04:00+09:00
        """,
        "watch 2026-01-10 480, watch 2026-01-11 360, watch 2026-01-11 90 nap, watch 2026-01-12 420",
    ),
    # Asleep on Saturday evening, awake on the same Saturday's morning; its next evening is the night after.
    "flight Tokyo-Los Angeles, a day lived twice": (
        "Asia/Tokyo",
        """
        watch light 2026-01-09T23:00+09:00 2026-01-10T06:00+09:00
        watch light 2026-01-10T20:00+09:00 2026-01-10T09:00-08:00
        watch light 2026-01-10T14:00-08:00 2026-01-10T14:30-08:00
        watch light 2026-01-10T22:00-08:00 2026-01-11T06:00-08:00
        """,
        "watch 2026-01-10 420, watch 2026-01-10 360, watch 2026-01-10 30 nap, watch 2026-01-11 480",
    ),
    # Nobody woke on Saturday the tenth.
    "flight Los Angeles-Tokyo, a date that is missing": (
        "America/Los_Angeles",
        """
        watch light 2026-01-08T23:00-08:00 2026-01-09T07:00-08:00
        watch light 2026-01-10T01:00-08:00 2026-01-11T02:00+09:00
        watch light 2026-01-11T22:00+09:00 2026-01-12T06:00+09:00
        """,
        "watch 2026-01-09 480, watch 2026-01-11 480, watch 2026-01-12 480",
    ),
    # Nights, then four days of sleep from 08:00 on, then nights again. Forty minutes at work, at two, are a
    # nap; half an hour at 17:00, after waking at 15:30, is the rest of the day's sleep.
    "a week of night shifts": (
        "Europe/Berlin",
        """
        fitbit session 2026-01-11T23:00+01:00 2026-01-12T07:00+01:00
        fitbit session 2026-01-12T18:00+01:00 2026-01-12T19:30+01:00
        fitbit session 2026-01-13T08:00+01:00 2026-01-13T15:30+01:00
        fitbit session 2026-01-14T08:00+01:00 2026-01-14T15:30+01:00
        fitbit session 2026-01-15T02:00+01:00 2026-01-15T02:40+01:00
        fitbit session 2026-01-15T08:00+01:00 2026-01-15T15:30+01:00
        fitbit session 2026-01-15T17:00+01:00 2026-01-15T17:30+01:00
        fitbit session 2026-01-16T08:00+01:00 2026-01-16T15:30+01:00
        fitbit session 2026-01-17T23:30+01:00 2026-01-18T08:30+01:00
        """,
        """
        fitbit 2026-01-12 480, fitbit 2026-01-12 90 nap, fitbit 2026-01-13 450, fitbit 2026-01-14 450,
        fitbit 2026-01-15 40 nap, fitbit 2026-01-15 450, fitbit 2026-01-15 30, fitbit 2026-01-16 450,
        fitbit 2026-01-18 540
        """,
    ),
    # From two to ten every night: who begins at 10:30 goes on sleeping, who begins at 21:30 naps.
    "a late sleeper": (
        "Europe/Berlin",
        """
        fitbit session 2026-01-11T02:00+01:00 2026-01-11T10:00+01:00
        fitbit session 2026-01-11T21:30+01:00 2026-01-11T22:00+01:00
        fitbit session 2026-01-12T02:00+01:00 2026-01-12T10:00+01:00
        fitbit session 2026-01-12T10:30+01:00 2026-01-12T11:30+01:00
        """,
        "fitbit 2026-01-11 480, fitbit 2026-01-11 30 nap, fitbit 2026-01-12 480, fitbit 2026-01-12 60",
    ),
    "a night in two halves and a nap": (
        "Europe/Berlin",
        """
        watch light 2026-01-10T22:30+01:00 2026-01-11T01:00+01:00
        watch deep 2026-01-11T03:30+01:00 2026-01-11T06:30+01:00
        watch light 2026-01-11T14:00+01:00 2026-01-11T14:40+01:00
        """,
        "watch 2026-01-11 150, watch 2026-01-11 180, watch 2026-01-11 40 nap",
    ),
    # Who sleeps by pieces all night has no naps.
    "a night in short pieces": (
        "Europe/Berlin",
        """
        watch light 2026-01-10T22:00+01:00 2026-01-11T00:00+01:00
        watch light 2026-01-11T01:30+01:00 2026-01-11T03:30+01:00
        watch light 2026-01-11T05:00+01:00 2026-01-11T06:30+01:00
        """,
        "watch 2026-01-11 120, watch 2026-01-11 120, watch 2026-01-11 90",
    ),
    # open-wearables 566: a session in another of its source. The hour with stages is not the night.
    "a session inside another": (
        "Europe/Berlin",
        """
        fitbit session 2026-01-10T23:00+01:00 2026-01-11T07:00+01:00
        fitbit session-light 2026-01-11T02:00+01:00 2026-01-11T03:00+01:00
        """,
        "fitbit 2026-01-11 480",
    ),
    "a session with stages inside one without, of about its length": (
        "Europe/Berlin",
        """
        fitbit session 2026-01-10T22:45+01:00 2026-01-11T07:10+01:00
        fitbit session-light 2026-01-10T23:00+01:00 2026-01-11T07:00+01:00
        """,
        "fitbit 2026-01-11 480",
    ),
    "a session of one tracker inside another's": (
        "Europe/Berlin",
        """
        oura session-light 2026-01-10T22:30+01:00 2026-01-11T07:30+01:00
        watch light 2026-01-11T04:00+01:00 2026-01-11T07:00+01:00
        """,
        "oura 2026-01-11 540 -watch",
    ),
    # Cut by its vendor at midnight, exactly or a minute before: one night, whose date is the morning's.
    **{
        f"a {kind} cut at midnight, until {day} {clock}": (
            "Europe/Berlin",
            f"""
            fitbit {kind} 2026-01-10T22:30+01:00 2026-01-{day}T{clock}+01:00
            fitbit {kind} 2026-01-11T00:00+01:00 2026-01-11T06:30+01:00
            """,
            f"fitbit 2026-01-11 {minutes}",
        )
        for kind in ("session", "session-light")
        for day, clock, minutes in ((11, "00:00", 480), (10, "23:59", 479))
    },
    # Told whole and cut: one night all the same.
    "a session cut at midnight and told whole": (
        "Europe/Berlin",
        """
        fitbit session 2026-01-10T22:30+01:00 2026-01-11T00:00+01:00
        fitbit session 2026-01-11T00:00+01:00 2026-01-11T06:30+01:00
        fitbit session 2026-01-10T22:30+01:00 2026-01-11T06:30+01:00
        """,
        "fitbit 2026-01-11 480",
    ),
    # The ring saw a break, the watch none: one of them is believed, for all of the night.
    "two trackers with other breaks": (
        "Europe/Berlin",
        """
        watch session-light 2026-01-10T23:00+01:00 2026-01-11T06:30+01:00
        oura light 2026-01-10T23:00+01:00 2026-01-11T02:00+01:00
        oura rem 2026-01-11T03:10+01:00 2026-01-11T06:45+01:00
        """,
        "oura 2026-01-11 180 -watch, oura 2026-01-11 215 -watch",
    ),
    "a watch, a phone's time in bed and another app": (
        "Europe/Berlin",
        """
        phone in_bed 2026-01-10T22:50+01:00 2026-01-11T07:10+01:00
        watch light 2026-01-10T23:00+01:00 2026-01-11T06:30+01:00
        fitbit session 2026-01-10T22:55+01:00 2026-01-11T07:00+01:00
        """,
        "watch 2026-01-11 450 -fitbit -phone",
    ),
    # Three days in bed by a clock that nobody stopped hide no night, of their own source or of another.
    "clocks that nobody stopped": (
        "Europe/Berlin",
        """
        phone in_bed 2026-01-09T20:00+01:00 2026-01-12T20:00+01:00
        phone asleep 2026-01-10T23:00+01:00 2026-01-11T06:30+01:00
        oura session 2026-01-01T22:00+01:00 2026-02-01T07:00+01:00
        """,
        "phone 2026-01-11 450",
    ),
    "a day and a night asleep": (
        "Europe/Berlin",
        "oura session 2026-01-10T08:00+01:00 2026-01-11T08:00+01:00",
        "oura 2026-01-11 1440",
    ),
    # Amsterdam in January, exported in June: an hour off, and the same morning.
    "a winter's night in an export of summer": (
        "Europe/Amsterdam",
        "watch light 2020-01-12T00:10+02:00 2020-01-12T08:05+02:00",
        "watch 2020-01-12 475",
    ),
    # Fitbit's sleeps of old are in wall time; an adapter that knew no zone says so, and home decides.
    "no offset, in bed before midnight and after": (
        "America/New_York",
        """
        fitbit session 2026-01-11T03:30 2026-01-11T11:00
        fitbit session 2026-01-12T04:50 2026-01-12T05:10
        """,
        "fitbit 2026-01-11 450, fitbit 2026-01-12 20",
    ),
    "awake before midnight": (
        "Europe/Berlin",
        "oura session 2026-01-12T18:00+01:00 2026-01-12T23:30+01:00",
        "oura 2026-01-12 330",
    ),
}


def sleep(line):
    """Return the record that a line tells: source, stage or session, start, end."""
    source, kind, start, end = line.split()
    (first, _), (last, waking) = parse_instant(start), parse_instant(end)
    origin = ORIGINS[source]
    if kind.startswith("session"):
        stages = [(first, last, kind.partition("-")[2])] if "-" in kind else []
        return SleepSession(line, first, last, waking, origin, stages)
    return Samples(
        "sleep_stage",
        np.array([first]),
        np.array([last]),
        np.array([waking], np.int16),
        np.zeros(1, np.int32),
        np.zeros(1, np.int32),
        (origin,),
        codes=(kind,),
    )


def told(frame):
    """Return a table of sleeps as the tables above are written."""
    return [
        " ".join(
            [
                f"{SHORT[row['source']]} {row['date']:%Y-%m-%d} {row['asleep_min']:.0f}",
                *(["nap"] if row["is_nap"] else []),
                *(f"-{SHORT[name]}" for name in row["left_out"].split(", ") if name),
            ]
        )
        for row in frame.to_dict("records")
    ]


@pytest.mark.parametrize(("home", "lines", "expected"), NIGHTS.values(), ids=NIGHTS)
def test_known_nights(kept, home, lines, expected):
    """Each sleep has its date of waking, its minutes and its name; days and reasons add up to the same."""
    opened = kept(home, [sleep(line) for line in lines.strip().splitlines()])
    rows = [row.strip() for row in expected.split(",")]
    found = opened.sleep()
    assert told(found) == rows
    sums: dict[str, float] = {}
    for row in rows:
        _, date, minutes = row.split()[:3]
        sums[date] = sums.get(date, 0) + float(minutes)
    daily = opened.daily("sleep_duration")["value"]
    assert {f"{day:%Y-%m-%d}": value for day, value in daily.items()} == sums
    for date, minutes in sums.items():
        assert told(opened.sleep(date, date)) == [row for row in rows if date in row]
        assert opened.why("sleep_duration", date)["counted"].sum() == minutes


def test_stages_of_a_night_are_those_of_all_its_parts(kept):
    """A night that was cut at midnight has one timeline, in order, within its span."""
    lines = """
        fitbit session-rem 2026-01-11T00:00+01:00 2026-01-11T06:30+01:00
        fitbit session-light 2026-01-10T22:30+01:00 2026-01-11T00:00+01:00
    """
    opened = kept("Europe/Berlin", [sleep(line) for line in lines.strip().splitlines()])
    (night,) = opened.sleep().to_dict("records")
    stages = opened.sleep_stages(night["session_id"])
    assert stages["stage"].tolist() == ["light", "rem"]
    assert [stages["start"].iloc[0], stages["end"].iloc[-1]] == [night["start"], night["end"]]
    assert stages["end"].iloc[0] == stages["start"].iloc[1]


def of_the_night(metric, start, end, value, source="oura"):
    """Return a value that a source tells of a whole night."""
    (first, _), (last, offset) = parse_instant(start), parse_instant(end)
    return Samples(
        metric,
        np.array([first]),
        np.array([last]),
        np.array([offset], np.int16),
        np.array([value]),
        np.zeros(1, np.int32),
        (ORIGINS[source],),
        note=np.zeros(1, np.int32),
        notes=(json.dumps({"window": "night"}),),
    )


@pytest.mark.parametrize("metric", ["hrv_rmssd", "respiratory_rate_sleep_avg"])
def test_the_longest_of_two_nights_of_a_day_speaks(kept, metric):
    """Two long sleeps of a day add up their minutes; of what was measured of them the longest speaks."""
    spans = [
        ("2026-01-11T00:00+01:00", "2026-01-11T03:00+01:00", 40.0),
        ("2026-01-11T04:30+01:00", "2026-01-11T09:00+01:00", 50.0),
    ]
    sleeps = [sleep(f"oura session {start} {end}") for start, end, _ in spans]
    opened = kept("Europe/Berlin", [*sleeps, *(of_the_night(metric, *span) for span in spans)])
    assert opened.daily("sleep_duration")["value"].tolist() == [450]
    assert opened.daily(metric)[["value", "n"]].to_numpy().tolist() == [[50, 1]]
    assert opened.why(metric, "2026-01-11")["counted"].tolist() == [50]
