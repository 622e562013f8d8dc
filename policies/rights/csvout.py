"""Tables as CSV: UTF-8, a heading, ISO 8601 times with their offset, the unit beside each value.

An offset that was never recorded is not invented: such a time is given in UTC and ends in ``Z``, where
a recorded UTC is ``+00:00``. Series come as columns and leave as columns; nothing is made per sample.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.fhir.instants import texts
from vault.fhir.notes import facets
from vault.fhir.observations import decimals
from vault.time import NO_INSTANT, UNKNOWN_OFFSET

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vault.nature import Nature
    from vault.records import Origin, Stream
    from vault.store.columns import Columns

__all__ = ["SERIES_HEAD", "series_csv", "stream_csv", "table_csv"]

SERIES_HEAD = (
    *("start", "end", "value", "unit", "nature"),
    *("source", "device", "origin", "recorded", "note"),
)
_BLOCK = 16_384
_DAY_MIN = 24 * 60
_SPECIAL = re.compile('[",\r\n]')
_NOT_FINITE = {"nan": "", "inf": "INF", "-inf": "-INF"}


def series_csv(
    parts: Iterable[Columns], nature: Nature, name: Callable[[Origin], str], *, inferred: bool = True
) -> Iterator[bytes]:
    """Yield a series as CSV, a block of rows at a time; nothing at all if it has no row.

    Args:
        parts: Its samples.
        nature: What they are, but for those a person typed in.
        name: Gives an origin the name it has in ``origins.ndjson``.
        inferred: False leaves out what somebody worked out.
    """
    head = _line(SERIES_HEAD)
    for part in parts:
        typed = _typed(part)
        if nature == "inferred" and not inferred:
            part, typed = part.take(typed), typed[typed]
        if len(part):
            yield from _blocks(part, typed, nature, name, head)
            head = b""


def stream_csv(stream: Stream) -> Iterator[bytes]:
    """Yield a stream as it is stored: its instants in UTC, then its columns; what is missing is empty."""
    names = sorted(stream.columns)
    yield _line(["time", *names])
    for first in range(0, len(stream.time), _BLOCK):
        rows = slice(first, first + _BLOCK)
        columns = (_numbers(np.asarray(stream.columns[name][rows], np.float64)) for name in names)
        yield _joined(_utc(stream.time[rows]), *columns)


def table_csv(frame: pd.DataFrame) -> bytes:
    """Return a table of ``vault.readable`` as CSV; the offset column goes into the times."""
    if frame.index.name:
        frame = frame.reset_index()
    offset = _offsets(frame)
    names = [name for name in frame.columns if name != "utc_offset_min"]
    columns = [_texts(frame[name], offset) for name in names]
    return _line(names) + (_joined(*columns) if len(frame) else b"")


def _typed(part: Columns) -> NDArray[np.bool_]:
    """Return which values a person typed in or put right, as the notes say."""
    said = [told.is_provided for told in map(facets, part.notes)]
    if not any(said):
        return np.zeros(len(part), bool)
    return np.array([*said, False])[part.note]  # a note of -1 is the last, none


def _blocks(
    part: Columns,
    typed: NDArray[np.bool_],
    nature: Nature,
    name: Callable[[Origin], str],
    head: bytes,
) -> Iterator[bytes]:
    """Yield the heading, if there is one to write, and the rows; what repeats is made once."""
    notes = _cells([*part.notes, ""])
    codes = None if part.codes is None else _cells(part.codes)
    whose = [_whose(part.unit, one, origin, name) for origin in part.origins for one in (nature, "provided")]
    which = part.origin * 2 + typed
    if head:
        yield head
    for first in range(0, len(part), _BLOCK):
        rows = slice(first, first + _BLOCK)
        start, end, offset = part.start[rows], part.end[rows], part.offset_min[rows]
        starts, value = _instants(start, offset), part.value[rows]
        yield _joined(
            starts,
            starts if (start == end).all() else _instants(end, offset),
            _numbers(value.astype(np.float64)) if codes is None else [codes[at] for at in value.tolist()],
            [whose[at] for at in which[rows].tolist()],
            _utc(part.recorded[rows]),
            [notes[at] for at in part.note[rows].tolist()],
        )


def _whose(unit: str, nature: str, origin: Origin, name: Callable[[Origin], str]) -> str:
    """Return the cells from the unit to the origin, which few samples of a series differ in."""
    return ",".join(_cells([unit, nature, origin.source, _device(origin), name(origin)]))


def _device(origin: Origin) -> str:
    device = origin.device
    parts = (device.name, device.model, device.software) if device else (origin.version,)
    return " ".join(part for part in parts if part)


def _utc(ns: NDArray[np.int64]) -> list[str]:
    if (ns == NO_INSTANT).all():
        return [""] * len(ns)
    return _instants(ns, np.full(len(ns), UNKNOWN_OFFSET, np.int16))


def _instants(ns: NDArray[np.int64], offset_min: NDArray[np.int16]) -> list[str]:
    missing, unknown = ns == NO_INSTANT, np.abs(offset_min.astype(np.int32)) >= _DAY_MIN
    written = texts(np.where(missing, 0, ns), np.where(unknown, 0, offset_min).astype(np.int64))
    if unknown.any():
        written = [text[:-6] + "Z" if utc else text for text, utc in zip(written, unknown.tolist())]
    if missing.any():
        written = ["" if gone else text for text, gone in zip(written, missing.tolist())]
    return written


def _numbers(values: NDArray[np.float64]) -> list[str]:
    """Return the shortest texts that read back the same; NaN is empty, infinity as XML Schema writes it."""
    written = decimals(values)
    if np.isfinite(values).all():
        return written
    return [_NOT_FINITE.get(text, text) for text in written]


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
        return _numbers(column.to_numpy(np.float64))
    if kind.kind == "b":
        return [str(said).lower() for said in column.tolist()]
    return _cells("" if gone else str(said) for said, gone in zip(column.tolist(), column.isna().tolist()))


def _cells(texts: Iterable[str]) -> list[str]:
    """Return texts as they stand in a table (RFC 4180): quoted where they have to be."""
    return ['"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text for text in texts]


def _line(cells: Sequence[str]) -> bytes:
    return _encoded(",".join(_cells(cells)) + "\n")


def _joined(*columns: Sequence[str]) -> bytes:
    return _encoded("\n".join(map(",".join, zip(*columns))) + "\n")


def _encoded(text: str) -> bytes:
    """Return UTF-8; half an emoji that a vendor cut off is kept as it is, so that nothing is lost."""
    return text.encode("utf-8", "surrogatepass")
