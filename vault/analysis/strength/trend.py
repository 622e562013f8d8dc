"""Whether the estimated maximum of a movement rises or falls: the Theil-Sen slope of four weeks.

The slope is the median of the slopes between all pairs of training days, so one bad day, or one very good,
does not turn it. All days of all movements are computed together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import known_median
from vault.analysis.parameters import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["RULE", "slope", "trend"]


@dataclass(frozen=True, slots=True)
class TrendRule:
    """The window, and what it must hold to show a trend."""

    days: int
    min_days: int
    min_span_days: int


RULE = table("trend", TrendRule, of="strength.toml")


def trend(day: Ints, movement: NDArray[np.object_], e1rm_kg: Floats) -> Floats:
    """Return the slope in kg in 28 days up to each row's day, NaN where there is too little.

    Args:
        day: Days since 1970-01-01, at most one row a day and movement, ascending, [n].
        movement: Text [n].
        e1rm_kg: The best estimate of the day, NaN where there is none, [n].
    """
    result = np.full(len(day), np.nan)
    rows = np.flatnonzero(np.isfinite(e1rm_kg))
    if not len(rows):
        return result
    _, code = np.unique(movement[rows].astype(str), return_inverse=True)
    order = np.lexsort((day[rows], code))
    rows, code = rows[order], code[order]
    back = np.arange(RULE.days - 1, -1, -1)
    place = np.arange(len(rows))[:, None] - back
    at = np.maximum(place, 0)
    age = day[rows][:, None] - day[rows][at]
    inside = (place >= 0) & (code[at] == code[:, None]) & (age < RULE.days)
    when = np.where(inside, -age, np.nan).astype(np.float64)
    kg = np.where(inside, e1rm_kg[rows][at], np.nan)
    span = np.where(inside, age, 0).max(axis=-1)
    enough = (inside.sum(axis=-1) >= RULE.min_days) & (span >= RULE.min_span_days)
    result[rows[enough]] = RULE.days * slope(when[enough], kg[enough])
    return result


def slope(x: Floats, y: Floats) -> Floats:
    """Return the median of the pairwise slopes of each row of [n, points], NaN = no point (Sen 1968).

    NaN where a row has no two points of different ``x``.
    """
    first, second = np.triu_indices(x.shape[-1], 1)
    across = x[..., second] - x[..., first]
    return known_median((y[..., second] - y[..., first]) / np.where(across == 0, np.nan, across))
