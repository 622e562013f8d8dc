"""Workouts out of the store: folded across sources, with the streams and sets recorded along them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from vault.errors import UnknownRecord
from vault.merge.workouts import Folded, fold
from vault.moment import Span
from vault.store.sparse import workout_id
from vault.time import DAY_NS, SECOND_NS, local_days

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pandas as pd
    from numpy.typing import NDArray

    from vault.records import StrengthSet, Workout
    from vault.store.store import Store

__all__ = ["CHANNELS", "folded", "sets", "streams"]

_ROOM_NS = 4 * DAY_NS
"""A date is up to a day from the home zone's, and what is folded up to two days long."""

CHANNELS = {
    "heart_rate": ("heart_rate",),
    "power": ("power",),
    "cadence": ("cadence_cycling", "cadence_running"),
    "speed": ("speed",),
    "altitude": (),
    "latitude": (),
    "longitude": (),
}
"""The columns of a stream, and the series that fill them where the workout brought none of its own."""


def folded(store: Store, span: Span) -> list[Folded[Workout]]:
    """Return the workouts that start in the span, one for each that several sources recorded."""
    if span.is_everything:
        return store.remembered("workouts", lambda _: _folded(store, None, None))
    found = _folded(store, *span.around(_ROOM_NS))
    held = _held(span, [one.best for one in found], store.home_zone)
    return [one for one, is_held in zip(found, held) if is_held]


def _folded(store: Store, first_ns: int | None, end_ns: int | None) -> list[Folded[Workout]]:
    streamed = store.streamed()
    return fold(
        store.workouts(first_ns, end_ns),
        has_streams=lambda workout: workout_id(workout.origin, workout.key) in streamed,
    )


def sets(store: Store, span: Span) -> list[StrengthSet]:
    """Return the strength sets that start in the span; of a folded workout, those of one observation."""
    found = store.strength_sets(*span.around(_ROOM_NS))
    having = {(one.origin, one.workout) for one in found}
    for event in _folded(store, *span.around(2 * _ROOM_NS)):
        told = [key for one in event.observations if (key := (one.origin, one.key)) in having]
        having.difference_update(told[1:])
    found = [one for one in found if (one.origin, one.workout) in having]
    return [one for one, is_held in zip(found, _held(span, found, store.home_zone)) if is_held]


def _held(span: Span, found: Sequence[Workout | StrengthSet], home: ZoneInfo) -> list[bool]:
    start = np.array([one.start for one in found], np.int64)
    offset = np.array([one.offset_min for one in found], np.int16)
    dates = local_days(start, offset, home)
    return [span.holds(instant, date) for instant, date in zip(start.tolist(), dates.tolist())]


def streams(store: Store, wanted: str) -> pd.DataFrame:
    """Return a workout's channels, indexed by elapsed seconds.

    What the workout or its twins in other apps brought comes first; then the samples of its own
    source within its time.
    """
    import pandas as pd

    found = _by_id(store, wanted)
    start = found.best.start
    channels: dict[str, pd.Series[float]] = {}
    for name, time, value in [*_recorded(store, found), *_sampled(store, found.best)]:
        if name not in channels and len(time):
            elapsed = pd.Index((time - start) / SECOND_NS, name="elapsed_s")
            channel = pd.Series(value, index=elapsed)
            channels[name] = channel[~channel.index.duplicated(keep="last")]
    frame = pd.DataFrame(channels).sort_index()
    frame.index.name = "elapsed_s"
    return frame


def _by_id(store: Store, wanted: str) -> Folded[Workout]:
    by_id = store.remembered("workouts by id", lambda _: _ids(folded(store, Span())))
    if wanted not in by_id:
        raise UnknownRecord("no workout of that id", hint="take workout_id from workouts()")
    return by_id[wanted]


def _ids(found: list[Folded[Workout]]) -> dict[str, Folded[Workout]]:
    """Name each event by the ids of all its observations; of two with one observation the earlier has it."""
    return {workout_id(one.origin, one.key): event for event in reversed(found) for one in event.observations}


_Channel = tuple[str, "NDArray[np.int64]", "NDArray[np.float64]"]


def _recorded(store: Store, found: Folded[Workout]) -> Iterator[_Channel]:
    for workout in found.observations:
        parts = sorted(store.streams(workout.origin, workout.key), key=lambda part: int(part.time[0]))
        for name in {name: None for part in parts for name in part.columns}:
            having = [part for part in parts if name in part.columns]
            time = np.concatenate([part.time for part in having])
            value = np.concatenate([part.columns[name] for part in having])
            known = np.isfinite(value)
            yield name, time[known], value[known]


def _sampled(store: Store, workout: Workout) -> Iterator[_Channel]:
    for name, series in CHANNELS.items():
        for metric in series:
            source = workout.origin.source
            for part in store.columns(metric, workout.start, workout.end + 1, source):
                yield name, part.start, np.asarray(part.value, np.float64)
