"""The system's keyring: it opens one vault, is refused where it is not safe, and is never the only way in."""

from __future__ import annotations

import sys

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordDeleteError

from vault import keys
from vault.errors import KeyMissing, LockedError, StoreError, VaultError, WrongPassphrase
from vault.keys import kdf
from vault.keys.kdf import Cost

PASSPHRASE = "correct horse battery"


class Memory(KeyringBackend):
    """A keyring that lasts as long as the test."""

    priority = 5

    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        if (service, username) not in self.kept:
            raise PasswordDeleteError("no such entry")
        del self.kept[service, username]


class Locked(Memory):
    """A keyring whose owner does not unlock it."""

    def get_password(self, service, username):
        raise KeyringLocked("cannot get vitalvault of somebody")

    def set_password(self, service, username, password):
        raise KeyringLocked(f"cannot set {password}")


class PlainText(Memory):
    """A keyring that writes down what it is given, for all to read."""

    priority = 0.5


@pytest.fixture(autouse=True)
def ring(monkeypatch):
    """An empty keyring, in use by the keyring package."""
    for bound in ("DEFAULT", "FLOOR"):
        monkeypatch.setattr(kdf, bound, Cost(8, 1, 1))
    memory = Memory()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(fail.Keyring())


@pytest.fixture
def made(tmp_path):
    """A new vault: its folder and keys."""
    folder = tmp_path / "me.vault"
    return folder, keys.create(folder, PASSPHRASE)[0]


def kinds(folder):
    """The ways into a vault."""
    return [slot.kind for slot in keys.described(folder)]


def test_keyring_opens_the_vault_it_was_told_to_keep(made):
    """No passphrase is needed then, and the others still open the same keys."""
    folder, opened = made
    keys.keep_in_keyring(folder, opened)
    assert kinds(folder) == ["passphrase", "recovery", "keyring"]
    found = keys.unlock(folder, keyring=True)
    assert (found.secret, found.databases) == (opened.secret, opened.databases)
    assert keys.unlock(folder, passphrase=PASSPHRASE).secret == opened.secret


def test_keyring_keeps_neither_a_passphrase_nor_a_key_of_the_vault(made, ring):
    """What it has is random, under the vault's id, and worth nothing without the header."""
    folder, opened = made
    keys.keep_in_keyring(folder, opened)
    (((service, user), kept),) = ring.kept.items()
    assert (service, user) == ("vitalvault", keys.file.Header.parse(keys.header_bytes(folder)).vault)
    assert len(bytes.fromhex(kept)) == 32
    assert not any(kept in key.hex() for key in (opened.secret, *opened.data, *opened.databases))


def test_keyring_is_asked_only_where_no_secret_is_given(made):
    """A wrong passphrase is not made good by the keyring."""
    folder, opened = made
    keys.keep_in_keyring(folder, opened)
    with pytest.raises(WrongPassphrase, match="the passphrase"):
        keys.unlock(folder, passphrase="not this one", keyring=True)
    with pytest.raises(KeyMissing):
        keys.unlock(folder)


def test_keyring_told_twice_has_one_slot(made):
    """Keeping again makes a new secret in the place of the old one."""
    folder, opened = made
    keys.keep_in_keyring(folder, opened)
    before = keys.header_bytes(folder)
    keys.keep_in_keyring(folder, opened)
    assert kinds(folder).count("keyring") == 1
    with pytest.raises(WrongPassphrase, match="the key in the system's keyring"):
        keys.unlock_bytes(before, keyring=True)


def test_keyring_forgets_on_both_sides(made, ring):
    """Neither the header nor the keyring keeps a trace, and forgetting again is harmless."""
    folder, opened = made
    keys.keep_in_keyring(folder, opened)
    for _ in range(2):
        keys.forget_keyring(folder, opened)
        assert kinds(folder) == ["passphrase", "recovery"]
        assert not ring.kept
    with pytest.raises(KeyMissing, match="no key for this vault"):
        keys.unlock(folder, keyring=True)


