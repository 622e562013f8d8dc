"""The encrypted connection: SQLCipher or nothing, silent, strict, one writer and many readers."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from vault.errors import (
    AlreadyExists,
    Busy,
    InputError,
    NotAVault,
    ReadOnly,
    StoreError,
    Tampered,
)
from vault.store import connection as module
from vault.store.connection import close, connect, mapped, transaction

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
ROOT = Path(__file__).parents[3]
MARKER = "resting heart rate of a known person"


@pytest.fixture
def path(tmp_path):
    """A database with one table of a hundred rows, closed."""
    path = tmp_path / "a vault?#%.db"
    made = connect(path, KEY, create=True)
    with transaction(made):
        made.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
        made.executemany("INSERT INTO t (b) VALUES (?)", [(f"{MARKER} {n}" * 20,) for n in range(100)])
    close(made)
    return path


@pytest.fixture
def opened(path):
    """The same database, open for writing."""
    opened = connect(path, KEY, busy_timeout_ms=50)
    yield opened
    close(opened)


def child(code, path, *, wait=True):
    """Run code in a process of its own, where connect, KEY and path are at hand."""
    head = (
        "import sys; from pathlib import Path; from vault.store.connection import *;"
        "KEY = bytes(range(32)); path = Path(sys.argv[1])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", head + code, str(path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return process.communicate(timeout=60) if wait else process


def count(connection):
    """Return the rows of the one table."""
    return connection.execute("SELECT count(*) FROM t").fetchone()[0]


def read_all(path):
    """Read every page as a reader does."""
    with mapped(), contextlib.closing(connect(path, KEY, read_only=True)) as reader:
        reader.execute("SELECT sum(length(b)) FROM t").fetchone()
        if reader.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise Tampered("a page of pointers, which reading values does not need")


def write(connection, *commands, error=None):
    """Run commands in one transaction, then raise the error if there is one."""
    with transaction(connection):
        for command in commands:
            connection.execute(command)
        if error:
            raise error


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("cipher_status", "1"),
        ("cipher_page_size", "4096"),
        ("cipher_hmac_algorithm", "HMAC_SHA512"),
        ("cipher_use_hmac", "1"),
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("secure_delete", 1),
        ("temp_store", 2),
        ("mmap_size", 0),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
        ("recursive_triggers", 1),
        ("auto_vacuum", 2),
        ("busy_timeout", 50),
    ],
)
def test_connect_sets_up_every_connection_alike(opened, pragma, value):
    """Encrypted, every commit synced, freed pages overwritten, nothing in temp files or maps."""
    assert opened.execute(f"PRAGMA {pragma}").fetchone() == (value,)


def test_connect_loads_no_extension(opened):
    """SQL can't load code."""
    with pytest.raises(StoreError), mapped():
        opened.execute("SELECT load_extension('evil')")


def test_connect_makes_files_for_the_owner_alone(path, opened):
    """Database, WAL and shared memory are 0600, whatever the umask."""
    with transaction(opened):
        opened.execute("DELETE FROM t WHERE a = 1")
    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert len(list(path.parent.iterdir())) == 3
    assert modes == {0o600}


def test_connect_leaves_no_plaintext_in_any_file(path, opened):
    """A written text is found in neither database, WAL nor shared memory, while open and after."""
    needles = [MARKER.encode(), MARKER[:12].encode(), b"SQLite format 3", b"CREATE TABLE"]
    with transaction(opened):
        opened.execute("UPDATE t SET b = b || ?", (MARKER,))
    files = [file.read_bytes() for file in path.parent.iterdir()]
    close(opened)
    files.append(path.read_bytes())
    assert len(files) == 4
    assert not any(needle in file for needle in needles for file in files)


def test_connect_is_sqlcipher_4_for_every_other_program(path):
    """The key as documented, given to SQLCipher with its own defaults, opens the file."""
    plain = dbapi2.connect(str(path))
    plain.execute(f"PRAGMA key = \"x'{KEY.hex()}'\"")
    assert plain.execute("SELECT count(*) FROM t").fetchone() == (100,)
    plain.close()


