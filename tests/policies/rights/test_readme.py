"""The page for people: complete, offline, and safe against what stands in names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from policies.consent import Grant
from policies.grants import made
from policies.rights.charts import sparkline
from policies.rights.manifest import Entry
from policies.rights.readme import readme
from policies.validity import settle
from vault.records import Origin

NOW = datetime(2026, 4, 5, 8, 0, tzinfo=UTC)
TABLES = [
    Entry(f"data/csv/{name}.csv", 1, "", 3) for name in ("sleep", "workouts", "sets", "scores", "checkins")
]
VOID = {"meta", "br", "path", "polyline"}


class Page(HTMLParser):
    """Reads a page: its elements, its text, and whether every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text = [], [], ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def page(owner, grants=()):
    """Return the page of a vault, read."""
    return Page(readme(owner, TABLES, grants, NOW).decode())


def test_readme_loads_and_runs_nothing(owner):
    """No script, no image, no font, no frame; every link is to a file beside it."""
    found = page(owner)
    assert {tag for tag, _ in found.elements} & {"script", "img", "link", "iframe", "object", "form"} == set()
    links = [attrs["href"] for tag, attrs in found.elements if tag == "a"]
    assert links
    assert all(link.startswith("data/") for link in links)
    assert not any(name.startswith("on") for _, attrs in found.elements for name in attrs)
    raw = readme(owner, TABLES, (), NOW).decode()
    assert "url(" not in raw
    assert "@import" not in raw


def test_readme_says_what_there_is(owner):
    """Every series is named with its number, span, unit and file."""
    found = page(owner)
    for said in ("Heart rate", "/min", "2026-03-28", "5 April 2026", "Sleep stage", "apple-HKThing"):
        assert said in found.text
    assert any(tag == "svg" for tag, _ in found.elements)


def test_readme_says_nobody_where_nothing_was_shared(owner):
    """An empty list is said in words."""
    assert "Nobody." in page(owner).text


def test_readme_lists_whom_it_was_shared_with(owner):
    """Each grant shows who, what for, what, until when, and how it stands now."""
    grant = Grant(
        grantee="coach-anna",
        kind="coach",
        name="Anna <b>",
        contact="anna@example.org",
        purpose="coaching",
        metrics={"steps": "daily"},
    )
    record = made(settle(grant, NOW, owner.home_zone), NOW)
    revoked = replace(record, revoked_at=NOW)
    text = page(owner, [record, revoked]).text
    for said in (
        "Anna <b>",
        "anna@example.org",
        "coaching",
        "Steps (daily)",
        "active",
        "revoked",
        "2026-07-04",
    ):
        assert said in text


def test_readme_escapes_what_devices_and_vendors_call_things(owner):
    """A source named like a tag is a text, not a tag."""
    hostile = "<script>alert(1)</script>&\"'"
    part = owner.stored["heart_rate"]
    owner.stored = {f"apple:{hostile}": replace(part, unit=hostile, origins=[Origin(hostile, "x")])}
    found = page(owner)
    assert all(tag != "script" for tag, _ in found.elements)
    assert hostile in found.text


def test_readme_of_an_empty_vault(owner):
    """A vault without values has a page that says so."""
    owner.stored = {}
    owner.daily = lambda metric: pd.DataFrame({"value": []}, index=pd.DatetimeIndex([], name="date"))
    assert "Nothing has been measured" in page(owner).text


def days(values, start="2026-01-01"):
    """Make a daily series."""
    return pd.Series(values, index=pd.date_range(start, periods=len(values)), dtype=float)


def points(drawn):
    """Return the points of a curve."""
    return drawn.split("points='")[1].split("'")[0].split()


@pytest.mark.parametrize("count", [2, 119, 120, 121, 5_000])
def test_sparkline_has_a_bounded_number_of_points(count):
    """Two days or fourteen years: the curve has at most 120 points, all inside its frame."""
    drawn = sparkline(days(np.arange(count)), "t")
    places = [tuple(map(float, point.split(","))) for point in points(drawn)]
    assert 2 <= len(places) <= 120
    assert all(0 <= x <= 240.1 and 0 <= y <= 56 for x, y in places)
    assert places[0][1] > places[-1][1]


def test_sparkline_of_a_constant_is_a_line():
    """A value that never changes is drawn, not divided by its range."""
    assert {point.split(",")[1] for point in points(sparkline(days([5.0] * 10), "t"))} == {"28.0"}


def test_sparkline_breaks_where_nothing_was_measured():
    """A month without a watch is a gap, not a slope."""
    both = pd.concat([days([1.0, 2.0]), days([9.0], "2026-01-31")])
    assert sparkline(both, "t").count("<polyline") == 2
