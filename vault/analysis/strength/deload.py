"""Light weeks: one that was, and whether one could be worth offering.

A deload is seen in the volume alone: seven days at 60 % of the usual week or less, with some training. One is
worth offering when the last is four weeks ago and two of three signs agree; one sign alone is an ordinary
week. Whether planned deloads help strength is little studied (Bell 2023), so it stays an offer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import earlier, trailing
from vault.analysis.groups import group_mean
from vault.analysis.parameters import table
from vault.analysis.strength.trend import trend
from vault.analysis.strength.volume import by_day, volume_of_days

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.strength.sets import Sets

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["RULE", "Harder", "Weeks", "harder", "weeks"]


@dataclass(frozen=True, slots=True)
class DeloadRule:
    """What a light week is, and what makes one worth offering."""

    week_days: int
    weeks: int
    min_weeks: int
    share: float
    since_days: int
    signs: int
    rpe_up: float
    low_z: float
    low_score: int
    low_days: int


RULE = table("deload", DeloadRule, of="strength.toml")


@dataclass(frozen=True, slots=True, eq=False)
class Weeks:
    """The seven days up to each day beside the four weeks before them; [days] from the first training on.

    ``usual_kg`` is NaN while there is no usual week; ``seen`` is where the week was a deload, ``light`` where
    it was one or held no training at all.
    """

    days: Ints
    volume_kg: Floats
    usual_kg: Floats
    seen: Bools
    light: Bools

    @property
    def since_days(self) -> int:
        """Days since the last light week, or since the first training where there was none."""
        found = np.flatnonzero(self.light)
        return int(len(self.days) - 1 - (found[-1] if len(found) else 0))


def weeks(sets: Sets, day: int) -> Weeks | None:
    """Return the weeks up to a day, None before the first training (readiness.md 1.3).

    The usual week is the median of four, three of which need training: after a pause nothing is light.
    """
    past = sets.take(sets.day <= day)
    if not len(past):
        return None
    days = np.arange(past.day.min(), day + 1)
    volume, count = volume_of_days(past, days)
    week, trained = (trailing(one, RULE.week_days, today=True).sum(axis=-1) for one in (volume, count))
    before = np.array([earlier(week, RULE.week_days * (back + 1)) for back in range(RULE.weeks)])
    settled = np.isfinite(before).all(axis=0) & ((before > 0).sum(axis=0) >= RULE.min_weeks)
    usual = np.full(len(days), np.nan)
    usual[settled] = np.median(before[:, settled], axis=0)
    seen = (week <= RULE.share * usual) & (trained > 0)
    return Weeks(days, week, usual, seen, seen | (trained == 0))


@dataclass(frozen=True, slots=True)
class Harder:
    """Training that costs more than it did and brings no more.

    ``rise`` is the mean rise of RPE over ``pairs`` of sets of the same movement, load and repetitions;
    ``falling`` of ``movements`` with a trend have one of zero or less.
    """

    rise: float
    pairs: int
    falling: int
    movements: int


def harder(sets: Sets, day: int) -> Harder | None:
    """Return how the last week's effort stands to the four weeks, if it is up and the maxima are not.

    Only sets of the same movement, load and repetitions are compared, those of their latest day with those
    of the days before. One movement alone has a bad day easily, so all are taken together.
    """
    recent = sets.take((sets.day > day - RULE.weeks * RULE.week_days) & (sets.day <= day))
    rises, trends = _rises(recent, day), _trends(recent, day)
    falling = int((trends <= 0).sum())
    up = len(rises) > 0 and rises.mean() >= RULE.rpe_up
    if not up or 2 * falling <= len(trends):
        return None
    return Harder(float(rises.mean()), len(rises), falling, len(trends))


def _rises(recent: Sets, day: int) -> Floats:
    """Return for each movement, load and repetitions of the last week how much RPE rose, [pairs]."""
    told = recent.take(np.isfinite(recent.reserve + recent.load_kg + recent.repetitions))
    if not len(told):
        return np.empty(0)
    _, movement = np.unique(told.movement.astype(str), return_inverse=True)
    alike = np.column_stack([movement, told.load_kg, told.repetitions])
    kinds, group = np.unique(alike, axis=0, return_inverse=True)
    group, last = group.reshape(-1), np.zeros(len(kinds), np.int64)
    np.maximum.at(last, group, told.day)
    latest = told.day == last[group]
    now, before = (group_mean(told.reserve[rows], group[rows], len(kinds)) for rows in (latest, ~latest))
    rise = before - now  # of RPE: what is no longer in reserve
    return np.asarray(rise[(last > day - RULE.week_days) & np.isfinite(rise)])


def _trends(recent: Sets, day: int) -> Floats:
    """Return the latest trend of each movement of the last week that has one, [movements]."""
    found = by_day(recent)
    slopes = trend(found.day, found.movement, found.e1rm_kg)
    known = (found.day > day - RULE.week_days) & np.isfinite(slopes)
    newest = dict(zip(found.movement[known].tolist(), slopes[known].tolist()))
    return np.array(list(newest.values()), np.float64)
