"""A backup that can't be taken: what is there stays, what was begun goes, and the error says which it was."""

from __future__ import annotations

import errno
import hashlib
import os
from types import SimpleNamespace

import pytest

from vault import keys
from vault.care import backup as module
from vault.care import disk
from vault.care.backup import DATABASE, save
from vault.errors import (
    AlreadyExists,
    Busy,
    InputError,
    LockedError,
    ReadOnly,
    StoreError,
    Tampered,
    VaultError,
)
from vault.store.connection import connect, transaction


def test_backup_where_something_is_already_is_refused(made):
    """What is there stays, be it a backup, a file or a folder."""
    taken = made.take()
    for path in (made.path, made.folder / DATABASE, made.place):
        with pytest.raises(AlreadyExists):
            save(made.folder, made.keys, path, clock=made.clock)
    assert hashlib.sha256(made.path.read_bytes()).hexdigest() == taken.sha256


def test_backup_by_force_takes_the_place_of_a_backup_only(made):
    """--force forgives an older backup; never the vault itself, nor anybody's file."""
    first, second = made.take(), made.take(force=True)
    assert second.counter > first.counter
    (made.place / "letter.txt").write_text("dear")
    (made.place / "empty").touch()
    for path in (made.folder / DATABASE, made.folder / "vault.json", *made.place.glob("[le]*"), made.place):
        before = path.read_bytes() if path.is_file() else None
        with pytest.raises(AlreadyExists):
            save(made.folder, made.keys, path, clock=made.clock, force=True)
        assert before is None or path.read_bytes() == before


def test_backup_into_no_folder_is_refused(made):
    """A mistyped folder is not made."""
    with pytest.raises(InputError):
        save(made.folder, made.keys, made.place / "none" / "my.backup", clock=made.clock)
    assert made.names() == []


def test_backup_into_a_folder_of_others_says_so(made, monkeypatch):
    """That the backup's folder refuses is not said of the vault's."""
    monkeypatch.setattr("vault.store.connection.os.open", refusing(errno.EACCES))
    with pytest.raises(ReadOnly, match="for the backup"):
        save(made.folder, made.keys, made.path, clock=made.clock)


def refusing(number):
    """Return what fails as the system does."""

    def refuse(*args, **kwargs):
        raise OSError(number, os.strerror(number), "/home/ada/secret")

    return refuse


def test_backup_without_room_is_refused_before_it_starts(made, monkeypatch):
    """A disk with less room than the vault needs gets no byte."""
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: SimpleNamespace(free=100_000))
    monkeypatch.setattr(
        module,
        "connect",
        lambda *_, create=False, **__: pytest.fail("wrote") if create else CONNECT(*_, **__),
    )
    with pytest.raises(StoreError, match="not enough room: 2 MB"):
        save(made.folder, made.keys, made.path, clock=made.clock)


CONNECT = connect


def narrow(path, key, **how):
    """Connect to a disk on which ten pages find room."""
    connection = CONNECT(path, key, **how)
    if how.get("create"):
        connection.execute("PRAGMA max_page_count = 10")
    return connection


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize(
    ("place", "fault", "words"),
    [
        ("connect", narrow, "the disk is full"),
        ("os.fsync", refusing(errno.ENOSPC), "the disk is full"),
        ("os.fsync", refusing(errno.EIO), "failed to read or write"),
        ("_forget", refusing(errno.EIO), "failed to read or write"),
        ("_append", refusing(errno.ENOSPC), "the disk is full"),
        ("Path.replace", refusing(errno.EIO), "failed to read or write"),
    ],
)
def test_backup_on_a_disk_that_fails_leaves_nothing_but_an_older_one(
    made, monkeypatch, place, fault, words, older
):
    """Whatever call fails: a clear error without a path, no half a file, and the older backup is there."""
    before = made.take().sha256 if older else None
    with monkeypatch.context() as patched:
        patched.setattr(f"vault.care.backup.{place}", fault)
        with pytest.raises(StoreError, match=words) as caught:
            made.take(force=older)
    assert "ada" not in str(caught.value) + caught.value.hint
    assert made.names() == (["my.backup"] if older else [])
    assert before is None or hashlib.sha256(made.path.read_bytes()).hexdigest() == before
    assert made.take(force=older).recorded


@pytest.mark.parametrize("at", [100, 5 * 4096 + 17, -100])
def test_backup_that_the_disk_gives_back_otherwise_is_no_backup(made, monkeypatch, at):
    """A byte that changes between writing and reading, in a page or in the trailer, is found at once."""

    def flip(file):
        file.seek(at, os.SEEK_END if at < 0 else os.SEEK_SET)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
        file.flush()

    monkeypatch.setattr(module, "_forget", flip)
    with pytest.raises(Tampered):
        made.take()
    assert made.names() == []


def test_backup_whose_pages_were_damaged_in_memory_is_no_backup(made, monkeypatch):
    """What was damaged before it was hashed has right hashes; its pages' MACs tell."""
    copy = module._copy

    def damaging(source, key, part):
        made_of_it = copy(source, key, part)
        with part.open("r+b") as file:
            file.seek(3 * 4096 + 5)
            file.write(b"what was not encrypted")
        return made_of_it

    monkeypatch.setattr(module, "_copy", damaging)
    with pytest.raises(Tampered, match="copy is damaged"):
        made.take()
    assert made.names() == []


def test_backup_goes_over_what_a_crash_left(made):
    """A .part of a killed backup, and SQLite's files beside it, do not stand in the way."""
    for end in ("", "-wal", "-shm", "-journal"):
        (made.place / f"my.backup.part{end}").write_bytes(b"half of something")
    assert made.take().recorded
    assert made.names() == ["my.backup"]


def test_backup_that_another_one_overtakes_is_no_backup(made, monkeypatch):
    """Two backups to one place: the one whose file was taken away says so, and gives its name to nothing."""

    def overtaken(file, trailer, measured, key):
        part = made.place / "my.backup.part"
        part.unlink()
        part.write_bytes(b"the other's")

    monkeypatch.setattr(module, "_append", overtaken)
    with pytest.raises(Busy):
        made.take()
    assert not made.path.exists()


def test_backup_with_keys_that_are_the_vault_s_no_more_is_refused(made):
    """Keys that another process renewed since would make a backup whose own header does not open it."""
    stale = keys.unlock(made.folder, passphrase=made.passphrase)
    keys.renew(made.folder, made.keys, "another passphrase")
    with pytest.raises(LockedError):
        save(made.folder, stale, made.path, clock=made.clock)
    assert made.names() == []


@pytest.mark.parametrize("place", [200, -200])
def test_backup_of_a_vault_with_a_damaged_header_is_refused(made, place):
    """A header that was damaged since the vault was opened is found now, not when the backup is needed."""
    path = made.folder / "vault.json"
    raw = path.read_bytes()
    at = next(at for at in range(place % len(raw), len(raw)) if raw[at : at + 1].isdigit())
    path.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
    with pytest.raises(VaultError) as caught:
        made.take()
    assert caught.value.exit_code in (1, 5)  # a cost out of bounds, or damage
    assert made.names() == []


def test_backup_of_a_damaged_vault_is_refused(made):
    """A vault whose manifest does not hold has no backup that looks sound."""
    with transaction(made.store.connection) as connection:
        connection.execute("UPDATE manifest SET counter = counter + 5")
    with pytest.raises(Tampered):
        made.take()
    assert made.names() == []
