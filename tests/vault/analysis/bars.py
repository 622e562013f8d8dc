"""Measures what readiness v1 is held to, on any inputs, for the tests and ``benchmarks/evidence.py``.

The idea: one definition of each measure, so that what a test asserts is what the table prints. Differences
are in points of the score, of days that have one; numbers of bars (B5, ...) are those of the design of
readiness v1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from vault.analysis import Inputs, Stream, readiness_history
from vault.analysis.columns import compute
from vault.analysis.score import band

RMSSD_RATIO, RHR_SHIFT = 1.35, -3.0
"""What another brand reads of the same nights (B7)."""
SECOND_TO_THIRD_WEEK = slice(7, 21)
"""Days 8-21 on a new device: before, there is no baseline, later the old one is nearly forgotten."""


def scores(inputs: Inputs) -> np.ndarray:
    """Return the score of each day, NaN where there is none."""
    columns = compute(inputs)
    return np.where(columns.scored, columns.score, np.nan)


def spearman(one: np.ndarray, other: np.ndarray) -> tuple[float, int]:
    """Return the rank correlation of the days known on both sides, equals sharing a rank, and their count.

    NaN where one side does not vary.
    """
    both = np.isfinite(one) & np.isfinite(other)
    ranks = [_ranks(side[both]) for side in (one, other)]
    count = int(both.sum())
    if count < 2 or any(np.ptp(rank) == 0 for rank in ranks):
        return float("nan"), count
    return float(np.corrcoef(*ranks)[0, 1]), count


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return the ranks of values, that of equals being the mean of their places."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[place]


def additivity(inputs: Inputs) -> tuple[float, int, int]:
    """Return the largest error of the sum, the days whose integers don't add up, and all days (B5)."""
    first, last = (inputs.days[at].astype("datetime64[D]").astype(object) for at in (0, -1))
    told = [one for one in readiness_history(inputs, first, last) if one.score is not None]
    errors = [one.anchor + sum(line.points for line in one.contributions) - one.score for one in told]
    wrong = sum(
        one.anchor + sum(line.shown for line in one.contributions) != round(one.score) for one in told
    )
    return max(map(abs, errors), default=0.0), wrong, len(told)


def thinning(whole: Inputs, thin: Inputs) -> tuple[float, float]:
    """Return the correlation of the scores of whole and thinned inputs, and the median change (B6)."""
    full, less = scores(whole), scores(thin)
    both = np.isfinite(full) & np.isfinite(less)
    return float(np.corrcoef(full[both], less[both])[0, 1]), float(np.median(np.abs(full - less)[both]))


def switched(inputs: Inputs, day: int, *, separate: bool) -> Inputs:
    """Return the inputs of somebody who changes to a device that reads otherwise, with one stream or two."""
    later = np.arange(len(inputs.days)) >= day
    lnrmssd = inputs.lnrmssd + np.where(later, np.log(RMSSD_RATIO), 0.0)
    rhr = inputs.rhr + np.where(later, RHR_SHIFT, 0.0)
    if not separate:
        return replace(inputs, lnrmssd=lnrmssd, rhr=rhr)
    rows = {
        name: np.stack([np.where(later, np.nan, column), np.where(later, column, np.nan)])
        for name, column in {"lnrmssd": lnrmssd, "rhr": rhr}.items()
    }
    return replace(inputs, **rows, stream=(Stream(device="old"), Stream(device="new")))


def switch_bias(inputs: Inputs, day: int, *, separate: bool) -> float:
    """Return how much higher the scores of days 8-21 on the new device are than without a change (B7)."""
    change = scores(switched(inputs, day, separate=separate)) - scores(inputs)
    return float(np.nanmean(change[day:][SECOND_TO_THIRD_WEEK]))


def same_band(inputs: Inputs, days: int, *, full: int = 60, every: int = 1) -> tuple[int, int]:
    """Return on how many days a history of so many days gives the band of the full one, of how many (B8).

    Each ``every``-th day is computed anew from inputs that begin so many days before it.
    """
    same = known = 0
    for day in range(full, len(inputs.days), every):
        short, long = (scores(_begun(inputs, day - past, day))[-1] for past in (days, full))
        if np.isfinite(short) and np.isfinite(long):
            known += 1
            same += band(float(short)) == band(float(long))
    return same, known


def _begun(inputs: Inputs, first: int, last: int) -> Inputs:
    """Return the rows from ``first`` to ``last``, both included."""
    names = ("days", "lnrmssd", "rhr", "tst_min", "resp", "temp", "load")
    return replace(inputs, **{name: getattr(inputs, name)[..., first : last + 1] for name in names})


def strain_flags(inputs: Inputs, *, apart_from: np.ndarray | None = None) -> tuple[int, int]:
    """Return the nights with the body-under-strain flag, and all scored ones, apart from some days (B10)."""
    columns = compute(inputs)
    counted = columns.scored if apart_from is None else columns.scored & ~apart_from
    return int((columns.strained & counted).sum()), int(counted.sum())


def group_means(people: Sequence[Any], by: str, *, nights: int = 1) -> dict[str, tuple[float, int]]:
    """Return the mean of the persons' median scores, and their number, by group (B9).

    A person is anything with ``inputs`` and ``groups``; those with fewer scored nights, or whose group nobody
    says, are left out.
    """
    medians: dict[str, list[float]] = {}
    for one in people:
        known = scores(one.inputs)
        known = known[np.isfinite(known)]
        if one.groups[by] and len(known) >= nights:
            medians.setdefault(one.groups[by], []).append(float(np.median(known)))
    return {group: (float(np.mean(found)), len(found)) for group, found in sorted(medians.items())}


def gap(means: Mapping[str, tuple[float, int]]) -> float:
    """Return how far the groups' means are apart."""
    found = [mean for mean, _ in means.values()]
    return max(found) - min(found)


def within(people: Sequence[Any], answer: str, days: int) -> list[float]:
    """Return each person's rank correlation of score and answer, where so many days have both."""
    found = (spearman(scores(one.inputs), one.answers[answer]) for one in people)
    return [r for r, count in found if count >= days and np.isfinite(r)]
