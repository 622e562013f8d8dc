"""Rows over the same days: a small curve a row, a weekly bar, or a strip of who measured what when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from vault.report.charts.axis import across_days, bars, beside, numbers
from vault.report.charts.band import heights
from vault.report.charts.canvas import TEXT, Caption, sheet
from vault.report.colours import hex_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Days = NDArray[np.int64]
    Numbers = NDArray[np.float64]

__all__ = ["answers", "curve", "strips", "weeks"]

_RIGHT = 56
_NAMES = 132
_ROW = 36
_STRIP = 17
_MIDDLE = 3
"""Of answers from 1 to 5."""


def curve(
    caption: Caption,
    day: Days,
    value: Numbers,
    span: tuple[int, int],
    said: Callable[[float], str],
) -> str:
    """Return a low drawing of single days joined by a hair line, the last one named."""
    with sheet(caption, 110) as paper:
        axes = paper.panel(10, 24, right=_RIGHT)
        across_days(axes, *span)
        low, high, at = heights(value)
        numbers(axes, low, high, at, "{:g}".format)
        axes.plot(day, value, color=hex_of("faint"), linewidth=1.2)
        axes.plot(day, value, "o", color=hex_of("calm"), markersize=4.5)
        beside(axes, day[-1], value[-1], said(value[-1]), "ink", strong=True)
    return paper.svg


def weeks(caption: Caption, monday: Days, value: Numbers, span: tuple[int, int]) -> str:
    """Return the drawing of one bar a week, that of the week's Monday and the six days after."""
    with sheet(caption, 130) as paper:
        axes = paper.panel(10, 24, left=44)
        across_days(axes, *span)
        _, high, at = heights(np.concatenate([[0.0], value]))
        numbers(axes, 0, high, at, "{:,.0f}".format)
        bars(axes, (monday, monday + 6), (0, value), "core")
    return paper.svg


def answers(caption: Caption, day: Days, items: Mapping[str, Numbers], span: tuple[int, int]) -> str:
    """Return a row an item with its answers of 1 to 5 as a curve."""
    with sheet(caption, _ROW * len(items) + 32) as paper:
        axes = paper.panel(6, 26, left=104, right=30)
        across_days(axes, *span)
        axes.set_ylim(0.5 - len(items), 0.5)
        axes.set_yticks([-row for row in range(len(items))], list(items))
        axes.tick_params(axis="y", labelsize=TEXT)
        for row, value in enumerate(items.values()):
            known = np.isfinite(value)
            when, height = day[known], (value[known] - _MIDDLE) / _MIDDLE / 2 - row
            axes.axhline(-row, color=hex_of("rule"), linewidth=0.8, zorder=0)
            axes.plot(when, height, "o-", color=hex_of("calm"), linewidth=1.4, markersize=3)
            beside(axes, when[-1], height[-1], f"{value[known][-1]:.0f}", "ink", strong=True)
    return paper.svg


def strips(
    caption: Caption,
    rows: Mapping[str, Sequence[tuple[Days, str]]],
    span: tuple[int, int],
) -> str:
    """Return a row a quantity: of each its sources' days in their colours, one under the other."""
    with sheet(caption, _STRIP * len(rows) + 32) as paper:
        axes = paper.panel(4, 26, left=_NAMES)
        across_days(axes, *span)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_yticks(range(len(rows)), list(rows))
        axes.tick_params(axis="y", labelsize=TEXT)
        for row, parts in enumerate(rows.values()):
            axes.axhline(row, color=hex_of("rule"), linewidth=0.8, zorder=0)
            height = 0.66 / len(parts)
            for which, (day, colour) in enumerate(parts):
                top = row - 0.33 + which * height
                bars(axes, (day - 0.5, day + 0.5), (top, top + height), colour)
    return paper.svg
