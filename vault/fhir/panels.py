"""Readings of several components (blood pressure) as one Observation, paired from their series.

Components of one reading share source, start and end. A reading that lacks one says so with a
``dataAbsentReason``, as the blood pressure profile asks; it is neither dropped nor guessed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vault.fhir import codings, shape
from vault.metrics import metric

if TYPE_CHECKING:
    from vault.fhir.codings import Json
    from vault.fhir.shape import Context
    from vault.records import Origin
    from vault.store.columns import Columns

__all__ = ["readings"]


class _Reading(NamedTuple):
    start: int
    end: int
    offset_min: int
    origin: Origin
    values: dict[str, float]


def readings(context: Context, name: str, series: Mapping[str, Iterable[Columns]]) -> Iterator[Json]:
    """Yield one Observation a reading, by start; ``series`` holds the columns of each component."""
    components = metric(name).components
    for reading in _paired({part: series.get(part, ()) for part in components}):
        yield _observation(context, name, components, reading)


def _paired(series: dict[str, Iterable[Columns]]) -> list[_Reading]:
    """Pair the components' samples; the nth of two at one instant goes with the nth of the other."""
    found: defaultdict[tuple[int, int, str], list[_Reading]] = defaultdict(list)
    for part, batches in series.items():
        for columns in batches:
            for start, end, offset, value, origin in zip(
                columns.start.tolist(),
                columns.end.tolist(),
                columns.offset_min.tolist(),
                columns.value.tolist(),
                columns.origin.tolist(),
            ):
                who = columns.origins[origin]
                same = found[start, end, who.source]
                lacking = next((reading for reading in same if part not in reading.values), None)
                if lacking is None:
                    lacking = _Reading(start, end, offset, who, {})
                    same.append(lacking)
                lacking.values[part] = value
    return [reading for _, same in sorted(found.items(), key=lambda item: item[0]) for reading in same]


def _observation(context: Context, name: str, components: tuple[str, ...], reading: _Reading) -> Json:
    said = ";".join(f"{part}={reading.values[part]!r}" for part in components if part in reading.values)
    named = context.identity.name(name, reading.origin.source, said, start=reading.start, end=reading.end)
    when, assumed = shape.when(context, reading.start, reading.end, reading.offset_min)
    return shape.observation(
        context,
        codings.term(name),
        reading.origin,
        named,
        when,
        assumed=assumed,
        component=[_component(f"{name}.{part}", reading.values.get(part)) for part in components],
    )


def _component(name: str, value: float | None) -> Json:
    code: Json = {"code": codings.term(name).code}
    if value is None or not np.isfinite(value):
        return code | {"dataAbsentReason": shape.absent("unknown")}
    return code | {"valueQuantity": codings.quantity(value, name)}
