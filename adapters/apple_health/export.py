"""The Apple Health adapter: finds what an export holds and reads it, file by file.

The idea: export.xml is found by its first bytes, since phones translate its name, and read first; what its
Workouts refer to is read after it. Everything is streamed, so memory does not grow with the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.apple_health.blocks import PEEK, ahead, blocks, is_export, telling
from adapters.apple_health.dates import parse_date
from adapters.apple_health.documents import document_of
from adapters.apple_health.ecg import read_ecg
from adapters.apple_health.interpret import ADAPTER, Interpreter
from adapters.apple_health.ios8 import is_ios8, repair
from adapters.apple_health.lanes import Lanes
from adapters.apple_health.routes import read_route, stream_of_locations
from adapters.apple_health.rows import Rows
from adapters.apple_health.scores import scores_of
from adapters.apple_health.tables import covered_metrics
from adapters.apple_health.workouts import Route, read_workout
from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from vault.errors import InputError, MalformedFile
from vault.records import Document, Origin, Record, Rejection
from vault.time import UNKNOWN_OFFSET

if TYPE_CHECKING:
    from adapters.apple_health.expat import Element

__all__ = ["AppleHealth"]

SOURCE = "Apple Health"
RINGS = Origin("Activity", ADAPTER)
ROUTES, ECGS, CLINICAL_RECORDS = "workout-routes", "electrocardiograms", "clinical-records"
GPX, FHIR = "application/gpx+xml", "application/fhir+json"
BLOOD_PRESSURE = "HKCorrelationTypeIdentifierBloodPressure"
MAX_DOCUMENT = 64 << 20
MOST_CANDIDATES = 50
_RESOURCE_TYPE = re.compile(r"[A-Za-z]{1,64}")


class AppleHealth:
    """What ``adapters`` finds under the name "apple_health"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="Apple Health",
        how_to_export="iPhone: Health app, your picture, Export All Health Data; then copy export.zip over",
        reads=(
            "records of every type: as metrics of the catalogue, or else under Apple's own name",
            "sleep stages, heartbeats of HRV readings, metadata",
            "workouts with their statistics, events and GPS routes",
            "activity rings",
            "electrocardiograms with their voltages",
            "clinical records (FHIR), correlations, audiograms, prescriptions, as documents",
        ),
        leaves=(
            "export_cda.xml: an older format's copy of a part of export.xml",
            "records inside correlations: they stand in export.xml a second time",
            "the name and date of birth at the head of an electrocardiogram",
            "which app is behind a name that several apps have (Tempo): say so with an alias",
        ),
        metrics=covered_metrics(),
    )

    def detect(self, path: Path) -> Found | None:
        """Recognise an export by the first bytes of its main file, whatever that is called."""
        with Archive(path) as archive:
            if _main_file(archive) is None:
                return None
        return Found(ADAPTER, "Apple Health export", 1.0, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if there is no main file or it has no root."""
        with Archive(path) as archive:
            main = _main_file(archive)
            if main is None:
                raise MalformedFile("no export.xml in it")
            yield from _Reading(archive, main, options).records()
            yield from archive.sources()


def _main_file(archive: Archive) -> Member | None:
    """Return the largest XML file that begins as a health export does.

    One that can't be read is passed over; if there is no other, its error is raised.
    """
    members = [member for member in archive.members if _may_be_main(member, archive)]
    members.sort(key=lambda member: -member.size)
    trouble: InputError | None = None
    for member in members[:MOST_CANDIDATES]:
        try:
            with archive.open(member) as stream:
                if is_export(stream.read(PEEK)):
                    return member
        except InputError as error:
            trouble = trouble or error
    if trouble is not None:
        raise trouble
    return None


def _may_be_main(member: Member, archive: Archive) -> bool:
    return member.name.lower().endswith(".xml") or len(archive.members) == 1


def _basename(path: str) -> str:
    return path.rpartition("/")[2]


class _Reading:
    """One reading of one export."""

    def __init__(self, archive: Archive, main: Member, options: Options) -> None:
        self._archive = archive
        self._main = main
        self._options = options
        self._interpreter = Interpreter(main.name, options)
        self._routes: list[Route] = []
        self._clinics: dict[str, Origin] = {}

    def records(self) -> Iterator[Record]:
        yield from self._main_records()
        yield from self._tracks()
        for member in self._members_of(ECGS, ".csv"):
            yield from self._whole(member, self._ecg)
        for member in self._members_of(CLINICAL_RECORDS, ".json"):
            yield from self._whole(member, self._clinical_record)

    def _main_records(self) -> Iterator[Record]:
        with self._archive.open(self._main) as stream:
            is_old = is_ios8(stream.read(PEEK))
        with self._archive.open(self._main) as stream:
            chunks = repair(blocks(stream)) if is_old else blocks(stream)
            with closing(ahead(chunks)) as ready:
                told = telling(ready, self._main.size, self._options.progress)
                for found in Lanes(self._main.name).read(told):
                    if isinstance(found, Rows):
                        yield from self._interpreter.samples(found)
                    elif isinstance(found, Rejection):
                        yield found
                    else:
                        yield from self._element(found)

    def _element(self, element: Element) -> Iterator[Record]:
        if element.name == "Workout":
            yield from self._workout(element)
        elif element.name == "ActivitySummary":
            scores = scores_of(element, RINGS)
            yield from (self._reject(scores, element),) if isinstance(scores, str) else scores
        elif element.name != "ExportDate" and element.get("type") != BLOOD_PRESSURE:
            yield self._document(element)

    def _workout(self, element: Element) -> Iterator[Record]:
        found = read_workout(element, self._interpreter)
        if found is None:
            yield self._reject("bad-date", element)
            return
        workout, routes = found
        yield workout
        for route in routes:
            if route.path:
                self._routes.append(route)
            else:
                yield stream_of_locations(route)

    def _document(self, element: Element) -> Document:
        source = element.get("sourceName") or SOURCE
        origin = self._interpreter.origin(source, element.get("sourceVersion"), element.get("device"))
        if element.name == "ClinicalRecord":
            self._clinics[_basename(element.get("resourceFilePath"))] = origin
        start = parse_date(element.get("startDate"))
        offset_min = self._interpreter.offset(start[0], "", start[1]) if start else UNKNOWN_OFFSET
        return document_of(element, origin, offset_min)

    def _reject(self, reason: str, element: Element) -> Rejection:
        return Rejection(reason, self._main.name, element.line)

    def _tracks(self) -> Iterator[Record]:
        """Yield the routes of the workouts, then the tracks that belong to none, as documents."""
        tracks = {member.basename: member for member in self._members_of(ROUTES, ".gpx")}
        unused = dict(tracks)
        for route in self._routes:
            name = _basename(route.path)
            unused.pop(name, None)
            if name in tracks:
                yield from self._whole(tracks[name], partial(self._route, route))
            elif len(self._archive.members) > 1:  # a bare export.xml comes without its routes
                yield Rejection("missing-route", self._main.name, route.line)
        for member in unused.values():
            yield from self._whole(member, self._track)

    def _members_of(self, folder: str, suffix: str) -> Iterator[Member]:
        for member in self._archive.members:
            if f"/{folder}/" in "/" + member.name and member.name.lower().endswith(suffix):
                yield member

    def _whole(self, member: Member, read: Callable[[Member, bytes], Iterator[Record]]) -> Iterator[Record]:
        """Read a small file whole."""
        if member.size > MAX_DOCUMENT:
            yield Rejection("too-large", member.name, 0)
            return
        try:
            with self._archive.open(member) as stream:
                data = stream.read()
        except InputError as error:
            yield Rejection(reason_of(error), member.name, 0)
            return
        yield from read(member, data)

    def _route(self, route: Route, member: Member, data: bytes) -> Iterator[Record]:
        yield from read_route(route, data, member.name)

    def _track(self, member: Member, data: bytes) -> Iterator[Record]:
        yield Document("apple:route", member.basename, Origin(SOURCE, ADAPTER), GPX, data)

    def _ecg(self, member: Member, data: bytes) -> Iterator[Record]:
        yield from read_ecg(data, member.name, self._interpreter)

    def _clinical_record(self, member: Member, data: bytes) -> Iterator[Record]:
        try:
            resource = json.loads(data)
        except (ValueError, RecursionError):
            resource = None
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        if not isinstance(kind, str) or not _RESOURCE_TYPE.fullmatch(kind):
            yield Rejection("malformed-json", member.name, 0)
            return
        origin = self._clinics.get(member.basename, Origin(SOURCE, ADAPTER))
        key = f"{origin.source}|{resource.get('id') or member.basename}"
        yield Document("fhir:" + kind, key, origin, FHIR, data)
