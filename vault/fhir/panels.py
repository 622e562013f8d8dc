"""Readings of several components (blood pressure), paired from their series, and each as one Observation.

Components of one reading share source, start and end. A reading that lacks one says so with a
``dataAbsentReason``, as the blood pressure profile asks; it is neither dropped nor guessed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vault.fhir import codings, shape
from vault.fhir.notes import NOTHING, Facets, facets
from vault.metrics import metric

if TYPE_CHECKING:
    from vault.fhir.codings import Json
    from vault.fhir.identity import Name
    from vault.fhir.shape import Context
    from vault.records import Origin
    from vault.store.columns import Columns

__all__ = ["Reading", "observations", "readings"]


class Reading(NamedTuple):
    """What was taken at once: the values by component, and what their notes say."""

    metric: str
    start: int
    end: int
    offset_min: int
    origin: Origin
    values: dict[str, float]
    said: set[Facets]

    @property
    def facets(self) -> Facets:
        """What holds of the whole: a number typed in was not measured together with the other."""
        return Facets(
            manual=any(one.manual for one in self.said), corrected=any(one.corrected for one in self.said)
        )

    def name(self, context: Context) -> Name:
        """Return what the reading is called in every format."""
        components = metric(self.metric).components
        said = ";".join(f"{part}={self.values[part]!r}" for part in components if part in self.values)
        return context.identity.name(self.metric, self.origin.source, said, start=self.start, end=self.end)


def readings(name: str, series: Mapping[str, Iterable[Columns]]) -> list[Reading]:
    """Return the readings by start, paired from the columns of each component.

    The nth sample of two at one instant goes with the nth of the other component.
    """
    found: defaultdict[tuple[int, int, str], list[Reading]] = defaultdict(list)
    for part in metric(name).components:
        for columns in series.get(part, ()):
            said = [*map(facets, columns.notes), NOTHING]  # the last is for -1, no note
            for start, end, offset, value, origin, note in zip(
                columns.start.tolist(),
                columns.end.tolist(),
                columns.offset_min.tolist(),
                columns.value.tolist(),
                columns.origin.tolist(),
                columns.note.tolist(),
            ):
                who = columns.origins[origin]
                same = found[start, end, who.source]
                lacking = next((reading for reading in same if part not in reading.values), None)
                if lacking is None:
                    lacking = Reading(name, start, end, offset, who, {}, set())
                    same.append(lacking)
                lacking.values[part] = value
                lacking.said.add(said[note])
    return [reading for _, same in sorted(found.items(), key=lambda item: item[0]) for reading in same]


def observations(context: Context, name: str, series: Mapping[str, Iterable[Columns]]) -> Iterator[Json]:
    """Yield one Observation a reading, by start; ``series`` holds the columns of each component."""
    for reading in readings(name, series):
        when, assumed = shape.when(context, reading.start, reading.end, reading.offset_min)
        yield shape.observation(
            context,
            codings.term(name),
            reading.origin,
            reading.name(context),
            when,
            assumed=assumed,
            said=reading.facets,
            component=[
                _component(f"{name}.{part}", reading.values.get(part)) for part in metric(name).components
            ],
        )


def _component(name: str, value: float | None) -> Json:
    code: Json = {"code": codings.term(name).code}
    if value is None or not np.isfinite(value):
        return code | {"dataAbsentReason": shape.absent("unknown")}
    return code | {"valueQuantity": codings.quantity(value, name)}
