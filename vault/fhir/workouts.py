"""A workout as a panel: the activity, with duration, energy, heart rate, curves and strength sets as members.

The pattern of the HL7 Physical Activity guide: one parent with ``hasMember``, the same period on all, two
categories (activity and PhysicalActivity). Sets of a workout that is not part of the export stand alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from vault.fhir import codings, shape
from vault.fhir.curves import curves
from vault.fhir.rows import offset_of, rows
from vault.records import Origin

if TYPE_CHECKING:
    from vault.fhir.codings import Json, Term
    from vault.fhir.curves import Curve
    from vault.fhir.shape import Context
    from vault.fhir.source import Source
    from vault.readable import Moment
    from vault.records import Stream

__all__ = ["panels", "sets"]

_MEMBERS = {
    "workout_duration": "duration_min",
    "workout_energy": "energy_kcal",
    "workout_hr_mean": "hr_mean",
    "workout_hr_max": "hr_max",
    "distance": "distance_m",
    "elevation_gain": "elevation_gain_m",
}

_SET_COMPONENTS = {
    "strength_set.repetitions": "repetitions",
    "strength_set.load": "load_kg",
    "strength_set.set_index": "index",
    "strength_set.rpe": "rpe",
}

_BATCH = 16
"""Workouts whose streams are held at once."""

Row = dict[str, Any]


def panels(
    context: Context, source: Source, start: Moment | None, end: Moment | None, *, with_sets: bool
) -> Iterator[Json]:
    """Yield each workout of a window with its members, and the sets where asked for."""
    sets_of: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows(source.sets(start, end)) if with_sets else ():
        sets_of[row["workout_id"]].append(row)
    for workout, streams in _with_streams(source, rows(source.workouts(start, end))):
        curved = [_curve(context, workout, one) for one in curves(workout["activity"], streams, context.left)]
        done = [_set(context, row, offset_of(workout)) for row in sets_of.pop(workout["workout_id"], ())]
        yield from _panel(context, workout, [*curved, *done])
    for alone in sets_of.values():
        yield from (_set(context, row, offset_of(row)) for row in alone)


def _with_streams(source: Source, workouts: Iterator[Row]) -> Iterator[tuple[Row, Sequence[Stream]]]:
    """Yield each workout with the streams of its own source; a few are read at once, so that memory stays."""
    while batch := list(islice(workouts, _BATCH)):
        found = source.streams_of([workout["workout_id"] for workout in batch])
        yield from ((workout, found.get(workout["workout_id"], ())) for workout in batch)


def sets(context: Context, source: Source, start: Moment | None, end: Moment | None) -> Iterator[Json]:
    """Yield the strength sets of a window alone, for an export without workouts."""
    return (_set(context, row, offset_of(row)) for row in rows(source.sets(start, end)))


def _panel(context: Context, workout: Row, done: Iterable[Json]) -> Iterator[Json]:
    members = [*_measured(context, workout), *done]
    body: Json = {"valueCodeableConcept": context.coded("workout", workout["activity"])}
    if members:
        body["hasMember"] = [{"reference": f"Observation/{member['id']}"} for member in members]
    yield _part(context, workout, "workout", workout["activity"], body)
    yield from members


def _measured(context: Context, workout: Row) -> Iterator[Json]:
    for metric, column in _MEMBERS.items():
        if workout[column] is not None:
            body = {"valueQuantity": codings.quantity(workout[column], metric)}
            yield _part(context, workout, metric, "workout", body)


def _part(context: Context, workout: Row, metric: str, apart: str, body: Json) -> Json:
    when, assumed = shape.when(context, workout["start"], workout["end"], offset_of(workout))
    who = Origin(workout["source"], adapter="")
    name = context.identity.name(metric, who.source, apart, start=workout["start"], end=workout["end"])
    return shape.observation(context, _activity(metric), who, name, when, assumed=assumed, **body)


def _curve(context: Context, workout: Row, curve: Curve) -> Json:
    when, assumed = shape.when(context, curve.first, curve.last, offset_of(workout))
    who = Origin(workout["source"], adapter="")
    name = context.identity.name(curve.metric, who.source, curve.apart, start=curve.first, end=curve.last)
    # The heart rate profile allows a single number only.
    term = replace(_activity(curve.metric), profile="")
    body: Json = {"valueSampledData": curve.sampled}
    return shape.observation(context, term, who, name, when, assumed=assumed, **body)


def _activity(metric: str) -> Term:
    term = codings.term(metric)
    return replace(term, category=(*term.category, "PhysicalActivity"))


def _set(context: Context, row: Row, offset_min: int) -> Json:
    when, assumed = shape.when(context, row["start"], row["start"], offset_min)
    who = Origin(row["source"], adapter="")
    apart = f"{row['index']}:{row['exercise']}"
    name = context.identity.name("strength_set", who.source, apart, start=row["start"], end=row["start"])
    body: Json = {"valueCodeableConcept": context.coded("exercise", row["exercise"])}
    parts = [
        {"code": codings.term(part).code, "valueQuantity": codings.quantity(row[column], part)}
        for part, column in _SET_COMPONENTS.items()
        if row[column] is not None
    ]
    if parts:
        body["component"] = parts
    return shape.observation(context, _activity("strength_set"), who, name, when, assumed=assumed, **body)
