"""Reads the store: samples as columns, unpacking only the chunks in reach, and sparse records as they came.

Instants are UTC ns; a range takes what *starts* in [start, end). Every method reads one committed state
and may be called while another process imports.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from vault.records import Document, Score, SleepSession, Stream, StrengthSet, Workout
from vault.store import chunks, daily, seals, sparse
from vault.store.checks import ASIDE
from vault.store.columns import Columns, concat
from vault.store.connection import snapshot
from vault.store.origins import Origins
from vault.store.sources import Sources, preferences
from vault.time import DAY_NS

if TYPE_CHECKING:
    from sqlite3 import Connection

    from vault.merge.overlap import Daily
    from vault.merge.preference import Preference
    from vault.records import Origin

__all__ = ["Columns", "ImportEntry", "Reader", "Series"]

_T = TypeVar("_T")
_R = TypeVar("_R", Workout, Stream, SleepSession, StrengthSet, Score, Document)

_END_NS = chunks.LIMIT_NS
_LAST_DAY = _END_NS // DAY_NS


@dataclass(frozen=True, slots=True)
class Series:
    """What there is of one metric in one unit: ``first`` start, ``last`` end in UTC ns, source names."""

    metric: str
    unit: str
    coded: bool
    n: int
    first: int
    last: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportEntry:
    """A row of the ledger: ``counts`` as in ``ImportReport.counts``, files as (name, size, sha256).

    ``undone_at`` is the instant at which it was taken back, None if it was not.
    """

    id: str
    at: int
    adapter: str
    version: str
    duration_s: float
    counts: dict[str, Any]
    files: tuple[tuple[str, int, str], ...]
    undone_at: int | None = None


class Reader:
    """Everything one may ask of an open store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._memory: dict[str, tuple[tuple[int, int], Any]] = {}

    def _snapshot(self) -> AbstractContextManager[Connection]:
        """Hold one committed state for several queries."""
        return snapshot(self._connection)

    def remembered(self, what: str, make: Callable[[Connection], _T]) -> _T:
        """Return what is made of the whole store; it is made again only when the store has changed."""
        with self._snapshot() as connection:
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            state = version, connection.total_changes
            if what not in self._memory or self._memory[what][0] != state:
                self._memory[what] = state, make(connection)
        made: _T = self._memory[what][1]
        return made

    def origins(self) -> Sequence[Origin]:
        """Return all origins by number."""
        return self.remembered("origins", _origins)

    def sources(self) -> Sources:
        """Return the names of all sources with the ranks that daily values were made with."""
        return self.remembered("sources", lambda _: Sources.of(self.origins(), self.preferences()))

    def preferences(self) -> tuple[Preference, ...]:
        """Return the owner's choices of sources in the order they were made."""
        return self.remembered("preferences", preferences)

    def columns(
        self, metric: str, start_ns: int | None = None, end_ns: int | None = None, source: str | None = None
    ) -> list[Columns]:
        """Return the samples of a metric that start in [start, end), by start; one part a unit.

        ``origins`` of a part are those its rows have. A metric that is not there gives no parts.
        """
        query = "SELECT id, unit FROM series WHERE metric = ? ORDER BY unit, coded"
        parts = []
        with self._snapshot() as connection:
            seals.check(connection, "series")
            for series, unit in connection.execute(query, (metric,)).fetchall():
                rows = self._part(series, *_range(start_ns, end_ns), source)
                if rows is not None and len(rows):
                    parts.append(replace(rows, unit=unit))
        return parts

    def _part(self, series: int, first: int, end: int, source: str | None) -> Columns | None:
        where = "month BETWEEN ? AND ? AND first < ? AND last >= ?"
        given = (chunks.month_of(first), chunks.month_of(end), end, first)
        parts = list(chunks.read(self._connection, series, where, given, self.origins()))
        if not parts:
            return None
        rows = concat(parts)
        rows = rows.take(slice(*np.searchsorted(rows.start, (first, end)).tolist()))
        if source is not None:
            named = np.array([origin.source == source for origin in rows.origins], bool)
            rows = rows.take(named[rows.origin])
        return _with_own_origins(rows)

    def daily(
        self, metric: str, first_day: int | None = None, last_day: int | None = None
    ) -> tuple[Daily, list[str]]:
        """Return the daily values of local days, both ends included, and the names ``sets`` point at."""
        query = "SELECT id FROM series WHERE metric = ? AND NOT coded"
        with self._snapshot() as connection:
            seals.check(connection, "series")
            found = connection.execute(query, (metric,)).fetchone()
            return daily.read(connection, found[0] if found else 0, first_day, last_day)

    def series(self) -> list[Series]:
        """Return what there is, without unpacking anything; not what stands aside."""
        with self._snapshot() as connection:
            _check_series(connection)
            found, origins = connection.execute(_SERIES).fetchall(), self.origins()
        return [
            Series(metric, unit, bool(coded), n, first, last, _names(numbers, origins))
            for metric, unit, coded, n, first, last, numbers in found
            if not metric.startswith(ASIDE)
        ]

    def _select(self, kind: type[_R], tail: str = "", *given: object) -> list[_R]:
        with self._snapshot() as connection:
            return list(sparse.select(connection, kind, self.origins(), tail, given))

    def workouts(self, start_ns: int | None = None, end_ns: int | None = None) -> list[Workout]:
        """Return the workouts that start in [start, end), by start, as every source told them."""
        return self._select(Workout, _BY_START, *_range(start_ns, end_ns))

    def streams(self, origin: Origin, key: str) -> list[Stream]:
        """Return the streams of the workout with this key at this source."""
        wanted = sparse.workout_id(origin, key)
        return self.streams_of([wanted]).get(wanted, [])

    def streams_of(
        self, workouts: Sequence[str], channels: Collection[str] | None = None
    ) -> dict[str, list[Stream]]:
        """Return the streams of workouts by their ids, of those that have any; all channels, or some."""
        tail = "WHERE parent IN (SELECT value FROM json_each(?)) ORDER BY parent, part, id"
        found: dict[str, list[Stream]] = {}
        with self._snapshot() as connection:
            given = (json.dumps(workouts),)
            for one in sparse.select(connection, Stream, self.origins(), tail, given, channels=channels):
                found.setdefault(sparse.workout_id(one.origin, one.workout), []).append(one)
        return found

    def streamed(self) -> frozenset[str]:
        """Return the ids of the workouts that have streams."""
        with self._snapshot() as connection:
            seals.check(connection, "stream")
            return frozenset(
                one for (one,) in connection.execute("SELECT DISTINCT parent FROM stream WHERE shown")
            )

    def sleep_sessions(self, start_ns: int | None = None, end_ns: int | None = None) -> list[SleepSession]:
        """Return the sleeps vendors assembled that start in [start, end), by start."""
        return self._select(SleepSession, _BY_START, *_range(start_ns, end_ns))

    def strength_sets(self, start_ns: int | None = None, end_ns: int | None = None) -> list[StrengthSet]:
        """Return the strength sets that start in [start, end), by start, workout and index."""
        tail = 'WHERE start >= ? AND start < ? ORDER BY start, workout, "index", id'
        return self._select(StrengthSet, tail, *_range(start_ns, end_ns))

    def scores(self, first_day: int | None = None, last_day: int | None = None) -> list[Score]:
        """Return vendors' scores of local days, both ends included."""
        limits = (0 if first_day is None else first_day, _LAST_DAY if last_day is None else last_day)
        return self._select(Score, "WHERE day BETWEEN ? AND ? ORDER BY day, score, id", *limits)

    def documents(self, kind: str | None = None) -> Iterator[Document]:
        """Yield what is kept as it came, of a kind or of all, by kind and key, one body at a time."""
        query = "SELECT id FROM document WHERE shown AND (?1 IS NULL OR kind = ?1) ORDER BY kind, key, id"
        with self._snapshot() as connection:
            seals.check(connection, "document")
            found = connection.execute(query, (kind,)).fetchall()
        for (identity,) in found:
            yield from self._select(Document, "WHERE id = ?", identity)

    def imports(self) -> list[ImportEntry]:
        """Return the ledger, oldest first."""
        with self._snapshot() as connection:
            for table in ("import_run", "import_file"):
                seals.check(connection, table)
            told = connection.execute(_FILES).fetchall()
            runs = connection.execute(_IMPORTS).fetchall()
        files: dict[int, list[tuple[str, int, str]]] = {}
        for run, name, size, sha256 in told:
            files.setdefault(run, []).append((name, size, sha256))
        return [
            ImportEntry(
                str(run), at, adapter, version, took, json.loads(counts), tuple(files.get(run, ())), undone_at
            )
            for run, at, adapter, version, took, counts, undone_at in runs
        ]

    def digest(self) -> str:
        """Return a SHA-256 over the content of all chunks and records; equal content, equal digest."""
        content = hashlib.sha256()
        with self._snapshot() as connection:
            _check_series(connection)
            for table in sparse.TABLES.values():
                seals.check(connection, table.name)
            for query in _DIGESTS:
                for row in connection.execute(query):
                    content.update(json.dumps(row).encode())
        return content.hexdigest()


