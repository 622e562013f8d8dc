"""Hours of the clock lie on a circle: 23:50 and 00:10 have midnight between them, not noon.

Hours are in [0, 24); no function knows a date.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from vault.analysis.parameters import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["ahead", "clock_text", "direction", "mean_hour", "spread_h"]

Hours = TypeVar("Hours", float, "Floats")

_TURN = 24 / (2 * np.pi)
"""Hours of a radian."""


@dataclass(frozen=True, slots=True)
class ClockRule:
    """When hours have a mean at all."""

    together: float


RULE = table("clock", ClockRule, of="sleep.toml")


def direction(hours: Floats) -> complex:
    """Return the mean direction of the known hours; its length is 1 where all are one, 0 where none lead."""
    known = hours[np.isfinite(hours)]
    return complex(np.exp(1j * known / _TURN).mean()) if len(known) else 0j


def mean_hour(hours: Floats) -> float:
    """Return the circular mean (scipy.stats.circmean); NaN where there is nothing, or no common hour."""
    mean = direction(hours)
    if abs(mean) < RULE.together:
        return float("nan")
    return float(np.angle(mean) * _TURN % 24) % 24  # a remainder may round up to 24 itself


def spread_h(hours: Floats) -> float:
    """Return the circular standard deviation in hours: sqrt(-2 ln R) (scipy.stats.circstd)."""
    length = min(abs(direction(hours)), 1.0)
    return float(np.sqrt(-2 * np.log(length)) * _TURN) if length > 0 else float("nan")


def ahead(later: Hours, earlier: Hours) -> Hours:
    """Return by how many hours one hour is after another, the shorter way round: [-12, 12)."""
    return (later - earlier + 12) % 24 - 12


def clock_text(hour: float) -> str:
    """Write an hour as HH:MM."""
    hours, minutes = divmod(round(hour * 60) % (24 * 60), 60)
    return f"{hours:02d}:{minutes:02d}"
