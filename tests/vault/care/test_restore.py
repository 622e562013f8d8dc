"""Restoring: the vault as it was at the backup, checked byte by byte before one is written; or nothing."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from vault import keys
from vault.care import disk, erasure
from vault.care import restore as module
from vault.care.backup import DATABASE, backup, save
from vault.care.restore import bury, read_info, restore
from vault.errors import (
    AlreadyExists,
    InputError,
    KeyMissing,
    ReadOnly,
    StoreError,
    Tampered,
    VaultError,
    WrongPassphrase,
)
from vault.keys.header import Header
from vault.records import Document, Origin, Score
from vault.store.sparse import record_id
from vault.store.store import Store
from vault.store.tombstones import Tombstones, tombstone

VECTORS = Path(__file__).parents[2] / "vectors"
PASSPHRASE = "a passphrase of that time"
WATCH = Origin("Watch", "test", "1")
ECG_OF_VAULT_1 = Document("ecg", "e1", Origin("Ada’s Watch", "test", "11.0"), "text/csv", b"")


def make(tmp_path, clock, name="my"):
    """Make a vault with some content, and take a backup of it."""
    folder, path = tmp_path / f"{name}.vault", tmp_path / f"{name}.backup"
    opened, code = keys.create(folder, PASSPHRASE, clock=clock)
    store = Store.create(folder / DATABASE, opened.database, clock=clock, home_zone="Europe/Berlin")
    store.ingest([Score(20_541 + day, WATCH, "recovery", 60.0 + day, "%") for day in range(9)], clock=clock)
    store.ingest([Document("ecg", "e", WATCH, "text/plain", os.urandom(9000), 0, 0)], clock=clock)
    store.append_event("grant", {"to": "coach"}, clock)
    store.set_setting("aliases", "{}")
    taken = backup(store, folder, opened, path, clock=clock)
    return SimpleNamespace(folder=folder, keys=opened, code=code, store=store, path=path, taken=taken)


@pytest.fixture
def made(tmp_path, clock, cheap_keys):
    """An open vault with some content, its backup, and a folder to restore it into."""
    one = make(tmp_path, clock)
    one.place, one.to, one.clock = tmp_path / "place", tmp_path / "place" / "restored.vault", clock
    one.place.mkdir()
    yield one
    one.store.close()


def told(store):
    """Return all that a store says, apart from the record of backups."""
    rows = {
        name: store.connection.execute(f"SELECT * FROM {name}").fetchall()
        for (name,) in store.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        if name not in ("seal", "manifest", "event", "sqlite_sequence")
    }
    events = store.connection.execute("SELECT * FROM event WHERE kind <> 'backup'").fetchall()
    return store.digest(), rows, events


def refused(made, error=VaultError, path=None, passphrase=PASSPHRASE, **more):
    """See that a backup is refused, and that nothing whatever was written."""
    with pytest.raises(error) as caught:
        restore(path or made.path, made.to, passphrase, **more)
    assert list(made.place.iterdir()) == []
    return caught.value


def test_restore_gives_the_vault_as_it_was(made):
    """Every row of every table, the settings, the events and the counter are those of the backup."""
    before = told(made.store)
    made.store.append_event("later", {}, made.clock)
    info = restore(made.path, made.to, PASSPHRASE)
    assert info.counter == made.taken.counter
    with Store.open(made.to / DATABASE, made.keys.database) as store:
        assert store.counter == made.taken.counter
        assert told(store) == before
        assert store.events("backup") == []  # that it was taken is known to the vault since
        store.append_event("goes", {"on": True}, made.clock)
        assert store.counter == made.taken.counter + 1


def test_restore_gives_back_the_header(made):
    """The header is that of the backup, byte for byte."""
    restore(made.path, made.to, PASSPHRASE)
    assert (made.to / "vault.json").read_bytes() == (made.folder / "vault.json").read_bytes()


def test_restore_makes_files_for_the_owner_alone(made):
    """Folder 0700, files 0600, whatever the umask; and no other file beside them."""
    umask = os.umask(0)
    try:
        restore(made.path, made.to, PASSPHRASE)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(made.to.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made.to.iterdir()}
    assert modes == {DATABASE: 0o600, "vault.json": 0o600}
    assert list(made.place.iterdir()) == [made.to]


def test_restore_makes_the_folders_above(made):
    """On a new machine the usual place of vaults is not there yet."""
    to = made.place / "not" / "yet" / "my.vault"
    restore(made.path, to, PASSPHRASE)
    assert (to / DATABASE).is_file()


def test_restore_by_recovery_code(made):
    """The code on paper opens the backup, too."""
    restore(made.path, made.to, recovery_code=made.code)
    assert (made.to / DATABASE).is_file()


def test_restore_takes_the_passphrase_of_the_time_of_the_backup(made):
    """A passphrase changed since opens the vault, not its older backup."""
    keys.rewrap(made.folder, made.keys, "a later passphrase")
    refused(made, WrongPassphrase, passphrase="a later passphrase")
    restore(made.path, made.to, PASSPHRASE)
    assert keys.unlock(made.to, passphrase=PASSPHRASE).secret == made.keys.secret


def test_restore_with_a_wrong_key_is_refused(made):
    """Neither a wrong passphrase, nor a wrong code, nor none, has anything written."""
    refused(made, WrongPassphrase, passphrase="a wrong passphrase")
    refused(made, WrongPassphrase, passphrase=None, recovery_code="0" * 35)
    refused(made, KeyMissing, passphrase=None)


def test_restore_over_something_is_refused(made):
    """A vault, a file, an empty folder or a dangling link at the target stays as it is."""
    made.to.mkdir()
    with pytest.raises(AlreadyExists):
        restore(made.path, made.to, PASSPHRASE)
    made.to.rmdir()
    made.to.symlink_to(made.place / "nowhere")
    with pytest.raises(AlreadyExists):
        restore(made.path, made.to, PASSPHRASE)
    for path in (made.folder, made.path):
        with pytest.raises(AlreadyExists):
            restore(made.path, path, PASSPHRASE)
    assert list(made.place.iterdir()) == [made.to]


def test_restore_of_no_file_is_refused(made):
    """A mistyped path, or a folder, is no backup."""
    refused(made, InputError, path=made.place / "none")
    refused(made, InputError, path=made.folder)
    with pytest.raises(InputError):
        read_info(made.folder)


def test_restore_of_a_backup_with_a_flipped_bit_in_any_512_bytes_writes_nothing(made):
    """One bit in each block of 512 bytes, first to last: each is found before a folder is made."""
    raw = made.path.read_bytes()
    for start in range(0, len(raw), 512):
        place = start + start // 512 * 37 % min(512, len(raw) - start)
        made.path.write_bytes(raw[:place] + bytes([raw[place] ^ 1 << start % 8]) + raw[place + 1 :])
        refused(made, Tampered)
    made.path.write_bytes(raw)
    restore(made.path, made.to, PASSPHRASE)


def test_restore_of_a_backup_cut_or_extended_anywhere_writes_nothing(made):
    """Any length of the trailer, any page of the database, any appended byte."""
    raw = made.path.read_bytes()
    trailer = len(raw) - read_info(made.path).bytes
    for length in (*range(0, len(raw) - trailer, 4096), *range(len(raw) - trailer, len(raw), 7)):
        made.path.write_bytes(raw[:length])
        refused(made, Tampered)
    for more in (b"\0", raw, raw[-trailer:]):
        made.path.write_bytes(raw + more)
        refused(made, Tampered)


def test_restore_of_a_backup_whose_parts_are_of_two_is_refused(made, tmp_path):
    """The database of one backup under the trailer of another of the same vault."""
    made.store.set_setting("aliases", '{"a":"b"}')
    save(made.folder, made.keys, tmp_path / "later", clock=made.clock)
    info, raw, later = read_info(made.path), made.path.read_bytes(), (tmp_path / "later").read_bytes()
    assert read_info(tmp_path / "later").bytes == info.bytes
    made.path.write_bytes(raw[: info.bytes] + later[info.bytes :])
    refused(made, Tampered)


def test_restore_of_a_backup_under_another_vault_s_header_is_refused(made, tmp_path):
    """Somebody who puts the header of a vault of their own into a backup can't make it open."""
    from vault.care.container import Container

    other = make(tmp_path, made.clock, "other")
    other.store.close()
    header = (other.folder / "vault.json").read_bytes()
    with made.path.open("r+b") as file:
        found = Container.read(file)
        file.truncate(found.size)
        said = (Header.parse(header).vault, found.created, found.counter, header.decode())
        trailer = Container.measure(file, *said).trailer(other.keys.backup)
        file.seek(found.size)
        file.write(trailer)
    refused(made, Tampered)


