"""Nights: how long and of which stages, as stacked bars; and when, as bars on a clock, evening on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from vault.report.charts.axis import across_days, bars, beside, numbers
from vault.report.charts.canvas import Caption, sheet
from vault.report.colours import hex_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Days = NDArray[np.int64]
    Numbers = NDArray[np.float64]

__all__ = ["STAGES", "clock", "stages"]

STAGES = {"deep": "deep", "rem": "dream", "light": "light", "unstaged": "band", "awake": "awake"}
"""Parts of a night from below, and the colour each is drawn in."""
_HEIGHT = 190
_RIGHT = 52
_HOUR = 60


def stages(
    caption: Caption,
    day: Days,
    minutes: Mapping[str, Numbers],
    span: tuple[int, int],
    need_min: float | None,
    words: Sequence[str],
) -> str:
    """Return the drawing of minutes of each of ``STAGES`` by day, NaN for none, with the need as a line."""
    with sheet(caption, _HEIGHT) as paper:
        axes = paper.panel(10, 26, right=_RIGHT)
        across_days(axes, *span)
        floor = np.zeros(len(day))
        for stage, colour in STAGES.items():
            height = np.nan_to_num(minutes[stage]) / _HOUR
            bars(axes, (day - 0.4, day + 0.4), (floor, floor + height), colour)
            floor = floor + height
        top = max(float(floor.max(initial=0)), (need_min or 0) / _HOUR, 1) * 1.05
        numbers(axes, 0, top, np.arange(0, top, _step(top)).tolist(), "{:.0f} h".format)
        if need_min is not None:
            axes.axhline(need_min / _HOUR, color=hex_of("ink"), linewidth=1, linestyle=(0, (3, 2)))
            for text, lift in zip(words, (0.26, -0.26)):
                beside(axes, span[1] + 0.5, need_min / _HOUR + lift * top / 4, text, "ink")
    return paper.svg


def _step(hours: float) -> int:
    """Return how many hours apart numbers stand, so that they are four at most in so many hours."""
    return 2 * int(np.ceil(hours / 8))


def clock(
    caption: Caption,
    day: Days,
    start_min: Numbers,
    end_min: Numbers,
    is_nap: NDArray[np.bool_],
    span: tuple[int, int],
) -> str:
    """Return the drawing of sleeps, from and to minutes after the midnight their day begins with."""
    with sheet(caption, _HEIGHT) as paper:
        axes = paper.panel(10, 26, left=44)
        across_days(axes, *span)
        early = min(float(start_min.min(initial=0)), -2 * _HOUR) - 20
        late = max(float(end_min.max(initial=0)), 8 * _HOUR) + 20
        step = _step((late - early) / _HOUR / 2) * _HOUR
        at = np.arange(np.ceil(early / step) * step, late, step)
        numbers(axes, late, early, at.tolist(), lambda minute: f"{int(minute) // _HOUR % 24:02d}:00")
        for rows, colour in ((~is_nap, "dream"), (is_nap, "light")):
            sides = day[rows] - 0.3, day[rows] + 0.3
            bars(axes, sides, (start_min[rows], end_min[rows]), colour)
    return paper.svg
