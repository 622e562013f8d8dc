"""Reads a workout that was saved from the old web site: its totals, and its samples each five seconds.

The idea: totals are localised texts with the plain number beside them, in minutes and km, not as exported.
There is a date but no time of day: such a workout begins with its day, and says that this is assumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.clocks import instant_of
from adapters.formats.counting import Unused
from adapters.formats.values import member, numbers, objects, quantity, snake, text
from adapters.technogym.properties import ORIGIN, activity_of, rows, workout_of
from vault.records import Stream
from vault.time import DAY_NS, SECOND_NS, day_of_date

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.formats.clocks import Zone
    from adapters.formats.items import Json
    from vault.records import Record, Workout

    Columns = dict[str, NDArray[np.float64]]

__all__ = ["cardio_log"]

_DATE = re.compile(r"(\d{1,4})[-/. ]+(\d{1,2})[-/. ]+(\d{1,4})\D*")
_LONGEST_S = 86_400
_MOST_SERIES = 64
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


def cardio_log(said: Json, zone: Zone | None, *, day_first: bool | None) -> list[Record] | Unused:
    """Return the workout and its streams, or why there are none.

    ``day_first`` decides dates that may be read either way; if nobody said, the day comes first.
    """
    data = member(said, "data") or said
    day = _day(text(data.get("date")), day_first=day_first is not False)
    if day is None:
        return Unused("bad-date", "rejected")
    start, offset_min = instant_of(day * DAY_NS, zone)
    totals, names = _totals(data)
    streams = [part for part in (_samples(data), _heart(data)) if len(part[1]) and part[2]]
    last_s = max((float(seconds.max()) for _, seconds, _ in streams), default=0.0)
    lasted_s = min(max(last_s, totals.get("duration_s", 0.0)), _LONGEST_S)
    end = start + round(lasted_s * SECOND_NS)
    key = text(data.get("id")) or f"cardiolog|{day}|{totals.get('duration_s')}|{totals.get('distance_m')}"
    assumed = {"start_assumed": True, "date": text(data.get("date"))}
    workout = workout_of(key, (start, end, offset_min), activity_of(names), totals, assumed)
    return [workout, *_streams(workout, streams)]


def _streams(workout: Workout, parts: list[tuple[str, NDArray[np.float64], Columns]]) -> Iterator[Stream]:
    for part, seconds, columns in parts:
        time, order = np.unique(workout.start + (seconds * SECOND_NS).astype(np.int64), return_index=True)
        kept = {name: values[order] for name, values in columns.items()}
        yield Stream(workout.key, ORIGIN, time, kept, part)


def _samples(data: Json) -> tuple[str, NDArray[np.float64], Columns]:
    """Return (part, seconds [n], columns) of the samples: ``vs[k]`` is what the descriptor's ``i`` says."""
    analysis = member(data, "analitics")
    found = objects(analysis.get("samples"))
    seconds = numbers([one.get("t") for one in found])
    good = (seconds >= 0) & (seconds < _LONGEST_S)
    columns: Columns = {}
    for place, one in enumerate(objects(analysis.get("descriptor"))[:_MOST_SERIES]):
        name, factor = _column(member(one, "pr"))
        index = quantity(one.get("i"))
        at = place if index is None else int(index)
        values = numbers([quantity(_nth(sample.get("vs"), at)) for sample in found])[good] * factor
        if name and name not in columns and not np.isnan(values).all():
            columns[name] = values
    return "", seconds[good], columns


def _heart(data: Json) -> tuple[str, NDArray[np.float64], Columns]:
    """Return (part, seconds [n], columns) of the heart rate, which has seconds of its own."""
    found = objects(member(data, "analitics").get("hr"))
    seconds, rate = numbers([one.get("t") for one in found]), numbers([one.get("hr") for one in found])
    good = (seconds >= 0) & (seconds < _LONGEST_S) & (rate > 0)
    return "heart_rate", seconds[good], {"heart_rate": rate[good]}


def _nth(values: object, at: int) -> object:
    return values[at] if isinstance(values, list) and 0 <= at < len(values) else None


def _column(said: Json) -> tuple[str, float]:
    """Return a series's column and the factor to its unit; an unknown unit keeps the vendor's name."""
    unit = text(said.get("um")).casefold()
    return _units().get(unit) or (snake(f"{text(said.get('name'))} {unit}"), 1.0)


def _totals(data: Json) -> tuple[dict[str, float], set[str]]:
    """Return the totals by field or detail, and the names of all properties."""
    found: dict[str, float] = {}
    names: set[str] = set()
    for one in objects(data.get("data")):
        name, unit, value = (
            text(one.get("property")),
            text(one.get("uM")).casefold(),
            quantity(one.get("rawValue")),
        )
        if not name or not value:
            continue
        names.add(name)
        known = _known().get((name.casefold(), unit)) or _known().get((name.casefold(), ""))
        field, factor = known or (snake(f"{name} {unit}"), 1.0)
        found[field] = value * factor
    return found, names


def _day(said: str, *, day_first: bool) -> int | None:
    """Return a date as days since 1970-01-01; a part over twelve is the day whatever was said."""
    match = _DATE.fullmatch(said.strip())
    if match is None:
        return None
    first, second, third = (int(part) for part in match.groups())
    if first > _LAST_YEAR or third > _LAST_YEAR:
        return None
    year, month, day = (first, second, third) if first >= _FIRST_YEAR else (third, second, first)
    if first < _FIRST_YEAR and (second > 12 or (first <= 12 and not day_first)):
        month, day = day, month
    try:
        return day_of_date(date(year, month, day)) if year >= _FIRST_YEAR else None
    except ValueError:
        return None


@cache
def _units() -> dict[str, tuple[str, float]]:
    return {row["unit"]: (row["column"], float(row["factor"])) for row in rows("series.csv")}


@cache
def _known() -> dict[tuple[str, str], tuple[str, float]]:
    return {
        (row["property"], row["unit"]): (row["field"], float(row["factor"])) for row in rows("totals.csv")
    }
