"""Changing who gets in: the new way opens, the old one does not, and the data's keys stay or are renewed."""

from __future__ import annotations

import multiprocessing
import threading

import pytest

from vault import keys
from vault.errors import (
    Busy,
    InputError,
    LockedError,
    NotAVault,
    ReadOnly,
    StoreError,
    Tampered,
    WrongPassphrase,
)
from vault.keys import file, kdf
from vault.keys.kdf import Cost

PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    for bound in ("DEFAULT", "FLOOR"):
        monkeypatch.setattr(kdf, bound, Cost(8, 1, 1))


@pytest.fixture
def made(tmp_path):
    """A new vault: its folder, keys and recovery code."""
    folder = tmp_path / "me.vault"
    return folder, *keys.create(folder, PASSPHRASE)


def test_rewrap_changes_the_passphrase_and_nothing_else(made):
    """The old passphrase is refused, the new one and the recovery code open the same keys."""
    folder, opened, code = made
    keys.rewrap(folder, opened, "a better passphrase")
    with pytest.raises(WrongPassphrase):
        keys.unlock(folder, passphrase=PASSPHRASE)
    assert keys.unlock(folder, passphrase="a better passphrase").secret == opened.secret
    assert keys.unlock(folder, recovery_code=code).secret == opened.secret
    assert [path.name for path in folder.iterdir()] == ["vault.json"]


def test_rewrap_after_recovery_sets_a_new_passphrase(made):
    """Who lost the passphrase gets in by the code and chooses a new one."""
    folder, _, code = made
    keys.rewrap(folder, keys.unlock(folder, recovery_code=code), "remembered this time")
    keys.unlock(folder, passphrase="remembered this time")


def test_rewrap_by_the_keys_of_another_vault_is_refused(made, tmp_path):
    """Foreign keys would seal a header its own passphrase does not open any more."""
    foreign, _ = keys.create(tmp_path / "other", PASSPHRASE)
    before = (made[0] / "vault.json").read_bytes()
    with pytest.raises(Tampered):
        keys.rewrap(made[0], foreign, "a better passphrase")
    assert (made[0] / "vault.json").read_bytes() == before


def test_rewrap_that_can_not_write_keeps_the_old_header(made, monkeypatch):
    """A disk that fails at the last step leaves the old passphrase working and no scraps."""

    def fail(*_):
        raise OSError(28, "No space left on device")

    folder, opened, _ = made
    monkeypatch.setattr("vault.keys.file.os.fsync", fail)
    with pytest.raises(ReadOnly):
        keys.rewrap(folder, opened, "a better passphrase")
    assert [path.name for path in folder.iterdir()] == ["vault.json"]
    assert keys.unlock(folder, passphrase=PASSPHRASE).secret == opened.secret


def test_rewrap_with_the_same_passphrase_raises_the_cost_of_a_guess(made):
    """An old vault's cheaper guesses become today's, without another passphrase."""
    folder, opened, _ = made
    keys.rewrap(folder, opened, PASSPHRASE, params=Cost(64, 2, 1))
    assert [slot.cost for slot in keys.described(folder)] == [Cost(64, 2, 1), None]
    assert keys.unlock(folder, passphrase=PASSPHRASE).secret == opened.secret


def test_new_recovery_code_replaces_the_old_one(made):
    """The lost code opens nothing any more; the new one and the passphrase do."""
    folder, opened, code = made
    new = keys.new_recovery_code(folder, opened)
    with pytest.raises(WrongPassphrase):
        keys.unlock(folder, recovery_code=code)
    assert keys.unlock(folder, recovery_code=new).databases == opened.databases
    assert keys.unlock(folder, passphrase=PASSPHRASE).databases == opened.databases


def test_renew_revokes_every_earlier_way_in(made):
    """After renewing, the old passphrase and code are refused, and the new ones open the keys in hand."""
    folder, opened, code = made
    new = keys.renew(folder, opened, "a better passphrase")
    for old in ({"passphrase": PASSPHRASE}, {"recovery_code": code}):
        with pytest.raises(WrongPassphrase):
            keys.unlock(folder, **old)
    for way in ({"passphrase": "a better passphrase"}, {"recovery_code": new}):
        found = keys.unlock(folder, **way)
        assert (found.secret, found.data) == (opened.secret, opened.data)


def test_renew_leaves_only_the_rotation_of_the_database_to_do(made):
    """The old data key is still there for the database, a new one waits, and the lasting key is as it was."""
    folder, opened, _ = made
    before = keys.unlock(folder, passphrase=PASSPHRASE)
    keys.renew(folder, opened, "a better passphrase")
    assert keys.is_pending(opened)
    assert opened.databases[0] == before.database
    assert opened.database != before.database
    assert opened.wrapping != before.wrapping
    assert (opened.identity, opened.signing_seed) == (before.identity, before.signing_seed)
    keys.end_rotation(folder, opened, opened.database)
    assert keys.unlock(folder, passphrase="a better passphrase").databases == (opened.database,)


def test_renew_makes_a_copied_header_worthless(made):
    """The old header with the old passphrase does not lead to the database's new key."""
    folder, opened, _ = made
    copied = keys.header_bytes(folder)
    keys.renew(folder, opened, "a better passphrase")
    keys.end_rotation(folder, opened, opened.database)
    assert opened.database not in keys.unlock_bytes(copied, passphrase=PASSPHRASE).databases


