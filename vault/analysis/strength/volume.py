"""What a day's training of a movement adds up to: sets, repetitions, volume, and the best of them.

Volume load is sets x repetitions x kg. A load that each side moved at once counts twice in it, but not in the
top load or the estimated maximum, which are as a person picks the weight. Hard sets are counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.groups import group_highest, group_mean, group_sum
from vault.analysis.parameters import table
from vault.analysis.strength.one_rep_max import RULE as ONE_REP_MAX
from vault.analysis.strength.one_rep_max import one_rep_max

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.strength.sets import Sets

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["RULE", "ByDay", "by_day", "set_volume", "volume_of_days"]


@dataclass(frozen=True, slots=True)
class VolumeRule:
    """What a hard set is."""

    hard_reserve: float


RULE = table("volume", VolumeRule, of="strength.toml")


@dataclass(frozen=True, slots=True, eq=False)
class ByDay:
    """One row a day and movement, by day and then movement; all [n], NaN where no set tells.

    ``hard_sets`` and ``rpe`` are of the sets whose effort is known, the others of those that have the number.
    """

    day: Ints
    movement: NDArray[np.object_]
    sets: Ints
    hard_sets: Floats
    repetitions: Floats
    volume_kg: Floats
    top_load_kg: Floats
    e1rm_kg: Floats
    rpe: Floats


def set_volume(sets: Sets) -> Floats:
    """Return repetitions x load of each set in kg, of both sides."""
    return sets.repetitions * sets.load_kg * np.where(sets.per_side, 2.0, 1.0)


def by_day(sets: Sets) -> ByDay:
    """Add the sets up by day and movement."""
    names, movement = np.unique(sets.movement.astype(str), return_inverse=True)
    keys, group = np.unique(sets.day * len(names) + movement, return_inverse=True)
    size = len(keys)
    hard = np.where(np.isfinite(sets.reserve), sets.reserve <= RULE.hard_reserve, np.nan)
    count = np.bincount(group, minlength=size)
    return ByDay(
        day=keys // max(len(names), 1),
        movement=names.astype(object)[keys % max(len(names), 1)],
        sets=count,
        hard_sets=group_sum(hard, group, size),
        repetitions=group_sum(sets.repetitions, group, size),
        volume_kg=group_sum(set_volume(sets), group, size),
        top_load_kg=group_highest(sets.load_kg, group, size),
        e1rm_kg=group_highest(one_rep_max(sets), group, size),
        rpe=ONE_REP_MAX.rpe_of_failure - group_mean(sets.reserve, group, size),
    )


def volume_of_days(sets: Sets, days: Ints) -> tuple[Floats, Floats]:
    """Return the volume in kg of consecutive days, and the number of sets; 0 on a day without."""
    inside = (sets.day >= days[0]) & (sets.day <= days[-1])
    at = sets.day[inside] - days[0]
    volume = np.nan_to_num(set_volume(sets)[inside])
    kg, count = np.bincount(at, volume, len(days)), np.bincount(at, minlength=len(days))
    return kg.astype(np.float64), count.astype(np.float64)
