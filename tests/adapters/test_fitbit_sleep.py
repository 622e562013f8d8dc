"""Sleep logs of a Fitbit archive: stages with short wakes cut in, changes of clocks, which zone, twins."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from adapters.base import Options
from adapters.fitbit import ADAPTER
from vault.records import Rejection, SleepSession, Tally
from vault.time import UNKNOWN_OFFSET, format_instant, local_days, parse_instant

NEW_YORK = ZoneInfo("America/New_York")
DATA = "Takeout/Fitbit/Global Export Data/"


def log(start: str, end: str, data=(), short=(), **more: object) -> dict[str, object]:
    """Return a sleep log; segments are (time, level, seconds)."""
    levels = {
        name: [
            {"dateTime": f"{time}.000", "level": level, "seconds": seconds} for time, level, seconds in part
        ]
        for name, part in (("data", data), ("shortData", short))
    }
    whole = {"logId": 29_000_000_001, "startTime": f"{start}.000", "endTime": f"{end}.000", "type": "stages"}
    return (
        whole
        | {"levels": levels | {"summary": {"deep": {"thirtyDayAvgMinutes": 71}}}, "mainSleep": True}
        | more
    )


def write(folder: Path, files: dict[str, object]) -> Path:
    for name, rows in files.items():
        path = folder / DATA / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(rows))
    return folder


def records(folder: Path, home: str = "", told: str = ""):
    zones = (ZoneInfo(name) if name else None for name in (told, home))
    return list(ADAPTER.read(folder, Options(*(next(zones),), home=next(zones))))


def sleeps(found) -> list[SleepSession]:
    return [one for one in found if isinstance(one, SleepSession)]


def stages(sleep: SleepSession, offset_min: int = 0) -> list[str]:
    return [
        f"{format_instant(start, offset_min)[11:19]} {format_instant(end, offset_min)[11:19]} {stage}"
        for start, end, stage in sleep.stages
    ]


def test_short_wakes_are_cut_into_the_segments(tmp_path):
    """A wake of three minutes lies over a segment, at its end, and across two."""
    data = [
        ("2021-06-01T23:00:00", "light", 3600),
        ("2021-06-02T00:00:00", "deep", 1800),
        ("2021-06-02T00:30:00", "rem", 1800),
        ("2021-06-02T01:00:00", "wake", 600),
    ]
    short = [
        ("2021-06-01T23:10:00", "wake", 60),
        ("2021-06-01T23:59:00", "wake", 120),
        ("2021-06-02T00:58:30", "wake", 90),
    ]
    write(
        tmp_path, {"sleep-2021-06-01.json": [log("2021-06-01T23:00:00", "2021-06-02T01:10:00", data, short)]}
    )
    (sleep,) = sleeps(records(tmp_path, told="UTC"))
    assert stages(sleep) == [
        "23:00:00 23:10:00 light",
        "23:10:00 23:11:00 awake",
        "23:11:00 23:59:00 light",
        "23:59:00 00:01:00 awake",
        "00:01:00 00:30:00 deep",
        "00:30:00 00:58:30 rem",
        "00:58:30 01:10:00 awake",
    ]
    assert (sleep.key, sleep.is_nap) == ("29000000001", False)


def test_classic_sleep_has_three_levels(tmp_path):
    """Restless counts as awake, as Fitbit's own minutes do; a level nobody knows is unknown."""
    data = [
        ("2021-06-01T23:00:00", "asleep", 60),
        ("2021-06-01T23:01:00", "restless", 60),
        ("2021-06-01T23:02:00", "awake", 60),
        ("2021-06-01T23:03:00", "floating", 30),
    ]
    rows = [log("2021-06-01T23:00:00", "2021-06-01T23:04:00", data, type="classic", mainSleep=False)]
    write(tmp_path, {"sleep-2021-06-01.json": rows})
    (sleep,) = sleeps(records(tmp_path))
    assert [stage for *_, stage in sleep.stages] == ["asleep", "awake", "unknown"]
    assert sleep.is_nap


