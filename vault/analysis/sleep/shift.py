"""When the clock says little about the body: weeks with night shifts, and the days after a long flight.

Both are told from sleep alone, as one yes or no a wake date, and both look back only. Days are ascending,
since 1970-01-01, with or without gaps; what is not known of a day is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import earlier, trailing
from vault.analysis.parameters import table
from vault.analysis.sleep.clock import ahead

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["NIGHT_SHIFT", "TRAVEL", "day_sleeps", "night_shift", "travelled"]


@dataclass(frozen=True, slots=True)
class TravelRule:
    """From which distance a flight counts, and how fast the body clock follows, in hours a day."""

    zones_h: float
    east_h_per_day: float
    west_h_per_day: float


@dataclass(frozen=True, slots=True)
class NightShiftRule:
    """Between which hours the middle of a day sleep lies, and how many of them make a week of shifts."""

    from_h: float
    to_h: float
    nights: int
    days: int


TRAVEL = table("travel", TravelRule, of="sleep.toml")
NIGHT_SHIFT = table("night_shift", NightShiftRule, of="sleep.toml")

_HALF_TURN_H = 12.0
"""No place is further away: beyond it, the other way round is shorter."""


def travelled(days: Ints, offset_min: Floats) -> Bools:
    """Return on which wake dates the body clock is still following a flight over more than three zones.

    Args:
        days: Wake dates, ascending, [n].
        offset_min: The UTC offset recorded with the main sleep, NaN where none was, [n].

    A flight is told by two recorded offsets. It lasts a day for each hour eastward, and for each one and a
    half hours westward, after the last night at the old offset.
    """
    zones = _on_grid(days, offset_min) / 60
    here = _carried(zones)
    slowest = min(TRAVEL.east_h_per_day, TRAVEL.west_h_per_day)
    found = np.zeros(len(zones), bool)
    for ago in range(1, int(_HALF_TURN_H / slowest) + 1):
        east = ahead(here, earlier(zones, ago))
        pace = np.where(east > 0, TRAVEL.east_h_per_day, TRAVEL.west_h_per_day)
        found |= (np.abs(east) > TRAVEL.zones_h) & (np.abs(east) / pace >= ago)
    return found[days - days[0]] if len(days) else found


def night_shift(days: Ints, middle_h: Floats) -> Bools:
    """Return on which wake dates at least two of the last seven main sleeps were day sleeps.

    Args:
        days: Wake dates, ascending, [n].
        middle_h: The local clock time of the middle of the main sleep, NaN where there is none, [n].
    """
    return day_sleeps(days, middle_h) >= NIGHT_SHIFT.nights


def day_sleeps(days: Ints, middle_h: Floats) -> Ints:
    """Return how many main sleeps of the last seven days have their middle by day."""
    middle = _on_grid(days, middle_h)
    by_day = (middle >= NIGHT_SHIFT.from_h) & (middle < NIGHT_SHIFT.to_h)
    week = np.nan_to_num(trailing(by_day.astype(float), NIGHT_SHIFT.days, today=True)).sum(axis=-1)
    return week.astype(np.int64)[days - days[0]] if len(days) else np.empty(0, np.int64)


def _on_grid(days: Ints, values: Floats) -> Floats:
    """Return one value for each day from the first to the last."""
    column = np.full(int(days[-1] - days[0]) + 1 if len(days) else 0, np.nan)
    if len(days):
        column[days - days[0]] = values
    return column


def _carried(values: Floats) -> Floats:
    """Return the last known value of each day."""
    known = np.maximum.accumulate(np.where(np.isfinite(values), np.arange(len(values)), -1))
    return np.where(known < 0, np.nan, values[known])
