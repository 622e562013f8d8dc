"""Sparse records as rows: one table a kind, one row a version of a record, found again by what identifies it.

A record's id is a digest of its identity (adapter, source and key), so that the same export finds the same
rows; a row's digest is over all it says, so that a changed record is told from a known one unread.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from vault.canonical import canonical
from vault.records import Document, Score, SleepSession, Stream, StrengthSet, Workout
from vault.store import seals, streams, telling
from vault.store.checks import LARGEST_OFFSET_MIN
from vault.store.codec import origin_text
from vault.store.origins import Origins, plain
from vault.store.packing import frame
from vault.store.telling import Tellings
from vault.store.unpacking import Unpacker, decompressor
from vault.time import UNKNOWN_OFFSET

if TYPE_CHECKING:
    from sqlite3 import Connection

    from vault.records import Origin

__all__ = ["TABLES", "Sparse", "Table", "put", "record_id", "select", "take_back", "workout_id"]

Sparse = Workout | Stream | SleepSession | StrengthSet | Score | Document
_R = TypeVar("_R", Workout, Stream, SleepSession, StrengthSet, Score, Document)

_BODY_FORM = 3
_DIGEST_BYTES = 16
_BLOBS = {"body": _BODY_FORM, "data": streams.FORM}
_JSON = ("details", "stages")
_FROM_CELL: dict[str, Callable[[Any], Any]] = {
    "details": json.loads,
    "stages": lambda text: tuple((start, end, stage) for start, end, stage in json.loads(text)),
    "is_nap": lambda flag: None if flag is None else bool(flag),
    "per_side": bool,
    "body": lambda data: Unpacker(data, _BODY_FORM).rest(),
}


@dataclass(frozen=True, slots=True)
class Table:
    """Where a kind of record is kept, and which fields beside adapter and source identify it.

    ``fields`` are those of a record that have a column of their own name, ``reals`` those that are floats.
    """

    name: str
    identity: tuple[str, ...]
    fields: tuple[str, ...]
    reals: frozenset[str]
    of_source: bool = True


def _table(name: str, identity: tuple[str, ...], kind: type[Sparse], *, of_source: bool = True) -> Table:
    own = [field for field in fields(kind) if field.name != "origin"]
    reals = frozenset(field.name for field in own if str(field.type).startswith("float"))
    return Table(name, identity, tuple(field.name for field in own), reals, of_source)


TABLES: dict[type[Sparse], Table] = {
    Workout: _table("workout", ("key",), Workout),
    Stream: _table("stream", ("workout", "part"), Stream),
    SleepSession: _table("sleep_session", ("key",), SleepSession),
    StrengthSet: _table("strength_set", ("workout", "index"), StrengthSet),
    Score: _table("score", ("day", "score"), Score),
    Document: _table("document", ("kind", "key"), Document, of_source=False),
}


def record_id(record: Sparse) -> str:
    """Return the id of a record: the same in every vault and after every import."""
    table = TABLES[type(record)]
    source = record.origin.source if table.of_source else ""
    keys = [_cell(getattr(record, name)) for name in table.identity]
    return _id(table.name, record.origin.adapter, source, *keys)


def workout_id(origin: Origin, key: str) -> str:
    """Return the id of the workout with a key at a source, whether it is there or not."""
    return _id("workout", origin.adapter, origin.source, key)


def _id(*identity: str | int) -> str:
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:24]


def put(
    connection: Connection, record: Sparse, origins: Origins, run: int, tellings: Tellings | None = None
) -> Literal["added", "duplicate", "updated"]:
    """Keep what an import says of a record, within a transaction; that it did may wait in ``tellings``."""
    table, identity = TABLES[type(record)], record_id(record)
    origin = origins.number(record.origin)
    content = _content(record)
    digest = _digest(origins.known[origin], content)
    noted = tellings or Tellings(connection, origins)
    before, after = noted.tell(table.name, identity, digest, run, content.get("offset_min"))
    if digest not in before:
        row = {"id": identity, "origin": origin, **content, **_packed(content), "digest": digest}
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" * len(row))
        insert = f"INSERT INTO {table.name} ({names}, shown) VALUES ({marks}, ?)"  # noqa: S608
        connection.execute(insert, (*row.values(), not before))
    if tellings is None:
        noted.write()
    if not before:
        return "added"
    place = connection, table.name, identity
    now, then = (telling.shown(*place, versions, origins.known) for versions in (after, before))
    return "duplicate" if now == then else "updated"


def take_back(connection: Connection, run: int) -> int:
    """Take an import out of who told what, within a transaction; return how many records are gone.

    Raises Tampered if who told what is not what was written.
    """
    gone = 0
    origins = Origins(connection).known
    for table in TABLES.values():
        for identity, before in telling.told_by(connection, table.name, run):
            after = telling.without(before, run)
            telling.retell(connection, table.name, identity, before, after, origins)
            gone += not after
    return gone


def _packed(content: dict[str, Any]) -> dict[str, bytes]:
    """Return the frames of a row's blobs, and the seal beside."""
    packed: dict[str, bytes] = {}
    for name, form in _BLOBS.items():
        if name in content:
            packed[name] = frame(form, content[name])
            packed["sha256"] = hashlib.sha256(packed[name]).digest()
    return packed


