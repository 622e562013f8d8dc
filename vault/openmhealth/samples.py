"""Series to data points, by template, as ``vault.fhir.observations`` does it for Observations.

Samples of one metric differ in id, times and value; who measured, what the note says and which of two
time frames fits come in few combinations, each of which is written once.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import mod
from typing import TYPE_CHECKING

import numpy as np

from vault.fhir import instants
from vault.fhir.identity import field
from vault.fhir.observations import BLOCK, decimals
from vault.metrics import metric
from vault.openmhealth.notes import NOTHING, modality, said
from vault.openmhealth.points import NO_POINT, template
from vault.time import NO_INSTANT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.fhir.shape import Context
    from vault.openmhealth.schemas import Row
    from vault.store.columns import Columns

__all__ = ["documents"]

_Kind = tuple[int, int, bool, bool, bool]


def documents(context: Context, row: Row, columns: Columns) -> Iterator[bytes]:
    """Yield the data points of one series as NDJSON, a block of lines at a time."""
    writer = _Series(context, row, columns)
    for first in range(0, len(columns), BLOCK):
        yield writer.block(columns.take(slice(first, first + BLOCK)))


class _Series:
    def __init__(self, context: Context, row: Row, columns: Columns) -> None:
        self._context, self._row, self._origins = context, row, columns.origins
        numbers = {NOTHING: 0}
        said_of = [numbers.setdefault(said(note, row.schema), len(numbers)) for note in columns.notes]
        self._said = list(numbers)
        self._said_of = np.array([*said_of, 0], np.int64)  # the last is for -1, no note
        self._is_daily = metric(row.metric).time == "day"
        self._numbers: dict[_Kind, int] = {}
        self._templates: list[str] = []
        self._prefixes: list[bytes] = []

    def block(self, part: Columns) -> bytes:
        value = part.value.astype(np.float64)
        group = self._groups(part)
        ids, _ = self._context.identity.names(self._prefixes, group, part.start, part.end, value)
        starts, ends = instants.edges(
            part.start, part.end, part.offset_min, self._context.home, daily=self._is_daily
        )
        created, recorded = _written(part.recorded, ends)
        gaps = zip(ids, created, recorded, decimals(value), starts, ends)
        return "".join(map(mod, map(self._templates.__getitem__, group), gaps)).encode()

    def _groups(self, part: Columns) -> list[int]:
        """Return each sample's template number; templates come into being as they are met."""
        traits = (
            part.origin,
            self._said_of[part.note],
            part.start == part.end,
            part.recorded != NO_INSTANT,
            np.isfinite(part.value),
        )
        sizes = (len(self._origins), len(self._said), 2, 2, 2)
        met, group = np.unique(np.ravel_multi_index(traits, sizes), return_inverse=True)
        kinds = zip(*(column.tolist() for column in np.unravel_index(met, sizes)))
        found: list[int] = np.array([self._number(kind) for kind in kinds])[group].tolist()
        return found

    def _number(self, kind: _Kind) -> int:
        if kind not in self._numbers:
            self._numbers[kind] = len(self._templates)
            self._templates.append(self._template(kind))
            source = self._origins[kind[0]].source
            self._prefixes.append(field(self._row.metric) + field(source) + field(""))
        return self._numbers[kind]

    def _template(self, kind: _Kind) -> str:
        origin, note, is_moment, is_recorded, is_finite = kind
        row, told = self._row, self._said[note]
        says = dict(told.words) | row.fixed
        if not is_finite or (row.required and row.required not in says):
            return NO_POINT
        return template(
            self._context,
            row,
            self._origins[origin].source,
            modality(row.metric, is_provided=told.is_provided),
            says,
            moment=bool(is_moment) and not self._is_daily and row.frame != "interval",
            recorded=bool(is_recorded),
        )


def _written(recorded: NDArray[np.int64], ends: list[str]) -> tuple[list[str], list[str]]:
    """Return when each was created, and when the source says it wrote it (anything where it does not)."""
    known = recorded != NO_INSTANT
    if not known.any():
        return ends, ends
    texts = instants.texts(np.where(known, recorded, 0), np.zeros(len(recorded), np.int64))
    return [text if is_known else end for text, end, is_known in zip(texts, ends, known.tolist())], texts
