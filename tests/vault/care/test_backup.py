"""A backup: one moment of a vault in one encrypted file, and nobody else is disturbed."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

from sqlcipher3 import dbapi2

from vault import keys
from vault.care import backup as module
from vault.care.backup import DATABASE, backup, save
from vault.care.container import Container
from vault.care.restore import restore
from vault.store.connection import connect
from vault.store.store import Store

ROOT = Path(__file__).parents[3]

WRITER = """
import sys
from pathlib import Path
from vault.store.connection import transaction
from vault.store.store import Store
with Store.open(Path(sys.argv[1]), bytes.fromhex(sys.stdin.readline())) as store:
    for number in range(1, 1_000_000):
        with transaction(store.connection) as connection:
            for name in ("one", "other"):
                connection.execute("REPLACE INTO setting VALUES (?, ?)", (name, str(number) * 3000))
        if number == 1:
            print("begun", flush=True)
"""


def settings(folder, made):
    """Return what a restored vault has for settings."""
    with Store.open(folder / DATABASE, made.keys.database, read_only=True) as store:
        return dict(store.connection.execute("SELECT name, value FROM setting"))


def test_backup_says_what_it_made(made):
    """Size, counter, date and SHA-256 are those of the one file there is; it is for the owner alone."""
    counter = made.store.counter
    taken = made.take()
    raw = made.path.read_bytes()
    assert (taken.bytes, taken.sha256) == (len(raw), hashlib.sha256(raw).hexdigest())
    assert (taken.counter, taken.created, taken.recorded) == (counter, "2026-04-05T08:00:00Z", True)
    assert made.names() == ["my.backup"]
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600


def test_backup_is_recorded_in_the_vault(made):
    """The vault's log says when the last backup was, and of which state; not where it lies."""
    taken = made.take()
    event = made.store.last_event("backup")
    assert event.at == made.clock()
    assert event.body == {name: getattr(taken, name) for name in ("bytes", "counter", "created", "sha256")}


def test_backup_of_a_vault_that_can_not_be_written_to_is_taken_all_the_same(made):
    """What may not be recorded is still a backup, and says that it is not recorded."""
    with Store.open(made.folder / DATABASE, made.keys.database, read_only=True) as store:
        taken = backup(store, made.folder, made.keys, made.path, clock=made.clock)
    assert not taken.recorded
    assert taken.sha256 == hashlib.sha256(made.path.read_bytes()).hexdigest()


def test_backup_while_another_process_writes_is_of_one_moment(made, tmp_path):
    """Each of ten backups holds a whole transaction, and the writer goes on through all of them."""
    code = [sys.executable, "-c", WRITER, str(made.folder / DATABASE)]
    writer = subprocess.Popen(
        code,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        writer.stdin.write(made.keys.database.hex() + "\n")
        writer.stdin.flush()
        writer.stdout.readline()
        counters, numbers = [], []
        for number in range(10):
            taken = save(made.folder, made.keys, made.path, clock=made.clock, force=True)
            restore(made.path, tmp_path / f"{number}", made.passphrase)
            found = settings(tmp_path / f"{number}", made)
            assert found["one"] == found["other"]
            counters.append(taken.counter)
            numbers.append(int(found["one"][: len(found["one"]) // 3000]))
        assert writer.poll() is None
        assert len(set(counters)) > 1
        # One transaction is one step of the counter: nothing between was lost or seen twice.
        assert {one - other for one, other in zip(counters, numbers)} == {counters[0] - numbers[0]}
    finally:
        writer.kill()
        writer.communicate()


def test_backup_leaves_wal_and_readers_as_they_are(made):
    """The WAL is not emptied under anybody, and who reads an older state goes on reading it."""
    reader = connect(made.folder / DATABASE, made.keys.database, read_only=True)
    reader.execute("BEGIN")
    before = reader.execute("SELECT counter FROM manifest").fetchone()
    made.store.set_setting("a", "b")
    files = {name: (made.folder / name).read_bytes() for name in (DATABASE, f"{DATABASE}-wal")}
    taken = save(made.folder, made.keys, made.path, clock=made.clock)
    assert {name: (made.folder / name).read_bytes() for name in files} == files
    assert reader.execute("SELECT counter FROM manifest").fetchone() == before
    assert taken.counter == before[0] + 1
    reader.close()


def test_backup_has_a_salt_of_its_own_and_opens_as_any_sqlcipher_file(made):
    """Its first 16 bytes are not the vault's; the key alone opens it, with SQLCipher's own page size."""
    made.take()
    with made.path.open("rb") as file, (made.folder / DATABASE).open("rb") as source:
        assert file.read(16) != source.read(16)
    plain = dbapi2.connect(f"{made.path.as_uri()}?mode=ro", uri=True)
    plain.execute(f"PRAGMA key = \"x'{made.keys.database.hex()}'\"")
    assert plain.execute("PRAGMA cipher_page_size").fetchone() == ("4096",)
    assert plain.execute("SELECT count(*) FROM document").fetchone() == (5,)
    assert plain.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    plain.close()
    assert made.names() == ["my.backup"]


def test_backup_of_the_same_state_differs_in_every_page(made):
    """Pages are encrypted anew each time, so that two backups tell nobody what changed between them."""
    made.take()
    first = made.path.read_bytes()
    made.take(force=True)
    second = made.path.read_bytes()
    pages = range(0, Container.read(io.BytesIO(first)).size, 4096)
    assert not any(first[at : at + 4096] == second[at : at + 4096] for at in pages)


def test_backup_leaves_no_plaintext_in_any_file(made, tmp_path, monkeypatch):
    """Neither the file while it is written, nor a temporary one, nor the vault ever holds a word in plain."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    monkeypatch.setattr(module, "_STEP_PAGES", 1)
    needles = [made.marker.encode(), b"SQLite format 3", b"CREATE TABLE"]
    seen, ended = [], threading.Event()

    def watch():
        while not ended.is_set():
            for path in tmp_path.rglob("*"):
                try:
                    raw = path.read_bytes() if path.is_file() else b""
                except FileNotFoundError:
                    continue
                seen.append((path.name, len(raw), any(needle in raw for needle in needles)))
            time.sleep(0.001)

    watching = threading.Thread(target=watch)
    watching.start()
    for _ in range(10):
        made.take(force=True)
    ended.set()
    watching.join()
    assert any(name.endswith(".part") and size for name, size, _ in seen)
    assert not [name for name, _, found in seen if found]
    assert not any(needle in made.path.read_bytes() for needle in needles)


def test_backup_during_a_change_of_the_passphrase_opens_with_the_one_before(made, tmp_path, monkeypatch):
    """Header and database in it are of one moment, that of the beginning."""
    copy = module._copy

    def rewrapping(*args):
        keys.rewrap(made.folder, made.keys, "another passphrase")
        return copy(*args)

    monkeypatch.setattr(module, "_copy", rewrapping)
    made.take()
    restore(made.path, tmp_path / "restored", made.passphrase)
