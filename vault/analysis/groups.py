"""What the rows of each group add up to: one answer a group, whatever order its rows stand in.

A group is a number from 0 on (a session, a night, a day and movement). NaN rows are not known and do not
count; a group of which no row is known has NaN, not 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Groups = NDArray[np.int64] | NDArray[np.intp]

__all__ = ["group_highest", "group_mean", "group_median", "group_sum"]


def _count(values: Floats, group: Groups, groups: int) -> Floats:
    """Return how many values of each group are known, NaN for none."""
    count = np.bincount(group[np.isfinite(values)], minlength=groups)
    return np.where(count > 0, count, np.nan)


def group_sum(values: Floats, group: Groups, groups: int) -> Floats:
    """Return the sum of each group's known values, [groups].

    Args:
        values: [n].
        group: The group of each, 0 to groups - 1, [n].
        groups: How many there are.
    """
    known = np.isfinite(values)
    total = np.bincount(group[known], values[known], groups)
    return np.where(np.isfinite(_count(values, group, groups)), total, np.nan)


def group_mean(values: Floats, group: Groups, groups: int) -> Floats:
    """Return the mean of each group's known values, [groups]."""
    return group_sum(values, group, groups) / _count(values, group, groups)


def group_highest(values: Floats, group: Groups, groups: int) -> Floats:
    """Return the highest of each group's known values, [groups]."""
    highest = np.full(groups, np.nan)
    np.fmax.at(highest, group, values)
    return highest


def group_median(values: Floats, group: Groups, groups: int) -> Floats:
    """Return the median of each group's known values, [groups]."""
    seen = np.isfinite(values)
    values, group = values[seen], group[seen]
    ranked = values[np.lexsort((values, group))]
    count = np.bincount(group, minlength=groups)
    first = np.cumsum(count) - count
    some = np.flatnonzero(count)
    low, high = (first + half for half in ((count - 1) // 2, count // 2))
    medians = np.full(groups, np.nan)
    medians[some] = (ranked[low[some]] + ranked[high[some]]) / 2
    return medians
