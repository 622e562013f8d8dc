"""What is usual for one person on one stream: a robust centre and spread of the last 60 nights.

Today is never part of its own baseline, and nothing later ever is. The centre is a weighted median, so
a week of illness can't drag it; the spread is shrunk towards a prior, so that seven nights will do.
There is no population centre: only how much people vary, never where they should be.
All functions work on the last axis, one column a day, NaN for missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from vault.analysis.parameters import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.parameters import Spread

    Floats = NDArray[np.float64]

__all__ = [
    "RULE",
    "Baseline",
    "BaselineRule",
    "baseline",
    "earlier",
    "known_mean",
    "known_median",
    "known_sd",
    "known_squares",
    "pick",
    "trailing",
    "weighted_median",
]

Number = TypeVar("Number", bound=np.generic)

MAD_TO_SD = 1.4826
"""Makes the median absolute deviation a standard deviation under a normal distribution."""


@dataclass(frozen=True, slots=True)
class BaselineRule:
    """The window of a baseline and what it needs to exist."""

    window_days: int
    half_life_days: float
    min_nights: int
    max_age_days: int
    clip_mads: float
    prior_nights: int


RULE = table("baseline", BaselineRule)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The usual of each day: ``centre`` and ``sd`` are NaN where there is none.

    ``nights`` counts the values of the window even where they are too few or too old.
    """

    centre: Floats
    sd: Floats
    nights: NDArray[np.int64]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where there is a baseline."""
        return np.isfinite(self.centre)


def baseline(values: Floats, spread: Spread) -> Baseline:
    """Return the baseline of each day from the days before it (readiness.md 4.2)."""
    window = trailing(values, RULE.window_days)
    present = np.isfinite(window)
    ages = np.arange(RULE.window_days, 0, -1)
    nights = present.sum(axis=-1)
    recent = present[..., -RULE.max_age_days :].any(axis=-1)
    weights = np.where(present, 0.5 ** (ages / RULE.half_life_days), 0.0)
    centre = weighted_median(window, weights)
    sd = _shrunk_sd(window, weights, centre, nights, spread)
    known = (nights >= RULE.min_nights) & recent
    return Baseline(np.where(known, centre, np.nan), np.where(known, sd, np.nan), nights)


def _shrunk_sd(
    window: Floats, weights: Floats, centre: Floats, nights: NDArray[np.int64], spread: Spread
) -> Floats:
    """Return the winsorised weighted spread, pulled towards the prior as if it were 7 more nights."""
    mad = MAD_TO_SD * weighted_median(np.abs(window - centre[..., None]), weights)
    reach = RULE.clip_mads * np.maximum(mad, spread.floor)[..., None]
    away = np.clip(window - centre[..., None], -reach, reach)
    squares = np.where(weights > 0, weights * away**2, 0.0).sum(axis=-1)
    total = weights.sum(axis=-1)
    variance = np.divide(squares, total, out=np.zeros_like(total), where=total > 0)
    prior = RULE.prior_nights
    shrunk = np.sqrt((nights * variance + prior * spread.prior**2) / (nights + prior))
    return np.asarray(np.maximum(shrunk, spread.floor))


def weighted_median(values: Floats, weights: Floats) -> Floats:
    """Return the lower weighted median along the last axis; missing values weigh 0."""
    order = np.argsort(values, axis=-1, kind="stable")
    cumulated = np.cumsum(np.take_along_axis(weights, order, axis=-1), axis=-1)
    place = (cumulated < cumulated[..., -1:] / 2).sum(axis=-1)
    ranked = np.take_along_axis(values, order, axis=-1)
    return np.take_along_axis(ranked, place[..., None], axis=-1)[..., 0]


def trailing(values: Floats, days: int, *, today: bool = False) -> Floats:
    """Return [..., day, days]: the days before each day, oldest first, NaN before the first.

    With ``today`` the window ends on the day itself. A copy, so that sums run over whole rows and
    a day's result does not depend on how many days follow.
    """
    gap = np.full((*values.shape[:-1], days), np.nan)
    padded = np.concatenate([gap, values], axis=-1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, days, axis=-1)
    return np.ascontiguousarray(windows[..., int(today) : values.shape[-1] + int(today), :])


def earlier(values: Floats, days: int) -> Floats:
    """Return the values as they stood some days before, NaN before the first."""
    gap = np.full((*values.shape[:-1], days), np.nan)
    return np.concatenate([gap, values], axis=-1)[..., : values.shape[-1]]


def known_mean(window: Floats) -> Floats:
    """Return the mean of the known values along the last axis, NaN where there are none."""
    known = np.isfinite(window)
    count = known.sum(axis=-1)
    return np.asarray(np.where(known, window, 0.0).sum(axis=-1) / np.where(count > 0, count, np.nan))


def known_median(window: Floats) -> Floats:
    """Return the median of the known values along the last axis, NaN where there are none."""
    if not window.shape[-1]:
        return np.full(window.shape[:-1], np.nan)
    ranked = np.sort(window, axis=-1)  # NaN goes last, and stays where there is nothing else
    count = np.isfinite(window).sum(axis=-1)[..., None]
    low = np.take_along_axis(ranked, np.maximum(count - 1, 0) // 2, axis=-1)
    high = np.take_along_axis(ranked, np.minimum(count // 2, window.shape[-1] - 1), axis=-1)
    return np.asarray(((low + high) / 2)[..., 0])


def known_squares(window: Floats) -> Floats:
    """Return the sum of squared distances of the known values from their mean, along the last axis."""
    known = np.isfinite(window)
    return np.asarray(np.where(known, (window - known_mean(window)[..., None]) ** 2, 0.0).sum(axis=-1))


def known_sd(window: Floats) -> Floats:
    """Return the standard deviation (n - 1) of the known values along the last axis, NaN under two."""
    count = np.isfinite(window).sum(axis=-1)
    return np.asarray(np.sqrt(known_squares(window) / np.where(count > 1, count - 1, np.nan)))


def pick(rows: NDArray[Number], row: NDArray[np.intp]) -> NDArray[Number]:
    """Return for each day the value of that day's row; ``rows`` is [streams, days]."""
    return np.asarray(np.take_along_axis(rows, row[None, :], axis=0)[0])
