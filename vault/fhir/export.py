"""A whole vault as FHIR: the person, all Observations, then whatever those referred to.

Resources of one type follow each other, so that whoever writes a file a type needs only one open. A
series is read a year at a time. Where metrics are named, only their Observations go out; where none are,
everything but positions, which tell where a person lives.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from vault.errors import UnknownMetric
from vault.fhir import around, observations, panels, sleep, workouts
from vault.fhir.identity import Identity
from vault.fhir.shape import Context
from vault.fhir.windows import windows
from vault.metrics import find
from vault.moment import range_ns

if TYPE_CHECKING:
    from vault.fhir.codings import Json
    from vault.fhir.source import Source
    from vault.readable import Moment
    from vault.store.columns import Columns

__all__ = ["ndjson", "resources", "subject_id"]

_LEFT_OUT = "gps_position"


class _Export(NamedTuple):
    source: Source
    context: Context
    start: Moment | None
    end: Moment | None
    metrics: frozenset[str] | None

    def wants(self, metric: str) -> bool:
        return metric != _LEFT_OUT if self.metrics is None else metric in self.metrics

    def columns(self, series: str) -> Iterator[Columns]:
        return windows(self.source, series, self.start, self.end)


def resources(
    source: Source,
    start: Moment | None = None,
    end: Moment | None = None,
    metrics: Iterable[str] | None = None,
) -> Iterator[Json]:
    """Return FHIR R4 resources as dicts; see ``ndjson``, which is several times faster."""
    blocks = ndjson(source, start, end, metrics)
    return (json.loads(line) for _, block in blocks for line in block.splitlines())


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
    range_ns(start, end, source.home_zone)
    stored = sorted({str(name) for name in source.metrics()["metric"]})
    asked = None if metrics is None else frozenset(_whole(name, stored) for name in metrics)
    context = Context(
        Identity(source.identity_key), source.home_zone, left=Counter() if left is None else left
    )
    return _blocks(_Export(source, context, start, end, asked), stored)


def _blocks(export: _Export, stored: list[str]) -> Iterator[tuple[str, bytes]]:
    context = export.context
    yield "Patient", _line(around.patient(context))
    for block in _observations(export, stored):
        yield "Observation", block
    for resource in around.code_systems(context):
        yield "CodeSystem", _line(resource)
    yield "Device", _line(around.application(context))
    for _, device in sorted(context.devices.items()):
        yield "Device", _line(device)
    for provenance in around.provenances(context, export.source):
        yield "Provenance", _line(provenance)


def subject_id(source: Source) -> str:
    """Return the id of the Patient in this vault's exports."""
    return Context(Identity(source.identity_key), source.home_zone).subject.id


def _observations(export: _Export, stored: list[str]) -> Iterator[bytes]:
    panel_series: defaultdict[str, list[str]] = defaultdict(list)
    stages = sleep.Stages()
    for name in stored:
        whole = _whole(name, stored)
        if whole != name:
            panel_series[whole].append(name.rpartition(".")[2])
        elif export.wants(name):
            yield from _series(export, name, stages)
    for name, parts in panel_series.items():
        if export.wants(name):
            series = {part: export.columns(f"{name}.{part}") for part in parts}
            yield from map(_line, panels.observations(export.context, name, series))
    if export.wants("sleep_duration"):
        yield from map(_line, sleep.sessions(export.context, export.source, stages, export.start, export.end))
        yield from stages.rest(export.context)
    yield from map(_line, _workouts(export))


def _whole(name: str, stored: Sequence[str]) -> str:
    """Return the metric a name goes out with: a component's whole, else itself."""
    if find(name) is None and name not in stored:
        raise UnknownMetric("no metric of that name in the catalogue or in this vault")
    whole = find(name.rpartition(".")[0])
    return whole.name if whole is not None and find(name) is not None else name


def _series(export: _Export, name: str, stages: sleep.Stages) -> Iterator[bytes]:
    for columns in export.columns(name):
        if name == "sleep_stage":
            stages.add(columns)
        yield from observations.series(export.context, name, columns)


def _workouts(export: _Export) -> Iterator[Json]:
    source, context, start, end, _ = export
    if export.wants("workout"):
        with_sets = export.wants("strength_set")
        yield from workouts.panels(context, source, start, end, with_sets=with_sets)
    elif export.wants("strength_set"):
        yield from workouts.sets(context, source, start, end)


def _line(resource: Json) -> bytes:
    return json.dumps(resource, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"
