"""Chronotype and social jet lag: sleep on free days beside sleep on work days.

Free days are those without an alarm. Nobody tells us those, so Saturday and Sunday stand in, and the result
says so: who works at weekends gets a number that means less.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.parameters import table
from vault.analysis.sleep.clock import ahead, mean_hour

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.sleep.slept import Slept

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["RULE", "JetLag", "chronotype", "jet_lag", "weekends"]

_WEEK = 7
_THURSDAY = 3
"""The weekday of 1970-01-01, Monday being 0."""


@dataclass(frozen=True, slots=True)
class JetLagRule:
    """The window, what it needs, and which weekdays stand in for free days."""

    days: int
    min_free: int
    min_work: int
    free_weekdays: list[int]


RULE = table("jet_lag", JetLagRule, of="sleep.toml")


@dataclass(frozen=True, slots=True)
class JetLag:
    """Chronotype (hour of the clock) and social jet lag (h), NaN where unknown; nights behind them."""

    chronotype_h: float
    social_jet_lag_h: float
    free: int
    work: int


def weekends(days: Ints) -> Bools:
    """Return which wake dates are taken for free days."""
    return np.isin((days + _THURSDAY) % _WEEK, RULE.free_weekdays)


def jet_lag(nights: Slept, is_free: Bools) -> JetLag:
    """Return both from main sleeps, [n], and which of them end on a free day, [n].

    Social jet lag is the distance of mid-sleep on free from that on work days (Roenneberg 2019,
    Biology 8:54), the shorter way round.
    """
    free, work = nights.where(is_free), nights.where(~is_free)
    if len(free) < RULE.min_free or len(work) < RULE.min_work:
        return JetLag(float("nan"), float("nan"), len(free), len(work))
    middle, on_work = mean_hour(free.middle_h), mean_hour(work.middle_h)
    return JetLag(
        chronotype(middle, float(free.length_h.mean()), float(work.length_h.mean())),
        abs(ahead(middle, on_work)),
        len(free),
        len(work),
    )


def chronotype(middle_free_h: float, free_h: float, work_h: float) -> float:
    """Return MSFsc: mid-sleep on free days without what is slept there to catch up (Roenneberg 2019).

    MSFsc = MSF - (SDf - SDweek)/2 where SDf > SDw, else MSF; SDweek weighs five work and two free days.
    """
    share = len(RULE.free_weekdays) / _WEEK
    week_h = share * free_h + (1 - share) * work_h
    return (middle_free_h - max(free_h - week_h, 0.0) / 2) % 24
