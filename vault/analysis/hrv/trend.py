"""How the last seven days compare: their mean, the change of it worth minding, and how much they vary.

One night says little; the mean of a week is compared with the usual as it was before that week, and half a
standard deviation is the smallest worthwhile change. Above the band is not automatically good. The functions
fit any column of nights ([..., days], NaN for missing), HRV as its natural logarithm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import earlier, known_mean, known_sd, pick, trailing
from vault.analysis.parameters import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.vitals import Vital

    Floats = NDArray[np.float64]

__all__ = ["CV7_NIGHTS", "TREND", "Week", "before_the_week", "cv7", "week_mean", "week_of", "worthwhile"]

CV7_NIGHTS = 5
"""Of seven; fewer make the coefficient itself vary too much (Flatt and Esco 2015)."""


@dataclass(frozen=True, slots=True)
class TrendRule:
    """The seven-night HRV and the band of change worth minding."""

    nights: int
    min_nights: int
    min_baseline: int
    widening: float
    band_sd: float


TREND = table("trend", TrendRule)


@dataclass(frozen=True, slots=True)
class Week:
    """The last seven days of the stream that speaks, beside its usual before them; all [days].

    ``mean`` is over ``known`` days; ``centre``, ``sd`` and ``nights`` are those of the baseline.
    """

    mean: Floats
    known: NDArray[np.int64]
    centre: Floats
    sd: Floats
    nights: NDArray[np.int64]


def week_of(vital: Vital) -> Week:
    """Return the week up to each day; days on which another stream spoke count by this one's values."""
    mean, known = week_mean(vital.streams)
    centre, sd, nights = (
        pick(before_the_week(one), vital.row)
        for one in (vital.usuals.centre, vital.usuals.sd, vital.usuals.nights.astype(np.float64))
    )
    nights = np.where(np.isfinite(nights), nights, 0.0)
    return Week(pick(mean, vital.row), pick(known, vital.row), centre, sd, nights.astype(np.int64))


def week_mean(values: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return the mean of the last seven days and how many are known (Plews 2014: three will do).

    The mean is given from one known day on; who shows it asks for ``TREND.min_nights``.
    """
    week = trailing(values, TREND.nights, today=True)
    return known_mean(week), np.isfinite(week).sum(axis=-1)


def before_the_week(values: Floats) -> Floats:
    """Return a column as it stood when the week began: what ends there knows nothing of the week."""
    return earlier(values, TREND.nights - 1)


def worthwhile(centre: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """Return the band of the smallest worthwhile change, m ± 0.5 s (Buchheit, Front Physiol 2014, 5:73).

    m and s are the robust centre and spread of the 60 days before the week, as in the rest of readiness.
    """
    return centre - TREND.band_sd * sd, centre + TREND.band_sd * sd


def cv7(values: Floats) -> Floats:
    """Return 100 sd/mean of the last seven days in %, NaN below five known (Flatt and Esco 2015).

    Of ln RMSSD it is another number than of RMSSD in ms, so say which. Without a natural zero (a deviation
    of temperature) it says nothing.
    """
    week = trailing(values, TREND.nights, today=True)
    count, mean = np.isfinite(week).sum(axis=-1), known_mean(week)
    enough = np.where((count >= CV7_NIGHTS) & (mean != 0), mean, np.nan)
    return np.asarray(100 * known_sd(week) / np.abs(enough))
