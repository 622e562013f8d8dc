"""A whole vault as Open mHealth, schema by schema, so that whoever writes a file a schema opens it once.

A series is read a year at a time. Where metrics are named, only they go out; where none are, everything but
positions, which tell where a person lives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from vault.errors import UnknownMetric
from vault.fhir.identity import Identity
from vault.fhir.shape import Context
from vault.fhir.windows import windows
from vault.metrics import find
from vault.moment import range_ns
from vault.openmhealth import episodes, readings, samples
from vault.openmhealth.points import line
from vault.openmhealth.schemas import Row, table

if TYPE_CHECKING:
    from vault.fhir.codings import Json
    from vault.fhir.source import Source
    from vault.readable import Moment
    from vault.store.columns import Columns

__all__ = ["ndjson"]

_LEFT_OUT = "gps_position"


class _Export(NamedTuple):
    source: Source
    context: Context
    start: Moment | None
    end: Moment | None
    stored: frozenset[str]
    asked: frozenset[str] | None

    def wants(self, metric: str) -> bool:
        whole = _whole(metric)
        return whole != _LEFT_OUT if self.asked is None else whole in self.asked

    def columns(self, series: str) -> Iterator[Columns]:
        return windows(self.source, series, self.start, self.end)


def ndjson(
    source: Source,
    start: Moment | None = None,
    end: Moment | None = None,
    metrics: Iterable[str] | None = None,
) -> Iterator[tuple[str, bytes]]:
    """Return (schema as "heart-rate-2.0", whole lines of NDJSON) one by one, those of a schema in a row.

    A metric that no schema can tell gives nothing. What is wrong with the question is told at once.

    Args:
        source: The owner's vault.
        start: None from the first on.
        end: None to the last.
        metrics: Catalogue names, component or vendor-coded series; ``sleep_duration`` stands for sleeps too,
            ``workout`` for workouts with their heart rates, a component for its whole. None for all but
            ``gps_position``.

    Raises:
        InputError: A moment is none, or out of reach.
        UnknownMetric: A name is neither in the catalogue nor in the vault.
    """
    range_ns(start, end, source.home_zone)
    stored = frozenset(map(str, source.metrics()["metric"]))
    asked = None if metrics is None else frozenset(metrics)
    if any(find(name) is None and name not in stored for name in asked or ()):
        raise UnknownMetric("no metric of that name in the catalogue or in this vault")
    context = Context(Identity(source.identity_key), source.home_zone)
    whole = None if asked is None else frozenset(map(_whole, asked))
    return _blocks(_Export(source, context, start, end, stored, whole))


def _whole(name: str) -> str:
    """Return the metric a name goes out with: a component's whole, else itself."""
    whole = name.rpartition(".")[0]
    return whole if find(name) is not None and find(whole) is not None else name


def _blocks(export: _Export) -> Iterator[tuple[str, bytes]]:
    by_stem: defaultdict[str, defaultdict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in table():
        by_stem[row.stem][row.of].append(row)
    for stem, by_kind in sorted(by_stem.items()):
        for block in _samples(export, by_kind["sample"]):
            yield stem, block
        for document in _sparse(export, by_kind):
            yield stem, line(document)


def _samples(export: _Export, rows: list[Row]) -> Iterator[bytes]:
    for row in rows:
        if row.metric in export.stored and export.wants(row.metric):
            for columns in export.columns(row.metric):
                yield from filter(None, samples.documents(export.context, row, columns))


def _sparse(export: _Export, by_kind: dict[str, list[Row]]) -> Iterator[Json]:
    source, context, start, end, *_ = export
    if by_kind["reading"]:
        yield from _readings(export, by_kind["reading"])
    if by_kind["sleep"] and export.wants("sleep_duration"):
        beside = {row.metric: windows(source, row.metric) for row in by_kind["sleep"] if not row.column}
        yield from episodes.sleeps(context, by_kind["sleep"], source.nights(start, end), beside)
    for of, told in (("workout", episodes.workouts), ("member", episodes.members)):
        if by_kind[of] and export.wants("workout"):
            yield from told(context, by_kind[of], source.workouts(start, end))


def _readings(export: _Export, rows: list[Row]) -> Iterator[Json]:
    name = _whole(rows[0].metric)
    if export.wants(name):
        series = {
            row.metric.rpartition(".")[2]: export.columns(row.metric)
            for row in rows
            if row.metric in export.stored
        }
        yield from readings.documents(export.context, name, rows, series)
