"""The Google Fit adapter: finds the documents of the folder Fit of a Takeout, and reads each thing once.

The idea: an export tells the same steps up to four times. The day's tables come first because they know the
place's clock, then the streams, the sessions, and the tracks; whoever comes later is told what is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.archive import DAMAGED, Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.batches import Batches
from adapters.formats.clocks import Zone
from adapters.formats.counting import Count, left_whole
from adapters.formats.files import peek
from adapters.formats.items import items
from adapters.google_fit.days import ADAPTER, ORIGIN, Days
from adapters.google_fit.kinds import DAY, SESSION, STREAM, SUMMARY, TRACK, is_empty, kind_of, source_of
from adapters.google_fit.sessions import Sessions
from adapters.google_fit.streams import Streams, chosen, type_of
from adapters.progress import in_turn
from vault.errors import InputError, MalformedFile

if TYPE_CHECKING:
    from vault.records import Record

__all__ = ["GoogleFit"]

_ENDINGS = (".csv", ".json", ".tcx")
_FOLDER = re.compile(r"(^|/)Fit/")
_ORDER = (DAY, SUMMARY, STREAM, SESSION, TRACK)
_POINTS = "Data Points"
_MALFORMED = {
    DAY: "malformed-csv",
    SUMMARY: "malformed-csv",
    STREAM: "malformed-json",
    SESSION: "malformed-json",
}


class GoogleFit:
    """What ``adapters`` finds under the name "google_fit"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="Google Fit (Takeout)",
        how_to_export="takeout.google.com: Fit, all of its folders; hand over the zip or the folder",
        reads=(
            "day tables: quarter hours with the place's clock; the table of days for days without one",
            "data streams: one of each type, the one that Google merged, or each app's own",
            "sessions: workouts with their totals, sleep with its stages",
            "activities (TCX): the points of a session's workout, or a workout of their own",
        ),
        leaves=(
            "the other copies of the same steps: streams, tables and tracks that tell what is told",
            "least and most of quarter hours, and the box a place lies in",
            "activity segments and places of the streams; cumulative counts",
            "headings in languages other than English, Spanish, Russian and Korean",
        ),
        metrics=(
            "active_minutes", "blood_glucose_molar", "blood_pressure.diastolic", "blood_pressure.systolic",
            "body_fat_percentage", "body_mass", "body_temperature", "cadence_cycling", "carbohydrate_intake",
            "distance", "energy_intake", "fat_intake", "glucose_interstitial", "heart_rate", "height",
            "hydration", "menstrual_flow", "ovulation_test", "power", "protein_intake", "resting_heart_rate",
            "sleep_stage", "speed", "spo2", "steps", "steps_daily", "total_energy_daily",
        ),
    )  # fmt: skip

    def detect(self, path: Path) -> Found | None:
        """Recognise an export by how its documents begin."""
        with Archive(path) as archive:
            members = sorted(archive.examples(*_ENDINGS), key=lambda one: not _FOLDER.search(one.name))
            if not any(_kind(archive, one)[0] not in ("", TRACK) for one in members):
                return None
        return Found(ADAPTER, "Google Fit export", 1.0, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if no document is one of Google Fit's."""
        with Archive(path) as archive:
            kinds = {member: _kind(archive, member) for member in archive.candidates(*_ENDINGS)}
            roots = {_root(one.name) for one, (kind, _) in kinds.items() if kind not in ("", TRACK)}
            if not roots:
                raise MalformedFile("no document of Google Fit in it")
            own = [one for one in archive.members if any(one.name.startswith(root) for root in roots)]
            yield from _Reading(archive, options, kinds).records(own)
            yield from archive.sources()


def _root(name: str) -> str:
    """Return what the names of an export begin with: its documents lie in folders there."""
    folder = name.rpartition("/")[0].rpartition("/")[0]
    return f"{folder}/" if folder else ""


def _kind(archive: Archive, member: Member) -> tuple[str, str]:
    """Return what a document is and, of a stream with points, its source."""
    try:
        head = peek(archive, member)
    except InputError:
        return "", ""
    return kind_of(head), "" if is_empty(head) else source_of(head)


class _Reading:
    """One reading of one export."""

    def __init__(self, archive: Archive, options: Options, kinds: dict[Member, tuple[str, str]]) -> None:
        self._archive, self._progress, self._kinds = archive, options.progress, kinds
        self._chosen = chosen(source for kind, source in kinds.values() if kind == STREAM and source)
        types = frozenset(type_of(source) for source in self._chosen)
        self._days = Days(types, Zone.of(options))
        self._streams = Streams(self._days)
        self._sessions = Sessions(self._days, self._streams.stages)

    def records(self, members: list[Member]) -> Iterator[Record]:
        """Yield the records of the documents, in the order in which they tell each other."""
        for member in in_turn(sorted(members, key=self._place), self._progress, lambda one: one.size):
            yield from self._document(member)
        batches = Batches()
        for start, end, stage in self._sessions.alone():
            batches.add("sleep_stage", start, end, self._days.offset_at(start), stage, ORIGIN)
        yield from batches.rest()

    def _place(self, member: Member) -> int:
        kind, _ = self._kinds.get(member, ("", ""))
        return _ORDER.index(kind) if kind else len(_ORDER)

    def _document(self, member: Member) -> Iterator[Record]:
        """Yield the records of a document as far as it is whole, and what became of its rows."""
        if member not in self._kinds:
            yield left_whole(member.name, "another-file")
            return
        kind, source = self._kinds[member]
        count = Count(member.name)
        try:
            with self._archive.open(member) as stream:
                if kind == DAY:
                    yield from self._days.day(stream, member.basename, count)
                elif kind == SUMMARY:
                    yield from self._days.days(stream, count)
                elif kind == STREAM:
                    points = items(stream, inside=_POINTS)
                    yield from self._streams.read(points, source, self._chosen.get(source), count)
                elif kind == SESSION:
                    yield from self._sessions.read(items(stream), member.basename, count)
                elif kind == TRACK:
                    yield from self._sessions.track(stream, member.basename, count)
                else:
                    stream.read(1)
                    yield count.reject("unknown-document", 0)
        except InputError as error:
            yield count.reject(reason_of(error, _MALFORMED.get(kind, DAMAGED)), 0)
        yield count.tally()
