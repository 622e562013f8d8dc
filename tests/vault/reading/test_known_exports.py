"""Dates that exports are known to get wrong, from the files to the day a reader sees."""

from __future__ import annotations

import json
from datetime import timedelta

import pandas as pd
import pytest

import adapters
import vault

pytestmark = pytest.mark.usefixtures("cheap_keys")

FORMAT = "%Y-%m-%d"
STAGE = "HKCategoryTypeIdentifierSleepAnalysis", "HKCategoryValueSleepAnalysisAsleepCore"


@pytest.fixture
def put(tmp_path, clock):
    """Import an export of files, bytes or JSON, into one vault; returns the vault and the report."""
    opened = []

    def put(files, home, timezone=None):
        if not opened:
            opened.append(vault.create(tmp_path / "v", "correct horse", home_zone=home, clock=clock))
        folder = tmp_path / f"export-{len(list(tmp_path.iterdir()))}"
        for name, said in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(said if isinstance(said, bytes) else json.dumps(said).encode())
        export = adapters.read(folder, timezone=timezone, home=opened[0].home_zone)
        return opened[0], opened[0].ingest(export)

    yield put
    for one in opened:
        one.close()


def apple(*elements):
    """Return an Apple export of elements."""
    body = "".join(elements)
    return {
        "export.xml": f'<?xml version="1.0"?>\n<HealthData locale="en_GB">\n{body}</HealthData>\n'.encode()
    }


def times(start, end):
    return f'sourceName="Watch" creationDate="{end}" startDate="{start}" endDate="{end}"'


def steps(start, end):
    """Return a Record of seven steps."""
    kind = "HKQuantityTypeIdentifierStepCount"
    return f' <Record type="{kind}" unit="count" value="7" {times(start, end)}/>\n'


def asleep(start, end):
    """Return a Record of light sleep."""
    return f' <Record type="{STAGE[0]}" value="{STAGE[1]}" {times(start, end)}/>\n'


def run(start, end, zone=""):
    """Return a Workout, which may say its zone."""
    said = f'  <MetadataEntry key="HKTimeZone" value="{zone}"/>\n' if zone else ""
    kind = 'workoutActivityType="HKWorkoutActivityTypeRunning"'
    return f" <Workout {kind} {times(start, end)}>\n{said} </Workout>\n"


def dates(frame):
    return [f"{day:{FORMAT}}" for day in frame]


PARIS, AMSTERDAM, CHICAGO = "Europe/Paris", "Europe/Amsterdam", "America/Chicago"


@pytest.mark.parametrize(
    ("start", "end", "home", "timezone", "date"),
    [
        # Paris in July and September, exported in winter: an hour early. Only at midnight does a date change.
        ("2025-07-15 08:00:00 +0100", "2025-07-15 08:30:00 +0100", PARIS, None, "2025-07-15"),
        ("2025-07-14 23:30:00 +0100", "2025-07-14 23:40:00 +0100", PARIS, PARIS, "2025-07-15"),
        ("2025-09-20 23:10:00 +0100", "2025-09-20 23:20:00 +0100", PARIS, PARIS, "2025-09-21"),
        # The home zone does it too, and where nobody named one the date is that of an hour before.
        ("2025-07-14 23:30:00 +0100", "2025-07-14 23:40:00 +0100", PARIS, None, "2025-07-15"),
        ("2025-07-14 23:30:00 +0100", "2025-07-14 23:40:00 +0100", "UTC", None, "2025-07-14"),
        # Chicago in winter, exported in June (-05:00): an hour late.
        ("2026-01-10 00:30:00 -0500", "2026-01-10 00:40:00 -0500", CHICAGO, CHICAGO, "2026-01-09"),
        ("2026-01-10 00:30:00 -0500", "2026-01-10 00:40:00 -0500", CHICAGO, None, "2026-01-09"),
        ("2026-01-10 00:30:00 -0500", "2026-01-10 00:40:00 -0500", "UTC", None, "2026-01-10"),
        ("2026-06-10 00:30:00 -0500", "2026-06-10 00:40:00 -0500", CHICAGO, CHICAGO, "2026-06-10"),
        # A week in Tokyo, exported at home: nobody said so, and the owner's zone is not where it was.
        ("2025-07-14 23:30:00 +0200", "2025-07-14 23:40:00 +0200", PARIS, PARIS, "2025-07-14"),
    ],
)
def test_apple_steps_by_the_offset_of_the_export(put, start, end, home, timezone, date):
    """The owner's zone puts the date right at home; where a sample was is not said, and is not guessed."""
    opened, _ = put(apple(steps(start, end)), home, timezone)
    assert dates(opened.daily("steps").index) == [date]


@pytest.mark.parametrize(
    ("start", "end", "timezone", "date", "minutes"),
    [
        # A night of an Amsterdam January in a June export: the morning is the same, whatever the zone.
        ("2020-01-12 00:10:00 +0200", "2020-01-12 08:05:00 +0200", None, "2020-01-12", 475),
        ("2020-01-12 00:10:00 +0200", "2020-01-12 08:05:00 +0200", AMSTERDAM, "2020-01-12", 475),
        # Awake at 23:30: the file says half an hour after midnight.
        ("2020-01-11 22:00:00 +0200", "2020-01-12 00:30:00 +0200", AMSTERDAM, "2020-01-11", 150),
        ("2020-01-11 22:00:00 +0200", "2020-01-12 00:30:00 +0200", None, "2020-01-11", 150),
    ],
)
def test_apple_sleep_by_the_offset_of_the_export(put, start, end, timezone, date, minutes):
    """Lengths are right in any case, and so is the date of everybody who wakes away from midnight."""
    opened, _ = put(apple(asleep(start, end)), AMSTERDAM, timezone)
    (night,) = opened.sleep().to_dict("records")
    assert (f"{night['date']:{FORMAT}}", night["asleep_min"]) == (date, minutes)


