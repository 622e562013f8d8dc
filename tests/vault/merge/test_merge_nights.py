"""Sleeps: assembled per source, one source where several recorded, on the day of waking."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.merge.nights import Segments, assemble
from vault.merge.preference import Preference
from vault.records import Device, Origin, SleepSession
from vault.time import UNKNOWN_OFFSET, date_of_day, parse_instant

HOME = ZoneInfo("Europe/Berlin")
WATCH = Origin("Pat’s Apple Watch", "apple_health", "11.2", Device("Apple Watch", model="Watch"))
UPDATED = Origin("Pat’s Apple Watch", "apple_health", "11.3", Device("Apple Watch", model="Watch"))
PHONE = Origin("Pat’s iPhone", "apple_health", "18.2", Device("iPhone", model="iPhone"))
AUTOSLEEP = Origin("AutoSleep", "apple_health", app="autosleep")
OURA = Origin("Oura", "oura")


def segments(*rows):
    """Return segments from (origin, start, end, stage), instants as ISO 8601 with their offset."""
    origins = list(dict.fromkeys(row[0] for row in rows))
    start = [parse_instant(row[1]) for row in rows]
    return Segments(
        np.array([ns for ns, _ in start], np.int64),
        np.array([parse_instant(row[2])[0] for row in rows], np.int64),
        np.array([offset for _, offset in start], np.int16),
        [row[3] for row in rows],
        np.array([origins.index(row[0]) for row in rows], np.int32),
        origins,
    )


def session(origin, start, end, *stages, nap=None, **details):
    """Return a vendor's session; stages are (start, end, stage)."""
    (start_ns, offset), (end_ns, _) = parse_instant(start), parse_instant(end)
    rows = [(parse_instant(s)[0], parse_instant(e)[0], stage) for s, e, stage in stages]
    return SleepSession(f"{origin.source} {start}", start_ns, end_ns, offset, origin, rows, nap, details)


def evening(clock):
    """Return a clock time of the night from 10 to 11 January 2026, in Berlin."""
    return f"2026-01-{'10' if clock >= '12' else '11'}T{clock}+01:00"


def berlin(origin, start, end, stage):
    """Return a segment of that night."""
    return origin, evening(start), evening(end), stage


WATCH_NIGHT = [
    berlin(WATCH, "23:10", "00:40", "light"),
    berlin(WATCH, "00:40", "01:50", "deep"),
    berlin(WATCH, "01:50", "02:00", "awake"),
    berlin(WATCH, "02:00", "03:30", "rem"),
    berlin(WATCH, "03:30", "06:50", "light"),
]


def told(night):
    """Return what one reads first of a night."""
    return night.source, night.asleep_min, night.is_nap, night.left_out


def test_night_of_phone_watch_and_app():
    """Of iPhone, Watch and AutoSleep the Watch is believed, who tells stages; nothing is added up."""
    (night,) = assemble(
        segments(
            *WATCH_NIGHT,
            berlin(PHONE, "22:55", "03:10", "in_bed"),
            berlin(PHONE, "03:12", "07:05", "in_bed"),
            berlin(AUTOSLEEP, "22:50", "07:00", "in_bed"),
            berlin(AUTOSLEEP, "23:00", "06:55", "asleep"),
        ),
        [],
        HOME,
    )
    assert told(night) == ("Pat’s Apple Watch", 450, False, ("AutoSleep", "Pat’s iPhone"))
    assert (night.light_min, night.deep_min, night.rem_min, night.awake_min) == (290, 70, 90, 10)
    assert night.in_bed_min == 460
    assert str(date_of_day(night.date)) == "2026-01-11"
    assert [stage for _, _, stage in night.stages] == ["light", "deep", "awake", "rem", "light"]


def test_night_of_time_in_bed_only():
    """Time in bed with nothing else is a night whose sleep is unknown, not zero."""
    (night,) = assemble(segments(berlin(PHONE, "22:55", "07:05", "in_bed")), [], HOME)
    assert (night.asleep_min, night.in_bed_min, night.awake_min, night.deep_min) == (None, 490, None, None)


