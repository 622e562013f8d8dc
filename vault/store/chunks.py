"""The tables of chunks: which samples of a series lie in which UTC month, who told them, and their versions.

A month of more than ``MAX_ROWS`` samples is cut into parts at fixed row numbers, so that the same samples
always make the same chunks. Who told them lies in a table of its own: an export that repeats what is there
changes only that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.store import seals, versions
from vault.store.codec import MAX_ROWS, Chunk, decode
from vault.store.origins import plain
from vault.store.sets import with_import
from vault.store.unpacking import decompressor

if TYPE_CHECKING:
    from sqlite3 import Connection

    from numpy.typing import NDArray

    from vault.records import Origin
    from vault.store.columns import Columns
    from vault.store.sets import ImportSet
    from vault.store.versions import Versions

__all__ = [
    "LIMIT_NS",
    "MONTH_STARTS",
    "Content",
    "Layout",
    "Placed",
    "SeriesKey",
    "delete_empty_series",
    "find_series",
    "held",
    "layout",
    "month_of",
    "months_told_by",
    "read",
    "read_every_version",
    "series_id",
    "series_named",
    "tell_again",
    "write",
]

MONTH_STARTS = np.arange("1970-01", "2200-02", dtype="M8[M]").astype("M8[ns]").astype(np.int64)
"""The first instant of each UTC month since 1970-01."""

LIMIT_NS = int(MONTH_STARTS[-1])
"""Instants from here on (2200) are no dates of a person's life."""


Content = tuple[int, bytes, int]
"""Of a chunk: its rows, the digest of what they say, and how many versions are kept of them."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A chunk, its place within its series, and the versions of its samples, if any."""

    month: int
    part: int
    digest: bytes
    chunk: Chunk
    versions: Versions | None


@dataclass(frozen=True, slots=True)
class Layout:
    """How rows fall into chunks: chunk ``i`` is part ``parts[i]`` of month ``months[i]``."""

    months: list[int]
    parts: list[int]
    edges: NDArray[np.intp]


def month_of(instant: int) -> int:
    """Return the UTC month of an instant, counted from 1970-01."""
    return int(np.searchsorted(MONTH_STARTS, instant, side="right")) - 1


def layout(start: NDArray[np.int64]) -> Layout:
    """Cut rows (at least one, ascending) into chunks."""
    first, last = month_of(start[0]), month_of(start[-1])
    cuts = np.searchsorted(start, MONTH_STARTS[first : last + 2]).tolist()
    months, parts, edges = [], [], []
    for month, begin, end in zip(range(first, last + 1), cuts[:-1], cuts[1:], strict=True):
        for part, edge in enumerate(range(begin, end, MAX_ROWS)):
            months.append(month)
            parts.append(part)
            edges.append(edge)
    return Layout(months, parts, np.array([*edges, len(start)], np.intp))


def held(connection: Connection, series: int) -> dict[int, list[Content]]:
    """Return the content of each chunk of a series, by month; raises Tampered if it was changed."""
    for table in _COLUMNS:
        seals.check(connection, f"{table}:{series}")
    query = """
        SELECT month, chunk.n, digest, coalesce(version.n, 0)
        FROM chunk LEFT JOIN version USING (series, month, part) WHERE series = ? ORDER BY month, part
    """
    found: dict[int, list[Content]] = {}
    for month, n, digest, told in connection.execute(query, (series,)):
        found.setdefault(month, []).append((n, digest, told))
    return found


def read(
    connection: Connection,
    series: int,
    where: str,
    given: Sequence[object],
    origins: Sequence[Origin],
    *,
    brief: bool = False,
) -> Iterator[Columns]:
    """Yield what the chunks of a series show that fulfil a condition on the table, in order."""
    for table in ("chunk", "told_chunk"):
        seals.check(connection, f"{table}:{series}")
    query = f"""
        SELECT origins, imports, sha256, data FROM chunk JOIN told_chunk USING (series, month, part)
        WHERE series = ? AND {where} ORDER BY month, part
    """  # noqa: S608
    zstd = decompressor()
    for numbers, imports, sha256, data in connection.execute(query, (series, *given)):
        seals.check_frame(data, sha256)
        told = () if brief else _sets(imports)
        yield decode(data, json.loads(numbers), origins, imports=told, brief=brief, zstd=zstd)


def read_every_version(
    connection: Connection, series: int, months: Iterable[int], origins: Sequence[Origin]
) -> Iterator[Columns]:
    """Yield the chunks of some months, with all versions of what was told differently."""
    zstd = decompressor()
    given = (series, json.dumps(list(months)))
    for numbers, imports, sha256, data, *own in connection.execute(_EVERY_VERSION, given):
        seals.check_frame(data, sha256)
        rows = decode(data, json.loads(numbers), origins, imports=_sets(imports), zstd=zstd)
        if own[-1] is not None:
            numbers, imports, sha256, data = own
            seals.check_frame(data, sha256)
            told = versions.decode(data, rows, json.loads(numbers), origins, _sets(imports), zstd=zstd)
            rows = versions.every_version(rows, *told)
        yield rows


def _sets(text: str) -> list[ImportSet]:
    return [tuple(told) for told in json.loads(text)]


def months_told_by(connection: Connection, run: int) -> dict[int, list[int]]:
    """Return the months in which an import told something, by series; raises Tampered."""
    seals.check(connection, "series")
    for (series,) in connection.execute("SELECT id FROM series").fetchall():
        for table in ("told_chunk", "version"):
            seals.check(connection, f"{table}:{series}")
    found: dict[int, list[int]] = {}
    for series, month in connection.execute(_TOLD_BY, (run,)):
        found.setdefault(series, []).append(month)
    return found


