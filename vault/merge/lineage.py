"""Why a day's value is what it is: what each source gave, what of it counted, and by which rule.

The parts come from the functions that make the daily value, and the counted parts add up to it exactly, in
the order they are listed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.merge.coverage import Cover
from vault.merge.overlap import SEEN_ENOUGH, Daily, each_alone, merged_daily, uncovered
from vault.merge.preference import rank_on
from vault.merge.rows import LONGEST_NS, Rows, place
from vault.merge.trackers import called
from vault.time import DAY_NS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from vault.merge.preference import Chosen

    _Part = tuple[int, float, int]

__all__ = ["Contribution", "as_told", "beside", "explain_day", "speaking_alone"]


@dataclass(frozen=True, slots=True)
class Contribution:
    """One source's part in a day's value.

    ``samples`` and ``given`` are what the source alone would have made of the day, ``given`` NaN where that
    is not told; ``counted`` is what went into the value, 0 if nothing did; ``why`` says it in words.
    ``device`` tells trackers of one source apart, else it is "".
    """

    source: str
    samples: int
    given: float
    counted: float
    why: str
    device: str = ""

    @property
    def tracker(self) -> str:
        """What it is called beside others of its source."""
        return called(self.source, self.device)


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
    entered: bool = False,
    windows: NDArray[np.int8] | None = None,
    chosen: Sequence[Chosen] = (),
) -> list[Contribution]:
    """Return each source's part in one day (days since 1970-01-01), the best source first.

    The columns and options are those of ``merged_daily``; ``names`` are the sources'. The counted parts,
    added in order, are the daily value to the last bit. A day without a value has no parts.
    """
    # What overlaps a sleep that ends on this day may have ended as long before as a row may last.
    near = (end >= (day - 1) * DAY_NS - LONGEST_NS) & (start <= (day + 2) * DAY_NS)
    columns = start[near], end[near], offset_min[near], value[near], source[near]
    windows = None if windows is None else windows[near]
    options: dict[str, Any] = {
        "rank": rank,
        "home": home,
        "nightly": nightly,
        "entered": entered,
        "chosen": chosen,
    }
    merged = _on_day(merged_daily(*columns, rollup=rollup, windows=windows, **options), day)
    if merged is None:
        return []
    ranks = rank_on(rank, chosen, day)
    each = {
        one: _on_day(daily, day)
        for one, daily in each_alone(columns, rollup=rollup, windows=windows, **options)
    }
    best_first = sorted(each, key=lambda one: (ranks[one], one))
    alone = {one: part for one in best_first if (part := each[one]) is not None}
    if rollup == "sum":
        verdicts = _shares(place(*columns, split=True, **options).canonical(), day, names)
    else:
        rows = place(*columns, split=False, windows=windows, **options)
        asked = set(rows.sources[rows.source[rows.day == day]].tolist())
        verdicts = _choice(rollup, merged, alone, names, asked, ranks)
    return [Contribution(names[one], n, given, *verdicts[one]) for one, (n, given, _) in alone.items()]


def as_told(totals: Sequence[Contribution]) -> list[Contribution]:
    """Return the parts of a vendor's total of a day as they stand beside a sum: told, and not counted."""
    why = "not counted: the vendor's total of the day, which does not say when; only what does is added up"
    return [replace(total, counted=0.0, why=why) for total in totals]


def speaking_alone(intervals: Sequence[Contribution], totals: Sequence[Contribution]) -> list[Contribution]:
    """Return the parts of a day for which a vendor's total speaks: intervals tell too little of it."""
    told = "the vendor's total of the day: what was recorded in intervals is less than half of it"
    left = "left out: less than half of the total that is stated for the day"
    speaking = [replace(one, why=told if one.counted else one.why) for one in totals]
    return [*speaking, *(replace(one, counted=0.0, why=left) for one in intervals)]


def beside(source: str, samples: int, why: str, given: float = nan) -> Contribution:
    """Return what stands beside the parts of a day, and is none of them."""
    return Contribution(source, samples, given, 0.0, why)


def _on_day(daily: Daily, day: int) -> _Part | None:
    """Return (n, value, best source in it) of one day, if it has a value."""
    at = np.flatnonzero(daily.day == day)
    if not len(at):
        return None
    return int(daily.n[at[0]]), float(daily.value[at[0]]), daily.sets[daily.source_set[at[0]]][0]


def _shares(rows: Rows, day: int, names: Sequence[str]) -> dict[int, tuple[float, str]]:
    """Return, for a sum, what counted of each source that day, and why not all of it."""
    share = uncovered(rows)
    that_day = rows.day == day
    weight = (rows.value * share)[that_day]
    counted = np.bincount(rows.source[that_day], weight, len(rows.sources))
    verdicts = {}
    for place_, one in enumerate(rows.sources.tolist()):
        mine = (rows.source == place_) & that_day
        if one in verdicts and not mine.any():  # it is named once more for other days, which were chosen
            continue
        others = dict.fromkeys(names[rows.sources[other]] for other in _overlapping(rows, mine, place_))
        better = " and ".join(others)
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
    rollup: str,
    merged: _Part,
    alone: Mapping[int, _Part],
    names: Sequence[str],
    asked: Collection[int],
    ranks: Sequence[int],
) -> dict[int, tuple[float, str]]:
    """Return, for a value that one source speaks for, which one that is and why not the others."""
    _, value, speaker = merged
    if rollup in ("min", "max"):
        speaker = next(one for one in alone if alone[one][1] == value)

    def rule(one: int) -> str:
        if one not in asked:
            return "night"
        if rollup == "mean" and (ranks[one], one) < (ranks[speaker], speaker):
            return "seen"
        return "choice" if ranks[speaker] < 0 else rollup

    others = {one: _CHOICE_IN_WORDS[rule(one)][1].format(names[speaker]) for one in alone}
    verdicts = {one: (0.0, f"left out: {why}") for one, why in others.items()}
    decisive = "night" if len(alone) > 1 and asked == {speaker} else rule(speaker)
    return {**verdicts, speaker: (value, _CHOICE_IN_WORDS[decisive][0])}


_CHOICE_IN_WORDS = {
    "mean": ("it comes first of those that recorded enough of the day", "{} comes first"),
    "seen": ("", f"it recorded in less than {SEEN_ENOUGH:.0%} of the hours that the fullest source did"),
    "night": ("it tells the whole night", "{} tells the whole night"),
    "choice": ("it is your choice", "{} is your choice"),
    "last": ("the latest value of the source that comes first", "{} comes first"),
    "min": ("the lowest value that day", "{} had a lower value, or the same and comes first"),
    "max": ("the highest value that day", "{} had a higher value, or the same and comes first"),
}
