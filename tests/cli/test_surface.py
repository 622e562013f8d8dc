"""What holds for every command: help with an example, one JSON document, nothing that should stay inside."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click
import pytest

from cli.main import cli


def leaves(command=cli, path=()):
    """Yield every command that does something, with its path."""
    context = click.Context(command)
    for name in command.list_commands(context):
        member = command.get_command(context, name)
        is_group = isinstance(member, click.Group)
        if is_group:
            yield from leaves(member, (*path, name))
        if not is_group or member.invoke_without_command:
            yield " ".join((*path, name)), member


ALL = dict(leaves())

PRINTS_NO_DATA = {"checkin", "consent renew", "consent revoke", "recover", "report"}
OTHER_FORMATS = {"audit export", "consent receipt", "export csv", "export fhir", "export omh"}
"""The receipt is JSON as it is; the others are what they are called."""

WORDS = {
    "audit log": "",
    "audit verify": "",
    "consent diff": "coach-bert --preset training-plan",
    "consent explain": "coach-anna readiness_score --for coaching",
    "consent grant": "coach-bert --preset coach --yes-i-saw SEEN",
    "consent list": "",
    "consent presets": "",
    "consent preview": "coach-bert --preset training-plan --days 100",
    "consent show": "<grant>",
    "export bundle": "--out me.zip",
    "export verify": "me.zip",
    "flags": "",
    "import": "export.zip --dry-run",
    "imports": "",
    "init": "",
    "load": "",
    "map": "scale.csv",
    "reaction": "",
    "readiness": "",
    "share keygen": "--out bert.key",
    "share fingerprint": "anna.key.card",
    "share create": "--to coach-anna --for coaching --out week.share",
    "share open": "week.share --key anna.key --out week",
    "share card": "--to coach-anna --for coaching --out card.json",
    "show": "sleep_stage --raw",
    "sleep": "",
    "sources": "",
    "sources eras": "",
    "sources prefer": "--list",
    "status": "",
    "strength": "",
    "why": "resting_heart_rate 2026-04-05",
    "workouts": "",
    "zones": "",
    "verify": "",
    "doctor": "",
    "backup": "me.backup",
    "restore": "me.backup --to restored.vault",
    "rekey": "--new-code",
    "correct": "vo2_max 2026-04-05 45 --yes",
    "restrict": "vo2_max",
    "notices": "",
    "erase": "--metric vo2_max --yes",
    "imports undo": "1 --yes",
}


@pytest.mark.parametrize("path", ALL)
def test_help_has_an_example_that_could_be_typed(path):
    """Every command's help ends with an example, whose options all exist."""
    command = ALL[path]
    text = command.get_help(click.Context(command, info_name=path))
    example = re.search(r"Example:\n((?: {4}.*\n)+)", text)
    assert example, text
    lines = re.sub(r"\\\n +", "", example[1]).splitlines()
    typed = [shlex.split(line.split(" > ")[0]) for line in lines]
    assert all(words[: 1 + len(path.split())] == ["vitalvault", *path.split()] for words in typed)
    known = {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts}
    assert {word for words in typed for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("path", ALL)
def test_every_option_is_explained(path):
    """Every option of every command says what it does."""
    options = [one for one in ALL[path].params if isinstance(one, click.Option)]
    assert all(one.help for one in options)


def test_json_is_offered_wherever_data_are_printed():
    """Every command that prints data takes --json."""
    offers = {
        path for path, command in ALL.items() if "--json" in {o for p in command.params for o in p.opts}
    }
    assert offers == ALL.keys() - PRINTS_NO_DATA - OTHER_FORMATS
    assert offers == WORDS.keys() | {"demo"}


def test_json_is_one_document(shell, monkeypatch):
    """With --json, stdout is one JSON document without NaN, and nothing beside it."""
    shell.line("vitalvault share keygen --out anna.key")
    granted = shell.line(
        "vitalvault consent grant coach-anna --preset coach --card anna.key.card --yes-i-saw SEEN"
    )
    grant = granted.out.strip()
    Path("scale.csv").write_text("Date,Weight (kg)\n2026-04-01,81\n")
    for path, words in WORDS.items():
        if path == "init":
            monkeypatch.setenv("VITALVAULT_PATH", "new.vault")
        ran = shell.line(f"vitalvault {path} {words} --json".replace("<grant>", grant))
        monkeypatch.setenv("VITALVAULT_PATH", "my.vault")
        assert ran.code == 0, (path, ran.err)
        json.loads(ran.out, parse_constant=pytest.fail)
        assert ran.err == "", path


@pytest.mark.parametrize("path", ["", "consent", "share", "audit", "export"])
def test_group_without_a_command_helps(bare, path):
    """A group alone prints its help on stderr and ends as wrong usage; asked for, help is data."""
    ran = bare.line(f"vitalvault {path}")
    assert (ran.code, ran.out) == (2, "")
    asked = bare.line(f"vitalvault {path} --help")
    assert (asked.code, asked.out, asked.err) == (0, ran.err, "")
    assert bare.line(f"vitalvault {path} -h").out == asked.out


def test_help_needs_no_vault(bare):
    """Help and the list of sources are there before a vault is."""
    for words in ("--help", "show --help", "--version", "sources", "consent presets"):
        assert bare.line(f"vitalvault {words}").code == 0


def test_shell_completion_knows_commands_and_options(bare, monkeypatch):
    """The shell's TAB completes commands and options."""
    monkeypatch.setenv("_VITALVAULT_COMPLETE", "bash_complete")
    for typed, completed in {
        "vitalvault im": "plain,import\nplain,imports\n",
        "vitalvault show --r": "plain,--raw\n",
    }.items():
        monkeypatch.setenv("COMP_WORDS", typed)
        monkeypatch.setenv("COMP_CWORD", str(len(typed.split()) - 1))
        assert bare.run().out == completed


def test_fault_of_ours_is_told_without_what_was_read(bare, monkeypatch):
    """What nobody thought of ends as a line that says where it happened, and quotes nothing."""

    def fail():
        raise ValueError("heart rate 61 of Alex")

    monkeypatch.setattr("adapters.sources", fail)
    ran = bare.run("sources", fault=True)
    assert (ran.code, ran.out) == (1, "")
    assert re.fullmatch(
        r"vitalvault: error: a fault of VitalVault itself: ValueError in test_surface.py, line \d+\n"
        r"vitalvault: hint: please report this line; it holds no data of yours\n",
        ran.err,
    )
