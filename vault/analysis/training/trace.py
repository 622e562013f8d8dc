"""Traces: what of a workout's curves its load is made of, so small that ten years of them fit in memory.

Heart rate is kept as seconds at each whole beat, because what a beat weighs depends on the resting and the
highest heart rate known on a day, and these move; power as what it comes to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.parameters import table
from vault.analysis.training.power import moving_mean, normalized_power
from vault.time import SECOND_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Curve = tuple[Ints, Floats]

__all__ = ["BEATS", "NOTHING", "Trace", "Traces", "per_second", "stacked", "trace"]


@dataclass(frozen=True, slots=True)
class TraceRule:
    """How curves are laid out by seconds, and which values are artefacts."""

    heart_hold_s: int
    power_hold_s: int
    peak_s: int
    heart_low: float
    heart_high: float
    power_high: float
    longest_s: int


RULE = table("trace", TraceRule, of="training.toml")

BEATS = np.arange(round(RULE.heart_high) + 1, dtype=np.float64)
"""The heart rates, 1/min, of which a trace tells seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One workout: seconds at each of ``BEATS``, the highest 5-s mean, normalized power and its seconds."""

    beats_s: Floats
    peak: float = float("nan")
    normalized_w: float = float("nan")
    powered_s: float = 0.0


NOTHING = Trace(np.zeros(len(BEATS)))


@dataclass(frozen=True, slots=True, eq=False)
class Traces:
    """Many workouts: ``beats_s`` is [n, BEATS], the rest [n]."""

    beats_s: Floats
    peak: Floats
    normalized_w: Floats
    powered_s: Floats

    def take(self, which: Ints) -> Traces:
        """Return those of some workouts."""
        return Traces(self.beats_s[which], self.peak[which], self.normalized_w[which], self.powered_s[which])


def stacked(traces: Sequence[Trace]) -> Traces:
    """Return traces as columns."""
    beats = np.array([one.beats_s for one in traces]).reshape(len(traces), len(BEATS))
    rest = np.array([(one.peak, one.normalized_w, one.powered_s) for one in traces], np.float64)
    return Traces(beats, *rest.reshape(len(traces), 3).T)


def per_second(curve: Curve, hold_s: int) -> Floats:
    """Return a curve's value at each second from its first; NaN where the last one is older than ``hold_s``.

    A value stands until the next: what is not recorded did not change, for a while.
    """
    time, value = curve
    known = np.isfinite(value)
    time, value = time[known], value[known]
    if not len(time):
        return np.empty(0)
    if (np.diff(time) < 0).any():
        order = np.argsort(time, kind="stable")
        time, value = time[order], value[order]
    second = (time - time[0]) // SECOND_NS
    within = second < RULE.longest_s
    second, value = second[within], value[within]
    if bool((np.diff(second) == 1).all()):
        return np.asarray(value)
    grid = np.full(int(second[-1]) + 1, np.nan)
    grid[second] = value
    at = np.arange(len(grid))
    told = np.maximum.accumulate(np.where(np.isfinite(grid), at, 0))
    return np.where(at - told < hold_s, grid[told], np.nan)


def trace(heart: Curve | None, power: Curve | None) -> Trace:
    """Return the trace of a workout; a curve is instants (int64 [n], UTC ns) and values."""
    beats, peak = (NOTHING.beats_s, NOTHING.peak) if heart is None else _heart(heart)
    normalized, powered = (NOTHING.normalized_w, 0.0) if power is None else _power(power)
    return Trace(beats, peak, normalized, powered)


def _heart(curve: Curve) -> tuple[Floats, float]:
    time, value = curve
    sane = (value >= RULE.heart_low) & (value <= RULE.heart_high)
    rate = per_second((time, np.where(sane, value, np.nan)), RULE.heart_hold_s)
    known = rate[np.isfinite(rate)]
    beats = np.bincount(np.rint(known).astype(np.int64), minlength=len(BEATS)).astype(np.float64)
    means = moving_mean(rate, RULE.peak_s)
    means = means[np.isfinite(means)]
    return beats, float(means.max()) if len(means) else NOTHING.peak


def _power(curve: Curve) -> tuple[float, float]:
    time, value = curve
    sane = (value >= 0) & (value <= RULE.power_high)
    watts = per_second((time, np.where(sane, value, np.nan)), RULE.power_hold_s)
    return normalized_power(watts), float(np.isfinite(watts).sum())
