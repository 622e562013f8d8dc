"""A workout's curves and originals out of the store: all that any source recorded of one event.

Curves are asked of those who recorded the workout, and of nobody else: who is granted their workouts is
granted no other device's.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from vault.errors import UnknownRecord
from vault.merge.eras import device_name
from vault.merge.preference import place_on
from vault.merge.streams import Curve, Told, richest
from vault.merge.workouts import TOGETHER_NS, Folded, is_of_one_time
from vault.moment import Span
from vault.names import joined
from vault.reading import frames
from vault.reading.training import day_of, folded
from vault.store.sparse import workout_id
from vault.time import SECOND_NS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pandas as pd

    from vault.merge.preference import Preference
    from vault.records import Origin, Stream, Workout
    from vault.store.columns import Columns
    from vault.store.store import Store

__all__ = ["SERIES", "Kept", "curves", "observations", "streams"]

SERIES = {
    "heart_rate": ("heart_rate",),
    "power": ("power",),
    "cadence": ("cadence_cycling", "cadence_running"),
    "speed": ("speed",),
}
"""The series whose samples within a workout are a channel of it."""


class Kept(Protocol):
    """What curves are asked of: the store, or what stands before it."""

    @property
    def home_zone(self) -> ZoneInfo:
        """Return the owner's home zone."""
        ...

    def preferences(self) -> Sequence[Preference]:
        """Return the owner's choices of sources."""
        ...

    def streams(self, origin: Origin, key: str) -> list[Stream]:
        """Return the streams of a workout at a source."""
        ...

    def columns(
        self, metric: str, start_ns: int | None = None, end_ns: int | None = None, source: str | None = None
    ) -> list[Columns]:
        """Return the samples of a metric of a source that start in [start, end)."""
        ...


def streams(store: Store, wanted: str, *, original: bool = False) -> pd.DataFrame:
    """Return a workout's channels, indexed by elapsed seconds; ``attrs["sources"]`` names who told each.

    Each channel is of the source that has it best (``vault.merge.streams``); with ``original`` all are of
    the one observation that is asked for, on its own time.
    """
    import pandas as pd

    event = _event(store, wanted, original=original)
    start = event.best.start
    columns: dict[str, pd.Series[float]] = {}
    chosen = curves(store, event)
    for name, told in chosen.items():
        curve = told.curves[name]
        elapsed = pd.Index((curve.time - start) / SECOND_NS, name="elapsed_s")
        column = pd.Series(curve.value, index=elapsed)
        columns[name] = column[~column.index.duplicated(keep="last")]
    frame = pd.DataFrame(columns).sort_index()
    frame.index.name = "elapsed_s"
    frame.attrs["sources"] = {name: told.source for name, told in chosen.items()}
    return frame


def observations(store: Store, wanted: str) -> pd.DataFrame:
    """Return a workout as each of its sources told it, the one that speaks first.

    The columns of ``workouts()`` without ``also_in``; ``channels`` are those its source gives ``streams()``,
    ``details`` what else it said, as JSON.
    """
    event = _event(store, wanted)
    given: dict[str, list[str]] = {}
    for name, told in curves(store, event).items():
        given.setdefault(told.source, []).append(name)
    alone = [Folded(one, (one,), ()) for one in event.observations]
    ids = [workout_id(one.origin, one.key) for one in event.observations]
    frame = frames.workouts(alone, ids, store.home_zone).drop(columns="also_in")
    channels = [joined(given.pop(one.origin.source, ())) for one in event.observations]
    details = [json.dumps(one.details, sort_keys=True, ensure_ascii=False) for one in event.observations]
    return frame.assign(channels=np.array(channels, object), details=np.array(details, object))


def _event(store: Store, wanted: str, *, original: bool = False) -> Folded[Workout]:
    by_id = store.remembered("workouts by id", lambda _: _ids(folded(store, Span())))
    if wanted not in by_id:
        raise UnknownRecord("no workout of that id", hint="take workout_id from workouts()")
    event = by_id[wanted]
    if not original:
        return event
    alone = next(one for one in event.observations if workout_id(one.origin, one.key) == wanted)
    return Folded(alone, (alone,), ())


def _ids(found: list[Folded[Workout]]) -> dict[str, Folded[Workout]]:
    """Name each event by the ids of all its observations; of two with one observation the earlier has it."""
    return {workout_id(one.origin, one.key): event for event in reversed(found) for one in event.observations}


def curves(store: Kept, event: Folded[Workout], only: Collection[str] | None = None) -> dict[str, Told]:
    """Return for each channel, of all or ``only`` some, who tells it best and with which curve."""
    best, preferences = event.best, store.preferences()

    def place(name: str, source: str) -> int:
        (metric, *_) = SERIES.get(name, ("gps_position",))
        return place_on(preferences, metric, source, day_of(best, store.home_zone))

    told = [*_recorded(store, event, only), *_sampled(store, event, only)]
    return richest(told, best.start, best.end, place)


def _of_one_clock(event: Folded[Workout]) -> Iterable[Workout]:
    """Return whose instants are those of the workout: a copy under another time would be out of step."""
    return (one for one in event.observations if is_of_one_time(event.best, one))


def _recorded(store: Kept, event: Folded[Workout], only: Collection[str] | None) -> Iterator[Told]:
    """Yield what the workout and its twins brought; of a twin that goes on longer, what is within."""
    best = event.best
    for workout in _of_one_clock(event):
        timed = (part for part in store.streams(workout.origin, workout.key) if len(part.time))
        parts = sorted(timed, key=lambda part: int(part.time[0]))
        names = {name: None for part in parts for name in part.columns if only is None or name in only}
        curves = {name: _joined_up(parts, name) for name in names}
        if workout is not best:
            first, last = best.start - TOGETHER_NS, best.end + TOGETHER_NS
            curves = {name: curve.within(first, last) for name, curve in curves.items()}
        curves = {name: curve for name, curve in curves.items() if len(curve)}
        yield Told(workout.origin.source, device_name(workout.origin.device), curves)


def _joined_up(parts: Sequence[Stream], name: str) -> Curve:
    having = [part for part in parts if name in part.columns]
    time = np.concatenate([part.time for part in having])
    return Curve(time, np.concatenate([part.columns[name] for part in having])).known()


def _sampled(store: Kept, event: Folded[Workout], only: Collection[str] | None) -> Iterator[Told]:
    """Yield the samples of the same sources within the workout's time, each device's apart."""
    time = event.best.start, event.best.end + 1
    asked = [name for name in SERIES if only is None or name in only]
    series = [(name, metric) for name in asked for metric in SERIES[name]]
    for source in dict.fromkeys(one.origin.source for one in _of_one_clock(event)):
        for name, metric in series:
            for part in store.columns(metric, *time, source):
                yield from _by_device(source, name, part)


def _by_device(source: str, name: str, part: Columns) -> Iterator[Told]:
    curve = Curve(part.start, np.asarray(part.value, np.float64))
    devices = np.array([device_name(one.device) for one in part.origins], object)
    for device in sorted(set(devices)):
        of_device = np.isin(part.origin, np.flatnonzero(devices == device))
        if of_device.any():
            yield Told(source, device, {name: curve.take(of_device)})
