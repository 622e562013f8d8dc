"""The Technogym adapter: the JSON files of a mywellness export, and workouts saved from its web site.

The idea: files are known by their keys; their names only tell what an empty list is a list of. Exercises are
gathered first, since a visit to the gym is many records and their order is nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.batches import Batches
from adapters.formats.clocks import Zone
from adapters.formats.counting import Count, Unused
from adapters.formats.files import peek
from adapters.formats.items import items
from adapters.formats.values import text
from adapters.progress import in_turn
from adapters.technogym.biometrics import measure
from adapters.technogym.cardio_log import cardio_log
from adapters.technogym.gym import Exercise, exercise_of, records_of, visits
from adapters.technogym.outdoors import outdoor
from adapters.technogym.properties import ADAPTER
from vault.errors import InputError, MalformedFile
from vault.records import Record, Rejection, Workout
from vault.time import zone

__all__ = ["Technogym"]

_INDOOR, _OUTDOOR, _BODY, _SAVED, _ACCOUNT, _EMPTY = "indoor", "outdoor", "body", "saved", "account", "empty"
_MARKS = (
    (_INDOOR, re.compile(rb'"performedData"\s*:')),
    (_OUTDOOR, re.compile(rb'"physicalActivityData"\s*:')),
    (_BODY, re.compile(rb'"measuredOn"\s*:')),
    (_SAVED, re.compile(rb'"analitics"\s*:|"uM"\s*:.*"rawValue"\s*:', re.DOTALL)),
    (_ACCOUNT, re.compile(rb'"credentialId"\s*:')),
)
_READ = (_INDOOR, _OUTDOOR, _BODY, _SAVED)
_LISTS = ("indooractivities", "outdooractivities", "biometrics")
_NOTHING = re.compile(rb"\s*\[\s*\]\s*")
_SUFFIX, _BRACKETS, _UTF_8 = ".json", (b"{", b"["), b"\xef\xbb\xbf"


class Technogym:
    """What ``adapters`` finds under the name "technogym"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="Technogym (mywellness)",
        how_to_export=(
            "Technogym app: Profile, Settings, Export data, or ask Technogym for your data (GDPR); "
            "a zip comes by mail"
        ),
        reads=(
            "indoor activities: a workout a cardio exercise, one for the strength exercises of a visit, sets",
            "outdoor activities",
            "biometrics: weight, body composition, VO2max, tests",
            "what was saved from the old web site (CardioLog, JSON): totals, and power, cadence, speed, way",
        ),
        leaves=(
            "masterdata: name, mail, birthday; its time zone rules clocks that bring none",
            "the gym, the user's id, the time a record was stored",
            "what a machine is called: the export has only its id",
        ),
        metrics=(
            "bmi", "body_fat_mass", "body_fat_percentage", "body_mass", "bone_mass", "height", "muscle_mass",
            "vo2_max",
        ),
    )  # fmt: skip

    def detect(self, path: Path) -> Found | None:
        """Recognise an export by the keys of its files."""
        with Archive(path) as archive:
            candidates = archive.examples(_SUFFIX)
            if not any(_kind(archive, member) in _READ for member in candidates):
                return None
        return Found(ADAPTER, "mywellness export", 0.95, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if no file is one of a mywellness export."""
        with Archive(path) as archive:
            found = [(_kind(archive, member), member) for member in archive.candidates(_SUFFIX)]
            if not any(kind in _READ for kind, _ in found):
                raise MalformedFile("no file of a mywellness export in it")
            yield from _Reading(archive, options).records(found)
            yield from archive.sources()


def _kind(archive: Archive, member: Member) -> str:
    """Return what a document is, or nothing; an empty list is what its name says."""
    try:
        head = peek(archive, member).removeprefix(_UTF_8)
    except InputError:
        return ""
    if head.lstrip()[:1] not in _BRACKETS:
        return ""
    if _NOTHING.fullmatch(head):
        return _EMPTY if member.basename.lower().startswith(_LISTS) else ""
    return next((kind for kind, mark in _MARKS if mark.search(head)), "")


class _Reading:
    """One reading of one export."""

    def __init__(self, archive: Archive, options: Options) -> None:
        self._archive = archive
        self._options = options
        self._zone = Zone.of(options)
        self._exercises: dict[str, Exercise] = {}
        self._seen: set[str] = set()
        self._batches = Batches()

    def records(self, found: list[tuple[str, Member]]) -> Iterator[Record]:
        """Yield the records of all files; those of visits last, when all exercises are known."""
        in_order = sorted(found, key=lambda pair: pair[0] != _ACCOUNT)
        for kind, member in in_turn(in_order, self._options.progress, lambda pair: pair[1].size):
            if kind == "":
                yield Rejection("unknown-document", member.name, 0)
            else:
                yield from self._document(kind, member)
        for visit in visits(self._exercises.values()):
            yield from records_of(visit)
        yield from self._batches.rest()

    def _document(self, kind: str, member: Member) -> Iterator[Record]:
        """Yield the records of a document, as far as it is whole, and its count."""
        count, position = Count(member.name), 0
        try:
            with self._archive.open(member) as stream:
                for position, said in enumerate(items(stream), 1):
                    yield from count.settle(self._records(kind, said), position)
                    yield from self._batches.full()
        except InputError as error:
            yield count.reject(reason_of(error, "malformed-json"), position + 1)
        yield count.tally()

    def _records(self, kind: str, said: dict[str, Any]) -> list[Record] | Unused:
        """Return the records of an entry, or why there are none now or at all."""
        if kind == _ACCOUNT:
            self._learn(said)
            return Unused("personal")
        if kind == _BODY:
            return measure(said, self._zone, self._batches) or []
        if kind == _INDOOR:
            return self._exercise(said)
        if kind == _OUTDOOR:
            workout = outdoor(said, self._zone)
            return workout if isinstance(workout, Unused) else self._first(workout.key, [workout])
        records = cardio_log(said, self._zone, day_first=self._options.day_first)
        return records if isinstance(records, Unused) else self._first(_key_of(records), records)

    def _exercise(self, said: dict[str, Any]) -> list[Record] | Unused:
        exercise = exercise_of(said, self._zone)
        if isinstance(exercise, Unused):
            return exercise
        if exercise.key in self._exercises:
            return Unused("", "repeated")
        self._exercises[exercise.key] = exercise
        return []

    def _first(self, key: str, records: list[Record]) -> list[Record] | Unused:
        """Return the records of a workout, if it was not told before."""
        if key in self._seen:
            return Unused("", "repeated")
        self._seen.add(key)
        return records

    def _learn(self, said: dict[str, Any]) -> None:
        """Learn the account's zone: clocks without one are assumed to be there, unless a zone was told."""
        try:
            if self._options.timezone is None:
                self._zone = Zone(zone(text(said.get("timezone"))), is_assumed=True)
        except InputError:
            return  # an account without a zone that is known


def _key_of(records: list[Record]) -> str:
    return next(record.key for record in records if isinstance(record, Workout))
