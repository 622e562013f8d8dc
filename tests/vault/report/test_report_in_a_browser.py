"""The page in a real browser, with the network off: no request, no error, and room on a phone's screen."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from vault.report import page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), "")
QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-extensions",
)
MADE = datetime(2026, 4, 5, 8, 30, tzinfo=UTC)
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND"
MEASURE = """
<iframe id=page width={width} height=900 style="border:0" srcdoc="{page}"></iframe>
<pre id=told></pre>
<script>
page.onload = () => {{
  const inside = page.contentDocument, charts = [...inside.querySelectorAll("svg.chart")];
  const boxes = charts.map(chart => chart.getBoundingClientRect());
  told.textContent = JSON.stringify({{
    wide: inside.documentElement.scrollWidth,
    columns: new Set(boxes.map(box => Math.round(box.left))).size,
    letters: Math.min(...boxes.map((box, at) => 11 * box.width / charts[at].viewBox.baseVal.width)),
    ground: getComputedStyle(inside.body).backgroundColor,
    bars: getComputedStyle(inside.querySelector("svg.chart path[style*='--ink']")).fill,
  }});
}};
</script>
"""

pytestmark = pytest.mark.skipif(not BROWSER, reason="no Chromium here")


class Opened:
    """What a browser did with a page: its DOM afterwards, what its console said, whom it wanted to reach."""

    def __init__(self, folder, text, *options):
        page, log = folder / "page.html", folder / "net.json"
        page.write_text(text, encoding="utf-8")
        run = subprocess.run(
            [
                *(BROWSER, *QUIET, OFFLINE, f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}"),
                *("--enable-logging=stderr", "--log-level=0", *options, "--dump-dom", page.as_uri()),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        self.dom = run.stdout
        self.console = [line for line in run.stderr.splitlines() if "CONSOLE" in line]
        # A browser calls home by itself, and says of such a request that no page began it.
        begun = [line for line in log.read_text("utf-8").splitlines() if '"initiator":' in line]
        urls = [re.findall(r'"url":"([^"]+)"', line) for line in begun if "not an origin" not in line]
        self.hosts = {urlsplit(url).hostname for (url,) in urls}


def measured(folder, text, width, *options):
    """Return what a page of that width looks like from outside."""
    frame = MEASURE.format(width=width, page=html.escape(text, quote=True))
    dom = Opened(folder, frame, "--window-size=1400,1000", "--virtual-time-budget=5000", *options).dom
    return json.loads(re.search(r'id="told">(.*?)</pre>', dom)[1])


def test_browser_asks_nobody_and_complains_of_nothing(whole, tmp_path):
    """Opened with the network off, the page is whole, wants nothing of anybody and logs no error."""
    opened = Opened(tmp_path, whole)
    assert opened.console == []
    assert opened.hosts == set()
    assert opened.dom.count("<svg") == 15
    assert "What this page can't say" in opened.dom


def test_browser_would_have_told(tmp_path):
    """The two checks above see a request and a complaint where there is one."""
    reached = Opened(tmp_path, '<!doctype html><img src="http://example.org/seen.png">')
    assert reached.hosts == {"example.org"}
    policy = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">"
    (tmp_path / "stopped").mkdir()
    stopped = Opened(tmp_path / "stopped", f"<!doctype html>{policy}<script>1</script>")
    assert stopped.console


@pytest.mark.parametrize(("width", "columns"), [(390, 1), (1280, 2)])
def test_page_fits_its_screen(whole, tmp_path, width, columns):
    """A phone has one column of charts and a desk two; nothing reaches over the edge, letters can be read."""
    seen = measured(tmp_path, whole, width)
    assert seen["wide"] <= width
    assert seen["columns"] == columns
    assert seen["letters"] >= 9.5


@pytest.mark.parametrize(
    ("setting", "ground", "bars"),
    [(1, "rgb(251, 250, 247)", "rgb(30, 41, 47)"), (0, "rgb(18, 24, 28)", "rgb(230, 236, 239)")],
)
def test_page_follows_light_and_dark(whole, tmp_path, setting, ground, bars):
    """Page and drawings take the colours of the scheme that the reader's system asks for."""
    seen = measured(tmp_path, whole, 390, f"--blink-settings=preferredColorScheme={setting}")
    assert seen["ground"] == ground
    assert seen["bars"] == bars


def test_page_breaks_names_that_are_too_long(person, tmp_path):
    """A name without a space does not push a phone's page to the side."""
    endless = "x" * 300
    person.tables["strength"]["movement"] = endless
    person.days["steps"]["sources"] = endless
    assert measured(tmp_path, page(person, made=MADE), 390)["wide"] <= 390
