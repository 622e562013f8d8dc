"""Reads a performance graph: what was measured each second, where that was, and the totals.

The idea: every series says its unit, which is that of the account, and lies on a list of seconds that begins
where it likes and has gaps. No step is ever assumed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from adapters.formats.values import LARGEST, numbers, objects, quantity, snake, text
from adapters.peloton.disciplines import rows
from vault.records import Stream
from vault.time import SECOND_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.formats.items import Json
    from vault.records import Workout

    Columns = dict[str, NDArray[np.float64]]

__all__ = ["averages_of", "last_second", "streams_of", "totals_of"]

_MOST_SERIES = 64
_LATITUDE, _LONGITUDE = 90.0, 180.0
_FURTHEST_S = 7 * 86_400


def totals_of(graph: Json) -> dict[str, float]:
    """Return the totals of a graph by field or detail, in the unit the table gives it."""
    found: dict[str, float] = {}
    for one in objects(graph.get("summaries")):
        known = _totals().get((_slug(one), _unit(one)))
        value = quantity(one.get("value"))
        if known is not None and value:
            found[known[0]] = value * known[1]
    return found


def averages_of(graph: Json) -> dict[str, tuple[float | None, float | None]]:
    """Return (mean, highest) of each series by its column; 0 is missing."""
    found: dict[str, tuple[float | None, float | None]] = {}
    for column, factor, _, one in _series(graph):
        mean, highest = (quantity(one.get(name)) for name in ("average_value", "max_value"))
        found[column] = (mean * factor if mean else None, highest * factor if highest else None)
    return found


def last_second(graph: Json) -> float:
    """Return the last second of a graph; 0 of an empty one."""
    seconds = _seconds(graph)
    return float(seconds.max(initial=0, where=~np.isnan(seconds)))


def streams_of(graph: Json, workout: Workout, zero: int) -> Iterator[Stream]:
    """Yield the streams of a graph whose second 0 is at ``zero`` (UTC ns): the series, and the route."""
    seconds = _seconds(graph)
    columns = {
        column: values for column, values in _columns(graph, len(seconds)) if not np.isnan(values).all()
    }
    parts = (("", seconds, columns), ("route", *_route(graph)))
    for part, at, said in parts:
        good = (at >= 0) & (at < _FURTHEST_S)
        time, order = np.unique(zero + (at[good] * SECOND_NS).astype(np.int64), return_index=True)
        if len(time) and said:
            kept = {name: values[good][order] for name, values in said.items()}
            yield Stream(workout.key, workout.origin, time, kept, part)


def _columns(graph: Json, length: int) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield (column, float64 [length]); a series that is cut short is missing from there on."""
    for column, factor, zero_is_missing, one in _series(graph):
        said = one.get("values")
        values = _column(said)[:length] * factor
        values = np.concatenate((values, np.full(length - len(values), np.nan)))
        if column != "altitude" and column != "incline":
            values[values < 0] = np.nan
        if zero_is_missing:
            values[values == 0] = np.nan
        yield column, values


def _series(graph: Json) -> Iterator[tuple[str, float, bool, Json]]:
    """Yield (column, factor, whether 0 is missing, series); of two for one column the first."""
    seen: set[str] = set()
    for one in objects(graph.get("metrics"))[:_MOST_SERIES]:
        slug, unit = _slug(one), _unit(one)
        column, factor, is_missing = _known().get((slug, unit), (snake(f"{slug} {unit}"), 1.0, False))
        if column and column not in seen:
            seen.add(column)
            yield column, factor, is_missing, one


def _route(graph: Json) -> tuple[NDArray[np.float64], Columns]:
    """Return (seconds, columns) of the places a graph has; those of no fix are left out."""
    points = [
        point for part in objects(graph.get("location_data")) for point in objects(part.get("coordinates"))
    ]
    seconds, latitude, longitude, accuracy = (
        numbers([point.get(name) for point in points])
        for name in ("seconds_offset_from_start", "latitude", "longitude", "accuracy")
    )
    good = (
        (np.abs(latitude) <= _LATITUDE)
        & (np.abs(longitude) <= _LONGITUDE)
        & ((latitude != 0) | (longitude != 0))
    )
    columns = {"latitude": latitude[good], "longitude": longitude[good]}
    accuracy = np.where(accuracy >= 0, accuracy, np.nan)[good]
    if not np.isnan(accuracy).all():
        columns["horizontal_accuracy"] = accuracy
    return seconds[good], columns


def _seconds(graph: Json) -> NDArray[np.float64]:
    return _column(graph.get("seconds_since_pedaling_start"))


def _column(said: Any) -> NDArray[np.float64]:
    """Return a list as float64 [n], NaN for what is no quantity."""
    values = numbers(said if isinstance(said, list) else [])
    values[np.abs(values) > LARGEST] = np.nan
    return values


def _slug(said: Json) -> str:
    return text(said.get("slug")).casefold() or snake(text(said.get("display_name")))


def _unit(said: Json) -> str:
    return text(said.get("display_unit")).strip().casefold()


@cache
def _known() -> dict[tuple[str, str], tuple[str, float, bool]]:
    return {
        (row["slug"], row["unit"]): (row["column"], float(row["factor"]), row["zero"] == "missing")
        for row in rows("series.csv")
    }


@cache
def _totals() -> dict[tuple[str, str], tuple[str, float]]:
    return {(row["slug"], row["unit"]): (row["field"], float(row["factor"])) for row in rows("totals.csv")}
