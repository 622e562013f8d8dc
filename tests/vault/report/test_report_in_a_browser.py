"""The page in a real browser, with the network off: no request, no error, and room on a phone's screen."""

from __future__ import annotations

import runpy
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from vault.report import page

BROWSER = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[2] / "browser.py")))
MADE = datetime(2026, 4, 5, 8, 30, tzinfo=UTC)
MEASURE = """{
  const charts = [...inside.querySelectorAll("svg.chart")];
  const boxes = charts.map(chart => chart.getBoundingClientRect());
  return {
    wide: inside.documentElement.scrollWidth,
    columns: new Set(boxes.map(box => Math.round(box.left))).size,
    letters: Math.min(...boxes.map((box, at) => 11 * box.width / charts[at].viewBox.baseVal.width)),
    ground: getComputedStyle(inside.body).backgroundColor,
    bars: getComputedStyle(inside.querySelector("svg.chart path[style*='--ink']")).fill,
  };
}"""

pytestmark = pytest.mark.skipif(not BROWSER.BROWSER, reason="no Chromium here")


def test_browser_asks_nobody_and_complains_of_nothing(whole, tmp_path):
    """Opened with the network off, the page is whole, wants nothing of anybody and logs no error."""
    opened = BROWSER.Opened(tmp_path, whole)
    assert opened.console == []
    assert opened.hosts == set()
    assert opened.dom.count("<svg") == 15
    assert "What this page can't say" in opened.dom


def test_browser_would_have_told(tmp_path):
    """The two checks above see a request and a complaint where there is one."""
    reached = BROWSER.Opened(tmp_path, '<!doctype html><img src="http://example.org/seen.png">')
    assert reached.hosts == {"example.org"}
    policy = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">"
    (tmp_path / "stopped").mkdir()
    stopped = BROWSER.Opened(tmp_path / "stopped", f"<!doctype html>{policy}<script>1</script>")
    assert stopped.console


@pytest.mark.parametrize(("width", "columns"), [(390, 1), (1280, 2)])
def test_page_fits_its_screen(whole, tmp_path, width, columns):
    """A phone has one column of charts and a desk two; nothing reaches over the edge, letters can be read."""
    seen = BROWSER.measured(tmp_path, whole, width, MEASURE)
    assert seen["wide"] <= width
    assert seen["columns"] == columns
    assert seen["letters"] >= 9.5


@pytest.mark.parametrize(
    ("setting", "ground", "bars"),
    [(1, "rgb(251, 250, 247)", "rgb(30, 41, 47)"), (0, "rgb(18, 24, 28)", "rgb(230, 236, 239)")],
)
def test_page_follows_light_and_dark(whole, tmp_path, setting, ground, bars):
    """Page and drawings take the colours of the scheme that the reader's system asks for."""
    seen = BROWSER.measured(tmp_path, whole, 390, MEASURE, f"--blink-settings=preferredColorScheme={setting}")
    assert seen["ground"] == ground
    assert seen["bars"] == bars


def test_page_breaks_names_that_are_too_long(person, tmp_path):
    """A name without a space does not push a phone's page to the side."""
    endless = "x" * 300
    person.tables["strength"]["movement"] = endless
    person.days["steps"]["sources"] = endless
    assert BROWSER.measured(tmp_path, page(person, made=MADE), 390, MEASURE)["wide"] <= 390