def tell_again(connection: Connection, series: int, months: Iterable[int], run: int) -> set[int]:
    """Add an import to all who told the samples of some months.

    Returns the months that it left alone: sets become equal there, and data number equal sets once.
    """
    query = f"SELECT imports, month, part FROM told_chunk WHERE {_OF_MONTHS}"  # noqa: S608
    rows, left = [], set()
    for imports, month, part in connection.execute(query, (series, json.dumps(list(months)))):
        told = [with_import(one, run) for one in _sets(imports)]
        if len(set(told)) < len(told):
            left.add(month)
        rows.append((json.dumps(told), series, month, part))
    update = "UPDATE told_chunk SET imports = ?1 WHERE (series, month, part) = (?2, ?3, ?4) AND imports <> ?1"
    connection.executemany(update, [row for row in rows if row[2] not in left])
    return left


def write(connection: Connection, series: int, months: Iterable[int], placed: Iterable[Placed]) -> None:
    """Put chunks in the place of all that some months hold; rows that stay the same are not written."""
    rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _COLUMNS}
    for one in placed:
        place, chunk, told = (series, one.month, one.part), one.chunk, one.versions
        cells = (chunk.length, chunk.first, chunk.last, json.dumps(chunk.origins), one.digest)
        rows["chunk"].append((*place, *cells, *_sealed(chunk.data)))
        rows["told_chunk"].append((*place, json.dumps(chunk.imports)))
        if told is not None:
            texts = json.dumps(told.origins), json.dumps(told.imports)
            rows["version"].append((*place, told.length, *texts, *_sealed(told.data)))
    for table, own in rows.items():
        _replace(connection, table, series, list(months), own)


SeriesKey = tuple[str, str, bool]
"""Of a series: metric, unit, whether it is coded."""


def find_series(connection: Connection, key: SeriesKey) -> int | None:
    """Return the id of a series, or None."""
    seals.check(connection, "series")
    query = "SELECT id FROM series WHERE metric = ? AND unit = ? AND coded = ?"
    found = connection.execute(query, _plain(key)).fetchone()
    return None if found is None else int(found[0])


def series_named(connection: Connection, prefix: str) -> list[tuple[int, SeriesKey]]:
    """Return id and key of the series whose metric begins with a word, by id."""
    seals.check(connection, "series")
    found = connection.execute("SELECT id, metric, unit, coded FROM series ORDER BY id").fetchall()
    return [
        (number, (metric, unit, bool(coded)))
        for number, metric, unit, coded in found
        if metric.startswith(prefix)
    ]


def series_id(connection: Connection, key: SeriesKey) -> int:
    """Return the id of a series, which may be new, within a transaction."""
    found = find_series(connection, key)
    if found is None:
        insert = "INSERT INTO series (metric, unit, coded) VALUES (?, ?, ?) RETURNING id"
        (found,) = connection.execute(insert, _plain(key)).fetchone()
    return int(found)


def _plain(key: SeriesKey) -> SeriesKey:
    metric, unit, coded = key
    return plain(metric), plain(unit), coded


def delete_empty_series(connection: Connection) -> None:
    """Delete the series that have no chunk, within a transaction."""
    connection.execute("DELETE FROM series WHERE id NOT IN (SELECT series FROM chunk)")


def _sealed(data: bytes) -> tuple[bytes, bytes]:
    return hashlib.sha256(data).digest(), data


def _replace(
    connection: Connection, table: str, series: int, months: list[int], rows: list[tuple[Any, ...]]
) -> None:
    """Write the rows of some months that are not there yet, and delete what is there else."""
    columns = _COLUMNS[table]
    query = f"SELECT {columns} FROM {table} WHERE {_OF_MONTHS}"  # noqa: S608
    there = {row[:3]: row for row in connection.execute(query, (series, json.dumps(months)))}
    gone = there.keys() - {row[:3] for row in rows}
    delete = f"DELETE FROM {table} WHERE (series, month, part) = (?, ?, ?)"  # noqa: S608
    connection.executemany(delete, sorted(gone))
    new = [row for row in rows if (same := there.get(row[:3])) is None or row[: len(same)] != same]
    if new:
        marks = ", ".join("?" * len(new[0]))
        connection.executemany(f"REPLACE INTO {table} VALUES ({marks})", new)  # noqa: S608


_OF_MONTHS = "series = ? AND month IN (SELECT value FROM json_each(?))"
_COLUMNS = {
    "chunk": "series, month, part, n, first, last, origins, digest, sha256",
    "told_chunk": "series, month, part, imports",
    "version": "series, month, part, n, origins, imports, sha256",
}
"""The columns of each table, as they stand, but the frame."""
_EVERY_VERSION = f"""
    SELECT chunk.origins, told_chunk.imports, chunk.sha256, chunk.data,
           version.origins, version.imports, version.sha256, version.data
    FROM chunk JOIN told_chunk USING (series, month, part) LEFT JOIN version USING (series, month, part)
    WHERE {_OF_MONTHS} ORDER BY month, part
"""  # noqa: S608
_TOLD_BY = """
    SELECT DISTINCT series, month
    FROM (SELECT series, month, imports FROM told_chunk UNION ALL SELECT series, month, imports FROM version)
         AS part, json_each(part.imports) AS told, json_each(told.value) AS one
    WHERE one.value = ? ORDER BY series, month
"""
