"""The Sleep Regularity Index: how often a minute finds somebody in the state of 24 hours before.

Unknown is not awake. A minute is known within a main sleep, and between two that are near enough that no
sleep can be missing between them; a night without a record leaves everything around it unknown. The 24 hours
are the body's, whatever the clock did, so that shifts, flights and summer time need no rule of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.parameters import table
from vault.time import DAY_NS, HOUR_NS, MINUTE_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.sleep.slept import Slept

    Ints = NDArray[np.int64]
    States = NDArray[np.int8]

__all__ = ["RULE", "UNKNOWN", "Regularity", "regularity", "sri", "states"]

UNKNOWN = -1
"""The state of an epoch nobody knows of; 1 is asleep, 0 awake."""


@dataclass(frozen=True, slots=True)
class RegularityRule:
    """The epochs, the window, what it needs, and the longest time awake that is believed."""

    epoch_min: int
    days: int
    min_days: int
    longest_awake_h: float


RULE = table("regularity", RegularityRule, of="sleep.toml")
EPOCH_NS = RULE.epoch_min * MINUTE_NS


@dataclass(frozen=True, slots=True)
class Regularity:
    """The index, -100 to 100 (NaN below the least days), and how many whole days were compared."""

    sri: float
    days: int


def regularity(slept: Slept, day: int) -> Regularity:
    """Return the index of the four weeks up to a day."""
    recent = slept.last(RULE.days, day)
    index, pairs = sri(states(recent), DAY_NS // EPOCH_NS)
    days = pairs * EPOCH_NS // DAY_NS + 1 if pairs else 0
    return Regularity(index if days >= RULE.min_days else float("nan"), int(days))


def sri(state: States, per_day: int) -> tuple[float, int]:
    """Return the index and the number of pairs behind it.

    -100 + 200/(M(N-1)) sum of agreements between epochs 24 h apart, of which pairs with an unknown epoch are
    left out (Phillips 2017, Sci Rep 7:3216).
    """
    today, tomorrow = state[:-per_day], state[per_day:]
    known = (today != UNKNOWN) & (tomorrow != UNKNOWN)
    pairs = int(known.sum())
    agreed = int((today == tomorrow)[known].sum())
    return (200 * agreed / pairs - 100 if pairs else float("nan")), pairs


def states(slept: Slept) -> States:
    """Return the state of every epoch from the first start to the last end.

    A sleep is asleep from end to end: sources tell awakenings so differently that a change of device would
    move the index.
    """
    if not len(slept):
        return np.empty(0, np.int8)
    first, after = (np.round(one / EPOCH_NS).astype(np.int64) for one in (slept.start, slept.end))
    origin, n = first.min(), int(after.max() - first.min())
    asleep = _covered(first - origin, after - origin, n)
    night = ~slept.is_nap
    known = asleep & _covered(first[night] - origin, after[night] - origin, n)
    known |= _covered(*_awake(first[night] - origin, after[night] - origin), n)
    return np.where(known, asleep, UNKNOWN).astype(np.int8)


def _awake(first: Ints, after: Ints) -> tuple[Ints, Ints]:
    """Return the gaps between main sleeps that are too short to hide another."""
    order = np.argsort(first, kind="stable")
    begins, ends = np.maximum.accumulate(after[order])[:-1], first[order][1:]
    short = (ends > begins) & (ends - begins <= RULE.longest_awake_h * HOUR_NS / EPOCH_NS)
    return begins[short], ends[short]


def _covered(first: Ints, after: Ints, n: int) -> NDArray[np.bool_]:
    """Return which of n epochs lie in any of the spans."""
    edges = np.bincount(first, minlength=n + 1) - np.bincount(after, minlength=n + 1)
    return np.asarray(np.cumsum(edges)[:n] > 0)
