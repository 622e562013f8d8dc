"""A vault whose work was interrupted, or got in each other's way: what stands opens, and says what it is."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import vault
from vault.care.doctor import examine
from vault.errors import Busy, Tampered
from vault.records import Document, Origin, Samples, Score, SourceFile, Workout
from vault.store import seals
from vault.time import SECOND_NS

pytestmark = pytest.mark.usefixtures("cheap_keys")

PASSPHRASE, ANOTHER = "correct horse battery", "copper lantern quiet harbour"
GOLDEN = Path(__file__).parents[1] / "vectors" / "vault-1"
T = 1_774_000_000 * SECOND_NS
WATCH = Origin("Watch", "test")


def beats(after: int = 0) -> Samples:
    """Return three beats, some seconds later."""
    start = T + (np.arange(3, dtype=np.int64) + after) * SECOND_NS
    zeros = np.zeros(3, np.int32)
    return Samples("heart_rate", start, start, zeros.astype(np.int16), start % 7 + 60.0, zeros, [WATCH])


@pytest.fixture
def made(tmp_path):
    """A vault with something in it."""
    with vault.create(tmp_path / "me.vault", PASSPHRASE) as opened:
        opened.ingest([beats(), SourceFile("a", 1, "11" * 32)])
        yield opened


@pytest.mark.parametrize("call", range(1, 6))
def test_interruption_while_seals_are_written_leaves_them_true(made, tmp_path, monkeypatch, call):
    """Ctrl-C at any seal takes the import back, and what is written after it is sealed rightly."""
    real, calls = seals._put, iter(range(1, 100))

    def interrupted(*args):
        if next(calls) == call:
            raise KeyboardInterrupt
        real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(seals, "_put", interrupted)
        with pytest.raises(KeyboardInterrupt):
            made.ingest([beats(9), SourceFile("b", 1, "22" * 32)])
    made.checkin(date(2026, 3, 20), mood=3)
    with vault.open(tmp_path / "me.vault", PASSPHRASE) as again:
        again.verify()
        assert len(again.samples("heart_rate")) == 3


def test_text_with_a_nul_is_kept_without_it(made, tmp_path):
    """A NUL, at which SQLite's functions end a text, would make a row that no seal fits."""
    origin = Origin("Wat\0ch", "test", app="a\0b")
    records = [
        Workout("w\0", T, T + SECOND_NS, 60, "run\0ning", origin),
        Score(20_500, origin, "sco\0re", 1.0, "%\0"),
        Document("ki\0nd", "k\0", origin, "text/plain", b"a\0b", T),
    ]
    made.ingest([*records, SourceFile("n\0.zip", 1, "33" * 32)])
    with vault.open(tmp_path / "me.vault", PASSPHRASE) as again:
        again.verify()
        assert again.workouts()["activity"].tolist() == ["run?ning"]
        assert [one.body for one in again.documents()] == [b"a\0b"]
        again.undo_import(again.imports()["import_id"].iloc[-1])
        again.verify()


def holding(folder: Path) -> vault.Vault:
    """Return the vault opened for reading, with a snapshot that it holds."""
    reader = vault.open(folder, PASSPHRASE, read_only=True)
    reader._store.connection.execute("BEGIN")
    reader._store.connection.execute("SELECT count(*) FROM chunk").fetchone()
    return reader


def test_new_keys_while_somebody_reads_are_refused_before_anything_is_changed(made, tmp_path):
    """The old passphrase stays, and the vault stays open."""
    made._store.connection.execute("PRAGMA busy_timeout = 50")
    reader = holding(tmp_path / "me.vault")
    made.checkin(date(2026, 3, 20), mood=3)
    with pytest.raises(Busy):
        made.rekey(ANOTHER, data=True)
    reader.close()
    assert len(made.samples("heart_rate")) == 3
    code = made.rekey(ANOTHER, data=True)
    made.close()
    with vault.open(tmp_path / "me.vault", recovery_code=code) as again:
        again.verify()


def test_erasure_while_somebody_reads_leaves_the_vault_open(made, tmp_path):
    """What is left to do is told, and done by the next opening."""
    made._store.connection.execute("PRAGMA busy_timeout = 50")
    reader = holding(tmp_path / "me.vault")
    with pytest.raises(Busy):
        made.erase("heart_rate")
    assert made.metrics().empty
    reader.close()
    made.close()
    with vault.open(tmp_path / "me.vault", PASSPHRASE) as again:
        again.verify()
        assert {one.name: one.state for one in examine(tmp_path / "me.vault", PASSPHRASE)}[
            "unfinished"
        ] == "ok"


def test_backup_of_a_damaged_vault_of_format_1_is_refused(tmp_path):
    """The migration backs up first, and what is damaged is not taken over."""
    folder = Path(shutil.copytree(GOLDEN, tmp_path / "old.vault"))
    database = folder / "vault.db"
    raw = bytearray(database.read_bytes())
    raw[-5 * 4096 + 100] ^= 1
    database.write_bytes(raw)
    with pytest.raises(Tampered):
        vault.open(folder, "a vault for every later version")
    assert not list(folder.glob("*.backup*"))


def test_header_of_format_1_is_lifted_also_after_a_crash(tmp_path, monkeypatch):
    """If the migration ended before the header was written, the next opening writes it."""
    from vault import keys

    def interrupted(*args):
        raise KeyboardInterrupt

    folder = Path(shutil.copytree(GOLDEN, tmp_path / "old.vault"))
    with monkeypatch.context() as patch:
        patch.setattr(keys, "lift", interrupted)
        with pytest.raises(KeyboardInterrupt):
            vault.open(folder, "a vault for every later version")
    assert not keys.is_lifted(folder)
    vault.open(folder, "a vault for every later version").close()
    assert keys.is_lifted(folder)


def test_doctor_of_nothing_says_that_there_is_no_vault(tmp_path):
    """A folder that is not there is a finding, not an error."""
    (found,) = examine(tmp_path / "nothing.vault", PASSPHRASE)
    assert (found.name, found.state) == ("header", "fault")
