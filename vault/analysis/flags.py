"""Patterns worth a look: several signals away from the usual at once, and a signal that moved by itself.

Both count standard deviations of the person's own nights instead of fixed beats, because a fixed threshold
fires ten times as often on one device as on another. Neither is a medical finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import earlier, known_median, trailing
from vault.analysis.parameters import table
from vault.analysis.vitals import new_speaker

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.vitals import Vital

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["SENSOR", "STRAIN", "Shift", "body_strain", "sensor_change", "strained_signals", "week_shifts"]

_DIRECTIONS = {"hrv": -1, "rhr": 1, "resp": 1, "temp": 1}
_MAY_SHIFT = ("hrv", "resp", "temp")


@dataclass(frozen=True, slots=True)
class StrainRule:
    """How far counts as away, and how many signals at once."""

    sd: float
    one_night: int
    two_nights: int


@dataclass(frozen=True, slots=True)
class SensorRule:
    """Which spans are compared, and how far a signal moves when the heart rate doesn't."""

    recent_days: int
    past_days: int
    min_recent: int
    min_past: int
    sd: float
    rhr_sd: float


STRAIN = table("strain", StrainRule)
SENSOR = table("sensor_change", SensorRule)


@dataclass(frozen=True, slots=True)
class Shift:
    """The last week of a signal beside the four weeks before it, [days]; NaN with too few nights.

    ``recent`` and ``past`` are medians, ``distance`` is their difference in sd of the nights before the week.
    """

    recent: Floats
    past: Floats
    distance: Floats


def strained_signals(vitals: dict[str, Vital]) -> dict[str, Bools]:
    """Return where each signal is away from its usual in the strained direction, [days]."""
    return {name: sign * vitals[name].z >= STRAIN.sd for name, sign in _DIRECTIONS.items()}


def body_strain(signals: dict[str, Bools]) -> Bools:
    """Return the days of the flag: three signals in one night, or two in two nights running."""
    count = np.sum(list(signals.values()), axis=0)
    two = count >= STRAIN.two_nights
    before = np.concatenate([[False], two[:-1]])
    return np.asarray((count >= STRAIN.one_night) | (two & before))


def week_shifts(vitals: dict[str, Vital]) -> dict[str, Shift]:
    """Return how far each signal's last week is from the four weeks before it."""
    return {name: _shift(vitals[name]) for name in _DIRECTIONS}


def sensor_change(shifts: dict[str, Shift]) -> dict[str, Bools]:
    """Return where each signal moved while resting heart rate did not, [days] (readiness.md 4.9).

    New firmware does that, and hardly anything in a body. Where another stream took over there is nothing to
    ask: it has a name.
    """
    still = np.abs(shifts["rhr"].distance) < SENSOR.rhr_sd
    return {name: still & (np.abs(shifts[name].distance) > SENSOR.sd) for name in _MAY_SHIFT}


def _shift(vital: Vital) -> Shift:
    recent = _median(trailing(vital.value, SENSOR.recent_days, today=True), SENSOR.min_recent)
    past = _median(trailing(vital.value, SENSOR.past_days), SENSOR.min_past)
    past, sd = (earlier(column, SENSOR.recent_days - 1) for column in (past, vital.usual.sd))
    same = ~new_speaker(vital, SENSOR.recent_days + SENSOR.past_days - 1)
    return Shift(recent, past, np.where(same, (recent - past) / sd, np.nan))


def _median(window: Floats, enough: int) -> Floats:
    return np.where(np.isfinite(window).sum(axis=-1) >= enough, known_median(window), np.nan)
