"""Rewrites months of a series: all versions of all samples in, a change, what is shown and kept back out.

Import, undo and erasure all end here, so that what a store shows always follows from what it was told, and
from nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vault.store import chunks, daily, versions
from vault.store.codec import run
from vault.store.columns import concat
from vault.store.origins import Origins, delete_unused
from vault.store.sets import distinct
from vault.store.sources import Sources, preferences
from vault.store.union import union

if TYPE_CHECKING:
    from sqlite3 import Connection
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from vault.records import Origin
    from vault.store.chunks import Content, Placed
    from vault.store.columns import Columns
    from vault.store.union import Union
    from vault.store.versions import Versions

__all__ = ["Contents", "Laid", "Rewritten", "load", "rewrite", "shown", "tidy", "windows"]

_WINDOW_ROWS = 250_000

Contents = Mapping[int, Sequence[chunks.Content]]
"""The content of each chunk, by month."""


@dataclass(slots=True)
class Rewritten:
    """How many samples are gone, and the months of which something else is shown than before."""

    removed: int = 0
    months: set[int] = field(default_factory=set)


class Laid:
    """Samples laid out in chunks."""

    def __init__(self, united: Union) -> None:
        self._layout = chunks.layout(united.rows.start)
        edges = self._layout.edges
        self._run = run(distinct(united.rows), edges)
        self._versions = _versions(united, edges)
        self.contents: dict[int, list[Content]] = {}
        digests = self._run.digests()
        for index, (month, length) in enumerate(
            zip(self._layout.months, np.diff(edges).tolist(), strict=True)
        ):
            told = self._versions.get(index)
            content = length, next(digests), told.length if told else 0
            self.contents.setdefault(month, []).append(content)

    def write(self, connection: Connection, series: int, months: Collection[int]) -> None:
        """Write some months, in the place of all that the tables have of them."""
        chunks.write(connection, series, months, self._placed(months))

    def _placed(self, months: Collection[int]) -> Iterator[Placed]:
        layout = self._layout
        wanted = [index for index, month in enumerate(layout.months) if month in months]
        for index, chunk in zip(wanted, self._run.chunks(wanted), strict=True):
            month, part = layout.months[index], layout.parts[index]
            _, digest, _ = self.contents[month][part]
            yield chunks.Placed(month, part, digest, chunk, self._versions.get(index))


def _versions(united: Union, edges: NDArray[np.intp]) -> dict[int, Versions]:
    """Return what is stored of versions, by chunk."""
    if not len(united.place):
        return {}
    chunk = np.searchsorted(edges, united.place, side="right") - 1
    firsts = np.flatnonzero(np.diff(chunk, prepend=-1))
    place = united.place - edges[chunk]
    told = versions.encode(distinct(united.versions), place, np.append(firsts, len(place)))
    return dict(zip(chunk[firsts].tolist(), told, strict=True))


def load(connection: Connection, series: int, months: Collection[int], origins: Sequence[Origin]) -> Columns:
    """Return all versions of all samples of some months, of which one at least is there."""
    return concat(list(chunks.read_every_version(connection, series, months, origins)))


def windows(months: Sequence[int], held: Contents) -> Iterator[list[int]]:
    """Split months so that each part, as stored, fits into memory."""
    window: list[int] = []
    rows = 0
    for month in months:
        window.append(month)
        rows += sum(length + told for length, _, told in held[month])
        if rows >= _WINDOW_ROWS:
            yield window
            window, rows = [], 0
    if window:
        yield window


def rewrite(
    connection: Connection, series: int, months: Collection[int], change: Callable[[Columns], Columns]
) -> Rewritten:
    """Change what months of a series were told, within a transaction; daily values are not refreshed.

    Args:
        connection: Within a transaction.
        series: Its id.
        months: UTC months since 1970-01; those that are not there are passed over.
        change: Gets all versions of all samples of some months (``Columns.imported`` tells who told each,
            samples with several versions are several rows) and returns those that shall stay, in any order,
            perhaps told by fewer imports. It may not move a sample into another month.
    """
    held = chunks.held(connection, series)
    origins = Origins(connection).known
    done = Rewritten()
    for window in windows(sorted(held.keys() & set(months)), held):
        stay = change(load(connection, series, window, origins))
        contents = {}
        if len(stay):
            laid = Laid(union(stay))
            laid.write(connection, series, window)
            contents = laid.contents
        else:
            chunks.write(connection, series, window, ())
        done.months |= {month for month in window if shown(contents, month) != shown(held, month)}
        done.removed += sum(_length(held, month) - _length(contents, month) for month in window)
    return done


def tidy(connection: Connection, rewritten: Collection[int], home: ZoneInfo) -> None:
    """Leave nothing behind of what is gone: origins, daily values, series; within a transaction.

    Args:
        connection: Within a transaction.
        rewritten: The series that show something else now; all their daily values are made anew, because
            nothing is left that would say which days they touched.
        home: The zone of samples without an offset.
    """
    before = Sources.of(Origins(connection).known)
    delete_unused(connection)
    known = Origins(connection).known
    sources = Sources.of(known, preferences(connection))
    connection.executemany("DELETE FROM daily WHERE series = ?", [(series,) for series in rewritten])
    written = None if sources.reranks(before) else dict.fromkeys(rewritten)
    daily.refresh(connection, known, sources, home, written)
    chunks.delete_empty_series(connection)


def shown(contents: Contents, month: int) -> list[tuple[int, bytes]]:
    """Return the rows and digest of each chunk of a month, which is the same as long as it shows the same."""
    return [content[:2] for content in contents.get(month, ())]


def _length(contents: Contents, month: int) -> int:
    return sum(length for length, *_ in contents.get(month, ()))
