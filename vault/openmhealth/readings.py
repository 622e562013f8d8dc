"""Readings of several components (blood pressure, a position) as one data point.

They are paired and named as their Observations are, so that both formats tell the same reading under the
same id. Where a component is missing that the schema asks for, there is no data point: it has no way to
say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite, nan
from typing import TYPE_CHECKING

from vault.fhir import panels, shape
from vault.metrics import metric
from vault.openmhealth.notes import modality
from vault.openmhealth.points import frame_of, point, quantity

if TYPE_CHECKING:
    from vault.fhir.codings import Json
    from vault.fhir.panels import Reading
    from vault.fhir.shape import Context
    from vault.openmhealth.schemas import Row
    from vault.store.columns import Columns

__all__ = ["documents"]


def documents(
    context: Context, name: str, rows: Sequence[Row], series: Mapping[str, Iterable[Columns]]
) -> Iterator[Json]:
    """Yield one data point a whole reading; ``series`` holds the columns of each component."""
    row_of = {row.metric: row for row in rows}
    own = {part: row_of[f"{name}.{part}"] for part in metric(name).components}
    for reading in panels.readings(name, series):
        found = _document(context, own, reading)
        if found is not None:
            yield found


def _document(context: Context, row_of: dict[str, Row], reading: Reading) -> Json | None:
    body: Json = {
        row.field: quantity(row, reading.values[part])
        for part, row in row_of.items()
        if isfinite(reading.values.get(part, nan))
    }
    first, *_ = row_of.values()
    when, _ = shape.when(context, reading.start, reading.end, reading.offset_min)
    frame = frame_of(when)
    is_whole = all(row.required in body for row in row_of.values() if row.required)
    if not is_whole or (first.frame == "moment" and "date_time" not in frame):
        return None
    source, is_provided = reading.origin.source, reading.facets.is_provided
    word = modality(first.metric, is_provided=is_provided)
    return point(context, first, reading.name(context).id, source, frame, body, modality=word)
