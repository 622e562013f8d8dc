"""Makes sleeps and workouts of the sessions, and gives the workouts the tracks that lie in another folder.

The idea: a session says when in UTC and, in its file's name, where on the clock; what was slept is in a
stream, and where was run is in a TCX file of the same second. A track whose session is there gives only its
points.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

from adapters.formats.values import LAST_NS, number, objects, said, snake, text
from adapters.google_fit.days import ADAPTER, ORIGIN
from adapters.google_fit.streams import stages
from adapters.tables import table
from adapters.tcx.records import records_of
from vault.errors import InputError
from vault.records import Record, Rejection, SleepSession, Stream, Workout
from vault.time import DAY_NS, SECOND_NS, UNKNOWN_OFFSET, format_instant, parse_instant

if TYPE_CHECKING:
    from adapters.base import ByteSource
    from adapters.formats.counting import Count
    from adapters.formats.items import Json
    from adapters.google_fit.days import Days

__all__ = ["Sessions"]

_NAMED = re.compile(r"\d{4}-\d\d-\d\dT\d\d_\d\d_\d\d(?:\.\d+)?(?:(Z)|([+-])(\d\d)_(\d\d))")
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s")
_ASLEEP = "sleep"
_LONGEST_NS = 7 * DAY_NS
_OWN = frozenset(("fitnessActivity", "startTime", "endTime", "duration", "aggregate", "segment", "name"))
_DISTANCE, _ENERGY, _MEAN_HR = "distance_delta", "calories_expended", "heart_rate_summary"
_Stages = list[tuple[int, int, str]]


@dataclass
class Sessions:
    """The sessions of an export; ``slept`` are the stages that its streams tell, which are read before."""

    days: Days
    slept: _Stages
    _seen: set[tuple[str, int, int]] = field(default_factory=set)
    _taken: set[int] = field(default_factory=set)
    _workouts: dict[int, Workout] = field(default_factory=dict)

    def read(self, documents: Iterable[Json], name: str, count: Count) -> Iterator[Record]:
        """Yield what a document says: a sleep or a workout."""
        for at, told in enumerate(documents, 1):
            start, end = _instant(told.get("startTime")), _instant(told.get("endTime"))
            activity = text(told.get("fitnessActivity"))
            if start is None or end is None or end - start > _LONGEST_NS:
                yield count.reject("bad-date", at)
            elif end < start:
                yield count.reject("end-before-start", at)
            elif (activity, start, end) in self._seen:
                count.repeat()
            else:
                count.use()
                self._seen.add((activity, start, end))
                if activity.partition(".")[0] == _ASLEEP:  # a night is that of its morning
                    yield self._sleep(told, start, end, _offset(name, end, self.days))
                else:
                    yield self._workout(told, activity, start, end, _offset(name, start, self.days))

    def track(self, stream: ByteSource, name: str, count: Count) -> Iterator[Record]:
        """Yield the records of a TCX file; of one whose session is there only the points."""
        workout: Workout | None = None
        is_known = is_used = False
        for record in records_of(stream, file=count.file, source=ORIGIN.source, adapter=ADAPTER):
            if isinstance(record, Rejection):
                yield count.reject(record.reason, record.position, record.count)
            elif isinstance(record, Workout):
                _tell(count, workout, is_used=is_used)
                known = self._of(record.start)
                is_known, is_used = known is not None, known is None
                workout = known or replace(
                    record, origin=ORIGIN, offset_min=_offset(name, record.start, self.days)
                )
                if not is_known:
                    yield workout
            elif workout is not None:
                is_used = True
                yield Stream(workout.key, workout.origin, record.time, record.columns, record.part)
        _tell(count, workout, is_used=is_used)

    def alone(self) -> Iterator[tuple[int, int, str]]:
        """Yield the stages that lie in no session."""
        yield from (stage for at, stage in enumerate(self._stages) if at not in self._taken)

    @cached_property
    def _stages(self) -> _Stages:
        return sorted(self.slept)

    def _of(self, start: int) -> Workout | None:
        """Return the workout that began at an instant, to the second."""
        second = start // SECOND_NS
        return next(
            (self._workouts[at] for at in (second, second - 1, second + 1) if at in self._workouts), None
        )

    def _sleep(self, told: Json, start: int, end: int, offset_min: int) -> SleepSession:
        """Return a sleep with the stages of the streams, else with those it tells itself."""
        first, last = (bisect_left(self._stages, (instant, 0, "")) for instant in (start, end))
        self._taken.update(range(first, last))
        found = self._stages[first:last]
        if not found:
            segments = (_segment(one) for one in objects(told.get("segment")))
            found = sorted(one for one in segments if one is not None)
        key = f"{format_instant(start)}|{format_instant(end)}"
        return SleepSession(key, start, end, offset_min, ORIGIN, tuple(found), details=_details(told))

    def _workout(self, told: Json, activity: str, start: int, end: int, offset_min: int) -> Workout:
        totals = _totals(told)
        duration = _DURATION.fullmatch(text(told.get("duration")))
        segments = [said(one) for one in objects(told.get("segment"))]
        details = _details(told) | {"fitness_activity": activity, **totals}
        workout = self._workouts[start // SECOND_NS] = Workout(
            key=f"{activity}|{format_instant(start)}",
            start=start,
            end=end,
            offset_min=offset_min,
            activity=_activities().get(activity, "other"),
            origin=ORIGIN,
            duration_s=None if duration is None else float(duration[1]),
            distance_m=totals.get(_DISTANCE),
            energy_kcal=totals.get(_ENERGY),
            hr_mean=totals.get(_MEAN_HR) or None,
            details=details | ({"segments": segments} if segments else {}),
        )
        return workout


def _tell(count: Count, workout: Workout | None, *, is_used: bool) -> None:
    """Count an activity of a track that was read to its end."""
    if workout is not None and is_used:
        count.use()
    elif workout is not None:
        count.leave("mirror")


def _offset(name: str, instant: int, days: Days) -> int:
    """Return the offset in minutes that a table recorded then, else that of the start in a file's name."""
    recorded, match = days.recorded_at(instant), _NAMED.match(name)
    if recorded != UNKNOWN_OFFSET or match is None:
        return days.offset_at(instant)
    offset = 0 if match[1] else int(match[3]) * 60 + int(match[4])
    return -offset if match[2] == "-" else offset


