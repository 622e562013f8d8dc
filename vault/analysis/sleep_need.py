"""How much sleep a person needs, and how much of it the last fortnight left out.

The need is learned (a good night of the last ninety, within sane bounds) unless the person states it: a
fixed eight hours would score whole groups of people lower for sleeping as they always do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import trailing
from vault.analysis.parameters import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["DEBT", "NEED", "debt_hours", "sleep_need"]


@dataclass(frozen=True, slots=True)
class NeedRule:
    """How a sleep need is learned; all but the counts in minutes."""

    nights: int
    percentile: float
    low_min: float
    high_min: float
    default_min: float
    min_nights: int
    margin_min: float


@dataclass(frozen=True, slots=True)
class DebtRule:
    """How a fortnight's debt is summed, and what a debt counts as even."""

    nights: int
    min_nights: int
    half_life_nights: float
    surplus_min: float
    deficit_min: float
    neutral_h: float
    unit_h: float


NEED = table("need", NeedRule)
DEBT = table("debt", DebtRule)


def sleep_need(tst_min: Floats, stated_min: float | None = None) -> Floats:
    """Return the need in minutes on each day, learned from the nights before it (readiness.md 1.4)."""
    if stated_min is not None:
        return np.full(len(tst_min), float(stated_min))
    ranked = np.sort(trailing(tst_min, NEED.nights), axis=-1)  # NaN goes last
    known = np.isfinite(ranked).sum(axis=-1)
    place = np.maximum(known - 1, 0) * NEED.percentile / 100
    below = place.astype(np.intp)
    above = np.minimum(below + 1, np.maximum(known - 1, 0))
    days = np.arange(len(tst_min))
    good = ranked[days, below] + (ranked[days, above] - ranked[days, below]) * (place - below)
    return np.where(known < NEED.min_nights, NEED.default_min, np.clip(good, NEED.low_min, NEED.high_min))


def debt_hours(tst_min: Floats, need_min: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return the debt in hours a night over the last 14 nights, and how many of them are known.

    Surplus and deficit of a night are capped, so one lie-in does not erase a fortnight. NaN below
    five known nights.
    """
    window = trailing(tst_min, DEBT.nights, today=True)
    known = np.isfinite(window)
    ages = np.arange(DEBT.nights - 1, -1, -1)
    weights = np.where(known, 0.5 ** (ages / DEBT.half_life_nights), 0.0)
    short = np.clip(need_min[:, None] - window, -DEBT.surplus_min, DEBT.deficit_min)
    owed = np.where(known, weights * short, 0.0).sum(axis=-1)
    nights = known.sum(axis=-1)
    enough = nights >= DEBT.min_nights
    total = np.where(enough, weights.sum(axis=-1), np.nan)
    return owed / total / 60, nights
