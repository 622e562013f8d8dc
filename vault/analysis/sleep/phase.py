"""Where the body clock stands, by a week of bedtimes: an estimate, never without its range.

Sleep times explain about 60 % of melatonin phase (PMID 29035008), so every hour here stands for three.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vault.analysis.parameters import table
from vault.analysis.sleep.clock import mean_hour

if TYPE_CHECKING:
    from vault.analysis.sleep.slept import Slept

__all__ = ["RULE", "Phase", "phase"]


@dataclass(frozen=True, slots=True)
class PhaseRule:
    """The window and the distances from bedtime to melatonin onset and on to the lowest temperature."""

    days: int
    min_nights: int
    before_bedtime_h: float
    temperature_after_h: float
    range_h: float


RULE = table("phase", PhaseRule, of="sleep.toml")


@dataclass(frozen=True, slots=True)
class Phase:
    """Dim-light melatonin onset with its range, and lowest core temperature; hours of the clock or NaN."""

    dlmo_h: float
    low_h: float
    high_h: float
    cbtmin_h: float


def phase(nights: Slept) -> Phase:
    """Return the phase from the main sleeps of the last days (readiness.md 1.4).

    Melatonin onset is bedtime - 1.7 h. The other common rule, mid-sleep - 7 h, is over an hour early for who
    sleeps eight hours, though within the range.
    """
    enough = len(nights) >= RULE.min_nights
    onset = mean_hour(nights.bed_h) - RULE.before_bedtime_h if enough else float("nan")
    return Phase(
        onset % 24,
        (onset - RULE.range_h) % 24,
        (onset + RULE.range_h) % 24,
        (onset + RULE.temperature_after_h) % 24,
    )
