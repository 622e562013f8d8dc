"""Reads the tables of measurements: what a row says, or the finer values of the document it names.

The idea: a row with a document is a summary of it, so the document's values are taken and not the row's means
of them. If the document is not there, the summary is better than nothing.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.counting import Count
from adapters.formats.values import number
from adapters.samsung_health.envelope import rows
from vault.records import Rejection
from vault.time import MINUTE_NS, date_of_day

if TYPE_CHECKING:
    from adapters.formats.batches import Batches
    from adapters.samsung_health.blobs import Blobs, Block
    from adapters.samsung_health.devices import Devices
    from adapters.samsung_health.entries import Entry
    from adapters.samsung_health.times import Span
    from vault.records import Origin, Record

__all__ = ["Field", "Measures", "bins_of", "fields_of"]

_WINDOWS, _NIGHTLY = "hrv", "respiratory_rate"
"""What is measured in windows of a length worth noting; whose row is of a whole night."""


@dataclass(frozen=True, slots=True)
class Field:
    """A number of a row or of an item, and what it is in the vault, if it is ``above`` a limit."""

    said: str
    metric: str
    unit: str
    above: float
    beside_bins: bool = False


class Measures:
    """The measurements of an export, which go into ``batches``."""

    def __init__(self, devices: Devices, blobs: Blobs, batches: Batches) -> None:
        self._devices = devices
        self._blobs = blobs
        self._batches = batches

    def row(self, entry: Entry) -> Iterator[Record]:
        """Yield what is full, and what is wrong with the row or its document."""
        span = entry.times.span(entry.row)
        if isinstance(span, str):
            yield entry.reject(span)
            return
        if self._devices.is_combined(entry.row):
            entry.count.leave("mirror")
            return
        origin = self._devices.origin(entry.row)
        has_bins = yield from self._documents(entry, span[2], origin)
        if self._add(entry, span, origin, has_bins=has_bins) or has_bins:
            entry.count.use()
        else:
            entry.count.leave("no-value")
        yield from self._batches.full()

    def end(self) -> Iterator[Record]:
        """Yield nothing: the batches hold what there is."""
        yield from ()

    def _add(self, entry: Entry, span: Span, origin: Origin, *, has_bins: bool) -> bool:
        """Add the row's own values; returns whether there were any."""
        note = _note(entry, span) or None
        found = False
        for field in fields_of(entry.kind.reads_as):
            value = number(entry.row.get(field.said, ""))
            if value is not None and value > field.above and (field.beside_bins or not has_bins):
                self._batches.add(field.metric, *span, value, origin, note=note, unit=field.unit)
                found = True
        return found

    def _documents(self, entry: Entry, offset_min: int, origin: Origin) -> Generator[Record, None, bool]:
        """Add the values of the documents a row names; returns whether there were any."""
        found = False
        for cell in entry.kind.bins:
            member = self._blobs.take(entry.table, entry.kind.datatype, entry.row.get(cell, ""))
            if member is None:
                continue
            count = Count(member.name)
            for block in self._blobs.blocks(member, count):
                if isinstance(block, Rejection):
                    yield block
                    continue
                used = self._extend(block, offset_min, origin, entry.kind.reads_as)
                count.use(used)
                count.leave("no-value", len(block) - used)
                found = found or used > 0
                yield from self._batches.full()
            self._blobs.done(member, count)
        return found

    def _extend(self, block: Block, offset_min: int, origin: Origin, reads_as: str) -> int:
        """Add the values of a block; returns of how many items there were any."""
        used = np.zeros(len(block), np.bool_)
        minutes = np.rint((block.end - block.start) / MINUTE_NS) * (reads_as == _WINDOWS)
        for field in bins_of(reads_as):
            values = block.column(field.said, field.above)
            used |= (good := ~np.isnan(values))
            for length in np.unique(minutes[good]).tolist():
                some = good & (minutes == length)
                start, end = block.start[some], block.end[some]
                note = {"window": f"{length:.0f}min"} if length else None
                self._batches.extend(
                    field.metric, start, end, offset_min, values[some], origin, note=note, unit=field.unit
                )
        return int(np.count_nonzero(used))


def _note(entry: Entry, span: Span) -> dict[str, object]:
    """Return what else a row says of its values."""
    note: dict[str, object] = {name: entry.row[name] for name in entry.kind.notes if entry.row.get(name)}
    if entry.kind.reads_as == _NIGHTLY:
        night = date_of_day(entry.times.wake_day(span[1], span[2]))
        note |= {"night": night.isoformat(), "window": "night"}
    return note


@cache
def fields_of(reads_as: str) -> tuple[Field, ...]:
    """Return the numbers of a row, by what its table reads as."""
    return tuple(
        Field(row["column"], row["metric"], row["unit"], float(row["above"]), row["beside_bins"] == "yes")
        for row in rows("fields.csv")
        if row["reads_as"] == reads_as
    )


@cache
def bins_of(reads_as: str) -> tuple[Field, ...]:
    """Return the numbers of a document's items, by what its table reads as."""
    return tuple(
        Field(row["key"], row["metric"], row["unit"], float(row["above"]))
        for row in rows("bins.csv")
        if row["reads_as"] == reads_as
    )
