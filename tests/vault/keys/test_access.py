"""Creating and unlocking: who gets in, who does not, and what each is told."""

from __future__ import annotations

import json
import stat
import threading
from datetime import UTC, datetime

import pytest

from vault import keys
from vault.errors import (
    AlreadyExists,
    InputError,
    KeyMissing,
    NotAVault,
    StoreError,
    WrongPassphrase,
)
from vault.keys import kdf
from vault.keys.kdf import Cost

PASSPHRASE = "correct horse battery"
PURPOSES = ("database", "identity", "signing_seed", "header", "backup", "wrapping")


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    for bound in ("DEFAULT", "FLOOR"):
        monkeypatch.setattr(kdf, bound, Cost(8, 1, 1))


@pytest.fixture
def made(tmp_path, clock):
    """A new vault: its folder, keys and recovery code."""
    folder = tmp_path / "me.vault"
    return folder, *keys.create(folder, PASSPHRASE, clock=clock)


def test_create_writes_a_private_header_that_holds_no_secret(made):
    """The folder is for its owner alone (0700), the header too (0600); nothing else is in it."""
    folder, opened, code = made
    header = folder / keys.HEADER_NAME
    assert [path.name for path in folder.iterdir()] == ["vault.json"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(header.stat().st_mode) == 0o600
    text = header.read_text()
    secrets = [PASSPHRASE, code, opened.secret.hex(), *(getattr(opened, name).hex() for name in PURPOSES)]
    assert not any(secret in text for secret in secrets)


def test_create_takes_the_date_from_the_clock(tmp_path):
    """The header's date is the clock's, in UTC, to the second."""
    keys.create(tmp_path, PASSPHRASE, clock=lambda: datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC))
    assert json.loads((tmp_path / "vault.json").read_text())["created"] == "2026-01-02T03:04:05Z"


def test_create_asks_the_default_cost(tmp_path, monkeypatch):
    """A new vault's guesses cost 256 MiB, three passes and four lanes each."""
    monkeypatch.undo()
    keys.create(tmp_path, PASSPHRASE)
    slot = json.loads((tmp_path / "vault.json").read_text())["slots"][0]
    assert slot["kdf"] == {"name": "argon2id", "memory_kib": 262_144, "passes": 3, "lanes": 4}


def test_create_over_a_vault_is_refused(made):
    """A second create in the same place changes nothing."""
    folder, opened, _ = made
    with pytest.raises(AlreadyExists):
        keys.create(folder, "another passphrase")
    assert keys.unlock(folder, passphrase=PASSPHRASE).secret == opened.secret


def test_create_over_a_file_is_refused(tmp_path):
    """A file of that name is left alone."""
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(AlreadyExists):
        keys.create(tmp_path / "notes", PASSPHRASE)
    assert (tmp_path / "notes").read_text() == "mine"


def test_create_that_the_disk_does_not_confirm_can_be_tried_again(tmp_path, monkeypatch):
    """A header that may not last is taken back, and does not stand in the way."""

    def fail(_):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("vault.keys.file._sync", fail)
        with pytest.raises(StoreError, match="does not confirm"):
            keys.create(tmp_path / "me.vault", PASSPHRASE)
    keys.create(tmp_path / "me.vault", PASSPHRASE)


def test_create_by_two_at_once_makes_one_vault(tmp_path):
    """Of several that create in the same place, one gets its vault and the others are refused."""
    made, refused = [], []

    def create():
        try:
            made.append(keys.create(tmp_path / "me.vault", PASSPHRASE)[0])
        except AlreadyExists:
            refused.append(1)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(refused)) == (1, 7)
    assert keys.unlock(tmp_path / "me.vault", passphrase=PASSPHRASE).secret == made[0].secret


def test_create_with_a_short_passphrase_leaves_nothing_behind(tmp_path):
    """A refused passphrase makes no folder."""
    with pytest.raises(InputError):
        keys.create(tmp_path / "me.vault", "short")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "cost", [Cost(7, 1, 1), Cost(2**21 + 1, 3, 4), Cost(2**16, 11, 4), Cost(2**16, 3, 17)]
)
def test_create_with_a_cost_out_of_bounds_is_refused(tmp_path, cost):
    """What nobody could open, or anybody could guess, is not written."""
    with pytest.raises(InputError):
        keys.create(tmp_path / "me.vault", PASSPHRASE, params=cost)
    assert not list(tmp_path.iterdir())


def test_create_twice_shares_nothing(tmp_path):
    """Two vaults of the same passphrase have no key, salt, id or code in common."""
    vaults = [keys.create(tmp_path / name, PASSPHRASE) for name in ("a", "b")]
    secrets = [{code, *(getattr(opened, name) for name in PURPOSES)} for opened, code in vaults]
    assert not secrets[0] & secrets[1]
    first, second = ((tmp_path / name / "vault.json").read_text() for name in ("a", "b"))
    for field in ('"salt"', '"nonce"', '"vault"', '"wrapped"', '"seal"'):
        lines = [{line for line in text.splitlines() if field in line} for text in (first, second)]
        assert lines[0]
        assert not lines[0] & lines[1]


def test_unlock_by_passphrase_and_by_recovery_code_gives_the_same_keys(made):
    """Both ways lead to the same secrets."""
    folder, opened, code = made
    assert keys.unlock(folder, passphrase=PASSPHRASE).secret == opened.secret
    assert keys.unlock(folder, recovery_code=code.lower()).secret == opened.secret


@pytest.mark.parametrize("wrong", ["correct horse batterz", PASSPHRASE + " ", PASSPHRASE.upper(), "x"])
def test_unlock_by_a_wrong_passphrase_is_refused(made, wrong):
    """A near miss and a far one get the same answer, which quotes neither."""
    with pytest.raises(WrongPassphrase) as caught:
        keys.unlock(made[0], passphrase=wrong)
    assert str(caught.value) == "the passphrase does not open this vault"


def test_unlock_by_the_recovery_code_of_another_vault_is_refused(made, tmp_path):
    """A well-formed code of another vault opens nothing."""
    _, code = keys.create(tmp_path / "other", PASSPHRASE)
    with pytest.raises(WrongPassphrase, match="the recovery code does not open"):
        keys.unlock(made[0], recovery_code=code)


def test_unlock_without_anything_says_what_is_missing(made):
    """Neither passphrase nor code, or empty ones: the key is missing, not wrong."""
    for given in ({}, {"passphrase": ""}, {"recovery_code": ""}):
        with pytest.raises(KeyMissing):
            keys.unlock(made[0], **given)


def test_unlock_with_both_is_refused(made):
    """Passphrase and code at once would hide which of them is wrong."""
    with pytest.raises(InputError):
        keys.unlock(made[0], passphrase=PASSPHRASE, recovery_code=made[2])


@pytest.mark.parametrize("place", ["nowhere", "file"])
def test_unlock_where_no_vault_is_says_so(tmp_path, place):
    """A missing folder, or a file in place of one, is no vault."""
    (tmp_path / "file").touch()
    with pytest.raises(NotAVault):
        keys.unlock(tmp_path / place, passphrase=PASSPHRASE)
