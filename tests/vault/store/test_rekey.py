"""Another key for all pages, while others read: one of both keys opens, and nobody is told a falsehood."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from vault.errors import Busy, InputError, LockedError, StoreError, Tampered
from vault.store import connection as module
from vault.store import schema
from vault.store.connection import again, checkpoint, close, compact, connect, mapped, rekey, transaction

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
ROOT = Path(__file__).parents[3]
EVENTS = 400


@pytest.fixture
def path(tmp_path):
    """A store of some hundred events under the old key, closed."""
    path = tmp_path / "vault.db"
    made = connect(path, OLD, create=True)
    with transaction(made):
        schema.make(made)
        say(made, EVENTS)
    close(made)
    return path


def say(connection, count=1):
    """Add events, within a transaction."""
    connection.executemany(
        "INSERT INTO event (kind, at, body) VALUES ('checkin', ?, ?)", [(n, "x" * 500) for n in range(count)]
    )


def count(connection):
    """Read all events."""
    with mapped():
        found = connection.execute("SELECT count(*), sum(length(body)) FROM event").fetchone()
    assert found[1] == 500 * found[0]
    return found[0]


def opened(path, key=OLD, **more):
    """A connection that waits for nobody, closed at the end of its block."""
    return closing(connect(path, key, busy_timeout_ms=50, **more))


def opens(path, key):
    """Whether a key opens the store and shows all of it."""
    try:
        with opened(path, key, read_only=True) as reader:
            return count(reader) == EVENTS
    except Tampered:
        return False


def test_rekey_leaves_the_new_key_only(path):
    """All is there under the new key, on the same connection too, and no page is left under the old one."""
    before = path.read_bytes()
    with opened(path) as writer:
        rekey(writer, NEW)
        assert count(writer) == EVENTS
        with transaction(writer):
            writer.execute("DELETE FROM event WHERE id = 1")
            say(writer)
    assert opens(path, NEW)
    assert not opens(path, OLD)
    after, pages = path.read_bytes(), range(0, len(before), 4096)
    assert len(after) == len(before)
    assert not any(before[page + 16 : page + 4096] in after for page in pages)


def test_again_after_rekey_opens_with_the_new_key(path):
    """What opens the database a second time knows of the change."""
    with opened(path) as writer:
        rekey(writer, NEW)
        with closing(again(writer)) as reader:
            assert count(reader) == EVENTS


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_rekey_with_a_key_of_another_size_is_refused(path, size):
    """SQLCipher would take other lengths for a passphrase."""
    with opened(path) as writer, pytest.raises(InputError, match="32 bytes"):
        rekey(writer, bytes(size))
    assert opens(path, OLD)


def test_rekey_while_another_writes_does_nothing(path):
    """It waits, then says so; the connection stays as good as it was."""
    with opened(path) as writer, opened(path) as other:
        with transaction(other), pytest.raises(Busy):
            rekey(writer, NEW)
        with transaction(writer):
            say(writer)
        assert count(other) == count(writer) == EVENTS + 1
        rekey(writer, NEW)


def test_rekey_that_fails_closes_its_connection(path, monkeypatch):
    """It would write under the new key, into a database of the old one."""
    with opened(path) as writer, opened(path) as other:
        # Somebody begins to write just after rekey has looked.
        monkeypatch.setattr(
            module, "transaction", lambda connection: closing(other.execute("BEGIN IMMEDIATE"))
        )
        with pytest.raises(Busy):
            rekey(writer, NEW)
        monkeypatch.undo()
        other.execute("ROLLBACK")
        with pytest.raises(StoreError), transaction(writer):
            say(writer)
    assert opens(path, OLD)


def test_rekey_while_another_reads_is_done_but_says_that_old_pages_are_left(path):
    """The reader keeps its snapshot to its end; the new key is in force; checkpoint() does the rest later."""
    with opened(path, read_only=True) as reader:
        reader.execute("BEGIN")
        assert count(reader) == EVENTS
        with opened(path) as writer, pytest.raises(Busy):
            rekey(writer, NEW)
        assert count(reader) == EVENTS
        assert opens(path, NEW)
        reader.execute("ROLLBACK")
        with pytest.raises(LockedError):
            count(reader)
    with opened(path, NEW) as writer:
        checkpoint(writer)
    assert opens(path, NEW)
    assert not opens(path, OLD)


def test_open_connections_are_told_to_open_again(path):
    """A reader and a writer with the old key hear of no damage and get no wrong value."""
    with opened(path) as writer, opened(path) as other, opened(path, read_only=True) as reader:
        count(reader), count(other)
        rekey(writer, NEW)
        for _ in range(2):
            with pytest.raises(LockedError, match="key") as caught:
                count(reader)
            assert "open the vault again" in caught.value.hint
            with pytest.raises(LockedError), transaction(other):
                say(other)
    assert opens(path, NEW)


READER = """
import sys
from pathlib import Path
from vault.errors import LockedError
from vault.store.connection import connect, mapped
reader = connect(Path(sys.argv[1]), bytes(range(32)), read_only=True)
print("ready", flush=True)
seen = set()
try:
    while True:
        with mapped():
            seen.add(reader.execute("SELECT count(*), sum(length(body)) FROM event").fetchone())
except LockedError:
    print(sorted(seen), flush=True)
"""


def test_readers_of_other_processes_see_all_until_they_are_told(path):
    """Two processes that read without a pause see every event each time, and then LockedError."""
    command = [sys.executable, "-c", READER, str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    readers = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [reader.stdout.readline() for reader in readers] == ["ready\n"] * 2
    with closing(connect(path, OLD)) as writer:
        rekey(writer, NEW)
    for reader in readers:
        assert reader.communicate(timeout=60) == (f"[({EVENTS}, {EVENTS * 500})]\n", "")
    assert opens(path, NEW)


def test_compact_gives_room_back_and_empties_the_wal(path):
    """After a deletion the file is as small as its content, and no page of before is in any file."""
    before = path.stat().st_size
    with opened(path) as writer:
        with transaction(writer):
            writer.execute("DELETE FROM event")
        compact(writer)
        assert path.with_name("vault.db-wal").stat().st_size == 0
        assert writer.execute("PRAGMA freelist_count").fetchone() == (0,)
        assert path.stat().st_size < before / 2
