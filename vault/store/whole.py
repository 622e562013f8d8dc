"""The whole of what a store shows, in an order that follows from what the records say and from nothing else.

What is written from it is the same for two stores that hold the same, however they came to it: no row id, no
import, no order of imports gets in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from vault.records import (
    Document,
    LedgerLine,
    Score,
    SleepSession,
    SourceFile,
    Stream,
    StrengthSet,
    Workout,
)
from vault.store import seals, sparse
from vault.store.connection import snapshot

if TYPE_CHECKING:
    from vault.store.store import Store

__all__ = ["StoredSeries", "ledger", "records", "series"]

_R = TypeVar("_R", Workout, Stream, SleepSession, StrengthSet, Score, Document)


class StoredSeries(NamedTuple):
    """A series as it is kept, also one no reader looks at: earliest start and latest end in UTC ns.

    ``metric`` has a prefix (``quarantine:``) where its samples count nowhere.
    """

    metric: str
    unit: str
    coded: bool
    first: int
    last: int


def series(store: Store) -> list[StoredSeries]:
    """Return every series that has samples, by metric, unit and kind."""
    with snapshot(store.connection) as connection:
        seals.check(connection, "series")
        for (number,) in connection.execute("SELECT id FROM series").fetchall():
            seals.check(connection, f"chunk:{number}")
        found = connection.execute(_SERIES).fetchall()
    return [StoredSeries(metric, unit, bool(coded), *reach) for metric, unit, coded, *reach in found]


def records(store: Store, kind: type[_R]) -> Iterator[_R]:
    """Yield the sparse records of a kind as they are shown; what may be large is unpacked one by one."""
    table, order = sparse.TABLES[kind].name, _ORDER[kind]
    with snapshot(store.connection) as connection:
        seals.check(connection, table)
        found = connection.execute(f"SELECT id FROM {table} WHERE shown ORDER BY {order}").fetchall()  # noqa: S608
    ids = [identity for (identity,) in found]
    step = 1 if kind in (Stream, Document) else _BATCH
    for first in range(0, len(ids), step):
        yield from _read(store, kind, ids[first : first + step])


def _read(store: Store, kind: type[_R], ids: list[str]) -> list[_R]:
    tail = f"WHERE id IN (SELECT value FROM json_each(?)) ORDER BY {_ORDER[kind]}"  # noqa: S608
    with snapshot(store.connection) as connection:
        return list(sparse.select(connection, kind, store.origins(), tail, (json.dumps(ids),)))


def ledger(store: Store) -> list[LedgerLine]:
    """Return the imports that count: of vaults whose bundles were taken in, then of this one, oldest first.

    To take a bundle in is no import of its own: what is in it came by those of its ledger.
    """
    own = [
        LedgerLine(one.at, one.adapter, one.version, [SourceFile(*file) for file in one.files])
        for one in store.imports()
        if one.undone_at is None and one.adapter != _BUNDLE
    ]
    return [*store.carried(), *own]


_BUNDLE = "vitalvault"
"""The adapter of bundles."""
_BATCH = 1_000

# CROSS JOIN, so that chunks are found through the index that was checked.
_SERIES = """
    SELECT metric, unit, coded, min(first), max(last)
    FROM series CROSS JOIN chunk ON series = id GROUP BY id ORDER BY metric, unit, coded
"""

# An id is a digest of what identifies the record: the same in every store.
_ORDER: dict[type[sparse.Sparse], str] = {
    Workout: 'start, "end", id',
    Stream: "workout, part, id",
    SleepSession: 'start, "end", id',
    StrengthSet: 'start, workout, "index", id',
    Score: "day, score, id",
    Document: "kind, key, id",
}
