"""Reads what people measure now and then: fitness and orthostatic tests, oxygen, skin temperature, weight.

The idea: a test is a moment with a few numbers. Those that have a metric are samples of it; an RMSSD of lying
down or standing up is not the night's and stays under Polar's name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.clocks import instant_of, offset_of
from adapters.formats.tracks import offset_at
from adapters.formats.values import clock_of, day_of, member, number, numbers, objects, snake, text
from adapters.polar.batches import batch, moment
from vault.time import DAY_NS, MILLISECOND_NS, SECOND_NS

if TYPE_CHECKING:
    from adapters.formats.clocks import Zone
    from adapters.polar.documents import Json
    from vault.records import Record

__all__ = ["calendar", "fitness_test", "orthostatic_test", "oxygen", "temperature"]

_SECONDS_BELOW = 1e11
"""An epoch below this counts seconds (until the year 5138), above it milliseconds (since 1973)."""
_LAST_S = 7_258_118_400
_TIMES = frozenset(("timezoneOffsetMinutes", "timeZoneOffset", "testTime"))


def fitness_test(said: Json, home: Zone | None) -> Iterator[Record] | str:
    """Return a fitness test: the OwnIndex is an estimate of VO2max."""
    found = member(said, "fitnessTestResult")
    start = _start(said, found, home)
    if start is None:
        return "bad-date"
    note: dict[str, object] = {"test": "polar_fitness_test"}
    if text(found.get("fitnessClass")):
        note["class"] = text(found.get("fitnessClass"))
    return moment("vo2_max", start[0], *start, number(found.get("ownIndex")), note=note)


def orthostatic_test(said: Json, home: Zone | None) -> Iterator[Record] | str:
    """Return the numbers of an orthostatic test, under Polar's names."""
    found = member(said, "orthostaticTestResult")
    start = _start(said, found, home)
    return "bad-date" if start is None else _numbers_of(found, "orthostatic", *start)


def _numbers_of(said: Json, test: str, start: int, offset_min: int) -> Iterator[Record]:
    """Yield the numbers of a test; intervals of beats are in ms."""
    for key, value in said.items():
        name = snake(key)
        unit = "ms" if name.startswith(("rr", "rmssd")) or name.endswith("_ms") else ""
        if key not in _TIMES:
            metric = f"polar:{test}_{name}"
            yield from moment(metric, start, start, offset_min, number(value), unit=unit)


def oxygen(said: Json, home: Zone | None) -> Iterator[Record] | str:
    """Return a blood oxygen test, and what else it measured under Polar's names."""
    found = member(said, "data")
    start = _start({"startTime": found.get("testTime")}, found, home) or _epoch(said, found, home)
    if start is None:
        return "bad-date"
    return _oxygen(found, *start)


def _oxygen(found: Json, start: int, offset_min: int) -> Iterator[Record]:
    yield from moment("spo2", start, start, offset_min, number(found.get("bloodOxygenPercent")))
    rest = {key: value for key, value in found.items() if key != "bloodOxygenPercent"}
    yield from _numbers_of(rest, "oxygen_test", start, offset_min)


def temperature(said: Json, home: Zone | None) -> Iterator[Record] | str:
    """Return the temperatures of a night's skin sensor."""
    found = member(said, "data")
    start = _epoch(said, found, home)
    if start is None:
        return "bad-date"
    samples = objects(found.get("temperatureMeasurementSamples"))
    delta = numbers([one.get("recordingTimeDeltaMilliseconds") for one in samples])
    value = numbers([one.get("temperatureCelsius") for one in samples])
    good = np.abs(delta) < 2 * DAY_NS // MILLISECOND_NS
    instants = start[0] + (delta[good] * MILLISECOND_NS).astype(np.int64)
    offsets = np.full(len(instants), start[1], np.int16)
    place = text(found.get("sensorLocation"))
    note: dict[str, object] | None = {"sensor_location": place} if place else None
    return batch("skin_temperature", instants, instants, offsets, value[good], note=note)


def calendar(said: Json, home: Zone | None) -> Iterator[Record] | str:
    """Return the history of weights."""
    return _weights(said, home)


def _weights(said: Json, home: Zone | None) -> Iterator[Record]:
    for weight in objects(said.get("weights")):
        start = _start({"startTime": weight.get("date")}, weight, home)
        if start is not None:
            yield from moment("body_mass", start[0], *start, number(weight.get("weight")))


def _start(said: Json, offsets: Json, home: Zone | None) -> tuple[int, int] | None:
    """Return (UTC ns, offset) of a local start time."""
    clock = clock_of(said.get("startTime"))
    if clock is None:
        day = day_of(said.get("startTime"))
        clock = None if day is None else day * DAY_NS
    offset_min = offset_of(*(offsets.get(name) for name in ("timezoneOffsetMinutes", "timeZoneOffset")))
    return None if clock is None else instant_of(clock, home, offset_min)


def _epoch(said: Json, found: Json, home: Zone | None) -> tuple[int, int] | None:
    """Return (UTC ns, offset) of a count since 1970, which the data or the id has."""
    identity = member(member(said, "meta"), "id")
    for value in (found.get("testTime"), identity.get("startTimeSeconds")):
        count = number(value)
        if count is not None and count > 0:
            seconds = count if count < _SECONDS_BELOW else count / 1_000
            if seconds < _LAST_S:
                start = round(seconds * SECOND_NS)
                return start, offset_at(
                    start, offset_of(found.get("timeZoneOffset")), home.told if home else None
                )
    return None
