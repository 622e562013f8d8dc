"""What the beats of a night say: the median RMSSD of its clean five-minute segments.

RMSSD is only taken between beats that follow each other and are both accepted: over a gap the difference is
none of the heart's. A value never comes without the share of beats that was left out of it, and where too
little is clean there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.groups import group_median
from vault.analysis.hrv.artefacts import accepted
from vault.analysis.hrv.statistics import Statistics, statistics
from vault.analysis.parameters import table
from vault.time import MILLISECOND_NS, MINUTE_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["Nights", "Reading", "nightly", "reading"]

_MOST_SEGMENTS = 1 << 16
"""Seven months of one night: makes one number of a night and its segment."""


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """How long a segment is, and what makes a segment, a night and a short reading good enough."""

    minutes: int
    least_s: float
    most_flagged: float
    touching: float
    least_good: int
    least_reading_s: float


RULE = table("segments", SegmentRule, of="hrv.toml")


@dataclass(frozen=True, slots=True)
class Nights:
    """One row a night, [nights]; ``rmssd_ms`` and ``artefact_share`` are NaN where too little is clean.

    ``artefact_share`` is the share of beats vetoed in the ``n_segments`` that the value is of.
    """

    rmssd_ms: Floats
    n_segments: Ints
    artefact_share: Floats


@dataclass(frozen=True, slots=True)
class Reading:
    """One short recording, with the share of its beats that was left out."""

    statistics: Statistics
    artefact_share: float


def nightly(start: Ints, rr_ms: Floats, night: Ints, begin: Ints) -> Nights:
    """Return the HRV of each night.

    Args:
        start: Starts of the intervals, UTC ns, int64 [n]; by night, then time.
        rr_ms: The intervals, float64 [n].
        night: Which night each is of, ascending numbers from 0, int64 [n].
        begin: When each night begins, UTC ns, int64 [nights].
    """
    trusted = _trusted(rr_ms, night)
    segment = np.clip((start - begin[night]) // (RULE.minutes * MINUTE_NS), 0, _MOST_SEGMENTS - 1)
    key = night * _MOST_SEGMENTS + segment
    new = np.diff(key, prepend=-1) != 0
    keys, of = key[new], np.cumsum(new) - 1
    beats, kept, clean_ms = (
        np.bincount(of, weights, len(keys)) for weights in (None, trusted, np.where(trusted, rr_ms, 0.0))
    )
    pair = np.flatnonzero(_adjacent(start, rr_ms, trusted) & (of[1:] == of[:-1]))
    pairs = np.bincount(of[pair], minlength=len(keys))
    squares = np.bincount(of[pair], np.diff(rr_ms)[pair] ** 2, len(keys))
    clean = (beats - kept <= RULE.most_flagged * beats) & (clean_ms >= RULE.least_s * 1000) & (pairs > 0)
    rmssd, owner = np.sqrt(squares[clean] / pairs[clean]), keys[clean] // _MOST_SEGMENTS
    count, flagged, told = (
        np.bincount(owner, weights, len(begin)) for weights in (None, (beats - kept)[clean], beats[clean])
    )
    enough = count >= RULE.least_good
    share = flagged / np.where(enough, told, np.nan)
    return Nights(
        np.where(enough, group_median(rmssd, owner, len(begin)), np.nan), count.astype(np.int64), share
    )


def reading(start: Ints, rr_ms: Floats) -> Reading | None:
    """Return the statistics of a short recording at rest; None below a minute of clean beats.

    Args:
        start: Starts of the intervals in order, UTC ns, int64 [n].
        rr_ms: The intervals, float64 [n].
    """
    trusted = accepted(rr_ms)
    share = 1 - float(trusted.mean()) if len(trusted) else 1.0
    if rr_ms[trusted].sum() < RULE.least_reading_s * 1000 or share > RULE.most_flagged:
        return None
    kept = np.flatnonzero(trusted)
    pairs = _adjacent(start, rr_ms, trusted)[kept[:-1]]
    return Reading(statistics(rr_ms[kept], pairs), share)


def _trusted(rr_ms: Floats, night: Ints) -> Bools:
    """Judge each night by itself: the evening is no neighbour of the morning before."""
    edges = np.flatnonzero(np.diff(night)) + 1
    parts = [accepted(part) for part in np.split(rr_ms, edges)]
    return np.concatenate(parts)


def _adjacent(start: Ints, rr_ms: Floats, trusted: Bools) -> Bools:
    """Return which beats, of all but the last, are followed by the next without a gap, both accepted."""
    apart_ms = np.diff(start) / MILLISECOND_NS - rr_ms[:-1]
    return np.asarray(trusted[1:] & trusted[:-1] & (np.abs(apart_ms) <= RULE.touching * rr_ms[:-1]))
