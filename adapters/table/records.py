"""Makes records of the rows of a mapped table: workouts, sets, scores, or samples of metrics.

The idea: a kind is a way from a row to records, and all else is the same. Where a time is the row's end, its
start lies before it by its duration. A quantity the catalogue does not know keeps its name under ``table:``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.formats.batches import Batches
from adapters.formats.words import activity_word
from adapters.table.fields import field_of, fields_of
from vault.records import Origin, Record, Score, StrengthSet, Workout
from vault.time import SECOND_NS, date_of_day

if TYPE_CHECKING:
    from adapters.table.mapping import TableMapping
    from adapters.table.rows import Told

__all__ = ["ADAPTER", "Maker"]

ADAPTER = "table"
_STRENGTH = "strength_training"
_HIT = "hit"


class Maker:
    """Makes the records of one table, in the order of its rows."""

    def __init__(self, mapping: TableMapping) -> None:
        self._mapping = mapping
        self._origin = Origin(mapping.name, ADAPTER)
        self._batches = Batches()
        self._seen: set[tuple[str, ...]] = set()
        self._sessions: dict[tuple[int, str], _Session] = {}

    def take(self, told: Told) -> Iterator[Record] | str:
        """Return the records of a row, or why it is left; ``repeated`` if it is there already."""
        if told.identity:
            if told.identity in self._seen:
                return "repeated"
            self._seen.add(told.identity)
        kind = self._mapping.kind
        if kind == "reaction" and told.words.get("outcome", _HIT) != _HIT:
            return "no-hit"
        if kind == "strength_set":
            return self._strength_set(told) if "exercise" in told.words else "no-exercise"
        if not told.numbers and kind != "workout" and not self._codes(told):
            return "no-value"
        return self._records(told)

    def rest(self) -> Iterator[Record]:
        """Yield the samples that wait, and the workouts of sets."""
        for session in self._sessions.values():
            yield session.workout(self._origin)
        yield from self._batches.rest()

    def _records(self, told: Told) -> Iterator[Record]:
        if self._mapping.kind == "workout":
            yield self._workout(told)
        elif self._mapping.kind == "score":
            for name, value in told.numbers.items():
                yield Score(told.day, self._origin, name, value, self._mapping.fields[name].unit)
        else:
            self._samples(told)
            yield from self._batches.full()

    def _span(self, told: Told) -> tuple[int, int]:
        """Return start and end in UTC ns."""
        length = round(told.numbers.get("duration", 0.0) * SECOND_NS)
        if self._mapping.time.means == "end":
            return told.start - length, told.start
        return told.start, told.start + (0 if self._mapping.time.means == "instant" else length)

    def _samples(self, told: Told) -> None:
        start, end = self._span(told)
        places = fields_of("sample")
        for name, value in (told.numbers | self._codes(told)).items():
            if name in places:
                continue
            field = field_of(self._mapping.kind, name)
            is_known = field is not None and field.metric is not None
            metric, unit = (name, "") if is_known else (f"{ADAPTER}:{name}", self._mapping.fields[name].unit)
            self._batches.add(metric, start, end, told.offset_min, value, self._origin, unit=unit)

    def _codes(self, told: Told) -> dict[str, str]:
        """Return the words that are values of coded metrics."""
        return told.words if self._mapping.kind == "sample" else {}

    def _workout(self, told: Told) -> Workout:
        start, end = self._span(told)
        said = told.words.get("activity", "")
        key = "|".join(told.identity) or f"{start}|{said}|{told.words.get('title', '')}"
        details = {
            name: word for name, word in (("title", told.words.get("title")), ("activity", said)) if word
        }
        return Workout(
            key=key,
            start=start,
            end=end,
            offset_min=told.offset_min,
            activity=activity_word(said),
            origin=self._origin,
            duration_s=told.numbers.get("duration"),
            distance_m=told.numbers.get("distance"),
            energy_kcal=told.numbers.get("energy"),
            hr_mean=told.numbers.get("hr_mean"),
            hr_max=told.numbers.get("hr_max"),
            elevation_gain_m=told.numbers.get("elevation_gain"),
            details=details,
        )

    def _strength_set(self, told: Told) -> Iterator[Record]:
        """Yield a row as the next set of its workout."""
        name = told.day, told.words.get("workout", "")
        session = self._sessions.get(name)
        if session is None:
            session = self._sessions[name] = _Session(name, told.start, told.offset_min)
        yield session.take(told, self._origin, self._span(told))


class _Session:
    """The sets of one day, and of one workout if the table names it."""

    def __init__(self, name: tuple[int, str], start: int, offset_min: int) -> None:
        self._key = "|".join((date_of_day(name[0]).isoformat(), name[1])).rstrip("|")
        self._title = name[1]
        self._start = self._end = start
        self._offset_min = offset_min
        self._index = 0

    def take(self, told: Told, origin: Origin, span: tuple[int, int]) -> StrengthSet:
        """Return a row as the next set."""
        self._start, self._end = min(self._start, span[0]), max(self._end, span[1])
        self._index += 1
        reps = told.numbers.get("reps")
        return StrengthSet(
            workout=self._key,
            origin=origin,
            index=self._index,
            exercise=told.words["exercise"],
            start=span[0],
            offset_min=told.offset_min,
            set_type=told.words.get("set_type", "normal"),
            repetitions=None if reps is None else round(reps),
            load_kg=told.numbers.get("weight"),
            duration_s=told.numbers.get("duration"),
            distance_m=told.numbers.get("distance"),
            rpe=told.numbers.get("rpe"),
            rir=told.numbers.get("rir"),
        )

    def workout(self, origin: Origin) -> Workout:
        """Return the workout of the sets that were taken."""
        return Workout(
            key=self._key,
            start=self._start,
            end=self._end,
            offset_min=self._offset_min,
            activity=_STRENGTH,
            origin=origin,
            details={"title": self._title} if self._title else {},
        )
