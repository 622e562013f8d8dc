"""The Peloton adapter: the members' table, and JSON saved from the service beside it or alone.

The idea: the service says more of a workout than the table, so JSON is read first, and a row of the same
discipline that begins within two minutes is the same workout. A graph does not say whose it is: the id in its
file's name does, or that it is alone with one workout.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.clocks import Zone
from adapters.formats.counting import Count, Unused, left_whole
from adapters.formats.files import peek
from adapters.formats.items import items, listed
from adapters.formats.packed import unpacked
from adapters.formats.sheets import Row, Sheet
from adapters.formats.values import text
from adapters.peloton.disciplines import ADAPTER, Beginnings
from adapters.peloton.history import is_history, workout_of
from adapters.peloton.saved import discipline_of, lowered, parts_of, records_of, times_of
from vault.errors import InputError, MalformedFile
from vault.records import Record, Rejection

__all__ = ["Peloton"]

_BOTH, _ONE, _MANY, _GRAPH, _TABLE = "both", "one", "many", "graph", "table"
_WORKOUTS = (_BOTH, _ONE, _MANY)
"""Documents with workouts, the most telling first: with the graph, of one workout, a list."""
_ENDINGS = (".csv", ".json", ".json.gz")
_BRACKETS = (b"{", b"[")
_UTF_8 = b"\xef\xbb\xbf"
_OURS = re.compile(rb'"fitness_discipline"\s*:', re.IGNORECASE)
_IS_BOTH = re.compile(rb'"workout"\s*:\s*\{', re.IGNORECASE)
_IS_MANY = re.compile(rb'^\s*(?:\[|\{\s*"data"\s*:\s*\[)', re.IGNORECASE)
_IS_GRAPH = re.compile(rb'"(?:is_class_plan_shown|seconds_since_pedaling_start)"\s*:', re.IGNORECASE)
_ID = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)


class Peloton:
    """What ``adapters`` finds under the name "peloton"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="Peloton",
        how_to_export=(
            "members.onepeloton.com: Profile, Workouts, Download Workouts; what other tools saved from "
            "Peloton's service as JSON (workout, performance_graph, or both in one) is read too"
        ),
        reads=(
            "the table of workouts (CSV): totals and averages of each, work in kJ apart from energy burned",
            "saved JSON: workouts; streams of heart rate, power, cadence, speed, resistance, incline, route",
            "saved JSON: movements counted in guided strength classes, as sets",
        ),
        leaves=(
            "names of instructors, account, pictures, leaderboards, playlists",
            "the class's length as a duration: it is kept, but is not how long anybody rode",
            "rows of the table of which the JSON says more",
            "performance graphs that belong to no workout here",
        ),
        metrics=(),
    )

    def detect(self, path: Path) -> Found | None:
        """Recognise the table by its columns, saved workouts by their keys."""
        with Archive(path) as archive:
            kinds = (_kind(archive, member) for member in archive.examples(*_ENDINGS))
            if not any(kind in (_TABLE, *_WORKOUTS) for kind in kinds):
                return None
        return Found(ADAPTER, "Peloton workouts", 0.95, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if there is neither a table nor a workout of Peloton."""
        with Archive(path) as archive:
            found = [(_kind(archive, member), member) for member in archive.candidates(*_ENDINGS)]
            if not any(kind in (_TABLE, *_WORKOUTS) for kind, _ in found):
                raise MalformedFile("no workouts of Peloton in it")
            yield from _Reading(archive, options, found).records()
            yield from archive.sources()


def _kind(archive: Archive, member: Member) -> str:
    """Return what a file is, or nothing."""
    try:
        head = peek(archive, member)
        head = head.removeprefix(_UTF_8)
        if head.lstrip()[:1] in _BRACKETS:
            return _kind_of(head)
        with archive.open(member) as stream:
            return _TABLE if is_history(Sheet(stream).header) else ""
    except InputError:
        return ""


def _kind_of(head: bytes) -> str:
    """Return what a JSON document is by its first bytes, or nothing."""
    if not _OURS.search(head):
        return _GRAPH if _IS_GRAPH.search(head) else ""
    if _IS_MANY.match(head):
        return _MANY
    return _BOTH if _IS_BOTH.search(head) else _ONE


class _Reading:
    """One reading of one export."""

    def __init__(self, archive: Archive, options: Options, found: list[tuple[str, Member]]) -> None:
        self._archive = archive
        self._owner = Zone.of(options)
        self._progress = options.progress
        self._found = found
        graphs = [member for kind, member in found if kind == _GRAPH]
        ids = ((match[0].lower(), member) for member in graphs for match in _ID.finditer(member.name))
        self._graphs = dict(ids)
        is_pair = len(graphs) == 1 and not self._graphs
        is_pair &= [kind for kind, _ in found if kind in _WORKOUTS] == [_ONE]
        self._only_graph = graphs[0] if is_pair else None
        self._taken: set[Member] = set()
        self._seen: set[str] = set()
        self._beginnings = Beginnings()

    def records(self) -> Iterator[Record]:
        """Yield the records of all files: workouts with their graphs, what is left of graphs, tables."""
        total, done = sum(member.size for _, member in self._found), 0
        readers = dict.fromkeys(_WORKOUTS, self._saved)
        readers |= {_GRAPH: self._forsaken, _TABLE: self._table, "": self._unknown}
        for wanted, read in readers.items():
            for member in (member for kind, member in self._found if kind == wanted):
                yield from read(member)
                done += member.size
                if self._progress is not None:
                    self._progress(done, total)

    def _unknown(self, member: Member) -> Iterator[Record]:
        yield Rejection("unknown-document", member.name, 0)

    def _forsaken(self, member: Member) -> Iterator[Record]:
        """Leave a graph that no workout asked for."""
        if member not in self._taken:
            yield left_whole(member.name, "no-workout")

    def _saved(self, member: Member) -> Iterator[Record]:
        """Yield the records of a document of one workout or many, as far as it is whole."""
        count, position = Count(member.name), 0
        try:
            with self._archive.open(member) as stream:
                for position, (keys, said) in enumerate(listed(unpacked(stream), _is_list), 1):
                    if keys and not _is_list(keys[-1]):
                        count.leave("paging")
                    else:
                        yield from self._workout(said, count, position)
        except InputError as error:
            yield count.reject(reason_of(error, "malformed-json"), position + 1)
        yield count.tally()

    def _workout(self, said: Any, count: Count, position: int) -> Iterator[Record]:
        workout, graph = parts_of(lowered(said if isinstance(said, dict) else {}))
        identity = text(workout.get("id"))
        if identity and identity in self._seen:
            count.repeat()
            return
        self._seen.add(identity)
        if not graph:
            graph = yield from self._graph(identity)
        records = records_of(workout, graph)
        if isinstance(records, Unused):
            yield from count.settle(records, position)
            return
        count.use()
        self._beginnings.add(discipline_of(workout), *times_of(workout))
        yield from records

    def _graph(self, identity: str) -> Generator[Record, None, dict[str, Any]]:
        """Return the graph of a workout, empty if there is none that can be read; yield its file's count."""
        member = self._graphs.get(identity.lower(), self._only_graph)
        if member is None or member in self._taken:
            return {}
        self._taken.add(member)
        count, graph = Count(member.name), {}
        try:
            with self._archive.open(member) as stream:
                graph = lowered(next(items(unpacked(stream)), {}))
            count.use()
        except InputError as error:
            yield count.reject(reason_of(error, "malformed-json"), 1)
        yield count.tally()
        return graph

    def _table(self, member: Member) -> Iterator[Record]:
        """Yield the workouts of a table that no document told before."""
        count, line = Count(member.name), 0
        try:
            with self._archive.open(member) as stream:
                sheet = Sheet(stream)
                for line, row in sheet:
                    yield from count.settle(self._row(row, decimal_comma=sheet.delimiter == ";"), line)
        except InputError as error:
            yield count.reject(reason_of(error), line + 1)
        yield count.tally()

    def _row(self, row: Row | str, *, decimal_comma: bool) -> list[Record] | Unused:
        if isinstance(row, str):
            return Unused(row, "rejected")
        workout = workout_of(row, self._owner, decimal_comma=decimal_comma)
        if isinstance(workout, Unused):
            return workout
        discipline = str(workout.details.get("discipline", ""))
        if workout.key in self._seen or self._beginnings.has(discipline, workout.start):
            return Unused("", "repeated")
        self._seen.add(workout.key)
        return [workout]


def _is_list(key: str) -> bool:
    return key.lower() == "data"