def test_night_of_overlapping_segments():
    """Segments of one source that overlap count each minute once, asleep and in bed."""
    (night,) = assemble(
        segments(
            berlin(AUTOSLEEP, "22:30", "02:00", "in_bed"),
            berlin(AUTOSLEEP, "01:00", "07:00", "in_bed"),
            berlin(AUTOSLEEP, "23:00", "06:30", "asleep"),
            berlin(AUTOSLEEP, "23:00", "01:00", "light"),
            berlin(AUTOSLEEP, "00:30", "02:00", "deep"),
        ),
        [],
        HOME,
    )
    assert (night.asleep_min, night.in_bed_min, night.light_min, night.deep_min) == (450, 510, 120, 90)


@pytest.mark.parametrize(("resumed", "sleeps"), [("04:00", 1), ("04:01", 2)])
def test_night_with_a_gap(resumed, sleeps):
    """A gap of an hour is still one sleep; a longer one makes two of one wake date, none of them a nap."""
    found = assemble(
        segments(berlin(WATCH, "23:00", "03:00", "light"), berlin(WATCH, resumed, "06:00", "rem")), [], HOME
    )
    assert len(found) == sleeps
    assert {str(date_of_day(night.date)) for night in found} == {"2026-01-11"}
    assert not any(night.is_nap for night in found)


def test_night_of_an_updated_watch():
    """A watch that was updated at night is one source: its night is not cut in two."""
    (night,) = assemble(
        segments(berlin(WATCH, "23:00", "03:00", "light"), berlin(UPDATED, "03:00", "06:00", "rem")), [], HOME
    )
    assert told(night) == ("Pat’s Apple Watch", 420, False, ())


def test_night_the_watch_did_not_see():
    """A watch that died at midnight tells stages of too little; who saw the night is believed."""
    (night,) = assemble(
        segments(berlin(WATCH, "23:00", "00:10", "light"), berlin(AUTOSLEEP, "23:00", "06:30", "asleep")),
        [],
        HOME,
    )
    assert told(night) == ("AutoSleep", 450, False, ("Pat’s Apple Watch",))


@pytest.mark.parametrize(("until", "believed"), [("06:00", "Oura"), ("04:00", "Pat’s Apple Watch")])
def test_night_of_two_trackers(until, believed):
    """Of two that tell stages the better source is believed, unless the other saw clearly more sleep."""
    ring = session(
        OURA, evening("23:00"), evening(until), (evening("23:00"), evening(until), "light"), nap=False
    )
    (night,) = assemble(segments(berlin(WATCH, "23:00", "06:40", "light")), [ring], HOME)
    assert night.source == believed
    assert len(night.left_out) == 1


def test_night_by_the_owners_choice():
    """The owner's choice decides between two that saw the same sleep."""
    ring = session(OURA, evening("23:00"), evening("06:50"), (evening("23:00"), evening("06:50"), "light"))
    (night,) = assemble(segments(*WATCH_NIGHT), [ring], HOME, preferences=[Preference("oura")])
    assert told(night) == ("Oura", 470, False, ("Pat’s Apple Watch",))


def test_night_in_halves_against_a_whole():
    """A source's two halves are weighed together against another's whole, and both are kept."""
    found = assemble(
        segments(
            berlin(WATCH, "22:30", "02:00", "light"),
            berlin(WATCH, "03:30", "06:30", "deep"),
            berlin(AUTOSLEEP, "22:30", "06:30", "asleep"),
        ),
        [],
        HOME,
    )
    assert [told(night) for night in found] == [
        ("Pat’s Apple Watch", 210, False, ("AutoSleep",)),
        ("Pat’s Apple Watch", 180, False, ("AutoSleep",)),
    ]


def test_night_that_a_loser_contested():
    """A sleep whose only rival lost to another stays: it is nobody's double."""
    found = assemble(
        segments(
            berlin(WATCH, "22:00", "03:00", "light"),
            berlin(AUTOSLEEP, "01:00", "05:00", "asleep"),
            berlin(PHONE, "04:30", "06:30", "asleep"),
        ),
        [],
        HOME,
    )
    assert [told(night) for night in found] == [
        ("Pat’s Apple Watch", 300, False, ("AutoSleep",)),
        ("Pat’s iPhone", 120, False, ("AutoSleep",)),
    ]


def test_nap_only_the_phone_saw():
    """What nobody contests stays: a nap of another source beside the night."""
    nap = (AUTOSLEEP, "2026-01-11T14:00+01:00", "2026-01-11T14:40+01:00", "asleep")
    found = assemble(segments(*WATCH_NIGHT, nap), [], HOME)
    assert [told(night) for night in found] == [
        ("Pat’s Apple Watch", 450, False, ()),
        ("AutoSleep", 40, True, ()),
    ]
    assert len({night.date for night in found}) == 1


