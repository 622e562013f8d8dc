"""The body-under-strain flag: several signals away from the usual at once. Not a medical finding.

It counts standard deviations of the person's own nights instead of fixed beats, because a fixed
threshold fires ten times as often on one device as on another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.parameters import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.vitals import Vital

    Bools = NDArray[np.bool_]

__all__ = ["STRAIN", "body_strain", "strained_signals"]

_DIRECTIONS = {"hrv": -1, "rhr": 1, "resp": 1, "temp": 1}


@dataclass(frozen=True, slots=True)
class StrainRule:
    """How far counts as away, and how many signals at once."""

    sd: float
    one_night: int
    two_nights: int


STRAIN = table("strain", StrainRule)


def strained_signals(vitals: dict[str, Vital]) -> dict[str, Bools]:
    """Return where each signal is away from its usual in the strained direction, [days]."""
    return {name: sign * vitals[name].z >= STRAIN.sd for name, sign in _DIRECTIONS.items()}


def body_strain(signals: dict[str, Bools]) -> Bools:
    """Return the days of the flag: three signals in one night, or two in two nights running."""
    count = np.sum(list(signals.values()), axis=0)
    two = count >= STRAIN.two_nights
    before = np.concatenate([[False], two[:-1]])
    return np.asarray((count >= STRAIN.one_night) | (two & before))
