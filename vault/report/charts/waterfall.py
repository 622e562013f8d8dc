"""The score as a waterfall: from the usual day, step by step, to today, in points that add up."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from vault.report.charts.axis import bars, beside
from vault.report.charts.canvas import LEFT, TEXT, Caption, sheet
from vault.report.colours import hex_of
from vault.report.wording import signed, whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Step", "waterfall"]

_ROW = 25
_HALF = 0.31
"""A bar's height, of a row's."""
_NAMES = 140
"""Room to the left, for what a step is called."""


class Step(NamedTuple):
    """One part: its words, its exact ``points``, and the whole points people read."""

    name: str
    points: float
    shown: int


def waterfall(
    caption: Caption,
    start: tuple[str, float],
    steps: Sequence[Step],
    end: tuple[str, float],
    edges: tuple[float, float],
) -> str:
    """Return the drawing; ``start`` and ``end`` are words and a height, ``edges`` those of the bands."""
    heights = list(accumulate((step.points for step in steps), initial=start[1]))
    rows = len(steps) + 2
    with sheet(caption, 34 + _ROW * rows) as paper:
        axes = paper.panel(6, 28, left=_NAMES, right=LEFT)
        axes.set_xlim(min(0, *heights), max(100, *heights))
        axes.set_ylim(rows - 0.5, -0.5)
        axes.set_xticks([0, *edges, 100], ["0", *(f"{edge:.0f}" for edge in edges), "100"])
        axes.set_yticks([])
        axes.vlines([0, *edges, 100], -0.5, rows - 0.5, color=hex_of("rule"), linewidth=0.8, zorder=0)
        for row, (words, height) in ((0, start), (rows - 1, end)):
            bars(axes, (0, height), (row - _HALF, row + _HALF), "ink")
            _words(axes, row, words, strong=True)
            beside(axes, height, row, whole(height), "ink", strong=True)
        for row, (step, before, after) in enumerate(zip(steps, heights, heights[1:]), 1):
            colour = "warm" if step.points < 0 else "calm"
            said = colour if step.shown else "soft"
            bars(axes, (before, after), (row - _HALF, row + _HALF), colour)
            axes.vlines(before, row - 1, row, color=hex_of("soft"), linewidth=0.8, zorder=0)
            _words(axes, row, step.name, strong=False)
            beside(axes, max(before, after), row, signed(step.shown), said, strong=True)
        axes.vlines(heights[-1], rows - 2, rows - 1, color=hex_of("soft"), linewidth=0.8, zorder=0)
    return paper.svg


def _words(axes: Axes, row: int, words: str, *, strong: bool) -> None:
    axes.annotate(
        words,
        (0, row),
        (-_NAMES, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center_baseline",
        color=hex_of("ink" if strong else "soft"),
        fontsize=TEXT,
        fontweight="bold" if strong else "normal",
    )
