"""How much caffeine is left at bedtime, and until when the next drink leaves little enough.

One half-life for everybody is a simplification: people differ several-fold, so it can be said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.parameters import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["RULE", "Doses", "cutoff_h", "residual_mg", "usual_dose"]


@dataclass(frozen=True, slots=True)
class CaffeineRule:
    """What may be left at bedtime, how it fades, and which drink is meant where nobody's own is known."""

    residual_mg: float
    half_life_h: float
    longest_h: float
    cup_mg: float
    days: int
    min_doses: int
    reach_h: float


RULE = table("caffeine", CaffeineRule, of="sleep.toml")


@dataclass(frozen=True, slots=True, eq=False)
class Doses:
    """Recorded caffeine: ns of the local clock and mg, [n] each."""

    local_ns: Ints
    mg: Floats


def residual_mg(mg: Floats, hours_before: Floats, half_life_h: float = RULE.half_life_h) -> float:
    """Return what is left at a time of doses taken so many hours before it: sum of mg 0.5^(h/half-life).

    Doses after that time and more than two days before it count nothing.
    """
    counted = (hours_before >= 0) & (hours_before <= RULE.reach_h) & np.isfinite(mg)
    return float((mg[counted] * 0.5 ** (hours_before[counted] / half_life_h)).sum())


def cutoff_h(dose_mg: float, half_life_h: float = RULE.half_life_h) -> float:
    """Return how many hours before bed a dose has to be taken to leave 33 mg, 0 to 13.2 (Gardiner 2023)."""
    if dose_mg <= RULE.residual_mg:
        return 0.0
    return float(min(half_life_h * np.log2(dose_mg / RULE.residual_mg), RULE.longest_h))


def usual_dose(mg: Floats) -> float:
    """Return a person's usual single dose in mg, a cup of coffee where too few are recorded."""
    known = mg[np.isfinite(mg) & (mg > 0)]
    return float(np.median(known)) if len(known) >= RULE.min_doses else RULE.cup_mg
