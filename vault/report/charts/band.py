"""A quantity over days beside what is usual: nights as dots, their seven-day mean as a line, bands behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.report.charts.axis import across_days, beside, numbers
from vault.report.charts.canvas import SMALL, Caption, sheet
from vault.report.colours import hex_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Days = NDArray[np.int64]
    Numbers = NDArray[np.float64]

__all__ = ["Beside", "banded", "heights"]

_HEIGHT = 190
_RIGHT = 46
_JOINED = 4
"""Days without a value after which a line breaks off: a week without a watch is no slope."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Columns of one length by ``day``, NaN where unknown; ``mean`` and core all NaN if there are none.

    ``low``/``high`` hold most days, ``core_low``/``core_high`` the mean while nothing has changed.
    """

    day: Days
    value: Numbers
    low: Numbers
    high: Numbers
    mean: Numbers
    core_low: Numbers
    core_high: Numbers


def banded(
    caption: Caption,
    told: Beside,
    span: tuple[int, int],
    said: tuple[Callable[[float], str], Callable[[float], str]],
    *,
    axis: tuple[float, float, list[float]] | None = None,
    changes: Days | None = None,
    change: str = "",
) -> str:
    """Return the drawing.

    ``said`` writes the numbers of the axis, and the last value; ``axis`` is its ends and where numbers
    stand, if that is fixed. On ``changes`` something else begins to measure, ``change`` are the words for it.
    """
    low, high, at = axis or heights(np.concatenate([told.value, told.low, told.high]))
    with sheet(caption, _HEIGHT) as paper:
        axes = paper.panel(14, 26, right=_RIGHT)
        across_days(axes, *span)
        numbers(axes, low, high, at, said[0])
        axes.fill_between(told.day, told.low, told.high, color=hex_of("band"), linewidth=0)
        axes.fill_between(told.day, told.core_low, told.core_high, color=hex_of("core"), linewidth=0)
        axes.plot(told.day, told.value, "o", color=hex_of("faint"), markersize=3)
        averaged = np.isfinite(told.mean).any()
        _line(
            axes,
            told.day,
            told.mean if averaged else told.value,
            ("calm", 2.0) if averaged else ("faint", 1.0),
        )
        for day in [] if changes is None else changes.tolist():
            axes.axvline(day - 0.5, color=hex_of("soft"), linewidth=0.8, linestyle=(0, (2, 2)))
            axes.annotate(
                change,
                (day - 0.5, 1),
                (4, 0),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                color=hex_of("soft"),
                fontsize=SMALL,
                va="bottom",
            )
        _last(axes, told, said[1])
    return paper.svg


def _line(axes: Axes, day: Days, value: Numbers, look: tuple[str, float]) -> None:
    known = np.flatnonzero(np.isfinite(value))
    for part in np.split(known, np.flatnonzero(np.diff(day[known]) > _JOINED) + 1):
        axes.plot(day[part], value[part], color=hex_of(look[0]), linewidth=look[1])


def _last(axes: Axes, told: Beside, said: Callable[[float], str]) -> None:
    days = np.flatnonzero(np.isfinite(told.value))
    if len(days):
        day, value = told.day[days[-1]], told.value[days[-1]]
        axes.plot([day], [value], "o", color=hex_of("ink"), markersize=5.5)
        beside(axes, day, value, said(value), "ink", strong=True)


def heights(values: Numbers) -> tuple[float, float, list[float]]:
    """Return ends that hold all values with a little air, and two to four round heights between them."""
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    air = (high - low or abs(high) or 1.0) * 0.06
    low, high = low - air, high + air
    step = _round_step((high - low) / 3)
    first = int(np.ceil(low / step))
    return low, high, [step * which for which in range(first, int(np.floor(high / step)) + 1)]


def _round_step(rough: float) -> float:
    scale = 10.0 ** np.floor(np.log10(rough))
    return float(next(size for size in (1, 2, 2.5, 5, 10) if size * scale >= rough) * scale)
