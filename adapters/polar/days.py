"""Reads what Polar keeps by the day: activity, heart rate around the clock, beats.

The idea: these documents know the day and the clock on the wall, and no zone. Steps and METs are samples of
their minute; the day's totals are Polar's and stay so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.clocks import instant_of, instants_of
from adapters.formats.values import clocks_of, day_of, member, number, numbers, objects, seconds_of, text
from adapters.polar.batches import batch, moment, scores
from vault.time import DAY_NS, MILLISECOND_NS, MINUTE_NS, NO_INSTANT, SECOND_NS, date_of_day

if TYPE_CHECKING:
    from adapters.formats.clocks import Zone
    from adapters.polar.documents import Json
    from vault.records import Record, Samples, Score

__all__ = ["activity", "beats", "profile", "pulse"]

_PERSONAL = ("sex", "birthday")


def activity(said: Json, home: Zone | None) -> Iterator[Record] | str:
    """Return the records of a day's activity, or why there are none."""
    day = day_of(said.get("date"))
    return "bad-date" if day is None else _activity(said, day, home)


def _activity(said: Json, day: int, home: Zone | None) -> Iterator[Record]:
    samples, summary = member(said, "samples"), member(said, "summary")
    yield from _minutes("steps", samples.get("steps"), day, home)
    yield from _minutes("met", samples.get("mets"), day, home)
    start, offset_min = instant_of(day * DAY_NS, home)
    end, _ = instant_of((day + 1) * DAY_NS, home)
    for metric, key in (("steps_daily", "stepCount"), ("total_energy_daily", "calories")):
        yield from moment(metric, start, end, offset_min, number(summary.get(key)))
    yield from scores("activity", day, summary)
    levels = {
        f"activity level {text(level.get('level'))}": level.get("duration")
        for level in objects(summary.get("activityLevels"))
        if seconds_of(level.get("duration")) is not None
    }
    yield from scores("activity", day, levels)
    yield from profile(day, member(said, "physicalInformation"))


def profile(day: int, said: Json) -> Iterator[Score]:
    """Yield what the account's settings said of the body that day: nobody measured it then."""
    yield from scores("profile", day, {key: value for key, value in said.items() if key not in _PERSONAL})


def _minutes(metric: str, said: object, day: int, home: Zone | None) -> Iterator[Samples]:
    """Yield samples of one minute each."""
    found = objects(said)
    date = date_of_day(day).isoformat()
    clock = clocks_of([f"{date}T{one.get('localTime')}" for one in found])
    value = numbers([one.get("value") for one in found])
    known = clock != NO_INSTANT
    start, offsets = instants_of(clock[known], home)
    yield from batch(metric, start, start + MINUTE_NS, offsets, value[known])


def pulse(said: Json, home: Zone | None) -> Iterator[Record] | str:
    """Return the heart rates of a device's day, or why there are none."""
    day = day_of(said.get("date"))
    return "bad-date" if day is None else _pulse(said, day, home)


def _pulse(said: Json, day: int, home: Zone | None) -> Iterator[Samples]:
    found = objects(said.get("samples"))
    seconds = numbers([one.get("secondsFromDayStart") for one in found])
    rate = numbers([one.get("heartRate") for one in found])
    good = (seconds >= 0) & (seconds <= DAY_NS // SECOND_NS) & (rate > 0)
    clock = day * DAY_NS + (seconds[good] * SECOND_NS).astype(np.int64)
    start, offsets = instants_of(clock, home)
    yield from batch("heart_rate", start, start, offsets, rate[good])


def beats(said: Json, home: Zone | None) -> Iterator[Record] | str:
    """Return the pulse-to-pulse intervals of a day."""
    return _beats(said, home)


def _beats(said: Json, home: Zone | None) -> Iterator[Samples]:
    for device in objects(said.get("devicePpiSamplesList")):
        found = objects(device.get("ppiSamples"))
        clock = clocks_of([one.get("sampleDateTime") for one in found])
        length = numbers([one.get("pulseLength") for one in found])
        good = (clock != NO_INSTANT) & (length > 0) & (length < DAY_NS // MILLISECOND_NS)
        start, offsets = instants_of(clock[good], home)
        end = start + (length[good] * MILLISECOND_NS).astype(np.int64)
        yield from batch("rr_interval", start, end, offsets, length[good])
