"""Stories of files that left: who opens them, who does not, and what no program can prevent."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyrage
import pytest

import vault


@pytest.fixture
def anna(alex):
    """Alex has sent Anna the week up to 5 April; the grant and so the share end with 31 May."""
    terms = f"coach-anna --preset coach --until 2026-05-31 --card {alex.card('anna')}"
    alex.grant = alex.grants(terms)
    alex.does("share create --to coach-anna --for coaching --from 2026-03-30 --out week.share")
    return alex


def test_share_passed_on_to_a_stranger(anna):
    """Carl gets the file from Anna: his key does not open it, not even when Anna wraps it anew for him."""
    anna.card("carl")
    refused = anna.tries("share open week.share --key carl.key --out week")
    assert (refused.code, refused.out) == (4, "")
    keys = {name: Path(f"{name}.key").read_text("utf-8").strip() for name in ("anna", "carl")}
    mine = pyrage.x25519.Identity.from_str(keys["anna"])
    his = pyrage.x25519.Identity.from_str(keys["carl"]).to_public()
    Path("for-carl.share").write_bytes(
        pyrage.encrypt(pyrage.decrypt(Path("week.share").read_bytes(), [mine]), [his])
    )
    refused = anna.tries("share open for-carl.share --key carl.key --out week")
    assert (refused.code, refused.out) == (3, "")
    assert "made for somebody else" in refused.err
    assert not Path("week").exists()


def test_card_that_leaked(anna):
    """Anna's card is public: whoever finds it can write to her, and open nothing that was written to her."""
    refused = anna.tries("share open week.share --key anna.key.card --out week")
    assert (refused.code, refused.out) == (1, "")
    assert "AGE-SECRET-KEY" not in Path("anna.key.card").read_text("utf-8")


def test_old_card_of_a_lost_phone(anna):
    """Anna lost the phone with her key: with a new card, new shares open with the new key, none with the old.

    Nobody gets another key while a grant runs: the old one is revoked first. What was sent before still opens
    with the old key until its end: that can't be called back.
    """
    anna.does(f"consent revoke {anna.grant}")
    anna.grants(f"coach-anna --preset coach --card {anna.card('anna2')}")
    anna.does("share create --to coach-anna --for coaching --out new.share")
    assert anna.tries("share open new.share --key anna.key --out stolen").code == 4
    assert anna.tries("share open new.share --key anna2.key --out new").code == 0
    assert anna.tries("share open week.share --key anna.key --out old").code == 0


def test_card_somebody_swapped(anna):
    """Mallory puts a card of hers, in Anna's name, into the mail: the number Anna reads aloud is another."""
    anna.does('share keygen --out mallory.key --name "anna"')
    read_aloud = anna.does("share fingerprint anna.key.card")
    assert anna.does("share fingerprint mallory.key.card") != read_aloud
    assert read_aloud.startswith("anna: ")


def test_clock_set_back_on_the_other_side(anna):
    """After its end, the share does not open; with the clock set back it does, and says as much."""
    anna.on("2026-06-01T00:00:00+02:00")
    assert anna.tries("share open week.share --key anna.key --out late").code == 3
    anna.on("2026-05-01T00:00:00+02:00")
    opened = json.loads(anna.does("share open week.share --key anna.key --out late --json"))
    assert opened["header"]["not_after"] == "2026-05-31T22:00:00+00:00"
    assert any("can't delete what was copied" in limit for limit in opened["header"]["limits"])


def test_clock_set_back_after_a_revocation(anna):
    """A revocation does not go by the clock: whatever time it is made to be, what was revoked stays so."""
    anna.does(f"consent revoke {anna.grant}")
    for moment in ("2026-04-05T10:00:01+02:00", "2026-04-05T09:00:00+02:00", "2025-01-01T00:00:00+01:00"):
        anna.on(moment)
        assert anna.tries("show readiness_score --as coach-anna --for coaching").code == 3
        assert anna.tries("share create --to coach-anna --for coaching --out more.share").code != 0


def test_share_with_the_senders_name_on_it(anna):
    """Mallory sends Anna a week of her own, in Alex's name: who knows Alex's key sees that it is not his."""
    alexs = json.loads(anna.does("share open week.share --key anna.key --out week --json"))["header"][
        "issuer"
    ]
    anna.does("--vault mallory.vault init")
    anna.does("--vault mallory.vault import export.zip --timezone Europe/Berlin")
    other = "--vault mallory.vault"
    anna.does(f"{other} consent grant coach-anna --preset coach --card anna.key.card --yes-i-saw SEEN")
    anna.does(f"{other} share create --to coach-anna --for coaching --out false.share")
    refused = anna.tries(f"share open false.share --key anna.key --out false --signer {alexs}")
    assert (refused.code, refused.out) == (5, "")
    assert "another vault" in refused.err


def test_vault_put_back_to_before_a_share(anna):
    """Alex puts back an older copy of the vault: it looks whole, but Anna's header tells of a longer log."""
    shutil.copytree("my.vault", "older.vault")
    anna.does("share create --to coach-anna --for coaching --out next.share")
    anna.does("share open next.share --key anna.key --out next")
    assert anna.tries("audit verify --against next/header.json").code == 0
    shutil.rmtree("my.vault")
    Path("older.vault").rename("my.vault")
    assert anna.tries("audit verify").code == 0
    ran = anna.tries("audit verify --against next/header.json")
    assert (ran.code, ran.out) == (5, "")
    assert "not the one a witness has seen" in ran.err


def test_share_opens_on_a_machine_without_any_vault(anna, tmp_path, monkeypatch):
    """On Anna's machine there are the file, her key and the program: that is enough, and makes no vault."""
    place = tmp_path / "annas"
    place.mkdir()
    for name in ("week.share", "anna.key"):
        (place / name).write_bytes(Path(name).read_bytes())
    monkeypatch.chdir(place)
    monkeypatch.delenv("VITALVAULT_PASSPHRASE")
    anna.does("share open week.share --key anna.key --out week")
    assert sorted(path.name for path in place.iterdir()) == ["anna.key", "week", "week.share"]
    with pytest.raises(vault.VaultError):
        vault.open("my.vault", "guessed")
