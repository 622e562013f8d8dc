"""The Garmin adapter: finds what an account export holds and reads it, tables before uploads.

The idea: files are found by their base names, since folders moved over the years and names carry an account.
All JSON files are read before anything is yielded, because the offset of one row is told by another and
what a file repeats counts once; of each row only what the tables name is kept. Uploads are streamed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.fit import ADAPTER as FIT
from adapters.fit.counters import Counters
from adapters.garmin.activities import Activities
from adapters.garmin.rows import Row, rows_of
from adapters.garmin.sleep import Nights
from adapters.garmin.tables import Kind, kinds_of, metrics
from adapters.garmin.times import Offsets
from adapters.garmin.uploads import is_upload, placed, uploaded
from adapters.garmin.values import ADAPTER, Values
from vault.errors import InputError, MalformedFile
from vault.records import Record, Rejection

if TYPE_CHECKING:
    from vault.records import SourceFile

__all__ = ["Garmin"]

_PEEK = 1 << 16
_LARGEST = 64 << 20
"""Garmin cuts its files into hundred days or a thousand activities; the largest known are a tenth of this."""
_UPLOADS = re.compile(r"^UploadedFiles_.*\.zip$")
_ZIP_START = b"PK\x03\x04"
_ACCOUNT = re.compile(r"[^/]*@[^/_]*_")
_SLEEP, _ACTIVITIES = "sleep", "activities"


class Garmin:
    """What ``adapters`` finds under the name "garmin"."""

    name = ADAPTER
    version = "1"
    reads_zips = True
    coverage = Coverage(
        title="Garmin Connect account export",
        how_to_export="garmin.com/account/datamanagement: Export Your Data; the mail's link lives three days",
        reads=(
            "days (UDSFile): steps, energy, resting and highest heart rate; the rest as Garmin's scores",
            "nights (sleepData): sleep as Garmin made it out, with the minutes of its stages, and naps",
            "nightly health (healthStatusData): HRV (RMSSD), skin temperature, HRV status",
            "training readiness, load, status, VO2max, endurance, hills, predicted times, fitness age",
            "weight, height and threshold power (userBioMetrics)",
            "activities, each joined with its uploaded file by its start",
            "uploaded FIT, TCX and GPX files: streams, laps, sets, heart rate and stress day and night",
        ),
        leaves=(
            "who you are: profile, contacts, devices, settings, purchases, golf, routes, gear, records",
            "nights not worn or not confirmed: they are counted, and are no sleep",
            "the total of a multisport activity whose parts are there",
            "hydration and nutrition logs, manual stress levels: no real file was at hand to learn from",
        ),
        metrics=tuple(sorted(metrics() | set(FIT.coverage.metrics))),
    )

    def detect(self, path: Path) -> Found | None:
        """Recognise an export by a file that is named and begins as one of Garmin's does."""
        with Archive(path) as archive:
            if not any(_is_ours(archive, member) for member in archive.examples(".json", ".zip")):
                return None
        return Found(ADAPTER, self.coverage.title, 1.0, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if there is none of the files it knows."""
        with Archive(path) as archive:
            if not any(kinds_of(member.basename) or _is_packed(member) for member in archive.members):
                raise MalformedFile("no file of a Garmin export in it")
            reading = _Reading(archive, options)
            yield from reading.records()
            yield from archive.sources()
            yield from reading.sources


def _is_ours(archive: Archive, member: Member) -> bool:
    expected = kinds_of(member.basename)
    if not expected and not _is_packed(member):
        return False
    try:
        with archive.open(member) as stream:
            head = stream.read(_PEEK)
    except InputError:
        return False
    if _is_packed(member):
        return head.startswith(_ZIP_START)
    is_json = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"[", b"{"))
    return is_json and any(kind.marker in head for kind in expected)


def _is_packed(member: Member) -> bool:
    return _UPLOADS.match(member.basename) is not None


def _told(name: str) -> str:
    """Return a file's name without the account's mail address, which Garmin puts before it."""
    return _ACCOUNT.sub("", name)


class _Reading:
    """One reading of one export; ``sources`` are zips inside a folder, once they are read."""

    def __init__(self, archive: Archive, options: Options) -> None:
        self.sources: list[SourceFile] = []
        self._archive = archive
        self._options = options
        self._offsets = Offsets(options.timezone)
        self._values = Values(self._offsets)
        self._nights = Nights(self._offsets)
        self._activities = Activities(self._offsets)
        self._counters = Counters()
        self._total = sum(member.size for member in archive.members)
        self._done = 0

    def records(self) -> Iterator[Record]:
        for member in self._archive.members:
            expected = kinds_of(member.basename)
            if expected:
                yield from self._table(member, expected)
                self._progress(member)
        yield from self._nights.records()
        yield from self._values.records(self._nights.spans())
        for member in self._archive.members:
            if _is_packed(member):
                yield from self._packed(member)
                self._progress(member)
            elif is_upload(member):
                yield from self._upload(self._archive, member, _told(member.name))
                self._progress(member)
        for totals in self._counters.records():
            yield placed(totals, self._offsets)
        yield from self._activities.records()

    def _progress(self, member: Member) -> None:
        self._done += member.size
        if self._options.progress is not None:
            self._options.progress(self._done, self._total)

    def _table(self, member: Member, expected: list[Kind]) -> Iterator[Rejection]:
        file = _told(member.name)
        if member.size > _LARGEST:
            yield Rejection("too-large", file, 0)
            return
        try:
            with self._archive.open(member) as stream:
                data = stream.read()
        except InputError as error:
            yield Rejection(reason_of(error), file, 0)
            return
        for position, row in enumerate(rows_of(data)):
            reason = row if isinstance(row, str) else self._row(row, expected)
            if reason is not None:
                yield Rejection(reason, file, position)

    def _row(self, row: Row, expected: list[Kind]) -> str | None:
        """Take a row for all it is, or return why it is nothing."""
        for kind in expected:
            for utc, local in kind.pairs:
                self._offsets.tell(row.get(utc), row.get(local))
        if expected[0].name == _ACTIVITIES:
            return self._activities.add(row)
        if expected[0].name == _SLEEP and (reason := self._nights.add(row)):
            return reason
        reasons = [self._values.add(kind, row) for kind in expected]
        return next((reason for reason in reasons if reason), None)

    def _packed(self, member: Member) -> Iterator[Record]:
        file = _told(member.name)
        try:
            with self._archive.nested(member) as inside:
                for upload in inside.members:
                    if is_upload(upload):
                        yield from self._upload(inside, upload, f"{file}/{_told(upload.name)}")
                self.sources += inside.sources()
        except InputError as error:
            yield Rejection(reason_of(error), file, 0)

    def _upload(self, archive: Archive, member: Member, file: str) -> Iterator[Record]:
        found = uploaded(archive, member, file, self._counters)
        for record in self._activities.joined(found):
            yield placed(record, self._offsets)
