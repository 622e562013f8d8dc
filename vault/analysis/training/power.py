"""Power: watts second by second as one number that says what they cost, beside what an hour could be.

All take float64 [n] watts, one a second, NaN for gaps. A gap is never bridged: a mean over 30 s needs 30
known seconds. Under 30 of them, nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.parameters import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["bike_score", "moving_mean", "normalized_power", "stress_score", "xpower"]


@dataclass(frozen=True, slots=True)
class PowerRule:
    """Over how many seconds watts are smoothed."""

    window_s: int
    smoothing_s: int


RULE = table("power", PowerRule, of="training.toml")

_HOUR_S = 3600
_NOTHING = float("nan")


def moving_mean(values: Floats, seconds: int) -> Floats:
    """Return the mean of each complete window; NaN where a second of it is not known."""
    known = np.isfinite(values)
    if known.all():
        total = np.concatenate([[0.0], np.cumsum(values)])
        return np.asarray((total[seconds:] - total[:-seconds]) / seconds)
    total = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    count = np.concatenate([[0], np.cumsum(known)])
    whole = (count[seconds:] - count[:-seconds]) == seconds
    return np.where(whole, (total[seconds:] - total[:-seconds]) / seconds, np.nan)


def normalized_power(watts: Floats, *, start_up: bool = False) -> float:
    """Return normalized power: fourth root of the mean fourth power of 30-s means (Allen & Coggan).

    With ``start_up`` the first 29 s count as zeros, as GoldenCheetah has it; else complete windows only.
    """
    means = moving_mean(watts, RULE.window_s)
    known = means[np.isfinite(means)]
    if not len(known):
        return _NOTHING
    return _fourth_power_mean(known, RULE.window_s - 1 if start_up else 0)


def xpower(watts: Floats) -> float:
    """Return Skiba's xPower: an exponential mean of 25-s means, as the worksheet of Clarke & Skiba 2013.

    The smoothing factor is 2/(25 + 1); the 24 s before the first mean count as zeros. Gaps are left out.
    """
    known = watts[np.isfinite(watts)]
    if len(known) < RULE.window_s:
        return _NOTHING
    means = moving_mean(known, RULE.smoothing_s)
    return _fourth_power_mean(_exponential(means, 2 / (RULE.smoothing_s + 1)), RULE.smoothing_s - 1)


def _exponential(values: Floats, share: float) -> Floats:
    smooth, value = np.empty(len(values)), float(values[0])
    for at, one in enumerate(values.tolist()):
        value += share * (one - value)
        smooth[at] = value
    return smooth


def _fourth_power_mean(values: Floats, zeros: int) -> float:
    return float((np.sum(values**4) / (len(values) + zeros)) ** 0.25)


def stress_score(
    seconds: Floats | float, normalized_w: Floats | float, threshold_w: Floats | float
) -> Floats:
    """Return TSS: 100 x hours x IF^2, where IF is normalized power over the hour's best (Allen & Coggan)."""
    factor = np.asarray(normalized_w, np.float64) / threshold_w
    return np.asarray(100 * np.asarray(seconds, np.float64) / _HOUR_S * factor**2)


def bike_score(seconds: float, xpower_w: float, critical_w: float) -> float:
    """Return Skiba's BikeScore: as TSS, with xPower and critical power."""
    return float(stress_score(seconds, xpower_w, critical_w))
