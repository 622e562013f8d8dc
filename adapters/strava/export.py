"""The Strava adapter: a row of activities.csv is a workout, its file gives what was recorded along it.

The idea: the row knows what people call it and how far it was, the file when it began and where. The workout
has Strava's id; what stands in the row wins, the rest comes from the file. A file that can't be read costs
its streams, not the workout; a row that can't be read costs nothing of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.fit import ADAPTER as FIT
from adapters.formats.tracks import offset_at
from adapters.formats.words import activity_word
from adapters.strava.activities import Activity, is_activities, read_activities
from adapters.strava.files import ADAPTER, SOURCE, is_track, read_file
from adapters.tables import table
from vault.errors import InputError, MalformedFile
from vault.records import Origin, Record, Rejection, Score, Stream, StrengthSet, Workout
from vault.time import DAY_NS, MINUTE_NS, SECOND_NS, UNKNOWN_OFFSET, format_instant

__all__ = ["Strava"]

_PEEK = 1 << 16
_APP = "strava"
_PLACES = ("latitude", "longitude")
_SPELLING = re.compile(r"[\W_]+")
_APART_NS = 2 * MINUTE_NS
_LONGEST_S = 30 * 86_400.0
_OWN = ("moving_s", "distance_m", "energy_kcal", "hr_mean", "hr_max", "elevation_gain")
"""Facts a workout has fields for."""
_EFFORT, _EFFORT_SCORE = "relative_effort", "strava_relative_effort"
"""Of a workout, in its details; and of a day, the sum of its workouts."""


class Strava:
    """What ``adapters`` finds under the name "strava"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="Strava",
        how_to_export="strava.com: Settings, My Account, Download or Delete Your Account, Request Archive",
        reads=(
            "activities.csv of any year, in any language that keeps the order of its columns",
            "the activities' files: FIT, TCX and GPX, packed or not, as streams, laps, beats, sets",
            "Relative Effort: with the workout, and added up for a day as Strava's score",
            "files without a row",
        ),
        leaves=(
            "routes: planned, nobody has ridden them",
            "photos, comments, clubs, logins, devices, profile: nothing of health, much of others",
            "weather and moon of the day",
            "places of virtual rides: nobody was there",
        ),
        metrics=FIT.coverage.metrics,
    )

    def detect(self, path: Path) -> Found | None:
        """Recognise an export by its table of activities."""
        with Archive(path) as archive:
            if _table(archive) is None:
                return None
        return Found(ADAPTER, "Strava export", 1.0, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if there is no table of activities."""
        with Archive(path) as archive:
            table = _table(archive)
            if table is None:
                raise MalformedFile("no table of a Strava export in it")
            yield from _Reading(archive, table, options).records()
            yield from archive.sources()


def _table(archive: Archive) -> Member | None:
    """Return the table of activities: a CSV file that begins as one."""
    for member in archive.members:
        if member.name.lower().endswith(".csv") or len(archive.members) == 1:
            try:
                with archive.open(member) as stream:
                    if is_activities(stream.read(_PEEK)):
                        return member
            except InputError:
                continue
    return None


class _Reading:
    """One reading of one export; ``_files`` are those no row has asked for yet, by name."""

    def __init__(self, archive: Archive, table: Member, options: Options) -> None:
        self._archive = archive
        self._table = table
        self._home, self._progress = options.timezone, options.progress
        self._days_in = options.timezone or options.home
        self._efforts: dict[int, float] = {}
        self._folder = table.name[: len(table.name) - len(table.basename)]
        self._files = {
            member.name: member
            for member in archive.members
            if member.name.startswith(self._folder + "activities/") and is_track(member.name)
        }
        self._total = sum(member.size for member in self._files.values())
        self._done = 0

    def records(self) -> Iterator[Record]:
        try:
            with self._archive.open(self._table) as stream:
                for found in read_activities(stream, self._table.name):
                    yield from self._activity(found) if isinstance(found, Activity) else (found,)
        except InputError as error:
            yield Rejection(reason_of(error), self._table.name, 0)
        for member in list(self._files.values()):
            yield from map(_labelled, self._told(member, virtual=False))
        for day, effort in sorted(self._efforts.items()):
            yield Score(day, Origin(SOURCE, ADAPTER, app=_APP), _EFFORT_SCORE, effort)

    def _activity(self, row: Activity) -> Iterator[Record]:
        member = self._files.pop(self._folder + row.file, None)
        if row.file and member is None:
            yield Rejection("missing-file", self._table.name, row.line)
        sport = _sports().get(_plain(row.type), _Sport(activity_word(row.type)))
        told = list(self._told(member, virtual=sport.is_virtual)) if member else []
        workouts = [record for record in told if isinstance(record, Workout)]
        made = [self._workout(row, sport, seen, part) for part, seen in _parts(workouts)]
        if None in made:
            yield Rejection("bad-date", self._table.name, row.line)
        own = {seen.key: workout for seen, workout in zip(workouts, made) if workout}
        yield from (workout for workout in made if workout)
        if made[0] and _EFFORT in row.facts:
            day = self._day(made[0])
            self._efforts[day] = self._efforts.get(day, 0.0) + row.facts[_EFFORT]
        for record in told:
            if not isinstance(record, Workout):
                yield _belonging(record, own, is_virtual=sport.is_virtual)

    def _day(self, workout: Workout) -> int:
        """Return the local day of a workout; that of UTC if nobody knows the zone."""
        offset_min = offset_at(workout.start, workout.offset_min, self._days_in)
        known = 0 if offset_min == UNKNOWN_OFFSET else offset_min
        return (workout.start + known * MINUTE_NS) // DAY_NS

    def _told(self, member: Member, *, virtual: bool) -> Iterator[Record]:
        yield from read_file(self._archive, member, self._home, virtual=virtual)
        self._done += member.size
        if self._progress is not None:
            self._progress(self._done, self._total)

    def _workout(self, row: Activity, sport: _Sport, seen: Workout | None, part: str) -> Workout | None:
        """Return the workout of a row and of what its file has seen; None if neither knows when it was.

        A file of several sports, whose totals the row has, says itself how long and far each of them was.
        """
        start = seen.start if seen else row.start
        if start is None:
            return None
        facts = {} if part else row.facts
        elapsed = min(max(row.elapsed_s or 0.0, 0.0), _LONGEST_S)
        return Workout(
            key=row.id + part,
            start=start,
            end=seen.end if seen else start + round(elapsed * SECOND_NS),
            offset_min=seen.offset_min if seen else offset_at(start, UNKNOWN_OFFSET, self._home),
            activity=seen.activity if seen and (part or sport.word == "other") else sport.word,
            origin=_origin(seen),
            duration_s=facts.get("moving_s", seen.duration_s if seen else None),
            distance_m=facts.get("distance_m", seen.distance_m if seen else None),
            energy_kcal=facts.get("energy_kcal", seen.energy_kcal if seen else None),
            hr_mean=facts.get("hr_mean", seen.hr_mean if seen else None),
            hr_max=facts.get("hr_max", seen.hr_max if seen else None),
            elevation_gain_m=facts.get("elevation_gain", seen.elevation_gain_m if seen else None),
            details=_details(row, seen, start),
        )


def _parts(workouts: list[Workout]) -> Iterator[tuple[str, Workout | None]]:
    """Yield each workout of a file with what tells it apart, nothing if it is the only one."""
    if not workouts:
        yield "", None
    for number, workout in enumerate(workouts, 1):
        yield (f"/{number}" if len(workouts) > 1 else ""), workout


def _details(row: Activity, seen: Workout | None, start: int) -> dict[str, object]:
    facts = {name: value for name, value in row.facts.items() if name not in _OWN}
    told = {"name": row.name, "type": row.type, "description": row.description, "gear": row.gear} | facts
    if row.start is not None and abs(row.start - start) > _APART_NS:
        told["listed_start"] = format_instant(row.start)
    said: dict[str, object] = {name: value for name, value in told.items() if value != ""}
    return said | ({"file": dict(seen.details)} if seen and seen.details else {})


def _origin(seen: Workout | None) -> Origin:
    """Return Strava, with the device if the file names it."""
    return Origin(SOURCE, ADAPTER, device=seen.origin.device if seen else None, app=_APP)


def _belonging(record: Record, own: dict[str, Workout], *, is_virtual: bool) -> Record:
    """Return a record of a file as one of the row's workout."""
    if not isinstance(record, Stream | StrengthSet) or record.workout not in own:
        return record
    workout = own[record.workout]
    record = replace(record, workout=workout.key, origin=workout.origin)
    if isinstance(record, Stream) and is_virtual:
        columns = {name: column for name, column in record.columns.items() if name not in _PLACES}
        record = replace(record, columns=columns)
    return record


def _labelled(record: Record) -> Record:
    """Return a record of a file without a row: Strava's all the same."""
    if isinstance(record, Workout | Stream | StrengthSet):
        return replace(record, origin=replace(record.origin, app=_APP))
    return record


@dataclass(frozen=True, slots=True)
class _Sport:
    word: str
    is_virtual: bool = False


@cache
def _sports() -> dict[str, _Sport]:
    rows = table("adapters.strava", "types.csv")
    return {_plain(row["said"]): _Sport(row["word"], row["virtual"] == "yes") for row in rows}


def _plain(said: str) -> str:
    return _SPELLING.sub("", said).casefold()
