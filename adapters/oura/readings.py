"""Reads streams of single readings: heart rates, skin temperatures, daytime stress.

The idea: there are half a million of them, so they are taken as columns, tens of thousands at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from adapters.formats.values import numbers
from adapters.oura.columns import columns
from adapters.oura.documents import rows
from adapters.oura.times import instants_of
from vault.time import NO_INSTANT

if TYPE_CHECKING:
    from adapters.formats.clocks import Zone
    from adapters.formats.counting import Count
    from adapters.formats.items import Json
    from vault.records import Record

__all__ = ["STREAMS", "Readings"]

STREAMS = frozenset(row["collection"] for row in rows("readings.csv"))
_ROWS = 1 << 16


class Readings:
    """The readings of one stream of one file, as far as they are not handed on."""

    def __init__(self, collection: str, home: Zone | None, count: Count) -> None:
        self._fields = [row for row in rows("readings.csv") if row["collection"] == collection]
        self._home = home
        self._count = count
        self._times: list[Any] = []
        self._positions: list[int] = []
        self._values: list[list[Any]] = [[] for _ in self._fields]

    def add(self, said: Json, position: int) -> Iterator[Record]:
        """Take a reading; yields when there are many."""
        self._times.append(said.get("timestamp"))
        self._positions.append(position)
        for values, field in zip(self._values, self._fields):
            values.append(said.get(field["key"]))
        if len(self._times) >= _ROWS:
            yield from self.rest()

    def rest(self) -> Iterator[Record]:
        """Yield what was taken, each row counted."""
        start, offsets = instants_of(self._times, self._home)
        dated = start != NO_INSTANT
        told = np.zeros(len(start), bool)
        for values, field in zip(self._values, self._fields):
            value = numbers(values)
            value[~dated | (value < float(field["least"]))] = np.nan
            told |= ~np.isnan(value)
            yield from columns(field["metric"], start, start, offsets, value, unit=field["unit"])
            values.clear()
        for at in np.flatnonzero(~dated).tolist():
            yield self._count.reject("bad-date", self._positions[at])
        self._count.use(int(np.count_nonzero(told)))
        self._count.leave("no-value", int(np.count_nonzero(dated & ~told)))
        self._times.clear()
        self._positions.clear()
