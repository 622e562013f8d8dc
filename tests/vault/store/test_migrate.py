"""A database of format 1 becomes one of today's whole or not at all, and says what it said before."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from vault import keys
from vault.errors import Tampered
from vault.store import migrate as migration
from vault.store import schema, seals
from vault.store.connection import compact, connect
from vault.store.migrate import migrate
from vault.store.store import Store
from vault.store.undo import undo

VAULT_1 = Path(__file__).parents[2] / "vectors" / "vault-1"


@pytest.fixture(scope="module")
def key() -> bytes:
    """The database key of the golden vault of format 1."""
    code = (VAULT_1 / "recovery-code.txt").read_text("ascii").strip()
    return keys.unlock(VAULT_1, recovery_code=code).database


@pytest.fixture
def path(tmp_path):
    """Where a copy of its database lies."""
    return Path(shutil.copy(VAULT_1 / "vault.db", tmp_path))


@pytest.fixture
def old(path, key):
    """A copy of its database, open."""
    connection = connect(path, key)
    yield connection
    connection.close()


def everything(connection) -> dict[str, list]:
    """Return the tables, how they are made, and all of their rows."""
    tables = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
    ).fetchall()
    rows = {
        name: connection.execute(f"SELECT * FROM {name}").fetchall() for name, sql in tables if "TABLE" in sql
    }
    return {"tables": tables, **rows}


def nothing() -> None:
    """No backup."""


def test_migrate_makes_the_tables_of_a_new_database(old, clock, new_store):
    """Afterwards tables and indexes are those of a database made today, sealed, and able to shrink."""
    migrate(old, clock, nothing)
    with new_store() as store:
        assert everything(old)["tables"] == everything(store.connection)["tables"]
    assert schema.check(old) == schema.VERSION
    assert seals.broken(old) == []
    assert old.execute("PRAGMA foreign_key_check").fetchall() == []
    assert old.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    assert old.execute("PRAGMA freelist_count").fetchone() == (0,)


def test_migrate_keeps_digests(old, clock):
    """Chunks have the digests that they had, records the first 16 bytes of them: they say what they said."""
    tables = ("workout", "stream", "sleep_session", "strength_set", "score", "document")
    records = [f"SELECT substr(digest, 1, 16) FROM {name} ORDER BY digest" for name in tables]
    queries = ["SELECT digest FROM chunk ORDER BY digest", *records]
    before = [old.execute(query).fetchall() for query in queries]
    migrate(old, clock, nothing)
    assert [old.execute(query).fetchall() for query in queries] == before
    assert {len(one) for (one,) in old.execute("SELECT digest FROM told_record")} == {16}


def test_migrate_writes_down_both_counts(old, clock):
    """An event says how many rows each table had and has, and how many samples."""
    samples = old.execute("SELECT sum(n) FROM chunk").fetchone()[0]
    migrate(old, clock, nothing)
    (body,) = old.execute("SELECT body FROM event WHERE kind = 'migration'").fetchone()
    told = json.loads(body)
    assert (told["from"], told["to"]) == (1, 2)
    assert told["before"]["samples"] == samples
    assert told["before"].items() <= told["after"].items()
    assert told["after"]["told_chunk"] == told["before"]["chunk"]


def test_migrate_is_backed_up_before_and_once(old, path, key, clock):
    """What is called before sees the old format; a database of today's format is left alone."""
    seen = []

    def look() -> None:
        reader = connect(path, key, read_only=True)
        seen.append(schema.check(reader))
        reader.close()

    migrate(old, clock, look)
    after = everything(old)
    migrate(old, clock, look)
    assert seen == [1]
    assert everything(old) == after


def test_migrate_that_fails_leaves_all_as_it_was(old, clock, monkeypatch):
    """An error at the very end of a step takes everything back."""
    before = everything(old)

    def step(connection) -> None:
        migration._from_1(connection)
        raise OSError

    monkeypatch.setitem(migration.STEPS, 1, step)
    with pytest.raises(OSError):
        migrate(old, clock, nothing)
    assert everything(old) == before
    assert schema.check(old) == 1


def test_migrate_without_a_backup_does_nothing(old, clock):
    """If there is no room for the backup, there is no migration."""
    before = everything(old)

    def refuse() -> None:
        raise OSError

    with pytest.raises(OSError):
        migrate(old, clock, refuse)
    assert everything(old) == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE chunk SET digest = zeroblob(32) WHERE rowid = 1",
        "UPDATE chunk SET data = (SELECT data FROM chunk ORDER BY rowid DESC LIMIT 1) WHERE rowid = 1",
        "UPDATE chunk SET origins = '[1]' WHERE origins = '[0]'",
    ],
)
def test_migrate_refuses_a_chunk_that_was_changed(old, clock, change):
    """A chunk that does not say what its digest is of is not brought over as if it did."""
    old.execute(change)
    with pytest.raises(Tampered):
        migrate(old, clock, nothing)
    assert schema.check(old) == 1


def test_migrate_loses_no_row_unseen(old, clock, monkeypatch):
    """A step that leaves something out is not kept."""

    def careless(connection) -> None:
        migration._from_1(connection)
        connection.execute("DELETE FROM score")

    monkeypatch.setitem(migration.STEPS, 1, careless)
    with pytest.raises(Tampered, match="come out even"):
        migrate(old, clock, nothing)
    assert old.execute("SELECT count(*) FROM score").fetchone() == (1,)


def test_migrate_that_crashed_before_it_shrank_is_made_up_for(old, clock, monkeypatch):
    """The next time that pages are given back the file is written anew, and can shrink from then on."""
    monkeypatch.setattr(migration, "compact", lambda connection: None)
    migrate(old, clock, nothing)
    large = old.execute("PRAGMA page_count").fetchone()
    compact(old)
    assert old.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    assert old.execute("PRAGMA page_count").fetchone() < large


def test_migrate_lets_an_import_of_format_1_be_taken_back(path, key, clock):
    """What an import of then brought first goes; what it told again was not written down then."""
    connection = connect(path, key)
    migrate(connection, clock, nothing)
    connection.close()
    with Store.open(path, key) as store:
        before = sum(len(part) for part in store.columns("steps"))
        done = undo(store.connection, "2", home=store.home_zone, clock=clock)
        assert done.samples == before - sum(len(part) for part in store.columns("steps")) == 1
        assert seals.broken(store.connection) == []
