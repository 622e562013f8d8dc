"""What of an import can be kept: dates of a lifetime, ends after starts, finite values within range.

A value outside the catalogue's hard range is refused, yet not lost: it goes to the series
``quarantine:METRIC``, where no reader looks by itself. What the owner corrected stands aside in the same way,
in ``superseded:METRIC`` (``vault.store.superseded``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from vault.records import Document, Score, SleepSession, Stream, Workout
from vault.store.chunks import LIMIT_NS
from vault.store.columns import Columns
from vault.store.numbering import renumbered
from vault.store.packing import MAX_BODY
from vault.store.streams import MAX_CELLS
from vault.time import DAY_NS, NO_INSTANT, UNKNOWN_OFFSET

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.metrics import Metric
    from vault.records import Origin, Samples
    from vault.store.sparse import Sparse

__all__ = [
    "ASIDE",
    "BAD_VALUE",
    "ERASED",
    "LARGEST_OFFSET_MIN",
    "QUARANTINE",
    "SUPERSEDED",
    "columns_of",
    "fault_of",
    "metric_of",
    "range_of",
    "sorted_out",
]

QUARANTINE = "quarantine:"
SUPERSEDED = "superseded:"
ASIDE = (QUARANTINE, SUPERSEDED)
"""Before the metric in the name of a series that no reader looks at by itself."""

BAD_DATE = "bad-date"
BAD_VALUE = "bad-value"
ERASED = "erased"
ENDS_BEFORE_START = "ends-before-start"
OUT_OF_RANGE = "out-of-range"
TOO_LARGE = "too-large"
LARGEST_OFFSET_MIN = 18 * 60
"""What the clocks of the world and the wildest devices say; beyond it an offset is none."""


def metric_of(series: str) -> str:
    """Return the metric of a series: its name, without what says that it stands aside."""
    return series.removeprefix(QUARANTINE).removeprefix(SUPERSEDED)


def columns_of(samples: Samples, numbers: NDArray[np.int32], origins: Sequence[Origin], run: int) -> Columns:
    """Return a batch as columns; ``numbers`` are those of its origins among the store's ``origins``.

    Offsets and recording times that can't be are unknown; equal notes and equal codes get one number.
    """
    length = len(samples)
    known = (samples.offset_min >= -LARGEST_OFFSET_MIN) & (samples.offset_min <= LARGEST_OFFSET_MIN)
    note, notes = _notes(samples)
    value: NDArray[np.float64] | NDArray[np.int32]
    if samples.codes is None:
        value, codes = samples.value.astype(np.float64) + 0.0, None  # makes -0.0 and 0.0 one
    else:
        value, codes = renumbered([samples.value.astype(np.int32, copy=False)], [samples.codes])
    return Columns(
        samples.start,
        samples.end,
        _recorded(samples),
        np.where(known, samples.offset_min, np.int16(UNKNOWN_OFFSET)),
        value,
        numbers[samples.origin],
        note,
        np.broadcast_to(np.int32(0), length),
        origins,
        notes,
        codes,
        imports=((run,),),
    )


def _recorded(samples: Samples) -> NDArray[np.int64]:
    recorded = samples.recorded
    if recorded is None:
        return np.broadcast_to(np.int64(NO_INSTANT), len(samples))
    return np.where((recorded >= 0) & (recorded < LIMIT_NS), recorded, NO_INSTANT)


def _notes(samples: Samples) -> tuple[NDArray[np.int32], list[str]]:
    note, texts = samples.note, samples.notes
    if note is None or not texts:
        return np.broadcast_to(np.int32(-1), len(samples)), []
    if len(texts) > len(samples):
        # A list that an adapter shares between batches: only what this one uses is looked at.
        used, where = np.unique(note, return_inverse=True)
        texts = [texts[number] for number in used.tolist() if number >= 0]
        note = (where - (len(used) - len(texts))).astype(np.int32)
    return renumbered([note], [texts])


def sorted_out(rows: Columns, metric: Metric | None) -> tuple[Columns, Columns, dict[str, int]]:
    """Return the rows to keep, those to quarantine, and how many were refused for which reason.

    ``metric`` is None for what is not in the catalogue and so has no range.
    """
    good = np.ones(len(rows), bool)
    refused: dict[str, int] = {}
    outside = np.zeros(len(rows), bool)
    for reason, bad in _faults(rows, metric):
        bad &= good
        good &= ~bad
        if count := int(np.count_nonzero(bad)):
            refused[reason] = count
            outside = bad if reason == OUT_OF_RANGE else outside
    return (rows if good.all() else rows.take(good)), rows.take(outside), refused


def _faults(rows: Columns, metric: Metric | None) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    yield BAD_DATE, (np.minimum(rows.start, rows.end) < 0) | (np.maximum(rows.start, rows.end) >= LIMIT_NS)
    yield ENDS_BEFORE_START, rows.end < rows.start
    yield BAD_VALUE, ~np.isfinite(rows.value) if rows.codes is None else rows.value < 0
    if rows.codes is None and metric is not None:
        low, high = range_of(metric)
        yield OUT_OF_RANGE, (rows.value < low) | (rows.value > high)


def range_of(metric: Metric) -> tuple[float, float]:
    """Return the least and the greatest value a metric can have."""
    low = -np.inf if metric.low is None else metric.low
    return low, np.inf if metric.high is None else metric.high


def fault_of(record: Sparse) -> str | None:
    """Return why a sparse record can't be kept, or None."""
    if isinstance(record, Stream):
        return _fault_of_stream(record)
    if not all(map(isfinite, _floats_of(record))):
        return BAD_VALUE
    if isinstance(record, Document) and len(record.body) > MAX_BODY:
        return TOO_LARGE
    start = int(record.day) * DAY_NS if isinstance(record, Score) else record.start
    if start is None:
        return None
    end = record.end if isinstance(record, Workout | SleepSession) else start
    if not (0 <= start < LIMIT_NS and 0 <= end < LIMIT_NS):
        return BAD_DATE
    return ENDS_BEFORE_START if end < start else None


def _floats_of(record: Sparse) -> Iterator[float]:
    """Yield the numbers a record has fields for, and what a vendor states of a sleep."""
    told: Iterable[object] = (getattr(record, field.name) for field in fields(record))
    if isinstance(record, SleepSession):
        told = record.details.values()
    for value in told:
        if isinstance(value, float | np.floating):
            yield float(value)


def _fault_of_stream(stream: Stream) -> str | None:
    if any(len(column) != len(stream.time) for column in stream.columns.values()):
        return "uneven-columns"
    if len(stream.time) and (stream.time.min() < 0 or stream.time.max() >= LIMIT_NS):
        return BAD_DATE
    return TOO_LARGE if len(stream.time) * (len(stream.columns) + 1) > MAX_CELLS else None
