"""Seals: every row is told, whatever wrote it; what is put back, taken away or added is found."""

from __future__ import annotations

import tempfile
from contextlib import closing, contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.errors import StoreError, Tampered
from vault.store import schema, seals
from vault.store.connection import close, connect, snapshot, transaction
from vault.store.rowsums import NOTHING, encoded, hashed, plus, tables

KEY = bytes(range(32))
CELLS = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text() | st.binary()


@contextmanager
def new_store():
    """A store of no rows, open for writing."""
    with tempfile.TemporaryDirectory() as folder:
        made = connect(Path(folder) / "vault.db", KEY, create=True)
        with transaction(made):
            schema.make(made)
        yield made
        close(made)


@pytest.fixture
def store():
    """A store of no rows."""
    with new_store() as made:
        yield made


def say(connection, *commands):
    """Run commands in one transaction."""
    with transaction(connection):
        for command, *cells in commands:
            connection.execute(command, cells)


def other(connection):
    """Open the same store once more, for writing."""
    path = Path(connection.execute("PRAGMA database_list").fetchone()[2])
    return closing(connect(path, KEY, busy_timeout_ms=50))


def broken(connection):
    """Return the scopes that don't hold."""
    with snapshot(connection):
        return seals.broken(connection)


def counter(connection):
    """Return the counter, the seals checked."""
    with snapshot(connection):
        return seals.check_manifest(connection)


def event(kind="checkin", body="{}"):
    """A command that adds an event."""
    return "INSERT INTO event (kind, at, body) VALUES (?, 1, ?)", kind, body


@given(st.lists(st.lists(CELLS, max_size=4), min_size=2, max_size=2))
def test_encoded_rows_are_equal_only_if_their_cells_are(rows):
    """No two rows have the same bytes: not 1 and 1.0, nor "ab", "c" and "a", "bc"."""
    one, two = rows
    same = [(type(cell), repr(cell)) for cell in one] == [(type(cell), repr(cell)) for cell in two]
    assert (encoded(one) == encoded(two)) == same


@given(st.lists(st.tuples(st.sampled_from("ab"), CELLS), max_size=8), st.randoms())
def test_sum_does_not_depend_on_the_order_of_rows(rows, random):
    """Rows that come in any order, and go again in another, come to nothing."""
    total = NOTHING
    for scope, cell in rows:
        total = plus(total, hashed(KEY, scope, [cell]))
    random.shuffle(rows)
    for scope, cell in rows:
        total = plus(total, hashed(KEY, scope, [cell]), -1)
    assert total == NOTHING


COMMANDS = st.sampled_from(
    [
        event(),
        event("audit", '{"n":1}'),
        ("REPLACE INTO setting VALUES ('zone', 'UTC')",),
        ("REPLACE INTO setting VALUES ('zone', 'Europe/Berlin')",),
        ("INSERT INTO setting VALUES ('zone', 'x') ON CONFLICT DO UPDATE SET value = value || 'x'",),
        ("INSERT OR IGNORE INTO setting VALUES ('zone', 'ignored')",),
        ("DELETE FROM setting",),
        ("UPDATE event SET at = at + 1",),
        ("DELETE FROM event WHERE id = (SELECT max(id) FROM event)",),
        ("INSERT INTO score SELECT hex(randomblob(12)), 0, 7, 's', 1, 'u', randomblob(4), 1",),
        ("UPDATE score SET value = 3, unit = 'v'",),
        ("DELETE FROM score",),
        (f"REPLACE INTO tombstone VALUES (1, x'{sha256(b'x').hexdigest()}', x'78')",),
    ]
)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.lists(COMMANDS, max_size=4), st.booleans()), max_size=6))
def test_transactions_leave_seals_that_hold(batches):
    """Whatever kind of command writes, and however many transactions fail, all seals hold at the end."""
    with new_store() as store:
        say(store, ("INSERT INTO origin VALUES (0, 's', 'a', 'v', 'null', '')",))
        for commands, fails in batches:
            with pytest.raises(StoreError) if fails else nullcontext():
                say(store, *commands, *[("INSERT INTO nothing VALUES (1)",)] * fails)
        assert broken(store) == []
        with other(store) as again:
            assert broken(again) == []