def test_keyring_of_another_machine_has_no_key(made, ring):
    """A vault carried elsewhere asks for the passphrase."""
    folder, opened = made
    keys.keep_in_keyring(folder, opened)
    ring.kept.clear()
    with pytest.raises(KeyMissing) as caught:
        keys.unlock(folder, keyring=True)
    assert "passphrase" in caught.value.hint


@pytest.mark.parametrize("kept", ["", "not hexadecimal", "00" * 31, "00" * 33])
def test_keyring_with_an_entry_that_is_none_has_no_key(made, ring, kept):
    """What somebody else wrote there is no key, and no crash."""
    folder, opened = made
    keys.keep_in_keyring(folder, opened)
    ring.kept = dict.fromkeys(ring.kept, kept)
    with pytest.raises(KeyMissing):
        keys.unlock(folder, keyring=True)


def test_keyring_with_the_secret_of_another_vault_opens_nothing(made, ring):
    """Another secret is a wrong one."""
    folder, opened = made
    keys.keep_in_keyring(folder, opened)
    ring.kept = dict.fromkeys(ring.kept, "00" * 32)
    with pytest.raises(WrongPassphrase):
        keys.unlock(folder, keyring=True)


def test_keyring_is_left_out_by_renewed_keys(made, ring):
    """Renewing leaves the keyring's secret worthless, and takes it away."""
    folder, opened = made
    keys.keep_in_keyring(folder, opened)
    keys.renew(folder, opened, "a better passphrase")
    assert kinds(folder) == ["passphrase", "recovery"]
    assert not ring.kept


def test_keyring_that_refuses_does_not_cost_the_new_recovery_code(made):
    """Renewing goes through with a locked keyring: its entry opens nothing any more."""
    folder, opened = made
    keys.keep_in_keyring(folder, opened)
    keyring.set_keyring(Locked())
    code = keys.renew(folder, opened, "a better passphrase")
    assert keys.unlock(folder, recovery_code=code).secret == opened.secret


def test_keyring_outlives_a_rotation(made):
    """A new data key asks nothing of the keyring."""
    folder, opened = made
    keys.keep_in_keyring(folder, opened)
    keys.begin_rotation(folder, opened)
    keys.end_rotation(folder, opened, opened.database)
    assert keys.unlock(folder, keyring=True).databases == opened.databases


@pytest.mark.parametrize("unsafe", [fail.Keyring, null.Keyring, PlainText, Locked])
def test_keyring_that_is_not_safe_is_not_used(made, unsafe):
    """None, one that drops what it is given, one in plain text, a locked one: the header stays as it was."""
    folder, opened = made
    before = keys.header_bytes(folder)
    keyring.set_keyring(unsafe())
    with pytest.raises(StoreError) as caught:
        keys.keep_in_keyring(folder, opened)
    assert "passphrase" in caught.value.hint
    assert caught.value.__cause__ is None
    assert keys.header_bytes(folder) == before


def test_keyring_that_silently_drops_what_it_is_given_is_found(made, ring, monkeypatch):
    """Only what can be read back was kept."""
    monkeypatch.setattr(Memory, "set_password", lambda *_: None)
    with pytest.raises(StoreError, match="does not keep"):
        keys.keep_in_keyring(*made)
    assert kinds(made[0]) == ["passphrase", "recovery"]


@pytest.mark.parametrize("broken", [fail.Keyring, Locked])
def test_keyring_that_refuses_means_that_the_key_is_missing(made, broken):
    """At unlocking, a locked or missing keyring lets the caller ask for the passphrase instead."""
    folder, opened = made
    keys.keep_in_keyring(folder, opened)
    keyring.set_keyring(broken())
    with pytest.raises(KeyMissing) as caught:
        keys.unlock(folder, keyring=True)
    assert "somebody" not in str(caught.value)


@pytest.mark.parametrize(("act", "error"), [(keys.keep_in_keyring, StoreError), (None, LockedError)])
def test_keyring_without_its_package_says_what_to_install(made, monkeypatch, act, error):
    """The package is optional: without it everything else works, and this says what is missing."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(VaultError, match="package 'keyring'") as caught:
        act(*made) if act else keys.unlock(made[0], keyring=True)
    assert isinstance(caught.value, error)
    assert "vitalvault[keyring]" in caught.value.hint
