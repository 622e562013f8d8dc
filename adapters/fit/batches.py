"""Joins the small batches of many files into few long ones.

The idea: a folder of a watch's days is thousands of files of a few rows each; what costs is the batch, not
the row. Batches of one metric wait for each other until there are enough rows; all else passes at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vault.records import Origin, Record, Samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["joined"]

_ROWS = 1 << 16


def joined(records: Iterable[Record]) -> Iterator[Record]:
    """Yield the same records, samples of numbers in longer batches and after what came between them."""
    origins: dict[Origin, int] = {}
    waiting: dict[tuple[str, str], list[Samples]] = {}
    rows: dict[tuple[str, str], int] = {}
    for record in records:
        if not isinstance(record, Samples) or record.codes is not None or record.recorded is not None:
            yield record
            continue
        key = record.metric, record.unit
        waiting.setdefault(key, []).append(record)
        rows[key] = rows.get(key, 0) + len(record)
        if rows[key] >= _ROWS:
            yield _join(waiting.pop(key), origins)
            del rows[key]
    for batches in waiting.values():
        yield _join(batches, origins)


def _join(batches: list[Samples], origins: dict[Origin, int]) -> Samples:
    notes: dict[str, int] = {}
    note = [
        _codes(batch.note, [notes.setdefault(text, len(notes)) for text in batch.notes], len(batch))
        for batch in batches
    ]
    origin = [
        np.array([origins.setdefault(who, len(origins)) for who in batch.origins], np.int32)[batch.origin]
        for batch in batches
    ]
    return replace(
        batches[0],
        start=np.concatenate([batch.start for batch in batches]),
        end=np.concatenate([batch.end for batch in batches]),
        offset_min=np.concatenate([batch.offset_min for batch in batches]),
        value=np.concatenate([batch.value for batch in batches]),
        origin=np.concatenate(origin),
        origins=list(origins),
        note=np.concatenate(note) if notes else None,
        notes=list(notes),
    )


def _codes(note: NDArray[np.int32] | None, codes: list[int], count: int) -> NDArray[np.int32]:
    """Return a batch's notes as indices of the joined notes, -1 for none."""
    if note is None:
        return np.full(count, -1, np.int32)
    return np.array([*codes, -1], np.int32)[note]
