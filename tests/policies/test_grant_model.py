"""Grants as people say them: what is accepted, what is refused, and in which words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.consent import Grant, parse_grant
from policies.validity import settle
from vault.errors import InputError

NOW = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
HOME = ZoneInfo("Europe/Berlin")


def make(**changes):
    fields = {"grantee": "coach-anna", "kind": "coach", "purpose": "coaching", "metrics": {"steps": "daily"}}
    return Grant(**(fields | changes))


def test_grant_spells_packs_out():
    """A pack becomes its metrics, and a metric named beside it outranks it."""
    grant = make(metrics={"sleep-basics": "daily", "sleep_duration": "weekly"})
    assert grant.metrics == {"sleep_duration": "weekly", "sleep_efficiency": "daily"}


def test_grant_orders_actions():
    """Actions may be named in any order and are kept in one."""
    assert make(metrics={"steps": "write+export+daily"}).metrics == {"steps": "daily+export+write"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"metrics": {"any": "daily"}}, "nothing of that name"),
        ({"metrics": {"*": "raw"}}, "nothing of that name"),
        ({"metrics": {}}, "nothing"),
        ({"metrics": {"steps": "all"}}, "not a granularity"),
        ({"metrics": {"steps": ""}}, "not a granularity"),
        ({"metrics": {"steps": "raw+daily"}}, "more than one"),
        ({"metrics": {"steps": "export"}}, "not be read"),
        ({"metrics": {"readiness_score": "raw"}}, "can't be given as raw"),
        ({"metrics": {"gps_position": "daily"}}, "can't be given as daily"),
        ({"metrics": {"notes": "raw"}}, "can't be given as raw"),
        ({"metrics": {"heart_rate": "band"}}, "can't be given as band"),
        ({"metrics": {"heart-basics": "raw"}}, "metric by metric"),
        ({"metrics": {"heart-basics": "daily"}, "kind": "app"}, "by its name"),
        ({"purpose": "any"}, "not a purpose"),
        ({"purpose": "marketing"}, "not a purpose"),
        ({"kind": "friend"}, "not a kind"),
        ({"grantee": "Anna Berg"}, "an id"),
        ({"grantee": 'anna" || true || "'}, "an id"),
        ({"country": "Germany"}, "two letters"),
        ({"min_k": 9}, "fewer than 10"),
        ({"data_from": date(2026, 2, 1), "data_to": date(2026, 1, 1)}, "before the first"),
        ({"valid_until": datetime(2027, 1, 1)}, "without a time zone"),
        ({"withhold": ("steps",)}, "granted and withheld"),
        ({"withhold": ("everything",)}, "nothing of that name"),
        ({"sources": ("",)}, "without a name"),
        ({"sources": ("Watch",), "metrics": {"readiness_score": "daily"}}, "computed from all devices"),
        ({"scope": "all"}, "scope"),
    ],
)
def test_grant_refused(changes, words):
    """What is not on the lists, or contradicts itself, is an InputError that says so."""
    with pytest.raises(InputError, match=words):
        make(**changes)


def test_grant_is_frozen():
    """A grant can't be changed once it is made."""
    with pytest.raises(ValueError, match="frozen"):
        make().purpose = "treatment"


def test_grant_survives_json():
    """A settled grant comes back from its JSON document as it was."""
    settled = settle(make(data_from=date(2026, 1, 1), sources=("Watch",)), NOW, HOME)
    assert parse_grant(settled.model_dump(mode="json")) == settled


def test_grant_reads_small_letters_of_a_country():
    """What is typed as de is DE."""
    assert make(country="de").country == "DE"


def test_grant_reads_days_as_text():
    """A command line hands over days as text, and the end stays a day."""
    grant = make(data_from="2026-11-01", valid_until="2026-12-31")
    assert grant.data_from == date(2026, 11, 1)
    assert settle(grant, NOW, HOME).valid_until == datetime(2026, 12, 31, 23, 0, tzinfo=UTC)


def test_settle_defaults_to_ninety_days_from_now():
    """Without dates a grant runs from the present second for ninety days."""
    settled = settle(make(), NOW, HOME)
    assert settled.valid_from == NOW.replace(microsecond=0)
    assert settled.valid_until - settled.valid_from == timedelta(days=90)


@pytest.mark.parametrize("end", [date(2027, 11, 21), NOW + timedelta(days=365)])
def test_settle_allows_a_year(end):
    """365 days are the most, and are allowed."""
    assert settle(make(valid_until=end), NOW, HOME).valid_until > NOW


@pytest.mark.parametrize("end", [date(2027, 11, 22), NOW + timedelta(days=365, seconds=1)])
def test_settle_refuses_more_than_a_year(end):
    """A second more is refused, and so is a day whose midnight lies beyond the 365 days."""
    with pytest.raises(InputError, match="longer than 365 days"):
        settle(make(valid_until=end), NOW, HOME)


@pytest.mark.parametrize("end", [date(2026, 11, 21), NOW, NOW - timedelta(seconds=5)])
def test_settle_refuses_the_past(end):
    """A grant that would be over already is refused."""
    with pytest.raises(InputError, match="end before it begins"):
        settle(make(valid_until=end), NOW, HOME)


@given(st.dates(date(2026, 11, 22), date(2027, 11, 21)))
def test_settle_takes_a_day_as_inclusive(day):
    """Until a day means until its local midnight is over, also across the change of the clocks."""
    end = settle(make(valid_until=day), NOW, HOME).valid_until.astimezone(HOME)
    assert (end.date(), end.hour, end.minute) == (day + timedelta(days=1), 0, 0)
