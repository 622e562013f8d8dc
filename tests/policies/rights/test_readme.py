"""The page for people: complete, offline, and safe against what stands in names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from policies import grant as give
from policies import view
from policies.consent import Grant
from policies.grants import Book, revoke
from policies.notices import notices
from policies.restriction import lift, restrict
from policies.rights.archive import safe_name
from policies.rights.charts import sparkline
from policies.rights.manifest import Entry
from policies.rights.readme import readme
from policies.signing import public_key
from vault.records import Origin

NOW = datetime(2026, 4, 5, 8, 0, tzinfo=UTC)
SERIES = ("heart_rate", "sleep_stage", "apple:HKThing/../x")
PORTABLE = [
    *(Entry(f"data/csv/{safe_name(name)}.csv", 1, "", 3) for name in SERIES),
    *(Entry(f"data/csv/{name}.csv", 1, "", 3) for name in ("sleep", "workouts", "sets", "checkins")),
]
WHOLE = [*PORTABLE, Entry("data/csv/scores.csv", 1, "", 3), Entry("audit/audit.ndjson", 1, "", 1)]
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


def page(owner, grants=(), entries=WHOLE):
    """Return the page of a bundle of these files, read."""
    return Page(readme(owner, entries, grants, NOW).decode())


def test_readme_loads_and_runs_nothing(owner):
    """No script, no image, no font, no frame; every link is to a file beside it."""
    found = page(owner)
    assert {tag for tag, _ in found.elements} & {"script", "img", "link", "iframe", "object", "form"} == set()
    links = [attrs["href"] for tag, attrs in found.elements if tag == "a"]
    assert links
    assert all(link.startswith("data/") for link in links)
    assert not any(name.startswith("on") for _, attrs in found.elements for name in attrs)
    raw = readme(owner, WHOLE, (), NOW).decode()
    assert "url(" not in raw
    assert "@import" not in raw


def test_readme_says_what_there_is(owner):
    """Every series is named with its number, span, unit and file."""
    found = page(owner)
    for said in ("Heart rate", "/min", "2026-03-28", "5 April 2026", "Sleep stage", "apple:HKThing"):
        assert said in found.text
    assert any(tag == "svg" for tag, _ in found.elements)


def test_readme_says_nobody_where_nothing_was_shared(owner):
    """An empty list is said in words."""
    owner.logs.clear()
    assert "Nobody." in page(owner).text


COACH = {
    "grantee": "coach-anna",
    "kind": "coach",
    "name": "Anna <b>",
    "contact": "anna@example.org",
    "purpose": "coaching",
    "metrics": {"heart_rate": "daily"},
}


def test_readme_lists_whom_it_was_shared_with(owner):
    """Each grant shows who, what for, what, until when and how it stands now; who only asked is there too."""
    give(owner, Grant(**COACH))
    first = give(owner, Grant(**COACH))
    revoke(owner, first.id)
    text = page(owner, Book(owner)()).text
    for said in ("Anna <b>", "anna@example.org", "coaching", "Heart rate (daily)", "active", "revoked"):
        assert said in text
    assert "2026-07-04" in text
    assert "a-strangerno contact on the card" in text
    assert "You gave them no permission." in text
    assert "They were refused once." in text


def test_readme_tells_what_was_really_shown(owner):
    """What they were shown is from the log: nothing at first, then what, how fine, how often and when."""
    give(owner, Grant(**COACH))
    before = page(owner, Book(owner)()).text
    assert before.count("Nothing, up to this day.") == 2
    reader = view(owner, grantee="coach-anna", purpose="coaching")
    for _ in range(3):
        reader.daily("heart_rate", "2026-03-01", "2026-03-05")
    found = page(owner, Book(owner)())
    assert "Heart rateone number per day32026-04-052026-03-01 to 2026-03-0" in found.text
    assert found.text.count("Nothing, up to this day.") == 1


def test_readme_tells_of_what_is_in_the_zip(owner):
    """Without log, scores and receipts, as with --portability, the page has nothing to say of them."""
    text = page(owner, entries=PORTABLE).text
    assert "Art. 20" in text
    assert "Whom you shared with" not in text
    assert "Scores and totals" not in text
    assert "--portability" in text
    assert "--portability" not in page(owner).text
    without = [entry for entry in WHOLE if "heart_rate" not in entry.path]
    assert not any(
        attrs.get("href") == "data/csv/heart_rate.csv" for _, attrs in page(owner, (), without).elements
    )


def test_readme_counts_natures(owner):
    """Each nature is explained in words, with the number of measurements; each series bears its mark."""
    text = page(owner).text
    for said in ("You typed it in or said it. 0 measurements.", "6 measurements.", "observed"):
        assert said in text


def test_readme_names_tables_put_aside(owner):
    """Where something was corrected or out of range, the page says where that is."""
    more = ["data/csv/quarantine/steps.csv", "data/csv/superseded/body_mass.csv"]
    text = page(owner, entries=[*WHOLE, *(Entry(path, 1, "", 2) for path in more)]).text
    assert "Values you corrected" in text
    assert "out of the range" in text


def test_readme_links_both_tables_of_a_series(owner):
    """A metric that has numbers and codes has two, as the payload names them."""
    twin = f"data/csv/{safe_name(SERIES[2])}-2.csv"
    for entries, links in ((WHOLE, 0), ([*WHOLE, Entry(twin, 1, "", 3)], 1)):
        told = [attrs.get("href") for _, attrs in page(owner, entries=entries).elements]
        assert told.count(twin) == links


def test_readme_names_notices_to_pass_on(owner):
    """Who was shown what is restricted now has a notice: to whom it goes, about what, and where it is."""
    give(owner, Grant(**COACH))
    view(owner, grantee="coach-anna", purpose="coaching").daily("heart_rate", "2026-03-01", "2026-03-05")
    restrict(owner, "heart_rate", date(2026, 3, 1), date(2026, 3, 7))
    assert "Notices to pass on" not in page(owner, Book(owner)()).text
    (one,) = notices(owner)
    path = f"legal/notices/{one.id}.json"
    found = page(owner, Book(owner)(), [*WHOLE, Entry(path, 1, "")])
    assert "2026-04-05, to Anna <b> (anna@example.org): Heart rate restricted" in found.text
    assert any(attrs.get("href") == path for _, attrs in found.elements)


def test_readme_says_what_is_restricted(owner):
    """What is shown to nobody stands there with its days; lifted, it is not mentioned any more."""
    assert "What you keep to yourself" not in page(owner).text
    restrict(owner, "mood", date(2026, 3, 1), date(2026, 3, 7))
    text = page(owner).text
    assert "from 2026-03-01 to 2026-03-07 since 2026-04-05" in text
    assert text.count("no contact on the card") == 1
    lift(owner, "mood")
    assert "What you keep to yourself" not in page(owner).text


def test_readme_says_how_to_check_and_to_put_back(owner):
    """Three ways to check, the signer's key, and the way back are on the page."""
    text = page(owner).text
    for said in ("vitalvault export verify", "bagit.py --validate", "sha256sum --check", "vitalvault import"):
        assert said in text
    assert public_key(owner.signing_seed()) in text


