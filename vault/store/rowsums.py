"""Rows as keyed hashes, and the sums of them by scope: what seals are made of.

A scope is a table or a part of one. The sum modulo 2**256 does not depend on the order of rows and follows
one that comes or goes without the others; without the key nobody finds rows of the same sum.
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlite3 import Connection

__all__ = [
    "NOTHING",
    "Cell",
    "Sum",
    "Table",
    "are_indexed",
    "cells",
    "encoded",
    "hashed",
    "plus",
    "sums",
    "table",
    "tables",
]

Cell = int | float | str | bytes | None
Sum = tuple[int, int]
"""How many rows, and the sum of their hashes."""

Look = Callable[[bytes, bytes], None]
"""Is given a frame and the SHA-256 its row says of it."""

NOTHING: Sum = (0, 0)

_MODULUS = 1 << 256
_SUM_BYTES = 32
_FRAMES = ("data", "body")
_UNSEALED = frozenset({"seal", "manifest"})
_PARTED_BY = {
    "chunk": "series",
    "told_chunk": "series",
    "version": "series",
    "daily": "series",
    "event": "kind",
}
_INT, _FLOAT, _SIZE = struct.Struct("<cq"), struct.Struct("<cd"), struct.Struct("<cI")


def encoded(row: Sequence[Cell]) -> bytes:
    """Return cells as bytes that no other cells have: a letter for the type, a size where it varies."""
    return b"".join([_ENCODED[type(cell)](cell) for cell in row])


def _sized(letter: bytes, content: bytes) -> bytes:
    return _SIZE.pack(letter, len(content)) + content


_ENCODED: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda _: b"n",
    int: lambda cell: _INT.pack(b"i", cell),
    float: lambda cell: _FLOAT.pack(b"f", cell),
    str: lambda cell: _sized(b"t", cell.encode()),
    bytes: lambda cell: _sized(b"b", cell),
}


def hashed(key: bytes, scope: str, row: Sequence[Cell]) -> Sum:
    """Return what one row comes to."""
    return 1, int.from_bytes(hmac.digest(key, encoded((scope, *row)), "sha256"), "big")


def plus(one: Sum, other: Sum, sign: int = 1) -> Sum:
    """Return one with (1) or without (-1) the other."""
    return one[0] + sign * other[0], (one[1] + sign * other[1]) % _MODULUS


def cells(total: Sum) -> tuple[int, bytes]:
    """Return a sum as it is stored."""
    return total[0], total[1].to_bytes(_SUM_BYTES, "big")


@dataclass(frozen=True, slots=True)
class Table:
    """A sealed table: its columns but for the frame, whose SHA-256 is a column; what parts it into scopes."""

    name: str
    columns: tuple[str, ...]
    frame: str | None
    part: str | None

    def told(self, row: str = "") -> str:
        """Return the SQL of a row's scope and sealed columns; ``row`` is "", "new." or "old."."""
        scope = f"'{self.name}'" if self.part is None else f"'{self.name}:' || {row}{self.part}"
        return ", ".join([scope, *(f'{row}"{column}"' for column in self.columns)])


def tables(connection: Connection) -> list[Table]:
    """Return the sealed tables: all but those of the manifest itself."""
    query = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    names = [name for (name,) in connection.execute(query) if name not in _UNSEALED]
    return [table(connection, name) for name in sorted(names)]


def table(connection: Connection, name: str) -> Table:
    """Return one of them; a name that is no table has no columns."""
    rows = connection.execute("SELECT name FROM pragma_table_info(?, 'main')", (name,))
    columns = [column for (column,) in rows]
    frame = next((column for column in columns if column in _FRAMES and "sha256" in columns), None)
    return Table(name, tuple(one for one in columns if one != frame), frame, _PARTED_BY.get(name))


def sums(
    connection: Connection, key: bytes, one: Table, part: str = "", *, look: Look | None = None
) -> dict[str, Sum]:
    """Return what the rows of a table, or of one part of it, come to by scope; ``look`` at each frame."""
    where, given = (f"WHERE {one.part} = ?", (part,)) if part else ("NOT INDEXED", ())
    frame = f"sha256, {one.frame}" if look and one.frame else "NULL, NULL"
    query = f"SELECT {frame}, {one.told()} FROM main.{one.name} {where}"  # noqa: S608 - names of the schema
    found: dict[str, Sum] = {}
    for sha256, data, scope, *row in connection.execute(query, given):
        if look and data is not None:
            look(data, sha256)
        found[scope] = plus(found.get(scope, NOTHING), hashed(key, scope, row))
    return found


def are_indexed(connection: Connection, one: Table, n: int, part: str = "") -> bool:
    """Whether each index of a table, or of one part of it, leads to all of its ``n`` rows, and to no other.

    Reads follow indexes, which are pages of their own, and may have been put back by themselves.
    """
    where, given = (f"WHERE entry.{one.part} = ?", (part,)) if part else ("", ())
    for name, columns in _indexes(connection, one.name).items():
        same = " AND ".join(f'entry."{column}" IS found."{column}"' for column in columns)
        query = f"""
            SELECT count(*), coalesce(sum({same}), 0) FROM main.{one.name} entry INDEXED BY "{name}"
            LEFT JOIN main.{one.name} found ON found.rowid = entry.rowid {where}
        """  # noqa: S608 - names of the schema
        if connection.execute(query, given).fetchone() != (n, n):
            return False
    return True


def _indexes(connection: Connection, name: str) -> dict[str, list[str]]:
    """Return the indexes of a table and their columns; a table WITHOUT ROWID is its own index."""
    found: dict[str, list[str]] = {}
    for index, column in connection.execute(_INDEXES, (name,)):
        found.setdefault(index, []).append(column)
    return found


_INDEXES = """
    SELECT lists.name, parts.name
    FROM pragma_index_list(?1, 'main') lists, pragma_index_info(lists.name, 'main') parts
    WHERE NOT (SELECT wr FROM pragma_table_list(?1) WHERE schema = 'main')
"""
