"""Traces of all workouts out of the store: each by the curves ``streams`` would give, read in one go.

A workout asks for minutes of a series of samples, and unpacking costs a month of it: so a month is kept
while the workouts of it pass by. Of their streams some workouts' are read at once, and of those only the
channels that are looked at. Traces are made once for each state of the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.training.trace import stacked, trace
from vault.reading.streams import curves
from vault.store.sparse import workout_id
from vault.time import DAY_NS

if TYPE_CHECKING:
    from vault.analysis.training.trace import Trace, Traces
    from vault.merge.preference import Preference
    from vault.merge.workouts import Folded
    from vault.records import Origin, Stream, Workout
    from vault.store.columns import Columns
    from vault.store.store import Store

__all__ = ["traces"]

_AHEAD_NS = 31 * DAY_NS
_AT_ONCE = 32
"""Workouts whose streams are held in memory together."""

_CHANNELS = ("heart_rate", "power")


class _Ahead:
    """A store that reads a month of a series at a time, for who asks for it bit by bit in order."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._preferences, self.home_zone = store.preferences(), store.home_zone
        self._held: dict[str, tuple[int, int, list[Columns]]] = {}
        self._streams: dict[str, list[Stream]] = {}

    def each(self, events: Sequence[Folded[Workout]]) -> Iterator[Folded[Workout]]:
        """Yield the workouts; of each, ``streams`` has then what there is."""
        for first in range(0, len(events), _AT_ONCE):
            some = events[first : first + _AT_ONCE]
            ids = [workout_id(one.origin, one.key) for event in some for one in event.observations]
            self._streams = self._store.streams_of(ids, _CHANNELS)
            yield from some

    def preferences(self) -> Sequence[Preference]:
        return self._preferences

    def streams(self, origin: Origin, key: str) -> list[Stream]:
        return self._streams.get(workout_id(origin, key), [])

    def columns(
        self, metric: str, start_ns: int | None = None, end_ns: int | None = None, source: str | None = None
    ) -> list[Columns]:
        first, end = start_ns or 0, end_ns or 0
        low, high, parts = self._held.get(metric, (0, 0, []))
        if not low <= first <= end <= high:
            low, high = first, max(end, first + _AHEAD_NS)
            parts = self._store.columns(metric, low, high)
            self._held[metric] = low, high, parts
        found = [part.take(slice(*np.searchsorted(part.start, (first, end)).tolist())) for part in parts]
        return [_of(source, part) for part in found if len(part)]


def _of(source: str | None, part: Columns) -> Columns:
    named = np.array([source in (None, origin.source) for origin in part.origins], bool)
    return part.take(named[part.origin])


def traces(store: Store, events: Sequence[Folded[Workout]]) -> Traces:
    """Return the traces of workouts, which are in order of start."""
    ahead = _Ahead(store)
    return stacked([_trace(ahead, event) for event in ahead.each(events)])


def _trace(store: _Ahead, event: Folded[Workout]) -> Trace:
    found = curves(store, event, _CHANNELS)
    told = {name: one.curves[name] for name, one in found.items()}
    heart, power = ((told[name].time, told[name].value) if name in told else None for name in _CHANNELS)
    return trace(heart, power)
