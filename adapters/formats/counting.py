"""Counts what became of the rows of a file: each was used, repeated, rejected or left.

The idea: nothing vanishes silently. Who reads a row says what it was, a rejection is counted where it is
made, and the sum is handed over beside the records, so that a test can hold it against the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from vault.records import Record, Rejection, Tally

__all__ = ["WHOLE_FILE", "Count", "Unused", "left_whole"]

WHOLE_FILE = "whole-file"


class Unused(NamedTuple):
    """Why no record is made of a row: it is left, it can't be used, or another row says the same."""

    reason: str
    fate: Literal["left", "rejected", "repeated"] = "left"


class Count:
    """The rows of one file, counted while they are read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.used = 0
        self.repeated = 0
        self._rejected = 0
        self._left: Counter[str] = Counter()

    def use(self, rows: int = 1) -> None:
        """Count rows of which records were made."""
        self.used += rows

    def repeat(self, rows: int = 1) -> None:
        """Count rows that say what another row of this export said."""
        self.repeated += rows

    def leave(self, reason: str, rows: int = 1) -> None:
        """Count rows that are knowingly not read."""
        if rows:
            self._left[reason] += rows

    def reject(self, reason: str, position: int, rows: int = 1) -> Rejection:
        """Count rows that can't be used, and return the rejection to yield."""
        self._rejected += rows
        return Rejection(reason, self.file, position, rows)

    def settle(self, told: Sequence[Record] | Unused, position: int) -> Iterator[Record]:
        """Count a row by what was made of it, and yield that, or its rejection."""
        if not isinstance(told, Unused):
            self.use()
            yield from told
        elif told.fate == "rejected":
            yield self.reject(told.reason, position)
        elif told.fate == "repeated":
            self.repeat()
        else:
            self.leave(told.reason)

    def tally(self) -> Tally:
        """Return the sum, to yield after the file's records."""
        rows = self.used + self.repeated + self._rejected + self._left.total()
        return Tally(self.file, rows, self.used, self.repeated, self._rejected, dict(self._left))


def left_whole(file: str, reason: str = WHOLE_FILE) -> Tally:
    """Return the tally of a file that is knowingly not opened: it counts as one row."""
    return Tally(file, 1, 0, 0, 0, {reason: 1})