_SERIES = """
    SELECT metric, unit, coded, sum(n), min(first), max(last), json_group_array(DISTINCT origins)
    FROM series CROSS JOIN chunk ON series = id GROUP BY id ORDER BY metric, unit, coded
"""
_FILES = "SELECT import, name, size, sha256 FROM import_file ORDER BY rowid"
_IMPORTS = "SELECT id, at, adapter, version, duration_s, counts, undone_at FROM import_run ORDER BY id"
_DIGESTS = [
    """
    SELECT metric, unit, coded, month, part, hex(digest) FROM series CROSS JOIN chunk ON series = id
    ORDER BY metric, unit, coded, month, part
    """,
    *(
        f"SELECT '{table.name}', id, hex(digest) FROM {table.name} WHERE shown ORDER BY id"  # noqa: S608
        for table in sparse.TABLES.values()
    ),
]
_BY_START = 'WHERE start >= ? AND start < ? ORDER BY start, "end", id'


def _check_series(connection: Connection) -> None:
    # CROSS JOIN in the queries after this, so that chunks are found through the index that was checked.
    seals.check(connection, "series")
    for (series,) in connection.execute("SELECT id FROM series").fetchall():
        seals.check(connection, f"chunk:{series}")


def _origins(connection: Connection) -> Sequence[Origin]:
    seals.check(connection, "origin")
    return Origins(connection).known


def _range(start_ns: int | None, end_ns: int | None) -> tuple[int, int]:
    return max(start_ns or 0, 0), _END_NS if end_ns is None else min(end_ns, _END_NS)


def _names(numbers: str, origins: Sequence[Origin]) -> tuple[str, ...]:
    """Return the source names behind a JSON array of the chunks' JSON arrays of origins."""
    used = {number for own in json.loads(numbers) for number in json.loads(own)}
    return tuple(sorted({origins[number].source for number in used}))


def _with_own_origins(rows: Columns) -> Columns:
    """Number origins anew, so that only those of these rows are told."""
    used = np.flatnonzero(np.bincount(rows.origin, minlength=len(rows.origins)))
    numbers = np.zeros(len(rows.origins), np.int32)
    numbers[used] = np.arange(len(used), dtype=np.int32)
    return replace(rows, origin=numbers[rows.origin], origins=[rows.origins[n] for n in used.tolist()])
