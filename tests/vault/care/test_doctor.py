"""The doctor: whatever is wrong is found by its check, with what mends it, and nothing is touched."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from vault import keys
from vault.care import doctor
from vault.keys import kdf
from vault.store.store import Store

PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def made(tmp_path, clock, cheap_keys):
    """A new vault without a backup; ``found`` examines it and returns what is not well, by name."""
    folder = tmp_path / "my.vault"
    opened, _ = keys.create(folder, PASSPHRASE, clock=clock)
    with Store.create(folder / doctor.DATABASE, opened.database, clock=clock) as store:
        store.append_event("backup", {}, clock)

    def found(passphrase=PASSPHRASE, at=clock):
        examined = doctor.examine(folder, passphrase, clock=at)
        assert all(bool(one.mend) == (one.state != "ok") for one in examined)
        return {one.name: one.state for one in examined if one.state != "ok"}

    return SimpleNamespace(folder=folder, keys=opened, found=found)


@pytest.fixture
def writing(made):
    """Write into the vault."""

    def write(change):
        with Store.open(made.folder / doctor.DATABASE, made.keys.databases[-1]) as store:
            change(store)

    return write


def test_examine_a_healthy_vault_finds_nothing(made):
    """A vault of today with a fresh backup has nothing to mend."""
    assert made.found() == {}


def test_examine_changes_no_file(made):
    """Header and database are byte for byte the same afterwards."""
    before = {name: (made.folder / name).read_bytes() for name in (keys.HEADER_NAME, doctor.DATABASE)}
    made.found()
    assert before == {name: (made.folder / name).read_bytes() for name in before}


def test_examine_without_a_passphrase_looks_from_outside(made):
    """Nobody's passphrase is needed for what shows from outside; that the inside was left out is said."""
    assert made.found(None) == {"opens": "warning"}
    assert made.found("another passphrase") == {"opens": "warning"}


@pytest.mark.parametrize(
    ("name", "change", "found"),
    [
        ("vault.json", lambda raw: raw[: len(raw) // 2], "header"),
        ("vault.json", lambda raw: raw.replace(b'"version": 2', b'"version": 99'), "header"),
        ("vault.json", None, "header"),
        ("vault.db", None, "database"),
        ("vault.db", lambda raw: raw[:4096] + bytes(len(raw) - 4096), "opens"),
        ("vault.db", lambda raw: b"", "opens"),
    ],
)
def test_examine_a_vault_that_does_not_open_finds_the_fault(made, name, change, found):
    """A missing, damaged or newer file is a fault, told by the check that is about it."""
    path = made.folder / name
    if change is None:
        path.unlink()
    else:
        path.write_bytes(change(path.read_bytes()))
    assert made.found()[found] == "fault"


def test_examine_header_with_a_changed_seal_does_not_open(made):
    """A header that reads well but is not as it was sealed is a fault of opening."""
    header = made.folder / "vault.json"
    text = header.read_text("utf-8")
    where = text.index('"seal": "') + len('"seal": "')
    header.write_text(f"{text[:where]}{'1' if text[where] == '0' else '0'}{text[where + 1 :]}", "utf-8")
    assert made.found() == {"opens": "fault"}


def test_examine_finds_a_wal_that_was_left(made):
    """Changes beside the database are told of, since copying the database alone would lose them."""
    (made.folder / "vault.db-wal").write_bytes(bytes(32))
    (made.folder / "vault.db-wal").chmod(0o600)
    assert made.found(None) == {"wal": "warning", "opens": "warning"}


@pytest.mark.parametrize("name", ["", "vault.json", "vault.db"])
def test_examine_finds_what_others_may_read(made, name):
    """A folder or a file that is open to others on the machine is told of."""
    (made.folder / name).chmod(0o755)
    assert made.found() == {"access": "warning"}


def test_examine_finds_a_passphrase_that_is_cheaper_to_guess_than_today(made, monkeypatch):
    """When a guess costs more in new vaults, older ones are told to catch up."""
    monkeypatch.setattr(kdf, "DEFAULT", kdf.Cost(16, 1, 1))
    assert made.found() == {"guessing": "warning"}


@pytest.mark.parametrize("above", ["Dropbox", "OneDrive - Example", "GoogleDrive-alex", "nextcloud"])
def test_examine_finds_a_synchronised_folder_by_its_name(made, above):
    """A vault in a folder that is known to be copied elsewhere is told of, however deep it lies."""
    moved = made.folder.parent / above / "deep" / "my.vault"
    shutil.copytree(made.folder, moved)
    assert {one.name: one.state for one in doctor.examine(moved)}["place"] == "warning"


def test_examine_finds_a_synchronised_folder_by_what_lies_in_it(made):
    """Syncthing folders have any name, and a marker."""
    (made.folder.parent / ".stfolder").mkdir()
    assert made.found() == {"place": "warning"}


def test_examine_finds_a_full_disk(made, monkeypatch):
    """A disk with less room than the database again is told of before an erasure needs it."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1 << 20))
    assert made.found() == {"room": "warning"}


@pytest.mark.parametrize("name", ["vault.jsonk2x_9abc", "old.backup.part", "before-format-2.backup"])
def test_examine_finds_files_that_were_left(made, name):
    """Files of an interrupted write, and the vault of the older format, are told of by name."""
    (made.folder / name).touch(mode=0o600)
    assert made.found() == {"leftovers": "warning"}
    assert any(name in one.mend for one in doctor.examine(made.folder))


def test_examine_finds_a_restore_that_was_not_finished(made):
    """The temporary folder of a restore lies beside the vault, where nobody looks."""
    (made.folder.parent / ".my.vault-x8_k2.part").mkdir()
    assert made.found() == {"leftovers": "warning"}


def test_examine_finds_an_interrupted_erasure(made, writing):
    """An erasure that a crash stopped is told of until the vault was opened for writing."""
    writing(lambda store: store.set_setting("erasing", "1"))
    assert made.found() == {"unfinished": "warning"}


def test_examine_finds_an_interrupted_rotation(made):
    """A header with two data keys is told of, and the database opens with the one it has."""
    keys.begin_rotation(made.folder, made.keys)
    assert made.found() == {"unfinished": "warning"}


@pytest.mark.parametrize(("days", "found"), [(30, {}), (31, {"backup": "warning"})])
def test_examine_finds_an_old_backup(made, clock, days, found):
    """A backup of more than 30 days is told of."""
    assert made.found(at=lambda: clock() + timedelta(days=days)) == found


def test_examine_finds_an_older_format(tmp_path):
    """A vault of format 1 is told to be lifted, and stays as it is."""
    folder = tmp_path / "old.vault"
    shutil.copytree(Path(__file__).parents[2] / "vectors" / "vault-1", folder)
    before = (folder / "vault.db").read_bytes()
    found = {one.name: one.state for one in doctor.examine(folder, "a vault for every later version")}
    assert found["opens"] == "warning"
    assert (folder / "vault.db").read_bytes() == before


def test_examine_finds_that_there_is_no_backup(tmp_path, clock, cheap_keys):
    """A vault that never was backed up is told of."""
    opened, _ = keys.create(tmp_path / "new", PASSPHRASE, clock=clock)
    Store.create(tmp_path / "new" / doctor.DATABASE, opened.database, clock=clock).close()
    assert "there never was a backup" in {one.meaning for one in doctor.examine(tmp_path / "new", PASSPHRASE)}