def test_readme_escapes_what_devices_and_vendors_call_things(owner):
    """A source named like a tag is a text, not a tag."""
    hostile = "<script>alert(1)</script>&\"'"
    part = owner.stored["heart_rate"]
    name = f"apple:{hostile}"
    owner.stored = {name: replace(part, unit=hostile, origins=[Origin(hostile, "x")])}
    found = page(owner, entries=[*WHOLE, Entry(f"data/csv/{safe_name(name)}.csv", 1, "", 3)])
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
    """A value that never changes, or by nothing but the rounding of a unit, is drawn as what it is."""
    for values in ([5.0] * 10, [78.2, 78.1993], [0.0, 0.0]):
        assert {point.split(",")[1] for point in points(sparkline(days(values), "t"))} == {"28.0"}


def test_readme_says_how_far_a_curve_reaches(owner):
    """A curve without an axis has its lowest and its highest day beside it; of one that is flat, nothing."""
    assert "60 /min50 to 60" in page(owner).text
    owner.daily = lambda metric: pd.DataFrame({"value": days([55.0, 55.0])})
    assert "55 /minHeart rate from" in page(owner).text


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-03-01", "2026-03-05", "2026-03-01 to 2026-03-05"),
        ("2026-03-01", None, "from 2026-03-01 on"),
        (None, "2026-03-05", "all up to 2026-03-05"),
        (None, None, "all they may see"),
    ],
)
def test_readme_says_which_days_were_asked_for(owner, start, end, said):
    """Days that were left open are told in words."""
    give(owner, Grant(**COACH))
    view(owner, grantee="coach-anna", purpose="coaching").daily("heart_rate", start, end)
    assert f"2026-04-05{said}" in page(owner, Book(owner)()).text


def test_sparkline_breaks_where_nothing_was_measured():
    """A month without a watch is a gap, not a slope."""
    both = pd.concat([days([1.0, 2.0]), days([9.0], "2026-01-31")])
    assert sparkline(both, "t").count("<polyline") == 2


def test_sparkline_joins_what_is_measured_once_a_week():
    """Whoever steps on a scale on Sundays sees a line, not dots; a year without one is still a gap."""
    weekly = pd.Series([1.0, 2.0, 3.0] * 4, index=pd.date_range("2026-01-04", periods=12, freq="7D"))
    assert sparkline(weekly, "t").count("<polyline") == 1
    later = pd.concat([weekly, days([2.0], "2027-03-01")])
    assert sparkline(later, "t").count("<polyline") == 2
    assert "line dot" in sparkline(later, "t")