def test_restore_of_a_file_that_changes_while_it_is_read_leaves_nothing(made, monkeypatch):
    """A byte changed after it was checked and before it was copied is found in the copy."""
    need_room = module.need_room

    def change(*args):
        with made.path.open("r+b") as file:
            file.seek(9000)
            file.write(b"changed")
        need_room(*args)

    monkeypatch.setattr(module, "need_room", change)
    refused(made, Tampered)


def refusing(number):
    """Return what fails as the system does."""

    def refuse(*args, **kwargs):
        raise OSError(number, os.strerror(number), "/home/ada/secret")

    return refuse


@pytest.mark.parametrize(
    ("place", "number", "error", "words"),
    [
        ("os.fsync", errno.ENOSPC, StoreError, "the disk is full"),
        ("os.fsync", errno.EIO, StoreError, "failed to read or write"),
        ("_write", errno.EACCES, ReadOnly, "can't be written to"),
        ("tempfile.mkdtemp", errno.EROFS, ReadOnly, "can't be written to"),
        ("Path.rename", errno.EIO, StoreError, "failed to read or write"),
    ],
)
def test_restore_onto_a_disk_that_fails_leaves_nothing(made, monkeypatch, place, number, error, words):
    """Whatever call fails: a clear error without a path, no half a vault, and the next try goes through."""
    with monkeypatch.context() as patched:
        patched.setattr(f"vault.care.restore.{place}", refusing(number))
        caught = refused(made, error)
    assert words in str(caught)
    assert "ada" not in str(caught) + caught.hint
    restore(made.path, made.to, PASSPHRASE)


