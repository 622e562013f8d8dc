"""What the encryption alone does not notice, pinned so that no document claims more than is true."""

from __future__ import annotations

import contextlib

import pytest

from vault.store.connection import close, connect, transaction

KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path):
    """A closed database with one row that says 'old'."""
    path = tmp_path / "vault.db"
    made = connect(path, KEY, create=True)
    with transaction(made):
        made.execute("CREATE TABLE t (a)")
        made.execute("INSERT INTO t VALUES ('old')")
    close(made)
    return path


def replace(path):
    """Say 'new' in place of 'old'."""
    opened = connect(path, KEY)
    with transaction(opened):
        opened.execute("UPDATE t SET a = 'new'")
    close(opened)


def rows(path):
    """Return what the table says, after SQLCipher's own check found nothing."""
    with contextlib.closing(connect(path, KEY)) as opened:
        assert opened.execute("PRAGMA cipher_integrity_check").fetchall() == []
        return [value for (value,) in opened.execute("SELECT a FROM t")]


def test_encryption_does_not_notice_a_file_put_back(path):
    """An older copy of the whole database opens as if it were the present one."""
    old = path.read_bytes()
    replace(path)
    assert rows(path) == ["new"]
    path.write_bytes(old)
    assert rows(path) == ["old"]


def test_encryption_does_not_notice_a_page_put_back(path):
    """An older copy of one page, in its own place, passes every check of the pages."""
    old = path.read_bytes()
    replace(path)
    path.write_bytes(path.read_bytes()[:4096] + old[4096:])
    assert rows(path) == ["old"]


def test_encryption_does_not_notice_a_cut_wal(path):
    """Commits behind a flipped bit in the WAL vanish; what is left is an earlier state, never a wrong one."""
    writer = connect(path, KEY)
    for value in range(5):
        with transaction(writer):
            writer.execute("INSERT INTO t VALUES (?)", (value,))
    files = {end: path.with_name(path.name + end).read_bytes() for end in ("", "-wal")}
    close(writer)
    wal = bytearray(files["-wal"])
    wal[len(wal) // 2] ^= 1
    path.write_bytes(files[""])
    path.with_name(path.name + "-wal").write_bytes(wal)
    left = rows(path)
    assert left == ["old", *range(len(left) - 1)]
    assert len(left) < 6
