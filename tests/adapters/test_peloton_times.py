"""The times of Peloton's table: what its labels mean, and what they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.formats.clocks import Zone
from adapters.peloton.disciplines import rows
from adapters.peloton.times import moment_of
from vault.time import UNKNOWN_OFFSET, instant_ns
from vault.time import moment_of as utc_of

REGIONS = {
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "MST": "America/Denver",
    "MDT": "America/Denver",
    "CST": "America/Chicago",
    "CDT": "America/Chicago",
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "AKST": "America/Anchorage",
    "AKDT": "America/Anchorage",
    "HST": "Pacific/Honolulu",
    "GMT": "Europe/London",
    "BST": "Europe/London",
    "CET": "Europe/Berlin",
    "CEST": "Europe/Berlin",
    "EET": "Europe/Athens",
    "EEST": "Europe/Athens",
    "AEST": "Australia/Sydney",
    "AEDT": "Australia/Sydney",
}


def utc(*parts: int) -> int:
    return instant_ns(datetime(*parts, tzinfo=UTC))


def home(name: str) -> Zone:
    return Zone(ZoneInfo(name), is_assumed=True)


@pytest.mark.parametrize(
    ("said", "instant", "offset_min"),
    [
        ("2020-06-16 07:00 (-07)", utc(2020, 6, 16, 14), -420),
        ("2020-01-16 07:00 (-08)", utc(2020, 1, 16, 15), -480),
        ("2020-06-16 07:00 (+0530)", utc(2020, 6, 16, 1, 30), 330),
        ("2020-06-16 07:00 (GMT+2)", utc(2020, 6, 16, 5), 120),
    ],
)
def test_moment_with_a_number_is_that_offset(said, instant, offset_min):
    """A number in brackets is the offset that ruled, whatever the owner's zone is."""
    found = moment_of(said, home("Europe/Berlin"))
    assert (found.instant, found.offset_min) == (instant, offset_min)


@pytest.mark.parametrize(
    ("said", "instant", "offset_min"),
    [
        ("2020-06-16 07:00 (PST)", utc(2020, 6, 16, 14), -420),  # downloaded in winter, ridden in summer
        ("2020-06-16 09:00 (CDT)", utc(2020, 6, 16, 14), -300),  # the same class in another's file
        ("2020-01-30 09:30 (CDT)", utc(2020, 1, 30, 15, 30), -360),  # downloaded in summer, ridden in winter
        ("2021-03-14 01:30 (PDT)", utc(2021, 3, 14, 9, 30), -480),  # the night the clocks went forward
        ("2021-03-14 03:30 (PST)", utc(2021, 3, 14, 10, 30), -420),
        ("2021-11-07 01:30 (PST)", utc(2021, 11, 7, 8, 30), -420),  # shown twice: the first
        ("2021-07-01 07:00 (GMT)", utc(2021, 7, 1, 6), 60),
        ("2021-07-01 07:00 (HST)", utc(2021, 7, 1, 17), -600),
        ("2021-01-01 07:00 (AEST)", utc(2020, 12, 31, 20), 660),
        ("2021-07-01 07:00 (Asia/Tokyo)", utc(2021, 6, 30, 22), 540),
    ],
)
def test_moment_with_an_abbreviation_is_of_its_region_and_date(said, instant, offset_min):
    """The abbreviation names a region; the date says whether it was summer there."""
    found = moment_of(said, None)
    assert (found.instant, found.offset_min) == (instant, offset_min)


@pytest.mark.parametrize(
    ("said", "owner", "instant"),
    [
        ("2021-07-01 07:00 (MST)", "America/Phoenix", utc(2021, 7, 1, 14)),  # no summer time in Arizona
        ("2021-07-01 07:00 (MST)", "Europe/Berlin", utc(2021, 7, 1, 13)),  # Denver then
        ("2021-07-01 07:00 (CST)", "Asia/Shanghai", utc(2021, 6, 30, 23)),
        ("2021-07-01 07:00 (IST)", "Asia/Kolkata", utc(2021, 7, 1, 1, 30)),
        ("2021-07-01 07:00 (IST)", "Europe/Dublin", utc(2021, 7, 1, 6)),
        ("2021-07-01 07:00 (EST)", "America/Jamaica", utc(2021, 7, 1, 12)),
    ],
)
def test_moment_whose_abbreviation_is_used_at_home_is_of_home(said, owner, instant):
    """What an abbreviation means in many places, it means where its owner lives."""
    assert moment_of(said, home(owner)).instant == instant


@pytest.mark.parametrize(
    ("owner", "instant"),
    [
        ("Europe/Berlin", utc(2021, 6, 30, 22, 30)),
        ("America/New_York", utc(2021, 7, 1, 4, 30)),
        ("Asia/Kolkata", utc(2021, 6, 30, 19)),
        ("Pacific/Auckland", utc(2021, 6, 30, 12, 30)),
    ],
)
def test_moment_whose_label_says_nothing_is_of_the_owner(owner, instant):
    """No label or an unknown one leaves a wall clock; home is assumed, so no offset is recorded."""
    for said in ("2021-07-01 00:30", "2021-07-01 0:30 (XYZT)", "2021-07-01 00:30 ()"):
        found = moment_of(said, home(owner))
        assert (found.instant, found.offset_min) == (instant, UNKNOWN_OFFSET)
        assert found.name == "2021-07-01T00:30"
    told = moment_of("2021-07-01 00:30", Zone(ZoneInfo(owner)))
    assert (told.instant, told.offset_min != UNKNOWN_OFFSET) == (instant, True)


def test_moment_in_utc_has_no_offset():
    """UTC says that no zone was known; nobody was in it."""
    found = moment_of("2021-07-01 07:00 (UTC)", home("Asia/Tokyo"))
    assert (found.instant, found.offset_min) == (utc(2021, 7, 1, 7), UNKNOWN_OFFSET)


def test_moment_has_one_name_in_every_download():
    """Downloads of winter and summer, and from another coast, name the same ride alike."""
    said = (
        "2020-06-16 07:00 (PST)",
        "2020-06-16 07:00 (PDT)",
        "2020-06-16 10:00 (EST)",
        "2020-06-16 07:00 (-07)",
    )
    assert {moment_of(one, None).name for one in said} == {"2020-06-16T14:00:00Z"}


@pytest.mark.parametrize(
    "said", ["", "yesterday", "2021-13-01 07:00 (PST)", "2021-07-01", "2021-07-01 25:00"]
)
def test_moment_that_is_none(said):
    """What is no date and time is none."""
    assert moment_of(said, None) is None


def test_zones_table_is_the_one_written_here():
    """Every abbreviation stands for the region this page gives it."""
    assert {row["label"]: row["zone"] for row in rows("zones.csv")} == REGIONS


@given(
    st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)).map(
        lambda one: one.replace(second=0, microsecond=0)
    ),
    st.sampled_from(sorted(REGIONS)),
)
def test_moment_shows_the_written_clock_in_its_region(clock, label):
    """Whatever the label, the region's clock shows what was written; or an hour later where it skipped it."""
    found = moment_of(f"{clock:%Y-%m-%d %H:%M} ({label})", None)
    local = utc_of(found.instant).astimezone(ZoneInfo(REGIONS[label]))
    assert local.replace(tzinfo=None) - clock in (timedelta(0), timedelta(hours=1))
    assert local.utcoffset() == timedelta(minutes=found.offset_min) or local.replace(tzinfo=None) != clock
