"""What users of other programs complained of, one by one, with the answer they wanted."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from vault.merge.lineage import explain_day
from vault.merge.nights import Segments, assemble
from vault.merge.overlap import merged_daily
from vault.merge.workouts import fold
from vault.records import Device, Origin, SleepSession, Workout
from vault.time import UNKNOWN_OFFSET, date_of_day, parse_instant

HOME = ZoneInfo("Europe/Berlin")
WATCH = Origin("Pat’s Apple Watch", "apple_health", device=Device(model="Watch"))
PHONE = Origin("Pat’s iPhone", "apple_health", device=Device(model="iPhone"))
NAMES = [WATCH.source, PHONE.source]
NONE = Segments(
    np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int16), [], np.empty(0, np.int32), []
)


def columns(*rows):
    """Return columns from (start, end, value, source), instants in ISO 8601, with an offset or not."""
    start = [parse_instant(row[0]) for row in rows]
    return (
        np.array([ns for ns, _ in start], np.int64),
        np.array([parse_instant(row[1])[0] for row in rows], np.int64),
        np.array([offset for _, offset in start], np.int16),
        np.array([row[2] for row in rows], np.float64),
        np.array([row[3] for row in rows], np.int32),
    )


def daily(*rows, **options):
    """Return {date: value}."""
    made = merged_daily(*columns(*rows), **{"rollup": "sum", "rank": [0, 1], "home": HOME, **options})
    return {str(date_of_day(day)): value for day, value in zip(made.day.tolist(), made.value.tolist())}


def session(start, end, origin=WATCH, nap=None):
    """Return a vendor's session without stages."""
    (start_ns, offset), (end_ns, _) = parse_instant(start), parse_instant(end)
    return SleepSession(start, start_ns, end_ns, offset, origin, (), nap)


WATCH_ON_THE_CHARGER = [
    ("2026-05-04T06:00", "2026-05-04T06:30", 1157, 0),  # the watch, early and late
    ("2026-05-04T17:00", "2026-05-04T18:00", 3000, 0),
    ("2026-05-04T06:00", "2026-05-04T06:30", 1040, 1),  # the phone, in the pocket all day
    ("2026-05-04T08:00", "2026-05-04T12:00", 6122, 1),
    ("2026-05-04T13:00", "2026-05-04T15:00", 3800, 1),
    ("2026-05-04T17:00", "2026-05-04T18:00", 2890, 1),
]


def test_steps_of_phone_and_watch():
    """open-wearables 1287: the day has 14,079 steps; not 4,157 of one source, nor 18,009 of both."""
    assert daily(*WATCH_ON_THE_CHARGER) == {"2026-05-04": 14_079}


def test_steps_say_where_they_come_from():
    """open-wearables 851: each part of the value carries the source that measured it."""
    parts = explain_day(
        *columns(*WATCH_ON_THE_CHARGER), rollup="sum", rank=[0, 1], names=NAMES, home=HOME, day=20_577
    )
    assert [(part.source, part.given, part.counted, part.why) for part in parts] == [
        ("Pat’s Apple Watch", 4157, 4157, "counted in full"),
        ("Pat’s iPhone", 13_852, 9922, "counted only where Pat’s Apple Watch recorded nothing"),
    ]


def test_steps_of_sources_that_were_summed():
    """get-based 356: two trackers worn all day give 8,000 steps, not 18,500."""
    assert daily(
        ("2026-05-04T06:00", "2026-05-04T20:00", 8000, 0), ("2026-05-04T06:00", "2026-05-04T20:00", 10_500, 1)
    ) == {"2026-05-04": 8000}


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        # garmin-grafana 185: flying west makes a day of more than 24 hours, and no data vanishes.
        ("2026-05-04T20:00-07:00", "2026-05-04T23:00-07:00", {"2026-05-04": 300}),
        # open-wearables 474: late steps in Tokyo stay on Tokyo's day, though Berlin has another.
        ("2026-05-05T06:00+09:00", "2026-05-05T07:00+09:00", {"2026-05-05": 300}),
        ("2026-05-04T21:00", "2026-05-04T23:00", {"2026-05-04": 150, "2026-05-05": 150}),
    ],
)
def test_steps_on_the_day_they_were_walked(start, end, expected):
    """A day is the walker's own: by the recorded offset, at home without one, split at its midnight."""
    assert daily((start, end, 300, 0)) == pytest.approx(expected)


