"""The rows of a table of records, as columns: when, where on the clock, by whom, with which remark.

The idea: all records begin alike, so what they share is read here once. A row whose times are no times says
which row it is instead of what; nothing is yet said of its value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.batches import canonical
from adapters.formats.values import LAST_NS, quantity
from adapters.tables import table
from vault.time import MILLISECOND_NS, UNKNOWN_OFFSET

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.formats.counting import Count
    from adapters.health_connect.database import Database
    from adapters.health_connect.origins import Origins
    from vault.records import Rejection

    Floats = NDArray[np.float64]

__all__ = [
    "MILLISECOND_NS",
    "Notes",
    "Rows",
    "instants_of",
    "is_said",
    "number_of",
    "offsets_of",
    "position",
    "rejected",
    "rows_of",
    "words",
]

_INSTANT = ("time", "zone_offset", "time", "zone_offset")
_INTERVAL = ("start_time", "start_zone_offset", "end_time", "end_zone_offset")
_WHO = ("app_info_id", "device_info_id", "recording_method")
_MANUAL = 3
_FURTHEST_S = 64_800
_UNSET = 1e-30
"""Java's smallest numbers, 1.4e-45 and 4.9e-324, are written where nothing was."""
_MOST_CODES = 1_000
_LARGEST_ID = 2.0**62
"""SQLite numbers rows upwards from 1; the largest id there can be is, as a float, no int64."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows whose times are good: ids, instants (UTC ns), offsets (minutes), number of origin, number of note.

    ``cells`` are the columns asked for, float64 [n, columns].
    """

    id: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    offset_min: NDArray[np.int16]
    end_offset_min: NDArray[np.int16]
    origin: NDArray[np.int32]
    note: NDArray[np.int32]
    cells: Floats

    def take(self, at: NDArray[np.bool_] | NDArray[np.int64]) -> Rows:
        """Return some of the rows, by mask or place."""
        return Rows(*(getattr(self, one.name)[at] for one in fields(self)))

    @classmethod
    def joined(cls, blocks: list[Rows]) -> Rows | None:
        """Return blocks as one, None of none."""
        if not blocks:
            return None
        return cls(*(np.concatenate([getattr(one, name.name) for one in blocks]) for name in fields(cls)))


@dataclass
class Notes:
    """What is remarked of the rows of one table: its codes as words, and that somebody typed it in."""

    table: str
    listed: list[str] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of codes that are remarks."""
        return tuple(words("codes.csv", self.table))

    def numbers(self, codes: Floats, method: Floats) -> NDArray[np.int32]:
        """Return the number of each row's note, int32 [n], -1 for none."""
        key = (method == _MANUAL).astype(np.int64)
        for column in codes.T:
            known = (column >= 0) & (column < _MOST_CODES)
            key = key * _MOST_CODES + np.where(known, column, 0).astype(np.int64)
        keys, which = np.unique(key, return_inverse=True)
        return np.array([self._number(int(one)) for one in keys], np.int32)[which]

    def _number(self, key: int) -> int:
        said = {}
        for name in reversed(self.columns):
            key, code = divmod(key, _MOST_CODES)
            if code in words("codes.csv", self.table)[name]:
                said[name] = words("codes.csv", self.table)[name][code]
        if key:
            said["recording_method"] = "manual"
        if not said:
            return -1
        note = canonical(said)
        at = self._places.setdefault(note, len(self.listed))
        if at == len(self.listed):
            self.listed.append(note)
        return at


def rows_of(
    database: Database, name: str, columns: Sequence[str], origins: Origins, notes: Notes, count: Count
) -> Iterator[Rows | Rejection]:
    """Yield the rows of a table in blocks, and a rejection for those that have no usable time.

    ``columns`` are what else is read of each row.
    """
    times = _INSTANT if "time" in database.tables[name] else _INTERVAL
    wanted = (*times, *_WHO, *notes.columns, *columns)
    for block in database.numbers(name, wanted, notes.columns):
        if isinstance(block, int):
            yield count.reject("damaged-rows", position(block))
            continue
        start, end = instants_of(block[:, 1]), instants_of(block[:, 3])
        bad = (start < 0) | (end < 0)
        backwards = ~bad & (end < start)
        yield from rejected(count, block[:, 0], {"bad-date": bad, "end-before-start": backwards})
        good = ~(bad | backwards)
        if good.any():
            yield _rows(block[good], start[good], end[good], origins, notes)


def _rows(
    block: Floats, start: NDArray[np.int64], end: NDArray[np.int64], origins: Origins, notes: Notes
) -> Rows:
    app, device, method = block[:, 5:8].T
    after = 8 + len(notes.columns)
    return Rows(
        np.clip(block[:, 0], -_LARGEST_ID, _LARGEST_ID).astype(np.int64),
        start,
        end,
        offsets_of(block[:, 2]),
        offsets_of(block[:, 4]),
        origins.numbers(app, device),
        notes.numbers(block[:, 8:after], method),
        block[:, after:],
    )


def instants_of(cells: Floats) -> NDArray[np.int64]:
    """Return milliseconds as instants in UTC ns, -1 for what is none between 1970 and 2199."""
    good = (cells >= 0) & (cells < LAST_NS / MILLISECOND_NS)
    return np.where(good, np.where(good, cells, 0).astype(np.int64) * MILLISECOND_NS, -1)


def offsets_of(cells: Floats) -> NDArray[np.int16]:
    """Return offsets in seconds as minutes; none and 0, which apps write that know none, is unknown."""
    known = (np.abs(cells) <= _FURTHEST_S) & (cells != 0)
    return np.where(known, np.round(np.where(known, cells, 0) / 60), UNKNOWN_OFFSET).astype(np.int16)


def is_said(cells: Floats) -> NDArray[np.bool_]:
    """Say which cells hold a number that somebody wrote."""
    said: NDArray[np.bool_] = np.isfinite(cells) & ((cells == 0) | (np.abs(cells) > _UNSET))
    return said


def number_of(cell: float) -> float | None:
    """Return one cell's number, if somebody wrote one that can be a quantity."""
    return quantity(cell) if is_said(np.array([cell]))[0] else None


def rejected(
    count: Count, ids: Floats | NDArray[np.int64], faults: Mapping[str, NDArray[np.bool_]]
) -> Iterator[Rejection]:
    """Yield a rejection for each fault that rows have; it stands at the first of them."""
    for reason, rows in faults.items():
        if rows.any():
            yield count.reject(reason, position(ids[rows][0]), int(rows.sum()))


def position(row: float) -> int:
    """Return a row's id as the position of a rejection, which is never negative."""
    return max(int(row), 0)


@cache
def words(file: str, name: str) -> dict[str, dict[int, str]]:
    """Return the words for a table's codes, by column and code, of ``codes.csv`` or ``words.csv``."""
    found: dict[str, dict[int, str]] = {}
    for row in table("adapters.health_connect", file):
        if row["table"] == name:
            found.setdefault(row["column"], {})[int(row["code"])] = row["word"]
    return found
