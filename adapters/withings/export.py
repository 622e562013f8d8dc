"""The Withings adapter: finds the tables in a zip or folder, and reads each by its own header.

The idea: a file's name says which table it should be, and its header has to bear that out. Activities and
nights come first, so that what the raw files recorded can be laid on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.batches import Batches
from adapters.formats.clocks import Zone
from adapters.formats.counting import WHOLE_FILE, Count, left_whole
from adapters.formats.sheets import Sheet, plain
from adapters.progress import in_turn
from adapters.withings.activities import Activities
from adapters.withings.entries import Entry, Reader
from adapters.withings.layouts import ADAPTER, LEFT, TYPED, Kind, headings_of, kind_of
from adapters.withings.measures import Days, Measures, Typed
from adapters.withings.nights import Nights
from adapters.withings.places import Places
from adapters.withings.raw import Rows, samples_of
from vault.errors import InputError, MalformedFile

if TYPE_CHECKING:
    from adapters.withings.layouts import Heading
    from adapters.withings.raw import Bins
    from vault.records import Record

__all__ = ["Withings"]

_SUFFIX = ".csv"
_PERSON = re.compile(r"data_([^_]+)_\d+", re.IGNORECASE)
_ORDER = ("activities", "nights")
_ENOUGH = 1 << 16
_TYPED_COLUMNS = {"type", "date", "value", "unit"}
_COMMA, _SHORT = ";", "short-row"


class Withings:
    """What ``adapters`` finds under the name "withings"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="Withings",
        how_to_export="account.withings.com: Settings, Download your data; a zip comes by mail",
        reads=(
            "weight with fat, bone, muscle and water mass, in kg or lb; height; blood pressure",
            "blood oxygen, temperature, pulse wave velocity; what the body scanner measures, under its names",
            "sleep with the states of watch or mat, snoring and heart rate of the night",
            "activities with their numbers and places",
            "heart rate, HRV, breathing, oxygen, steps, distance and energy of the raw files",
            "steps, distance, climbing and energy of each day",
            "headers in seven languages, and in any other where the units tell the columns",
        ),
        leaves=(
            "ECG signals, movement, mat pressure, quality scores: not documented",
            "comments and notes, which are words; the account and its people",
            "aggregates_manual_spo2: sums of percentages",
            "places outside of activities, and the GPS column of the activities",
            "a header of unknown words without units, as of blood pressure in another language: refused",
        ),
        metrics=(
            "active_energy", "blood_pressure.diastolic", "blood_pressure.systolic", "body_fat_mass",
            "body_mass", "body_temperature", "body_water_mass", "bone_mass", "distance", "heart_rate",
            "height", "hrv_rmssd", "hrv_sdnn", "lean_body_mass", "muscle_mass", "respiratory_rate",
            "sleep_awake", "sleep_deep", "sleep_light", "sleep_rem", "sleep_stage",
            "sleeping_heart_rate_min", "spo2", "steps", "steps_daily",
        ),
    )  # fmt: skip

    def detect(self, path: Path) -> Found | None:
        """Recognise an export by a table whose header is what its name says."""
        with Archive(path) as archive:
            if not any(_is_ours(archive, member) for member in archive.examples(_SUFFIX)):
                return None
        return Found(ADAPTER, "Withings export", 0.95, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile without a table, InputError for exports of two people."""
        with Archive(path) as archive:
            ours = [member for member in archive.members if _is_ours(archive, member)]
            if not ours:
                raise MalformedFile("no table of a Withings export in it")
            _refuse_two(ours)
            yield from _Reading(archive, options).records()
            yield from archive.sources()


def _is_ours(archive: Archive, member: Member) -> bool:
    """Whether a file is one of the tables that are read, by name and header."""
    kind = kind_of(member.basename) if member.name.lower().endswith(_SUFFIX) else None
    if kind is None or kind.room == LEFT:
        return False
    try:
        with archive.open(member) as stream:
            return not isinstance(headings_of(kind.reads_as, Sheet(stream).header), str)
    except InputError:
        return False


def _refuse_two(members: list[Member]) -> None:
    """Withings names an export's folder after the person; without such names every folder is one."""
    folders = {member.name[: -len(member.basename)] for member in members}
    people = {match[1].casefold() if (match := _PERSON.search(folder)) else folder for folder in folders}
    if len(people) > 1:
        hint = "hand over the export of one person at a time, each to a vault of their own"
        raise InputError("exports of more than one person in one place", hint=hint, code="several-people")


class _Reading:
    """One reading of one export."""

    def __init__(self, archive: Archive, options: Options) -> None:
        self._archive = archive
        self._zone = Zone.of(options)
        self._progress = options.progress
        self._batches, self._places = Batches(), Places()
        self._nights, self._activities = Nights(self._batches), Activities(self._places)
        self._readers: dict[str, Reader] = {
            "activities": self._activities,
            "nights": self._nights,
            "measures": Measures(self._batches),
            "typed": Typed(self._batches),
            "days": Days(self._batches),
        }
        self._seen: set[int] = set()
        self._line = 0

    def records(self) -> Iterator[Record]:
        members = [(_kind(member), member) for member in self._archive.members]
        in_order = sorted(members, key=lambda one: _turn(one[0]))
        for kind, member in in_turn(in_order, self._progress, lambda pair: pair[1].size):
            yield from self._file(kind, member)
        yield from self._nights.end()
        yield from self._places.streams()
        yield from self._batches.rest()

    def _file(self, kind: Kind | None, member: Member) -> Iterator[Record]:
        if kind is None and not member.name.lower().endswith(_SUFFIX):
            yield left_whole(member.name, WHOLE_FILE)
            return
        if kind is not None and kind.room == LEFT:
            yield left_whole(member.name, kind.why)
            return
        count, self._line = Count(member.name), 0
        try:
            with self._archive.open(member) as stream:
                sheet = Sheet(stream)
                yield from self._sheet(kind or _by_header(sheet), sheet, count)
        except InputError as error:
            yield count.reject(reason_of(error, "malformed-csv"), 0)
        yield from self._batches.rest()
        yield count.tally()

    def _sheet(self, kind: Kind | None, sheet: Sheet, count: Count) -> Iterator[Record]:
        headings = "not-recognised" if kind is None else headings_of(kind.reads_as, sheet.header)
        if kind is None or isinstance(headings, str):
            yield count.reject(str(headings), 0)
            return
        entries = self._entries(kind, headings, sheet, count)
        if kind.quantity:
            yield from self._raw(kind, entries, count)
            return
        for entry in entries:
            if isinstance(entry, str):
                yield count.reject(entry, self._line)
            elif self._is_known(entry):
                count.repeat()
            else:
                yield from self._readers[kind.room].row(entry)
        if kind.room == "activities":
            yield from self._activities.end()

    def _entries(
        self, kind: Kind, headings: dict[str, Heading], sheet: Sheet, count: Count
    ) -> Iterator[Entry | str]:
        """Yield the rows of a table, or why one can't be read, or all that would follow."""
        columns = {heading.column.name: heading for heading in headings.values()}
        names = {cell: heading.column.name for cell, heading in headings.items()}
        is_comma = sheet.delimiter == _COMMA
        try:
            for self._line, cells in sheet:
                if isinstance(cells, str) or len(cells) < len(sheet.header):
                    yield cells if isinstance(cells, str) else _SHORT
                    continue
                row = {names[cell]: text.strip() for cell, text in cells.items() if cell in names}
                yield Entry(row, self._line, kind, columns, self._zone, count, is_comma)
        except InputError as error:
            yield reason_of(error, "malformed-csv")

    def _is_known(self, entry: Entry) -> bool:
        """Say whether a row is there for the second time; remember it, as a number."""
        number = hash((entry.kind.reads_as, *entry.row.values()))
        known = number in self._seen
        self._seen.add(number)
        return known

    def _raw(self, kind: Kind, entries: Iterator[Entry | str], count: Count) -> Iterator[Record]:
        waiting = Rows()
        for entry in entries:
            reason = entry if isinstance(entry, str) else waiting.add(entry)
            if reason:
                yield count.reject(reason, self._line)
            if len(waiting) > _ENOUGH:
                yield from self._bins(kind, waiting.bins(), count)
                waiting = Rows()
        if len(waiting):
            yield from self._bins(kind, waiting.bins(), count)

    def _bins(self, kind: Kind, bins: Bins, count: Count) -> Iterator[Record]:
        if kind.room == "samples":
            yield from samples_of(bins, kind, count)
        elif kind.room == "states":
            self._nights.states(bins, kind, count)
        else:
            self._places.add(bins, kind, count)


def _kind(member: Member) -> Kind | None:
    return kind_of(member.basename) if member.name.lower().endswith(_SUFFIX) else None


def _by_header(sheet: Sheet) -> Kind | None:
    """Return the kind of a file of another name, if its header is one no other table has."""
    return Kind("typed", TYPED) if set(map(plain, sheet.header)) >= _TYPED_COLUMNS else None


def _turn(kind: Kind | None) -> int:
    return _ORDER.index(kind.room) if kind is not None and kind.room in _ORDER else len(_ORDER)
