"""Makes workouts of a training session of either generation: one for each exercise, none for their sum.

The idea: the generations name the same facts differently, so each fact is asked for by all its names, of the
exercise and, where the session has only that one, of the session. Times are clock times; the offset beside
them, spelled in three ways, makes them instants.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from adapters.formats.clocks import instant_of, offset_of
from adapters.formats.values import clock_of, member, number, objects, said, seconds_of, snake, text
from adapters.formats.words import activity_word
from adapters.polar.batches import ADAPTER, ORIGIN, batch
from adapters.polar.days import profile
from adapters.polar.documents import rows
from adapters.polar.series import beats_of, route_of, series_of
from vault.records import Device, Origin, Record, Rejection, Stream, Workout
from vault.time import DAY_NS, SECOND_NS

if TYPE_CHECKING:
    from adapters.formats.clocks import Zone
    from adapters.polar.documents import Json

__all__ = ["activity_of", "session"]

_OFFSETS = ("timezoneOffsetMinutes", "timezoneOffset", "timeZoneOffset")
_LEFT = frozenset(
    (
        "samples", "routes", "exercises", "startTime", "stopTime", "deviceId", "latitude", "longitude",
        "physicalInformation", "physicalInformationSnapshot", "exportVersion", "identifier", "sport",
        "product", *_OFFSETS,
    )
)  # fmt: skip
"""Streams and what has a field of its own; places, which belong into streams; the person and the serial."""
_FIELDS = _LEFT | frozenset(
    (
        "distance", "distanceMeters", "duration", "durationMillis", "kiloCalories", "calories", "ascent",
        "ascentMeters", "hrAvg", "hrMax", "averageHeartRate", "maximumHeartRate", "heartRate",
    )
)  # fmt: skip
"""What a workout has fields for; of a session of several exercises its own totals are kept."""
_LONGEST_NS = 7 * DAY_NS
_SPELLING = re.compile(r"[\W_]+")


def session(told: Json, home: Zone | None, file: str) -> Iterator[Record] | str:
    """Return the records of a session, or why there are none; of an exercise that is none, a Rejection."""
    start = clock_of(told.get("startTime"))
    return "bad-date" if start is None else _session(told, start, home, file)


def _session(told: Json, start: int, home: Zone | None, file: str) -> Iterator[Record]:
    exercises = objects(told.get("exercises")) or [{}]
    for number_, exercise in enumerate(exercises):
        part = _Exercise(told, exercise, number_ if len(exercises) > 1 else None)
        begin = clock_of(part.first("startTime"))
        if begin is None:
            yield Rejection("bad-date", file, number_)
        else:
            yield from part.records(begin, home)
    for key in ("physicalInformation", "physicalInformationSnapshot"):
        yield from profile(start // DAY_NS, member(told, key))


@dataclass(frozen=True, slots=True)
class _Exercise:
    """An exercise of a session; ``number`` is None if it is the only one."""

    session: Json
    own: Json
    number: int | None

    def first(self, *names: str) -> Any:
        """Return the first of several names that is there; of the session if it has only this exercise."""
        for told in (self.own,) if self.number is not None else (self.own, self.session):
            for name in names:
                if told.get(name) is not None:
                    return told[name]
        return None

    def records(self, begin: int, home: Zone | None) -> Iterator[Record]:
        """Yield the workout that begins at a clock time, its streams and beats."""
        offset = offset_of(*(told.get(name) for told in (self.own, self.session) for name in _OFFSETS))
        start, offset_min = instant_of(begin, home, offset)
        ahead = begin - start
        stop = self._stop(begin)
        route = route_of(self.own, begin, stop)
        moved = route[1] if route else 0
        workout = self._workout(start, stop - ahead, offset_min, moved)
        yield workout
        for part, series in enumerate(series_of(self.own, begin)):
            name = min(series.columns) if part else ""
            yield _stream(workout, series.clock - ahead, series.columns, name)
        if route:
            yield _stream(workout, route[0].clock - ahead, route[0].columns, "route")
        first, last, length = beats_of(self.own, start)
        offsets = np.full(len(first), offset_min, np.int16)
        yield from batch(
            "rr_interval", first, last, offsets, length, note={"clock": "counted from the start"}
        )

    def _stop(self, begin: int) -> int:
        """Return the clock time of the end; the duration's if none is given."""
        stop = clock_of(self.first("stopTime"))
        if stop is None or not begin <= stop <= begin + _LONGEST_NS:
            stop = begin + min(round((self._duration() or 0) * SECOND_NS), _LONGEST_NS)
        return stop

    def _duration(self) -> float | None:
        """Return the time without pauses in seconds, which Polar counts itself."""
        seconds = seconds_of(self.first("duration"))
        if seconds is None:
            milliseconds = number(self.first("durationMillis"))
            seconds = None if milliseconds is None else milliseconds / 1_000
        return seconds if seconds is not None and seconds >= 0 else None

    def _workout(self, start: int, end: int, offset_min: int, moved: int) -> Workout:
        mean, highest = self._heart_rate()
        details = self._details()
        if moved:
            details["route_moved_s"] = moved / SECOND_NS
        return Workout(
            key=self._key(),
            start=start,
            end=end,
            offset_min=offset_min,
            activity=activity_of(*self._sport()),
            origin=_origin(self.session),
            duration_s=self._duration(),
            distance_m=number(self.first("distance", "distanceMeters")),
            energy_kcal=number(self.first("kiloCalories", "calories")),
            hr_mean=mean,
            hr_max=highest,
            elevation_gain_m=number(self.first("ascent", "ascentMeters")),
            details=details,
        )

    def _key(self) -> str:
        """Return Polar's id, which only the newer export has; else sport and clock time."""
        vendor = text(member(self.session, "identifier").get("id"))
        own = text(member(self.own, "identifier").get("id")) or str(self.number)
        if vendor:
            return vendor if self.number is None else f"{vendor}/{own}"
        return f"{text(self.first('sport', 'name'))}|{text(self.first('startTime'))}"

    def _sport(self) -> tuple[str, ...]:
        """Return what the sport is called, the surest first: a name of the older export, an id, a text."""
        sport = self.first("sport")
        named = text(sport.get("id")) if isinstance(sport, dict) else text(sport)
        return named, text(self.first("name"))

    def _heart_rate(self) -> tuple[float | None, float | None]:
        listed = objects(member(self.own, "statistics").get("statistics"))
        newer: Json = next((one for one in listed if one.get("type") == "HEART_RATE"), {})
        told = newer | member(self.own, "heartRate")
        mean = number(told.get("avg")) or number(self.first("hrAvg", "averageHeartRate"))
        highest = number(told.get("max")) or number(self.first("hrMax", "maximumHeartRate"))
        return mean or None, highest or None

    def _details(self) -> dict[str, object]:
        only = self.number is None
        own, whole = said(self.own, _FIELDS), said(self.session, _FIELDS if only else _LEFT)
        assert isinstance(own, dict)
        assert isinstance(whole, dict)
        told = {snake(key): value for key, value in (whole | own if only else own).items()}
        if not only:
            told |= {"session": {snake(key): value for key, value in whole.items()}}
        return told | {"sport": [name for name in self._sport() if name]}


def activity_of(*names: str) -> str:
    """Return the project's word for a sport, by the first of its names that is known.

    Numbers are Polar's own and known by Polar's table only.
    """
    for name in names:
        word = _sports().get(_plain(name)) or ("other" if name.isdecimal() else activity_word(name))
        if word != "other":
            return word
    return "other"


def _origin(told: Json) -> Origin:
    """Return Polar Flow, with the watch if the session names it."""
    model = text(member(told, "product").get("modelName"))
    device = Device(name=model, manufacturer="Polar", model=model) if model else None
    return Origin(ORIGIN.source, ADAPTER, device=device, app=ORIGIN.app)


def _stream(workout: Workout, time: Any, columns: dict[str, Any], part: str) -> Stream:
    return Stream(workout.key, workout.origin, time, columns, part)


def _plain(name: str) -> str:
    return _SPELLING.sub("", name).casefold()


@cache
def _sports() -> dict[str, str]:
    return {_plain(row["said"]): row["word"] for row in rows("sports.csv")}
