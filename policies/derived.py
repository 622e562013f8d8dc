"""A computed score, told only as far as its reader may see what it is computed from.

The score, its band and how far to trust it are granted by the score's name. A contribution shows its input
beside the usual of that input, so it takes a grant for all of the term's inputs. Advice and flags name no
single input, so they take a grant for every input there is. The parts the score is made of in between
(device, felt, combined) would give away what was left out, and are never told.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from policies import tables
from policies.precision import round_to

if TYPE_CHECKING:
    from vault.analysis.readiness import Contribution, Readiness

__all__ = ["everything", "reduced_readiness", "round_confidence", "term_inputs"]


def term_inputs() -> frozenset[str]:
    """Return every category a contribution to readiness may need."""
    return frozenset[str]().union(*tables.terms().values())


def everything() -> frozenset[str]:
    """Return every category that advice and flags may tell of."""
    return term_inputs().union(tables.data("categories")["contributions"]["advice"])


def round_confidence(confidence: float) -> float:
    """Return a confidence to one decimal: more would tell the nights of data there are."""
    return round(float(confidence), 1)


def reduced_readiness(told: Readiness, granted: Collection[str]) -> Readiness:
    """Return a readiness for somebody to whom daily values of ``granted`` may be shown.

    Every field is set here by name, so that a field added to ``Readiness`` has to be thought about. The
    hash of the inputs is always left out: whoever guesses the inputs could check the guess.
    """
    from vault.analysis.readiness import Context, Readiness

    seen = {term for term, inputs in tables.terms().items() if inputs <= set(granted)}
    whole = everything() <= set(granted)
    lines = tuple(_rounded(line) for line in told.contributions if line.term in seen)
    ranked = sorted(lines, key=lambda line: -abs(line.points))
    return Readiness(
        date=told.date,
        score=None if told.score is None else float(round(told.score)),
        band=told.band,
        confidence=round_confidence(told.confidence),
        label=told.label,
        anchor=told.anchor,
        device=None,
        felt=None,
        combined=None,
        disagreement=None,
        sleep_only=None,
        contributions=lines,
        reasons=tuple(line.text for line in ranked),
        missing=tuple(one for one in told.missing if one.term in seen),
        flags=tuple(replace(flag, evidence=()) for flag in told.flags) if whole else (),
        context=Context(form=None, acwr_note=None, sri=None, debt_h=None, need_min=None, load_basis=None),
        advice=told.advice if whole else None,
        algorithm=told.algorithm,
        params_sha256=told.params_sha256,
        inputs_sha256="",
    )


def _rounded(line: Contribution) -> Contribution:
    """Return a contribution with its numbers, and its sentence, as coarse as daily values are."""
    step = tables.data("precision")["steps"]["unit"].get(line.unit)
    value, usual, low, high = (
        float(round_to(number, step)) for number in (line.value, line.usual, line.low, line.high)
    )
    text = f"{line.term}: {value:g} {line.unit}, usually {low:g} to {high:g}: {line.shown:+d} points"
    return replace(line, points=float(line.shown), value=value, usual=usual, low=low, high=high, text=text)
