"""Erases what a scope holds, in one transaction: rows with all their versions, and what was made of them.

What goes leaves its tombstone, and the log an event of kind ``erasure``. The pages and the key that it was
written with are another matter: a setting says until they are gone that the erasure is not over
(``vault.care.rotation``).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.canonical import canonical
from vault.merge.priority import plain
from vault.records import Stream, Workout
from vault.store import events, handover, seals, sparse, telling
from vault.store.allocation import steady_memory
from vault.store.belongings import without
from vault.store.connection import transaction
from vault.store.origins import Origins
from vault.store.rewriting import rewrite, tidy
from vault.store.scope import Place, Row
from vault.store.sources import keep, preferences
from vault.store.tombstones import HASH_TYPE, Tombstones, tombstone, tombstones_of
from vault.time import DAY_NS, UNKNOWN_OFFSET

if TYPE_CHECKING:
    from sqlite3 import Connection
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from vault.store.columns import Columns
    from vault.store.scope import Scope
    from vault.store.sparse import Sparse
    from vault.time import Clock

__all__ = ["EVENT", "erase"]

EVENT = "erasure"
"""The kind of the event of an erasure."""


def erase(
    connection: Connection,
    scope: Scope,
    identity: bytes,
    *,
    words: Mapping[str, Any],
    home: ZoneInfo,
    clock: Clock,
) -> int:
    """Erase a scope, whole or not at all, and return the id of the event.

    Args:
        connection: Open for writing, in no transaction.
        scope: What is to go.
        identity: The key of tombstones (``Keys.identity``).
        words: The scope as the event keeps it; no source's name.
        home: The zone of samples without an offset.
        clock: Gives the time of the event.
    """
    with steady_memory(), transaction(connection):
        work = _Erasure(connection, scope, identity)
        counter = seals.check_manifest(connection)
        work.samples()
        work.records()
        work.checkins()
        work.names()
        tidy(connection, work.written, home)
        body = {"scope": dict(words), "counts": dict(work.counts), "counter": counter}
        number = events.log(connection, EVENT, body, clock)
        work.tombstones().write(connection, number)
        events.set_setting(connection, events.ERASING, str(number))
    return number


class _Erasure:
    """An erasure under way, within its transaction."""

    def __init__(self, connection: Connection, scope: Scope, identity: bytes) -> None:
        self.counts: Counter[str] = Counter()
        self.written: set[int] = set()
        self._connection = connection
        self._scope = scope
        self._identity = identity
        for table in ("origin", "series", "told_record", "import_file"):
            seals.check(connection, table)
        self._origins = Origins(connection)
        self._tellings = telling.Tellings(connection, self._origins)
        self._hashes: list[bytes] = []
        self._quarters: list[NDArray[np.bytes_]] = []

    def tombstones(self) -> Tombstones:
        """Return those of all that went."""
        single = np.frombuffer(b"".join(self._hashes), HASH_TYPE)
        return Tombstones(self._identity, np.concatenate([self._scope.known(), *self._quarters, single]))

    # Samples

    def samples(self) -> None:
        """Erase samples, month by month of each series that may have some."""
        for series, name in self._connection.execute("SELECT id, metric FROM series ORDER BY id").fetchall():
            if self._scope.series(name):
                done = rewrite(self._connection, series, self._months(series), partial(self._spared, name))
                if done.months:
                    self.written.add(series)
                    self.counts["samples"] += done.removed

    def _months(self, series: int) -> list[int]:
        """Return the months that may hold samples of the scope."""
        for table in ("chunk", "told_chunk", "version"):
            seals.check(self._connection, f"{table}:{series}")
        found = self._connection.execute(_PLACES, (series,)).fetchall()
        return [month for month, *cells in found if self._scope.reaches(self._place(*cells))]

    def _place(self, first: int, last: int, origins: str, *told: str) -> Place:
        sources = {self._origins.known[number].source for number in _numbers(json.loads(origins))}
        return Place(first, last, sources, {run for one in told for run in _numbers(json.loads(one))})

    def _spared(self, name: str, rows: Columns) -> Columns:
        hit = _whole_samples(rows, self._scope.samples(name, rows))
        if hit.any():
            self._quarters.append(tombstones_of(self._identity, name, rows.take(hit)))
        return rows.take(~hit)

    # Records

    def records(self) -> None:
        """Erase sparse records, and values of those that stay."""
        gone: dict[str, set[str]] = {}
        poorer: dict[tuple[str, str], set[str]] = {}
        for row in self._rows():
            if self._scope.record(row):
                gone.setdefault(row.table, set()).add(row.id)
            elif metrics := self._scope.values(row):
                poorer.setdefault((row.table, row.id), set()).update(metrics)
        for table, ids in gone.items():
            self._delete(table, sorted(ids))
        for (table, identity), lost in poorer.items():
            if identity not in gone.get(table, ()):
                self._impoverish(table, identity, sorted(lost))

    def _rows(self) -> Iterator[Row]:
        """Yield every version of every record."""
        for table in sparse.TABLES.values():
            seals.check(self._connection, table.name)
            found = self._connection.execute(_ROWS[table.name])
            for identity, origin, start, offset_min, called, details, told in found:
                if start is None and table.name == "stream":
                    start = self._first_instant(identity)
                source, imports = self._origins.known[origin].source, {run for run, _ in json.loads(told)}
                said = json.loads(details)
                yield Row(table.name, identity, source, start, offset_min, called, said, imports)

    def _first_instant(self, identity: str) -> int | None:
        """Return when a stream begins whose workout never came."""
        streams = [record for record, _ in self._versions(Stream, identity) if isinstance(record, Stream)]
        return min((int(one.time[0]) for one in streams if len(one.time)), default=None)

    def _delete(self, table: str, ids: list[str]) -> None:
        self._forget(table, ids)
        self.counts[table] += len(ids)
        self._bury(("record", table, one) for one in ids)

    def _forget(self, table: str, ids: list[str]) -> None:
        rows = [(one,) for one in ids]
        versions = f"SELECT digest FROM {table} WHERE id = ?"  # noqa: S608
        self._connection.executemany(f"DELETE FROM told_record WHERE digest IN ({versions})", rows)  # noqa: S608
        self._connection.executemany(f"DELETE FROM {table} WHERE id = ?", rows)  # noqa: S608

    def _impoverish(self, table: str, identity: str, lost: list[str]) -> None:
        """Take the values of some metrics out of all versions of a record."""
        versions = list(self._versions({"workout": Workout, "stream": Stream}[table], identity))
        poorer = [without(record, lost) for record, _ in versions]
        if all(after is before for after, (before, _) in zip(poorer, versions, strict=True)):
            return
        self._forget(table, [identity])
        for record, (_, runs) in zip(poorer, versions, strict=True):
            if record is not None:
                for run, offset_min in runs:
                    told = _told_at(record, offset_min)
                    sparse.put(self._connection, told, self._origins, run, self._tellings)
        self._tellings.write()
        self.counts["values"] += 1
        self._bury(("field", identity, metric) for metric in lost)

    def _versions(self, kind: Any, identity: str) -> Iterator[tuple[Sparse, list[tuple[int, int | None]]]]:
        """Yield the versions of a record, and who told each with which offset."""
        for digest, runs in telling.told(self._connection, sparse.TABLES[kind].name, identity).items():
            for record in sparse.select(
                self._connection,
                kind,
                self._origins.known,
                "WHERE id = ? AND digest = ?",
                (identity, digest),
                every_version=True,
            ):
                yield record, runs

    # What a person said, and names

    def checkins(self) -> None:
        """Erase items of check-ins; one that has none left goes whole."""
        seals.check(self._connection, "event:checkin")
        query = "SELECT id, at, body FROM event WHERE kind = 'checkin'"
        for number, at, text in self._connection.execute(query).fetchall():
            body = json.loads(text)
            hit = self._scope.checkin(at, body["day"], body["items"], body.get("imports", ()))
            if not hit:
                continue
            body["items"] = {name: said for name, said in body["items"].items() if name not in hit}
            if body["items"]:
                self._connection.execute("UPDATE event SET body = ? WHERE id = ?", (canonical(body), number))
            else:
                self._connection.execute("DELETE FROM event WHERE id = ?", (number,))
            self.counts["checkin"] += len(hit)
            self._bury(("checkin", at, item) for item in sorted(hit))

    def names(self) -> None:
        """Forget the names of sources and of files that would tell of what is gone."""
        aliases = json.loads(events.setting(self._connection, "aliases") or "{}")
        named = {origin.source for origin in self._origins.known}
        gone = {name for name in named | aliases.keys() if self._scope.source(name)}
        self._bury(("source", name) for name in sorted(gone))
        if gone & aliases.keys():
            left = {name: app for name, app in aliases.items() if name not in gone}
            events.set_setting(self._connection, "aliases", json.dumps(left, sort_keys=True))
        chosen, stay = preferences(self._connection), {plain(name) for name in named - gone}
        kept = [one for one in chosen if plain(one.source) in stay or not self._scope.source(one.source)]
        if len(kept) < len(chosen):
            keep(self._connection, kept)
        query = "SELECT rowid, import, name, sha256 FROM import_file WHERE name <> ''"
        for row, run, name, sha256 in self._connection.execute(query).fetchall():
            if self._scope.file(run, name, sha256):
                self._connection.execute("UPDATE import_file SET name = '' WHERE rowid = ?", (row,))
                self._bury([("file", sha256)])
        self._bury(("file", sha256) for sha256 in handover.forget_files(self._connection, self._scope.file))

    def _bury(self, what: Iterable[tuple[str | int, ...]]) -> None:
        self._hashes += [tombstone(self._identity, *one) for one in what]


def _told_at(record: Sparse, offset_min: int | None) -> Sparse:
    """Return a record with the offset an import told; a stream has none."""
    if not isinstance(record, Workout) or offset_min is None:
        return record
    return replace(record, offset_min=offset_min)


def _numbers(nested: Any) -> Iterator[int]:
    """Yield the numbers in JSON arrays of JSON arrays, some of which are texts of JSON arrays, or null."""
    if isinstance(nested, int):
        yield nested
    elif nested is not None:
        for one in json.loads(nested) if isinstance(nested, str) else nested:
            yield from _numbers(one)


def _whole_samples(rows: Columns, hit: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the rows of all samples of which any version is hit; versions of a sample lie side by side."""
    same = np.append(False, rows.start[1:] == rows.start[:-1])[: len(rows)]
    if not same.any():
        return hit
    names = [origin.source for origin in rows.origins]
    source = np.array([names.index(name) for name in names], np.int32)[rows.origin]
    for column in (rows.end, rows.value, source):
        same[1:] &= column[1:] == column[:-1]
    sample = np.cumsum(~same) - 1
    return np.asarray(np.bincount(sample, hit)[sample] > 0)


