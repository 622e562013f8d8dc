"""A new grant adds to those in force: which of them show more than it is told before it is made."""

from __future__ import annotations

from datetime import date

import pytest

import policies
from policies.wider import wider

WANTED = {
    "metrics": {"sleep_duration": "daily", "steps": "weekly"},
    "data_from": date(2026, 11, 1),
    "data_to": date(2026, 11, 10),
}


@pytest.mark.parametrize(
    "more",
    [
        {"metrics": {"resting_heart_rate": "weekly"}},
        {"metrics": {"steps": "daily"}},
        {"metrics": {"steps": "weekly+export"}},
        {"metrics": {"steps": "weekly+aggregate"}},
        {"data_from": date(2026, 10, 31)},
        {"data_from": None},
        {"data_to": date(2026, 11, 11)},
        {"data_to": None},
    ],
)
def test_wider_is_a_grant_that_shows_more(owner, coach, more):
    """Another metric, a finer rung, a file, a total, or more days."""
    record = policies.grant(owner, coach(**{**WANTED, **more}))
    assert wider(owner, coach(**WANTED)) == [record]


def test_wider_are_other_sources(owner, coach):
    """Two devices, or all of them, show more than one."""
    one = {**WANTED, "sources": ("watch",)}
    records = [policies.grant(owner, coach(**WANTED, sources=names)) for names in ((), ("watch", "phone"))]
    policies.grant(owner, coach(**one))
    assert wider(owner, coach(**one)) == records


def test_wider_is_none_that_shows_as_much_or_less(owner, coach):
    """The same again, a coarser one, one that was revoked, and other people's do not count."""
    policies.grant(owner, coach(**WANTED))
    policies.grant(owner, coach(**WANTED, sources=("watch",)))
    policies.grant(owner, coach(**{**WANTED, "metrics": {"sleep_duration": "band"}}))
    policies.grant(owner, coach(**{**WANTED, "data_from": None}, grantee="coach-bert"))
    policies.grant(owner, coach(**{**WANTED, "data_from": None}, purpose="family-support"))
    policies.revoke(owner, policies.grant(owner, coach(**{**WANTED, "data_from": None})).id)
    assert wider(owner, coach(**WANTED)) == []
