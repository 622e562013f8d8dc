"""What a bundle holds of the person: everything under ``data/``, series by years, the rest one by one.

The tables are for people, ``records`` beside them for the vault that takes it all back, FHIR and Open mHealth
for other programs. All of it follows from what is stored: no clock, no row id, no import gets in, so that a
vault made of a bundle writes the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from policies.owner import Owner
from policies.rights import records
from policies.rights.archive import safe_name
from policies.rights.csvout import series_csv, stream_csv, table_csv
from policies.rights.dictionary import Dictionary
from policies.rights.inferred import inferred
from vault import fhir, openmhealth
from vault.metrics import catalogue
from vault.nature import nature_of_metric, nature_of_score
from vault.records import Document, Score, SleepSession, Stream, StrengthSet, Workout
from vault.store.checks import ASIDE, metric_of
from vault.store.sparse import record_id
from vault.time import moment_of

if TYPE_CHECKING:
    import pandas as pd

    from policies.rights.archive import Archive
    from vault.records import LedgerLine
    from vault.store.columns import Columns
    from vault.store.whole import StoredSeries

    _R = TypeVar("_R", Workout, Stream, SleepSession, StrengthSet, Score, Document)

__all__ = ["BundleOwner", "add_payload"]

PART_BYTES = 1 << 27
"""A file of NDJSON is closed at this size, so that any editor and any upload takes it."""

TABLES = ("sleep", "workouts", "sets", "scores", "checkins")

_CSV, _RECORDS = "data/csv/", "data/records/"
_YEAR = timedelta(days=366)
_NAMED_DIGITS = 12
_POSITION = "gps_position"
"""Tells where a person lives: in the streams, never in FHIR and Open mHealth unless it is asked for."""

_SUFFIXES = {
    "application/fhir+json": ".json",
    "application/json": ".json",
    "application/xml": ".xml",
    "application/gpx+xml": ".gpx",
    "application/pdf": ".pdf",
    "text/xml": ".xml",
    "text/csv": ".csv",
    "text/plain": ".txt",
}


class BundleOwner(Owner, fhir.Source, Protocol):
    """An open vault in its owner's hands; ``vault.Vault`` is one."""

    def stored_series(self) -> Iterable[StoredSeries]:
        """Return every series, also what stands aside, in a fixed order."""
        ...

    def records(self, kind: type[_R]) -> Iterator[_R]:
        """Yield the records of a kind as each source told them, in a fixed order."""
        ...

    def ledger(self) -> Iterable[LedgerLine]:
        """Return the imports that count, oldest first."""
        ...

    def aliases(self) -> dict[str, str]:
        """Return the remembered source names and their apps."""
        ...

    def preferences(self) -> pd.DataFrame:
        """Return source, metric, start and end of the choices of sources, in the order they were made."""
        ...


def add_payload(archive: Archive, owner: BundleOwner, *, portable: bool = False) -> None:
    """Add everything of the person to a bundle, or what of it is portable: nothing that was inferred."""
    payload = _Payload(archive, owner, portable=portable)
    payload.add_series()
    payload.add_tables()
    payload.add_streams()
    payload.add_dictionary()
    payload.add_originals()
    payload.add_records()
    payload.add_open_formats()


