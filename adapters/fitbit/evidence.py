"""Derives the UTC offsets of a Fitbit archive from what it gives away: where files are cut, sleeps in UTC.

The idea: an offset is known at single instants. Two neighbours that agree rule all that lies between them;
of two that differ, the change is where the owner's home has it, or at two in the morning if it is an hour;
else nobody knows. What comes out are spans of one offset each, known or not.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vault.time import DAY_NS, HOUR_NS, MINUTE_NS, UNKNOWN_OFFSET, zone_offsets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

__all__ = ["Evidence"]

_STEP_NS = 15 * MINUTE_NS
"""Every zone in use since 1972 is a multiple of this from UTC."""
_WEST_NS, _EAST_NS = -12 * HOUR_NS, 14 * HOUR_NS
_NEIGHBOURS_NS = 32 * DAY_NS
"""Files are cut every 30 days or more often."""
_NEAR_NS = 2 * DAY_NS
_CHANGE_NS = 2 * HOUR_NS
_HOUR_MIN = 60


class _Span(NamedTuple):
    """From an instant on, to the next span's: an offset in minutes or ``UNKNOWN_OFFSET``."""

    start: int
    offset_min: int


_NOWHERE = _Span(0, UNKNOWN_OFFSET)


class Evidence:
    """The offsets seen in one archive; ``home`` decides only where two of them differ."""

    def __init__(self, home: ZoneInfo | None) -> None:
        self._home = home
        self._seen: dict[int, int] = {}
        self._cuts: dict[int, int] = {}
        self._spans: _Spans | None = None

    def saw(self, instant: int, offset_min: int) -> None:
        """Take note of an offset that is written down for an instant."""
        self._seen[instant] = offset_min
        self._spans = None

    def cut(self, day: int, last: int, first: int) -> None:
        """Take note that local midnight of ``day`` lies in (last, first]: an offset, if only one fits."""
        midnight = day * DAY_NS
        least = -(-max(midnight - first, _WEST_NS) // _STEP_NS)
        most = min(midnight - last - 1, _EAST_NS) // _STEP_NS
        if least == most:
            offset_ns = least * _STEP_NS
            self._cuts[midnight - offset_ns] = offset_ns // MINUTE_NS
            self._spans = None

    def at(self, instants: NDArray[np.int64]) -> NDArray[np.int16]:
        """Return the offset in minutes at each instant, or ``UNKNOWN_OFFSET``."""
        return self._known.at(instants)

    def of_clock(self, clock: NDArray[np.int64]) -> NDArray[np.int16]:
        """Return the offset of what a clock showed; of an hour that is shown twice, the first."""
        return self._known.of_clock(clock)

    @property
    def _known(self) -> _Spans:
        if self._spans is None:
            self._spans = _Spans(list(self._derived()))
        return self._spans

    def _derived(self) -> Iterator[_Span]:
        places = dict(self._seen)
        if any(self._cuts.values()):  # files cut at UTC midnight say nothing of where somebody was
            places = self._cuts | places
        found = [_Span(*place) for place in sorted(places.items())]
        if not found:
            return
        yield _Span(found[0].start - _NEAR_NS, found[0].offset_min)
        for one, other in pairwise(found):
            yield from self._between(one, other)
        yield found[-1]
        yield _Span(found[-1].start + _NEAR_NS, UNKNOWN_OFFSET)

    def _between(self, one: _Span, other: _Span) -> Iterator[_Span]:
        """Yield the spans from one place to the next."""
        if other.start - one.start > _NEIGHBOURS_NS:
            yield one
            yield _Span(one.start + _NEAR_NS, UNKNOWN_OFFSET)
        elif one.offset_min == other.offset_min:
            yield one
        elif (change := self._change(one, other)) is not None:
            yield one
            yield _Span(change, other.offset_min)
        else:
            yield _Span(one.start, UNKNOWN_OFFSET)

    def _change(self, one: _Span, other: _Span) -> int | None:
        """Return the instant at which the clock was changed, if that can be told."""
        if self._home is not None and (change := _change_of(self._home, one, other)) is not None:
            return change
        near = other.start - one.start <= _NEAR_NS
        if not near or abs(one.offset_min - other.offset_min) > _HOUR_MIN:
            return None
        offset_ns = one.offset_min * MINUTE_NS
        day = (one.start + offset_ns - _CHANGE_NS) // DAY_NS + 1
        return min(day * DAY_NS + _CHANGE_NS - offset_ns, other.start)


def _change_of(home: ZoneInfo, one: _Span, other: _Span) -> int | None:
    """Return when a zone changes from one offset to the other, if it has both where they were seen."""
    minutes = np.arange(one.start, other.start + MINUTE_NS, MINUTE_NS)
    offsets = zone_offsets(minutes, home)
    if offsets[0] != one.offset_min or offsets[-1] != other.offset_min:
        return None
    return int(minutes[int(np.argmax(offsets == other.offset_min))])


class _Spans:
    """Spans in order, looked up by instant or by what a clock showed."""

    def __init__(self, spans: list[_Span]) -> None:
        changes = [one for before, one in pairwise([_NOWHERE, *spans]) if one.offset_min != before.offset_min]
        self._start = np.array([span.start for span in changes], np.int64)
        self._offset = np.array([UNKNOWN_OFFSET, *(span.offset_min for span in changes)], np.int16)
        before, after = (self._offset[side].astype(np.int64) for side in (slice(-1), slice(1, None)))
        before = np.where(before == UNKNOWN_OFFSET, after, before)
        after = np.where(after == UNKNOWN_OFFSET, before, after)
        # What a clock shows where a span begins, by the offset before and by its own.
        self._shown = np.maximum.accumulate(self._start + np.maximum(before, after) * MINUTE_NS)

    def at(self, instants: NDArray[np.int64]) -> NDArray[np.int16]:
        return self._offset[np.searchsorted(self._start, instants, side="right")]

    def of_clock(self, clock: NDArray[np.int64]) -> NDArray[np.int16]:
        return self._offset[np.searchsorted(self._shown, clock, side="right")]
