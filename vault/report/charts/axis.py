"""The axes charts share: days across, a few quiet numbers up, and labels that stand beside what they name."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from vault.report.charts.canvas import SMALL, TEXT
from vault.report.colours import hex_of
from vault.time import date_of_day, day_of_date

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

__all__ = ["across_days", "bars", "beside", "numbers", "spread_out"]

_LABELS = 6
"""That fit across a phone."""
_FEW_DAYS = 45
_MONDAY = 4
"""1970-01-01, day 0, was a Thursday."""


def across_days(axes: Axes, first: int, last: int) -> None:
    """Let the axes reach from one day to another, both whole, with dates below."""
    axes.set_xlim(first - 0.5, last + 0.5)
    told = _dates(first, last)
    axes.set_xticks([day for day, _ in told], [text for _, text in told])


def _dates(first: int, last: int) -> list[tuple[int, str]]:
    if last - first < _FEW_DAYS:
        mondays = [day for day in range(first, last + 1) if day % 7 == _MONDAY]
        return [(day, _short(date_of_day(day))) for day in mondays[:: -(-len(mondays) // _LABELS) or 1]]
    months = _months(date_of_day(first), date_of_day(last))
    step = next(size for size in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if len(months) <= size * _LABELS)
    kept = [one for one in months if (one.year * 12 + one.month - 1) % step == 0]
    return [(day_of_date(one), f"{one:%Y}" if step >= 12 else f"{one:%b}") for one in kept]


def _short(day: date) -> str:
    return f"{day.day} {day:%b}"


def _months(first: date, last: date) -> list[date]:
    month = first if first.day == 1 else (first.replace(day=1) + timedelta(days=31)).replace(day=1)
    found = []
    while month <= last:
        found.append(month)
        month = (month + timedelta(days=31)).replace(day=1)
    return found


def numbers(axes: Axes, low: float, high: float, at: Sequence[float], said: Callable[[float], str]) -> None:
    """Let the axes reach from low to high, with a hair line and a number at some heights."""
    axes.set_ylim(low, high)
    axes.set_yticks(list(at), [said(one) for one in at])
    axes.grid(axis="y", color=hex_of("rule"), linewidth=0.8)
    axes.set_axisbelow(True)


def bars(
    axes: Axes, across: tuple[ArrayLike, ArrayLike], up: tuple[ArrayLike, ArrayLike], colour: str
) -> None:
    """Draw rectangles from left to right and from bottom to top, all of one colour, as one path."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    left, right, bottom, top = np.broadcast_arrays(*across, *up)
    if left.size:
        corners = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
        points = np.array(corners, np.float64).reshape(5, 2, -1).transpose(2, 0, 1).reshape(-1, 2)
        codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * left.size
        axes.add_patch(PathPatch(Path(points, codes), facecolor=hex_of(colour), linewidth=0))


def beside(axes: Axes, x: float, y: float, text: str, colour: str, *, strong: bool = False) -> None:
    """Write to the right of a point what it is."""
    axes.annotate(
        text,
        (x, y),
        (6, 0),
        textcoords="offset points",
        va="center_baseline",
        color=hex_of(colour),
        fontsize=TEXT if strong else SMALL,
        fontweight="bold" if strong else "normal",
        annotation_clip=False,
    )


def spread_out(heights: Sequence[float], room: float) -> list[float]:
    """Return the heights of labels moved apart as little as keeps ``room`` between neighbours."""
    order = sorted(range(len(heights)), key=lambda which: heights[which])
    placed = list(heights)
    for _ in heights:
        for below, above in pairwise(order):
            lacking = room - (placed[above] - placed[below])
            if lacking > 0:
                placed[below] -= lacking / 2
                placed[above] += lacking / 2
    return placed