def test_resting_heart_rate_written_again():
    """health-auto-export 61: a value rewritten during the day is the last one, not a mean of drafts."""
    drafts = [
        ("2026-05-04T00:00", f"2026-05-04T{hour}:00", value, 0) for hour, value in (("08", 58), ("14", 54))
    ]
    assert daily(*drafts, rollup="last") == {"2026-05-04": 54}


def test_naps_stay_out_of_the_night():
    """open-wearables 938: a nap of the same day is a sleep of its own, and marked."""
    found = assemble(
        NONE,
        [
            session("2026-05-03T23:00+02:00", "2026-05-04T06:30+02:00"),
            session("2026-05-04T13:10+02:00", "2026-05-04T13:50+02:00"),
        ],
        HOME,
    )
    assert [(night.asleep_min, night.is_nap) for night in found] == [(450, False), (40, True)]
    assert {str(date_of_day(night.date)) for night in found} == {"2026-05-04"}


def test_night_in_two_halves():
    """Haelan 50: a night that arrives as two sessions is two sleeps of one wake date, neither a nap."""
    found = assemble(
        NONE,
        [
            session("2026-05-03T22:40+02:00", "2026-05-04T01:50+02:00"),
            session("2026-05-04T03:20+02:00", "2026-05-04T06:10+02:00"),
        ],
        HOME,
    )
    assert [(night.asleep_min, night.is_nap) for night in found] == [(190, False), (170, False)]
    assert {str(date_of_day(night.date)) for night in found} == {"2026-05-04"}


def test_night_shown_as_two():
    """NOOP 364: one night of many stage segments, and of a phone beside the bed, is one sleep."""
    pieces = [(22, 23, "in_bed", 1), (23, 24, "light", 0), (24, 26, "deep", 0), (26, 29, "rem", 0)]
    begin, _ = parse_instant("2026-05-03T00:00+02:00")
    hour = 3_600 * 10**9
    found = assemble(
        Segments(
            np.array([begin + s * hour for s, _, _, _ in pieces]),
            np.array([begin + e * hour + hour // 2 for _, e, _, _ in pieces]),
            np.full(4, UNKNOWN_OFFSET, np.int16),
            [stage for _, _, stage, _ in pieces],
            np.array([source for _, _, _, source in pieces], np.int32),
            [WATCH, PHONE],
        ),
        [],
        HOME,
    )
    assert [(night.source, night.left_out) for night in found] == [(WATCH.source, (PHONE.source,))]


def test_nested_nights():
    """open-wearables 566: a session that lies within another of its source is the same night, told twice."""
    outer = session("2026-05-03T22:30+02:00", "2026-05-04T07:00+02:00")
    inner = session("2026-05-03T23:00+02:00", "2026-05-04T06:00+02:00")
    (night,) = assemble(NONE, [inner, outer], HOME)
    assert (night.asleep_min, night.left_out) == (510, ())


def test_night_after_travel():
    """SparkyFitness 2033: a night keeps the day it was woken on where it was slept, after flying home."""
    (night,) = assemble(NONE, [session("2026-05-04T01:00+09:00", "2026-05-04T06:30+09:00")], HOME)
    assert str(date_of_day(night.date)) == "2026-05-04"


def test_workout_counted_twice():
    """SparkyFitness 2353: a run that watch and app both recorded is one run with one app's energy."""
    begin, offset = parse_instant("2026-05-04T18:00+02:00")
    minute = 60 * 10**9
    app = Origin("Strava", "strava")
    (event,) = fold(
        [
            Workout(
                "a", begin, begin + 30 * minute, offset, "running", WATCH, energy_kcal=310.0, hr_mean=152.0
            ),
            Workout("b", begin + minute, begin + 31 * minute, offset, "running", app, energy_kcal=345.0),
        ]
    )
    assert (event.best.energy_kcal, event.also_in) == (310, ("Strava",))
