"""Which sleeps are naps: short ones that begin when this person is usually up, whatever the clock says then.

When somebody is usually up is read from the long sleeps around, so that a night shift turns the day round;
where those tell nothing, people sleep around three in the morning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vault.time import DAY_NS, HOUR_NS, MINUTE_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NAP_BELOW_NS", "naps"]

NAP_BELOW_NS = 180 * MINUTE_NS
"""A longer sleep is none: a shift, an illness."""

_AROUND_NS = 36 * HOUR_NS
"""Long sleeps whose middles are nearer than this tell the rhythm: two or three, so that it may change."""
_FEWEST = 2
_USUAL_NS = 3 * HOUR_NS
_AWAY_NS = 6 * HOUR_NS
"""Half of the day lies further from the middle of sleep than this: 9 to 21 o'clock if that is at three."""
_TOGETHER = 0.5
"""Shorter than this, the mean of directions on the dial points nowhere."""
_EXACT = 1_000_000
"""Directions are whole numbers, so that their sums do not depend on what else was read."""


def naps(start: NDArray[np.int64], end: NDArray[np.int64], is_told: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which sleeps (int64 [n] ns of the local clock, in any order) are naps by their length and hour.

    ``is_told`` are naps by their vendor's word, of which none tells a rhythm, however long it is.
    """
    is_short = end - start < NAP_BELOW_NS
    long = ~is_short & ~is_told
    middle = _middles(np.sort((start[long] + end[long]) // 2), start)
    away = (start - middle + DAY_NS // 2) % DAY_NS - DAY_NS // 2
    found: NDArray[np.bool_] = is_short & ((away >= _AWAY_NS) | (away < -_AWAY_NS))
    return found


def _middles(long: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the hour (ns, int64 [n]) around which is slept at each time, by sorted middles of sleeps."""
    first = np.searchsorted(long, at - _AROUND_NS)
    after = np.searchsorted(long, at + _AROUND_NS, side="right")
    angle = long % DAY_NS / DAY_NS * (2 * np.pi)
    east, north = _sums(np.cos(angle), first, after), _sums(np.sin(angle), first, after)
    is_told = (after - first >= _FEWEST) & (np.hypot(east, north) >= _TOGETHER * _EXACT * (after - first))
    minute = np.round(np.arctan2(north, east) / (2 * np.pi) * (DAY_NS / MINUTE_NS)).astype(np.int64)
    return np.where(is_told, minute * MINUTE_NS, _USUAL_NS)


def _sums(
    direction: NDArray[np.float64], first: NDArray[np.intp], after: NDArray[np.intp]
) -> NDArray[np.int64]:
    upto = np.concatenate(([0], np.cumsum(np.round(direction * _EXACT).astype(np.int64))))
    return upto[after] - upto[first]
