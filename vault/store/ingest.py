"""An import: records in, chunks and rows out, in one transaction that is kept whole or not at all.

Samples gather in a buffer and go to their chunks a quarter of a million at a time, so memory does not grow
with the export. What is there already is not written again; only who told it is noted. An import that finds
nothing new leaves no trace if its files were read before; else it is kept, as it may be the one that stays.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

import numpy as np

from vault import metrics
from vault.records import Handover, Rejection, Samples, SourceFile, Tally
from vault.store import chunks, daily, handover, seals, sparse
from vault.store.absorb import absorb
from vault.store.allocation import steady_memory
from vault.store.checks import (
    ASIDE,
    BAD_VALUE,
    ERASED,
    QUARANTINE,
    SUPERSEDED,
    columns_of,
    fault_of,
    metric_of,
    sorted_out,
)
from vault.store.columns import Columns, concat
from vault.store.connection import transaction
from vault.store.origins import Origins, plain
from vault.store.report import ImportReport
from vault.store.sources import Sources, preferences
from vault.store.superseded import Superseded, settle
from vault.store.telling import Tellings
from vault.store.tombstones import Tombstones
from vault.time import SECOND_NS, now_ns, zone

if TYPE_CHECKING:
    from sqlite3 import Connection
    from zoneinfo import ZoneInfo

    from vault.records import Record
    from vault.store.absorb import Erased
    from vault.store.chunks import SeriesKey
    from vault.store.sparse import Sparse
    from vault.time import Clock

__all__ = ["ingest"]

_BUFFER_ROWS = 250_000
_BATCH_ROWS = 1_000_000
"""Batches of more rows are taken in parts. A month of readings every few seconds stays whole, as it would be
written anew with each of its parts."""
_KNOWN_FILE = """
    SELECT 1 FROM import_file JOIN import_run ON import_run.id = import WHERE sha256 = ? AND undone_at IS NULL
