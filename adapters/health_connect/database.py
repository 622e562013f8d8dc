"""Reads the tables of a SQLite database that nobody trusts, as columns of numbers.

The idea: a database file is a program's input and, with views, triggers and generated columns, nearly a
program. So only plain columns of real tables are read, by statements written here, with everything else
denied, within bounds of time and memory that hang on the size of the file; and never through a copy on disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.errors import InputError, MalformedFile, TooLarge

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import NDArray

    from adapters.archive import Archive, Member

__all__ = ["IN_MEMORY", "MAGIC", "Database"]

MAGIC = b"SQLite format 3\0"
IN_MEMORY = 1 << 30
"""A database in a zip is held whole, twice while it is handed over; unpacked, it is read where it lies."""
_JOURNAL = slice(18, 20)
"""Header bytes that say how it was written; a log beside it (2) can't be had in memory, and is in no zip."""
_ROLLBACK = b"\1\1"
_LONGEST_CELL = 1 << 20
_STEPS = 1 << 16
_STEPS_A_BYTE = 64
"""A row of a few bytes takes a hundred steps of SQLite's machine; damaged trees can be walked for ever."""
_ROWS = 1 << 16
_MOST_NAMES = 10_000
_MOST_FAULTS = 100
_FIRST, _LAST = -(1 << 63), (1 << 63) - 1
_ROW = frozenset(("rowid", "oid", "_rowid_"))
"""A column of such a name hides the row's id, by which a table is read."""
_ALLOWED = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION))
_FUNCTIONS = frozenset(("typeof", "count", "min"))
_FAULTS = (sqlite3.Error, ValueError, MemoryError)
"""ValueError: what SQLite says of a damaged schema quotes it, and may be no text."""
_SAFE = ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON", "temp_store = MEMORY")


