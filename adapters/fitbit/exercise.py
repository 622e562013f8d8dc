"""Reads the exercises of a Fitbit archive, each a workout; their heart rates are those of the day.

The idea: an exercise is an instant, a name and a length by the clock and in motion. What else it says is kept
in its words. A log that was edited stands in later files again; the last one counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from adapters.fitbit.context import ORIGIN, Context, Read
from adapters.fitbit.documents import BAD_DATE, BAD_VALUE, clock_of_stamp, objects_of
from adapters.formats.values import member, number, said, snake, text
from adapters.formats.words import activity_word
from adapters.tables import table
from vault.records import Record, Rejection, Workout
from vault.time import DAY_NS, MILLISECOND_NS

if TYPE_CHECKING:
    from adapters.base import ByteSource
    from adapters.formats.counting import Count
    from adapters.formats.items import Json

__all__ = ["READERS", "activity_of", "metres_per"]

_LONGEST_NS = 30 * DAY_NS
_OWN = frozenset((
    "logId", "startTime", "originalStartTime", "activeDuration", "averageHeartRate", "calories",
    "elevationGain", "tcxLink", "lastModified", "source",
))  # fmt: skip
_SOURCE = ("type", "name")
"""What is kept of an exercise's source; its id may be the device's, its link leads to an account."""


def _read(stream: ByteSource, count: Count, context: Context) -> Iterator[Record]:
    """Yield the workouts of a file; of a log that is in two files, the one that is read first."""
    for entry in objects_of(stream, count):
        if isinstance(entry, Rejection):
            yield entry
            continue
        position, log = entry
        workout = _workout(log, context)
        if isinstance(workout, str):
            yield count.reject(workout, position)
        elif ("exercise", workout.key) in context.read_logs:
            count.repeat()
        else:
            context.read_logs.add(("exercise", workout.key))
            context.told.add("exercise", workout.start, workout.start)
            count.use()
            yield workout


def _workout(log: Json, context: Context) -> Workout | str:
    start, duration = clock_of_stamp(log.get("startTime")), number(log.get("duration"))
    if start is None:
        return BAD_DATE
    if duration is None or not 0 < duration * MILLISECOND_NS <= _LONGEST_NS:
        return BAD_VALUE
    moving = number(log.get("activeDuration"))
    factor = metres_per(log.get("distanceUnit"))
    distance = number(log.get("distance")) if factor is not None else None
    name = text(log.get("activityName"))
    return Workout(
        str(log.get("logId") or f"{log.get('startTime')} {name}"),
        start,
        start + round(duration * MILLISECOND_NS),
        int(context.wall.offsets_at(np.array([start], np.int64))[0]),
        activity_of(name),
        ORIGIN,
        duration_s=None if moving is None else moving / 1_000,
        distance_m=None if distance is None or factor is None else round(distance * factor, 6),
        energy_kcal=_positive(log.get("calories")),
        hr_mean=_positive(log.get("averageHeartRate")),
        elevation_gain_m=number(log.get("elevationGain")),
        details=_details(log, is_distance_told=distance is not None),
    )


def _details(log: Json, *, is_distance_told: bool) -> dict[str, object]:
    """Return what else a log says, without the words of what has a field of its own."""
    left = _OWN | {"distance", "distanceUnit"} if is_distance_told else _OWN
    told = said({name: value for name, value in log.items() if name not in left})
    assert isinstance(told, dict)
    source = said({name: member(log, "source").get(name) for name in _SOURCE})
    return {snake(name): value for name, value in told.items()} | ({"source": source} if source else {})


def _positive(value: object) -> float | None:
    found = number(value)
    return found if found is not None and found > 0 else None


def activity_of(name: str) -> str:
    """Return the project's word for what Fitbit calls an exercise."""
    return _activities().get(name.casefold()) or activity_word(name)


def metres_per(unit: object) -> float | None:
    """Return how many metres a unit of distance has, None if it is not known."""
    return _units().get(text(unit).casefold())


@cache
def _activities() -> Mapping[str, str]:
    return {row["said"].casefold(): row["activity"] for row in table("adapters.fitbit", "activities.csv")}


@cache
def _units() -> Mapping[str, float]:
    return {row["unit"].casefold(): float(row["metres"]) for row in table("adapters.fitbit", "units.csv")}


READERS: Mapping[str, Read] = {"exercise": _read}