"""


class _KeepNothing(Exception):
    """Takes an import back that found nothing new, or was only tried."""


def ingest(
    connection: Connection,
    records: Iterable[Record],
    *,
    adapter: str,
    version: str,
    clock: Clock,
    home: ZoneInfo,
    dry_run: bool = False,
    identity: bytes | None = None,
) -> ImportReport:
    """Take in what an adapter yields; any error leaves everything as it was.

    Args:
        connection: Open for writing, in no transaction.
        records: What an adapter yields.
        adapter: Its name, for the ledger.
        version: Its version, for the ledger.
        clock: Gives the time and the duration.
        home: The zone of samples without an offset.
        dry_run: Count, and keep nothing.
        identity: The key by which what was erased is known, and refused unless it is stored.
    """
    report = ImportReport()
    started = now_ns(clock)
    try:
        with steady_memory(), transaction(connection):
            erased = None if identity is None else Tombstones.read(connection, identity)
            run = _Import(connection, report, erased, home)
            for record in records:
                run.take(record)
            run.flush()
            report.sources = run.sources()
            if dry_run or not (run.changed or run.read_anything_new()):
                raise _KeepNothing
            run.finish(clock)
            report.duration_s = (now_ns(clock) - started) / SECOND_NS
            run.log(started, adapter, version)
    except _KeepNothing:
        report.duration_s = (now_ns(clock) - started) / SECOND_NS
    return report


class _Import:
    """An import under way, within its transaction."""

    def __init__(
        self, connection: Connection, report: ImportReport, tombstones: Tombstones | None, home: ZoneInfo
    ) -> None:
        self._connection = connection
        self._report = report
        self._tombstones = tombstones or None
        self._home = home
        self._handovers: list[Handover] = []
        seals.check(connection, "origin")
        self._origins = Origins(connection)
        self._tellings = Tellings(connection, self._origins)
        self._sources = Sources.of(self._origins.known)
        self._superseded = Superseded(connection, self._origins.known)
        self._id = _next_id(connection)
        self._buffer: dict[SeriesKey, list[Columns]] = {}
        self._buffered = 0
        self._written: dict[int, set[int]] = {}
        self._put_any = False
        self._seen: set[str] = set()
        self._files: list[SourceFile] = []

    def take(self, record: Record) -> None:
        """Take in one record of any kind."""
        match record:
            case Samples():
                for first in range(0, len(record), _BATCH_ROWS):
                    self._take_samples(_part(record, first, first + _BATCH_ROWS))
            case Rejection():
                self._report.reject(record.reason, record.count, (record.file, record.position))
            case Tally():
                self._report.left.update(record.left)
            case SourceFile():
                self._files.append(record)
                self._report.files += 1
            case Handover():
                self._take_over(record)
            case _:
                self._take_sparse(record)

    def _take_samples(self, samples: Samples) -> None:
        name = samples.metric.removeprefix(SUPERSEDED)  # of another vault: what was corrected there
        metric = metrics.find(name)
        vendor_coded = metrics.is_vendor_coded(name) and not name.startswith(ASIDE)
        if metric is None and not vendor_coded:
            self._report.reject("unknown-metric", len(samples))
            return
        if metric is not None and metric.is_coded != (samples.codes is not None):
            self._report.reject(BAD_VALUE, len(samples))
            return
        numbers = self._origins.numbers(samples.origins)
        rows = columns_of(samples, numbers, self._origins.known, self._id)
        used = np.flatnonzero(np.bincount(samples.origin)).tolist()
        self._seen.update(samples.origins[number].source for number in used)
        kept, quarantined, refused = sorted_out(rows, metric)
        for reason, count in refused.items():
            self._report.reject(reason, count)
        series = samples.metric, samples.unit if metric is None else metric.ucum, rows.codes is not None
        right, came = self._superseded.put_right(series, kept)
        self._gather(series, right)
        for aside, rows in ((QUARANTINE, quarantined), (SUPERSEDED, came)):
            self._gather((aside + samples.metric, *series[1:]), rows)

    def _gather(self, series: SeriesKey, rows: Columns) -> None:
        if not len(rows):
            return
        self._buffer.setdefault(series, []).append(rows)
        self._buffered += len(rows)
        if self._buffered >= _BUFFER_ROWS:
            self.flush()

    def flush(self) -> None:
        """Take what was gathered into its chunks."""
        for series, parts in self._buffer.items():
            rows = concat(parts)
            parts.clear()
            number = chunks.series_id(self._connection, series)
            done = absorb(self._connection, number, rows, self._id, self._erased(series[0]))
            if done.months:
                self._written.setdefault(number, set()).update(done.months)
            if not series[0].startswith(ASIDE):
                self._report.count_samples(series[0], len(rows) - done.refused, done.added, done.updated)
                self._report.reject(ERASED, done.refused)
        self._buffer.clear()
        self._buffered = 0

    def _erased(self, metric: str) -> Erased | None:
        """Return what says which rows of a metric were erased, if anything was."""
        return None if self._tombstones is None else partial(self._tombstones.of_samples, metric)

    def _take_sparse(self, record: Sparse) -> None:
        if (fault := fault_of(record)) is not None:
            self._report.reject(fault)
            return
        self._seen.add(record.origin.source)
        spared = record if self._tombstones is None else self._tombstones.spared(record)
        if spared is None:
            self._report.reject(ERASED)
            return
        done = sparse.put(self._connection, spared, self._origins, self._id, self._tellings)
        self._report.count(**{done: 1})
        if done == "added":
            self._report.by_kind[sparse.TABLES[type(record)].name] += 1
        self._put_any |= done != "duplicate"

    def _take_over(self, told: Handover) -> None:
        """Take in what another vault says of itself; its settings if it is the first to say anything here."""
        self._report.signers.append(told.signer)
        if not (self._seen or self._handovers) and handover.is_empty(self._connection):
            handover.adopt(self._connection, told)
            self._home = zone(told.home_zone)
            self._report.adopted = True
        self._handovers.append(told)
        said = handover.checkins(self._connection, told, self._id, self._tombstones)
        self._report.count(added=said["added"], duplicate=said["duplicate"])
        self._report.reject(ERASED, said[ERASED])
        if said["added"]:
            self._report.by_kind["checkin"] += said["added"]
            self._put_any = True

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(self._written) or self._put_any

    def read_anything_new(self) -> bool:
        """Whether a file was read that no import read which still counts."""
        for table in ("import_run", "import_file"):
            seals.check(self._connection, table)
        return any(
            self._connection.execute(_KNOWN_FILE, (file.sha256,)).fetchone() is None for file in self._files
        )

    def finish(self, clock: Clock) -> None:
        """Write what is left to write, and make the daily values anew that depend on what was written."""
        for told in self._handovers:
            handover.carry(self._connection, told, self._id, self._tombstones, clock)
        self._tellings.write()
        self._origins.save(self._connection)
        self._settle()
        chunks.delete_empty_series(self._connection)  # of which all samples were refused
        known = Origins(self._connection).known
        sources = Sources.of(known, preferences(self._connection))
        written = None if sources.reranks(self._sources) else self._written
        daily.refresh(self._connection, known, sources, self._home, written)

    def _settle(self) -> None:
        """Put right what is stored of what this import says was corrected."""
        for aside, series in chunks.series_named(self._connection, SUPERSEDED):
            main = chunks.find_series(self._connection, (metric_of(series[0]), *series[1:]))
            if aside in self._written and main is not None:
                months = settle(self._connection, main, aside)
                self._written.setdefault(main, set()).update(months)

    def log(self, at: int, adapter: str, version: str) -> None:
        """Write the ledger."""
        report = self._report
        report.import_id = str(self._id)
        counts = json.dumps(report.counts(), sort_keys=True)
        row = (self._id, at, plain(adapter), plain(version), report.duration_s, counts)
        self._connection.execute("INSERT INTO import_run VALUES (?, ?, ?, ?, ?, ?, NULL)", row)
        # A Windows path knows both kinds of slashes.
        files = [
            (self._id, plain(PureWindowsPath(file.name).name), file.size, file.sha256) for file in self._files
        ]
        self._connection.executemany("INSERT INTO import_file VALUES (?, ?, ?, ?)", files)

    def sources(self) -> list[str]:
        """Return the names of all sources that were met."""
        return sorted(self._seen)


def _part(samples: Samples, first: int, end: int) -> Samples:
    """Return some rows of a batch."""
    if end >= len(samples) and not first:
        return samples
    rows = slice(first, end)
    return replace(
        samples,
        start=samples.start[rows],
        end=samples.end[rows],
        offset_min=samples.offset_min[rows],
        value=samples.value[rows],
        origin=samples.origin[rows],
        recorded=None if samples.recorded is None else samples.recorded[rows],
        note=None if samples.note is None else samples.note[rows],
    )


def _next_id(connection: Connection) -> int:
    """Return an id that no import ever had, not even one that was undone."""
    last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'import_run'").fetchone()
    return 1 + (last[0] if last else 0)
