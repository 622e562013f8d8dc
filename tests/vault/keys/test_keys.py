"""The keys in hand: one for each purpose, none shown, all wiped."""

from __future__ import annotations

import pytest

from vault.errors import LockedError
from vault.keys.keys import Keys

PURPOSES = ("database", "identity", "signing_seed", "header", "backup", "wrapping")


def test_keys_of_each_purpose_are_unlike():
    """No two purposes share a key, and none is a secret itself."""
    opened = Keys.generate()
    derived = {getattr(opened, name) for name in PURPOSES}
    assert len(derived) == len(PURPOSES)
    assert all(len(key) == 32 and key not in opened.secret for key in derived)


def test_keys_that_name_and_sign_outlive_a_new_data_key():
    """With another data key only the key of the database changes."""
    opened = Keys.generate()
    rotated = Keys(opened.secret, [bytes(32)])
    assert {name for name in PURPOSES if getattr(opened, name) != getattr(rotated, name)} == {"database"}


def test_keys_that_name_and_sign_outlive_a_new_master_key():
    """With another master key only the key that wraps the data keys changes."""
    opened = Keys.generate()
    renewed = Keys(bytes(32) + opened.secret[32:], opened.data)
    assert {name for name in PURPOSES if getattr(opened, name) != getattr(renewed, name)} == {"wrapping"}


def test_keys_of_format_1_use_the_master_key_as_data_key():
    """Without data keys of its own, the database's key is derived from the first 32 bytes, as in format 1."""
    opened = Keys.generate()
    assert Keys(opened.secret).databases == Keys(opened.secret, [opened.secret[:32]]).databases


def test_keys_during_a_rotation_name_both_keys_of_the_database():
    """The old key comes first; the one the database is to have is the last."""
    old, new = bytes(32), bytes([1]) * 32
    opened = Keys(bytes(64), [old, new])
    assert opened.data == (old, new)
    assert opened.databases == (Keys(bytes(64), [old]).database, Keys(bytes(64), [new]).database)
    assert opened.database == opened.databases[-1]


def test_keys_that_become_others_wipe_what_they_were():
    """Who holds the object sees the new keys; the bytes of the old ones are overwritten."""
    opened, other = Keys.generate(), Keys.generate()
    was = opened._secrets
    opened.become(other)
    assert (opened.secret, opened.data) == (other.secret, other.data)
    assert not was
    other.wipe()
    assert opened.database


def test_keys_show_nothing():
    """Neither repr nor str nor format shows a byte of a key."""
    assert {f"{Keys.generate()}", repr(Keys.generate()), str([Keys.generate()])} == {
        "Keys(...)",
        "[Keys(...)]",
    }


def test_keys_wiped_are_zero_and_closed():
    """Wiping overwrites the bytearray itself; using the keys later says that the vault is closed."""
    opened = Keys.generate()
    held = memoryview(opened._secrets)
    with pytest.raises(BufferError):  # the view keeps the bytearray from shrinking, after the overwrite
        opened.wipe()
    assert held.tobytes() == bytes(96)
    held.release()
    opened.wipe()
    for name in PURPOSES:
        with pytest.raises(LockedError, match="closed"):
            getattr(opened, name)


@pytest.mark.parametrize(("size", "data"), [(0, 32), (32, 32), (63, 32), (65, 32), (64, 31), (64, 64)])
def test_keys_of_another_size_are_refused(size, data):
    """Half a secret is no secret, and two data keys in one are none."""
    with pytest.raises(ValueError, match="64 bytes"):
        Keys(bytes(size), [bytes(data)])
