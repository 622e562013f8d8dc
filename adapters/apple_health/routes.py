"""Reads the routes of workouts: from GPX files of the export, or from the Locations of old exports.

The idea: both are points with an instant, so both become a stream of their workout. Points are put in
order of time; a point without a time is left.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from adapters.apple_health.dates import parse_date
from adapters.apple_health.numbers import parse_number
from adapters.formats.gpx import NEVER_NEGATIVE, read_gpx
from vault.records import Rejection, Stream

if TYPE_CHECKING:
    from adapters.apple_health.expat import Element
    from adapters.apple_health.workouts import Route

__all__ = ["read_route", "stream_of_locations"]

_COLUMNS = {
    "latitude": "latitude",
    "longitude": "longitude",
    "altitude": "altitude",
    "speed": "speed",
    "course": "course",
    "horizontalAccuracy": "horizontal_accuracy",
    "verticalAccuracy": "vertical_accuracy",
}


def read_route(route: Route, data: bytes, file: str) -> Iterator[Stream | Rejection]:
    """Yield the stream of a route's GPX file, and a rejection if the file is not whole."""
    track = read_gpx(io.BytesIO(data))
    if not track.is_whole:
        yield Rejection("malformed-route", file, len(track.time))
    if len(track.time):
        yield Stream(route.workout, route.origin, track.time, track.columns, route.part)


def stream_of_locations(route: Route) -> Stream:
    """Return the stream of points that stand in export.xml itself."""
    dated = [(parse_date(point.get("date")), point) for point in route.locations]
    points = sorted(((date[0], point) for date, point in dated if date), key=lambda pair: pair[0])
    columns = {name: _column([point for _, point in points], said) for said, name in _COLUMNS.items()}
    for name in NEVER_NEGATIVE:
        columns[name][columns[name] < 0] = np.nan
    columns = {name: column for name, column in columns.items() if not np.isnan(column).all()}
    time = np.array([instant for instant, _ in points], np.int64)
    return Stream(route.workout, route.origin, time, columns, route.part)


def _column(points: Sequence[Element], name: str) -> np.ndarray:
    numbers = [parse_number(point.get(name)) for point in points]
    return np.array([np.nan if number is None else number for number in numbers], np.float64)