def test_connect_without_sqlcipher_refuses_to_write(tmp_path, monkeypatch):
    """There is no fall-back: an SQLite that can't encrypt gets no byte."""

    def plain(*args, factory, **more):
        return sqlite3.connect(*args, **more)

    monkeypatch.setattr(module.dbapi2, "connect", plain)
    with pytest.raises(StoreError, match="can't encrypt"):
        connect(tmp_path / "vault.db", KEY, create=True)
    assert (tmp_path / "vault.db").stat().st_size == 0


def test_connect_with_a_wrong_key_is_refused_in_silence(path):
    """In a fresh process nothing is on stderr, and the error is the one of a damaged file."""
    code = "try: connect(path, bytes(32))\nexcept Exception as error: print(type(error).__name__)"
    assert child(code, path) == ("Tampered\n", "")


def test_connect_with_a_wrong_key_shows_neither_key(path):
    """No traceback holds the key or the path."""
    with pytest.raises(Tampered) as caught:
        connect(path, OTHER_KEY)
    text = "".join(traceback.format_exception_only(caught.value)) + repr(caught.value.__cause__)
    assert OTHER_KEY.hex() not in text
    assert str(path) not in text


def test_connect_keeps_the_key_out_of_sql(path, monkeypatch):
    """The key goes in by a call, so that no trace of SQL ever holds it."""
    seen = []
    real = dbapi2.connect

    def tracing(*args, **kwargs):
        connection = real(*args, **kwargs)
        connection.set_trace_callback(seen.append)
        return connection

    monkeypatch.setattr(module.dbapi2, "connect", tracing)
    close(connect(path, KEY))
    assert any("cipher_log_level" in sql for sql in seen)
    assert not any(KEY.hex() in sql.lower() for sql in seen)


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_connect_with_a_key_of_another_size_is_refused(path, size):
    """SQLCipher would take other lengths for a passphrase."""
    with pytest.raises(InputError, match="32 bytes"):
        connect(path, bytes(size))


@pytest.mark.parametrize("content", [b"", b"x", b"hello" * 2000, b"SQLite format 3\0" * 512])
def test_connect_to_something_else_is_refused(tmp_path, content):
    """An empty file, text or a forged SQLite header is not this vault's database; it stays as it is."""
    path = tmp_path / "vault.db"
    path.write_bytes(content)
    with pytest.raises(Tampered):
        connect(path, KEY)
    assert path.read_bytes() == content


def test_connect_to_plain_sqlite_is_refused(tmp_path):
    """A database somebody left unencrypted is not taken over."""
    plain = sqlite3.connect(tmp_path / "vault.db")
    plain.execute("CREATE TABLE t (a)")
    plain.close()
    with pytest.raises(Tampered):
        connect(tmp_path / "vault.db", KEY)


def test_connect_to_nothing_says_so(tmp_path):
    """Opening never makes a file."""
    with pytest.raises(NotAVault):
        connect(tmp_path / "vault.db", KEY)
    assert not list(tmp_path.iterdir())


def test_connect_create_over_a_file_is_refused(path):
    """Creating never takes over a file."""
    with pytest.raises(AlreadyExists):
        connect(path, KEY, create=True)


def test_connect_create_in_no_folder_says_so(tmp_path):
    """A folder that is not there is told without its name."""
    with pytest.raises(ReadOnly) as caught:
        connect(tmp_path / "none" / "vault.db", KEY, create=True)
    assert str(tmp_path) not in "".join(traceback.format_exception_only(caught.value))
    assert caught.value.__suppress_context__


def test_connect_read_only_refuses_every_write(path):
    """A reader reads and can't write, not even the schema."""
    reader = connect(path, KEY, read_only=True)
    assert count(reader) == 100
    for sql in ("DELETE FROM t", "CREATE TABLE u (a)", "PRAGMA user_version = 3", "VACUUM"):
        with pytest.raises(ReadOnly), mapped():
            reader.execute(sql)
    close(reader)


def test_damaged_page_is_found_when_it_is_read(path):
    """A flipped bit at the start, middle or end of any page is found: never a wrong value."""
    intact = path.read_bytes()
    assert len(intact) > 20 * 4096
    for place in (page * 4096 + at for page in range(len(intact) // 4096) for at in (20, 2000, 4090)):
        damaged = bytearray(intact)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(Tampered):
            read_all(path)


def test_transaction_commits_at_the_end(path, opened):
    """What was written within is there for everybody after it."""
    with transaction(opened):
        opened.execute("DELETE FROM t WHERE a <= 40")
    reader = connect(path, KEY, read_only=True)
    assert count(reader) == 60
    close(reader)


@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt])
def test_transaction_rolls_back_on_any_error(opened, error):
    """An error within, also an interrupt, leaves nothing of it."""
    with pytest.raises(error):
        write(opened, "DELETE FROM t", error=error)
    assert count(opened) == 100
    assert not opened.in_transaction