class _Payload:
    """A payload in the making; origins are listed once everything that names one is written."""

    def __init__(self, archive: Archive, owner: BundleOwner, *, portable: bool) -> None:
        self._archive = archive
        self._owner = owner
        self._portable = portable
        self._origins = records.Origins()
        self._dictionary = Dictionary()
        self._taken = {f"{_CSV}{name}.csv" for name in TABLES}

    def add_series(self) -> None:
        """Add one table a series; numbers and codes of one name are two."""
        stored = sorted(self._owner.stored_series(), key=lambda one: (one.metric, one.coded, one.unit))
        lines = []
        for (name, coded), group in groupby(stored, key=lambda one: (one.metric, one.coded)):
            units = list(group)
            if (path := self._add_one_series(name, units)) is None:
                continue
            told = [one.unit for one in units]
            self._dictionary.add_series(path.removeprefix(_CSV), name, told, coded=coded)
            lines += [
                records.line({"file": path, "metric": name, "unit": unit, "coded": coded}) for unit in told
            ]
        self._archive.add(_RECORDS + "series.ndjson", lines)

    def _add_one_series(self, name: str, units: list[StoredSeries]) -> str | None:
        """Add a series and return its path; None if it has nothing that goes out."""
        aside = next((prefix for prefix in ASIDE if name.startswith(prefix)), "")
        parts = chain.from_iterable(self._by_years(one) for one in units)
        nature = nature_of_metric(metric_of(name))
        blocks = series_csv(parts, nature, self._origins.name, inferred=not self._portable)
        if (first := next(blocks, None)) is None:
            return None
        folder = aside.replace(":", "/")
        path = self._free(f"{_CSV}{folder}{safe_name(name.removeprefix(aside))}", ".csv")
        self._archive.add(path, chain([first], blocks))
        return path

    def _by_years(self, one: StoredSeries) -> Iterator[Columns]:
        """Yield the samples of a series in one unit, a year at a time."""
        begin, end, last = None, moment_of(one.first) + _YEAR, moment_of(one.last)
        while begin is None or begin <= last:
            for part in self._owner.columns(one.metric, begin, end if end <= last else None):
                if part.unit == one.unit and (part.codes is not None) == one.coded:
                    yield part
            begin, end = end, end + _YEAR

    def add_tables(self) -> None:
        """Add the readers' tables, and the vault's conclusions."""
        for name in TABLES:
            table = getattr(self._owner, name)()
            self._add_table(name, name, self._with_nature(table) if name == "scores" else table)
        for name, table in () if self._portable else inferred(self._owner):
            self._add_table(f"inferred/{name}", name, table)

    def _with_nature(self, scores: pd.DataFrame) -> pd.DataFrame:
        told = scores.assign(nature=[nature_of_score(name) for name in scores["score"]])
        return told[told["nature"] != "inferred"] if self._portable else told

    def _add_table(self, path: str, name: str, table: pd.DataFrame) -> None:
        content = table_csv(table)
        names = [*([table.index.name] if table.index.name else []), *table.columns]
        self._dictionary.add(f"{path}.csv", name, [one for one in names if one != "utc_offset_min"])
        self._archive.add(f"{_CSV}{path}.csv", [content])

    def add_streams(self) -> None:
        """Add one table a stream, as it was recorded."""
        lines = []
        for stream in self._owner.records(Stream):
            path = self._free(f"{_CSV}streams/{_called(stream)}", ".csv")
            self._archive.add(path, stream_csv(stream))
            self._dictionary.add(path.removeprefix(_CSV), "streams", ["time", *sorted(stream.columns)])
            lines.append(records.stream_line(stream, path, self._origins))
        self._archive.add(_RECORDS + "streams.ndjson", lines)

    def add_dictionary(self) -> None:
        """Add what the columns of all tables mean."""
        self._archive.add(_CSV + "csv-metadata.json", self._dictionary.json())

    def add_originals(self) -> None:
        """Add what is kept as it came."""
        lines = []
        for number, document in enumerate(self._owner.records(Document), 1):
            suffix = _SUFFIXES.get(document.media_type, ".bin")
            name = safe_name(document.key).removesuffix(suffix) + suffix
            path = f"data/originals/{safe_name(document.kind)}/{number:05d}-{name}"
            self._archive.add(path, [document.body])
            lines.append(records.document_line(document, path, self._origins))
        self._archive.add(_RECORDS + "documents.ndjson", lines)

    def add_records(self) -> None:
        """Add the records themselves, what was said of days, where it is from, and the settings."""
        for name, kind in records.KINDS.items():
            self._archive.add(f"{_RECORDS}{name}.ndjson", self._record_lines(kind))
        self._archive.add(_RECORDS + "checkins.ndjson", records.checkin_lines(self._owner))
        self._archive.add(_RECORDS + "imports.ndjson", records.import_lines(self._owner.ledger()))
        self._archive.add(_RECORDS + "origins.ndjson", self._origins.lines())
        settings = records.settings_line(self._owner, portable=self._portable)
        self._archive.add(_RECORDS + "vault.json", [settings])

    def _record_lines(self, kind: type[Any]) -> Iterator[bytes]:
        record: records.Told
        for record in self._owner.records(kind):
            if not self._portable or records.nature_of(record) != "inferred":
                yield records.record_line(record, self._origins)

    def add_open_formats(self) -> None:
        """Add FHIR and Open mHealth."""
        metrics = self._portable_metrics() if self._portable else None
        for kind, blocks in groupby(fhir.ndjson(self._owner, metrics=metrics), key=lambda pair: pair[0]):
            for number, part in enumerate(_parts(block for _, block in blocks), 1):
                self._archive.add(f"data/fhir/{kind}.{number:03d}.ndjson", part)
        documents = openmhealth.ndjson(self._owner, metrics=metrics)
        for schema, blocks in groupby(documents, key=lambda pair: pair[0]):
            for number, part in enumerate(_parts(block for _, block in blocks), 1):
                name = schema if number == 1 else f"{schema}.{number:03d}"
                self._archive.add(f"data/openmhealth/{name}.ndjson", part)

    def _portable_metrics(self) -> list[str]:
        stored = {str(name) for name in self._owner.metrics()["metric"]}
        names = {*catalogue(), *stored} - {_POSITION}
        return sorted(name for name in names if nature_of_metric(name) != "inferred")

    def _free(self, stem: str, suffix: str) -> str:
        """Return a path that no other file has, also where capitals are not told apart."""
        path, number = stem + suffix, 1
        while path.lower() in self._taken:
            number += 1
            path = f"{stem}-{number}{suffix}"
        self._taken.add(path.lower())
        return path


def _called(stream: Stream) -> str:
    """Return the name of a stream's file: its day in UTC, and digits of what identifies it."""
    day = f"{moment_of(stream.time[0]):%Y-%m-%d}" if len(stream.time) else "undated"
    return f"{day}-{record_id(stream)[:_NAMED_DIGITS]}"


def _parts(blocks: Iterator[bytes]) -> Iterator[Iterator[bytes]]:
    """Cut a stream of blocks into streams of about ``PART_BYTES``; each is read before the next."""
    for first in blocks:
        yield _until_full(chain([first], blocks))


def _until_full(blocks: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for block in blocks:
        yield block
        size += len(block)
        if size >= PART_BYTES:
            return