def test_renew_while_a_rotation_is_pending_is_refused(made):
    """The pending key stands in the header that was copied, so it must not become the new one."""
    folder, opened, _ = made
    keys.begin_rotation(folder, opened)
    before = keys.header_bytes(folder)
    with pytest.raises(StoreError, match="not finished"):
        keys.renew(folder, opened, "a better passphrase")
    assert keys.header_bytes(folder) == before


def test_renew_with_a_short_passphrase_changes_nothing(made):
    """A refused passphrase leaves header and keys as they were."""
    folder, opened, _ = made
    before = keys.header_bytes(folder), opened.secret
    with pytest.raises(InputError):
        keys.renew(folder, opened, "short")
    assert (keys.header_bytes(folder), opened.secret) == before


@pytest.mark.parametrize("change", [keys.new_recovery_code, keys.begin_rotation, keys.lift])
def test_change_after_another_process_renewed_asks_to_open_again(made, change):
    """Keys that were renewed elsewhere meanwhile write nothing, or they would bring back what was revoked."""
    folder, opened, _ = made
    keys.renew(folder, keys.unlock(folder, passphrase=PASSPHRASE), "a better passphrase")
    before = keys.header_bytes(folder)
    with pytest.raises(LockedError, match="changed meanwhile"):
        change(folder, opened)
    assert keys.header_bytes(folder) == before


def test_change_waits_for_another_one_and_then_builds_on_it(made):
    """A new code asked for while another process rotates keeps the pending data key."""
    folder, opened, _ = made
    other = keys.unlock(folder, passphrase=PASSPHRASE)
    with file.changing(folder, opened):
        waiting = threading.Thread(target=keys.begin_rotation, args=(folder, other))
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
    waiting.join()
    keys.new_recovery_code(folder, opened)
    assert opened.databases == other.databases == keys.unlock(folder, passphrase=PASSPHRASE).databases


def test_change_while_another_process_never_ends_one_is_refused(made, monkeypatch):
    """Waiting has an end, and says why."""
    folder, opened, _ = made
    monkeypatch.setattr(file, "_WAIT_SECONDS", 0.1)
    with file.changing(folder, opened), pytest.raises(Busy, match="changing the keys"):
        keys.new_recovery_code(folder, keys.unlock(folder, passphrase=PASSPHRASE))


def _die_in_the_midst(folder):
    opened = keys.unlock(folder, passphrase=PASSPHRASE)
    with file.changing(folder, opened):
        multiprocessing.current_process().kill()


def test_change_of_a_process_that_died_holds_nobody_up(made):
    """The lock goes with the process, so there is no stale lock to be removed by hand."""
    folder, opened, _ = made
    dying = multiprocessing.get_context("fork").Process(target=_die_in_the_midst, args=(folder,))
    dying.start()
    dying.join(10)
    keys.new_recovery_code(folder, opened)
    assert [path.name for path in folder.iterdir()] == ["vault.json"]


def test_change_where_no_vault_is_says_so(made, tmp_path):
    """A folder that is gone, or without a header, is no vault."""
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "gone", tmp_path / "empty"):
        with pytest.raises(NotAVault):
            keys.new_recovery_code(folder, made[1])


def test_change_that_the_disk_does_not_confirm_says_so(made, monkeypatch):
    """When the rename can't be synced, nobody claims that nothing was changed, nor that it was."""

    def fail(_):
        raise OSError(5, "Input/output error")

    folder, opened, code = made
    monkeypatch.setattr(file, "_sync", fail)
    with pytest.raises(StoreError, match="does not confirm") as caught:
        keys.begin_rotation(folder, opened)
    assert not isinstance(caught.value, ReadOnly)
    assert str(folder) not in str(caught.value)
    assert keys.unlock(folder, recovery_code=code).databases[0] == opened.databases[0]


def test_change_clears_away_what_a_crash_left(made):
    """A temporary header of a process that was killed holds wrapped keys: the next change removes it."""
    folder, opened, _ = made
    (folder / "vault.json.part").write_text("half a header")
    keys.new_recovery_code(folder, opened)
    assert [path.name for path in folder.iterdir()] == ["vault.json"]


def test_described_tells_the_ways_in_without_a_key(made):
    """Kinds and costs are read from the header alone, and a guess cheaper than today's is pointed out."""
    folder, _, _ = made
    assert [(one.kind, one.cost, one.is_weaker_than_default) for one in keys.described(folder)] == [
        ("passphrase", Cost(8, 1, 1), False),
        ("recovery", None, False),
    ]


@pytest.mark.parametrize(
    ("default", "weaker"), [(Cost(8, 1, 2), False), (Cost(9, 1, 1), True), (Cost(8, 2, 1), True)]
)
def test_described_compares_memory_and_work(made, monkeypatch, default, weaker):
    """A slot is weaker if a guess takes less memory or less work than in a new vault; lanes do not count."""
    monkeypatch.setattr(kdf, "DEFAULT", default)
    assert keys.described(made[0])[0].is_weaker_than_default is weaker