def test_sleep_without_stages_states_its_minutes(tmp_path):
    """What has no segments keeps Fitbit's minutes, where nights look for them."""
    rows = [
        log("2021-06-01T23:00:00", "2021-06-02T06:00:00", minutesAsleep=380, minutesAwake=40, timeInBed=420)
    ]
    write(tmp_path, {"sleep-2021-06-01.json": rows})
    (sleep,) = sleeps(records(tmp_path))
    expected = {"asleep_min": 380.0, "awake_min": 40.0, "in_bed_min": 420.0}
    assert {name: sleep.details[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("Europe/Berlin", "2021-03-27T23:30:00+01:00", "2021-03-28T07:30:00+02:00"),
        ("America/New_York", "2021-03-27T23:30:00-04:00", "2021-03-28T07:30:00-04:00"),
        ("Asia/Kolkata", "2021-03-27T23:30:00+05:30", "2021-03-28T07:30:00+05:30"),
        ("Pacific/Auckland", "2021-03-27T23:30:00+13:00", "2021-03-28T07:30:00+13:00"),
    ],
)
def test_sleep_is_local(tmp_path, zone, start, end):
    """Told or at home, the same instants; only what was told is recorded, and which one it was."""
    hours = 7 if zone == "Europe/Berlin" else 8
    rows = [log("2021-03-27T23:30:00", "2021-03-28T07:30:00", duration=hours * 3_600_000)]
    write(tmp_path, {"sleep-2021-03-27.json": rows})
    (told,), (home,) = (sleeps(records(tmp_path, **{word: zone})) for word in ("told", "home"))
    span, offset_min = (parse_instant(start)[0], parse_instant(end)[0]), parse_instant(end)[1]
    assert (told.start, told.end, told.offset_min, told.details["zone"]) == (*span, offset_min, "told")
    assert (home.start, home.end, home.offset_min, home.details["zone"]) == (*span, UNKNOWN_OFFSET, "home")
    for sleep in (told, home):
        offsets = np.array([sleep.offset_min], np.int16)
        (day,) = local_days(np.array([sleep.end]), offsets, ZoneInfo(zone))
        assert np.datetime64(int(day), "D") == np.datetime64("2021-03-28")


def test_night_of_the_autumn_change(tmp_path):
    """Where the clock is put back within a log, the seconds it counts say which hour a time is of."""
    data = [
        ("2020-10-31T23:30:00", "light", 5400),
        ("2020-11-01T01:00:00", "deep", 3600),
        ("2020-11-01T01:00:00", "light", 7200),
        ("2020-11-01T03:00:00", "rem", 9000),
    ]
    short = [("2020-11-01T03:10:00", "wake", 60)]
    rows = [log("2020-10-31T23:30:00", "2020-11-01T05:30:00", data, short, duration=25_200_000)]
    write(tmp_path, {"sleep-2020-10-31.json": rows})
    (sleep,) = sleeps(records(tmp_path, told="America/New_York"))
    assert (sleep.end - sleep.start) // 10**9 == 25_200
    assert stages(sleep) == [
        "03:30:00 05:00:00 light",
        "05:00:00 06:00:00 deep",
        "06:00:00 08:00:00 light",
        "08:00:00 08:10:00 rem",
        "08:10:00 08:11:00 awake",
        "08:11:00 10:30:00 rem",
    ]


def test_log_whose_own_clock_was_not_changed(tmp_path):
    """A log that counts 6 hours from 23:30 to 5:30 ended by the clock it began with."""
    data = [("2020-10-31T23:30:00", "light", 21_600)]
    rows = [log("2020-10-31T23:30:00", "2020-11-01T05:30:00", data, duration=21_600_000)]
    write(tmp_path, {"sleep-2020-10-31.json": rows})
    (sleep,) = sleeps(records(tmp_path, told="America/New_York"))
    assert stages(sleep) == ["03:30:00 09:30:00 light"]
    assert sleep.offset_min == -240


