"""What an erasure takes: all that fulfils every word that was said, or all that has a tombstone.

A period takes what starts in it; where a day was said, by the local day of the recorded offset. A scope is
asked about whole columns of samples and about rows of records, and who asks need not know which kind it is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vault.moment import Span
from vault.store.belongings import checkin_items, losable, lost_as, owns_record, owns_series
from vault.store.tombstones import HASH_TYPE
from vault.time import DAY_NS, UNKNOWN_OFFSET, local_days

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from vault.store.columns import Columns
    from vault.store.tombstones import Tombstones

__all__ = ["Asked", "Buried", "Place", "Row", "Scope"]

_PARTED = ("workout", "stream")
"""Tables of records that lose values with a metric and stay."""


_MOST_APART_NS = 2 * DAY_NS
"""No local day begins further than this from the same day at home: offsets are of 18 hours at most."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where samples of a chunk lie: first start, last end, names of their sources, who told them."""

    first: int
    last: int
    sources: Collection[str]
    imports: Collection[int]


@dataclass(frozen=True, slots=True)
class Row:
    """A sparse record, or a version of one: ``called`` is a document's kind or a score's name.

    ``details`` are a workout's.
    """

    table: str
    id: str
    source: str
    start: int | None
    offset_min: int = UNKNOWN_OFFSET
    called: str = ""
    details: Any = None
    imports: Collection[int] = ()


class Scope(Protocol):
    """What is to be erased."""

    def series(self, name: str) -> bool:
        """Whether samples of a series may be in it."""

    def reaches(self, place: Place) -> bool:
        """Whether samples of a chunk may be in it."""

    def samples(self, name: str, rows: Columns) -> NDArray[np.bool_]:
        """Which rows of a series are in it."""

    def record(self, row: Row) -> bool:
        """Whether a record is in it, whole."""

    def values(self, row: Row) -> list[str]:
        """The metrics (``belongings.lost_as``) whose values a record that stays loses."""

    def checkin(self, at: int, day: int, items: Collection[str], imports: Collection[int]) -> set[str]:
        """Which items of a check-in, said at an instant of a day and brought by imports, are in it."""

    def source(self, name: str) -> bool:
        """Whether the name of a source is to be forgotten."""

    def file(self, run: int, name: str, sha256: str) -> bool:
        """Whether the name of an import's file is to be forgotten."""

    def known(self) -> NDArray[np.bytes_]:
        """The tombstones of it that are there already, also of what is not found."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks to have erased; ``home`` is the zone of what has no offset."""

    home: ZoneInfo
    metric: str | None = None
    named: str | None = None
    period: Span = field(default_factory=Span)
    run: int | None = None
    everything: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was said."""
        said = (self.metric, self.named, self.run)
        return not self.everything and self.period.is_everything and said == (None, None, None)

    def series(self, name: str) -> bool:
        """See ``Scope``."""
        return self.metric is None or owns_series(self.metric, name)

    def reaches(self, place: Place) -> bool:
        """See ``Scope``."""
        first, end = self.period.around(_MOST_APART_NS)
        return (
            (first is None or place.last >= first)
            and (end is None or place.first < end)
            and (self.named is None or self.named in place.sources)
            and (self.run is None or self.run in place.imports)
        )

    def samples(self, name: str, rows: Columns) -> NDArray[np.bool_]:
        """See ``Scope``."""
        hit = self._within(rows.start, rows.offset_min)
        if self.named is not None:
            hit &= np.array([origin.source == self.named for origin in rows.origins], bool)[rows.origin]
        if self.run is not None:
            hit &= np.array([self.run in told for told in rows.imports], bool)[rows.imported]
        return hit & self.series(name)

    def record(self, row: Row) -> bool:
        """See ``Scope``."""
        whole = self.metric is None or owns_record(self.metric, row.table, row.called)
        return whole and self._holds(row)

    def values(self, row: Row) -> list[str]:
        """See ``Scope``."""
        if self.metric is None or row.table not in _PARTED or not self._holds(row):
            return []
        return [lost_as(self.metric)]

    def checkin(self, at: int, day: int, items: Collection[str], imports: Collection[int]) -> set[str]:
        """See ``Scope``; a check-in has no source."""
        del at
        is_told = self.named is None and (self.run is None or self.run in imports)
        if not is_told or not self.period.holds(day * DAY_NS, day):
            return set()
        return set(items) if self.metric is None else set(items).intersection(checkin_items(self.metric))

    def source(self, name: str) -> bool:
        """See ``Scope``."""
        return self._is_whole and self.run is None and self.named in (None, name)

    def file(self, run: int, name: str, sha256: str) -> bool:
        """See ``Scope``; a file's name may contain the source's."""
        del sha256
        if not self._is_whole or self.run not in (None, run):
            return False
        return self.named is None or self.named.casefold() in name.casefold()

    def known(self) -> NDArray[np.bytes_]:
        """See ``Scope``."""
        return np.empty(0, HASH_TYPE)

    @property
    def _is_whole(self) -> bool:
        """Whether nothing of the sources and imports in question stays."""
        return self.metric is None and self.period.is_everything

    def _holds(self, row: Row) -> bool:
        return (
            (self.named is None or row.source == self.named)
            and (self.run is None or self.run in row.imports)
            and (self.period.is_everything or self._starts_within(row))
        )

    def _starts_within(self, row: Row) -> bool:
        if row.start is None:
            return False
        start, offset_min = np.array([row.start], np.int64), np.array([row.offset_min], np.int16)
        return bool(self._within(start, offset_min)[0])

    def _within(self, start: NDArray[np.int64], offset_min: NDArray[np.int16]) -> NDArray[np.bool_]:
        """Return which instants lie in the period: ``Span.holds``, of columns."""
        period, hit = self.period, np.ones(len(start), bool)
        by_day = period.first_day is not None or period.last_day is not None
        days = local_days(start, offset_min, self.home) if by_day else start
        if period.first is not None:
            hit &= start >= period.first if period.first_day is None else days >= period.first_day
        if period.end is not None:
            hit &= start < period.end if period.last_day is None else days <= period.last_day
        return hit


@dataclass(frozen=True, slots=True)
class Buried:
    """All that has a tombstone, for a vault that comes from an older backup."""

    tombstones: Tombstones

    def series(self, name: str) -> bool:
        """See ``Scope``."""
        del name
        return True

    def reaches(self, place: Place) -> bool:
        """See ``Scope``."""
        del place
        return True

    def samples(self, name: str, rows: Columns) -> NDArray[np.bool_]:
        """See ``Scope``."""
        return self.tombstones.of_samples(name, rows)

    def record(self, row: Row) -> bool:
        """See ``Scope``."""
        return self.tombstones.has("record", row.table, row.id)

    def values(self, row: Row) -> list[str]:
        """See ``Scope``."""
        return self.tombstones.lost(row.id, losable(row.table, row.details))

    def checkin(self, at: int, day: int, items: Collection[str], imports: Collection[int]) -> set[str]:
        """See ``Scope``."""
        del day, imports
        return {item for item in items if self.tombstones.has("checkin", at, item)}

    def source(self, name: str) -> bool:
        """See ``Scope``."""
        return self.tombstones.has("source", name)

    def file(self, run: int, name: str, sha256: str) -> bool:
        """See ``Scope``."""
        del run, name
        return self.tombstones.has("file", sha256)

    def known(self) -> NDArray[np.bytes_]:
        """See ``Scope``."""
        return self.tombstones.hashes
