"""Steps, distance and energy of a day, out of totals that run from local midnight over many files.

The idea: a watch writes how far the day has come, for each type of activity, and starts again at midnight; a
day is spread over every sync. So readings of all files are collected, and what is yielded is what each added
to the highest so far of its day. A reading at midnight closes the day that ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from adapters.fit.tables import Counter, counters
from vault.records import Origin, Samples
from vault.time import DAY_NS, MINUTE_NS, NO_INSTANT, UNKNOWN_OFFSET

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.fit.recording import Recording
    from adapters.formats.fit import Columns

__all__ = ["Counters"]

_TYPE_BITS = 0x1F
_UNTYPED = -1


class Counters:
    """Collects the readings of files; ``records`` yields them as samples once all are in."""

    def __init__(self) -> None:
        self._origins: dict[Origin, int] = {}
        self._sources: dict[str, int] = {}
        self._parts: dict[str, list[NDArray[np.float64]]] = {}
        self._times: dict[str, list[NDArray[np.int64]]] = {}

    def add(self, recording: Recording) -> None:
        """Take the readings of one file."""
        messages = recording.fit.messages("monitoring")
        if not len(messages):
            return
        time, activity = recording.fit.time(messages), _activity(messages)
        origin = self._origins.setdefault(recording.origin, len(self._origins))
        source = self._sources.setdefault(recording.origin.source, len(self._sources))
        for field in {counter.field for counter in counters()}:
            value = messages.number(field)
            good = np.isfinite(value) & (time != NO_INSTANT)
            if good.any():
                start = time[good]
                offsets = recording.offsets(start)
                whose = np.tile((source, origin), (len(start), 1))
                columns = (offsets, activity[good], whose, value[good])
                self._times.setdefault(field, []).append(start)
                self._parts.setdefault(field, []).append(np.column_stack(columns))

    def records(self) -> Iterator[Samples]:
        """Yield what each reading added, from the reading before it (the first: from midnight) to itself."""
        metrics = dict.fromkeys(counter.metric for counter in counters())
        for metric in metrics:
            rows = [counter for counter in counters() if counter.metric == metric]
            batch = self._batch(metric, rows)
            if batch is not None:
                yield batch
        self._parts.clear()
        self._times.clear()

    def _batch(self, metric: str, rows: list[Counter]) -> Samples | None:
        field, factor = rows[0].field, rows[0].factor
        if field not in self._parts:
            return None
        time = np.concatenate(self._times[field])
        columns = np.concatenate(self._parts[field])
        types = [row.activity for row in rows]
        if None not in types:
            wanted = np.isin(columns[:, 1], np.array(types, np.float64))
            time, columns = time[wanted], columns[wanted]
        offset, activity, source, origin, value = columns.T
        start, added, order = _increments(time, offset, activity, source, value)
        good = added > 0
        if not good.any():
            return None
        return Samples(
            metric=metric,
            start=start[good],
            end=time[order][good],
            offset_min=offset[order][good].astype(np.int16),
            value=added[good] * factor,
            origin=origin[order][good].astype(np.int32),
            origins=list(self._origins),
        )


def _activity(messages: Columns) -> NDArray[np.float64]:
    """Return the type of activity of each message: said, or packed with its intensity into one byte."""
    packed = messages.number("current_activity_type_intensity")
    known = np.isfinite(packed)
    unpacked = np.full(len(packed), float(_UNTYPED))
    unpacked[known] = packed[known].astype(np.int64) & _TYPE_BITS
    said = messages.number("activity_type")
    return np.where(np.isfinite(said), said, unpacked)


def _increments(
    time: NDArray[np.int64],
    offset: NDArray[np.float64],
    activity: NDArray[np.float64],
    source: NDArray[np.float64],
    value: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.intp]]:
    """Return start, what was added, and the order they are in: by source, activity, day and time."""
    shift = np.where(offset == UNKNOWN_OFFSET, 0, offset).astype(np.int64) * MINUTE_NS
    day = (time + shift - 1) // DAY_NS
    order = np.lexsort((value, time, day, activity, source))
    keys = np.column_stack((source, activity, day))[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    edges = [*np.flatnonzero(first).tolist(), len(order)]
    highest = value[order]
    for begin, end in pairwise(edges):
        np.maximum.accumulate(highest[begin:end], out=highest[begin:end])
    added = highest - np.where(first, 0, np.roll(highest, 1))
    start = np.where(first, day[order] * DAY_NS - shift[order], np.roll(time[order], 1))
    return start, np.round(added, 3), order
