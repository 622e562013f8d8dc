"""Sleeps and workouts as data points: what the reader's tables say of each, in the schema's fields.

A sleep's latency and number of awakenings are samples with the sleep's own source and times, and stand in
its data point; alone they would read as a second sleep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from vault.fhir import codings, shape
from vault.fhir.rows import offset_of, rows
from vault.openmhealth.points import frame_of, point, quantity

if TYPE_CHECKING:
    import pandas as pd

    from vault.fhir.codings import Json
    from vault.fhir.shape import Context
    from vault.merge.nights import Night
    from vault.openmhealth.schemas import Row
    from vault.store.columns import Columns

__all__ = ["members", "sleeps", "workouts"]

Beside = dict[tuple[int, int, str], float]


def sleeps(
    context: Context,
    table: Sequence[Row],
    nights: Iterable[Night],
    series: Mapping[str, Iterable[Columns]],
) -> Iterator[Json]:
    """Yield one data point a sleep; ``series`` holds the columns of what stands beside it, by metric."""
    beside = {metric: _by_time(columns) for metric, columns in series.items()}
    for night in nights:
        span = night.start, night.end
        told = (
            getattr(night, row.column) if row.column else beside[row.metric].get((*span, night.source))
            for row in table
        )
        body: Json = {
            row.field: quantity(row, value)
            for row, value in zip(table, told)
            if value is not None and (row.unit or float(value).is_integer())  # a count is whole
        }
        body["is_main_sleep"] = not night.is_nap
        name = context.identity.name("sleep", night.source, start=night.start, end=night.end)
        when, _ = shape.when(context, *span, night.offset_min)
        frame = frame_of(when, interval=True)
        yield point(context, table[0], name.id, night.source, frame, body)


def _by_time(columns: Iterable[Columns]) -> Beside:
    return {
        (start, end, part.origins[origin].source): value
        for part in columns
        for start, end, origin, value in zip(
            part.start.tolist(), part.end.tolist(), part.origin.tolist(), part.value.tolist()
        )
        if isfinite(value)
    }


def workouts(context: Context, table: Sequence[Row], found: pd.DataFrame) -> Iterator[Json]:
    """Yield one data point a workout."""
    for workout in rows(found):
        told = {row.field: quantity(row, value) for row, value in _said(table, workout)}
        body: Json = {"activity_name": codings.words(workout["activity"])} | told
        yield _part(context, table[0], workout, "workout", workout["activity"], body)


def members(context: Context, table: Sequence[Row], found: pd.DataFrame) -> Iterator[Json]:
    """Yield a data point for each value that a workout has beside its own data point."""
    for workout in rows(found):
        for row, value in _said(table, workout):
            body = {row.field: quantity(row, value)} | row.fixed
            yield _part(context, row, workout, row.metric, "workout", body)


def _said(table: Sequence[Row], workout: dict[str, Any]) -> Iterator[tuple[Row, float]]:
    return ((row, workout[row.column]) for row in table if workout[row.column] is not None)


def _part(context: Context, row: Row, workout: dict[str, Any], metric: str, apart: str, body: Json) -> Json:
    """Return a part of a workout, named as its Observation is."""
    who, start, end = workout["source"], workout["start"], workout["end"]
    name = context.identity.name(metric, who, apart, start=start, end=end)
    when, _ = shape.when(context, start, end, offset_of(workout))
    return point(context, row, name.id, who, frame_of(when, interval=True), body)
