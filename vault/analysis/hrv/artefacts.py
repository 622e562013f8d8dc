"""Which heartbeats are trusted: those that lie near the running median of their accepted neighbours.

One missed, extra or ectopic beat in a hundred makes RMSSD half as large again, so a beat is vetoed, not
corrected. How far is too far adapts to how much this heart varies: a fixed share would cut real variation
from one person and leave artefacts in with another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import MAD_TO_SD
from vault.analysis.parameters import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["accepted"]


@dataclass(frozen=True, slots=True)
class ArtefactRule:
    """The sane range of an interval, and how far from its neighbours one may lie."""

    low_ms: float
    high_ms: float
    median_beats: int
    spread_beats: int
    spreads: float
    least_share: float
    most_share: float
    passes: int


RULE = table("artefacts", ArtefactRule, of="hrv.toml")


def accepted(rr_ms: Floats) -> Bools:
    """Return which beats of one recording are no artefacts, bool [n] (readiness.md 1.1).

    A beat is accepted within clip(5 s, 8 % m, 30 % m) of m, the median of 11 accepted beats around it; s is
    1.4826 x the median distance from m of 91. The second pass takes them without what the first vetoed.

    Args:
        rr_ms: RR intervals in order, float64 [n].
    """
    sane = (rr_ms >= RULE.low_ms) & (rr_ms <= RULE.high_ms)
    trusted = sane
    for _ in range(RULE.passes):
        trusted = sane & _near(rr_ms, np.flatnonzero(trusted))
    return trusted


def _near(rr_ms: Floats, trusted: NDArray[np.intp]) -> Bools:
    """Return which beats lie near the running median of the trusted ones."""
    if not len(trusted):
        return np.zeros(len(rr_ms), bool)
    medians = _running_median(rr_ms[trusted], RULE.median_beats, slice(None))
    median = np.interp(np.arange(len(rr_ms)), trusted, medians)
    off = np.abs(rr_ms - median)
    near = off <= RULE.least_share * median
    # The spread decides between the two shares only, and most beats are nearer.
    unclear = np.flatnonzero(~near & (off <= RULE.most_share * median))
    if len(unclear):
        spread = _spread(np.abs(rr_ms[trusted] - medians), trusted, unclear)
        near[unclear] = off[unclear] <= RULE.spreads * spread
    return near


def _spread(distances: Floats, trusted: NDArray[np.intp], at: NDArray[np.intp]) -> Floats:
    """Return 1.4826 x the running median of the trusted beats' distances, at some beats."""
    before = np.searchsorted(trusted, at, side="right") - 1
    needed = np.unique(np.clip(np.concatenate([before, before + 1]), 0, len(trusted) - 1))
    return MAD_TO_SD * np.interp(at, trusted[needed], _running_median(distances, RULE.spread_beats, needed))


def _running_median(values: Floats, width: int, at: NDArray[np.intp] | slice) -> Floats:
    """Return the median of an odd number of values around some; beyond the ends they are mirrored."""
    half = width // 2
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(values, half, mode="symmetric"), width)
    return np.ascontiguousarray(np.partition(windows[at], half, axis=-1)[:, half])
