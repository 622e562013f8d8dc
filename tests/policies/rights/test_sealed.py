"""A bundle encrypted to one key of age: no plain byte on the disk, and only that key opens it."""

from __future__ import annotations

import errno
import io
import runpy
from pathlib import Path
from types import SimpleNamespace

import pyrage
import pytest

from policies.rights import sealed as sealed_module
from policies.rights import verify_bundle, write_bundle
from policies.rights.archive import new_file
from policies.rights.sealed import sealed, unsealed
from vault.errors import InputError, KeyMissing, StoreError, Tampered, TooLarge, WrongPassphrase

F = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("forger.py"))))
AGE = b"age-encryption.org/v1"


@pytest.fixture
def key():
    """A secret key of age."""
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def encrypted(owner, tmp_path, key):
    """The bundle of a vault, encrypted to that key."""
    path = tmp_path / "bundle.zip.age"
    write_bundle(owner, path, recipient=str(key.to_public()))
    return path


def test_sealed_bundle_opens_with_age(encrypted, bundle, key, tmp_path):
    """What any age opens is a bundle with the files of the plain one."""
    plain = tmp_path / "plain.zip"
    plain.write_bytes(pyrage.decrypt(encrypted.read_bytes(), [key]))
    assert F.contents(plain) == F.contents(bundle)
    assert F.said(plain) == ""


def test_sealed_bundle_verifies_with_its_key(encrypted, key, owner):
    """Verification decrypts in memory and answers as for the plain bundle."""
    found = verify_bundle(encrypted, identity=f"# created: today\n# public key: age1\n{key}\n")
    assert found.ok, found.problems
    assert found.files > 20


def test_sealed_bundle_never_has_a_plain_byte_on_disk(owner, tmp_path, key):
    """While it is written, all there is on the disk is one file, and that one encrypted."""
    seen = []

    def workouts(*days, **span):
        (partial,) = tmp_path.iterdir()
        seen.append(partial.read_bytes())
        return before(*days, **span)

    before, owner.workouts = owner.workouts, workouts
    write_bundle(owner, tmp_path / "b.age", recipient=str(key.to_public()))
    (whole,) = tmp_path.iterdir()
    for raw in (*seen, whole.read_bytes()):
        assert raw == b"" or raw.startswith(AGE)
        assert b"PK\x03\x04" not in raw
        assert b"data/csv" not in raw


@pytest.mark.parametrize(
    "recipient",
    ["", "age1", "anna", "AGE-SECRET-KEY-1" + "Q" * 58, "age1" + "q" * 58, "ssh-ed25519 AAAA", "age1\n"],
)
def test_sealed_bundle_for_nobody(owner, tmp_path, recipient):
    """A recipient that is none is refused before there is a file."""
    with pytest.raises(InputError, match="public key of age"):
        write_bundle(owner, tmp_path / "b.age", recipient=recipient)
    assert list(tmp_path.iterdir()) == []


def test_sealed_bundle_without_its_key(encrypted, key):
    """Without a key, with another or with none that can be used, it says what is missing."""
    with pytest.raises(KeyMissing, match="encrypted"):
        verify_bundle(encrypted)
    with pytest.raises(WrongPassphrase, match="another key"):
        verify_bundle(encrypted, identity=str(pyrage.x25519.Identity.generate()))
    for text in ("", "# nothing\n", str(key.to_public()), "words", f"{key}\nwords"):
        with pytest.raises(InputError, match="no secret key"):
            verify_bundle(encrypted, identity=text)


def test_sealed_bundle_opens_with_any_key_of_the_file(encrypted, key):
    """An identity file may hold several keys, as age's do."""
    other = pyrage.x25519.Identity.generate()
    assert F.said(encrypted, identity=f"{other}\n\n{key}\n") == ""


@pytest.mark.parametrize("cut", [0.02, 0.5, 0.99])
def test_sealed_bundle_cut_short(encrypted, key, cut):
    """One that ends too early, or with a byte changed, is no whole age file."""
    raw = encrypted.read_bytes()
    at = int(len(raw) * cut)
    for damaged in (raw[:at], raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :], raw[:-1], raw + b"x"):
        encrypted.write_bytes(AGE + damaged[len(AGE) :])
        try:
            assert "no whole age file" in F.said(encrypted, identity=str(key))
        except WrongPassphrase:  # there the key is wrapped, in letters: another letter is another key
            assert cut < 0.1


def test_sealed_bundle_that_was_tampered_with(encrypted, key):
    """Whoever can encrypt to the key still can't change a file without it being named."""
    plain = encrypted.with_suffix("")
    plain.write_bytes(pyrage.decrypt(encrypted.read_bytes(), [key]))
    F.rewritten(plain, {F.HEART: b"start\n"})
    encrypted.write_bytes(pyrage.encrypt(plain.read_bytes(), [key.to_public()]))
    assert F.said(encrypted, identity=str(key)) == f"{F.HEART}: changed"


def test_sealed_bundle_too_large_for_memory(encrypted, key, monkeypatch):
    """What decrypts to more than memory should hold is refused, with what to do instead."""
    monkeypatch.setattr(sealed_module, "MAX_BYTES", 10_000)
    with pytest.raises(TooLarge) as error:
        verify_bundle(encrypted, identity=str(key))
    assert "age -d" in error.value.hint


def test_sealed_bundle_that_fails_leaves_nothing(owner, tmp_path, key):
    """An error of the vault in the middle stays what it is, and no file is left."""
    owner.workouts = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        write_bundle(owner, tmp_path / "b.age", recipient=str(key.to_public()))
    assert list(tmp_path.iterdir()) == []


class FullDisk(io.RawIOBase):
    """A file that takes so many bytes and no more."""

    def __init__(self, room):
        self.room = room

    def writable(self):
        return True

    def write(self, data):
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, "no space left")
        return len(data)


@pytest.mark.parametrize("room", [0, 100, 200_000])
def test_sealed_on_a_full_disk(key, room):
    """A disk that is full at the first byte, or in the middle, ends the writer with an error and no wait."""
    with pytest.raises(OSError), sealed(FullDisk(room), str(key.to_public())) as plain:  # noqa: PT012
        for _ in range(100):
            plain.write(bytes(100_000))


def test_sealed_on_a_disk_that_is_full_at_the_end(key):
    """What is buffered until the end and then finds no room is an error, too."""
    with pytest.raises(OSError), sealed(FullDisk(300), str(key.to_public())) as plain:
        plain.write(bytes(1_000))


def test_sealed_on_a_full_disk_is_an_error_of_the_store(tmp_path, key):
    """Through the file that is put in place when whole, it is the same error as without encryption."""
    with (
        pytest.raises(StoreError, match="can't be written"),
        new_file(tmp_path / "b", force=False),
        sealed(FullDisk(300), str(key.to_public())) as plain,
    ):
        plain.write(bytes(1_000))
    assert list(tmp_path.iterdir()) == []


def test_unsealed_from_a_disk_that_fails(encrypted, key, monkeypatch):
    """A disk that can't be read is not called a damaged file."""

    def broken(*_):
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(sealed_module.Path, "open", lambda *_: SimpleFile(broken))
    with pytest.raises(OSError, match="input/output") as error:
        unsealed(encrypted, str(key))
    assert not isinstance(error.value, Tampered)


class SimpleFile:
    """A file of one method."""

    def __init__(self, read):
        self.read = read

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None
