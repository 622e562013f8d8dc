"""A vault with a damaged page: nothing makes it worse, and nothing calls it whole."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import vault
from vault.care.doctor import examine
from vault.errors import InputError, NotAVault, Tampered, VaultError
from vault.records import Origin, Samples, SourceFile
from vault.time import SECOND_NS

pytestmark = pytest.mark.usefixtures("cheap_keys")

PASSPHRASE, ANOTHER = "correct horse battery", "copper lantern quiet harbour"
PAGE = 4096
T = 1_774_000_000 * SECOND_NS


def batch(metric: str, values) -> Samples:
    """Return a sample a minute."""
    n = len(values)
    start = T + np.arange(n, dtype=np.int64) * 60 * SECOND_NS
    zeros = np.zeros(n, np.int32)
    return Samples(metric, start, start, zeros.astype(np.int16), values, zeros, [Origin("Watch", "test")])


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A vault of some pages that was closed."""
    from vault.keys import kdf

    folder = tmp_path_factory.mktemp("whole") / "me.vault"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kdf, "DEFAULT", kdf.Cost(8, 1, 1))
        patch.setattr(kdf, "FLOOR", kdf.Cost(8, 1, 1))
        with vault.create(folder, PASSPHRASE) as made:
            noise = np.random.default_rng(7).normal(70, 9, 20_000).clip(40, 180)
            made.ingest([batch("heart_rate", noise), batch("spo2", noise[:2_000] / 2 + 50)])
    return folder


@pytest.fixture
def damaged(whole, tmp_path):
    """Return what makes a copy in which one bit of a page is flipped."""

    def make(page: int) -> Path:
        folder = Path(shutil.copytree(whole, tmp_path / f"page-{page}.vault"))
        database = folder / "vault.db"
        raw = bytearray(database.read_bytes())
        raw[(page - 1) * PAGE + 100] ^= 1
        database.write_bytes(raw)
        return folder

    return make


def pages(folder: Path) -> list[int]:
    """Return pages of samples, which can be damaged without keeping the vault from being opened."""
    with vault.open(folder, PASSPHRASE, read_only=True) as opened:
        query = "SELECT rootpage FROM sqlite_schema WHERE name = 'chunk'"
        (root,) = opened._store.connection.execute(query).fetchone()
    count = (folder / "vault.db").stat().st_size // PAGE
    assert count > root + 40
    return list(range(count - 36, count, 6))


def test_backup_of_a_damaged_vault_is_refused(whole, damaged, tmp_path):
    """A damaged page is found while it is copied, and nothing is left that looks like a backup."""
    refused = 0
    for page in pages(whole):
        target = tmp_path / f"{page}.backup"
        with pytest.raises(Tampered), vault.open(damaged(page), PASSPHRASE) as opened:
            opened.backup(target)
        assert not list(tmp_path.glob(f"{page}.backup*"))
        refused += 1
    assert refused > 3


def test_rekey_of_a_damaged_vault_changes_nothing(whole, damaged):
    """Damage is found before a key is changed: the old passphrase opens what is left."""
    for page in pages(whole)[:4]:
        folder = damaged(page)
        header = (folder / "vault.json").read_bytes()
        with vault.open(folder, PASSPHRASE) as opened, pytest.raises(Tampered):
            opened.rekey(ANOTHER, data=True)
        assert (folder / "vault.json").read_bytes() == header
        vault.open(folder, PASSPHRASE).close()


def test_erase_in_a_damaged_vault_says_so_and_keeps_the_keys(whole, damaged):
    """The error is of the damage, in this session and the next call, not of a key that was changed."""
    folder = damaged(pages(whole)[2])
    header = (folder / "vault.json").read_bytes()
    with vault.open(folder, PASSPHRASE) as opened:
        for _ in range(2):
            with pytest.raises(Tampered):
                opened.erase("heart_rate")
    assert (folder / "vault.json").read_bytes() == header


def test_doctor_and_verify_find_a_damaged_page(whole, damaged, clock):
    """Whichever page it is, both say so."""
    for page in pages(whole):
        folder = damaged(page)
        findings = {one.name: one.state for one in examine(folder, PASSPHRASE, clock=clock)}
        assert findings["pages"] == "fault"
        with vault.open(folder, PASSPHRASE) as opened, pytest.raises(Tampered):
            opened.verify()


@pytest.mark.parametrize(("file", "words"), [("vault.json", "header is missing"), ("vault.db", "database")])
def test_vault_with_a_part_missing_is_damaged_and_not_absent(whole, tmp_path, file, words):
    """Nobody is told to make a new vault where half of one lies."""
    folder = Path(shutil.copytree(whole, tmp_path / "half.vault"))
    (folder / file).unlink()
    with pytest.raises(Tampered, match=words) as caught:
        vault.open(folder, PASSPHRASE)
    assert "restore" in caught.value.hint
    with pytest.raises(NotAVault):
        vault.open(tmp_path / "nothing.vault", PASSPHRASE)


def test_erase_of_a_period_the_wrong_way_round_is_refused(whole, tmp_path):
    """What would erase nothing by a slip is no erasure."""
    folder = Path(shutil.copytree(whole, tmp_path / "me.vault"))
    with vault.open(folder, PASSPHRASE) as opened, pytest.raises(InputError, match="ends before"):
        opened.erase(start="2026-03-05", end="2026-03-01")


def test_import_taken_back_is_no_source_of_an_export(tmp_path):
    """FHIR names the imports its data came from, and not one that was undone."""
    with vault.create(tmp_path / "me.vault", PASSPHRASE) as made:
        kept = [batch("spo2", np.array([97.0])), SourceFile("kept.zip", 1, "11" * 32)]
        gone = [batch("heart_rate", np.array([60.0])), SourceFile("gone.zip", 1, "22" * 32)]
        made.ingest(kept)
        report = made.ingest(gone)
        made.undo_import(report.import_id)
        told = [one for one in made.fhir() if one["resourceType"] == "Provenance"]
        assert "11" * 32 in str(told)
        assert "22" * 32 not in str(told)
        with pytest.raises(VaultError, match="taken back"):
            made.undo_import(report.import_id)
