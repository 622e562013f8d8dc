"""Why a day's value is what it is: what each source gave, what of it counted, and by which rule.

The parts come from the functions that make the daily value, and the counted parts add up to it exactly, in
the order they are listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from vault.merge.coverage import Cover
from vault.merge.overlap import Daily, merged_daily, uncovered
from vault.merge.rows import LONGEST_NS, Rows, place
from vault.time import DAY_NS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    Columns = tuple[
        NDArray[np.int64], NDArray[np.int64], NDArray[np.int16], NDArray[np.float64], NDArray[np.int32]
    ]
    _Part = tuple[int, float, int]

__all__ = ["Contribution", "as_told", "explain_day"]


@dataclass(frozen=True, slots=True)
class Contribution:
    """One source's part in a day's value.

    ``samples`` and ``given`` are what the source alone would have made of the day; ``counted`` is what went
    into the value, 0 if nothing did; ``why`` says it in words.
    """

    source: str
    samples: int
    given: float
    counted: float
    why: str


def explain_day(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    offset_min: NDArray[np.int16],
    value: NDArray[np.float64],
    source: NDArray[np.int32],
    *,
    rollup: str,
    rank: Sequence[int],
    names: Sequence[str],
    home: ZoneInfo,
    day: int,
    nightly: bool = False,
    windows: NDArray[np.int8] | None = None,
) -> list[Contribution]:
    """Return each source's part in one day (days since 1970-01-01), the best source first.

    The columns and options are those of ``merged_daily``; ``names`` are the sources'. The counted parts,
    added in order, are the daily value to the last bit. A day without a value has no parts.
    """
    # What overlaps a sleep that ends on this day may have ended as long before as a row may last.
    near = (end >= (day - 1) * DAY_NS - LONGEST_NS) & (start <= (day + 2) * DAY_NS)
    columns = _where((start, end, offset_min, value, source), near)
    windows = None if windows is None else windows[near]
    daily = partial(merged_daily, rollup=rollup, rank=rank, home=home, nightly=nightly)
    merged = _on_day(daily(*columns, windows=windows), day)
    if merged is None:
        return []
    alone = {}
    for one in sorted(set(columns[4].tolist()), key=lambda one: (rank[one], one)):
        own = columns[4] == one
        part = _on_day(daily(*_where(columns, own), windows=None if windows is None else windows[own]), day)
        if part is not None:
            alone[one] = part
    if rollup == "sum":
        rows = place(*columns, rank=rank, home=home, split=True, nightly=nightly)
        verdicts = _shares(rows.canonical(), day, names)
    else:
        verdicts = _choice(rollup, merged, alone, names)
    return [Contribution(names[one], n, given, *verdicts[one]) for one, (n, given, _) in alone.items()]


def as_told(totals: Sequence[Contribution]) -> list[Contribution]:
    """Return the parts of a vendor's total of a day as they stand beside a sum: told, and not counted."""
    why = "not counted: the vendor's total of the day, which does not say when; only what does is added up"
    return [replace(total, counted=0.0, why=why) for total in totals]


def _where(columns: Columns, some: NDArray[np.bool_]) -> Columns:
    start, end, offset_min, value, source = columns
    return start[some], end[some], offset_min[some], value[some], source[some]


def _on_day(daily: Daily, day: int) -> _Part | None:
    """Return (n, value, best source in it) of one day, if it has a value."""
    at = np.flatnonzero(daily.day == day)
    if not len(at):
        return None
    return int(daily.n[at[0]]), float(daily.value[at[0]]), daily.sets[daily.source_set[at[0]]][0]


def _shares(rows: Rows, day: int, names: Sequence[str]) -> dict[int, tuple[float, str]]:
    """Return, for a sum, what counted of each source that day, and why not all of it."""
    share = uncovered(rows)
    at = int(np.flatnonzero(rows.days == day)[0])
    counted = rows.table(rows.value * share)[at]
    verdicts = {}
    for place_, one in enumerate(rows.sources.tolist()):
        mine = (rows.source == place_) & (rows.day == at)
        better = " and ".join(names[rows.sources[other]] for other in _overlapping(rows, mine, place_))
        verdicts[one] = float(counted[place_]), _share_in_words(share[mine], better)
    return verdicts


def _overlapping(rows: Rows, mine: NDArray[np.bool_], place_: int) -> list[int]:
    """Return the better sources that recorded during some of these rows."""
    start, end = rows.start[mine], np.maximum(rows.end, rows.start + 1)[mine]
    found = []
    for other in range(place_):
        theirs = rows.source == other
        moments = np.isin(rows.start[theirs], start) & (rows.end[theirs] <= rows.start[theirs])
        cover = Cover.of(rows.start[theirs], rows.end[theirs])
        if moments.any() or cover.within(start, end).any():
            found.append(other)
    return found


def _share_in_words(share: NDArray[np.float64], better: str) -> str:
    if not len(share) or (share == 1).all():
        return "counted in full"
    if (share == 0).all():
        return f"left out: {better} recorded the same time"
    return f"counted only where {better} recorded nothing"


def _choice(
    rollup: str, merged: _Part, alone: Mapping[int, _Part], names: Sequence[str]
) -> dict[int, tuple[float, str]]:
    """Return, for a value that one source speaks for, which one that is and why not the others."""
    _, value, speaker = merged
    if rollup in ("min", "max"):
        speaker = next(one for one in alone if alone[one][1] == value)
    if rollup == "mean" and speaker != max(alone, key=lambda one: alone[one][0]):
        rollup = "night"
    chosen, passed_over = _CHOICE_IN_WORDS[rollup]
    left_out = f"left out: {passed_over.format(names[speaker])}"
    return {one: (value, chosen) if one == speaker else (0.0, left_out) for one in alone}


_CHOICE_IN_WORDS = {
    "mean": ("it had the most samples that day", "{} had more samples that day, or as many and comes first"),
    "night": ("it tells the whole night", "{} tells the whole night"),
    "last": ("the latest value of the source that comes first", "{} comes first"),
    "min": ("the lowest value that day", "{} had a lower value, or the same and comes first"),
    "max": ("the highest value that day", "{} had a higher value, or the same and comes first"),
}