@pytest.mark.parametrize(
    ("start", "end", "vendor", "expected"),
    [
        ("14:00", "14:40", None, True),
        ("14:00", "17:00", None, False),  # three hours by day are a sleep: a shift, an illness
        ("08:30", "15:30", None, False),
        ("07:30", "08:20", None, False),  # a piece of the night that ended early
        ("21:00", "22:00", None, False),
        ("20:59", "22:00", None, True),
        ("14:00", "14:40", False, False),
        ("01:00", "07:00", True, True),
    ],
)
def test_nap_or_not(start, end, vendor, expected):
    """A nap is short and begins by day, unless the vendor knows better."""
    (night,) = assemble(
        segments(), [session(OURA, f"2026-01-11T{start}+01:00", f"2026-01-11T{end}+01:00", nap=vendor)], HOME
    )
    assert night.is_nap is expected


def test_session_without_stages():
    """A session without stages is asleep for its span, or as the vendor states; stages stay unknown."""
    plain, stated = (
        assemble(segments(), [session(OURA, evening("23:00"), evening("07:00"), **details)], HOME)[0]
        for details in ({}, {"asleep_min": 401.5, "deep_min": 60, "light_min": 200, "in_bed_min": 470})
    )
    assert (plain.asleep_min, plain.in_bed_min, plain.deep_min, plain.stages) == (480, 480, None, [])
    assert (stated.asleep_min, stated.in_bed_min, stated.deep_min, stated.rem_min) == (401.5, 470, 60, None)


def test_session_that_never_ended():
    """A session of days is a clock nobody stopped, and hides no night."""
    (night,) = assemble(
        segments(*WATCH_NIGHT), [session(OURA, "2026-01-01T22:00+01:00", "2026-02-01T07:00+01:00")], HOME
    )
    assert told(night) == ("Pat’s Apple Watch", 450, False, ())


@pytest.mark.parametrize(
    ("start", "end", "date", "minutes"),
    [
        # DST: a night of seven and one of nine hours, without and with a recorded offset.
        ("2026-03-28T23:00+01:00", "2026-03-29T07:00+02:00", "2026-03-29", 420),
        ("2026-10-24T23:00+02:00", "2026-10-25T07:00+01:00", "2026-10-25", 540),
        ("2026-03-28T22:00", "2026-03-29T05:00", "2026-03-29", 420),
        # Berlin to Tokyo: asleep by day, awake in tomorrow's morning.
        ("2026-01-10T17:00+01:00", "2026-01-11T07:00+09:00", "2026-01-11", 360),
        # Tokyo to Los Angeles: asleep on Saturday evening, awake on the same Saturday's morning.
        ("2026-01-10T20:00+09:00", "2026-01-10T09:00-08:00", "2026-01-10", 360),
        # A night shift: asleep from morning to afternoon; a late sleeper that wakes after noon.
        ("2026-01-12T08:30+01:00", "2026-01-12T15:30+01:00", "2026-01-12", 420),
        ("2026-01-12T04:00+01:00", "2026-01-12T12:30+01:00", "2026-01-12", 510),
        # Awake before midnight: the evening's sleep is that day's.
        ("2026-01-12T18:00+01:00", "2026-01-12T23:30+01:00", "2026-01-12", 330),
    ],
)
def test_night_belongs_to_the_day_of_waking(start, end, date, minutes):
    """The date is the local day of waking by the offset recorded then, whatever the zone of the start."""
    (start_ns, offset), (end_ns, waking) = parse_instant(start), parse_instant(end)
    middle = (start_ns + end_ns) // 2
    found = assemble(
        Segments(
            np.array([start_ns, middle]),
            np.array([middle, end_ns]),
            np.array([offset, waking], np.int16),
            ["light", "rem"],
            np.array([0, 0], np.int32),
            [WATCH],
        ),
        [],
        HOME,
    )
    (night,) = found
    assert (str(date_of_day(night.date)), night.asleep_min, night.is_nap) == (date, minutes, False)
    assert night.offset_min == waking


