"""What is asked at a terminal, and that a no is a no."""

from __future__ import annotations

import json
import os

import pytest


@pytest.fixture
def secrets(monkeypatch):
    """Answers for the prompts that show nothing; the fixture is the list of those still to be given."""
    answers: list[str] = []
    monkeypatch.setattr("getpass.getpass", lambda prompt="", stream=None: answers.pop(0))
    return answers


def test_init_asks_twice_for_the_passphrase(bare, secrets, monkeypatch):
    """A new passphrase is asked for until it is typed the same way twice, and then opens the vault."""
    monkeypatch.delenv("VITALVAULT_PASSPHRASE")
    secrets += [
        "four words by chance",
        "four words by chanse",
        "four words by chance",
        "four words by chance",
    ]
    made = bare.run("init", typed="")
    assert made.code == 0
    assert "do not match" in made.err
    assert len(made.out.split()) == 1
    secrets += ["four words by chance"]
    assert bare.run("status", typed="").code == 0
    assert secrets == []


def test_grant_is_asked_for_after_the_preview(shell):
    """The question comes after the owner has seen their own data; it stands on stderr."""
    ran = shell.run("consent", "grant", "coach-anna", "--preset", "coach", typed="y\n")
    assert ran.code == 0
    assert "coach-anna would see readiness_score, daily:\ndate        value\n2026-03-23" in ran.out
    assert "Grant this?" in ran.err
    assert ran.out.split()[-1] in shell.line("vitalvault consent list").out


def test_grant_is_not_made_after_a_no(shell):
    """Whoever says no, or nothing, has granted nothing."""
    for typed in ("n\n", ""):
        ran = shell.run("consent", "grant", "coach-anna", "--preset", "coach", typed=typed, fault=True)
        assert ran.code == 1
        assert ran.err.endswith("vitalvault: stopped\n")
    assert shell.line("vitalvault consent list --json").out == "[]\n"


def test_checkin_asks_for_the_five_answers(shell):
    """Without options, a check-in asks; an answer off the scale is asked for again."""
    ran = shell.run("checkin", typed="2\n9\n1\n3\n3\n4\n")
    assert ran.code == 0
    assert "9 is not in the range" in ran.err
    said = json.loads(shell.line("vitalvault readiness --json").out)["felt"]["items"]
    assert said == {"energy": 2, "sleep_quality": 1, "soreness": 3, "stress": 3, "mood": 4}


def test_recover_asks_for_the_code(shell, secrets):
    """The recovery code and the new passphrase are asked for without showing them."""
    code = shell.line("vitalvault --vault new.vault init").out.strip()
    secrets += [code.lower(), "found again", "found again"]
    ran = shell.run("--vault", "new.vault", "recover", typed="")
    assert ran.code == 0
    assert code not in ran.out + ran.err
    assert shell.line('VITALVAULT_PASSPHRASE="found again" vitalvault --vault new.vault status').code == 0


@pytest.mark.parametrize(
    ("words", "question"),
    [
        (("erase", "--metric", "vo2_max"), "Erase vo2_max, for good?"),
        (
            ("erase", "--source", "Health Mate", "--from", "2026-03-01", "--to", "2026-03-31"),
            "Erase all data of Health Mate from 2026-03-01 up to 2026-03-31, for good?",
        ),
        (("erase", "--everything"), "Erase everything in this vault, for good?"),
        (("erase", "--forget-tombstones"), "Let imports bring back all that was ever erased?"),
        (("imports", "undo", "1"), "Take import 1 back?"),
    ],
)
def test_what_can_not_be_taken_back_is_asked_about(shell, words, question):
    """The question says what will go; after a no, or nothing, the vault is as it was."""
    before = shell.line("vitalvault status --json").out
    for typed, said in (
        ("n\n", f"{question} [y/N]: n\nvitalvault: stopped\n"),
        ("", "vitalvault: stopped\n"),
    ):
        ran = shell.run(*words, typed=typed)
        assert (ran.code, ran.out, ran.err) == (1, "", said)
    assert shell.line("vitalvault status --json").out == before
    assert shell.run(*words, typed="y\n").code == 0


def test_restore_asks_for_the_passphrase_of_the_backup(shell, secrets, monkeypatch):
    """Where no passphrase is set, the prompt says which one is meant."""
    shell.line("vitalvault backup me.backup")
    passphrase = os.environ["VITALVAULT_PASSPHRASE"]
    monkeypatch.delenv("VITALVAULT_PASSPHRASE")
    secrets += [passphrase]
    assert shell.run("restore", "me.backup", "--to", "restored.vault", typed="").code == 0
    assert secrets == []


def test_restore_opens_with_the_recovery_code(shell, secrets):
    """A backup of a vault whose passphrase is lost is restored with its code."""
    code = shell.line("vitalvault rekey --new-code").out.strip()
    shell.line("vitalvault backup me.backup")
    secrets += [code]
    ran = shell.run("restore", "me.backup", "--to", "restored.vault", "--recovery-code", typed="")
    assert ran.code == 0
    assert code not in ran.out + ran.err
