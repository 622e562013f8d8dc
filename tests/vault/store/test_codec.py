"""Chunks: exact for every sample, the same digest for the same content, Tampered for any other bytes."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from vault.errors import Tampered
from vault.records import Device, Origin
from vault.store.codec import decode, run
from vault.store.columns import COLUMNS, Columns, concat
from vault.store.packing import frame
from vault.time import NO_INSTANT, UNKNOWN_OFFSET

INT64 = st.integers(-(2**63), 2**63 - 1)
ORIGINS = [Origin("watch", "a"), Origin("phone", "a", "2"), Origin("scale", "b", device=Device("Scale"))]
IMPORTS = [(1,), (1, 3), (2,)]
SOME = st.integers(0, 2)
VALUE = st.floats(width=64, allow_nan=False) | st.decimals(0, 300, places=2).map(float)
OFFSET = st.integers(-840, 840) | st.just(UNKNOWN_OFFSET)
NOTE = st.integers(-1, 2)
ROW = st.tuples(INT64, INT64, INT64 | st.just(NO_INSTANT), OFFSET, VALUE, SOME, NOTE, SOME)


@st.composite
def columns(draw) -> Columns:
    """Any rows of any series."""
    rows = draw(st.lists(ROW, min_size=1, max_size=30))
    coded = draw(st.booleans())
    start, end, recorded, offset, value, origin, note, imported = zip(*rows, strict=True)
    texts = draw(st.lists(st.text(), min_size=3, max_size=3, unique=True))
    return Columns(
        np.array(start, np.int64),
        np.array(end, np.int64),
        np.array(recorded, np.int64),
        np.array(offset, np.int16),
        np.array(origin, np.int32) if coded else np.array(value, np.float64),
        np.array(origin, np.int32),
        np.array(note, np.int32),
        np.array(imported, np.int32),
        ORIGINS,
        texts,
        ["a", "b", "c"] if coded else None,
        imports=IMPORTS,
    )


def edges_of(rows: Columns, cuts: list[int]) -> np.ndarray:
    """Cut rows into chunks."""
    inside = sorted({cut % len(rows) for cut in cuts} - {0})
    return np.array([0, *inside, len(rows)], np.intp)


def meaning(rows: Columns) -> list[tuple]:
    """What rows say, without the numbers that stand for texts and origins."""
    return [
        (
            *(int(getattr(rows, name)[i]) for name in ("start", "end", "recorded", "offset_min")),
            rows.imports[rows.imported[i]],
            np.float64(rows.value[i]).tobytes() if rows.codes is None else rows.codes[rows.value[i]],
            rows.origins[rows.origin[i]],
            None if rows.note[i] < 0 else rows.notes[rows.note[i]],
        )
        for i in range(len(rows))
    ]


@given(columns(), st.lists(st.integers(0, 99), max_size=4))
def test_chunks_give_every_sample_back(rows, cuts):
    """Whatever the instants, offsets, values, notes and cuts: decoding gives each sample, bit for bit."""
    edges = edges_of(rows, cuts)
    chunks = list(run(rows, edges).chunks(range(len(edges) - 1)))
    parts = [decode(chunk.data, chunk.origins, ORIGINS, imports=chunk.imports) for chunk in chunks]
    assert [len(part) for part in parts] == [chunk.length for chunk in chunks]
    assert meaning(concat(parts)) == meaning(rows)


@given(columns())
def test_chunk_is_the_same_for_the_same_content(rows):
    """Other numbers for the same notes, codes and origins make the same bytes and the same digest."""
    back = np.array([2, 1, 0, -1], np.int32)
    other = replace(
        rows,
        value=rows.value if rows.codes is None else back[rows.value],
        origin=back[rows.origin],
        note=back[rows.note],
        imported=back[rows.imported],
        origins=rows.origins[::-1],
        imports=rows.imports[::-1],
        notes=rows.notes[::-1],
        codes=rows.codes and rows.codes[::-1],
    )
    edges = np.array([0, len(rows)], np.intp)
    one, two = run(rows, edges), run(other, edges)
    assert list(one.digests()) == list(two.digests())
    assert next(one.chunks([0])).data == next(two.chunks([0])).data


@given(columns(), st.sampled_from(COLUMNS[:7]))
def test_digest_covers_all_a_sample_says(rows, name):
    """Values that change places in any column change the digest, unless they are the same values."""
    changed = replace(rows, **{name: getattr(rows, name)[::-1]})
    edges = np.array([0, len(rows)], np.intp)
    same = meaning(changed) == meaning(rows)
    assert (list(run(changed, edges).digests()) == list(run(rows, edges).digests())) == same


@given(columns())
def test_digest_leaves_out_who_imported_it(rows):
    """The same samples have the same digest, whichever imports brought them."""
    edges = np.array([0, len(rows)], np.intp)
    other = replace(rows, imported=2 - rows.imported)
    assert list(run(other, edges).digests()) == list(run(rows, edges).digests())


@given(columns())
def test_brief_decoding_gives_what_daily_values_need(rows):
    """Brief decoding leaves out recorded, note and import, and nothing else."""
    (chunk,) = run(rows, np.array([0, len(rows)], np.intp)).chunks([0])
    brief = decode(chunk.data, chunk.origins, ORIGINS, brief=True)
    full = decode(chunk.data, chunk.origins, ORIGINS, imports=chunk.imports)
    for name in ("start", "end", "offset_min", "value", "origin"):
        assert np.array_equal(getattr(brief, name), getattr(full, name), equal_nan=False)
    assert set(brief.note.tolist()) == {-1}


def body_of(rows: Columns) -> bytes:
    """Encode rows as one chunk and return what is in its frame."""
    (chunk,) = run(rows, np.array([0, len(rows)], np.intp)).chunks([0])
    return zstandard.decompress(chunk.data[1:])


@given(columns(), st.data())
def test_decode_never_crashes_on_hostile_bytes(rows, data):
    """Changed, cut or extended content is decoded to something or Tampered, within a few megabytes."""
    body = bytearray(body_of(rows))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(body) + 4))
    hostile = frame(1, bytes(body[:end].ljust(end, b"\0")))
    tracemalloc.start()
    try:
        decode(hostile, [0, 1, 2], ORIGINS, imports=IMPORTS)
    except Tampered:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 20_000_000


@given(st.binary(max_size=200))
def test_decode_refuses_noise(noise):
    """Bytes that are no chunk are Tampered."""
    with pytest.raises(Tampered):
        decode(noise, [0], ORIGINS)


def test_decode_refuses_an_origin_that_is_not_there():
    """A row that points at an origin or a set of imports the chunk does not list is Tampered."""
    rows = Columns(
        *(np.zeros(2, np.int64),) * 3, np.zeros(2, np.int16), np.zeros(2), np.array([0, 1], np.int32),
        np.full(2, -1, np.int32), np.zeros(2, np.int32), ORIGINS, imports=IMPORTS,
    )  # fmt: skip
    (chunk,) = run(rows, np.array([0, 2], np.intp)).chunks([0])
    with pytest.raises(Tampered):
        decode(chunk.data, chunk.origins[:1], ORIGINS, imports=chunk.imports)
    with pytest.raises(Tampered):
        decode(chunk.data, chunk.origins, ORIGINS)
