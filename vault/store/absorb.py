"""Takes samples of one series into its chunks and says what was new.

Three cases, by month: no chunks there, so they are written; chunks of the same digests, so nothing happens
and nothing is unpacked; others, so stored and incoming rows are united and the months that changed are
written. Months of a case are worked on together, as many as fit into memory.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vault.store import chunks
from vault.store.codec import run
from vault.store.columns import concat
from vault.store.union import union

if TYPE_CHECKING:
    from sqlite3 import Connection

    from numpy.typing import NDArray

    from vault.store.columns import Columns

__all__ = ["Absorbed", "absorb"]

_WINDOW_ROWS = 500_000

Contents = dict[int, list[tuple[int, bytes]]]
"""(rows, digest) of each chunk, by month."""


@dataclass(slots=True)
class Absorbed:
    """How many rows were new or filled an offset, and the months that were written."""

    added: int = 0
    updated: int = 0
    months: set[int] = field(default_factory=set)


class _Laid:
    """Unique rows in canonical order, laid out in chunks."""

    def __init__(self, rows: Columns) -> None:
        self._rows = rows
        self._layout = chunks.layout(rows.start)
        self._run = run(rows, self._layout.edges)
        self._digests = list(self._run.digests())
        self.contents: Contents = {}
        lengths = np.diff(self._layout.edges).tolist()
        for month, length, digest in zip(self._layout.months, lengths, self._digests, strict=True):
            self.contents.setdefault(month, []).append((length, digest))

    def take(self, months: Collection[int]) -> Columns:
        """Return the rows of some months."""
        wanted = np.isin(self._layout.months, list(months))
        return self._rows.take(np.repeat(wanted, np.diff(self._layout.edges)))

    def changed(self, rows: NDArray[np.bool_]) -> set[int]:
        """Return the months in which one of these rows lies."""
        hit = np.logical_or.reduceat(rows, self._layout.edges[:-1]).tolist()
        return {month for month, changed in zip(self._layout.months, hit, strict=True) if changed}

    def write(self, connection: Connection, series: int, months: Collection[int]) -> None:
        """Write the chunks of some months, which the table no longer has."""
        placed = self._layout
        wanted = [index for index, month in enumerate(placed.months) if month in months]
        chunks.insert(
            connection,
            series,
            (
                (placed.months[index], placed.parts[index], self._digests[index], chunk)
                for index, chunk in zip(wanted, self._run.chunks(wanted), strict=True)
            ),
        )


def absorb(connection: Connection, series: int, incoming: Columns) -> Absorbed:
    """Unite rows (at least one) with the chunks of a series, within a transaction."""
    laid = _Laid(union(incoming).rows)
    held = chunks.held(connection, series)
    new = laid.contents.keys() - held.keys()
    laid.write(connection, series, new)
    done = Absorbed(sum(length for month in new for length, _ in laid.contents[month]), 0, new)
    clashing = [month for month, contents in laid.contents.items() if held.get(month, contents) != contents]
    for months in _windows(clashing, held):
        _unite(connection, series, months, laid.take(months), done)
    return done


def _windows(months: Sequence[int], held: Contents) -> Iterator[list[int]]:
    """Split months so that each part, as stored, fits into memory."""
    window: list[int] = []
    rows = 0
    for month in months:
        window.append(month)
        rows += sum(length for length, _ in held[month])
        if rows >= _WINDOW_ROWS:
            yield window
            window, rows = [], 0
    if window:
        yield window


def _unite(connection: Connection, series: int, months: list[int], incoming: Columns, done: Absorbed) -> None:
    where = "series = ? AND month IN (SELECT value FROM json_each(?))"
    stored = concat(list(chunks.read(connection, where, (series, json.dumps(months)), incoming.origins)))
    united = union(concat([stored, incoming]), len(stored))
    changed = united.new | united.filled
    if not changed.any():
        return
    laid = _Laid(united.rows)
    rewritten = laid.changed(changed)
    chunks.delete_months(connection, series, rewritten)
    laid.write(connection, series, rewritten)
    done.added += int(united.new.sum())
    done.updated += int(united.filled.sum())
    done.months |= rewritten
