"""Workouts of an activity file: one for each session, with its laps, pauses, records and sets.

The idea: the session is the recorder's own account and wins over its records. A file that was cut short has
no session, because that comes last; then the workout is made of the records. What is left of a workout has
a key of its own, so that it never takes the place of the whole one. What a session or lap says beyond the
vault's fields is kept under the name FIT gives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from adapters.fit.sets import strength_sets
from adapters.fit.streams import Track, track_of
from adapters.fit.tables import sport_word
from adapters.formats.fit import instants_of
from adapters.formats.fit.profile import fields_of
from adapters.formats.tracks import active_seconds, distance_m, heart_rate, segments, stream_of
from vault.records import Record, Rejection, Workout
from vault.time import NO_INSTANT, SECOND_NS, format_instant

if TYPE_CHECKING:
    from adapters.fit.recording import Recording
    from adapters.formats.fit import Columns, FitFile

__all__ = ["workouts"]

_VIRTUAL = "virtual_activity"
_LONGEST_S = 31 * 86_400
_MOST_SESSIONS, _MOST_ROWS = 200, 5_000
_SAID = frozenset(
    (
        *("timestamp", "start_time", "message_index", "sport", "sub_sport", "event", "event_type"),
        *("total_elapsed_time", "total_timer_time", "total_distance", "total_calories"),
        *("avg_heart_rate", "max_heart_rate", "total_ascent", "first_lap_index", "num_laps", "trigger"),
        *("avg_speed", "max_speed", "avg_altitude", "max_altitude", "min_altitude", "event_group"),
    )
)
_SENSORS = ("_heart_rate", "_cadence", "_power")
_TIMER = "timer"
_STOPS = ("stop", "stop_all", "stop_disable", "stop_disable_all")

Row = dict[str, float | str]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a file says of parts of its sessions: laps and lengths by their start, the timer in order."""

    laps: list[tuple[int, Row]]
    lengths: list[tuple[int, Row]]
    timer: list[tuple[int, str]]

    @classmethod
    def of(cls, fit: FitFile) -> Parts:
        """Read the parts of a file, of each kind the first few thousand."""
        laps, lengths = (
            [
                (start, _plain(row, start))
                for row in rows
                if (start := _instant(row, "start_time")) is not None
            ]
            for rows in (_rows(fit.messages(kind), _MOST_ROWS) for kind in ("lap", "length"))
        )
        events = fit.messages("event")
        said = zip(fit.time(events).tolist(), events.words("event"), events.words("event_type"))
        timer = [(time, kind) for time, event, kind in said if event == _TIMER]
        return cls(laps, lengths, sorted(timer[:_MOST_ROWS]))

    def within(self, start: int, end: int) -> dict[str, object]:
        """Return laps, lengths and pauses that began in [start, end]."""
        pauses, stopped = [], None
        for time, kind in self.timer:
            if not start <= time <= end:
                continue
            if kind in _STOPS and stopped is None:
                stopped = time
            elif kind == "start" and stopped is not None:
                if stopped < time:
                    pauses.append({"start": format_instant(stopped), "end": format_instant(time)})
                stopped = None
        laps, lengths = (
            [row for time, row in rows if start <= time < max(end, start + 1)]
            for rows in (self.laps, self.lengths)
        )
        return {"pauses": pauses, "laps": laps, "lengths": lengths}


def workouts(recording: Recording) -> Iterator[Record]:
    """Yield a Workout for each session, its Stream and StrengthSets; of records alone if there is none."""
    track = track_of(recording.fit)
    sessions = _rows(recording.fit.messages("session"), _MOST_SESSIONS)
    parts = Parts.of(recording.fit)
    spans = [(row, span) for row in sessions if (span := _span(row)) is not None]
    found = [_of_session(recording, row, span, track, parts) for row, span in spans]
    if len(found) < len(sessions):
        yield Rejection("no-time", recording.file, 0, len(sessions) - len(found))
    if not found and len(track.time):
        found = [_of_records(recording, track, parts)]
    found.sort(key=lambda workout: workout.start)
    edges = [workout.start for workout in found[1:]] + [np.iinfo(np.int64).max]
    start = np.iinfo(np.int64).min
    for workout, end in zip(found, edges):
        yield workout
        part = track.part(start, end)
        if len(part.time) and part.columns:
            virtual = _is_virtual(recording, workout.details)
            yield stream_of(workout, part.time, part.columns, virtual=virtual)
        yield from strength_sets(recording, workout, end)
        start = end
    if track.untimed:
        yield Rejection("no-time", recording.file, 0, track.untimed)


