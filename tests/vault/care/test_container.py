"""The file of a backup: every damage, forgery and absurd number in it is found; so is where it ends."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.canonical import canonical
from vault.care.container import BLOCK, MAGIC, Container
from vault.errors import Tampered, UnsupportedVersion

KEY = bytes(range(32))
PAGES = random.Random(1).randbytes(3 * 4096)
SAID = {
    "vault": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "created": "2026-04-05T08:00:00Z",
    "counter": 7,
    "header": '{\n "format": "vitalvault"\n}\n',
}


def written(database=PAGES, **said):
    """Return the bytes of a backup."""
    return database + Container.measure(io.BytesIO(database), **{**SAID, **said}).trailer(KEY)


def forged(statement, database=PAGES, *, length=None, magic=MAGIC):
    """Return a file of any statement whose sums all hold, as somebody without the key can write it."""
    hashes = b"".join(
        hashlib.sha256(database[i : i + BLOCK]).digest() for i in range(0, len(database), BLOCK)
    )
    digest = hashlib.sha256(hashes + statement).digest()
    length = len(statement) if length is None else length
    return database + hashes + statement + digest + bytes(32) + length.to_bytes(4, "big") + magic


def statement(**changed):
    """Return a statement with some of its fields changed, or left out where they are None."""
    said = {"format": "vitalvault backup", "version": 1, "database": len(PAGES), **SAID, **changed}
    return canonical({name: one for name, one in said.items() if one is not None}).encode("ascii")


def checked(raw):
    """Check a backup as restoring does; returns its database."""
    file = io.BytesIO(raw)
    found = Container.read(file)
    found.authenticate(KEY)
    return b"".join(found.database(file))


@pytest.mark.parametrize("size", [4096, BLOCK - 4096, BLOCK, BLOCK + 4096, 3 * BLOCK])
def test_container_gives_back_what_was_written(size):
    """Database and all that was said of it come back, however the last block ends."""
    database = random.Random(size).randbytes(size)
    raw = written(database)
    found = Container.read(io.BytesIO(raw))
    assert {name: getattr(found, name) for name in SAID} == SAID
    assert (found.size, len(found.blocks)) == (size, -(-size // BLOCK))
    assert checked(raw) == database


def test_container_is_what_the_format_document_says():
    """A few lines that share no code with ours take the file apart."""
    raw = written()
    assert raw[-16:] == b"VitalVaultBackup"
    length = int.from_bytes(raw[-20:-16], "big")
    said = json.loads(raw[-84 - length : -84])
    assert said == {"format": "vitalvault backup", "version": 1, "database": len(PAGES), **SAID}
    hashes = raw[said["database"] : -84 - length]
    assert hashes == hashlib.sha256(raw[: said["database"]]).digest()
    digest = hashlib.sha256(raw[said["database"] : -84]).digest()
    assert raw[-84:-52] == digest
    assert raw[-52:-20] == hmac.digest(KEY, digest, "sha256")


def test_container_with_any_flipped_bit_is_refused():
    """No bit of the trailer, and no bit of any 64 bytes of the database, changes unnoticed."""
    raw = written()
    places = [*range(0, 8 * len(PAGES), 509), *range(8 * len(PAGES), 8 * len(raw))]
    for place in places:
        damaged = bytearray(raw)
        damaged[place // 8] ^= 1 << place % 8
        with pytest.raises((Tampered, UnsupportedVersion)):
            checked(bytes(damaged))


def test_container_cut_at_any_length_is_refused():
    """However much of the end is missing, the file is no backup."""
    raw = written()
    for length in range(len(raw)):
        with pytest.raises(Tampered):
            Container.read(io.BytesIO(raw[:length]))


@pytest.mark.parametrize("more", [b"\0", b"\n", MAGIC, bytes(4096), written()])
def test_container_with_something_appended_or_before_it_is_refused(more):
    """Nothing rides along, not even another backup."""
    for raw in (written() + more, more + written()):
        with pytest.raises(Tampered):
            checked(raw)


def test_container_with_blocks_that_changed_places_is_refused():
    """Each block is bound to where it stands."""
    one, other = random.Random(2).randbytes(BLOCK), random.Random(3).randbytes(BLOCK)
    trailer = written(one + other)[2 * BLOCK :]
    assert checked(one + other + trailer) == one + other
    with pytest.raises(Tampered, match="block 1 of 2"):
        checked(other + one + trailer)


def test_container_that_says_something_else_under_another_key_is_refused():
    """Whoever has not the vault's key can write no backup of it: the numbers add up, the MAC does not."""
    measured = Container.measure(io.BytesIO(PAGES), **{**SAID, "counter": 8})
    raw = PAGES + measured.trailer(bytes(32))
    assert Container.read(io.BytesIO(raw)).counter == 8
    with pytest.raises(Tampered, match="not as VitalVault wrote it"):
        checked(raw)


