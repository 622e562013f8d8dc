"""A sheet to draw on, and the SVG it becomes: the same bytes for the same drawing, nothing loaded, no script.

Sizes are in pixels of a narrow phone; the page scales the drawing. Only words of ours are drawn: names that
people or devices gave stand in the page's text, where any script of the world has its letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple

from vault.errors import VaultError
from vault.report.colours import hex_of, with_variables

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["LEFT", "SMALL", "TEXT", "WIDTH", "Caption", "Sheet", "sheet"]

WIDTH = 380
LEFT = 36
"""Room for the numbers of the upright axis."""
TEXT, SMALL = 12.0, 11.0
_DPI = 72  # a point of the drawing is a pixel of the page
_FIXED: Any = {
    "font.family": ["DejaVu Sans"],  # comes with matplotlib: the same measures on every machine
    "font.size": TEXT,
    "svg.fonttype": "none",
    "text.parse_math": False,
    "axes.unicode_minus": True,
    "path.simplify": False,
    "lines.markeredgewidth": 0,
    "figure.dpi": _DPI,
    "savefig.dpi": _DPI,
}
_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


class Caption(NamedTuple):
    """A chart's name, unique on the page, and its words for who can't see it."""

    name: str
    title: str
    description: str


class Sheet:
    """A figure of ``WIDTH`` by ``height``; places are in pixels from its upper left corner."""

    def __init__(self, figure: Figure, height: float) -> None:
        self.figure, self.height = figure, height
        self.svg = ""

    def panel(self, top: float, bottom: float, *, left: float = LEFT, right: float = 10) -> Axes:
        """Return axes without a frame; ``bottom`` and ``right`` are margins to the edges of the sheet."""
        share = (
            left / WIDTH,
            bottom / self.height,
            (WIDTH - left - right) / WIDTH,
            (self.height - top - bottom) / self.height,
        )
        axes = self.figure.add_axes(share)
        axes.patch.set_visible(False)
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.tick_params(length=0, labelsize=SMALL, labelcolor=hex_of("soft"), pad=5)
        return axes

    def write(self, caption: Caption) -> None:
        """Make ``svg`` of what was drawn."""
        for artist in self.figure.findobj():
            artist.set_clip_on(False)  # axes hold all of their data: clip paths would only add ids
        out = StringIO()
        self.figure.savefig(out, format="svg", metadata=_NO_METADATA, transparent=True)
        self.svg = _inlined(out.getvalue(), caption)


@contextmanager
def sheet(caption: Caption, height: float) -> Iterator[Sheet]:
    """Open a sheet; at the end ``svg`` is its drawing.

    Raises:
        VaultError: matplotlib is not installed.
    """
    try:
        from matplotlib import rc_context, rcdefaults, rcParams
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError as error:
        raise VaultError(
            "drawing needs matplotlib", hint="pip install 'vitalvault[report]'", code="missing-extra"
        ) from error
    with rc_context():
        rcdefaults()  # what a person has set for their own plots is not for this page
        rcParams.update(_FIXED | {"svg.hashsalt": caption.name})
        figure = Figure(figsize=(WIDTH / _DPI, height / _DPI))
        FigureCanvasSVG(figure)
        opened = Sheet(figure, height)
        yield opened
        opened.write(caption)


def _inlined(text: str, caption: Caption) -> str:
    """Return matplotlib's document as an element of the page, with words for who can't see it."""
    body = text[text.index("<svg") :].split(">", 1)[1]
    body = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", body, flags=re.DOTALL)
    used = set(re.findall(r'"#(\w+)"', body))
    body = re.sub(r' id="([^"]+)"', lambda found: found[0] if found[1] in used else "", body)
    body = re.sub(r" font-family: [^;\"]*;?", "", body)  # the page's own
    body = re.sub(r"<g/>|<defs>\s*</defs>", "", body)
    body = re.sub(r"\s*\n\s*", "\n", body)
    height = re.search(r'viewBox="0 0 \d+ ([\d.]+)"', text)
    assert height is not None
    name = caption.name
    head = (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height[1]}" role="img" '
        f'aria-labelledby="{name}-t {name}-d">\n'
        f'<title id="{name}-t">{escape(caption.title)}</title>\n'
        f'<desc id="{name}-d">{escape(caption.description)}</desc>'
    )
    return with_variables(head + body).strip()
