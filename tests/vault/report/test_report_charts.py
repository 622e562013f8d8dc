"""Charts: one drawing library's output as accessible, offline, repeatable SVG in the page's own colours."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.errors import VaultError
from vault.report.charts.axis import across_days, spread_out
from vault.report.charts.band import Beside, banded, heights
from vault.report.charts.canvas import Caption, sheet
from vault.report.charts.load import Load, load_and_form
from vault.report.charts.nights import STAGES, clock, stages
from vault.report.charts.rows import answers, curve, strips, weeks
from vault.report.charts.waterfall import Step, waterfall
from vault.report.colours import colours, with_variables
from vault.time import day_of_date

CAPTION = Caption("one", "Title <b>", 'Said "so" & <i>')
DAY = np.arange(20_000, 20_030)
SPAN = (20_000, 20_029)
NONE = np.full(30, np.nan)


def draw(kind, value):
    """Draw one chart of each kind from the same column."""
    write = "{:.0f}".format
    none = np.zeros(30, bool)
    return {
        "band": lambda: banded(
            CAPTION, Beside(DAY, value, value, value, value, value, value), SPAN, (write, write)
        ),
        "load": lambda: load_and_form(
            CAPTION, DAY, Load(value, value, value, value), SPAN, dict.fromkeys(("ctl", "atl", "tsb"), "x")
        ),
        "stages": lambda: stages(CAPTION, DAY, dict.fromkeys(STAGES, value), SPAN, 450.0, ("need", "7 h 30")),
        "clock": lambda: clock(CAPTION, DAY, value, value + 400, none, SPAN),
        "curve": lambda: curve(CAPTION, DAY, value, SPAN, write),
        "weeks": lambda: weeks(CAPTION, DAY[::7], value[::7], SPAN),
        "answers": lambda: answers(CAPTION, DAY, {"energy": value}, SPAN),
        "strips": lambda: strips(CAPTION, {"steps": [(DAY, "calm")]}, SPAN),
        "waterfall": lambda: waterfall(
            CAPTION, ("from", 60.0), [Step("hrv", float(value[0]), 1)], ("to", 50.0), (40.0, 70.0)
        ),
    }[kind]()


KINDS = ["band", "load", "stages", "clock", "curve", "weeks", "answers", "strips", "waterfall"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [0.0, 3.0, -250.0, 1e9], ids=str)
def test_chart_of_a_constant_is_drawn(kind, value):
    """A flat, an empty-looking, a negative and a huge column all make well-formed SVG of finite places."""
    svg = draw(kind, np.full(30, value))
    ET.fromstring(svg.replace("xlink:href", "href"))
    assert "nan" not in svg.lower()
    assert "inf" not in svg.lower()


@pytest.mark.parametrize("kind", ["band", "load", "stages"])
def test_chart_with_unknown_days_is_drawn(kind):
    """Days without a value are gaps."""
    value = np.where(np.arange(30) % 7 < 3, np.nan, 5.0)
    assert "nan" not in draw(kind, value).lower()
    assert "nan" not in draw(kind, NONE).lower()


@pytest.mark.parametrize("kind", KINDS)
def test_chart_is_repeatable_and_self_contained(kind):
    """The same drawing has the same bytes, refers to nothing outside of itself, and names its colours."""
    value = np.linspace(1, 5, 30)
    svg = draw(kind, value)
    assert svg == draw(kind, value)
    assert "url(" not in svg
    assert "<style" not in svg
    assert "font-family" not in svg
    assert not re.findall(r"#[0-9a-f]{6}\b", svg)
    assert set(re.findall(r'href="#([^"]+)"', svg)) <= {*re.findall(r'id="([^"]+)"', svg)}


def test_chart_says_its_words_escaped():
    """Title and description stand in the drawing for who can't see it, as text."""
    svg = draw("curve", np.linspace(1, 5, 30))
    assert '<title id="one-t">Title &lt;b&gt;</title>' in svg
    assert '<desc id="one-d">Said &quot;so&quot; &amp; &lt;i&gt;</desc>' in svg


def test_charts_of_two_names_share_no_id():
    """The same drawing twice on a page has ids of its own each time."""
    value = np.linspace(1, 5, 30)
    one = curve(CAPTION, DAY, value, SPAN, str)
    two = curve(CAPTION._replace(name="two"), DAY, value, SPAN, str)
    first, second = (set(re.findall(r'id="([^"]+)"', svg)) for svg in (one, two))
    assert first
    assert not first & second


def test_chart_is_not_styled_by_the_persons_settings(tmp_path):
    """What somebody has set for their own plots changes nothing, and is set again afterwards."""
    import matplotlib as mpl

    value = np.linspace(1, 5, 30)
    before = draw("curve", value)
    with mpl.rc_context({"lines.linewidth": 9, "text.color": "red", "font.size": 30, "axes.grid": True}):
        assert draw("curve", value) == before
        assert mpl.rcParams["font.size"] == 30


def test_drawing_without_matplotlib_says_what_to_install(monkeypatch):
    """Without the extra, the error names the command that brings it."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(VaultError) as missing, sheet(CAPTION, 100):
        pass
    assert missing.value.hint == "pip install 'vitalvault[report]'"


def _luminance(value: str) -> float:
    parts = [int(value[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, two: str) -> float:
    high, low = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_read(scheme):
    """Text stands out 4.5 to 1 from every ground (WCAG 2.2, 1.4.3), marks that carry text too."""
    table = [(colour.name, colour.role, getattr(colour, scheme)) for colour in colours().values()]
    grounds = [value for _, role, value in table if role == "ground"]
    for name, role, value in table:
        if role in {"text", "mark"}:
            assert all(_contrast(value, ground) >= 4.5 for ground in grounds), name


def test_colours_are_told_apart():
    """Each light value is of one colour, so that a drawing's colours can be named again."""
    lights = [colour.light for colour in colours().values()]
    assert len(lights) == len({*lights})
    assert with_variables(f"fill: {lights[3]}; stroke: #010203") == "fill: var(--soft); stroke: #010203"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_heights_hold_every_value(values):
    """The ends of an axis hold all values; the numbers between are few, round and inside."""
    low, high, at = heights(np.array(values))
    assert low < high
    assert low <= min(values)
    assert max(values) <= high
    assert len(at) <= 5
    assert all(low <= one <= high for one in at)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=3), st.floats(0.1, 50))
def test_labels_are_moved_apart(places, room):
    """Neighbouring labels end up with room between them, in the order of what they name."""
    placed = spread_out(places, room)
    order = sorted(range(len(places)), key=lambda which: places[which])
    gaps = np.diff([placed[which] for which in order])
    assert (gaps >= room * 0.74).all()


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-03-07", "2026-04-05", ["9 Mar", "16 Mar", "23 Mar", "30 Mar"]),
        ("2026-01-06", "2026-04-05", ["Feb", "Mar", "Apr"]),
        ("2025-04-06", "2026-04-05", ["May", "Jul", "Sep", "Nov", "Jan", "Mar"]),
        ("2016-04-06", "2026-04-05", ["2018", "2020", "2022", "2024", "2026"]),
        ("2026-04-05", "2026-04-05", []),
    ],
)
def test_days_have_few_dates(first, last, said):
    """A month has its Mondays, a quarter its months, a decade some of its years; never more than fit."""
    with sheet(CAPTION, 60) as paper:
        axes = paper.panel(5, 25)
        across_days(axes, *(day_of_date(date.fromisoformat(day)) for day in (first, last)))
        assert [label.get_text() for label in axes.get_xticklabels()] == said
