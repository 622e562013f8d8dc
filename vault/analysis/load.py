"""Training load: what a workout costs, and how the last days stand beside the last weeks.

One unit for everything: 100 points are one hour at the lactate threshold heart rate. The form used here
has no constant for sex; it needs no age either, the highest heart rate seen stands for the maximum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import known_mean, trailing
from vault.analysis.parameters import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "SESSION",
    "banister",
    "change_against_month",
    "effort_points",
    "exponential_mean",
    "form",
    "hr_points",
]


@dataclass(frozen=True, slots=True)
class SessionRule:
    """How a workout becomes points, and what stands in for what is not known."""

    trimp_weight: float
    trimp_exponent: float
    threshold_reserve: float
    hr_max_days: int
    hr_max_floor: float
    hr_max_ceiling: float
    hr_rest_default: float
    threshold_rpe: float
    default_rpe: float
    silence_days: int


@dataclass(frozen=True, slots=True)
class FormRule:
    """The time constants of form, and the spans of the monthly comparison."""

    fitness_days: float
    fatigue_days: float
    recent_days: int
    month_days: int
    min_known: int
    notable_change: float


SESSION = table("session", SessionRule)
FORM = table("form", FormRule)


def banister(minutes: Floats | float, reserve: Floats | float, weight: float, exponent: float) -> Floats:
    """Return Banister's TRIMP of a mean heart rate, ``reserve`` = (HR - rest)/(max - rest)."""
    return np.asarray(minutes * reserve * weight * np.exp(exponent * np.asarray(reserve)))


def hr_points(minutes: Floats, hr_mean: Floats, hr_rest: Floats, hr_max: Floats) -> Floats:
    """Return load points: TRIMP over that of one hour at threshold, times 100 (readiness.md 1.3)."""
    reserve = np.clip((hr_mean - hr_rest) / (hr_max - hr_rest), 0.0, 1.0)
    constants = SESSION.trimp_weight, SESSION.trimp_exponent
    return (
        100 * banister(minutes, reserve, *constants) / banister(60.0, SESSION.threshold_reserve, *constants)
    )


def effort_points(minutes: Floats) -> Floats:
    """Return load points of a workout without heart rate, taken as moderate (session RPE, Foster 2001)."""
    return 100 * minutes / 60 * SESSION.default_rpe / SESSION.threshold_rpe


def exponential_mean(load: Floats, tau_days: float) -> Floats:
    """Return v(t) = v(t-1) e^(-1/tau) + load(t) (1 - e^(-1/tau)) from 0; an unknown day changes nothing."""
    keep = math.exp(-1 / tau_days)
    mean, value = np.zeros(len(load)), 0.0
    for day, points in enumerate(load.tolist()):
        if not math.isnan(points):
            value = value * keep + points * (1 - keep)
        mean[day] = value
    return mean


def form(load: Floats) -> Floats:
    """Return yesterday's fitness minus fatigue (the morning view); NaN while the first 42 days build up."""
    difference = exponential_mean(load, FORM.fitness_days) - exponential_mean(load, FORM.fatigue_days)
    recorded = np.flatnonzero(np.isfinite(load))
    built = (recorded[0] if len(recorded) else len(load)) + round(FORM.fitness_days)
    result = np.full(len(load), np.nan)
    result[1:] = difference[:-1]
    result[:built] = np.nan
    return result


def change_against_month(load: Floats) -> Floats:
    """Return the last 7 days' mean load over the last 28 days', minus 1; NaN below 21 known days."""
    month = trailing(load, FORM.month_days)
    recent = month[:, -FORM.recent_days :]
    enough = np.isfinite(month).sum(axis=-1) >= FORM.min_known
    usual, now = known_mean(month), known_mean(recent)
    return np.where(enough, now / np.where(usual > 0, usual, np.nan) - 1, np.nan)
