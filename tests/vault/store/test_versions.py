"""Versions of samples: each comes back as it was told, and any other bytes are Tampered."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from vault.errors import Tampered, TooLarge
from vault.records import Origin
from vault.store import versions
from vault.store.columns import COLUMNS, Columns, concat
from vault.store.packing import frame
from vault.store.versions import decode, encode, every_version
from vault.time import NO_INSTANT, UNKNOWN_OFFSET

ORIGINS = [Origin("watch", "a", str(number)) for number in range(3)]
IMPORTS = [(1,), (1, 3), (2,)]
SOME = st.integers(0, 2)
OFFSET = st.integers(-840, 840) | st.just(UNKNOWN_OFFSET)
RECORDED = st.integers(-(2**62), 2**62) | st.just(NO_INSTANT)
VERSION = st.tuples(st.integers(0, 9), RECORDED, OFFSET, SOME, st.integers(-1, 2), SOME)


def chunk(length: int) -> Columns:
    """A sample a second."""
    start = np.arange(length) * 10**9
    number = np.zeros(length, np.int32)
    none, offset = np.full(length, -1, np.int32), np.zeros(length, np.int16)
    return Columns(
        start, start + 5, start, offset, start / 1e9, number, none, number, ORIGINS, imports=[(1,)]
    )


@st.composite
def told(draw) -> tuple[Columns, np.ndarray]:
    """Versions of the samples of a chunk, and the place of each."""
    rows = sorted(draw(st.lists(VERSION, min_size=1, max_size=30)), key=lambda row: row[0])
    place, recorded, offset, origin, note, imported = zip(*rows, strict=True)
    notes = draw(st.lists(st.text(), min_size=3, max_size=3, unique=True))
    return replace(
        chunk(10).take(np.array(place)),
        recorded=np.array(recorded),
        offset_min=np.array(offset, np.int16),
        origin=np.array(origin, np.int32),
        note=np.array(note, np.int32),
        imported=np.array(imported, np.int32),
        notes=notes,
        imports=IMPORTS,
    ), np.array(place, np.intp)


def meaning(rows: Columns) -> list[tuple]:
    """What rows say, without the numbers that stand for texts, origins and sets of imports."""
    plain = zip(*(getattr(rows, name).tolist() for name in COLUMNS[:5]), strict=True)
    return [
        (*cells, rows.origins[origin], None if note < 0 else rows.notes[note], rows.imports[imported])
        for cells, origin, note, imported in zip(plain, rows.origin, rows.note, rows.imported, strict=True)
    ]


@given(told(), st.lists(st.integers(1, 9), max_size=3))
def test_versions_come_back_as_they_were(versions_of, cuts):
    """Whatever the instants, offsets, notes, places and cuts: decoding gives each version, and its place."""
    rows, place = versions_of
    firsts = np.unique(np.searchsorted(place, [0, *cuts]))
    edges = np.append(firsts[firsts < len(place)], len(place))
    parts = [
        decode(one.data, chunk(10), one.origins, ORIGINS, one.imports) for one in encode(rows, place, edges)
    ]
    assert meaning(concat([part for part, _ in parts])) == meaning(rows)
    assert np.concatenate([where for _, where in parts]).tolist() == place.tolist()


@given(told())
def test_every_version_takes_the_place_of_its_sample(versions_of):
    """A sample with versions is replaced by them; the others stay, and all are in order."""
    rows, place = versions_of
    plain = [row for at, row in enumerate(meaning(chunk(10))) if at not in place]
    everything = meaning(every_version(chunk(10), rows, place))
    assert everything == sorted(plain + meaning(rows), key=lambda row: row[0])


@given(told(), st.data())
def test_decode_of_versions_never_crashes_on_hostile_bytes(versions_of, data):
    """Changed, cut or extended content is decoded to something or Tampered, without much memory."""
    rows, place = versions_of
    (one,) = encode(rows, place, np.array([0, len(place)], np.intp))
    body = bytearray(zstandard.decompress(one.data[1:]))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(body) + 4))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(versions, "MAX_VERSIONS", 1 << 12)
        tracemalloc.start()
        try:
            decode(
                frame(versions.FORM, bytes(body[:end].ljust(end, b"\0"))),
                chunk(10),
                [0, 1, 2],
                ORIGINS,
                IMPORTS,
            )
        except Tampered:
            pass
        finally:
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
    assert peak < 20_000_000


def test_more_versions_than_a_reader_takes_are_not_written(monkeypatch):
    """What could not be read again is refused before it is written."""
    monkeypatch.setattr(versions, "MAX_VERSIONS", 3)
    rows = chunk(4)
    with pytest.raises(TooLarge):
        next(encode(rows, np.arange(4), np.array([0, 4], np.intp)))
