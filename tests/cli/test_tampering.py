"""What was touched from outside is noticed, and ends with exit code 5 (4 where it looks like a wrong key)."""

from __future__ import annotations

import json
import os
import re
import shutil
import zipfile
from pathlib import Path

import pytest

import vault
from policies.signing import public_key, sign


def flip(path: Path, place: int) -> None:
    """Change one byte of a file."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_changed_database_is_noticed(shell):
    """A page of the database that is not what was written stops the command."""
    database = Path("my.vault/vault.db")
    for place in range(8192, database.stat().st_size, 4096):
        flip(database, place)
    assert shell.line("vitalvault show steps").code == 5


def other_digit(digit: re.Match[str]) -> str:
    """Return another hexadecimal digit."""
    return "1" if digit[0] == "0" else "0"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (r'(?<="wrapped": ").', other_digit, 4),
        (r'(?<="seal": ").', other_digit, 5),
        (r'"version": 2', '"version": 3', 5),
        (r"\}", "", 5),
    ],
)
def test_changed_header_opens_nothing(shell, old, new, code):
    """A key that was touched looks like a wrong passphrase; any other change is told as what it is."""
    header = Path("my.vault/vault.json")
    header.write_text(re.sub(old, new, header.read_text("utf-8")), "utf-8")
    assert shell.line("vitalvault status").code == code


def test_vault_put_back_is_noticed_by_the_counter(shell):
    """An older copy of the whole folder looks whole, but not to whoever remembers the counter."""
    shutil.copytree("my.vault", "older.vault")
    shell.line("vitalvault checkin --energy 3")
    counter = json.loads(shell.line("vitalvault verify --json").out)["counter"]
    shutil.rmtree("my.vault")
    Path("older.vault").rename("my.vault")
    assert shell.line("vitalvault verify").code == 0
    ran = shell.line(f"vitalvault verify --counter {counter}")
    assert (ran.code, ran.out) == (5, "")


def test_doctor_looks_at_what_does_not_open(shell):
    """A damaged header is told by name, with the command that mends it, and exit code 5."""
    Path("my.vault/vault.json").write_text("{", "utf-8")
    ran = shell.line("vitalvault doctor --json")
    assert ran.code == 5
    (header,) = [one for one in json.loads(ran.out) if one["name"] == "header"]
    assert header["state"] == "fault"
    assert header["mend"].startswith("vitalvault restore")


def test_header_of_a_restored_backup_opens_the_vault_again(shell):
    """Where vault.json alone is damaged, that of the last backup opens the data of today."""
    shell.line("vitalvault backup me.backup")
    shell.line("vitalvault checkin --energy 3")
    Path("my.vault/vault.json").write_text("{", "utf-8")
    assert shell.line("vitalvault status").code == 5
    shell.line("vitalvault restore me.backup --to restored.vault")
    shutil.copy("restored.vault/vault.json", "my.vault/vault.json")
    assert shell.line("vitalvault verify").code == 0


def test_changed_backup_restores_nothing(shell):
    """A backup with one changed byte, wherever it is, is refused before a folder is made."""
    shell.line("vitalvault backup me.backup")
    size = Path("me.backup").stat().st_size
    for place in (20, size // 2, size - 200, size - 1):
        flip(Path("me.backup"), place)
        ran = shell.line("vitalvault restore me.backup --to restored.vault")
        assert (ran.code, ran.out) == (5, ""), place
        assert not Path("restored.vault").exists()
        flip(Path("me.backup"), place)
    assert shell.line("vitalvault restore me.backup --to restored.vault").code == 0


def test_rewritten_log_is_noticed(shell):
    """An entry that was slipped into the audit log is found by audit verify."""
    shell.line("vitalvault show steps --as coach-anna --for coaching")
    with vault.open("my.vault", os.environ["VITALVAULT_PASSPHRASE"]) as opened:
        entry = opened.events("audit")[-1].body
        opened.append_event("audit", {**entry, "seq": 2})
    ran = shell.line("vitalvault audit verify")
    assert ran.code == 5
    assert ran.err.startswith("vitalvault: error: the audit log does not hold from entry 2 on")


def test_forged_grant_shows_nothing(shell):
    """A grant that this vault has not signed stops every answer to a grantee, and is told to the owner."""
    shell.line("vitalvault consent grant coach-anna --preset coach --yes-i-saw SEEN")
    with vault.open("my.vault", os.environ["VITALVAULT_PASSPHRASE"]) as opened:
        body = opened.events("grant")[0].body
        forged = json.loads(json.dumps(body).replace("coach-anna", "coach-bert"))
        opened.append_event("grant", forged)
    for grantee in ("coach-anna", "coach-bert"):
        assert shell.line(f"vitalvault show readiness_score --as {grantee} --for coaching").code == 3
    assert shell.line("vitalvault consent list").code == 5


@pytest.mark.parametrize("change", ["value", "audit", "list"])
def test_changed_receipt_is_no_witness(shell, change):
    """A receipt whose content was touched, or that is none, does not pass."""
    grant = shell.line("vitalvault consent grant coach-anna --preset coach --yes-i-saw SEEN").out.strip()
    receipt = json.loads(shell.line(f"vitalvault consent receipt {grant}").out)
    if change == "value":
        receipt["record"]["dct:language"] = "de"
    elif change == "audit":
        receipt["audit"]["size"] = 0
    Path("receipt.json").write_text(json.dumps([receipt] if change == "list" else receipt), "utf-8")
    assert shell.line("vitalvault audit verify --against receipt.json").code == (1 if change == "list" else 5)


def test_receipt_of_another_vault_is_no_witness(shell):
    """A receipt that another vault has signed says nothing about this one's log."""
    other = "vitalvault --vault other.vault"
    shell.line(f"{other} init")
    grant = shell.line(f"{other} consent grant coach-anna --preset coach --yes-i-saw SEEN").out.strip()
    shell.line(f"{other} consent receipt {grant} > receipt.json")
    assert shell.line(f"{other} audit verify --against receipt.json").code == 0
    ran = shell.line("vitalvault audit verify --against receipt.json")
    assert (ran.code, ran.out) == (5, "")
    assert "another vault signed this receipt" in ran.err


