"""The Tonal adapter: finds workout activities in a file of ToneGet or of Tonal's service, and reads them.

The idea: a file is read as it goes, twice: the names of one's own workouts stand behind the workouts. What a
movement is called, the file does not say at all; a library of movements beside it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.clocks import Zone
from adapters.formats.counting import Count, Unused
from adapters.formats.files import peek
from adapters.formats.items import listed
from adapters.formats.packed import unpacked
from adapters.formats.values import text
from adapters.progress import in_turn
from adapters.tonal.sets import known_movements, movement_of, sets_of
from adapters.tonal.workouts import ADAPTER, profile, strength_scores, workout_of
from vault.errors import InputError, MalformedFile
from vault.records import Record, Rejection, Score

__all__ = ["Tonal"]

_ENDINGS = (".json", ".json.gz")
_ACTIVITIES = re.compile(rb'"exportedWith"\s*:\s*"ToneGet|"workoutSetActivity"\s*:|"totalConcentricWork"\s*:')
_LIBRARY = re.compile(rb'"muscleGroups"\s*:')
_PARTS = frozenset(("workouts", "workout", "movements", "movement", "customWorkouts", "strengthScoreHistory"))
"""What a document may be made of; one of a single activity or a list of them has no such parts."""
_WORKOUTS = ("", "workout", "workouts")
_LEFT = dict.fromkeys(("", "movement", "movements", "customWorkouts"), "names") | {
    "currentStrengthScores": "mirror"
}
_PERSONAL = "personal"
"""Why a part is left that is read for the names in it at most; what is not listed is about the person."""


class Tonal:
    """What ``adapters`` finds under the name "tonal"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="Tonal",
        how_to_export=(
            "Tonal has no export. ToneGet, a tool by others, signs in with your account and writes "
            "tonal_workouts_....json; it may stop to work, and Tonal's terms may not like it. "
            "Tonal's app writes workouts without their sets to Apple Health and Health Connect"
        ),
        reads=(
            "workouts with their sets: repetitions, load of a cable, volume, work, repetitions in reserve",
            "strength scores, as Tonal's",
            "a library of movements (JSON) beside the file, for the names of the movements",
        ),
        leaves=(
            "user and profile: name, mail, birthday, totals; the weight in the settings is kept as a score",
            "activities of other sources that Tonal mirrors; workouts never begun; deleted ones",
            "current strength scores: the history has them",
            "exportedAt: it is local time with the letter of UTC",
            "energy burned: the file has none, work is not that",
        ),
        metrics=(),
    )

    def detect(self, path: Path) -> Found | None:
        """Recognise a file by the keys its activities have."""
        with Archive(path) as archive:
            if not any(_kind(archive, member) == _ACTIVITIES for member in archive.examples(*_ENDINGS)):
                return None
        return Found(ADAPTER, "Tonal workouts", 0.95, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if there are no workouts of Tonal in it."""
        with Archive(path) as archive:
            found = [(_kind(archive, member), member) for member in archive.candidates(*_ENDINGS)]
            if not any(kind == _ACTIVITIES for kind, _ in found):
                raise MalformedFile("no workouts of Tonal in it")
            yield from _Reading(archive, options).records(found)
            yield from archive.sources()


def _kind(archive: Archive, member: Member) -> re.Pattern[bytes] | None:
    """Return the mark of what a document is, or None."""
    try:
        head = peek(archive, member)
    except InputError:
        return None
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in (b"{", b"["):
        return None
    return next((kind for kind in (_ACTIVITIES, _LIBRARY) if kind.search(head)), None)


class _Reading:
    """One reading of one export."""

    def __init__(self, archive: Archive, options: Options) -> None:
        self._archive = archive
        self._progress = options.progress
        self._home = Zone.of(options)
        self._movements = dict(known_movements())
        self._titles: dict[str, str] = {}
        self._offsets: dict[str, int] = {}
        self._scores: dict[int, tuple[int, list[Score]]] = {}

    def records(self, found: list[tuple[re.Pattern[bytes] | None, Member]]) -> Iterator[Record]:
        for kind, member in found:
            if kind is not None:
                self._learn(member)
        for kind, member in in_turn(found, self._progress, lambda pair: pair[1].size):
            if kind is None:
                yield Rejection("unknown-document", member.name, 0)
            else:
                yield from self._document(member)
        for _, scores in self._scores.values():
            yield from scores

    def _learn(self, member: Member) -> None:
        """Learn the names of movements and of one's own workouts, as far as the document is whole."""
        try:
            for part, said in self._entries(member):
                if part == "customWorkouts":
                    named = (
                        (key, text(one.get("title"))) for key, one in said.items() if isinstance(one, dict)
                    )
                    self._titles |= dict(named)
                elif (movement := movement_of(said)) is not None:
                    self._movements[movement[0]] = movement[1]
        except InputError:
            return  # what is wrong is said when it is read again

    def _entries(self, member: Member) -> Iterator[tuple[str, Any]]:
        """Yield the entries of a document and the part of it they are in."""
        with self._archive.open(member) as stream:
            for keys, said in listed(unpacked(stream), _PARTS.__contains__):
                yield (keys[0] if keys else "", said if isinstance(said, dict) else {})

    def _document(self, member: Member) -> Iterator[Record]:
        """Yield the records of a document, as far as it is whole, and its count."""
        count, position = Count(member.name), 0
        try:
            for position, (part, said) in enumerate(self._entries(member), 1):
                if part == "strengthScoreHistory":
                    yield from count.settle(self._history(said), position)
                elif part in _WORKOUTS and movement_of(said) is None:
                    yield from count.settle(self._workout(said), position)
                else:
                    count.leave(_LEFT.get(part, _PERSONAL))
        except InputError as error:
            yield count.reject(reason_of(error, "malformed-json"), position + 1)
        yield count.tally()

    def _workout(self, said: Any) -> list[Record] | Unused:
        workout = workout_of(said, self._titles)
        if isinstance(workout, Unused):
            return workout
        if workout.key in self._offsets:
            return Unused("", "repeated")
        self._offsets[workout.key] = workout.offset_min
        return [workout, *sets_of(said, workout, self._movements), *profile(said, workout)]

    def _history(self, said: Any) -> list[Record] | Unused:
        """Keep the last scores of each day, to be handed on in the end."""
        offset_min = self._offsets.get(text(said.get("workoutActivityId")))
        told = strength_scores(said, offset_min, self._home)
        if isinstance(told, Unused):
            return told
        day = told[1][0].day
        before = self._scores.get(day)
        if before is None or before[0] < told[0]:
            self._scores[day] = told
        return [] if before is None else Unused("", "repeated")
