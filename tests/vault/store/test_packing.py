"""The packing: exact for every integer, float and text, small for those that people measure."""

from __future__ import annotations

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vault.errors import Tampered, TooLarge
from vault.store import packing, unpacking
from vault.store.packing import RAW, decimals, frame, pack_floats, pack_ints, pack_texts, whole
from vault.store.unpacking import Unpacker

FORM = 9
INT64 = st.integers(-(2**63), 2**63 - 1)


def unpacker(body: bytes) -> Unpacker:
    """Put a body into a frame and begin to read it."""
    return Unpacker(frame(FORM, body), FORM)


@given(hnp.arrays(np.int64, st.integers(0, 40), elements=INT64), st.booleans())
def test_pack_ints_gives_every_column_back(column, time):
    """Any int64 column comes back as it was, whichever exponent and width it gets."""
    body = unpacker(pack_ints(column, time=time))
    assert body.ints(len(column)).tolist() == column.tolist()
    body.done()


@given(hnp.arrays(np.float64, st.integers(0, 40), elements=st.floats(width=64, allow_nan=False)))
def test_pack_floats_gives_every_bit_back(column):
    """Any floats come back bit for bit: -0.0, infinities, subnormals and decimals."""
    body = unpacker(pack_floats(column))
    assert body.floats(len(column)).tobytes() == column.tobytes()
    body.done()


def test_pack_floats_keeps_gaps():
    """A missing value (NaN) comes back as one and does not make the others raw."""
    column = np.array([61.5, np.nan, 62.0])
    packed = pack_floats(column)
    assert np.array_equal(unpacker(packed).floats(3), column, equal_nan=True)
    assert len(packed) < len(pack_floats(np.array([61.5, np.pi, 62.0])))


@given(st.lists(st.decimals(-10_000, 10_000, places=3), min_size=1), st.integers(0, 3))
def test_decimals_finds_the_scale_of_what_people_write(texts, places):
    """Values with up to three decimals become integers of that scale or less, never raw floats."""
    value = np.array([float(round(text, places)) for text in texts]) + 0.0
    integers, (scale,) = decimals(value, whole(len(value)))
    assert 0 <= scale <= places
    assert (integers / 10.0**scale).tobytes() == value.tobytes()


def test_decimals_scales_each_chunk_by_itself():
    """One chunk of raw floats leaves the decimals of its neighbours decimal."""
    value = np.array([1.5, 2.25, np.pi, 7.0])
    integers, scales = decimals(value, np.array([0, 2, 3, 4]))
    assert scales == [2, RAW, 0]
    assert integers.tolist() == [150, 225, int(value.view(np.int64)[2]), 7]


def test_whole_seconds_pack_as_seconds():
    """Seconds in nanoseconds take as many bytes as seconds."""
    seconds = np.arange(0, 60_000, 100)
    assert len(pack_ints(seconds * 10**9, time=True)) == len(pack_ints(seconds))


@given(st.lists(st.text()))
def test_pack_texts_gives_every_text_back(texts):
    """Any texts come back, in order."""
    body = unpacker(pack_texts(texts))
    assert body.texts() == texts
    body.done()


def test_pack_texts_keeps_half_a_surrogate_pair():
    """A text that a vendor cut within an emoji is kept as it came."""
    assert unpacker(pack_texts(["\ud83d"])).texts() == ["\ud83d"]


def test_frame_refuses_a_body_that_could_not_be_read(monkeypatch):
    """What is larger than a reader accepts is not written."""
    monkeypatch.setattr(packing, "MAX_BODY", 10)
    with pytest.raises(TooLarge):
        frame(FORM, bytes(11))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes([FORM]),
        bytes([FORM + 1]) + zstandard.compress(b""),
        bytes([FORM]) + zstandard.compress(b"x" * 100)[:-3],
        bytes([FORM]) + zstandard.compress(b"x") + b"more",
        bytes([FORM]) + zstandard.compress(bytes(1001)),
        bytes([FORM]) + zstandard.ZstdCompressor(write_content_size=False).compress(b"x"),
    ],
    ids=["empty", "no body", "other form", "cut", "longer", "bomb", "no size"],
)
def test_unpacker_refuses_what_is_no_frame(data, monkeypatch):
    """A frame of another form, cut, extended, of unknown or of monstrous size is Tampered."""
    monkeypatch.setattr(unpacking, "MAX_BODY", 1000)
    with pytest.raises(Tampered):
        Unpacker(data, FORM)


@pytest.mark.parametrize(
    "read",
    [
        lambda body: body.ints(2**40),
        lambda body: body.skip_ints(2**40),
        lambda body: body.texts(),
        lambda body: body.floats(5),
        lambda body: body.scaled(1, 99),
        lambda body: body.done(),
    ],
)
def test_unpacker_reads_nothing_beyond_the_end(read):
    """Lengths, counts, widths and scales that do not fit the bytes are Tampered before memory is taken."""
    with pytest.raises(Tampered):
        read(unpacker(b"\x00\x08" + b"\xff" * 14))
