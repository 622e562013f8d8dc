"""The system's keyring at the command line: it spares the passphrase, and is not asked where one is given."""

from __future__ import annotations

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail


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
        del self.kept[service, username]


@pytest.fixture
def ring():
    """An empty keyring, in use."""
    memory = Memory()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(fail.Keyring())


def test_keyring_spares_the_passphrase_until_it_is_told_to_forget(shell, ring):
    """After --keyring no passphrase is needed, for reading and for doctor; after --no-keyring it is."""
    status = "env -u VITALVAULT_PASSPHRASE vitalvault status"
    doctor = "env -u VITALVAULT_PASSPHRASE vitalvault doctor"
    assert shell.line(status).code == 2
    assert shell.line("vitalvault rekey --keyring").code == 0
    assert shell.line(status).code == 0
    assert "the manifest holds" in shell.line(doctor).out
    assert shell.line("env -u VITALVAULT_PASSPHRASE vitalvault rekey --no-keyring").code == 0
    assert ring.kept == {}
    assert shell.line(status).code == 2


def test_keyring_that_lost_the_key_leaves_the_passphrase(shell, ring):
    """A vault moved to another machine still opens with its passphrase, and asks for it."""
    shell.line("vitalvault rekey --keyring")
    ring.kept.clear()
    assert shell.line("vitalvault status").code == 0
    ran = shell.line("env -u VITALVAULT_PASSPHRASE vitalvault status")
    assert (ran.code, ran.out) == (2, "")


def test_keyring_that_is_not_there_changes_nothing(shell):
    """Without a keyring, --keyring says so, and the vault opens as before."""
    keyring.set_keyring(fail.Keyring())
    ran = shell.line("vitalvault rekey --keyring")
    assert (ran.code, ran.out) == (1, "")
    assert "keyring" in ran.err
    assert shell.line("vitalvault status").code == 0
