"""What a session is measured against: the resting and the highest heart rate, or what stands in for them.

One unit for everything: 100 points are one hour at the lactate threshold. The numbers shape the readiness
score, so they stand in its table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import baseline, trailing
from vault.analysis.parameters import spread, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["SESSION", "highest", "usual_rest"]


@dataclass(frozen=True, slots=True)
class SessionRule:
    """How a workout becomes points, and what stands in for what is not known."""

    trimp_weight: float
    trimp_exponent: float
    threshold_reserve: float
    hr_max_days: int
    hr_max_floor: float
    hr_max_ceiling: float
    hr_rest_default: float
    threshold_rpe: float
    default_rpe: float
    silence_days: int


SESSION = table("session", SessionRule)


def usual_rest(rhr: Floats) -> Floats:
    """Return the resting heart rate usual before each day, of the oldest stream ([streams, days]) that knows.

    NaN where none does.
    """
    resting = np.full(rhr.shape[-1], np.nan)
    for row in rhr[::-1]:
        centre = baseline(row, spread("rhr")).centre
        resting = np.where(np.isfinite(centre), centre, resting)
    return resting


def highest(peak: Floats, at: Ints, days: int) -> Floats:
    """Return the highest heart rate seen in the year up to each day, NaN where none was.

    Args:
        peak: Of each workout; NaN where unknown, and above the ceiling an artefact.
        at: Which day each workout is on, 0..days-1.
        days: How many days there are.
    """
    sane = np.isfinite(peak) & (peak <= SESSION.hr_max_ceiling)
    seen = np.full(days, -np.inf)
    np.maximum.at(seen, at[sane], peak[sane])
    seen[np.isinf(seen)] = np.nan
    return np.asarray(np.fmax.reduce(trailing(seen, SESSION.hr_max_days, today=True), axis=-1))
