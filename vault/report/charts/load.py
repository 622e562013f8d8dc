"""Training load: each day's as a bar, the slow and the quick mean over it, and the form between the two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vault.report.charts.axis import across_days, bars, beside, numbers, spread_out
from vault.report.charts.band import heights
from vault.report.charts.canvas import Caption, sheet
from vault.report.colours import hex_of
from vault.report.wording import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Days = NDArray[np.int64]
    Numbers = NDArray[np.float64]

__all__ = ["Load", "load_and_form"]


class Load(NamedTuple):
    """Columns of one length, points, NaN where unknown."""

    load: Numbers
    ctl: Numbers
    atl: Numbers
    tsb: Numbers


_HEIGHT, _FORM = 280, 78
_RIGHT = 78
_LINE = 14
"""Of a label's height."""


def load_and_form(
    caption: Caption,
    day: Days,
    told: Load,
    span: tuple[int, int],
    words: Mapping[str, str],
) -> str:
    """Return the drawing; ``words`` name ctl, atl and tsb."""
    load, fitness, fatigue, form = told
    with sheet(caption, _HEIGHT) as paper:
        upper = paper.panel(10, _FORM + 40, right=_RIGHT)
        across_days(upper, *span)
        upper.set_xticks([])
        _, high, at = heights(np.concatenate([[0.0], load, fitness, fatigue]))
        numbers(upper, 0, high, at, "{:.0f}".format)
        bars(upper, (day - 0.4, day + 0.4), (0, np.nan_to_num(load)), "core")
        for line, colour in ((fatigue, "warm"), (fitness, "calm")):
            upper.plot(day, line, color=hex_of(colour), linewidth=2)
        _ends(
            upper,
            span[1],
            ((fitness, words["ctl"], "calm"), (fatigue, words["atl"], "warm")),
            _HEIGHT - _FORM - 50,
        )
        lower = paper.panel(_HEIGHT - _FORM - 20, 24, right=_RIGHT)
        across_days(lower, *span)
        bottom, top, at = heights(np.concatenate([[0.0], form]))
        numbers(lower, bottom, top, [one for one in at if one == 0] or [0.0], "{:.0f}".format)
        for side, colour in ((np.maximum(form, 0), "core"), (np.minimum(form, 0), "wash")):
            lower.fill_between(day, 0, side, color=hex_of(colour), linewidth=0)
        lower.plot(day, form, color=hex_of("soft"), linewidth=1.4)
        _ends(lower, span[1], ((form, words["tsb"], "soft"),), _FORM)
    return paper.svg


def _ends(axes: Axes, last: int, lines: tuple[tuple[Numbers, str, str], ...], pixels: float) -> None:
    known = [
        (line[np.isfinite(line)][-1], words, colour)
        for line, words, colour in lines
        if np.isfinite(line).any()
    ]
    low, high = axes.get_ylim()
    placed = spread_out([height for height, _, _ in known], (high - low) * _LINE * 2 / pixels)
    for height, (value, words, colour) in zip(placed, known):
        room = (high - low) * _LINE / 2 / pixels
        beside(axes, last, height + room, words, colour)
        beside(axes, last, height - room, whole(value), colour, strong=True)