def test_restore_without_room_is_refused_before_it_starts(made, monkeypatch):
    """A disk with less room than the database needs gets no byte."""
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: SimpleNamespace(free=10_000))
    assert "not enough room" in str(refused(made, StoreError))


def test_restore_of_a_backup_during_a_rotation_of_keys(made, tmp_path):
    """A backup taken between two data keys has both in its header, and one of them opens it."""
    keys.begin_rotation(made.folder, made.keys)
    assert len(made.keys.databases) == 2
    save(made.folder, made.keys, tmp_path / "between", clock=made.clock)
    restore(tmp_path / "between", made.to, PASSPHRASE)
    with Store.open(made.to / DATABASE, made.keys.databases[0]) as store:
        assert store.digest() == made.store.digest()


def test_restore_of_a_vault_of_format_1(tmp_path, clock):
    """The backup that a migration takes brings back the vault of the old format."""
    old = tmp_path / "old.vault"
    shutil.copytree(VECTORS / "vault-1", old)
    code = (old / "recovery-code.txt").read_text("ascii").strip()
    opened = keys.unlock(old, recovery_code=code)
    taken = save(old, opened, old / "before-format-2.backup", clock=clock)
    assert taken.counter == 0
    restore(old / "before-format-2.backup", tmp_path / "back", recovery_code=code)
    assert (tmp_path / "back" / "vault.json").read_bytes() == (old / "vault.json").read_bytes()
    assert rows_of(tmp_path / "back", opened) == rows_of(VECTORS / "vault-1", opened, tmp_path / "copy")


