"""A chunk: the samples of one series and one UTC month (or a part of it), as bytes and as a digest.

Both depend on the content alone: rows are in canonical order, and origins, codes and notes are numbered by
first use within the chunk. The digest is over what the rows say, not over how they are packed or which
import brought them, so that the same samples have the same digest however they came.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.canonical import canonical
from vault.errors import Tampered
from vault.store.columns import Columns
from vault.store.numbering import Numbered, numbered, spans
from vault.store.packing import PackedInts, compressor, decimals, frame, pack_texts, plan_ints
from vault.store.unpacking import Unpacker, indices
from vault.time import NO_INSTANT

if TYPE_CHECKING:
    import zstandard
    from numpy.typing import NDArray

    from vault.records import Origin

__all__ = ["MAX_ROWS", "Chunk", "Run", "decode", "origin_text", "run"]

MAX_ROWS = 1 << 16
"""A chunk holds no more rows; a month that has more is several chunks."""

_FORM = 1
_PREFIX = struct.Struct("<Iqb")
_CODED = -2
_NONE = np.int32(-1)
_NEVER = np.int64(NO_INSTANT)


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is stored of a chunk: indices of the store's origins and sets of imports, both by first use."""

    length: int
    first: int
    last: int
    origins: list[int]
    imports: list[tuple[int, ...]]
    data: bytes


@dataclass(frozen=True, slots=True)
class Run:
    """Several chunks of one series: chunk ``i`` is the rows [edges[i], edges[i + 1]) of ``columns``."""

    columns: Columns
    edges: NDArray[np.intp]
    _origin: Numbered
    _note: Numbered
    _import: Numbered
    _code: Numbered | None

    def digests(self) -> Iterator[bytes]:
        """Yield the SHA-256 of each chunk's content (docs/format.md)."""
        rows = self.columns
        value = self._code.column if self._code else rows.value
        columns: list[NDArray[Any]] = [rows.start, rows.end, rows.recorded, rows.offset_min, value]
        columns += [self._origin.column, self._note.column]
        columns = [np.ascontiguousarray(column, column.dtype.newbyteorder("<")) for column in columns]
        used = {number for own in self._origin.used for number in own}
        texts = {number: origin_text(rows.origins[number]) for number in used}
        for index, (first, end) in enumerate(spans(self.edges)):
            content = hashlib.sha256(struct.pack("<I", end - first))
            for column in columns:
                content.update(column[first:end].data)
            content.update(pack_texts([texts[number] for number in self._origin.used[index]]))
            content.update(self._texts(index))
            yield content.digest()

    def chunks(self, wanted: Iterable[int]) -> Iterator[Chunk]:
        """Yield the chunks of these indices."""
        rows, zstd = self.columns, compressor()
        values, scales = self._values()
        gaps, *plans = self._plans(values)
        limits, last = self.edges.tolist(), np.maximum.reduceat(rows.end, self.edges[:-1]).tolist()
        for index in wanted:
            first, end = limits[index], limits[index + 1]
            start = int(rows.start[first])
            parts = [_PREFIX.pack(end - first, start, scales[index]), *gaps.chunk(index, first + 1, end)]
            for plan in plans:
                parts += plan.chunk(index, first, end)
            parts.append(self._texts(index))
            data = frame(_FORM, b"".join(parts), zstd)
            imports = [rows.imports[used] for used in self._import.used[index]]
            yield Chunk(end - first, start, last[index], self._origin.used[index], imports, data)

    def _plans(self, values: NDArray[np.int64]) -> list[PackedInts]:
        """Plan the columns in the order in which they are stored; the first is the gaps between starts."""
        rows, firsts = self.columns, self.edges[:-1]
        gaps = np.diff(rows.start, prepend=rows.start[:1])
        # A chunk's first gap is not stored: the second in its place, so that it does not widen the others.
        gaps[firsts] = gaps[np.minimum(firsts + 1, self.edges[1:] - 1)] * (np.diff(self.edges) > 1)
        known = rows.recorded != NO_INSTANT
        lag = np.where(known, rows.recorded - rows.end, 0)
        numbers = (rows.offset_min, values, self._origin.column, self._note.column, self._import.column)
        return [
            plan_ints(gaps, self.edges, time=True),
            plan_ints(rows.end - rows.start, self.edges, time=True),
            plan_ints(known.astype(np.int64), self.edges),
            plan_ints(lag, self.edges, time=True),
            *(plan_ints(column.astype(np.int64, copy=False), self.edges) for column in numbers),
        ]

    def _values(self) -> tuple[NDArray[np.int64], list[int]]:
        if self._code:
            return self._code.column.astype(np.int64), [_CODED] * (len(self.edges) - 1)
        return decimals(self.columns.value.astype(np.float64, copy=False), self.edges)

    def _texts(self, index: int) -> bytes:
        codes, notes = self.columns.codes or (), self.columns.notes
        own_codes = self._code.used[index] if self._code else ()
        return pack_texts([codes[used] for used in own_codes]) + pack_texts(
            [notes[used] for used in self._note.used[index]]
        )


