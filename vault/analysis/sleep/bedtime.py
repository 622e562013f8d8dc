"""When to go to bed: as much before waking as is needed, but not before sleep would come.

Everything is counted in hours back from waking, so that midnight is nowhere special.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.parameters import table
from vault.analysis.sleep.clock import mean_hour
from vault.analysis.sleep.jetlag import weekends

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.sleep.slept import Slept

__all__ = ["RULE", "Bedtime", "bedtime", "usual_latency", "wake_target"]


@dataclass(frozen=True, slots=True)
class BedtimeRule:
    """How waking and falling asleep are learned, how wide a suggestion is and how early at most."""

    days: int
    min_nights: int
    half_width_min: float
    after_onset_h: float
    latency_default_min: float
    min_latencies: int


RULE = table("bedtime", BedtimeRule, of="sleep.toml")


@dataclass(frozen=True, slots=True)
class Bedtime:
    """Hours before waking, ``earliest`` > ``latest``; ``held`` where the need asks to be in bed before."""

    earliest: float
    latest: float
    held: bool

    @property
    def middle(self) -> float:
        """The middle of the range."""
        return (self.earliest + self.latest) / 2


def bedtime(wake_h: float, need_min: float, latency_min: float, dlmo_h: float) -> Bedtime:
    """Return waking - need - latency, not before melatonin onset + 1 h, as a range (readiness.md 1.4).

    ``wake_h`` and ``dlmo_h`` are hours of the clock; a NaN ``dlmo_h`` holds nothing back.
    """
    width = RULE.half_width_min / 60
    wanted = (need_min + latency_min) / 60
    allowed = (wake_h - dlmo_h - RULE.after_onset_h) % 24
    earliest = float(np.fmin(wanted + width, allowed))
    return Bedtime(earliest, min(wanted, earliest) - width, wanted > allowed)


def wake_target(nights: Slept, day: int) -> float:
    """Return when this person wakes on days like tomorrow, an hour of the clock, NaN if not known.

    Work days and free days are learned apart; where tomorrow's kind has too few nights, all count.
    """
    alike = weekends(nights.date) == weekends(np.array([day + 1]))[0]
    for known in (nights.wake_h[alike], nights.wake_h):
        if len(known) >= RULE.min_nights:
            return mean_hour(known)
    return float("nan")


def usual_latency(latency_min: NDArray[np.float64]) -> tuple[float, bool]:
    """Return the minutes this person takes to fall asleep, and whether they were measured."""
    known = latency_min[np.isfinite(latency_min)]
    if len(known) < RULE.min_latencies:
        return RULE.latency_default_min, False
    return float(np.median(known)), True
