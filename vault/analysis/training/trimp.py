"""Training impulse: how hard the heart worked, times how long.

A mean heart rate and a curve give different sums of the same workout, because the weighting is steeper than
a straight line: every function takes minutes at a heart rate, so a caller says which of the two it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.parameters import document
from vault.analysis.training.session import SESSION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["CONSTANTS", "UNSEXED", "Constants", "banister", "edwards", "lucia", "reserve", "trimp100"]


@dataclass(frozen=True, slots=True)
class Constants:
    """Banister's two constants."""

    weight: float
    exponent: float


UNSEXED = Constants(SESSION.trimp_weight, SESSION.trimp_exponent)

CONSTANTS = {
    "unsexed": UNSEXED,
    **{name: Constants(**row) for name, row in document("training.toml")["banister"].items()},
}
"""By name: unsexed, men, women, goldencheetah_women."""

_EDWARDS = np.array(document("training.toml")["edwards"]["shares"])


def reserve(heart_rate: Floats | float, rest: Floats | float, highest: Floats | float) -> Floats:
    """Return the share of the heart rate reserve, 0-1; NaN where the highest is not above the resting."""
    rest, highest = np.asarray(rest, np.float64), np.asarray(highest, np.float64)
    span = np.where(highest > rest, highest - rest, np.nan)
    return np.asarray(np.clip((np.asarray(heart_rate, np.float64) - rest) / span, 0.0, 1.0))


def banister(minutes: Floats | float, reserve: Floats | float, constants: Constants = UNSEXED) -> Floats:
    """Return Banister's TRIMP of minutes at a share of the heart rate reserve (Banister 1991).

    Of a curve, sum it over the samples; of a workout's mean heart rate it is the mean form, which is less
    (by 12 % on the ride of Clarke & Skiba 2013).
    """
    share = np.asarray(reserve, np.float64)
    return np.asarray(minutes * share * constants.weight * np.exp(constants.exponent * share))


def trimp100(minutes: Floats | float, reserve: Floats | float, constants: Constants = UNSEXED) -> Floats:
    """Return points: TRIMP over that of one hour at threshold, times 100 (GoldenCheetah's TRIMP(100)).

    The threshold is taken at a fixed share of the reserve; the constant for sex nearly cancels.
    """
    hour = banister(60.0, SESSION.threshold_reserve, constants)
    return 100 * banister(minutes, reserve, constants) / hour


def edwards(minutes: Floats | float, share_of_max: Floats | float) -> Floats:
    """Return Edwards' load: minutes times 1..5 from 50, 60, .. 90 % of the highest heart rate."""
    return np.asarray(minutes * np.searchsorted(_EDWARDS, share_of_max, side="right"), np.float64)


def lucia(minutes: Floats | float, heart_rate: Floats | float, first: float, second: float) -> Floats:
    """Return Lucia's load: minutes times 1 below the first threshold, 2 between, 3 from the second on."""
    return np.asarray(minutes * (1 + np.searchsorted([first, second], heart_rate, side="right")), np.float64)
