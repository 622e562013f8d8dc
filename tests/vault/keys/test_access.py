"""Creating, unlocking and rewrapping: who gets in, who does not, and what each is told."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime

import pytest

from vault import keys
from vault.errors import (
    AlreadyExists,
    InputError,
    KeyMissing,
    LockedError,
    NotAVault,
    ReadOnly,
    Tampered,
    WrongPassphrase,
)
from vault.keys import kdf
from vault.keys.kdf import Cost
from vault.keys.keys import Keys

PASSPHRASE = "correct horse battery"
PURPOSES = ("database", "manifest", "identity", "signing_seed", "header")


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
    monkeypatch.setattr("vault.keys.header.os.fsync", fail)
    with pytest.raises(ReadOnly):
        keys.rewrap(folder, opened, "a better passphrase")
    assert [path.name for path in folder.iterdir()] == ["vault.json"]
    assert keys.unlock(folder, passphrase=PASSPHRASE).secret == opened.secret


def test_keys_of_each_purpose_are_unlike():
    """No two purposes share a key, and none is a secret itself."""
    opened = Keys.generate()
    derived = {getattr(opened, name) for name in PURPOSES}
    assert len(derived) == len(PURPOSES)
    assert all(len(key) == 32 and key not in opened.secret for key in derived)


def test_keys_that_name_and_sign_outlive_a_new_data_key():
    """With another data key, identities, signatures and seal stay; database and manifest change."""
    opened = Keys.generate()
    rotated = Keys(bytes(32) + opened.secret[32:])
    same = {name for name in PURPOSES if getattr(opened, name) == getattr(rotated, name)}
    assert same == {"identity", "signing_seed", "header"}


def test_keys_show_nothing():
    """Neither repr nor str nor format shows a byte of a key."""
    assert {f"{Keys.generate()}", repr(Keys.generate()), str([Keys.generate()])} == {
        "Keys(...)",
        "[Keys(...)]",
    }


def test_keys_wiped_are_zero_and_closed():
    """Wiping overwrites the bytearray itself; using the keys later says that the vault is closed."""
    opened = Keys.generate()
    held = memoryview(opened._secret)
    with pytest.raises(BufferError):  # the view keeps the bytearray from shrinking, after the overwrite
        opened.wipe()
    assert held.tobytes() == bytes(64)
    held.release()
    opened.wipe()
    for name in PURPOSES:
        with pytest.raises(LockedError, match="closed"):
            getattr(opened, name)


@pytest.mark.parametrize("size", [0, 32, 63, 65])
def test_keys_of_another_size_are_refused(size):
    """Half a secret is no secret."""
    with pytest.raises(ValueError, match="64 bytes"):
        Keys(bytes(size))