_PLACES = """
    SELECT month, min(first), max(last), json_group_array(chunk.origins),
           json_group_array(told_chunk.imports), json_group_array(version.imports)
    FROM chunk JOIN told_chunk USING (series, month, part) LEFT JOIN version USING (series, month, part)
    WHERE series = ? GROUP BY month ORDER BY month
"""
_TOLD = "JOIN told_record USING (digest)"
_BY_START = f"SELECT id, origin, start, offset_min, '', {{}}, imports FROM {{}} {_TOLD}"  # noqa: S608
_ROWS = {
    "workout": _BY_START.format("details", "workout"),
    "sleep_session": _BY_START.format("'null'", "sleep_session"),
    "strength_set": _BY_START.format("'null'", "strength_set"),
    "score": f"SELECT id, origin, day * {DAY_NS}, 0, score, 'null', imports FROM score {_TOLD}",  # noqa: S608
    "document": f"SELECT id, origin, start, offset_min, kind, 'null', imports FROM document {_TOLD}",  # noqa: S608
    # A stream begins with its workout, whenever any version of that says.
    "stream": f"""
        SELECT stream.id, stream.origin, workout.start, coalesce(workout.offset_min, {UNKNOWN_OFFSET}), '',
               'null', imports
        FROM stream JOIN told_record ON stream.digest = told_record.digest
        LEFT JOIN workout ON workout.id = parent
    """,  # noqa: S608
}
"""Of every version: id, origin, start, offset, what it is called, a workout's details, who told it."""