def _instant(value: object) -> int | None:
    try:
        instant, offset_min = parse_instant(text(value))
    except InputError:
        return None
    return instant if 0 < instant < LAST_NS and offset_min != UNKNOWN_OFFSET else None


def _segment(told: Json) -> tuple[int, int, str] | None:
    start, end = _instant(told.get("startTime")), _instant(told.get("endTime"))
    stage = stages().get(text(told.get("fitnessActivity")) or _ASLEEP)
    return (start, end, stage) if start is not None and end is not None and stage and start < end else None


def _totals(told: Json) -> dict[str, float]:
    """Return the aggregates by their names without Google's prefix, those that are numbers."""
    found = {}
    for one in objects(told.get("aggregate")):
        values = (number(one.get(key)) for key in ("floatValue", "intValue"))
        value = next((value for value in values if value is not None), None)
        name = snake(text(one.get("metricName")).removeprefix("com.google.").replace(".", "_"))
        if name and value is not None:
            found[name] = value
    return found


def _details(told: Json) -> dict[str, object]:
    kept = said({key: value for key, value in told.items() if key not in _OWN})
    assert isinstance(kept, dict)
    return {snake(key): value for key, value in kept.items()}


@cache
def _activities() -> dict[str, str]:
    return {row["said"]: row["word"] for row in table("adapters.google_fit", "activities.csv")}
