"""Reads the nights, and lays the states the devices recorded on them.

The idea: ``sleep.csv`` has sums of a night, the raw files a state each minute, with no word of which night it
is. A night takes the states that lie in it, of the device that began with it, else of the one that recorded
most of it. States of no night are handed over as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from adapters.withings.entries import origin_of
from adapters.withings.layouts import rows
from vault.records import Record, Samples, SleepSession
from vault.time import DAY_NS, SECOND_NS, format_instant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.formats.batches import Batches
    from adapters.formats.counting import Count
    from adapters.withings.entries import Entry, Moment
    from adapters.withings.layouts import Kind
    from adapters.withings.raw import Bins

__all__ = ["Nights"]

_LONGEST_NS = 2 * DAY_NS
_NEAR_NS = 60 * SECOND_NS
_STAGES = ("sleep_light", "sleep_deep", "sleep_rem", "sleep_awake")
_UNKNOWN = "unknown"
_Stages = tuple[tuple[int, int, str], ...]


@dataclass(slots=True)
class _States:
    """What one device recorded, by start [n]; ``is_free`` marks what no night has taken.

    ``words`` names the device whose words its states are: its own while it tells sleep from waking only, else
    nobody's, which are those of all that know stages.
    """

    device: str
    words: str
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    offset_min: NDArray[np.int16]
    state: NDArray[np.int64]
    is_free: NDArray[np.bool_]

    def within(self, start: int, end: int) -> NDArray[np.intp]:
        """Return which free states lie in a span."""
        first, last = np.searchsorted(self.start, (start, end))
        inside = self.is_free[first:last] & (self.end[first:last] <= end)
        return np.flatnonzero(inside) + int(first)


class Nights:
    """The nights of an export, which wait for the states."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches
        self._nights: list[tuple[Moment, Moment, Entry]] = []
        self._recorded: dict[str, list[Bins]] = {}

    def row(self, entry: Entry) -> Iterator[Record]:
        """Hold a night."""
        start, end = entry.moment("from"), entry.moment("to")
        if start is None or end is None:
            yield entry.reject("bad-date")
        elif entry.values() is None:
            yield entry.reject("bad-value")
        elif not 0 < end[0] - start[0] <= _LONGEST_NS:
            yield entry.reject("end-before-start" if end[0] <= start[0] else "bad-date")
        else:
            entry.count.use()
            self._nights.append((start, end, entry))

    def states(self, bins: Bins, kind: Kind, count: Count) -> None:
        """Hold the states of a device."""
        good = (bins.value >= 0) & (bins.end > bins.start)
        bins.tell(count, good, "no-value")
        self._recorded.setdefault(kind.device, []).append(bins.where(good))

    def end(self) -> Iterator[Record]:
        """Yield the nights with their stages, and the states that are left over."""
        recorded = [_joined(device, bins) for device, bins in self._recorded.items()]
        for start, end, entry in sorted(self._nights, key=lambda night: night[0]):
            yield from self._night(start, end, entry, recorded)
        for states in recorded:
            yield from _rest(states)

    def _night(self, start: Moment, end: Moment, entry: Entry, recorded: list[_States]) -> Iterator[Record]:
        device, stages = _taken(start[0], end[0], recorded)
        origin = origin_of(device)
        details: dict[str, object] = {}
        for column, value in entry.values() or ():
            if not column.metric:
                details[column.name] = value
            elif column.metric not in _STAGES or not stages:
                self._batches.add(column.metric, start[0], end[0], end[1], value, origin, unit=column.unit)
            if column.metric in _STAGES:
                details[f"{column.name}_min"] = value
        yield SleepSession(
            format_instant(start[0]), start[0], end[0], end[1], origin, stages, details=details
        )


def _joined(device: str, parts: list[Bins]) -> _States:
    """Return what a device recorded, in order."""
    start, end, offset_min, value = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("start", "end", "offset_min", "value")
    )
    order = np.lexsort((end, start))
    state = np.where(value < 1 << 15, value, -1).astype(np.int64)
    words = device if (state <= 1).all() else ""
    times = start[order], end[order], offset_min[order]
    return _States(device, words, *times, state[order], np.ones(len(order), np.bool_))


def _taken(start: int, end: int, recorded: list[_States]) -> tuple[str, _Stages]:
    """Return the device and the stages of a night; nothing if none was recorded."""
    best: tuple[tuple[bool, int], _States, NDArray[np.intp]] | None = None
    for states in recorded:
        rows_ = states.within(start - _NEAR_NS, end + _NEAR_NS)
        if len(rows_):
            covered = int((states.end[rows_] - states.start[rows_]).sum())
            rank = int(states.start[rows_[0]]) - start == 0, covered
            if best is None or rank > best[0]:
                best = rank, states, rows_
    if best is None:
        return "", ()
    _, states, rows_ = best
    states.is_free[rows_] = False
    return states.device, _stages(states, rows_, start, end)


def _stages(states: _States, taken: NDArray[np.intp], start: int, end: int) -> _Stages:
    """Return states as stages between start and end; those of the same kind that touch are one."""
    found: list[tuple[int, int, str]] = []
    at = start
    for begin, stop, state in zip(states.start[taken], states.end[taken], states.state[taken]):
        begin, stop, word = max(int(begin), at), min(int(stop), end), _word(states.words, int(state))
        if begin >= stop:
            continue
        if found and found[-1][1:] == (begin, word):
            found[-1] = found[-1][0], stop, word
        else:
            found.append((begin, stop, word))
        at = stop
    return tuple(found)


def _rest(states: _States) -> Iterator[Samples]:
    """Yield the states that no night has taken."""
    free = states.is_free
    if not free.any():
        return
    codes, value = np.unique(states.state[free], return_inverse=True)
    yield Samples(
        "sleep_stage",
        states.start[free],
        states.end[free],
        states.offset_min[free],
        value.astype(np.int32),
        np.zeros(len(value), np.int32),
        (origin_of(states.device),),
        codes=tuple(_word(states.words, int(code)) for code in codes),
    )


def _word(device: str, state: int) -> str:
    words = _words()
    return words.get((device, state)) or words.get(("", state), _UNKNOWN)


@cache
def _words() -> dict[tuple[str, int], str]:
    return {(row["device"], int(row["state"])): row["stage"] for row in rows("stages.csv")}
