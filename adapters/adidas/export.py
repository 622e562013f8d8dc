"""The adidas adapter: sessions first, then what was recorded along them.

The idea: a session says when it was and what it was; places, heart rates and heights lie in files of their
own beside it. A file is its session's by the id in its name, else by its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from adapters.adidas.documents import EMPTY, GPX, LEFT, SESSION, WEIGHT, Kind, id_in, kind_of
from adapters.adidas.sessions import ADAPTER, SOURCE, session
from adapters.adidas.streams import COLUMNS, columns_of, times_of
from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.batches import Batches
from adapters.formats.counting import Count, left_whole
from adapters.formats.items import Json, items
from adapters.formats.packed import unpacked
from adapters.formats.values import quantity
from adapters.gpx.records import records_of
from adapters.progress import in_turn
from vault.errors import InputError, MalformedFile
from vault.records import Origin, Record, Rejection, Stream, Workout
from vault.time import MINUTE_NS, NO_INSTANT, UNKNOWN_OFFSET

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Adidas"]

_ORDER = (SESSION, *COLUMNS, GPX, WEIGHT, EMPTY, LEFT)
_NEAR_NS = 2 * MINUTE_NS
_MOST_POINTS = 1 << 20
"""Twelve days of one a second."""
_NO_SESSION, _NO_VALUE = "no-session", "no-value"


class Adidas:
    """What ``adapters`` finds under the name "adidas"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="adidas Running (Runtastic)",
        how_to_export="adidas Running, on the web: Settings, Export data; a link to a zip comes by mail",
        reads=(
            "sessions of both shapes: a workout each, with sport, distance, climbing, heart rate, pauses",
            "a session's weather, feeling, notes, zones and fastest segments, as details",
            "GPS data (JSON or GPX), heart rate data and elevation data as its streams",
            "weights, if there is a list of them with times",
        ),
        leaves=(
            "profile, and the weight in it, which has no date",
            "photos, albums, shoes and other equipment, planned routes",
            "the sketch of the way in newer sessions: some 60 points of what the GPS data has whole",
            "GPX beside GPS data of the same session, which says the same with less",
        ),
        metrics=("body_mass",),
    )

    def detect(self, path: Path) -> Found | None:
        """Recognise an export by a session."""
        with Archive(path) as archive:
            if not any(kind_of(archive, member).name == SESSION for member in archive.examples(".json")):
                return None
        return Found(ADAPTER, "adidas Running export", 1.0, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if there is no session."""
        with Archive(path) as archive:
            found = [(kind_of(archive, member), member) for member in archive.members]
            if not any(kind.name == SESSION for kind, _ in found):
                raise MalformedFile("no session of adidas Running in it")
            yield from _Reading(archive, options).records(found)
            yield from archive.sources()


class _Reading:
    """One reading of one export: its sessions by id, and of which of them a way was read."""

    def __init__(self, archive: Archive, options: Options) -> None:
        self._archive = archive
        self._zone, self._progress = options.timezone, options.progress
        self._sessions: dict[str, Workout] = {}
        self._placed: set[str] = set()

    def records(self, found: list[tuple[Kind, Member]]) -> Iterator[Record]:
        in_order = sorted(found, key=lambda pair: _place(pair[0]))
        for kind, member in in_turn(in_order, self._progress, lambda pair: pair[1].size):
            yield from self._file(kind, member)

    def _file(self, kind: Kind, member: Member) -> Iterator[Record]:
        if kind.name == LEFT:
            yield left_whole(member.name, kind.reason)
        elif kind.name == EMPTY:
            yield Count(member.name).tally()
        elif kind.name not in _ORDER:
            yield Rejection("unknown-document", member.name, 0)
        else:
            count = Count(member.name)
            yield from self._counted(count, self._reader(kind.name), member)
            yield count.tally()

    def _reader(self, kind: str) -> Callable[[Member, Count], Iterator[Record]]:
        if kind in COLUMNS:
            return lambda member, count: self._points(member, count, kind)
        return {SESSION: self._session, GPX: self._gpx, WEIGHT: self._weights}[kind]

    def _counted(
        self, count: Count, read: Callable[[Member, Count], Iterator[Record]], member: Member
    ) -> Iterator[Record]:
        try:
            yield from read(member, count)
        except InputError as error:
            yield count.reject(reason_of(error, "malformed-json"), 0)

    def _items(self, member: Member) -> Iterator[Json]:
        with self._archive.open(member) as stream:
            yield from items(stream)

    def _session(self, member: Member, count: Count) -> Iterator[Record]:
        for position, told in enumerate(self._items(member), 1):
            workout = session(told)
            if isinstance(workout, str):
                yield count.reject(workout, position)
            elif workout.key.lower() in self._sessions:
                count.repeat()
            else:
                self._sessions[workout.key.lower()] = workout
                count.use()
                yield workout

    def _points(self, member: Member, count: Count, kind: str) -> Iterator[Record]:
        points: list[Json] = []
        try:
            points.extend(islice(self._items(member), _MOST_POINTS + 1))
        except InputError:
            yield count.reject("malformed-json", len(points))
        if len(points) > _MOST_POINTS:
            yield count.reject("too-many-points", _MOST_POINTS)
            points.pop()
        times, columns = times_of(points), columns_of(points, kind)
        known = times != NO_INSTANT
        if bad := int((~known).sum()):
            yield count.reject("bad-date", int(np.argmin(known)) + 1, bad)
        says = ~np.all([np.isnan(column) for column in columns.values()], axis=0)
        count.leave(_NO_VALUE, int((known & ~says).sum()))
        rows = np.flatnonzero(known & says)
        workout = self._of(member, times[rows])
        if workout is None:
            count.leave(_NO_SESSION, len(rows))
            return
        count.use(len(rows))
        rows = rows[np.argsort(times[rows], kind="stable")]
        kept = {name: column[rows] for name, column in columns.items() if not np.isnan(column[rows]).all()}
        if kept:
            self._placed |= {workout.key} if "latitude" in kept else set()
            yield Stream(workout.key, workout.origin, times[rows], kept, part=kind)

    def _gpx(self, member: Member, count: Count) -> Iterator[Record]:
        with self._archive.open(member) as stream:
            for part, record in enumerate(records_of(unpacked(stream), file=member.name, home=self._zone)):
                if isinstance(record, Rejection):
                    yield count.reject(record.reason, record.position, record.count)
                elif isinstance(record, Stream):
                    workout = self._of(member, record.time)
                    if workout is None or workout.key in self._placed:
                        count.leave("mirror" if workout else _NO_SESSION, len(record.time))
                    else:
                        count.use(len(record.time))
                        yield Stream(workout.key, workout.origin, record.time, record.columns, f"{GPX}{part}")

    def _weights(self, member: Member, count: Count) -> Iterator[Record]:
        batches, origin = Batches(), Origin(SOURCE, ADAPTER)
        for position, told in enumerate(self._items(member), 1):
            moment = {"timestamp": told.get("measured_at", told.get("timestamp"))}
            at, mass = int(times_of([moment])[0]), quantity(told.get("weight"))
            if at == NO_INSTANT:
                yield count.reject("bad-date", position)
            elif not mass or mass <= 0:
                count.leave(_NO_VALUE)
            else:
                batches.add("body_mass", at, at, UNKNOWN_OFFSET, mass, origin)
                count.use()
        yield from batches.rest()

    def _of(self, member: Member, times: NDArray[np.int64]) -> Workout | None:
        """Return the session a file belongs to: by the id in its name, else by its first time."""
        named = self._sessions.get(id_in(member.name))
        if named is not None or not len(times):
            return named
        first = int(times[0])
        near = (one for one in self._sessions.values() if one.start - _NEAR_NS <= first <= one.end)
        return min(near, key=lambda one: abs(one.start - first), default=None)


def _place(kind: Kind) -> int:
    return _ORDER.index(kind.name) if kind.name in _ORDER else len(_ORDER)
