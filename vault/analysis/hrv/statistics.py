"""The time-domain statistics of RR intervals, as the Task Force of 1996 defines them.

RMSSD follows breathing from beat to beat, SDNN everything slower as well: they are two quantities in one
unit, and neither stands in for the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Statistics", "statistics"]

_NN50_MS = 50.0


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of one recording: mean RR, RMSSD and SDNN in ms, pNN50 in %; NaN where there are too few beats."""

    mean_ms: float
    rmssd_ms: float
    sdnn_ms: float
    pnn50: float


def statistics(rr_ms: Floats, pairs: NDArray[np.bool_] | None = None) -> Statistics:
    """Return the statistics of RR intervals (Task Force, Circulation 1996, 93:1043).

    RMSSD = sqrt(mean(difference²)), SDNN with n - 1, pNN50 the share of differences over 50 ms.

    Args:
        rr_ms: RR intervals in order, float64 [n].
        pairs: Which of the n - 1 successive differences are of adjacent beats; all without it.
    """
    differences = np.diff(rr_ms) if pairs is None else np.diff(rr_ms)[pairs]
    known = len(differences) > 0
    return Statistics(
        mean_ms=float(rr_ms.mean()) if len(rr_ms) else np.nan,
        rmssd_ms=float(np.sqrt(np.mean(differences**2))) if known else np.nan,
        sdnn_ms=float(rr_ms.std(ddof=1)) if len(rr_ms) > 1 else np.nan,
        pnn50=float(100 * np.mean(np.abs(differences) > _NN50_MS)) if known else np.nan,
    )
