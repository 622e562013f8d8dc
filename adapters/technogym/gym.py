"""Makes workouts of indoor activities: a cardio exercise is one, the strength exercises of a visit are one.

The idea: ``on`` is the END of an exercise. ``phId`` names the machine, ``id`` the record. An exercise of a
visit begins within 90 minutes of the last one's end, also over midnight. Sets do not say when they were: they
are laid one after the other, with their rests, so that the last ends with the exercise, and none before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.formats.counting import Unused
from adapters.formats.values import member, objects, quantity, text
from adapters.technogym.properties import (
    ORIGIN,
    activity_of,
    details_of,
    moment_of,
    properties_of,
    workout_of,
)
from vault.records import StrengthSet
from vault.time import MINUTE_NS, SECOND_NS

if TYPE_CHECKING:
    from adapters.formats.clocks import Zone
    from adapters.formats.items import Json
    from vault.records import Record, Workout

__all__ = ["Exercise", "exercise_of", "records_of", "visits"]

_STRENGTH = "strength_training"
_GAP_NS = 90 * MINUTE_NS
_LONGEST_S = 86_400
_SET_FIELDS = ("repetitions", "load_kg", "duration_s", "volume_kg")


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise on a machine; times in UTC ns, ``said`` by field or detail, ``sets`` in order."""

    key: str
    machine: str
    start: int
    end: int
    offset_min: int
    activity: str
    said: dict[str, float]
    sets: tuple[dict[str, float], ...]


def exercise_of(said: Json, zone: Zone | None) -> Exercise | Unused:
    """Return an indoor activity as an exercise, or why it is none."""
    moment = moment_of(said.get("on"), zone)
    if moment is None:
        return Unused("bad-date", "rejected")
    performed = member(said, "performedData")
    properties = properties_of(performed)
    listed = sorted(objects(performed.get("st")), key=lambda one: quantity(one.get("pos")) or 0.0)
    names = set(properties).union(*(properties_of(one) for one in listed))
    details, sets = details_of(properties), tuple(details_of(properties_of(one)) for one in listed)
    activity = _STRENGTH if sets else activity_of(names)
    lasted_s = details.get("duration_s") or sum(map(_length_s, sets))
    machine = text(said.get("phId"))
    end, offset_min = moment
    return Exercise(
        key=text(said.get("id")) or f"{machine}|{end}",
        machine=machine,
        start=end - round(min(lasted_s, _LONGEST_S) * SECOND_NS),
        end=end,
        offset_min=offset_min,
        activity=activity,
        said=details,
        sets=sets or _lumped(details) if activity == _STRENGTH else (),
    )


def visits(exercises: Iterable[Exercise]) -> Iterator[list[Exercise]]:
    """Yield the exercises of each visit to the gym, by start."""
    visit: list[Exercise] = []
    last = 0
    for one in sorted(exercises, key=lambda one: (one.start, one.key)):
        if visit and one.start - last > _GAP_NS:
            yield visit
            visit = []
        last = max(last, one.end) if visit else one.end
        visit.append(one)
    if visit:
        yield visit


def records_of(visit: list[Exercise]) -> Iterator[Record]:
    """Yield the workouts of a visit and the sets of its strength exercises."""
    details: dict[str, object] = {"visit": visit[0].key}
    for one in visit:
        if one.activity != _STRENGTH:
            yield _cardio(one, details)
    strength = [one for one in visit if one.activity == _STRENGTH]
    if strength:
        workout = _strength(strength, details)
        yield workout
        yield from _sets(strength, workout)


def _cardio(one: Exercise, details: dict[str, object]) -> Workout:
    machine = {"machine": one.machine} if one.machine else {}
    return workout_of(
        one.key, (one.start, one.end, one.offset_min), one.activity, one.said, details | machine
    )


def _strength(exercises: list[Exercise], details: dict[str, object]) -> Workout:
    """Return the strength exercises of a visit as one workout, known by the first."""
    first, end = exercises[0], max(one.end for one in exercises)
    summed = ("duration_s", "energy_kcal", "moves")
    said = {name: sum(one.said.get(name, 0.0) for one in exercises) for name in summed}
    said["volume_kg"] = sum(one.said.get("volume_kg") or sum(map(_volume, one.sets)) for one in exercises)
    said = {name: value for name, value in said.items() if value}
    times = first.start, end, first.offset_min
    return workout_of(
        f"strength|{first.key}", times, _STRENGTH, said, details | {"exercises": len(exercises)}
    )


def _sets(exercises: list[Exercise], workout: Workout) -> Iterator[StrengthSet]:
    index = 0
    for one in exercises:
        start = one.end - round(sum(map(_length_s, one.sets)) * SECOND_NS)
        for said in one.sets:
            index += 1
            yield _set(said, one, workout, index, start)
            start += round(_length_s(said) * SECOND_NS)


def _set(said: dict[str, float], one: Exercise, workout: Workout, index: int, start: int) -> StrengthSet:
    repetitions = said.get("repetitions")
    estimate = said.get("one_rep_max_kg") or one.said.get("one_rep_max_kg")
    details: dict[str, object] = {name: value for name, value in said.items() if name not in _SET_FIELDS}
    if estimate:
        details |= {"one_rep_max_kg": estimate, "one_rep_max_by": "technogym"}
    return StrengthSet(
        workout=workout.key,
        origin=ORIGIN,
        index=index,
        exercise=one.machine or "unknown",
        start=max(start, one.start),
        offset_min=one.offset_min,
        repetitions=None if repetitions is None else round(repetitions),
        load_kg=said.get("load_kg"),
        duration_s=said.get("duration_s"),
        details=details | {"record": one.key},
    )


def _lumped(said: dict[str, float]) -> tuple[dict[str, float], ...]:
    """Return the one set that is made of an exercise whose sets are not listed.

    All repetitions together are the weight that was moved in all by that of one.
    """
    volume, load = said.get("volume_kg"), said.get("load_kg")
    found: dict[str, float] = {
        name: said[name] for name in ("repetitions", "load_kg", "duration_s", "rest_s") if name in said
    }
    if "repetitions" not in found and volume and load:
        found["repetitions"] = volume / load
    return ({**found, "sets_together": 1.0},)


def _length_s(said: dict[str, float]) -> float:
    """Return how long a set and the rest after it took, in seconds."""
    return min(said.get("duration_s", 0.0) + said.get("rest_s", 0.0), _LONGEST_S)


def _volume(said: dict[str, float]) -> float:
    return said.get("repetitions", 0.0) * said.get("load_kg", 0.0)
