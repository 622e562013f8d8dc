"""Rotation: the same data under another key; nothing is done where nothing is pending."""

from __future__ import annotations

import numpy as np
import pytest

from vault import keys
from vault.care import rotation
from vault.errors import Busy, StoreError, Tampered
from vault.records import Origin, Samples
from vault.store.connection import transaction
from vault.store.events import ERASING, set_setting
from vault.store.store import Store

S = 10**9
STARTS = (1_774_000_000 + np.arange(100) * 60) * S
CELLS = np.full(100, 120, np.int16), 60.0 + np.arange(100), np.zeros(100, np.int32)
BEATS = Samples("heart_rate", STARTS, STARTS, *CELLS, (Origin("Watch", "apple_health"),))


@pytest.fixture
def made(tmp_path, clock, cheap_keys):
    """The keys of a vault in ``tmp_path``."""
    made, _ = keys.create(tmp_path, "correct horse battery", clock=clock)
    return made


@pytest.fixture
def store(tmp_path, made, clock):
    """Its store, with samples in it."""
    with Store.create(tmp_path / "vault.db", made.database, clock=clock) as store:
        store.ingest([BEATS], clock=clock)
        yield store


def test_rotate_gives_the_same_data_another_key(tmp_path, made, store):
    """Content and counter stay, the old key opens nothing, and the passphrase leads to the new one."""
    old, state, counter = made.database, store.digest(), store.counter
    rotation.rotate(store, tmp_path, made)
    assert (store.digest(), store.counter) == (state, counter)
    store.close()
    with pytest.raises(Tampered):
        Store.open(tmp_path / "vault.db", old)
    again = keys.unlock(tmp_path, passphrase="correct horse battery")
    assert again.databases == made.databases != (old,)
    with Store.open(tmp_path / "vault.db", again.database) as opened:
        assert opened.digest() == state


def test_finish_where_nothing_is_pending(tmp_path, made, store):
    """The key stays the same."""
    before = made.databases
    assert not rotation.finish(store, tmp_path, made)
    assert made.databases == before


def test_finish_goes_on_with_a_rotation(tmp_path, made, store):
    """One that was begun and not ended is ended, with the new key it had begun with."""
    keys.begin_rotation(tmp_path, made)
    new = made.database
    assert rotation.finish(store, tmp_path, made)
    assert made.databases == (new,)
    with Store.open(tmp_path / "vault.db", new) as opened:
        assert opened.digest() == store.digest()


def test_rotate_waits_for_a_writer_and_says_so(tmp_path, made, store):
    """While another process writes nothing is begun; the data are still there under the key they had."""
    state = store.digest()
    other = Store.open(tmp_path / "vault.db", made.database)
    other.connection.execute("BEGIN IMMEDIATE")
    store.connection.execute("PRAGMA busy_timeout = 50")
    with pytest.raises(Busy):
        rotation.rotate(store, tmp_path, made)
    other.close()
    assert store.digest() == state
    assert not rotation.finish(store, tmp_path, made)
    rotation.rotate(store, tmp_path, made)
    assert store.digest() == state


def erasing(store):
    """Say that an erasure is not over, as the transaction that deletes does."""
    with transaction(store.connection):
        set_setting(store.connection, ERASING, "1")


@pytest.mark.parametrize("of_an_erasure", [False, True])
def test_finish_begins_nothing_when_another_process_ended_it(tmp_path, made, store, of_an_erasure):
    """What was pending when the header was last read, and is over now, is not begun once more."""
    if of_an_erasure:
        erasing(store)
    keys.begin_rotation(tmp_path, made)
    other = keys.unlock(tmp_path, passphrase="correct horse battery")
    rotation.rotate(store, tmp_path, other)
    assert keys.is_pending(made)
    assert rotation.finish(store, tmp_path, made)
    assert made.databases == other.databases
    assert keys.unlock(tmp_path, passphrase="correct horse battery").databases == other.databases
    assert store.setting(ERASING) is None


def test_finish_deletes_what_a_migration_kept(tmp_path, made, store):
    """An erasure that a crash stopped takes the backup of the older format along at the next opening."""
    erasing(store)
    (tmp_path / "before-format-2.backup").write_bytes(b"what was erased")
    (tmp_path / "before-format-3.backup").symlink_to(tmp_path / "nowhere")
    assert rotation.finish(store, tmp_path, made)
    assert list(tmp_path.glob("before-format-*")) == []


def test_finish_keeps_an_older_format_where_nothing_was_erased(tmp_path, made, store):
    """A rotation of keys alone leaves it."""
    (tmp_path / "before-format-2.backup").write_bytes(b"all of it")
    keys.begin_rotation(tmp_path, made)
    assert rotation.finish(store, tmp_path, made)
    assert (tmp_path / "before-format-2.backup").exists()


def test_finish_is_not_over_while_the_disk_keeps_an_older_format(tmp_path, made, store):
    """What can't be deleted is an error of ours, without its path, and the erasure is to be finished yet."""
    erasing(store)
    (tmp_path / "before-format-2.backup").mkdir()
    with pytest.raises(StoreError) as told:
        rotation.finish(store, tmp_path, made)
    assert str(tmp_path) not in str(told.value)
    assert store.setting(ERASING) == "1"
