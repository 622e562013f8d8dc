"""The page of a bundle in a real browser, with the network off: no request, no error, and room on a phone."""

from __future__ import annotations

import runpy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

import policies
from policies.grants import Book
from policies.rights.archive import safe_name
from policies.rights.manifest import Entry
from policies.rights.readme import readme
from vault.records import Origin

BROWSER = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[2] / "browser.py")))
NOW = datetime(2026, 4, 5, 8, 0, tzinfo=UTC)
ENDLESS = "x" * 300
MEASURE = """{
  const style = query => getComputedStyle(inside.querySelector(query));
  return {
    wide: inside.documentElement.scrollWidth,
    ground: style("body").backgroundColor,
    head: style(".stack thead").display,
    letters: parseFloat(style("td").fontSize),
  };
}"""

pytestmark = pytest.mark.skipif(not BROWSER.BROWSER, reason="no Chromium here")


@pytest.fixture
def page(owner):
    """A page with charts, a recipient who was shown something, and names without an end."""
    name = f"apple:{ENDLESS}"
    owner.stored[name] = replace(owner.stored["heart_rate"], unit=ENDLESS, origins=[Origin(ENDLESS, "x")])
    card = {
        "grantee": "coach-anna",
        "kind": "coach",
        "purpose": "coaching",
        "metrics": {"heart_rate": "daily"},
    }
    policies.grant(owner, policies.Grant(name="x" * 200, contact="y" * 200, **card))
    policies.view(owner, grantee="coach-anna", purpose="coaching").daily("heart_rate")
    paths = [f"data/csv/{safe_name(one)}.csv" for one in owner.stored]
    entries = [Entry(path, 1, "", 3) for path in (*paths, "data/csv/sleep.csv", "audit/audit.ndjson")]
    return readme(owner, entries, Book(owner)(), NOW).decode()


def test_browser_asks_nobody_and_complains_of_nothing(page, tmp_path):
    """Opened with the network off, the page is whole, wants nothing of anybody and logs no error."""
    opened = BROWSER.Opened(tmp_path, page)
    assert opened.console == []
    assert opened.hosts == set()
    assert "<svg" in opened.dom
    assert "What is not in it" in opened.dom


def test_browser_would_have_told(tmp_path):
    """The two checks above see a request and a complaint where there is one."""
    assert BROWSER.Opened(tmp_path, '<!doctype html><img src="http://example.org/x.png">').hosts == {
        "example.org"
    }
    policy = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">"
    (tmp_path / "stopped").mkdir()
    assert BROWSER.Opened(tmp_path / "stopped", f"<!doctype html>{policy}<script>1</script>").console


@pytest.mark.parametrize(("width", "head"), [(390, "none"), (1280, "table-header-group")])
def test_readme_fits_its_screen(page, tmp_path, width, head):
    """On a phone a row is a card and on a desk a line; nothing reaches over the edge, letters can be read."""
    seen = BROWSER.measured(tmp_path, page, width, MEASURE)
    assert seen["wide"] <= width
    assert seen["head"] == head
    assert seen["letters"] >= 14


@pytest.mark.parametrize(("setting", "ground"), [(1, "rgb(246, 248, 249)"), (0, "rgb(16, 24, 28)")])
def test_readme_follows_light_and_dark(page, tmp_path, setting, ground):
    """The page takes the colours of the scheme that the reader's system asks for."""
    seen = BROWSER.measured(tmp_path, page, 390, MEASURE, f"--blink-settings=preferredColorScheme={setting}")
    assert seen["ground"] == ground