def _of_session(recording: Recording, row: Row, span: tuple[int, int], track: Track, parts: Parts) -> Workout:
    start, end = span
    part = track.part(start, end + SECOND_NS)
    is_part = recording.fit.is_damaged and len(part.time) > 0
    end = min(end, int(part.time[-1])) if is_part else end
    mean, highest = heart_rate(part.columns)
    sport, sub_sport = str(row.get("sport", "")), str(row.get("sub_sport", ""))
    timer, elapsed = _positive(row, "total_timer_time"), _positive(row, "total_elapsed_time")
    climbed, virtual = _number(row, "total_ascent"), _is_virtual(recording, row)
    made_up = {"virtual_ascent": climbed} if virtual and climbed is not None else {}
    return Workout(
        key=_key(sport, start, end if recording.fit.is_damaged else None),
        start=start,
        end=end,
        offset_min=recording.offset(start),
        activity=sport_word(sport, sub_sport),
        origin=recording.origin,
        duration_s=elapsed if timer is None else timer,
        distance_m=_positive(row, "total_distance"),
        energy_kcal=_positive(row, "total_calories"),
        hr_mean=_positive(row, "avg_heart_rate") or mean,
        hr_max=_positive(row, "max_heart_rate") or highest,
        elevation_gain_m=None if virtual else climbed,
        details=_details(row, parts.within(start, end)) | made_up,
    )


def _is_virtual(recording: Recording, said: Mapping[str, object]) -> bool:
    """Whether places and hills of a session are those of a made-up world."""
    return recording.is_virtual or said.get("sub_sport") == _VIRTUAL


def _of_records(recording: Recording, track: Track, parts: Parts) -> Workout:
    start, end = (int(track.time[row]) for row in (0, -1))
    sport = _sport(recording.fit)
    said, sub_sport = str(sport.get("sport", "")), str(sport.get("sub_sport", ""))
    segment = segments(track.time, np.zeros(len(track.time), np.int64))
    mean, highest = heart_rate(track.columns)
    far = track.columns.get("distance")
    return Workout(
        key=_key(said, start, end),
        start=start,
        end=end,
        offset_min=recording.offset(start),
        activity=sport_word(said, sub_sport),
        origin=recording.origin,
        duration_s=active_seconds(track.time, segment),
        distance_m=distance_m(track.columns, segment) if far is None else round(float(np.nanmax(far)), 2),
        hr_mean=mean,
        hr_max=highest,
        details=_details(sport, parts.within(start, end)),
    )


def _sport(fit: FitFile) -> Row:
    """Return what a file without a session says of its sport: of itself, or of its first lap."""
    rows = [row for kind in ("sport", "lap") for row in _rows(fit.messages(kind), 1)]
    said = next((row for row in rows if "sport" in row), {})
    return {name: said[name] for name in ("sport", "sub_sport", "name") if name in said}


def _key(sport: str, start: int, until: int | None) -> str:
    """Return a workout's key, with the end of what is there if nothing says that it is all."""
    key = f"{sport or 'unknown'}|{format_instant(start)}"
    return key if until is None else f"{key}|until {format_instant(until)}"


def _span(row: Row) -> tuple[int, int] | None:
    """Return start and end of a session; None without a date."""
    seconds = min(
        _positive(row, "total_elapsed_time") or _positive(row, "total_timer_time") or 0.0, _LONGEST_S
    )
    start, written = _instant(row, "start_time"), _instant(row, "timestamp")
    lasts = round(seconds * SECOND_NS)
    if start is None:
        start = None if written is None else written - lasts
    if start is None:
        return None
    return start, start + lasts if lasts or written is None else max(start, written)


def _details(row: Row, parts: dict[str, object]) -> dict[str, object]:
    names = {name: row[name] for name in ("sport", "sub_sport") if row.get(name)}
    others = {
        name: value for name, value in row.items() if name not in _SAID and not name.startswith("enhanced_m")
    }
    return names | others | {name: part for name, part in parts.items() if part}


def _plain(row: Row, start: int) -> Row:
    """Return a lap or length JSON-able: its start as text, without times and numbers that count rows."""
    left = ("timestamp", "start_time", "message_index")
    return {"start": format_instant(start), **{name: row[name] for name in row if name not in left}}


def _rows(messages: Columns, most: int) -> list[Row]:
    """Return the first messages as dicts of what they say, without places and zeros of absent sensors."""
    known = fields_of(messages.message)
    columns: dict[str, Sequence[float | str]] = {}
    for name in messages.numeric():
        field = known.get(name)
        if field is None or field.units != "semicircles":
            is_word = field is not None and bool(field.words) and name not in ("timestamp", "start_time")
            columns[name] = messages.words(name) if is_word else messages.number(name).tolist()
    return [
        {
            name: value
            for name, value in zip(columns, values)
            if value != "" and value == value and not (value == 0 and name.endswith(_SENSORS))
        }
        for values in islice(zip(*columns.values()), most)
    ]


def _instant(row: Row, name: str) -> int | None:
    found = int(instants_of(np.array([_number(row, name) or np.nan]))[0])
    return None if found == NO_INSTANT else found


def _number(row: Row, name: str) -> float | None:
    value = row.get(name)
    return value if isinstance(value, float) else None


def _positive(row: Row, name: str) -> float | None:
    value = _number(row, name)
    return value if value is not None and value > 0 else None
