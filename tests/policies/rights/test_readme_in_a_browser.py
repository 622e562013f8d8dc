"""The page of a bundle in a real browser, with the network off: no request, no error, and room on a phone."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

import policies
from policies.grants import Book
from policies.rights.archive import safe_name
from policies.rights.manifest import Entry
from policies.rights.readme import readme
from vault.records import Origin

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), "")
QUIET = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND"),
    *("--enable-logging=stderr", "--log-level=0", "--window-size=1400,1000", "--virtual-time-budget=5000"),
)
NOW = datetime(2026, 4, 5, 8, 0, tzinfo=UTC)
ENDLESS = "x" * 300
MEASURE = """
<iframe id=page width={width} height=900 style="border:0" srcdoc="{page}"></iframe>
<pre id=told></pre>
<script>
page.onload = () => {{
  const inside = page.contentDocument, style = query => getComputedStyle(inside.querySelector(query));
  told.textContent = JSON.stringify({{
    wide: inside.documentElement.scrollWidth,
    ground: style("body").backgroundColor,
    head: style(".stack thead").display,
    letters: parseFloat(style("td").fontSize),
  }});
}};
</script>
"""

pytestmark = pytest.mark.skipif(not BROWSER, reason="no Chromium here")


class Opened:
    """What a browser did with a page: its DOM afterwards, what its console said, whom it wanted to reach."""

    def __init__(self, folder, text, *options):
        page, log = folder / "README.html", folder / "net.json"
        page.write_text(text, encoding="utf-8")
        run = subprocess.run(
            [
                *(BROWSER, *QUIET, f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}"),
                *(*options, "--dump-dom", page.as_uri()),
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
    return json.loads(re.search(r'id="told">(.*?)</pre>', Opened(folder, frame, *options).dom)[1])


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
    opened = Opened(tmp_path, page)
    assert opened.console == []
    assert opened.hosts == set()
    assert "<svg" in opened.dom
    assert "What is not in it" in opened.dom


def test_browser_would_have_told(tmp_path):
    """The two checks above see a request and a complaint where there is one."""
    assert Opened(tmp_path, '<!doctype html><img src="http://example.org/x.png">').hosts == {"example.org"}
    policy = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">"
    (tmp_path / "stopped").mkdir()
    assert Opened(tmp_path / "stopped", f"<!doctype html>{policy}<script>1</script>").console


@pytest.mark.parametrize(("width", "head"), [(390, "none"), (1280, "table-header-group")])
def test_readme_fits_its_screen(page, tmp_path, width, head):
    """On a phone a row is a card and on a desk a line; nothing reaches over the edge, letters can be read."""
    seen = measured(tmp_path, page, width)
    assert seen["wide"] <= width
    assert seen["head"] == head
    assert seen["letters"] >= 14


@pytest.mark.parametrize(("setting", "ground"), [(1, "rgb(246, 248, 249)"), (0, "rgb(16, 24, 28)")])
def test_readme_follows_light_and_dark(page, tmp_path, setting, ground):
    """The page takes the colours of the scheme that the reader's system asks for."""
    seen = measured(tmp_path, page, 390, f"--blink-settings=preferredColorScheme={setting}")
    assert seen["ground"] == ground
