"""The Concept2 adapter: season tables of the logbook, and TCX files of single pieces beside them.

The idea: a table has the machine and the comments but only wall clocks; a TCX file has strokes in UTC but
calls every machine "Other". Of a piece that is in both, the table tells what it was and the file when: the
difference of the two clocks is the offset of the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.concept2.season import ADAPTER, ORIGIN, Piece, is_season, read_season
from adapters.formats.files import peek
from adapters.formats.packed import unpacked
from adapters.tcx.records import records_of
from vault.errors import InputError, MalformedFile
from vault.records import Record, Rejection, Stream, Workout
from vault.time import MINUTE_NS, UNKNOWN_OFFSET

__all__ = ["Concept2"]

_TABLE, _TRACK = ".csv", ".tcx"
_LOGBOOK_TCX = re.compile(rb'<TrainingCenterDatabase.*Sport="Other".*StartTime="[0-9T:.-]+Z "', re.DOTALL)
"""No other writer known ends its start times with a blank."""
_OFFSETS = sorted({*range(-12 * 60, 14 * 60 + 1, 30), 345, 525, 765, 825})
"""The UTC offsets of this world, in minutes: half hours, and the quarters of Nepal, Eucla and Chatham."""
_LATE_NS = 2 * MINUTE_NS
"""``Date`` is cut to the minute, and the monitor stores a piece a while after its last stroke."""
_NEAR = 1.0
"""Seconds and metres by which table and file may differ in what they round."""


class Concept2:
    """What ``adapters`` finds under the name "concept2"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="Concept2 Logbook",
        how_to_export="log.concept2.com: History, Download season as CSV; and, for strokes, a workout's TCX",
        reads=(
            "season tables (CSV): a workout a piece, by its log ID, with pace, power, strokes, comments",
            "TCX files of pieces: strokes as a stream of the table's workout if it is there too",
        ),
        leaves=(
            "age, and the weight class, which is no body weight",
            "the CSV of single strokes: it does not say when it was",
            "which machine a TCX file is of, if the season table is not there: they all say Other",
        ),
        metrics=(),
    )

    def detect(self, path: Path) -> Found | None:
        """Recognise a season table by its header, a logbook's TCX file by how it writes times."""
        with Archive(path) as archive:
            if not any(_kind(archive, member) for member in archive.examples(_TABLE, _TRACK, _TRACK + ".gz")):
                return None
        return Found(ADAPTER, self.coverage.title, 0.9, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if there is neither a table nor a track of the logbook."""
        with Archive(path) as archive:
            kinds = [(_kind(archive, member), member) for member in archive.members]
            tables = [member for kind, member in kinds if kind == _TABLE]
            tracks = [member for kind, member in kinds if kind == _TRACK]
            if not tables and not tracks:
                raise MalformedFile("no season table and no TCX file of a logbook in it")
            yield from _Reading(archive, options).records(tables, tracks)
            yield from archive.sources()


@dataclass
class _Entry:
    """A piece of a table; ``told`` is (start in UTC ns, offset in minutes) once a track has told them."""

    piece: Piece
    told: tuple[int, int] | None = None


class _Reading:
    def __init__(self, archive: Archive, options: Options) -> None:
        self._archive = archive
        self._zone = options.timezone
        self._home = options.home
        self._entries: dict[str, _Entry] = {}

    def records(self, tables: list[Member], tracks: list[Member]) -> Iterator[Record]:
        for member in tables:
            yield from self._table(member)
        for member in tracks:
            yield from self._track(member)
        for entry in self._entries.values():
            yield entry.piece.workout(*(entry.told or self._start(entry.piece)))

    def _start(self, piece: Piece) -> tuple[int, int]:
        """Return start and offset; that of home is only assumed, so it is not recorded."""
        start, offset_min = piece.start(self._zone or self._home)
        return start, UNKNOWN_OFFSET if self._zone is None else offset_min

    def _table(self, member: Member) -> Iterator[Record]:
        try:
            with self._archive.open(member) as stream:
                for found in read_season(stream, member.name):
                    if isinstance(found, Piece):
                        self._entries.setdefault(found.key, _Entry(found))
                    else:
                        yield found
        except InputError as error:
            yield Rejection(reason_of(error), member.name, 0)

    def _track(self, member: Member) -> Iterator[Record]:
        key: str | None = None
        try:
            with self._archive.open(member) as stream:
                for record in records_of(unpacked(stream), file=member.name, home=self._zone):
                    if isinstance(record, Workout):
                        key = self._piece_of(record)
                        if key is None:
                            yield replace(record, origin=ORIGIN)
                    elif isinstance(record, Stream):
                        yield replace(record, workout=key or record.workout, origin=ORIGIN)
                    else:
                        yield record
        except InputError as error:
            yield Rejection(reason_of(error), member.name, 0)

    def _piece_of(self, track: Workout) -> str | None:
        """Return the key of a track's piece, found by what both say of it; learn the offset from it."""
        for key, entry in self._entries.items():
            if entry.told is None and _is_same(entry.piece, track):
                ahead = entry.piece.local_start - track.start
                offset_min = min(_OFFSETS, key=lambda minutes: abs(ahead - minutes * MINUTE_NS))
                if abs(ahead - offset_min * MINUTE_NS) <= _LATE_NS:
                    entry.told = track.start, offset_min
                    return key
        return None


def _is_same(piece: Piece, track: Workout) -> bool:
    """Say whether time and distance are the piece's; those of a track may count rests."""
    if track.duration_s is None or track.distance_m is None or piece.work_m is None:
        return False
    times = piece.work_s, piece.work_s + piece.rest_s
    ways = piece.work_m, piece.work_m + piece.rest_m
    has_time = any(abs(track.duration_s - seconds) <= _NEAR for seconds in times)
    return has_time and any(abs(track.distance_m - metres) <= _NEAR for metres in ways)


def _kind(archive: Archive, member: Member) -> str:
    """Return which kind of file of the logbook a member is, or nothing."""
    name = member.name.lower().removesuffix(".gz")
    if not name.endswith((_TABLE, _TRACK)) and len(archive.members) > 1:
        return ""
    try:
        head = peek(archive, member)
    except InputError:
        return ""
    if is_season(head):
        return _TABLE
    return _TRACK if _LOGBOOK_TCX.search(head) else ""
