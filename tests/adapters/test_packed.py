"""gzip around single files: read through, whole, cut short, damaged or hostile."""

from __future__ import annotations

import gzip
import io
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.formats import packed
from adapters.formats.packed import unpacked
from vault.errors import TooLarge

WORDS = bytes(random.Random(1).choices(range(32, 127), k=200_000))


class Drip(io.BytesIO):
    """Gives at most three bytes at a time, as a pipe may."""

    def read(self, size=-1, /):
        return super().read(min(size, 3) if size >= 0 else 3)


def everything(source, size=1000):
    parts = []
    while part := source.read(size):
        assert len(part) <= size
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("data", [b"", b"x", b"\x1f", WORDS], ids=["empty", "one", "half-magic", "long"])
def test_unpacked_gives_what_is_inside_or_the_file_itself(data):
    """Packed or not, the bytes are the same."""
    assert everything(unpacked(io.BytesIO(data))) == data
    assert everything(unpacked(io.BytesIO(gzip.compress(data)))) == data


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 50))
def test_unpacked_joins_members_at_any_pace(parts, size):
    """A file of several gzip members is one text, however few bytes come or are asked for."""
    data = b"".join(map(gzip.compress, parts))
    assert everything(unpacked(Drip(data)), size) == b"".join(parts)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_unpacked_ends_where_a_file_is_cut_short(share):
    """What was whole before the cut is given."""
    data = gzip.compress(WORDS)
    found = everything(unpacked(io.BytesIO(data[: int(len(data) * share)])))
    assert WORDS.startswith(found)
    assert len(found) > len(WORDS) * (share - 0.3)


def test_unpacked_ends_at_damage_and_reads_the_file_to_its_end():
    """What is inside ends near the damage; the outer file counts as read whole."""
    stream = io.BytesIO(gzip.compress(WORDS)[:80_000] + b"\xff" * 80_000)
    found = everything(unpacked(stream))
    assert WORDS[:60_000] == found[:60_000]
    assert len(found) < len(WORDS)
    assert stream.read() == b""


def test_unpacked_refuses_a_bomb(monkeypatch):
    """A file that unfolds a thousand times is refused on the way, not after."""
    monkeypatch.setattr(packed, "SMALL", 1 << 20)
    bomb = zlib.compress(bytes(1 << 24), wbits=31)
    with pytest.raises(TooLarge):
        everything(unpacked(io.BytesIO(bomb)), 1 << 16)