def _content(record: Sparse) -> dict[str, Any]:
    """Return the columns of a record's row, blobs before they are packed."""
    if isinstance(record, Stream):
        own = {
            "parent": workout_id(record.origin, record.workout),
            "workout": plain(record.workout),
            "part": plain(record.part),
        }
        return {**own, "data": streams.pack(record)}
    table = TABLES[type(record)]
    return {name: _told_cell(table, name, getattr(record, name)) for name in table.fields}


def _told_cell(table: Table, name: str, value: Any) -> Any:
    if name in _JSON:
        return canonical(value)
    if name == "offset_min" and abs(value) > LARGEST_OFFSET_MIN:
        return UNKNOWN_OFFSET
    # A whole number in a column of reals, as an adapter may give it, so that the digest is that of the row.
    return float(value) if name in table.reals and value is not None else _cell(value)


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    return value.item() if isinstance(value, np.generic) else value


def _digest(origin: Origin, content: dict[str, Any]) -> bytes:
    # Without the offset, which an export of another season or place tells differently of the same thing.
    said = {
        name: hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value
        for name, value in content.items()
        if name != "offset_min"
    }
    return hashlib.sha256(canonical([origin_text(origin), said]).encode()).digest()[:_DIGEST_BYTES]


def select(
    connection: Connection,
    kind: type[_R],
    origins: Sequence[Origin],
    tail: str = "",
    given: Sequence[object] = (),
    *,
    every_version: bool = False,
    channels: Collection[str] | None = None,
) -> Iterator[_R]:
    """Yield the records of a kind as they are shown; ``tail`` is the WHERE and ORDER BY.

    Streams have all of their channels, or some.
    """
    seals.check(connection, TABLES[kind].name)
    query = f"SELECT * FROM (SELECT * FROM {TABLES[kind].name} WHERE shown OR {every_version:d}) {tail}"  # noqa: S608
    found = connection.execute(query, given)
    names = [column[0] for column in found.description]
    blobs, zstd = _BLOBS.keys() & set(names), decompressor()
    for cells in found:
        row = dict(zip(names, cells))
        for name in blobs:
            seals.check_frame(row[name], row["sha256"])
        if kind is Stream:
            time, columns = streams.unpack(row["data"], channels, zstd)
            told = {"workout": row["workout"], "part": row["part"], "time": time, "columns": columns}
        else:
            told = _told(kind, row)
        yield kind(**told, origin=origins[row["origin"]])


def _told(kind: type[Sparse], row: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a record that is no stream, except its origin, from its row."""
    told = {name: row[name] for name in TABLES[kind].fields}
    return {name: _FROM_CELL[name](value) if name in _FROM_CELL else value for name, value in told.items()}
