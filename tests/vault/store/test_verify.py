"""Verify: a store as it was written passes, and what was written wrongly is named with its place."""

from __future__ import annotations

import runpy
from contextlib import closing
from dataclasses import astuple
from pathlib import Path
from types import SimpleNamespace

import pytest

from vault.errors import Tampered
from vault.store import consistency, seals
from vault.store.connection import connect, transaction
from vault.store.store import Store
from vault.store.verify import verify

D = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("damage.py"))))


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """A store with a bit of everything."""
    return D.states(tmp_path_factory.mktemp("states"))[-1]


@pytest.fixture
def store(tmp_path, state):
    """The same, open."""
    path = tmp_path / "vault.db"
    path.write_bytes(state.database)
    with Store.open(path, D.KEY) as store:
        yield store


def test_verify_says_how_much_it_checked(store, state):
    """Counter, pages, chunks, records, imports and events are all that is there."""
    found = verify(store.connection, counter=state.counter)
    count = {
        name: store.connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        for name in ("chunk", "workout", "stream", "score", "document", "import_run", "event")
    }
    records = sum(count[name] for name in ("workout", "stream", "score", "document"))
    pages = len(state.database) // D.PAGE
    assert astuple(found) == (
        *(state.counter, pages, count["chunk"], records),
        *(count["import_run"], count["event"]),
    )
    assert records == 5


def test_verify_changes_nothing(tmp_path, store, state):
    """The file is the same afterwards, also when the store is open for reading."""
    verify(store.connection)
    with Store.open(tmp_path / "vault.db", D.KEY, read_only=True) as reader:
        verify(reader.connection)
    assert (tmp_path / "vault.db").read_bytes() == state.database


def test_verify_while_others_read_and_write(tmp_path, store, monkeypatch):
    """It is about one committed state; what comes meanwhile neither disturbs it nor waits."""
    path = tmp_path / "vault.db"
    real = seals.broken

    def slowly(connection):
        with closing(connect(path, D.KEY)) as other, transaction(other):
            other.execute("INSERT INTO event (kind, at, body) VALUES ('checkin', 1, '{}')")
        return real(connection)

    monkeypatch.setattr(seals, "broken", slowly)
    with Store.open(path, D.KEY, read_only=True) as reader:
        reader.events("checkin")
        first, second = verify(store.connection), verify(store.connection)
    assert (second.counter, second.events) == (first.counter + 1, first.events + 1)


WRONG = {
    "UPDATE told_chunk SET imports = replace(imports, '1', '7')": "not in the ledger",
    "UPDATE import_run SET undone_at = 1 WHERE id = 1": "not in the ledger",
    "DELETE FROM told_chunk": "without those who told it",
    "DELETE FROM told_record": "without those who told it",
    "DELETE FROM score": "imports of a record that is not there",
    "UPDATE workout SET shown = 0": "not one version is shown",
    "UPDATE workout SET shown = 1": "not one version is shown",
    "UPDATE chunk SET digest = randomblob(32)": "does not show what was told",
    "UPDATE chunk SET n = n + 1": "does not show what was told",
    "UPDATE version SET n = n + 1": "does not show what was told",
    "DELETE FROM daily": "daily values",
    "UPDATE daily SET year = year + 1": "daily values",
}


@pytest.mark.parametrize("command", WRONG)
def test_verify_finds_what_was_written_wrongly(store, command):
    """Sealed, so that no attack is at work: the tables contradict each other, and it says how."""
    store.connection.execute("PRAGMA foreign_keys = OFF")
    with transaction(store.connection):
        store.connection.execute(command)
    with pytest.raises(Tampered, match=WRONG[command]):
        verify(store.connection)


def test_verify_finds_frames_that_were_exchanged(store):
    """A frame is bound to its row by its SHA-256, which is sealed."""
    with transaction(store.connection):
        store.connection.execute("UPDATE chunk SET data = (SELECT data FROM chunk WHERE series = 2)")
    with pytest.raises(Tampered, match="frame"):
        verify(store.connection)


def test_verify_names_the_scopes_whose_rows_changed(store):
    """But none of their values."""
    store.connection.execute("UPDATE event SET body = '{\"mood\":5}'")
    store.connection.execute("UPDATE score SET value = 99")
    with pytest.raises(Tampered, match="event:checkin, score") as caught:
        verify(store.connection)
    assert "99" not in str(caught.value)
    assert "mood" not in str(caught.value)


def test_verify_names_damaged_pages(tmp_path, store, state):
    """By number, as far as they can be counted."""
    damaged = D.flipped(D.flipped(state.database, 7 * D.PAGE + 100), 9 * D.PAGE + 100)
    (tmp_path / "vault.db").write_bytes(damaged)
    with pytest.raises(Tampered, match=r"page 8, .*page 10"):
        verify(store.connection)


def test_verify_without_contents_unpacks_nothing(store, monkeypatch):
    """Seals alone, for a vault too large to unpack."""
    monkeypatch.delattr(consistency, "check_contents")
    assert verify(store.connection, contents=False).chunks
