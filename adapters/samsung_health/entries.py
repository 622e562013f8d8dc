"""What every reader of this export is: it is given rows one by one, and told when there are no more.

The idea: a row alone says little. With it stands its table, whose clocks and type it shares, and the count of
what became of the table's rows, which the reader keeps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from adapters.archive import Member
    from adapters.formats.counting import Count
    from adapters.formats.sheets import Row
    from adapters.samsung_health.envelope import Kind
    from adapters.samsung_health.times import Times
    from vault.records import Record, Rejection

__all__ = ["Entry", "Reader"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A row by its columns, the line it stands on, its table, and who counts it."""

    row: Row
    line: int
    table: Member
    kind: Kind
    times: Times
    count: Count

    def reject(self, reason: str) -> Rejection:
        """Count the row as one that can't be used."""
        return self.count.reject(reason, self.line)


class Reader(Protocol):
    """Reads the rows of some types of data."""

    def row(self, entry: Entry, /) -> Iterator[Record]:
        """Yield the records of a row, as far as they need not wait; count the row, now or at the end."""
        ...

    def end(self) -> Iterator[Record]:
        """Yield what waited for the last row of the last table of a kind."""
        ...
