"""A whole vault as FHIR: the person, all Observations, then whatever those referred to.

Resources of one type follow each other, so that whoever writes a file a type needs only one open. A
series is read a year at a time.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from vault.fhir import around, observations, panels, sleep, workouts
from vault.fhir.asked import asked
from vault.fhir.identity import Identity
from vault.fhir.lines import line
from vault.fhir.shape import Context
from vault.metrics import whole

if TYPE_CHECKING:
    from vault.fhir.asked import Asked
    from vault.fhir.codings import Json
    from vault.fhir.source import Source
    from vault.readable import Moment

__all__ = ["ndjson", "resources", "subject_id"]


def resources(
    source: Source,
    start: Moment | None = None,
    end: Moment | None = None,
    metrics: Iterable[str] | None = None,
) -> Iterator[Json]:
    """Return FHIR R4 resources as dicts; see ``ndjson``, which is several times faster."""
    blocks = ndjson(source, start, end, metrics)
    return (json.loads(text) for _, block in blocks for text in block.splitlines())


def ndjson(
    source: Source,
    start: Moment | None = None,
    end: Moment | None = None,
    metrics: Iterable[str] | None = None,
    left: Counter[str] | None = None,
) -> Iterator[tuple[str, bytes]]:
    """Return (resource type, whole lines of NDJSON) one by one; the lines of one type follow each other.

    What is wrong with the question is told at once, before the first resource.

    Args:
        source: The owner's vault.
        start: Of Observations; None from the first on.
        end: Of Observations; None to the last.
        metrics: Which metrics: catalogue names, component or vendor-coded series; ``sleep_duration`` stands
            for sleeps, ``workout`` for workouts with their members, a component for its whole.
            None for all but ``gps_position``.
        left: Takes the number of what had no place in FHIR, by reason, as it is met.

    Raises:
        InputError: A moment is none, or out of reach.
        UnknownMetric: A name is neither in the catalogue nor in the vault.
    """
    return _blocks(asked(source, start, end, metrics, left))


def _blocks(export: Asked) -> Iterator[tuple[str, bytes]]:
    context = export.context
    yield "Patient", line(around.patient(context))
    for block in _observations(export):
        yield "Observation", block
    for resource in around.code_systems(context):
        yield "CodeSystem", line(resource)
    yield "Device", line(around.application(context))
    for _, device in sorted(context.devices.items()):
        yield "Device", line(device)
    for provenance in around.provenances(context, export.source):
        yield "Provenance", line(provenance)


def subject_id(source: Source) -> str:
    """Return the id of the Patient in this vault's exports."""
    return Context(Identity(source.identity_key), source.home_zone).subject.id


def _observations(export: Asked) -> Iterator[bytes]:
    panel_series: defaultdict[str, list[str]] = defaultdict(list)
    stages = sleep.Stages()
    for name in export.stored:
        if whole(name) != name:
            panel_series[whole(name)].append(name.rpartition(".")[2])
        elif export.wants(name):
            yield from _series(export, name, stages)
    for name, parts in panel_series.items():
        if export.wants(name):
            series = {part: export.columns(f"{name}.{part}") for part in parts}
            yield from map(line, panels.observations(export.context, name, series))
    if export.wants("sleep_duration"):
        yield from map(line, sleep.sessions(export.context, export.source, stages, export.start, export.end))
        yield from stages.rest(export.context)
    yield from map(line, _workouts(export))


def _series(export: Asked, name: str, stages: sleep.Stages) -> Iterator[bytes]:
    for columns in export.columns(name):
        if name == "sleep_stage":
            stages.add(columns)
        yield from observations.series(export.context, name, columns)


def _workouts(export: Asked) -> Iterator[Json]:
    source, context, start, end, *_ = export
    if export.wants("workout"):
        with_sets = export.wants("strength_set")
        yield from workouts.panels(context, source, start, end, with_sets=with_sets)
    elif export.wants("strength_set"):
        yield from workouts.sets(context, source, start, end)
