"""The Samsung Health adapter: finds the tables in a zip or folder and gives each row to who reads its type.

The idea: every table says on its first line what it is, and its name is not asked. Profiles of devices and
stages of sleep come first, because rows of others point to them. Of two tables that say the same one is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.batches import Batches
from adapters.formats.clocks import Zone
from adapters.formats.counting import WHOLE_FILE, Count, left_whole
from adapters.samsung_health.blobs import Blobs
from adapters.samsung_health.days import Days
from adapters.samsung_health.devices import Devices
from adapters.samsung_health.entries import Entry, Reader
from adapters.samsung_health.envelope import ADAPTER, LEFT, PEEK, Kind, Table, kinds, title_of
from adapters.samsung_health.exercises import Exercises
from adapters.samsung_health.measures import Measures
from adapters.samsung_health.nights import Nights, Stages
from adapters.samsung_health.times import Times
from vault.errors import InputError, MalformedFile
from vault.records import Record, Rejection

if TYPE_CHECKING:
    from adapters.base import Progress

__all__ = ["SamsungHealth"]

_SUFFIX = ".csv"
_ORDER = ("devices", "stages", "nights")
_PERSON = re.compile(r"samsunghealth_(.+)_\d{8,14}", re.IGNORECASE)
_UNKNOWN, _NO_TABLE = "not-read", "not-recognised"


class SamsungHealth:
    """What ``adapters`` finds under the name "samsung_health"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="Samsung Health",
        how_to_export="Samsung Health: Settings, Download personal data; copy the folder from the phone",
        reads=(
            "heart rate, HRV (SDNN and RMSSD a window), blood oxygen, breathing, stress, skin temperature",
            "sleep with stages and Samsung's scores; the energy score",
            "exercises with live values and route",
            "steps and floors by the minute and device; steps, energy and activity of each day",
            "weight and body composition, blood pressure, glucose, temperature, water, caffeine, nutrition",
            "the older export of 2017 to 2020, whose clocks are local",
        ),
        leaves=(
            "rows of single devices where Samsung gives their sum for the day, and the minutes of that sum",
            "sleep_combined, pedometer_day_summary and food_intake, where the tables they repeat are there",
            "movement, snoring, breathing exercises, mood: units or codes that nobody has documented",
            "ECG, recovery heart rate and the older export's blobs: not documented either",
            "names of food, profile, friends, goals, badges, programmes, preferences, weather, pictures",
            "the copy Samsung's privacy office sends: other tables, under other names",
        ),
        metrics=(
            "blood_glucose_molar", "blood_pressure.diastolic", "blood_pressure.systolic", "body_fat_mass",
            "body_fat_percentage", "body_mass", "body_temperature", "body_water_mass", "caffeine",
            "carbohydrate_intake", "distance", "energy_intake", "fat_intake", "flights_climbed", "heart_rate",
            "height", "hrv_rmssd", "hrv_sdnn", "hydration", "lean_body_mass", "muscle_mass", "protein_intake",
            "respiratory_rate", "respiratory_rate_sleep_avg", "skin_temperature", "sleep_stage", "spo2",
            "steps", "steps_daily", "stress_score", "vo2_max",
        ),
    )  # fmt: skip

    def detect(self, path: Path) -> Found | None:
        """Recognise an export by a table that says it is Samsung's."""
        with Archive(path) as archive:
            if not any(_title(archive, member) for member in archive.examples(_SUFFIX)):
                return None
        return Found(ADAPTER, "Samsung Health export", 1.0, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile without a table, InputError for exports of two people."""
        with Archive(path) as archive:
            found = {
                member.name: title
                for member in archive.candidates(_SUFFIX)
                if (title := _title(archive, member))
            }
            if not found:
                raise MalformedFile("no table of Samsung Health in it")
            _refuse_two(archive)
            yield from _Reading(archive, found, options).records()
            yield from archive.sources()


def _title(archive: Archive, member: Member) -> str | None:
    """Return the type of data a table says it has, or None if it is no table or can't be opened."""
    try:
        with archive.open(member) as stream:
            title = title_of(stream.read(PEEK))
    except InputError:
        return None
    return None if title is None else title[0]


def _refuse_two(archive: Archive) -> None:
    parts = {part for member in archive.members for part in member.name.split("/")[:-1]}
    people = {match[1].casefold() for part in parts if (match := _PERSON.fullmatch(part))}
    if len(people) > 1:
        hint = "hand over the export of one person at a time, each to a vault of their own"
        raise InputError("exports of more than one person in one place", hint=hint, code="several-people")


class _Reading:
    """One reading of one export; ``found`` are the tables' types by the names of their files."""

    def __init__(self, archive: Archive, found: dict[str, str], options: Options) -> None:
        self._archive = archive
        self._found = found
        self._zone = Zone.of(options)
        self._progress: Progress | None = options.progress
        self._batches, self._blobs = Batches(), Blobs(archive)
        devices = Devices()
        self._stages = Stages(devices)
        self._readers: dict[str, Reader] = {
            "devices": devices,
            "stages": self._stages,
            "nights": Nights(devices, self._stages),
            "days": Days(devices, self._batches),
            "exercises": Exercises(devices, self._blobs, self._batches),
            "measures": Measures(devices, self._blobs, self._batches),
        }
        self._total, self._done = sum(member.size for member in archive.members), 0

    def records(self) -> Iterator[Record]:
        tables: list[tuple[Kind, Member]] = []
        for member in self._archive.members:
            kind = self._kind(member)
            if isinstance(kind, Kind):
                tables.append((kind, member))
            elif kind is not None:
                yield kind
        # The newest export first: of a row that is in several, its last state is taken.
        tables.sort(key=lambda one: one[1].basename, reverse=True)
        tables.sort(key=lambda one: _turn(one[0]))
        for _, group in groupby(tables, key=lambda one: _turn(one[0])):
            yield from self._type(list(group))
        self._stages.rest(self._batches)
        yield from self._batches.rest()
        yield from self._blobs.rest(frozenset(kind.datatype for kind, _ in tables))

    def _kind(self, member: Member) -> Kind | Record | None:
        """Return the type of a table that is read; else what became of the file, None for a document."""
        if self._blobs.owns(member):
            return None
        datatype = self._found.get(member.name)
        if datatype is None:
            is_table = member.name.lower().endswith(_SUFFIX)
            return Rejection(_NO_TABLE, member.name, 0) if is_table else left_whole(member.name, WHOLE_FILE)
        kind = kinds().get(datatype)
        if kind is None or kind.room == LEFT:
            return left_whole(member.name, _UNKNOWN if kind is None else kind.why)
        return left_whole(member.name, "mirror") if kind.mirror_of in self._found.values() else kind

    def _type(self, tables: list[tuple[Kind, Member]]) -> Iterator[Record]:
        """Yield the records of all tables of a type, of both layouts, then what became of their rows."""
        counts = [Count(member.name) for _, member in tables]
        seen: set[int] | None = set() if len(tables) > 1 else None
        for (kind, member), count in zip(tables, counts):
            yield from self._table(member, kind, count, seen)
            self._done += member.size
            if self._progress is not None:
                self._progress(self._done + self._blobs.size_read, self._total)
        yield from self._readers[tables[0][0].room].end()
        yield from self._batches.rest()
        yield from (count.tally() for count in counts)
        yield from self._blobs.tallies()

    def _table(self, member: Member, kind: Kind, count: Count, seen: set[int] | None) -> Iterator[Record]:
        line, reader = 0, self._readers[kind.room]
        try:
            with self._archive.open(member) as stream:
                table = Table(stream)
                times = Times(table.is_old, self._zone)
                for line, row in table:
                    if isinstance(row, str):
                        yield count.reject(row, line)
                    elif seen is not None and _is_known(row.get("datauuid", ""), seen):
                        count.repeat()
                    else:
                        yield from reader.row(Entry(row, line, member, kind, times, count))
        except InputError as error:
            yield count.reject(reason_of(error, "malformed-csv"), line)


def _is_known(key: str, seen: set[int]) -> bool:
    """Say whether a row's id was seen before; remember it, as a number, because there are many."""
    known = bool(key) and hash(key) in seen
    seen.add(hash(key))
    return known


def _turn(kind: Kind) -> tuple[int, str, str]:
    """Return what a table is read in order of; tables that read as the same are of one type."""
    place = _ORDER.index(kind.room) if kind.room in _ORDER else len(_ORDER)
    return place, kind.room, kind.reads_as
