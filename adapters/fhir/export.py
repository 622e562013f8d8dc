"""The FHIR adapter: finds resources in files, Bundles and bulk exports, and reads them in two passes.

The idea: nothing is lost. What an Observation says and the catalogue knows becomes samples; every other sound
resource is kept as it came; what is broken is refused with a reason, and belongs to nobody else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.fhir.around import ADAPTER, Around, short_reference
from adapters.fhir.codes import named
from adapters.fhir.elements import Concept
from adapters.fhir.observations import KEEP, Observations, Told
from adapters.fhir.panels import SLEEP, WORKOUT, Panels
from adapters.fhir.shape import model_reason
from adapters.formats.clocks import Zone
from adapters.formats.counting import Count, Unused, left_whole
from adapters.formats.files import peek
from adapters.formats.items import listed
from adapters.formats.ndjson import has_lines, objects_of
from adapters.formats.packed import unpacked
from adapters.formats.values import member, objects, text
from adapters.progress import in_turn
from vault.errors import InputError, MalformedFile
from vault.metrics import catalogue
from vault.records import Document, Origin, Record

if TYPE_CHECKING:
    from adapters.archive import MemberStream

__all__ = ["Fhir"]

Json = dict[str, Any]

_SUFFIXES = (".json", ".ndjson", ".jsonl", ".fhir", ".gz")
_RESOURCE = re.compile(rb'"resourceType"\s*:\s*"([A-Z][A-Za-z]+)"')
_BUNDLE = b"Bundle"
_APPLES = "clinical-records"
_MEDIA_TYPE = "application/fhir+json"
_SOURCE = Origin("FHIR", ADAPTER)
_OWN_CODES = "urn:vitalvault:"
_NOT_KEPT = {"Patient": "person", "OperationOutcome": "outcome"}


class Fhir:
    """What ``adapters`` finds under the name "fhir"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="FHIR R4 (Bundle, NDJSON, resources)",
        how_to_export=(
            "a patient portal's or an app's download, or vitalvault export fhir: one file, a folder or a zip"
        ),
        reads=(
            "Observations of every metric that has a LOINC code, or VitalVault's own, in UCUM units",
            "sleeps, workouts and strength sets as VitalVault exports them",
            "Devices, as the source of what they measured",
            "everything else that is sound, kept as it came",
        ),
        leaves=(
            "the Patient: looked at for whose the rest is, and not stored",
            "what was entered in error or cancelled, and what has no value",
            "everything, if the Observations are of several people",
        ),
        metrics=tuple(
            sorted(
                {
                    *(name for name, entry in catalogue().items() if not entry.components and name != "ecg"),
                    *(
                        f"{name}.{part}"
                        for name, entry in catalogue().items()
                        for part in entry.components
                        if name != "strength_set"
                    ),
                }
            )
        ),
    )

    def detect(self, path: Path) -> Found | None:
        """Recognise resources by their first bytes; clinical records inside Apple's export are Apple's."""
        with Archive(path) as archive:
            members = archive.candidates(*_SUFFIXES)
            ours = (one for one in archive.examples(*_SUFFIXES) if _kind(archive, one))
            first = next(ours, None)
            if first is None or (_APPLES in first.name.split("/") and len(members) < len(archive.members)):
                return None
        return Found(ADAPTER, "FHIR R4 resources", 0.9, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile without a resource, InputError for several people's."""
        with Archive(path) as archive:
            kinds = {one.name: _kind(archive, one) for one in archive.candidates(*_SUFFIXES)}
            ours = [one for one in archive.members if kinds.get(one.name)]
            if not ours:
                raise MalformedFile("no FHIR resource in it")
            yield from (left_whole(one.name) for one in archive.members if one not in ours)
            yield from _Reading(archive, options, kinds).records(ours)
            yield from archive.sources()


def _kind(archive: Archive, one: Member) -> bytes:
    """Return the type of a file's first resource, or nothing."""
    try:
        head = peek(archive, one).lstrip(b"\xef\xbb\xbf \t\r\n")
    except InputError:
        return b""
    match = _RESOURCE.search(head) if head[:1] in (b"{", b"[") else None
    return match[1] if match else b""


class _Reading:
    """One reading of one export."""

    def __init__(self, archive: Archive, options: Options, kinds: dict[str, bytes]) -> None:
        self._archive, self._kinds, self._progress = archive, kinds, options.progress
        self._around, self._panels = Around(), Panels()
        self._observations = Observations(self._around, self._panels, Zone.of(options))

    def records(self, members: list[Member]) -> Iterator[Record]:
        for one in members:
            self._look(one)
        self._around.settle()
        for one in in_turn(members, self._progress, lambda one: one.size):
            yield from self._file(one)
        yield from self._observations.rest()

    def _look(self, one: Member) -> None:
        """Note people, devices and panels; what can't be read is refused in the second pass."""
        try:
            for _, resource, full_url, _ in self._resources(one):
                if isinstance(resource, dict):
                    self._around.see(resource, full_url)
                    self._see_panel(resource, full_url)
        except InputError:
            return

    def _see_panel(self, resource: Json, full_url: str) -> None:
        members = objects(resource.get("hasMember"))
        if not members or resource.get("resourceType") != "Observation":
            return
        try:
            known = named(msgspec.convert(resource.get("code"), Concept))
        except msgspec.ValidationError:
            return
        if known is not None and known.name in (SLEEP, WORKOUT):
            references = [short_reference(text(one.get("reference"))) for one in members]
            self._panels.see(known.name, _names(resource, full_url)[0], references)

    def _file(self, one: Member) -> Iterator[Record]:
        count = Count(one.name)
        position = 0
        try:
            for position, resource, full_url, raw in self._resources(one):
                if isinstance(resource, str):
                    yield count.reject(resource, position)
                else:
                    yield from count.settle(self._told(resource, full_url, raw), position)
                yield from self._observations.batches.full()
        except InputError as error:
            yield count.reject(reason_of(error, "malformed-json"), position)
        yield count.tally()

    def _told(self, resource: Json, full_url: str, raw: bytes) -> Told:
        try:
            return self._resource(resource, full_url, raw)
        except RecursionError:
            return Unused("too-deep", "rejected")
        except UnicodeError:  # half a surrogate pair can't be written
            return Unused("bad-element", "rejected")

    def _resource(self, resource: Json, full_url: str, raw: bytes) -> Told:
        names = _names(resource, full_url)
        kind = resource.get("resourceType")
        if kind == "Observation":
            told = self._observations.read(resource, *names)
            if told is not KEEP:
                return told
        elif reason := _refused(resource):
            return Unused(reason, "rejected")
        elif self._around.is_of_another(resource):
            return Unused("other-person", "rejected")
        elif kind == "Device":
            return []
        elif kind in _NOT_KEPT:
            return Unused(_NOT_KEPT[kind])
        elif kind == "CodeSystem" and text(resource.get("url")).startswith(_OWN_CODES):
            return Unused("own-codes")
        body = raw or msgspec.json.encode(resource)
        key = names[0] or hashlib.sha256(body).hexdigest()
        return [Document(f"fhir:{kind}", key, _SOURCE, _MEDIA_TYPE, body)]

    def _resources(self, one: Member) -> Iterator[tuple[int, Json | str, str, bytes]]:
        """Yield (position, resource or why it is none, its full URL, its bytes if they stand alone)."""
        if self._kinds[one.name] == _BUNDLE and not has_lines(self._archive, one):
            with self._archive.open(one) as stream:
                yield from _of_bundle(stream)
            return
        for position, found, raw in objects_of(self._archive, one):
            if isinstance(found, str):
                yield position, found, "", raw
            elif found.get("resourceType") == "Bundle":
                yield from ((position, *_entry(entry), b"") for entry in objects(found.get("entry")))
            else:
                is_one = isinstance(found.get("resourceType"), str)
                yield position, found if is_one else "not-a-resource", "", raw


def _refused(resource: Json) -> str:
    kind = resource.get("resourceType")
    return model_reason(resource) if kind != "Bundle" else "bundle-in-bundle"


def _names(resource: Json, full_url: str) -> tuple[str, ...]:
    """Return what others call a resource: by type and id, and by its address in the Bundle."""
    kind, own = resource.get("resourceType"), resource.get("id")
    short = f"{kind}/{own}" if isinstance(own, str) and own else ""
    found = tuple(filter(None, (short, full_url)))
    return found or ("",)


def _of_bundle(stream: MemberStream) -> Iterator[tuple[int, Json | str, str, bytes]]:
    number = 0
    for keys, entry in listed(unpacked(stream), lambda key: key == "entry"):
        if keys != ("entry",):
            continue  # the Bundle's own elements
        number += 1
        yield number, *_entry(entry), b""


def _entry(entry: object) -> tuple[Json | str, str]:
    """Return the resource of a Bundle's entry, or that there is none, and its full URL."""
    resource = member(entry, "resource")
    if not isinstance(entry, dict) or not isinstance(resource.get("resourceType"), str):
        return "no-resource", ""
    return resource, text(entry.get("fullUrl"))