@pytest.fixture
def header(shell):
    """The header of a share that this vault made and its recipient opened."""
    shell.line("vitalvault share keygen --out anna.key")
    shell.line("vitalvault consent grant coach-anna --preset coach --card anna.key.card --yes-i-saw SEEN")
    shell.line("vitalvault share create --to coach-anna --for coaching --out week.share")
    shell.line("vitalvault share open week.share --key anna.key --out week --json > opened.json")
    return json.loads(Path("week/header.json").read_text("utf-8"))


def test_header_of_a_share_is_a_witness(shell, header):
    """The file in the folder and the document of ``share open --json`` both agree with the log."""
    assert json.loads(Path("opened.json").read_text("utf-8"))["header"] == header
    for name in ("week/header.json", "opened.json"):
        assert shell.line(f"vitalvault audit verify --against {name}").code == 0


@pytest.mark.parametrize("name", ["size", "head", "at", "key", "signature"])
def test_changed_header_of_a_share_is_no_witness(shell, header, name):
    """What stands in it about the log is signed, so a recipient can't make up a log that was cut."""
    header["audit"][name] = 1 if name == "size" else other_end(header["audit"][name])
    Path("header.json").write_text(json.dumps(header), "utf-8")
    ran = shell.line("vitalvault audit verify --against header.json")
    assert (ran.code, ran.out) == (5, "")


@pytest.mark.parametrize("audit", [None, 7, "log", [], [1], {}])
def test_header_without_a_log_is_no_witness(shell, header, audit):
    """A header whose log is no object, or empty, is refused as what it is."""
    Path("header.json").write_text(json.dumps(header | {"audit": audit}), "utf-8")
    assert shell.line("vitalvault audit verify --against header.json").code in (1, 5)


def other_end(text: str) -> str:
    """Return a text with another last character."""
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def test_changed_share_opens_nothing(shell, header):
    """A share with one changed byte, wherever it is, is refused before a folder is made."""
    size = Path("week.share").stat().st_size
    for place in (0, 100, size // 2, size - 1):
        flip(Path("week.share"), place)
        ran = shell.line("vitalvault share open week.share --key anna.key --out other")
        # There the key is wrapped, in letters: another letter is another key, any other sign is no share.
        assert ran.code in ((4, 5) if place == 100 else (5,)), place
        assert ran.out == ""
        assert not Path("other").exists()
        flip(Path("week.share"), place)


def test_changed_bundle_is_noticed(shell):
    """A bundle with a changed, an added or a missing file, or cut short, is not whole."""
    shell.line("vitalvault export bundle --out me.zip")
    changed = "data/csv/body_mass.csv"
    with zipfile.ZipFile("me.zip") as whole:
        files = {name: whole.read(name) for name in whole.namelist()}
    bundles = {
        "changed.zip": files | {changed: files[changed].replace(b"7", b"8", 1)},
        "more.zip": files | {"data/csv/more.csv": b"more"},
        "less.zip": {name: content for name, content in files.items() if name != changed},
    }
    for name, content in bundles.items():
        with zipfile.ZipFile(name, "w") as bundle:
            for path, data in content.items():
                bundle.writestr(path, data)
    Path("cut.zip").write_bytes(Path("me.zip").read_bytes()[:-100])
    for name in (*bundles, "cut.zip"):
        ran = shell.line(f"vitalvault export verify {name} --json")
        assert ran.code == 5, name
        assert json.loads(ran.out)["problems"], name


def test_resigned_bundle_is_noticed(shell):
    """A manifest signed anew with another key is found without knowing the owner's, and with --mine named."""
    shell.line("vitalvault export bundle --out me.zip")
    assert shell.line("vitalvault export verify me.zip --mine").code == 0
    with zipfile.ZipFile("me.zip") as whole:
        files = {name: whole.read(name) for name in whole.namelist()}
    seed = bytes(32)
    files["manifest.sig"] = sign(seed, "bundle", json.loads(files["manifest.json"])).encode()
    files["owner.pub"] = public_key(seed).encode()
    with zipfile.ZipFile("forged.zip", "w") as forged:
        for path, data in files.items():
            forged.writestr(path, data)
    ran = shell.line("vitalvault export verify forged.zip")
    assert ran.code == 5
    assert "audit/checkpoints.json: the checkpoint is not what this vault signed" in ran.out
    ran = shell.line("vitalvault export verify forged.zip --mine")
    assert ran.code == 5
    assert "owner.pub: another key than the one asked for" in ran.out