@pytest.mark.parametrize(
    "changed",
    [
        {"counter": -1},
        {"counter": 1 << 63},
        {"counter": 10**4000},
        {"counter": 7.0},
        {"counter": True},
        {"counter": "7"},
        {"counter": None},
        {"database": 0},
        {"database": -4096},
        {"database": 1 << 62},
        {"database": len(PAGES) - 4096},
        {"database": None},
        {"vault": "\x1b[2J"},
        {"vault": "0F8FAD5B-D9CB-469F-A165-70867728950E"},
        {"vault": 5},
        {"created": "2026-04-05T08:00:00Z\x1b[31m"},
        {"created": "yesterday"},
        {"created": ["2026"]},
        {"header": "ß"},
        {"header": "\ud800"},
        {"header": {"format": "vitalvault"}},
        {"format": "vitalvault"},
        {"format": None},
        {"version": 0},
        {"version": "1"},
        {"more": 1},
    ],
    ids=str,
)
def test_container_whose_statement_is_absurd_is_refused(changed):
    """Numbers, names and dates are what they must be, before anybody shows or uses them."""
    with pytest.raises(Tampered):
        Container.read(io.BytesIO(forged(statement(**changed))))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"5",
        b'"text"',
        b"{}",
        b"[" * 100_000,
        b'{"format":1' + b"0" * 5000 + b"}",
        b"\xff",
    ],
    ids=lambda raw: str(raw[:12]),
)
def test_container_whose_statement_is_no_object_is_refused(raw):
    """JSON of any other shape is damage, however deep or long."""
    with pytest.raises(Tampered):
        Container.read(io.BytesIO(forged(raw)))


def test_container_has_one_way_to_say_a_thing():
    """A statement with blanks, or a field twice, is refused, though JSON would take it."""
    for raw in (
        statement().replace(b":", b": "),
        statement().replace(b'"counter":7', b'"counter":6,"counter":7'),
    ):
        assert json.loads(raw)["counter"] == 7
        with pytest.raises(Tampered):
            Container.read(io.BytesIO(forged(raw)))


@pytest.mark.parametrize("length", [0, 1, 255, 256 * 1024, 256 * 1024 + 1, 2**31, 2**32 - 1])
def test_container_with_another_length_is_refused(length):
    """A length that leads out of the file, or asks for much memory, is not followed."""
    with pytest.raises(Tampered):
        Container.read(io.BytesIO(forged(statement(), length=length)))


def test_container_without_a_database_is_refused():
    """There is no backup of nothing, nor of part of a page."""
    for database in (b"", PAGES[:-1], PAGES[:100]):
        with pytest.raises(Tampered):
            Container.read(io.BytesIO(forged(statement(database=len(database)), database)))


def test_container_of_a_later_version_says_so():
    """A statement of a version to come is told from damage."""
    with pytest.raises(UnsupportedVersion):
        Container.read(io.BytesIO(forged(statement(version=2, more="fields"))))


def test_container_that_is_something_else_is_refused():
    """Other files, also such as end with our magic, are no backups."""
    for raw in (b"PK\3\4" + bytes(9000), os.urandom(5000), MAGIC, os.urandom(5000) + MAGIC):
        with pytest.raises(Tampered):
            Container.read(io.BytesIO(raw))


@given(st.binary(max_size=600), st.integers(0, 2**32 - 1), st.integers(0, 3))
def test_container_of_arbitrary_bytes_is_refused(junk, length, pages):
    """Whatever stands before a true end, it ends in Tampered and nothing else."""
    raw = PAGES[: 4096 * pages] + junk + length.to_bytes(4, "big") + MAGIC
    with pytest.raises(Tampered):
        Container.read(io.BytesIO(raw))


@given(st.integers(1, 10 * BLOCK // 4096))
def test_container_size_of_the_database_follows_from_that_of_the_file(pages):
    """Database and hashes together come to a size that no other database has; no statement is believed."""
    from vault.care.container import _database_size

    size = 4096 * pages
    both = size + 32 * -(-size // BLOCK)
    assert _database_size(both) == size
    with pytest.raises(Tampered):
        _database_size(both + 32)
