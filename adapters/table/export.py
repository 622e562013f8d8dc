"""The adapter of mapped tables: a CSV file and what its columns are.

The idea: a table alone is nobody's. What makes it readable is its mapping, which is told (``--map``) or lies
beside it under its name: ``sheet.csv`` and ``sheet.map.toml``. So it is recognised by what the mapping says,
if the table has the columns of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.clocks import Zone
from adapters.formats.counting import Count, left_whole
from adapters.formats.sheets import Sheet
from adapters.progress import in_turn
from adapters.table.records import ADAPTER, Maker
from adapters.table.rows import REJECTED, Reader, missing_columns
from vault.errors import InputError, MalformedFile
from vault.metrics import catalogue
from vault.records import Record, Rejection

if TYPE_CHECKING:
    from adapters.table.mapping import TableMapping

__all__ = ["MAPPING", "Table", "lacks", "open_sheet"]

MAPPING = ".map.toml"
_TABLES = (".csv", ".tsv", ".txt")
_MOST = 1 << 17
"""Bytes of a mapping that are read; it may have half as many."""


class Table:
    """What ``adapters`` finds under the name "table"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="Any CSV with a mapping file",
        how_to_export="save the sheet as CSV; 'vitalvault map sheet.csv' proposes a mapping for --map",
        reads=(
            "workouts, strength sets, body, glucose, wellbeing, reaction times, scores, any metric",
            "units, decimal commas, dates, words as the mapping says; sheet.map.toml beside sheet.csv is one",
        ),
        leaves=("columns the mapping does not name: 'vitalvault map sheet.csv --check MAPPING' lists them",),
        metrics=tuple(name for name, metric in catalogue().items() if metric.kind in ("Q", "CC")),
    )

    def detect(self, path: Path) -> Found | None:
        """Recognise a table by the mapping beside it, if the table has the mapping's columns."""
        with Archive(path) as archive:
            if not any(True for _ in _mapped(archive, path, None)):
                return None
        return Found(ADAPTER, self.coverage.title, 1.0, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if no table has the columns of a mapping."""
        with Archive(path) as archive:
            mapped = dict(_mapped(archive, path, options.mapping))
            if not mapped:
                raise _no_table(archive, path, options.mapping)
            yield from (_foreign(one) for one in archive.members if one not in mapped)
            for member, mapping in in_turn(mapped.items(), options.progress, lambda pair: pair[0].size):
                yield from _file(archive, member, mapping, options)
            yield from archive.sources()


@contextmanager
def open_sheet(archive: Archive, member: Member, mapping: TableMapping) -> Iterator[Sheet]:
    """Open a table at its header, the first line that has a column of the mapping."""
    columns = [mapping.skip_until] if mapping.skip_until else mapping.columns
    delimiter = "" if mapping.delimiter == "auto" else mapping.delimiter
    with archive.open(member) as stream:
        try:
            sheet = Sheet(stream, delimiter=delimiter, starts_with=columns)
        except MalformedFile:
            raise lacks(columns[0]) from None
        yield sheet


def lacks(column: str) -> MalformedFile:
    """Return the error of a table that has not this column of its mapping."""
    return MalformedFile("a table without a column of the mapping", hint=f"it lacks {column!r}")


def _lacking(archive: Archive, member: Member, mapping: TableMapping) -> list[str]:
    """Return the mapping's columns that a table does not have."""
    with open_sheet(archive, member, mapping) as sheet:
        return missing_columns(mapping, sheet.header)


def _mapped(archive: Archive, path: Path, told: TableMapping | None) -> Iterator[tuple[Member, TableMapping]]:
    """Yield the tables that have the columns of their mapping."""
    places = {member.name: member for member in archive.members}
    for member in archive.members:
        if not (member.name.lower().endswith(_TABLES) or archive.is_one_file):
            continue
        try:
            mapping = told if told is not None else _beside(archive, path, member, places)
            if mapping is not None and not _lacking(archive, member, mapping):
                yield member, mapping
        except InputError:
            continue


def _beside(archive: Archive, path: Path, member: Member, places: dict[str, Member]) -> TableMapping | None:
    """Return the mapping that lies beside a table; raises MalformedFile if it can't be used."""
    from adapters.table.mapping import mapping_in

    name = member.name.rpartition(".")[0] + MAPPING
    if archive.is_one_file:
        place = path.with_name(name)
        if not place.is_file():
            return None
        with place.open("rb") as file:
            return mapping_in(file.read(_MOST))
    one = places.get(name)
    if one is None:
        return None
    with archive.open(one) as stream:
        return mapping_in(stream.read(_MOST) + stream.read(1))


def _no_table(archive: Archive, path: Path, told: TableMapping | None) -> InputError:
    """Return why there is nothing to read, as closely as can be said."""
    places = {member.name: member for member in archive.members}
    for member in archive.members:
        try:
            mapping = told if told is not None else _beside(archive, path, member, places)
            if mapping is None:
                continue
            lacking = _lacking(archive, member, mapping)
        except InputError as error:
            return error
        if lacking:
            return lacks(lacking[0])
    return MalformedFile("no table with a mapping in it", hint="hand one over with --map")


def _foreign(member: Member) -> Record:
    if member.name.endswith(MAPPING):
        return left_whole(member.name, "mapping")
    return Rejection("not-mapped", member.name, 0)


def _file(archive: Archive, member: Member, mapping: TableMapping, options: Options) -> Iterator[Record]:
    count, maker = Count(member.name), Maker(mapping)
    try:
        with open_sheet(archive, member, mapping) as sheet:
            reader = Reader(mapping, sheet.header, Zone.of(options))
            for line, row in sheet:
                told = row if isinstance(row, str) else reader.told(row)
                made = told if isinstance(told, str) else maker.take(told)
                if not isinstance(made, str):
                    count.use()
                    yield from made
                elif isinstance(row, str) or made in REJECTED:
                    yield count.reject(made, line)
                elif made == "repeated":
                    count.repeat()
                else:
                    count.leave(made)
    except InputError as error:
        yield count.reject(reason_of(error), 0)
    yield from maker.rest()
    yield count.tally()
