"""Makes workouts with streams of a GPX file: one for each track that somebody really moved along.

The idea: points with times are a workout, segments are what lies between its pauses, points without times are
a planned route and no workout.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.gpx import Head, Track, read_gpx
from adapters.formats.tracks import (
    active_seconds,
    distance_m,
    heart_rate,
    offset_at,
    pauses,
    segments,
    stream_of,
)
from adapters.formats.words import activity_word, creator_of, is_virtual
from vault.records import Origin, Rejection, Stream, Workout
from vault.time import format_instant

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from adapters.base import ByteSource

__all__ = ["ADAPTER", "records_of"]

ADAPTER = "gpx"
_NOBODY = "GPX"


def records_of(
    stream: ByteSource,
    *,
    file: str,
    source: str | None = None,
    adapter: str = ADAPTER,
    home: ZoneInfo | None = None,
) -> Iterator[Workout | Stream | Rejection]:
    """Yield a Workout and its Stream for each track of a GPX file, and what is wrong with it.

    Args:
        stream: The file, not packed.
        file: Its name in the export, for rejections.
        source: Who recorded it, if the caller knows better than the file's ``creator``.
        adapter: Whose origin it is.
        home: The owner's zone: the offset of workouts, where times are written as UTC.
    """
    track = read_gpx(stream)
    origin = Origin(source or track.creator or _NOBODY, adapter, app=creator_of(track.creator).app)
    for rows in _rows_by_track(track):
        yield from _workout(_only(track, rows), origin, home)
    if track.fault:
        yield Rejection(track.fault, file, len(track.time))
    if track.untimed:
        reason = "no-time" if len(track.time) else "planned-route"
        yield Rejection(reason, file, 0, track.untimed)
    elif not track.fault and not len(track.time):
        yield Rejection("no-points", file, 0)


def _rows_by_track(track: Track) -> list[NDArray[np.int64]]:
    """Return the rows of each ``trk`` that has points; not one pass a track, files can have very many."""
    order = np.argsort(track.track, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(track.track[order])) + 1)
    return [part for part in parts if len(part)]


def _only(track: Track, rows: NDArray[np.int64]) -> Track:
    """Return the points of one ``trk``."""
    columns = {name: column[rows] for name, column in track.columns.items()}
    columns = {name: column for name, column in columns.items() if not np.isnan(column).all()}
    return Track(
        track.time[rows],
        columns,
        track.track[rows],
        track.segment[rows],
        (track.heads[track.track[rows[0]]],),
        track.creator,
        track.offset_min,
    )


def _workout(track: Track, origin: Origin, home: ZoneInfo | None) -> Iterator[Workout | Stream]:
    (head,) = track.heads
    start, end = int(track.time[0]), int(track.time[-1])
    mean, highest = heart_rate(track.columns)
    segment = segments(track.time, track.segment)
    workout = Workout(
        key=f"{head.type or head.name}|{format_instant(start)}",
        start=start,
        end=end,
        offset_min=offset_at(start, track.offset_min, home),
        activity=activity_word(head.type),
        origin=origin,
        duration_s=active_seconds(track.time, segment),
        distance_m=distance_m(track.columns, segment),
        hr_mean=mean,
        hr_max=highest,
        details=_details(head, pauses(track.time, segment)),
    )
    yield workout
    virtual = is_virtual(head.type, track.creator)
    yield stream_of(workout, track.time, track.columns, virtual=virtual)


def _details(head: Head, paused: list[dict[str, str]]) -> dict[str, object]:
    said = {"name": head.name, "type": head.type, "pauses": paused}
    return {name: value for name, value in said.items() if value}
