"""An adapter for a lifting log: tables of sets, alone, in a folder or in a zip.

The idea: a table is known by its columns, whatever it is called. What a row means is its vendor's business;
that a set is told once, however many tables tell it, is common to all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.clocks import Zone
from adapters.formats.sets import ReadRow, SetTables
from adapters.formats.sheets import Sheet
from adapters.progress import in_turn
from vault.errors import InputError, MalformedFile
from vault.records import Origin, Record, Rejection

__all__ = ["LiftingLog"]

_TABLE = ".csv"


@dataclass(frozen=True, slots=True)
class LiftingLog:
    """An adapter of one vendor's tables.

    Args:
        name: The adapter's name, and the app's.
        version: Goes into the ledger.
        coverage: What is read.
        knows: Says whether a header is the vendor's.
        reader: Returns what reads the rows of a table that was opened; it may open it once more before.
    """

    name: str
    version: str
    coverage: Coverage
    knows: Callable[[Sequence[str]], bool]
    reader: Callable[[Sheet, Archive, Member, Options], ReadRow]

    def detect(self, path: Path) -> Found | None:
        """Recognise a table by its columns."""
        with Archive(path) as archive:
            if not any(self._is_ours(archive, member) for member in archive.examples(_TABLE)):
                return None
        return Found(self.name, f"{self.coverage.title} export", 1.0, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if there is no table of the vendor's."""
        with Archive(path) as archive:
            ours = [member for member in archive.members if self._is_ours(archive, member)]
            if not ours:
                raise MalformedFile(f"no table of {self.coverage.title}'s in it")
            origin = Origin(self.coverage.title, self.name, app=self.name)
            tables = SetTables(origin, Zone.of(options))
            for member in in_turn(ours, options.progress, lambda one: one.size):
                yield from self._table(archive, member, tables, options)
            foreign = {member.name for member in archive.members} - {member.name for member in ours}
            yield from (Rejection("unknown-document", name, 0) for name in sorted(foreign))
            yield from archive.sources()

    def _table(
        self, archive: Archive, member: Member, tables: SetTables, options: Options
    ) -> Iterator[Record]:
        try:
            with archive.open(member) as stream:
                sheet = Sheet(stream)
                read = self.reader(sheet, archive, member, options)
                yield from tables.records(sheet, member.name, read)
        except InputError as error:
            yield Rejection(reason_of(error), member.name, 0)

    def _is_ours(self, archive: Archive, member: Member) -> bool:
        if len(archive.members) > 1 and not member.name.lower().endswith(_TABLE):
            return False
        try:
            with archive.open(member) as stream:
                return self.knows(Sheet(stream).header)
        except InputError:
            return False
