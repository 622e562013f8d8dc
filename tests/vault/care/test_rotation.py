"""Rotation: the same data under another key; nothing is done where nothing is pending."""

from __future__ import annotations

import numpy as np
import pytest

from vault import keys
from vault.care import rotation
from vault.errors import Busy, Tampered
from vault.records import Origin, Samples
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