def rows_of(folder, opened, copy=None):
    """Return every row of a database, whatever its format."""
    from vault.store.connection import connect

    connection = connect(
        Path(shutil.copytree(folder, copy)) / DATABASE if copy else folder / DATABASE, opened.database
    )
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    connection.close()
    assert sum(map(len, rows.values())) > 20
    return rows


def erased_since(made):
    """Erase the documents of a vault; returns its tombstones."""
    erasure.erase(made.store, made.folder, made.keys, metric="ecg", clock=made.clock)
    return Tombstones.read(made.store.connection, made.keys.identity)


def test_bury_erases_what_was_erased_since_the_backup(made):
    """The restored vault has all but what the current one erased, and refuses that as it does."""
    erased = erased_since(made)
    restore(made.path, made.to, PASSPHRASE, ready=partial(bury, erased=erased, clock=made.clock))
    opened = keys.unlock(made.to, passphrase=PASSPHRASE)
    with Store.open(made.to / DATABASE, opened.database) as store:
        assert store.digest() == made.store.digest()
        assert list(store.documents()) == []
        assert (Tombstones.read(store.connection, opened.identity).hashes == erased.hashes).all()
    assert opened.database != made.keys.database
    assert sorted(path.name for path in made.to.iterdir()) == [DATABASE, "vault.json"]
    assert list(made.place.iterdir()) == [made.to]


def test_bury_of_nothing_new_changes_nothing(made, tmp_path):
    """A backup taken after the erasure is restored as it was, down to its counter."""
    erased = erased_since(made)
    taken = save(made.folder, made.keys, tmp_path / "later", clock=made.clock)
    restore(tmp_path / "later", made.to, PASSPHRASE, ready=partial(bury, erased=erased, clock=made.clock))
    with Store.open(made.to / DATABASE, made.keys.database) as store:
        assert store.counter == taken.counter


def test_bury_that_fails_leaves_nothing(made):
    """A restored vault in which the erased is not erased does not appear."""

    def fail(folder, opened):
        assert (folder / "vault.json").is_file()
        raise StoreError("no")

    refused(made, StoreError, ready=fail)


def test_bury_in_a_backup_of_another_format_or_amid_a_rotation(tmp_path, clock, made):
    """What was erased since goes from a backup of format 1, and from one that has two data keys."""
    keys.begin_rotation(made.folder, made.keys)
    save(made.folder, made.keys, tmp_path / "between", clock=clock)
    restore(
        tmp_path / "between", made.to, PASSPHRASE, ready=partial(bury, erased=erased_since(made), clock=clock)
    )
    opened = keys.unlock(made.to, passphrase=PASSPHRASE)
    with Store.open(made.to / DATABASE, opened.database) as store:
        assert store.digest() == made.store.digest()

    code = (VECTORS / "vault-1" / "recovery-code.txt").read_text("ascii").strip()
    old = keys.unlock(VECTORS / "vault-1", recovery_code=code)
    shutil.copytree(VECTORS / "vault-1", tmp_path / "old")
    save(tmp_path / "old", old, tmp_path / "old.backup", clock=clock)
    hashes = [tombstone(old.identity, "record", "document", record_id(ECG_OF_VAULT_1))]
    ready = partial(bury, erased=Tombstones(old.identity, hashes), clock=clock)
    restore(tmp_path / "old.backup", tmp_path / "new", recovery_code=code, ready=ready)
    opened = keys.unlock(tmp_path / "new", recovery_code=code)
    with Store.open(tmp_path / "new" / DATABASE, opened.database) as store:
        assert store.format == 2
        assert [one.kind for one in store.documents()] == []
        assert store.series()


def test_read_info_tells_what_a_backup_is_without_a_key(made):
    """Vault, date, counter and size show; nothing of what is in it."""
    info = read_info(made.path)
    assert info.vault == Header.parse((made.folder / "vault.json").read_bytes()).vault
    assert (info.created, info.counter) == (made.taken.created, made.taken.counter)
    assert info.bytes < made.taken.bytes == made.path.stat().st_size
