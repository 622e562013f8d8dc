"""Everything readiness computes before words: all days at once, as columns.

This is the whole calculation in the order it happens: terms, score, feeling, blend, flag, context. Each day's
column depends on that day and earlier ones only: all but form and check-ins on the last ``FADE_DAYS``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import RULE, known_mean, pick, trailing
from vault.analysis.felt import PERSON, Felt, blend, feel, person
from vault.analysis.flags import Shift, body_strain, sensor_change, strained_signals, week_shifts
from vault.analysis.overtraining import Sign, pattern, signs
from vault.analysis.reaction import Tested
from vault.analysis.score import CONFIDENCE, Scored, caution, confidence, on_scale, parts, score_terms
from vault.analysis.terms import LOAD, Terms, days_recorded, terms
from vault.analysis.training.form import change_against_month, form
from vault.analysis.vitals import new_speaker

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.nights import Inputs

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["FADE_DAYS", "Columns", "compute"]

FADE_DAYS = 2 * RULE.window_days + 1
"""A day looks at the baseline of nights up to a window ago, and a baseline looks as far again."""


@dataclass(frozen=True, slots=True)
class Columns:
    """All results, [days] each.

    ``scored`` says where there is a device score, ``asleep`` where there is only the sleep-only estimate,
    ``blended`` where a check-in joins the score. ``points`` is [terms + ``PERSON``, days].
    """

    terms: Terms
    device: Scored
    device_score: Floats
    felt: Felt
    tested: Tested
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
    shifts: dict[str, Shift]
    moved: dict[str, Bools]
    signs: dict[str, Sign]
    overtraining: Bools
    form: Floats
    load_change: Floats
    guessed_share: Floats


def compute(inputs: Inputs, start: int = 0) -> Columns:
    """Compute the days from row ``start`` on; the first ``FADE_DAYS`` of them lack what was before."""
    near = inputs.rows(slice(start, None))
    seen = terms(near, days_recorded(inputs.load)[start:])
    device = score_terms(seen.values())
    hrv, rhr, sleep = (np.isfinite(seen.each[name].value) for name in ("hrv", "rhr", "sleep"))
    scored, asleep = hrv | rhr, sleep & ~(hrv | rhr)
    felt = _from(feel(inputs), start)
    blended = scored & np.isfinite(felt.u)
    tested = _tested(near)
    joined, sums = blend(device, person(felt.u, tested.u), inputs.felt_weight)
    alone = np.concatenate([device.inputs, np.full((len(PERSON), len(scored)), np.nan)])
    s = np.where(blended, sums, device.s)
    nights = np.maximum(seen.vitals["hrv"].usual.nights, seen.vitals["rhr"].usual.nights)
    signals, shifts = strained_signals(seen.vitals), week_shifts(seen.vitals)
    worn = signs(seen, felt, near.load, near.ticked("performance_down"))
    return Columns(
        terms=seen,
        device=device,
        device_score=on_scale(device.s),
        felt=felt,
        tested=tested,
        felt_score=on_scale(felt.u),
        s=s,
        score=on_scale(s),
        points=parts(np.where(blended, joined, alone), s),
        scored=scored,
        asleep=asleep,
        blended=blended,
        confidence=np.where(
            scored,
            confidence(device.coverage, nights, RULE.min_nights) * _caution(near, seen),
            np.where(asleep, CONFIDENCE.sleep_only * device.coverage, 0.0),
        ),
        nights=nights,
        signals=signals,
        strained=body_strain(signals),
        shifts=shifts,
        moved=sensor_change(shifts),
        signs=worn,
        overtraining=pattern(worn),
        form=form(inputs.load)[start:],
        load_change=change_against_month(near.load),
        guessed_share=_guessed_share(near),
    )


def _from(felt: Felt, start: int) -> Felt:
    return Felt(*(getattr(felt, field.name)[start:] for field in fields(felt)))


def _tested(inputs: Inputs) -> Tested:
    none = np.full((3, len(inputs.days)), np.nan)
    return Tested(*(none if inputs.reaction is None else inputs.reaction))


def _caution(inputs: Inputs, seen: Terms) -> Floats:
    """Return what a short or noisy night and a new stream leave of the confidence (readiness.md 4.5)."""
    doubtful, changed = inputs.ticked("partial"), np.zeros(len(inputs.days), bool)
    for name in ("hrv", "rhr"):
        speaks = np.isfinite(seen.each[name].value)
        changed |= speaks & new_speaker(seen.vitals[name], CONFIDENCE.changed_days)
    if inputs.artefact_share is not None:
        share = pick(np.atleast_2d(inputs.artefact_share), seen.vitals["hrv"].row)
        doubtful = doubtful | (np.isfinite(seen.each["hrv"].value) & (share >= CONFIDENCE.artefact_share))
    return caution(doubtful, changed)


def _guessed_share(inputs: Inputs) -> Floats:
    """Return which share of the training days behind the load was guessed from duration alone."""
    if inputs.load_estimated is None:
        return np.full(len(inputs.days), np.nan)
    trained = inputs.load > 0
    window = trailing(np.where(trained, inputs.load_estimated.astype(float), np.nan), LOAD.days)
    return known_mean(window)
