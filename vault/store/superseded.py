"""What the owner corrected: the row as it was told stands aside, and the one in its place says so.

A corrected row keeps the times, the source and all who told it; only its value is another, and its note has
the key ``corrected``. The old one is a row of ``superseded:METRIC``. So an export that tells the old value
again is a repetition, an undo or an erasure that takes the one takes the other, and both series together are
all there is to know of a correction.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.canonical import canonical
from vault.store import chunks
from vault.store.checks import SUPERSEDED
from vault.store.columns import concat, values
from vault.store.numbering import renumbered
from vault.store.origins import Origins
from vault.store.rewriting import Laid, load, rewrite
from vault.store.union import union

if TYPE_CHECKING:
    from sqlite3 import Connection

    from numpy.typing import NDArray

    from vault.records import Origin
    from vault.store.chunks import SeriesKey
    from vault.store.columns import Columns

__all__ = ["CORRECTED", "Superseded", "corrected", "is_corrected", "put", "settle", "stored"]

CORRECTED = "corrected"
"""The key of a note that says when the owner put the value right, and why if they said."""

_Place = tuple[int, int, str]
"""Start, end, source."""


def corrected(rows: Columns, right: Sequence[tuple[Any, Mapping[str, Any]]]) -> Columns:
    """Return rows with other values, and notes that say so: a pair of value and what to note, a row."""
    texts = [_marked(text, mark) for text, (_, mark) in zip(_texts(rows), right, strict=True)]
    told = [value for value, _ in right]
    numbers = np.arange(len(rows), dtype=np.int32)
    note, notes = renumbered([numbers], [texts])
    if rows.codes is None:
        return replace(rows, value=np.array(told, np.float64), note=note, notes=notes)
    value, codes = renumbered([numbers], [told])
    return replace(rows, value=value, codes=codes, note=note, notes=notes)


def _marked(text: str, mark: Mapping[str, Any]) -> str:
    said = json.loads(text) if text else {}
    return canonical((said if isinstance(said, dict) else {"note": said}) | {CORRECTED: dict(mark)})


def _mark(text: str) -> Mapping[str, Any] | None:
    """Return what a note says of a correction, None if it says nothing of one."""
    said = json.loads(text) if f'"{CORRECTED}"' in text else None
    return said.get(CORRECTED) if isinstance(said, dict) else None


def _texts(rows: Columns) -> list[str]:
    return [rows.notes[number] if number >= 0 else "" for number in rows.note.tolist()]


def is_corrected(rows: Columns) -> NDArray[np.bool_]:
    """Return which rows say that they were corrected."""
    marked = np.array([_mark(text) is not None for text in rows.notes] + [False], bool)
    return np.asarray(marked[rows.note])  # -1, no note, is the last


def _places(rows: Columns) -> list[_Place]:
    sources = [rows.origins[number].source for number in rows.origin.tolist()]
    return list(zip(rows.start.tolist(), rows.end.tolist(), sources, strict=True))


class Superseded:
    """What stands aside of the series of a store, as an import asks for it: one look a series."""

    def __init__(self, connection: Connection, origins: Sequence[Origin]) -> None:
        self._connection = connection
        self._origins = origins
        self._old: dict[SeriesKey, Columns | None] = {}

    def put_right(self, series: SeriesKey, rows: Columns) -> tuple[Columns, Columns]:
        """Return rows with what the owner corrected as they corrected it, and those rows as they came."""
        if series not in self._old:
            aside = chunks.find_series(self._connection, aside_of(series))
            self._old[series] = None if aside is None else stored(self._connection, aside, self._origins)
        old = self._old[series]
        hit = None if old is None else _hits(rows, old)
        if hit is None or not hit.any():
            return rows, rows.take(slice(0))
        came = rows.take(hit)
        main = chunks.find_series(self._connection, series)
        there = None if main is None else stored(self._connection, main, self._origins, _months(came))
        right = [] if there is None else _in_place_of(came, there)
        return concat([rows.take(~hit), *right]), came


def aside_of(series: SeriesKey) -> SeriesKey:
    """Return the series of what was corrected in a series."""
    metric, unit, coded = series
    return SUPERSEDED + metric, unit, coded


def stored(
    connection: Connection, series: int, origins: Sequence[Origin], months: Sequence[int] | None = None
) -> Columns | None:
    """Return all versions of all rows of a series, or of some months of it; None if there are none."""
    there = chunks.held(connection, series).keys()
    wanted = there if months is None else there & set(months)
    return load(connection, series, sorted(wanted), origins) if wanted else None


def _months(rows: Columns) -> list[int]:
    return sorted({chunks.month_of(start) for start in rows.start.tolist()})


def _hits(rows: Columns, old: Columns) -> NDArray[np.bool_]:
    """Return which rows are samples that stand aside: the same times, source and value."""
    hit = np.isin(rows.start, old.start)
    if hit.any():  # so few that they can be looked at one by one
        near = rows.take(hit)
        known = set(zip(_places(old), values(old), strict=True))
        hit[hit] = [one in known for one in zip(_places(near), values(near), strict=True)]
    return hit


def _in_place_of(old: Columns, main: Columns) -> Iterator[Columns]:
    """Yield what stands in the main series in the place of old rows, told as these were; one part at most."""
    rows = main.take(np.isin(main.start, old.start))
    rows = rows.take(is_corrected(rows))
    marks = [_mark(text) or {} for text in _texts(rows)]
    right = dict(zip(_places(rows), zip(values(rows), marks, strict=True), strict=True))
    places = _places(old)
    known = np.array([place in right for place in places], bool)
    if known.any():
        yield corrected(old.take(known), [right[place] for place in places if place in right])


def put(connection: Connection, series: int, rows: Columns) -> None:
    """Add rows, with those who told them, to a series, within a transaction; daily values are not made."""
    months = _months(rows)
    there = stored(connection, series, rows.origins, months)
    Laid(union(rows if there is None else concat([there, rows]))).write(connection, series, months)


def settle(connection: Connection, series: int, aside: int) -> set[int]:
    """Put right what a series shows although it stands aside; return the months that changed.

    Who brings back both series, as a bundle does, may find the old value here.
    """
    old = stored(connection, aside, Origins(connection).known)
    moved: list[Columns] = []

    def change(rows: Columns) -> Columns:
        assert old is not None
        hit = _hits(rows, old)
        if not hit.any():
            return rows
        moved.append(rows.take(hit))
        return concat([rows.take(~hit), *_in_place_of(moved[-1], rows)])

    if old is None:
        return set()
    done = rewrite(connection, series, _months(old), change)
    for rows in moved:
        put(connection, aside, rows)
    return done.months
