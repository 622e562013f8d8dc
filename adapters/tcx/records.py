"""Makes workouts with streams of a TCX file: one for each activity, its totals those of its laps.

The idea: the summary wins over the track. A recorder that kept two points of a quarter of an hour still knew
how far and how long; only what no lap says is taken from the points.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.points import instant_of
from adapters.formats.tcx import Activity, Lap, Tcx
from adapters.formats.tracks import active_seconds, distance_m, heart_rate, offset_at, segments, stream_of
from adapters.formats.words import activity_word, creator_of, is_virtual
from adapters.tables import table
from vault.records import Origin, Rejection, Stream, Workout
from vault.time import SECOND_NS, format_instant

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from adapters.base import ByteSource

__all__ = ["ADAPTER", "records_of"]

ADAPTER = "tcx"
_NOBODY = "TCX"
_TIME, _DISTANCE, _ENERGY = "TotalTimeSeconds", "DistanceMeters", "Calories"
_MEAN_HR, _MAX_HR = "AverageHeartRateBpm", "MaximumHeartRateBpm"
_LONGEST_LAP_S = 7 * 86_400


def records_of(
    stream: ByteSource,
    *,
    file: str,
    source: str | None = None,
    adapter: str = ADAPTER,
    home: ZoneInfo | None = None,
) -> Iterator[Workout | Stream | Rejection]:
    """Yield a Workout and its Stream for each activity of a TCX file, and what is wrong with it.

    Args:
        stream: The file, not packed.
        file: Its name in the export, for rejections.
        source: Who recorded it, if the caller knows better than the file.
        adapter: Whose origin it is.
        home: The owner's zone: the offset of workouts, where times are written as UTC.
    """
    tcx = Tcx(stream)
    count = 0
    for activity in tcx:
        count += 1
        yield from _activity(activity, file, source, adapter, home)
    if tcx.fault:
        yield Rejection(tcx.fault, file, count)
    if tcx.planned:
        yield Rejection("planned-route", file, 0, tcx.planned)
    elif not count and not tcx.fault:
        yield Rejection("no-activity", file, 0)


def _activity(
    activity: Activity, file: str, source: str | None, adapter: str, home: ZoneInfo | None
) -> Iterator[Workout | Stream | Rejection]:
    span = _span(activity)
    if span is None:
        yield Rejection("no-time", file, 0, max(activity.untimed, 1))
        return
    recorder = activity.device.name if activity.device else activity.creator
    origin = Origin(
        source or recorder or _NOBODY,
        adapter,
        device=activity.device,
        app=creator_of(recorder).app,
    )
    workout = _workout(activity, span, origin, home)
    yield workout
    if len(activity.time):
        virtual = is_virtual(activity.sport, recorder)
        yield stream_of(workout, activity.time, activity.columns, virtual=virtual)
    if activity.fault:
        yield Rejection(activity.fault, file, len(activity.time))
    if activity.untimed:
        yield Rejection("no-time", file, 0, activity.untimed)


def _workout(activity: Activity, span: tuple[int, int], origin: Origin, home: ZoneInfo | None) -> Workout:
    start, end = span
    segment = segments(activity.time, np.zeros(len(activity.time), np.int64))
    mean, highest = heart_rate(activity.columns)
    duration, distance = _sum(activity.laps, _TIME), _sum(activity.laps, _DISTANCE)
    return Workout(
        key=f"{activity.sport}|{format_instant(start)}",
        start=start,
        end=end,
        offset_min=offset_at(start, activity.offset_min, home),
        activity=activity_word(activity.sport),
        origin=origin,
        duration_s=active_seconds(activity.time, segment) or None if duration is None else duration,
        distance_m=distance_m(activity.columns, segment) if distance is None else distance,
        energy_kcal=_sum(activity.laps, _ENERGY) or None,
        hr_mean=_mean_heart_rate(activity.laps) or mean,
        hr_max=max([0, *(lap.numbers.get(_MAX_HR, 0) for lap in activity.laps)]) or highest,
        details=_details(activity),
    )


def _span(activity: Activity) -> tuple[int, int] | None:
    """Return start and end: of the laps and the points, whichever reach further; None without either."""
    instants = [int(activity.time[row]) for row in (0, -1) if len(activity.time)]
    for lap in activity.laps:
        start = instant_of(lap.start)
        if start is not None:
            seconds = min(max(lap.numbers.get(_TIME, 0), 0), _LONGEST_LAP_S)
            instants += [start, start + round(seconds * SECOND_NS)]
    if not instants:
        instants = [start for start in (instant_of(activity.id),) if start is not None]
    return (min(instants), max(instants)) if instants else None


def _sum(laps: list[Lap], name: str) -> float | None:
    known = [lap.numbers[name] for lap in laps if lap.numbers.get(name, -1) >= 0]
    return round(sum(known), 3) if known else None


def _mean_heart_rate(laps: list[Lap]) -> float | None:
    """Return the mean over laps by their time, 1/min; laps without one don't count."""
    rates = [(lap.numbers.get(_MEAN_HR, 0), lap.numbers.get(_TIME, 0)) for lap in laps]
    known = [(rate, time) for rate, time in rates if rate > 0 and time > 0]
    seconds = sum(time for _, time in known)
    return round(sum(rate * time for rate, time in known) / seconds, 1) if known else None


def _details(activity: Activity) -> dict[str, object]:
    said: dict[str, object] = {
        "sport": activity.sport,
        "notes": activity.notes,
        "plan": activity.plan,
        "laps": [_lap(lap) for lap in activity.laps],
    }
    return {name: value for name, value in said.items() if value}


def _lap(lap: Lap) -> dict[str, object]:
    """Return a lap in the project's words; of two fields of one word, such as cadences, one that is not 0."""
    said: dict[str, object] = {"start": lap.start}
    for field, value in (*lap.words.items(), *lap.numbers.items()):
        name = _words_of_laps().get(field, field)
        said[name] = said.get(name) or value
    return said


@cache
def _words_of_laps() -> dict[str, str]:
    return {row["field"]: row["detail"] for row in table("adapters.tcx", "laps.csv")}