def run(columns: Columns, edges: NDArray[np.intp]) -> Run:
    """Prepare the chunks of rows in canonical order; no chunk is empty or longer than ``MAX_ROWS``."""
    code = None if columns.codes is None else numbered(columns.value.astype(np.int32, copy=False), edges)
    origin, note, imported = (
        numbered(column, edges) for column in (columns.origin, columns.note, columns.imported)
    )
    return Run(columns, edges, origin, note, imported, code)


@lru_cache(maxsize=4096)
def origin_text(origin: Origin) -> str:
    """Return an origin as canonical JSON, as it goes into digests."""
    return canonical(asdict(origin))


def decode(
    data: bytes,
    origin_ids: Sequence[int],
    origins: Sequence[Origin],
    *,
    imports: Sequence[tuple[int, ...]] = (),
    brief: bool = False,
    zstd: zstandard.ZstdDecompressor | None = None,
) -> Columns:
    """Return the rows of a chunk; raises Tampered if the bytes are not those of one.

    ``origin_ids`` are the chunk's origins as indices of ``origins``, ``imports`` its sets of imports.
    ``brief`` leaves out when rows were recorded, their notes and who told them, and saves time.
    """
    body = Unpacker(data, _FORM, zstd)
    length, first, scale = body.struct(_PREFIX)
    if not 0 < length <= MAX_ROWS:
        raise Tampered("a stored chunk claims an impossible length")
    start = np.empty(length, np.int64)
    start[0], start[1:] = first, body.ints(length - 1)
    np.cumsum(start, out=start)
    end = start + body.ints(length)
    recorded = _recorded(body, end, brief=brief)
    offset_min = body.ints(length).astype(np.int16)
    coded = scale == _CODED
    value: NDArray[Any] = body.ints(length) if coded else body.scaled(length, scale)
    origin = np.array(origin_ids, np.int32)[indices(body.ints(length), len(origin_ids))]
    note, imported = _rest(body, length, brief=brief)
    codes = body.texts()
    notes: list[str] = []
    if not brief:
        notes = body.texts()
        note = indices(note, len(notes), least=-1)
        imported = indices(imported, len(imports))
        body.done()
    return Columns(
        start,
        end,
        recorded,
        offset_min,
        indices(value, len(codes)) if coded else value,
        origin,
        note,
        imported,
        origins,
        notes,
        codes if coded else None,
        imports=imports,
    )


def _recorded(body: Unpacker, end: NDArray[np.int64], *, brief: bool) -> NDArray[np.int64]:
    length = len(end)
    if brief:
        body.skip_ints(length)
        body.skip_ints(length)
        return np.full(length, _NEVER)
    known, lag = body.ints(length), body.ints(length)
    return np.where(known, end + lag, NO_INSTANT)


def _rest(body: Unpacker, length: int, *, brief: bool) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return note and import of each row."""
    if brief:
        body.skip_ints(length)
        body.skip_ints(length)
        return np.full(length, _NONE), np.full(length, _NONE)
    return body.ints(length).astype(np.int32), body.ints(length).astype(np.int32)
