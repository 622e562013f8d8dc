"""Workouts out of the store: folded across sources, and the streams recorded along them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from vault.errors import UnknownRecord
from vault.merge.workouts import Folded, fold
from vault.store.sparse import workout_id
from vault.time import DAY_NS, SECOND_NS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vault.records import Workout
    from vault.store.store import Store

__all__ = ["CHANNELS", "folded", "streams"]

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


def folded(store: Store, first_ns: int | None, last_ns: int | None) -> list[Folded[Workout]]:
    """Return the workouts that start in [first, last), one for each that several sources recorded."""
    if first_ns is None and last_ns is None:
        return store.remembered("workouts", lambda _: fold(store.workouts()))
    near = (
        None if first_ns is None else first_ns - DAY_NS,
        None if last_ns is None else last_ns + DAY_NS,
    )
    return [
        one
        for one in fold(store.workouts(*near))
        if (first_ns is None or one.best.start >= first_ns) and (last_ns is None or one.best.start < last_ns)
    ]


def streams(store: Store, wanted: str) -> pd.DataFrame:
    """Return a workout's channels, indexed by elapsed seconds.

    What the workout or its twins in other apps brought comes first; then the samples of its own
    source within its time.
    """
    import pandas as pd

    found = next((one for one in folded(store, None, None) if _has_id(one, wanted)), None)
    if found is None:
        raise UnknownRecord("no workout of that id", hint="take workout_id from workouts()")
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


def _has_id(found: Folded[Workout], wanted: str) -> bool:
    return any(workout_id(one.origin, one.key) == wanted for one in found.observations)


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
