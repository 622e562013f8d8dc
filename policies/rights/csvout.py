"""Tables as CSV: UTF-8, a heading, ISO 8601 times with their offset, the unit beside each value.

An offset that was never recorded is not invented: such a time is given in UTC and ends in ``Z``, where
a recorded UTC is ``+00:00``. Series come as columns and leave as columns; nothing is made per sample.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.fhir.instants import texts
from vault.fhir.observations import decimals
from vault.time import NO_INSTANT, UNKNOWN_OFFSET

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vault.records import Origin
    from vault.store.columns import Columns

__all__ = ["SERIES_HEAD", "series_csv", "table_csv"]

SERIES_HEAD = ("start", "end", "value", "unit", "source", "device", "recorded", "note")
_BLOCK = 16_384


def series_csv(parts: Iterable[Columns]) -> Iterator[bytes]:
    """Yield a series as CSV, a block of rows at a time."""
    yield _lines([SERIES_HEAD])
    for part in parts:
        for first in range(0, len(part.start), _BLOCK):
            yield _lines(_series_rows(part.take(slice(first, first + _BLOCK))))


def table_csv(frame: pd.DataFrame) -> bytes:
    """Return a table of ``vault.readable`` as CSV; the offset column goes into the times."""
    if frame.index.name:
        frame = frame.reset_index()
    offset = _offsets(frame)
    names = [name for name in frame.columns if name != "utc_offset_min"]
    columns = [_texts(frame[name], offset) for name in names]
    return _lines([names, *zip(*columns)])


def _series_rows(part: Columns) -> Iterator[tuple[str, ...]]:
    sources = [origin.source for origin in part.origins]
    devices = [_device(origin) for origin in part.origins]
    notes = [*part.notes, ""]  # a note of -1 is the last, none
    origin = part.origin.tolist()
    return zip(
        _instants(part.start, part.offset_min),
        _instants(part.end, part.offset_min),
        _values(part),
        [part.unit] * len(part.start),
        [sources[at] for at in origin],
        [devices[at] for at in origin],
        _instants(part.recorded, np.full(len(part.start), UNKNOWN_OFFSET, np.int16)),
        [notes[at] for at in part.note.tolist()],
    )


def _values(part: Columns) -> list[str]:
    if part.codes is not None:
        codes = part.codes
        return [codes[at] for at in part.value.tolist()]
    return decimals(part.value.astype(np.float64))


def _device(origin: Origin) -> str:
    device = origin.device
    parts = (device.name, device.model, device.software) if device else (origin.version,)
    return " ".join(part for part in parts if part)


def _instants(ns: NDArray[np.int64], offset_min: NDArray[np.int16]) -> list[str]:
    missing, unknown = ns == NO_INSTANT, offset_min == UNKNOWN_OFFSET
    written = texts(np.where(missing, 0, ns), np.where(unknown, 0, offset_min).astype(np.int64))
    if unknown.any():
        written = [text[:-6] + "Z" if utc else text for text, utc in zip(written, unknown.tolist())]
    if missing.any():
        written = ["" if gone else text for text, gone in zip(written, missing.tolist())]
    return written


def _offsets(frame: pd.DataFrame) -> NDArray[np.int16]:
    if "utc_offset_min" not in frame:
        return np.full(len(frame), UNKNOWN_OFFSET, np.int16)
    filled: NDArray[np.int16] = frame["utc_offset_min"].fillna(UNKNOWN_OFFSET).to_numpy(np.int16)
    return filled


def _texts(column: pd.Series[Any], offset: NDArray[np.int16]) -> list[str]:
    kind = column.dtype
    if getattr(kind, "tz", None) is not None:
        ns = np.asarray(column.astype("datetime64[ns, UTC]").astype("int64"), np.int64)
        return _instants(ns, offset)
    if kind.kind == "M":
        return [
            "" if day is None else day for day in column.dt.strftime("%Y-%m-%d").where(column.notna(), None)
        ]
    if kind.kind == "f":
        return ["" if text == "nan" else text for text in decimals(column.to_numpy(np.float64))]
    if kind.kind == "b":
        return [str(said).lower() for said in column.tolist()]
    return ["" if gone else str(said) for said, gone in zip(column.tolist(), column.isna().tolist())]


def _lines(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