@pytest.mark.parametrize(
    ("start", "end", "begins", "ends"),
    [
        ("2020-11-01T01:40:00", "2020-11-01T06:40:00", "06:40:00", "11:40:00"),
        ("2020-10-31T22:30:00", "2020-11-01T01:30:00", "02:30:00", "06:30:00"),
    ],
)
def test_sleep_that_begins_or_ends_in_the_hour_shown_twice(tmp_path, start, end, begins, ends):
    """Only its length says which of the two hours it was: 1:40 to 6:40 were five, 22:30 to 1:30 four."""
    hours = 5 if begins == "06:40:00" else 4
    rows = [log(start, end, [(start, "light", hours * 3600)], duration=hours * 3_600_000)]
    write(tmp_path, {"sleep-2020-10-31.json": rows})
    (sleep,) = sleeps(records(tmp_path, told="America/New_York"))
    assert stages(sleep) == [f"{begins} {ends} light"]
    assert sleep.offset_min == -300


def test_short_wake_after_the_clock_was_put_back(tmp_path):
    """In a segment across the change a clock of 2:22 can only be of after it."""
    data = [("2020-10-31T23:00:00", "light", 18_000), ("2020-11-01T03:00:00", "rem", 3600)]
    short = [("2020-11-01T02:22:00", "wake", 60)]
    rows = [log("2020-10-31T23:00:00", "2020-11-01T04:00:00", data, short, duration=21_600_000)]
    write(tmp_path, {"sleep-2020-10-31.json": rows})
    (sleep,) = sleeps(records(tmp_path, told="America/New_York"))
    assert stages(sleep)[1] == "07:22:00 07:23:00 awake"


def test_sleep_in_which_the_clock_was_put_back_on_a_flight(tmp_path):
    """Asleep at 23:17, awake at 22:09: its length says when it ended, and nobody knows by which offset."""
    rows = [log("2021-01-29T23:17:00", "2021-01-29T22:09:30", duration=28_320_000)]
    write(tmp_path, {"sleep-2021-01-10.json": rows})
    (sleep,) = sleeps(records(tmp_path, home="Australia/Brisbane"))
    assert format_instant(sleep.start, 600) == "2021-01-29T23:17:00+10:00"
    assert (sleep.end - sleep.start) // 10**9 == 28_350
    assert sleep.offset_min == UNKNOWN_OFFSET


def beats(*times: str) -> list[dict[str, object]]:
    return [{"dateTime": time, "value": {"bpm": 60, "confidence": 3}} for time in times]


def test_zone_is_derived_from_where_files_are_cut(tmp_path):
    """Files in UTC begin at local midnight: an owner who is at home elsewhere slept in New York."""
    write(
        tmp_path,
        {
            "heart_rate-2021-06-01.json": beats("06/01/21 04:00:03", "06/02/21 03:59:55"),
            "heart_rate-2021-06-02.json": beats("06/02/21 04:00:02", "06/03/21 03:59:58"),
            "sleep-2021-06-01.json": [log("2021-06-01T23:00:00", "2021-06-02T06:30:00")],
        },
    )
    (sleep,) = sleeps(records(tmp_path, home="Europe/Berlin"))
    assert format_instant(sleep.start, sleep.offset_min) == "2021-06-01T23:00:00-04:00"
    assert (sleep.offset_min, sleep.details["zone"]) == (-240, "derived")


def test_zone_that_was_told_beats_what_is_derived(tmp_path):
    """Who says the zone is believed."""
    write(
        tmp_path,
        {
            "heart_rate-2021-06-01.json": beats("06/01/21 04:00:03", "06/02/21 03:59:55"),
            "heart_rate-2021-06-02.json": beats("06/02/21 04:00:02", "06/03/21 03:59:58"),
            "sleep-2021-06-01.json": [log("2021-06-01T23:00:00", "2021-06-02T06:30:00")],
        },
    )
    (sleep,) = sleeps(records(tmp_path, told="Asia/Tokyo"))
    assert (sleep.offset_min, sleep.details["zone"]) == (540, "told")


