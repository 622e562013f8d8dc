"""Fitness and fatigue: performance as what training builds up, minus what it costs (Banister 1975).

The time constants are given, not fitted: on realistic data they are not identifiable (Hellard 2006), and a
better fit is then a worse model. Even so a fit is said only when it knows the direction of the next week.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from vault.analysis.parameters import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["RULE", "Model", "Response", "fitted", "impulses", "performance"]


@dataclass(frozen=True, slots=True)
class ResponseRule:
    """The time constants, what a fit needs, and how its uncertainty is found."""

    fitness_days: float
    fatigue_days: float
    min_tests: int
    min_days: int
    ahead_days: int
    usual_days: int
    draws: int
    block: int
    coverage: float


RULE = table("response", ResponseRule, of="training.toml")


@dataclass(frozen=True, slots=True)
class Model:
    """p(t) = p0 + k1 g(t) - k2 h(t), in the unit of the tests."""

    p0: float
    k1: float
    k2: float
    fitness_days: float = RULE.fitness_days
    fatigue_days: float = RULE.fatigue_days


@dataclass(frozen=True, slots=True)
class Response:
    """What the tests say: the model and the change of the next 7 days, or the reason why nothing is said.

    The change is that of training on as in the last 28 days; low and high are its 90 % interval.
    """

    model: Model | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    reason: Literal["", "too_few_tests", "too_short", "does_not_move", "unsure"] = ""


def impulses(load: Floats, tau_days: float) -> Floats:
    """Return g(t) = g(t-1) e^(-1/tau) + load(t); an unknown day counts as 0."""
    keep, value = np.exp(-1 / tau_days), 0.0
    sums = np.empty(len(load))
    for day, points in enumerate(np.nan_to_num(load).tolist()):
        value = value * keep + points
        sums[day] = value
    return sums


def performance(load: Floats, model: Model) -> Floats:
    """Return p of each day under a model."""
    built, tired = impulses(load, model.fitness_days), impulses(load, model.fatigue_days)
    return np.asarray(model.p0 + model.k1 * built - model.k2 * tired)


def fitted(load: Floats, at: Ints, tests: Floats, seed: int = 0) -> Response:
    """Return the response that maximal tests show.

    Args:
        load: Points of each day [days].
        at: The day of each test, ascending, 0..days-1.
        tests: What was reached, in any one unit; higher is better.
        seed: Of the bootstrap, so that the same data say the same.
    """
    at, tests = at[np.isfinite(tests)], tests[np.isfinite(tests)]
    if len(tests) < RULE.min_tests:
        return Response(reason="too_few_tests")
    if at[-1] - at[0] < RULE.min_days:
        return Response(reason="too_short")
    basis, step = _basis(load, at)
    if np.linalg.matrix_rank(basis) < basis.shape[1]:
        return Response(reason="does_not_move")
    best = _least_squares(basis, tests)
    changes = np.array([step @ one for one in _redrawn(basis, tests, best, seed)])
    tail = (1 - RULE.coverage) / 2
    low, high = np.quantile(changes, [tail, 1 - tail]).tolist()
    if low <= 0 <= high:
        return Response(reason="unsure")
    return Response(Model(*map(float, best)), float(step @ best), low, high)


def _basis(load: Floats, at: Ints) -> tuple[Floats, Floats]:
    """Return (1, g, -h) on the days of the tests, and their change over the next week."""
    usual = np.nan_to_num(load[-RULE.usual_days :]).mean()
    whole = np.concatenate([load, np.full(RULE.ahead_days, usual)])
    built, tired = impulses(whole, RULE.fitness_days), impulses(whole, RULE.fatigue_days)
    columns = np.array([np.ones(len(whole)), built, -tired]).T
    return columns[at], columns[-1] - columns[len(load) - 1]


def _least_squares(basis: Floats, tests: Floats) -> Floats:
    """Return (p0, k1, k2) of the least squares with k1, k2 >= 0: the best of all sets that may be 0."""
    found = []
    for kept in ([0, 1, 2], [0, 1], [0, 2], [0]):
        part = np.zeros(3)
        part[kept] = np.linalg.lstsq(basis[:, kept], tests, rcond=None)[0]
        if (part[1:] >= 0).all():
            found.append(part)
    return min(found, key=lambda part: float(np.sum((basis @ part - tests) ** 2)))


def _redrawn(basis: Floats, tests: Floats, best: Floats, seed: int) -> list[Floats]:
    """Fit again with the residuals drawn anew in blocks, since neighbouring tests err alike."""
    random, n = np.random.default_rng(seed), len(tests)
    said = basis @ best
    left = tests - said
    starts = random.integers(0, n - RULE.block + 1, (RULE.draws, -(-n // RULE.block)))
    rows = (starts[..., None] + np.arange(RULE.block)).reshape(RULE.draws, -1)[:, :n]
    return [_least_squares(basis, said + left[row]) for row in rows]
