"""Everything readiness computes before words: all days at once, as columns.

This is the whole calculation in the order it happens: terms, score, feeling, blend, flag, context. Each day's
column depends on that day and earlier ones only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import RULE, known_mean, trailing
from vault.analysis.felt import Felt, blend, feel
from vault.analysis.flags import body_strain, strained_signals
from vault.analysis.load import change_against_month, form
from vault.analysis.score import CONFIDENCE, Scored, confidence, on_scale, parts, score_terms
from vault.analysis.terms import LOAD, Terms, terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.nights import Inputs

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["Columns", "compute"]


@dataclass(frozen=True, slots=True)
class Columns:
    """All results, [days] each.

    ``scored`` says where there is a device score, ``asleep`` where there is only the sleep-only estimate,
    ``blended`` where a check-in joins the score. ``points`` is [terms + felt, days].
    """

    terms: Terms
    device: Scored
    device_score: Floats
    felt: Felt
    felt_score: Floats
    s: Floats
    score: Floats
    points: Floats
    scored: Bools
    asleep: Bools
    blended: Bools
    confidence: Floats
    nights: NDArray[np.int64]
    signals: dict[str, Bools]
    strained: Bools
    form: Floats
    load_change: Floats
    guessed_share: Floats


def compute(inputs: Inputs) -> Columns:
    """Compute all days of the inputs."""
    seen = terms(inputs)
    device = score_terms(seen.values())
    hrv, rhr, sleep = (np.isfinite(seen.each[name].value) for name in ("hrv", "rhr", "sleep"))
    scored, asleep = hrv | rhr, sleep & ~(hrv | rhr)
    felt = feel(inputs)
    blended = scored & np.isfinite(felt.u)
    joined, sums = blend(device, felt.u, inputs.felt_weight)
    alone = np.concatenate([device.inputs, np.full((1, len(scored)), np.nan)])
    s = np.where(blended, sums, device.s)
    nights = np.maximum(seen.vitals["hrv"].usual.nights, seen.vitals["rhr"].usual.nights)
    signals = strained_signals(seen.vitals)
    return Columns(
        terms=seen,
        device=device,
        device_score=on_scale(device.s),
        felt=felt,
        felt_score=on_scale(felt.u),
        s=s,
        score=on_scale(s),
        points=parts(np.where(blended, joined, alone), s),
        scored=scored,
        asleep=asleep,
        blended=blended,
        confidence=np.where(
            scored,
            confidence(device.coverage, nights, RULE.min_nights),
            np.where(asleep, CONFIDENCE.sleep_only * device.coverage, 0.0),
        ),
        nights=nights,
        signals=signals,
        strained=body_strain(signals),
        form=form(inputs.load),
        load_change=change_against_month(inputs.load),
        guessed_share=_guessed_share(inputs),
    )


def _guessed_share(inputs: Inputs) -> Floats:
    """Return which share of the training days behind the load was guessed from duration alone."""
    if inputs.load_estimated is None:
        return np.full(len(inputs.days), np.nan)
    trained = inputs.load > 0
    window = trailing(np.where(trained, inputs.load_estimated.astype(float), np.nan), LOAD.days)
    return known_mean(window)