def test_night_of_a_flight(tmp_path):
    """After nine hours to the east the next night is in the new zone; the night between is only assumed."""
    write(
        tmp_path,
        {
            "heart_rate-2021-06-01.json": beats("05/31/21 22:00:03", "06/01/21 21:59:55"),
            "heart_rate-2021-06-02.json": beats("06/01/21 22:00:02", "06/02/21 14:59:58"),
            "heart_rate-2021-06-03.json": beats("06/02/21 15:00:04", "06/03/21 14:59:58"),
            "heart_rate-2021-06-04.json": beats("06/03/21 15:00:04", "06/04/21 14:59:58"),
            "sleep-2021-06-01.json": [
                log("2021-06-01T22:00:00", "2021-06-01T23:00:00", logId=1),
                log("2021-06-02T20:00:00", "2021-06-02T22:00:00", logId=2),
                log("2021-06-03T22:00:00", "2021-06-04T06:00:00", logId=3),
            ],
        },
    )
    found = {one.key: one for one in sleeps(records(tmp_path, home="Europe/Berlin"))}
    assert {key: (one.offset_min, one.details["zone"]) for key, one in found.items()} == {
        "1": (120, "derived"),
        "2": (UNKNOWN_OFFSET, "home"),
        "3": (540, "derived"),
    }
    assert format_instant(found["3"].end, 540) == "2021-06-04T06:00:00+09:00"


def test_log_in_two_files_counts_once(tmp_path):
    """A log at the border of two files is in both; the later file is believed."""
    one = log("2021-06-30T23:00:00", "2021-07-01T06:30:00", efficiency=90)
    write(tmp_path, {"sleep-2021-06-01.json": [one], "sleep-2021-07-01.json": [one | {"efficiency": 91}]})
    found = records(tmp_path)
    assert [sleep.details["efficiency"] for sleep in sleeps(found)] == [91]
    tallies = {one.file[len(DATA) :]: (one.used, one.repeated) for one in found if isinstance(one, Tally)}
    assert tallies == {"sleep-2021-06-01.json": (0, 1), "sleep-2021-07-01.json": (1, 0)}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"startTime": "yesterday"}, "bad-date"),
        ({"endTime": "2021-06-01T22:00:00.000"}, "end-before-start"),
        ({"endTime": "2021-06-09T22:00:00.000"}, "bad-date"),
    ],
)
def test_sleep_that_can_not_be(tmp_path, change, reason):
    """A log without a time, that runs backwards or for days is rejected; the next one is read."""
    good = log("2021-06-02T23:00:00", "2021-06-03T06:30:00", logId=2)
    rows = [log("2021-06-01T23:00:00", "2021-06-02T06:30:00") | change, good]
    write(tmp_path, {"sleep-2021-06-01.json": rows})
    found = records(tmp_path)
    assert [(one.reason, one.position) for one in found if isinstance(one, Rejection)] == [(reason, 1)]
    assert [one.key for one in sleeps(found)] == ["2"]


def test_details_keep_what_else_is_said(tmp_path):
    """Names in small letters; nothing of averages that change with every export."""
    rows = [
        log("2021-06-01T23:00:00", "2021-06-02T06:30:00", efficiency=93, infoCode=0, dateOfSleep="2021-06-02")
    ]
    write(tmp_path, {"sleep-2021-06-01.json": rows})
    (sleep,) = sleeps(records(tmp_path, told="UTC"))
    assert sleep.details == {
        "type": "stages",
        "efficiency": 93,
        "info_code": 0,
        "date_of_sleep": "2021-06-02",
        "zone": "told",
    }
