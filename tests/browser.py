"""Opens a page in a real browser without a network: its DOM, its console, whom it wanted to reach."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from urllib.parse import urlsplit

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), "")
QUIET = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND"),
    *("--enable-logging=stderr", "--log-level=0", "--window-size=1400,1000", "--virtual-time-budget=5000"),
)
FRAME = """
<iframe id=page width={width} height=900 style="border:0" srcdoc="{page}"></iframe>
<pre id=told></pre>
<script>
page.onload = () => {{
  const inside = page.contentDocument;
  told.textContent = JSON.stringify((inside => {measure})(inside));
}};
</script>
"""


class Opened:
    """What a browser did with a page."""

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


def measured(folder, text, width, measure, *options):
    """Return what a page of that width looks like from outside; ``measure`` is JavaScript on ``inside``."""
    frame = FRAME.format(width=width, page=html.escape(text, quote=True), measure=measure)
    return json.loads(re.search(r'id="told">(.*?)</pre>', Opened(folder, frame, *options).dom)[1])
