"""The page as a whole: it loads nothing, runs nothing, escapes everything, and shows only what is told."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import numpy as np
import pytest

from vault.errors import InputError
from vault.report import page

HOSTILE = "<script>alert(1)</script>\" onload='x' \u202e$\\alpha$ 🏋 深蹲"
MADE = datetime(2026, 4, 5, 8, 30, tzinfo=UTC)


class Page(HTMLParser):
    """Everything in a page that could reach out, run, or be in it twice."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.references, self.handlers, self.ids, self.styles = [], [], [], [], []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name in {"href", "src", "xlink:href", "srcset", "action", "data", "poster", "background"}:
                self.references.append(value)
            if name.startswith("on"):
                self.handlers.append(name)
            if name == "id":
                self.ids.append(value)
            if name == "style":
                self.styles.append(value)

    def handle_data(self, data):
        self.text += data


def made(person, **options):
    """Return the page of a person who owns their data."""
    return page(person, made=MADE, **({"owner": person} | options))


def test_page_loads_and_runs_nothing(whole):
    """No script, no handler, no reference but to a place in the page itself, no url() in a style."""
    found = Page(whole)
    assert not {"script", "link", "iframe", "object", "embed", "img", "image", "form", "base"} & {*found.tags}
    assert found.handlers == []
    assert found.references
    assert all(reference.startswith("#") for reference in found.references)
    assert {reference[1:] for reference in found.references} <= {*found.ids}
    assert "url(" not in whole
    assert "@import" not in whole
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"|http-equiv', "", whole)


def test_page_forbids_itself_everything_but_its_style(whole):
    """The policy in its head lets nothing load, whatever stands in the page."""
    assert (
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; img-src data:\">" in whole
    )


def test_page_has_no_id_twice(whole):
    """Charts drawn by one library stand on one page without sharing an id."""
    ids = Page(whole).ids
    assert len(ids) == len({*ids})


def test_page_is_the_same_for_the_same_answers(person):
    """Same input, same bytes."""
    assert made(person) == made(person)


def test_page_escapes_what_others_named(person):
    """Names of sources, devices and movements are text, whatever stands in them."""
    for name, columns in {"strength": ["movement"], "conflicts": ["source"], "eras": ["device"]}.items():
        person.tables[name][columns] = HOSTILE
    person.days["steps"]["sources"] = HOSTILE
    found = Page(made(person))
    assert "script" not in found.tags
    assert found.handlers == []
    assert found.text.count(HOSTILE) >= 4


def test_page_says_what_it_is_of(whole):
    """Days, when it was made, that nothing was sent, and that it is not encrypted stand in the head."""
    text = Page(whole).text
    assert "90 days, from 6 January 2026 to 5 April 2026." in text
    assert "Made 5 April 2026, 08:30 on this device. Nothing was sent" in text
    assert "This file is not encrypted" in text


@pytest.mark.parametrize(
    ("denied", "gone"),
    [
        ("readiness", "today"),
        ("load zones", "training"),
        ("sleep sleep_debt sleep_rhythm", "sleep"),
        ("strength strength_offers", "strength"),
        ("checkins reaction", "feeling"),
        ("readiness_history trend", "trends"),
        ("daily", "origins"),
    ],
)
def test_section_denied_is_left_out(person, denied, gone):
    """What a reader is not told is not on the page, and all the rest is."""
    before = set(Page(made(person)).ids)
    after = set(Page(made(person.without(*denied.split()))).ids)
    assert gone in before
    assert gone not in after
    assert {"today", "trends", "training", "sleep", "strength", "feeling", "origins"} - {gone} <= after


def test_page_for_another_reader_says_once_that_it_is_partial(person):
    """Without an owner, one line says that only what is shared is shown; with one, none does."""
    line = "Only what is shared is on this page"
    assert Page(made(person, owner=None)).text.count(line) == 1
    assert line not in Page(made(person)).text


def test_page_for_another_reader_has_nothing_of_the_owners(person):
    """Disagreements and devices are asked of an owner only."""
    text = Page(made(person, owner=None)).text
    assert "Where sources disagree" not in text
    assert "Band 4" not in text


def test_page_of_nothing_says_so(person):
    """A vault without anything makes a page that says there is nothing, not one of empty charts."""
    empty = replace(
        person,
        tables={name: table.iloc[:0] for name, table in person.tables.items()},
        trends={name: table.iloc[:0] for name, table in person.trends.items()},
        days={},
        today=replace(person.today, score=None, band=None, contributions=(), advice=None, reasons=("None.",)),
        raised=(),
        offers=(),
        debt=replace(person.debt, nights=0),
        rhythm=replace(person.rhythm, sri=None),
    )
    found = Page(made(empty))
    assert "There is nothing to show of these days" in found.text
    assert "svg" not in found.tags


def test_page_of_a_past_day_ends_on_it(person):
    """The day asked for is the last one, and the days before it are counted from there."""
    text = Page(made(person, day=date(2026, 3, 1), days=30)).text
    assert "30 days, from 31 January 2026 to 1 March 2026." in text


def test_page_has_a_week_at_least(person):
    """Seven days are a report, six are refused with a hint."""
    with pytest.raises(InputError, match="too few days") as refused:
        made(person, days=6)
    assert refused.value.hint == "ask for 7 or more"
    assert "7 days, from 30 March 2026 to 5 April 2026." in Page(made(person, days=7)).text


def test_error_that_is_no_refusal_is_raised(person):
    """A reader that fails makes no page with a hole in it."""

    def fails(*_):
        raise InputError("broken")

    person.load = fails
    with pytest.raises(InputError, match="broken"):
        made(person)


def test_column_left_out_takes_its_chart_along_and_no_more(person):
    """A grantee's tables lack columns: what needs them goes, what does not stays."""
    person.tables["sleep"] = person.tables["sleep"][["date", "asleep_min"]]
    person.tables["zones"] = person.tables["zones"].drop(columns=["method", "basis", "today"])
    for frame in person.days.values():
        del frame["sources"]
    found = Page(made(person, owner=None))
    assert {"stages-t", "coverage-t"} <= {*found.ids}
    assert "clock-t" not in found.ids
    assert "118–133 beats/min" in found.text
    assert "measured" in found.text


def test_value_told_in_words_is_not_drawn(person):
    """A weekly band in place of a number makes no chart."""
    person.trends["hrv"]["value"] = "usual"
    assert "trend-hrv-t" not in Page(made(person)).ids


def test_every_chart_is_described(whole):
    """Each drawing has a title and a description that say its point in words."""
    drawings = re.findall(r"<svg class=\"chart\".*?</svg>", whole, re.DOTALL)
    assert len(drawings) == 15
    for one in drawings:
        (labels,) = re.findall(r'role="img" aria-labelledby="(\S+) (\S+)"', one)
        for label in labels:
            assert re.search(rf'id="{label}">[^<]{{5,}}<', one), label


def test_unknown_days_are_gaps_and_no_zeros(person):
    """All-unknown columns make a page without that chart, and no number that was not there."""
    person.tables["load"].loc[:, ["load", "ctl", "atl", "tsb", "monotony", "strain", "change"]] = np.nan
    found = Page(made(person))
    assert "load-t" not in found.ids
    assert "Monotony" not in found.text