def test_every_table_and_column_is_sealed_but_frames(store):
    """A new table is sealed without a word; only blobs that have a SHA-256 beside them are left out."""
    names = {name for (name,) in store.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    sealed = {table.name: table for table in tables(store)}
    assert names - sealed.keys() == {"seal", "manifest", "sqlite_sequence"}
    for table in sealed.values():
        columns = {row[1] for row in store.execute(f"PRAGMA table_info({table.name})")}
        assert columns - set(table.columns) == ({table.frame} if table.frame else set())
        assert table.frame is None or "sha256" in table.columns
    assert {name for name, table in sealed.items() if table.frame} >= {"chunk", "daily", "stream", "document"}


def test_counter_counts_transactions_that_changed_something(store):
    """Not those that fail, do nothing, or undo what they did."""
    assert counter(store) == 0
    say(store, event(), event())
    say(store)
    say(store, ("INSERT INTO setting VALUES ('a', 'b')",), ("DELETE FROM setting",))
    with pytest.raises(StoreError):
        say(store, event(), ("INSERT INTO nothing VALUES (1)",))
    assert counter(store) == 1


def test_transaction_that_changes_nothing_writes_nothing(store):
    """Neither into the database nor into its WAL, in the first transaction or a later one."""
    path = Path(store.execute("PRAGMA database_list").fetchone()[2])
    with other(store) as again:
        before = [
            file.read_bytes() for file in sorted(path.parent.glob("vault.db*")) if "shm" not in file.name
        ]
        for connection in (store, again, again):
            say(connection, ("DELETE FROM setting WHERE name = 'none'",))
    after = [file.read_bytes() for file in sorted(path.parent.glob("vault.db*")) if "shm" not in file.name]
    assert after == before


def test_writers_take_turns(store):
    """Two connections that write in turn each go on from the other's seals."""
    with other(store) as again:
        for _ in range(3):
            say(store, event())
            say(again, event(), event("audit"))
        assert counter(store) == counter(again) == 6
        assert broken(store) == broken(again) == []


@pytest.mark.parametrize(
    ("command", "scope"),
    [
        ("DELETE FROM event WHERE id = 1", "event:checkin"),
        ("UPDATE event SET body = '{\"soreness\":1}' WHERE id = 2", "event:checkin"),
        ("UPDATE event SET kind = 'audit' WHERE id = 2", "event:audit"),
        ("INSERT INTO event VALUES (9, 'checkin', 1, '{}')", "event:checkin"),
        ("UPDATE setting SET value = 'Asia/Tokyo'", "setting"),
        ("DELETE FROM setting", "setting"),
        ("INSERT INTO tombstone VALUES (1, x'00', x'00')", "tombstone"),
    ],
)
def test_check_finds_rows_that_were_changed_beside_it(store, command, scope):
    """A row put back, taken away or forged, by SQL outside of transaction(), breaks its scope."""
    say(store, event(), event(body='{"mood":3}'), ("INSERT INTO setting VALUES ('zone', 'UTC')",))
    store.execute(command)
    with other(store) as reader, snapshot(reader), pytest.raises(Tampered, match=scope):
        seals.check(reader, scope)


def test_a_later_write_does_not_seal_what_was_changed_before(store):
    """The sum follows changes only, so a forged row stays a forged row."""
    say(store, event(), event())
    store.execute("UPDATE event SET at = 9 WHERE id = 1")
    say(store, event(), event())
    assert broken(store) == ["event:checkin"]


@pytest.mark.parametrize(
    "command",
    [
        "UPDATE seal SET n = n + 1 WHERE scope = 'event:checkin'",
        "UPDATE seal SET sum = randomblob(32) WHERE scope = 'event:checkin'",
        "UPDATE seal SET scope = 'event:audit'",
        "DELETE FROM seal",
        "UPDATE manifest SET counter = counter + 1",
        "UPDATE manifest SET key = randomblob(32)",
        "UPDATE manifest SET mac = randomblob(32)",
        "DELETE FROM manifest",
    ],
)
def test_check_manifest_finds_changed_seals(store, command):
    """Seals, counter, key and MAC belong together; nothing is read or written over others."""
    say(store, event())
    store.execute(command)
    with other(store) as again:
        with snapshot(again), pytest.raises(Tampered):
            seals.check_manifest(again)
        with snapshot(again), pytest.raises(Tampered):
            seals.check(again, "event:checkin")
        with pytest.raises(Tampered):
            say(again, event())


def test_check_within_a_transaction_counts_what_it_wrote(store):
    """A writer reads what it has just written, before it is sealed."""
    say(store, event())
    with transaction(store):
        for _ in range(2):
            store.execute(*event()[:1], event()[1:])
            seals.check(store, "event:checkin")
    assert broken(store) == []


def test_check_sums_rows_once_for_a_seal(store, monkeypatch):
    """Reading again costs nothing until somebody else writes to the scope."""
    summed = []
    real = seals.sums
    monkeypatch.setattr(seals, "sums", lambda *args: summed.append(args[-1]) or real(*args))
    say(store, event(), event("audit"))
    with other(store) as reader:
        for _ in range(3):
            for kind in ("checkin", "audit"):
                with snapshot(reader):
                    seals.check(reader, f"event:{kind}")
        assert summed == ["checkin", "audit"]
        say(store, event("audit"))
        for kind in ("checkin", "audit"):
            with snapshot(reader):
                seals.check(reader, f"event:{kind}")
    assert summed == ["checkin", "audit", "audit"]


def test_check_frame_is_about_the_bytes():
    """A frame that is not the one of its row is told."""
    seals.check_frame(b"", bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
    with pytest.raises(Tampered):
        seals.check_frame(b"x", bytes(32))


def test_rebuild_seals_rows_as_they_are(store):
    """A migration ends with seals that hold, a counter of its own, and triggers for what follows."""
    say(store, event())
    store.execute("UPDATE event SET at = 9")
    with transaction(store):
        seals.rebuild(store)
        store.execute(*event()[:1], event()[1:])
    assert counter(store) == 1
    assert broken(store) == []
