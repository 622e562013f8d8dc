"""Makes samples of the tables of numbers: moments, intervals, and series under a record without a number.

The idea: which column is which metric in which unit stands in a table, so one function reads them all, in
whole columns. A row counts once, however many numbers it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from adapters.health_connect.rows import Notes, Rows, instants_of, is_said, position, rejected, rows_of, words
from adapters.tables import table
from vault.records import Record, Rejection, Samples
from vault.time import MINUTE_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.formats.counting import Count
    from adapters.health_connect.database import Database
    from adapters.health_connect.origins import Origins

    Floats = NDArray[np.float64]
    Marks = NDArray[np.bool_]

__all__ = ["Quantity", "quantities", "samples_of"]

_MINUTES = "@minutes"
"""Instead of a column: how long the record is."""
_SERIES = ("parent_key", "epoch_millis")


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a column is.

    ``series`` is the table of the series it is in. The number is multiplied by ``factor``; without one it is
    a code. ``only`` and ``unless`` (``column=code``) tell of which rows it is said.
    """

    table: str
    series: str
    column: str
    metric: str
    unit: str
    factor: float | None
    only: str
    unless: str


@cache
def quantities() -> dict[str, tuple[Quantity, ...]]:
    """Return what is read of each table of numbers."""
    found: dict[str, list[Quantity]] = {}
    for row in table("adapters.health_connect", "quantities.csv"):
        factor = float(row["factor"]) if row["factor"] else None
        said = {name: row[name] for name in ("table", "series", "column", "metric", "unit", "only", "unless")}
        found.setdefault(row["table"], []).append(Quantity(**said, factor=factor))
    return {name: tuple(listed) for name, listed in found.items()}


def samples_of(database: Database, name: str, origins: Origins, count: Count) -> Iterator[Record]:
    """Yield the samples of a table and of its series, and what was rejected."""
    return _Table(database, name, origins, count).records()


class _Table:
    """One table being read."""

    def __init__(self, database: Database, name: str, origins: Origins, count: Count) -> None:
        self._database, self._name, self._origins, self._count = database, name, origins, count
        self._own = [one for one in quantities()[name] if not one.series]
        self._series = next((one for one in quantities()[name] if one.series), None)
        self._notes = Notes(name)
        asked = [one.column for one in self._own if one.column != _MINUTES]
        asked += [said.partition("=")[0] for one in self._own for said in (one.only, one.unless) if said]
        self._columns = list(dict.fromkeys(asked))

    def records(self) -> Iterator[Record]:
        parents: list[Rows] = []
        used: list[Marks] = []
        for rows in rows_of(
            self._database, self._name, self._columns, self._origins, self._notes, self._count
        ):
            if isinstance(rows, Rejection):
                yield rows
                continue
            values = [self._value(rows, one) for one in self._own]
            for one, value in zip(self._own, values):
                yield from self._samples(one, rows, value)
            said = _any(rows, [np.isfinite(value) for value in values])
            if self._series is None:
                bad = ~said & _any(rows, [np.isinf(value) for value in values])
                yield from rejected(self._count, rows.id, {"bad-value": bad})
                self._tell(said, ~said & ~bad)
            else:
                parents.append(rows)
                used.append(said)
        if self._series is not None:
            yield from self._children(self._series, Rows.joined(parents), used)

    def _value(self, rows: Rows, one: Quantity) -> Floats:
        """Return a quantity of each row, NaN where nothing is said, infinite where it is no number."""
        if one.column == _MINUTES:
            value = (rows.end - rows.start) / MINUTE_NS
        else:
            value = _scaled(rows.cells[:, self._columns.index(one.column)], one, self._name)
        for said, is_wanted in ((one.only, True), (one.unless, False)):
            if said:
                column, _, code = said.partition("=")
                same = rows.cells[:, self._columns.index(column)] == float(code)
                value = np.where(same == is_wanted, value, np.nan)
        return value

    def _samples(self, one: Quantity, rows: Rows, value: Floats) -> Iterator[Samples]:
        """Yield the samples of a quantity, of the rows that say it, if any does."""
        said = np.isfinite(value)
        if not said.any():
            return
        rows, value = rows.take(said), value[said]
        codes = None if one.factor is not None else tuple(words("words.csv", self._name)[one.column].values())
        notes = self._notes.listed
        yield Samples(
            one.metric,
            rows.start,
            rows.end,
            rows.offset_min,
            value if codes is None else value.astype(np.int32),
            rows.origin,
            self._origins.listed,
            note=rows.note if notes else None,
            notes=notes,
            codes=codes,
            unit=one.unit,
        )

    def _tell(self, used: Marks, empty: Marks) -> None:
        self._count.use(int(used.sum()))
        self._count.leave("no-value", int(empty.sum()))

    def _children(self, one: Quantity, parents: Rows | None, used: list[Marks]) -> Iterator[Record]:
        """Yield a series: each point has the clock, the origin and the note of the record above it."""
        ids = np.empty(0, np.int64) if parents is None else parents.id
        told = np.concatenate([np.empty(0, np.bool_), *used])
        count = self._count
        if one.series in self._database.tables:
            for block in self._database.numbers(one.series, (*_SERIES, one.column)):
                if isinstance(block, int):
                    yield count.reject("damaged-rows", position(block))
                    continue
                at, is_known = _found(ids, block[:, 1])
                when, value = instants_of(block[:, 2]), _scaled(block[:, 3], one, self._name)
                dated = is_known & (when >= 0)
                faults = {
                    "no-parent": ~is_known,
                    "bad-date": is_known & ~dated,
                    "bad-value": dated & np.isinf(value),
                }
                yield from rejected(count, block[:, 0], faults)
                said = dated & np.isfinite(value)
                count.use(int(said.sum()))
                count.leave("no-value", int((dated & np.isnan(value)).sum()))
                if parents is not None and said.any():
                    told[at[said]] = True
                    points = replace(parents.take(at[said]), start=when[said], end=when[said])
                    yield from self._samples(one, points, value[said])
        self._tell(told, ~told)


def _any(rows: Rows, marks: list[Marks]) -> Marks:
    return np.logical_or.reduce(marks) if marks else np.zeros(len(rows.id), np.bool_)


def _found(ids: NDArray[np.int64], wanted: Floats) -> tuple[NDArray[np.int64], Marks]:
    """Return where ids, ascending, have those that are wanted, and whether they do."""
    if not len(ids):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.bool_)
    at = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return at, ids[at] == wanted


def _scaled(cells: Floats, one: Quantity, name: str) -> Floats:
    """Return cells in the metric's unit; codes as the number of their word, infinite without one."""
    said = np.where(is_said(cells) | np.isinf(cells), cells, np.nan)
    if one.factor is not None:
        with np.errstate(over="ignore"):  # infinite then, and no number
            return said * one.factor
    number = np.where(np.isnan(said), np.nan, np.inf)
    for at, code in enumerate(words("words.csv", name)[one.column]):
        number[said == code] = at
    return number
