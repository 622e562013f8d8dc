"""The overtraining-risk pattern: several things that wear on somebody at once, over weeks. Not a diagnosis.

No single marker shows overtraining (Meeusen 2013, a diagnosis by exclusion), and the body's signals rise and
fall for other reasons. So the pattern takes three signs out of six, and one of them has to be that the person
feels it or performs worse: numbers from a device alone never raise it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import earlier, known_mean, trailing
from vault.analysis.parameters import table
from vault.analysis.training.form import monotony, strain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.felt import Felt
    from vault.analysis.terms import Terms

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["OVERTRAINING", "Lifts", "Sign", "declined", "pattern", "signs"]

_PERSONAL = ("felt", "performance")


@dataclass(frozen=True, slots=True)
class OvertrainingRule:
    """When each sign is there, over how many days, and how many signs make the pattern."""

    signs: int
    hrv_days: int
    hrv_low_days: int
    rhr_days: int
    rhr_min_days: int
    rhr_sd: float
    felt_days: int
    felt_low_days: int
    felt_sd: float
    monotony: float
    strain_percentile: float
    strain_days: int
    strain_min_days: int
    debt_h: float
    decline: float
    decline_sessions: int
    decline_past_days: int
    decline_valid_days: int


OVERTRAINING = table("overtraining", OvertrainingRule)


@dataclass(frozen=True, slots=True, eq=False)
class Lifts:
    """The best estimated maximum of a day and movement with its RPE, by movement and day; all [n]."""

    day: Ints
    movement: NDArray[np.object_]
    e1rm_kg: Floats
    rpe: Floats


@dataclass(frozen=True, slots=True)
class Sign:
    """Where a sign is there, and the number it is judged by; [days]."""

    there: Bools
    number: Floats


def signs(terms: Terms, felt: Felt, load: Floats, performance: Bools) -> dict[str, Sign]:
    """Return the six signs (readiness.md 1.3).

    Args:
        terms: The terms of readiness, whose HRV trend, heart rate and debt are looked at.
        felt: The check-ins beside their usual.
        load: Load points, known the day after.
        performance: Where lifts have declined (``declined``).
    """
    trend, rule = terms.each["hrv_trend"], OVERTRAINING
    low = _count(trend.observed < trend.low, rule.hrv_days)
    rhr = trailing(terms.vitals["rhr"].z, rule.rhr_days, today=True)
    risen = np.where(np.isfinite(rhr).sum(axis=-1) >= rule.rhr_min_days, known_mean(rhr), np.nan)
    tired = _count(felt.u <= -rule.felt_sd, rule.felt_days)
    debt = terms.each["debt"].observed
    return {
        "hrv": Sign(low >= rule.hrv_low_days, low),
        "rhr": Sign(risen >= rule.rhr_sd, risen),
        "felt": Sign(tired >= rule.felt_low_days, tired),
        "monotony": Sign(_monotonous(load), earlier(monotony(load), 1)),
        "performance": Sign(performance, np.full(len(performance), np.nan)),
        "debt": Sign(debt > rule.debt_h, debt),
    }


def pattern(found: dict[str, Sign]) -> Bools:
    """Return the days of the pattern: enough signs, and the person's own among them."""
    count = np.sum([sign.there for sign in found.values()], axis=0)
    personal = np.logical_or.reduce([found[name].there for name in _PERSONAL])
    return np.asarray((count >= OVERTRAINING.signs) & personal)


def _count(there: Bools, days: int) -> Floats:
    return np.asarray(np.nansum(trailing(there.astype(np.float64), days, today=True), axis=-1))


def _monotonous(load: Floats) -> Bools:
    """Return the mornings after a week that was hard for this person and had no easy day (Foster 1998)."""
    week = strain(load)
    past = np.sort(trailing(week, OVERTRAINING.strain_days), axis=-1)  # NaN goes last
    count = np.isfinite(past).sum(axis=-1)
    place = (np.maximum(count - 1, 0) * OVERTRAINING.strain_percentile / 100).round().astype(np.intp)
    usual = np.take_along_axis(past, place[:, None], axis=-1)[:, 0]
    enough = count >= OVERTRAINING.strain_min_days
    hard = enough & (week > usual) & (monotony(load) > OVERTRAINING.monotony)
    return np.asarray(earlier(hard.astype(np.float64), 1) == 1)


def declined(lifts: Lifts, days: Ints) -> Bools:
    """Return on which mornings (days since 1970-01-01, consecutive) a lift counts as down, at no less effort.

    That is after so many sessions of a movement running whose best lies 5 % below that of the weeks before
    them, at an RPE that is told and no lower, from the next morning on and for two weeks.
    """
    down = np.zeros(len(days), bool)
    for movement in set(lifts.movement.tolist()):
        own = lifts.movement == movement
        for day in _declines(lifts.day[own], lifts.e1rm_kg[own], lifts.rpe[own]):
            down |= (days > day) & (days <= day + OVERTRAINING.decline_valid_days)
    return down


def _declines(day: Ints, e1rm: Floats, rpe: Floats) -> Ints:
    """Return the days of one movement's sessions at which its decline is confirmed."""
    known = np.isfinite(e1rm) & np.isfinite(rpe)
    day, e1rm, rpe = day[known], e1rm[known], rpe[known]
    last, run = np.arange(len(day)), OVERTRAINING.decline_sessions
    lower = np.zeros(len(day), bool)
    for at in last[run:]:
        first = at - run + 1
        past = np.flatnonzero(day[:first] >= day[first] - OVERTRAINING.decline_past_days)
        if len(past):
            best = past[np.argmax(e1rm[past])]
            now = slice(first, at + 1)
            weaker = e1rm[now] <= (1 - OVERTRAINING.decline) * e1rm[best]
            lower[at] = bool((weaker & (rpe[now] >= rpe[best])).all())
    return day[lower]
