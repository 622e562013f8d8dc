"""The load one could lift once, estimated from a set of a few repetitions.

Two published formulas stand beside each other and agree at ten repetitions; Epley's is the one that is shown.
A set that was not taken to failure counts with the repetitions that were left in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.parameters import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.strength.sets import Sets

    Floats = NDArray[np.float64]

__all__ = ["RULE", "brzycki", "epley", "one_rep_max", "reserve"]


@dataclass(frozen=True, slots=True)
class OneRepMaxRule:
    """How many repetitions an estimate may rest on, and the RPE of a set to failure."""

    max_repetitions: float
    rpe_of_failure: float


RULE = table("one_rep_max", OneRepMaxRule, of="strength.toml")


def epley(load_kg: Floats, repetitions: Floats) -> Floats:
    """Return w (1 + r/30) in kg (Epley; readiness.md 1.3)."""
    return load_kg * (1 + repetitions / 30)


def brzycki(load_kg: Floats, repetitions: Floats) -> Floats:
    """Return 36 w/(37 - r) in kg (Brzycki; readiness.md 1.3); for less than 37 repetitions."""
    return 36 * load_kg / (37 - repetitions)


def reserve(rir: Floats, rpe: Floats) -> Floats:
    """Return repetitions in reserve: as told, else 10 - RPE, the meaning lifting gives to RPE."""
    return np.where(np.isfinite(rir), rir, RULE.rpe_of_failure - rpe)


def one_rep_max(sets: Sets) -> Floats:
    """Return what each set says of the maximum, kg; NaN where it can't say.

    r = repetitions + those in reserve, up to ten. Who does not tell a reserve is taken to have had none, so
    the estimate is then a lower bound. One repetition with nothing in reserve is the maximum itself.
    """
    r = sets.repetitions + np.nan_to_num(sets.reserve)
    can_say = (sets.load_kg > 0) & (sets.repetitions >= 1) & (r <= RULE.max_repetitions)
    return np.where(can_say, np.where(r <= 1, sets.load_kg, epley(sets.load_kg, r)), np.nan)