row = st.tuples(
    st.integers(0, 2 * 144),
    st.integers(0, 40),
    st.sampled_from(["awake", "in_bed", "asleep", "light", "deep", "rem", "unknown"]),
    st.integers(0, 3),
)


@settings(deadline=None)
@given(st.lists(row, max_size=25), st.randoms(use_true_random=False))
def test_nights_of_any_segments(rows, shuffle):
    """Sleeps do not overlap, hold no more minutes than their span, and do not depend on the order of rows."""
    begin = int(datetime(2026, 3, 27, tzinfo=UTC).timestamp()) * 10**9
    tick = 600 * 10**9

    def nights(some):
        start = np.array([begin + r[0] * tick for r in some], np.int64)
        return assemble(
            Segments(
                start,
                start + np.array([r[1] * tick for r in some], np.int64),
                np.full(len(some), UNKNOWN_OFFSET, np.int16),
                [r[2] for r in some],
                np.array([r[3] for r in some], np.int32),
                [WATCH, PHONE, AUTOSLEEP, UPDATED],
            ),
            [],
            HOME,
        )

    found = nights(rows)
    for night, following in pairwise(found):
        assert night.end <= following.start
    for night in found:
        span = (night.end - night.start) / (60 * 10**9)
        assert (night.asleep_min or 0) <= night.in_bed_min <= span
        assert night.source not in night.left_out
        assert all(minutes is None or minutes <= span for minutes in (night.deep_min, night.awake_min))
    assert len({night.session_id for night in found}) == len(found)
    shuffled = rows.copy()
    random.Random(shuffle.random()).shuffle(shuffled)
    assert [(n.session_id, told(n), n.date) for n in nights(shuffled)] == [
        (n.session_id, told(n), n.date) for n in found
    ]


ACCOUNT = Origin("Garmin Connect", "garmin", app="garmin")
FENIX = Origin("garmin fr965", "garmin", device=Device("garmin fr965", "garmin", "fr965"), app="garmin")
MINUTES = {"asleep_min": 420.0, "light_min": 240.0, "deep_min": 90.0, "rem_min": 90.0}


def test_assemble_shows_the_stages_of_a_makers_file_before_its_accounts_minutes():
    """The account knows a little more sleep, but the watch's file of the same maker knows when it was."""
    stages = [
        (evening("23:00"), evening("02:00"), "light"),
        (evening("02:00"), evening("03:30"), "awake"),
        (evening("03:30"), evening("06:10"), "deep"),
    ]
    account = session(ACCOUNT, evening("23:00"), evening("06:30"), **MINUTES)
    for origin, believed in ((FENIX, "garmin fr965"), (OURA, "Garmin Connect")):
        file = session(origin, evening("23:00"), evening("06:10"), *stages)
        (night,) = assemble(segments(), [account, file], HOME)
        assert night.source == believed
        assert bool(night.stages) == (origin is FENIX)


def test_assemble_shows_stages_before_minutes_of_the_same_source():
    """A table of the same ring states a little more sleep, the account knows when the stages were."""
    minutes = session(OURA, evening("23:00"), evening("06:30"), **MINUTES)
    timed = session(
        OURA, evening("23:01"), evening("06:30"), (evening("23:01"), evening("05:30"), "light")
    )  # fmt: skip
    for told in ([minutes, timed], [timed, minutes]):
        (night,) = assemble(segments(), told, HOME)
        assert (night.asleep_min, bool(night.stages)) == (389.0, True)


def test_assemble_believes_minutes_of_a_night_before_stages_of_a_part_of_it():
    """Of one source as well: when an hour of sleep was is not worth the other six."""
    minutes = session(OURA, evening("23:00"), evening("06:30"), **MINUTES)
    hour = session(OURA, evening("23:00"), evening("00:00"), (evening("23:00"), evening("00:00"), "light"))
    (night,) = assemble(segments(), [hour, minutes], HOME)
    assert night.asleep_min == 420.0


def test_assemble_believes_an_account_before_a_file_of_half_the_night():
    """The watch's file ends where its battery did; stages of a part are not worth the rest."""
    half = session(FENIX, evening("23:00"), evening("03:00"), (evening("23:00"), evening("03:00"), "light"))
    (night,) = assemble(
        segments(), [session(ACCOUNT, evening("23:00"), evening("06:30"), **MINUTES), half], HOME
    )
    assert (night.source, night.left_out) == ("Garmin Connect", ("garmin fr965",))
