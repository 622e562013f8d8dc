"""Joins the files of a series into batches of whole months.

The idea: the vault keeps a month of a series together, so months that are handed over whole are written once.
Files come in the order of their dates, but rows within one may not: what a clock showed twice in autumn is
mixed. What lies before the month of the newest file is complete and goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vault.records import Origin, Samples
from vault.time import NO_INSTANT

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["DERIVED_NOTE", "Months", "Part"]

DERIVED_NOTE = '{"zone":"derived"}'
_ENOUGH, _MOST = 250_000, 1_000_000


class Part(NamedTuple):
    """Samples of one file: int64 [n] UTC ns, float64 [n]; and of a wall clock int16 [n], and if derived.

    The last two are missing where the file is in UTC.
    """

    start: NDArray[np.int64]
    value: NDArray[np.float64]
    offset_min: NDArray[np.int16] | None = None
    derived: NDArray[np.bool_] | None = None

    def take(self, rows: slice | NDArray[np.intp]) -> Part:
        """Return some rows."""
        offset_min = None if self.offset_min is None else self.offset_min[rows]
        derived = None if self.derived is None else self.derived[rows]
        return Part(self.start[rows], self.value[rows], offset_min, derived)

    def in_order(self) -> Part:
        """Return the rows by start; after a clock was put back they are not."""
        if (self.start[1:] < self.start[:-1]).any():
            return self.take(np.argsort(self.start, kind="stable"))
        return self


@dataclass(slots=True)
class Months:
    """A series that is being read.

    Args:
        metric: The samples' metric.
        unit: Its unit, if it is a vendor's own.
        length_ns: How long a sample lasts.
        origin: Who measured.
        offsets_at: Gives the offsets of instants where the file is in UTC and brings none.
        last: The latest instant so far.
    """

    metric: str
    unit: str
    length_ns: int
    origin: Origin
    offsets_at: Callable[[NDArray[np.int64]], NDArray[np.int16]]
    last: int = NO_INSTANT
    _parts: list[Part] = field(default_factory=list)
    _rows: int = 0

    def add(self, part: Part) -> Iterator[Samples]:
        """Add the samples (at least one) of a file, and yield the months that are complete."""
        self._parts.append(part)
        self._rows += len(part.start)
        self.last = max(self.last, int(part.start[-1]))
        month = _month_start(int(part.start[0]))
        if self._rows >= _MOST:
            yield from self.rest()
        elif self._rows >= _ENOUGH and int(self._parts[0].start[0]) < month:
            whole = _joined(self._parts)
            cut = int(np.searchsorted(whole.start, month))
            kept = whole.take(slice(cut, None))
            self._parts, self._rows = [kept], len(kept.start)
            yield self._samples(whole.take(slice(cut)))

    def rest(self) -> Iterator[Samples]:
        """Yield what is left."""
        if self._parts:
            whole = _joined(self._parts)
            self._parts, self._rows = [], 0
            yield self._samples(whole)

    def _samples(self, part: Part) -> Samples:
        offset_min = self.offsets_at(part.start) if part.offset_min is None else part.offset_min
        noted = part.derived is not None and part.derived.any()
        return Samples(
            self.metric,
            part.start,
            part.start + self.length_ns if self.length_ns else part.start,
            offset_min,
            part.value,
            np.zeros(len(part.start), np.int32),
            (self.origin,),
            note=part.derived.astype(np.int32) - 1 if noted and part.derived is not None else None,
            notes=(DERIVED_NOTE,) if noted else (),
            unit=self.unit,
        )


def _joined(parts: list[Part]) -> Part:
    """Return the rows of several parts in order; either all of them are in UTC or none."""
    offsets = [part.offset_min for part in parts if part.offset_min is not None]
    derived = [part.derived for part in parts if part.derived is not None]
    return Part(
        np.concatenate([part.start for part in parts]),
        np.concatenate([part.value for part in parts]),
        np.concatenate(offsets) if offsets else None,
        np.concatenate(derived) if derived else None,
    ).in_order()


def _month_start(instant: int) -> int:
    return int(np.int64(instant).astype("M8[ns]").astype("M8[M]").astype("M8[ns]").astype(np.int64))
