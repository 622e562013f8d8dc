"""From terms to a score from 0 to 100 whose parts add up exactly.

The weighted terms are summed, scaled to a comparable spread whichever sensors there are, and put on a
logistic scale on which the usual day is 60. Each term's part of the distance from 60 is its
Aumann-Shapley value at the sum: exact, of the term's own sign, and additive.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.parameters import ScoreRule, document, table
from vault.analysis.terms import TERMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = [
    "SCALE",
    "Scored",
    "band",
    "caution",
    "confidence",
    "label",
    "on_scale",
    "parts",
    "score_terms",
    "shown_integers",
]

SCALE = table("score", ScoreRule)

NEARLY_ZERO = 1e-6
"""Below this sum the secant of the scale is lost to rounding and its tangent is exact enough."""


@dataclass(frozen=True, slots=True)
class ConfidenceRule:
    """How confidence grows with nights, what lowers it, and where its labels change."""

    start: float
    growth_nights: int
    sleep_only: float
    partial_min: float
    artefact_share: float
    doubtful: float
    changed: float
    changed_days: int
    provisional: float
    learning: float


CONFIDENCE = table("confidence", ConfidenceRule)


@dataclass(frozen=True, slots=True)
class Scored:
    """``inputs`` [terms, days] sum to ``s``; ``coverage`` is the weight of the terms present; [days]."""

    inputs: Floats
    s: Floats
    coverage: Floats


def score_terms(values: Floats) -> Scored:
    """Weigh the terms, [terms, days] with NaN for missing (readiness.md 4.4).

    What is missing is neither made up for nor held against anybody: the spread shrinks with the
    coverage, towards the usual day.
    """
    weights = np.array([rule.weight for rule in TERMS.values()])
    present = np.isfinite(values)
    weighed = np.where(present, weights[:, None], 0.0)
    coverage = weighed.sum(axis=0) / weights.sum()
    # Elementwise instead of a matrix product, whose rounding depends on the number of days.
    variance = (weighed[:, None] * weighed[None] * _correlations()[:, :, None]).sum(axis=(0, 1))
    scale = np.sqrt(coverage) / np.sqrt(np.where(variance > 0, variance, np.nan))
    inputs = weights[:, None] * values * scale
    return Scored(inputs, np.where(present, inputs, 0.0).sum(axis=0), coverage)


@cache
def _correlations() -> Floats:
    names = list(TERMS)
    matrix = np.eye(len(names))
    for one, other, r in document("parameters.toml")["correlations"]["pairs"]:
        row, column = names.index(one), names.index(other)
        matrix[row, column] = matrix[column, row] = r
    return matrix


def on_scale(s: Floats) -> Floats:
    """Put a sum on the scale: 0 gives the anchor."""
    odds = math.log(SCALE.anchor / (100 - SCALE.anchor))
    return np.asarray(100 / (1 + np.exp(-(odds + SCALE.slope * s))))


def parts(inputs: Floats, s: Floats) -> Floats:
    """Return each input's exact part of ``on_scale(s) - anchor``, in points."""
    tangent = SCALE.slope * SCALE.anchor * (100 - SCALE.anchor) / 100
    small = np.abs(s) < NEARLY_ZERO
    secant = (on_scale(s) - SCALE.anchor) / np.where(small, 1.0, s)
    return inputs * np.where(small, tangent, secant)


def shown_integers(points: Sequence[float], score: float) -> list[int]:
    """Round parts by largest remainder, so that anchor + their sum is always ``round(score)``."""
    floors = [math.floor(point) for point in points]
    left = round(score) - round(SCALE.anchor) - sum(floors)
    by_remainder = sorted(range(len(points)), key=lambda i: floors[i] - points[i])
    for place in by_remainder[:left]:
        floors[place] += 1
    return floors


def band(score: float) -> str:
    """Name the band of the score as it is shown, so that number and word never disagree."""
    shown = round(score)
    return "low" if shown < SCALE.low else "high" if shown >= SCALE.high else "usual"


def confidence(coverage: Floats, nights: NDArray[np.int64], min_nights: int) -> Floats:
    """Return the confidence 0-1 of a score whose baseline has so many nights (readiness.md 4.5)."""
    grown = np.clip((nights - min_nights) / CONFIDENCE.growth_nights, 0.0, 1.0)
    return coverage * (CONFIDENCE.start + (1 - CONFIDENCE.start) * grown)


def caution(doubtful: Bools, changed: Bools) -> Floats:
    """Return what confidence is multiplied with after a doubtful night or a change of stream, [days]."""
    return np.where(doubtful, CONFIDENCE.doubtful, 1.0) * np.where(changed, CONFIDENCE.changed, 1.0)


def label(value: float) -> str:
    """Name a confidence."""
    if value < CONFIDENCE.provisional:
        return "provisional"
    return "learning" if value < CONFIDENCE.learning else "settled"
