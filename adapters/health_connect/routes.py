"""Makes streams of the places recorded along exercise sessions.

The idea: a route's points lie together, so they are read as they lie and handed on when the next session's
begin; years of them are never held. One whose points come back later has another part.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.points import clean
from adapters.health_connect.rows import instants_of, is_said, position, rejected
from vault.records import Record, Stream, Workout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.formats.counting import Count
    from adapters.health_connect.database import Database

    Floats = NDArray[np.float64]

__all__ = ["ROUTES", "routes"]

ROUTES = "exercise_route_table"
_COLUMNS = ("latitude", "longitude", "altitude", "horizontal_accuracy", "vertical_accuracy")
_MOST_POINTS = 1 << 20


def routes(database: Database, count: Count, workouts: dict[int, Workout]) -> Iterator[Record]:
    """Yield the streams, and what was rejected; ``workouts`` by the ids of their rows."""
    parts: dict[int, int] = {}
    held = np.empty((0, 3 + len(_COLUMNS)))
    for block in database.numbers(ROUTES, ("parent_key", "timestamp_millis", *_COLUMNS)):
        if isinstance(block, int):
            yield count.reject("damaged-rows", position(block))
            continue
        orphan = ~np.isin(block[:, 1], list(workouts))
        bad = ~orphan & (instants_of(block[:, 2]) < 0)
        yield from rejected(count, block[:, 0], {"no-parent": orphan, "bad-date": bad})
        good = block[~(orphan | bad)]
        count.use(len(good))
        held = np.concatenate((held, good))
        *whole, held = np.split(held, np.flatnonzero(np.diff(held[:, 1])) + 1)
        if len(held) >= _MOST_POINTS:
            whole, held = [*whole, held], held[:0]
        for points in whole:
            yield from _stream(points, workouts, parts)
    yield from _stream(held, workouts, parts)


def _stream(points: Floats, workouts: dict[int, Workout], parts: dict[int, int]) -> Iterator[Stream]:
    if not len(points):
        return
    session = int(points[0, 1])
    time = instants_of(points[:, 2])
    order = np.argsort(time, kind="stable")
    columns = {name: points[order, at] for at, name in enumerate(_COLUMNS, 3)}
    for column in columns.values():
        column[~is_said(column)] = np.nan
    clean(columns)
    part = parts[session] = parts.get(session, 0) + 1
    workout = workouts[session]
    yield Stream(
        workout.key,
        workout.origin,
        time[order],
        {name: column for name, column in columns.items() if not np.isnan(column).all()},
        "" if part == 1 else str(part),
    )
