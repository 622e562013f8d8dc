"""Readings of several components (blood pressure, a position) as one data point.

They are told from their Observations, so that both formats pair the same samples under the same id. Where
a component is missing that the schema asks for, there is no data point: it has no way to say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from vault.fhir import panels
from vault.metrics import metric
from vault.openmhealth.points import frame_of, point, quantity

if TYPE_CHECKING:
    from vault.fhir.codings import Json
    from vault.fhir.shape import Context
    from vault.openmhealth.schemas import Row
    from vault.store.columns import Columns

__all__ = ["documents"]


def documents(
    context: Context, name: str, rows: Sequence[Row], series: Mapping[str, Iterable[Columns]]
) -> Iterator[Json]:
    """Yield one data point a whole reading; ``series`` holds the columns of each component."""
    row_of = {row.metric: row for row in rows}
    own = [row_of[f"{name}.{part}"] for part in metric(name).components]
    for observation in panels.readings(context, name, series):
        found = _document(context, own, observation)
        if found is not None:
            yield found


def _document(context: Context, rows: list[Row], observation: Json) -> Json | None:
    told = zip(rows, observation["component"])
    body: Json = {
        row.field: quantity(row, part["valueQuantity"]["value"])
        for row, part in told
        if "valueQuantity" in part
    }
    frame = frame_of(observation)
    is_whole = all(row.required in body for row in rows if row.required)
    if not is_whole or (rows[0].frame == "moment" and "date_time" not in frame):
        return None
    device = context.devices[observation["device"]["reference"].removeprefix("Device/")]
    return point(context, rows[0], observation["id"], device["deviceName"][0]["name"], frame, body)