def test_transaction_maps_the_errors_within(opened):
    """A broken constraint is an error of ours and undoes the whole transaction."""
    with pytest.raises(StoreError):
        write(opened, "DELETE FROM t WHERE a > 50", "INSERT INTO t (a) VALUES (1)")
    assert count(opened) == 100


def test_transaction_on_a_full_disk_keeps_what_was(opened):
    """No room for the pages: an error that says so, and the old state."""
    opened.execute(f"PRAGMA max_page_count = {opened.execute('PRAGMA page_count').fetchone()[0]}")
    with pytest.raises(StoreError, match="disk is full"), transaction(opened):
        opened.execute("INSERT INTO t (b) VALUES (?)", ("x" * 100_000,))
    assert count(opened) == 100
    assert not opened.in_transaction


def test_transaction_while_another_process_writes(path, opened):
    """A second writer waits its bounded time and gets Busy; readers go on and see the old state."""
    code = (
        "c = connect(path, KEY)\nwith transaction(c):\n"
        "  c.execute('DELETE FROM t')\n  print('held', flush=True)\n  sys.stdin.readline()\nclose(c)"
    )
    writer = child(code, path, wait=False)
    try:
        assert writer.stdout.readline() == "held\n"
        with pytest.raises(Busy), transaction(opened):
            pytest.fail("two writers at once")
        assert count(opened) == 100
        reader = connect(path, KEY, read_only=True)
        assert count(reader) == 100
        close(reader)
        assert writer.communicate("go\n", timeout=60) == ("", "")
    finally:
        writer.kill()
        writer.wait()
    assert count(opened) == 0


def test_transaction_waits_for_a_writer_that_ends_in_time(path):
    """A second writer whose time is long enough gets its turn."""
    first = child(
        "import time\nc = connect(path, KEY)\nwith transaction(c):\n"
        "  print('held', flush=True)\n  time.sleep(0.2)\nclose(c)",
        path,
        wait=False,
    )
    assert first.stdout.readline() == "held\n"
    second = connect(path, KEY, busy_timeout_ms=30_000)
    with transaction(second):
        second.execute("DELETE FROM t")
    assert first.communicate(timeout=60) == ("", "")
    close(second)


def test_close_leaves_one_file(path, opened):
    """After the last one closes there is the database alone, no WAL beside it."""
    with transaction(opened):
        opened.execute("DELETE FROM t WHERE a = 1")
    close(opened)
    assert list(path.parent.iterdir()) == [path]


def test_close_empties_the_wal_beside_an_idle_reader(path, opened):
    """With others still connected, the WAL is emptied, so that no deleted page stays in it."""
    reader = connect(path, KEY, read_only=True)
    with transaction(opened):
        opened.execute("DELETE FROM t")
    wal = path.with_name(path.name + "-wal")
    assert wal.stat().st_size > 0
    close(opened)
    assert wal.stat().st_size == 0
    assert count(reader) == 0
    close(reader)


def test_close_does_not_wait_for_a_reader_that_reads(path, opened):
    """A reader in the middle of its snapshot keeps it; closing neither fails nor disturbs it."""
    reader = connect(path, KEY, read_only=True)
    reader.execute("BEGIN")
    assert count(reader) == 100
    with transaction(opened):
        opened.execute("DELETE FROM t")
    close(opened)
    assert count(reader) == 100
    reader.execute("COMMIT")
    assert count(reader) == 0
    close(reader)


def test_close_twice_and_within_a_transaction_is_harmless(path):
    """An open transaction is rolled back; closing again does nothing."""
    opened = connect(path, KEY)
    opened.execute("BEGIN IMMEDIATE")
    opened.execute("DELETE FROM t")
    close(opened)
    close(opened)
    reader = connect(path, KEY, read_only=True)
    assert count(reader) == 100
    close(reader)
