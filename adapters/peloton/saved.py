"""Makes workouts, streams and sets of workouts that were saved from Peloton's service as JSON.

The idea: two writers spell the same keys, one ``fitness_discipline``, one ``Fitness_Discipline``, so keys are
read in small letters. Times are epoch seconds, UTC; ``device_time_created_at`` is a wall clock in disguise,
good for the offset only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from adapters.formats.counting import Unused
from adapters.formats.values import LAST_NS, member, objects, quantity, text
from adapters.peloton.disciplines import ORIGIN, activity_of
from adapters.peloton.graph import averages_of, last_second, streams_of, totals_of
from adapters.peloton.repetitions import sets_of
from vault.errors import InputError
from vault.records import Workout
from vault.time import MINUTE_NS, SECOND_NS, UNKNOWN_OFFSET, zone, zone_offsets

if TYPE_CHECKING:
    from adapters.formats.items import Json
    from vault.records import Record

__all__ = ["discipline_of", "lowered", "parts_of", "records_of", "times_of"]

_GRAPHS = ("workoutsamples", "workout_samples", "performance_graph")
_DEEPEST = 12
_FITS_S = 10
"""A graph may run on so many seconds after the end."""
_FURTHEST_MIN = 16 * 60
_LONGEST_S = 2 * 86_400
_TEXTS = ("workout_type", "status", "device_type", "metrics_type")
_FIELDS = ("distance_m", "energy_kcal", "elevation_gain_m")
_FIELD_SERIES = "heart_rate"


def lowered(said: Any, depth: int = 0) -> Any:
    """Return JSON data with all keys in small letters."""
    if isinstance(said, dict) and depth < _DEEPEST:
        return {key.lower(): lowered(one, depth + 1) for key, one in said.items()}
    if isinstance(said, list) and depth < _DEEPEST and any(isinstance(one, dict) for one in said[:1]):
        return [lowered(one, depth + 1) for one in said]
    return said


def parts_of(said: Json) -> tuple[Json, Json]:
    """Return (workout, graph) of a document in small letters; the graph is empty if it has none."""
    graph = next((member(said, name) for name in _GRAPHS if member(said, name)), {})
    return member(said, "workout") or said, graph


def discipline_of(workout: Json) -> str:
    """Return what the service calls the discipline."""
    return text(workout.get("fitness_discipline"))


def times_of(workout: Json) -> list[int]:
    """Return when a workout was opened and begun, UTC ns, as far as it says so."""
    return [
        at for at in map(_instant, (workout.get("created_at"), workout.get("start_time"))) if at is not None
    ]


def records_of(workout: Json, graph: Json) -> Iterator[Record] | Unused:
    """Return the records of a workout and its graph, both in small letters, or why there are none."""
    times = times_of(workout)
    if not times:
        return Unused("bad-date", "rejected")
    opened, start = times[0], times[-1]
    length_s = last_second(graph)
    end = _instant(workout.get("end_time"))
    if end is None:
        end = start + round(length_s * SECOND_NS)
    if not start <= end <= start + _LONGEST_S * SECOND_NS:
        return Unused("end-before-start", "rejected")
    zero = _zero(opened, start, end, length_s)
    return _records(workout, graph, min(start, zero), end, zero)


def _zero(opened: int, start: int, end: int, length_s: float) -> int:
    """Return the instant of a graph's second 0.

    It is the start, unless the graph does not fit before the end: then it ends with the workout, which may be
    resumed and say when, but was opened before.
    """
    length = round(length_s * SECOND_NS)
    return start if start + length <= end + _FITS_S * SECOND_NS else max(min(opened, start), end - length)


def _records(workout: Json, graph: Json, start: int, end: int, zero: int) -> Iterator[Record]:
    totals, series = totals_of(graph), averages_of(graph)
    mean, highest = series.get(_FIELD_SERIES, (None, None))
    made = Workout(
        key=text(workout.get("id")) or f"{start}|{discipline_of(workout)}",
        start=start,
        end=end,
        offset_min=_offset(workout, start),
        activity=activity_of(discipline_of(workout), is_outdoor=workout.get("is_outdoor") is True),
        origin=ORIGIN,
        duration_s=(end - start) / SECOND_NS if end > start else None,
        distance_m=totals.get("distance_m"),
        energy_kcal=totals.get("energy_kcal"),
        hr_mean=mean,
        hr_max=highest,
        elevation_gain_m=totals.get("elevation_gain_m"),
        details=_details(workout, graph, totals, series),
    )
    yield made
    yield from streams_of(graph, made, zero)
    yield from sets_of(workout, made, zero)


def _details(
    workout: Json, graph: Json, totals: dict[str, float], series: dict[str, tuple[float | None, float | None]]
) -> dict[str, object]:
    ride = member(workout, "ride") or member(member(workout, "peloton"), "ride")
    details: dict[str, object] = {name: text(workout.get(name)) for name in _TEXTS}
    details["discipline"] = discipline_of(workout)
    details["title"] = text(workout.get("title")) or text(ride.get("title"))
    details["class_length_s"] = quantity(ride.get("duration"))
    joules = quantity(workout.get("total_work"))
    details |= {name: value for name, value in totals.items() if name not in _FIELDS}
    details |= {"work_kj": joules / 1_000} if joules else {}
    for name, (mean, highest) in series.items():
        if name != _FIELD_SERIES:
            details |= {f"average_{name}": mean, f"max_{name}": highest}
    details["ftp_w"] = quantity(member(workout, "ftp_info").get("ftp")) or None
    details["effort_points"] = quantity(member(workout, "effort_zones").get("total_effort_points"))
    details["zones_s"] = member(member(workout, "effort_zones"), "heart_rate_zone_durations")
    details["segments"] = [_segment(one) for one in objects(graph.get("segment_list"))]
    return {name: value for name, value in details.items() if value not in (None, "", [], {})}


def _segment(said: Json) -> dict[str, object]:
    return {
        "name": text(said.get("name")),
        "start_s": quantity(said.get("start_time_offset")),
        "length_s": quantity(said.get("length")),
    }


def _instant(said: object) -> int | None:
    """Return epoch seconds as ns, or None for what is no time between 1970 and 2199."""
    seconds = quantity(said)
    return round(seconds * SECOND_NS) if seconds and 0 < seconds < LAST_NS / SECOND_NS else None


def _offset(workout: Json, start: int) -> int:
    """Return the offset in minutes of the zone, else that of the clock in disguise, else unknown.

    ``Etc/GMT+6`` is six hours WEST, as the zone database has it.
    """
    name = text(workout.get("timezone"))
    try:
        if name:
            return int(zone_offsets(np.array([start], np.int64), zone(name))[0])
    except InputError:
        pass
    clock, opened = (_instant(workout.get(key)) for key in ("device_time_created_at", "created_at"))
    if clock is None or opened is None or abs(clock - opened) > _FURTHEST_MIN * MINUTE_NS:
        return UNKNOWN_OFFSET
    return round((clock - opened) / MINUTE_NS)
