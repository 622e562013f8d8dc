"""Activities as Garmin sums them up, and the uploaded files they were summed up from.

The idea: an upload is not named after its activity; both begin at the same second, and by that they are
joined into one workout: the file's numbers before the summary's, the summary's identity before the file's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from adapters.formats.words import activity_word
from adapters.garmin.rows import Row, number_at, value_at, word_at
from adapters.garmin.tables import activity_fields
from adapters.garmin.times import Offsets, ns_of
from adapters.garmin.values import ORIGIN
from vault.records import Origin, Record, Stream, StrengthSet, Workout
from vault.time import SECOND_NS, UNKNOWN_OFFSET, format_instant

__all__ = ["Activities"]

_OTHER = "other"
_LONGEST_S = 31 * 86_400
_STEPS = "STEPS"
_DECIMALS = 6
_SETS = {
    "reps": ("repetitions", 1.0),
    "sets": ("sets", 1.0),
    "duration": ("duration_s", 1e-3),
    "volume": ("volume_kg", 1e-3),
    "maxWeight": ("load_kg", 1e-3),
}


class Activities:
    """Collects summaries, and gives each to the upload that begins when it does."""

    def __init__(self, offsets: Offsets) -> None:
        self._offsets = offsets
        self._summaries: dict[str, Workout] = {}
        self._children: dict[str, list[str]] = {}
        self._by_second: dict[int, list[str]] = {}

    def add(self, row: Row) -> str | None:
        """Take a summary, or return why it is no workout."""
        if word_at(row, "sportType") == _STEPS:
            return "no-activity"
        start = ns_of(value_at(row, "startTimeGmt|beginTimestamp"))
        if start is None:
            return "bad-date"
        workout = _workout(row, start)
        if workout is None:
            return "bad-value"
        children = row.get("childIds")
        if row.get("parent") is True and isinstance(children, list) and children:
            self._children[workout.key] = [str(child) for child in children]
        elif workout.key not in self._summaries:
            self._by_second.setdefault(start // SECOND_NS, []).append(workout.key)
        self._summaries[workout.key] = workout
        return None

    def joined(self, records: Iterable[Record]) -> Iterator[Record]:
        """Yield the records of a file, workouts and what belongs to them under the activity's identity."""
        known: dict[tuple[Origin, str], Workout] = {}
        for record in records:
            if isinstance(record, Workout):
                summary = self._take(record)
                if summary is not None:
                    known[record.origin, record.key] = record = _both(record, summary)
            elif isinstance(record, (Stream, StrengthSet)):
                workout = known.get((record.origin, record.workout))
                if workout is not None:
                    record = replace(record, workout=workout.key, origin=workout.origin)
            yield record

    def records(self) -> Iterator[Workout]:
        """Yield the activities of which no file was there; of a multisport one its parts, if they are."""
        given = {key for keys in self._by_second.values() for key in keys}
        for key, workout in self._summaries.items():
            children = self._children.get(key)
            if key in given or (children and not any(child in self._summaries for child in children)):
                yield self._placed(workout)

    def _take(self, recorded: Workout) -> Workout | None:
        keys = self._by_second.get(recorded.start // SECOND_NS)
        if not keys:
            return None
        same = [key for key in keys if self._summaries[key].activity == recorded.activity]
        key = (same or keys)[0]
        keys.remove(key)
        return self._placed(self._summaries[key])

    def _placed(self, workout: Workout) -> Workout:
        return replace(workout, offset_min=self._offsets.at(workout.start))


def _both(recorded: Workout, summary: Workout) -> Workout:
    """Return one workout of a file and its summary."""
    known = recorded.offset_min != UNKNOWN_OFFSET
    return replace(
        recorded,
        key=summary.key,
        origin=replace(ORIGIN, device=recorded.origin.device, version=recorded.origin.version),
        activity=recorded.activity if summary.activity == _OTHER else summary.activity,
        offset_min=recorded.offset_min if known else summary.offset_min,
        duration_s=_first(recorded.duration_s, summary.duration_s),
        distance_m=_first(recorded.distance_m, summary.distance_m),
        energy_kcal=_first(recorded.energy_kcal, summary.energy_kcal),
        hr_mean=_first(recorded.hr_mean, summary.hr_mean),
        hr_max=_first(recorded.hr_max, summary.hr_max),
        elevation_gain_m=_first(recorded.elevation_gain_m, summary.elevation_gain_m),
        details={**recorded.details, "garmin": summary.details},
    )


def _first(one: float | None, other: float | None) -> float | None:
    return other if one is None else one


def _workout(row: Row, start: int) -> Workout | None:
    """Return a summary as a workout, its offset still to be found; None if its length is none."""
    numbers = {
        field.name: round(number * field.factor, _DECIMALS)
        for field in activity_fields()
        if (number := number_at(row, field.key)) is not None
    }
    elapsed = numbers.get("elapsed_s") or numbers.get("duration_s") or 0.0
    if not 0 <= elapsed <= _LONGEST_S:
        return None
    activity = activity_word(word_at(row, "activityType"))
    identity = row.get("activityId")
    is_known = isinstance(identity, (int, str)) and identity
    return Workout(
        key=str(identity) if is_known else f"{format_instant(start)}|{activity}",
        start=start,
        end=start + round(elapsed * SECOND_NS),
        offset_min=UNKNOWN_OFFSET,
        activity=activity,
        origin=ORIGIN,
        duration_s=numbers.pop("duration_s", None),
        distance_m=numbers.pop("distance_m", None) or None,
        energy_kcal=numbers.pop("energy_kcal", None) or None,
        hr_mean=numbers.pop("hr_mean", None) or None,
        hr_max=numbers.pop("hr_max", None) or None,
        elevation_gain_m=numbers.pop("elevation_gain_m", None),
        details={**numbers, **_words(row)},
    )


def _words(row: Row) -> dict[str, object]:
    said: dict[str, object] = {}
    for key, name in (("name", "name"), ("activityType", "type"), ("trainingEffectLabel", "training_effect")):
        if word := word_at(row, key):
            said[name] = word
    sets = value_at(row, "summarizedExerciseSets")
    exercises = [_exercise(item) for item in sets if isinstance(item, dict)] if isinstance(sets, list) else []
    return {**said, "exercises": exercises} if exercises else said


def _exercise(item: Row) -> dict[str, object]:
    """Return what all sets of an exercise come to; Garmin counts grams and milliseconds."""
    said: dict[str, object] = {
        key: word
        for key, path in (("exercise", "category"), ("variant", "subCategory"))
        if (word := word_at(item, path).lower())
    }
    for path, (name, factor) in _SETS.items():
        number = number_at(item, path)
        if number is not None and number >= 0:
            said[name] = round(number * factor, _DECIMALS)
    return said
