"""The zone a Fitbit archive gives away: where files are cut, sleeps in UTC, what two places leave open."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Options
from adapters.fitbit.evidence import Evidence
from adapters.fitbit.told import Told
from adapters.fitbit.wall import WallClock
from vault.time import HOUR_NS, MINUTE_NS, SECOND_NS, UNKNOWN_OFFSET, day_of_date, day_start_ns, parse_instant
from vault.time import zone_offsets as offsets_of

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Asia/Kathmandu")


def ns(text: str) -> int:
    return parse_instant(text)[0]


def cut_daily(evidence: Evidence | WallClock, zone: str, first: str, days: int) -> None:
    """Show the midnights of some days as files a day do, with stamps a few seconds to both sides."""
    for number in range(days):
        day = date.fromordinal(date.fromisoformat(first).toordinal() + number)
        midnight = day_start_ns(day, ZoneInfo(zone))
        evidence.cut(day_of_date(day), midnight - 7 * SECOND_NS, midnight + 4 * SECOND_NS)


def offset_at(evidence: Evidence, instant: str) -> int:
    return int(evidence.at(np.array([ns(instant)]))[0])


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("home", [None, "UTC", "Asia/Tokyo"])
def test_a_year_of_files_gives_every_offset_away(zone, home):
    """Wherever home is, offsets are those of the zone, but for hours around two of a change's morning."""
    evidence = Evidence(None if home is None else ZoneInfo(home))
    cut_daily(evidence, zone, "2020-01-01", 366)
    hours = np.arange(ns("2020-01-03T00:00"), ns("2020-12-30T00:00"), HOUR_NS)
    wrong = evidence.at(hours) != offsets_of(hours, ZoneInfo(zone))
    assert np.count_nonzero(wrong) <= 4


@pytest.mark.parametrize("zone", ZONES)
def test_at_home_changes_are_where_home_has_them(zone):
    """If the owner is at home there, the change is right to the minute, and so is every clock."""
    wall = WallClock(Options(home=ZoneInfo(zone)))
    cut_daily(wall, zone, "2020-01-01", 366)
    instants = np.arange(ns("2020-01-03T00:00"), ns("2020-12-30T00:00"), 30 * MINUTE_NS)
    offsets = offsets_of(instants, ZoneInfo(zone))
    assert (wall.offsets_at(instants) == offsets).all()
    found, recorded, derived = wall.instants_of(instants + offsets * MINUTE_NS)
    assert derived.all()
    again = np.flatnonzero(found != instants)  # the hour that is shown twice is taken for the first
    assert (instants[again] - found[again] == HOUR_NS).all()
    assert (recorded == np.where(found == instants, offsets, offsets + 60)).all()
    assert len(again) == (0 if zone in ("Asia/Kolkata", "Asia/Kathmandu") else 2)


def test_files_cut_at_utc_midnight_say_nothing():
    """An archive whose files are all cut in UTC is no proof that its owner lives there."""
    evidence = Evidence(None)
    cut_daily(evidence, "UTC", "2020-01-01", 30)
    assert offset_at(evidence, "2020-01-10T12:00") == UNKNOWN_OFFSET


def test_londons_winter_is_known_by_its_summer():
    """Zero is an offset like any other where another one was seen as well."""
    evidence = Evidence(None)
    cut_daily(evidence, "Europe/London", "2020-03-20", 20)
    assert offset_at(evidence, "2020-03-22T12:00") == 0
    assert offset_at(evidence, "2020-04-02T12:00") == 60


@pytest.mark.parametrize(
    ("last", "first"), [("2020-06-01T20:00", "2020-06-02T05:10"), ("2020-06-02T04:01", "2020-06-02T04:09")]
)
def test_cut_that_allows_several_offsets_or_none_is_none(last, first):
    """A watch that lay on the table around midnight, or files that are cut elsewhere, prove nothing."""
    evidence = Evidence(None)
    evidence.cut(day_of_date(date(2020, 6, 2)), ns(last), ns(first))
    assert offset_at(evidence, "2020-06-02T06:00") == UNKNOWN_OFFSET


def test_between_two_zones_nobody_knows():
    """On the day of a flight the offset is unknown; before and after it is known."""
    evidence = Evidence(ZoneInfo("Europe/Berlin"))
    cut_daily(evidence, "Europe/Berlin", "2021-06-01", 5)
    cut_daily(evidence, "Asia/Tokyo", "2021-06-06", 5)
    times = ("2021-06-04T12:00", "2021-06-05T12:00", "2021-06-06T12:00")
    assert [offset_at(evidence, time) for time in times] == [120, UNKNOWN_OFFSET, 540]


def test_far_from_any_place_nobody_knows():
    """What was seen holds for two days beyond, and over gaps of no more than a month."""
    evidence = Evidence(None)
    for time in ("2021-06-01T00:00", "2021-06-30T00:00", "2021-09-30T00:00"):
        evidence.saw(ns(time), 330)
    known = {time: offset_at(evidence, time) for time in (
        "2021-05-29T00:00", "2021-05-31T00:00", "2021-06-15T00:00", "2021-07-01T12:00", "2021-07-03T00:00",
        "2021-09-27T00:00", "2021-10-01T12:00", "2021-10-03T00:00",
    )}  # fmt: skip
    assert [offset != UNKNOWN_OFFSET for offset in known.values()] == [
        False, True, True, True, False, False, True, False,
    ]  # fmt: skip


def test_offset_that_is_written_down_counts_beside_cuts():
    """A sleep that is told with its offset is a place like a midnight."""
    evidence = Evidence(None)
    evidence.saw(ns("2021-06-05T22:00"), 120)
    evidence.saw(ns("2021-06-06T06:00"), 120)
    assert offset_at(evidence, "2021-06-06T03:00") == 120


def test_told_zone_is_recorded_whatever_was_seen():
    """Who says the zone gets its offsets, in both directions."""
    wall = WallClock(Options(timezone=ZoneInfo("Asia/Kolkata"), home=ZoneInfo("Europe/Berlin")))
    wall.saw(ns("2021-06-05T22:00"), 120)
    assert wall.offsets_at(np.array([ns("2021-06-05T22:00")])).tolist() == [330]
    assert wall.instant_of(ns("2021-06-06T03:30")) == (ns("2021-06-05T22:00"), 330, "told")


def test_without_any_zone_a_clock_counts_as_utc():
    """From Python, without told zone, home or evidence, the basis is none."""
    assert WallClock(Options()).instant_of(ns("2021-06-06T03:30")) == (
        ns("2021-06-06T03:30"),
        UNKNOWN_OFFSET,
        "none",
    )


spans = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 20)).map(lambda pair: (pair[0], sum(pair))), max_size=6
)


@given(spans, st.lists(st.integers(-5, 80), min_size=1, max_size=20))
def test_told_spans_hold_what_lies_in_any_of_them(given_spans, instants):
    """An instant is told if one span at least has it, its ends included."""
    told = Told()
    for first, last in given_spans:
        told.add("steps", first, last)
    expected = [any(first <= one <= last for first, last in given_spans) for one in instants]
    assert told.has("steps", np.array(instants, np.int64)).tolist() == expected
    assert not told.has("distance", np.array(instants, np.int64)).any()
