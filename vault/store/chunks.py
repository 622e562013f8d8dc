"""The table of chunks: which samples of a series lie in which UTC month, read and written whole.

A month of more than ``MAX_ROWS`` samples is cut into parts at fixed row numbers, so that the same samples
always make the same chunks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.store.codec import MAX_ROWS, Chunk, decode
from vault.store.unpacking import decompressor

if TYPE_CHECKING:
    from sqlite3 import Connection

    from numpy.typing import NDArray

    from vault.records import Origin
    from vault.store.columns import Columns

__all__ = [
    "LIMIT_NS",
    "MONTH_STARTS",
    "Layout",
    "delete_months",
    "held",
    "insert",
    "layout",
    "month_of",
    "read",
]

MONTH_STARTS = np.arange("1970-01", "2200-02", dtype="M8[M]").astype("M8[ns]").astype(np.int64)
"""The first instant of each UTC month since 1970-01."""

LIMIT_NS = int(MONTH_STARTS[-1])
"""Instants from here on (2200) are no dates of a person's life."""


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


def held(connection: Connection, series: int) -> dict[int, list[tuple[int, bytes]]]:
    """Return (rows, digest) of each chunk of a series, by month."""
    query = "SELECT month, n, digest FROM chunk WHERE series = ? ORDER BY month, part"
    found: dict[int, list[tuple[int, bytes]]] = {}
    for month, n, digest in connection.execute(query, (series,)):
        found.setdefault(month, []).append((n, digest))
    return found


def read(
    connection: Connection,
    where: str,
    given: Sequence[object],
    origins: Sequence[Origin],
    *,
    brief: bool = False,
) -> Iterator[Columns]:
    """Yield the chunks that fulfil a condition on the table, in order."""
    query = f"SELECT origins, data FROM chunk WHERE {where} ORDER BY series, month, part"  # noqa: S608
    zstd = decompressor()
    for numbers, data in connection.execute(query, given):
        yield decode(data, json.loads(numbers), origins, brief=brief, zstd=zstd)


def delete_months(connection: Connection, series: int, months: Iterable[int]) -> None:
    """Delete months of a series."""
    rows = [(series, month) for month in months]
    connection.executemany("DELETE FROM chunk WHERE series = ? AND month = ?", rows)


def insert(connection: Connection, series: int, placed: Iterable[tuple[int, int, bytes, Chunk]]) -> None:
    """Write chunks of a series, given as (month, part, digest, chunk)."""
    rows = (
        (series, month, part, one.length, one.first, one.last, json.dumps(one.origins), digest, one.data)
        for month, part, digest, one in placed
    )
    connection.executemany("INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
