"""Reads the raw files: rows of a start, a list of durations and a list of values, laid end to end.

The idea: a bin begins where the one before it ends. Rows are gathered by the thousand and laid out as columns
at once; who reads them says which values count, and so which rows were of use.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from adapters.formats.batches import canonical
from adapters.formats.values import numbers
from adapters.withings.entries import is_of_the_night, origin_of
from adapters.withings.layouts import rows
from vault.records import Record, Samples
from vault.time import DAY_NS, MINUTE_NS, SECOND_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.formats.counting import Count
    from adapters.withings.entries import Entry
    from adapters.withings.layouts import Kind

__all__ = ["Bins", "Rows", "samples_of"]

_LONGEST_CELL = 4 << 20
"""Characters: a week of a value a second."""
_LONGEST_S = float(7 * DAY_NS // SECOND_NS)
_LONGEST_WINDOW_MIN = 60


@dataclass(frozen=True, slots=True)
class Bins:
    """Values as columns [n]: start and end in UTC ns, offset in minutes, value, and of which of the rows."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    offset_min: NDArray[np.int16]
    value: NDArray[np.float64]
    row: NDArray[np.int64]
    rows: int

    def where(self, good: NDArray[np.bool_]) -> Bins:
        """Return some of the bins."""
        times = self.start[good], self.end[good], self.offset_min[good]
        return Bins(*times, self.value[good], self.row[good], self.rows)

    def tell(self, count: Count, good: NDArray[np.bool_], reason: str) -> None:
        """Count the rows of which some bins are good as used, and leave the others."""
        used = len(np.unique(self.row[good]))
        count.use(used)
        count.leave(reason, self.rows - used)


class Rows:
    """Rows of one raw file that wait to be laid out."""

    def __init__(self) -> None:
        self._sizes, self._starts, self._offsets = array("q"), array("q"), array("h")
        self._durations, self._values = array("d"), array("d")

    def add(self, entry: Entry) -> str:
        """Take a row, and return why it can't be used, or nothing."""
        start = entry.moment("start")
        if start is None:
            return "bad-date"
        durations, values = (_list(entry.row.get(name, "")) for name in ("duration", "value"))
        if durations is None or values is None or len(durations) != len(values):
            return "bad-value"
        if not all(0 <= length <= _LONGEST_S for length in durations) or sum(durations) > _LONGEST_S:
            return "bad-value"
        self._sizes.append(len(values))
        self._starts.append(start[0])
        self._offsets.append(start[1])
        self._durations.extend(durations)
        self._values.extend(values)
        return ""

    def __len__(self) -> int:
        """Return how many rows and bins wait."""
        return len(self._sizes) + len(self._values)

    def bins(self) -> Bins:
        """Return all that waits, laid out."""
        sizes = np.array(self._sizes, np.int64)
        row = np.repeat(np.arange(len(sizes)), sizes)
        length = np.rint(np.array(self._durations, np.float64) * SECOND_NS).astype(np.int64)
        end = np.cumsum(length)
        before = np.concatenate((np.zeros(1, np.int64), end))[np.cumsum(sizes) - sizes]
        end += (np.array(self._starts, np.int64) - before)[row]
        offset_min = np.array(self._offsets, np.int16)[row]
        return Bins(end - length, end, offset_min, np.array(self._values, np.float64), row, len(sizes))


def samples_of(bins: Bins, kind: Kind, count: Count) -> Iterator[Record]:
    """Yield the values of a quantity that are above its limit."""
    told = next(row for row in rows("raw.csv") if row["quantity"] == kind.quantity)
    good = bins.value > float(told["above"])
    bins.tell(count, good, "no-value")
    some = bins.where(good)
    if len(some.start):
        origin = np.zeros(len(some.start), np.int32)
        origins = (origin_of(kind.device),)
        note, notes = _windows(some) if told["windows"] and is_of_the_night(kind.device) else (None, ())
        yield Samples(
            told["metric"],
            some.start,
            some.end,
            some.offset_min,
            some.value,
            origin,
            origins,
            unit=told["unit"],
            note=note,
            notes=notes,
        )


def _windows(bins: Bins) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return for bins of a whole number of minutes that they are windows of a night, as notes."""
    minutes, rest = np.divmod(bins.end - bins.start, MINUTE_NS)
    minutes = np.where((rest == 0) & (minutes <= _LONGEST_WINDOW_MIN), minutes, 0)
    lengths, note = np.unique(np.append(minutes, 0), return_inverse=True)
    notes = tuple(canonical({"window": f"{length}min"}) for length in lengths[1:].tolist())
    return (note[:-1] - 1).astype(np.int32), notes


def _list(cell: str) -> list[float] | None:
    """Return a cell's list of numbers, NaN for missing; None for anything else."""
    if len(cell) > _LONGEST_CELL:
        return None
    try:
        found: list[float] = msgspec.json.decode(cell, type=list[float])
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return _mixed(cell)
    return found


def _mixed(cell: str) -> list[float] | None:
    """Return a list that also has texts or nulls, or a number that stands alone."""
    try:
        said = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    found: list[float] = numbers(said if isinstance(said, list) else [said]).tolist()
    return found
