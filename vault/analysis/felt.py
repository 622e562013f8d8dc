"""How the person feels, beside what the device says: check-in, reaction test, blend, disagreement.

Device signals hardly track feelings (Saw et al. 2016), so neither is corrected by the other: the check-in is
compared with the person's own check-ins, put on the same scale, and becomes one more exact line of the
combined score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import known_mean, known_squares, trailing
from vault.analysis.nights import gated
from vault.analysis.parameters import document, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.nights import Inputs
    from vault.analysis.score import Scored

    Floats = NDArray[np.float64]

__all__ = ["PERSON", "RULE", "Felt", "beside_own", "blend", "feel", "item_distance", "person"]


@dataclass(frozen=True, slots=True)
class FeltRule:
    """The items, when there are enough of them, and how they blend with the device."""

    items: Sequence[str]
    reversed: Sequence[str]
    min_items: int
    window: int
    min_checkins: int
    prior_sd: float
    prior_checkins: int
    neutral: float
    neutral_sd: float
    low: float
    high: float
    max_weight: float
    overlap: float
    reaction_weight: float
    reaction_overlap: float
    disagreement: int


RULE = table("felt", FeltRule)

PERSON = ("felt", "reaction")
"""The lines of the person's side, after those of the device."""


@dataclass(frozen=True, slots=True)
class Felt:
    """The check-in of each day, 1-5 with higher = better; NaN where too little was answered; [days].

    ``u`` is the distance from the usual in own standard deviations, ``earlier`` the number of check-ins
    it is compared with.
    """

    u: Floats
    mean: Floats
    usual: Floats
    sd: Floats
    earlier: NDArray[np.int64]


def feel(inputs: Inputs) -> Felt:
    """Compare each check-in with the last 60 before it (readiness.md 4.6)."""
    return beside_own(_item_mean(inputs))


def item_distance(item: str, answers: Floats) -> Floats:
    """Return how far each answer to one item is from the own usual, in sd, higher = better; [days]."""
    return beside_own(_turned(item, answers)).u


def beside_own(mean: Floats) -> Felt:
    """Compare each value from 1 to 5, higher = better, with the last 60 before it; NaN where none is."""
    given = np.flatnonzero(np.isfinite(mean))
    past = trailing(mean[given], RULE.window)
    count, centre = np.isfinite(past).sum(axis=-1), known_mean(past)
    sd = np.sqrt(
        (known_squares(past) + RULE.prior_checkins * RULE.prior_sd**2) / (count + RULE.prior_checkins)
    )
    settled = count >= RULE.min_checkins
    usual, spread, earlier = (np.full(len(mean), np.nan) for _ in range(3))
    usual[given] = np.where(settled, centre, RULE.neutral)
    spread[given] = np.where(settled, sd, RULE.neutral_sd)
    earlier[given] = count
    u = np.clip((mean - usual) / spread, RULE.low, RULE.high)
    return Felt(u, mean, usual, spread, np.nan_to_num(earlier).astype(np.int64))


def _item_mean(inputs: Inputs) -> Floats:
    """Return the mean of the answered items, each turned so that higher = better."""
    answers = np.full((len(RULE.items), len(inputs.days)), np.nan)
    for row, name in enumerate(RULE.items):
        if name in inputs.checkin:
            answers[row] = _turned(name, np.asarray(inputs.checkin[name], np.float64))
    enough = np.isfinite(answers).sum(axis=0) >= RULE.min_items
    return np.where(enough, known_mean(answers.T), np.nan)


def _turned(item: str, answers: Floats) -> Floats:
    """Return answers within the scale, turned so that higher = better."""
    low, high = document("parameters.toml")["gates"]["item"]
    answer = gated(answers, low, high)[0]
    return low + high - answer if item in RULE.reversed else answer


def person(u_felt: Floats, u_reaction: Floats) -> Floats:
    """Return the two parts of the person's side, check-in and reaction test, [2, days]; both in own sd.

    They sum to ((1 - q) felt + q reaction)/sqrt((1 - q)^2 + q^2 + 2 q (1 - q) r). Without a test the
    check-in stands alone, as it is, and the test is NaN; without a check-in both are: a test alone says
    nothing for the person (decision 0022).
    """
    q, r = RULE.reaction_weight, RULE.reaction_overlap
    norm = np.sqrt((1 - q) ** 2 + q**2 + 2 * q * (1 - q) * r)
    tested = np.isfinite(u_felt) & np.isfinite(u_reaction)
    felt = np.where(tested, (1 - q) / norm * u_felt, u_felt)
    return np.array([felt, np.where(tested, q / norm * u_reaction, np.nan)])


def blend(device: Scored, said: Floats, weight: float) -> tuple[Floats, Floats]:
    """Return the inputs [terms + said, days] and sum [days] of the combined score, NaN without check-in.

    ``said`` is what the person says: the check-in, [days], or it and further parts, [parts, days], that are
    NaN where there are none. The divisor keeps the spread of the sum: device and feeling are nearly
    independent.
    """
    felt, *more = np.atleast_2d(said)
    share = 1 - weight
    norm = np.sqrt(share**2 + weight**2 + RULE.overlap * weight * share)
    inputs = np.concatenate([share * device.inputs, weight * np.array([felt, *more])]) / norm
    whole = felt + sum(np.nan_to_num(part) for part in more)
    return inputs, (share * device.s + weight * whole) / norm
