"""Versions: what was told differently of the samples of a chunk, as bytes.

A version points at its sample by place, so it holds only what may differ: when it was recorded, offset,
origin, note and who told it. All versions of a sample are kept, also the one that the chunk shows.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vault.errors import Tampered, TooLarge
from vault.store.columns import Columns, concat
from vault.store.numbering import numbered, spans
from vault.store.packing import compressor, frame, pack_texts, plan_ints
from vault.store.unpacking import Unpacker, indices
from vault.time import NO_INSTANT

if TYPE_CHECKING:
    import zstandard
    from numpy.typing import NDArray

    from vault.records import Origin

__all__ = ["FORM", "MAX_VERSIONS", "Versions", "decode", "encode", "every_version"]

FORM = 5
MAX_VERSIONS = 1 << 22
"""The samples of a chunk have no more versions in all."""

_PREFIX = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Versions:
    """What is stored of the versions of a chunk's samples, as ``codec.Chunk``."""

    length: int
    origins: list[int]
    imports: list[tuple[int, ...]]
    data: bytes


def encode(rows: Columns, place: NDArray[np.intp], edges: NDArray[np.intp]) -> Iterator[Versions]:
    """Yield the versions of several chunks: chunk ``i`` has the rows [edges[i], edges[i + 1]), at least one.

    ``place`` is where in its chunk the sample of each row is, ascending within a chunk.
    """
    if np.diff(edges).max() > MAX_VERSIONS:
        raise TooLarge("a month of a metric was told in more versions than the store holds")
    origin, note, imported = (numbered(column, edges) for column in (rows.origin, rows.note, rows.imported))
    steps = place.astype(np.int64)
    steps[1:] -= place[:-1]
    steps[edges[:-1]] = place[edges[:-1]]
    known = rows.recorded != NO_INSTANT
    lag = np.where(known, rows.recorded - rows.end, 0)
    numbers = (rows.offset_min, origin.column, note.column, imported.column)
    plans = [
        plan_ints(steps, edges),
        plan_ints(known.astype(np.int64), edges),
        plan_ints(lag, edges, time=True),
        *(plan_ints(column.astype(np.int64), edges) for column in numbers),
    ]
    zstd = compressor()
    for index, (first, end) in enumerate(spans(edges)):
        parts = [_PREFIX.pack(end - first)]
        for plan in plans:
            parts += plan.chunk(index, first, end)
        parts.append(pack_texts([rows.notes[used] for used in note.used[index]]))
        imports = [rows.imports[used] for used in imported.used[index]]
        yield Versions(end - first, origin.used[index], imports, frame(FORM, b"".join(parts), zstd))


def decode(
    data: bytes,
    chunk: Columns,
    origin_ids: Sequence[int],
    origins: Sequence[Origin],
    imports: Sequence[tuple[int, ...]],
    *,
    zstd: zstandard.ZstdDecompressor | None = None,
) -> tuple[Columns, NDArray[np.intp]]:
    """Return the versions of a chunk's samples and the place of each; raises Tampered for any other bytes."""
    body = Unpacker(data, FORM, zstd)
    (length,) = body.struct(_PREFIX)
    if not 0 < length <= MAX_VERSIONS:
        raise Tampered("a stored chunk claims an impossible number of versions")
    place = indices(np.cumsum(body.ints(length)), len(chunk)).astype(np.intp)
    known, lag = body.ints(length), body.ints(length)
    offset_min = body.ints(length).astype(np.int16)
    origin = np.array(origin_ids, np.int32)[indices(body.ints(length), len(origin_ids))]
    note, imported = body.ints(length), body.ints(length)
    notes = body.texts()
    body.done()
    told = replace(
        chunk.take(place),
        recorded=np.where(known, chunk.end[place] + lag, NO_INSTANT),
        offset_min=offset_min,
        origin=origin,
        note=indices(note, len(notes), least=-1),
        imported=indices(imported, len(imports)),
        origins=origins,
        notes=notes,
        imports=imports,
    )
    return told, place


def every_version(rows: Columns, versions: Columns, place: NDArray[np.intp]) -> Columns:
    """Return rows in order, those that have versions replaced by these; ``place`` as in ``encode``."""
    if not len(place):
        return rows
    plain = np.ones(len(rows), bool)
    plain[place] = False
    kept = np.flatnonzero(plain)
    order = np.argsort(np.concatenate([kept, place]), kind="stable")
    return concat([rows.take(kept), versions]).take(order)
