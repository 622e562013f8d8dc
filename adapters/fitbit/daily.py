"""Reads what a Fitbit archive says by the day: resting heart rate, minutes of moving, fitness; and weights.

The idea: the date is a local one and nothing else. Days that nobody wore it, and days to come, are filled
with zeros and with 1440 minutes of sitting: they are placeholders, not values. Fitbit's minutes are Fitbit's
own measure, and stay scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from adapters.fitbit.context import ORIGIN, Context, Read
from adapters.fitbit.documents import BAD_DATE, BAD_VALUE, clock_of_stamp, day_of_stamp, objects_of
from adapters.fitbit.wall import DERIVED
from adapters.formats.values import number, text
from adapters.tables import table
from vault.records import Record, Rejection, Score
from vault.time import DAY_NS, date_of_day

if TYPE_CHECKING:
    from adapters.base import ByteSource
    from adapters.formats.counting import Count
    from adapters.formats.items import Json

__all__ = ["READERS"]

_UNWORN_MIN = 1440
_ALL_DAY = "fitbit_sedentary_minutes"
_KG_PER_LB = 0.45359237
_ERRORS = ("error", "demographicVO2MaxError", "runVO2MaxError")


@dataclass(frozen=True, slots=True)
class _Value:
    """What a value of a family becomes: a metric's sample of its day, or a score with its unit.

    ``key`` is where it stands, empty for the value itself. ``zero`` says when 0 stands for no value:
    ``none``, always; ``all``, if all values of the row are 0; empty, on days that were not worn.
    """

    key: str
    metric: str
    score: str
    unit: str
    zero: str


def _read(stream: ByteSource, count: Count, context: Context) -> Iterator[Record]:
    """Yield the scores of a file and gather its samples."""
    values = _values()[count.file.rpartition("/")[2].partition("-")[0].lower()]
    for entry in objects_of(stream, count):
        if isinstance(entry, Rejection):
            yield entry
            continue
        position, row = entry
        day, found = day_of_stamp(row.get("dateTime")), _found(row, values)
        if day is None or day < 0:
            yield count.reject(BAD_DATE, position)
        elif not found:
            yield count.reject(BAD_VALUE, position)
        elif _is_placeholder(found, day, context):
            count.leave("placeholder")
        else:
            count.use()
            yield from _records(row, found, day, context)
    yield from context.batches.full()


def _found(row: Json, values: tuple[_Value, ...]) -> list[tuple[_Value, float]]:
    """Return the values of a row that are numbers."""
    pairs = ((value, number(_at(row.get("value"), value.key))) for value in values)
    return [(value, found) for value, found in pairs if found is not None]


def _at(value: object, key: str) -> object:
    """Return a value under keys that are parted by a dot."""
    for part in key.split(".") if key else ():
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _is_placeholder(found: list[tuple[_Value, float]], day: int, context: Context) -> bool:
    """Whether a row only fills a day; what says that a day was not worn is read before the others."""
    if found[0][0].score == _ALL_DAY and found[0][1] >= _UNWORN_MIN:
        context.unworn.add(day)
        return True
    empty = not any(number for _, number in found)
    return empty and (all(value.zero for value, _ in found) or day in context.unworn)


def _records(row: Json, found: list[tuple[_Value, float]], day: int, context: Context) -> Iterator[Score]:
    start, offset_min, zone = context.wall.instant_of(day * DAY_NS)
    end, _, _ = context.wall.instant_of((day + 1) * DAY_NS)
    errors = (number(_at(row.get("value"), name)) for name in _ERRORS)
    error = next((one for one in errors if one is not None), None)
    told: dict[str, object] = {} if error is None else {"error": error}
    if zone == DERIVED:
        told["zone"] = zone
    for value, one in found:
        if not one and value.zero == "none":
            continue
        if not value.score:
            context.told.add(value.metric, start, end - 1)
            context.read_logs.add((value.metric, date_of_day(day).isoformat()))
            note = told or None
            context.batches.add(value.metric, start, end, offset_min, one, ORIGIN, note=note, unit=value.unit)
        else:
            yield Score(day, ORIGIN, value.score, one, value.unit)


def _weights(stream: ByteSource, count: Count, context: Context) -> Iterator[Record]:
    """Gather the weights of a file, which are in pounds."""
    for entry in objects_of(stream, count):
        if isinstance(entry, Rejection):
            yield entry
            continue
        position, log = entry
        clock = clock_of_stamp(f"{text(log.get('date'))} {text(log.get('time'))}")
        pounds, key = number(log.get("weight")), ("weight", str(log.get("logId")))
        if clock is None or pounds is None or pounds <= 0:
            yield count.reject(BAD_DATE if clock is None else BAD_VALUE, position)
            continue
        start, offset_min, zone = context.wall.instant_of(clock)
        if "logId" in log and key in context.read_logs:
            count.repeat()
        elif context.told.has("body_mass", np.array([start], np.int64))[0]:
            count.leave("mirror")
        else:
            context.read_logs.add(key)
            count.use()
            note = {"zone": DERIVED} if zone == DERIVED else None
            kilograms = round(pounds * _KG_PER_LB, 6)
            for metric, value in (
                ("body_mass", kilograms),
                ("bmi", log.get("bmi")),
                ("body_fat_percentage", log.get("fat")),
            ):
                if (one := number(value)) is not None and one > 0:
                    context.batches.add(metric, start, start, offset_min, one, ORIGIN, note=note)
    yield from context.batches.full()


@cache
def _values() -> Mapping[str, tuple[_Value, ...]]:
    found: dict[str, tuple[_Value, ...]] = {}
    for row in table("adapters.fitbit", "daily.csv"):
        value = _Value(row["key"], row["metric"], row["score"], row["unit"], row["zero"])
        found[row["file"]] = (*found.get(row["file"], ()), value)
    return found


READERS: Mapping[str, Read] = {"sedentary": _read, "daily": _read, "weight": _weights}