@pytest.mark.parametrize(
    ("zone", "timezone", "date", "offset"),
    [
        ("Europe/Paris", None, "2025-07-15", 120),
        ("Europe/Paris", "Asia/Tokyo", "2025-07-15", 120),
        ("Asia/Tokyo", "Europe/Paris", "2025-07-15", 540),
        ("", "Europe/Paris", "2025-07-15", 120),
        ("", None, "2025-07-15", pd.NA),
    ],
)
def test_apple_workout_by_its_own_zone(put, zone, timezone, date, offset):
    """What names its zone is on that zone's date, whatever was told; else it is as its samples are."""
    opened, _ = put(
        apple(run("2025-07-14 23:15:00 +0100", "2025-07-14 23:55:00 +0100", zone)), PARIS, timezone
    )
    found = opened.workouts()
    assert (dates(found["date"]), found["utc_offset_min"].tolist()) == ([date], [offset])


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(("home", "timezone"), [(PARIS, None), (PARIS, PARIS), ("UTC", None)])
def test_apple_exports_of_two_seasons_are_one_whichever_came_first(put, home, timezone, first):
    """The same records written in winter and in summer are the same records, on the dates they were lived."""
    seasons = (
        apple(
            steps("2025-07-14 23:30:00 +0100", "2025-07-14 23:40:00 +0100"),
            run("2025-07-14 23:10:00 +0100", "2025-07-14 23:50:00 +0100"),
        ),
        apple(
            steps("2025-07-15 00:30:00 +0200", "2025-07-15 00:40:00 +0200"),
            run("2025-07-15 00:10:00 +0200", "2025-07-15 00:50:00 +0200"),
        ),
    )
    put(seasons[first], home, timezone)
    opened, report = put(seasons[1 - first], home, timezone)
    assert report.added == 0
    assert dates(opened.daily("steps").index) == dates(opened.workouts()["date"]) == ["2025-07-15"]


def test_apple_zone_that_was_named_later_is_recorded(put):
    """An export read without a zone and again with one: the offset that somebody knew stands."""
    late = apple(steps("2025-07-14 23:30:00 +0100", "2025-07-14 23:40:00 +0100"))
    opened, _ = put(late, PARIS)
    put(late, PARIS, "Asia/Tokyo")
    assert dates(opened.daily("steps").index) == ["2025-07-15"]
    assert opened.samples("steps")["utc_offset_min"].tolist() == [540]


@pytest.mark.parametrize("home", ["Asia/Tokyo", "America/Los_Angeles"])
def test_fitbit_score_is_of_the_night_it_scores(put, home):
    """The Z of sleep_score.csv is false: the score has the date of its log, also before midnight."""
    log = {
        "logId": 31415926535897,
        "startTime": "2026-03-29T16:00:00.000",
        "endTime": "2026-03-29T23:50:00.000",
        "type": "classic",
        "mainSleep": True,
        "minutesAsleep": 450,
        "levels": {"summary": {}, "data": []},
    }
    score = (
        "sleep_log_entry_id,timestamp,overall_score,composition_score,revitalization_score,duration_score,"
        "deep_sleep_in_minutes,resting_heart_rate,restlessness\n"
        "31415926535897,2026-03-29T23:50:00Z,78,,20,,89,58,0.12\n"
    )
    folder = "Takeout/Fitbit/"
    files = {f"{folder}Global Export Data/sleep-2026-03-03.json": [log]}
    opened, _ = put(files | {f"{folder}Sleep Score/sleep_score.csv": score.encode()}, home)
    assert dates(opened.sleep()["date"]) == ["2026-03-29"]
    assert set(dates(opened.scores()["date"])) == {"2026-03-29"}


@pytest.mark.parametrize("home", ["Pacific/Auckland", "Pacific/Honolulu"])
def test_samsung_day_is_the_date_in_utc(put, home):
    """day_time is UTC midnight of the local date, and is no instant of anybody's day."""
    kind = "com.samsung.shealth.step_daily_trend"
    rows = "day_time,count,source_type,deviceuuid,datauuid\n1680998400000,6429,-2,d,u,\n"
    file = f"\ufeff{kind},6307003,12\n{rows}".encode()
    opened, _ = put({f"samsunghealth_pat_20250401120000/{kind}.20250401120000.csv": file}, home)
    daily = opened.daily("steps_daily")
    assert (dates(daily.index), daily["value"].tolist()) == (["2023-04-09"], [6429])


@pytest.mark.parametrize("date", ["2025-03-29", {"date": "Mar 29, 2025 12:00:00 AM"}, 1_743_206_400_000])
def test_garmin_night_of_three_generations(put, date):
    """Old and new exports spell the date of waking differently; the sleep is on it, and its score too."""
    night = {
        "calendarDate": date,
        "sleepStartTimestampGMT": "2025-03-28T22:00:00.0",
        "sleepEndTimestampGMT": "2025-03-29T06:00:00.0",
        "sleepWindowConfirmationType": "AUTO_CONFIRMED_FINAL",
        "deepSleepSeconds": 3600,
        "lightSleepSeconds": 21600,
        "awakeSleepSeconds": 3600,
        "sleepScores": {"overallScore": 81},
    }
    opened, _ = put({"DI_CONNECT/DI-Connect-Wellness/1_2_7_sleepData.json": [night]}, "Europe/Berlin")
    (found,) = opened.sleep().to_dict("records")
    assert (f"{found['date']:{FORMAT}}", found["asleep_min"]) == ("2025-03-29", 420)
    assert found["end"] - found["start"] == timedelta(hours=8)
    assert set(dates(opened.scores()["date"])) == {"2025-03-29"}
