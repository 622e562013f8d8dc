"""Makes batches of samples and scores of what Polar says: one origin, missing values left out.

The idea: everything in the export is Polar Flow's word, so there is one origin. A number that has no metric
is kept as Polar's own: a score of its day or a sample under ``polar:`` and Polar's name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.values import number, seconds_of, snake
from adapters.polar.documents import rows
from vault.records import Origin, Samples, Score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.polar.documents import Json

__all__ = ["ADAPTER", "ORIGIN", "batch", "moment", "scores"]

ADAPTER = "polar"
ORIGIN = Origin("Polar Flow", ADAPTER, app="polar")


def batch(
    metric: str,
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    offset_min: NDArray[np.int16],
    value: NDArray[np.float64],
    *,
    unit: str = "",
    note: dict[str, object] | None = None,
) -> Iterator[Samples]:
    """Yield the samples whose value is not NaN, if there are any; ``note`` is said of all of them."""
    good = ~np.isnan(value)
    count = int(np.count_nonzero(good))
    if not count:
        return
    yield Samples(
        metric,
        start[good],
        end[good],
        offset_min[good],
        value[good],
        np.zeros(count, np.int32),
        (ORIGIN,),
        note=None if note is None else np.zeros(count, np.int32),
        notes=() if note is None else (json.dumps(note, sort_keys=True, separators=(",", ":")),),
        unit=unit,
    )


def moment(
    metric: str,
    start: int,
    end: int,
    offset_min: int,
    value: float | None,
    *,
    unit: str = "",
    note: dict[str, object] | None = None,
) -> Iterator[Samples]:
    """Yield one sample, if there is a value."""
    if value is not None:
        instants, offsets = np.array([start, end], np.int64), np.array([offset_min], np.int16)
        one = np.array([value], np.float64)
        yield from batch(metric, instants[:1], instants[1:], offsets, one, unit=unit, note=note)


def scores(document: str, day: int, said: Json) -> Iterator[Score]:
    """Yield the numbers and durations of an object as scores of a day, named and in units by the table.

    A number the table does not know is kept under ``polar_`` and its key; one it names nothing is a sample.
    """
    for key, value in said.items():
        name, unit = _scores().get((document, key), ("polar_" + snake(key), ""))
        found = number(value) if not isinstance(value, str) else None
        seconds = seconds_of(value)
        if seconds is not None:
            found, unit = seconds / 60, "min"
        if name and found is not None:
            yield Score(day, ORIGIN, name, found, unit)


@cache
def _scores() -> dict[tuple[str, str], tuple[str, str]]:
    return {(row["document"], row["key"]): (row["score"], row["unit"]) for row in rows("scores.csv")}
