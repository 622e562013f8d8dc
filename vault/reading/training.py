"""Workouts out of the store, folded across sources, and the strength sets of each, told once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from vault.merge.preference import WORKOUTS, place_on
from vault.merge.workouts import Folded, fold
from vault.store.sparse import workout_id
from vault.time import DAY_NS, local_days

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from vault.moment import Span
    from vault.records import StrengthSet, Workout
    from vault.store.store import Store

__all__ = ["day_of", "folded", "sets"]

_ROOM_NS = 4 * DAY_NS
"""A date is up to a day from the home zone's, and what is folded up to two days long."""


def folded(store: Store, span: Span) -> list[Folded[Workout]]:
    """Return the workouts that start in the span, one for each that several sources recorded."""
    if span.is_everything:
        return store.remembered("workouts", lambda _: _folded(store, None, None))
    found = _folded(store, *span.around(_ROOM_NS))
    held = _held(span, [one.best for one in found], store.home_zone)
    return [one for one, is_held in zip(found, held) if is_held]


def _folded(store: Store, first_ns: int | None, end_ns: int | None) -> list[Folded[Workout]]:
    streamed, preferences, home = store.streamed(), store.preferences(), store.home_zone

    def place(workout: Workout) -> int:
        if not preferences:
            return 0
        return place_on(preferences, WORKOUTS, workout.origin.source, day_of(workout, home))

    return fold(
        store.workouts(first_ns, end_ns),
        has_streams=lambda workout: workout_id(workout.origin, workout.key) in streamed,
        place=place,
    )


def day_of(workout: Workout, home: ZoneInfo) -> int:
    """Return the local day a workout starts on, days since 1970-01-01."""
    start, offset = np.array([workout.start], np.int64), np.array([workout.offset_min], np.int16)
    return int(local_days(start, offset, home)[0])


def sets(store: Store, span: Span) -> list[tuple[StrengthSet, str]]:
    """Return the strength sets that start in the span, each with the id of its workout as ``folded`` has it.

    Of a folded workout they are those of the fullest account.
    """
    found = store.strength_sets(*span.around(_ROOM_NS))
    counts = Counter((workout_id(one.origin, one.workout), _is_full(one)) for one in found)
    left_out: set[str] = set()
    events: dict[str, list[Workout]] = defaultdict(list)
    for event in _folded(store, *span.around(2 * _ROOM_NS)):
        ids = [workout_id(one.origin, one.key) for one in event.observations]
        told = [one for one in ids if counts[one, True] + counts[one, False]]
        told.sort(key=lambda one: (-counts[one, True], -counts[one, False]))
        left_out.update(told[1:])
        for one in ids:
            events[one].append(event.best)
    found = [one for one in found if workout_id(one.origin, one.workout) not in left_out]
    held = _held(span, found, store.home_zone)
    return [(one, _event_of(one, events)) for one, is_held in zip(found, held) if is_held]


def _event_of(one: StrengthSet, events: Mapping[str, Sequence[Workout]]) -> str:
    """Return the id of the workout that speaks for a set's own; of two, the one in which the set began."""
    own = workout_id(one.origin, one.workout)
    speakers = events.get(own, ())
    speaker = next((best for best in speakers if best.start <= one.start <= best.end), None)
    speaker = speaker or next(iter(speakers), None)
    return own if speaker is None else workout_id(speaker.origin, speaker.key)


def _is_full(one: StrengthSet) -> bool:
    """Whether a set says how much was done."""
    return one.repetitions is not None or one.duration_s is not None or one.distance_m is not None


def _held(span: Span, found: Sequence[Workout | StrengthSet], home: ZoneInfo) -> list[bool]:
    start = np.array([one.start for one in found], np.int64)
    offset = np.array([one.offset_min for one in found], np.int16)
    dates = local_days(start, offset, home)
    return [span.holds(instant, date) for instant, date in zip(start.tolist(), dates.tolist())]
