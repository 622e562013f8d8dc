"""Reads Google's table of exercises, for those that no exercise log tells of.

The idea: an exercise that Fitbit noticed by itself has no figures here, only a start and an end; the log of
the same start has them and is preferred. Millimetres become metres, a 0 is no measurement, and what the owner
deleted stays deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from adapters.fitbit.context import ORIGIN
from adapters.fitbit.exercise import activity_of
from adapters.fitbit.user_sleeps import offset_of, span_of
from adapters.formats.points import number_of
from adapters.formats.sheets import Sheet
from vault.errors import InputError
from vault.records import Workout
from vault.time import UNKNOWN_OFFSET

if TYPE_CHECKING:
    from adapters.base import ByteSource
    from adapters.fitbit.context import Context, Read
    from adapters.formats.counting import Count
    from adapters.formats.sheets import Row
    from vault.records import Record

__all__ = ["READERS"]

_MM = 1_000
_ENERGY = ("tracker_total_calories", "manually_logged_total_calories")
_DISTANCE = ("tracker_total_distance_mm", "manually_logged_total_distance_mm")
_MEAN, _PEAK, _CLIMB = "tracker_avg_heart_rate", "tracker_peak_heart_rate", "tracker_total_altitude_mm"
_DELETED = "deletion_reason"
_LEFT = frozenset((
    *_ENERGY, *_DISTANCE, _MEAN, _PEAK, _CLIMB, _DELETED, "exercise_id", "exercise_start", "exercise_end",
    "utc_offset", "exercise_created", "exercise_last_updated", "location_metadata",
    "activity_type_probabilities",
    "tracker_avg_pace_mm_per_second", "tracker_avg_speed_mm_per_second", "tracker_peak_speed_mm_per_second",
))  # fmt: skip
"""What has a field of its own, says where somebody was, or is not what its name says: speeds of 100 m/s."""


def _read(stream: ByteSource, count: Count, context: Context) -> Iterator[Record]:
    """Yield the workouts of a table that were not told of, when all its offsets are known."""
    found: list[Workout] = []
    try:
        yield from _gathered(stream, count, context, found)
    except InputError:
        yield from _placed(found, context)
        raise
    yield from _placed(found, context)


def _placed(found: list[Workout], context: Context) -> Iterator[Workout]:
    """Yield workouts with an offset, if not the one they say, then that of the archive."""
    offsets = context.wall.offsets_at(np.array([one.start for one in found], np.int64)).tolist()
    for one, offset_min in zip(found, offsets):
        yield replace(one, offset_min=offset_min) if one.offset_min == UNKNOWN_OFFSET else one


def _gathered(stream: ByteSource, count: Count, context: Context, found: list[Workout]) -> Iterator[Record]:
    """Gather the workouts of a table in ``found``, and yield the rejections."""
    for line, row in Sheet(stream, delimiter=","):
        workout = row if isinstance(row, str) else _workout(row, context)
        if isinstance(workout, str) or isinstance(row, str):
            yield count.reject(str(workout), line)
        elif (key := ("user_exercise", workout.key)) in context.read_logs:
            count.repeat()
        elif row.get(_DELETED, "").strip():
            count.leave("deleted")
        elif context.told.has("exercise", np.array([workout.start], np.int64))[0]:
            count.leave("mirror")
        else:
            context.read_logs.add(key)
            count.use()
            found.append(workout)


def _workout(row: Row, context: Context) -> Workout | str:
    """Return a row as a workout, or why it is none; the clock is told of its offset."""
    span, key = span_of(row, "exercise_start", "exercise_end"), row.get("exercise_id", "").strip()
    if isinstance(span, str) or not key:
        return span if isinstance(span, str) else "no-id"
    offset_min = offset_of(row.get("utc_offset", ""))
    if offset_min != UNKNOWN_OFFSET:
        context.wall.saw(span[0], offset_min)
    distance, climb = _first(row, *_DISTANCE), _first(row, _CLIMB)
    return Workout(
        key,
        *span,
        offset_min,
        activity_of(row.get("activity_name", "").strip()),
        ORIGIN,
        distance_m=None if distance is None else distance / _MM,
        energy_kcal=_first(row, *_ENERGY),
        hr_mean=_first(row, _MEAN),
        hr_max=_first(row, _PEAK),
        elevation_gain_m=None if climb is None else climb / _MM,
        details=_details(row),
    )


def _first(row: Row, *names: str) -> float | None:
    """Return the first of some columns that has a measurement."""
    numbers = (number_of(row.get(name, "")) for name in names)
    return next((number for number in numbers if number is not None and number > 0), None)


def _details(row: Row) -> dict[str, object]:
    said: dict[str, object] = {}
    for name, cell in row.items():
        text, number = cell.strip(), number_of(cell)
        if name not in _LEFT and text and number != 0:
            said[name] = text if number is None else number
    return said


READERS: Mapping[str, Read] = {"user_exercises": _read}
