"""The data keys in the header: wrapped, bound to the vault, and sealed with all else; format 1 has none."""

from __future__ import annotations

import json

import pytest

from vault import keys
from vault.errors import Tampered, UnsupportedVersion, WrongPassphrase
from vault.keys import kdf
from vault.keys.datakey import WrappedKey
from vault.keys.header import Header
from vault.keys.kdf import Cost
from vault.keys.slots import bound

PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module", autouse=True)
def _cheap():
    with pytest.MonkeyPatch.context() as patch:
        for bound_ in ("DEFAULT", "FLOOR"):
            patch.setattr(kdf, bound_, Cost(8, 1, 1))
        yield


@pytest.fixture
def rotating(tmp_path):
    """A vault in the midst of a rotation: its folder, keys and header."""
    folder = tmp_path / "me.vault"
    opened, _ = keys.create(folder, PASSPHRASE)
    keys.begin_rotation(folder, opened)
    return folder, opened, json.loads((folder / "vault.json").read_text())


def refusal(folder, document):
    """What unlocking by the right passphrase raises when the header is this."""
    (folder / "vault.json").write_text(json.dumps(document))
    with pytest.raises((Tampered, WrongPassphrase, UnsupportedVersion)) as caught:
        keys.unlock(folder, passphrase=PASSPHRASE)
    return caught.type


def test_data_keys_are_not_in_the_header_as_they_are(rotating):
    """Neither data key, nor a key derived from one, can be read from the file."""
    folder, opened, _ = rotating
    text = (folder / "vault.json").read_text()
    assert not any(key.hex() in text for key in (*opened.data, *opened.databases, opened.wrapping))


def test_data_keys_taken_away_doubled_or_swapped_are_found(rotating):
    """None, one less, one twice, three, or in another order: not as VitalVault wrote it."""
    folder, _, document = rotating
    old, new = document["data"]
    for data in ([], [old], [new], [old, old], [new, old], [old, new, new]):
        assert refusal(folder, {**document, "data": data}) is Tampered


def test_data_keys_of_another_vault_are_found(rotating, tmp_path):
    """The data keys of a vault with the same passphrase do not belong here."""
    folder, _, document = rotating
    keys.create(tmp_path / "other", PASSPHRASE)
    other = json.loads((tmp_path / "other" / "vault.json").read_text())
    assert refusal(folder, {**document, "data": other["data"]}) is Tampered


def test_data_keys_of_an_earlier_header_of_the_vault_are_found(rotating):
    """The data keys before a rotation, put into the header after it, break its seal."""
    folder, opened, document = rotating
    keys.end_rotation(folder, opened, opened.database)
    ended = json.loads((folder / "vault.json").read_text())
    assert refusal(folder, {**ended, "data": document["data"][:1]}) is Tampered


def test_header_of_format_2_dressed_up_as_format_1_is_found(rotating):
    """Who takes away the data keys and says format 1 can't make the master key pass for the data key."""
    folder, _, document = rotating
    assert refusal(folder, {**document, "version": 1}) is Tampered
    bare = {name: value for name, value in document.items() if name != "data"}
    assert refusal(folder, {**bare, "version": 1}) is Tampered
    assert refusal(folder, bare) is Tampered


@pytest.mark.parametrize("field", ["nonce", "wrapped"])
def test_data_key_of_another_size_is_damaged(rotating, field):
    """A byte too many or too few in a wrapped data key is found before anything is derived."""
    folder, _, document = rotating
    for change in (lambda text: text + "00", lambda text: text[2:], lambda text: text.upper() + "Z"):
        document["data"][0] = {**document["data"][0], field: change(document["data"][0][field])}
        assert refusal(folder, document) is Tampered


def test_data_key_unwraps_only_in_its_own_vault_under_its_own_master_key(clock):
    """Another vault's identity, another wrapping key or a flipped bit: nothing comes out."""
    identity, wrapping = Header.new(clock).identity, b"w" * 32
    made = WrappedKey.wrap(b"d" * 32, wrapping, identity)
    assert made.unwrap(wrapping, identity) == b"d" * 32
    assert made.unwrap(b"x" * 32, identity) is None
    assert made.unwrap(wrapping, Header.new(clock).identity) is None
    assert (
        WrappedKey(made.nonce, made.wrapped[:-1] + bytes([made.wrapped[-1] ^ 1])).unwrap(wrapping, identity)
        is None
    )


def test_header_bytes_open_as_the_folder_does(rotating):
    """A copy of the header, as a backup holds it, gives the same keys without a folder."""
    folder, opened, _ = rotating
    raw = keys.header_bytes(folder)
    assert raw == (folder / "vault.json").read_bytes()
    assert keys.unlock_bytes(raw, passphrase=PASSPHRASE).databases == opened.databases


def test_header_written_again_never_repeats_a_nonce(rotating):
    """Each writing wraps the data keys anew: two headers of the same keys share no wrapped key."""
    folder, opened, document = rotating
    keys.rewrap(folder, opened, PASSPHRASE)
    again = json.loads((folder / "vault.json").read_text())
    assert not {one["nonce"] for one in document["data"]} & {one["nonce"] for one in again["data"]}
    assert bound(again) == b"".join((folder / "vault.json").read_bytes().split())
