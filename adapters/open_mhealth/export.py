"""The Open mHealth adapter: finds data points in files, checks them against their schemas, and reads them.

The idea: a point names its schema and version. One that is not as its schema says is refused with a reason;
one whose schema is not known here, or that tells something there is no place for, is kept as it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.clocks import Zone
from adapters.formats.counting import Count, Unused, left_whole
from adapters.formats.files import peek
from adapters.formats.ndjson import objects_of
from adapters.formats.values import member, text
from adapters.open_mhealth.healthkit import read_healthkit
from adapters.open_mhealth.points import ADAPTER, KEEP, Points, Told
from adapters.open_mhealth.rules import Schema, broken_body, broken_header, fields_of, schema_of
from adapters.progress import in_turn
from vault.errors import InputError, MalformedFile
from vault.records import Document, Origin

if TYPE_CHECKING:
    from vault.records import Record

__all__ = ["OpenMHealth"]

Json = dict[str, Any]

_SUFFIXES = (".json", ".ndjson", ".jsonl", ".gz")
_HEADER = re.compile(rb'"schema_id"\s*:\s*\{\s*"(?:namespace|name|version)"\s*:')
_SOURCE = "Open mHealth"


class OpenMHealth:
    """What ``adapters`` finds under the name "open_mhealth"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="Open mHealth and IEEE 1752",
        how_to_export="an app's or service's Open mHealth data points: JSON, NDJSON, a folder or a zip",
        reads=(
            "heart and respiratory rate, R-R intervals, oxygen, temperature, blood pressure, glucose",
            "weight, height, BMI, body fat; steps, moderate minutes, speed, ambient sound",
            "sleep durations and episodes, physical activities, calories",
            "HealthKit's quantities, sleep, workouts and correlations in Granola's form",
            "averages and other statistics, under names of their own",
            "points of every other schema, kept as they came",
        ),
        leaves=(
            "notes of the user, unless the journal is asked for",
            "everything, if the points are of several users",
        ),
        metrics=(
            *("active_energy", "basal_body_temperature", "basal_energy", "blood_glucose_mass"),
            *(
                "blood_pressure.diastolic",
                "blood_pressure.systolic",
                "bmi",
                "body_fat_percentage",
                "body_mass",
            ),
            *("body_temperature", "caffeine", "carbohydrate_intake", "distance", "distance_cycling"),
            *("electrodermal_activity", "energy_intake", "environmental_sound", "fat_intake", "fev1"),
            *("flights_climbed", "fvc", "glucose_interstitial", "heart_rate", "height", "hydration"),
            *("lean_body_mass", "moderate_minutes", "peak_expiratory_flow", "protein_intake"),
            *("respiratory_rate", "rr_interval", "skin_temperature", "sleep_awakenings", "sleep_duration"),
            *("sleep_latency", "sleep_stage", "speed", "spo2", "steps", "steps_daily"),
        ),
    )

    def detect(self, path: Path) -> Found | None:
        """Recognise data points by the schema in their header."""
        with Archive(path) as archive:
            if not any(_is_ours(archive, one) for one in archive.examples(*_SUFFIXES)):
                return None
        return Found(ADAPTER, "Open mHealth data points", 0.9, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile without a data point, InputError for several users'."""
        with Archive(path) as archive:
            ours = [one for one in archive.candidates(*_SUFFIXES) if _is_ours(archive, one)]
            if not ours:
                raise MalformedFile("no Open mHealth data point in it")
            yield from (left_whole(one.name) for one in archive.members if one not in ours)
            yield from _Reading(archive, options).records(ours)
            yield from archive.sources()


def _is_ours(archive: Archive, one: Member) -> bool:
    try:
        return _HEADER.search(peek(archive, one)) is not None
    except InputError:
        return False


class _Reading:
    """One reading of one export."""

    def __init__(self, archive: Archive, options: Options) -> None:
        self._archive, self._progress = archive, options.progress
        self._points = Points(Zone.of(options), journal=options.journal)

    def records(self, members: list[Member]) -> Iterator[Record]:
        users = {user for one in members for user in self._users(one)}
        if len(users) > 1:
            hint = "hand over the data points of one user at a time"
            raise InputError("data points of several users", hint=hint)
        for one in in_turn(members, self._progress, lambda one: one.size):
            yield from self._file(one)
        yield from self._points.batches.rest()

    def _users(self, one: Member) -> Iterator[str]:
        try:
            for _, point, _ in objects_of(self._archive, one):
                if isinstance(point, dict) and (user := text(member(point, "header").get("user_id"))):
                    yield user
        except InputError:
            return

    def _file(self, one: Member) -> Iterator[Record]:
        count, position = Count(one.name), 0
        try:
            for position, point, raw in objects_of(self._archive, one):
                yield from count.settle(self._told(point, raw), position)
                yield from self._points.batches.full()
        except InputError as error:
            yield count.reject(reason_of(error, "malformed-json"), position)
        yield count.tally()

    def _told(self, point: Json | str, raw: bytes) -> Told:
        if isinstance(point, str):
            return Unused(point, "rejected")
        try:
            return self._point(point, raw)
        except RecursionError:
            return Unused("too-deep", "rejected")
        except UnicodeError:  # half a surrogate pair can't be written
            return Unused("bad-value", "rejected")

    def _point(self, point: Json, raw: bytes) -> Told:
        header, body = point.get("header"), point.get("body")
        schema = None if broken_header(header) else schema_of(member(point, "header"))
        if schema is None or not isinstance(header, dict):
            return Unused("bad-header", "rejected")
        if not isinstance(body, dict):
            return Unused("no-body", "rejected")
        name = text(header.get("id") or header.get("uuid"))
        said = member(header, "acquisition_provenance")
        origin = Origin(text(said.get("source_name")).strip() or _SOURCE, ADAPTER)
        if reason := broken_body(schema, body):
            return Unused(reason, "rejected")
        told = self._known(schema, body, name, origin, text(said.get("modality") or header.get("modality")))
        if told is not KEEP:
            return told
        kept = raw or msgspec.json.encode(point)
        return [Document(f"omh:{schema.name}", name, origin, "application/json", kept)]

    def _known(self, schema: Schema, body: Json, name: str, origin: Origin, modality: str) -> Told:
        if not fields_of(schema):
            return KEEP
        if schema.namespace == "granola":
            return read_healthkit(self._points, schema, body, name, origin)
        return self._points.read(schema, body, name, origin, modality)