class Database:
    """A database open for reading; a context manager.

    ``names`` are all tables and views, ``tables`` the real tables with their plain columns.
    Raises MalformedFile if it can't be read at all.
    """

    def __init__(self, connection: sqlite3.Connection, size: int) -> None:
        self._connection = connection
        self._budget = _STEPS_A_BYTE * size + 10 * _STEPS
        self._steps = 0
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_CELL)
        connection.set_progress_handler(self._tick, _STEPS)
        try:
            for pragma in _SAFE:
                connection.execute(f"PRAGMA {pragma}")
            kinds = self._kinds()
            self.names = frozenset(kinds)
            columns = {name: self._columns(name) for name, is_real in kinds.items() if is_real}
            self.tables = {name: found for name, found in columns.items() if _ROW.isdisjoint(found)}
        except _FAULTS:
            connection.close()
            raise MalformedFile("a database that is damaged or encrypted") from None
        connection.set_authorizer(_authorize)

    @classmethod
    def of_file(cls, place: Path) -> Self:
        """Open a file where it lies; nothing is written there, and a log beside it is not read."""
        try:
            address = f"{place.absolute().as_uri()}?mode=ro&immutable=1"
            return cls(sqlite3.connect(address, uri=True), place.stat().st_size)
        except (sqlite3.Error, OSError):
            raise InputError("the file can't be read", hint="check that it may be read") from None

    @classmethod
    def of_member(cls, archive: Archive, member: Member) -> Self:
        """Open a member of an archive in memory; raises TooLarge for one of more than 1 GB."""
        hint = "unpack the zip and hand over the .db file: that is read where it lies"
        if member.size > IN_MEMORY:
            raise TooLarge("a database of more than 1 GB in a zip", hint=hint)
        connection = sqlite3.connect(":memory:")
        if not hasattr(connection, "deserialize"):
            raise InputError("this Python can't read a database inside a zip", hint=hint)
        data = _bytes(archive, member)
        data[_JOURNAL] = _ROLLBACK
        try:
            connection.deserialize(data)
        except _FAULTS:
            raise MalformedFile("a database that is damaged") from None
        return cls(connection, len(data))

    def __enter__(self) -> Self:
        """Return the database itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self._connection.close()

    def numbers(
        self, table: str, columns: Iterable[str], codes: Collection[str] = ()
    ) -> Iterator[NDArray[np.float64] | int]:
        """Yield a table in blocks, float64 [n, 1 + columns], the row's id first, by id.

        NaN is no value or no such column, infinite what is no number; ``codes`` may be kept as texts. Between
        the blocks, the ids of rows that can't be read; all behind damage that can't be passed is one of them.
        """
        there = self.tables[table]
        cells = ", ".join(
            _number(name, is_code=name in codes) if name in there else "NULL" for name in columns
        )
        query = f'SELECT rowid, {cells} FROM "{table}" WHERE rowid >= ? ORDER BY rowid LIMIT {_ROWS}'  # noqa: S608  # names of this database's schema
        start, faults = _FIRST, 0
        while True:
            rows, is_whole = self._some(query, start)
            if rows:
                block = np.array(rows, np.float64)
                if (np.diff(block[:, 0]) < 0).any():  # a tree that bites its tail
                    yield int(rows[0][0])
                    return
                yield block
                start = int(rows[-1][0]) + 1
            if (is_whole and len(rows) < _ROWS) or start > _LAST:
                return
            if not is_whole:
                bad = self._next(table, start)
                yield start if bad is None else bad
                faults += 1
                if bad is None or bad == _LAST or faults == _MOST_FAULTS:
                    return
                start = bad + 1

    def texts(self, table: str, row: int, columns: Iterable[str]) -> dict[str, str | bytes]:
        """Return the texts and bytes of a row by column, without what is empty, too long or not there."""
        found: dict[str, str | bytes] = {}
        for name in columns:
            if name in self.tables[table]:
                cells, _ = self._some(f'SELECT "{name}" FROM "{table}" WHERE rowid = ?', row)  # noqa: S608
                if cells and isinstance(cells[0][0], str | bytes) and cells[0][0]:
                    found[name] = cells[0][0]
        return found

    def count(self, table: str) -> int:
        """Return the number of rows, 1 if that can't be told."""
        cells, is_whole = self._some(f'SELECT count(*) FROM "{table}" WHERE rowid >= ?', _FIRST)  # noqa: S608
        return int(cells[0][0]) if is_whole else 1

    def _some(self, query: str, start: int) -> tuple[list[tuple[Any, ...]], bool]:
        """Return the rows of a query, as many as could be read, and whether these are all."""
        self._steps = 0
        rows: list[tuple[Any, ...]] = []
        try:
            with closing(self._connection.execute(query, (start,))) as cursor:
                rows.extend(cursor)
        except _FAULTS:
            return rows, False
        return rows, True

    def _next(self, table: str, start: int) -> int | None:
        """Return the id of the next row, looked up without its cells; None where the tree is broken."""
        rows, is_whole = self._some(f'SELECT min(rowid) FROM "{table}" WHERE rowid >= ?', start)  # noqa: S608
        return int(rows[0][0]) if is_whole and rows[0][0] is not None else None

    def _kinds(self) -> dict[str, bool]:
        """Return what is a real table by the name of each table and view.

        The schema's other columns may say anything: only the statement is what SQLite goes by.
        """
        query = "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'view') LIMIT ?"
        kinds = {}
        for name, sql in self._connection.execute(query, (_MOST_NAMES,)):
            if isinstance(name, str) and '"' not in name and not name.startswith("sqlite_"):
                kinds[name] = isinstance(sql, str) and sql.startswith("CREATE TABLE ")
        return kinds

    def _columns(self, table: str) -> frozenset[str]:
        """Return the plain columns of a table, which generated ones are not."""
        return frozenset(row[1].lower() for row in self._connection.execute(f'PRAGMA table_info("{table}")'))

    def _tick(self) -> bool:
        """Say whether a statement has taken longer than a file of this size can explain."""
        self._steps += _STEPS
        return self._steps > self._budget


def _authorize(action: int, _: str | None, name: str | None, __: str | None, inside: str | None) -> int:
    """Allow plain reading and the functions used here; nothing on behalf of a view or a trigger."""
    is_known = action != sqlite3.SQLITE_FUNCTION or name in _FUNCTIONS
    return sqlite3.SQLITE_OK if action in _ALLOWED and is_known and inside is None else sqlite3.SQLITE_DENY


def _number(name: str, *, is_code: bool) -> str:
    """Return the expression for a column's number, told by its type, so that nothing else is loaded.

    Some codes are kept as texts.
    """
    text = f"WHEN 'text' THEN CAST(\"{name}\" AS INTEGER) " if is_code else ""
    number = f"""WHEN 'integer' THEN "{name}" WHEN 'real' THEN "{name}" WHEN 'null' THEN NULL"""
    return f'CASE typeof("{name}") {number} {text}ELSE 9e999 END'


def _bytes(archive: Archive, member: Member) -> bytearray:
    """Return a member's bytes in one buffer of its size; raises MalformedFile for one that is shorter."""
    data = bytearray(member.size)
    view, done = memoryview(data), 0
    with archive.open(member) as stream:
        while done < len(data):
            block = stream.read(1 << 20)
            if not block:
                raise MalformedFile("a database that is cut short")
            view[done : done + len(block)] = block
            done += len(block)
    view.release()
    return data
