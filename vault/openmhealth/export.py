"""A whole vault as Open mHealth, schema by schema, so that whoever writes a file a schema opens it once.

What is asked for is understood as for FHIR, and a series is read a year at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from vault.fhir.asked import asked
from vault.fhir.lines import line
from vault.fhir.windows import windows
from vault.metrics import whole
from vault.openmhealth import episodes, readings, samples
from vault.openmhealth.schemas import Row, table

if TYPE_CHECKING:
    from vault.fhir.asked import Asked
    from vault.fhir.codings import Json
    from vault.fhir.source import Source
    from vault.readable import Moment

__all__ = ["ndjson"]


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
    return _blocks(asked(source, start, end, metrics))


def _blocks(export: Asked) -> Iterator[tuple[str, bytes]]:
    by_stem: defaultdict[str, defaultdict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in table():
        by_stem[row.stem][row.of].append(row)
    for stem, by_kind in sorted(by_stem.items()):
        for block in _samples(export, by_kind["sample"]):
            yield stem, block
        for document in _sparse(export, by_kind):
            yield stem, line(document)


def _samples(export: Asked, rows: list[Row]) -> Iterator[bytes]:
    for row in rows:
        if row.metric in export.stored and export.wants(row.metric):
            for columns in export.columns(row.metric):
                yield from filter(None, samples.documents(export.context, row, columns))


def _sparse(export: Asked, by_kind: dict[str, list[Row]]) -> Iterator[Json]:
    source, context, start, end, *_ = export
    if by_kind["reading"]:
        yield from _readings(export, by_kind["reading"])
    if by_kind["sleep"] and export.wants("sleep_duration"):
        beside = {row.metric: windows(source, row.metric) for row in by_kind["sleep"] if not row.column}
        yield from episodes.sleeps(context, by_kind["sleep"], source.nights(start, end), beside)
    for of, told in (("workout", episodes.workouts), ("member", episodes.members)):
        if by_kind[of] and export.wants("workout"):
            yield from told(context, by_kind[of], source.workouts(start, end))


def _readings(export: Asked, rows: list[Row]) -> Iterator[Json]:
    name = whole(rows[0].metric)
    if export.wants(name):
        series = {
            row.metric.rpartition(".")[2]: export.columns(row.metric)
            for row in rows
            if row.metric in export.stored
        }
        yield from readings.documents(export.context, name, rows, series)
