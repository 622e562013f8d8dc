"""How load builds up: fitness, fatigue and form, monotony and strain, and this week beside the month.

All take float64 [days] of load points, 0 for a known day of rest, NaN for an unknown day. A day's load is
known only when it is over, so what is said of a morning looks at the days before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import earlier, known_mean, known_sd, known_squares, trailing
from vault.analysis.parameters import table
from vault.analysis.training.session import SESSION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "FORM",
    "acwr_coupled",
    "acwr_ewma",
    "acwr_uncoupled",
    "by_day",
    "change_against_month",
    "exponential_mean",
    "form",
    "monotony",
    "strain",
]


@dataclass(frozen=True, slots=True)
class FormRule:
    """The time constants of form, and the spans of the monthly comparison."""

    fitness_days: float
    fatigue_days: float
    recent_days: int
    month_days: int
    min_known: int
    notable_change: float


@dataclass(frozen=True, slots=True)
class MonotonyRule:
    """Over how many days, and how many of them have to be known."""

    days: int
    min_known: int


FORM = table("form", FormRule)
MONOTONY = table("monotony", MonotonyRule, of="training.toml")


def by_day(points: Floats, at: Ints, days: int) -> Floats:
    """Return each day's load, of workouts on the days ``at`` (0..days-1).

    A day without a workout is rest while recording goes on, that is up to four weeks after the last
    workout before it; later, and before the first, it is unknown. Looking at the next workout instead
    would change a morning's score afterwards.
    """
    latest = np.full(days, -days - SESSION.silence_days)
    latest[at] = at
    known = np.arange(days) - np.maximum.accumulate(latest) <= SESSION.silence_days
    return np.where(known, np.bincount(at, weights=points, minlength=days), np.nan)


def exponential_mean(load: Floats, tau_days: float) -> Floats:
    """Return v(t) = v(t-1) e^(-1/tau) + load(t) (1 - e^(-1/tau)) from 0; an unknown day changes nothing.

    As GoldenCheetah has it; with 42 days it is called CTL, with 7 ATL.
    """
    keep = math.exp(-1 / tau_days)
    mean, value = np.zeros(len(load)), 0.0
    for day, points in enumerate(load.tolist()):
        if not math.isnan(points):
            value = value * keep + points * (1 - keep)
        mean[day] = value
    return mean


def form(load: Floats) -> Floats:
    """Return yesterday's fitness minus fatigue (TSB of the morning); NaN while the first 42 days build up."""
    difference = exponential_mean(load, FORM.fitness_days) - exponential_mean(load, FORM.fatigue_days)
    recorded = np.flatnonzero(np.isfinite(load))
    built = (recorded[0] if len(recorded) else len(load)) + round(FORM.fitness_days)
    result = np.full(len(load), np.nan)
    result[1:] = difference[:-1]
    result[:built] = np.nan
    return result


def monotony(load: Floats) -> Floats:
    """Return mean over standard deviation of the 7 days up to each day, days of rest included (Foster 1998).

    ddof is 1. NaN under 4 known days, and where all are alike: no variation is no number.
    """
    week = trailing(load, MONOTONY.days, today=True)
    count, mean = np.isfinite(week).sum(axis=-1), known_mean(week)
    enough = (count >= MONOTONY.min_known) & (known_squares(week) > 1e-18 * mean**2)
    return np.asarray(mean / np.where(enough, known_sd(week), np.nan))


def strain(load: Floats) -> Floats:
    """Return the load of the 7 days up to each day times their monotony (Foster 1998)."""
    return np.asarray(np.nansum(trailing(load, MONOTONY.days, today=True), axis=-1) * monotony(load))


def acwr_coupled(load: Floats) -> Floats:
    """Return the mean of the last 7 days over that of the last 28, the 7 among them; NaN under 21 known.

    A line of context and nothing more: as a predictor of injury it fails (Impellizzeri 2020).
    """
    month = trailing(load, FORM.month_days, today=True)
    return _ratio(month, known_mean(month))


def acwr_uncoupled(load: Floats) -> Floats:
    """Return the mean of the last 7 days over that of the 21 before them; NaN under 21 known."""
    month = trailing(load, FORM.month_days, today=True)
    return _ratio(month, known_mean(month[:, : -FORM.recent_days]))


def _ratio(month: Floats, usual: Floats) -> Floats:
    enough = np.isfinite(month).sum(axis=-1) >= FORM.min_known
    now = known_mean(month[:, -FORM.recent_days :])
    return np.where(enough, now / np.where(usual > 0, usual, np.nan), np.nan)


def acwr_ewma(load: Floats) -> Floats:
    """Return the ratio of exponential means with weights 2/(7 + 1) and 2/(28 + 1) (Williams 2017).

    Both begin with the first known day; an unknown day changes nothing; NaN under 21 known.
    """
    acute, chronic = (_weighted(load, 2 / (days + 1)) for days in (FORM.recent_days, FORM.month_days))
    enough = np.cumsum(np.isfinite(load)) >= FORM.min_known
    return np.where(enough, acute / np.where(chronic > 0, chronic, np.nan), np.nan)


def _weighted(load: Floats, share: float) -> Floats:
    mean, value = np.full(len(load), np.nan), math.nan
    for day, points in enumerate(load.tolist()):
        if math.isnan(value):
            value = points
        elif not math.isnan(points):
            value += share * (points - value)
        mean[day] = value
    return mean


def change_against_month(load: Floats) -> Floats:
    """Return how far the 7 days before each morning lie above the 28 before it: coupled ACWR minus 1."""
    return earlier(acwr_coupled(load), 1) - 1
